package eventlog_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

func timeline(t testing.TB, d *db.DB, l *eventlog.Log, who hearth.ResidentID, types []hearth.EventType, before eventlog.Cursor, limit int) []*hearth.Event {
	t.Helper()
	var out []*hearth.Event
	err := d.Read(context.Background(), func(tx *db.Tx) (err error) {
		out, err = l.Timeline(context.Background(), tx, who, types, before, limit)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestTimelinePages walks random histories page by page and holds them against a sort in memory: newest first, the
// household's events among them, none twice and none left out, also where many happened in one moment.
func TestTimelinePages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l := open(t, d)
		seed := rand.Uint64()
		t.Log("seed", seed)
		r := rand.New(rand.NewPCG(seed, 1))
		people := []hearth.ResidentID{"res_a", "res_b", "res_c"}
		types := []hearth.EventType{"portal.visited", "resident.vanished"}
		var all []*hearth.Event
		for i := range 150 {
			who := slices.Clone(people)
			r.Shuffle(len(who), func(i, j int) { who[i], who[j] = who[j], who[i] })
			at := clock.Now().Add(-time.Duration(r.IntN(20)) * time.Hour)
			ev := event(fmt.Sprint(i), property(r.IntN(3)), at, who[:1+r.IntN(3)]...)
			ev.Type = types[r.IntN(2)]
			all = append(all, ev)
		}
		appendAll(t, d, l, all...)
		for _, who := range people {
			for _, only := range [][]hearth.EventType{nil, types[:1], {"unit.added"}} {
				want := []string{}
				for _, ev := range sorted(all) {
					if slices.Contains(ev.Residents, who) && (only == nil || slices.Contains(only, ev.Type)) {
						want = append(want, ev.ID)
					}
				}
				got := []string{}
				var at eventlog.Cursor
				for {
					page := timeline(t, d, l, who, only, at, 7)
					got = append(got, ids(page)...)
					if len(page) < 7 {
						break
					}
					at = eventlog.CursorOf(page[6])
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("the timeline of %s with %v is\n%v, want\n%v", who, only, got, want)
				}
			}
		}
		if got := timeline(t, d, l, "res_nobody", nil, eventlog.Cursor{}, 7); len(got) != 0 {
			t.Errorf("nobody has the timeline %v", ids(got))
		}
	})
}

// sorted gives events newest first, those of one moment by their places.
func sorted(evs []*hearth.Event) []*hearth.Event {
	out := slices.Clone(evs)
	slices.SortFunc(out, func(a, b *hearth.Event) int {
		return -cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Seq, b.Seq))
	})
	return out
}

func TestResidentNamedTwiceHasTheEventOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		l := open(t, d)
		appendAll(t, d, l, event("1", property(0), clock.Now(), "res_a", "res_b", "res_a", "res_b"))
		for _, who := range []hearth.ResidentID{"res_a", "res_b"} {
			if got := ids(timeline(t, d, l, who, nil, eventlog.Cursor{}, 10)); !reflect.DeepEqual(got, []string{"1"}) {
				t.Errorf("the timeline of %s is %v, want the event once", who, got)
			}
		}
	})
}
