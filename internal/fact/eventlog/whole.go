package eventlog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

const (
	allOwnSQL  = eventSelect + `WHERE e.org = $1 AND e.resident = $2`
	allAlsoSQL = eventSelect + `JOIN event_also a ON a.org = e.org AND a.part = e.part AND a.seq = e.seq
WHERE a.org = $1 AND a.resident = $2`
)

// All gives every event that concerns a resident, in all partitions, by partition and place. It is for what must be
// folded anew from the log; lists for people are Timeline's.
func (l *Log) All(ctx context.Context, tx *db.Tx, resident hearth.ResidentID) ([]*hearth.Event, error) {
	var all []*hearth.Event
	for _, q := range []string{allOwnSQL, allAlsoSQL} {
		evs, err := collect(tx.Query(ctx, q, tx.Org(), string(resident)))
		if err != nil {
			return nil, fmt.Errorf("events of %s: %w", resident, err)
		}
		all = append(all, evs...)
	}
	slices.SortFunc(all, func(a, b *hearth.Event) int { return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Seq, b.Seq)) })
	return all, nil
}
