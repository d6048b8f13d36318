package eventlog_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

func open(t testing.TB, d *db.DB) *eventlog.Log {
	t.Helper()
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// event makes an event of a resident at a property.
func event(id string, property hearth.PropertyID, at time.Time, residents ...hearth.ResidentID) *hearth.Event {
	return &hearth.Event{ID: id, Source: "test", Type: "portal.visited", Subject: hearth.Subject{Kind: "resident", ID: "r"},
		Property: property, Residents: residents, Time: at}
}

// property gives a property in a partition.
func property(part int) hearth.PropertyID {
	for i := 0; ; i++ {
		p := hearth.PropertyID(fmt.Sprintf("prp_%d", i))
		if eventlog.PartOf(p) == part {
			return p
		}
	}
}

func appendAll(t testing.TB, d *db.DB, l *eventlog.Log, evs ...*hearth.Event) []eventlog.Result {
	t.Helper()
	var out []eventlog.Result
	err := d.Write(context.Background(), func(tx *db.Tx) (err error) {
		out, err = l.Append(context.Background(), tx, evs...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(t testing.TB, d *db.DB, l *eventlog.Log, part int, after int64, limit int) []*hearth.Event {
	t.Helper()
	var out []*hearth.Event
	err := d.Read(context.Background(), func(tx *db.Tx) (err error) {
		out, err = l.Read(context.Background(), tx, part, after, limit)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func ids(evs []*hearth.Event) []string {
	out := []string{}
	for _, ev := range evs {
		out = append(out, ev.ID)
	}
	return out
}

func TestAppendThenRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l := open(t, d)
		ring := l.Bell().C()
		at := clock.Now().Add(-time.Hour + 1234567*time.Nanosecond)
		full := &hearth.Event{ID: "1", Source: "yardi/oak", Type: "workorder.opened", Subject: hearth.Subject{Kind: "workorder", ID: "a/7"},
			Property: property(3), Residents: []hearth.ResidentID{"res_a", "res_b"}, Time: at, AsOf: at.Add(time.Minute),
			History: true, Actor: hearth.Actor{Kind: "staff", ID: "stf_1", Name: "Ana"}, Data: []byte(`{"description":"Ünten tropft's \"leise\""}`)}
		bare := event("2", property(3), clock.Now())
		got := appendAll(t, d, l, full, bare)
		want := []eventlog.Result{{Part: 3, Seq: 1}, {Part: 3, Seq: 2}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("append gave %+v, want %+v", got, want)
		}
		select {
		case <-ring:
		default:
			t.Error("the bell did not ring")
		}
		stored := read(t, d, l, 3, 0, 10)
		tail, ok := l.Tail(3, 0, 10)
		if !ok || !reflect.DeepEqual(stored, tail) {
			t.Errorf("from the store %+v, from memory %+v, %v; want the same", stored, tail, ok)
		}
		if len(stored) != 2 {
			t.Fatalf("read %d events, want 2", len(stored))
		}
		ev := stored[0]
		if !ev.Time.Equal(at.Truncate(time.Millisecond)) || !ev.Recorded.Equal(clock.Now()) || !ev.AsOf.Equal(at.Add(time.Minute).Truncate(time.Millisecond)) {
			t.Errorf("times came back as %v, %v, %v", ev.Time, ev.Recorded, ev.AsOf)
		}
		if ev.Subject != full.Subject || string(ev.Data) != string(full.Data) || !ev.History || ev.Actor.ID != "stf_1" {
			t.Errorf("the event came back as %+v", ev)
		}
		if string(stored[1].Data) != "{}" || !stored[1].AsOf.Equal(clock.Now()) {
			t.Errorf("what was left out came back as %s, %v", stored[1].Data, stored[1].AsOf)
		}
	})
}

func TestDuplicatesHappenOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l, now := open(t, d), clock.Now()
		p, q := property(1), property(2)
		appendAll(t, d, l, event("a", p, now), event("b", p, now))
		got := appendAll(t, d, l, event("c", p, now), event("b", p, now), event("d", p, now), event("d", p, now), event("a", q, now), event("e", p, now), event("a", p, now))
		want := []eventlog.Result{{Part: 1, Seq: 3}, {Part: 1, Seq: 2, Duplicate: true}, {Part: 1, Seq: 5}, {Part: 1, Seq: 5, Duplicate: true},
			{Part: 1, Seq: 1, Duplicate: true}, {Part: 1, Seq: 6}, {Part: 1, Seq: 1, Duplicate: true}}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("append gave\n%+v, want\n%+v", got, want)
		}
		if got := appendAll(t, d, l, event("e", p, now)); !got[0].Duplicate || got[0].Seq != 6 {
			t.Errorf("a repeat gave %+v, want the event at 6", got)
		}
		if got := appendAll(t, d, l, event("f", p, now)); got[0].Seq != 7 {
			t.Errorf("the next event got place %d, want 7: a repeat uses none up", got[0].Seq)
		}
		// The same id from another source is another event.
		other := event("a", p, now)
		other.Source = "other"
		if got := appendAll(t, d, l, other); got[0].Duplicate {
			t.Error("the same id from another source counts as a duplicate")
		}
		if got, want := ids(read(t, d, l, 1, 0, 100)), []string{"a", "b", "c", "d", "e", "f", "a"}; !reflect.DeepEqual(got, want) {
			t.Errorf("the log holds %v, want %v", got, want)
		}
		tail, ok := l.Tail(1, 0, 100)
		if got, want := ids(tail), []string{"a", "b", "c", "d", "e", "f", "a"}; !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("memory holds %v, want %v", got, want)
		}
	})
}

func TestRolledBackEventsLeaveNoTrace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		ctx, l := t.Context(), open(t, d)
		err := d.Write(ctx, func(tx *db.Tx) error {
			if _, err := l.Append(ctx, tx, event("gone", property(0), clock.Now())); err != nil {
				return err
			}
			return context.Canceled
		})
		if err == nil {
			t.Fatal("the transaction was committed")
		}
		if _, ok := l.Tail(0, 0, 10); ok {
			t.Error("memory holds an event that was not committed")
		}
		if got := appendAll(t, d, l, event("kept", property(0), clock.Now())); got[0].Seq != 1 {
			t.Errorf("the next event got place %d, want 1", got[0].Seq)
		}
	})
}
