package message

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/care"
	"hearth/internal/fact/eventlog"
)

// RecallKind is the kind of the due rows, in the engine's lane, with which messages that were taken back from delivery
// come before the desk again. The key is the message's id.
const RecallKind = "message.recalled"

// thing is a message as a pause looks at it.
func (m *Message) thing() care.Thing {
	return care.Thing{Playbook: m.Playbook, Property: m.Property, Resident: m.Resident, Channel: m.Channel, Class: m.Class}
}

// halted tells whether a message must not go out now: a pause covers it, or everything has to stop for its resident.
func (m *Message) halted(n *care.Now, now time.Time) bool {
	_, paused := n.Paused(m.thing(), now)
	return paused || n.Dead(m.Resident, now)
}

// Recall takes back, from delivery to the desk, the queued messages that must not go out as things stand. What another
// node has in hand it keeps from going out itself; what is at its last byte is left alone. It gives how many it took.
func (s *Store) Recall(ctx context.Context, tx *db.Tx, n *care.Now) (int, error) {
	taken := 0
	for _, lane := range lanes() {
		some, err := s.recallLane(ctx, tx, n, lane)
		if err != nil {
			return 0, err
		}
		taken += some
	}
	return taken, nil
}

func (s *Store) recallLane(ctx context.Context, tx *db.Tx, n *care.Now, lane string) (int, error) {
	due, err := work.Waiting(ctx, tx, lane, 0, Kind)
	if err != nil {
		return 0, err
	}
	const page = 500
	taken := 0
	for len(due) > 0 {
		some := due[:min(page, len(due))]
		due = due[len(some):]
		ids := make([]string, len(some))
		for i, d := range some {
			ids[i] = d.Key
		}
		msgs, err := load(ctx, tx, ids)
		if err != nil {
			return 0, err
		}
		var back []Message
		for _, d := range some {
			m, ok := msgs[hearth.MessageID(d.Key)]
			if !ok || m.State != Queued || asking(d.Payload) || !m.halted(n, tx.Now()) {
				continue
			}
			// A claimed one can be taken only out of our own hands: whoever else has it may be sending it.
			if d.Claim > 0 && d.ClaimedUntil.After(tx.Now()) && !s.outOf(m.Channel).pull(tx, m.ID) {
				continue
			}
			back = append(back, m)
		}
		if err := s.returnToDesk(ctx, tx, back); err != nil {
			return 0, err
		}
		taken += len(back)
	}
	return taken, nil
}

const recallSQL = `UPDATE messages SET state = 'held', at = $1, reason = $2 WHERE org = $3 AND id = $4 AND state = 'queued'`

// returnToDesk makes queued messages held ones that the desk looks at again. The caller has them in hand.
func (s *Store) returnToDesk(ctx context.Context, tx *db.Tx, msgs []Message) error {
	return s.returnBecause(ctx, tx, msgs, "Taken back from delivery; the desk looks at it again.")
}

// returnBecause is returnToDesk with a sentence of its own.
func (s *Store) returnBecause(ctx context.Context, tx *db.Tx, msgs []Message, because string) error {
	var rows []work.Due
	for _, m := range msgs {
		gone, err := work.DropWaiting(ctx, tx, Kind, string(m.ID))
		if err != nil {
			return err
		}
		if !gone {
			continue
		}
		n, err := tx.Exec(ctx, recallSQL, tx.Now(), because, tx.Org(), m.ID)
		if err != nil {
			return fmt.Errorf("take message %s back: %w", m.ID, err)
		}
		if n == 1 {
			rows = append(rows, work.Due{Lane: work.EngineLane, Kind: RecallKind, Key: string(m.ID), Part: eventlog.PartOf(m.Property), At: tx.Now()})
		}
	}
	if err := work.Put(ctx, tx, rows); err != nil {
		return fmt.Errorf("take messages back: %w", err)
	}
	return nil
}

// pull takes a waiting parcel out of the outbox, and puts it back if the transaction fails. False: a worker has it.
func (o *outbox) pull(tx *db.Tx, id hearth.MessageID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, p := range o.queue {
		if p.msg.ID != id {
			continue
		}
		o.queue = append(o.queue[:i:i], o.queue[i+1:]...)
		tx.AfterCommit(func() { o.release(1) })
		tx.AfterRollback(func() { o.back(p) })
		return true
	}
	return false
}

// Recheck asks once more whether queued messages may go, and gives those that may not back to the desk: the last look before
// something is put on paper.
func (s *Store) Recheck(ctx context.Context, tx *db.Tx, msgs []Message) error {
	ask := make([]*Message, len(msgs))
	for i := range msgs {
		ask[i] = &msgs[i]
	}
	ok, err := s.permitted(ctx, tx, ask)
	if err != nil {
		return fmt.Errorf("ask again whether %d messages may go: %w", len(msgs), err)
	}
	var back []Message
	for i := range msgs {
		if !ok[i] {
			back = append(back, msgs[i])
		}
	}
	return s.returnToDesk(ctx, tx, back)
}
