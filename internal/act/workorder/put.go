package workorder

import (
	"context"
	"sort"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Put takes over a work order as a list tells it: it opens what is new and takes the steps that bring it to the told
// state, each at its told time; what was complete and is listed as open again is reopened. The source's name (External)
// is needed to find it again. Told the same again it does nothing.
func (s *Store) Put(ctx context.Context, tx *db.Tx, n record.News, told Order) (Order, record.Change, error) {
	if told.External == "" && told.ID == "" {
		return Order{}, record.Change{}, hearth.FieldErrorf("workorder", "A listed work order needs its number, so that it is found again.")
	}
	o, found, err := s.again(ctx, tx, n, told)
	if err != nil {
		return Order{}, record.Change{}, err
	}
	change := record.Change{Added: !found}
	if !found {
		opened := n
		opened.Time = told.Opened
		if o, err = s.Open(ctx, tx, opened, told); err != nil {
			return Order{}, record.Change{}, err
		}
	}
	before := o
	if o, err = s.follow(ctx, tx, n, o, told); err != nil {
		return Order{}, record.Change{}, err
	}
	if o, err = s.reword(ctx, tx, o, told); err != nil {
		return Order{}, record.Change{}, err
	}
	switch {
	case !found:
		n.Trail.Made(record.ThingWorkOrder, string(o.ID), o.image())
	case o != before:
		n.Trail.Changed(record.ThingWorkOrder, string(o.ID), before.image(), o.image())
	}
	change.Fields = differences(before, o)
	change.Changed = found && len(change.Fields) > 0
	return o, change, nil
}

// follow takes the steps from the stored state to the told one.
func (s *Store) follow(ctx context.Context, tx *db.Tx, n record.News, o, told Order) (Order, error) {
	var err error
	if told.State.Unfinished() && (o.State == Complete || o.State == Confirmed) {
		if o, err = s.Reopen(ctx, tx, n, o.ID, ""); err != nil {
			return o, err
		}
	}
	if o, err = s.followAppointment(ctx, tx, n, o, told); err != nil {
		return o, err
	}
	if !o.State.Unfinished() && !(told.State == Confirmed && o.State == Complete) {
		return o, nil
	}
	at := n
	switch told.State {
	case Complete, Confirmed:
		if o.State != Complete {
			at.Time = told.Completed
			if o, err = s.Complete(ctx, tx, at, o.ID, told.Resolution); err != nil {
				return o, err
			}
		}
		if told.State == Confirmed {
			return s.Advance(ctx, tx, at, o.ID, Confirmed)
		}
	case Cancelled:
		at.Time = told.Closed
		return s.Cancel(ctx, tx, at, o.ID, told.Resolution)
	case Waiting:
		what := told.WaitingFor
		if what == "" {
			what = "not said"
		}
		if o.State != Waiting || o.WaitingFor != what {
			return s.Wait(ctx, tx, at, o.ID, what)
		}
	case Triaged, Assigned, EnRoute, InProgress:
		if o.State != told.State && can(o.State, told.State) {
			return s.Advance(ctx, tx, at, o.ID, told.State)
		}
	}
	return o, nil
}

// followAppointment takes over an appointment that is told for the first time or has moved. A list does not tell when
// it was made: at the earliest after the list before.
func (s *Store) followAppointment(ctx context.Context, tx *db.Tx, n record.News, o, told Order) (Order, error) {
	if told.ScheduledFrom.IsZero() || !o.State.Unfinished() || told.State == Cancelled ||
		hearth.Millis(told.ScheduledFrom) == hearth.Millis(o.ScheduledFrom) {
		return o, nil
	}
	to := told.ScheduledTo
	if to.Before(told.ScheduledFrom) {
		to = told.ScheduledFrom
	}
	n.Time = o.Opened
	if n.AsOf.After(o.Opened) {
		n.Time = n.AsOf
	}
	return s.Schedule(ctx, tx, n, o.ID, told.ScheduledFrom, to)
}

// reword takes over what a list corrects without any step.
func (s *Store) reword(ctx context.Context, tx *db.Tx, o, told Order) (Order, error) {
	before := o
	for _, f := range []struct {
		have *string
		told string
	}{{&o.Description, told.Description}, {&o.Category, told.Category}, {&o.Priority, told.Priority}} {
		if f.told != "" {
			*f.have = f.told
		}
	}
	if o == before {
		return o, nil
	}
	return o, write(ctx, tx, o, false)
}

func differences(a, b Order) []string {
	var out []string
	for name, differs := range map[string]bool{"state": a.State != b.State, "description": a.Description != b.Description,
		"category": a.Category != b.Category, "priority": a.Priority != b.Priority, "resolution": a.Resolution != b.Resolution,
		"scheduled": !a.ScheduledFrom.Equal(b.ScheduledFrom) || !a.ScheduledTo.Equal(b.ScheduledTo),
		"completed": !a.Completed.Equal(b.Completed), "waiting_for": a.WaitingFor != b.WaitingFor} {
		if differs {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}
