package web

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// A pause is told by the clock of the property that stands still, and never by one that nobody looks at.
func TestAPauseIsToldByThePropertysClock(t *testing.T) {
	at := time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)
	g := &glance{titles: map[hearth.PlaybookID]string{"pests": "Pests in the home"}, properties: []record.Property{
		{ID: "prp_oak", Name: "Oak Court", Zone: "America/Chicago"}, {ID: "prp_elm", Name: "Elm Terrace", Zone: "America/New_York"}}}
	for _, c := range []struct {
		p    care.Pause
		want string
	}{
		{care.Pause{What: care.Property, Target: "prp_elm", Set: at, Until: at.Add(6 * time.Hour), Reason: "a fire"},
			"All that is automatic at Elm Terrace is paused since 30 November 2026, until 1 December 2026, 00:30: a fire."},
		{care.Pause{What: care.Playbook, Target: "pests", Set: at.Add(7 * time.Hour), Until: at.Add(6 * time.Hour), Reason: "a test."},
			"The playbook Pests in the home is paused since 1 December 2026, until 30 November 2026, 23:30: a test."},
		{care.Pause{What: care.Everything, Set: at, Reason: "a fire"}, "Everything automatic is paused since 30 November 2026, until somebody resumes it: a fire."},
	} {
		if got := pausedNote(c.p, g); got != c.want || strings.Contains(got, "UTC") {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// A name of any length leaves its button on the screen.
func TestANameOnAButton(t *testing.T) {
	for name, want := range map[string]string{"Ana": "Ana", "": "", "Maximilian Alexander von Hohenstein": "Maximilian Alexander …",
		strings.Repeat("ß", 120): strings.Repeat("ß", 24) + " …"} {
		if got := onButton(record.Resident{Preferred: name}); got != want {
			t.Errorf("%q stands as %q, want %q", name, got, want)
		}
	}
}
