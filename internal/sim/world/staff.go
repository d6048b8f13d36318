package world

import (
	"fmt"
	"strings"

	"hearth"
)

// member is a staff member.
type member struct {
	ext, name, email, phone string
	roles                   []hearth.Role
	week                    string  // as the staff file writes it
	hours                   [7]span // by weekday, minutes after midnight; zero: off
	minutes                 int     // for tasks, a day
	absences                []absence
}

type span struct{ from, to int }

type absence struct{ from, to hearth.Day }

// hire draws the team: one in the office and one in maintenance per hundred units, at least one of each, and from a
// hundred units on a service coordinator (domain facts, staffing). Small communities share roles; large ones have an assistant
// manager for every 250 units and somebody who leads for every four in maintenance.
func (w *World) hire() {
	offices, trades := max(1, (w.cfg.Units+50)/100), max(1, (w.cfg.Units+50)/100)
	for i := range offices {
		roles := []hearth.Role{hearth.RoleLeasing}
		switch {
		case i == 0 && offices == 1:
			roles = []hearth.Role{hearth.RoleManager, hearth.RoleLeasing, hearth.RoleCoordinator}
		case i == 0:
			roles = []hearth.Role{hearth.RoleManager}
		case i == 1 && offices == 2:
			roles = []hearth.Role{hearth.RoleLeasing, hearth.RoleAssistant}
		case i <= max(1, (w.cfg.Units+125)/250):
			roles = []hearth.Role{hearth.RoleAssistant, hearth.RoleLeasing}
		}
		w.join(roles, i%2 == 1, 150)
	}
	for i := range trades {
		roles := []hearth.Role{hearth.RoleTechnician}
		if i%4 == 0 {
			roles = []hearth.Role{hearth.RoleSupervisor, hearth.RoleTechnician}
		}
		w.join(roles, i%2 == 1, 120)
	}
	if offices > 1 {
		w.join([]hearth.Role{hearth.RoleCoordinator}, false, 180)
	}
}

// join adds one person to the team. Who works on Saturdays is off on Mondays. Everybody takes two weeks off in each
// of the first three years, and a few days here and there.
func (w *World) join(roles []hearth.Role, saturdays bool, minutes int) {
	n := len(w.team) + 1
	r := stream(w.cfg.Seed, "staff", fmt.Sprint(n))
	given, family := pick(r, w.words.given), pick(r, w.words.family)
	m := &member{
		ext: fmt.Sprintf("S%03d", n), name: given + " " + family, roles: roles, minutes: minutes,
		week:  "Mon-Fri",
		email: w.address(given, family, "staff.example.com"), phone: w.phone(r.IntN(100), n),
	}
	for day := 1; day <= 5; day++ {
		m.hours[day] = span{9 * 60, 18 * 60}
	}
	if saturdays {
		m.hours[1], m.hours[6] = span{}, m.hours[2]
		m.week = "Tue-Sat"
	}
	for year := range 3 {
		from := w.cfg.Start + hearth.Day(year*365+between(r, 20, 330))
		m.absences = append(m.absences, absence{from, from + 13})
		sick := w.cfg.Start + hearth.Day(year*365+between(r, 5, 360))
		m.absences = append(m.absences, absence{sick, sick + hearth.Day(between(r, 0, 3))})
	}
	w.team = append(w.team, m)
}

// on tells whether the member works on day.
func (m *member) on(day hearth.Day) bool {
	if m.hours[day.Weekday()].to == 0 {
		return false
	}
	for _, a := range m.absences {
		if day >= a.from && day <= a.to {
			return false
		}
	}
	return true
}

func (m *member) has(role hearth.Role) bool {
	for _, r := range m.roles {
		if r == role {
			return true
		}
	}
	return false
}

// address makes an e-mail address at a domain that can never receive mail; nobody gets another's by accident.
func (w *World) address(given, family, domain string) string {
	local := strings.ToLower(given) + "." + strings.ToLower(strings.NewReplacer(" ", "", "'", "").Replace(family))
	w.addresses[local]++
	if n := w.addresses[local]; n > 1 {
		local = fmt.Sprintf("%s%d", local, n)
	}
	return local + "@" + domain
}

// phone makes a number in the range that is kept free for fiction, 555-0100 to 555-0199. A place has five area codes
// and so five hundred numbers; in a larger community people share them.
func (w *World) phone(last, n int) string {
	codes := w.place.areaCodes
	return fmt.Sprintf("(%s) 555-01%02d", codes[n%len(codes)], last)
}
