package outlook

import (
	"context"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/care"
	"hearth/internal/fact/decision"
)

// A person's word about one contact: a message that waits is held, cancelled or let go as it is; what a playbook would only
// do later is remembered, and the run stands before the step or passes it over once.

// keptBeyond is how long behind its planned time a cancelled contact stays cancelled if it does not come before.
const keptBeyond = 30 * 24 * time.Hour

// HoldContact holds a contact of a resident's outlook until a time; the zero time: until somebody resumes, or MostDays from
// now. It fails with CodeInvalid without a reason or for another time, with CodeNotFound when nothing of the id is planned, and
// with CodeConflict for a message that waits no more.
func (s *Service) HoldContact(ctx context.Context, tx *db.Tx, actor hearth.Actor, resident hearth.ResidentID, id string, until time.Time, reason string) error {
	if until.IsZero() {
		until = tx.Now().AddDate(0, 0, MostDays)
	}
	if isMessage(id) {
		if err := s.owns(ctx, tx, resident, id); err != nil {
			return err
		}
		return s.Hold(ctx, tx, actor, hearth.MessageID(id), until, reason)
	}
	if !until.After(tx.Now()) || until.After(tx.Now().AddDate(0, 0, MostDays)) {
		return hearth.FieldErrorf("until", "Hold it until a time in the next %d days.", MostDays)
	}
	return s.say(ctx, tx, actor, resident, id, care.PlanWord{Word: care.Hold, Until: until, Reason: reason})
}

// CancelContact leaves out a contact of a resident's outlook. It fails like HoldContact.
func (s *Service) CancelContact(ctx context.Context, tx *db.Tx, actor hearth.Actor, resident hearth.ResidentID, id, reason string) error {
	if isMessage(id) {
		if err := s.owns(ctx, tx, resident, id); err != nil {
			return err
		}
		return s.Cancel(ctx, tx, actor, hearth.MessageID(id), reason)
	}
	return s.say(ctx, tx, actor, resident, id, care.PlanWord{Word: care.Cancel, Reason: reason})
}

// ResumeContact takes back what was said about a contact: what is held comes before the desk again at once, what was cancelled
// and has not passed by is said after all. It fails with CodeInvalid without a reason, and with CodeConflict when nobody held
// or cancelled it.
func (s *Service) ResumeContact(ctx context.Context, tx *db.Tx, actor hearth.Actor, resident hearth.ResidentID, id, reason string) error {
	because, err := word(actor, reason)
	if err != nil {
		return err
	}
	if isMessage(id) {
		if err := s.owns(ctx, tx, resident, id); err != nil {
			return err
		}
		return s.resume(ctx, tx, hearth.MessageID(id), "Let go by "+because)
	}
	if err := s.Engine.UnsayOfPlan(ctx, tx, resident, id); err != nil {
		return err
	}
	return s.note(ctx, tx, resident, Contact{ID: id}, "resumed", "Let go by "+because)
}

func isMessage(id string) bool { return strings.HasPrefix(id, "msg_") }

// owns refuses a message that is not the resident's.
func (s *Service) owns(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, id string) error {
	m, err := s.Messages.Get(ctx, tx, hearth.MessageID(id))
	if err != nil {
		return err
	}
	if m.Resident != resident {
		return hearth.Errorf(hearth.CodeNotFound, "Nothing of the id %s is planned for this resident.", id)
	}
	return nil
}

// say remembers a word about what a playbook plans.
func (s *Service) say(ctx context.Context, tx *db.Tx, actor hearth.Actor, resident hearth.ResidentID, id string, w care.PlanWord) error {
	if _, err := word(actor, w.Reason); err != nil {
		return err
	}
	ahead, err := s.Upcoming(ctx, tx, resident, MostDays)
	if err != nil {
		return err
	}
	for _, c := range ahead.Contacts {
		if c.ID != id {
			continue
		}
		if w.Word == care.Cancel {
			w.Until = c.At.Add(keptBeyond)
			if c.At.IsZero() {
				w.Until = tx.Now().AddDate(0, 0, MostDays).Add(keptBeyond)
			}
		}
		w.Contact, w.Resident, w.Playbook, w.By = id, resident, c.Playbook, actor
		w.Reason = strings.TrimSuffix(strings.Join(strings.Fields(w.Reason), " "), ".")
		if err := s.Engine.SayOfPlan(ctx, tx, w); err != nil {
			return err
		}
		r, err := s.Records.Resident(ctx, tx, resident)
		if err != nil {
			return err
		}
		zone, err := s.Records.Zone(ctx, tx, r.Property)
		if err != nil {
			return err
		}
		outcome := desk.Held
		if w.Word == care.Cancel {
			outcome = desk.Dropped
		}
		return s.note(ctx, tx, resident, c, outcome, w.Says(zone))
	}
	return hearth.Errorf(hearth.CodeNotFound, "Nothing of the id %s is planned for this resident in the next %d days; look at what is upcoming again.", id, MostDays)
}

// note writes down what a person said about a planned contact.
func (s *Service) note(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, c Contact, outcome, because string) error {
	r, err := s.Records.Resident(ctx, tx, resident)
	if err != nil {
		return err
	}
	return s.Decisions.Insert(ctx, tx, []decision.Decision{{
		ID:       hearth.DecisionID(hearth.DeriveIDAt("dec_", tx.Now(), "outlook", c.ID, outcome, because)),
		Resident: resident, Property: r.Property, At: tx.Now(), Stage: "desk", Outcome: outcome, Reason: because,
		Playbook: c.Playbook, Version: c.Version, Run: c.Run, Object: c.ID}})
}

// holdable gives the due row with which a message that waits comes back: one that the desk holds, or one on its way that
// has not left the house, which is taken back for it.
func (s *Service) holdable(ctx context.Context, tx *db.Tx, m message.Message, until time.Time, because string) (work.Due, error) {
	rows, err := work.Find(ctx, tx, desk.HoldKind, []string{string(m.ID)})
	if err != nil {
		return work.Due{}, err
	}
	if m.State == message.Held && len(rows) > 0 {
		return desk.Postpone(rows[0], until, because)
	}
	if m.State != message.Queued || m.Direction != message.Out || m.Resident == "" {
		return work.Due{}, hearth.Errorf(hearth.CodeConflict, "The message is %s: only one that waits can be held.", m.State)
	}
	n, err := s.Messages.TakeBack(ctx, tx, []hearth.MessageID{m.ID}, because)
	if err != nil {
		return work.Due{}, err
	}
	if n == 0 {
		return work.Due{}, hearth.Errorf(hearth.CodeConflict, "The message is leaving the house at this moment, so it cannot be held any more.")
	}
	if _, err := s.Messages.Reopen(ctx, tx, m.ID, because); err != nil {
		return work.Due{}, err
	}
	return desk.Restore(m, until, because)
}

// resume lets a message go that a person held or cancelled.
func (s *Service) resume(ctx context.Context, tx *db.Tx, id hearth.MessageID, because string) error {
	m, err := s.Messages.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	rows, err := work.Find(ctx, tx, desk.HoldKind, []string{string(id)})
	if err != nil {
		return err
	}
	var row work.Due
	switch {
	case m.State == message.Held && len(rows) > 0 && strings.HasPrefix(m.Reason, "Held until ") && strings.Contains(m.Reason, " by "):
		row, err = desk.Renew(rows[0], tx.Now())
	case m.State == message.Dropped && strings.HasPrefix(m.Reason, "Cancelled by "):
		if _, err = s.Messages.Reopen(ctx, tx, m.ID, because); err != nil {
			return err
		}
		row, err = desk.Restore(m, time.Time{}, because)
		row.At = tx.Now()
	default:
		return hearth.Errorf(hearth.CodeConflict, "Nobody holds this message and nobody cancelled it: it is %s.", m.State)
	}
	if err != nil {
		return err
	}
	m.State, m.Reason, m.At = message.Held, because, tx.Now()
	if err := s.Messages.Insert(ctx, tx, []message.Message{m}); err != nil {
		return err
	}
	if err := work.Put(ctx, tx, []work.Due{row}); err != nil {
		return err
	}
	tx.AfterCommit(s.Engine.Log.Bell().Ring)
	return s.record(ctx, tx, m, "resumed", because, nil)
}
