package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
)

// tooLate is how late something may come without a person's look, or being spread over days.
const tooLate = 48 * time.Hour

// mostADay is how much of a playbook that was held up goes on in a day at a property, unless its own limit says less.
const mostADay = 25

// Place is a property with its rules.
type Place struct {
	ID               string
	Zone             *time.Location
	QuietFrom, Quiet int // minutes after local midnight between which residents are left alone
	Week, Month, Day int // the fatigue budget
}

// Model predicts what the engine does at one property. Time is told to it: Tell, Pause, Resume and Settle say what was
// done at which time of the clock, Decide that the engine had its turn.
type Model struct {
	Place   Place
	library []Playbook
	people  map[string]*person
	ids     []string // of people, sorted
	told    []Event  // not yet decided
	dues    map[string]due
	pauses  []*pause
	paces   map[string]*pace
	turns   []time.Time // at which the engine had its turn; given by Compare
	parked  []Parcel    // the messages that pauses hold
}

// Parcel is a message that a pause holds.
type Parcel struct {
	Playbook, Resident string
	Made               time.Time // when it was wished
}

// due is something that comes by itself at a time.
type due struct {
	at        time.Time
	kind, key string
	do        func(now time.Time)
}

type pause struct {
	id, what, target string
	from, until      time.Time
	ended            time.Time
}

type pace struct {
	day hearth.Day
	n   int
}

// New makes a model of a property with a library, which SwitchOn switches on.
func New(place Place, library []Playbook) *Model {
	return &Model{Place: place, library: library, people: map[string]*person{}, dues: map[string]due{}, paces: map[string]*pace{}}
}

// Add makes a resident known, who has lived here for a while.
func (m *Model) Add(id string, moveIn, leaseEnd hearth.Day) {
	p := &person{id: id, zone: m.Place.Zone, moveIn: moveIn, leaseEnd: leaseEnd, orders: map[string]bool{},
		inside: map[string]bool{}, starts: map[string]lastStart{}, happened: map[string][]time.Time{}}
	p.note(time.Time{})
	m.people[id] = p
	m.ids = append(m.ids, id)
	slices.Sort(m.ids)
}

// SwitchOn looks at everybody once, as the playbooks are switched on: who is inside a condition already is no news.
func (m *Model) SwitchOn(now time.Time) {
	for i := range m.library {
		if pb := &m.library[i]; pb.Calendar != nil {
			m.watchCalendar(pb, now, now)
		}
	}
	for _, id := range m.ids {
		p := m.people[id]
		for i := range m.library {
			if pb := &m.library[i]; pb.standing() {
				p.inside[pb.ID] = p.holds(pb, now)
			}
		}
		m.watch(p, now)
	}
}

// Tell takes in an event that was accepted.
func (m *Model) Tell(e Event) { m.told = append(m.told, e) }

// Parked takes in which messages pauses hold before the engine has its turn. The desk's answers are looked at in the end
// (Compare); here only how many go on with the end of a pause counts, since they take their playbook's places of a day.
func (m *Model) Parked(all []Parcel) { m.parked = all }

// Pause takes in that a person has paused something. what is "playbook", "property", "resident" or "everything"; until is
// zero when nobody said.
func (m *Model) Pause(id, what, target string, from, until time.Time) {
	m.pauses = append(m.pauses, &pause{id: id, what: what, target: target, from: from, until: until})
	if !until.IsZero() {
		m.pauseEnds(id, until)
	}
}

// Resume takes in that a person has ended a pause.
func (m *Model) Resume(id string, now time.Time) {
	for _, x := range m.pauses {
		if x.id == id && !x.over(now) {
			x.ended = now
			m.pauseEnds(id, now)
		}
	}
}

func (m *Model) pauseEnds(id string, at time.Time) {
	m.put(due{at, "pause.end", id, func(now time.Time) {
		for _, x := range m.pauses {
			if x.id == id && x.ended.IsZero() {
				x.ended = now
			}
		}
		m.release(now)
	}})
}

// Settle takes in what a person decided about a run's late step: "go" or "skip".
func (m *Model) Settle(resident, playbook string, started, now time.Time, how string) error {
	for _, r := range m.people[resident].runs {
		if r.Playbook != playbook || !r.Started.Equal(started) || r.at != byLook || r.State != Active {
			continue
		}
		r.Reviewed[len(r.Reviewed)-1].State = how
		m.put(due{now, "review", r.ID, func(now time.Time) { m.settled(m.people[resident], r, how, now) }})
		return nil
	}
	return fmt.Errorf("no run of %s for %s begun %s waits for a look", playbook, resident, stamp(started))
}

func (m *Model) settled(p *person, r *Run, how string, now time.Time) {
	if r.State != Active || r.at != byLook {
		return
	}
	if m.paused(r.Playbook, r.Resident, now) {
		r.Wakes = now
		m.park(r)
		return
	}
	r.timeOut()
	for _, w := range r.advance(p, now) {
		w.Skip = how == "skip"
		r.Wishes = append(r.Wishes, w)
	}
	m.timer(p, r)
}

// Next gives when something comes by itself next; zero: nothing does.
func (m *Model) Next() time.Time {
	var next time.Time
	for _, d := range m.dues {
		if next.IsZero() || d.at.Before(next) {
			next = d.at
		}
	}
	return next
}

func (m *Model) put(d due) { m.dues[d.kind+" "+d.key] = d }

// Decide has everything happen that has come up until now, in the order in which it came up.
func (m *Model) Decide(now time.Time) {
	for {
		events := m.told
		m.told = nil
		dues := m.take(now)
		if len(events)+len(dues) == 0 {
			return
		}
		for _, e := range events {
			for len(dues) > 0 && !dues[0].at.After(e.Recorded) {
				dues[0].do(now)
				dues = dues[1:]
			}
			m.event(e, now)
		}
		for _, d := range dues {
			d.do(now)
		}
	}
}

func (m *Model) take(now time.Time) []due {
	var out []due
	for k, d := range m.dues {
		if !d.at.After(now) {
			out = append(out, d)
			delete(m.dues, k)
		}
	}
	slices.SortFunc(out, func(a, b due) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.kind, b.kind), cmp.Compare(a.key, b.key))
	})
	return out
}

// event follows one event: what is known, exits and waits of runs, conditions, and what it starts.
func (m *Model) event(e Event, now time.Time) {
	p := m.people[e.Resident]
	p.learn(e, now)
	for _, r := range p.active() {
		switch touches := r.touchedBy(e); {
		case m.exit(p, r, &e, touches, now):
		case r.WaitsFor == e.Type && touches:
			r.waited, r.WaitsFor = "event", ""
			if m.paused(r.Playbook, r.Resident, now) {
				r.Wakes = now
				m.park(r)
				continue
			}
			m.carryOn(p, r, now)
		}
	}
	for i := range m.library {
		if pb := &m.library[i]; slices.Contains(pb.Feeds, e.Type) {
			m.look(p, pb, &e, false, now)
		}
	}
	m.repeated(p, &e, now)
	for i := range m.library {
		if pb := &m.library[i]; pb.On == e.Type && (pb.If == nil || pb.If(e)) {
			m.start(p, pb, &e, false, now)
		}
	}
	m.watch(p, now)
}

// watch has somebody looked at whenever time alone may change something for them.
func (m *Model) watch(p *person, now time.Time) {
	for i := range m.library {
		pb := &m.library[i]
		if !pb.standing() {
			continue
		}
		var next time.Time
		for _, t := range p.turns(pb, now) {
			if next.IsZero() || t.Before(next) {
				next = t
			}
		}
		if next.IsZero() {
			continue
		}
		m.put(due{next, "clock", p.id + "/" + pb.ID, func(now time.Time) {
			m.look(p, pb, nil, now.Sub(next) > tooLate, now)
			m.watch(p, now)
		}})
	}
}

// exit ends a run by one of its exits.
func (m *Model) exit(p *person, r *Run, e *Event, touches bool, now time.Time) bool {
	for _, x := range r.pb.Exits {
		switch {
		case x.On != "" && (e == nil || x.On != e.Type || !touches):
		case x.When != nil && !x.When(p, hearth.DayOf(now, p.zone)):
		default:
			r.State, r.Over, r.Wakes, r.WaitsFor = Left, now, time.Time{}, ""
			if last := len(r.Reviewed) - 1; r.at == byLook && r.Reviewed[last].State == "open" { // else a person has answered
				r.Reviewed[last].State = "void"
			}
			m.timer(p, r)
			return true
		}
	}
	return false
}

// look compares a standing condition with what it was, and starts the playbook when it has become true.
func (m *Model) look(p *person, pb *Playbook, e *Event, late bool, now time.Time) {
	was, is := p.inside[pb.ID], p.holds(pb, now)
	p.inside[pb.ID] = is
	if !is || was {
		return
	}
	if !late {
		m.start(p, pb, e, false, now)
		return
	}
	if at := m.place(pb, now); at.After(now) {
		m.include(p, pb, at, false)
	} else {
		m.start(p, pb, nil, false, now)
	}
}

// include has a playbook tried again for somebody at a time, if its condition still holds then.
func (m *Model) include(p *person, pb *Playbook, at time.Time, again bool) {
	m.put(due{at, "include", pb.ID + "/" + p.id, func(now time.Time) {
		switch {
		case m.paused(pb.ID, p.id, now):
			m.include(p, pb, never(), again)
		case p.holds(pb, now):
			m.start(p, pb, nil, again, now)
		}
	}})
}

func never() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

// start begins a run for what has happened, unless something forbids it.
func (m *Model) start(p *person, pb *Playbook, e *Event, again bool, now time.Time) {
	m.begin(p, pb, e, m.key(p, pb, e, now), again, now)
}

// begin begins a run for what its key names, unless something forbids it.
func (m *Model) begin(p *person, pb *Playbook, e *Event, key string, again bool, now time.Time) {
	forbidden, retry := m.forbidden(p, pb, e, key, again, now)
	if forbidden {
		if !retry.IsZero() && pb.standing() {
			m.include(p, pb, retry, true)
		}
		return
	}
	id := hearth.DeriveID("run_", pb.ID, p.id, key)
	if pb.Again != PerTerm { // which whoever starts it again must meet
		id = hearth.DeriveIDAt("run_", now)[:14] + id[4:]
	}
	r := &Run{ID: id, Playbook: pb.ID, Resident: p.id, State: Active, Started: now, pb: pb, began: now}
	if e != nil {
		r.event, r.began = *e, e.Time
		if pb.On != "" {
			r.matter = e.Matter
		}
	}
	p.runs, p.starts[pb.ID] = append(p.runs, r), lastStart{key, now}
	if pb.Again == PerDays && pb.standing() {
		m.include(p, pb, later(now, pb.Days, 0, p.zone), true)
	}
	if r.HeldOut = pb.heldOut(p.id); r.HeldOut {
		r.Wakes = later(now, pb.GoalDays, 0, p.zone)
		m.timer(p, r)
		return
	}
	m.carryOn(p, r, now)
}

// key names what a start is for.
func (m *Model) key(p *person, pb *Playbook, e *Event, now time.Time) string {
	switch {
	case pb.Again == PerTerm:
		return fmt.Sprintf("term:%d", p.term)
	case pb.Again == PerDays:
		return "at:" + hearth.DayOf(now, p.zone).String()
	case e != nil:
		return "event:" + e.Source + "/" + e.ID
	}
	return fmt.Sprintf("at:%d", now.UnixMilli())
}

// forbidden tells whether a start is held back, and when the reason may be gone.
func (m *Model) forbidden(p *person, pb *Playbook, e *Event, key string, again bool, now time.Time) (bool, time.Time) {
	today := hearth.DayOf(now, p.zone)
	if e != nil {
		age := max(e.Recorded.Sub(e.Time), 0) + max(now.Sub(e.Recorded), 0)
		if age > pb.Fresh {
			return true, time.Time{}
		}
	}
	if m.paused(pb.ID, p.id, now) || pb.Audience != nil && !pb.Audience(p, today) {
		return true, time.Time{}
	}
	for _, x := range pb.Exits {
		if x.When != nil && x.When(p, today) {
			return true, time.Time{}
		}
	}
	if p.running(pb.ID) != nil {
		if again {
			return true, now.AddDate(0, 0, 1)
		}
		return true, time.Time{}
	}
	if last, ok := p.starts[pb.ID]; ok {
		free, rested := later(last.at, pb.Days, 0, p.zone), later(last.at, pb.Rest, 0, p.zone)
		switch {
		case pb.Again == PerDays && now.Before(free):
			return true, free
		case last.key == key:
			return true, time.Time{}
		case pb.Rest > 0 && now.Before(rested):
			return true, rested
		}
	}
	return pb.AtOnce > 0 && m.count(pb.ID) >= pb.AtOnce, now.AddDate(0, 0, 1)
}

// count counts the active runs of a playbook that do something.
func (m *Model) count(playbook string) int {
	n := 0
	for _, p := range m.people {
		if r := p.running(playbook); r != nil && !r.HeldOut {
			n++
		}
	}
	return n
}

// carryOn has a run take its next steps.
func (m *Model) carryOn(p *person, r *Run, now time.Time) {
	r.Wishes = append(r.Wishes, r.advance(p, now)...)
	m.timer(p, r)
}

// timer sets when a run wakes; one that is over does not.
func (m *Model) timer(p *person, r *Run) {
	delete(m.dues, "run "+r.ID)
	if r.State == Active {
		m.put(due{r.Wakes, "run", r.ID, func(now time.Time) { m.wake(p, r, now) }})
	}
}

// wake carries a run on whose wait is over.
func (m *Model) wake(p *person, r *Run, now time.Time) {
	switch {
	case r.State != Active || r.Wakes.After(now):
	case m.exit(p, r, nil, false, now):
	case m.paused(r.Playbook, r.Resident, now):
		r.timeOut()
		m.park(r)
	case m.stale(p, r, now):
		m.review(r, now)
	default:
		r.timeOut()
		m.carryOn(p, r, now)
	}
}

// stale tells whether a run's step comes so late that a person looks at it first. A step that asks nothing of anybody
// never does.
func (m *Model) stale(p *person, r *Run, now time.Time) bool {
	if now.Sub(r.Wakes) <= max(tooLate, r.pb.Fresh) {
		return false
	}
	try := *r
	try.timeOut()
	return len(try.advance(p, now)) > 0
}

func (m *Model) review(r *Run, now time.Time) {
	r.timeOut()
	r.at = byLook
	r.Reviewed = append(r.Reviewed, Review{WasDue: r.Wakes, Made: now, State: "open"})
	delete(m.dues, "run "+r.ID)
}

// park lays a run aside until a pause ends.
func (m *Model) park(r *Run) {
	r.at = byPause
	delete(m.dues, "run "+r.ID)
}

// release has what a pause held go on, as far as no other pause covers it.
func (m *Model) release(now time.Time) {
	var held []*Run
	for _, id := range m.ids {
		for _, r := range m.people[id].active() {
			if r.at == byPause && !m.paused(r.Playbook, r.Resident, now) {
				held = append(held, r)
			}
		}
	}
	slices.SortFunc(held, func(a, b *Run) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range held {
		p := m.people[r.Resident]
		if m.stale(p, r, now) {
			m.review(r, now)
			continue
		}
		r.Wakes, r.at = m.place(r.pb, now), byTimer
		m.timer(p, r)
	}
	for _, d := range m.parkedStarts() {
		playbook, resident, _ := strings.Cut(d.key, "/")
		if !m.paused(playbook, resident, now) {
			d.at = m.place(m.playbook(playbook), now)
			m.put(d)
		}
	}
	m.releaseParcels(now)
}

// releaseParcels has the messages go on that no pause holds any more. One that is late goes to a person, or ends, and
// takes no place.
func (m *Model) releaseParcels(now time.Time) {
	var still []Parcel
	for _, x := range m.parked {
		switch {
		case m.paused(x.Playbook, x.Resident, now):
			still = append(still, x)
		case now.Sub(x.Made) <= tooLate:
			m.place(m.playbook(x.Playbook), now)
		}
	}
	m.parked = still
}

func (m *Model) parkedStarts() []due {
	var out []due
	for _, d := range m.dues {
		if d.kind == "include" && d.at.Equal(never()) {
			out = append(out, d)
		}
	}
	slices.SortFunc(out, func(a, b due) int { return cmp.Compare(a.key, b.key) })
	return out
}

func (m *Model) playbook(id string) *Playbook {
	for i := range m.library {
		if m.library[i].ID == id {
			return &m.library[i]
		}
	}
	return nil
}

// place gives when something that was held up goes on: now while the day has room, else on the next morning that has.
func (m *Model) place(pb *Playbook, now time.Time) time.Time {
	x := m.paces[pb.ID]
	if x == nil {
		x = &pace{}
		m.paces[pb.ID] = x
	}
	most := mostADay
	if pb.AtOnce > 0 {
		most = pb.AtOnce
	}
	today := hearth.DayOf(now, m.Place.Zone)
	if x.day < today {
		*x = pace{day: today}
	}
	if x.n >= most {
		*x = pace{day: x.day + 1}
	}
	x.n++
	if x.day == today {
		return now
	}
	return x.day.At(9*60, m.Place.Zone).UTC()
}

func (x *pause) over(now time.Time) bool {
	return !x.ended.IsZero() || !x.until.IsZero() && !now.Before(x.until)
}

// paused tells whether a pause stops a playbook for a resident now.
func (m *Model) paused(playbook, resident string, now time.Time) bool {
	for _, x := range m.pauses {
		if !x.over(now) && m.covers(x, playbook, resident) {
			return true
		}
	}
	return false
}

func (m *Model) covers(x *pause, playbook, resident string) bool {
	switch x.what {
	case "playbook":
		return x.target == playbook
	case "resident":
		return x.target == resident
	case "property":
		return x.target == m.Place.ID
	}
	return true
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
