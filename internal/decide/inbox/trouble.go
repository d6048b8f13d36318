package inbox

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// askAddress makes the task that asks a resident for a better address, once for each address that does not work. If the
// record has another one meanwhile there is nothing to ask.
func (b *Inbox) askAddress(ctx context.Context, tx *db.Tx, ev told) error {
	if ev.data.Kind != "hard" || ev.data.Channel != string(hearth.ChannelEmail) {
		return nil
	}
	m, err := b.Messages.Get(ctx, tx, hearth.MessageID(ev.data.Message))
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	contacts, err := b.Records.Contacts(ctx, tx, []hearth.ResidentID{ev.resident})
	if err != nil {
		return err
	}
	c, ok := contacts[ev.resident]
	if !ok || m.AddressKey == "" || c.EmailKey != m.AddressKey || !c.Role.Addressable() {
		return nil
	}
	return b.give(ctx, tx, task.Task{
		ID: hearth.TaskID(hearth.DeriveID("tsk_", "address", string(ev.resident), m.AddressKey)), Property: c.Property, Resident: ev.resident, Kind: "better address",
		Title:   "Ask for a better e-mail address: " + atHome(c),
		Why:     "Mail to the address on record comes back, so nothing reaches them by e-mail.",
		Context: task.Context{Facts: []task.Fact{{Name: "Address on record", Value: c.Email}, {Name: "What came back", Value: m.Subject}}},
		Checklist: []string{"Look whether the address is only mistyped.", "Ask them by telephone, by text or at the door.",
			"A new address is used from then on; the old one stays stopped."},
		Asks: []task.Ask{{Fact: "email", Question: "Which e-mail address works? Write no if they want none.", Kind: "detail:email"}},
		Role: hearth.RoleLeasing, Minutes: 5,
	}, 18*time.Hour)
}

func atHome(c record.Contact) string {
	name := c.Name()
	if name == "" {
		name = "a resident"
	}
	if c.UnitLabel != "" {
		name += " (" + c.UnitLabel + ")"
	}
	return name
}

// give finds an owner for a task that is due after so many business hours, and stores both.
func (b *Inbox) give(ctx context.Context, tx *db.Tx, t task.Task, within time.Duration) error {
	round := b.Assign.Round()
	cal, err := round.Calendar(ctx, tx, t.Property)
	if err != nil {
		return err
	}
	choice, err := round.Choose(ctx, tx, assign.Ask{Property: t.Property, Role: t.Role, Resident: t.Resident, Minutes: t.Minutes, Due: cal.Add(tx.Now(), within), Stored: true})
	if err != nil {
		return fmt.Errorf("choose who does %q: %w", t.Title, err)
	}
	t.Owner, t.DueAt, t.NotifyAt = choice.Staff, choice.Due, choice.Notify
	if choice.Reason != "" {
		t.Context.Notes = append(t.Context.Notes, choice.Reason)
	}
	return b.Tasks.Insert(ctx, tx, append(round.Notices(), t))
}

// When too much mail comes back, mail services begin to refuse everything. Sending services warn from 5 % on.
const (
	breakerLooks = 500  // the last so many mails
	breakerFrom  = 100  // fewer tell nothing
	breakerShare = 0.05 // above this share discretionary mail is paused
)

// Watch looks how the last mails fared, and pauses discretionary mail if too many of them came back: once, until somebody
// resumes. A task says so. Mails from before a resumption do not count again.
func (b *Inbox) Watch(ctx context.Context) error {
	const target = string(hearth.ChannelEmail) + care.Discretionary
	look := func(tx *db.Tx) (trips bool, sent, back int, at hearth.PropertyID, err error) {
		since, err := b.Care.LastEnded(ctx, tx, care.Channel, target)
		if err != nil {
			return false, 0, 0, "", err
		}
		f, err := b.Messages.LastMails(ctx, tx, since, breakerLooks)
		return f.Sent >= breakerFrom && float64(f.Back) > breakerShare*float64(f.Sent), f.Sent, f.Back, f.Property, err
	}
	trips := false
	err := b.DB.Read(ctx, func(tx *db.Tx) (err error) {
		trips, _, _, _, err = look(tx)
		return err
	})
	if err != nil || !trips {
		return err
	}
	return b.DB.Write(ctx, func(tx *db.Tx) error {
		trips, sent, back, at, err := look(tx)
		if err != nil || !trips {
			return err
		}
		p, err := b.Pause(ctx, tx, hearth.System("inbox"), care.Pause{What: care.Channel, Target: target,
			Reason: fmt.Sprintf("%d of the last %d mails came back; mail services refuse senders of whom that is so", back, sent)})
		if err != nil {
			return fmt.Errorf("pause discretionary mail: %w", err)
		}
		if !p.Set.Equal(tx.Now()) {
			return nil // it is paused already, and told
		}
		tx.AfterCommit(func() {
			b.Logger.Error("too much mail comes back: mail of class relation and promotion is paused", "back", back, "sent", sent)
		})
		return b.give(ctx, tx, task.Task{
			ID: hearth.TaskID(hearth.DeriveID("tsk_", "breaker", p.ID)), Property: at, Kind: "mail breaker", Title: "Find out why mail comes back",
			Why: fmt.Sprintf("%d of the last %d mails came back, which is more than %.0f %%. Mail that residents may do without is held until somebody resumes it; "+
				"everything else goes on.", back, sent, 100*breakerShare),
			Checklist: []string{"Look at what came back: is it old addresses of a list, or does a mail service refuse us?",
				"Correct the addresses, or ask whoever runs the mail server.", "Then let go: Resume, on the page of channels in Set-up (or hearth resume channel email/discretionary)."},
			Role: hearth.RoleManager, Minutes: 20,
		}, 4*time.Hour)
	})
}
