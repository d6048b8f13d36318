package column

import (
	"fmt"
	"testing"
)

// cells gives believable values of a class, so that headings are judged together with what stands below them.
func cells(k Class, field string, i int) string {
	first := []string{"Ana", "Carla", "Grace", "Hugo", "Maria", "James"}[i%6]
	last := []string{"Lopez", "Chen", "Murphy", "Novak", "Smith", "Garcia"}[(i/2)%6]
	switch k {
	case Unit:
		return fmt.Sprintf("A%d", 101+i)
	case Code:
		return fmt.Sprintf("%d", 9000+i*7)
	case Date:
		return fmt.Sprintf("2026-0%d-1%d", 1+i%9, i%10)
	case Email:
		return fmt.Sprintf("p%d@example.com", i)
	case Phone:
		return fmt.Sprintf("(212) 555-01%02d", i)
	case Money:
		return fmt.Sprintf("%d.00", 1200+i)
	case Number:
		return fmt.Sprintf("%d", 700+i)
	case Zip:
		return "12207"
	case Name:
		return first + " " + last
	case State:
		return "Current"
	}
	switch field {
	case FirstName:
		return first
	case LastName:
		return last
	case PropertyName:
		return "Maple Court"
	}
	return ""
}

// A report of a real system stays recognised when cells stand below its headings, though many columns are empty: one
// that is left over (a second name of the property, a second label of the home) pushes none of the others aside.
func TestKnownResidentReportsWithCells(t *testing.T) {
	for name, r := range knownReports(t) {
		if r.kind != Residents {
			continue
		}
		t.Run(name, func(t *testing.T) {
			profiles := make([]*Profile, len(r.header))
			for i, h := range r.header {
				profiles[i] = &Profile{}
				for n := range 20 {
					cell := ""
					switch {
					case h == "property":
						cell = "Maple Court"
					case h == "bldg_unit":
						cell = fmt.Sprintf("A%d", 101+n)
					case r.want[i] != Skip && r.want[i] != "!":
						cell = cells(class(r.kind, r.want[i]), r.want[i], n)
					}
					profiles[i].Add(cell, nil)
				}
			}
			m := Recognise(r.kind, r.header, profiles, nil)
			for i, c := range m.Columns {
				got := c.Field
				if c.Refused {
					got = "!"
				}
				if got != r.want[i] {
					t.Errorf("%q became %s, want %s (%.2f %s)", c.Heading, got, r.want[i], c.Confidence, c.Reason)
				}
			}
		})
	}
}

// Of two columns that are the same by their headings the one that says something is taken, whichever of them that is.
func TestFilledColumnBeforeEmptyOne(t *testing.T) {
	header := []string{"work_order_number", "service_request_description", "job_description", "status", "unit_name", "created_at"}
	said := []string{"Kitchen sink leaks", "No hot water", "The door sticks", "A light is out", "Mice in the wall"}
	for _, full := range []int{1, 2} {
		profiles := make([]*Profile, len(header))
		for i := range header {
			profiles[i] = &Profile{}
			for n := range 20 {
				row := []string{fmt.Sprintf("1-%d", n), "", "", "New", fmt.Sprintf("A%d", 101+n), "2026-03-10"}
				row[full] = said[n%5]
				profiles[i].Add(row[i], nil)
			}
		}
		m := Recognise(Workorders, header, profiles, nil)
		if got := m.Of(OrderText); got != full {
			t.Errorf("the description is column %d, want %d (%s): %+v", got, full, header[full], m.Columns)
		}
	}
}

// A column of the team's list that holds stretches of days is what it is called, and not the end of an absence.
func TestAwayInOneColumn(t *testing.T) {
	header := []string{"Name", "Role", "Away"}
	for _, away := range []string{"2026-12-24 to 2026-12-26", "12/24/2026 - 12/26/2026", "2026-12-24..2026-12-26; 2027-01-04", "2026-12-24"} {
		profiles := make([]*Profile, len(header))
		for i := range header {
			profiles[i] = &Profile{}
			for _, row := range [][]string{{"Mia Stone", "Manager", away}, {"Joe Park", "Leasing", ""}} {
				profiles[i].Add(row[i], nil)
			}
		}
		if m := Recognise(Staff, header, profiles, nil); m.Columns[2].Field != StaffAway {
			t.Errorf("%q became %s (%.2f %s)", away, m.Columns[2].Field, m.Columns[2].Confidence, m.Columns[2].Reason)
		}
	}
}
