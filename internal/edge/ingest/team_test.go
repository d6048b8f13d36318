package ingest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/record"
)

// Who stands in and who is above may be named before their own row comes; split shifts and the weeks on call come in
// with the file, and a changed file changes them.
func TestTheTeamsTimeComesInWithTheStaff(t *testing.T) {
	each(t, func(e *env) {
		const head = "Staff ID,Name,Email,Role,Work Hours,Backup,Supervisor,On Call\n"
		e.wantCounts(e.bring(column.Staff, head+
			`s1,Dana Wells,dana@example.com,Leasing,"Mon-Fri 08:00-12:00, 14:00-18:00",s2,kim@example.com,Fri 18:00-08:00`+"\n"+
			"s2,Luis Ortega,luis@example.com,Technician,Mon-Fri 9-5,Dana Wells,Kim Lee,\ns3,Kim Lee,kim@example.com,Property Manager,,,,\n"), Counts{Rows: 3, Added: 3})
		team := map[string]record.Staff{}
		var rota []record.OnCall
		look := func() {
			e.read(func(tx *db.Tx) error {
				all, err := e.records.AllStaff(context.Background(), tx)
				for _, s := range all {
					team[s.Name] = s
				}
				if err == nil {
					rota, err = e.records.OnCall(context.Background(), tx, all[0].Roles[0].Property)
				}
				return err
			})
		}
		look()
		dana, luis, kim := team["Dana Wells"], team["Luis Ortega"], team["Kim Lee"]
		if dana.Backup != luis.ID || dana.Supervisor != kim.ID || luis.Backup != dana.ID || luis.Supervisor != kim.ID || kim.Backup != "" {
			t.Errorf("who stands in for whom: %+v", team)
		}
		if len(dana.Hours) != 10 || dana.Hours[1] != (record.Hours{Weekday: time.Monday, From: 14 * 60, To: 18 * 60}) {
			t.Errorf("split shift: %v", dana.Hours)
		}
		if want := []record.OnCall{{Weekday: time.Friday, From: 1080, To: 1920, Staff: dana.ID}}; !reflect.DeepEqual(rota, want) {
			t.Errorf("on call: %v", rota)
		}
		e.bring(column.Staff, head+"s1,Dana Wells,dana@example.com,Leasing,Mon-Fri 9-5,Kim Lee,kim@example.com,Sat 18:00-08:00\n")
		look()
		if dana = team["Dana Wells"]; dana.Backup != kim.ID || len(dana.Hours) != 5 || len(rota) != 1 || rota[0].Weekday != time.Saturday {
			t.Errorf("after the second file: %+v, on call %v", dana, rota)
		}
	})
}
