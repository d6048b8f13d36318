package trigger

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
)

// A repetition that is switched on knows what happened before: its counters are made from the log, some thousand places
// a batch, by a reader of its own. Until that has come to where the follower stands, the follower leaves the playbook
// alone; what happened since the activation is then started in its order. So a counter is always what the log gives,
// and is made again from it at any time.

// mark is how far a partition's log has been counted for a version of a playbook.
type mark struct {
	seq      int64 // the last place that was counted
	liveFrom int64 // what lies behind is news
	caught   bool
}

const marksSQL = `SELECT playbook, version, seq, live_from, caught FROM repeat_marks WHERE org = $1 AND part = $2`

// marks gives how far the partition has been counted, by version; read once while this node has the partition.
func (b *batch) marks(ctx context.Context) (map[string]*mark, error) {
	if b.cache.marks != nil {
		return b.cache.marks, nil
	}
	rows, err := b.tx.Query(ctx, marksSQL, b.tx.Org(), b.part)
	if err != nil {
		return nil, fmt.Errorf("read how far repetitions are counted: %w", err)
	}
	defer rows.Close()
	marks := map[string]*mark{}
	for rows.Next() {
		var id string
		var version, caught int64
		m := &mark{}
		if err := rows.Scan(&id, &version, &m.seq, &m.liveFrom, &caught); err != nil {
			return nil, fmt.Errorf("read how far repetitions are counted: %w", err)
		}
		m.caught = caught != 0
		marks[fmt.Sprintf("%s@%d", id, version)] = m
	}
	b.cache.marks = marks
	return marks, rows.Err()
}

const (
	setMarkSQL = `INSERT INTO repeat_marks (org, part, playbook, version, seq, live_from, caught) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (org, part, playbook, version) DO UPDATE SET seq = excluded.seq, live_from = excluded.live_from, caught = excluded.caught`
	dropCountersSQL = `DELETE FROM repeats WHERE org = $1 AND part = $2 AND playbook = $3`
	dropMarksSQL    = `DELETE FROM repeat_marks WHERE org = $1 AND part = $2 AND playbook = $3`
	tidySQL         = `DELETE FROM repeats WHERE org = $1 AND part = $2 AND playbook = $3 AND keep_until < $4`
)

func (b *batch) setMark(ctx context.Context, p *playbook.Program, m *mark) error {
	if err := b.tx.ExecLater(ctx, setMarkSQL, b.tx.Org(), b.part, string(p.Def.ID), p.Version, m.seq, m.liveFrom, m.caught); err != nil {
		return fmt.Errorf("mark how far %s is counted: %w", p.Def.ID, err)
	}
	b.cache.marks[versionKey(p)] = m
	return nil
}

// catchUpStep is how many places of the log one batch counts.
const catchUpStep = 4000

// catchUp counts some more of the log for a repetition; it tells whether it has come to where the follower stands. head
// is the log's end when the playbook was switched on.
func (b *batch) catchUp(ctx context.Context, p *playbook.Program, head int64) (done bool, err error) {
	marks, err := b.marks(ctx)
	if err != nil {
		return false, err
	}
	m := marks[versionKey(p)]
	if m == nil {
		if m, err = b.beginCount(ctx, p, head); err != nil {
			return false, err
		}
	}
	if m.caught {
		return true, nil // the follower goes on by itself
	}
	next := *m
	to := min(m.seq+catchUpStep, b.worked)
	for next.seq < to {
		events, err := b.Log.ReadType(ctx, b.tx, b.part, p.Def.Trigger.Repeat.Event, next.seq, to, 500)
		if err != nil {
			return false, err
		}
		for _, ev := range events {
			if err := b.count(ctx, p, ev, !ev.History && ev.Seq > m.liveFrom); err != nil {
				return false, err
			}
		}
		if next.seq = to; len(events) == 500 {
			next.seq = events[len(events)-1].Seq
		}
	}
	next.caught = next.seq >= b.worked
	return next.caught, b.setMark(ctx, p, &next)
}

// beginCount forgets what an earlier version counted and begins where the log can still matter.
func (b *batch) beginCount(ctx context.Context, p *playbook.Program, head int64) (*mark, error) {
	for _, q := range []string{dropCountersSQL, dropMarksSQL} {
		if _, err := b.tx.Exec(ctx, q, b.tx.Org(), b.part, string(p.Def.ID)); err != nil {
			return nil, fmt.Errorf("begin to count for %s: %w", p.Def.ID, err)
		}
	}
	mine := string(p.Def.ID) + "@"
	maps.DeleteFunc(b.cache.counters, func(key string, _ *counter) bool { return strings.HasPrefix(key, mine) })
	maps.DeleteFunc(b.cache.marks, func(key string, _ *mark) bool { return strings.HasPrefix(key, mine) })
	keep := p.Def.Trigger.Repeat.Within.Plain() + p.Def.Fresh.Plain() + eventlog.MaxFuture
	from, err := b.Log.PlaceAt(ctx, b.tx, b.part, b.now.Add(-keep))
	if err != nil {
		return nil, err
	}
	return &mark{seq: min(from, b.worked), liveFrom: head}, nil
}

// repeatDue goes on counting for a repetition, and once that is done drops what can't count any more from time to time.
func (b *batch) repeatDue(ctx context.Context, p *playbook.Program, head int64, d work.Due) error {
	done, err := b.catchUp(ctx, p, head)
	if err != nil {
		return err
	}
	d.At = b.now
	if done {
		if _, err := b.tx.Exec(ctx, tidySQL, b.tx.Org(), b.part, string(p.Def.ID), hearth.Millis(b.now)); err != nil {
			return fmt.Errorf("tidy counters of %s: %w", p.Def.ID, err)
		}
		d.At = b.now.Add(tidyEvery)
	}
	b.puts = append(b.puts, d)
	return nil
}

// tidyEvery is how often counters are dropped in which nothing can count any more.
const tidyEvery = 30 * 24 * time.Hour
