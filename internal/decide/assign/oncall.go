package assign

import (
	"fmt"
	"time"

	"hearth"
	"hearth/internal/fact/record"
)

// urgent gives what cannot wait to somebody of the role who is on duty now, however full their day is; else to whoever
// is on call; false when there is neither.
func (s *situation) urgent(a Ask) (Choice, bool) {
	var on []candidate
	today := hearth.DayOf(s.now, s.zone)
	for i := range s.team {
		m := &s.team[i]
		cal := CalendarOf(s.settings, m, s.zone)
		if m.Inactive || m.ID == a.Except || !m.HasRole(a.Property, a.Role) || !cal.Open(s.now) {
			continue
		}
		on = append(on, candidate{staff: m, day: today, due: a.Due, given: s.load[today][m.ID], minutes: s.capacity(m, cal, today)})
	}
	if best, ok := least(on, a.Minutes); ok {
		return Choice{Staff: best.staff.ID, Name: best.staff.Name, Due: a.Due, Notify: s.now, Over: !best.fits(a.Minutes),
			Reason: fmt.Sprintf("Urgent: %s is on duty as %s now, with %d of %d minutes given.", best.staff.Name, roleName(a.Role), best.given, best.minutes)}, true
	}
	m, instead := s.onCall(s.now, a.Except)
	if m == nil {
		return Choice{}, false
	}
	c := Choice{Staff: m.ID, Name: m.Name, Due: a.Due, Notify: s.now,
		Reason: fmt.Sprintf("Urgent, and no %s is on duty now: %s is on call.", roleName(a.Role), m.Name)}
	if instead != nil {
		c.Reason = fmt.Sprintf("Urgent, and no %s is on duty now: %s stands in for %s, who is on call and away.", roleName(a.Role), m.Name, instead.Name)
	}
	return c, true
}

// onCall gives who is on call at t: a single day's rota goes before the week's. For somebody who is away their backup
// stands in; instead is then whom they stand in for.
func (s *situation) onCall(t time.Time, except hearth.StaffID) (m, instead *record.Staff) {
	dated := false
	for _, o := range s.rota { // single days come first
		if !o.Covers(t, s.zone) || dated && o.Day == 0 {
			continue
		}
		dated = dated || o.Day != 0
		who := s.member(o.Staff)
		if who == nil || who.Inactive {
			continue
		}
		if !awayAt(who, t, s.zone) {
			if who.ID != except {
				return who, nil
			}
			continue
		}
		if b := s.member(who.Backup); b != nil && !b.Inactive && b.ID != except && !awayAt(b, t, s.zone) {
			return b, who
		}
	}
	return nil, nil
}

// awayAt tells whether somebody is on leave at t, whatever their hours.
func awayAt(m *record.Staff, t time.Time, zone *time.Location) bool {
	for _, a := range m.Absences {
		if from, to := a.Span(zone); !t.Before(from) && t.Before(to) {
			return true
		}
	}
	return false
}
