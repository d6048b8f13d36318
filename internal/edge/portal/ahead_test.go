package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// happens records an event as a program beside Hearth would tell it, at this moment.
func (r *rig) happens(kind hearth.EventType, data map[string]any, who ...hearth.ResidentID) {
	r.t.Helper()
	raw, err := json.Marshal(data)
	if err != nil {
		r.t.Fatal(err)
	}
	r.clock.Advance(time.Second)
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := r.Log.AppendChecked(ctx, tx, &hearth.Event{ID: fmt.Sprint("e", r.clock.Now().UnixNano()), Source: "locker", Type: kind, Subject: hearth.Subject{Kind: "resident", ID: string(who[0])},
			Property: r.place, Residents: who, Time: tx.Now(), Data: raw})
		return err
	})
}

// Packages wait until somebody picked them up, for whom they are and for nobody else; the home page tells how many, and where they are is told to who signed in.
func TestPackagesThatWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		ana := r.as(r.ana)
		ana.must("/home/ahead", []string{"No package waits for you", "Nothing is planned"})
		ana.must("/home", []string{`href="/home/ahead"`}, "waits for you")
		r.happens("package.arrived", map[string]any{"package": "p1", "count": 2, "where": "Shelf <4>"}, r.ana)
		r.happens("package.arrived", map[string]any{"package": "p2", "where": "Locker 7"}, r.ana, r.ben)
		ana.must("/home/ahead", []string{"2 packages", "Shelf &lt;4&gt;", "A package", "Locker 7", "since today"}, "No package")
		ana.must("/home", []string{"3 packages wait for you"})
		r.as(r.ben).must("/home/ahead", []string{"Locker 7"}, "Shelf")
		r.as(r.cem).must("/home/ahead", []string{"No package waits for you"}, "Locker")
		light := r.byLinkOf(r.ana)
		light.must("/home", []string{"3 packages wait for you"}, "Locker 7")
		if rec := light.get("/home/ahead"); rec.Code != http.StatusUnauthorized {
			t.Errorf("where packages are is told by a link: %d", rec.Code)
		}
		r.happens("package.collected", map[string]any{"package": "p2"}, r.ben)
		ana.must("/home/ahead", []string{"Shelf"}, "Locker 7")
		r.happens("package.collected", map[string]any{}, r.ana)
		ana.must("/home/ahead", []string{"No package waits for you"})
		r.happens("package.arrived", map[string]any{"where": "Office"}, r.ana)
		clock.Advance(forgotten)
		r.as(r.ana).must("/home/ahead", nil, "Office")
	})
}

func TestWhichPackageWasPickedUp(t *testing.T) {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	me := func(id hearth.ResidentID) bool { return id == "me" }
	for _, tt := range []struct {
		name string
		told string // oldest first: + arrived, - collected, the name behind; ! is somebody else's
		want string
	}{
		{"by name", "+a +b -a", "b"}, {"without a name all that was there", "+a + - +c", "c"}, {"a name nobody told takes the oldest without one", "+ +a -x", "a"},
		{"a name nobody told, and all have names", "+a -x", "a"}, {"somebody else of the home by name", "+a +b !-a", "b"}, {"somebody else's without a name", "+a !-", "a"},
		{"somebody else's unknown name", "+ !-x", ""}, {"not for me", "!+a", "none"}, {"the newest first", "+a +b +c", "c b a"}, {"twice", "+a -a -a", "none"},
	} {
		var events []*hearth.Event
		for i, word := range strings.Fields(tt.told) {
			ev := &hearth.Event{Type: "package.arrived", Time: at.Add(time.Duration(i) * time.Minute), Residents: []hearth.ResidentID{"me"}}
			if rest, ok := strings.CutPrefix(word, "!"); ok {
				word, ev.Residents = rest, []hearth.ResidentID{"you"}
			}
			if word[0] == '-' {
				ev.Type = "package.collected"
			}
			if word[1:] != "" {
				ev.Data = []byte(`{"package":"` + word[1:] + `"}`)
			}
			events = append([]*hearth.Event{ev}, events...)
		}
		var got []string
		for _, b := range waiting(events, me, at.Add(time.Hour)) {
			got = append(got, b.id)
		}
		if want := strings.Split(tt.want, " "); strings.Join(got, ",") != strings.Join(want, ",") && (tt.want != "none" || len(got) > 0) {
			t.Errorf("%s: %q waits, want %q", tt.name, got, want)
		}
	}
}

// Visits, bookings and what will not work stand in their order, and go when they are over or called off.
func TestWhatIsComing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		now := clock.Now() // 8 in the morning in Chicago
		in := func(hours int) string { return now.Add(time.Duration(hours) * time.Hour).Format(time.RFC3339) }
		r.write(func(ctx context.Context, tx *db.Tx) error {
			o, err := r.Workorders.Open(ctx, tx, record.News{Source: source, EventID: "o"}, workorder.Order{Resident: r.ana, Description: "The sink leaks"})
			if err == nil {
				_, err = r.Workorders.Schedule(ctx, tx, record.News{}, o.ID, now.Add(26*time.Hour), now.Add(28*time.Hour))
			}
			return err
		})
		r.happens("amenity.booked", map[string]any{"amenity": "Clubhouse", "booking": "b1", "start": in(50), "end": in(53)}, r.ana)
		r.happens("amenity.booked", map[string]any{"amenity": "Guest <b>room", "booking": "b2", "start": in(80), "end": in(120)}, r.ana)
		r.happens("outage.announced", map[string]any{"what": "water", "outage": "o1", "start": in(2), "end": in(4)}, r.ana, r.ben)
		r.happens("outage.announced", map[string]any{"what": "elevator", "start": in(-1)}, r.ana, r.ben)
		ana := r.as(r.ana)
		body := ana.must("/home/ahead", []string{"The elevator does not run", "from today, 7:00 AM", "No water", "today, 10:00 AM to 12:00 PM", "The sink leaks", "We come tomorrow", "Clubhouse", "Guest &lt;b&gt;room"}, "<b>room", "Nothing is planned")
		last := -1
		for _, words := range []string{"The elevator does not run", "No water", "The sink leaks", "Clubhouse", "Guest &lt;b"} {
			if at := strings.Index(body, words); at < last {
				t.Errorf("%s stands too early", words)
			} else {
				last = at
			}
		}
		r.as(r.ben).must("/home/ahead", []string{"No water"}, "Clubhouse", "The sink leaks")
		ana.led(ana.get("/home/language?to=es"))
		ana.must("/home/ahead", []string{"Sin agua", "hoy, de 10:00 a 12:00", "El elevador no funciona"})
		ana.led(ana.get("/home/language?to=en"))
		r.happens("outage.announced", map[string]any{"what": "water", "outage": "o1", "start": in(6), "end": in(8)}, r.ana, r.ben)
		r.happens("amenity.cancelled", map[string]any{"by": "us", "booking": "b1"}, r.ana)
		r.happens("outage.ended", map[string]any{"what": "elevator"}, r.ana, r.ben)
		ana.must("/home/ahead", []string{"today, 2:00 PM to 4:00 PM"}, "today, 10:00 AM", "Clubhouse", "elevator")
		clock.Advance(9 * time.Hour)
		ana.must("/home/ahead", []string{"Guest"}, "No water")
		r.happens("amenity.cancelled", map[string]any{"by": "resident", "amenity": "Guest <b>room"}, r.ana)
		ana.must("/home/ahead", nil, "Guest")
		r.happens("outage.announced", map[string]any{"what": "heating", "start": in(9)}, r.ana)
		ana.must("/home/ahead", []string{"No heating"})
		clock.Advance(unended + time.Hour)
		ana.must("/home/ahead", []string{"Nothing is planned"}, "No heating")
	})
}
