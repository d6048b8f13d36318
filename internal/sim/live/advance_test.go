package live

import (
	"context"
	"errors"
	"testing"
	"time"

	"hearth"
	"hearth/internal/sim"
	"hearth/internal/sim/world"
)

// hourly is the program with a clock that also stops at every full hour, and that looks at everything at each stop.
type hourly struct{ *Program }

func (h hourly) Advance(ctx context.Context, to time.Time) error {
	for {
		if err := errors.Join(h.App.Engine.Drain(ctx), h.mail.Drain(ctx), h.App.Engine.Drain(ctx)); err != nil {
			return err
		}
		next := h.clock.Now().Truncate(time.Hour).Add(time.Hour)
		if next.After(to) {
			return h.Program.Advance(ctx, to)
		}
		if err := h.Program.Advance(ctx, next); err != nil {
			return err
		}
	}
}

func open(t *testing.T, seed uint64) (*Program, *world.World) {
	t.Helper()
	w, err := world.New(world.Config{Units: 24, Seed: seed, Start: january()})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Open(t.Context(), Options{Dir: t.TempDir(), Seed: seed, Start: january().Start(w.Property().Zone), IncludeADay: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p, w
}

// Going from one due time to the next skips nothing: a clock that stops every hour, and a program that looks
// everywhere each time, come to the same.
func TestAdvanceSkipsNothing(t *testing.T) {
	live := func(wrap func(*Program) sim.Hearth) sim.Summary {
		p, w := open(t, 4)
		s, err := sim.Run(t.Context(), wrap(p), w, january()+75, sim.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	jumping := live(func(p *Program) sim.Hearth { return p })
	stepping := live(func(p *Program) sim.Hearth { return hourly{p} })
	if jumping.Digest != stepping.Digest {
		t.Errorf("from due time to due time: %+v\nhour by hour: %+v", jumping, stepping)
	}
	if jumping.Tasks == 0 || jumping.Rows["message"] == 0 {
		t.Errorf("too little happened to compare: %+v", jumping)
	}
}

func TestAdvanceNeverGoesBack(t *testing.T) {
	p, _ := open(t, 1)
	now := p.clock.Now()
	if err := p.Advance(t.Context(), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := p.Advance(t.Context(), now); hearth.CodeOf(err) != hearth.CodeInvalid {
		t.Errorf("going back: %v", err)
	}
	if got := p.clock.Now(); !got.Equal(now.Add(time.Hour)) {
		t.Errorf("the clock stands at %s", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Advance(ctx, now.Add(48*time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
}

// Names go both ways, and what the program does not know is no crash but a sentence.
func TestNamesOfTheWorld(t *testing.T) {
	p, w := open(t, 1)
	for _, f := range w.Import() {
		if err := p.Import(t.Context(), w.Property(), f); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Finish(t.Context(), world.Done{Task: "tsk_none", Staff: "S001"}); hearth.CodeOf(err) != hearth.CodeNotFound {
		t.Errorf("finish a task that is not there: %v", err)
	}
	if err := p.Finish(t.Context(), world.Done{Task: "tsk_none", Staff: "S999"}); hearth.CodeOf(err) != hearth.CodeNotFound {
		t.Errorf("finish as nobody: %v", err)
	}
	got, err := p.Post(t.Context(), []world.Event{
		{ID: "1", Source: w.Property().Source, Type: "portal.visited", Subject: "resident/T000001", Time: p.clock.Now()},
		{ID: "1", Source: w.Property().Source, Type: "portal.visited", Subject: "resident/T000001", Time: p.clock.Now()},
		{ID: "2", Source: w.Property().Source, Type: "portal.visited", Subject: "resident/T999999", Time: p.clock.Now()},
		{ID: "3", Source: w.Property().Source, Type: "no.such", Subject: "resident/T000001", Time: p.clock.Now()},
	})
	want := []string{"accepted", "duplicate", "parked", "rejected"}
	for i := range want {
		if err != nil || got[i] != want[i] {
			t.Errorf("event %d: %v, want %s: %v", i, got, want[i], err)
		}
	}
	bad := world.File{Kind: "residents", Name: "bad.csv", Body: []byte("Unit,Tenant ID,First Name,Last Name,Lease Start Date\n99,T9,Ann,Lee,someday\n")}
	if err := p.Import(t.Context(), w.Property(), bad); err == nil {
		t.Error("a file with a row that can't be read was imported without a word")
	}
}
