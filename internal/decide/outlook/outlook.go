// Package outlook answers what people ask about messages beside the single one: what will reach this resident in the days to
// come, how much reaches the residents of a property, and why a home got nothing.
//
// It decides nothing. What it can change is one waiting message, on a person's word: hold it, or cancel it.
package outlook

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/care"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
)

// Deps is what the service works with. All fields are required.
type Deps struct {
	Records   *record.Store
	Messages  *message.Store
	Decisions *decision.Store
	Desk      *desk.Desk
	Engine    *trigger.Engine
}

// Service answers. It is safe for concurrent use.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// MostDays is how far ahead can be looked.
const MostDays = 60

// Contact is something that would reach a resident, or a person's task about them.
type Contact struct {
	ID       string    // by which it is held, cancelled and resumed
	Word     string    // what a person said about one that is planned: care.Hold or care.Cancel
	At       time.Time // zero: when somebody resumes what is paused
	Kind     string    // "message" or "task"
	Outcome  string    // of the desk: sent, held, merged, dropped, handed over; "on its way"; of a task: "task"
	Reason   string    // a whole sentence
	Waits    []string  // what holds it until then
	Message  hearth.MessageID
	Waiting  bool // the message is there already: it can be held or cancelled
	Class    hearth.Class
	Purpose  string
	Channel  hearth.Channel
	Subject  string
	Text     string
	Title    string // of a task
	Role     hearth.Role
	Playbook hearth.PlaybookID
	Version  int
	Run      hearth.RunID // "": it would only begin
	Why      string       // why it is wished
	Unless   []string     // what would change it
	Paused   string
}

// Ahead is what will reach a resident.
type Ahead struct {
	Resident hearth.ResidentID
	Now      time.Time
	Until    time.Time
	Stopped  string // why nothing will; "" when nothing stands against it
	Contacts []Contact
}

// Upcoming tells what would reach a resident in so many days if nothing happened but time: what is on its way, what the desk
// holds, and what playbooks would do, each with the desk's own answer as of then. It writes nothing. It fails with
// CodeNotFound for an unknown resident.
func (s *Service) Upcoming(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, days int) (Ahead, error) {
	if days < 1 || days > MostDays {
		return Ahead{}, hearth.FieldErrorf("days", "Look from 1 to %d days ahead.", MostDays)
	}
	r, err := s.Records.Resident(ctx, tx, resident)
	if err != nil {
		return Ahead{}, err
	}
	zone, err := s.Records.Zone(ctx, tx, r.Property)
	if err != nil {
		return Ahead{}, err
	}
	now := tx.Now()
	a := Ahead{Resident: resident, Now: now, Until: (hearth.DayOf(now, zone) + hearth.Day(days)).Start(zone).UTC()}
	l := &look{s: s, tx: tx, a: &a}
	if err := l.waiting(ctx); err != nil {
		return a, err
	}
	planned, err := s.Engine.Upcoming(ctx, tx, resident, a.Until)
	if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound { // nobody told anything of them yet: nothing is planned
		return a, err
	}
	a.Stopped = planned.Stopped
	for _, p := range planned.Planned {
		l.plan(p)
	}
	if err := l.ask(ctx); err != nil {
		return a, err
	}
	slices.SortStableFunc(a.Contacts, func(x, y Contact) int { return sooner(x.At, y.At) })
	return a, nil
}

// sooner orders times; what has none comes last.
func sooner(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}

// look collects what is to be asked.
type look struct {
	s       *Service
	tx      *db.Tx
	a       *Ahead
	intents []desk.Intent
	at      []time.Time
	of      []Contact // by intent
}

// mostWaiting bounds how many waiting messages are looked at.
const mostWaiting = 200

// waiting takes what is on its way and what the desk holds.
func (l *look) waiting(ctx context.Context) error {
	for _, state := range []message.State{message.Queued, message.Held} {
		list, _, err := l.s.Messages.List(ctx, l.tx, message.Filter{Resident: l.a.Resident, State: state, Direction: message.Out}, "", mostWaiting)
		if err != nil {
			return err
		}
		keys := make([]string, len(list))
		for i, m := range list {
			keys[i] = string(m.ID)
		}
		rows, err := work.Find(ctx, l.tx, desk.HoldKind, keys)
		if err != nil {
			return err
		}
		held := map[string]work.Due{}
		for _, d := range rows {
			held[d.Key] = d
		}
		for _, m := range list {
			c := Contact{ID: string(m.ID), At: l.a.Now, Kind: "message", Outcome: "on its way", Reason: m.Reason, Message: m.ID, Waiting: true, Class: m.Class, Purpose: m.Purpose,
				Channel: m.Channel, Subject: m.Subject, Text: m.Body, Playbook: m.Playbook, Version: m.Version, Run: m.Run}
			d, ok := held[string(m.ID)]
			if state == message.Queued || !ok {
				if state == message.Held {
					c.At, c.Outcome = time.Time{}, desk.Held
				}
				l.a.Contacts = append(l.a.Contacts, c)
				continue
			}
			item, err := desk.ReadHeld(d)
			if err != nil {
				return err
			}
			c.Why = item.Intent.Why
			if item.Parked {
				c.At, c.Outcome = time.Time{}, desk.Held
				l.a.Contacts = append(l.a.Contacts, c)
				continue
			}
			at := d.At
			if at.Before(l.a.Now) {
				at = l.a.Now
			}
			if at.After(l.a.Until) {
				continue
			}
			c.Waits = []string{m.Reason}
			l.put(item.Intent, at, c)
		}
	}
	return nil
}

// plan takes what a playbook would do.
func (l *look) plan(p trigger.Planned) {
	c := Contact{ID: p.Contact, Word: p.Word, At: p.At, Kind: "task", Outcome: "task", Title: p.Task, Role: p.Role, Playbook: p.Playbook, Version: p.Version, Run: p.Run,
		Why: p.Title + ": " + p.Because, Unless: p.Unless, Paused: p.Paused, Reason: "A person on the team gets it as a task."}
	if p.Paused != "" {
		c.At, c.Reason = time.Time{}, "It waits until somebody resumes: "+p.Paused+"."
	}
	if p.Intent != nil {
		c.Kind, c.Class, c.Purpose, c.Message = "message", p.Intent.Class, p.Intent.Purpose, p.Intent.ID
	}
	switch {
	case p.Word == care.Cancel:
		c.Outcome, c.Reason = desk.Dropped, p.Said
	case p.Word == care.Hold && p.At.After(l.a.Until):
		c.Outcome, c.Reason = desk.Held, p.Said
	case p.Word == care.Hold:
		c.Waits = []string{p.Said}
	}
	if p.Intent == nil || c.Outcome == desk.Dropped || c.Outcome == desk.Held {
		l.a.Contacts = append(l.a.Contacts, c)
		return
	}
	if p.Paused != "" {
		c.Outcome = desk.Held
		l.a.Contacts = append(l.a.Contacts, c)
		return
	}
	l.put(*p.Intent, p.At, c)
}

func (l *look) put(in desk.Intent, at time.Time, c Contact) {
	l.intents, l.at, l.of = append(l.intents, in), append(l.at, at), append(l.of, c)
}

// ask has the desk look ahead.
func (l *look) ask(ctx context.Context) error {
	views, err := l.s.Engine.ViewsOf(ctx, l.tx, []hearth.ResidentID{l.a.Resident})
	if err != nil {
		return err
	}
	found, err := l.s.Desk.Foresee(ctx, l.tx, l.intents, l.at, l.a.Until, views)
	if err != nil {
		return err
	}
	for i, f := range found {
		c := l.of[i]
		c.At, c.Outcome, c.Reason, c.Waits = f.At, f.Outcome, f.Reason, append(c.Waits, f.Waits...)
		c.Class, c.Purpose, c.Channel, c.Subject, c.Text = f.Class, f.Purpose, f.Channel, f.Subject, f.Text
		if f.Outcome == desk.Held && f.Until.Equal(desk.Parked()) {
			c.At = time.Time{}
		}
		l.a.Contacts = append(l.a.Contacts, c)
	}
	return nil
}

// maxReason bounds what a person says about a message, in characters.
const maxReason = 500

func word(actor hearth.Actor, reason string) (string, error) {
	reason = strings.Join(strings.Fields(reason), " ")
	if reason == "" || len(reason) > maxReason {
		return "", hearth.FieldErrorf("reason", "Say why, in at most %d letters: whoever asks later reads it.", maxReason)
	}
	name := actor.Name
	if name == "" {
		name = actor.String()
	}
	return name + ": " + strings.TrimSuffix(reason, ".") + ".", nil
}

// Cancel ends a waiting message: it is not said. It fails with CodeInvalid without a reason, with CodeNotFound when there is
// no such message, and with CodeConflict when it waits no more.
func (s *Service) Cancel(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.MessageID, reason string) error {
	because, err := word(actor, reason)
	if err != nil {
		return err
	}
	m, err := s.Messages.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	because = "Cancelled by " + because
	if m.Direction != message.Out || m.Resident == "" {
		return hearth.Errorf(hearth.CodeConflict, "The message is no message of ours to a resident, so it cannot be cancelled.")
	}
	n, err := s.Messages.TakeBack(ctx, tx, []hearth.MessageID{id}, because)
	if err != nil {
		return err
	}
	if n == 0 {
		return hearth.Errorf(hearth.CodeConflict, "The message is %s: it does not wait any more, so it cannot be cancelled.", m.State)
	}
	return s.record(ctx, tx, m, desk.Dropped, because, nil)
}

// Hold keeps a waiting message until a time; then the desk is asked again. It fails like Cancel, and with CodeInvalid for a
// time that has passed or lies more than MostDays ahead.
func (s *Service) Hold(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.MessageID, until time.Time, reason string) error {
	because, err := word(actor, reason)
	if err != nil {
		return err
	}
	if !until.After(tx.Now()) || until.After(tx.Now().AddDate(0, 0, MostDays)) {
		return hearth.FieldErrorf("until", "Hold it until a time in the next %d days.", MostDays)
	}
	m, err := s.Messages.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	zone, err := s.Records.Zone(ctx, tx, m.Property)
	if err != nil {
		return err
	}
	because = fmt.Sprintf("Held until %s by %s", hearth.MomentWords(until, zone), because)
	row, err := s.holdable(ctx, tx, m, until, because)
	if err != nil {
		return err
	}
	m.State = message.Held
	m.Reason = because
	if err := s.Messages.Insert(ctx, tx, []message.Message{m}); err != nil {
		return err
	}
	if err := work.Put(ctx, tx, []work.Due{row}); err != nil {
		return err
	}
	return s.record(ctx, tx, m, desk.Held, because, map[string]any{"until": until.UTC().Format(time.RFC3339)})
}

// record writes down what a person decided about a message.
func (s *Service) record(ctx context.Context, tx *db.Tx, m message.Message, outcome, because string, facts map[string]any) error {
	return s.Decisions.Insert(ctx, tx, []decision.Decision{{
		ID:       hearth.DecisionID(hearth.DeriveIDAt("dec_", tx.Now(), "outlook", string(m.ID), outcome, because)),
		Resident: m.Resident, Property: m.Property, At: tx.Now(), Stage: "desk", Outcome: outcome, Reason: because, Facts: facts,
		Playbook: m.Playbook, Version: m.Version, Run: m.Run, Object: string(m.ID)}})
}
