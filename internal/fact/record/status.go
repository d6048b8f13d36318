package record

import (
	"sort"

	"hearth"
)

// Status is where a lease stands, derived from its dates.
type Status string

// The statuses.
const (
	StatusApplicant Status = "applicant" // asked for, not granted
	StatusApproved  Status = "approved"  // granted, no date to move in yet
	StatusFuture    Status = "future"    // will move in
	StatusCurrent   Status = "current"   // lives there
	StatusPast      Status = "past"      // has left
	StatusCancelled Status = "cancelled" // came to nothing
)

// Standing is a lease's status on a day, with the flags that lie over it.
type Standing struct {
	Status        Status
	Notice        bool // leaving is announced and not yet done
	MonthToMonth  bool // agreed from month to month, or Holdover
	Holdover      bool // the last term is over and they still live there
	UnderEviction bool
	Evicted       bool
	OfferOut      bool
}

// On derives where the lease stands on a day of the property's calendar. MoveOut is the last day in the home, so
// the lease is past from the day after.
func (l Lease) On(day hearth.Day) Standing {
	s := Standing{Status: l.statusOn(day), Evicted: l.Evicted, OfferOut: l.OfferOut}
	if s.Status != StatusCurrent && s.Status != StatusFuture {
		return s
	}
	s.Notice = l.NoticeOn != 0 && l.NoticeOn <= day
	s.UnderEviction = l.UnderEviction && !l.Evicted
	if s.Status == StatusCurrent {
		end := l.Ends()
		s.Holdover = end != 0 && end < day
		s.MonthToMonth = l.MonthToMonth || s.Holdover
	}
	return s
}

func (l Lease) statusOn(day hearth.Day) Status {
	begins := l.Begins()
	switch {
	case l.Cancelled != 0 && l.Cancelled <= day:
		return StatusCancelled
	case l.MoveOut != 0 && l.MoveOut < day:
		return StatusPast
	case l.Evicted && (l.MoveOut == 0 || l.MoveOut <= day):
		return StatusPast
	case l.Applied != 0 && l.Approved == 0:
		// Sources give applicants the dates that they wish for. A wish makes nobody a resident.
		return StatusApplicant
	case l.Applied != 0 && l.MoveIn == 0 && (begins == 0 || begins > day):
		return StatusApproved
	case begins > day:
		return StatusFuture
	}
	// A home that a source lists with no date at all is lived in: that is what its list means.
	return StatusCurrent
}

// Begins is the day from which the household lives there: the move-in, else the first term's start, else zero.
func (l Lease) Begins() hearth.Day {
	if l.MoveIn != 0 {
		return l.MoveIn
	}
	for _, t := range l.Terms {
		if t.Starts != 0 {
			return t.Starts
		}
	}
	return 0
}

// Ends is the last day of the latest term, zero where it is open.
func (l Lease) Ends() hearth.Day {
	if len(l.Terms) == 0 {
		return 0
	}
	return l.Terms[len(l.Terms)-1].Ends
}

// Latest gives the latest term and its place among the terms, counted from 1; zero values without terms.
func (l Lease) Latest() (Term, int) {
	if len(l.Terms) == 0 {
		return Term{}, 0
	}
	return l.Terms[len(l.Terms)-1], len(l.Terms)
}

// Pick gives the lease that speaks for a household on a day: the current one, else the nearest to come, else the one
// that ended last; among equals the one that began last. ok is false without leases.
func Pick(leases []Lease, day hearth.Day) (best Lease, ok bool) {
	if len(leases) == 0 {
		return Lease{}, false
	}
	sorted := append([]Lease(nil), leases...)
	sort.SliceStable(sorted, func(i, j int) bool { return before(sorted[i], sorted[j], day) })
	return sorted[0], true
}

func before(a, b Lease, day hearth.Day) bool {
	if ahead(a, b, day) || ahead(b, a, day) {
		return ahead(a, b, day)
	}
	return a.ID < b.ID
}

// ahead tells whether a speaks for its household rather than b; neither may.
func ahead(a, b Lease, day hearth.Day) bool {
	sa, sb := a.statusOn(day), b.statusOn(day)
	if sa != sb {
		return rank(sa) < rank(sb)
	}
	if sa == StatusFuture {
		return a.Begins() < b.Begins()
	}
	return a.Begins() > b.Begins()
}

func rank(s Status) int {
	for i, k := range []Status{StatusCurrent, StatusFuture, StatusApproved, StatusApplicant, StatusPast, StatusCancelled} {
		if k == s {
			return i
		}
	}
	return -1
}
