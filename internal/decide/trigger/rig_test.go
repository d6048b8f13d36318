package trigger_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/packet"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// tester is what a rig needs of a test, or of one case of a property.
type tester interface {
	Helper()
	Context() context.Context
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// rig is a community on a real database with a clock that the test moves.
type rig struct {
	tester
	d         *db.DB
	clock     *hearth.VirtualClock
	log       *eventlog.Log
	records   *record.Store
	tasks     *task.Store
	messages  *message.Store
	orders    *workorder.Store
	decisions *decision.Store
	engine    *trigger.Engine
	property  hearth.PropertyID
	zone      *time.Location
	n         int
}

func newRig(t *testing.T, d *db.DB, clock *hearth.VirtualClock) *rig {
	t.Helper()
	return newRigWith(t, d, clock, rand.Reader)
}

// newRigWith takes the source of identities, so that two rigs can have the same.
func newRigWith(t tester, d *db.DB, clock *hearth.VirtualClock, random io.Reader) *rig {
	t.Helper()
	r := &rig{tester: t, d: d, clock: clock, decisions: decision.New()}
	var err error
	r.log, err = eventlog.New(d)
	r.must(err)
	r.records = record.New(r.log, random)
	words := consent.New(r.log)
	r.tasks = task.New(r.log, r.records)
	r.messages = message.New(r.log, words, random)
	r.orders = workorder.New(r.log, r.records, random)
	r.engine = r.newEngine("node-1")
	r.write(func(ctx context.Context, tx *db.Tx) error {
		p, _, err := r.records.PutProperty(ctx, tx, record.News{Source: "test"}, record.Property{Name: "Oak Court", City: "Albany",
			State: "NY", Zip: "12207", Zone: "America/New_York", ZoneConfirmed: true})
		r.property = p.ID
		return err
	})
	r.zone, err = time.LoadLocation("America/New_York")
	r.must(err)
	for _, s := range []struct {
		name string
		role hearth.Role
	}{{"Maria Lopez", hearth.RoleLeasing}, {"Sam Field", hearth.RoleSupervisor}, {"Ruth Ames", hearth.RoleManager}} {
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, _, err := r.records.PutStaff(ctx, tx, record.News{Source: "test"}, record.Staff{Name: s.name,
				Roles: []record.StaffRole{{Property: r.property, Role: s.role}}})
			return err
		})
	}
	return r
}

// newEngine builds an engine over the rig's database, as another process would.
func (r *rig) newEngine(node string) *trigger.Engine {
	r.Helper()
	templates, err := desk.Load(desk.Shipped())
	r.must(err)
	words := consent.New(r.log)
	owners := assign.New(r.records, r.tasks)
	dk, err := desk.New(desk.Deps{Records: r.records, Consent: words, Messages: r.messages, Tasks: r.tasks, Decisions: r.decisions,
		Assign: owners, Templates: templates, Sink: true})
	r.must(err)
	env, err := rule.NewEnv(signal.Fields())
	r.must(err)
	c, err := playbook.NewCompiler(env, eventlog.Types(), func(id string) bool { _, ok := templates.Get(id); return ok })
	r.must(err)
	return trigger.New(trigger.Deps{DB: r.d, Log: r.log, Env: env, Compiler: c, Records: r.records, Desk: dk, Tasks: r.tasks,
		Assign: owners, Packer: packet.New(r.records, r.orders, r.messages), Decisions: r.decisions, Node: node,
		Logger: slog.New(slog.DiscardHandler)})
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *rig) write(f func(ctx context.Context, tx *db.Tx) error) {
	r.Helper()
	r.must(r.d.Write(r.Context(), func(tx *db.Tx) error { return f(r.Context(), tx) }))
}

func (r *rig) read(f func(ctx context.Context, tx *db.Tx) error) {
	r.Helper()
	r.must(r.d.Read(r.Context(), func(tx *db.Tx) error { return f(r.Context(), tx) }))
}

// home puts a household of one leaseholder, with dates relative to today in days.
func (r *rig) home(unit, first string, start, end int, n record.News) hearth.ResidentID {
	r.Helper()
	today := r.today()
	var id hearth.ResidentID
	r.write(func(ctx context.Context, tx *db.Tx) error {
		n.Source = "test"
		lease := record.HomeLease{Start: today + hearth.Day(start), End: today + hearth.Day(end), RentCents: 150000}
		if start <= 0 {
			lease.MoveIn = today + hearth.Day(start)
		}
		res, err := r.records.PutHome(ctx, tx, n, record.Home{Property: r.property, Unit: record.Unit{Label: unit}, Lease: lease,
			Members: []record.Member{{Resident: record.Resident{First: first, Last: "Example", Email: first + "@home.example"}, External: "t-" + unit}}})
		if err == nil {
			id = res.Members[0].ID
		}
		return err
	})
	return id
}

func (r *rig) today() hearth.Day { return hearth.DayOf(r.clock.Now(), r.zone) }

// happen appends an event as of now and decides it.
func (r *rig) happen(t hearth.EventType, who hearth.ResidentID, data map[string]any) {
	r.Helper()
	r.event(&hearth.Event{Type: t, Residents: []hearth.ResidentID{who}}, data)
	r.drain()
}

func (r *rig) event(ev *hearth.Event, data map[string]any) {
	r.Helper()
	r.n++
	raw, err := json.Marshal(data)
	r.must(err)
	ev.ID, ev.Source, ev.Property, ev.Data = strconv.Itoa(r.n), "test", r.property, raw
	if ev.Subject.Kind == "" {
		ev.Subject = hearth.Subject{Kind: "resident", ID: string(ev.Residents[0])}
	}
	if ev.Time.IsZero() {
		ev.Time = r.clock.Now()
	}
	r.must(r.log.Check(ev))
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := r.log.Append(ctx, tx, ev)
		return err
	})
}

func (r *rig) drain() {
	r.Helper()
	r.must(r.engine.Drain(r.Context()))
}

// pass lets time pass from one due row to the next, deciding each when it is due.
func (r *rig) pass(d time.Duration) {
	r.Helper()
	end := r.clock.Now().Add(d)
	for {
		next := end
		r.read(func(ctx context.Context, tx *db.Tx) error {
			for part := range eventlog.Parts {
				at, ok, err := work.NextAt(ctx, tx, trigger.Lane, part)
				if err != nil {
					return err
				}
				if ok && at.Before(next) {
					next = at
				}
			}
			return nil
		})
		if next.After(r.clock.Now()) {
			r.clock.Set(next)
		}
		r.drain()
		if !next.Before(end) {
			return
		}
	}
}

func (r *rig) activate(text string, aDay int) trigger.Activation {
	r.Helper()
	a, err := r.engine.Activate(r.Context(), []byte(text), aDay)
	r.must(err)
	r.drain()
	return a
}

// tasksOf gives all tasks about the resident, by due time.
func (r *rig) tasksOf(who hearth.ResidentID) []task.Task {
	r.Helper()
	var out []task.Task
	r.read(func(ctx context.Context, tx *db.Tx) error {
		var err error
		out, _, err = r.tasks.List(ctx, tx, task.Filter{Resident: who, States: []task.State{task.Open, task.Taken, task.Done,
			task.Declined, task.Cancelled}}, "", 200)
		return err
	})
	return out
}

// openTasks gives the resident's tasks that are not closed, by due time.
func (r *rig) openTasks(who hearth.ResidentID) []task.Task {
	r.Helper()
	var out []task.Task
	for _, t := range r.tasksOf(who) {
		if !t.State.Closed() {
			out = append(out, t)
		}
	}
	return out
}

// siteTasks gives the open tasks of a playbook for the property.
func (r *rig) siteTasks(id hearth.PlaybookID) []task.Task {
	r.Helper()
	var out []task.Task
	r.read(func(ctx context.Context, tx *db.Tx) (err error) {
		out, _, err = r.tasks.List(ctx, tx, task.Filter{Playbook: id, Property: r.property, States: []task.State{task.Open, task.Taken}}, "", 200)
		return err
	})
	return out
}

// outcomes gives what was decided for the resident at a stage, oldest first.
func (r *rig) outcomes(who hearth.ResidentID, stage string) []decision.Decision {
	r.Helper()
	var out []decision.Decision
	r.read(func(ctx context.Context, tx *db.Tx) error {
		items, _, err := r.decisions.List(ctx, tx, decision.Filter{Resident: who, Stage: stage}, "", 100)
		for i := len(items) - 1; i >= 0; i-- {
			out = append(out, items[i])
		}
		return err
	})
	return out
}
