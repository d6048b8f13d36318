package line

import (
	"strings"

	"hearth"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/value"
)

// staff reads a row of a list of the team.
func (r *reading) staff() {
	s := &Staff{}
	all := r.people()
	if len(all) == 0 {
		r.problem("The row names nobody. Fill in the name, or delete the row.")
		return
	}
	s.Person = all[0]
	s.Person.ID, s.Person.Role = r.get(column.StaffID), ""
	title := r.get(column.StaffRole)
	s.Roles = roles(title)
	if title != "" && len(s.Roles) == 0 {
		r.problem("%q is no role that is known here. Use one such as property manager, assistant manager, leasing, maintenance supervisor, technician or service coordinator.", title)
		return
	}
	s.Minutes = int(r.number(column.MinutesADay))
	if v := strings.ToLower(r.get(column.StaffActive)); v != "" {
		if yes, ok := value.Bool(v); ok {
			s.Left = !yes
		} else {
			s.Left = strings.Contains(v, "terminat") || strings.Contains(v, "former") || strings.Contains(v, "left")
		}
	}
	s.Hours, s.Away = r.hours(), r.away()
	s.Backup, s.Supervisor, s.OnCall = r.get(column.StaffBackup), r.get(column.StaffChief), r.onCall()
	r.line.Staff = s
	r.line.What = s.Person.Name()
	if r.line.Key = keyOf("staff", value.NameKey(value.Person{First: s.Person.First, Last: s.Person.Last})); s.Person.ID != "" {
		r.line.Key = keyOf("staff", "id", s.Person.ID)
	}
}

// roles reads a job title. Several may be joined with a comma, a slash or "and".
func roles(title string) []hearth.Role {
	var out []hearth.Role
	seen := map[hearth.Role]bool{}
	for _, part := range strings.FieldsFunc(strings.ReplaceAll(strings.ToLower(title), " and ", ","), func(r rune) bool { return r == ',' || r == '/' || r == ';' || r == '+' || r == '&' }) {
		if role := role(strings.TrimSpace(part)); role != "" && !seen[role] {
			seen[role] = true
			out = append(out, role)
		}
	}
	return out
}

func role(title string) hearth.Role {
	if exact := hearth.Role(strings.ReplaceAll(title, " ", "_")); exact.Valid() {
		return exact
	}
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(title, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("maintenance", "service", "facilit") && has("supervisor", "manager", "director", "lead", "chief"):
		return hearth.RoleSupervisor
	case has("technician", "maintenance", "tech", "porter", "engineer", "groundskeeper", "handyman", "custodian", "janitor"):
		return hearth.RoleTechnician
	case has("coordinator", "case manager", "resident services", "social"):
		return hearth.RoleCoordinator
	case has("regional", "area manager", "portfolio", "district"):
		return hearth.RoleRegional
	case has("leasing", "resident experience", "concierge", "front desk", "reception", "sales"):
		return hearth.RoleLeasing
	case has("assistant", "bookkeeper"):
		return hearth.RoleAssistant
	case has("administrator", "system admin", "it ") || title == "it" || title == "admin":
		return hearth.RoleAdmin
	case has("auditor", "compliance"):
		return hearth.RoleAuditor
	case has("manager", "director"):
		return hearth.RoleManager
	}
	return ""
}

// clockMinutes reads "9", "9:00", "9:30 AM", "1630" into minutes after midnight; -1 if it is none.
func clockMinutes(s string) int {
	s = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(s), ".", ""))
	pm, am := strings.HasSuffix(s, "pm") || strings.HasSuffix(s, "p"), strings.HasSuffix(s, "am") || strings.HasSuffix(s, "a")
	s = strings.TrimSpace(strings.TrimRight(s, "apm "))
	h, m, _ := strings.Cut(s, ":")
	if m == "" && len(h) == 4 {
		h, m = h[:2], h[2:]
	}
	m, _, _ = strings.Cut(m, ":")
	hour, ok := small(h)
	minute, ok2 := small(m)
	if !ok || (m != "" && !ok2) || hour > 24 || minute > 59 {
		return -1
	}
	switch {
	case pm && hour < 12:
		hour += 12
	case am && hour == 12:
		hour = 0
	}
	return hour*60 + minute
}

func small(s string) (int, bool) {
	if s == "" || len(s) > 2 {
		return 0, false
	}
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// weekdays reads "Mon-Fri", "Tue, Thu", "M-F", "weekdays", "daily".
func weekdays(s string) []int {
	s = strings.ToLower(strings.NewReplacer("–", "-", " to ", "-", " through ", "-").Replace(s))
	switch strings.TrimSpace(s) {
	case "":
		return nil
	case "weekdays", "m-f":
		return []int{1, 2, 3, 4, 5}
	case "daily", "every day", "all":
		return []int{0, 1, 2, 3, 4, 5, 6}
	}
	var out []int
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '/' || r == '+' || r == '&' || r == ' ' }) {
		a, b, span := strings.Cut(part, "-")
		from, ok := weekday(a)
		if !ok {
			continue
		}
		if !span {
			out = append(out, from)
			continue
		}
		to, ok := weekday(b)
		for d := from; ok; d = (d + 1) % 7 {
			out = append(out, d)
			if d == to {
				break
			}
		}
	}
	return out
}

func weekday(s string) (int, bool) {
	s = strings.TrimSpace(s)
	for i, w := range []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} {
		if strings.HasPrefix(s, w) || (s != "" && s == w[:min(len(s), 2)] && len(s) == 2) {
			return i, true
		}
	}
	return 0, false
}
