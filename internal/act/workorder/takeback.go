package workorder

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// image is what a trail keeps of a work order.
func (o Order) image() Order {
	o.External = ""
	for _, t := range []*time.Time{&o.Opened, &o.ScheduledFrom, &o.ScheduledTo, &o.Completed, &o.Closed} {
		*t = hearth.FromMillis(hearth.Millis(*t))
	}
	return o
}

// Dependent tells what keeps a work order that steps made; "" for nothing.
type Dependent func(ctx context.Context, tx *db.Tx, o Order) (why string, err error)

// TakeBack takes back what the steps of one row made of work orders or changed in them, as record.Store.TakeBack does with
// records, and appends workorder.taken_back. One that somebody has worked on since stays as it is: its state hangs
// together. It belongs into the pass of people.
func (s *Store) TakeBack(ctx context.Context, tx *db.Tx, n record.News, u *record.Undoing, steps []record.Step, dependent Dependent) ([]record.Taken, error) {
	var out []record.Taken
	for _, st := range steps {
		if st.Thing != record.ThingWorkOrder || u.Gone(st.Thing, st.ID) {
			continue
		}
		t, err := s.takeStep(ctx, tx, n, u, st, dependent)
		if err != nil {
			return nil, fmt.Errorf("take back work order %s: %w", st.ID, err)
		}
		if t != nil {
			out = append(out, *t)
		}
	}
	return out, nil
}

func (s *Store) takeStep(ctx context.Context, tx *db.Tx, n record.News, u *record.Undoing, st record.Step, dependent Dependent) (*record.Taken, error) {
	o, err := s.Get(ctx, tx, hearth.WorkOrderID(st.ID))
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	now, err := json.Marshal(o.image())
	if err != nil {
		return nil, err
	}
	t := &record.Taken{Thing: st.Thing, ID: st.ID, Name: o.Description, Made: st.Made()}
	switch {
	case st.Made() && record.Sum(now) != st.Sum, !st.Made() && string(now) != string(st.Is):
		if string(now) == string(st.Was) {
			return nil, nil // done already
		}
		t.Why = "somebody has worked on it since"
		return t, nil
	case st.Made():
		if t.Why, err = dependent(ctx, tx, o); err != nil || t.Why != "" {
			return t, err
		}
	}
	t.Done = true
	if u.Preview {
		u.Take(st.Thing, st.ID)
		return t, nil
	}
	if st.Made() {
		return t, s.remove(ctx, tx, n, o)
	}
	return t, s.giveBack(ctx, tx, n, o, st)
}

const deleteOrder = `DELETE FROM workorders WHERE org = $1 AND id = $2`

func (s *Store) remove(ctx context.Context, tx *db.Tx, n record.News, o Order) error {
	data := map[string]any{"opened": o.Opened.Format(time.RFC3339Nano), "category": o.Category}
	if !o.Completed.IsZero() {
		data["completed"] = o.Completed.Format(time.RFC3339Nano)
	}
	if _, err := s.tell(ctx, tx, n, o, "workorder.taken_back", tx.Now(), data); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, deleteOrder, tx.Org(), string(o.ID))
	return err
}

func (s *Store) giveBack(ctx context.Context, tx *db.Tx, n record.News, now Order, st record.Step) error {
	var was Order
	if err := json.Unmarshal(st.Was, &was); err != nil {
		return fmt.Errorf("read what was kept: %w", err)
	}
	data := map[string]any{"state": string(was.State), "opened": was.Opened.Format(time.RFC3339Nano), "category": was.Category}
	if !now.Completed.Equal(was.Completed) && !now.Completed.IsZero() {
		data["completed"] = now.Completed.Format(time.RFC3339Nano)
	}
	if now.Reopened > was.Reopened {
		data["reopened"] = tx.Now().Format(time.RFC3339Nano)
	}
	if _, err := s.tell(ctx, tx, n, was, "workorder.taken_back", tx.Now(), data); err != nil {
		return err
	}
	return write(ctx, tx, was, false)
}
