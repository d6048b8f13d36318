package eventlog_test

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

// What goes with the commit is told, numbered, stored and found like what does not.
func TestAppendLastIsAppend(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l, now := open(t, d), clock.Now()
		near, far := property(3), property(7)
		appendAll(t, d, l, event("0", near, now, "ana"))
		var told []eventlog.Result
		last := func(evs ...*hearth.Event) error {
			told = nil
			return d.Write(t.Context(), func(tx *db.Tx) error {
				return l.AppendLast(t.Context(), tx, func(r []eventlog.Result) { told = r }, evs...)
			})
		}
		err := last(event("1", near, now, "ana", "ben", "ben", "ana"), event("2", far, now, "ben"), event("1", near, now, "ana"), event("3", near, now))
		want := []eventlog.Result{{Part: 3, Seq: 2}, {Part: 7, Seq: 1}, {Part: 3, Seq: 2, Duplicate: true}, {Part: 3, Seq: 3}}
		if err != nil || !reflect.DeepEqual(told, want) {
			t.Errorf("told %v, %v; want %v", told, err, want)
		}
		if got := ids(read(t, d, l, 3, 0, 9)); !reflect.DeepEqual(got, []string{"0", "1", "3"}) {
			t.Errorf("partition 3 has %v", got)
		}
		if tail, ok := l.Tail(3, 1, 9); !ok || !reflect.DeepEqual(ids(tail), []string{"1", "3"}) {
			t.Errorf("memory has %v", ids(tail))
		}
		if got := ids(timeline(t, d, l, "ben", nil, eventlog.Cursor{}, 9)); len(got) != 2 {
			t.Errorf("Ben's timeline has %v, want what concerns them beside Ana as well", got)
		}
		// One that was there before: each has its place once, and no number is given to nothing.
		err = last(event("4", near, now), event("0", near, now), event("2", far, now))
		want = []eventlog.Result{{Part: 3, Seq: 4}, {Part: 3, Seq: 1, Duplicate: true}, {Part: 7, Seq: 1, Duplicate: true}}
		if err != nil || !reflect.DeepEqual(told, want) {
			t.Errorf("told %v, %v; want %v", told, err, want)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			heads, err := l.Heads(t.Context(), tx)
			if heads[3] != 4 || heads[7] != 1 {
				t.Errorf("the log ends at %v", heads)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// What is rolled back is told to nobody, and what is wrong is refused at once.
func TestAppendLastThatIsNotCommitted(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l := open(t, d)
		told := false
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := l.AppendLast(t.Context(), tx, nil, &hearth.Event{ID: "x", Source: "test", Type: "no.such"}); err == nil {
				t.Error("an unknown type was taken")
			}
			if err := l.AppendLast(t.Context(), tx, func([]eventlog.Result) { told = true }, event("1", property(3), clock.Now())); err != nil {
				return err
			}
			return fmt.Errorf("not today")
		})
		if err == nil || told || len(read(t, d, l, 3, 0, 9)) != 0 {
			t.Errorf("told %v, %v, and the log has %v", told, err, ids(read(t, d, l, 3, 0, 9)))
		}
	})
}

// Several nodes that are told the same events at the same time store each once, whoever comes first.
func TestAppendLastInARace(t *testing.T) {
	dbtest.Every(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		const writers, events = 6, 40
		var mu sync.Mutex
		stored := map[int64]string{}
		var wg sync.WaitGroup
		for w := range writers {
			l := open(t, d)
			wg.Go(func() {
				for n := range events / 4 {
					evs := make([]*hearth.Event, 4)
					for i := range evs {
						evs[i] = event(fmt.Sprint((n*4+i+w*7)%events), property(3), clock.Now(), "ana")
					}
					err := d.Write(context.Background(), func(tx *db.Tx) error {
						return l.AppendLast(context.Background(), tx, func(res []eventlog.Result) {
							mu.Lock()
							defer mu.Unlock()
							for i, r := range res {
								if was, ok := stored[r.Seq]; ok && was != evs[i].ID {
									t.Errorf("place %d was told of %s and %s", r.Seq, was, evs[i].ID)
								}
								stored[r.Seq] = evs[i].ID
							}
						}, evs...)
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		all := read(t, d, open(t, d), 3, 0, 1000)
		// A number that was taken for an event that another had just stored stays a gap.
		if len(all) != events || len(stored) != events {
			t.Errorf("%d events with %d places; want %d", len(all), len(stored), events)
		}
		for _, ev := range all {
			if stored[ev.Seq] != ev.ID {
				t.Errorf("place %d has %s and was told of %s", ev.Seq, ev.ID, stored[ev.Seq])
			}
		}
	})
}
