package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// The queue is the first page: what needs a person, in one order, each with why, until when and what to do.

// queueRoutes lists the first page and what can be done on it.
func (h *Web) queueRoutes() []route {
	return []route{
		{"GET /{$}", rightRead, h.show(rightRead, (*request).queue)},
		{"POST /tasks/chosen", rightTasks, h.do(rightTasks, (*request).settleChosen)},
		{"POST /tasks/chosen/undo", rightTasks, h.do(rightTasks, (*request).undoChosen)},
		{"POST /tasks/{id}/take", rightTasks, h.do(rightTasks, (*request).takeTask)},
		{"POST /tasks/{id}/done", rightTasks, h.do(rightTasks, (*request).doneTask)},
		{"POST /tasks/{id}/decline", rightTasks, h.do(rightTasks, (*request).declineTask)},
		{"POST /tasks/{id}/undone", rightTasks, h.do(rightTasks, (*request).undoneTask)},
		{"POST /tasks/{id}/snooze", rightTasks, h.do(rightTasks, (*request).snoozeTask)},
		{"POST /tasks/{id}/wake", rightTasks, h.do(rightTasks, (*request).wakeTask)},
		{"POST /tasks/{id}/putback", rightTasks, h.do(rightTasks, (*request).putBackTask)},
		{"POST /tasks/{id}/give", rightTasks, h.do(rightTasks, (*request).giveTask)},
		{"POST /tasks/{id}/look", rightTasks, h.show(rightTasks, (*request).lookAtTask)},
	}
}

// soonWithin is how near an end must be to need somebody now.
const soonWithin = 2 * time.Hour

// queueGroup is a part of the queue: now, today, waiting.
type queueGroup struct {
	Name string
	Rows []queueRow
}

// queueRow is one thing that needs somebody.
type queueRow struct {
	ID      hearth.TaskID
	Icon    string
	Shade   ui.Shade
	Who     string // the resident; the title where it is about nobody
	Home    string
	What    string // what is to be done; "" where it stands as Who
	Why     string // one sentence
	Fine    string // the owner, or whose queue, and the playbook: for whoever opens it
	Owner   string // who has it, where it is somebody else
	Free    bool   // nobody has it
	Has     string // who has it, in words
	Due     string
	DueNow  bool
	Href    string
	Current bool
	Pick    bool                // it can be chosen, to be settled together with others
	Picked  bool                // it is chosen
	Keeps   map[chosenDo]string // why an act on several leaves it out, "" where it can be done
	Stays   string              // why it was left out just now
	Act     rowAct              // the main action
	Wait    string              // why it can wait, on a day that holds more than there is time for
}

// openTask is the one that stands open beside the list.
type openTask struct {
	queueRow
	Title     string
	Facts     []ui.Fact
	History   []string
	Said      []string
	Notes     []string
	Checklist []string
	Asks      []ui.Input
	Draft     string
	Mine      bool
	Free      bool
	Resident  string // address of the resident's page
	Playbook  string
	Minutes   int
	Later     []ui.Option // until when it may sleep
	Others    []ui.Option // who could have it
	Sleeps    bool
	Fault     string // why what was told could not be kept
	Door      string // address of the home's page
	After     string // where it goes on when this one is settled: the next in the list, in the same view
	Photos    []shot // of what is open in the home
	Looks     bool   // the page tells that the viewer has it open
	Looking   looking
	Had       string // who had it when the page was drawn
}

// queueView is the first page, ready to be drawn.
type queueView struct {
	Title, Lead string
	Groups      []queueGroup
	Open        *openTask
	Whose       []ui.Link
	Empty       string // what an empty list says
	Next        string // what comes next when nothing needs anybody
	More        int    // how many are not shown
	Dock        *dockView
	Over        *overView
	Back        string // the list as it is looked at
}

const queueShown = 200

// queueData is what the first page is made of.
type queueData struct {
	tasks  []task.Task
	asides map[hearth.TaskID]task.Aside
	people map[hearth.ResidentID]record.Contact
	names  map[hearth.StaffID]string
	night  map[hearth.TaskID]bool           // reached their owner outside working hours
	closed map[hearth.PlaybookID]bool       // whose reason is told only to some, and not to who looks
	load   *assign.Forecast                 // nil: nobody knows
	leaves map[hearth.ResidentID]hearth.Day // when they move out, of those who said so
	told   map[hearth.ResidentID]time.Time  // when they last heard from us; nil for whoever may not know
	more   bool
}

func (q *request) queueData(whose string) (d queueData, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		list, next, err := q.web.Tasks.List(ctx, tx, task.Filter{Property: q.place.ID}, "", queueShown)
		if err != nil {
			return err
		}
		if q.web.Assign != nil && q.place.ID != "" {
			if d.load, err = q.web.Assign.Forecast(ctx, tx, q.place.ID, 1); err != nil {
				return err
			}
		}
		d.tasks, d.more = q.mineAmong(list, whose, d.offDuty(q.staff)), next != ""
		ids := make([]hearth.TaskID, len(d.tasks))
		for i, t := range d.tasks {
			ids[i] = t.ID
		}
		if d.asides, err = q.web.Tasks.Asides(ctx, tx, ids); err != nil {
			return err
		}
		staff, err := q.web.Records.AllStaff(ctx, tx)
		if err != nil {
			return err
		}
		d.names = map[hearth.StaffID]string{}
		for _, m := range staff {
			d.names[m.ID] = m.Name
		}
		d.night = q.atNight(d.tasks, staff)
		if d.people, err = q.contacts(ctx, tx, residentsOf(d.tasks)); err != nil {
			return err
		}
		traits, err := q.web.traits.Among(ctx, tx)
		if err != nil {
			return err
		}
		d.closed = map[hearth.PlaybookID]bool{}
		for id, t := range traits {
			d.closed[id] = t.Closed || q.closes(t, q.place.ID)
		}
		if d.leaves, err = q.leaving(ctx, tx, residentsOf(d.tasks)); err != nil {
			return err
		}
		d.told, err = q.lastTold(ctx, tx, residentsOf(d.tasks))
		return err
	})
	if err != nil {
		err = fmt.Errorf("read the queue: %w", err)
	}
	return d, err
}

func (q *request) queue() (templ.Component, error) {
	if err := q.setupFirst(); err != nil {
		return nil, err
	}
	whose := q.URL.Query().Get("whose")
	if whose == "" && q.staff != "" && !q.hasRole(hearth.RoleManager, hearth.RoleAssistant, hearth.RoleSupervisor, hearth.RoleRegional) {
		whose = "mine"
	}
	d, err := q.queueData(whose)
	if err != nil {
		return nil, err
	}
	v := queueView{Title: greeting(q.now.In(q.zone)) + firstOf(q.name), Whose: q.whoseLinks(whose), Empty: "Nothing needs you"}
	if len(q.asked) > 0 { // it stands above, and is not of the list
		v.Empty = "Nothing else needs you"
	}
	v.Dock, v.Back = q.dock(whose, d), queueHref(whose, nil)
	over := q.overDay(d, whose)
	v.Over = over
	groups := []queueGroup{{Name: "Now"}, {Name: "Today"}, {Name: "Waiting"}}
	for _, t := range d.tasks {
		a, put := d.asides[t.ID]
		if put && a.Kind == task.Closing {
			continue // somebody has just said that it is done
		}
		r := q.queueRow(t, d, whose)
		at := q.groupOf(t, a)
		if d.night[t.ID] && a.Kind != task.Asleep {
			at = 0
		}
		r.Shade = []ui.Shade{ui.Now, ui.Today, ui.Calm}[at]
		r.DueNow = at == 0
		if put {
			r.aside(a, q)
		}
		r.Act = q.rowAct(t, a, r)
		r.pickable(q, t, a, d.names)
		r.Wait = over.why(t.ID)
		groups[at].Rows = append(groups[at].Rows, r)
	}
	for _, g := range groups {
		if len(g.Rows) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	v.choose(hearth.TaskID(q.URL.Query().Get("open")))
	for _, t := range d.tasks {
		if v.Open != nil && t.ID == v.Open.ID {
			if t, err = q.narrowTask(t, d.people[t.Resident]); err != nil {
				return nil, err
			}
			q.openTask(v.Open, t, d)
			if err := q.taskHome(v.Open, t, d); err != nil {
				return nil, fmt.Errorf("read the home of a task: %w", err)
			}
			if err := q.taskLooks(v.Open, t, d); err != nil {
				return nil, err
			}
		}
	}
	v.Lead = q.queueLead(len(groups[0].Rows)+len(q.asked), len(groups[1].Rows), len(groups[2].Rows))
	if d.more {
		v.More = queueShown
	}
	f := q.frame("Today", "/")
	f.Load = q.dayLoad(d, over)
	f.Help = append(f.Help, ui.Keys{Key: "e", Does: "Done"}, ui.Keys{Key: "a", Does: "I take it"}, ui.Keys{Key: "h", Does: "Later: until a time or an event"}, ui.Keys{Key: "g", Does: "Give it to somebody else"}, ui.Keys{Key: "r", Does: "Write to them"},
		ui.Keys{Key: "x", Does: "Choose the row, or not; e, h, a and g then act on all that are chosen"}, ui.Keys{Key: "Shift J", Does: "Choose the next row as well, Shift K the one before"}, ui.Keys{Key: "Esc", Does: "Choose none"}, ui.Keys{Key: "z", Does: "Undo"})
	return queuePage(f, v), nil
}

// choose opens the row that was asked for, else the first.
func (v *queueView) choose(id hearth.TaskID) {
	var rows []*queueRow
	at := 0
	for g := range v.Groups {
		for i := range v.Groups[g].Rows {
			r := &v.Groups[g].Rows[i]
			if r.ID == id {
				at = len(rows)
			}
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return
	}
	rows[at].Current = true
	v.Open = &openTask{queueRow: *rows[at]}
	switch {
	case at+1 < len(rows):
		v.Open.After = rows[at+1].Href
	case at > 0: // it was the last: the one before is the nearest
		v.Open.After = rows[at-1].Href
	default:
		v.Open.After = v.Open.Href
	}
}

// offDuty tells whether somebody is away or does not work on this day.
func (d queueData) offDuty(who hearth.StaffID) bool {
	if d.load == nil {
		return false
	}
	for _, p := range d.load.People {
		if p.Staff == who && len(p.Days) > 0 {
			return p.Days[0].Minutes == 0
		}
	}
	return false
}

// mineAmong keeps what the viewer asked for: all, one's own with what nobody has, or what nobody has. What waits for a role is not for those of
// the role who are off: nothing but their own reaches them, and what comes to whoever is on call is their own.
func (q *request) mineAmong(list []task.Task, whose string, off bool) []task.Task {
	var out []task.Task
	for _, t := range list {
		switch whose {
		case "mine":
			if t.Owner != q.staff && !(t.Owner == "" && !off && q.hasRole(t.Role)) {
				continue
			}
		case "nobody":
			if t.Owner != "" {
				continue
			}
		}
		if t.NotifyAt.After(q.now) && t.DueAt.After(q.now.Add(24*time.Hour)) && whose == "mine" {
			continue // it comes in the night and waits for the morning
		}
		out = append(out, t)
	}
	return out
}

func (q *request) whoseLinks(whose string) []ui.Link {
	links := []ui.Link{{Name: "Everybody's", Href: "/?whose=all", Here: whose == "" || whose == "all"}}
	if q.staff != "" {
		links = append(links, ui.Link{Name: "Mine", Href: "/?whose=mine", Here: whose == "mine"})
	}
	return append(links, ui.Link{Name: "Nobody's yet", Href: "/?whose=nobody", Here: whose == "nobody"})
}

// atNight finds what reached its owner at once though they were off: nothing but what is urgent does, and whoever is on call has to see it
// first. Its due time may lie on the next working day.
func (q *request) atNight(tasks []task.Task, staff []record.Staff) map[hearth.TaskID]bool {
	of := map[hearth.StaffID]*record.Staff{}
	for i := range staff {
		of[staff[i].ID] = &staff[i]
	}
	night := map[hearth.TaskID]bool{}
	for _, t := range tasks {
		owner := of[t.Owner]
		if owner == nil || t.State != task.Open || t.NotifyAt.IsZero() || !t.NotifyAt.Equal(t.Made) {
			continue // nobody's, taken by somebody, or put off to a shift
		}
		night[t.ID] = !assign.CalendarOf(q.place.Settings, owner, q.zone).Open(t.NotifyAt)
	}
	return night
}

// groupOf says where a task stands: 0 now, 1 today, 2 waiting.
func (q *request) groupOf(t task.Task, a task.Aside) int {
	switch {
	case a.Kind == task.Refused:
		return 0
	case a.Kind == task.Asleep:
		return 2
	case t.DueAt.Before(q.now.Add(soonWithin)) || t.Escalated > 0:
		return 0
	case hearth.DayOf(t.DueAt, q.zone) <= hearth.DayOf(q.now, q.zone):
		return 1
	}
	return 2
}

func (q *request) queueRow(t task.Task, d queueData, whose string) queueRow {
	r := queueRow{ID: t.ID, Icon: q.iconOfTask(t, d.closed[t.Playbook]), Who: t.Title, Why: q.reasonLine(t, d)}
	if c, ok := d.people[t.Resident]; ok && t.Resident != "" {
		r.Who, r.Home = c.Name(), c.UnitLabel
		r.What = t.Title
	}
	r.Due = dueWords(t.DueAt, q.now, q.zone)
	switch t.Owner {
	case "":
		r.Fine = "Nobody has it yet; it is for the " + roleWords(t.Role)
	case q.staff:
		r.Fine = "Yours"
	default:
		r.Fine, r.Owner = d.names[t.Owner]+" has it", d.names[t.Owner]
	}
	if t.State == task.Taken {
		r.Fine += ", and is at it"
	}
	r.Has, r.Free = r.Fine, t.Owner == ""
	if title := q.web.Titles[t.Playbook]; title != "" {
		r.Fine += " · " + title
	}
	v := url.Values{"open": {string(t.ID)}}
	if whose != "" {
		v.Set("whose", whose)
	}
	r.Href = "/?" + v.Encode()
	return r
}

func (q *request) openTask(o *openTask, t task.Task, d queueData) {
	o.Title, o.Why, o.Draft, o.Checklist, o.Minutes = t.Title, plainDays(t.Why), t.Draft, t.Checklist, t.Minutes
	o.Mine, o.Free = t.Owner == q.staff && q.staff != "", t.Owner == ""
	o.History, o.Said, o.Notes = t.Context.History, t.Context.Said, t.Context.Notes
	for _, f := range t.Context.Facts {
		o.Facts = append(o.Facts, ui.Fact{Name: capital(f.Name), Value: f.Value})
	}
	for _, a := range t.Asks {
		o.Asks = append(o.Asks, askInput(a))
	}
	if t.Resident != "" {
		o.Resident = "/residents/" + string(t.Resident)
	}
	o.Playbook = q.web.Titles[t.Playbook]
	o.Later = q.later(t)
	o.Others = q.others(t, d)
	if a, ok := d.asides[t.ID]; ok {
		o.Sleeps = a.Kind == task.Asleep
		o.Fault = a.Fault
		for i := range o.Asks {
			if v := a.Facts[strings.TrimPrefix(o.Asks[i].Name, "fact.")]; v != "" {
				o.Asks[i].Value = v
			}
		}
	}
}

// taskHome adds where it is to be done, and, where it is a repair, what residents took photos of.
func (q *request) taskHome(o *openTask, t task.Task, d queueData) error {
	c, ok := d.people[t.Resident]
	if !ok || c.Unit == "" || c.UnitLabel == "" || !q.may(account.ResidentsRead) {
		return nil
	}
	o.Door = unitHref(c.Unit)
	repair := t.Role == hearth.RoleTechnician || t.Role == hearth.RoleSupervisor || slices.Contains([]string{"wrench", "droplets", "refresh-cw", "hourglass"}, o.Icon)
	if !repair || q.web.Workorders == nil {
		return nil
	}
	return q.read(func(ctx context.Context, tx *db.Tx) error {
		ok, err := q.withinAt(ctx, tx, account.FieldHistory, c.Property, []hearth.ResidentID{c.ID})
		if err != nil || !ok {
			return err
		}
		orders, err := q.web.Workorders.History(ctx, tx, c.Unit, "", repairsShown)
		if err != nil {
			return err
		}
		var open []hearth.WorkOrderID
		for _, w := range orders {
			if w.State.Unfinished() {
				open = append(open, w.ID)
			}
		}
		photos, err := q.shotsOf(ctx, tx, open)
		for _, id := range open {
			o.Photos = append(o.Photos, photos[id]...)
		}
		return err
	})
}

// queueLead says in one sentence how the day stands.
func (q *request) queueLead(now, today, waiting int) string {
	day := q.now.In(q.zone).Format("Monday 2 January")
	switch {
	case now+today+waiting == 0:
		return day + " · nothing needs a person"
	case now+today == 0:
		return day + " · nothing is due today, " + count(waiting, "thing waits", "things wait")
	}
	return day + " · " + count(now+today, "thing needs a person", "things need a person") + ", " + count(waiting, "waits", "wait")
}

func greeting(t time.Time) string {
	switch h := t.Hour(); {
	case h < 5:
		return "Good night"
	case h < 12:
		return "Good morning"
	case h < 18:
		return "Good afternoon"
	}
	return "Good evening"
}

// firstOf is a name for a greeting, with the comma before it.
func firstOf(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	if first == "" {
		return ""
	}
	return ", " + first
}

// dueWords says until when: "3 h late", "due in 40 min", "before 17:00", "Tue 24 Nov".
func dueWords(due, now time.Time, zone *time.Location) string {
	switch left := due.Sub(now); {
	case due.IsZero():
		return ""
	case left < -48*time.Hour:
		return fmt.Sprintf("%d days late", int(-left/(24*time.Hour)))
	case left < -time.Hour:
		return fmt.Sprintf("%d h late", int(-left/time.Hour))
	case left < 0:
		return "late"
	case left < time.Hour:
		return fmt.Sprintf("due in %d min", max(1, int(left/time.Minute)))
	case left < soonWithin:
		return "due in " + fmt.Sprint(int(left/time.Hour)) + " h"
	case hearth.DayOf(due, zone) == hearth.DayOf(now, zone):
		return "before " + due.In(zone).Format("15:04")
	}
	return page.When(due, now, zone)
}

// residentsOf names everybody whom tasks are about, once each.
func residentsOf(tasks []task.Task) []hearth.ResidentID {
	seen := map[hearth.ResidentID]bool{"": true}
	var out []hearth.ResidentID
	for _, t := range tasks {
		if !seen[t.Resident] {
			seen[t.Resident] = true
			out = append(out, t.Resident)
		}
	}
	return out
}

// openWhy is why the open task is there; the row's sentence says its title as well.
func (o *openTask) openWhy() string { return o.Why }

func rowHere(here bool) templ.Attributes {
	if here {
		return templ.Attributes{"aria-current": "true"}
	}
	return nil
}
