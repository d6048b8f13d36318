package record

import "hearth"

// HomeLease is what a source tells about a lease: a line of a rent roll. Zero values are not told, unless Home.Clears
// names the field.
type HomeLease struct {
	External  string
	Start     hearth.Day // of the term
	End       hearth.Day // of the term; zero also for month to month
	RentCents int64
	MoveIn    hearth.Day
	MoveOut   hearth.Day // the last day in the home
	NoticeOn  hearth.Day

	MonthToMonth  bool
	UnderEviction bool
	Evicted       bool
	OfferOut      bool

	// Status is the source's own word for it, as one of the statuses, ToldNotice or ToldEvicted; "" not told. Dates
	// decide; the word only adds what dates do not say.
	Status Status
}

// Words that a source may use for a status beside those that dates give.
const (
	ToldNotice  Status = "notice"
	ToldEvicted Status = "evicted"
)

// termSlack is how far a term's start may move and still be the same term, and how much its end must grow to be
// more than a correction: four weeks, shorter than any term that leases are written for.
const termSlack = 28

// check refuses what cannot be true, naming the field.
func (t HomeLease) check() error {
	if t.Start != 0 && t.End != 0 && t.End < t.Start {
		return hearth.FieldErrorf("end", "The lease ends on %s, before it starts on %s.", t.End, t.Start)
	}
	if t.MoveIn != 0 && t.MoveOut != 0 && t.MoveOut < t.MoveIn {
		return hearth.FieldErrorf("move_out", "The move-out on %s lies before the move-in on %s.", t.MoveOut, t.MoveIn)
	}
	if t.MoveIn == 0 && t.Start != 0 && t.MoveOut != 0 && t.MoveOut < t.Start {
		return hearth.FieldErrorf("move_out", "The move-out on %s lies before the lease starts on %s.", t.MoveOut, t.Start)
	}
	if t.RentCents < 0 {
		return hearth.FieldErrorf("rent", "A rent cannot be negative.")
	}
	switch t.Status {
	case "", StatusApplicant, StatusApproved, StatusFuture, StatusCurrent, StatusPast, StatusCancelled, ToldNotice, ToldEvicted:
		return nil
	}
	return hearth.FieldErrorf("status", "%q is not a lease status.", t.Status)
}

// take takes over what was told as of a day and notes what differs. clears tells whether the emptiness of a field is
// a statement.
func (l *Lease) take(d *diff, told HomeLease, day hearth.Day, clears func(string) bool) {
	l.takeTerm(d, told)
	number(d, "rent", &l.RentCents, told.RentCents)
	number(d, "move_in", &l.MoveIn, told.MoveIn)
	number(d, "move_out", &l.MoveOut, told.MoveOut)
	l.takeFlags(d, told, clears)
	l.takeStatus(d, told, day)
	l.takeLeaving(d, told, day, clears) // last: what a notice is depends on where the lease stands
}

// takeTerm finds the term that is meant, corrects it, or adds a new one: a renewal.
func (l *Lease) takeTerm(d *diff, told HomeLease) {
	if told.Start == 0 && told.End == 0 {
		return
	}
	i := l.meant(told)
	if i < 0 {
		t := Term{N: l.nextTerm(), Starts: told.Start, Ends: told.End, RentCents: told.RentCents}
		kept := t.Starts == 0 || l.earlier(t.Starts) >= 0
		if last, n := l.Latest(); n > 0 && last.Ends != 0 && t.Ends > last.Ends && (kept || near(t.Starts, last.Starts, termSlack-1)) {
			t.Starts = last.Ends + 1 // some sources keep the first start for ever and only move the end
		}
		l.Terms = append(l.Terms, t)
		sortTerms(l.Terms)
		d.note("term")
		return
	}
	t := &l.Terms[i]
	starts, ends := t.Starts, t.Ends
	if told.Start != 0 && (i == len(l.Terms)-1) == (l.earlier(told.Start) < 0) {
		starts = told.Start
	}
	if told.End != 0 {
		ends = told.End
	}
	if ends == 0 || ends >= starts { // dates that contradict those known say nothing
		number(d, "start", &t.Starts, starts)
		number(d, "end", &t.Ends, ends)
	}
	number(d, "term_rent", &t.RentCents, told.RentCents)
	sortTerms(l.Terms)
}

// meant gives the index of the term that the told dates belong to, -1 for a new one.
func (l *Lease) meant(told HomeLease) int {
	last := len(l.Terms) - 1
	if last < 0 {
		return -1
	}
	endOnly := told.Start == 0
	if i := l.earlier(told.Start); i >= 0 {
		if told.End == 0 || near(told.End, l.Terms[i].Ends, termSlack-1) {
			return i
		}
		endOnly = true // an old start, kept through renewals
	}
	if endOnly {
		if t := l.Terms[last]; told.End == 0 || !t.outgrown(told.End) {
			return last
		}
		return -1
	}
	for i := last; i >= 0; i-- {
		t := l.Terms[i]
		open := t.Starts == 0 && (t.Ends == 0 || told.Start <= t.Ends) // its start was not known
		if open || near(t.Starts, told.Start, termSlack-1) && !l.prolongs(i, told) {
			return i
		}
	}
	return -1
}

// prolongs tells whether the told end lies so far behind term i's that a renewal is meant and not a correction.
func (l *Lease) prolongs(i int, told HomeLease) bool {
	t := l.Terms[i]
	return i == len(l.Terms)-1 && t.Starts != 0 && t.outgrown(told.End) && near(t.Starts, told.Start, termSlack-1)
}

// outgrown tells whether an end belongs to a term after this one. A term of a few days is a slip of the pen.
func (t Term) outgrown(end hearth.Day) bool {
	return t.Ends != 0 && end >= t.Ends+termSlack && (t.Starts == 0 || t.Ends-t.Starts >= termSlack)
}

// earlier gives the index of a term before the latest that starts there, -1 for none.
func (l *Lease) earlier(start hearth.Day) int {
	for i := len(l.Terms) - 2; i >= 0 && start != 0; i-- {
		if near(start, l.Terms[i].Starts, termSlack-1) {
			return i
		}
	}
	return -1
}

func near(a, b hearth.Day, days hearth.Day) bool {
	if a < b {
		a, b = b, a
	}
	return a-b <= days
}

func (l *Lease) nextTerm() int {
	n := 0
	for _, t := range l.Terms {
		n = max(n, t.N)
	}
	return n + 1
}

// takeLeaving takes over the notice. A planned move-out other than the end of the lease is a notice, even
// where the source has no date for the notice itself.
func (l *Lease) takeLeaving(d *diff, told HomeLease, day hearth.Day, clears func(string) bool) {
	number(d, "notice_on", &l.NoticeOn, told.NoticeOn)
	planned := told.MoveOut >= day && told.MoveOut != 0 && told.MoveOut != l.Ends() && l.statusOn(day) == StatusCurrent
	noticed := told.NoticeOn != 0 || told.Status == ToldNotice || planned && told.Status != StatusCancelled
	if noticed && l.NoticeOn == 0 {
		l.NoticeOn = day
		d.note("notice_on")
	}
	if told.MoveOut == 0 && clears("move_out") && l.MoveOut >= day && !l.Evicted {
		l.MoveOut = 0
		d.note("move_out")
	}
	if !noticed && clears("notice_on") && l.NoticeOn != 0 && l.statusOn(day) != StatusPast {
		l.NoticeOn = 0
		d.note("notice_on")
	}
}

func (l *Lease) takeFlags(d *diff, told HomeLease, clears func(string) bool) {
	set := func(name string, have *bool, told bool) {
		if told != *have && (told || clears(name)) {
			*have = told
			d.note(name)
		}
	}
	set("month_to_month", &l.MonthToMonth, told.MonthToMonth)
	set("under_eviction", &l.UnderEviction, told.UnderEviction)
	set("evicted", &l.Evicted, told.Evicted || told.Status == ToldEvicted)
	set("offer_out", &l.OfferOut, told.OfferOut)
}

// takeStatus adds what the source's word says beyond the dates.
func (l *Lease) takeStatus(d *diff, told HomeLease, day hearth.Day) {
	set := func(name string, have *hearth.Day, v hearth.Day) {
		if *have != v {
			*have = v
			d.note(name)
		}
	}
	fresh := l.Changed.IsZero() // never stored: the word says how it began
	switch told.Status {
	case StatusApplicant:
		if fresh {
			set("applied", &l.Applied, day)
		}
		return
	case StatusCancelled:
		if l.Cancelled == 0 {
			set("cancelled", &l.Cancelled, day)
		}
		return
	case StatusApproved:
		if fresh {
			set("applied", &l.Applied, day)
		}
	case StatusFuture:
		if fresh && l.Begins() == 0 {
			set("applied", &l.Applied, day)
		}
	case StatusPast, ToldEvicted:
		if told.MoveOut == 0 {
			l.takePast(d, day)
		}
	case "":
		return
	}
	set("cancelled", &l.Cancelled, 0)
	if l.Applied != 0 && l.Approved == 0 {
		set("approved", &l.Approved, day)
	}
}

// takePast sets a move-out for a household that has left on a day nobody told: the end of the lease, else yesterday.
func (l *Lease) takePast(d *diff, day hearth.Day) {
	if l.MoveOut != 0 && l.MoveOut < day {
		return
	}
	left := day - 1
	if end := l.Ends(); end != 0 && end < left {
		left = end
	}
	l.MoveOut = max(left, l.Begins())
	if l.MoveOut >= day { // a lease that never began
		l.MoveOut = day - 1
	}
	d.note("move_out")
}
