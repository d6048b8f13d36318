package workorder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Order is a work order.
type Order struct {
	ID          hearth.WorkOrderID
	Property    hearth.PropertyID
	Unit        hearth.UnitID     // "" for what is shared
	Resident    hearth.ResidentID // who asked, "" when nobody in particular
	Description string
	Category    string
	Priority    string
	State       State
	WaitingFor  string // "parts", "access", "vendor", "resident", in the source's words
	Resolution  string

	Opened        time.Time
	ScheduledFrom time.Time
	ScheduledTo   time.Time
	Completed     time.Time // the latest completion
	Closed        time.Time // confirmed or cancelled
	Reopened      int       // how often it came back
	Source        string

	External string // what the source calls it; only read by Open and Put
}

// Store keeps work orders. It is safe for concurrent use.
type Store struct {
	log     *eventlog.Log
	records *record.Store

	randomMu sync.Mutex // guards random
	random   io.Reader
}

// New makes a store that appends to l, asks records about homes, and takes new identities from random.
func New(l *eventlog.Log, records *record.Store, random io.Reader) *Store {
	return &Store{log: l, records: records, random: random}
}

func (s *Store) newID(tx *db.Tx, prefix string) (string, error) {
	s.randomMu.Lock()
	defer s.randomMu.Unlock()
	id, err := hearth.NewIDAt(s.random, tx.Now(), prefix)
	if err != nil {
		return "", fmt.Errorf("new identity: %w", err)
	}
	return id, nil
}

const orderColumns = `id, property, unit, resident, description, category, priority, state, waiting_for, resolution, opened,
  scheduled_from, scheduled_to, completed, closed, reopened, source`

const selectOrder = `SELECT ` + orderColumns + ` FROM workorders WHERE org = $1 AND id = $2`

// Get reads one work order. It fails with CodeNotFound if there is none.
func (s *Store) Get(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) (Order, error) {
	return get(ctx, tx, selectOrder, id)
}

func get(ctx context.Context, tx *db.Tx, q string, id hearth.WorkOrderID) (Order, error) {
	o, err := scan(tx.Row(ctx, q, tx.Org(), string(id)))
	if errors.Is(err, db.ErrNotFound) {
		return Order{}, hearth.Errorf(hearth.CodeNotFound, "There is no work order %s.", id)
	}
	if err != nil {
		return Order{}, fmt.Errorf("read work order %s: %w", id, err)
	}
	return o, nil
}

func scan(r interface{ Scan(dest ...any) error }) (Order, error) {
	var o Order
	var opened, from, to, completed, closed int64
	err := r.Scan(&o.ID, &o.Property, &o.Unit, &o.Resident, &o.Description, &o.Category, &o.Priority, &o.State, &o.WaitingFor,
		&o.Resolution, &opened, &from, &to, &completed, &closed, &o.Reopened, &o.Source)
	o.Opened, o.ScheduledFrom, o.ScheduledTo = hearth.FromMillis(opened), hearth.FromMillis(from), hearth.FromMillis(to)
	o.Completed, o.Closed = hearth.FromMillis(completed), hearth.FromMillis(closed)
	return o, err
}

const (
	insertOrder = `INSERT INTO workorders (org, id, property, unit, resident, description, category, priority, state, waiting_for,
  resolution, opened, scheduled_from, scheduled_to, completed, closed, reopened, source)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`
	updateOrder = `UPDATE workorders SET description = $1, category = $2, priority = $3, state = $4, waiting_for = $5,
  resolution = $6, scheduled_from = $7, scheduled_to = $8, completed = $9, closed = $10, reopened = $11
  WHERE org = $12 AND id = $13`
)

func write(ctx context.Context, tx *db.Tx, o Order, added bool) error {
	var err error
	if added {
		_, err = tx.Exec(ctx, insertOrder, tx.Org(), string(o.ID), string(o.Property), string(o.Unit), string(o.Resident),
			o.Description, o.Category, o.Priority, string(o.State), o.WaitingFor, o.Resolution, hearth.Millis(o.Opened),
			hearth.Millis(o.ScheduledFrom), hearth.Millis(o.ScheduledTo), hearth.Millis(o.Completed), hearth.Millis(o.Closed),
			int64(o.Reopened), o.Source)
	} else {
		_, err = tx.Exec(ctx, updateOrder, o.Description, o.Category, o.Priority, string(o.State), o.WaitingFor, o.Resolution,
			hearth.Millis(o.ScheduledFrom), hearth.Millis(o.ScheduledTo), hearth.Millis(o.Completed), hearth.Millis(o.Closed),
			int64(o.Reopened), tx.Org(), string(o.ID))
	}
	if err != nil {
		return fmt.Errorf("write work order %s: %w", o.ID, err)
	}
	return nil
}

// Find gives the work orders that a subject names: ours, else the source's, else any source's. More than one is
// ambiguous.
func (s *Store) Find(ctx context.Context, tx *db.Tx, id, source string) ([]record.Found, error) {
	ids := []string{id}
	if _, err := s.Get(ctx, tx, hearth.WorkOrderID(id)); hearth.CodeOf(err) == hearth.CodeNotFound {
		if ids, err = s.records.Named(ctx, tx, "workorder", id, source); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	}
	var out []record.Found
	for _, id := range ids {
		o, err := s.Get(ctx, tx, hearth.WorkOrderID(id))
		if err != nil {
			return nil, err
		}
		residents, err := s.concerns(ctx, tx, o, tx.Now())
		if err != nil {
			return nil, err
		}
		out = append(out, record.Found{Kind: "workorder", ID: id, Property: o.Property, Residents: residents})
	}
	return out, nil
}

// concerns gives whom a work order is about: who asked, then the others who live in the home.
func (s *Store) concerns(ctx context.Context, tx *db.Tx, o Order, at time.Time) ([]hearth.ResidentID, error) {
	var out []hearth.ResidentID
	if o.Resident != "" {
		out = append(out, o.Resident)
	}
	if o.Unit == "" {
		return out, nil
	}
	u, err := s.records.Unit(ctx, tx, o.Unit)
	if err != nil {
		return nil, err
	}
	living, err := s.records.LivingIn(ctx, tx, u, at)
	if err != nil {
		return nil, err
	}
	for _, r := range living {
		if r != o.Resident {
			out = append(out, r)
		}
	}
	return out, nil
}

// History gives the work orders of a unit or of a resident, or of either when both are given, newest first.
func (s *Store) History(ctx context.Context, tx *db.Tx, unit hearth.UnitID, resident hearth.ResidentID, limit int) ([]Order, error) {
	if limit <= 0 || limit > maxHistory {
		limit = maxHistory
	}
	rows, err := tx.Query(ctx, selectHistory, tx.Org(), string(unit), string(resident), int64(limit))
	if err != nil {
		return nil, fmt.Errorf("read history of unit %s: %w", unit, err)
	}
	defer rows.Close()
	var out []Order
	for rows.Next() {
		o, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read history of unit %s: %w", unit, err)
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

const maxHistory = 200

const selectHistory = `SELECT ` + orderColumns + ` FROM workorders
  WHERE org = $1 AND (unit <> '' AND unit = $2 OR resident <> '' AND resident = $3) ORDER BY opened DESC, id LIMIT $4`

// Unfinished states are few, and a property's open work orders as well: they are counted in one pass.
const selectOpenIn = `SELECT unit, COUNT(*) FROM workorders WHERE org = $1 AND property = $2 AND unit <> '' AND `

// OpenIn counts the work orders of a property that are not finished, by home.
func (s *Store) OpenIn(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (map[hearth.UnitID]int, error) {
	var open []string
	for _, st := range States() {
		if st.Unfinished() {
			open = append(open, string(st))
		}
	}
	clause, arg := tx.In("state", 3, open)
	rows, err := tx.Query(ctx, selectOpenIn+clause+` GROUP BY unit`, tx.Org(), string(property), arg)
	if err != nil {
		return nil, fmt.Errorf("count open work orders: %w", err)
	}
	defer rows.Close()
	out := map[hearth.UnitID]int{}
	for rows.Next() {
		var id hearth.UnitID
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return nil, fmt.Errorf("count open work orders: %w", err)
		}
		out[id] = int(n)
	}
	return out, rows.Err()
}

// tell appends an event about a work order. known tells that the source's own event was in the log already.
func (s *Store) tell(ctx context.Context, tx *db.Tx, n record.News, o Order, kind hearth.EventType, at time.Time, data map[string]any) (known bool, err error) {
	residents, err := s.concerns(ctx, tx, o, at)
	if err != nil {
		return false, err
	}
	doc, err := envelope(n, o, data)
	if err != nil {
		return false, fmt.Errorf("encode %s: %w", kind, err)
	}
	ev := &hearth.Event{ID: n.EventID, Source: n.Source, Type: kind, Subject: hearth.Subject{Kind: "workorder", ID: string(o.ID)},
		Property: o.Property, Residents: residents, Actor: n.Actor, Time: at, AsOf: n.AsOf, History: n.History, Data: doc}
	if ev.Source == "" {
		ev.Source = "hearth/act/workorder"
	}
	switch {
	case ev.ID != "":
	case n.Cause != "":
		ev.ID = hearth.DeriveID("evt_", n.Cause, string(kind), string(o.ID), string(doc))
	default:
		if ev.ID, err = s.newID(tx, hearth.TimedEvent); err != nil {
			return false, err
		}
	}
	res, err := s.log.Append(ctx, tx, ev)
	if err != nil {
		return false, fmt.Errorf("append %s of work order %s: %w", kind, o.ID, err)
	}
	return n.EventID != "" && len(res) == 1 && res[0].Duplicate, nil
}

// envelope joins what the source told with our own fields, which win.
func envelope(n record.News, o Order, data map[string]any) (json.RawMessage, error) {
	all := map[string]any{}
	if len(n.Data) > 0 {
		if err := json.Unmarshal(n.Data, &all); err != nil {
			return nil, hearth.FieldErrorf("data", "The event's data is not a JSON object.")
		}
	}
	for k, v := range data {
		all[k] = v
	}
	all["workorder"] = string(o.ID)
	if o.Unit != "" {
		all["unit"] = string(o.Unit)
	}
	return json.Marshal(all)
}
