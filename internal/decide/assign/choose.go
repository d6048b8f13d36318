package assign

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"hearth"
	"hearth/internal/fact/record"
)

// Ask is the wish for an owner.
type Ask struct {
	Property hearth.PropertyID
	Role     hearth.Role
	Resident hearth.ResidentID // whom it is about, "" for no one person
	Minutes  int
	Due      time.Time     // in business time already
	Slack    time.Duration // how much later than Due it may be done, where that finds somebody with room
	Except   hearth.StaffID
}

// Choice is the answer. Staff "" is the property's queue.
type Choice struct {
	Staff  hearth.StaffID
	Name   string
	Reason string // a sentence for the task and the decision
	Due    time.Time
	Over   bool // whoever got it is past their minutes: capacity is exceeded
}

// candidate is somebody with the role, on one day.
type candidate struct {
	staff record.Staff
	given int
}

// share is the part of the day's minutes that is given away once the task is added.
func (c candidate) share(minutes int) float64 {
	return float64(c.given+minutes) / float64(max(c.staff.MinutesADay, 1))
}

func (c candidate) fits(minutes int) bool { return c.given+minutes <= c.staff.MinutesADay }

// situation is all that the choice depends on, so that the rule itself needs no database.
type situation struct {
	settings record.Settings
	zone     *time.Location
	team     []record.Staff
	load     map[hearth.Day]map[hearth.StaffID]int
}

// choose picks the least loaded on duty on the due day; if nobody has room, a later day within the slack on which
// somebody has; else the least loaded on the due day all the same, marked Over; else the queue.
func (s situation) choose(a Ask) Choice {
	day := hearth.DayOf(a.Due, s.zone)
	on, why := s.onDuty(a, day)
	if best, ok := least(on, a.Minutes); ok && best.fits(a.Minutes) {
		return chosen(best, a, a.Due, day, len(on))
	}
	if later, ok := s.later(a, day); ok {
		return later
	}
	if best, ok := least(on, a.Minutes); ok {
		c := chosen(best, a, a.Due, day, len(on))
		c.Over = true
		c.Reason = fmt.Sprintf("%s: least loaded %s on duty on %s, but past the %d minutes of that day.", best.staff.Name, roleName(a.Role),
			day, best.staff.MinutesADay)
		return c
	}
	return Choice{Due: a.Due, Reason: fmt.Sprintf("In the property's queue: %s.", why)}
}

// later looks for room on the days of the slack.
func (s situation) later(a Ask, day hearth.Day) (Choice, bool) {
	last := a.Due.Add(a.Slack)
	for d := day + 1; a.Slack > 0 && d <= hearth.DayOf(last, s.zone); d++ {
		on, _ := s.onDuty(a, d)
		best, ok := least(on, a.Minutes)
		if !ok || !best.fits(a.Minutes) {
			continue
		}
		local := a.Due.In(s.zone)
		cal := CalendarOf(s.settings, &best.staff, s.zone)
		due := cal.within(d, d.At(local.Hour()*60+local.Minute(), s.zone)).UTC()
		if due.After(last) {
			continue
		}
		c := chosen(best, a, due, d, len(on))
		c.Reason = fmt.Sprintf("%s, on %s instead of %s: nobody had %d minutes left before.", best.staff.Name, d, day, a.Minutes)
		return c, true
	}
	return Choice{}, false
}

// onDuty gives who has the role and works on the day, and says in words why nobody does.
func (s situation) onDuty(a Ask, day hearth.Day) (on []candidate, why string) {
	var away []string
	off := 0
	for _, m := range s.team {
		if m.Inactive || m.ID == a.Except || !m.HasRole(a.Property, a.Role) {
			continue
		}
		if reason, is := m.Away(day); is {
			if reason == "" {
				reason = "away"
			}
			away = append(away, fmt.Sprintf("%s is %s", m.Name, strings.ToLower(reason)))
			continue
		}
		if !CalendarOf(s.settings, &m, s.zone).Works(day) {
			off++
			continue
		}
		on = append(on, candidate{staff: m, given: s.load[day][m.ID]})
	}
	switch {
	case len(on) > 0:
		return on, ""
	case len(away) > 0:
		sort.Strings(away)
		return nil, fmt.Sprintf("%s on %s", strings.Join(away, ", "), day)
	case off > 0:
		return nil, fmt.Sprintf("no %s works on %s", roleName(a.Role), day)
	case a.Except != "":
		return nil, fmt.Sprintf("no other %s works at this property", roleName(a.Role))
	}
	return nil, fmt.Sprintf("no %s works at this property", roleName(a.Role))
}

// least picks the smallest share of the day; ties go to the id that comes first.
func least(all []candidate, minutes int) (candidate, bool) {
	best := -1
	for i, c := range all {
		if best < 0 {
			best = i
			continue
		}
		a, b := c.share(minutes), all[best].share(minutes)
		if a < b || a == b && c.staff.ID < all[best].staff.ID {
			best = i
		}
	}
	if best < 0 {
		return candidate{}, false
	}
	return all[best], true
}

func chosen(c candidate, a Ask, due time.Time, day hearth.Day, among int) Choice {
	reason := fmt.Sprintf("%s is the only %s on duty on %s.", c.staff.Name, roleName(a.Role), day)
	if among > 1 {
		reason = fmt.Sprintf("%s has the most room of %d on duty as %s on %s: %d of %d minutes given.", c.staff.Name, among,
			roleName(a.Role), day, c.given, c.staff.MinutesADay)
	}
	return Choice{Staff: c.staff.ID, Name: c.staff.Name, Reason: reason, Due: due}
}

func roleName(r hearth.Role) string { return strings.ReplaceAll(string(r), "_", " ") }
