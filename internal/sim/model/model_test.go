package model

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"hearth"
)

// A model that shared code with the engine would share its mistakes.
func TestTheModelKnowsNothingOfTheEngine(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, pkg := range strings.Fields(string(out)) {
		if strings.HasPrefix(pkg, "hearth/") && pkg != "hearth/internal/sim/model" {
			t.Errorf("the model imports %s; of Hearth it may know the root alone", pkg)
		}
	}
}

func TestWhatAPersonIsAskedFor(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, time.March, 2, 9, 0, 0, 0, zone) // a Monday
	m := New(Place{ID: "oak", Zone: zone, QuietFrom: 21 * 60, Quiet: 8 * 60, Week: 2, Month: 5, Day: 3}, Library())
	m.Add("ana", hearth.DayOf(at, zone)-100, hearth.DayOf(at, zone)+300)
	m.SwitchOn(at)
	m.Tell(Event{ID: "1", Source: "t", Type: "package.arrived", Resident: "ana", Time: at, Recorded: at})
	m.Tell(Event{ID: "2", Source: "t", Type: "package.arrived", Resident: "ana", Time: at.Add(-50 * time.Hour), Recorded: at})
	m.Decide(at)
	for range 100 {
		next := m.Next()
		if next.After(at.AddDate(0, 0, 5)) {
			break
		}
		m.Decide(next)
	}
	var got []string
	for _, r := range m.people["ana"].runs {
		for _, w := range r.Wishes {
			got = append(got, r.Playbook+" "+w.Step+" "+w.At.In(zone).Format("Mon 15:04"))
		}
		got = append(got, r.State+" "+r.Over.In(zone).Format("Mon 15:04"))
	}
	// One parcel starts once; the old news starts nothing; nobody has visited for 100 days, which is no news.
	want := "m-parcel tell Mon 09:00, m-parcel ask Thu 09:00, ended Thu 21:00"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("got %s\nwant %s", s, want)
	}
}
