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
	// Best asks for whoever knows the resident before anybody of the role; Known says who does, best first.
	Best  bool
	Known []Known
	// Urgent does not wait for the next shift: outside working hours it goes to whoever is on call.
	Urgent bool
	// Light is what the task's lighter variant takes, in minutes, where it has one: 0 is a variant without a task.
	Light    int
	HasLight bool
	// Own leaves out who helps out: it is for the role's people to know, however full their days are (what climbs to them, notices,
	// what only they may read).
	Own bool
	// Stored says that the caller writes the task at once rather than with the rest of the round.
	Stored bool
}

// Known is a member of the team who knows the resident from personal contacts of the last year.
type Known struct {
	Staff hearth.StaffID
	Times int
	Last  hearth.Day
}

// Choice is the answer. Staff "" is the property's queue, or nobody where a lighter variant needs no one.
type Choice struct {
	Staff  hearth.StaffID
	Name   string
	Reason string // a sentence for the task and the decision
	Due    time.Time
	// Notify is when it may reach the owner: now if they are on duty, else the opening of their next shift.
	Notify time.Time
	Over   bool // whoever got it is past their minutes: capacity is exceeded
	Light  bool // the lighter variant is to be taken, because nobody had room for the whole
}

// comfortable is the share of a day's minutes up to which it is filled before other days within the slack are looked
// at: what comes unforeseen needs room too.
const comfortable = 0.8

// soon is how many business days past its due time a task is moved when nobody of its role is on duty before.
const soon = 1

// candidate is somebody who could do it on one day, and until when they would have.
type candidate struct {
	staff   *record.Staff
	day     hearth.Day
	due     time.Time
	given   int
	minutes int // what they have for tasks on the day
}

// share is the part of the day's minutes that is given away once the task is added.
func (c candidate) share(minutes int) float64 {
	return float64(c.given+minutes) / float64(max(c.minutes, 1))
}

func (c candidate) fits(minutes int) bool { return c.given+minutes <= c.minutes }

func (c candidate) left() int { return max(c.minutes-c.given, 0) }

// situation is all that the choice depends on, so that the rule itself needs no database.
type situation struct {
	name     string // the property's
	settings record.Settings
	zone     *time.Location
	now      time.Time
	team     []record.Staff
	rota     []record.OnCall
	load     map[hearth.Day]map[hearth.StaffID]int
}

// choose names an owner. The order is the capacity guard's: on the due day; else, or where that day is nearly full, the
// least loaded day within the slack; else an earlier day; else who stands in or helps out and has room; else the lighter
// variant; else the least loaded who is on duty, marked Over; else the opening of the next shift; else the queue.
func (s *situation) choose(a Ask) Choice {
	c := s.find(a)
	if c.Notify.IsZero() {
		c.Notify = s.notify(c.Staff)
	}
	return c
}

func (s *situation) find(a Ask) Choice {
	if a.Urgent {
		if c, ok := s.urgent(a); ok {
			return c
		}
	}
	about := ""
	if a.Best {
		c, why, ok := s.knows(a)
		if ok {
			return c
		}
		about = why
	}
	c, ok := s.room(a)
	if !ok {
		c, ok = s.helped(a)
	}
	if !ok && a.HasLight {
		c, ok = s.lighter(a)
	}
	if !ok {
		c = s.noRoom(a)
	}
	c.Reason = about + c.Reason
	if a.Urgent {
		c.Reason += " It is urgent, but nobody is on call now."
	}
	return c
}

// room looks for somebody of the role with the minutes left.
func (s *situation) room(a Ask) (Choice, bool) {
	day := hearth.DayOf(a.Due, s.zone)
	today := fitting(s.onTime(a, day, a.Due), a.Minutes)
	if best, ok := least(today, a.Minutes); ok && (a.Slack <= 0 || best.share(a.Minutes) <= comfortable) {
		return s.chosen(best, a, len(today)), true
	}
	last := a.Due.Add(a.Slack)
	all := today
	for d := day + 1; a.Slack > 0 && d <= hearth.DayOf(last, s.zone); d++ {
		all = append(all, fitting(s.onTime(a, d, last), a.Minutes)...)
	}
	if best, ok := least(all, a.Minutes); ok {
		c := s.chosen(best, a, len(all))
		if best.day != day {
			c.Reason = fmt.Sprintf("%s, on %s instead of %s: %s.", best.staff.Name, dayName(best.day), dayName(day), s.fuller(today, a))
		}
		return c, true
	}
	return s.earlier(a, day)
}

// fuller says why the due day was not taken.
func (s *situation) fuller(today []candidate, a Ask) string {
	if len(today) > 0 {
		return "that day is less full"
	}
	return fmt.Sprintf("nobody had %d minutes left before", a.Minutes)
}

// earlier looks for room before the due day, from tomorrow's side back to today.
func (s *situation) earlier(a Ask, day hearth.Day) (Choice, bool) {
	if s.now.IsZero() {
		return Choice{}, false
	}
	for d := day - 1; d >= hearth.DayOf(s.now, s.zone); d-- {
		on := fitting(s.onTime(a, d, a.Due), a.Minutes)
		if best, ok := least(on, a.Minutes); ok {
			c := s.chosen(best, a, len(on))
			c.Reason = fmt.Sprintf("%s does it on %s already: %s.", best.staff.Name, dayName(d), s.fullOn(a, day))
			return c, true
		}
	}
	return Choice{}, false
}

// fullOn says why nothing is given out on a day.
func (s *situation) fullOn(a Ask, day hearth.Day) string {
	if len(s.onTime(a, day, a.Due)) == 0 {
		return "nobody works on " + dayName(day)
	}
	return fmt.Sprintf("nobody has %d minutes left on %s", a.Minutes, dayName(day))
}

// Helpers says which role may do the work of another when its people have no room. Assistant managers may do all that a
// task can ask of a manager, and there is one manager however many homes there are.
func Helpers(r hearth.Role) (hearth.Role, bool) {
	return hearth.RoleAssistant, r == hearth.RoleManager
}

// helped gives the task to the backup of those who are away, else to whoever helps out, if they have room.
func (s *situation) helped(a Ask) (Choice, bool) {
	day := hearth.DayOf(a.Due, s.zone)
	on, why := s.onDuty(a, day)
	if len(on) == 0 {
		if c, ok := s.standIn(a, day, why); ok {
			return c, true
		}
	}
	role, ok := Helpers(a.Role)
	if !ok || a.Own {
		return Choice{}, false
	}
	if len(on) > 0 {
		why = fmt.Sprintf("no %s has %d minutes left by then", roleName(a.Role), a.Minutes)
	}
	a.Role = role
	c, ok := s.room(a)
	if !ok {
		return Choice{}, false
	}
	c.Reason = fmt.Sprintf("%s, who helps out: %s. %s", c.Name, why, c.Reason)
	return c, true
}

// lighter looks for room for the lighter variant.
func (s *situation) lighter(a Ask) (Choice, bool) {
	if a.Light <= 0 {
		return Choice{Due: a.Due, Light: true, Reason: fmt.Sprintf("Nobody has the %d minutes by %s, so the lighter way is taken.", a.Minutes,
			dayName(hearth.DayOf(a.Due, s.zone)))}, true
	}
	whole := a.Minutes
	a.Minutes = a.Light
	c, ok := s.room(a)
	if ok {
		c.Light = true
		c.Reason += fmt.Sprintf(" The lighter variant of %d minutes, since nobody has %d left.", a.Light, whole)
	}
	return c, ok
}

// noRoom gives it to somebody past their minutes, moves it to the next shift where nobody is on duty before, or leaves
// it in the queue.
func (s *situation) noRoom(a Ask) Choice {
	day := hearth.DayOf(a.Due, s.zone)
	if on := s.onTime(a, day, a.Due); len(on) > 0 {
		best, _ := least(on, a.Minutes)
		return s.over(best, a)
	}
	_, why := s.onDuty(a, day)
	if c, ok := s.standIn(a, day, why); ok {
		return c
	}
	until := CalendarOf(s.settings, nil, s.zone).AddDays(a.Due, soon)
	for d := day; d <= hearth.DayOf(until, s.zone); d++ {
		on, _ := s.onDuty(a, d)
		best, ok := least(on, a.Minutes)
		if !ok {
			continue
		}
		if !best.fits(a.Minutes) {
			return s.over(best, a)
		}
		c := s.chosen(best, a, len(on))
		if why == "" {
			why = "nobody is on duty before"
		}
		c.Reason = fmt.Sprintf("%s, once on duty on %s: %s.", best.staff.Name, dayName(d), why)
		return c
	}
	if why == "" {
		why = fmt.Sprintf("no %s is on duty in time", roleName(a.Role))
	}
	return Choice{Due: a.Due, Reason: fmt.Sprintf("In the property's queue: %s.", why)}
}

// standIn gives a task of a role whose people are all away to the backup of one of them, who may have another role.
func (s *situation) standIn(a Ask, day hearth.Day, why string) (Choice, bool) {
	for i := range s.team {
		m := &s.team[i]
		if m.Inactive || m.ID == a.Except || !m.HasRole(a.Property, a.Role) || m.Backup == "" || m.Backup == a.Except {
			continue
		}
		if _, away := m.Away(day); !away {
			continue
		}
		c, ok := s.on(m.Backup, day, a.Due, a)
		if !ok || !c.fits(a.Minutes) {
			continue
		}
		out := s.chosen(c, a, 1)
		out.Reason = fmt.Sprintf("%s stands in for %s: %s.", c.staff.Name, m.Name, why)
		return out, true
	}
	return Choice{}, false
}

func (s *situation) over(best candidate, a Ask) Choice {
	c := s.chosen(best, a, 1)
	c.Over = true
	c.Reason = fmt.Sprintf("%s: least loaded %s on duty on %s, but past the %d minutes of that day.", best.staff.Name, roleName(a.Role),
		dayName(best.day), best.minutes)
	return c
}

// onTime gives who of the role can have done it on the day, and by last.
func (s *situation) onTime(a Ask, day hearth.Day, last time.Time) []candidate {
	all, _ := s.onDuty(a, day)
	out := all[:0]
	for _, c := range all {
		if !c.due.After(last) {
			out = append(out, c)
		}
	}
	return out
}

// onDuty gives who has the role and works on the day, and says in words why nobody does.
func (s *situation) onDuty(a Ask, day hearth.Day) (on []candidate, why string) {
	var away []string
	off := 0
	for i := range s.team {
		m := &s.team[i]
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
		c, ok := s.on(m.ID, day, a.Due, a)
		if !ok {
			off++
			continue
		}
		on = append(on, c)
	}
	switch {
	case len(on) > 0:
		return on, ""
	case len(away) > 0:
		sort.Strings(away)
		return nil, fmt.Sprintf("%s on %s", strings.Join(away, ", "), dayName(day))
	case off > 0:
		return nil, fmt.Sprintf("no %s works on %s", roleName(a.Role), dayName(day))
	case a.Except != "":
		return nil, fmt.Sprintf("no other %s works at this property", roleName(a.Role))
	}
	return nil, fmt.Sprintf("no %s works at this property", roleName(a.Role))
}

// on looks whether somebody of the team can do it on the day: their own working time, from now on, must hold its
// minutes. The due time keeps the asked time of day as far as their hours allow.
func (s *situation) on(id hearth.StaffID, day hearth.Day, due time.Time, a Ask) (candidate, bool) {
	m := s.member(id)
	if m == nil || m.Inactive {
		return candidate{}, false
	}
	cal := CalendarOf(s.settings, m, s.zone)
	spans := cal.spans(day)
	if len(spans) == 0 {
		return candidate{}, false
	}
	// A task longer than the day is begun with the day.
	first := cal.Add(latest(s.now, spans[0].from), min(time.Duration(a.Minutes)*time.Minute, length(spans)))
	if hearth.DayOf(first, s.zone) != day {
		return candidate{}, false
	}
	local := due.In(s.zone)
	at := cal.within(day, day.At(local.Hour()*60+local.Minute(), s.zone))
	if hearth.DayOf(due, s.zone) == day {
		at = cal.within(day, due)
	}
	return candidate{staff: m, day: day, due: latest(at, first).UTC(), given: s.load[day][id], minutes: s.capacity(m, cal, day)}, true
}

// capacity is what somebody has for tasks on a day: less on one of which they are away for a part.
func (s *situation) capacity(m *record.Staff, cal Calendar, day hearth.Day) int {
	return int(float64(m.MinutesADay)*cal.left(day) + 0.5)
}

func (s *situation) member(id hearth.StaffID) *record.Staff {
	for i := range s.team {
		if s.team[i].ID == id {
			return &s.team[i]
		}
	}
	return nil
}

// notify is when a task may reach its owner, or the queue's readers.
func (s *situation) notify(id hearth.StaffID) time.Time {
	at, ok := CalendarOf(s.settings, s.member(id), s.zone).Opening(s.now)
	if !ok {
		return s.now
	}
	return at
}

func fitting(all []candidate, minutes int) []candidate {
	var out []candidate
	for _, c := range all {
		if c.fits(minutes) {
			out = append(out, c)
		}
	}
	return out
}

// least picks the smallest share of the day; ties go to the earlier day, then to the id that comes first.
func least(all []candidate, minutes int) (candidate, bool) {
	best := -1
	for i, c := range all {
		if best < 0 {
			best = i
			continue
		}
		b := all[best]
		x, y := c.share(minutes), b.share(minutes)
		if x < y || x == y && (c.day < b.day || c.day == b.day && c.staff.ID < b.staff.ID) {
			best = i
		}
	}
	if best < 0 {
		return candidate{}, false
	}
	return all[best], true
}

func (s *situation) chosen(c candidate, a Ask, among int) Choice {
	reason := fmt.Sprintf("%s is the only %s on duty on %s.", c.staff.Name, roleName(a.Role), dayName(c.day))
	if among > 1 {
		reason = fmt.Sprintf("%s has the most room of %d on duty as %s on %s: %d of %d minutes given.", c.staff.Name, among,
			roleName(a.Role), dayName(c.day), c.given, c.minutes)
	}
	return Choice{Staff: c.staff.ID, Name: c.staff.Name, Reason: reason, Due: c.due}
}

func roleName(r hearth.Role) string { return strings.ReplaceAll(string(r), "_", " ") }

// dayName gives "Monday 2 March"; a reason is read with its own date.
func dayName(d hearth.Day) string { return d.Start(time.UTC).Format("Monday 2 January") }
