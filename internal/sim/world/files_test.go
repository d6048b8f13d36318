package world

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"hearth"
)

// file gives the file of a kind from the import.
func file(t testing.TB, w *World, kind string) []map[string]string {
	t.Helper()
	for _, f := range w.Import() {
		if f.Kind == kind {
			if !f.Full {
				t.Errorf("%s: the first file is the whole directory", f.Name)
			}
			return table(t, f.Body)
		}
	}
	t.Fatalf("no file of kind %s", kind)
	return nil
}

func TestUnitsFile(t *testing.T) {
	w := community(t, Config{Units: 700, Seed: 5})
	rows := file(t, w, "units")
	if len(rows) != 700 {
		t.Fatalf("%d units", len(rows))
	}
	labels, rents := map[string]bool{}, map[string][]int{}
	for _, row := range rows {
		if labels[row["Unit"]] || !strings.HasPrefix(row["Unit"], row["Building"]+row["Floor"]) {
			t.Errorf("unit %q again, or not in building %s", row["Unit"], row["Building"])
		}
		labels[row["Unit"]] = true
		rent, err := strconv.Atoi(strings.TrimSuffix(strings.ReplaceAll(row["Market Rent"], ",", ""), ".00"))
		if err != nil || rent < 700 || rent > 4000 {
			t.Errorf("rent %q", row["Market Rent"])
		}
		rents[row["Bedrooms"]] = append(rents[row["Bedrooms"]], rent)
	}
	if !labels["A101"] || !labels["AD104"] {
		t.Errorf("buildings are A to Z, then AA and on; there are %d labels", len(labels))
	}
	for beds := range 3 {
		small, large := rents[strconv.Itoa(beds)], rents[strconv.Itoa(beds+1)]
		if len(small) == 0 || len(large) == 0 || mean(small) >= mean(large) {
			t.Errorf("rent does not grow from %d to %d bedrooms", beds, beds+1)
		}
	}
}

func mean(values []int) float64 {
	sum := 0
	for _, v := range values {
		sum += v
	}
	return float64(sum) / float64(len(values))
}

// The directory holds what makes telling people apart hard: shared addresses and numbers, the same name twice in one
// home, people without any address, minors and guarantors.
func TestResidentsFile(t *testing.T) {
	w := community(t, Config{Units: 600, Seed: 6})
	rows := file(t, w, "residents")
	fiction := regexp.MustCompile(`^\(\d{3}\) 555-01\d\d$`)
	types, homes, sizes := map[string]int{}, map[string]map[string]int{}, map[string]int{}
	var shared, senior, silent, notice, future int
	for _, row := range rows {
		types[row["Tenant Type"]]++
		if p := row["Phone"]; p != "" && !fiction.MatchString(p) {
			t.Errorf("phone %q is not kept free for fiction", p)
		}
		if e := row["Email"]; e != "" && !regexp.MustCompile(`^[a-z0-9.-]+@example\.(com|org|net)$`).MatchString(e) {
			t.Errorf("address %q could be somebody's", e)
		}
		if row["Tenant Type"] == "Minor" && row["Email"]+row["Phone"] != "" {
			t.Errorf("a minor can be reached: %v", row)
		}
		lease := row["Lease ID"]
		if homes[lease] == nil {
			homes[lease] = map[string]int{}
		}
		if row["Email"] != "" {
			homes[lease][row["Email"]]++
			if homes[lease][row["Email"]] == 2 {
				shared++
			}
		} else if row["Tenant Type"] == "Leaseholder" {
			silent++
		}
		if strings.HasSuffix(row["Last Name"], " Jr.") {
			senior++
		}
		sizes[lease]++
		switch row["Status"] {
		case "Notice":
			notice++
			checkOrder(t, row["Notice Given Date"], row["Move-out Date"])
		case "Future":
			future++
		default:
			checkOrder(t, row["Move-in Date"], "1/6/2025")
		}
		checkOrder(t, row["Lease Start Date"], row["Lease End Date"])
	}
	if n := len(sizes); n < 540 || n > 590 {
		t.Errorf("%d of 600 units are lived in", n)
	}
	if people := float64(len(rows)) / float64(len(sizes)); people < 1.4 || people > 2.4 {
		t.Errorf("%.2f people a household", people)
	}
	for what, n := range map[string]int{"shared addresses": shared, "same name twice": senior, "no address": silent,
		"notices": notice, "minors": types["Minor"], "guarantors": types["Guarantor"], "occupants": types["Occupant"]} {
		if n == 0 {
			t.Errorf("no %s in a community of 600 units", what)
		}
	}
	if future != 0 {
		t.Errorf("%d households have signed before the first morning; the files of the first days tell of them", future)
	}
}

func checkOrder(t testing.TB, from, to string) {
	t.Helper()
	a, err1 := time.Parse("1/2/2006", from)
	b, err2 := time.Parse("1/2/2006", to)
	if err1 != nil || err2 != nil || a.After(b) {
		t.Errorf("dates %q and %q: %v, %v", from, to, err1, err2)
	}
}

// A community of ninety days shows notices, month-to-month leases and terms that end all year round.
func TestLeasesAreStaggered(t *testing.T) {
	w := community(t, Config{Units: 900, Seed: 2})
	months := map[string]int{}
	past := 0
	for _, row := range file(t, w, "residents") {
		end, err := time.Parse("1/2/2006", row["Lease End Date"])
		if err != nil {
			t.Fatal(err)
		}
		if end.Before(time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC)) {
			past++
		}
		months[end.Format("2006-01")]++
	}
	if past == 0 {
		t.Error("nobody stays beyond the term, month by month")
	}
	for m := time.February; m <= time.December; m++ {
		if key := time.Date(2025, m, 1, 0, 0, 0, 0, time.UTC).Format("2006-01"); months[key] < 10 {
			t.Errorf("only %d leases end in %s", months[key], key)
		}
	}
}

func TestRentRollAgreesWithDirectory(t *testing.T) {
	w := community(t, Config{Units: 80, Seed: 9, Property: "Test Row"})
	lines := strings.Split(string(w.RentRoll().Body), "\n")
	if lines[0] != "Test Row Rent Roll" || lines[1] != "As of 1/6/2025" {
		t.Fatalf("title %q", lines[:2])
	}
	vacant := 0
	for _, line := range lines {
		if strings.Contains(line, ",VACANT,") {
			vacant++
		}
	}
	leases := map[string]bool{}
	for _, row := range file(t, w, "residents") {
		leases[row["Lease ID"]] = true
	}
	if len(leases)+vacant != 80 {
		t.Errorf("%d leases and %d vacant units of 80", len(leases), vacant)
	}
	if last := lines[len(lines)-2]; !strings.HasPrefix(last, "Charge Total:,") {
		t.Errorf("last line %q", last)
	}
}

func TestStaffing(t *testing.T) {
	for _, row := range []struct{ units, people int }{{1, 2}, {60, 2}, {120, 2}, {240, 5}, {1000, 21}} {
		w := community(t, Config{Units: row.units})
		rows := file(t, w, "staff")
		if len(rows) != row.people {
			t.Errorf("%d units have a team of %d, want %d", row.units, len(rows), row.people)
		}
		for _, role := range []hearth.Role{hearth.RoleManager, hearth.RoleLeasing, hearth.RoleSupervisor, hearth.RoleTechnician, hearth.RoleCoordinator} {
			found := false
			for _, m := range w.team {
				found = found || m.has(role)
			}
			if !found {
				t.Errorf("%d units: nobody is %s", row.units, role)
			}
		}
	}
}

func TestPlaceFitsZone(t *testing.T) {
	for name, states := range map[string]string{"America/New_York": "OH NC", "America/Phoenix": "AZ", "America/Denver": "CO UT"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		p := community(t, Config{Units: 1, Seed: 3, Zone: zone}).Property()
		if !strings.Contains(states, p.State) || p.Zone != zone {
			t.Errorf("a community in %s stands in %s, %s", name, p.City, p.State)
		}
	}
	p := community(t, Config{Units: 1, Seed: 3}).Property()
	if p.Zone == nil || p.Name == "" || p.Zip == "" || !strings.HasPrefix(p.Source, "pms/") {
		t.Errorf("property %+v", p)
	}
}
