package desk

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// chance is a repeatable source of ids.
type chance struct{ n uint64 }

func (c *chance) Read(p []byte) (int, error) {
	for i := 0; i < len(p); i += sha256.Size {
		c.n++
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, c.n))
		copy(p[i:], sum[:])
	}
	return len(p), nil
}

// house is a community with a desk: Ana and Luis share home 4B and an e-mail address, with little Mia; Ben in 5A has
// no address; Cleo in 6C has her own.
type house struct {
	t     testing.TB
	db    *db.DB
	clock *hearth.VirtualClock
	desk  *Desk
	oak   hearth.PropertyID
	zone  *time.Location

	ana, luis, mia, ben, cleo hearth.ResidentID

	states map[hearth.ResidentID]*signal.State
	n      int
}

func eachHouse(t *testing.T, f func(t *testing.T, h *house)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) { f(t, newHouse(t, d, clock)) })
}

func newHouse(t testing.TB, d *db.DB, clock *hearth.VirtualClock) *house {
	t.Helper()
	log, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	random := &chance{}
	records := record.New(log, random)
	consents := consent.New(log)
	tasks := task.New(log, records)
	templates, err := Load(Shipped())
	if err != nil {
		t.Fatal(err)
	}
	desk, err := New(Deps{Records: records, Consent: consents, Messages: message.New(log, consents, random), Tasks: tasks,
		Decisions: decision.New(), Assign: assign.New(records, tasks), Templates: templates})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: d, clock: clock, desk: desk, zone: mustZone(t, "America/New_York"), states: map[hearth.ResidentID]*signal.State{}}
	h.moveIn()
	return h
}

// moveIn fills the house.
func (h *house) moveIn() {
	h.t.Helper()
	today := hearth.DayOf(h.clock.Now(), h.zone)
	person := func(first, email string, role hearth.HouseholdRole) record.Member {
		return record.Member{Resident: record.Resident{First: first, Last: "Ruiz", Email: email, Role: role}}
	}
	h.write(func(ctx context.Context, tx *db.Tx) error {
		r := h.desk.Records
		p, _, err := r.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Oak Court", Zone: "America/New_York", ZoneHow: "told", ZoneConfirmed: true})
		if err != nil {
			return err
		}
		h.oak = p.ID
		home := func(unit string, members ...record.Member) ([]hearth.ResidentID, error) {
			res, err := r.PutHome(ctx, tx, record.News{Cause: unit}, record.Home{Property: p.ID, Unit: record.Unit{Label: unit}, Members: members,
				Lease: record.HomeLease{Start: today - 100, End: today + 265, MoveIn: today - 100}})
			var ids []hearth.ResidentID
			for _, m := range res.Members {
				ids = append(ids, m.ID)
			}
			return ids, err
		}
		four, err := home("4B", person("Ana", "home4b@example.com", hearth.MemberLeaseholder), person("Luis", "home4b@example.com", hearth.MemberOccupant), person("Mia", "", hearth.MemberMinor))
		if err != nil {
			return err
		}
		five, err := home("5A", person("Ben", "", hearth.MemberLeaseholder))
		if err != nil {
			return err
		}
		six, err := home("6C", person("Cleo", "cleo@example.com", hearth.MemberLeaseholder))
		if err != nil {
			return err
		}
		h.ana, h.luis, h.mia, h.ben, h.cleo = four[0], four[1], four[2], five[0], six[0]
		_, _, err = r.PutStaff(ctx, tx, record.News{}, record.Staff{Name: "Pat Moss", Roles: []record.StaffRole{{Property: p.ID, Role: hearth.RoleManager}, {Property: p.ID, Role: hearth.RoleLeasing}}})
		return err
	})
	for _, id := range []hearth.ResidentID{h.ana, h.luis, h.mia, h.ben, h.cleo} {
		h.fold(id, "lease.recorded", fmt.Sprintf(`{"lease":"l","unit":"u","start":"%s","end":"%s","move_in":"%s"}`, today-100, today+265, today-100))
	}
}

func (h *house) write(f func(ctx context.Context, tx *db.Tx) error) {
	h.t.Helper()
	ctx := context.Background()
	if err := h.db.Write(ctx, func(tx *db.Tx) error { return f(ctx, tx) }); err != nil {
		h.t.Fatal(err)
	}
}

// fold lets something happen to a resident, in the signals only.
func (h *house) fold(id hearth.ResidentID, kind hearth.EventType, data string) {
	if h.states[id] == nil {
		h.states[id] = &signal.State{}
	}
	h.n++
	h.states[id].Fold(&hearth.Event{ID: fmt.Sprint(h.n), Type: kind, Subject: hearth.Subject{Kind: "workorder", ID: fmt.Sprint(h.n)},
		Residents: []hearth.ResidentID{id}, Time: h.clock.Now(), Data: []byte(data)}, h.zone)
}

func (h *house) view(id hearth.ResidentID) signal.View {
	s := h.states[id]
	if s == nil {
		s = &signal.State{}
	}
	return signal.NewView(s, h.clock.Now(), h.zone)
}

// closed is news about a finished request.
func (h *house) closed(id string, who hearth.ResidentID, what string) Intent {
	return Intent{ID: hearth.MessageID("msg_" + id), Property: h.oak, Resident: who, Template: "service-closed",
		Facts: map[string]any{"event": map[string]any{"category": "plumbing", "resolution": what}}, Why: "The work was completed."}
}

func (h *house) submit(in ...Intent) []Verdict {
	h.t.Helper()
	var out []Verdict
	h.write(func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = h.desk.Submit(ctx, tx, in, h.view)
		return err
	})
	return out
}

// wake lets the time pass until the held ones are due, and asks the desk again.
func (h *house) wake(until time.Time) []Verdict {
	h.t.Helper()
	h.clock.Set(until)
	var out []Verdict
	h.write(func(ctx context.Context, tx *db.Tx) error {
		due, err := work.Take(ctx, tx, work.EngineLane, eventlog.PartOf(h.oak), tx.Now(), 100)
		if err != nil {
			return err
		}
		held := due[:0]
		for _, d := range due {
			if d.Kind == HoldKind {
				held = append(held, d)
			}
		}
		out, err = h.desk.Wake(ctx, tx, held, h.view)
		return err
	})
	return out
}

func (h *house) message(id string) message.Message {
	h.t.Helper()
	var m message.Message
	h.write(func(ctx context.Context, tx *db.Tx) (err error) {
		m, err = h.desk.Messages.Get(ctx, tx, hearth.MessageID("msg_"+id))
		return err
	})
	return m
}

func (h *house) tasks(who hearth.ResidentID) []task.Task {
	h.t.Helper()
	var out []task.Task
	h.write(func(ctx context.Context, tx *db.Tx) (err error) {
		out, _, err = h.desk.Tasks.List(ctx, tx, task.Filter{Resident: who}, "", 50)
		return err
	})
	return out
}

func (h *house) decisions(who hearth.ResidentID) []decision.Decision {
	h.t.Helper()
	var out []decision.Decision
	h.write(func(ctx context.Context, tx *db.Tx) (err error) {
		out, _, err = h.desk.Decisions.List(ctx, tx, decision.Filter{Resident: who, Stage: "desk"}, "", 50)
		return err
	})
	return out
}

func want(t *testing.T, got Verdict, outcome, reason string) {
	t.Helper()
	if got.Outcome != outcome || !strings.Contains(got.Reason, reason) {
		t.Errorf("got %q because %q, want %q because of %q", got.Outcome, got.Reason, outcome, reason)
	}
}

func TestAMessageGoesOutWithItsDecision(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		in := h.closed("a", h.cleo, "Replaced the trap.")
		want(t, h.submit(in)[0], Sent, "Sent to Cleo Ruiz by e-mail")
		m := h.message("a")
		if m.State != message.Queued || m.Address != "cleo@example.com" || m.Class != hearth.ClassService || m.Purpose != "service.closed" {
			t.Errorf("got %+v, want it queued to her address with the template's class and purpose", m)
		}
		if m.Subject != "Your plumbing request: what we did" || !strings.Contains(m.Body, "Hello Cleo,") || !strings.Contains(m.Body, "Replaced the trap.") {
			t.Errorf("got %q / %q", m.Subject, m.Body)
		}
		d := h.decisions(h.cleo)
		if len(d) != 1 || d[0].Outcome != Sent || d[0].Object != "msg_a" || d[0].Facts["why"] != "The work was completed." || d[0].Facts["channel"] != "email" {
			t.Errorf("got decisions %+v, want one with its facts", d)
		}
		h.clock.Advance(time.Minute)
		want(t, h.submit(in)[0], Sent, "decided already")
		if n := len(h.decisions(h.cleo)); n != 1 {
			t.Errorf("got %d decisions after the same intent twice, want 1", n)
		}
	})
}

func TestQuietHoursHoldUntilMorning(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-07 22:30 -0500")) // the night in which the clock goes forward
		v := h.submit(h.closed("a", h.cleo, "Done."))[0]
		want(t, v, Held, "Held until tomorrow 08:00: quiet hours at Oak Court (21:00 to 08:00).")
		morning := at("2026-03-08 08:00 -0400")
		if !v.Until.Equal(morning) || h.message("a").State != message.Held {
			t.Fatalf("got %s and state %s, want held until %s", v.Until, h.message("a").State, morning)
		}
		if early := h.wake(morning.Add(-time.Millisecond)); len(early) != 0 {
			t.Errorf("got %+v before its time", early)
		}
		want(t, h.wake(morning)[0], Sent, "")
		if m := h.message("a"); m.State != message.Queued {
			t.Errorf("got state %s, want queued", m.State)
		}
		if d := h.decisions(h.cleo); len(d) != 2 || d[0].Outcome != Sent || d[1].Outcome != Held {
			t.Errorf("got %+v, want both answers on record", d)
		}
	})
}

func TestShortNotesOfOneMorningBecomeOneMessage(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 22:30 -0500"))
		h.submit(h.closed("a", h.cleo, "Replaced the trap."), h.closed("b", h.cleo, "Fixed the lamp."))
		got := h.wake(at("2026-03-03 08:00 -0500"))
		if len(got) != 2 {
			t.Fatalf("got %d verdicts, want 2", len(got))
		}
		want(t, got[0], Sent, "")
		want(t, got[1], Merged, "one message")
		first, second := h.message("a"), h.message("b")
		if first.State != message.Queued || second.State != message.Merged || got[1].Into != "msg_a" {
			t.Errorf("got %s and %s into %q, want one queued and one merged into it", first.State, second.State, got[1].Into)
		}
		if first.Subject != "A few short notes from Oak Court" || !strings.Contains(first.Body, "trap") || !strings.Contains(first.Body, "lamp") {
			t.Errorf("got %q / %q, want both notes", first.Subject, first.Body)
		}
	})
}

func TestARelationNoteMakesTheDigestARelationMessage(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		checkin := Intent{ID: "msg_b", Property: h.oak, Resident: h.cleo, Template: "movein-checkin"}
		got := h.submit(h.closed("a", h.cleo, "Replaced the trap."), checkin)
		want(t, got[0], Sent, "")
		want(t, got[1], Merged, "")
		if m := h.message("a"); m.Class != hearth.ClassRelation {
			t.Errorf("got class %s, want relation: one can unsubscribe from it, and it counts as such", m.Class)
		}
	})
}

func TestAnAddressHearsANoticeOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		ana, luis := h.closed("a", h.ana, "Water is back."), h.closed("b", h.luis, "Water is back.")
		got := h.submit(ana, luis)
		want(t, got[0], Sent, "")
		want(t, got[1], Dropped, "others in the home share")
		if m := h.message("b"); m.State != message.Dropped {
			t.Errorf("got %s, want the second one dropped", m.State)
		}
	})
}

func TestWhoCannotOrMustNotBeWrittenTo(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		want(t, h.submit(h.closed("m", h.mia, "x"))[0], Dropped, "recorded as minor")
		want(t, h.submit(h.closed("g", "res_nobody", "x"))[0], Dropped, "no such resident")
		v := h.submit(h.closed("b", h.ben, "Replaced the trap."))[0]
		want(t, v, HandedOver, "no address on record")
		tasks := h.tasks(h.ben)
		if len(tasks) != 1 || tasks[0].ID != v.Task {
			t.Fatalf("got tasks %+v, want the one of the verdict", tasks)
		}
		k := tasks[0]
		if k.Title != "Find a way to tell Ben Ruiz (5A)" || k.Role != hearth.RoleManager || k.Why == "" || len(k.Checklist) == 0 ||
			!strings.Contains(k.Draft, "Replaced the trap.") || k.DueAt.Before(h.clock.Now()) {
			t.Errorf("got %+v, want title, role, why, checklist, draft and a due time", k)
		}
		if m := h.message("b"); m.State != message.Dropped || !strings.Contains(m.Reason, "no address") {
			t.Errorf("got %s because %q", m.State, m.Reason)
		}
	})
}

func TestOptOutsAreKept(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return h.desk.Consent.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelEmail, AddressKey: record.EmailKey("cleo@example.com"),
				Allowed: false, Resident: h.cleo, Property: h.oak, Source: "test", Evidence: "no more please", Actor: hearth.System("test")})
		})
		want(t, h.submit(Intent{ID: "msg_a", Property: h.oak, Resident: h.cleo, Template: "renewal-open"})[0], Dropped, "asked not to be reached")
		want(t, h.submit(h.closed("b", h.cleo, "x"))[0], HandedOver, "a person decides")
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return h.desk.Consent.Suppress(ctx, tx, hearth.ChannelEmail, record.EmailKey("cleo@example.com"), consent.ReasonBounce)
		})
		legal := h.closed("c", h.cleo, "y")
		legal.Class = hearth.ClassLegal
		want(t, h.submit(legal)[0], HandedOver, "does not work")
	})
}

func TestFrustrationGoesToAPersonOnce(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.upset(h.cleo)
		if level, _ := h.view(h.cleo).Float("frustration.level"); level < 0.6 {
			t.Fatalf("got frustration %.2f, the test needs 0.6", level)
		}
		// Five messages of five runs at once, and one a day later.
		var five []Intent
		for _, text := range []string{"One.", "Two.", "Three.", "Four.", "Five."} {
			five = append(five, h.closed(text, h.cleo, text))
		}
		first := h.submit(five...)
		h.clock.Advance(24 * time.Hour)
		for _, v := range append(first, h.submit(h.closed("six", h.cleo, "Six."))...) {
			want(t, v, HandedOver, "a person")
			if v.Task == "" || v.Task != first[0].Task {
				t.Errorf("it went to task %q, want the one of the episode, %q", v.Task, first[0].Task)
			}
		}
		tasks := h.tasks(h.cleo)
		if len(tasks) != 1 {
			t.Fatalf("got %d tasks, want one for the episode", len(tasks))
		}
		for _, text := range []string{"One.", "Two.", "Three.", "Four.", "Five.", "Six."} {
			if n := strings.Count(tasks[0].Draft, text); n != 1 {
				t.Errorf("the draft says %q %d times, want once: %s", text, n, tasks[0].Draft)
			}
		}
		answer := Intent{ID: "msg_c", Property: h.oak, Resident: h.cleo, Template: "service-received", Facts: map[string]any{"event.description": "It leaks again"}}
		want(t, h.submit(answer)[0], Sent, "")

		// The person has spoken with them: what comes now goes on, though the level is still high.
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return h.desk.Tasks.Done(ctx, tx, hearth.System("test"), tasks[0].ID, map[string]string{"contact": "no"})
		})
		want(t, h.submit(h.closed("seven", h.cleo, "Seven."))[0], Sent, "")
		// It fell and rose again: a new episode, told anew.
		h.write(func(ctx context.Context, tx *db.Tx) error { return h.desk.Calm(ctx, tx, []hearth.ResidentID{h.cleo}) })
		again := h.submit(h.closed("eight", h.cleo, "Eight."))[0]
		want(t, again, HandedOver, "a person speaks with Cleo Ruiz")
		if again.Task == first[0].Task {
			t.Error("a new episode went to the old task")
		}
		// That task is called off: nobody speaks with them, so the next draft makes a new one.
		h.write(func(ctx context.Context, tx *db.Tx) error {
			return h.desk.Tasks.Cancel(ctx, tx, hearth.System("test"), again.Task, "a mistake")
		})
		third := h.submit(h.closed("nine", h.cleo, "Nine."))[0]
		want(t, third, HandedOver, "a person speaks")
		if third.Task == again.Task {
			t.Error("a draft went to a task that was called off")
		}
	})
}

// upset gives somebody every reason: long open repairs that repeat, promises broken, harsh words.
func (h *house) upset(id hearth.ResidentID) {
	now := h.clock.Now()
	h.clock.Set(now.AddDate(0, 0, -25))
	for range 4 {
		h.fold(id, "workorder.opened", `{"description":"The ceiling leaks again, this is unacceptable","category":"plumbing"}`)
	}
	h.clock.Set(now.AddDate(0, 0, -5))
	for range 4 {
		h.fold(id, "promise.missed", `{"promise":"p"}`)
		h.fold(id, "message.received", `{"channel":"email","text":"I am furious. Ignored again, broken promises, this is terrible and unacceptable."}`)
	}
	h.clock.Set(now)
}

func TestTheBudgetHolds(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		var verdicts []Verdict
		for i, template := range []string{"renewal-open", "movein-checkin", "renewal-reminder"} {
			h.clock.Advance(time.Hour)
			verdicts = append(verdicts, h.submit(Intent{ID: hearth.MessageID(fmt.Sprintf("msg_%d", i)), Property: h.oak, Resident: h.cleo, Template: template})[0])
		}
		want(t, verdicts[0], Sent, "number 1 of 2")
		want(t, verdicts[1], Sent, "number 2 of 2")
		want(t, verdicts[2], Held, "got 2 messages of class relation or promotion in the last 7 days")
		want(t, h.wake(verdicts[2].Until)[0], Sent, "")
	})
}

func TestAnAssumedZoneSendsNothing(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.write(func(ctx context.Context, tx *db.Tx) error {
			p, err := h.desk.Records.Property(ctx, tx, h.oak)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, "UPDATE properties SET zone_confirmed = 0 WHERE org = $1 AND id = $2", tx.Org(), p.ID)
			return err
		})
		want(t, h.submit(h.closed("a", h.cleo, "x"))[0], Held, "the time zone of Oak Court is an assumption")
		h.desk.Sink = true
		want(t, h.submit(h.closed("b", h.cleo, "y"))[0], Sent, "")
	})
}

func TestAMissingFactIsAPersonsWork(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		v := h.submit(Intent{ID: "msg_a", Property: h.oak, Resident: h.cleo, Template: "quiet-hello"})[0]
		want(t, v, HandedOver, "staff.name")
		if k := h.tasks(h.cleo); len(k) != 1 || !strings.Contains(k[0].Draft, "[staff name]") || !strings.HasPrefix(k[0].Title, "Write to Cleo Ruiz") {
			t.Errorf("got %+v, want a task with the gap marked in its draft", k)
		}
		want(t, h.submit(Intent{ID: "msg_b", Property: h.oak, Resident: h.cleo, Class: hearth.ClassRelation, Purpose: "x.y", Template: "no-such"})[0], HandedOver, "no template")
	})
}

func TestABatchIsDecidedTheSameTwice(t *testing.T) {
	var runs [2][]Verdict
	for i := range runs {
		d, clock := dbtest.SQLite(t)
		h := newHouse(t, d, clock)
		var in []Intent
		for n := range 40 {
			who := []hearth.ResidentID{h.ana, h.luis, h.ben, h.cleo}[n%4]
			in = append(in, h.closed(fmt.Sprintf("%02d", n), who, fmt.Sprintf("Work %d.", n/8)))
		}
		runs[i] = h.submit(in...)
	}
	for n := range runs[0] {
		if runs[0][n] != runs[1][n] {
			t.Errorf("intent %d: got %+v, then %+v", n, runs[0][n], runs[1][n])
		}
	}
}

func TestADraftIsForAPersonToFinish(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		var draft string
		h.write(func(ctx context.Context, tx *db.Tx) (err error) {
			draft, err = h.desk.Draft(ctx, tx, Intent{Resident: h.cleo, Property: h.oak, Template: "quiet-hello"}, h.view)
			return err
		})
		if !strings.HasPrefix(draft, "A short hello from [staff name] at Oak Court\n\nHello Cleo,") || !strings.Contains(draft, "100 days") {
			t.Errorf("got %q", draft)
		}
	})
}

func TestWithdrawnMessagesAreNotSent(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-02 22:30 -0500"))
		in := h.closed("a", h.cleo, "Done.")
		in.Run = "run_1"
		h.submit(in)
		h.clock.Set(at("2026-03-03 08:00 -0500"))
		withdraw := func() (got []Verdict) {
			h.write(func(ctx context.Context, tx *db.Tx) error {
				due, err := work.Take(ctx, tx, work.EngineLane, eventlog.PartOf(h.oak), tx.Now(), 10)
				if err == nil {
					got, err = h.desk.Withdraw(ctx, tx, due, "They renewed.")
				}
				return err
			})
			return got
		}
		want(t, withdraw()[0], Dropped, "They renewed.")
		if m := h.message("a"); m.State != message.Dropped || m.Reason != "They renewed." {
			t.Errorf("got %s because %q", m.State, m.Reason)
		}
		if d := h.decisions(h.cleo); d[0].Outcome != Dropped || d[0].Run != "run_1" {
			t.Errorf("got %+v", d[0])
		}
		if got := h.wake(at("2026-03-04 08:00 -0500")); len(got) != 0 {
			t.Errorf("got %+v after the withdrawal", got)
		}
	})
}

func TestALateAnswerIsNoAnswerAnyMore(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-03 02:00 -0500"))
		received := func(id string, spoke time.Time) Intent {
			return Intent{ID: hearth.MessageID("msg_" + id), Property: h.oak, Resident: h.cleo, Template: "service-received",
				Facts: map[string]any{"event.description": "It leaks, number " + id}, Made: spoke}
		}
		want(t, h.submit(received("a", h.clock.Now().Add(-10*time.Minute)))[0], Sent, "")
		want(t, h.submit(received("b", h.clock.Now().Add(-3*time.Hour)))[0], Held, "quiet hours")
		if m := h.message("b"); m.Class != hearth.ClassService {
			t.Errorf("got class %s, want service", m.Class)
		}
	})
}
