package assign

import (
	"fmt"
	"time"

	"hearth"
	"hearth/internal/fact/record"
)

// meets tells whether somebody with the role may own what was meant for whoever knows the resident: the people of the
// property whom residents deal with, and whoever has the asked role.
func meets(m *record.Staff, a Ask) bool {
	if m.HasRole(a.Property, a.Role) {
		return true
	}
	for _, r := range m.Roles {
		if r.Property != a.Property {
			continue
		}
		switch r.Role {
		case hearth.RoleManager, hearth.RoleAssistant, hearth.RoleLeasing, hearth.RoleSupervisor, hearth.RoleTechnician, hearth.RoleCoordinator:
			return true
		}
	}
	return false
}

// knows gives it to whoever knows the resident best and is on duty in time with room. why says in words why none of
// them can, for the choice that follows; "" when nobody knows the resident.
func (s *situation) knows(a Ask) (c Choice, why string, ok bool) {
	for _, k := range a.Known {
		m := s.member(k.Staff)
		if m == nil || m.Inactive || m.ID == a.Except || !meets(m, a) {
			continue
		}
		if best, ok := s.onOneDay(m.ID, a); ok {
			c := s.chosen(best, a, 1)
			c.Reason = fmt.Sprintf("%s has talked with them %s in the last year and has %d minutes left on %s.", m.Name, times(k.Times),
				best.left(), dayName(best.day))
			return c, "", true
		}
		if why == "" {
			why = fmt.Sprintf("%s knows them, but is not on duty with %d minutes left by %s. ", m.Name, a.Minutes, dayName(hearth.DayOf(a.Due.Add(a.Slack), s.zone)))
		}
	}
	return Choice{}, why, false
}

// onOneDay finds the day on which one person has room: the due day, else a later one within the slack, else an earlier.
func (s *situation) onOneDay(id hearth.StaffID, a Ask) (candidate, bool) {
	day, last := hearth.DayOf(a.Due, s.zone), a.Due.Add(a.Slack)
	try := func(d hearth.Day, by time.Time) (candidate, bool) {
		c, ok := s.on(id, d, a.Due, a)
		return c, ok && c.fits(a.Minutes) && !c.due.After(by)
	}
	if c, ok := try(day, a.Due); ok {
		return c, true
	}
	for d := day + 1; a.Slack > 0 && d <= hearth.DayOf(last, s.zone); d++ {
		if c, ok := try(d, last); ok {
			return c, true
		}
	}
	for d := day - 1; !s.now.IsZero() && d >= hearth.DayOf(s.now, s.zone); d-- {
		if c, ok := try(d, a.Due); ok {
			return c, true
		}
	}
	return candidate{}, false
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	case 3:
		return "three times"
	}
	return fmt.Sprintf("%d times", n)
}
