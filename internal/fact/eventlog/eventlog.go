// Package eventlog keeps what happened: an append-only log of events in partitions, each with an order of its own, read
// by followers with saved positions. It checks events against the catalog of types and stores each only once.
//
// It changes no records and decides nothing; followers do, each in a transaction with its position.
package eventlog

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
)

// Parts is the number of partitions. It is part of what is stored and never changes.
const Parts = 16

// PartOf gives the partition that a property's events live in.
func PartOf(p hearth.PropertyID) int {
	h := fnv.New32a()
	io.WriteString(h, string(p))
	return int(h.Sum32() % Parts)
}

// Log is the event log of one organization. It is safe for concurrent use.
type Log struct {
	clock hearth.Clock
	types map[hearth.EventType]*compiled
	bell  work.Bell
	tails [Parts]tail
	// lastSQL is the statement of AppendLast.
	lastSQL string
}

// New opens the log of d.
func New(d *db.DB) (*Log, error) {
	types, err := compileTypes(Types())
	if err != nil {
		return nil, fmt.Errorf("event catalog: %w", err)
	}
	return &Log{clock: d.Clock(), types: types, lastSQL: lastText()}, nil
}

// Bell rings after every append of this process.
func (l *Log) Bell() *work.Bell { return &l.bell }

// Tail gives committed events that are still in memory and directly follow a place. false: nothing is known to follow
// it, because it is the end, the events have left memory, or another process wrote; Read tells which.
func (l *Log) Tail(part int, after int64, limit int) ([]*hearth.Event, bool) {
	if part < 0 || part >= Parts {
		return nil, false
	}
	return l.tails[part].after(after, limit)
}

// Beyond tells whether memory has committed events behind a place that do not directly follow it, so that Read has more.
func (l *Log) Beyond(part int, after int64) bool {
	return part >= 0 && part < Parts && l.tails[part].beyond(after)
}

const headsSQL = `SELECT part, next_seq FROM log_parts WHERE org = $1`

// Heads gives the place of the last event by partition; partitions without events are missing.
func (l *Log) Heads(ctx context.Context, tx *db.Tx) (map[int]int64, error) {
	heads := map[int]int64{}
	rows, err := tx.Query(ctx, headsSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("heads of the log: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var part int
		var next int64
		if err := rows.Scan(&part, &next); err != nil {
			return nil, fmt.Errorf("heads of the log: %w", err)
		}
		heads[part] = next - 1
	}
	return heads, rows.Err()
}
