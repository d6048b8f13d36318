package message

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
)

const takeBackSQL = `UPDATE messages SET state = 'dropped', at = $1, reason = $2 WHERE org = $3 AND state = $4 AND `

// TakeBack drops those of the messages that are held or wait for delivery, and gives how many they were. What is on its
// last byte, or in another node's hands, goes on.
func (s *Store) TakeBack(ctx context.Context, tx *db.Tx, ids []hearth.MessageID, because string) (int, error) {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = string(id)
	}
	// The held ones first: one that the desk lets go at this moment is then found among those that wait for delivery. Its due
	// row, the desk's or the recall's, finds a message that is held no more.
	held, err := dropIn(ctx, tx, Held, keys, because)
	if err != nil {
		return 0, err
	}
	msgs, err := load(ctx, tx, keys)
	if err != nil {
		return 0, err
	}
	queued := map[string]Message{}
	for id, m := range msgs {
		if m.State == Queued {
			queued[string(id)] = m
		}
	}
	free, err := s.freed(ctx, tx, queued)
	if err != nil {
		return 0, err
	}
	n, err := dropIn(ctx, tx, Queued, free, because)
	return held + n, err
}

// dropIn drops those of the messages that are in a state.
func dropIn(ctx context.Context, tx *db.Tx, state State, keys []string, because string) (int, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	in, arg := tx.In("id", 5, keys)
	n, err := tx.Exec(ctx, takeBackSQL+in, tx.Now(), because, tx.Org(), string(state), arg)
	if err != nil {
		return 0, fmt.Errorf("take %d messages back: %w", len(keys), err)
	}
	return int(n), nil
}

// freed takes queued messages out of delivery, and gives those that nobody can be sending.
func (s *Store) freed(ctx context.Context, tx *db.Tx, queued map[string]Message) ([]string, error) {
	if len(queued) == 0 {
		return nil, nil
	}
	var free []string
	for _, lane := range lanes() {
		due, err := work.Waiting(ctx, tx, lane, 0, Kind)
		if err != nil {
			return nil, err
		}
		for _, d := range due {
			m, ok := queued[d.Key]
			if !ok || asking(d.Payload) {
				continue
			}
			// A claimed one can be taken only out of our own hands: whoever else has it may be sending it.
			if d.Claim > 0 && d.ClaimedUntil.After(tx.Now()) && !s.outOf(m.Channel).pull(tx, m.ID) {
				continue
			}
			ok, err := work.DropWaiting(ctx, tx, Kind, d.Key)
			if err != nil {
				return nil, err
			}
			if ok {
				free = append(free, d.Key)
			}
		}
	}
	return free, nil
}

const reopenSQL = `UPDATE messages SET state = 'held', at = $1, reason = $2 WHERE org = $3 AND state = $4 AND `

// Reopen has a message that was taken back wait again, held by the desk; whoever calls it puts the due row with which it comes
// back. False: it was not dropped.
func (s *Store) Reopen(ctx context.Context, tx *db.Tx, id hearth.MessageID, because string) (bool, error) {
	in, arg := tx.In("id", 5, []string{string(id)})
	n, err := tx.Exec(ctx, reopenSQL+in, tx.Now(), because, tx.Org(), string(Dropped), arg)
	if err != nil {
		return false, fmt.Errorf("have message %s wait again: %w", id, err)
	}
	return n > 0, nil
}
