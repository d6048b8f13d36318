package web

import (
	"strings"
	"testing"
	"time"

	"hearth/internal/base/page/ui"
)

// Visits of one kind side by side, to the portal or in person, are one line; whatever lies between them, and the end of a month, parts them.
func TestVisitsAreSaidTogether(t *testing.T) {
	q := &request{zone: time.UTC, now: time.Date(2026, 11, 29, 14, 0, 0, 0, time.UTC)}
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, time.UTC)
	}
	visit := func(at time.Time) dated {
		return dated{at: at, same: sameAs("portal.visited", "Visited the portal."), m: moment{Entry: ui.Entry{ID: at.String(), What: "Visited the portal."}}}
	}
	came := func(at time.Time, what string) dated {
		return dated{at: at, same: sameAs("visit.recorded", what), m: moment{Entry: ui.Entry{ID: at.String(), What: what}}}
	}
	wrote := dated{at: at(11, 10, 9), m: moment{Entry: ui.Entry{What: "Wrote"}}}
	for _, tt := range []struct {
		name string
		all  []dated
		want string
	}{
		{"none", nil, ""},
		{"one", []dated{visit(at(11, 19, 9))}, "Visited the portal."},
		{"a week", []dated{visit(at(11, 19, 9)), visit(at(11, 16, 9)), visit(at(11, 12, 9))}, "Visited the portal 3 times since 12 November."},
		{"a day", []dated{visit(at(11, 19, 12)), visit(at(11, 19, 9))}, "Visited the portal 2 times."},
		{"today apart", []dated{visit(at(11, 29, 12)), visit(at(11, 28, 9))}, "Visited the portal.|Visited the portal."},
		{"two months", []dated{visit(at(11, 1, 9)), visit(at(10, 31, 9)), visit(at(10, 30, 9))}, "Visited the portal.|Visited the portal 2 times since 30 October."},
		{"for a package", []dated{came(at(11, 19, 9), "Came by: package"), came(at(11, 16, 9), "Came by: package")}, "Came by 2 times since 16 November: package"},
		{"for whatever", []dated{came(at(11, 19, 12), "Came by"), came(at(11, 19, 9), "Came by")}, "Came by 2 times."},
		{"for two things", []dated{came(at(11, 19, 9), "Came by: package"), came(at(11, 16, 9), "Came by: event"), visit(at(11, 15, 9))}, "Came by: package|Came by: event|Visited the portal."},
		{"words between", []dated{visit(at(11, 12, 9)), visit(at(11, 11, 9)), wrote, visit(at(11, 9, 9))}, "Visited the portal 2 times since 11 November.|Wrote|Visited the portal."},
	} {
		var got []string
		for _, x := range q.visitsTogether(tt.all) {
			got = append(got, x.m.What)
		}
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, s, tt.want)
		}
	}
	if newest := q.visitsTogether([]dated{visit(at(11, 19, 9)), visit(at(11, 16, 9))})[0]; !newest.at.Equal(at(11, 19, 9)) || newest.m.ID != at(11, 19, 9).String() {
		t.Errorf("the line is that of %s, want the newest", newest.m.ID)
	}
}
