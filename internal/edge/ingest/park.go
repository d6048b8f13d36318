package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

// Events whose subject nobody knows wait in a table, in the order in which they came. They are tried again when
// something appeared: an import was applied, a work order opened.

type parkedKey struct{ kind, id string }

// unparkBatch is how many parked events one call of Unpark looks at.
const unparkBatch = 200

const selectWaiting = `SELECT DISTINCT ext FROM parked WHERE org = $1 AND kind = $2 AND `

// waiting tells which of the subjects have earlier events waiting, which a new one must not overtake.
func (d *Door) waiting(ctx context.Context, tx *db.Tx, entries []*entry) (map[parkedKey]bool, error) {
	byKind := map[string][]string{}
	for _, e := range entries {
		s, _ := hearth.ParseSubject(e.raw.Subject)
		byKind[s.Kind] = append(byKind[s.Kind], s.ID)
	}
	out := map[parkedKey]bool{}
	for kind, ids := range byKind { // mostly one or two; the index begins with the kind
		if err := waitingOf(ctx, tx, kind, ids, out); err != nil {
			return nil, fmt.Errorf("look for parked events: %w", err)
		}
	}
	return out, nil
}

func waitingOf(ctx context.Context, tx *db.Tx, kind string, ids []string, into map[parkedKey]bool) error {
	clause, arg := tx.In("ext", 3, ids)
	rows, err := tx.Query(ctx, selectWaiting+clause, tx.Org(), kind, arg)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		into[parkedKey{kind, id}] = true
	}
	return rows.Err()
}

// parkedEvent is how an event waits.
type parkedEvent struct {
	ID      string          `json:"id"`
	Source  string          `json:"source"`
	Type    string          `json:"type"`
	Subject string          `json:"subject"`
	Time    time.Time       `json:"time"`
	Actor   string          `json:"actor"`
	Data    json.RawMessage `json:"data,omitempty"`
}

const insertParked = `INSERT INTO parked (org, ident, n, kind, ext, source, event, recorded, ready)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (org, ident) DO NOTHING`

// park stores events that wait for their subject. One that waits already is a duplicate.
func (d *Door) park(ctx context.Context, tx *db.Tx, entries []*entry, out []Outcome) error {
	for i, e := range entries {
		body, err := json.Marshal(parkedEvent{ID: e.ev.ID, Source: e.ev.Source, Type: string(e.ev.Type), Subject: e.raw.Subject,
			Time: e.ev.Time, Actor: e.ev.Actor.String(), Data: e.ev.Data})
		if err != nil {
			return fmt.Errorf("encode parked event: %w", err)
		}
		s, _ := hearth.ParseSubject(e.raw.Subject)
		ready := int64(0)
		if e.queued {
			ready = 1 // its subject may be known: it only waits for its turn
			tx.AfterCommit(d.bell.Ring)
		}
		// The order is that of arrival: milliseconds, then the place in the request.
		n := hearth.Millis(tx.Now())<<12 + int64(i)
		added, err := tx.Exec(ctx, insertParked, tx.Org(), eventlog.Ident(e.ev.Source, e.ev.ID), n, s.Kind, s.ID, e.ev.Source, string(body), hearth.Millis(tx.Now()), ready)
		if err != nil {
			return fmt.Errorf("park event: %w", err)
		}
		if added == 0 {
			out[e.place].Status = Duplicate
		}
	}
	return nil
}

const readyParked = `UPDATE parked SET ready = 1 WHERE org = $1 AND ready = 0`

// recheck has all parked events tried again, after an import brought new names.
func (d *Door) recheck(ctx context.Context, tx *db.Tx) error {
	n, err := tx.Exec(ctx, readyParked, tx.Org())
	if err != nil {
		return fmt.Errorf("wake parked events: %w", err)
	}
	if n > 0 {
		tx.AfterCommit(d.bell.Ring)
	}
	tx.AfterCommit(d.forget)
	return nil
}

const readyOne = `UPDATE parked SET ready = 1 WHERE org = $1 AND kind = $2 AND ext = $3 AND ready = 0`

// wake has the events about one thing tried again, now that it has a name.
func (d *Door) wake(ctx context.Context, tx *db.Tx, kind, ext string) error {
	n, err := tx.Exec(ctx, readyOne, tx.Org(), kind, ext)
	if err != nil {
		return fmt.Errorf("wake parked events: %w", err)
	}
	if n > 0 {
		tx.AfterCommit(d.bell.Ring)
	}
	return nil
}

// The states of a parked event, in column ready: 0 waits for its subject, 1 is to be tried, 2 was refused by the record
// that it is about and stays for a person to see.
const (
	selectReady  = `SELECT ident, kind, ext, event, recorded FROM parked WHERE org = $1 AND ready = 1 ORDER BY n LIMIT $2`
	deleteParked = `DELETE FROM parked WHERE org = $1 AND ident = $2`
	setReady     = `UPDATE parked SET ready = $1 WHERE org = $2 AND ident = $3`
	countParked  = `SELECT COUNT(*) FROM parked WHERE org = $1`
)

type parkedRow struct {
	ident    []byte
	key      parkedKey
	event    parkedEvent
	recorded time.Time
}

// Unpark takes in parked events whose subject has appeared, in their order. It is the body of a loop: one bounded
// batch, and whether more wait. One that its record refuses stays, out of the way, and is named in the error.
func (d *Door) Unpark(ctx context.Context) (more bool, err error) {
	var rows []parkedRow
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err = readReady(ctx, tx)
		return err
	})
	if err != nil {
		return false, err
	}
	held := map[parkedKey]bool{}
	var refused error
	for _, p := range rows {
		if held[p.key] {
			continue
		}
		var known bool
		// A transaction each: what a record refuses half-way must leave nothing behind.
		err := d.DB.Write(ctx, func(tx *db.Tx) error {
			known, err = d.unpark(ctx, tx, p)
			return err
		})
		if he, ok := personal(err); ok {
			refused = errors.Join(refused, fmt.Errorf("parked event %s of %s is refused: %w", p.event.ID, p.event.Source, he))
			if err = d.settle(ctx, p, 2); err == nil {
				continue
			}
		}
		if err != nil {
			return false, err
		}
		if !known {
			held[p.key] = true
			if err := d.settle(ctx, p, 0); err != nil {
				return false, err
			}
		}
	}
	return len(rows) == unparkBatch, refused
}

func (d *Door) settle(ctx context.Context, p parkedRow, ready int64) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, setReady, ready, tx.Org(), p.ident)
		return err
	})
}

func readReady(ctx context.Context, tx *db.Tx) ([]parkedRow, error) {
	rows, err := tx.Query(ctx, selectReady, tx.Org(), int64(unparkBatch))
	if err != nil {
		return nil, fmt.Errorf("read parked events: %w", err)
	}
	defer rows.Close()
	var out []parkedRow
	for rows.Next() {
		var p parkedRow
		var body string
		var recorded int64
		if err := rows.Scan(&p.ident, &p.key.kind, &p.key.id, &body, &recorded); err != nil {
			return nil, fmt.Errorf("read parked events: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &p.event); err != nil {
			return nil, fmt.Errorf("read parked event: %w", err)
		}
		p.recorded = hearth.FromMillis(recorded)
		out = append(out, p)
	}
	return out, rows.Err()
}

// unpark takes one event in if its subject is known by now. Deleting its row first is the claim: of two nodes only one
// finds it.
func (d *Door) unpark(ctx context.Context, tx *db.Tx, p parkedRow) (known bool, err error) {
	s, _ := hearth.ParseSubject(p.event.Subject)
	e := &entry{raw: CloudEvent{ID: p.event.ID, Source: p.event.Source, Type: p.event.Type, Subject: p.event.Subject, Time: p.event.Time, Data: p.event.Data},
		ev: &hearth.Event{ID: p.event.ID, Source: p.event.Source, Type: hearth.EventType(p.event.Type), Subject: s, Actor: hearth.ParseActor(p.event.Actor),
			Time: p.event.Time, Recorded: p.recorded, AsOf: p.recorded, Data: p.event.Data}}
	state, err := d.place(ctx, tx, e, nil)
	if err != nil || state == Parked {
		return false, err
	}
	n, err := tx.Exec(ctx, deleteParked, tx.Org(), p.ident)
	if err != nil || n == 0 {
		return true, err
	}
	if changesRecord(e.ev.Type) {
		return true, d.apply(ctx, tx, e, p.recorded)
	}
	_, err = d.Log.AppendChecked(ctx, tx, e.ev)
	return true, err
}

// ParkedCount gives the number of events that wait for their subject.
func (d *Door) ParkedCount(ctx context.Context, tx *db.Tx) (int, error) {
	var n int64
	if err := tx.Row(ctx, countParked, tx.Org()).Scan(&n); err != nil {
		return 0, fmt.Errorf("count parked events: %w", err)
	}
	return int(n), nil
}
