package playbook

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/sense/signal"
)

// RunState is where a run stands.
type RunState string

// The states of a run. Active runs wait for a time or an event; the others are over.
const (
	RunActive RunState = "active"
	RunEnded  RunState = "ended" // reached an end of its own
	RunLeft   RunState = "left"  // an exit took it out
)

// Run is one resident's passage through one version of a playbook.
type Run struct {
	ID       hearth.RunID
	Part     int
	Property hearth.PropertyID
	Resident hearth.ResidentID
	Playbook hearth.PlaybookID
	Version  int
	StartKey string // what it started for: with the playbook and resident it names the run
	Arm      Group  // held out: it only measures the goal
	State    RunState
	Ending   string // why it is over, in words
	Step     int    // next instruction
	WakeAt   time.Time
	WaitsFor hearth.EventType // what wakes it before WakeAt; several types are joined by commas
	Facts    Facts
	Started  time.Time
	Ended    time.Time
}

// Facts is what a run remembers.
type Facts struct {
	EventType hearth.EventType `json:"event_type,omitempty"`
	Event     map[string]any   `json:"event,omitempty"`      // the flat data of the event that started it
	EventTime int64            `json:"event_time,omitempty"` // when that happened, in ms; 0 when time started the run
	// Matter is the work order that the run is about, if it began with one.
	Matter  string         `json:"matter,omitempty"`
	Latest  map[string]any `json:"latest,omitempty"` // the flat data of the event that last ended a wait
	Because string         `json:"because,omitempty"`
	Waited  string         `json:"waited,omitempty"` // what the last wait for an event ended by: "event" or "timeout"
	Vars    map[string]any `json:"vars,omitempty"`   // the run's variables: its own, and those that steps set

	Role  hearth.Role   `json:"role,omitempty"`  // whom the run asked last
	Draft hearth.TaskID `json:"draft,omitempty"` // the last task that holds a message as a draft
	// Review names the entry of the list for a look under which the run's step stands, because it came too late.
	Review string `json:"review,omitempty"`
	// Held names the step before which the run stands because a person holds it.
	Held string `json:"held,omitempty"`
}

// Began gives when that happened which the run is about: its event, or else its start.
func (r *Run) Began() time.Time {
	if r.Facts.EventTime != 0 {
		return hearth.FromMillis(r.Facts.EventTime)
	}
	return r.Started
}

// Concerns tells whether an event can be about what the run is about: of work orders, only its own.
func (r *Run) Concerns(ev *hearth.Event) bool {
	matter := MatterOf(ev)
	return r.Facts.Matter == "" || matter == "" || matter == r.Facts.Matter
}

// EventFacts is what templates may say of the run's events: the one that started it, and over it the one that last
// ended a wait, since a completion knows what was done and an opening does not.
func (r *Run) EventFacts() map[string]any {
	all := make(map[string]any, len(r.Facts.Event)+len(r.Facts.Latest))
	for _, facts := range []map[string]any{r.Facts.Event, r.Facts.Latest} {
		for k, v := range facts {
			if v != "" {
				all[k] = v
			}
		}
	}
	return all
}

// RunID names the run of a playbook for somebody (a resident, or a household) and a start key: a second attempt at the
// same start meets the first one's row.
func RunID(p hearth.PlaybookID, who, startKey string) hearth.RunID {
	return hearth.RunID(hearth.DeriveID(runPrefix, string(p), who, startKey))
}

// RunIDAt is RunID for a start that has a name of its own and happens once, such as one for an event. Before the name
// stands the time of the start, so that runs lie in the store in the order in which they began.
func RunIDAt(p hearth.PlaybookID, who, startKey string, at time.Time) hearth.RunID {
	timed := hearth.DeriveIDAt(runPrefix, at)[:len(runPrefix)+10] // and nothing of no parts
	return hearth.RunID(timed + strings.TrimPrefix(string(RunID(p, who, startKey)), runPrefix))
}

const runPrefix = "run_"

// Name is the run's identity without its time: that by which its effects are named.
func (r *Run) Name() string {
	name := string(r.ID)
	if id := len(runPrefix) + 20; len(name) > id {
		return runPrefix + name[len(name)-20:]
	}
	return name
}

// Wish is an effect that a run asks for: exactly one of Send, Task and Escalate is set.
type Wish struct {
	Run      *Run
	Key      string // names the effect within the run; with the run's id it is unique
	Send     *SendStep
	Task     *TaskStep
	Escalate *EscalateStep
}

// Advance carries the run on from its next instruction until it waits or is over, and gives the wishes on the way, in
// order. It changes r. It is a pure function of run, view and program.
func (p *Program) Advance(r *Run, v signal.View) ([]Wish, error) {
	wishes, _, err := p.AdvanceTo(r, v, nil)
	return wishes, err
}

// Gate tells until when a person holds the step of a name; the zero time: nobody does.
type Gate func(step string) time.Time

// AdvanceTo is Advance as far as the gate lets the run through: it stands before a step that is held, wakes when that ends,
// and held is what it would wish there. A nil gate holds nothing.
func (p *Program) AdvanceTo(r *Run, v signal.View, gate Gate) (wishes []Wish, held *Wish, err error) {
	if r.Arm == GroupHeldOut {
		r.end(RunEnded, "Held out; the time of its goal is over.", v.Now)
		return nil, nil, nil
	}
	r.WakeAt, r.WaitsFor, r.Facts.Held = time.Time{}, "", ""
	for r.State == RunActive {
		if r.Step < 0 || r.Step >= len(p.code) {
			return wishes, nil, fmt.Errorf("run %s of %s@%d: no step %d", r.ID, r.Playbook, r.Version, r.Step)
		}
		o := &p.code[r.Step]
		switch o.kind {
		case opSend, opTask, opEscalate:
			if gate != nil {
				if until := gate(o.name); until.After(v.Now) {
					r.WakeAt, r.Facts.Held = until, o.name
					w := o.wish(r)
					return wishes, &w, nil
				}
			}
			wishes = append(wishes, o.wish(r))
			r.Step++
		case opSet:
			for _, x := range o.sets {
				x.apply(r, v)
			}
			r.Step++
		case opJump:
			r.Step = o.target
		case opBranch:
			holds, err := o.cond.Eval(p.vars(r, v))
			if err != nil {
				return wishes, nil, err
			}
			r.Step++
			if !holds {
				r.Step = o.target
			}
		case opEnd:
			r.end(RunEnded, o.ending, v.Now)
		case opWait:
			r.Step++
			if p.wait(r, o.step.Wait, v) {
				return wishes, nil, nil
			}
		}
	}
	return wishes, nil, nil
}

// wish is what an instruction asks for.
func (o *op) wish(r *Run) Wish {
	w := Wish{Run: r, Key: o.name}
	switch o.kind {
	case opSend:
		w.Send = o.step.Send
	case opTask:
		w.Task = o.step.Task
	case opEscalate:
		w.Escalate = o.step.Escalate
	}
	return w
}

// TimeOut tells the run that its wait is over because its time is.
func (r *Run) TimeOut() {
	if r.WaitsFor != "" {
		r.Facts.Waited = "timeout"
		r.Forget("event", "score", "answer")
	}
	r.WakeAt, r.WaitsFor = time.Time{}, ""
}

// Move puts the run's waiting time where it belongs now, if it waits for a day of the lease that has moved since: who
// moves in later is welcomed later. It tells whether the time changed; an anchor that is not known any more changes
// nothing.
func (p *Program) Move(r *Run, v signal.View) bool {
	i := r.Step - 1 // a run that waits stands behind its wait
	if r.State != RunActive || r.Facts.Held != "" || i < 0 || i >= len(p.code) || p.code[i].kind != opWait {
		return false
	}
	w := p.code[i].step.Wait
	if w.DaysBefore == "" && w.DaysAfter == "" {
		return false
	}
	at, ok := anchored(w, v)
	if !ok || at.Equal(r.WakeAt) {
		return false
	}
	r.WakeAt = at
	return true
}

// Leave takes the run out by an exit.
func (r *Run) Leave(because string, now time.Time) { r.end(RunLeft, because, now) }

func (r *Run) end(s RunState, why string, now time.Time) {
	r.State, r.Ending, r.Ended = s, why, now
	r.WakeAt, r.WaitsFor = time.Time{}, ""
}

// Concerns gives the types of events that can wake or end a run of the program.
func (p *Program) Concerns() []hearth.EventType {
	types := slices.Collect(maps.Keys(p.wakes))
	if p.Def.Goal != nil {
		types = append(types, p.Def.Goal.Event)
	}
	for _, x := range p.Exits {
		if x.On != "" {
			types = append(types, x.On)
		}
	}
	return types
}

// wait sets what the run waits for; false means that the time has already passed and it goes on at once.
func (p *Program) wait(r *Run, w *WaitStep, v signal.View) bool {
	switch {
	case len(w.Awaited()) > 0:
		r.WaitsFor = joinTypes(w.Awaited())
		r.WakeAt = w.AtMost.After(v.Now, v.Zone)
	case w.Until != "":
		r.WakeAt = nextLocal(w.Until, v)
	case !w.For.IsZero():
		r.WakeAt = w.For.After(v.Now, v.Zone)
	default:
		at, ok := anchored(w, v)
		if !ok {
			return false
		}
		r.WakeAt = at
	}
	return r.WakeAt.After(v.Now)
}

func nextLocal(hhmm string, v signal.View) time.Time {
	minutes, _ := clock(hhmm) // checked when the playbook was read
	day := hearth.DayOf(v.Now, v.Zone)
	if at := day.At(minutes, v.Zone); at.After(v.Now) {
		return at.UTC()
	}
	return (day + 1).At(minutes, v.Zone).UTC()
}

// anchored gives the time of a wait that counts from a day of the lease; false if the lease has no such day.
func anchored(w *WaitStep, v signal.View) (time.Time, bool) {
	anchor, days := w.DaysBefore, -w.Days
	if w.DaysAfter != "" {
		anchor, days = w.DaysAfter, w.Days
	}
	today := hearth.DayOf(v.Now, v.Zone)
	day, ok := anchorDay(anchor, today, v)
	if !ok {
		return time.Time{}, false
	}
	minutes, ok := clock(w.At)
	if !ok {
		minutes = 9 * 60
	}
	return (day + hearth.Day(days)).At(minutes, v.Zone).UTC(), true
}

func anchorDay(anchor string, today hearth.Day, v signal.View) (hearth.Day, bool) {
	switch anchor {
	case "move_in":
		if n, ok := v.Int("lease.days_to_start"); ok {
			return today + hearth.Day(n), true
		}
		n, ok := v.Int("lease.days_since_move_in")
		return today - hearth.Day(n), ok
	case "move_out":
		n, ok := v.Int("lease.days_to_move_out")
		return today + hearth.Day(n), ok
	default:
		n, ok := v.Int("lease.days_to_end")
		return today + hearth.Day(n), ok
	}
}

// vars is what the branches of a run read.
func (p *Program) vars(r *Run, v signal.View) rule.Vars {
	event := make(map[string]any, len(r.Facts.Event)+len(r.Facts.Vars)+2)
	for k, x := range r.Facts.Event {
		event[k] = x
	}
	event["type"] = string(r.Facts.EventType)
	if r.Facts.Waited != "" {
		event["run.waited"] = r.Facts.Waited
	}
	for k, x := range r.Facts.Vars {
		event["run."+k] = x
	}
	return rule.Vars{Fields: v, Event: event}
}

// EventVars reads an event for a condition: its flat data and its type.
func EventVars(ev *hearth.Event) map[string]any {
	vars := FlatData(ev.Data)
	vars["type"] = string(ev.Type)
	return vars
}

// FlatData gives the flat fields of an event's data; lists and objects are left out.
func FlatData(data json.RawMessage) map[string]any {
	var all map[string]any
	if len(data) > 0 {
		// The log holds only data that passed its schema, so this cannot fail for a stored event.
		_ = json.Unmarshal(data, &all)
	}
	flat := make(map[string]any, len(all)+1)
	for k, x := range all {
		switch x.(type) {
		case string, float64, bool:
			flat[k] = x
		}
	}
	return flat
}

// Describe says in one line where the run stands.
func (p *Program) Describe(r *Run) string {
	switch {
	case r.State != RunActive:
		return r.Ending
	case r.WaitsFor != "":
		return fmt.Sprintf("Waits for %s, at most until %s.", strings.ReplaceAll(string(r.WaitsFor), ",", " or "), r.WakeAt.Format(time.RFC3339))
	case !r.WakeAt.IsZero():
		return fmt.Sprintf("Waits until %s.", r.WakeAt.Format(time.RFC3339))
	default:
		return "Is about to take its next step."
	}
}
