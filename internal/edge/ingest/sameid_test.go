package ingest

import (
	"reflect"
	"strings"
	"testing"

	"hearth/internal/edge/ingest/column"
)

// The id of a source is the strongest sign of who is meant, so a file that gives one to two people must not make them one.
func TestAnIDThatStandsForTwoPeople(t *testing.T) {
	each(t, func(e *env) {
		r := e.bring(column.Residents, `Resident ID,Unit,First Name,Last Name,Email,Lease Start,Lease End
t1,101,Ana,Ruiz,ana@example.com,01/01/2026,12/31/2026
t2,102,Jim,Okafor,jim@example.com,02/01/2026,01/31/2027
t1,103,Dan,Ode,dan@example.com,03/01/2026,02/28/2027
t2,104,James,Okafor,jim@example.com,03/01/2026,02/28/2027
`)
		e.wantCounts(r, Counts{Rows: 4, Added: 3, Quarantined: 1})
		for _, row := range r.Rows {
			if aside := row.Action == rowQuarantined; aside != (row.Line == 4) || aside && !strings.Contains(row.Reason, "that of Ana Ruiz on line 2") {
				t.Errorf("line %d: %s, %q; want only Dan Ode set aside", row.Line, row.Action, row.Reason)
			}
		}
		var got []string
		for _, p := range e.people() {
			got = append(got, strings.Join(strings.Fields(p)[:2], " "))
		}
		if want := []string{"Ana Ruiz", "James Okafor"}; !reflect.DeepEqual(got, want) {
			t.Errorf("people %q, want %q", got, want)
		}
	})
}
