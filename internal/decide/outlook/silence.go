package outlook

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
)

// Wish is something that was to be said to a resident, and what became of it.
type Wish struct {
	Resident hearth.ResidentID
	Name     string
	Message  hearth.MessageID // "": it did not come as far as a message
	At       time.Time        // when that was decided last
	Outcome  string           // held, dropped, handed over, bounced, failed, unknown; merged with what did not go; not started; of what went: its state
	Reason   string           // a whole sentence
	Class    hearth.Class
	Purpose  string
	Playbook hearth.PlaybookID
	Task     hearth.TaskID // who has it now
	Channel  hearth.Channel
	Says     string // what it is about: its subject, or how it begins
	Went     bool   // it reached them, or is on its way
}

// Neighbour is one of those who live in the home and may be written to.
type Neighbour struct {
	Resident hearth.ResidentID
	Name     string
	Went     int // messages that went to them
	Unsaid   int
}

// Silence is why a home, or a resident, got nothing.
type Silence struct {
	Unit    hearth.UnitID // "": it is about one resident
	Label   string
	Since   time.Time
	Verdict string // one sentence
	People  []Neighbour
	Unsaid  []Wish // what did not reach them, the newest first
	Wishes  []Wish // everything that was to be said, what reached them as well, the newest first
}

// mostSilent bounds what is read of one resident.
const mostSilent = 2000

// UnitCalled finds a home by Hearth's own id, a source's, or its label; property narrows labels and may be "". It fails with
// CodeNotFound when there is none, and with CodeConflict when several are called so.
func (s *Service) UnitCalled(ctx context.Context, tx *db.Tx, called string, property hearth.PropertyID) (record.Unit, error) {
	found, err := s.Records.Find(ctx, tx, "unit", called, "")
	if err != nil {
		return record.Unit{}, err
	}
	if len(found) == 1 {
		return s.Records.Unit(ctx, tx, hearth.UnitID(found[0].ID))
	}
	at := []hearth.PropertyID{property}
	if property == "" {
		all, err := s.Records.Properties(ctx, tx)
		if err != nil {
			return record.Unit{}, err
		}
		at = at[:0]
		for _, p := range all {
			at = append(at, p.ID)
		}
	}
	var units []record.Unit
	for _, p := range at {
		all, err := s.Records.Units(ctx, tx, p)
		if err != nil {
			return record.Unit{}, err
		}
		for _, u := range all {
			if strings.EqualFold(strings.TrimSpace(u.Label), strings.TrimSpace(called)) {
				units = append(units, u)
			}
		}
	}
	switch len(units) {
	case 0:
		return record.Unit{}, hearth.Errorf(hearth.CodeNotFound, "There is no home %q.", called)
	case 1:
		return units[0], nil
	}
	return record.Unit{}, hearth.Errorf(hearth.CodeConflict, "%d homes are called %q; name the property too, or the home by Hearth's own id.", len(units), called)
}

// Silence gives every wish to tell those who live in a home something since a time, those that did not reach them apart, each with its
// sentence, and says so if there was none.
func (s *Service) Silence(ctx context.Context, tx *db.Tx, u record.Unit, since time.Time) (Silence, error) {
	ids, err := s.Records.LivingIn(ctx, tx, u, tx.Now())
	if err != nil {
		return Silence{}, err
	}
	return s.silence(ctx, tx, Silence{Unit: u.ID, Label: u.Label, Since: since}, ids, u.Property)
}

// SilenceOf is Silence about one resident, with whatever is kept under somebody who is the same person.
func (s *Service) SilenceOf(ctx context.Context, tx *db.Tx, id hearth.ResidentID, since time.Time) (Silence, error) {
	r, err := s.Records.Resident(ctx, tx, id)
	if err != nil {
		return Silence{}, err
	}
	return s.silence(ctx, tx, Silence{Label: r.Called(), Since: since}, []hearth.ResidentID{id}, r.Property)
}

// silence fills in what was to be said to some residents of a property.
func (s *Service) silence(ctx context.Context, tx *db.Tx, out Silence, ids []hearth.ResidentID, property hearth.PropertyID) (Silence, error) {
	contacts, err := s.Records.Contacts(ctx, tx, ids)
	if err != nil {
		return out, err
	}
	for _, id := range ids {
		n := Neighbour{Resident: id, Name: contacts[id].Name()}
		all, err := s.wishedTo(ctx, tx, id, out.Since)
		if err != nil {
			return out, err
		}
		for _, w := range all {
			w.Name = n.Name
			out.Wishes = append(out.Wishes, w)
			if w.Went {
				n.Went++
				continue
			}
			n.Unsaid++
			out.Unsaid = append(out.Unsaid, w)
		}
		out.People = append(out.People, n)
	}
	newest := func(a, b Wish) int { return b.At.Compare(a.At) }
	slices.SortStableFunc(out.Unsaid, newest)
	slices.SortStableFunc(out.Wishes, newest)
	zone, err := s.Records.Zone(ctx, tx, property)
	if err != nil {
		return out, err
	}
	out.Verdict = out.verdict(len(out.Wishes)-len(out.Unsaid), hearth.DayWords(out.Since, zone))
	return out, nil
}

func (x *Silence) verdict(went int, since string) string {
	switch {
	case len(x.People) == 0:
		return fmt.Sprintf("Nobody who may be written to lives in %s.", x.Label)
	case went+len(x.Unsaid) == 0:
		return fmt.Sprintf("Nobody wished to tell %s anything since %s: no playbook, no broadcast, no person.", x.Label, since)
	case len(x.Unsaid) == 0:
		return fmt.Sprintf("All that was to be said to %s since %s went out: %d in all.", x.Label, since, went)
	}
	return fmt.Sprintf("Since %s, %d of %d wishes to tell %s something did not reach them, or not yet.", since, len(x.Unsaid), went+len(x.Unsaid), x.Label)
}

// wishedTo gives what was to be said to one resident, and what became of it.
func (s *Service) wishedTo(ctx context.Context, tx *db.Tx, id hearth.ResidentID, since time.Time) ([]Wish, error) {
	merged, err := s.Records.MergedInto(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	var same []hearth.ResidentID
	for _, m := range merged {
		same = append(same, m.Resident)
	}
	last, starts, err := s.decisions(ctx, tx, id, same, since)
	if err != nil {
		return nil, err
	}
	list, err := s.wishes(ctx, tx, id, same, since)
	if err != nil {
		return nil, err
	}
	again := map[hearth.MessageID]bool{} // what did not arrive and was said another way, which stands for itself
	state := map[hearth.MessageID]message.State{}
	for _, m := range list {
		again[m.Instead], state[m.ID] = true, m.State
	}
	var all []Wish
	for _, m := range list {
		if m.At.Before(since) && m.State != message.Held || again[m.ID] {
			continue
		}
		all = append(all, wishOf(id, m, last[string(m.ID)], state))
	}
	return append(all, starts...), nil
}

// wishOf says what became of a message; d is the desk's last word about it, state holds how those beside it stand.
func wishOf(id hearth.ResidentID, m message.Message, d decision.Decision, state map[hearth.MessageID]message.State) Wish {
	x := Wish{Resident: id, Message: m.ID, At: m.At, Outcome: string(m.State), Reason: m.Reason, Class: m.Class, Purpose: m.Purpose, Playbook: m.Playbook, Channel: m.Channel, Says: cmp.Or(m.Subject, m.Body)}
	if into, _ := d.Facts["into"].(string); wentOut(m.State) || m.State == message.Merged && wentOut(state[hearth.MessageID(into)]) {
		x.Went = true // a short note that went in one message with another reached them with it
		x.Reason = cmp.Or(x.Reason, d.Reason)
		return x
	}
	if d.Outcome == desk.HandedOver && m.State == message.Dropped {
		x.Outcome = desk.HandedOver
		task, _ := d.Facts["task"].(string)
		x.Task = hearth.TaskID(task)
	}
	if x.Reason == "" || m.State == message.Bounced || m.State == message.Failed || m.State == message.Unknown {
		x.Reason = strings.TrimSpace(stateWords(m.State) + " " + followed(m) + m.Error)
	}
	return x
}

// wishes gives what was to be said to a resident, the newest first, from as far before a time as something may have been held until then.
func (s *Service) wishes(ctx context.Context, tx *db.Tx, id hearth.ResidentID, same []hearth.ResidentID, since time.Time) (all []message.Message, err error) {
	cursor := ""
	for len(all) < mostSilent {
		list, next, err := s.Messages.List(ctx, tx, message.Filter{Resident: id, Merged: same, Direction: message.Out}, cursor, 500)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if cursor = next; cursor == "" || len(list) > 0 && list[len(list)-1].Made.Before(since.AddDate(0, 0, -MostDays)) {
			break
		}
	}
	return all, nil
}

// wentOut tells whether a message reached them or is on its way.
func wentOut(s message.State) bool {
	return s == message.Queued || s == message.Sent || s == message.Delivered
}

// followed says what the desk did about what did not arrive.
func followed(m message.Message) string {
	if m.State == message.Unknown || m.Reason == "" {
		return ""
	}
	return m.Reason + " "
}

func stateWords(s message.State) string {
	switch s {
	case message.Bounced:
		return "It came back: the address does not take it."
	case message.Failed:
		return "It could not be delivered."
	case message.Unknown:
		return "It may have been delivered; a person has to settle that."
	}
	return "It was not said."
}

// decisions gives the newest answer of the desk about each message, and the playbooks whose time came and that were held
// back, since a time.
func (s *Service) decisions(ctx context.Context, tx *db.Tx, id hearth.ResidentID, same []hearth.ResidentID, since time.Time) (map[string]decision.Decision, []Wish, error) {
	last := map[string]decision.Decision{}
	var starts []Wish
	cursor := ""
	for read := 0; read < mostSilent; {
		list, next, err := s.Decisions.List(ctx, tx, decision.Filter{Resident: id, Merged: same}, cursor, 200)
		if err != nil {
			return nil, nil, err
		}
		for _, d := range list {
			read++
			if d.At.Before(since) {
				return last, starts, nil
			}
			switch _, known := last[d.Object]; {
			case d.Stage == "desk" && d.Object != "" && !known:
				last[d.Object] = d
			case d.Stage == "trigger" && d.Outcome == "held back":
				starts = append(starts, Wish{Resident: id, At: d.At, Outcome: "not started", Reason: d.Reason, Playbook: d.Playbook})
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	return last, starts, nil
}

// Since reads a time in the past: an instant, a day, which means its beginning at the property, or "", which means thirty days
// ago. It fails with CodeInvalid for anything else.
func (s *Service) Since(ctx context.Context, tx *db.Tx, text string, property hearth.PropertyID) (time.Time, error) {
	if text == "" {
		return tx.Now().AddDate(0, 0, -30), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	d, err := hearth.ParseDay(text)
	if err != nil {
		return time.Time{}, hearth.FieldErrorf("since", "%q is neither a day like 2026-03-04 nor a time like 2026-03-04T14:00:00Z.", text)
	}
	zone, err := s.Records.Zone(ctx, tx, property)
	if err != nil {
		return time.Time{}, err
	}
	return d.Start(zone), nil
}
