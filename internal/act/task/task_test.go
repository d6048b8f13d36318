package task

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/work"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

type bundle struct {
	t       *testing.T
	db      *db.DB
	clock   *hearth.VirtualClock
	log     *eventlog.Log
	records *record.Store
	tasks   *Store
	oak     hearth.PropertyID
	ana     hearth.ResidentID
	staff   map[string]hearth.Actor // by first name
}

func setup(t *testing.T, d *db.DB, clock *hearth.VirtualClock) *bundle {
	t.Helper()
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{t: t, db: d, clock: clock, log: l, records: record.New(l, rand.NewChaCha8([32]byte{2})), staff: map[string]hearth.Actor{}}
	b.tasks = New(l, b.records)
	b.write(func(ctx context.Context, tx *db.Tx) error {
		p, _, err := b.records.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Oak Court", State: "NY", Zip: "10001"})
		if err != nil {
			return err
		}
		b.oak = p.ID
		for name, role := range map[string]hearth.Role{"Lee": hearth.RoleLeasing, "Mia": hearth.RoleManager, "Tom": hearth.RoleTechnician, "Liv": hearth.RoleLeasing} {
			m, _, err := b.records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: name, Roles: []record.StaffRole{{Property: p.ID, Role: role}}})
			if err != nil {
				return err
			}
			b.staff[name] = hearth.Actor{Kind: "staff", ID: string(m.ID), Name: name}
		}
		home, err := b.records.PutHome(ctx, tx, record.News{}, record.Home{Property: p.ID, Unit: record.Unit{Label: "4B"},
			Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Ruiz"}}}})
		if err != nil {
			return err
		}
		b.ana = home.Members[0].ID
		return nil
	})
	return b
}

func (b *bundle) write(f func(ctx context.Context, tx *db.Tx) error) {
	b.t.Helper()
	if err := b.try(f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) try(f func(ctx context.Context, tx *db.Tx) error) error {
	return b.db.Write(b.t.Context(), func(tx *db.Tx) error { return f(b.t.Context(), tx) })
}

func (b *bundle) task(id string, change func(*Task)) Task {
	b.t.Helper()
	t := Task{ID: hearth.TaskID(id), Property: b.oak, Resident: b.ana, Kind: "playbook", Title: "Call Ana", Why: "She has been quiet.",
		Role: hearth.RoleLeasing, Owner: hearth.StaffID(b.staff["Lee"].ID), Minutes: 15, DueAt: b.clock.Now().Add(4 * time.Hour)}
	if change != nil {
		change(&t)
	}
	b.write(func(ctx context.Context, tx *db.Tx) error { return b.tasks.Insert(ctx, tx, []Task{t}) })
	return b.get(id)
}

func (b *bundle) get(id string) Task {
	b.t.Helper()
	var t Task
	b.write(func(ctx context.Context, tx *db.Tx) (err error) {
		t, err = b.tasks.Get(ctx, tx, hearth.TaskID(id))
		return err
	})
	return t
}

func (b *bundle) done(who, id string, facts map[string]string) error {
	return b.try(func(ctx context.Context, tx *db.Tx) error {
		return b.tasks.Done(ctx, tx, b.actor(who), hearth.TaskID(id), facts)
	})
}

func (b *bundle) actor(who string) hearth.Actor {
	if a, ok := b.staff[who]; ok {
		return a
	}
	return hearth.Actor{Kind: who, ID: "x"}
}

// events gives the types of the task's events with their data, oldest first.
func (b *bundle) events(kinds ...hearth.EventType) []map[string]any {
	b.t.Helper()
	var out []map[string]any
	b.write(func(ctx context.Context, tx *db.Tx) error {
		evs, err := b.log.Read(ctx, tx, eventlog.PartOf(b.oak), 0, 1000)
		for _, e := range evs {
			for _, k := range kinds {
				if e.Type == k {
					m := map[string]any{"type": string(e.Type), "subject": e.Subject.String()}
					if err := json.Unmarshal(e.Data, &m); err != nil {
						return err
					}
					out = append(out, m)
				}
			}
		}
		return err
	})
	return out
}

// due gives when the task's due row fires, zero without one.
func (b *bundle) due(id string) time.Time {
	b.t.Helper()
	var at time.Time
	rollback := errors.New("only looking")
	err := b.try(func(ctx context.Context, tx *db.Tx) error {
		rows, err := work.Take(ctx, tx, DueLane, eventlog.PartOf(b.oak), b.clock.Now().Add(10000*time.Hour), 100)
		if err != nil {
			return err
		}
		for _, d := range rows {
			if d.Kind == DueKind && d.Key == id {
				at = d.At
			}
		}
		return rollback
	})
	if !errors.Is(err, rollback) {
		b.t.Fatal(err)
	}
	return at
}

func TestDoneTellsWhatWasLearned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		made := b.task("tsk_1", func(t *Task) {
			t.Asks = []Ask{{Fact: "intent", Question: "Do they want to stay?", Kind: "yes_no"}, {Fact: "contact", Question: "How?", Kind: "contact"},
				{Fact: "pet", Question: "A pet?", Kind: "preference:pets", Optional: true}, {Fact: "next", Question: "What did you promise?", Kind: "promise"},
				{Fact: "note", Question: "Anything else?", Optional: true}}
			t.Checklist, t.Escalation = []string{"Read the history"}, []Rung{{AfterBusinessDays: 1, Role: hearth.RoleManager}}
			t.Context = Context{Facts: []Fact{{"Unit", "4B"}}, History: []string{"Quiet since May"}}
		})
		if made.State != Open || made.Part != eventlog.PartOf(b.oak) || made.Context.Facts[0].Value != "4B" || made.Escalation[0].Role != hearth.RoleManager {
			t.Errorf("stored %+v", made)
		}
		if got := b.due("tsk_1"); !got.Equal(made.DueAt) {
			t.Errorf("due row at %s, want %s", got, made.DueAt)
		}
		facts := map[string]string{"intent": "Y", "contact": "visit", "pet": "a dog", "next": "2026-03-06 a quote for new blinds", "note": " kind "}
		if err := b.done("Lee", "tsk_1", facts); err != nil {
			t.Fatal(err)
		}
		got := b.get("tsk_1")
		if got.State != Done || got.Facts["intent"] != "yes" || got.Facts["note"] != "kind" || got.ClosedBy.ID != b.staff["Lee"].ID || got.Closed.IsZero() {
			t.Errorf("closed as %+v", got)
		}
		if at := b.due("tsk_1"); !at.IsZero() {
			t.Error("the due row of a closed task is still there")
		}
		evs := b.events("task.done", "contact.personal", "preference.changed", "promise.made")
		if len(evs) != 4 {
			t.Fatalf("%d events: %v", len(evs), evs)
		}
		if evs[1]["staff"] != b.staff["Lee"].ID || evs[1]["kind"] != "visit" {
			t.Errorf("contact %v", evs[1])
		}
		if evs[2]["name"] != "pets" || evs[2]["value"] != "a dog" {
			t.Errorf("preference %v", evs[2])
		}
		if evs[3]["text"] != "a quote for new blinds" || evs[3]["due"] != "2026-03-07T05:00:00Z" {
			t.Errorf("promise %v", evs[3])
		}
		for name, again := range map[string]map[string]string{"nothing": nil, "the same": facts, "a part of it": {"intent": "true"}, "a blank": {"intent": " "}} {
			if err := b.done("Lee", "tsk_1", again); err != nil {
				t.Errorf("done again with %s: %v", name, err)
			}
		}
		clock.Advance(30 * 24 * time.Hour) // the promised day is over; telling the same of it is still the same
		if err := b.done("token", "tsk_1", facts); err != nil {
			t.Errorf("done again a month later: %v", err)
		}
		for name, other := range map[string]map[string]string{"another answer": {"intent": "no"}, "one not asked for": {"bogus": "1"}, "an unreadable one": {"intent": "maybe"}} {
			err := b.done("Mia", "tsk_1", other)
			if hearth.CodeOf(err) != hearth.CodeConflict || !strings.Contains(err.Error(), "was done by Lee on ") || !strings.Contains(err.Error(), " March 2026, ") {
				t.Errorf("done again with %s: %v", name, err)
			}
		}
		if err := b.done("Tom", "tsk_1", nil); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("somebody without the role is told that it is done: %v", err)
		}
		if n := len(b.events("task.done")); n != 1 || b.get("tsk_1").Facts["intent"] != "yes" {
			t.Errorf("done twice told %d times", n)
		}
	})
}

func TestDoneAsksForFacts(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	for i, c := range []struct {
		name, kind, value string
		optional, ok      bool
	}{
		{"missing", "text", "", false, false}, {"missing but optional", "text", "", true, true}, {"blank", "text", "  ", false, false},
		{"a text", "", "anything", false, true}, {"not yes or no", "yes_no", "maybe", false, false}, {"a number", "number", "4.5", false, true},
		{"no number", "number", "four", false, false}, {"a date", "date", "2026-03-06", false, true}, {"no date", "date", "Friday", false, false},
		{"a choice", "choice:stay|leave", "STAY", false, true}, {"no choice", "choice:stay|leave", "think", false, false},
		{"a promise without a date", "promise", "new blinds", false, false}, {"no promise", "promise", "no", false, true},
		{"a promise for yesterday", "promise", "2026-03-01 new blinds", false, false}, {"a promise for today", "promise", "2026-03-02 new blinds", true, true},
		{"no channel", "preference:channel", "smoke", false, false}, {"a channel", "preference:channel", "text", false, true}, {"a liking", "preference:pets", "smoke", false, true},
		{"too long", "text", strings.Repeat("x", maxFact+1), false, false},
	} {
		id := "tsk_" + string(rune('a'+i))
		b.task(id, func(t *Task) { t.Asks = []Ask{{Fact: "what", Question: "What?", Kind: c.kind, Optional: c.optional}} })
		err := b.done("Lee", id, map[string]string{"what": c.value})
		var e *hearth.Error
		switch {
		case c.ok && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case !c.ok && (!errors.As(err, &e) || e.Code != hearth.CodeInvalid || e.Field != "what"):
			t.Errorf("%s: error %v, want one about the fact", c.name, err)
		case !c.ok && b.get(id).State != Open:
			t.Errorf("%s: refused, and yet %s", c.name, b.get(id).State)
		}
	}
	if n := len(b.events("contact.personal", "promise.made")); n != 1 {
		t.Errorf("%d events of facts, want the one promise for today", n)
	}
}

func TestFactsThatNobodyAskedFor(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	b.task("tsk_none", nil)
	b.task("tsk_two", func(t *Task) {
		t.Asks = []Ask{{Fact: "learned", Question: "What?"}, {Fact: "matters", Question: "What matters?", Optional: true}}
	})
	for _, c := range []struct {
		id    string
		facts map[string]string
		field string
		says  string
	}{
		{"tsk_none", map[string]string{"bogus": "1"}, "bogus", "it asks for no facts"},
		{"tsk_two", map[string]string{"learned": "likes plants", "lerned": "2"}, "lerned", "it asks for learned, matters"},
	} {
		err := b.done("Lee", c.id, c.facts)
		var e *hearth.Error
		if !errors.As(err, &e) || e.Code != hearth.CodeInvalid || e.Field != c.field || !strings.Contains(e.Message, c.says) || b.get(c.id).State != Open {
			t.Errorf("%v: %v, state %s", c.facts, err, b.get(c.id).State)
		}
	}
	if err := b.done("Lee", "tsk_two", map[string]string{"learned": "likes plants", "other": "  "}); err != nil {
		t.Errorf("a blank is no fact: %v", err)
	}
}

func TestContactIsSomebodys(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	for i, c := range []struct {
		name, owner, who, contact string
		want                      string // the staff member of the event, "" for none
		ok                        bool
	}{
		{"a program, for the owner", "Lee", "token", "call", "Lee", true},
		{"the operator, for the owner", "Lee", "system", "call", "Lee", true},
		{"a manager herself", "Lee", "Mia", "call", "Mia", true},
		{"a colleague from the queue", "", "Liv", "visit", "Liv", true},
		{"a program from the queue", "", "token", "call", "", false},
		{"the operator from the queue", "", "system", "call", "", false},
		{"nobody was reached", "", "system", "no", "", true},
	} {
		id := "tsk_" + string(rune('a'+i))
		b.task(id, func(t *Task) {
			t.Owner, t.Asks = hearth.StaffID(b.staff[c.owner].ID), []Ask{{Fact: "contact", Question: "How?", Kind: "contact"}}
		})
		before := len(b.events("contact.personal"))
		err := b.done(c.who, id, map[string]string{"contact": c.contact})
		var e *hearth.Error
		if !c.ok && (!errors.As(err, &e) || e.Field != "by" || b.get(id).State != Open) || c.ok && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		told := b.events("contact.personal")[before:]
		if c.want == "" && len(told) > 0 || c.want != "" && (len(told) != 1 || told[0]["staff"] != b.staff[c.want].ID) {
			t.Errorf("%s: told %v", c.name, told)
		}
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	take := func(who, id string) error {
		return b.try(func(ctx context.Context, tx *db.Tx) error {
			return b.tasks.Take(ctx, tx, b.actor(who), hearth.TaskID(id))
		})
	}
	finish := func(who, id string) error { return b.done(who, id, nil) }
	for i, c := range []struct {
		name  string
		owner string
		state State
		who   string
		do    func(who, id string) error
		want  hearth.Code
	}{
		{"the owner is done", "Lee", Open, "Lee", finish, ""},
		{"a manager is done for them", "Lee", Open, "Mia", finish, ""},
		{"a colleague is not", "Lee", Open, "Liv", finish, hearth.CodeForbidden},
		{"a technician is not", "", Open, "Tom", finish, hearth.CodeForbidden},
		{"anybody with the role, from the queue", "", Open, "Liv", finish, ""},
		{"a program with a token", "Lee", Open, "token", finish, ""},
		{"a resident never", "", Open, "resident", finish, hearth.CodeForbidden},
		{"a cancelled one", "Lee", Cancelled, "Lee", finish, hearth.CodeConflict},
		{"taking from the queue", "", Open, "Liv", take, ""},
		{"taking one's own", "Lee", Open, "Lee", take, ""},
		{"taking an open one of a colleague", "Lee", Open, "Liv", take, ""},
		{"taking what a colleague is at", "Lee", Taken, "Liv", take, hearth.CodeConflict},
		{"a manager taking it over", "Lee", Taken, "Mia", take, ""},
		{"taking without the role", "", Open, "Tom", take, hearth.CodeForbidden},
		{"taking what is done", "Lee", Done, "Lee", take, hearth.CodeConflict},
	} {
		id := "tsk_" + string(rune('a'+i))
		b.task(id, func(t *Task) {
			t.Owner, t.State = hearth.StaffID(b.staff[c.owner].ID), c.state
		})
		if err := c.do(c.who, id); hearth.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if c.want == "" && c.owner == "" && c.who == "Liv" && string(b.get(id).Owner) != b.staff["Liv"].ID {
			t.Errorf("%s: owner %q", c.name, b.get(id).Owner)
		}
	}
	if err := finish("Lee", "tsk_none"); hearth.CodeOf(err) != hearth.CodeNotFound {
		t.Errorf("a task that is not there: %v", err)
	}
}

func TestDeclineAndEscalate(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	b.task("tsk_1", nil)
	b.write(func(ctx context.Context, tx *db.Tx) error {
		return b.tasks.Decline(ctx, tx, b.staff["Lee"], "tsk_1", "I am off.")
	})
	got := b.get("tsk_1")
	if got.Owner != "" || got.State != Open || !strings.Contains(got.Context.Notes[0], "I am off.") {
		t.Errorf("declined: %+v", got)
	}
	if at := b.due("tsk_1"); !at.Equal(clock.Now()) {
		t.Errorf("a declined task is looked at again at %s, want now", at)
	}
	clock.Advance(time.Minute)
	next := clock.Now().Add(time.Hour)
	b.write(func(ctx context.Context, tx *db.Tx) error {
		return b.tasks.Escalate(ctx, tx, "tsk_1", Handover{Role: hearth.RoleManager, Staff: hearth.StaffID(b.staff["Mia"].ID), Reason: "Late.", Next: next, Rungs: 1})
	})
	got = b.get("tsk_1")
	if string(got.Owner) != b.staff["Mia"].ID || got.Role != hearth.RoleManager || got.Escalated != 1 {
		t.Errorf("escalated: %+v", got)
	}
	if at := b.due("tsk_1"); !at.Equal(next) {
		t.Errorf("next look at %s, want %s", at, next)
	}
	if evs := b.events("task.declined", "task.escalated"); len(evs) != 2 || evs[1]["to"] != "property_manager" {
		t.Errorf("events %v", evs)
	}
	b.write(func(ctx context.Context, tx *db.Tx) error {
		if err := b.tasks.Cancel(ctx, tx, hearth.System("test"), "tsk_1", "They left."); err != nil {
			return err
		}
		return b.tasks.Escalate(ctx, tx, "tsk_1", Handover{Role: hearth.RoleLeasing})
	})
	if got := b.get("tsk_1"); got.State != Cancelled || got.Role != hearth.RoleManager || !b.due("tsk_1").IsZero() {
		t.Errorf("a cancelled task moved: %+v", got)
	}
}

func TestInsertOnceAndList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		for i, id := range []string{"tsk_1", "tsk_2", "tsk_3", "tsk_4"} {
			b.task(id, func(t *Task) {
				t.DueAt = clock.Now().Add(time.Duration(4-i) * time.Hour)
				if i == 3 {
					t.Owner = ""
				}
			})
		}
		if err := b.done("Lee", "tsk_1", nil); err != nil {
			t.Fatal(err)
		}
		b.task("tsk_1", nil) // repeated: stays done, without a due row
		if got := b.get("tsk_1"); got.State != Done || !b.due("tsk_1").IsZero() {
			t.Errorf("inserted again: %+v", got)
		}
		list := func(f Filter, cursor string, limit int) (ids []string, next string) {
			b.write(func(ctx context.Context, tx *db.Tx) error {
				items, n, err := b.tasks.List(ctx, tx, f, cursor, limit)
				next = n
				for _, t := range items {
					ids = append(ids, string(t.ID))
				}
				return err
			})
			return ids, next
		}
		first, next := list(Filter{}, "", 2)
		rest, end := list(Filter{}, next, 2)
		if got := strings.Join(append(first, rest...), " "); got != "tsk_4 tsk_3 tsk_2" || next == "" || end != "" {
			t.Errorf("list %s, cursors %q %q", got, next, end)
		}
		for _, c := range []struct {
			f    Filter
			want string
		}{
			{Filter{Queue: true}, "tsk_4"}, {Filter{Owner: hearth.StaffID(b.staff["Lee"].ID)}, "tsk_3 tsk_2"},
			{Filter{States: []State{Done}}, "tsk_1"}, {Filter{Resident: "res_nobody"}, ""}, {Filter{Role: hearth.RoleLeasing, Property: b.oak}, "tsk_4 tsk_3 tsk_2"},
		} {
			if got, _ := list(c.f, "", 0); strings.Join(got, " ") != c.want {
				t.Errorf("%+v: %v, want %s", c.f, got, c.want)
			}
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			lee := hearth.StaffID(b.staff["Lee"].ID)
			day := hearth.MakeDay(2026, 3, 2).Start(time.UTC)
			load, err := b.tasks.Given(ctx, tx, []hearth.StaffID{lee, "stf_nobody"}, day, day.Add(24*time.Hour))
			sum := 0
			for _, g := range load {
				if g.Owner != lee || g.At.Before(day) || g.At.Minute()%15 != 0 {
					t.Errorf("given %+v", g)
				}
				sum += g.Minutes
			}
			if sum != 45 {
				t.Errorf("load %v, want 45 minutes for Lee", load)
			}
			if load, err2 := b.tasks.Given(ctx, tx, []hearth.StaffID{lee}, day.Add(24*time.Hour), day.Add(48*time.Hour)); len(load) != 0 || err2 != nil {
				t.Errorf("load of the next day %v (%v)", load, err2)
			}
			if load, err2 := b.tasks.Given(ctx, tx, nil, day, day.Add(48*time.Hour)); len(load) != 0 || err2 != nil {
				t.Errorf("load of nobody %v (%v)", load, err2)
			}
			return err
		})
	})
}

func TestInsertRefuses(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	good := Task{ID: "tsk_1", Property: b.oak, Title: "Call", Role: hearth.RoleLeasing}
	for _, change := range []func(*Task){
		func(t *Task) { t.ID = "" }, func(t *Task) { t.Property = "" }, func(t *Task) { t.Title = "" }, func(t *Task) { t.Role = "boss" },
		func(t *Task) { t.Asks = []Ask{{Fact: ""}} }, func(t *Task) { t.Asks = []Ask{{Fact: "x", Kind: "guess"}} },
		func(t *Task) { t.Asks = []Ask{{Fact: "x", Kind: "preference:"}} },
	} {
		bad := good
		change(&bad)
		err := b.try(func(ctx context.Context, tx *db.Tx) error { return b.tasks.Insert(ctx, tx, []Task{bad}) })
		if hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
