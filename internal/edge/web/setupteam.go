package web

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// memberLine is somebody in the list of the team.
type memberLine struct {
	ID             hearth.StaffID
	Name           string
	Roles, Words   string
	Away           string
	Gone, Current  bool
	Href, RoleHint string
}

// timed is something with its words and what takes it back.
type timed struct{ Words, From, FromTime, Role, Key string }

// openMember is the one who stands open beside the list; ID "" is somebody new.
type openMember struct {
	ID     hearth.StaffID
	Name   string
	Fields []ui.Input
	Gone   bool
	Roles  []timed
	Asked  []string // roles that wait for a second person
	Give   []ui.Option
	Hours  []dayHours
	Own    bool // has hours of their own
	Away   []timed
	Wrong  string
	Rights bool   // the viewer may take roles, and say whether they are still here
	Fixed  string // why the viewer gives no role here; "" where they do
}

// dayHours is the working time of a weekday as it is written.
type dayHours struct{ Name, Field, Value string }

// teamView is the page of the team, ready to be drawn.
type teamView struct {
	Lead   string
	Lines  []memberLine
	Open   *openMember
	OnCall []timed
	People []ui.Option
	Days   []ui.Option
}

func (q *request) setupTeam() (templ.Component, error) { return q.teamPage(nil, nil) }

// teamPage draws the team. told is what was written of somebody and is wrong.
func (q *request) teamPage(told *record.Staff, wrong error) (templ.Component, error) {
	if q.place.ID == "" {
		return nil, elsewhere{"/setup/property"}
	}
	var team []record.Staff
	var rota []record.OnCall
	var gives []ui.Option
	var asked []account.RoleAsk
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if team, err = q.web.Records.StaffAt(ctx, tx, q.place.ID); err != nil {
			return err
		}
		if rota, err = q.web.Records.OnCall(ctx, tx, q.place.ID); err != nil {
			return err
		}
		if gives, err = q.gives(ctx, tx); err != nil || q.web.People == nil {
			return err
		}
		asked, err = q.web.People.RoleAsks(ctx, tx, q.place.ID, q.now)
		return err
	})
	if err != nil {
		return nil, err
	}
	sort.SliceStable(team, func(i, j int) bool {
		return !team[i].Inactive && team[j].Inactive || team[i].Inactive == team[j].Inactive && strings.ToLower(team[i].Name) < strings.ToLower(team[j].Name)
	})
	open := hearth.StaffID(q.URL.Query().Get("open"))
	if told != nil {
		open = told.ID
	}
	v := teamView{Lead: q.teamLead(team)}
	names := map[hearth.StaffID]string{}
	var chosen record.Staff
	for _, m := range team {
		names[m.ID] = m.Name
		if m.ID == open {
			chosen = m
		}
		v.Lines = append(v.Lines, q.memberLine(m, open))
		if !m.Inactive {
			v.People = append(v.People, ui.Option{Value: string(m.ID), Name: m.Name})
		}
	}
	if told != nil {
		chosen.ID, chosen.Name, chosen.Email, chosen.Phone, chosen.MinutesADay, chosen.Backup, chosen.Supervisor = told.ID, told.Name, told.Email, told.Phone, told.MinutesADay, told.Backup, told.Supervisor
	}
	v.Open = q.openMember(chosen, team, gives)
	for _, a := range asked {
		if a.Staff == chosen.ID && a.Waits(q.now) {
			v.Open.Asked = append(v.Open.Asked, capital(roleWords(a.Role.Role)))
		}
	}
	if wrong != nil {
		markWrong(v.Open.Fields, wrong)
	}
	for i, o := range rota {
		v.OnCall = append(v.OnCall, timed{Words: onCallWords(o, names), Key: strconv.Itoa(i) + "/" + onCallKey(o)})
	}
	v.Days = weekdays()
	return setupTeamPage(q.frame("Team", "/setup"), v), nil
}

func (q *request) teamLead(team []record.Staff) string {
	n := 0
	for _, m := range team {
		if !m.Inactive {
			n++
		}
	}
	if n == 0 {
		return "Nobody works here yet. Tasks need somebody: add at least the manager, and who does repairs."
	}
	return count(n, "person works here", "people work here")
}

func (q *request) memberLine(m record.Staff, open hearth.StaffID) memberLine {
	l := memberLine{ID: m.ID, Name: m.Name, Gone: m.Inactive, Current: m.ID == open && open != "", Href: "/setup/team?open=" + string(m.ID)}
	var roles []string
	for _, r := range m.Roles {
		if r.Property == q.place.ID {
			roles = append(roles, roleWords(r.Role))
		}
	}
	l.Roles = capital(strings.Join(roles, ", "))
	l.Words = fmt.Sprintf("%d min a day for tasks", m.MinutesADay)
	if m.Inactive {
		l.Words = "has left"
	}
	today := hearth.DayOf(q.now, q.zone)
	if why, away := m.Away(today); away {
		l.Away = "away today"
		if why != "" {
			l.Away += ": " + why
		}
	}
	return l
}

// openMember makes the panel of one, who may be new.
func (q *request) openMember(m record.Staff, team []record.Staff, gives []ui.Option) *openMember {
	o := &openMember{ID: m.ID, Name: m.Name, Gone: m.Inactive, Own: len(m.Hours) > 0}
	others := []ui.Option{{Value: "", Name: "Nobody"}}
	for _, x := range team {
		if x.ID != m.ID && !x.Inactive {
			others = append(others, ui.Option{Value: string(x.ID), Name: x.Name})
		}
	}
	minutes := strconv.Itoa(record.DefaultMinutesADay)
	if m.MinutesADay > 0 {
		minutes = strconv.Itoa(m.MinutesADay)
	}
	o.Fields = []ui.Input{
		{Name: "name", Label: "Name", Value: m.Name, Required: true, Max: 200},
		{Name: "email", Label: "E-mail", Value: m.Email, Kind: "email", Optional: true, Max: 254},
		{Name: "phone", Label: "Telephone", Value: m.Phone, Kind: "tel", Optional: true, Max: 40},
		{Name: "minutes", Label: "Minutes for tasks on a working day", Value: minutes, Kind: "number", Min: "0", Hint: "Hearth gives nobody more than they have."},
	}
	have := map[hearth.Role]bool{}
	for _, r := range m.Roles {
		if r.Property == q.place.ID {
			have[r.Role] = true
			o.Roles = append(o.Roles, timed{Words: capital(roleWords(r.Role)), Role: string(r.Role)})
		}
	}
	o.Rights = q.acc.May(account.RolesWrite, q.place.ID) && (m.ID != q.acc.Staff || m.ID == "")
	for _, r := range gives {
		if !have[hearth.Role(r.Value)] && o.Rights {
			o.Give = append(o.Give, r)
		}
	}
	o.Fixed = q.fixed(o)
	if m.ID == "" {
		o.Fields = append(o.Fields, ui.Input{Name: "role", Label: "Role", Options: o.Give})
		return o
	}
	if len(others) > 1 {
		o.Fields = append(o.Fields, ui.Input{Name: "backup", Label: "Stands in for them", Value: string(m.Backup), Options: others, Hint: "Gets what can't wait while they are away."},
			ui.Input{Name: "supervisor", Label: "Hears of what stays too much for them", Value: string(m.Supervisor), Options: others})
	}
	o.Hours = weekHours(m.Hours)
	today := hearth.DayOf(q.now, q.zone)
	for _, a := range m.Absences {
		if a.To >= today {
			t := timed{Words: absenceWords(a), From: a.From.String()}
			if !a.Whole() {
				t.FromTime = clockWord(a.FromMin)
			}
			o.Away = append(o.Away, t)
		}
	}
	return o
}

// gives lists the roles that the viewer may give here, and those that they may ask for.
func (q *request) gives(ctx context.Context, tx *db.Tx) (out []ui.Option, err error) {
	fresh := false
	if q.web.People != nil && q.acc.May(account.RolesWrite, q.place.ID) {
		if fresh, err = q.web.People.NewAt(ctx, tx, q.place.ID); err != nil {
			return nil, err
		}
	}
	for _, r := range hearth.Roles() {
		switch {
		case fresh || q.acc.MayGive(r, q.place.ID):
			out = append(out, ui.Option{Value: string(r), Name: capital(roleWords(r))})
		case q.web.People != nil && q.acc.MayAsk(r, q.place.ID):
			out = append(out, ui.Option{Value: string(r), Name: capital(roleWords(r)) + ", once a second person says yes"})
		}
	}
	return out, nil
}

// fixed says why the viewer gives no role to who is open.
func (q *request) fixed(o *openMember) string {
	switch {
	case len(o.Give) > 0:
		return ""
	case o.ID != "" && o.ID == q.acc.Staff:
		return "Nobody changes their own rights. Ask somebody else who gives roles here."
	case o.Rights:
		return "They have every role that you give here. Other roles are for the administrator or the regional."
	}
	return "Roles are given by the manager, the administrator or the regional."
}

func clockWord(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

func absenceWords(a record.Absence) string {
	words := dayWords(a.From)
	switch {
	case !a.Whole():
		words += " " + clockWord(a.FromMin) + "–" + clockWord(a.ToMin)
	case a.To > a.From:
		words += " to " + dayWords(a.To)
	}
	if a.Reason != "" {
		words += ", " + a.Reason
	}
	return words
}

// week gives the weekdays from Monday on.
func week() []time.Weekday {
	return []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}
}

func weekdays() []ui.Option {
	var out []ui.Option
	for _, d := range week() {
		out = append(out, ui.Option{Value: strconv.Itoa(int(d)), Name: "Every " + d.String()})
	}
	return out
}

// weekHours writes working hours by weekday: "09:00-12:00, 13:00-18:00".
func weekHours(all []record.Hours) []dayHours {
	var out []dayHours
	for _, d := range week() {
		var parts []string
		for _, h := range all {
			if h.Weekday == d {
				parts = append(parts, clockWord(h.From)+"-"+clockWord(h.To))
			}
		}
		out = append(out, dayHours{Name: d.String(), Field: "day" + strconv.Itoa(int(d)), Value: strings.Join(parts, ", ")})
	}
	return out
}

// hoursOf reads the hours of a week from the form.
func (q *request) hoursOf() ([]record.Hours, error) {
	var out []record.Hours
	for _, d := range week() {
		field := "day" + strconv.Itoa(int(d))
		for part := range strings.SplitSeq(q.field(field), ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			from, to, ok := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
			a, errA := minuteOf(from)
			b, errB := minuteOf(to)
			if !ok || errA != nil || errB != nil {
				return nil, hearth.FieldErrorf(field, "%q is not a stretch of time on %s, such as 09:00-18:00.", part, d)
			}
			out = append(out, record.Hours{Weekday: d, From: a, To: b})
		}
	}
	return out, nil
}

// minuteOf reads a time of day; 24:00 is the end of the day.
func minuteOf(s string) (int, error) {
	if s = strings.TrimSpace(s); s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, hearth.Errorf(hearth.CodeInvalid, "%q is not a time of day like 18:00.", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}

func onCallWords(o record.OnCall, names map[hearth.StaffID]string) string {
	who := names[o.Staff]
	if who == "" {
		who = "Somebody of another property"
	}
	day := "every " + o.Weekday.String()
	if o.Day != 0 {
		day = dayWords(o.Day)
	}
	to := clockWord(o.To % (24 * 60))
	if o.To > 24*60 {
		to += " of the next day"
	}
	return who + ", " + day + " from " + clockWord(o.From) + " to " + to
}

// onCallKey names a stretch by what it is.
func onCallKey(o record.OnCall) string {
	return fmt.Sprintf("%d.%d.%d.%d.%s", o.Day, o.Weekday, o.From, o.To, o.Staff)
}

// memberHere reads the member of the path, who must work at this property.
func (q *request) memberHere(ctx context.Context, tx *db.Tx) (record.Staff, error) {
	m, err := q.web.Records.Staff(ctx, tx, hearth.StaffID(q.PathValue("id")))
	if err != nil {
		return m, err
	}
	if !slices.ContainsFunc(m.Roles, func(r record.StaffRole) bool { return r.Property == q.place.ID }) {
		return m, hearth.Errorf(hearth.CodeNotFound, "Nobody like that works at %s.", q.place.Name)
	}
	return m, nil
}
