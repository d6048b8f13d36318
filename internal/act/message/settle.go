package message

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/consent"
)

// ending is what is to be recorded about an attempt.
type ending int

const (
	delivered ending = iota
	again            // try later
	refused          // failed for good
	bounced          // failed for good: the address does not exist
	gaveUp           // failed: tried long enough
	doubtful         // nobody knows
	elsewhere        // the way is closed: the desk finds another
)

// outcome is the result of one attempt on its way into the store.
type outcome struct {
	p    parcel
	kind ending
	at   time.Time // again: when
	text string    // for staff
	code string    // for events
	ask  *inquiry  // again: not to send it, but to ask the provider
	// What the provider said of a text message: its number and price, and that the number's owner has stopped it.
	ref      string
	units    int
	optedOut bool
	fate     *channel.TextFate // what became of it already, where the provider was asked
	push     *channel.PushResult
	//nolint:containedctx // for the length of one write
	ctx context.Context
}

// conclude records an outcome, empties the worker's slot and frees the room. If recording fails the outcome is kept,
// and the worker does nothing else before it is recorded. What was sent is recorded by a loop of its own as long as the
// journal has room to remember it, so that the worker can go on.
func (s *Sender) conclude(ctx context.Context, slot int, o *outcome) error {
	if o.kind == delivered && s.keepLate(o) {
		return nil
	}
	s.owed[slot] = o
	return s.payUp(ctx, slot)
}

// payUp records what a worker still owes.
func (s *Sender) payUp(ctx context.Context, slot int) error {
	o := s.owed[slot]
	if o == nil {
		return nil
	}
	// What became of a mail is recorded even while everything stops: it cannot be found out again.
	o.ctx = context.WithoutCancel(ctx)
	if err := s.records.do(*o); err != nil {
		return fmt.Errorf("record what became of message %s: %w", o.p.msg.ID, err)
	}
	s.owed[slot] = nil
	s.clearSlot(slot)
	s.out.release(1)
	s.count(o.kind)
	return nil
}

func (s *Sender) clearSlot(slot int) {
	if s.deps.Journal == nil {
		return
	}
	if err := s.deps.Journal.Clear(slot); err != nil {
		// Harmless: a mark whose claim has a result means nothing at the next start.
		s.deps.Log.Warn("a slot of the send journal was not cleared", "error", err)
	}
}

func (s *Sender) count(k ending) {
	switch k {
	case delivered:
		s.sent.Add(1)
	case again, elsewhere:
		s.retried.Add(1)
	case doubtful:
		s.unknown.Add(1)
	default:
		s.failed.Add(1)
	}
}

// recordAll writes the outcomes of several workers in one transaction, with their events.
func (s *Sender) recordAll(outs []outcome) error {
	s.deps.Store.recorded.Add(1)
	return s.recordIn(s.deps.DB.Write, outs)
}

// recordIn does so in a transaction of write.
func (s *Sender) recordIn(write func(context.Context, func(*db.Tx) error) error, outs []outcome) error {
	ctx := outs[0].ctx
	return write(ctx, func(tx *db.Tx) error {
		var evs []*hearth.Event
		sent, err := s.deps.Store.settleSent(ctx, tx, outs)
		if err != nil {
			return err
		}
		evs = append(evs, sent...)
		for i := range outs {
			more, err := s.deps.Store.settle(ctx, tx, &outs[i])
			if err != nil {
				return err
			}
			evs = append(evs, more...)
		}
		if err = s.deps.Store.log.AppendLast(ctx, tx, nil, evs...); err != nil {
			return err
		}
		if err := s.deps.Store.tellFates(ctx, tx, outs); err != nil {
			return err
		}
		return s.deps.Store.noteDevices(ctx, tx, outs)
	})
}

// tellFates records what had become already of messages that a provider was asked about.
func (s *Store) tellFates(ctx context.Context, tx *db.Tx, outs []outcome) error {
	for i := range outs {
		if o := &outs[i]; o.fate != nil {
			if _, err := s.Report(ctx, tx, TextReport(o.p.msg.ID, o.ref, *o.fate, o.units)); err != nil {
				return err
			}
		}
	}
	return nil
}

// A mail that the server took is sent, whatever was thought of it before: dropped or taken back a moment too late, or in
// doubt. A text message that failed did so by the provider's word, which came before the answer to the hand-over was
// recorded.
const sentSQL = `UPDATE messages SET state = 'sent', at = $1, error = '' WHERE org = $2
AND (state IN ('queued','unknown','dropped','held') OR state = 'failed' AND channel <> 'sms') AND `

// settleSent records the mails that the server took. The due rows go whatever their claim is: the truth has come out.
func (s *Store) settleSent(ctx context.Context, tx *db.Tx, outs []outcome) ([]*hearth.Event, error) {
	var ids []string
	byID := map[hearth.MessageID]*outcome{}
	for i := range outs {
		if outs[i].kind == delivered {
			id := outs[i].p.msg.ID
			ids = append(ids, string(id))
			byID[id] = &outs[i]
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	if err := work.Drop(ctx, tx, Kind, ids); err != nil {
		return nil, err
	}
	in, arg := tx.In("id", 3, ids)
	rows, err := tx.Query(ctx, sentSQL+in+" RETURNING id", tx.Now(), tx.Org(), arg)
	if err != nil {
		return nil, fmt.Errorf("record %d sent messages: %w", len(ids), err)
	}
	defer rows.Close()
	var evs []*hearth.Event
	for rows.Next() {
		var id hearth.MessageID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		o := byID[id]
		evs = append(evs, sentEvent(&o.p.msg, o.p.claim, tx.Now(), hearth.System("message")))
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return evs, s.noteRefs(ctx, tx, byID)
}

// settle records an outcome other than sent, if the claim still holds.
func (s *Store) settle(ctx context.Context, tx *db.Tx, o *outcome) ([]*hearth.Event, error) {
	m, key := &o.p.msg, string(o.p.msg.ID)
	switch o.kind {
	case delivered:
		return nil, nil
	case again:
		ok, err := work.Retry(ctx, tx, Kind, key, o.p.claim, o.at, o.text)
		if err != nil || !ok || o.ask == nil && o.p.ask == nil {
			return nil, err
		}
		return nil, s.turnInquiry(ctx, tx, o)
	case elsewhere:
		ok, err := work.Retry(ctx, tx, Kind, key, o.p.claim, tx.Now(), o.text)
		if err != nil || !ok {
			return nil, err
		}
		return nil, s.returnBecause(ctx, tx, []Message{*m}, "No device of theirs took the notification ("+o.text+"), so the desk looks for another way.")
	case doubtful:
		ok, err := work.Bury(ctx, tx, Kind, key, o.p.claim, o.text)
		if err != nil || !ok {
			return nil, err
		}
		return s.turn(ctx, tx, m, Unknown, o.text, troubleEvent(m, "message.unknown", o.p.claim, tx.Now(), o.code))
	}
	ok, err := work.Finish(ctx, tx, Kind, key, o.p.claim)
	if err != nil || !ok {
		return nil, err
	}
	if o.optedOut && m.AddressKey != "" {
		if err := s.consent.Suppress(ctx, tx, m.Channel, m.AddressKey, consent.ReasonStop); err != nil {
			return nil, err
		}
	}
	if o.kind != bounced {
		return s.turn(ctx, tx, m, Failed, o.text, troubleEvent(m, "message.failed", o.p.claim, tx.Now(), o.code))
	}
	if m.AddressKey != "" {
		if err := s.consent.Suppress(ctx, tx, m.Channel, m.AddressKey, consent.ReasonBounce); err != nil {
			return nil, err
		}
	}
	return s.turn(ctx, tx, m, Bounced, o.text, bouncedEvent(m, o.p.claim, tx.Now()))
}

const turnSQL = `UPDATE messages SET state = $1, at = $2, error = $3 WHERE org = $4 AND id = $5 AND state IN ('queued','unknown')`

// turn moves a message that is on its way to another state; ev goes out if it was on its way.
func (s *Store) turn(ctx context.Context, tx *db.Tx, m *Message, to State, text string, ev *hearth.Event) ([]*hearth.Event, error) {
	n, err := tx.Exec(ctx, turnSQL, to, tx.Now(), text, tx.Org(), m.ID)
	if err != nil {
		return nil, fmt.Errorf("message %s becomes %s: %w", m.ID, to, err)
	}
	if n == 0 {
		return nil, nil
	}
	if to == Failed || to == Bounced {
		if err := s.askAgain(ctx, tx, m, m.State); err != nil {
			return nil, err
		}
	}
	return []*hearth.Event{ev}, nil
}
