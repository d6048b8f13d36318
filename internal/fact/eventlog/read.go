package eventlog

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

const eventSelect = `SELECT e.part, e.seq, e.id, e.source, e.type, e.subject, e.property, e.resident, e.others, e.actor, e.time,
e.recorded, e.asof, e.history, e.data FROM events e `

func scanEvent(r *db.Rows) (*hearth.Event, error) {
	var ev hearth.Event
	var subject, primary, others, actor string
	if err := r.Scan(&ev.Part, &ev.Seq, &ev.ID, &ev.Source, &ev.Type, &subject, &ev.Property, &primary, &others, &actor,
		&ev.Time, &ev.Recorded, &ev.AsOf, &ev.History, &ev.Data); err != nil {
		return nil, err
	}
	ev.Subject, _ = hearth.ParseSubject(subject)
	if actor != "" {
		ev.Actor = hearth.ParseActor(actor)
	}
	if primary != "" {
		ev.Residents = append(ev.Residents, hearth.ResidentID(primary))
	}
	if others != "" {
		for id := range strings.SplitSeq(others, ",") {
			ev.Residents = append(ev.Residents, hearth.ResidentID(id))
		}
	}
	return &ev, nil
}

func collect(rows *db.Rows, err error) ([]*hearth.Event, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*hearth.Event
	for rows.Next() {
		ev, err := scanEvent(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, ev)
	}
	return out, rows.Err()
}

const readSQL = eventSelect + `WHERE e.org = $1 AND e.part = $2 AND e.seq > $3 ORDER BY e.seq LIMIT $4`

// Read gives up to limit events of a partition behind a place, in order. Places may be left out; none is filled later.
func (l *Log) Read(ctx context.Context, tx *db.Tx, part int, after int64, limit int) ([]*hearth.Event, error) {
	evs, err := collect(tx.Query(ctx, readSQL, tx.Org(), part, after, limit))
	if err != nil {
		return nil, fmt.Errorf("read the log's partition %d: %w", part, err)
	}
	return evs, nil
}

// Cursor is a place in a timeline. The zero Cursor is before the newest event.
type Cursor struct {
	Time time.Time
	Part int
	Seq  int64
}

// CursorOf gives the place of an event, from which the next page goes on.
func CursorOf(ev *hearth.Event) Cursor { return Cursor{Time: ev.Time, Part: ev.Part, Seq: ev.Seq} }

const (
	ownSQL = eventSelect + `WHERE e.org = $1 AND e.resident = $2 AND (e.time, e.part, e.seq) < ($3, $4, $5)`
	// The rows of event_also carry the order, so the page is found before any event is read.
	alsoSQL = eventSelect + `JOIN event_also a ON a.org = e.org AND a.part = e.part AND a.seq = e.seq
WHERE a.org = $1 AND a.resident = $2 AND (a.time, a.part, a.seq) < ($3, $4, $5)`
)

// Timeline gives a resident's events, newest first, with those that concern the household. types empty: all.
func (l *Log) Timeline(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, types []hearth.EventType, before Cursor, limit int) ([]*hearth.Event, error) {
	from := hearth.Millis(before.Time)
	if before == (Cursor{}) {
		from = math.MaxInt64
	}
	args := []any{tx.Org(), string(resident), from, int64(before.Part), before.Seq}
	where, last := "", 5
	if len(types) > 0 {
		names := make([]string, len(types))
		for i, t := range types {
			names[i] = string(t)
		}
		in, arg := tx.In("e.type", 6, names)
		where, last, args = " AND "+in, 6, append(args, arg)
	}
	args = append(args, limit)
	own, err := collect(tx.Query(ctx, ownSQL+where+page("e", last+1), args...))
	if err != nil {
		return nil, fmt.Errorf("timeline of %s: %w", resident, err)
	}
	also, err := collect(tx.Query(ctx, alsoSQL+where+page("a", last+1), args...))
	if err != nil {
		return nil, fmt.Errorf("timeline of %s: %w", resident, err)
	}
	all := append(own, also...)
	slices.SortFunc(all, func(a, b *hearth.Event) int {
		return -cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Seq, b.Seq))
	})
	return all[:min(limit, len(all))], nil
}

func page(table string, n int) string {
	return fmt.Sprintf(" ORDER BY %[1]s.time DESC, %[1]s.part DESC, %[1]s.seq DESC LIMIT $%[2]d", table, n)
}
