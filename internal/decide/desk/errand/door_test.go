package errand

import (
	"testing"

	"hearth/internal/fact/record"
)

func TestADoorIsNamedOnce(t *testing.T) {
	for _, x := range []struct{ building, label, want string }{
		{"A", "A204", "A204"}, {"North", "4B", "North 4B"}, {"", "4B", "4B"}, {"north", "North 4B", "North 4B"}, {"B", "A204", "B A204"}, {"North", "", "North"},
	} {
		if got := doorOf(record.Contact{BuildingName: x.building, UnitLabel: x.label}); got != x.want {
			t.Errorf("%s in %q: %q, want %q", x.label, x.building, got, x.want)
		}
	}
}
