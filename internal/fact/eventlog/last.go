package eventlog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// AppendLast is Append for a caller who has nothing else to write to the log in this transaction, and needs to know what became of
// the events only when they are committed: told, which may be nil, is called then. On PostgreSQL everybody who appends to a partition
// waits for its row of numbers, and this way the row is locked while the server writes, instead of for two ways there and back.
func (l *Log) AppendLast(ctx context.Context, tx *db.Tx, told func([]Result), evs ...*hearth.Event) error {
	if err := l.checkAll(tx, evs); err != nil {
		return err
	}
	return l.AppendCheckedLast(ctx, tx, told, evs...)
}

// AppendCheckedLast is AppendLast for a door that has called Check on each event just before.
func (l *Log) AppendCheckedLast(ctx context.Context, tx *db.Tx, told func([]Result), evs ...*hearth.Event) error {
	if told == nil {
		told = func([]Result) {}
	}
	if tx.Dialect() != db.Postgres || tx.Careful() || len(evs) == 0 {
		res, err := l.AppendChecked(ctx, tx, evs...)
		tx.AfterCommit(func() { told(res) })
		return err
	}
	for _, ev := range evs {
		l.fill(tx, ev)
	}
	b := newBatch(evs)
	if err := b.last(ctx, tx, l.lastSQL); err != nil {
		return fmt.Errorf("append %d events: %w", len(evs), err)
	}
	tx.AfterCommit(func() {
		b.numbered()
		l.publish(b)
		told(b.results)
	})
	return nil
}

// last has the batch numbered and inserted with the commit, and its events take their numbers then.
func (b *batch) last(ctx context.Context, tx *db.Tx, q string) error {
	parts, events, also := lastSets()
	for _, p := range b.parts {
		n := int64(len(p.fresh))
		parts.Rows = append(parts.Rows, []any{int64(p.part), n})
		for i, at := range p.fresh {
			ev, behind := b.evs[at], n-int64(i)
			events.Rows = append(events.Rows, append([]any{behind, int64(p.part)}, row("", b.idents[at], ev)[3:]...))
			for k, r := range ev.Residents {
				if k > 0 && !slices.Contains(ev.Residents[:k], r) {
					also.Rows = append(also.Rows, []any{behind, int64(p.part), string(r), hearth.Millis(ev.Time)})
				}
			}
		}
	}
	return tx.AtCommit(ctx, q, []db.Set{parts, events, also}, func(r *db.Rows) error {
		var part, next, one int64
		if err := r.Scan(&part, &next, &one); err != nil {
			return err
		}
		for _, p := range b.parts {
			if int64(p.part) == part {
				p.first = next - int64(len(p.fresh))
			}
		}
		return nil
	})
}

// numbered gives the events the numbers that they have in the store, where all of them are new.
func (b *batch) numbered() {
	b.news = true
	for _, p := range b.parts {
		for n, i := range p.fresh {
			ev := b.evs[i]
			ev.Seq = p.first + int64(n)
			b.results[i] = Result{Part: ev.Part, Seq: ev.Seq}
			p.events = append(p.events, ev)
		}
	}
	b.repeats()
}

// lastSets are the shapes of what lastSQL reads: how many events each partition gets, the events, and their further residents. "behind" is
// how far an event's number lies behind the next one that its partition will give.
func lastSets() (parts, events, also db.Set) {
	parts.Cols = []db.Col{{Name: "part", Type: db.Int}, {Name: "n", Type: db.Int}}
	events.Cols = append([]db.Col{{Name: "behind", Type: db.Int}, {Name: "part", Type: db.Int}}, eventColumns()[3:]...)
	also.Cols = []db.Col{{Name: "behind", Type: db.Int}, {Name: "part", Type: db.Int}, {Name: "resident"}, {Name: "time", Type: db.Int}}
	return parts, events, also
}

// lastText is the statement that numbers events and inserts them. If one of them was in the log before, it ends with a division by
// zero, so that no number is given to an event that is not there.
func lastText() string {
	parts, events, also := lastSets()
	names := make([]string, 0, len(events.Cols))
	for _, c := range events.Cols[2:] {
		names = append(names, c.Name)
	}
	own, theirs := strings.Join(names, ", "), "e."+strings.Join(names, ", e.")
	nEvents := 2 + len(parts.Cols)
	nAlso := nEvents + len(events.Cols)
	return `WITH numbered AS (
 INSERT INTO log_parts (org, part, next_seq) SELECT $1, p.part, p.n + 1 FROM ` + parts.Unnest(2) + ` AS p (part, n) ORDER BY p.part
 ` + numberConflict + ` RETURNING part, next_seq
), added AS (
 INSERT INTO events (org, part, seq, ` + own + `)
 SELECT $1, e.part, n.next_seq - e.behind, ` + theirs + ` FROM ` + events.Unnest(nEvents) + ` AS e (behind, part, ` + own + `) JOIN numbered n ON n.part = e.part
 ON CONFLICT (org, ident) DO NOTHING RETURNING 1
), also AS (
 INSERT INTO event_also (org, resident, time, part, seq)
 SELECT $1, a.resident, a.time, a.part, n.next_seq - a.behind FROM ` + also.Unnest(nAlso) + ` AS a (behind, part, resident, time) JOIN numbered n ON n.part = a.part
)
SELECT part, next_seq, 1 / (CASE WHEN (SELECT count(*) FROM added) = (SELECT sum(p.n) FROM ` + parts.Unnest(2) + ` AS p (part, n)) THEN 1 ELSE 0 END) FROM numbered`
}
