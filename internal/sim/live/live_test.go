package live

import (
	"os"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/dbtest"
)

func january() hearth.Day { return hearth.MakeDay(2025, time.January, 6) }

func small(seed uint64) Run { return Run{Units: 24, Seed: seed, Start: january(), Days: 60} }

func lived(t *testing.T, o Options, run Run) Result {
	t.Helper()
	if o.Database == "" {
		o.Dir = t.TempDir()
	}
	res, err := Live(t.Context(), o, run)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// Two months of a small community: the same seed gives the same, to the last byte, in the embedded store and on
// PostgreSQL; another seed gives something else.
func TestSameSeedSameDays(t *testing.T) {
	first := lived(t, Options{}, small(1))
	if again := lived(t, Options{}, small(1)); again.Digest != first.Digest {
		t.Errorf("the same seed gave %+v and then %+v", first, again)
	}
	if other := lived(t, Options{}, small(2)); other.Digest == first.Digest || other.Community == first.Community {
		t.Errorf("another seed gave the same: %+v", other)
	}
	if server := lived(t, Options{Database: dbtest.PostgresURL(t)}, small(1)); server.Digest != first.Digest {
		t.Errorf("PostgreSQL gave %+v, the embedded store %+v", server, first)
	}
}

// What a manager would see in a quarter: the doors take everything, people get messages and not too many, the team
// keeps up with its tasks.
func TestDaysAreBelievable(t *testing.T) {
	run := Run{Units: 60, Seed: 3, Start: january(), Days: 90}
	res := lived(t, Options{}, run)
	if res.Outcomes["accepted"] != res.Events || res.Events < 700 {
		t.Errorf("of %d events: %v", res.Events, res.Outcomes)
	}
	delivered := 0
	for _, n := range res.Messages {
		delivered += n
	}
	// Fewer than one a month for each of some 1.8 people a home, and more than none.
	if most := 60 * 2 * 3; delivered == 0 || delivered > most {
		t.Errorf("%d messages in three months to 60 homes; at most %d are believable", delivered, most)
	}
	if res.Tasks == 0 || res.Rows["task"]-res.Tasks > 20 || res.Undone > res.Tasks/10 {
		t.Errorf("%d tasks done of %d, %d refused", res.Tasks, res.Rows["task"], res.Undone)
	}
	for _, kind := range []string{"decision", "message", "run", "state", "task", "workorder"} {
		if res.Rows[kind] == 0 {
			t.Errorf("no %s in %v", kind, res.Rows)
		}
	}
}

func TestRunsThatCannotBe(t *testing.T) {
	for name, run := range map[string]Run{
		"no days":       {Units: 10, Start: january()},
		"too many days": {Units: 10, Start: january(), Days: MaxDays + 1},
		"no homes":      {Start: january(), Days: 1},
		"no start":      {Units: 10, Days: 1},
	} {
		dir := t.TempDir()
		if _, err := Live(t.Context(), Options{Dir: dir}, run); hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
		if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
			t.Errorf("%s: left %v: %v", name, list, err)
		}
	}
}
