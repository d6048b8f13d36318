package work_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hearth/internal/base/work"
)

// runs collects when a loop ran, as durations since the start.
type runs struct {
	start time.Time
	at    []time.Duration
}

func (r *runs) note() { r.at = append(r.at, time.Since(r.start)) }

// stop ends the group and waits for it.
func stop(t *testing.T, g *work.Group) {
	t.Helper()
	if err := g.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestLoopRunsAtOnceThenRegularly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := runs{start: time.Now()}
		left := 3 // batches that are there at first
		g := work.NewGroup(nil)
		g.Add(work.Loop{Name: "a", Every: time.Second, Run: func(context.Context) (bool, error) {
			r.note()
			left--
			return left > 0, nil
		}})
		g.Start(t.Context())
		g.Start(t.Context()) // a second time is fine
		time.Sleep(2500 * time.Millisecond)
		stop(t, g)
		time.Sleep(time.Minute)
		if want := []time.Duration{0, 0, 0, time.Second, 2 * time.Second}; !reflect.DeepEqual(r.at, want) {
			t.Errorf("it ran at %v, want %v", r.at, want)
		}
	})
}

func TestBellWakesEveryListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bell work.Bell
		bell.Ring() // nobody listens yet
		a, b := runs{start: time.Now()}, runs{start: time.Now()}
		g := work.NewGroup(nil)
		for _, r := range []*runs{&a, &b} {
			g.Add(work.Loop{Name: "x", Every: time.Hour, Wake: bell.C(), Run: func(context.Context) (bool, error) { r.note(); return false, nil }})
		}
		g.Start(t.Context())
		time.Sleep(time.Second)
		bell.Ring()
		time.Sleep(time.Second)
		bell.Ring()
		time.Sleep(time.Second)
		stop(t, g)
		for _, r := range []runs{a, b} {
			if want := []time.Duration{0, time.Second, 2 * time.Second}; !reflect.DeepEqual(r.at, want) {
				t.Errorf("it ran at %v, want %v", r.at, want)
			}
		}
	})
}

func TestRestGathersRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var bell work.Bell
		r := runs{start: time.Now()}
		left := 0
		g := work.NewGroup(nil)
		g.Add(work.Loop{Name: "x", Every: time.Second, Rest: 50 * time.Millisecond, Wake: bell.C(), Run: func(context.Context) (bool, error) {
			r.note()
			left--
			return left > 0, nil
		}})
		g.Start(t.Context())
		time.Sleep(200 * time.Millisecond)
		bell.Ring() // alone: at once
		for range 12 {
			time.Sleep(10 * time.Millisecond)
			bell.Ring()
		}
		time.Sleep(80 * time.Millisecond) // until 400 ms, 50 behind the last run
		left = 3
		bell.Ring() // what is left is done without a rest
		time.Sleep(1500 * time.Millisecond)
		stop(t, g)
		ms := time.Millisecond
		want := []time.Duration{0, 200 * ms, 250 * ms, 300 * ms, 350 * ms, 400 * ms, 400 * ms, 400 * ms, 1400 * ms}
		if !reflect.DeepEqual(r.at, want) {
			t.Errorf("it ran at %v, want %v", r.at, want)
		}
	})
}

func TestRingsNobodyHeardCountAsOne(t *testing.T) {
	var bell work.Bell
	c := bell.C()
	bell.Ring()
	bell.Ring()
	<-c
	select {
	case <-c:
		t.Error("two rings were delivered")
	default:
	}
}

func TestErrorsAreLoggedAndBackedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		var bell work.Bell
		r := runs{start: time.Now()}
		g := work.NewGroup(slog.New(slog.NewTextHandler(&out, nil)))
		g.Add(work.Loop{Name: "flaky", Every: time.Minute, Wake: bell.C(), Run: func(context.Context) (bool, error) {
			r.note()
			switch len(r.at) {
			case 1:
				return true, errors.New("disk on fire")
			case 2:
				panic("out of luck")
			case 3:
				return false, errors.New("again")
			}
			return false, nil
		}})
		g.Start(t.Context())
		time.Sleep(50 * time.Millisecond)
		bell.Ring() // must not cut the pause short
		time.Sleep(5 * time.Second)
		stop(t, g)
		// Pauses of 100, 200 and 400 ms; then the ring that was kept wakes it once more.
		want := []time.Duration{0, 100 * time.Millisecond, 300 * time.Millisecond, 700 * time.Millisecond, 700 * time.Millisecond}
		if !reflect.DeepEqual(r.at, want) {
			t.Errorf("it ran at %v, want %v", r.at, want)
		}
		for _, text := range []string{"disk on fire", "out of luck", "loop=flaky"} {
			if !strings.Contains(out.String(), text) {
				t.Errorf("the log lacks %q: %s", text, out.String())
			}
		}
	})
}

func TestBackOffHasALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := runs{start: time.Now()}
		g := work.NewGroup(nil)
		g.Add(work.Loop{Name: "down", Run: func(context.Context) (bool, error) { r.note(); return false, errors.New("down") }})
		g.Start(t.Context())
		time.Sleep(time.Hour)
		stop(t, g)
		last := r.at[len(r.at)-1] - r.at[len(r.at)-2]
		if last != 30*time.Second {
			t.Errorf("after an hour of failures it pauses %v, want 30 s", last)
		}
	})
}

func TestStopLetsWorkFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finished, runs := false, 0
		g := work.NewGroup(nil)
		g.Add(work.Loop{Name: "slow", Every: time.Millisecond, Run: func(ctx context.Context) (bool, error) {
			runs++
			select {
			case <-time.After(10 * time.Second):
				finished = true
			case <-ctx.Done():
			}
			return true, nil
		}})
		g.Start(t.Context())
		time.Sleep(time.Second)
		stop(t, g)
		stop(t, g) // a second time is fine
		if !finished || runs != 1 {
			t.Errorf("finished %v after %d runs, want the one under way to finish and no more", finished, runs)
		}
		g.Add(work.Loop{Name: "late", Run: func(context.Context) (bool, error) { t.Error("a loop ran after the stop"); return false, nil }})
		time.Sleep(time.Second)
	})
}

func TestStopCutsOffWhatDoesNotFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := false
		g := work.NewGroup(nil)
		g.Add(work.Loop{Name: "stuck", Run: func(ctx context.Context) (bool, error) {
			<-ctx.Done()
			ended = true
			return false, ctx.Err()
		}})
		g.Start(t.Context())
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := g.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("stop gave %v, want that work was cut off", err)
		}
		if !ended {
			t.Error("stop returned before the work did")
		}
	})
}

func TestStopBeforeStart(t *testing.T) {
	g := work.NewGroup(nil)
	g.Add(work.Loop{Name: "never", Run: func(context.Context) (bool, error) { t.Error("it ran"); return false, nil }})
	if err := g.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	g.Start(t.Context())
	if err := g.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAddToARunningGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ran := false
		g := work.NewGroup(nil)
		g.Start(t.Context())
		g.Add(work.Loop{Name: "late", Run: func(context.Context) (bool, error) { ran = true; return false, nil }})
		synctest.Wait()
		stop(t, g)
		if !ran {
			t.Error("a loop added to a running group did not run")
		}
	})
}
