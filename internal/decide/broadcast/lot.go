package broadcast

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/desk"
)

// What the follower does with a broadcast's due row: it puts the next lot to the desk and comes back for the one after.

const (
	// LotSize is how many people one batch puts to the desk while others write, who wait for them.
	LotSize = 64
	// LotAlone is how many it puts to the desk when nobody has waited for the last one: fewer commits, and what lies side by side
	// is written once.
	LotAlone = 256
	// mostQueued is how many mails and texts may be due for delivery, a broadcast's next lot included: as many as a process has
	// in hand, so that what is urgent does not queue behind it and nothing has to be read again to be sent.
	mostQueued = 512
	// A broadcast for which there is no room looks again after lookAgain, then after twice that, up to lookSeldom: each look is a
	// commit, and a mail server that is away stays so for hours.
	lookAgain  = 20 * time.Millisecond
	lookSeldom = 640 * time.Millisecond
)

// Lot is the next people of a broadcast.
type Lot struct {
	Intents []desk.Intent
	b       Broadcast
	upTo    int
	later   time.Duration // no room: when to look again; 0: there was
}

const selectPeople = `SELECT resident FROM broadcast_people WHERE org = $1 AND broadcast = $2 AND n >= $3 AND n < $4 ORDER BY n LIMIT $5`

const queuedSQL = `SELECT COUNT(*) FROM (SELECT 1 AS one FROM due WHERE org = $1 AND lane IN ('mail', 'sms') AND state = 'waiting' AND (due_at <= $2 OR claimed_until > $2) LIMIT $3) AS q`

// room is how many may be put to the desk now. What waits for another attempt, perhaps for hours, takes none.
func room(ctx context.Context, tx *db.Tx) (int, error) {
	queued := 0
	if err := tx.Row(ctx, queuedSQL, tx.Org(), tx.Now(), mostQueued).Scan(&queued); err != nil {
		return 0, fmt.Errorf("look how much waits for delivery: %w", err)
	}
	return mostQueued - queued, nil
}

// pause is how long a broadcast waits for room that has waited before as its due row says.
func pause(d work.Due) time.Duration {
	last, err := time.ParseDuration(d.Payload)
	if err != nil {
		return lookAgain
	}
	return min(2*last, lookSeldom)
}

// Next reads the next lot, of so many people at most, of the broadcast that a due row names. Its Intents are empty when it is over, or when too much
// waits for delivery; End must be called all the same.
func Next(ctx context.Context, tx *db.Tx, d work.Due, most int) (*Lot, error) {
	b, err := lock(ctx, tx, d.Key)
	if err != nil {
		return nil, err
	}
	l := &Lot{b: b, upTo: b.Next}
	if b.State != Running {
		return l, nil
	}
	free, err := room(ctx, tx)
	if err != nil {
		return nil, err
	}
	if free < LotSize {
		l.later = pause(d)
		return l, nil
	}
	most = min(most, free)
	if b.Next == 0 {
		most = min(most, LotSize) // whoever sees at once that it is wrong has said it to few
	}
	rows, err := tx.Query(ctx, selectPeople, tx.Org(), b.ID, int64(b.Next), int64(b.People), int64(most))
	if err != nil {
		return nil, fmt.Errorf("read who is next in broadcast %s: %w", b.ID, err)
	}
	defer rows.Close()
	var ids []hearth.ResidentID
	for rows.Next() {
		var id hearth.ResidentID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	l.Intents, l.upTo = b.intents(ids), b.Next+len(ids)
	return l, rows.Err()
}

const byHandSQL = `UPDATE broadcast_people SET by_hand = 1 WHERE org = $1 AND broadcast = $2 AND n >= $3 AND n < $4 AND `

// End writes how far the broadcast is, after the desk has decided on the lot, and gives the due row of the next one, nil
// when there is none. over tells that this was the last lot.
func (l *Lot) End(ctx context.Context, tx *db.Tx, verdicts []desk.Verdict) (next *work.Due, over bool, err error) {
	if l.b.State != Running {
		return nil, false, nil
	}
	var hand []string
	for _, v := range verdicts {
		if v.Outcome == desk.HandedOver && v.Task == "" {
			hand = append(hand, string(v.Message))
		}
	}
	if len(hand) > 0 {
		in, arg := tx.In("message", 5, hand)
		if _, err := tx.Exec(ctx, byHandSQL+in, tx.Org(), l.b.ID, int64(l.b.Next), int64(l.upTo), arg); err != nil {
			return nil, false, fmt.Errorf("note who has to be told by a person: %w", err)
		}
	}
	if l.b.Next = l.upTo; l.b.Next >= l.b.People {
		l.b.State, l.b.Ended = Done, tx.Now()
	}
	if err := save(ctx, tx, &l.b); err != nil || l.b.State == Done {
		return nil, err == nil, err
	}
	d := l.b.due(tx.Now().Add(l.later))
	if l.later > 0 {
		d.Payload = l.later.String()
	}
	return &d, false, nil
}

// Broadcast gives what the lot is of.
func (l *Lot) Broadcast() Broadcast { return l.b }

const selectByHand = `SELECT resident FROM broadcast_people WHERE org = $1 AND broadcast = $2 AND by_hand = 1 ORDER BY n`

// ByHand gives those of a broadcast whom a person has to tell, home by home.
func ByHand(ctx context.Context, tx *db.Tx, id string) ([]hearth.ResidentID, error) {
	rows, err := tx.Query(ctx, selectByHand, tx.Org(), id)
	if err != nil {
		return nil, fmt.Errorf("list who has to be told by a person: %w", err)
	}
	defer rows.Close()
	var out []hearth.ResidentID
	for rows.Next() {
		var r hearth.ResidentID
		if err := rows.Scan(&r); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
