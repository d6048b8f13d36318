package metric

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// rig is a property with residents, whose events are told one by one.
type rig struct {
	t       *testing.T
	d       *db.DB
	log     *eventlog.Log
	records *record.Store
	figures *Store
	oak     hearth.PropertyID
	who     []hearth.ResidentID
	told    int
}

func newRig(t *testing.T, d *db.DB, people int) *rig {
	t.Helper()
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, d: d, log: l, records: record.New(l, rand.Reader)}
	r.figures = New(Deps{DB: d, Log: l, Records: r.records, Node: "n1"})
	r.write(func(ctx context.Context, tx *db.Tx) error {
		p, _, err := r.records.PutProperty(ctx, tx, record.News{Source: "t"}, record.Property{Name: "Oak Court", Zone: "America/Chicago"})
		r.oak = p.ID
		for i := range people {
			h, err := r.records.PutHome(ctx, tx, record.News{Source: "t"}, record.Home{Property: p.ID, Unit: record.Unit{Label: fmt.Sprint("A", i), Floor: fmt.Sprint(i % 3)},
				Members: []record.Member{{Resident: record.Resident{First: fmt.Sprint("Ana", i), Last: "Ruiz"}}}, Lease: record.HomeLease{Start: hearth.MakeDay(2025, 1, 1), End: hearth.MakeDay(2026, 12, 31), MoveIn: hearth.MakeDay(2025, 1, 1)}})
			if err != nil {
				return err
			}
			r.who = append(r.who, h.Members[0].ID)
		}
		return err
	})
	return r
}

func (r *rig) write(f func(ctx context.Context, tx *db.Tx) error) {
	r.t.Helper()
	if err := r.d.Write(r.t.Context(), func(tx *db.Tx) error { return f(r.t.Context(), tx) }); err != nil {
		r.t.Fatal(err)
	}
}

// tell appends an event at a local time of Chicago, such as "2026-02-02 10:00".
func (r *rig) tell(at string, kind hearth.EventType, who hearth.ResidentID, data map[string]any) string {
	r.t.Helper()
	zone, _ := time.LoadLocation("America/Chicago")
	when, err := time.ParseInLocation("2006-01-02 15:04", at, zone)
	if err != nil {
		r.t.Fatal(err)
	}
	raw, _ := json.Marshal(data)
	r.told++
	ev := &hearth.Event{ID: fmt.Sprint("e", r.told), Source: "t", Type: kind, Subject: hearth.Subject{Kind: "resident", ID: string(who)}, Property: r.oak, Residents: []hearth.ResidentID{who},
		Time: when.UTC(), Recorded: when.UTC(), AsOf: when.UTC(), Data: raw}
	if who == "" {
		ev.Subject, ev.Residents = hearth.Subject{Kind: "unit", ID: "unt_cellar"}, nil
	}
	if kind == "message.sent" {
		ev.Actor = hearth.Actor{Kind: "system", ID: "desk"}
	}
	r.write(func(ctx context.Context, tx *db.Tx) error { _, err := r.log.Append(ctx, tx, ev); return err })
	return ev.ID
}

func (r *rig) count() {
	r.t.Helper()
	for {
		more, err := r.figures.RunOnce(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

// fold folds what was told, and counts nothing.
func (r *rig) fold() {
	r.t.Helper()
	if _, err := r.figures.follow(r.t.Context(), eventlog.PartOf(r.oak)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) week(figure Figure, monday hearth.Day) (out Week) {
	r.t.Helper()
	err := r.d.Read(r.t.Context(), func(tx *db.Tx) error {
		all, err := r.figures.Weeks(r.t.Context(), tx, r.oak, monday, monday)
		if len(all[figure]) > 0 {
			out = all[figure][0]
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

func (r *rig) rows(figure Figure, monday hearth.Day) (out []Row) {
	r.t.Helper()
	err := r.d.Read(r.t.Context(), func(tx *db.Tx) (err error) {
		out, err = r.figures.Rows(r.t.Context(), tx, r.oak, figure, monday, monday, 0, 100)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// Monday 2 February 2026 and the Monday after.
func week1() hearth.Day { return hearth.MakeDay(2026, 2, 2) }

func TestFiguresByWeek(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		r := newRig(t, d, 6)
		wrote := map[string]any{"channel": "email", "text": "Thank you so much, this is wonderful!"}
		for i, who := range r.who[:5] {
			r.tell("2026-02-02 10:00", "message.received", who, wrote)
			r.tell("2026-02-02 11:00", "message.received", who, wrote) // waits since the first word
			r.tell("2026-02-02 11:30", "message.sent", who, map[string]any{"channel": "email", "class": "service", "message": "m", "purpose": "received"})
			r.tell(fmt.Sprintf("2026-02-02 %d:00", 12+i), "message.sent", who, map[string]any{"channel": "email", "class": "service", "message": "m", "purpose": "conversation.reply"})
		}
		r.tell("2026-02-07 15:00", "message.received", r.who[5], wrote) // Saturday; the office closes at 16
		r.tell("2026-02-09 10:00", "contact.personal", r.who[5], map[string]any{"staff": "stf_1", "kind": "call"})
		r.count()
		if w := r.week(Answer, week1()); w.N != 5 || w.People != 5 || !w.Told() || w.Value != 4 {
			t.Errorf("answers of the week: %+v; want a median of 4 hours over 5", w)
		}
		w := r.week(Answer, week1()+7)
		if w.N != 1 || w.Told() || math.Abs(w.Value-2) > 1e-9 {
			t.Errorf("answers of the next week: %+v; want 2 business hours, told of nobody", w)
		}
		if w := r.week(Act, week1()); w.People != 6 || w.Of != 6 || w.Value != 1 || w.N != 6 {
			t.Errorf("acts: %+v", w)
		}
		if w := r.week(Tone, week1()); w.N != 11 || w.Value < 0.3 {
			t.Errorf("tone: %+v", w)
		}
		if got := r.rows(Act, week1()); len(got) != 6 || got[0].Value != 2 {
			t.Errorf("rows behind acts: %+v", got)
		}
	})
}

// What happened at the building and to nobody counts, and hides nobody among others: four people and the cellar are no five people.
func TestNobodyIsNoPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		r := newRig(t, d, 4)
		for i, who := range append(r.who, "") {
			id := map[string]any{"workorder": fmt.Sprint("w", i), "category": "plumbing", "description": "drips", "resolution": "done"}
			r.tell("2026-02-02 09:00", "workorder.opened", who, id)
			r.tell("2026-02-04 09:00", "workorder.completed", who, id)
		}
		r.count()
		if w := r.week(Repair, week1()); w.N != 5 || w.People != 4 || w.Told() {
			t.Errorf("repairs: %+v; want 5 of 4 people, told of nobody", w)
		}
	})
}

func TestRepairsAndPromises(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		r := newRig(t, d, 5)
		for i, who := range r.who {
			id := map[string]any{"workorder": fmt.Sprint("w", i), "category": "plumbing", "description": "drips", "resolution": "done"}
			r.tell("2026-02-02 09:00", "workorder.opened", who, id)
			r.tell("2026-02-04 09:00", "workorder.completed", who, id)
			r.tell("2026-02-02 10:00", "promise.made", who, map[string]any{"promise": "p", "due": "2026-02-05T06:00:00Z", "text": "a call"})
			r.tell("2026-02-02 10:00", "promise.made", who, map[string]any{"promise": "q", "due": "2026-02-09T06:00:00Z", "text": "a date"})
			r.tell("2026-02-04 10:00", "promise.kept", who, map[string]any{"promise": "p"})
		}
		r.tell("2026-02-05 10:00", "promise.made", r.who[0], map[string]any{"promise": "r", "due": "2026-02-05T18:00:00Z", "text": "call back"})
		r.tell("2026-02-05 13:00", "promise.missed", r.who[0], map[string]any{"promise": "r"})
		r.tell("2026-02-06 13:00", "promise.kept", r.who[0], map[string]any{"promise": "r"}) // late is missed
		again := map[string]any{"workorder": "w0", "reason": "drips"}
		r.count()
		if w := r.week(Repair, week1()); w.N != 5 || w.Value != 2 {
			t.Errorf("repairs: %+v", w)
		}
		if w := r.week(Promise, week1()); w.N != 6 || w.Of != 11 || math.Abs(w.Value-5.0/6) > 1e-9 {
			t.Errorf("promises: %+v", w)
		}
		if got := r.rows(Promise, week1()); len(got) != 11 || got[0].Value != Unsaid || got[0].Note != "a date" || got[5].Note != "call back" || got[5].Value != 0 {
			t.Errorf("what nobody spoke of stands first, then what was missed: %+v", got)
		}
		r.tell("2026-02-06 09:00", "workorder.reopened", r.who[0], again)
		r.tell("2026-02-06 09:00", "workorder.cancelled", r.who[1], map[string]any{"workorder": "w1"})
		r.count()
		if w := r.week(Repair, week1()); w.N != 3 {
			t.Errorf("one is open again, one was called off: %+v", w)
		}
		r.tell("2026-02-09 09:00", "workorder.completed", r.who[0], map[string]any{"workorder": "w0", "resolution": "at last"})
		r.count()
		if w := r.week(Repair, week1()+7); w.N != 1 || w.Value != 7 {
			t.Errorf("a repair that was opened again lasts from its first day: %+v", w)
		}
	})
}

func TestWhatIsCorrectedAndWhatLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		r := newRig(t, d, 1)
		id := r.tell("2026-02-02 10:00", "message.received", r.who[0], map[string]any{"channel": "email", "text": "Great, just great, awful again!", "message": "msg_1"})
		r.count()
		r.tell("2026-02-03 10:00", "tone.corrected", r.who[0], map[string]any{"message": id, "tone": "negative"})
		r.tell("2026-02-03 10:00", "welfare.concern", r.who[0], map[string]any{"raised_by": "neighbour"})
		r.tell("2026-02-02 12:00", "message.received", r.who[0], map[string]any{"channel": "sms", "text": "STOP. Unsubscribe me, this is terrible.", "topic": "opt_out"})
		r.count()
		if w := r.week(Tone, week1()); w.N != 1 || math.Abs(r.rows(Tone, week1())[0].Value+0.8) > 1e-9 {
			t.Errorf("a person's word counts: %+v", w)
		}
		var open, all []Row
		var behind int64
		err := r.d.Read(t.Context(), func(tx *db.Tx) (err error) {
			if open, err = r.figures.Open(t.Context(), tx, r.oak, Answer, 10); err != nil {
				return err
			}
			behind, err = r.figures.Behind(t.Context(), tx, r.oak)
			return err
		})
		if err != nil || behind != 0 || len(open) > 1 {
			t.Errorf("waits: %+v, behind %d, %v", open, behind, err)
		}
		for _, f := range Figures() {
			all = append(all, r.rows(f, week1())...)
		}
		if len(all) > 2 { // an act of the week and a tone
			t.Errorf("more is kept than may be: %+v", all)
		}
	})
}

// The figures are the same whether they are counted event by event or all at once.
func TestTheOrderOfCountingIsNoMatter(t *testing.T) {
	tell := func(r *rig, each func()) {
		for i := range 40 {
			who := r.who[i%len(r.who)]
			at := fmt.Sprintf("2026-02-%02d %02d:15", 2+i%12, 8+i%9)
			r.tell(at, "message.received", who, map[string]any{"channel": "email", "text": "The tap is broken again."})
			each()
			if i%3 == 0 {
				r.tell(at, "contact.personal", who, map[string]any{"staff": "stf_1", "kind": "visit"})
			}
			each()
		}
	}
	var got [2]string
	for i := range got {
		d, _ := dbtest.SQLite(t)
		r := newRig(t, d, 7)
		tell(r, func() {
			if i == 0 {
				r.count()
			}
		})
		r.count()
		for w := week1(); w < week1()+14; w += 7 {
			for _, f := range Figures() {
				got[i] += fmt.Sprintf("%+v\n", r.week(f, w))
			}
		}
	}
	if got[0] != got[1] {
		t.Errorf("counted one by one:\n%s\nat once:\n%s", got[0], got[1])
	}
}

// Weeks are counted beside those who write: what comes to a week meanwhile is not lost, whoever keeps its count first.
func TestWhatComesWhileAWeekIsCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		r := newRig(t, d, 6)
		for _, who := range r.who[:5] {
			r.tell("2026-02-03 10:00", "portal.visited", who, map[string]any{})
		}
		r.fold()
		slow, err := r.figures.recount(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.tell("2026-02-04 10:00", "portal.visited", r.who[5], map[string]any{})
		r.fold()
		if _, err := r.figures.count(t.Context()); err != nil { // another node is quicker
			t.Fatal(err)
		}
		r.write(slow.keep)
		r.count()
		if w := r.week(Act, week1()); w.People != 6 {
			t.Errorf("%d people count, want all 6", w.People)
		}
	})
}
