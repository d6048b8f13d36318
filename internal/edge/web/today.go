package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
	"hearth/internal/fact/care"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// How much of each the first page shows. It is a look, not an archive: the API has the rest.
const (
	shownTasks     = 15
	shownDecisions = 25
	shownMessages  = 15
	shownEvents    = 25
	shownParked    = 5
	countedTasks   = 200
)

// glance is what the first page is made of, as read.
type glance struct {
	now        time.Time
	properties []record.Property
	tasks      []task.Task // all that wait, up to countedTasks
	decisions  []decision.Decision
	messages   []message.Message
	events     []*hearth.Event
	people     map[hearth.ResidentID]record.Contact
	staff      map[hearth.StaffID]string
	parked     []Parked // the oldest of those that wait for their subject
	waiting    int      // how many of them there are
	running    int      // runs of playbooks under way
	switchedOn int      // playbooks
	titles     map[hearth.PlaybookID]string
	pauses     []care.Pause // in force
	proposed   Proposed
}

// happened is what came in, what was decided and why, in order.
func (q *request) happened() (templ.Component, error) {
	h, ctx := q.web, q.Context()
	var g glance
	err := h.DB.Read(ctx, func(tx *db.Tx) (err error) {
		g, err = h.glance(ctx, tx, q)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the first page: %w", err)
	}
	t := g.today()
	for _, n := range h.Notes {
		t.Notes = append(t.Notes, note{Text: n})
	}
	return happenedPage(q.frame("What happened", "/happened"), t), nil
}

func (h *Web) glance(ctx context.Context, tx *db.Tx, q *request) (g glance, err error) {
	g.now, g.titles = tx.Now(), h.Titles
	if g.properties, err = h.Records.Properties(ctx, tx); err != nil {
		return g, err
	}
	if g.tasks, _, err = h.Tasks.List(ctx, tx, task.Filter{Property: q.bound()}, "", countedTasks); err != nil {
		return g, err
	}
	if g.decisions, _, err = h.Decisions.List(ctx, tx, decision.Filter{Property: q.bound()}, "", shownDecisions); err != nil {
		return g, err
	}
	if g.messages, _, err = h.Messages.List(ctx, tx, message.Filter{Property: q.bound()}, "", shownMessages); err != nil {
		return g, err
	}
	if g.events, err = h.lately(ctx, tx, shownEvents); err != nil {
		return g, err
	}
	g.events = slices.DeleteFunc(g.events, func(ev *hearth.Event) bool { return eventlog.Closed(ev.Type) })
	h.narrow(&g, q)
	if g.people, err = q.contacts(ctx, tx, g.mentioned()); err != nil {
		return g, err
	}
	if q.all { // whose they are is not known
		if g.waiting, g.parked, err = h.Parked(ctx, tx, shownParked); err != nil {
			return g, err
		}
	}
	if h.Care != nil {
		n, err := h.Care.Now(ctx, tx)
		if err != nil {
			return g, err
		}
		g.pauses = slices.DeleteFunc(n.Pauses(g.now), func(p care.Pause) bool { return p.What == care.Property && !q.seesPlace(hearth.PropertyID(p.Target)) })
	}
	if h.Proposed != nil && q.all {
		if g.proposed, err = h.Proposed(ctx, tx); err != nil {
			return g, err
		}
	}
	if err = h.team(ctx, tx, &g); err != nil {
		return g, err
	}
	return g, h.playbooks(ctx, tx, &g, q)
}

// narrow takes out what is of properties that the viewer may not look at, and what residents wrote where only others read it.
func (h *Web) narrow(g *glance, q *request) {
	g.properties = slices.DeleteFunc(g.properties, func(p record.Property) bool { return !q.seesPlace(p.ID) })
	readable := map[hearth.PropertyID]bool{}
	for _, p := range g.properties {
		readable[p.ID] = q.readsAll(p.ID)
	}
	g.messages = slices.DeleteFunc(g.messages, func(m message.Message) bool { return !readable[m.Property] })
	g.events = slices.DeleteFunc(g.events, func(ev *hearth.Event) bool {
		if ev.Property == "" && !q.all || ev.Property != "" && !q.acc.May(account.HappenedRead, ev.Property) {
			return true
		}
		may := map[account.Field]bool{}
		for _, f := range []account.Field{account.FieldMessages, account.FieldHistory, account.FieldConsents, account.FieldArrears} {
			may[f] = q.sees(f, ev.Property) == account.SeesAll
		}
		return !q.seesEvent(ev.Type, may)
	})
	// What stands with a task or a decision is of what residents said and of what was done in their homes.
	for i, t := range g.tasks {
		if !readable[t.Property] {
			g.tasks[i].Context, g.tasks[i].Draft = task.Context{}, ""
		}
	}
	for i, d := range g.decisions {
		if !readable[d.Property] {
			g.decisions[i].Facts = nil
		}
	}
}

// bound gives the property that the viewer is bound to; "" for whoever looks at all.
func (q *request) bound() hearth.PropertyID {
	if q.all {
		return ""
	}
	return q.place.ID
}

func (h *Web) team(ctx context.Context, tx *db.Tx, g *glance) error {
	all, err := h.Records.AllStaff(ctx, tx)
	if err != nil {
		return err
	}
	g.staff = map[hearth.StaffID]string{}
	for _, m := range all {
		g.staff[m.ID] = m.Name
	}
	return nil
}

func (h *Web) playbooks(ctx context.Context, tx *db.Tx, g *glance, q *request) error {
	var err error
	if g.switchedOn, err = playbook.ActiveCount(ctx, tx); err != nil {
		return err
	}
	traits, err := h.traits.Among(ctx, tx)
	if err != nil {
		return err
	}
	for i, d := range g.decisions {
		if t := traits[d.Playbook]; t.Closed || q.closes(t, d.Property) {
			g.decisions[i].Reason, g.decisions[i].Facts, g.decisions[i].Playbook = playbook.ClosedWords, nil, ""
		}
	}
	counts, err := playbook.Counts(ctx, tx)
	for _, byState := range counts {
		g.running += byState[playbook.RunActive]
	}
	return err
}

// lately gives the newest n events of all partitions as they were learned, newest first.
func (h *Web) lately(ctx context.Context, tx *db.Tx, n int) ([]*hearth.Event, error) {
	heads, err := h.Log.Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	var out []*hearth.Event
	for part, head := range heads {
		events, err := h.Log.Read(ctx, tx, part, head-int64(n), n)
		if err != nil {
			return nil, err
		}
		out = append(out, events...)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if !a.Recorded.Equal(b.Recorded) {
			return a.Recorded.After(b.Recorded)
		}
		return a.Part < b.Part || a.Part == b.Part && a.Seq > b.Seq
	})
	return out[:min(n, len(out))], nil
}

// mentioned lists whom the page is about, each once.
func (g *glance) mentioned() []hearth.ResidentID {
	seen := map[hearth.ResidentID]bool{"": true}
	var out []hearth.ResidentID
	add := func(id hearth.ResidentID) {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	for _, t := range g.tasks[:min(len(g.tasks), shownTasks)] {
		add(t.Resident)
	}
	for _, d := range g.decisions {
		add(d.Resident)
	}
	for _, m := range g.messages {
		add(m.Resident)
	}
	for _, ev := range g.events {
		add(ev.Primary())
	}
	return out
}

// today puts what was read in words.
func (g *glance) today() today {
	t := today{Now: g.now, Lead: g.lead(), Figures: g.figures()}
	for _, p := range g.pauses {
		t.Notes = append(t.Notes, note{Now: true, Text: pausedNote(p, g)})
	}
	t.Notes = append(t.Notes, g.proposed.notes()...)
	for _, p := range g.properties {
		if !p.ZoneConfirmed {
			t.Notes = append(t.Notes, note{Now: true, Text: "The time zone of " + p.Name + ", " + p.Zone + ", is an assumption (" +
				strings.TrimPrefix(p.ZoneHow, "assumed: ") + "). Nothing real is sent there until an import with --zone says which it is."})
		}
	}
	for _, r := range g.tasks[:min(len(g.tasks), shownTasks)] {
		t.Tasks = append(t.Tasks, g.taskRow(r))
	}
	for _, d := range g.decisions {
		t.Decided = append(t.Decided, g.decisionRow(d))
	}
	for _, m := range g.messages {
		t.Messages = append(t.Messages, g.messageRow(m))
	}
	for _, ev := range g.events {
		t.CameIn = append(t.CameIn, g.eventRow(ev))
	}
	if t.Waiting = g.waiting; g.waiting > 0 {
		t.WaitingWords = count(g.waiting, "event came in about somebody or something", "events came in about somebody or something") +
			" that nobody knows yet. They are applied in their order when an import or an event tells of it."
	}
	for _, p := range g.parked {
		r := parkedRow{Subject: p.Subject, Since: g.when(p.Since, ""), What: capital(plainWords(string(p.Type))), Source: p.Source}
		if p.Refused {
			r.Mark = chip{Word: "refused", Shade: "now"}
		}
		t.Parked = append(t.Parked, r)
	}
	return t
}

func (g *glance) title() string {
	switch len(g.properties) {
	case 0:
		return "No community yet"
	case 1:
		return g.properties[0].Name
	}
	return strconv.Itoa(len(g.properties)) + " communities"
}

func (g *glance) lead() string {
	if len(g.properties) == 0 {
		return "No community is known yet. With its name, and a file of its units or its residents, Hearth begins."
	}
	zone := g.zone("")
	return g.now.In(zone).Format("Monday 2 January, 15:04") + " at " + g.title() + ". What came in, what was decided and why, and what waits for a person."
}

func (g *glance) figures() []figure {
	waiting := strconv.Itoa(len(g.tasks))
	if len(g.tasks) == countedTasks {
		waiting += "+"
	}
	late := 0
	for _, t := range g.tasks {
		if !t.DueAt.IsZero() && t.DueAt.Before(g.now) {
			late++
		}
	}
	return []figure{
		{waiting, means(len(g.tasks), "task waits for a person", "tasks wait for a person")},
		{strconv.Itoa(late), means(late, "of them is past its time", "of them are past their time")},
		{strconv.Itoa(g.running), means(g.running, "run of a playbook under way", "runs of playbooks under way")},
		{strconv.Itoa(g.switchedOn), means(g.switchedOn, "playbook switched on", "playbooks switched on")},
	}
}

// zone gives a property's zone; for none, or one that cannot be read, the first property's.
func (g *glance) zone(id hearth.PropertyID) *time.Location {
	i := slices.IndexFunc(g.properties, func(p record.Property) bool { return p.ID == id })
	if i < 0 && len(g.properties) > 0 {
		i = 0
	}
	if i < 0 {
		return time.UTC
	}
	zone, err := g.properties[i].Location()
	if err != nil {
		return time.UTC
	}
	return zone
}

func (g *glance) when(t time.Time, property hearth.PropertyID) string {
	return page.When(t, g.now, g.zone(property))
}

// person names a resident with their home; with several communities, also which.
func (g *glance) person(id hearth.ResidentID, property hearth.PropertyID) person {
	c, ok := g.people[id]
	var home []string
	if ok && c.UnitLabel != "" {
		home = append(home, "Home "+c.UnitLabel)
	}
	if len(g.properties) > 1 {
		for _, p := range g.properties {
			if p.ID == property {
				home = append(home, p.Name)
			}
		}
	}
	out := person{Home: strings.Join(home, ", ")}
	if ok {
		out.Name = c.Name()
	}
	return out
}

func (g *glance) taskRow(t task.Task) taskRow {
	r := taskRow{Title: t.Title, About: g.person(t.Resident, t.Property), Why: t.Why, Due: g.when(t.DueAt, t.Property), Draft: t.Draft}
	if name := g.staff[t.Owner]; name != "" {
		r.Owner = name + " has it."
	} else {
		r.Owner = "In the queue for: " + strings.ReplaceAll(string(t.Role), "_", " ") + "."
	}
	zone := g.zone(t.Property)
	switch {
	case t.DueAt.IsZero():
	case t.DueAt.Before(g.now):
		r.Late = chip{Word: "late", Shade: "now"}
	case hearth.DayOf(t.DueAt, zone) == hearth.DayOf(g.now, zone):
		r.Late = chip{Word: "today", Shade: "today"}
	}
	for _, f := range t.Context.Facts {
		r.Known = append(r.Known, fact{f.Name, f.Value})
	}
	for _, line := range t.Context.History {
		r.Known = append(r.Known, fact{"before", line})
	}
	for _, line := range t.Context.Said {
		r.Known = append(r.Known, fact{"told already", line})
	}
	for _, line := range t.Checklist {
		r.Known = append(r.Known, fact{"to do", line})
	}
	for _, q := range t.Asks {
		r.Known = append(r.Known, fact{"to bring back", q.Question})
	}
	return r
}

func (g *glance) decisionRow(d decision.Decision) decisionRow {
	r := decisionRow{At: g.when(d.At, d.Property), About: g.person(d.Resident, d.Property), Outcome: chipFor(d.Outcome), Reason: plainDays(d.Reason),
		Playbook: g.titles[d.Playbook]}
	if owner, ok := strings.CutPrefix(d.Outcome, "given to "); ok { // a name makes a chip that leaves the time no room
		r.Outcome, r.Reason = chip{Word: "given", Shade: "pine"}, strings.TrimSpace("Given to "+owner+". "+plainDays(d.Reason))
	}
	if r.Playbook == "" && d.Playbook != "" {
		r.Playbook = string(d.Playbook)
	}
	for _, f := range (decidedWords{g.now, g.zone(d.Property)}).facts(d.Facts) {
		r.Facts = append(r.Facts, fact{f.Name, f.Value})
	}
	return r
}

// inWords writes a fact's value for people.
func inWords(v any) string {
	switch v := v.(type) {
	case nil:
		return "not known"
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = inWords(v[i])
		}
		return strings.Join(parts, "; ")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func (g *glance) messageRow(m message.Message) messageRow {
	r := messageRow{At: g.when(m.At, m.Property), About: g.person(m.Resident, m.Property), Subject: m.Subject, State: chipFor(string(m.State)),
		Inbound: m.Direction == message.In, Reason: plainDays(m.Reason), Body: saidWords(&m), Class: string(m.Class)}
	if r.Subject == "" {
		r.Subject = short(r.Body, 80)
	}
	if r.Inbound {
		r.Class = ""
	}
	return r
}

func (g *glance) eventRow(ev *hearth.Event) eventRow {
	r := eventRow{At: g.when(ev.Time, ev.Property), About: g.person(ev.Primary(), ev.Property), Source: sourceWords(ev.Source)}
	r.What, r.Words = say(ev)
	return r
}

// sourceWords says where an event comes from; another system goes by the name that it was given.
func sourceWords(source string) string {
	switch source {
	case "hearth/edge/portal":
		return "the residents' pages"
	case "hearth/edge/web":
		return "the team's pages"
	case "hearth/act/task", "hearth/act/workorder":
		return "the team's work"
	case "hearth/edge/ingest":
		return "an import"
	}
	if strings.HasPrefix(source, "hearth/") {
		return "Hearth itself"
	}
	return source
}
