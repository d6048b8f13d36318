package world

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearth"
)

// table reads a CSV file as a slice of rows by column name.
func table(t testing.TB, body []byte) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(string(body))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		out = append(out, m)
	}
	return out
}

// witness follows a story and fails on whatever cannot be.
type witness struct {
	t      *rapid.T
	zone   *time.Location
	known  map[string]string    // resident id: unit id, from the files so far
	future map[string]bool      // signed and not moved in
	gone   map[string]bool      // moved out
	lease  map[string][]string  // lease id: its residents
	of     map[string]string    // resident id: lease id
	unit   map[string]string    // unit id: the lease that lives there
	orders map[string]time.Time // opened requests
	state  map[string]string    // of requests: "open" or "done"
	ids    map[string]bool      // of events
	wrote  map[string]bool      // resident and topic, of what was written
	last   time.Time
}

func newWitness(t *rapid.T, zone *time.Location) *witness {
	return &witness{t: t, zone: zone, known: map[string]string{}, future: map[string]bool{}, gone: map[string]bool{},
		lease: map[string][]string{}, of: map[string]string{}, unit: map[string]string{},
		orders: map[string]time.Time{}, state: map[string]string{}, ids: map[string]bool{}, wrote: map[string]bool{}}
}

// read takes in a residents file.
func (wt *witness) read(f File) {
	rows, err := csv.NewReader(strings.NewReader(string(f.Body))).ReadAll()
	if err != nil {
		wt.t.Fatal(err)
	}
	col := func(name string) int { return slices.Index(rows[0], name) }
	for _, row := range rows[1:] {
		id, lease, unit := row[col("Tenant ID")], row[col("Lease ID")], row[col("Unit ID")]
		if wt.known[id] != "" {
			wt.t.Fatalf("%s stands in two files", id)
		}
		wt.known[id], wt.of[id] = unit, lease
		wt.lease[lease] = append(wt.lease[lease], id)
		if row[col("Status")] == "Future" {
			wt.future[id] = true
		} else if other := wt.unit[unit]; other != "" && other != lease {
			wt.t.Fatalf("%s and %s both live in %s", other, lease, unit)
		} else {
			wt.unit[unit] = lease
		}
	}
}

func (wt *witness) see(day hearth.Day, h Happening) {
	t := wt.t
	if h.At.Before(wt.last) || hearth.DayOf(h.At, wt.zone) != day {
		t.Fatalf("on %s something happens at %s, after %s", day, h.At, wt.last)
	}
	wt.last = h.At
	if h.File != nil {
		wt.read(*h.File)
		return
	}
	if a := h.Reply; a != nil {
		if !wt.wrote[a.Resident+"/"+a.Topic] || wt.gone[a.Resident] || a.Staff == "" || a.Text == "" {
			t.Fatalf("an answer to nothing, to nobody, by nobody or without words: %+v", a)
		}
		return
	}
	e := h.Event
	if wt.ids[e.ID] || e.ID == "" || !e.Time.Equal(h.At) {
		t.Fatalf("event id %q again, or another time than its own", e.ID)
	}
	wt.ids[e.ID] = true
	kind, id, _ := strings.Cut(e.Subject, "/")
	if kind == "workorder" {
		wt.repair(e, id)
		return
	}
	if wt.known[id] == "" {
		t.Fatalf("%s is about %s, of whom no file told", e.Type, e.Subject)
	}
	for _, member := range wt.lease[wt.of[id]] {
		switch e.Type {
		case "lease.moved_in":
			delete(wt.future, member)
		case "lease.moved_out":
			wt.gone[member] = true
		}
	}
	wt.move(e, id)
}

// move checks where somebody is when something happens to them.
func (wt *witness) move(e *Event, id string) {
	unit, lease := wt.known[id], wt.of[id]
	switch e.Type {
	case "lease.moved_in":
		if other := wt.unit[unit]; other != "" {
			wt.t.Fatalf("%s moves into %s, where %s lives", lease, unit, other)
		}
		wt.unit[unit] = lease
	case "lease.moved_out":
		delete(wt.unit, unit)
	case "lease.cancelled":
	default:
		if wt.future[id] || wt.gone[id] {
			wt.t.Fatalf("%s about %s, who does not live here (signed %v, gone %v)", e.Type, id, wt.future[id], wt.gone[id])
		}
	}
	if e.Type == "message.received" {
		topic, _ := e.Data["topic"].(string)
		wt.wrote[id+"/"+topic] = true
	}
	if e.Type == "workorder.opened" {
		ext := e.Data["workorder"].(string)
		if wt.state[ext] != "" || e.Data["unit"] != unit || e.Data["description"] == "" {
			wt.t.Fatalf("request %s: opened before, elsewhere or without words: %v", ext, e.Data)
		}
		wt.orders[ext], wt.state[ext] = e.Time, "open"
	}
}

func (wt *witness) repair(e *Event, ext string) {
	want := "open"
	if e.Type == "workorder.reopened" {
		want = "done"
	}
	if wt.state[ext] != want || !e.Time.After(wt.orders[ext]) {
		wt.t.Fatalf("%s of %s at %s, which is %q since %s", e.Type, ext, e.Time, wt.state[ext], wt.orders[ext])
	}
	switch e.Type {
	case "workorder.completed", "workorder.cancelled":
		wt.state[ext] = "done"
	case "workorder.reopened":
		wt.state[ext] = "open"
	}
}

// Any community lives a life that could be: everybody is introduced before something happens to them, nothing happens
// before a move-in or after a move-out, no unit houses two leases, no request is done before it is opened.
func TestLifeIsPossible(t *testing.T) {
	zones := []string{"", "America/New_York", "America/Phoenix", "America/Los_Angeles", "Pacific/Auckland", "America/Santiago"}
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{
			Units: rapid.IntRange(1, 40).Draw(t, "units"),
			Seed:  rapid.Uint64().Draw(t, "seed"),
			Start: hearth.MakeDay(2024, 1, 1) + hearth.Day(rapid.IntRange(0, 800).Draw(t, "start")),
		}
		if name := rapid.SampledFrom(zones).Draw(t, "zone"); name != "" {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			cfg.Zone = zone
		}
		w, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		wt := newWitness(t, w.Property().Zone)
		for _, f := range w.Import() {
			if f.Kind == "residents" {
				wt.read(f)
			}
		}
		for range rapid.IntRange(1, 400).Draw(t, "days") {
			day := w.Today()
			out, err := w.Day(day, Feedback{})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range out {
				wt.see(day, h)
			}
		}
	})
}

func TestNewAndDayRefuse(t *testing.T) {
	for _, cfg := range []Config{{Start: monday()}, {Units: -1, Start: monday()}, {Units: MaxUnits + 1, Start: monday()}, {Units: 5}} {
		if _, err := New(cfg); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("New(%+v): %v, want an invalid setting", cfg, err)
		}
	}
	w := community(t, Config{Units: 3})
	for _, day := range []hearth.Day{monday() - 1, monday() + 1} {
		if _, err := w.Day(day, Feedback{}); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("Day(%s) on %s: %v, want a conflict", day, monday(), err)
		}
	}
}
