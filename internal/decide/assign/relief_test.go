package assign

import (
	"fmt"
	"testing"

	"hearth"
)

func TestRelieve(t *testing.T) {
	person := func(id string, role hearth.Role, days ...DayLoad) PersonLoad {
		return PersonLoad{Staff: hearth.StaffID(id), Roles: []hearth.Role{role}, Days: days}
	}
	leasing, tech := hearth.RoleLeasing, hearth.RoleTechnician
	f := &Forecast{From: 100, Days: 3, People: []PersonLoad{
		person("ana", leasing, DayLoad{Given: 90, Minutes: 60}, DayLoad{Given: 80, Minutes: 60}, DayLoad{Given: 0, Minutes: 60}),
		person("ben", leasing, DayLoad{Given: 10, Minutes: 60}, DayLoad{Given: 60, Minutes: 60}, DayLoad{Minutes: 0, Away: "leave"}),
		person("cid", tech, DayLoad{Minutes: 400}, DayLoad{Minutes: 400}, DayLoad{Minutes: 400}),
	}}
	task := func(id string, day hearth.Day, minutes int, begun bool) Planned {
		return Planned{Task: hearth.TaskID(id), Role: leasing, Owner: "ana", Day: day, Minutes: minutes, Begun: begun}
	}
	got := f.Relieve([]Planned{task("small", 100, 20, false), task("large", 100, 40, false), task("begun", 100, 30, true), task("next", 101, 30, false), task("more", 101, 20, false),
		{Task: "elsewhere", Role: leasing, Owner: "dora", Day: 100, Minutes: 5}})
	var words []string
	for _, r := range got {
		words = append(words, fmt.Sprintf("%s to %q on %d", r.Task, r.To, r.On))
	}
	// Ben has 50 minutes of room today; tomorrow nobody of the role has, so that one task waits a day. The technician takes none.
	want := []string{`large to "ben" on 100`, `next to "" on 102`}
	if fmt.Sprint(words) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", words, want)
	}
	if again := f.Relieve(nil); len(again) != 0 {
		t.Errorf("without tasks: %v", again)
	}
}
