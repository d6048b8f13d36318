package live

import (
	"os"
	"strings"
	"testing"

	"hearth/internal/sim/world"
)

// Law 12: what somebody is decides nothing. HEARTH_TEST_SOAK asks for ten thousand histories, as
// hearth evaluate twins --histories 10000 --seed 1 does.
func TestTwinsAreTreatedAlike(t *testing.T) {
	run := TwinRun{Histories: 300, Seed: 1, Units: 180, Start: january(), Days: 60}
	if os.Getenv("HEARTH_TEST_SOAK") != "" {
		run = TwinRun{Histories: 10_000, Seed: 1, Start: january(), Days: 120, Progress: func(n int) { t.Logf("%d histories", n) }}
	}
	res, err := Twins(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	if res.Different > 0 {
		t.Errorf("%d decisions differ; seed %d:\n%s", res.Different, res.Seed, strings.Join(res.Examples, "\n"))
	}
	if res.Histories < run.Histories {
		t.Errorf("%d histories were compared, want %d", res.Histories, run.Histories)
	}
	for _, kind := range []string{"decision", "message", "run", "task"} {
		if res.Compared[kind] < 50 {
			t.Errorf("only %d of the kind %s were compared", res.Compared[kind], kind)
		}
	}
}

// The comparison finds what differs: two communities whose people act otherwise are no twins.
func TestTwinsThatActOtherwiseAreFound(t *testing.T) {
	var sides [2]map[string][]byte
	for i, units := range []int{20, 21} {
		rows, err := liveTwin(t.Context(), Run{Units: units, Seed: 1, Start: january(), Days: 30}, world.Twin{})
		if err != nil {
			t.Fatal(err)
		}
		sides[i] = rows
	}
	res := TwinResult{Compared: map[string]int{}}
	if res.compare(1, sides); res.Different == 0 || len(res.Examples) == 0 {
		t.Errorf("no difference is found between two communities: %+v", res)
	}
}
