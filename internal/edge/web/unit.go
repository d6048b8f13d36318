package web

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// A home's page: who lives there, what whoever enters should know, what is open, and which repairs there were. It is made for somebody who
// stands at the door with a telephone; each part is there only for those who may see it.

// unitView is the page, ready to be drawn.
type unitView struct {
	ID, Label, Lead string
	Lives           []unitHome
	Coming, Past    []unitHome
	Enter           *unitEnter // nil: not for the viewer
	Open            []unitOpen
	Promises        []promiseRow
	Repairs         *unitRepairs // nil: not for the viewer
	Silence         string       // where it is asked why they got nothing; "" for those who see no messages
}

// unitHome is a household's time in the home.
type unitHome struct {
	Words  string
	People []unitPerson
}

type unitPerson struct {
	Name, Href string
	Care       bool // handle with care
}

// unitEnter is what is told to whoever enters.
type unitEnter struct{ Facts []ui.Fact }

// unitOpen is a task about somebody who lives there.
type unitOpen struct {
	Title, Href, Fine, Due string
	Late                   bool
}

// unitRepairs is the home's history of repairs.
type unitRepairs struct {
	Repeats []string
	Open    []repairLine
	Done    []repairLine
	More    int // how many older ones are not shown
}

// repairLine is one repair.
type repairLine struct {
	ID, What, Kind string
	Fine           string // when, by whom
	Done           string // what was done
	Chip           ui.Chip
	Photos         []shot
}

// unitFound is what the page is read into.
type unitFound struct {
	record.Unit
	building string
	stays    []record.Tenancy
	people   map[hearth.ResidentID]record.Contact // whoever stands on the page, as the viewer sees them
	living   []hearth.ResidentID                  // who lives there now
	names    map[hearth.StaffID]string
}

func (q *request) unitPage() (templ.Component, error) {
	var v unitView
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		u, err := q.findUnit(ctx, tx)
		if err != nil {
			return err
		}
		v.ID, v.Label, v.Lead = string(u.ID), u.Label, unitLead(u, q.place.Name)
		if err := q.unitPeople(ctx, tx, &v, u); err != nil {
			return err
		}
		tells, err := q.tellsSilence(ctx, tx, u.Property, u.living)
		if err != nil {
			return err
		}
		if tells && len(u.living) > 0 {
			v.Silence = unitHref(u.ID) + "/silence"
		}
		if v.Enter, err = q.unitEnter(ctx, tx, u); err != nil {
			return err
		}
		if v.Open, err = q.unitOpen(ctx, tx, u); err != nil {
			return err
		}
		if v.Promises, err = q.promisesOf(ctx, tx, &resident{person: u.living}); err != nil {
			return err
		}
		v.Repairs, err = q.unitRepairs(ctx, tx, u)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read a home's page: %w", err)
	}
	return unitPage(q.frame("Home "+v.Label, "/units"), v), nil
}

// findUnit reads the home that the address names. It fails with CodeNotFound, in the same words, for none and for one elsewhere.
func (q *request) findUnit(ctx context.Context, tx *db.Tx) (*unitFound, error) {
	one, err := q.web.Records.Unit(ctx, tx, hearth.UnitID(q.PathValue("id")))
	if hearth.CodeOf(err) == hearth.CodeNotFound || err == nil && !q.seesPlace(one.Property) {
		return nil, nothingHere()
	}
	if err != nil {
		return nil, err
	}
	u := &unitFound{Unit: one}
	all, err := q.web.Records.Buildings(ctx, tx, one.Property)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(b record.Building) bool { return b.ID == one.Building }); i >= 0 {
		u.building = all[i].Name
	}
	if u.stays, err = q.web.Records.Tenancies(ctx, tx, one); err != nil {
		return nil, err
	}
	var ids []hearth.ResidentID
	for _, t := range u.stays {
		for _, r := range t.People {
			if !r.Role.Addressable() {
				continue
			}
			ids = append(ids, r.ID)
			if t.Standing.Status == record.StatusCurrent {
				u.living = append(u.living, r.ID)
			}
		}
	}
	if u.people, err = q.contacts(ctx, tx, ids); err != nil {
		return nil, err
	}
	u.names, err = q.teamNames(ctx, tx)
	return u, err
}

func unitLead(u *unitFound, place string) string {
	var parts []string
	building := ""
	if u.building != "" {
		building = buildingWords(u.building)
	}
	for _, s := range []string{building, u.Address} {
		if s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	parts = append(parts, place)
	if u.Floor != "" {
		parts = append(parts, "floor "+u.Floor)
	}
	for _, s := range []string{u.Kind, roomsWords(u.Unit)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}

// unitPeople says who lives there, who comes, and, to those who see a home's history, who lived there.
func (q *request) unitPeople(ctx context.Context, tx *db.Tx, v *unitView, u *unitFound) error {
	past, err := q.historyOf(ctx, tx, u)
	if err != nil {
		return err
	}
	care := func(hearth.ResidentID) bool { return false }
	if q.web.Care != nil {
		now, err := q.web.Care.Now(ctx, tx)
		if err != nil {
			return err
		}
		care = func(id hearth.ResidentID) bool { _, ok := now.Situation(id, q.now); return ok }
	}
	today := hearth.DayOf(q.now, q.zone)
	for _, t := range u.stays {
		h := unitHome{Words: q.stayWords(t, today)}
		for _, r := range t.People {
			if c, ok := u.people[r.ID]; ok {
				p := unitPerson{Name: c.Name(), Href: "/residents/" + string(c.ID), Care: t.Standing.Status == record.StatusCurrent && care(c.ID)}
				if p.Name == "" {
					p.Name = "A resident without a name"
				}
				h.People = append(h.People, p)
			}
		}
		switch {
		case len(h.People) == 0:
		case t.Standing.Status == record.StatusCurrent:
			v.Lives = append(v.Lives, h)
		case t.Standing.Status == record.StatusFuture:
			v.Coming = append(v.Coming, h)
		case past != account.SeesNothing:
			v.Past = append(v.Past, h)
		}
	}
	return nil
}

// stayWords says how the lease stands.
func (q *request) stayWords(t record.Tenancy, today hearth.Day) string {
	if t.Standing.Status == record.StatusPast {
		from, to := t.Begins(), t.MoveOut
		switch {
		case from == 0 && to == 0:
			return "Lived here before"
		case from == 0:
			return "Until " + dayWords(to)
		case to == 0:
			return "From " + dayWords(from)
		}
		return dayWords(from) + " to " + dayWords(to)
	}
	r := &resident{Contact: record.Contact{Lease: t.ID, Standing: t.Standing}, lease: t.Lease}
	return capital(strings.Join(leaseWords(r, today), " · "))
}

// historyOf tells how much of the home's history the viewer sees at this moment: all, that there is something and of what kind, or nothing.
func (q *request) historyOf(ctx context.Context, tx *db.Tx, u *unitFound) (account.Sight, error) {
	if q.sees(account.FieldHistory, u.Property) == account.SeesSummary {
		return account.SeesSummary, nil
	}
	ok, err := q.withinAt(ctx, tx, account.FieldHistory, u.Property, u.living)
	if ok {
		return account.SeesAll, err
	}
	return account.SeesNothing, err
}

// unitEnter gives what residents told for those who enter, with who said it and when.
func (q *request) unitEnter(ctx context.Context, tx *db.Tx, u *unitFound) (*unitEnter, error) {
	ok, err := q.withinAt(ctx, tx, account.FieldEntry, u.Property, u.living)
	if err != nil || !ok || len(u.living) == 0 {
		return nil, err
	}
	prefs, err := q.web.Records.PersonPreferences(ctx, tx, u.living)
	if err != nil {
		return nil, err
	}
	e := &unitEnter{}
	for _, p := range prefs {
		switch p.Name {
		case "entry", "entry_permission", "access", "notice", "pets", "alarm", "mobility":
			e.Facts = append(e.Facts, ui.Fact{Name: factName(p.Name), Value: factValue(p.Name, p.Value), From: u.people[p.Resident].Called() + ": " + q.sourceWords(p, nil)})
		}
	}
	return e, nil
}

// unitOpen gives the tasks about those who live there, those of closed playbooks left out.
func (q *request) unitOpen(ctx context.Context, tx *db.Tx, u *unitFound) ([]unitOpen, error) {
	if len(u.living) == 0 || !q.may(rightRead) {
		return nil, nil
	}
	closed, err := q.closedPlaybooks(ctx, tx)
	if err != nil {
		return nil, err
	}
	list, _, err := q.web.Tasks.List(ctx, tx, task.Filter{Resident: u.living[0], Merged: u.living[1:]}, "", 20)
	if err != nil {
		return nil, err
	}
	var out []unitOpen
	for _, t := range list {
		if closed[t.Playbook] {
			continue
		}
		o := unitOpen{Title: t.Title, Href: "/?whose=all&open=" + string(t.ID), Due: dueWords(t.DueAt, q.now, q.zone), Late: t.DueAt.Before(q.now)}
		switch t.Owner {
		case "":
			o.Fine = "Nobody has it yet; it is for the " + roleWords(t.Role)
		case q.staff:
			o.Fine = "Yours"
		default:
			o.Fine = u.names[t.Owner] + " has it"
		}
		out = append(out, o)
	}
	return out, nil
}

const repairsShown = 40

// unitRepairs gives the repairs of the home, those that are open first, and what comes again and again.
func (q *request) unitRepairs(ctx context.Context, tx *db.Tx, u *unitFound) (*unitRepairs, error) {
	sight, err := q.historyOf(ctx, tx, u)
	if err != nil || sight == account.SeesNothing || q.web.Workorders == nil {
		return nil, err
	}
	orders, err := q.web.Workorders.History(ctx, tx, u.ID, "", 0)
	if err != nil {
		return nil, err
	}
	out := &unitRepairs{}
	for _, r := range workorder.Repeats(orders, q.now.AddDate(-1, 0, 0)) {
		out.Repeats = append(out.Repeats, q.repeatWords(r, sight))
	}
	if len(orders) > repairsShown {
		out.More, orders = len(orders)-repairsShown, orders[:repairsShown]
	}
	var photos map[hearth.WorkOrderID][]shot
	if sight == account.SeesAll {
		ids := make([]hearth.WorkOrderID, len(orders))
		for i, o := range orders {
			ids[i] = o.ID
		}
		if photos, err = q.shotsOf(ctx, tx, ids); err != nil {
			return nil, err
		}
	}
	for _, o := range orders {
		line := q.repairLine(o, u, sight)
		line.Photos = photos[o.ID]
		if o.State.Unfinished() {
			out.Open = append(out.Open, line)
		} else {
			out.Done = append(out.Done, line)
		}
	}
	return out, nil
}

// repairLine words one repair. Who sees but that there is something is told its kind and not the resident's words.
func (q *request) repairLine(o workorder.Order, u *unitFound, sight account.Sight) repairLine {
	l := repairLine{ID: string(o.ID), What: kindWords(o.Kind()), Kind: kindWords(o.Kind()), Chip: repairChip(o)}
	fine := []string{"asked " + page.When(o.Opened, q.now, q.zone)}
	if sight == account.SeesAll {
		if o.Description != "" {
			l.What = o.Description
		}
		l.Done = o.Resolution
		if c, ok := u.people[o.Resident]; ok {
			fine[0] += " by " + c.Called()
		}
	}
	switch {
	case o.State == workorder.Scheduled && !o.ScheduledFrom.IsZero():
		fine = append(fine, "appointment "+page.When(o.ScheduledFrom, q.now, q.zone))
	case !o.Completed.IsZero() && !o.State.Unfinished():
		fine = append(fine, "done "+page.When(o.Completed, q.now, q.zone))
	}
	if o.Reopened > 0 {
		fine = append(fine, "opened again "+timesWords(o.Reopened))
	}
	l.Fine = capital(strings.Join(fine, " · "))
	return l
}

// repairChip says where a repair stands.
func repairChip(o workorder.Order) ui.Chip {
	c := ui.Chip{Word: strings.ReplaceAll(string(o.State), "_", " ")}
	switch o.State {
	case workorder.Submitted, workorder.Triaged:
		c.Word, c.Shade = "not planned yet", ui.Today
	case workorder.Assigned, workorder.Scheduled:
		c.Word, c.Shade, c.Icon = "planned", ui.Today, "calendar"
	case workorder.EnRoute:
		c.Word, c.Shade = "on the way", ui.Today
	case workorder.InProgress:
		c.Shade = ui.Today
	case workorder.Waiting:
		c.Word, c.Shade, c.Icon = "waits", ui.Calm, "hourglass"
		if o.WaitingFor != "" {
			c.Word += " for " + plainWords(o.WaitingFor)
		}
	case workorder.Returned:
		c.Word, c.Shade = "came back", ui.Now
	case workorder.Complete, workorder.Confirmed:
		return ui.Chip{Word: "done", Shade: ui.Good, Icon: "check"}
	case workorder.Cancelled:
		return ui.Chip{Word: "called off"}
	}
	if workorder.Pressing(o.Priority) {
		c.Word, c.Shade, c.Icon = o.Priority+", "+c.Word, ui.Now, "circle-alert"
	}
	return c
}

// repeatWords says what comes again: "Dishwasher: 3 times since 4 May, last on 2 September; once it came back."
func (q *request) repeatWords(r workorder.Repeat, sight account.Sight) string {
	what := kindWords(r.Category)
	if r.Thing != "" && sight == account.SeesAll {
		what += ", mostly the " + r.Thing
	}
	s := fmt.Sprintf("%s: %s since %s, last on %s", what, timesWords(r.Times), q.dateWords(r.First), q.dateWords(r.Last))
	if r.Back > 0 {
		s += "; opened again " + timesWords(r.Back)
	}
	return s + "."
}

func timesWords(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return count(n, "time", "times")
}

// kindWords says a category as people do.
func kindWords(category string) string {
	if w, ok := map[string]string{workorder.HVAC: "Heating and cooling", workorder.Doors: "Doors and locks", workorder.Pest: "Pests", workorder.Lockout: "Locked out", workorder.LifeSafety: "Smoke and gas alarms",
		workorder.Structure: "Walls, floors and windows", workorder.General: "A repair", workorder.Appliance: "Appliances", "": "A repair"}[category]; ok {
		return w
	}
	return capital(plainWords(category))
}
