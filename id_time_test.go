package hearth

import (
	"testing"
	"time"
)

// Identities with a time sort by it, are the same for the same, and differ in each part.
func TestDeriveIDAt(t *testing.T) {
	at := time.Date(2026, time.March, 2, 14, 0, 0, 0, time.UTC)
	a := DeriveIDAt("dec_", at, "res_1", "started")
	if b := DeriveIDAt("dec_", at, "res_1", "started"); a != b || len(a) != len(DeriveID("dec_", "x")) {
		t.Errorf("the same gave %s and %s", a, b)
	}
	for _, other := range []string{DeriveIDAt("dec_", at, "res_2", "started"), DeriveIDAt("dec_", at, "res_1", "ended"),
		DeriveIDAt("dec_", at, "res_1s", "tarted"), DeriveIDAt("run_", at, "res_1", "started")} {
		if a == other {
			t.Errorf("%s stands for two things", a)
		}
	}
	last := ""
	for _, d := range []time.Duration{-60 * 365 * 24 * time.Hour, 0, time.Millisecond, time.Second, time.Hour, 40 * 24 * time.Hour, 80 * 365 * 24 * time.Hour} {
		id := DeriveIDAt("dec_", at.Add(d), "res_1", "started")
		if id <= last {
			t.Errorf("%s of %s does not come after %s", id, at.Add(d), last)
		}
		last = id
	}
}
