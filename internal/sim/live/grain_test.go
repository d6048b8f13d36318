package live

import (
	"testing"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/sim"
	"hearth/internal/sim/world"
)

func TestWhatFallsIntoOneGrain(t *testing.T) {
	exact := time.Date(2026, 3, 2, 5, 0, 0, 0, time.UTC)
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tt := range []struct {
		grain    time.Duration
		from, to string
	}{
		{0, "2026-03-01T09:10:00Z", "2026-03-01T09:10:00Z"},
		{time.Hour, "2026-03-01T09:10:00Z", "2026-03-01T10:00:00Z"},
		{time.Hour, "2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z"},
		{3 * time.Hour, "2026-03-02T04:10:00Z", "2026-03-02T05:00:00Z"}, // cut off where exactness begins
		{time.Hour, "2026-03-02T05:00:00Z", "2026-03-02T05:00:00Z"},
		{time.Hour, "2026-03-02T05:10:00Z", "2026-03-02T05:10:00Z"},
	} {
		p := &Program{opts: Options{Grain: tt.grain, Exact: exact}}
		if got := p.together(at(tt.from)); !got.Equal(at(tt.to)) {
			t.Errorf("grain %s: %s is done at %s, want %s", tt.grain, tt.from, got.Format(time.RFC3339), tt.to)
		}
	}
}

// With a grain decisions come at the full hour and everything told keeps its own time; from the exact day on decisions
// come at their own time too. As much is told and done as without it.
func TestAGrainGathersDecisionsOnly(t *testing.T) {
	const days, fine = 60, 14
	live := func(grain time.Duration) (sim.Summary, [2]int, [2]int) {
		w, err := world.New(world.Config{Units: 24, Seed: 4, Start: january()})
		if err != nil {
			t.Fatal(err)
		}
		zone := w.Property().Zone
		exact := (january() + days - fine).Start(zone)
		p, err := Open(t.Context(), Options{Dir: t.TempDir(), Seed: 4, Start: january().Start(zone), IncludeADay: 2, Grain: grain, Exact: exact})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close(t.Context())
		s, err := sim.Run(t.Context(), p, w, january()+days, sim.Options{Fine: january() + days - fine})
		if err != nil {
			t.Fatal(err)
		}
		return s, offTheHour(t, p, "SELECT at FROM decisions WHERE org = $1", exact), offTheHour(t, p, "SELECT time FROM events WHERE org = $1 AND type = 'message.received'", exact)
	}
	exactly, _, _ := live(0)
	got, decided, told := live(time.Hour)
	if decided[0] != 0 || decided[1] == 0 {
		t.Errorf("decisions off the full hour: %d before the exact day, want 0; %d after it, want some", decided[0], decided[1])
	}
	if told[0] == 0 {
		t.Error("what residents wrote was moved to the full hour")
	}
	if got.Days != exactly.Days || got.Files != exactly.Files || got.Outcomes["accepted"] != got.Events {
		t.Errorf("with a grain: %+v", got)
	}
	for what, n := range map[string][2]int{"events": {got.Events, exactly.Events}, "tasks": {got.Tasks, exactly.Tasks}, "messages": {got.Rows["message"], exactly.Rows["message"]}} {
		if n[0]*10 < n[1]*9 || n[0]*10 > n[1]*11 {
			t.Errorf("%s: %d with a grain, %d without", what, n[0], n[1])
		}
	}
}

// offTheHour counts times that are no full hour, before a time and from it on.
func offTheHour(t *testing.T, p *Program, q string, exact time.Time) (n [2]int) {
	t.Helper()
	err := p.App.DB.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := tx.Query(t.Context(), q, tx.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var ms int64
			if err := rows.Scan(&ms); err != nil {
				return err
			}
			if ms%time.Hour.Milliseconds() == 0 {
				continue
			}
			if ms < exact.UnixMilli() {
				n[0]++
			} else {
				n[1]++
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
