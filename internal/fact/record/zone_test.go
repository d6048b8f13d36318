package record

import (
	"strings"
	"testing"
	"time"
)

func TestFindZone(t *testing.T) {
	for _, c := range []struct {
		country, state, zip string
		zone                string
		sure                bool
	}{
		{"", "NY", "10001", "America/New_York", true},
		{"US", "new york", "", "America/New_York", true},
		{"US", "TX", "78701", "America/Chicago", true},
		{"US", "TX", "79901", "America/Denver", true},
		{"US", "TX", "", "America/Chicago", false},
		{"US", "MS", "", "America/Chicago", true},
		{"US", "FL", "32501", "America/Chicago", true},
		{"US", "FL", "33101", "America/New_York", true},
		{"US", "TN", "37902", "America/New_York", true},
		{"US", "TN", "37201", "America/Chicago", true},
		{"US", "IN", "46402", "America/Chicago", true},
		{"US", "ID", "83814", "America/Los_Angeles", true},
		{"US", "AZ", "85001", "America/Phoenix", true},
		{"US", "OR", "97901", "America/Los_Angeles", false},
		{"US", "", "02134", "America/New_York", true},
		{"US", "", "2134", "America/New_York", true},
		{"US", "", "60601-1234", "America/Chicago", true},
		{"US", "", "", "", false},
		{"DE", "BE", "10115", "", false},
		{"US", "XX", "99999999", "", false},
	} {
		zone, how, sure := FindZone(c.country, c.state, c.zip)
		if zone != c.zone || sure != c.sure {
			t.Errorf("FindZone(%q, %q, %q) = %q %v, want %q %v", c.country, c.state, c.zip, zone, sure, c.zone, c.sure)
		}
		if (zone == "") != (how == "") {
			t.Errorf("zone %q with the reason %q", zone, how)
		}
	}
}

// Every state and every zone in the tables exists.
func TestZoneTables(t *testing.T) {
	for _, line := range strings.Split(stateNames, "\n") {
		code, name, _ := strings.Cut(line, " ")
		if got := stateCode(name); got != code {
			t.Errorf("stateCode(%q) = %q, want %q", name, got, code)
		}
		main, other, split := stateZone(code)
		for _, z := range []string{main, other} {
			if _, err := time.LoadLocation(z); err != nil || main == "" {
				t.Errorf("%s: zone %q: %v", code, z, err)
			}
		}
		areas, either := splitAreas(code)
		if split != (areas+either != "") {
			t.Errorf("%s: split %v, but areas %q and %q", code, split, areas, either)
		}
		for _, area := range strings.Fields(areas + " " + either) {
			if got := stateOfZip(area); got != code {
				t.Errorf("area %s of %s lies in %q", area, code, got)
			}
		}
	}
}
