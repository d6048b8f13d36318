package ingest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/record"
)

// Days off come in with the staff file, in one column or in two.
func TestAbsencesComeInWithTheStaff(t *testing.T) {
	day := func(m time.Month, d int) hearth.Day { return hearth.MakeDay(2026, m, d) }
	each(t, func(e *env) {
		absences := func() map[string][]record.Absence {
			out := map[string][]record.Absence{}
			e.read(func(tx *db.Tx) error {
				all, err := e.records.AllStaff(context.Background(), tx)
				for _, s := range all {
					out[s.Name] = s.Absences
				}
				return err
			})
			return out
		}
		e.wantCounts(e.bring(column.Staff, "Staff ID,Name,Email,Role,Work Days,Work Hours,Minutes a Day,Absences\n"+
			"s1,Dana Wells,dana@example.com,Property Manager,Mon-Fri,09:00-18:00,300,2026-03-11..2026-03-24; 2026-05-01\n"+
			"s2,Luis Ortega,luis@example.com,Technician,Mon-Fri,09:00-18:00,300,\n"+
			"s3,Kim Lee,kim@example.com,Leasing,Mon-Fri,09:00-18:00,300,2026-03-24..2026-03-11\n"), Counts{Rows: 3, Added: 2, Quarantined: 1})
		want := []record.Absence{{From: day(3, 11), To: day(3, 24)}, {From: day(5, 1), To: day(5, 1)}}
		if got := absences(); !reflect.DeepEqual(got["Dana Wells"], want) || len(got["Luis Ortega"]) != 0 {
			t.Errorf("absences %v", got)
		}
		e.wantCounts(e.bring(column.Staff, "Staff ID,Name,Email,Role,Absent From,Absent Until,Absence Reason\n"+
			"s1,Dana Wells,dana@example.com,Property Manager,,,\ns2,Luis Ortega,luis@example.com,Technician,13.4.2026,20.4.2026,flu\n",
			func(r *Request) { r.Source = "hr" }), Counts{Rows: 2, Changed: 1, Same: 1})
		got := absences()
		if !reflect.DeepEqual(got["Luis Ortega"], []record.Absence{{From: day(4, 13), To: day(4, 20)}}) || !reflect.DeepEqual(got["Dana Wells"], want) {
			t.Errorf("absences %v; want those of before and one of Luis, without its reason", got)
		}
	})
}
