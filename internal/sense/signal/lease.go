package signal

import (
	"slices"
	"strconv"

	"hearth"
)

// leaseStatus is the state of a lease, by dates first and by what the source says where dates cannot tell.
type leaseStatus uint8

const (
	statusNone leaseStatus = iota
	statusApplicant
	statusApproved
	statusFuture
	statusCurrent
	statusPast
	statusCancelled
)

func (s leaseStatus) String() string {
	return [...]string{"", "applicant", "approved", "future", "current", "past", "cancelled"}[s]
}

// boxed is String for conditions, which read it often: constants cost no allocation.
func (s leaseStatus) boxed() any {
	return [...]any{"", "applicant", "approved", "future", "current", "past", "cancelled"}[s]
}

func parseStatus(s string) leaseStatus {
	for st := statusApplicant; st <= statusCancelled; st++ {
		if st.String() == s {
			return st
		}
	}
	return statusNone
}

// maxTenancies bounds how many stays a state remembers: the present one, one to come, one gone by.
const maxTenancies = 3

// A record whose term begins this many days before the old end, or later, is a new term and not a correction.
const renewalSlack = 45

// tenancy is a household's stay in one unit over all its terms, as told so far.
type tenancy struct {
	unit, lease uint64 // hashes of what the source calls them
	key         uint64 // the unit, or else the lease, as first told: names the tenancy for good
	keyFirst    hearth.Day
	keyTerm     hearth.Day // the present term's start as first told: a corrected date does not make a new term

	first, start, end hearth.Day // start of the first term; the newest agreed term
	term              int64
	moveIn, moveOut   hearth.Day
	movedIn, movedOut bool
	monthly           bool
	noticed           bool
	said              leaseStatus
	at, noticeAt      int64 // when the newest whole record, and the newest word about notice, happened
}

// begin is the day that the stay begins: the move-in when it is known, else the first term's start.
func (t *tenancy) begin() hearth.Day {
	if t.moveIn != 0 {
		return t.moveIn
	}
	return t.first
}

// status derives the lease's status as of a day.
func (t *tenancy) status(today hearth.Day) leaseStatus {
	begin := t.begin()
	switch {
	case t.said == statusCancelled:
		return statusCancelled
	case (t.movedOut || t.said == statusPast) && t.moveOut <= today:
		return statusPast
	case t.moveOut != 0 && t.moveOut < today:
		return statusPast
	case !t.movedIn && (t.said == statusApplicant || t.said == statusApproved):
		return t.said
	case begin > today, begin == 0 && t.said == statusFuture:
		return statusFuture
	}
	return statusCurrent
}

// present gives the tenancy that counts on a day: the current one, else the next, else the last.
func (s *State) present(today hearth.Day) (*tenancy, leaseStatus) {
	var best *tenancy
	var bestStatus leaseStatus
	for i := range s.tenancies {
		t := &s.tenancies[i]
		st := t.status(today)
		if best == nil || before(t, st, best, bestStatus) {
			best, bestStatus = t, st
		}
	}
	return best, bestStatus
}

func before(a *tenancy, as leaseStatus, b *tenancy, bs leaseStatus) bool {
	order := [...]int{statusNone: 9, statusCurrent: 0, statusFuture: 1, statusApproved: 1, statusApplicant: 1, statusPast: 2, statusCancelled: 3}
	switch {
	case order[as] != order[bs]:
		return order[as] < order[bs]
	case order[as] == 1:
		return a.begin() < b.begin() // the next one
	}
	return a.begin() > b.begin() // the latest one
}

// foldLease folds what happened to a lease.
func (s *State) foldLease(k kind, d *data, subject hearth.Subject, at int64, day hearth.Day) {
	lease, unit := hash(d.Lease), hash(d.Unit)
	if lease == 0 && subject.Kind == "lease" {
		lease = hash(subject.ID)
	}
	if k == kindLeaseRecorded || k == kindLeaseChanged {
		t := s.tenancyFor(lease, unit, parseDay(d.Start))
		t.record(d, at)
		return
	}
	if k == kindLeaseTakenBack {
		s.tenancies = slices.DeleteFunc(s.tenancies, func(t tenancy) bool { return lease != 0 && t.lease == lease })
		return
	}
	t := s.findTenancy(lease, unit)
	if t == nil {
		if t, _ = s.present(day); t == nil {
			// Told about a lease before the lease itself: keep it, the record fills in the rest.
			t = s.addTenancy(lease, unit)
		}
	}
	switch k {
	case kindLeaseRenewed:
		t.renew(d, at)
	case kindNoticeGiven:
		if at >= t.noticeAt {
			t.noticed, t.noticeAt, t.moveOut = true, at, parseDay(d.MoveOut)
		}
	case kindNoticeWithdrawn:
		if at >= t.noticeAt {
			t.noticed, t.noticeAt, t.moveOut = false, at, 0
		}
	case kindMovedIn:
		t.movedIn, t.moveIn = true, orDay(parseDay(d.Date), day)
	case kindMovedOut:
		t.movedOut, t.moveOut = true, orDay(parseDay(d.Date), day)
	case kindLeaseCancelled:
		t.said = statusCancelled
	}
}

// findTenancy looks by lease, then by unit.
func (s *State) findTenancy(lease, unit uint64) *tenancy {
	for i := range s.tenancies {
		if t := &s.tenancies[i]; lease != 0 && t.lease == lease {
			return t
		}
	}
	for i := len(s.tenancies) - 1; i >= 0; i-- {
		if t := &s.tenancies[i]; unit != 0 && t.unit == unit {
			return t
		}
	}
	return nil
}

// tenancyFor finds the tenancy that a record belongs to. Sources often give a renewal a new lease number: the same
// unit without a move-out between is the same stay.
func (s *State) tenancyFor(lease, unit uint64, start hearth.Day) *tenancy {
	t := s.findTenancy(lease, unit)
	if t == nil && lease == 0 && unit == 0 && len(s.tenancies) > 0 {
		t = &s.tenancies[len(s.tenancies)-1]
	}
	if t != nil && (lease == 0 || t.lease != lease) && t.movedOut && start > t.moveOut {
		t = nil // they came back: another stay
	}
	if t == nil {
		t = s.addTenancy(lease, unit)
	}
	if lease != 0 {
		t.lease = lease
	}
	if unit != 0 {
		t.unit = unit
	}
	return t
}

// addTenancy makes room by forgetting the stay that began first.
func (s *State) addTenancy(lease, unit uint64) *tenancy {
	key := unit
	if key == 0 {
		key = lease
	}
	if len(s.tenancies) == maxTenancies {
		oldest := 0
		for i := range s.tenancies {
			if s.tenancies[i].begin() < s.tenancies[oldest].begin() {
				oldest = i
			}
		}
		s.tenancies = append(s.tenancies[:oldest], s.tenancies[oldest+1:]...)
	}
	s.tenancies = append(s.tenancies, tenancy{lease: lease, unit: unit, key: key})
	return &s.tenancies[len(s.tenancies)-1]
}

// record folds a lease as its source tells it. A record older than the newest only fills in what is missing.
func (t *tenancy) record(d *data, at int64) {
	start, end := parseDay(d.Start), parseDay(d.End)
	if t.start != 0 && start != 0 && end != 0 && end <= t.start+month && start < t.start {
		// An earlier term, told later: it only lengthens the stay.
		t.first = minDay(t.first, start)
		return
	}
	newer := at >= t.at
	switch {
	case t.isNewTerm(start, d.Term):
		t.beginTerm(start, end, d.Term)
	case newer || t.start == 0:
		t.correct(start, end, d.Term)
	}
	if v := parseDay(d.MoveIn); v != 0 && (newer && !t.movedIn || t.moveIn == 0) {
		t.moveIn = v
	}
	if v := parseDay(d.MoveOut); v != 0 && (newer || t.moveOut == 0) {
		t.moveOut = v
	}
	if !newer {
		return
	}
	t.at = at
	if d.MonthToMonth != nil {
		t.monthly = *d.MonthToMonth
	}
	if said := parseStatus(d.Status); said != statusNone {
		t.said = said
	}
}

func (t *tenancy) isNewTerm(start hearth.Day, term int64) bool {
	if t.start == 0 || start <= t.start {
		return false
	}
	return term > t.term && t.term > 0 || t.end != 0 && start > t.end-renewalSlack && start > t.start+month-3
}

// beginTerm moves on to a new term. Who signs one stays: a notice before it is void.
func (t *tenancy) beginTerm(start, end hearth.Day, term int64) {
	t.start, t.end, t.keyTerm = start, end, start
	t.term = max(term, t.term+1)
	t.monthly, t.noticed = false, false
	if !t.movedOut {
		t.moveOut = 0
	}
}

func (t *tenancy) correct(start, end hearth.Day, term int64) {
	if start != 0 {
		if t.first == 0 || t.first == t.start {
			t.first = start
		}
		t.start = start
		if t.keyTerm == 0 {
			t.keyTerm, t.keyFirst = start, start
		}
	}
	if end != 0 {
		t.end = end
	}
	if term > 0 {
		t.term = term
	} else if t.term == 0 {
		t.term = 1
	}
}

// renew folds a signed renewal. The lease's end is from then on the new term's.
func (t *tenancy) renew(d *data, at int64) {
	start, end := parseDay(d.Start), parseDay(d.End)
	if start == 0 && t.end != 0 {
		start = t.end + 1
	}
	switch {
	case t.start == 0:
		t.correct(start, end, d.Term)
	case start > t.start:
		t.beginTerm(start, end, d.Term)
		t.noticeAt = max(t.noticeAt, at)
	case start == t.start && end != 0:
		t.end = end // told before by a record
	}
	t.at = max(t.at, at)
}

// TenancyKey names the resident's stay that counts now, "" when there is none. It stays the same over renewals and
// corrected dates.
func (v View) TenancyKey() string {
	t, _ := v.State.present(v.day())
	if t == nil {
		return ""
	}
	return strconv.FormatUint(t.key, 36) + "/" + t.keyFirst.String()
}

// TermKey names the term of that stay, "" when there is none. A renewal makes another.
func (v View) TermKey() string {
	t, _ := v.State.present(v.day())
	if t == nil {
		return ""
	}
	return strconv.FormatUint(t.key, 36) + "/" + t.keyFirst.String() + "/" + t.keyTerm.String()
}

// parseDay reads a date; what is none is no date.
func parseDay(s string) hearth.Day {
	if len(s) > len("2026-11-21") {
		s = s[:len("2026-11-21")] // a time of day behind it does not matter
	}
	if s == "" {
		return 0
	}
	d, err := hearth.ParseDay(s)
	if err != nil {
		return 0
	}
	return d
}

func orDay(d, otherwise hearth.Day) hearth.Day {
	if d == 0 {
		return otherwise
	}
	return d
}

func minDay(a, b hearth.Day) hearth.Day {
	if a == 0 || b < a {
		return b
	}
	return a
}
