// Package quality says what is known of a community and what is not: how complete each field is, what contradicts itself,
// what is missing where it matters next, and the one question worth asking then.
//
// It reads records. It changes none, asks nobody (a task's closing question does), and decides nothing about residents.
package quality

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Field is how complete a field is.
type Field struct {
	Name string `json:"name"`
	Have int    `json:"have"`
	Of   int    `json:"of"`
}

// Finding is one thing to put right.
type Finding struct {
	Code    string         `json:"code"`
	Subject hearth.Subject `json:"-"`
	About   string         `json:"about"` // the subject as "resident/ID"
	Name    string         `json:"name"`  // for a person: a name, a unit's label
	Says    string         `json:"says"`  // one sentence
	Matters hearth.Day     `json:"-"`     // when it matters; 0: now
	On      string         `json:"matters_on,omitempty"`
	Fact    string         `json:"fact,omitempty"`     // what is missing
	Ask     string         `json:"question,omitempty"` // what to ask for it
}

// Report is the state of a property's data.
type Report struct {
	Property hearth.PropertyID `json:"property"`
	Fields   []Field           `json:"fields"`
	Findings []Finding         `json:"findings"` // what matters first
}

// Store makes reports.
type Store struct{ records *record.Store }

// New makes a store.
func New(records *record.Store) *Store { return &Store{records} }

// Report looks at a property. It fails with CodeNotFound if there is none.
func (s *Store) Report(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (Report, error) {
	zone, err := s.records.Zone(ctx, tx, property)
	if err != nil {
		return Report{}, err
	}
	l := &look{today: hearth.DayOf(tx.Now(), zone), fields: map[string]*Field{}, out: Report{Property: property, Findings: []Finding{}}}
	ids, err := s.records.ResidentsAt(ctx, tx, property)
	if err != nil {
		return Report{}, err
	}
	people, leases, err := s.records.ContactsWithLeases(ctx, tx, ids)
	if err != nil {
		return Report{}, fmt.Errorf("look at residents: %w", err)
	}
	units, err := s.records.Units(ctx, tx, property)
	if err != nil {
		return Report{}, fmt.Errorf("look at units: %w", err)
	}
	team, err := s.records.StaffAt(ctx, tx, property)
	if err != nil {
		return Report{}, fmt.Errorf("look at the team: %w", err)
	}
	l.units(units)
	for _, id := range ids {
		l.person(people[id], leases[people[id].Household])
	}
	l.homes(property, ids, people, leases)
	l.team(team)
	return l.report(), nil
}

// look is one report under way.
type look struct {
	today  hearth.Day
	order  []string
	fields map[string]*Field
	labels map[hearth.UnitID]string
	out    Report
}

func (l *look) count(name string, have bool) {
	f := l.fields[name]
	if f == nil {
		f = &Field{Name: name}
		l.fields[name], l.order = f, append(l.order, name)
	}
	f.Of++
	if have {
		f.Have++
	}
}

func (l *look) find(code, kind, id, name string, on hearth.Day, format string, args ...any) *Finding {
	f := Finding{Code: code, Subject: hearth.Subject{Kind: kind, ID: id}, About: kind + "/" + id, Name: name, Matters: on, Says: fmt.Sprintf(format, args...)}
	if on != 0 {
		f.On = on.String()
	}
	l.out.Findings = append(l.out.Findings, f)
	return &l.out.Findings[len(l.out.Findings)-1]
}

func (l *look) report() Report {
	l.out.Fields = make([]Field, len(l.order))
	for i, name := range l.order {
		l.out.Fields[i] = *l.fields[name]
	}
	slices.SortStableFunc(l.out.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(soon(a, l.today), soon(b, l.today)), cmp.Compare(a.Code, b.Code), cmp.Compare(a.About, b.About))
	})
	return l.out
}

// soon orders by when a finding matters; what matters on no certain day matters now.
func soon(f Finding, today hearth.Day) hearth.Day { return max(f.Matters, today) }

func (l *look) units(units []record.Unit) {
	l.labels = map[hearth.UnitID]string{}
	for _, u := range units {
		l.labels[u.ID] = u.Label
		l.count("unit.square_feet", u.SqFt > 0)
	}
}

func (l *look) team(team []record.Staff) {
	for _, m := range team {
		if m.Inactive {
			continue
		}
		l.count("staff.email", record.EmailKey(m.Email) != "")
		l.count("staff.hours", len(m.Hours) > 0)
		if len(m.Hours) == 0 {
			l.find("staff_without_hours", "staff", string(m.ID), m.Name, 0,
				"No working hours are on record, so tasks fall due by the property's business hours.")
		}
	}
}

// person looks at somebody who lives here or will, and may be written to.
func (l *look) person(c record.Contact, leases []record.Lease) {
	lease, ahead := l.present(c, leases)
	if lease == nil || !c.Role.Addressable() {
		return
	}
	phone, mail := c.PhoneKey != "", c.EmailKey != ""
	l.count("resident.email", mail)
	l.count("resident.phone", phone)
	l.count("resident.reachable", mail || phone)
	l.count("preference.channel", c.Prefs["channel"] != "")
	m := Moment{DaysToMoveIn: -1, DaysToEnd: -1}
	if ahead {
		m.DaysToMoveIn = distance(l.today, lease.Begins())
	} else if !lease.MonthToMonth && lease.MoveOut == 0 {
		m.DaysToEnd = distance(l.today, lease.Ends())
	}
	q, missing := Ask(c, m)
	if !missing {
		return
	}
	on := hearth.Day(0)
	code := "unreachable"
	switch {
	case !phone && !mail:
	case m.DaysToMoveIn >= 0:
		code, on = "move_in_without_"+q.Fact, lease.Begins()
	default:
		code, on = "renewal_without_channel", lease.Ends()
	}
	f := l.find(code, "resident", string(c.ID), c.Name(), on, "%s", sentence(q.Fact, m, c))
	f.Fact, f.Ask = q.Fact, q.Question
}

func sentence(fact string, m Moment, c record.Contact) string {
	switch {
	case c.PhoneKey == "" && c.EmailKey == "":
		who := "somebody who lives here"
		if c.Primary {
			who = "who speaks for the home"
		}
		return "Neither telephone number nor e-mail address is on record of " + who + "."
	case m.DaysToMoveIn >= 0 && m.DaysToMoveIn <= moveInClose:
		return fmt.Sprintf("They move in %s, and no %s is on record. It is time to ask.", ahead(m.DaysToMoveIn), fact)
	case m.DaysToMoveIn >= 0:
		return fmt.Sprintf("They move in %s, and no %s is on record.", ahead(m.DaysToMoveIn), fact)
	}
	return fmt.Sprintf("The term ends %s, and how they like to be reached is not on record.", ahead(m.DaysToEnd))
}

// present gives the lease that a person lives under, else the one to come; ahead tells which.
func (l *look) present(c record.Contact, leases []record.Lease) (lease *record.Lease, ahead bool) {
	for i := range leases {
		switch status := leases[i].On(l.today).Status; {
		case leases[i].Property != c.Property:
		case status == record.StatusCurrent:
			return &leases[i], false
		case (status == record.StatusFuture || status == record.StatusApproved) && lease == nil:
			lease, ahead = &leases[i], true
		}
	}
	return lease, ahead
}

// homes looks at leases, each once, and at who speaks for the homes.
func (l *look) homes(property hearth.PropertyID, ids []hearth.ResidentID, people map[hearth.ResidentID]record.Contact, leases map[hearth.HouseholdID][]record.Lease) {
	speaks := map[hearth.HouseholdID]bool{}
	seen := map[hearth.HouseholdID]bool{}
	for _, id := range ids {
		speaks[people[id].Household] = speaks[people[id].Household] || people[id].Primary
	}
	current := map[hearth.UnitID][]hearth.LeaseID{}
	for _, id := range ids {
		home := people[id].Household
		if seen[home] {
			continue
		}
		seen[home] = true
		for _, lease := range leases[home] {
			if lease.Property == property {
				l.lease(lease, speaks[home], current)
			}
		}
	}
	for _, unit := range sortedUnits(current) {
		if n := len(current[unit]); n > 1 {
			l.find("two_current_leases", "unit", string(unit), l.labels[unit], 0, "%d leases are current in this home at the same time. One of them has likely ended.", n)
		}
	}
}

func sortedUnits(m map[hearth.UnitID][]hearth.LeaseID) []hearth.UnitID {
	out := make([]hearth.UnitID, 0, len(m))
	for u := range m {
		out = append(out, u)
	}
	slices.Sort(out)
	return out
}

func (l *look) lease(lease record.Lease, speaks bool, current map[hearth.UnitID][]hearth.LeaseID) {
	status := lease.On(l.today).Status
	if status != record.StatusCurrent && status != record.StatusFuture {
		return
	}
	label, id := l.labels[lease.Unit], string(lease.ID)
	l.count("lease.start", lease.Begins() != 0)
	l.count("lease.end", lease.Ends() != 0 || lease.MonthToMonth)
	l.count("lease.rent", lease.RentCents > 0)
	l.count("household.speaker", speaks)
	if !speaks {
		l.find("nobody_speaks", "lease", id, label, 0, "Nobody is marked as speaking for this home, so messages to the household have no address.")
	}
	if status == record.StatusCurrent {
		current[lease.Unit] = append(current[lease.Unit], lease.ID)
		if lease.Ends() == 0 && !lease.MonthToMonth {
			l.find("no_end", "lease", id, label, 0, "The lease has no last day and is not marked as month to month.")
		}
	}
	for _, t := range lease.Terms {
		if t.Starts != 0 && t.Ends != 0 && t.Ends < t.Starts {
			l.find("end_before_start", "lease", id, label, 0, "A term ends on %s, before it starts on %s.", t.Ends, t.Starts)
		}
	}
	if lease.MoveOut != 0 && lease.MoveIn != 0 && lease.MoveOut < lease.MoveIn {
		l.find("out_before_in", "lease", id, label, 0, "The move-out on %s lies before the move-in on %s.", lease.MoveOut, lease.MoveIn)
	}
}
