package eventlog

import (
	"context"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

const (
	ownPartSQL = eventSelect + `WHERE e.org = $1 AND e.resident = $2 AND e.part = $3 AND e.seq > $4 AND e.seq <= $5
ORDER BY e.seq LIMIT $6`
	alsoPartSQL = eventSelect + `JOIN event_also a ON a.org = e.org AND a.part = e.part AND a.seq = e.seq
WHERE a.org = $1 AND a.resident = $2 AND a.part = $3 AND a.seq > $4 AND a.seq <= $5 ORDER BY a.seq LIMIT $6`
)

// Concerning gives up to limit events of a partition that concern a resident, those of the household among them, in the
// order of the log: behind place after, up to place upto.
func (l *Log) Concerning(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, part int, after, upto int64, limit int) ([]*hearth.Event, error) {
	args := []any{tx.Org(), string(resident), part, after, upto, limit}
	own, err := collect(tx.Query(ctx, ownPartSQL, args...))
	if err != nil {
		return nil, fmt.Errorf("events concerning %s: %w", resident, err)
	}
	also, err := collect(tx.Query(ctx, alsoPartSQL, args...))
	if err != nil {
		return nil, fmt.Errorf("events concerning %s: %w", resident, err)
	}
	all := append(own, also...)
	slices.SortFunc(all, func(a, b *hearth.Event) int { return int(a.Seq - b.Seq) })
	return all[:min(limit, len(all))], nil
}
