package record

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Home is a household with its lease as a source tells of it: a line of a rent roll, or the lines of a directory that
// belong together.
type Home struct {
	Property hearth.PropertyID
	Unit     Unit // label, and whatever else is known; Property is filled in
	Members  []Member
	Lease    HomeLease
	// Clears names the fields whose emptiness is a statement, because the source has a place for them and left it
	// blank: "notice_on", "move_out", "month_to_month", "under_eviction", "evicted", "offer_out", "email", "phone",
	// "preferred_name". All other empty fields are simply not told.
	Clears []string
}

func (h Home) clears(field string) bool {
	for _, f := range h.Clears {
		if f == field {
			return true
		}
	}
	return false
}

// Member is one person of a Home. An empty role is "leaseholder" for somebody new and no news for others; ID may be
// given where it is known; Property, Household, Primary and the times are not read.
type Member struct {
	Resident
	External string
}

// HomeResult says what PutHome found and did.
type HomeResult struct {
	Unit      hearth.UnitID
	Household hearth.HouseholdID
	Lease     hearth.LeaseID

	UnitChange  Change
	LeaseChange Change
	Members     []MemberResult // in the order told
	// Elsewhere lists other homes that the household lives in today: a question for a person (a move, or two homes?).
	Elsewhere []hearth.LeaseID
	// Alike lists others of a told person's name and e-mail or phone who were not taken for that person.
	Alike []hearth.ResidentID
}

// MemberResult says what became of one member.
type MemberResult struct {
	ID     hearth.ResidentID
	Change Change
}

// Change joins what was done to unit, lease and members.
func (r HomeResult) Change() Change {
	all := Change{Added: r.LeaseChange.Added}
	seen := map[string]bool{}
	for _, c := range append([]Change{r.UnitChange, r.LeaseChange}, memberChanges(r.Members)...) {
		all.Changed = all.Changed || !c.None()
		for _, f := range c.Fields {
			if !seen[f] {
				seen[f] = true
				all.Fields = append(all.Fields, f)
			}
		}
	}
	sort.Strings(all.Fields)
	return all
}

func memberChanges(members []MemberResult) []Change {
	out := make([]Change, len(members))
	for i, m := range members {
		out[i] = m.Change
	}
	return out
}

// homing is one PutHome on its way.
type homing struct {
	news   News
	told   Home
	unit   Unit
	zone   *time.Location
	day    hearth.Day
	leases []Lease     // of the unit
	people []*homeBody // the told members, each once
	moved  map[hearth.HouseholdID]bool
	events []*hearth.Event // to be appended together at the end
	pile   *pile           // takes the rows of what is new; nil: they are written at once
	result HomeResult
}

// hold keeps the event of a fact until all is done.
func (s *Store) hold(tx *db.Tx, h *homing, f fact) error {
	ev, err := s.event(tx, h.news, f)
	if err != nil {
		return fmt.Errorf("event %s of %s: %w", f.kind, f.subject, err)
	}
	h.events = append(h.events, ev)
	return nil
}

// release appends what was held, at once: that is cheaper than one by one.
func (s *Store) release(ctx context.Context, tx *db.Tx, h *homing) error {
	if len(h.events) == 0 {
		return nil
	}
	if _, err := s.log.Append(ctx, tx, h.events...); err != nil {
		return fmt.Errorf("append the events of unit %s: %w", h.unit.Label, err)
	}
	return nil
}

// PutHome takes over what a source tells of a household and its lease. It finds the people by keys (see match), the
// household by its people or its lease, the lease by unit and household; it makes what is missing, changes what
// differs, and appends the events. Told the same again it does nothing. Members that are not told stay as they are.
func (s *Store) PutHome(ctx context.Context, tx *db.Tx, n News, told Home) (HomeResult, error) {
	h, err := s.prepare(ctx, tx, n, told)
	if err != nil {
		return HomeResult{}, err
	}
	if err := s.match(ctx, tx, h); err != nil {
		return HomeResult{}, err
	}
	lease, home, err := s.settle(ctx, tx, h)
	if err != nil {
		return HomeResult{}, err
	}
	before := lease
	before.Terms = append([]Term(nil), lease.Terms...)
	added := lease.ID == ""
	var d diff
	if added {
		if err := s.newLease(tx, h, &lease, home); err != nil {
			return HomeResult{}, err
		}
	}
	lease.take(&d, told.Lease, h.day, told.clears)
	change := d.change()
	if added {
		change = Change{Added: true, Fields: change.Fields}
	}
	if err := s.moveIn(ctx, tx, h, &home, lease); err != nil {
		return HomeResult{}, err
	}
	if !change.None() {
		if err := writeLease(ctx, tx, lease, before.Terms, added); err != nil {
			return HomeResult{}, err
		}
		n.Trail.lease(before, lease, added)
		c := leaseNews{before: before, after: lease, added: added, fields: d.fields, home: home, unit: h.unit, day: h.day, zone: h.zone}
		for _, f := range c.facts(tx) {
			if err := s.hold(tx, h, f); err != nil {
				return HomeResult{}, err
			}
		}
	}
	if err := s.release(ctx, tx, h); err != nil {
		return HomeResult{}, err
	}
	if err := s.nameOf(ctx, tx, n, "lease", told.Lease.External, string(lease.ID)); err != nil {
		return HomeResult{}, err
	}
	h.result.Household, h.result.Lease, h.result.LeaseChange = home.ID, lease.ID, change
	return h.result, s.elsewhere(ctx, tx, h, home, lease)
}

// prepare checks the input and reads what all later steps need.
func (s *Store) prepare(ctx context.Context, tx *db.Tx, n News, told Home) (*homing, error) {
	if err := told.Lease.check(); err != nil {
		return nil, err
	}
	if len(told.Members) == 0 {
		return nil, hearth.FieldErrorf("name", "A home needs at least one resident; a vacant unit is told as a unit.")
	}
	zone, err := s.Zone(ctx, tx, told.Property)
	if err != nil {
		return nil, err
	}
	told.Unit.Property = told.Property
	unit, change, err := s.PutUnit(ctx, tx, n, told.Unit)
	if err != nil {
		return nil, err
	}
	h := &homing{news: n, told: told, unit: unit, zone: zone, day: n.day(tx, zone), moved: map[hearth.HouseholdID]bool{}}
	h.result.Unit, h.result.UnitChange = unit.ID, change
	h.leases, err = s.UnitLeases(ctx, tx, unit.ID)
	return h, err
}

// newLease fills in a lease that was not there.
func (s *Store) newLease(tx *db.Tx, h *homing, l *Lease, home Household) error {
	id, err := s.newID(tx, "lse_")
	if err != nil {
		return err
	}
	*l = Lease{ID: hearth.LeaseID(id), Property: h.told.Property, Unit: h.unit.ID, Household: home.ID}
	return nil
}

// settle finds lease and household that the home means. A lease without ID is still to be made, and so is the
// household when none of the people has one that would come along.
func (s *Store) settle(ctx context.Context, tx *db.Tx, h *homing) (Lease, Household, error) {
	if l, ok, err := s.leaseTold(ctx, tx, h); err != nil || ok {
		if err != nil {
			return Lease{}, Household{}, err
		}
		home, err := s.household(ctx, tx, l.Household, h.told.Property)
		return l, home, err
	}
	if l, ok := h.leaseHere(); ok { // somebody known has a lease here
		home, err := s.household(ctx, tx, l.Household, h.told.Property)
		return l, home, err
	}
	if l, ok := h.leaseShared(); ok && !h.anyKnown() { // roommates told line by line
		home, err := s.household(ctx, tx, l.Household, h.told.Property)
		return l, home, err
	}
	home, ok, err := s.brought(ctx, tx, h)
	if err != nil || ok {
		return Lease{}, home, err
	}
	home, err = s.newHousehold(ctx, tx, h.news, h.told.Property)
	return Lease{}, home, err
}

// brought finds the household that the told people, all of them known, bring along into a home new to them: that of
// whoever speaks for one; else, where this home goes before nobody's present one, the first one's, for a second home
// makes no second household.
func (s *Store) brought(ctx context.Context, tx *db.Tx, h *homing) (Household, bool, error) {
	var wish Lease
	wish.take(&diff{}, h.told.Lease, h.day, h.told.clears)
	settled := true
	for _, p := range h.people {
		if !p.found {
			return Household{}, false, nil
		}
		if p.have.Primary {
			home, err := s.household(ctx, tx, p.have.Household, h.told.Property)
			return home, true, err
		}
		joins, err := s.joins(ctx, tx, h, p.have, "", wish)
		if err != nil {
			return Household{}, false, err
		}
		settled = settled && !joins
	}
	if !settled {
		return Household{}, false, nil
	}
	home, err := s.household(ctx, tx, h.people[0].have.Household, h.told.Property)
	return home, true, err
}

// leaseTold finds the lease by the source's own name for it.
func (s *Store) leaseTold(ctx context.Context, tx *db.Tx, h *homing) (Lease, bool, error) {
	if h.told.Lease.External == "" {
		return Lease{}, false, nil
	}
	id, err := s.named(ctx, tx, "lease", h.told.Lease.External, h.news.Source)
	if err != nil || id == "" {
		return Lease{}, false, err
	}
	for _, l := range h.leases {
		if string(l.ID) == id {
			return l, true, nil
		}
	}
	return Lease{}, false, nil // the name is used for another unit now: another lease
}

// leaseHere finds the lease that the households of the known people have in this unit: one with the very date told,
// else one that the told dates can be about; of several that of whoever is told first, and of theirs the latest. A
// household that left long ago and comes back gets a new lease.
func (h *homing) leaseHere() (Lease, bool) {
	var all []Lease
	seen := map[hearth.HouseholdID]bool{}
	for _, p := range h.people {
		if !p.found || seen[p.have.Household] {
			continue
		}
		seen[p.have.Household] = true
		var theirs []Lease
		for _, l := range h.leases {
			if l.Household == p.have.Household && (l.goesWith(h.told.Lease, h.day) || l.says(h.told.Lease, h.day, h.told.clears)) {
				theirs = append(theirs, l)
			}
		}
		sort.SliceStable(theirs, func(i, j int) bool { return theirs[i].Begins() > theirs[j].Begins() })
		all = append(all, theirs...)
	}
	for _, l := range all {
		if l.dated(h.told.Lease) {
			return l, true
		}
	}
	if len(all) == 0 {
		return Lease{}, false
	}
	return all[0], true
}

// dated tells whether the lease has the told move-in, or without one a term with the told start.
func (l Lease) dated(told HomeLease) bool {
	if told.MoveIn != 0 {
		return told.MoveIn == l.MoveIn
	}
	for _, t := range l.Terms {
		if told.Start != 0 && told.Start == t.Starts {
			return true
		}
	}
	return false
}

// goesWith tells whether the told dates can be about this lease.
func (l Lease) goesWith(told HomeLease, day hearth.Day) bool {
	starts := told.MoveIn
	if starts == 0 {
		starts = told.Start
	}
	if told.MoveOut != 0 && l.Begins() != 0 && told.MoveOut < l.Begins() {
		return false
	}
	if l.dated(told) {
		return true
	}
	switch l.statusOn(day) {
	case StatusPast, StatusCancelled:
		if told.MoveOut != 0 && told.MoveOut == l.MoveOut {
			return true
		}
		// Only what began within the stay is about the stay.
		over := l.MoveOut
		if l.Cancelled != 0 {
			over = l.Cancelled
		}
		if starts == 0 {
			return told.Status == "" || told.Status == StatusPast || told.Status == StatusCancelled || told.Status == ToldEvicted
		}
		return starts <= over || near(starts, l.Begins(), termSlack-1)
	}
	return true
}

// says tells whether the lease says already what is told of some date. Dates that one source wrote over another's can look like
// those of another stay; told again they are about what took them over, or one stay would become two.
func (l Lease) says(told HomeLease, day hearth.Day, clears func(string) bool) bool {
	if told.Start == 0 && told.End == 0 && told.MoveIn == 0 && told.MoveOut == 0 {
		return false // names alone are about nobody's stay in particular
	}
	l.Terms = slices.Clone(l.Terms)
	var d diff
	l.take(&d, told, day, clears)
	return len(d.fields) == 0
}

// leaseShared finds an active lease of the unit with the very dates told.
func (h *homing) leaseShared() (Lease, bool) {
	told := h.told.Lease
	for _, l := range h.leases {
		switch l.statusOn(h.day) {
		case StatusPast, StatusCancelled:
			continue
		}
		t, n := l.Latest()
		if n > 0 && told.Start != 0 && told.Start == t.Starts && told.End == t.Ends &&
			(told.MoveIn == 0 || l.MoveIn == 0 || told.MoveIn == l.MoveIn) && l.goesWith(told, h.day) {
			return l, true
		}
	}
	return Lease{}, false
}

func (h *homing) anyKnown() bool {
	for _, p := range h.people {
		if p.found {
			return true
		}
	}
	return false
}

// elsewhere notes other homes that the household lives in on the same day.
func (s *Store) elsewhere(ctx context.Context, tx *db.Tx, h *homing, home Household, lease Lease) error {
	if lease.statusOn(h.day) != StatusCurrent {
		return nil
	}
	all, err := s.LeasesOf(ctx, tx, []hearth.HouseholdID{home.ID})
	if err != nil {
		return fmt.Errorf("other homes of household %s: %w", home.ID, err)
	}
	for _, l := range all[home.ID] {
		if l.ID != lease.ID && l.Unit != lease.Unit && l.statusOn(h.day) == StatusCurrent {
			h.result.Elsewhere = append(h.result.Elsewhere, l.ID)
		}
	}
	return nil
}
