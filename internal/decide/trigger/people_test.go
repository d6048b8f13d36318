package trigger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/record"
)

// tell is a playbook that gives a task for each thing that happens; how is the rest of its task.
func tell(on, how string) string {
	return `
id: look
title: Look after them
depth: playbook
why: For the test.
trigger: {on: ` + on + `}
limits: {again: each time}
steps:
  - task: {title: Call them, why: It happened., ` + how + `}
`
}

func (r *rig) staffNamed(name string) record.Staff {
	r.Helper()
	var m record.Staff
	r.read(func(ctx context.Context, tx *db.Tx) (err error) {
		m, err = r.records.StaffCalled(ctx, tx, name, "test")
		return err
	})
	return m
}

func (r *rig) changeStaff(told record.Staff) record.Staff {
	r.Helper()
	var m record.Staff
	r.write(func(ctx context.Context, tx *db.Tx) (err error) {
		m, _, err = r.records.PutStaff(ctx, tx, record.News{Source: "test"}, told)
		return err
	})
	return m
}

func (r *rig) clockAt(s string) time.Time {
	r.Helper()
	t, err := time.ParseInLocation("2006-01-02 15:04", s, r.zone)
	r.must(err)
	return t
}

// ofKind gives what is open of a kind, by due time.
func (r *rig) ofKind(kind string) []task.Task {
	r.Helper()
	var out []task.Task
	r.read(func(ctx context.Context, tx *db.Tx) error {
		all, _, err := r.tasks.List(ctx, tx, task.Filter{Property: r.property}, "", 0)
		for _, t := range all {
			if t.Kind == kind {
				out = append(out, t)
			}
		}
		return err
	})
	return out
}

// Whoever talked most with the resident gets it, whatever their role; the reason tells how often and what is left.
func TestTheBestOwnerKnowsTheResident(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		clock.Set(r.clockAt("2026-03-02 10:00"))
		ana, ben := r.home("1", "Ana", -400, 200, old), r.home("2", "Ben", -400, 200, old)
		sam := r.staffNamed("Sam Field")
		for range 3 {
			r.happen("contact.personal", ana, map[string]any{"staff": string(sam.ID), "kind": "visit"})
		}
		r.happen("contact.personal", ana, map[string]any{"staff": string(r.staffNamed("Ruth Ames").ID), "kind": "call"})
		r.activate(tell("message.received", "role: leasing, owner: best, minutes: 15, due: 1 business day"), 0)
		for _, who := range []hearth.ResidentID{ana, ben} {
			r.happen("message.received", who, map[string]any{"channel": "email", "text": "Hello."})
		}
		got := r.openTasks(ana)
		want := "Sam Field has talked with them three times in the last year and has 360 minutes left on Tuesday 3 March."
		if len(got) != 1 || got[0].Owner != sam.ID || got[0].Role != hearth.RoleLeasing || !strings.Contains(strings.Join(got[0].Context.Notes, " "), want) {
			t.Errorf("for whom Sam knows: %+v", got)
		}
		if got := r.openTasks(ben); len(got) != 1 || got[0].Owner != r.staffNamed("Maria Lopez").ID {
			t.Errorf("for whom nobody knows: %+v", got)
		}
	})
}

// The capacity guard: what fits, then the lighter variant, then past the minutes; the manager hears of it once a day,
// and the supervisor of a lasting overload once.
func TestMoreWorkThanMinutes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		clock.Set(r.clockAt("2026-03-02 10:00"))
		maria := r.changeStaff(record.Staff{Name: "Maria Lopez", MinutesADay: 50, Supervisor: "Sam Field"})
		who := r.home("1", "Ana", -400, 200, old)
		r.activate(tell("message.received", "role: leasing, minutes: 40, due: 3 business hours, lighter: {title: Write to them, minutes: 10}"), 0)
		hello := func() {
			r.happen("message.received", who, map[string]any{"channel": "email", "text": "Hello."})
		}
		for range 4 {
			hello()
		}
		var minutes []int
		for _, x := range r.openTasks(who) {
			if x.Owner != maria.ID {
				t.Errorf("not Maria's: %+v", x)
			}
			minutes = append(minutes, x.Minutes)
		}
		sum := 0
		for _, m := range minutes {
			sum += m
		}
		if len(minutes) != 4 || sum != 40+10+40+40 {
			t.Errorf("minutes %v, want one whole, one lighter, two past the minutes", minutes)
		}
		ruth := r.staffNamed("Ruth Ames")
		told := r.ofKind(assign.CapacityKind)
		if len(told) != 1 || told[0].Owner != ruth.ID || !strings.Contains(told[0].Why, "40 minutes of tasks more") || len(told[0].Context.Facts) != 1 ||
			told[0].Context.Facts[0].Value != "90 minutes given, 50 to give" {
			t.Errorf("told the manager: %+v", told)
		}
		if got := r.ofKind(assign.OverloadKind); len(got) != 0 {
			t.Errorf("one day is no lasting overload: %+v", got)
		}
		for range 4 { // Tuesday to Friday
			r.pass(24 * time.Hour)
			for range 3 {
				hello()
			}
		}
		if got := r.ofKind(assign.CapacityKind); len(got) != 5 {
			t.Errorf("told the manager %d times in five days", len(got))
		}
		got := r.ofKind(assign.OverloadKind)
		if len(got) != 1 || got[0].Owner != r.staffNamed("Sam Field").ID || got[0].Title != "Maria Lopez has had too much for 3 days in a row" || len(got[0].Context.Facts) != 3 {
			t.Errorf("of the lasting overload: %+v", got)
		}
	})
}

// A lighter way that needs nobody: nothing, or a message that the desk judges.
func TestLighterWithoutATask(t *testing.T) {
	for _, c := range []struct{ lighter, outcome string }{
		{"skip", "left out"}, {"{send: {template: service-received, class: answer, purpose: received}}", "sent instead of given"},
	} {
		d, clock := dbtest.SQLite(t)
		r := newRig(t, d, clock)
		clock.Set(r.clockAt("2026-03-02 10:00"))
		r.changeStaff(record.Staff{Name: "Maria Lopez", MinutesADay: 50})
		who := r.home("1", "Ana", -400, 200, old)
		r.activate(tell("workorder.opened", "role: leasing, minutes: 40, due: 3 business hours, lighter: "+c.lighter), 0)
		for _, id := range []string{"wo_1", "wo_2"} {
			r.happen("workorder.opened", who, map[string]any{"description": "The tap drips", "priority": "routine", "workorder": id})
		}
		lighter := ""
		for _, x := range r.outcomes(who, "assign") {
			if x.Outcome == c.outcome {
				lighter += x.Reason
			}
		}
		if len(r.openTasks(who)) != 1 || lighter != "Nobody has the 40 minutes by Monday 2 March, so the lighter way is taken." {
			t.Errorf("%s: %d tasks, because %q", c.lighter, len(r.openTasks(who)), lighter)
		}
		if sent := len(r.outcomes(who, "desk")); (sent > 0) != (c.outcome != "left out") {
			t.Errorf("%s: the desk was asked %d times", c.lighter, sent)
		}
	}
}

// Where a property's map keeps a moment for people, a message is no lighter way: the task is given all the same, past somebody's minutes.
func TestAMessageIsNoLighterWayInAMomentForPeople(t *testing.T) {
	for _, human := range []bool{false, true} {
		each(t, func(r *rig) {
			r.clock.Set(r.clockAt("2026-03-02 10:00"))
			r.changeStaff(record.Staff{Name: "Maria Lopez", MinutesADay: 50})
			who := r.home("1", "Ana", -400, 200, old)
			text := tell("workorder.opened", "role: leasing, minutes: 40, due: 3 business hours, lighter: {send: {template: movein-checkin, class: relation, purpose: movein.checkin}}")
			r.activate(strings.Replace(text, "depth: playbook", "moment: micro\ndepth: playbook", 1), 0)
			if human {
				r.write(func(ctx context.Context, tx *db.Tx) error {
					return playbook.PutMoments(ctx, tx, r.property, []playbook.Moment{{Name: "micro", Emotion: playbook.LevelHigh, Frequency: playbook.LevelLow, Impact: playbook.LevelHigh}})
				})
			}
			for _, id := range []string{"wo_1", "wo_2"} {
				r.happen("workorder.opened", who, map[string]any{"description": "The tap drips", "priority": "routine", "workorder": id})
			}
			sent, tasks := len(r.outcomes(who, "desk")), len(r.openTasks(who))
			if human && (sent != 0 || tasks != 2) || !human && (sent == 0 || tasks != 1) {
				r.Errorf("for people %v: the desk was asked %d times and %d tasks are open", human, sent, tasks)
			}
		})
	}
}

// Who goes on leave hands on what cannot wait for their return, and gets back what nobody has begun; what can wait
// stays theirs.
func TestLeaveAndReturn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		clock.Set(r.clockAt("2026-03-02 10:00"))
		r.changeStaff(record.Staff{Name: "Bo Berg", Roles: []record.StaffRole{{Property: r.property, Role: hearth.RoleAssistant}}})
		maria, bo := r.changeStaff(record.Staff{Name: "Maria Lopez", Backup: "Bo Berg"}), r.staffNamed("Bo Berg")
		near, begun, far := r.home("1", "Ana", -400, 200, old), r.home("2", "Ben", -400, 200, old), r.home("3", "Cy", -400, 200, old)
		r.activate(tell("message.received", "role: leasing, minutes: 15, due: 2 business days"), 0)
		r.happen("message.received", near, map[string]any{"channel": "email", "text": "Hello."})
		r.happen("message.received", begun, map[string]any{"channel": "email", "text": "Hello."})
		r.activate(strings.Replace(tell("portal.visited", "role: leasing, minutes: 15, due: 9 business days"), "id: look", "id: later", 1), 0)
		r.happen("portal.visited", far, map[string]any{})
		r.write(func(ctx context.Context, tx *db.Tx) error { // Tuesday to Thursday
			_, err := r.records.SetAbsence(ctx, tx, maria.ID, record.Absence{From: r.today() + 1, To: r.today() + 3})
			return err
		})
		owners := func(want ...hearth.StaffID) {
			t.Helper()
			for i, who := range []hearth.ResidentID{near, begun, far} {
				got := r.openTasks(who)
				if len(got) != 1 || got[0].Owner != want[i] {
					t.Errorf("%s: task %d: %+v, want %s", clock.Now().In(r.zone), i, got, want[i])
				}
			}
		}
		r.pass(12 * time.Hour)
		owners(maria.ID, maria.ID, maria.ID)
		r.pass(3 * time.Hour) // past midnight
		owners(bo.ID, bo.ID, maria.ID)
		lent := r.openTasks(near)[0]
		if lent.StandsInFor != maria.ID || !lent.NotifyAt.Equal(r.clockAt("2026-03-03 09:00")) || !lent.DueAt.Equal(r.clockAt("2026-03-04 10:00")) ||
			!strings.Contains(strings.Join(lent.Context.Notes, " "), "Maria Lopez is on leave. Bo Berg stands in for them.") {
			t.Errorf("lent: %+v", lent)
		}
		if got := r.outcomes(near, "assign"); len(got) != 2 || got[1].Outcome != "handed to Bo Berg" {
			t.Errorf("on record: %+v", got)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			return r.tasks.Take(ctx, tx, hearth.Actor{Kind: "staff", ID: string(bo.ID)}, r.openTasks(begun)[0].ID)
		})
		r.pass(72 * time.Hour) // Friday in the night
		owners(maria.ID, bo.ID, maria.ID)
		back := r.openTasks(near)[0]
		if back.StandsInFor != "" || !back.NotifyAt.Equal(r.clockAt("2026-03-06 09:00")) || !back.DueAt.Equal(r.clockAt("2026-03-06 09:15")) {
			t.Errorf("back: %+v", back)
		}
	})
}

// What comes back after a leave is spread over the days that have room for it: of three tasks of two hours, at four hours a day, two are for
// the first day and one for the second.
func TestWhatComesBackIsSpread(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		clock.Set(r.clockAt("2026-03-02 10:00"))
		r.changeStaff(record.Staff{Name: "Bo Berg", MinutesADay: 480, Roles: []record.StaffRole{{Property: r.property, Role: hearth.RoleAssistant}}})
		maria := r.changeStaff(record.Staff{Name: "Maria Lopez", Backup: "Bo Berg", MinutesADay: 240})
		who := r.home("1", "Ana", -400, 200, old)
		r.activate(tell("message.received", "role: leasing, minutes: 120, due: 2 business days"), 0)
		for range 3 {
			r.happen("message.received", who, map[string]any{"channel": "email", "text": "Hello."})
		}
		r.write(func(ctx context.Context, tx *db.Tx) error { // Tuesday to Thursday
			_, err := r.records.SetAbsence(ctx, tx, maria.ID, record.Absence{From: r.today() + 1, To: r.today() + 3})
			return err
		})
		r.pass(16 * time.Hour) // Tuesday in the night
		r.pass(72 * time.Hour) // Friday in the night
		var due []string
		for _, x := range r.openTasks(who) {
			if x.Owner != maria.ID {
				t.Errorf("not Maria's: %+v", x)
			}
			due = append(due, x.DueAt.In(r.zone).Format("Mon 15:04"))
			if notes := strings.Join(x.Context.Notes, " "); !strings.Contains(notes, "Maria Lopez is back") {
				t.Errorf("its reason: %s", notes)
			}
		}
		if got := strings.Join(due, ", "); got != "Fri 11:00, Fri 11:00, Sat 12:00" {
			t.Errorf("due %s", got)
		}
	})
}

// Who falls ill at noon hands on at once; who has left for good too. An absence that was taken back changes nothing.
func TestSuddenLeave(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	clock.Set(r.clockAt("2026-03-02 10:00"))
	bo := r.changeStaff(record.Staff{Name: "Bo Berg", MinutesADay: 5, Roles: []record.StaffRole{{Property: r.property, Role: hearth.RoleLeasing}}})
	maria := r.staffNamed("Maria Lopez")
	who := r.home("1", "Ana", -400, 200, old)
	r.activate(tell("message.received", "role: leasing, minutes: 15, due: 4 business hours"), 0)
	r.happen("message.received", who, map[string]any{"channel": "email", "text": "Hello."})
	owner := func(want hearth.StaffID, reason string) {
		t.Helper()
		r.drain()
		got := r.openTasks(who)
		if len(got) != 1 || got[0].Owner != want || !strings.Contains(strings.Join(got[0].Context.Notes, " "), reason) {
			t.Errorf("%s: %+v, want %s", clock.Now().In(r.zone), got, want)
		}
	}
	owner(maria.ID, "")
	away := record.Absence{From: r.today(), To: r.today(), FromMin: 11 * 60, ToMin: 18 * 60}
	set := func(drop bool) {
		r.write(func(ctx context.Context, tx *db.Tx) error {
			if drop {
				return r.records.DropAbsence(ctx, tx, maria.ID, away)
			}
			_, err := r.records.SetAbsence(ctx, tx, maria.ID, away)
			return err
		})
	}
	set(false)
	set(true)
	r.pass(2 * time.Hour)
	owner(maria.ID, "")
	set(false)
	owner(bo.ID, "Maria Lopez is on leave. Bo Berg") // past the minutes, but nobody else is there
	set(true)
	owner(maria.ID, "Maria Lopez is back")
	r.changeStaff(record.Staff{Name: "Maria Lopez", Inactive: true})
	owner(bo.ID, "Maria Lopez is no longer on the team.")
	if got := r.ofKind(assign.CapacityKind); len(got) != 0 {
		t.Logf("told: %+v", got)
	}
}

// In the night an emergency reaches whoever is on call, and nobody else; all else waits for the opening.
func TestOnlyTheOnCallIsWoken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		clock.Set(r.clockAt("2026-03-02 23:30"))
		sam, ruth := r.staffNamed("Sam Field"), r.staffNamed("Ruth Ames")
		r.write(func(ctx context.Context, tx *db.Tx) error {
			return r.records.SetOnCall(ctx, tx, r.property, []record.OnCall{{Weekday: time.Monday, From: 18 * 60, To: 33 * 60, Staff: ruth.ID}})
		})
		r.activate(tell("workorder.opened", "role: maintenance_supervisor, minutes: 30, due: 1h, escalate: [{after: 1 business hour, role: property_manager}]"), 0)
		leak, drip := r.home("1", "Ana", -400, 200, old), r.home("2", "Ben", -400, 200, old)
		r.happen("workorder.opened", leak, map[string]any{"description": "Water through the ceiling", "priority": "emergency", "workorder": "wo_1"})
		r.happen("workorder.opened", drip, map[string]any{"description": "The tap drips", "priority": "routine", "workorder": "wo_2"})
		got := r.openTasks(leak)
		if len(got) != 1 || got[0].Owner != ruth.ID || !got[0].NotifyAt.Equal(clock.Now()) || !got[0].DueAt.Equal(clock.Now().Add(time.Hour)) {
			t.Errorf("the emergency: %+v", got)
		}
		got = r.openTasks(drip)
		if len(got) != 1 || got[0].Owner != sam.ID || !got[0].NotifyAt.Equal(r.clockAt("2026-03-03 09:00")) || !got[0].DueAt.Equal(r.clockAt("2026-03-03 09:30")) {
			t.Errorf("the tap: %+v", got)
		}
		r.changeStaff(record.Staff{Name: "Ruth Ames", Hours: []record.Hours{{Weekday: time.Tuesday, From: 13 * 60, To: 18 * 60}}})
		r.pass(12 * time.Hour) // 11:30: an hour after 9:30 is over, and Ruth is not there before 13:00
		if got := r.openTasks(drip); got[0].Owner != sam.ID {
			t.Errorf("it climbed to somebody off duty: %+v", got)
		}
		r.pass(90 * time.Minute)
		if got := r.openTasks(drip); got[0].Owner != ruth.ID || got[0].Escalated != 1 {
			t.Errorf("it did not climb once she is there: %+v", got)
		}
	})
}

// The load of the coming days holds what is given, and what runs that wait are likely to ask for on the day on which
// their wait ends.
func TestCapacityExpectsWhatWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		clock.Set(r.clockAt("2026-03-02 10:00"))
		r.activate(strings.Replace(tell("message.received", "role: leasing, minutes: 15, due: 1 business day"), "steps:", "steps:\n  - wait: 2d", 1), 0)
		r.activate(strings.Replace(tell("portal.visited", "role: leasing, minutes: 30, due: 1 business day"), "id: look", "id: now", 1), 0)
		for _, unit := range []string{"1", "2", "3"} {
			who := r.home(unit, "Ana", -400, 200, old)
			r.happen("message.received", who, map[string]any{"channel": "email", "text": "Hello."})
			r.happen("portal.visited", who, map[string]any{})
		}
		r.read(func(ctx context.Context, tx *db.Tx) error {
			c, err := r.engine.Capacity(ctx, tx, r.property, 5)
			if err != nil {
				return err
			}
			for _, p := range c.People {
				want := [5]int{}
				if p.Name == "Maria Lopez" {
					want[1] = 90
				}
				for i, day := range p.Days {
					if day.Given != want[i] || day.Minutes != 360 {
						t.Errorf("%s on day %d: %+v", p.Name, i, day)
					}
				}
			}
			if len(c.Expected) != 1 || c.Expected[0].Role != hearth.RoleLeasing || c.Expected[0].Minutes[2] != 45 || c.Expected[0].Minutes[1] != 0 {
				t.Errorf("expected %+v", c.Expected)
			}
			return nil
		})
	})
}
