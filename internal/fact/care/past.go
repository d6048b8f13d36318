package care

import (
	"context"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// At gives what was in force at a past time, with the situations of one person alone: the resident they were seen under then,
// and those who were seen under that one. What somebody ended after that time stands as not ended in it; ask it with that time.
func (s *Store) At(ctx context.Context, tx *db.Tx, person []hearth.ResidentID, at time.Time) (*Now, error) {
	n := &Now{situations: map[hearth.ResidentID][]Situation{}, under: map[hearth.ResidentID]hearth.ResidentID{}}
	for _, id := range person {
		if id != person[0] {
			n.under[id] = person[0]
		}
		all, err := readSituations(ctx, tx, situationsSQL+" AND resident = $2 AND set_at <= $3 AND (ended = 0 OR ended > $3) ORDER BY set_at, id",
			tx.Org(), string(id), hearth.Millis(at))
		if err != nil {
			return nil, err
		}
		for _, x := range all {
			x.Ended = time.Time{}
			n.situations[person[0]] = append(n.situations[person[0]], x)
		}
	}
	var err error
	n.pauses, err = readPauses(ctx, tx, pausesSQL+" AND set_at <= $2 AND (ended = 0 OR ended > $2) ORDER BY set_at, id", tx.Org(), hearth.Millis(at))
	for i := range n.pauses {
		n.pauses[i].Ended = time.Time{}
	}
	return n, err
}
