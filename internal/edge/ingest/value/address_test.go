package value

import (
	"strings"
	"testing"
)

func TestOneAddress(t *testing.T) {
	states := func(s string) bool {
		switch strings.ToUpper(s) {
		case "AZ", "NY", "NEW YORK", "CT", "YORK", "DISTRICT OF COLUMBIA", "COLUMBIA":
			return true
		}
		return false
	}
	for _, c := range []struct {
		text string
		want Address
		ok   bool
	}{
		{"1 Oak St, Phoenix, AZ 85001", Address{"1 Oak St", "Phoenix", "AZ", "85001"}, true},
		{"1 Oak St #101, Phoenix, AZ, 85001-1234", Address{"1 Oak St #101", "Phoenix", "AZ", "85001-1234"}, true},
		{"1 Oak St, Apt 4, Phoenix, az 85001, USA", Address{"1 Oak St, Apt 4", "Phoenix", "az", "85001"}, true},
		{"1 Oak St, Phoenix AZ 85001", Address{"1 Oak St", "Phoenix", "AZ", "85001"}, true},
		{"1 Oak St Phoenix AZ 85001", Address{"1 Oak St Phoenix", "", "AZ", "85001"}, true},
		{"5 Elm Ave, Albany, New York", Address{"5 Elm Ave", "Albany", "New York", ""}, true},
		{"5 Elm Ave, Washington, District of Columbia 20001", Address{"5 Elm Ave", "Washington", "District of Columbia", "20001"}, true},
		{"Phoenix, AZ", Address{"Phoenix", "", "AZ", ""}, true},
		{"14 Sunset CT", Address{}, false},
		{"14 Farm Road 12345", Address{}, false},
		{"1 Oak St", Address{}, false},
		{"AZ 85001", Address{}, false},
		{"85001", Address{}, false},
		{"", Address{}, false},
	} {
		if got, ok := OneAddress(c.text, states); got != c.want || ok != c.ok {
			t.Errorf("%q: %+v, %v; want %+v", c.text, got, ok, c.want)
		}
	}
}
