package proof

import (
	"cmp"
	"container/heap"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/trigger"
	"hearth/internal/edge/ingest"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
	"hearth/internal/sense/segment"
	"hearth/internal/sim/model"
)

// source is the name of the system that tells the events.
const source = "pms"

// life is a community that lives, and the models of its properties.
type life struct {
	*program
	library []model.Playbook
	r       *rand.Rand
	rough   int // one commit in so many turns fails; 0: no faults at all
	ops     queue
	shift   time.Duration // how far the clock was set since the beginning
	end     time.Time
	downTo  time.Time // until when no engine has its turn
	places  []*place
	turns   []time.Time
	n       int // of operations put
	events  int
	known   map[string]bool // the events that were taken
	pauses  int             // how many there were so far
}

// place is a property with its model and its people.
type place struct {
	id     hearth.PropertyID
	zone   *time.Location
	model  *model.Model
	people []*resident
	next   time.Time // when the model has something to do; zero: never
	told   bool      // something was told since its last turn
}

type resident struct {
	id, ext   string
	end       hearth.Day
	n, orders int // of what they did
}

// op is something that happens at a time, before the clock was ever set.
type op struct {
	at time.Time
	n  int
	do func()
}

// queue holds what is to happen, by time.
type queue []op

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return cmp.Or(q[i].at.Compare(q[j].at), cmp.Compare(q[i].n, q[j].n)) < 0
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *queue) Push(x any) { *q = append(*q, x.(op)) }

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// size is how large a life is.
type size struct{ properties, residents, days int }

// newLife settles a community and plans what its people will do. It is all chance, and the same for the same seed.
func newLife(p *program, seed uint64, s size, rough int, library []model.Playbook) *life {
	p.t.Helper()
	l := &life{program: p, library: library, r: rand.New(chance(seed, "life")), rough: rough, known: map[string]bool{}}
	start := p.clock.Now()
	l.end = start.AddDate(0, 0, s.days)
	for i := range s.properties {
		l.settleIn(i, s.residents)
	}
	l.settle(0)
	for _, s := range model.Segments() {
		_, err := p.app.Engine.SetSegment(p.ctx(), hearth.System("test"), segment.Segment{ID: s.ID, Title: s.Title, If: s.If}, 0)
		p.must(err)
	}
	for _, pb := range library {
		_, err := p.app.Engine.Activate(p.ctx(), []byte(pb.Text), 0)
		p.must(err)
	}
	l.settle(0)
	for _, at := range l.places {
		at.model.SwitchOn(start)
		at.next = at.model.Next()
		l.plan(at, start, s.days)
	}
	p.box.rough, p.forgets = rough > 0, true
	if rough > 0 {
		l.planFaults(start, s.days)
	}
	return l
}

// settleIn makes a property with a team and residents who have lived there for a while.
func (l *life) settleIn(i, residents int) {
	l.t.Helper()
	zone, err := time.LoadLocation([]string{"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"}[l.r.IntN(4)])
	l.must(err)
	at := &place{zone: zone}
	l.write(func(ctx context.Context, tx *db.Tx) error {
		settings := record.DefaultSettings()
		settings.Care = record.Care{Frustration: 1, Calm: 1} // never reached: how it is reckoned is not the model's matter
		p, _, err := l.app.Records.PutProperty(ctx, tx, record.News{Source: source}, record.Property{Name: fmt.Sprintf("Oak Court %d", i+1),
			City: "Albany", State: "NY", Zip: "12207", Zone: zone.String(), ZoneConfirmed: true, Settings: settings})
		at.id = p.ID
		return err
	})
	for n, role := range []hearth.Role{hearth.RoleLeasing, hearth.RoleSupervisor, hearth.RoleManager} {
		l.write(func(ctx context.Context, tx *db.Tx) error {
			_, _, err := l.app.Records.PutStaff(ctx, tx, record.News{Source: source}, record.Staff{Name: fmt.Sprintf("Staff %d of %d", n, i+1),
				Roles: []record.StaffRole{{Property: at.id, Role: role}}})
			return err
		})
	}
	budget := record.DefaultSettings()
	at.model = model.New(model.Place{ID: string(at.id), Zone: zone, QuietFrom: budget.Quiet.From, Quiet: budget.Quiet.To,
		Week: budget.Budget.Week, Month: budget.Budget.Month, Day: budget.Budget.Day}, l.library)
	today := hearth.DayOf(l.clock.Now(), zone)
	for n := range residents {
		who := &resident{ext: fmt.Sprintf("R%d-%d", i+1, n+1), end: today + hearth.Day(20+l.r.IntN(200))}
		moved := today - hearth.Day(30+l.r.IntN(300))
		l.write(func(ctx context.Context, tx *db.Tx) error {
			res, err := l.app.Records.PutHome(ctx, tx, record.News{Source: source, History: true}, record.Home{Property: at.id,
				Unit: record.Unit{Label: fmt.Sprint(100 + n)}, Lease: record.HomeLease{Start: moved, End: who.end, MoveIn: moved, RentCents: 150000},
				Members: []record.Member{{Resident: record.Resident{First: fmt.Sprintf("Ana%d", n), Last: "Example",
					Email: fmt.Sprintf("ana%d.%d@home.example", i, n)}, External: who.ext}}})
			if err == nil {
				who.id = string(res.Members[0].ID)
			}
			return err
		})
		at.people = append(at.people, who)
		at.model.Add(who.id, moved, who.end)
	}
	l.places = append(l.places, at)
}

func (l *life) put(at time.Time, do func()) {
	l.n++
	heap.Push(&l.ops, op{at, l.n, do})
}

// run lives to the end.
func (l *life) run() {
	l.t.Helper()
	for {
		next := l.nextTurn()
		if next.IsZero() || next.After(l.end.Add(l.shift)) {
			break
		}
		if next.After(l.clock.Now()) {
			l.clock.Set(next)
		}
		l.turn()
		for did := true; did; {
			did = false
			for len(l.ops) > 0 && !l.ops[0].at.Add(l.shift).After(l.clock.Now()) {
				heap.Pop(&l.ops).(op).do()
				did = true
			}
			l.turn()
		}
	}
	if now := l.end.Add(l.shift); now.After(l.clock.Now()) {
		l.clock.Set(now)
	}
	l.downTo = time.Time{}
	l.turn()
	l.turn()
}

// nextTurn gives when something is to happen next.
func (l *life) nextTurn() time.Time {
	var next time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if len(l.ops) > 0 {
		sooner(l.ops[0].at.Add(l.shift))
	}
	if l.clock.Now().Before(l.downTo) {
		sooner(l.downTo)
		return next
	}
	sooner(l.next())
	for _, at := range l.places {
		sooner(at.next)
	}
	return next
}

// turn gives the engines their turn, and the models theirs.
func (l *life) turn() {
	l.t.Helper()
	now := l.clock.Now()
	if now.Before(l.downTo) {
		return
	}
	l.tellParked()
	l.settle(l.rough)
	l.turns = append(l.turns, now)
	for _, at := range l.places {
		if at.told || !at.next.IsZero() && !at.next.After(now) {
			at.model.Decide(now)
			at.told, at.next = false, at.model.Next()
		}
	}
}

const parkedSQL = `SELECT m.playbook, m.resident, CAST(m.made AS TEXT), m.property FROM due d JOIN messages m ON m.org = d.org AND m.id = d.key
WHERE d.org = $1 AND d.lane = $2 AND d.kind = $3 AND d.due_at = $4 AND m.state = 'held' ORDER BY m.id`

// tellParked tells the models which messages pauses hold, where one may end.
func (l *life) tellParked() {
	l.t.Helper()
	if l.pauses == 0 {
		return
	}
	held := map[hearth.PropertyID][]model.Parcel{}
	for _, row := range l.query(parkedSQL, trigger.Lane, desk.HoldKind, hearth.Millis(desk.Parked())) {
		id := hearth.PropertyID(row[3])
		held[id] = append(held[id], model.Parcel{Playbook: row[0], Resident: row[1], Made: when(row[2])})
	}
	for _, at := range l.places {
		at.model.Parked(held[at.id])
	}
}

// tell brings an event to the door, again until it is taken, and tells the model.
func (l *life) tell(at *place, ce ingest.CloudEvent, e model.Event) {
	l.t.Helper()
	if l.rough > 0 {
		l.faults.plan(l.rough)
	}
	var out []ingest.Outcome
	err := l.again(func() (err error) {
		out, err = l.app.Door.Post(l.ctx(), []ingest.CloudEvent{ce}, hearth.Actor{Kind: "token", ID: "pms", Name: "The property's system"})
		return err
	})
	l.faults.calm()
	l.must(err)
	switch out[0].Status {
	case ingest.Accepted:
	case ingest.Duplicate:
		if l.known[ce.ID] { // told a second time, which changes nothing
			l.faults.count("event told twice")
			return
		}
		// Its commit was not heard of, and the sender has told it again.
	default:
		l.t.Fatalf("%s of %s was %s: %v", ce.Type, ce.Subject, out[0].Status, out[0].Err)
	}
	l.events++
	l.known[ce.ID] = true
	e.Recorded = l.clock.Now()
	at.model.Tell(e)
	at.told = true
}

// news plans that an event is told at a time, late perhaps, and perhaps a second time.
func (l *life) news(at *place, who *resident, when time.Time, typ, subject string, data map[string]any, fill func(*model.Event)) {
	late := l.late()
	var ce ingest.CloudEvent
	var e model.Event
	who.n++
	id := fmt.Sprintf("%s-%d", who.ext, who.n)
	told := when.Add(late)
	l.put(told, func() {
		now := l.clock.Now()
		happened := now.Add(-late)
		raw, err := json.Marshal(data)
		l.must(err)
		start := now.AddDate(0, 0, 2).Add(time.Duration(who.n) * time.Minute).Truncate(time.Second)
		raw = []byte(strings.ReplaceAll(strings.ReplaceAll(string(raw), "LATER-END", start.AddDate(0, 0, 1).Format(time.RFC3339)), "LATER",
			start.Format(time.RFC3339)))
		ce = ingest.CloudEvent{ID: id, Source: source, Type: typ, Subject: subject, Time: happened, Data: raw}
		e = model.Event{ID: id, Source: source, Type: typ, Resident: who.id, Time: happened}
		if typ == "amenity.booked" {
			e.Start = start
		}
		if fill != nil {
			fill(&e)
		}
		l.tell(at, ce, e)
	})
	if l.rough > 0 && l.r.IntN(10) == 0 {
		l.put(told.Add(time.Duration(l.r.IntN(72*3600))*time.Second), func() {
			again := ce
			l.tell(at, again, e)
		})
	}
}

// late is how late news is told.
func (l *life) late() time.Duration {
	if l.rough == 0 || l.r.IntN(4) != 0 {
		return time.Duration(l.r.IntN(4000)) * time.Millisecond
	}
	l.faults.count("event told late")
	return time.Duration([]int{1, 3, 12, 30, 70, 240}[l.r.IntN(6)])*time.Hour + time.Duration(l.r.IntN(3600_000))*time.Millisecond
}

// at gives a time of a day, in milliseconds.
func (l *life) at(start time.Time, day int) time.Time {
	return start.AddDate(0, 0, day).Add(time.Duration(l.r.IntN(24*3600_000)) * time.Millisecond)
}

// plan plans the days of a property's residents.
func (l *life) plan(at *place, start time.Time, days int) {
	for _, who := range at.people {
		active := 0.2 + 1.6*l.r.Float64() // some do more than others
		for day := range days {
			l.planDay(at, who, active, start, day)
		}
	}
	l.planPeople(at, start, days)
}

func (l *life) planDay(at *place, who *resident, active float64, start time.Time, day int) {
	does := func(share float64) bool { return l.r.Float64() < share*active }
	subject := "resident/" + who.ext
	if does(0.05) {
		l.news(at, who, l.at(start, day), "portal.visited", subject, map[string]any{}, nil)
	}
	if does(0.06) {
		when := l.at(start, day)
		l.news(at, who, when, "package.arrived", subject, map[string]any{"count": 1 + l.r.IntN(3), "where": fmt.Sprintf("Shelf %d", who.n)}, nil)
		if l.r.IntN(2) == 0 {
			l.news(at, who, when.Add(time.Duration(1+l.r.IntN(90))*time.Hour), "package.collected", subject, map[string]any{}, nil)
		}
	}
	for range 2 {
		if does(0.07) {
			hall := l.r.IntN(2) == 0
			name := map[bool]string{true: "Hall", false: "Pool"}[hall]
			l.news(at, who, l.at(start, day), "amenity.booked", subject, map[string]any{"amenity": name, "start": "LATER", "end": "LATER-END"},
				func(e *model.Event) { e.Hall = hall })
		}
	}
	if does(0.04) {
		l.planOrder(at, who, l.at(start, day))
	}
	if l.r.IntN(400) == 0 {
		allowed := l.r.IntN(2) == 0
		l.news(at, who, l.at(start, day), "consent.changed", subject, map[string]any{"purpose": "discretionary", "channel": "email", "allowed": allowed},
			func(e *model.Event) { e.Allowed = allowed })
	}
	if l.r.IntN(500) == 0 {
		l.put(l.at(start, day), func() {
			out := hearth.DayOf(l.clock.Now(), at.zone) + 300 // far away: who has moved out is not the model's matter
			l.told(at, who, "lease.notice_given", map[string]any{"move_out": out.String()}, nil)
		})
	}
	if l.r.IntN(120) == 0 {
		l.put(l.at(start, day), func() {
			from := who.end + 1
			who.end += 366
			end := who.end
			l.told(at, who, "lease.renewed", map[string]any{"start": from.String(), "end": end.String()}, func(e *model.Event) { e.LeaseEnd = end })
		})
	}
}

// told tells news of this moment.
func (l *life) told(at *place, who *resident, typ string, data map[string]any, fill func(*model.Event)) {
	who.n++
	raw, err := json.Marshal(data)
	l.must(err)
	id, now := fmt.Sprintf("%s-%d", who.ext, who.n), l.clock.Now()
	e := model.Event{ID: id, Source: source, Type: typ, Resident: who.id, Time: now}
	if fill != nil {
		fill(&e)
	}
	l.tell(at, ingest.CloudEvent{ID: id, Source: source, Type: typ, Subject: "resident/" + who.ext, Time: now, Data: raw}, e)
}

// planOrder plans a work order: it is opened, perhaps told late, and done or called off later.
func (l *life) planOrder(at *place, who *resident, when time.Time) {
	who.orders++
	matter := fmt.Sprintf("W-%s-%d", who.ext, who.orders)
	urgent := l.r.IntN(6) == 0
	late := l.late()
	priority := map[bool]string{true: "urgent", false: "routine"}[urgent]
	post := func(typ, subject string, late time.Duration, data map[string]any) {
		who.n++
		raw, err := json.Marshal(data)
		l.must(err)
		id, happened := fmt.Sprintf("%s-%d", who.ext, who.n), l.clock.Now().Add(-late)
		l.tell(at, ingest.CloudEvent{ID: id, Source: source, Type: typ, Subject: subject, Time: happened, Data: raw},
			model.Event{ID: id, Source: source, Type: typ, Resident: who.id, Matter: matter, Urgent: urgent, Time: happened})
	}
	opened := when.Add(late)
	l.put(opened, func() {
		post("workorder.opened", "resident/"+who.ext, late, map[string]any{"description": "The tap drips", "priority": priority, "workorder": matter})
	})
	end, called := "workorder.completed", map[string]any{"resolution": "Done"}
	if l.r.IntN(8) == 0 {
		end, called = "workorder.cancelled", map[string]any{"reason": "Not needed"}
	}
	took := time.Duration(1+l.r.IntN(10*24*60)) * time.Minute
	if l.r.IntN(15) != 0 { // some are never done
		lateEnd := min(l.late(), took/2)
		l.put(opened.Add(took), func() { post(end, "workorder/"+matter, lateEnd, called) })
	}
}

// planPeople plans what the team does: pauses, looks at what came too late, tasks.
func (l *life) planPeople(at *place, start time.Time, days int) {
	for day := range days {
		if l.r.IntN(25) == 0 {
			l.put(l.at(start, day), func() { l.pause(at) })
		}
		if l.r.IntN(2) == 0 {
			l.put(l.at(start, day), func() { l.lookThrough(at) })
		}
		l.put(l.at(start, day), func() { l.finishTasks(at) })
	}
}

func (l *life) pause(at *place) {
	x := care.Pause{Reason: "a test"}
	switch l.r.IntN(4) {
	case 0:
		x.What, x.Target = care.Property, string(at.id)
	case 1:
		x.What, x.Target = care.Resident, at.people[l.r.IntN(len(at.people))].id
	case 2:
		// Of a playbook it holds everywhere, so with several properties all models are told.
		x.What, x.Target = care.Playbook, l.library[l.r.IntN(len(l.library))].ID
	default:
		x.What = care.Everything
	}
	lasts := time.Duration(1+l.r.IntN(5*24*60)) * time.Minute
	if l.r.IntN(2) == 0 {
		x.Until = l.clock.Now().Add(lasts)
	}
	for _, have := range l.pausesNow() {
		if have == string(x.What)+x.Target {
			return // one at a time, so that which of two ends is no question
		}
	}
	var made care.Pause
	l.write(func(ctx context.Context, tx *db.Tx) (err error) {
		made, err = l.app.Engine.Pause(ctx, tx, hearth.System("test"), x)
		return err
	})
	l.pauses++
	for _, p := range l.places {
		p.model.Pause(made.ID, string(x.What), x.Target, l.clock.Now(), x.Until)
		p.told = true
	}
	if x.Until.IsZero() || l.r.IntN(3) == 0 {
		l.put(l.clock.Now().Add(-l.shift).Add(lasts/2+time.Minute), func() { l.resume(made.ID) })
	}
}

// pausesNow gives what is paused.
func (l *life) pausesNow() []string {
	var out []string
	l.must(l.app.DB.Read(l.ctx(), func(tx *db.Tx) error {
		out = nil
		all, err := l.app.Care.Pauses(l.ctx(), tx)
		for _, x := range all {
			if !x.Over(l.clock.Now()) {
				out = append(out, string(x.What)+x.Target)
			}
		}
		return err
	}))
	return out
}

func (l *life) resume(id string) {
	l.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := l.app.Engine.Resume(ctx, tx, hearth.System("test"), id)
		return err
	})
	for _, p := range l.places {
		p.model.Resume(id, l.clock.Now())
		p.told = true
	}
}

// lookThrough has a person settle some of what came too late.
func (l *life) lookThrough(at *place) {
	var all []trigger.Review
	l.must(l.app.DB.Read(l.ctx(), func(tx *db.Tx) (err error) {
		all, _, err = l.app.Engine.Reviews(l.ctx(), tx, at.id, "", 1000)
		return err
	}))
	slices.SortFunc(all, func(a, b trigger.Review) int {
		return cmp.Or(a.WasDue.Compare(b.WasDue), strings.Compare(string(a.Resident), string(b.Resident)), strings.Compare(a.What, b.What))
	})
	for _, x := range all {
		if l.r.IntN(3) == 0 {
			continue
		}
		how := []string{trigger.ReviewGo, trigger.ReviewSkip}[l.r.IntN(2)]
		l.write(func(ctx context.Context, tx *db.Tx) error {
			return l.app.Engine.Settle(ctx, tx, hearth.System("test"), x.ID, how)
		})
		if x.Kind == "run" {
			started, playbook := l.runOf(x.Object)
			l.must(at.model.Settle(string(x.Resident), playbook, started, l.clock.Now(), how))
			at.told = true
		}
	}
}

func (l *life) runOf(id string) (started time.Time, playbook string) {
	var ms int64
	l.must(l.app.DB.Read(l.ctx(), func(tx *db.Tx) error {
		return tx.Row(l.ctx(), "SELECT started, playbook FROM runs WHERE org = $1 AND id = $2", tx.Org(), id).Scan(&ms, &playbook)
	}))
	return hearth.FromMillis(ms), playbook
}

// finishTasks has the team do some of their tasks.
func (l *life) finishTasks(at *place) {
	rows := l.query("SELECT id, owner FROM tasks WHERE org = $1 AND property = $2 AND kind = 'playbook' AND state IN ('open','taken') ORDER BY made, title, resident",
		string(at.id))
	for _, row := range rows {
		if l.r.IntN(3) != 0 || row[1] == "" {
			continue
		}
		err := l.again(func() error {
			return l.app.DB.Write(l.ctx(), func(tx *db.Tx) error {
				return l.app.Tasks.Done(l.ctx(), tx, hearth.Actor{Kind: "staff", ID: row[1]}, hearth.TaskID(row[0]), map[string]string{})
			})
		})
		if err != nil && hearth.CodeOf(err) != hearth.CodeConflict {
			l.must(err)
		}
	}
}

// planFaults plans what goes wrong with time and with the engines.
func (l *life) planFaults(start time.Time, days int) {
	for day := range days {
		if l.r.IntN(6) == 0 {
			l.put(l.at(start, day), func() {
				l.faults.count("no engine for hours")
				l.downTo = l.clock.Now().Add(time.Duration(1+l.r.IntN(60)) * time.Hour)
			})
		}
		if l.r.IntN(5) == 0 {
			l.put(l.at(start, day), l.rebuild)
		}
		if l.r.IntN(20) == 0 {
			// In the middle of the day everywhere, so that no day begins twice: which day it is then is nobody's promise.
			noon := time.Date(start.Year(), start.Month(), start.Day()+day, 18, l.r.IntN(60), l.r.IntN(60), 0, time.UTC)
			by := []time.Duration{2 * time.Hour, -2 * time.Hour, 2 * time.Hour, -2 * time.Hour, 40 * 24 * time.Hour}[l.r.IntN(5)]
			l.put(noon, func() { l.setClock(by) })
		}
	}
}

// setClock sets the clock; what people will do keeps its distance.
func (l *life) setClock(by time.Duration) {
	if hour := l.clock.Now().UTC().Hour(); hour < 17 || hour > 21 {
		return // it was set before, and would cross a midnight somewhere
	}
	l.faults.count("clock set by " + by.String())
	l.turn()
	l.clock.Advance(by)
	l.shift += by
	if !l.downTo.IsZero() {
		l.downTo = l.downTo.Add(by)
	}
}
