package eventlog

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Result tells what became of one appended event.
type Result struct {
	Part      int
	Seq       int64 // its place, or that of the event it repeats
	Duplicate bool  // an event with the same source and id was there before
}

// Append checks events and adds them to the log, in order within each partition. It sets Part and Seq, Recorded and
// AsOf where they are zero (now, and Recorded), and skips duplicates. The events belong to the log from then on and
// must not be changed: after the commit, followers of this process read them from memory.
func (l *Log) Append(ctx context.Context, tx *db.Tx, evs ...*hearth.Event) ([]Result, error) {
	if err := l.checkAll(tx, evs); err != nil {
		return nil, err
	}
	return l.AppendChecked(ctx, tx, evs...)
}

func (l *Log) checkAll(tx *db.Tx, evs []*hearth.Event) error {
	for _, ev := range evs {
		l.fill(tx, ev)
		if err := l.check(ev, tx.Now()); err != nil {
			return fmt.Errorf("append %s: %w", ev.Type, err)
		}
	}
	return nil
}

// AppendChecked is Append for a door that has called Check on each event just before.
func (l *Log) AppendChecked(ctx context.Context, tx *db.Tx, evs ...*hearth.Event) ([]Result, error) {
	if len(evs) == 0 {
		return nil, nil
	}
	for _, ev := range evs {
		l.fill(tx, ev)
	}
	b := newBatch(evs)
	if err := b.number(ctx, tx); err != nil {
		return nil, fmt.Errorf("append %d events: %w", len(evs), err)
	}
	if err := b.insert(ctx, tx); err != nil {
		return nil, fmt.Errorf("append %d events: %w", len(evs), err)
	}
	tx.AfterCommit(func() { l.publish(b) })
	return b.results, nil
}

// fill sets what the sender left out, and brings the rest to what the store keeps of it: a follower must see the same
// event whether it comes from memory or from the store.
func (l *Log) fill(tx *db.Tx, ev *hearth.Event) {
	ev.Part = PartOf(ev.Property)
	if ev.Recorded.IsZero() {
		ev.Recorded = tx.Now()
	}
	if ev.AsOf.IsZero() {
		ev.AsOf = ev.Recorded
	}
	for _, t := range []*time.Time{&ev.Time, &ev.Recorded, &ev.AsOf} {
		*t = hearth.FromMillis(hearth.Millis(*t))
	}
	ev.Actor.Name = ""
	if len(ev.Data) == 0 {
		ev.Data = []byte("{}")
	}
}

// publish hands committed events to the followers of this process.
func (l *Log) publish(b *batch) {
	for _, p := range b.parts {
		l.tails[p.part].add(p.first-1, p.events)
	}
	if b.news {
		l.bell.Ring()
	}
}

// batch is the events of one Append on their way into the log.
type batch struct {
	evs     []*hearth.Event
	idents  [][]byte
	results []Result
	fresh   []int // places in evs of the first event with each identity
	parts   []*partBatch
	news    bool // something was inserted
}

// partBatch is the part of a batch that goes into one partition.
type partBatch struct {
	part   int
	fresh  []int // places in evs
	first  int64 // the first number taken
	events []*hearth.Event
}

func newBatch(evs []*hearth.Event) *batch {
	b := &batch{evs: evs, idents: make([][]byte, len(evs)), results: make([]Result, len(evs))}
	seen := make(map[string]bool, len(evs))
	byPart := map[int]*partBatch{}
	for i, ev := range evs {
		b.idents[i] = Ident(ev.Source, ev.ID)
		if seen[string(b.idents[i])] {
			continue
		}
		seen[string(b.idents[i])] = true
		b.fresh = append(b.fresh, i)
		p := byPart[ev.Part]
		if p == nil {
			p = &partBatch{part: ev.Part}
			byPart[ev.Part] = p
			b.parts = append(b.parts, p)
		}
		p.fresh = append(p.fresh, i)
	}
	slices.SortFunc(b.parts, func(x, y *partBatch) int { return x.part - y.part })
	return b
}

// Ident is the identity of an event as it is stored: 16 bytes that differ for different (source, id), behind the time if the id
// begins with one. What comes from outside is met in any order, and each of them on another page of the index.
func Ident(source, id string) []byte {
	h := sha256.New()
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(source))) // keeps ("a", "bc") apart from ("ab", "c")
	h.Write(n[:])
	io.WriteString(h, source)
	io.WriteString(h, id)
	ident := h.Sum(make([]byte, 0, sha256.Size))[:16]
	if at := hearth.TimeOfEvent(id); at != "" {
		return append([]byte(at), ident...)
	}
	return ident
}

const numberConflict = `ON CONFLICT (org, part) DO UPDATE SET next_seq = log_parts.next_seq + excluded.next_seq - 1`

// number takes places from the rows of the partitions, which stay locked until the end of the transaction. So whoever
// takes a higher place commits later, and a follower that has read up to a place has missed nothing before it. A
// sequence of PostgreSQL's would not do: its numbers can become visible out of order, and a follower would walk past the
// late ones. The rows are locked in ascending order, so that two appends cannot wait for each other.
func (b *batch) number(ctx context.Context, tx *db.Tx) error {
	rows := make([][]any, len(b.parts))
	byPart := make(map[int]*partBatch, len(b.parts))
	for i, p := range b.parts {
		rows[i] = []any{tx.Org(), int64(p.part), int64(len(p.fresh)) + 1}
		byPart[p.part] = p
	}
	_, err := tx.BulkEach(ctx, db.Bulk{
		Table:      "log_parts",
		Cols:       []db.Col{{Name: "org"}, {Name: "part", Type: db.Int}, {Name: "next_seq", Type: db.Int}},
		OnConflict: numberConflict, Returning: "part, next_seq", Rows: rows,
	}, func(r *db.Rows) error {
		var part int
		var next int64
		if err := r.Scan(&part, &next); err != nil {
			return err
		}
		p := byPart[part]
		p.first = next - int64(len(p.fresh))
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range b.parts {
		for n, i := range p.fresh {
			b.evs[i].Seq = p.first + int64(n)
		}
	}
	return nil
}

func eventColumns() []db.Col {
	return []db.Col{{Name: "org"}, {Name: "part", Type: db.Int}, {Name: "seq", Type: db.Int}, {Name: "ident", Type: db.Bytes},
		{Name: "id"}, {Name: "source"}, {Name: "type"}, {Name: "subject"}, {Name: "property"}, {Name: "resident"}, {Name: "others"},
		{Name: "actor"}, {Name: "time", Type: db.Int}, {Name: "recorded", Type: db.Int}, {Name: "asof", Type: db.Int},
		{Name: "history", Type: db.Int}, {Name: "data"}}
}

func (b *batch) insert(ctx context.Context, tx *db.Tx) error {
	rows := make([][]any, len(b.fresh))
	for n, i := range b.fresh {
		rows[n] = row(tx.Org(), b.idents[i], b.evs[i])
	}
	inserted, err := tx.Bulk(ctx, db.Bulk{Table: "events", Cols: eventColumns(),
		OnConflict: "ON CONFLICT (org, ident) DO NOTHING", Rows: rows})
	if err != nil {
		return err
	}
	b.news = inserted > 0
	var stored map[string]Result
	if int(inserted) < len(b.fresh) {
		// Only now is it worth asking which ones were there.
		if stored, err = b.lookUp(ctx, tx); err != nil {
			return err
		}
	}
	if err := b.settle(ctx, tx, stored); err != nil {
		return err
	}
	return b.insertAlso(ctx, tx)
}

func row(org string, ident []byte, ev *hearth.Event) []any {
	primary, others := "", ""
	if len(ev.Residents) > 0 {
		primary = string(ev.Residents[0])
		others = joinResidents(ev.Residents[1:])
	}
	return []any{org, int64(ev.Part), ev.Seq, ident, ev.ID, ev.Source, string(ev.Type), ev.Subject.String(),
		string(ev.Property), primary, others, ev.Actor.String(), hearth.Millis(ev.Time), hearth.Millis(ev.Recorded),
		hearth.Millis(ev.AsOf), ev.History, string(ev.Data)}
}

func joinResidents(ids []hearth.ResidentID) string {
	if len(ids) == 0 {
		return ""
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return strings.Join(out, ",")
}

const lookUpSQL = `SELECT ident, part, seq FROM events WHERE org = $1 AND `

// lookUp tells by identity where each event of the batch is stored now.
func (b *batch) lookUp(ctx context.Context, tx *db.Tx) (map[string]Result, error) {
	idents := make([][]byte, len(b.fresh))
	for n, i := range b.fresh {
		idents[n] = b.idents[i]
	}
	in, arg := tx.InBytes("ident", 2, idents)
	rows, err := tx.Query(ctx, lookUpSQL+in, tx.Org(), arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	stored := make(map[string]Result, len(idents))
	for rows.Next() {
		var ident []byte
		var r Result
		if err := rows.Scan(&ident, &r.Part, &r.Seq); err != nil {
			return nil, err
		}
		stored[string(ident)] = r
	}
	return stored, rows.Err()
}

const giveBackSQL = `UPDATE log_parts SET next_seq = $1 WHERE org = $2 AND part = $3`

// settle fills the results, tells duplicates from the rest, and gives back the numbers behind the last event that was
// inserted, so that the log's head is always an event that exists.
func (b *batch) settle(ctx context.Context, tx *db.Tx, stored map[string]Result) error {
	for _, p := range b.parts {
		for _, i := range p.fresh {
			ev := b.evs[i]
			b.results[i] = Result{Part: ev.Part, Seq: ev.Seq}
			if at, ok := stored[string(b.idents[i])]; ok && (at.Part != ev.Part || at.Seq != ev.Seq) {
				b.results[i] = Result{Part: at.Part, Seq: at.Seq, Duplicate: true}
				continue
			}
			p.events = append(p.events, ev)
		}
		next := p.first
		if n := len(p.events); n > 0 {
			next = p.events[n-1].Seq + 1
		}
		if next == p.first+int64(len(p.fresh)) {
			continue
		}
		if err := tx.ExecLater(ctx, giveBackSQL, next, tx.Org(), p.part); err != nil {
			return err
		}
	}
	b.repeats()
	return nil
}

// repeats fills the results of events that the batch itself holds twice.
func (b *batch) repeats() {
	first := make(map[string]Result, len(b.fresh))
	for _, i := range b.fresh {
		first[string(b.idents[i])] = b.results[i]
	}
	fresh := make(map[int]bool, len(b.fresh))
	for _, i := range b.fresh {
		fresh[i] = true
	}
	for i := range b.evs {
		if !fresh[i] {
			r := first[string(b.idents[i])]
			b.results[i] = Result{Part: r.Part, Seq: r.Seq, Duplicate: true}
		}
	}
	for i, r := range b.results {
		b.evs[i].Part, b.evs[i].Seq = r.Part, r.Seq
	}
}

// insertAlso gives each further resident of an event a row of their own, so that their timeline finds it.
func (b *batch) insertAlso(ctx context.Context, tx *db.Tx) error {
	var rows [][]any
	for _, p := range b.parts {
		for _, ev := range p.events {
			for i, r := range ev.Residents {
				if i > 0 && !slices.Contains(ev.Residents[:i], r) {
					rows = append(rows, []any{tx.Org(), string(r), hearth.Millis(ev.Time), int64(ev.Part), ev.Seq})
				}
			}
		}
	}
	err := tx.BulkLater(ctx, db.Bulk{Table: "event_also", Rows: rows, Cols: []db.Col{{Name: "org"}, {Name: "resident"},
		{Name: "time", Type: db.Int}, {Name: "part", Type: db.Int}, {Name: "seq", Type: db.Int}}})
	return err
}
