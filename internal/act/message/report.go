package message

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/consent"
)

// Report is what the far side tells of a message after it was handed over: a provider's call-back, a bounce that came
// back.
type Report struct {
	Message hearth.MessageID
	// State is Sent, Delivered, Bounced (the address does not take it) or Failed.
	State State
	// Soft says of a bounce that the address may work another time.
	Soft bool
	// Code is short and personal in nothing ("30005"): events carry it. Text is for staff and may name the address.
	Code, Text string
	// Stop is the reason for which nothing goes to the address any more; "" lets it be.
	Stop string
	// Ref is the number that the provider gave the message, Units how many it charges for; "" and 0: not told.
	Ref   string
	Units int
	// How is by what act of a person it came to that ("hung", "spoke with"); "" for what machines tell.
	How   string
	At    time.Time // when it happened; zero: now
	Actor hearth.Actor
}

// Reported tells what a report changed.
type Reported struct {
	Was, Is State
	Changed bool
}

// Report brings a message to the state that the far side tells of, and appends the events of it. The same told twice, or
// told too late, changes nothing: a message never goes back from delivered to sent, a text message that arrived has
// arrived whatever else is told, and an e-mail that was taken and then came back has come back. A message that nobody
// knew the fate of, or that was taken back a moment too late, was sent after all. It fails with CodeNotFound for a
// message that there is not, and with CodeInvalid for a state that no report has.
func (s *Store) Report(ctx context.Context, tx *db.Tx, r Report) (Reported, error) {
	switch r.State {
	case Sent, Delivered, Bounced, Failed:
	default:
		return Reported{}, hearth.FieldErrorf("state", "A message cannot be reported as %q.", r.State)
	}
	m, err := s.lock(ctx, tx, r.Message)
	if err != nil {
		return Reported{}, err
	}
	if m.Direction == In {
		return Reported{}, hearth.Errorf(hearth.CodeConflict, "The message %s came in; nobody can report on its delivery.", m.ID)
	}
	if r.Actor.Kind == "" {
		r.Actor = hearth.System("message")
	}
	if r.At.IsZero() || r.At.After(tx.Now()) {
		r.At = tx.Now()
	}
	if err := s.noteText(ctx, tx, &m, r.Ref, r.Units); err != nil {
		return Reported{}, err
	}
	if r.Stop != "" && m.AddressKey != "" {
		if _, err := s.consent.Stop(ctx, tx, consent.Stop{Channel: m.Channel, AddressKey: m.AddressKey, Reason: r.Stop, Source: source,
			Evidence: strings.TrimSpace(string(m.ID) + " " + r.Code), Resident: m.Resident, Actor: r.Actor}); err != nil {
			return Reported{}, err
		}
	}
	out := Reported{Was: m.State, Is: m.State}
	if !moves(m.Channel, m.State, r.State) {
		return out, nil
	}
	out.Is, out.Changed = r.State, true
	return out, s.move(ctx, tx, &m, r)
}

// moves tells whether a message in one state comes to another by a report. Which way two reports arrive makes no
// difference to where the message ends.
func moves(ch hearth.Channel, from, to State) bool {
	open := from == Queued || from == Unknown || from == Held || from == Dropped
	final := Delivered // who has it in their hand, has it
	if ch == hearth.ChannelEmail {
		final = Bounced // a server that took a mail may still send it back
	}
	switch {
	case from == to || from == final || from == Merged || from == Received:
		return false
	case to == final:
		return true
	case to == Sent:
		return open
	case to == Failed:
		return open || from == Sent
	}
	return open || from == Sent || from == Failed // the other of delivered and bounced
}

const moveSQL = `UPDATE messages SET state = $1, at = $2, error = $3 WHERE org = $4 AND id = $5`

func (s *Store) move(ctx context.Context, tx *db.Tx, m *Message, r Report) error {
	was := m.State
	var evs []*hearth.Event
	if was == Queued || was == Unknown || was == Held || was == Dropped {
		if err := work.Drop(ctx, tx, Kind, []string{string(m.ID)}); err != nil {
			return err
		}
		gone := map[hearth.MessageID]bool{m.ID: true}
		tx.AfterCommit(func() { s.takeOut(m.Channel, gone) })
		if r.State == Sent || r.State == Delivered {
			evs = append(evs, newEvent(m, "message.sent", 0, r.At, r.Actor, map[string]any{
				"class": string(m.Class), "channel": string(m.Channel), "message": string(m.ID), "purpose": m.Purpose, "how": r.How}))
		}
	}
	text := r.Text
	if r.State == Sent || r.State == Delivered {
		text = ""
	}
	if _, err := tx.Exec(ctx, moveSQL, r.State, tx.Now(), text, tx.Org(), m.ID); err != nil {
		return fmt.Errorf("message %s becomes %s: %w", m.ID, r.State, err)
	}
	switch r.State {
	case Delivered:
		evs = append(evs, newEvent(m, "message.delivered", 0, r.At, r.Actor, map[string]any{
			"message": string(m.ID), "channel": string(m.Channel), "purpose": m.Purpose, "how": r.How}))
	case Bounced:
		kind := "hard"
		if r.Soft {
			kind = "soft"
		}
		evs = append(evs, newEvent(m, "message.bounced", 0, r.At, r.Actor, map[string]any{
			"kind": kind, "channel": string(m.Channel), "message": string(m.ID), "error": r.Code, "purpose": m.Purpose}))
	case Failed:
		evs = append(evs, troubleEvent(m, "message.failed", 0, r.At, r.Code))
	}
	if _, err := s.log.Append(ctx, tx, evs...); err != nil {
		return fmt.Errorf("message %s becomes %s: %w", m.ID, r.State, err)
	}
	return s.followUp(ctx, tx, m, was, r.State)
}

// followUp lets the desk look for another way for what did not arrive, and no further for what did after all.
func (s *Store) followUp(ctx context.Context, tx *db.Tx, m *Message, was, is State) error {
	lost := func(x State) bool { return x == Bounced || x == Failed }
	switch {
	case lost(is):
		return s.askAgain(ctx, tx, m, was)
	case lost(was):
		return s.afterAll(ctx, tx, m)
	}
	return nil
}

// lock reads a message and holds it until the transaction ends, so that reports about it come one after the other.
func (s *Store) lock(ctx context.Context, tx *db.Tx, id hearth.MessageID) (Message, error) {
	msgs, err := collect(tx.Query(ctx, getSQL+db.ForUpdate(tx.Dialect()), tx.Org(), id))
	if err == nil && len(msgs) == 0 {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no message %s.", id)
	}
	if err != nil {
		return Message{}, fmt.Errorf("read message %s: %w", id, err)
	}
	return msgs[0], nil
}
