package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// HoldKind is the kind of the due rows, in the engine's lane, with which held messages come back. The key is the
// message's id; the payload is the desk's own.
const HoldKind = "desk.hold"

// Deps is what the desk works with.
type Deps struct {
	Records   *record.Store
	Consent   *consent.Store
	Messages  *message.Store
	Tasks     *task.Store
	Decisions *decision.Store
	Assign    *assign.Assigner
	Templates *Library
	// Sink says that mail goes to files: then an unconfirmed time zone holds nothing.
	Sink bool
	// Care tells what people have paused, and for whom there is a situation. Default: a store over the same database.
	Care *care.Store
	// Channels are those that can deliver, the usual one first. Default: e-mail.
	Channels []hearth.Channel
	// Pages is the address that a template names as portal.link; "" where residents' pages have none.
	Pages string
}

// Desk asks the six questions and writes what follows from the answers.
type Desk struct {
	Deps
	inForce *care.Now // given by a caller who has read it in the same transaction; nil: read it
	shelf   *shelf
}

// New makes a desk. It fails when a part is missing.
func New(d Deps) (*Desk, error) {
	if d.Records == nil || d.Consent == nil || d.Messages == nil || d.Tasks == nil || d.Decisions == nil || d.Assign == nil ||
		d.Templates == nil {
		return nil, errors.New("the desk needs records, consent, messages, tasks, decisions, assign and templates")
	}
	if len(d.Channels) == 0 {
		d.Channels = []hearth.Channel{hearth.ChannelEmail}
	}
	if d.Care == nil {
		d.Care = care.New(nil, d.Records) // it is only asked
	}
	return &Desk{Deps: d, shelf: &shelf{}}, nil
}

// decidedAlready is what the desk says about an intent that it has decided before.
const decidedAlready = "This was decided already."

// Views gives a resident's signals as of now. Who is unknown has an empty state.
type Views func(hearth.ResidentID) signal.View

// Submit decides on intents and writes, in tx, what follows: message rows, holds, tasks for people and decisions. The
// verdicts are in the order of the intents. An intent whose id is known already is not decided again. It does a fixed
// number of queries for a batch, whatever its size, and a few more for residents who are frustrated.
func (d *Desk) Submit(ctx context.Context, tx *db.Tx, in []Intent, view Views) ([]Verdict, error) {
	return d.submit(ctx, tx, in, view, false)
}

// held is the payload of a hold. The intent's fields stand at its top, so that the engine can read whom it is for.
type held struct {
	Intent
	LastHold string
	Parked   bool `json:",omitempty"`
}

// Wake decides again on held messages whose time has come, from the first question. Due rows that were superseded
// (the message is no longer held) do nothing.
func (d *Desk) Wake(ctx context.Context, tx *db.Tx, due []work.Due, view Views) ([]Verdict, error) {
	in := make([]Intent, 0, len(due))
	for _, row := range due {
		x, err := readHeld(row)
		if err != nil {
			return nil, err
		}
		in = append(in, x)
	}
	return d.submit(ctx, tx, in, view, true)
}

// Withdraw ends held messages that nobody needs any more, for example because the run that wished them has left its
// playbook. because is a whole sentence for the team.
func (d *Desk) Withdraw(ctx context.Context, tx *db.Tx, due []work.Due, because string) ([]Verdict, error) {
	var verdicts []Verdict
	var messages []message.Message
	var decisions []decision.Decision
	for _, row := range due {
		in, err := readHeld(row)
		if err != nil {
			return nil, err
		}
		m, err := d.Messages.Get(ctx, tx, in.ID)
		if err != nil {
			return nil, fmt.Errorf("withdraw message %s: %w", in.ID, err)
		}
		v := Verdict{Message: in.ID, Outcome: Dropped, Reason: because}
		if m.State != message.Held {
			v = Verdict{Message: in.ID, Outcome: outcomeOf(string(m.State)), Reason: decidedAlready}
			verdicts = append(verdicts, v)
			continue
		}
		m.State, m.Reason, m.At = message.Dropped, because, tx.Now()
		messages, verdicts = append(messages, m), append(verdicts, v)
		decisions = append(decisions, rowOf(in, v, tx.Now(), map[string]any{"class": string(in.Class), "purpose": in.Purpose}))
	}
	if err := d.Messages.Insert(ctx, tx, messages); err != nil {
		return nil, fmt.Errorf("withdraw messages: %w", err)
	}
	return verdicts, d.Decisions.Insert(ctx, tx, decisions)
}

func readHeld(row work.Due) (Intent, error) {
	var h held
	if err := json.Unmarshal([]byte(row.Payload), &h); err != nil {
		return Intent{}, fmt.Errorf("read held message %s: %w", row.Key, err)
	}
	h.Intent.lastHold, h.Intent.parked = h.LastHold, h.Parked
	return h.Intent, nil
}

func (d *Desk) submit(ctx context.Context, tx *db.Tx, in []Intent, view Views, waking bool) ([]Verdict, error) {
	if len(in) == 0 {
		return nil, nil
	}
	in = append([]Intent(nil), in...)
	d, err := d.stocked(ctx, tx, in)
	if err != nil {
		return nil, err
	}
	for i := range in {
		d.fill(&in[i], tx.Now())
	}
	r, err := d.gather(ctx, tx, in, view, waking)
	if err != nil {
		return nil, err
	}
	verdicts := make([]Verdict, len(in))
	for _, i := range order(in) {
		if verdicts[i], err = r.one(ctx, i); err != nil {
			return nil, fmt.Errorf("decide message %s: %w", in[i].ID, err)
		}
	}
	if err := r.digests(); err != nil {
		return nil, err
	}
	if err := r.write(ctx); err != nil {
		return nil, err
	}
	return verdicts, nil
}

// fill gives an intent what it leaves to its template and to its class.
func (d *Desk) fill(in *Intent, now time.Time) {
	if t, ok := d.Templates.Get(in.Template); ok {
		if in.Class == "" {
			in.Class = t.Class
		}
		if in.Purpose == "" {
			in.Purpose = t.Purpose
		}
	}
	if in.Made.IsZero() {
		in.Made = now
	}
	if !in.Class.Valid() || in.Class == hearth.ClassAnswer && now.Sub(in.Made) > AnswerWithin {
		in.Class = hearth.ClassService
	}
	if in.Expires.IsZero() {
		from := in.Made
		if in.NotBefore.After(from) {
			from = in.NotBefore
		}
		in.Expires = from.Add(life(in.Class))
	}
}

// order sorts a batch so that the stronger class goes first; the rest of the order makes decisions repeatable.
func order(in []Intent) []int {
	idx := make([]int, len(in))
	for i := range idx {
		idx[i] = i
	}
	sort.SliceStable(idx, func(a, b int) bool {
		x, y := &in[idx[a]], &in[idx[b]]
		switch {
		case x.Class != y.Class:
			return x.Class.Stronger(y.Class)
		case !x.Made.Equal(y.Made):
			return x.Made.Before(y.Made)
		}
		return x.ID < y.ID
	})
	return idx
}

// Draft writes an intent's text for a person to finish, without deciding anything: the subject on the first line,
// then the body, with what is missing in brackets. Playbooks put it into tasks of a human moment.
func (d *Desk) Draft(ctx context.Context, tx *db.Tx, in Intent, view Views) (string, error) {
	d, err := d.stocked(ctx, tx, []Intent{in})
	if err != nil {
		return "", err
	}
	d.fill(&in, tx.Now())
	r, err := d.gather(ctx, tx, []Intent{in}, view, false)
	if err != nil {
		return "", err
	}
	return r.draft(0)
}

// decisionOf makes the stored row of a verdict, with the facts that it rests on.
func decisionOf(c *Case, v Verdict) decision.Decision {
	facts := map[string]any{
		"class": string(c.Intent.Class), "purpose": c.Intent.Purpose, "template": c.Intent.Template,
		"question": v.Question, "local": c.Now.In(c.Zone).Format("2006-01-02 15:04"), "zone": c.Zone.String(),
		"said_7d":           len(c.counted(hearth.Class.Valid, c.Now.Add(-week))),
		"discretionary_7d":  len(c.counted(hearth.Class.Discretionary, c.Now.Add(-week))),
		"discretionary_30d": len(c.counted(hearth.Class.Discretionary, c.Now.Add(-month))),
		"capped_today":      len(c.counted(hearth.Class.Capped, hearth.DayOf(c.Now, c.Zone).Start(c.Zone).Add(-time.Millisecond))),
		"quiet_hours":       c.Place.Quiet.String(),
		"frustration":       c.Mood.Frustration, "urgent_open": c.Mood.UrgentOpen,
	}
	if c.Text.Version > 0 {
		facts["template_version"] = c.Text.Version
	}
	if w := c.best(); w.Channel != "" {
		facts["channel"] = string(w.Channel)
	}
	if c.Rhythm.Known {
		facts["usual_hour"], facts["hour_of"] = c.Rhythm.Hour, c.Rhythm.By
		if c.Rhythm.Habit.Of > 0 {
			facts["hour_counts"] = fmt.Sprintf("%d of %d", c.Rhythm.Habit.In, c.Rhythm.Habit.Of)
		}
	}
	if len(c.Missing) > 0 {
		facts["missing"] = c.Missing
	}
	if !v.Until.IsZero() {
		facts["until"] = v.Until.UTC().Format(time.RFC3339)
	}
	if v.Into != "" {
		facts["into"] = string(v.Into)
	}
	if v.Task != "" {
		facts["task"] = string(v.Task)
	}
	if c.Intent.Why != "" {
		facts["why"] = c.Intent.Why
	}
	return rowOf(c.Intent, v, c.Now, facts)
}

func rowOf(in Intent, v Verdict, now time.Time, facts map[string]any) decision.Decision {
	return decision.Decision{
		ID:       hearth.DecisionID(hearth.DeriveIDAt("dec_", now, "desk", string(in.ID), now.UTC().Format(time.RFC3339Nano))),
		Resident: in.Resident, Property: in.Property, At: now, Stage: "desk", Outcome: v.Outcome, Reason: v.Reason, Facts: facts,
		Playbook: in.Playbook, Version: in.Version, Run: in.Run, Object: string(in.ID),
	}
}
