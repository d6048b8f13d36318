package playbook

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// compiler makes a compiler over the real signals and a few event types.
func compiler(t *testing.T) *Compiler {
	t.Helper()
	env, err := rule.NewEnv(signal.Fields())
	if err != nil {
		t.Fatal(err)
	}
	object := func(props string) string { return `{"type":"object","properties":{` + props + `}}` }
	c, err := NewCompiler(env, []eventlog.Type{
		{Name: "workorder.opened", Schema: object(`"description":{"type":"string"},"priority":{"type":"string"}`)},
		{Name: "message.received", Schema: object(`"text":{"type":"string"}`)},
		{Name: "lease.renewed", Schema: object(``)},
		{Name: "portal.visited", Schema: object(``)},
	}, func(id string) bool { return id != "missing" })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const walk = `
id: walk
title: A walk through every kind of step
depth: playbook
why: To see that runs go where their author meant.
trigger: {on: workorder.opened, if: event.priority != "emergency"}
steps:
  - id: first
    send: {template: received, class: service, purpose: received}
  - wait: {event: message.received, at_most: 2d}
  - branch:
      - if: run.waited == "event"
        steps:
          - id: answer
            task: {title: Answer, why: They wrote, role: leasing, minutes: 5, due: 4 business hours}
      - if: service.open > 1
        steps: [{end: Several are open.}]
      - else:
          - wait: {until: "09:00"}
          - id: later
            send: {template: still, class: service, purpose: still, channel: email}
  - wait: {days_before: lease_end, days: 10, at: "10:00"}
  - end: Done.
`

var epoch = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC) // a Monday, 10:00 in New York

// stand gives a view of a resident whose lease ends in days.
func stand(t *testing.T, now time.Time, days int) signal.View {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	s := &signal.State{}
	today := hearth.DayOf(now, zone)
	s.Fold(&hearth.Event{Type: "lease.recorded", ID: "1", Source: "test", Time: now, Recorded: now, AsOf: now,
		Data: json.RawMessage(`{"lease":"l1","unit":"u1","start":"2025-06-01","end":"` + (today + hearth.Day(days)).String() +
			`","move_in":"2025-06-01","term":1}`)}, zone)
	return signal.View{State: s, Now: now, Zone: zone}
}

func start(p *Program) *Run {
	return &Run{ID: "run_1", Playbook: p.Def.ID, Version: 1, Resident: "res_1", State: RunActive, Started: epoch,
		Facts: Facts{EventType: "workorder.opened", Event: map[string]any{"priority": "routine"}}}
}

func mustCompile(t *testing.T, text string) *Program {
	t.Helper()
	p, err := compiler(t).Compile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func advance(t *testing.T, p *Program, r *Run, v signal.View) []string {
	t.Helper()
	wishes, err := p.Advance(r, v)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, w := range wishes {
		keys = append(keys, w.Key)
	}
	return keys
}

func TestARunWaitsAnswersAndEnds(t *testing.T) {
	p := mustCompile(t, walk)
	r := start(p)
	if got := advance(t, p, r, stand(t, epoch, 100)); strings.Join(got, " ") != "first" {
		t.Fatalf("first it wishes %v, want the first message", got)
	}
	if r.WaitsFor != "message.received" || !r.WakeAt.Equal(epoch.Add(48*time.Hour)) {
		t.Fatalf("it waits for %q until %v, want message.received until two days later", r.WaitsFor, r.WakeAt)
	}
	answered := epoch.Add(time.Hour)
	r.Answer(&hearth.Event{Type: "message.received"})
	if got := advance(t, p, r, stand(t, answered, 100)); strings.Join(got, " ") != "answer" {
		t.Fatalf("after the answer it wishes %v, want the task", got)
	}
	// Ten days before the end of the lease at 10:00 in New York, daylight saving time by then.
	if want := time.Date(2026, 5, 31, 14, 0, 0, 0, time.UTC); !r.WakeAt.Equal(want) {
		t.Fatalf("it waits until %v, want %v", r.WakeAt, want)
	}
	r.TimeOut()
	if got := advance(t, p, r, stand(t, r.Started.AddDate(0, 3, 0), 5)); len(got) != 0 || r.State != RunEnded || r.Ending != "Done." {
		t.Fatalf("at last it is %s (%q) and wishes %v, want ended with Done.", r.State, r.Ending, got)
	}
}

func TestATimeOutTakesTheOtherWay(t *testing.T) {
	p := mustCompile(t, walk)
	r := start(p)
	advance(t, p, r, stand(t, epoch, 100))
	now := r.WakeAt
	r.TimeOut()
	if got := advance(t, p, r, stand(t, now, 98)); len(got) != 0 {
		t.Fatalf("after the time-out it wishes %v at once, want it to wait for the morning", got)
	}
	if want := time.Date(2026, 3, 5, 14, 0, 0, 0, time.UTC); !r.WakeAt.Equal(want) {
		t.Fatalf("it waits until %v, want 09:00 in New York, %v", r.WakeAt, want)
	}
	at := r.WakeAt
	r.TimeOut()
	if got := advance(t, p, r, stand(t, at, 97)); strings.Join(got, " ") != "later" {
		t.Fatalf("in the morning it wishes %v, want the later message", got)
	}
}

func TestAWaitWhoseTimeHasPassedDoesNotWait(t *testing.T) {
	p := mustCompile(t, walk)
	r := start(p)
	advance(t, p, r, stand(t, epoch, 3))
	r.Answer(&hearth.Event{Type: "message.received"})
	advance(t, p, r, stand(t, epoch.Add(time.Minute), 3))
	if r.State != RunEnded {
		t.Errorf("ten days before the end has passed, yet it is %s until %v", r.State, r.WakeAt)
	}
}

func TestCompileSaysWhatIsWrongAndWhere(t *testing.T) {
	tests := []struct{ name, old, new, field, want string }{
		{"unknown signal", "service.open > 1", "service.opne > 1", "line 16", "service.open"},
		{"unknown event", "on: workorder.opened", "on: workorder.opend", "line 6, trigger.on", "Did you mean workorder.opened?"},
		{"unknown event data", `event.priority`, `event.priorty`, "line 6, trigger.if", "event.priority"},
		{"not a question", "service.open > 1", "service.open", "line 16", "yes or no"},
		{"unknown template", "template: still", "template: missing", "line 20", `no template "missing"`},
		{"protected field by another name", "service.open > 1", "resident.age > 65", "line 16", "resident.age"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(walk, tt.old) {
				t.Fatalf("the text has no %q", tt.old)
			}
			_, err := compiler(t).Compile([]byte(strings.Replace(walk, tt.old, tt.new, 1)))
			var e *hearth.Error
			if hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(hearth.MessageOf(err), tt.want) {
				t.Fatalf("got %v, want a sentence with %q", err, tt.want)
			}
			if e = err.(*hearth.Error); e.Field != tt.field {
				t.Errorf("it names %q, want %q", e.Field, tt.field)
			}
		})
	}
}

func TestWhatTheyOweColoursNoMessage(t *testing.T) {
	text := strings.Replace(walk, "service.open > 1", "payments.arrears > 0.0", 1)
	if _, err := compiler(t).Compile([]byte(text)); err == nil || !strings.Contains(hearth.MessageOf(err), "sends nothing") {
		t.Errorf("got %v, want a refusal: a playbook that sends read arrears", err)
	}
	quiet := strings.NewReplacer("send: {template: received, class: service, purpose: received}",
		"task: {title: Look, why: Look, role: service_coordinator, minutes: 5, due: 1d}",
		"send: {template: still, class: service, purpose: still, channel: email}",
		"task: {title: Look again, why: Look, role: service_coordinator, minutes: 5, due: 1d}").Replace(text)
	quiet = strings.ReplaceAll(quiet, "role: leasing", "role: service_coordinator")
	if _, err := compiler(t).Compile([]byte(quiet)); err != nil {
		t.Errorf("a playbook that only gives tasks may read arrears, but: %v", err)
	}
}

// What a run does is named by its start and not by its time, so that it is named alike however its identity is written.
func TestRunsAreNamedByTheirStart(t *testing.T) {
	plain := Run{ID: RunID("walk", "res_1", "event:a/1")}
	timed := Run{ID: RunIDAt("walk", "res_1", "event:a/1", epoch)}
	later := Run{ID: RunIDAt("walk", "res_1", "event:a/1", epoch.Add(time.Hour))}
	if plain.Name() != string(plain.ID) || timed.Name() != plain.Name() || later.Name() != plain.Name() {
		t.Errorf("they are named %s, %s and %s, want all as the first", plain.Name(), timed.Name(), later.Name())
	}
	if timed.ID >= later.ID || timed.ID == plain.ID {
		t.Errorf("%s should stand before %s, and be another than %s", timed.ID, later.ID, plain.ID)
	}
}
