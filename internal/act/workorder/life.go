package workorder

import (
	"context"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Open makes a work order and appends workorder.opened. Category and priority that are not told are suggested from the
// words. It is found again by the source's name for it, or by the source's own event: then nothing is made and the
// stored one is given.
func (s *Store) Open(ctx context.Context, tx *db.Tx, n record.News, told Order) (Order, error) {
	have, found, err := s.again(ctx, tx, n, told)
	if err != nil || found {
		return have, err
	}
	o, err := s.made(ctx, tx, n, told)
	if err != nil {
		return Order{}, err
	}
	known, err := s.tell(ctx, tx, n, o, "workorder.opened", o.Opened,
		map[string]any{"description": o.Description, "category": o.Category, "priority": o.Priority})
	if err != nil || known {
		return o, err
	}
	if err := write(ctx, tx, o, true); err != nil {
		return Order{}, err
	}
	if told.External == "" {
		return o, nil
	}
	name := record.External{Kind: "workorder", Ext: told.External, Source: n.Source, ID: string(o.ID)}
	if n.Trail != nil {
		was, err := s.records.NamedBy(ctx, tx, name.Kind, strings.TrimSpace(name.Ext), name.Source)
		if err != nil {
			return Order{}, err
		}
		name.Ext = strings.TrimSpace(name.Ext)
		n.Trail.Named(name, was)
	}
	return o, s.records.PutExternal(ctx, tx, name)
}

// again finds a work order that was opened before.
func (s *Store) again(ctx context.Context, tx *db.Tx, n record.News, told Order) (Order, bool, error) {
	id := told.ID
	if id == "" && n.EventID != "" {
		id = ofEvent(n)
	}
	if told.ID == "" && told.External != "" {
		named, err := s.records.NamedBy(ctx, tx, "workorder", told.External, n.Source)
		if err != nil {
			return Order{}, false, err
		}
		if named != "" {
			id = hearth.WorkOrderID(named)
		}
	}
	if id == "" {
		return Order{}, false, nil
	}
	o, err := s.Get(ctx, tx, id)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return Order{}, false, nil
	}
	return o, err == nil, err
}

// ofEvent is the identity of the work order that a source's own event opens: the event told twice opens it once.
func ofEvent(n record.News) hearth.WorkOrderID {
	return hearth.WorkOrderID(hearth.DeriveID("wo_", n.Source, n.EventID))
}

// made fills in a new work order.
func (s *Store) made(ctx context.Context, tx *db.Tx, n record.News, told Order) (Order, error) {
	o := told
	o.Description = strings.TrimSpace(o.Description)
	if o.Description == "" {
		return Order{}, hearth.FieldErrorf("data.description", "A work order says in words what is wrong.")
	}
	if err := s.place(ctx, tx, &o); err != nil {
		return Order{}, err
	}
	if o.Opened.IsZero() {
		o.Opened = n.Time
	}
	if o.Opened.IsZero() {
		o.Opened = tx.Now()
	}
	hint := Suggest(o.Description, o.Opened)
	if o.Category == "" {
		o.Category = hint.Category
	}
	if o.Priority == "" {
		o.Priority = hint.Priority
	}
	o.State, o.Source = Submitted, n.Source
	switch {
	case o.ID != "":
	case n.EventID != "":
		o.ID = ofEvent(n)
	default:
		id, err := s.newID(tx, "wo_")
		if err != nil {
			return Order{}, err
		}
		o.ID = hearth.WorkOrderID(id)
	}
	return o, nil
}

// place settles property and unit from whatever is told of resident and unit.
func (s *Store) place(ctx context.Context, tx *db.Tx, o *Order) error {
	if o.Unit == "" && o.Resident != "" {
		l, err := s.records.LeaseOf(ctx, tx, o.Resident)
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return err
		}
		o.Unit = l.Unit
	}
	switch {
	case o.Unit != "":
		u, err := s.records.Unit(ctx, tx, o.Unit)
		if err != nil {
			return err
		}
		o.Property = u.Property
	case o.Resident != "":
		r, err := s.records.Resident(ctx, tx, o.Resident)
		if err != nil {
			return err
		}
		o.Property = r.Property
	case o.Property == "":
		return hearth.FieldErrorf("subject", "A work order belongs to a unit, a resident or a property.")
	}
	return nil
}

// step is one change of state with its event.
type step struct {
	to   State
	kind hearth.EventType
	data map[string]any
	do   func(o *Order, at time.Time)
}

// Schedule sets or moves the appointment.
func (s *Store) Schedule(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID, from, to time.Time) (Order, error) {
	if from.IsZero() || to.Before(from) {
		return Order{}, hearth.FieldErrorf("data.start", "An appointment has a start, and an end that is not before it.")
	}
	from, to = hearth.FromMillis(hearth.Millis(from)), hearth.FromMillis(hearth.Millis(to)) // as they will be read back
	return s.step(ctx, tx, n, id, step{to: Scheduled, kind: "workorder.scheduled",
		data: map[string]any{"start": from.Format(time.RFC3339), "end": to.Format(time.RFC3339)},
		do: func(o *Order, _ time.Time) {
			o.ScheduledFrom, o.ScheduledTo, o.WaitingFor = from, to, ""
		}})
}

// Wait says what the work waits for.
func (s *Store) Wait(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID, what string) (Order, error) {
	if what = strings.TrimSpace(what); what == "" {
		return Order{}, hearth.FieldErrorf("data.for", "Say what the work waits for: parts, access, a vendor or the resident.")
	}
	return s.step(ctx, tx, n, id, step{to: Waiting, kind: "workorder.waiting", data: map[string]any{"for": what},
		do: func(o *Order, _ time.Time) { o.WaitingFor = what }})
}

// Complete records that the work is done, as the technician sees it.
func (s *Store) Complete(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID, resolution string) (Order, error) {
	resolution = strings.TrimSpace(resolution)
	return s.step(ctx, tx, n, id, step{to: Complete, kind: "workorder.completed", data: map[string]any{"resolution": resolution},
		do: func(o *Order, at time.Time) { o.Resolution, o.Completed, o.WaitingFor = resolution, at, "" }})
}

// Reopen records that what was complete is not.
func (s *Store) Reopen(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID, reason string) (Order, error) {
	data := map[string]any{}
	if reason = strings.TrimSpace(reason); reason != "" {
		data["reason"] = reason
	}
	return s.step(ctx, tx, n, id, step{to: Returned, kind: "workorder.reopened", data: data,
		do: func(o *Order, _ time.Time) {
			o.Reopened++
			o.Closed = time.Time{}
		}})
}

// Cancel ends a work order without work.
func (s *Store) Cancel(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID, reason string) (Order, error) {
	data := map[string]any{}
	if reason = strings.TrimSpace(reason); reason != "" {
		data["reason"] = reason
	}
	return s.step(ctx, tx, n, id, step{to: Cancelled, kind: "workorder.cancelled", data: data,
		do: func(o *Order, at time.Time) { o.Closed, o.WaitingFor = at, "" }})
}

// Advance moves a work order through the steps that concern the team only: triaged, assigned, en route, in progress,
// and confirmed once the resident says that it is well. No event leaves, because no signal reads these.
func (s *Store) Advance(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID, to State) (Order, error) {
	switch to {
	case Triaged, Assigned, EnRoute, InProgress, Confirmed:
	default:
		return Order{}, hearth.FieldErrorf("state", "A work order becomes %s by its own call.", words(to))
	}
	return s.step(ctx, tx, n, id, step{to: to, do: func(o *Order, at time.Time) {
		if to == Confirmed {
			o.Closed = at
		}
	}})
}

// Triage corrects category and priority; empty ones stay.
func (s *Store) Triage(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID, category, priority string) (Order, error) {
	return s.step(ctx, tx, n, id, step{to: Triaged, do: func(o *Order, _ time.Time) {
		if category != "" {
			o.Category = category
		}
		if priority != "" {
			o.Priority = priority
		}
	}})
}

// step carries out one change of state. Being there already is no news, unless the source tells it as an event of its
// own or an appointment moves; an event that is in the log changes nothing.
func (s *Store) step(ctx context.Context, tx *db.Tx, n record.News, id hearth.WorkOrderID, st step) (Order, error) {
	o, err := get(ctx, tx, selectOrder+db.ForUpdate(tx.Dialect()), id)
	if err != nil {
		return Order{}, err
	}
	at := n.Time
	if at.IsZero() {
		at = tx.Now()
	}
	before := o
	st.do(&o, at)
	o.State = st.to
	if before.State == st.to && (st.to == Complete || st.to == Cancelled || st.to == Confirmed || st.to == Returned || o == before) {
		if n.EventID == "" || st.kind == "" {
			return before, nil
		}
		_, err := s.tell(ctx, tx, n, before, st.kind, at, st.data)
		return before, err
	}
	if st.kind != "" && n.EventID != "" {
		// Whether the event is known decides before whether the step is possible: a repetition is never a conflict.
		known, err := s.tell(ctx, tx, n, before, st.kind, at, st.data)
		if err != nil || known {
			return before, err
		}
	}
	if !can(before.State, st.to) {
		return Order{}, refuse(before.State, st.to)
	}
	if st.kind != "" && n.EventID == "" {
		if _, err := s.tell(ctx, tx, n, o, st.kind, at, st.data); err != nil {
			return Order{}, err
		}
	}
	return o, write(ctx, tx, o, false)
}
