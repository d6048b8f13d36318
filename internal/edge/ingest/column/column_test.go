package column

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearth"
	"hearth/internal/edge/ingest/value"
)

type report struct {
	kind         Kind
	header, want []string
}

// knownReports reads the heading rows of real systems, with the field that each heading is.
func knownReports(t *testing.T) map[string]*report {
	t.Helper()
	f, err := os.Open("testdata/headers.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	reports := map[string]*report{}
	for _, r := range rows[1:] {
		key := r[0] + " " + r[1]
		if reports[key] == nil {
			reports[key] = &report{kind: Kind(r[2])}
		}
		reports[key].header = append(reports[key].header, r[3])
		reports[key].want = append(reports[key].want, r[4])
	}
	if len(reports) < 15 {
		t.Fatalf("only %d reports in the fixture", len(reports))
	}
	return reports
}

// Heading rows of real systems are recognised without any cell to look at.
func TestHeadingsOfKnownSystems(t *testing.T) {
	for name, r := range knownReports(t) {
		t.Run(name, func(t *testing.T) {
			m := Recognise(r.kind, r.header, nil, nil)
			for i, c := range m.Columns {
				got := c.Field
				if c.Refused {
					got = "!"
				}
				if got != r.want[i] {
					t.Errorf("%q became %s, want %s (%.2f %s)", c.Heading, got, r.want[i], c.Confidence, c.Reason)
				}
				if c.Reason == "" {
					t.Errorf("%q has no reason", c.Heading)
				}
			}
		})
	}
}

func profile(cells ...string) *Profile {
	p := &Profile{}
	for _, c := range cells {
		p.Add(c, nil)
	}
	return p
}

// What stands in the cells overrules a heading that means something else in this system.
func TestCellsDecide(t *testing.T) {
	for _, c := range []struct {
		name   string
		kind   Kind
		header []string
		cells  [][]string
		want   []string
	}{
		{"Yardi keeps the number under Resident", Residents, []string{"Unit", "Resident", "Name"},
			[][]string{{"101", "102", "103"}, {"t0001", "t0002", "t0003"}, {"Ana Ruiz", "James Okafor", "VACANT"}}, []string{UnitLabel, ResidentID, FullName}},
		{"Entrata keeps the name under Resident", Residents, []string{"Unit", "Resident", "Charge Codes", "Scheduled Charges"},
			[][]string{{"101", "102", "103"}, {"Ruiz Ana", "Okafor James", "VACANT"}, {"RENT", "PET", "RENT"}, {"1200.00", "25.00", "1100.00"}}, []string{UnitLabel, FullName, ChargeCode, ChargeAmount}},
		{"an e-mail in Address1 and a phone in City", Residents, []string{"Unit", "Name", "Address1", "City"},
			[][]string{{"101", "102", "103"}, {"Ana Ruiz", "James Okafor", "Kim Lee"}, {"ana@example.com", "james@example.com", ""}, {"(503) 555-0101", "", "(503) 555-0103"}}, []string{UnitLabel, FullName, EmailAddr, PhoneAny}},
		{"numbers of a social kind under a harmless heading", Residents, []string{"Unit", "Name", "Ref"},
			[][]string{{"101", "102", "103"}, {"Ana Ruiz", "James Okafor", "Kim Lee"}, {"123-45-6789", "987-65-4321", "111-22-3333"}}, []string{UnitLabel, FullName, Skip}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var profiles []*Profile
			for _, cells := range c.cells {
				profiles = append(profiles, profile(cells...))
			}
			m := Recognise(c.kind, c.header, profiles, nil)
			for i, col := range m.Columns {
				if col.Field != c.want[i] {
					t.Errorf("%q became %s, want %s (%s)", col.Heading, col.Field, c.want[i], col.Reason)
				}
			}
			if len(m.Missing) > 0 {
				t.Errorf("missing: %v", m.Missing)
			}
		})
	}
}

func TestRefusedColumns(t *testing.T) {
	for heading, want := range map[string]bool{
		"SSN": true, "Social Security #": true, "Tax ID": true, "TaxId": true, "Date of Birth": true, "DOB": true, "BirthDate": true, "Gender": true, "Race/Ethnicity": true,
		"Monthly Income": true, "Voucher Amount": true, "EIV Income": true, "Disability": true, "Credit Score": true, "Age": true, "Bank Account": true, "Driver's License": true,
		"Other Income": false, "Name": false, "Agent": false, "Storage": false, "Message": false, "Package": false, "Account Number": false, "Unit": false, "Page": false,
	} {
		if got := refused(heading) != ""; got != want {
			t.Errorf("refused(%q) = %v, want %v", heading, got, want)
		}
	}
}

func TestMappingFile(t *testing.T) {
	rules, err := ReadRules(strings.NewReader("columns:\n  Zimmer: unit\n  wer: name\n  Phone: \"-\"\ndates: day first\n"), Residents)
	if err != nil {
		t.Fatal(err)
	}
	m := Recognise(Residents, []string{"Zimmer", "Wer", "Phone", "Lease From"}, []*Profile{profile("1", "2"), profile("Ana Ruiz", "Kim Lee"), profile("503-555-0101", "503-555-0102"), profile("01/02/2025", "03/04/2025")}, rules)
	if m.Of(UnitLabel) != 0 || m.Of(FullName) != 1 || m.Of(PhoneAny) != -1 || m.Of(LeaseStart) != 3 {
		t.Errorf("mapping = %+v", m.Columns)
	}
	if m.Dates != value.DayFirst {
		t.Errorf("dates = %s", m.Dates)
	}
	for file, field := range map[string]string{
		"columns:\n  Zimmer: flat\n": "columns.Zimmer", "dates: sometimes\n": "dates", "names: backwards\n": "names", "colums: {}\n": "", "columns: [1]\n": "",
	} {
		_, err := ReadRules(strings.NewReader(file), Residents)
		if hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("%q: error = %v, want invalid", file, err)
			continue
		}
		if he, ok := err.(*hearth.Error); ok && he.Field != field {
			t.Errorf("%q: field = %q, want %q", file, he.Field, field)
		}
	}
	if _, err := ReadRules(strings.NewReader(""), Units); err != nil {
		t.Errorf("an empty mapping file: %v", err)
	}
}

// What an import recognised is used again for the next one, also where evidence is missing by then.
func TestKeptMapping(t *testing.T) {
	first := Recognise(Residents, []string{"Unit", "Name", "Lease From"}, []*Profile{profile("1", "2"), profile("Ruiz Ana", "Okafor James"), profile("25/12/2025", "01/02/2026")}, nil)
	if first.Dates != value.DayFirst || first.Names != value.LastFirst {
		t.Fatalf("dates %s, names %s", first.Dates, first.Names)
	}
	second := Recognise(Residents, []string{"Unit", "Name", "Lease From", "Move Out"}, []*Profile{profile("1"), profile("Xu Wei"), profile("01/02/2026"), profile("")}, first.Rules())
	if second.Dates != value.DayFirst || second.Names != value.LastFirst {
		t.Errorf("dates %s, names %s: not kept", second.Dates, second.Names)
	}
	if second.Of(MoveOut) != 3 {
		t.Error("a new column must still be recognised")
	}
	if c := second.Columns[0]; !strings.Contains(c.Reason, "import before") {
		t.Errorf("reason = %q", c.Reason)
	}
}

func TestAssign(t *testing.T) {
	// Taking the greatest entry first (0.9) would leave the second row with nothing.
	got := assign([][]float64{{0.9, 0.8}, {0.85, 0}})
	if got[0] != 1 || got[1] != 0 {
		t.Errorf("assign = %v", got)
	}
	if got := assign([][]float64{{0, 0, 0}}); got[0] != -1 {
		t.Errorf("nothing fits, yet assign = %v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(1, 5).Draw(t, "n"), rapid.IntRange(1, 5).Draw(t, "m")
		gain := make([][]float64, n)
		for i := range gain {
			gain[i] = rapid.SliceOfN(rapid.Float64Range(0, 1), m, m).Draw(t, "row")
		}
		sum, seen := 0.0, map[int]bool{}
		for i, j := range assign(gain) {
			if j < 0 {
				continue
			}
			if seen[j] {
				t.Fatalf("column %d twice", j)
			}
			seen[j] = true
			sum += gain[i][j]
		}
		if best := bruteForce(gain, 0, map[int]bool{}); sum < best-1e-9 {
			t.Fatalf("sum %v, best is %v", sum, best)
		}
	})
}

func bruteForce(gain [][]float64, i int, used map[int]bool) float64 {
	if i == len(gain) {
		return 0
	}
	best := bruteForce(gain, i+1, used)
	for j, g := range gain[i] {
		if !used[j] {
			used[j] = true
			best = max(best, g+bruteForce(gain, i+1, used))
			delete(used, j)
		}
	}
	return best
}

// No heading and no cells may upset recognition, and every column gets an answer.
func TestAnyHeadings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		header := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Za-z_ #/]{0,40}`)), 0, 12).Draw(t, "header")
		profiles := make([]*Profile, len(header))
		for i := range profiles {
			profiles[i] = profile(rapid.SliceOfN(rapid.String(), 0, 4).Draw(t, "cells")...)
		}
		for _, k := range Kinds() {
			m := Recognise(k, header, profiles, nil)
			if len(m.Columns) != len(header) {
				t.Fatalf("%d columns for %d headings", len(m.Columns), len(header))
			}
			seen := map[string]bool{}
			for _, c := range m.Columns {
				if c.Field != Skip && seen[c.Field] {
					t.Fatalf("%s twice", c.Field)
				}
				seen[c.Field] = true
			}
		}
	})
}

func TestNumberedPeopleAndConstantNumbers(t *testing.T) {
	header := []string{"Resident ID", "Unit", "First Name", "Last Name", "buildingid", "bbl"}
	profiles := make([]*Profile, len(header))
	for i := range profiles {
		profiles[i] = &Profile{}
	}
	for n := range 40 {
		for i, cell := range []string{"r" + strconv.Itoa(n), strconv.Itoa(1000 + n), "First" + strconv.Itoa(n), "Guest " + strconv.Itoa(n), "60275", "2045670012"} {
			profiles[i].Add(cell, nil)
		}
	}
	m := Recognise(Residents, header, profiles, nil)
	for i, want := range []string{ResidentID, UnitLabel, FirstName, LastName, Skip, Skip} {
		if got := m.Columns[i].Field; got != want {
			t.Errorf("%s is taken for %q (%s), want %q", header[i], got, m.Columns[i].Reason, want)
		}
	}
}
