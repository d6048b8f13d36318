package live

import (
	"testing"
	"time"

	"hearth"
	"hearth/internal/sim"
	"hearth/internal/sim/world"
)

func january() hearth.Day { return hearth.MakeDay(2025, time.January, 6) }

func TestTry(t *testing.T) {
	w, err := world.New(world.Config{Units: 24, Seed: 1, Start: january()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(t.Context(), Options{Dir: t.TempDir(), Seed: 1, Start: january().Start(w.Property().Zone), IncludeADay: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	begin := time.Now()
	s, err := sim.Run(t.Context(), p, w, january()+60, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v %+v", time.Since(begin), s)
}
