package record

import (
	"context"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// edit is one explicit change of a lease: what the told event is called and says, and what it does to the lease.
type edit struct {
	kind hearth.EventType
	data map[string]any
	at   hearth.Day // the day that the fact itself names, zero for the moment of the news
	do   func(l *Lease, day hearth.Day, d *diff) error
}

// GiveNotice records that the household will leave; moveOut is the last day in the home. Notice for the same day
// again is no news; another day moves it. It fails with CodeConflict for a lease that is over.
func (s *Store) GiveNotice(ctx context.Context, tx *db.Tx, n News, id hearth.LeaseID, moveOut hearth.Day) (Change, error) {
	if moveOut == 0 {
		return Change{}, hearth.FieldErrorf("data.move_out", "A notice names the day of the move-out.")
	}
	return s.edit(ctx, tx, n, id, edit{kind: "lease.notice_given", data: map[string]any{"move_out": moveOut.String()},
		do: func(l *Lease, day hearth.Day, d *diff) error {
			if st := l.statusOn(day); st == StatusPast || st == StatusCancelled {
				return hearth.Errorf(hearth.CodeConflict, "This lease is %s; a notice cannot be given for it.", st)
			}
			if begins := l.Begins(); begins != 0 && moveOut < begins {
				return hearth.FieldErrorf("data.move_out", "The move-out on %s lies before the lease begins on %s.", moveOut, begins)
			}
			number(d, "move_out", &l.MoveOut, moveOut)
			if l.NoticeOn == 0 {
				number(d, "notice_on", &l.NoticeOn, day)
			}
			return nil
		}})
}

// WithdrawNotice records that the household stays after all. Without a notice it does nothing.
func (s *Store) WithdrawNotice(ctx context.Context, tx *db.Tx, n News, id hearth.LeaseID) (Change, error) {
	return s.edit(ctx, tx, n, id, edit{kind: "lease.notice_withdrawn", data: map[string]any{},
		do: func(l *Lease, day hearth.Day, d *diff) error {
			if l.statusOn(day) == StatusPast {
				return hearth.Errorf(hearth.CodeConflict, "They have moved out; the notice cannot be withdrawn.")
			}
			if l.NoticeOn != 0 {
				l.NoticeOn = 0
				d.note("notice_on")
				if l.MoveOut != 0 {
					l.MoveOut = 0
					d.note("move_out")
				}
			}
			return nil
		}})
}

// Renew adds a term to the tenancy; zero rent keeps the rent. A notice that was given is void, and so is an offer.
// Going on from month to month is no renewal: a source tells it as a home.
func (s *Store) Renew(ctx context.Context, tx *db.Tx, n News, id hearth.LeaseID, start, end hearth.Day, rentCents int64) (Change, error) {
	if start == 0 {
		return Change{}, hearth.FieldErrorf("data.start", "A renewal names the day on which the new term starts.")
	}
	if end < start {
		return Change{}, hearth.FieldErrorf("data.end", "A renewal names the last day of the new term, which is not before %s.", start)
	}
	data := map[string]any{"start": start.String(), "end": end.String()}
	if rentCents != 0 {
		data["rent"] = dollars(rentCents)
	}
	return s.edit(ctx, tx, n, id, edit{kind: "lease.renewed", data: data,
		do: func(l *Lease, day hearth.Day, d *diff) error {
			if st := l.statusOn(day); st != StatusCurrent && st != StatusFuture {
				return hearth.Errorf(hearth.CodeConflict, "This lease is %s and cannot be renewed.", st)
			}
			for _, t := range l.Terms {
				if t.Starts == start && t.Ends == end {
					data["term"] = len(l.Terms)
					return nil
				}
			}
			if last, k := l.Latest(); k > 0 && start <= last.Starts {
				return hearth.FieldErrorf("data.start", "The new term must start after the present one, which started on %s.", last.Starts)
			}
			l.Terms = append(l.Terms, Term{N: l.nextTerm(), Starts: start, Ends: end, RentCents: rentCents})
			data["term"] = len(l.Terms)
			d.note("term")
			number(d, "rent", &l.RentCents, rentCents)
			if l.NoticeOn != 0 {
				l.NoticeOn, l.MoveOut = 0, 0
				d.note("notice_on")
			}
			if l.OfferOut {
				l.OfferOut = false
				d.note("offer_out")
			}
			return nil
		}})
}

// MoveIn records that the household lives there from the day on. Keys handed over settle an application as well. A
// household that comes from another property moves over with this.
func (s *Store) MoveIn(ctx context.Context, tx *db.Tx, n News, id hearth.LeaseID, on hearth.Day) (Change, error) {
	if on == 0 {
		return Change{}, hearth.FieldErrorf("data.date", "A move-in names its day.")
	}
	return s.edit(ctx, tx, n, id, edit{kind: "lease.moved_in", data: map[string]any{"date": on.String()}, at: on,
		do: func(l *Lease, day hearth.Day, d *diff) error {
			if l.statusOn(day) == StatusCancelled {
				return hearth.Errorf(hearth.CodeConflict, "This lease is cancelled; nobody can move in under it.")
			}
			number(d, "move_in", &l.MoveIn, on)
			if l.Applied != 0 && l.Approved == 0 {
				number(d, "approved", &l.Approved, on)
			}
			return nil
		}})
}

// MoveOut records that the household has left; on is the last day in the home.
func (s *Store) MoveOut(ctx context.Context, tx *db.Tx, n News, id hearth.LeaseID, on hearth.Day) (Change, error) {
	if on == 0 {
		return Change{}, hearth.FieldErrorf("data.date", "A move-out names its day.")
	}
	return s.edit(ctx, tx, n, id, edit{kind: "lease.moved_out", data: map[string]any{"date": on.String()}, at: on,
		do: func(l *Lease, _ hearth.Day, d *diff) error {
			if begins := l.Begins(); begins != 0 && on < begins {
				return hearth.FieldErrorf("data.date", "The move-out on %s lies before the move-in on %s.", on, begins)
			}
			number(d, "move_out", &l.MoveOut, on)
			return nil
		}})
}

// CancelLease records that a lease came to nothing. It fails with CodeConflict once the household lives there.
func (s *Store) CancelLease(ctx context.Context, tx *db.Tx, n News, id hearth.LeaseID) (Change, error) {
	return s.edit(ctx, tx, n, id, edit{kind: "lease.cancelled", data: map[string]any{},
		do: func(l *Lease, day hearth.Day, d *diff) error {
			if l.Cancelled != 0 {
				return nil
			}
			if st := l.statusOn(day); st == StatusPast || st == StatusCurrent && l.MoveIn != 0 && l.MoveIn <= day {
				return hearth.Errorf(hearth.CodeConflict, "They have moved in; record a move-out instead of cancelling the lease.")
			}
			number(d, "cancelled", &l.Cancelled, day)
			return nil
		}})
}

// edit carries out an explicit change. The event goes out when something changed, and always when the source told it
// under an id of its own; one that is in the log already changes nothing.
func (s *Store) edit(ctx context.Context, tx *db.Tx, n News, id hearth.LeaseID, e edit) (Change, error) {
	before, err := s.Lease(ctx, tx, id)
	if err != nil {
		return Change{}, err
	}
	zone, err := s.Zone(ctx, tx, before.Property)
	if err != nil {
		return Change{}, err
	}
	home, err := s.household(ctx, tx, before.Household, before.Property)
	if err != nil {
		return Change{}, err
	}
	unit, err := s.Unit(ctx, tx, before.Unit)
	if err != nil {
		return Change{}, err
	}
	after := before
	after.Terms = append([]Term(nil), before.Terms...)
	var d diff
	day := n.day(tx, zone)
	if err := e.do(&after, day, &d); err != nil {
		return Change{}, err
	}
	change := d.change()
	if change.None() && n.EventID == "" {
		return Change{}, nil
	}
	if e.kind == "lease.moved_in" && home.Property != before.Property {
		if err := s.follow(ctx, tx, n, &home, before.Property); err != nil {
			return Change{}, err
		}
	}
	c := leaseNews{before: before, after: after, home: home, unit: unit, day: day, zone: zone}
	at := time.Time{}
	if e.at != 0 {
		at = noon(tx, e.at, zone)
	}
	f := c.fact(e.kind, at, e.data)
	f.told = true
	known, err := s.emit(ctx, tx, n, f)
	if err != nil || known || change.None() {
		return Change{}, err
	}
	return change, writeLease(ctx, tx, after, before.Terms, false)
}

// follow moves a household to the property of the lease under which it moves in, unless the source tells the move-in
// once more.
func (s *Store) follow(ctx context.Context, tx *db.Tx, n News, home *Household, to hearth.PropertyID) error {
	if n.EventID != "" {
		known, err := s.log.Known(ctx, tx, n.Source, n.EventID)
		if err != nil || known {
			return err
		}
	}
	h := &homing{news: n}
	if err := s.transfer(ctx, tx, h, home, to); err != nil {
		return err
	}
	return s.release(ctx, tx, h)
}
