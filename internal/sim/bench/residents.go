package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"hearth/internal/sim/load"
)

// residentsPart measures what an event costs with few and with many residents.
func (b *bench) residentsPart(ctx context.Context) error {
	large, err := b.largeTown(ctx)
	if err != nil {
		return err
	}
	var few, many, over, fewRate, manyRate []float64
	for i := range b.runs {
		var cost [2]batchRun
		for k, t := range []*town{b.base, large} {
			c, err := b.clone(ctx, t, fmt.Sprintf("scale-%d-%d", k, i))
			if err != nil {
				return err
			}
			r, err := b.batchRun(ctx, c, "", fmt.Sprintf("r%d%d", k, i), func() {})
			if err != nil {
				return err
			}
			cost[k] = *r
			b.drop(c)
		}
		f, m := each(cost[0].cpu, b.batched), each(cost[1].cpu, b.batched)
		few, many, over = append(few, f), append(many, m), append(over, ratio(m, f))
		fewRate, manyRate = append(fewRate, cost[0].decided), append(manyRate, cost[1].decided)
	}
	b.add(Figure{Name: "residents.few.cpu", What: fmt.Sprintf("processor time per event in batches, %d residents", b.town), Unit: "us", Samples: few})
	b.add(Figure{Name: "residents.many.cpu", What: fmt.Sprintf("  with %d residents", large.residents), Unit: "us", Samples: many})
	b.add(Figure{Name: "residents.over", What: "  many against few", Unit: "x", Samples: over, Aim: 1.7, Most: true})
	b.add(Figure{Name: "residents.few.decided", What: fmt.Sprintf("decided in batches, %d residents", b.town), Unit: "/s", Samples: fewRate})
	b.add(Figure{Name: "residents.many.decided", What: fmt.Sprintf("  with %d residents", large.residents), Unit: "/s", Samples: manyRate})
	return nil
}

// largeTown gives the community with many residents: the one that the import left, or one made now.
func (b *bench) largeTown(ctx context.Context) (*town, error) {
	if b.large == nil {
		b.Progress("making a large community")
		t, err := b.build(ctx, "large", b.many)
		if err != nil {
			return nil, err
		}
		b.large = t
	}
	return b.large, nil
}

// importing measures an import of many rows by the command, and how long others wait for an acknowledgement while it
// runs and when it does not.
func (b *bench) importing(ctx context.Context) error {
	alone, err := b.importAlone(ctx)
	if err != nil {
		return err
	}
	t, err := b.build(ctx, "importing", 0)
	if err != nil {
		return err
	}
	// A few residents are there before, so that there is somebody for events to be about.
	if err := b.importFile(ctx, t, "first", 500, nil); err != nil {
		return err
	}
	t.residents = 500
	s, err := b.serve(ctx, t, "")
	if err != nil {
		return err
	}
	var m importRun
	err = b.importBeside(ctx, s, &m)
	if err = errors.Join(err, s.stop(ctx)); err != nil {
		return err
	}
	t.residents = b.many
	b.large = t
	b.add(Figure{Name: "import.alone", What: fmt.Sprintf("import of %d residents, nothing else running", b.many), Unit: "s", Samples: []float64{alone.took.Seconds()}, Aim: 30, Most: true})
	b.add(Figure{Name: "import.peak", What: "  memory at most", Unit: "MB", Samples: []float64{float64(max(m.peak, alone.peak)) / 1e6}, Aim: 300, Most: true})
	b.add(Figure{Name: "import.seconds", What: fmt.Sprintf("  served, beside %d events a second", besideRate), Unit: "s", Samples: []float64{m.took.Seconds()}})
	b.add(Figure{Name: "import.without.p99", What: fmt.Sprintf("acknowledgement at %d/s without an import, 99 of 100", besideRate), Unit: "ms", Samples: []float64{ms(m.without.P99)}})
	b.add(Figure{Name: "import.with.p99", What: "  while it runs", Unit: "ms", Samples: []float64{ms(m.with.P99)}})
	b.add(Figure{Name: "import.over", What: "  with against without", Unit: "x", Samples: []float64{ratio(ms(m.with.P99), ms(m.without.P99))}, Aim: 3, Most: true})
	return nil
}

// importAlone imports many residents into a community that nobody serves.
func (b *bench) importAlone(ctx context.Context) (m importRun, err error) {
	t, err := b.build(ctx, "alone", 0)
	if err != nil {
		return m, err
	}
	defer b.drop(t)
	err = b.importFile(ctx, t, "alone", b.many, &m)
	return m, err
}

type importRun struct {
	took          time.Duration
	peak          int64 // bytes
	without, with load.Result
}

// importBeside imports while events come in at an even pace. What it is compared with is that pace before and behind it:
// on a shared machine a few seconds of either alone say little.
func (b *bench) importBeside(ctx context.Context, s *server, m *importRun) error {
	if err := b.without(ctx, s, m, "before"); err != nil {
		return err
	}
	var err error
	running, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() {
		defer stop()
		done <- b.importFile(ctx, s.town, "many", b.many, m)
	}()
	// The load ends with the import; what was answered until then is what counts.
	n := besideRate * 600
	m.with, err = load.Run(running, s.target(), load.Workload{Clients: clients, Events: n, Rate: besideRate,
		Make: b.load("during", n, s.town.residents, oneIn).event})
	if imported := <-done; imported != nil {
		return imported
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if m.with.Outcomes["accepted"] == 0 {
		return fmt.Errorf("no event was acknowledged while the import ran: %s", m.with.FirstError)
	}
	if _, err = s.decided(ctx); err != nil {
		return err
	}
	return b.without(ctx, s, m, "after")
}

// without adds what others wait while there is no import.
func (b *bench) without(ctx context.Context, s *server, m *importRun, prefix string) error {
	for i := range 2 {
		r, err := b.calmRun(ctx, s, besideRate, prefix+strconv.Itoa(i))
		if err != nil {
			return err
		}
		m.without = m.without.With(r)
	}
	return nil
}

// importFile has the command import n residents, the first of which are there already.
func (b *bench) importFile(ctx context.Context, t *town, name string, n int, m *importRun) error {
	path := filepath.Join(b.dir, name+".csv")
	if err := os.WriteFile(path, residentsCSV(n, time.Now()), 0o600); err != nil {
		return err
	}
	args := append([]string{"import", "--property", townName, "--zone", townZone, "--source", townSource}, t.place()...)
	cmd := exec.CommandContext(ctx, b.Program, append(args, "residents", path)...)
	cmd.Env = append(os.Environ(), b.Env...)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("import: %w: %.2000s", err, out)
	}
	if m != nil {
		m.took = time.Since(began)
		if use, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			m.peak = use.Maxrss << 10 // Linux counts in kB
		}
	}
	return nil
}
