package line

import (
	"reflect"
	"testing"

	"hearth/internal/edge/ingest/column"
)

func TestTheWorkingWeekAndOnCall(t *testing.T) {
	week := func(from, to int, days ...int) (out []Hours) {
		for _, d := range days {
			out = append(out, Hours{d, from, to})
		}
		return out
	}
	join := func(all ...[]Hours) (out []Hours) {
		for _, h := range all {
			out = append(out, h...)
		}
		return out
	}
	for _, c := range []struct {
		days, hours, onCall string
		want, wantOnCall    []Hours
	}{
		{"", "Mon-Fri 9:00-17:00", "", week(540, 1020, 1, 2, 3, 4, 5), nil},
		{"", "9-5", "", week(540, 1020, 1, 2, 3, 4, 5), nil},
		{"Tue, Thu", "8am to 12pm", "", week(480, 720, 2, 4), nil},
		{"Mon-Tue", "08:00-12:00, 14:00-18:00", "", join(week(480, 720, 1, 2), week(840, 1080, 1, 2)), nil},
		{"", "Mon, Wed 9-5; Fri 9:00-13:00", "", join(week(540, 1020, 1, 3), week(540, 780, 5)), nil},
		{"Sat", "8:00-12:00 and 14:00-18:00", "", join(week(480, 720, 6), week(840, 1080, 6)), nil},
		{"", "flexible", "", nil, nil},
		{"", "", "Fri-Sat 18:00-08:00", nil, week(1080, 1920, 5, 6)},
		{"", "", "Mon 18:00-06:00; Sat-Sun 00:00-24:00", nil, join(week(1080, 1800, 1), week(0, 1440, 6, 0))},
		{"", "", "no", nil, nil}, {"", "", "yes", nil, nil},
	} {
		l := read(column.Staff, map[string]string{column.FullName: "Ana Ruiz", column.StaffRole: "Manager", column.WorkDays: c.days, column.WorkHours: c.hours,
			column.StaffOnCall: c.onCall, column.StaffBackup: "Bo Berg", column.StaffChief: "s7"})
		if !reflect.DeepEqual(l.Staff.Hours, c.want) || !reflect.DeepEqual(l.Staff.OnCall, c.wantOnCall) {
			t.Errorf("%q %q %q: %v and on call %v", c.days, c.hours, c.onCall, l.Staff.Hours, l.Staff.OnCall)
		}
		if l.Staff.Backup != "Bo Berg" || l.Staff.Supervisor != "s7" {
			t.Errorf("stands in %q, above %q", l.Staff.Backup, l.Staff.Supervisor)
		}
	}
}
