package column

import (
	"reflect"
	"strings"
	"testing"

	"hearth"
)

// A mapping file names headings as people write them, and only those that exist.
func TestRulesNameHeadings(t *testing.T) {
	for _, c := range []struct {
		keys, header string // separated by |
		want         map[int]string
		strange      string // key
	}{
		{"whg", "Whg.|Bewohner", map[int]string{0: "f0"}, ""},
		{"WHG.|bewohner", "Whg|Bewohner", map[int]string{0: "f0", 1: "f1"}, ""},
		{"lease_from", "Lease From", map[int]string{0: "f0"}, ""},
		{"Unit", "Unit #|Unit", map[int]string{1: "f0"}, ""},
		{"(Unit)|Unit", "Unit|Name", map[int]string{0: "f1"}, ""},
		{"#", "#|Unit", map[int]string{0: "f0"}, ""},
		{"#", "Unit|", map[int]string{}, "#"},
		{"nosuch|Unit", "Unit|Name", map[int]string{0: "f1"}, "nosuch"},
		{"Straße", "STRASSE|straße", map[int]string{1: "f0"}, ""},
	} {
		r := &Rules{Columns: map[string]string{}}
		for i, k := range strings.Split(c.keys, "|") {
			r.Columns[k] = "f" + string(rune('0'+i))
		}
		header := strings.Split(c.header, "|")
		if got := r.fields(header); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q under %q: %v, want %v", c.keys, c.header, got, c.want)
		}
		err := r.Strange(header)
		if he, ok := err.(*hearth.Error); (c.strange != "") != (err != nil) || ok && (he.Field != "columns."+c.strange || !strings.Contains(he.Message, header[0])) {
			t.Errorf("%q under %q: %v, want %q to be strange", c.keys, c.header, err, c.strange)
		}
		if r.Kept = true; r.Strange(header) != nil {
			t.Error("kept rules may name columns that went away")
		}
	}
}
