package web

import (
	"strings"
	"testing"
	"time"

	"hearth"
)

// A request that was changed says on the resident's timeline what it says now, what it said before, and what happened to its photo.
func TestAChangedRequestOnTheTimeline(t *testing.T) {
	q := &request{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), zone: time.UTC}
	m := q.momentOf(&hearth.Event{Type: "workorder.amended", Time: q.now, Data: []byte(`{"description":"It drips a lot","was":"It drips","photo":"added","entry":"may enter"}`)}, &resident{})
	for _, want := range []string{"Changed what they had asked for", "It drips a lot", "“It drips”", "A photo was added"} {
		if !strings.Contains(m.What+"|"+m.More+"|"+m.Because, want) {
			t.Errorf("it says %q, %q, %q; want %q", m.What, m.More, m.Because, want)
		}
	}
}
