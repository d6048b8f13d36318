package eventlog

import (
	"cmp"
	"context"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

// Timelines gives the events of several residents who are one person as one timeline, newest first, each event once.
func (l *Log) Timelines(ctx context.Context, tx *db.Tx, residents []hearth.ResidentID, types []hearth.EventType, before Cursor, limit int) ([]*hearth.Event, error) {
	var all []*hearth.Event
	for _, id := range residents {
		evs, err := l.Timeline(ctx, tx, id, types, before, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, evs...)
	}
	if len(residents) > 1 {
		slices.SortFunc(all, func(a, b *hearth.Event) int {
			return -cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Seq, b.Seq))
		})
		all = slices.CompactFunc(all, func(a, b *hearth.Event) bool { return a.Part == b.Part && a.Seq == b.Seq })
	}
	return all[:min(limit, len(all))], nil
}
