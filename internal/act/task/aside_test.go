package task

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// aside reads how a task is put aside; nil: it is not.
func (b *bundle) aside(id hearth.TaskID) *Aside {
	b.t.Helper()
	var out *Aside
	if err := b.db.Read(b.t.Context(), func(tx *db.Tx) error {
		m, err := b.tasks.Asides(b.t.Context(), tx, []hearth.TaskID{id})
		if a, ok := m[id]; ok {
			out = &a
		}
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return out
}

func (b *bundle) tend() {
	b.t.Helper()
	if _, err := b.tasks.Tend(b.t.Context(), b.db); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) put(id hearth.TaskID, owner string, asks ...Ask) {
	b.t.Helper()
	var who hearth.StaffID
	if owner != "" {
		who = hearth.StaffID(b.staff[owner].ID)
	}
	b.write(func(ctx context.Context, tx *db.Tx) error {
		return b.tasks.Insert(ctx, tx, []Task{{ID: id, Property: b.oak, Resident: b.ana, Title: "Call Ana", Why: "She asked.", Role: hearth.RoleLeasing,
			Owner: who, DueAt: tx.Now().Add(48 * time.Hour), Asks: asks}})
	})
}

func (b *bundle) state(id hearth.TaskID) State {
	b.t.Helper()
	var s State
	if err := b.db.Read(b.t.Context(), func(tx *db.Tx) error {
		t, err := b.tasks.Get(b.t.Context(), tx, id)
		s = t.State
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return s
}

func TestDoneCanBeTakenBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		lee, liv, mia := b.staff["Lee"], b.staff["Liv"], b.staff["Mia"]
		b.put("tsk_1", "Lee", Ask{Fact: "mood", Question: "How is she?"})
		soon := func(by hearth.Actor, facts map[string]string) error {
			return b.try(func(ctx context.Context, tx *db.Tx) error { return b.tasks.DoneSoon(ctx, tx, by, "tsk_1", facts) })
		}
		if err := soon(lee, nil); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("without the answer: %v", err)
		}
		if err := soon(liv, map[string]string{"mood": "well"}); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("by another: %v", err)
		}
		if err := soon(lee, map[string]string{"mood": "well"}); err != nil {
			t.Fatal(err)
		}
		if a := b.aside("tsk_1"); a == nil || a.Kind != Closing || a.Facts["mood"] != "well" || a.Actor.Name != "Lee" {
			t.Errorf("aside %+v", a)
		}
		back := func() error {
			return b.try(func(ctx context.Context, tx *db.Tx) error { return b.tasks.TakeBack(ctx, tx, lee, "tsk_1") })
		}
		if err := back(); err != nil || b.aside("tsk_1") != nil || b.state("tsk_1") != Open {
			t.Errorf("taken back: %v, %v", err, b.state("tsk_1"))
		}
		if err := soon(lee, map[string]string{"mood": "well"}); err != nil {
			t.Fatal(err)
		}
		clock.Advance(TakeBackWithin - time.Second)
		if b.tend(); b.state("tsk_1") != Open {
			t.Error("closed too early")
		}
		clock.Advance(time.Second)
		if b.tend(); b.state("tsk_1") != Done || b.aside("tsk_1") != nil {
			t.Errorf("not closed: %v", b.state("tsk_1"))
		}
		if err := back(); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("taken back too late: %v", err)
		}
		// Another tells something else within the seconds: what the first told is kept, with the reason.
		b.put("tsk_2", "Lee", Ask{Fact: "mood", Question: "How is she?"})
		b.write(func(ctx context.Context, tx *db.Tx) error {
			if err := b.tasks.DoneSoon(ctx, tx, lee, "tsk_2", map[string]string{"mood": "well"}); err != nil {
				return err
			}
			return b.tasks.Done(ctx, tx, mia, "tsk_2", map[string]string{"mood": "sad"})
		})
		clock.Advance(TakeBackWithin)
		b.tend()
		if a := b.aside("tsk_2"); a == nil || a.Kind != Refused || a.Facts["mood"] != "well" || a.Fault == "" {
			t.Errorf("aside %+v", a)
		}
	})
}

func TestSleepEndsByTimeAndByEvent(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		lee, tom := b.staff["Lee"], b.staff["Tom"]
		b.put("tsk_1", "Lee")
		sleep := func(by hearth.Actor, until time.Time, event hearth.EventType) error {
			return b.try(func(ctx context.Context, tx *db.Tx) error { return b.tasks.Snooze(ctx, tx, by, "tsk_1", until, event) })
		}
		now := clock.Now()
		for _, tt := range []struct {
			by    hearth.Actor
			until time.Time
			event hearth.EventType
			want  hearth.Code
		}{{lee, time.Time{}, "", hearth.CodeInvalid}, {lee, now, "", hearth.CodeInvalid}, {tom, now.Add(time.Hour), "", hearth.CodeForbidden}} {
			if err := sleep(tt.by, tt.until, tt.event); hearth.CodeOf(err) != tt.want {
				t.Errorf("%v: %v, want %v", tt, err, tt.want)
			}
		}
		if err := sleep(lee, now.Add(time.Hour), ""); err != nil {
			t.Fatal(err)
		}
		clock.Advance(59 * time.Minute)
		if b.tend(); b.aside("tsk_1") == nil {
			t.Error("woken too early")
		}
		clock.Advance(time.Minute)
		if b.tend(); b.aside("tsk_1") != nil {
			t.Error("still asleep")
		}
		if err := sleep(lee, time.Time{}, "workorder.completed"); err != nil {
			t.Fatal(err)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			types, err := b.tasks.Sleepers(ctx, tx)
			if !types["workorder.completed"] {
				t.Errorf("sleepers %v", types)
			}
			if err != nil {
				return err
			}
			if err := b.tasks.WakeFor(ctx, tx, "workorder.completed", "res_other"); err != nil {
				return err
			}
			return b.tasks.WakeFor(ctx, tx, "portal.visited", b.ana)
		})
		if b.aside("tsk_1") == nil {
			t.Error("woken by another's event, or another event")
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			return b.tasks.WakeFor(ctx, tx, "workorder.completed", b.ana)
		})
		if b.aside("tsk_1") != nil {
			t.Error("still asleep behind its event")
		}
	})
}

func TestGive(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		b.put("tsk_1", "Lee")
		give := func(by, to string) error {
			return b.try(func(ctx context.Context, tx *db.Tx) error {
				return b.tasks.Give(ctx, tx, b.staff[by], "tsk_1", hearth.StaffID(b.staff[to].ID))
			})
		}
		if err := give("Liv", "Liv"); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("taken from another: %v", err)
		}
		if err := give("Mia", "Tom"); err != nil {
			t.Fatal(err)
		}
		if err := b.try(func(ctx context.Context, tx *db.Tx) error {
			got, err := b.tasks.Get(ctx, tx, "tsk_1")
			if got.Owner != hearth.StaffID(b.staff["Tom"].ID) || len(got.Context.Notes) == 0 {
				t.Errorf("task %+v", got)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
