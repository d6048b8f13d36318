package line

import (
	"reflect"
	"strings"
	"testing"

	"hearth/internal/edge/ingest/column"
)

func TestAway(t *testing.T) {
	march := Away{"2026-03-11", "2026-03-24"}
	for _, c := range []struct {
		list, from, to string
		want           []Away
		problem        string
	}{
		{"2026-03-11..2026-03-24; 2026-05-01", "", "", []Away{march, {"2026-05-01", "2026-05-01"}}, ""},
		{"", "3/11/2026", "3/24/2026", []Away{march}, ""},
		{"2026-03-11", "3/11/2026", "3/24/2026", []Away{march}, ""},
		{"none", "", "", nil, ""},
		{"", "3/11/2026", "", nil, "only one end of an absence"},
		{"", "3/24/2026", "3/11/2026", nil, "ends before it begins"},
		{"", "3/24/2026", "soon", nil, "not given in dates"},
		{"on and off", "", "", nil, `"on and off", which is no day`},
		{"2026-03-11..2036-03-24", "", "", nil, "longer than three years"},
	} {
		l := read(column.Staff, map[string]string{column.FullName: "Ana Ruiz", column.StaffRole: "Manager", column.StaffAway: c.list, column.AwayFrom: c.from, column.AwayTo: c.to})
		if c.problem != "" || l.Problem != "" {
			if c.problem == "" || !strings.Contains(l.Problem, c.problem) {
				t.Errorf("%q %q-%q: problem %q, want %q", c.list, c.from, c.to, l.Problem, c.problem)
			}
			continue
		}
		if !reflect.DeepEqual(l.Staff.Away, c.want) {
			t.Errorf("%q %q-%q: %v, want %v", c.list, c.from, c.to, l.Staff.Away, c.want)
		}
	}
}
