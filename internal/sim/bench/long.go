package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/sim/load"
)

// The long run: windows of load, whose first and last are compared. Half the rate at which single events are delivered.
const (
	longRate    = 400
	longWindows = 10
)

// window is what one stretch of the long run showed.
type window struct {
	p99, memory, wal float64 // ms, MB, MB
}

// longPart has events come in at an even pace for minutes while people read pages, and looks whether the log, the memory
// or the wait grow.
func (b *bench) longPart(ctx context.Context) error {
	t, err := b.clone(ctx, b.base, "long")
	if err != nil {
		return err
	}
	defer b.drop(t)
	s, err := b.serve(ctx, t, "")
	if err != nil {
		return err
	}
	all, err := b.windows(ctx, s)
	if err = errors.Join(err, s.stop(ctx)); err != nil {
		return err
	}
	get := func(f func(window) float64) []float64 {
		out := make([]float64, len(all))
		for i, w := range all {
			out[i] = f(w)
		}
		return out
	}
	for _, f := range []struct {
		name, what, unit string
		of               func(window) float64
	}{
		{"long.p99", "acknowledgement, 99 of 100", "ms", func(w window) float64 { return w.p99 }},
		{"long.memory", "memory", "MB", func(w window) float64 { return w.memory }},
		{"long.wal", "write-ahead log", "MB", func(w window) float64 { return w.wal }},
	} {
		samples := get(f.of)
		b.add(Figure{Name: f.name, What: fmt.Sprintf("%s at %d/s with readers, over %s", f.what, longRate, longWindows*b.stretch), Unit: f.unit, Samples: samples})
		b.add(Figure{Name: f.name + ".growth", What: "  the last third against the second", Unit: "x", Samples: []float64{growth(samples)}, Aim: 1.25, Most: true})
	}
	return nil
}

// growth compares the medians of the last third and of the one before it: the first third fills caches.
func growth(samples []float64) float64 {
	n := len(samples) / 3
	return ratio(median(samples[len(samples)-n:]), median(samples[len(samples)-2*n:len(samples)-n]))
}

func (b *bench) windows(ctx context.Context, s *server) ([]window, error) {
	reading, stop := context.WithCancel(ctx)
	read := make(chan error, 1)
	go func() { read <- readPages(reading, s) }()
	var all []window
	var err error
	for i := 0; i < longWindows && err == nil; i++ {
		var w window
		w, err = b.window(ctx, s, i)
		all = append(all, w)
	}
	stop()
	return all, errors.Join(err, <-read)
}

func (b *bench) window(ctx context.Context, s *server, i int) (w window, err error) {
	n := int(longRate * b.stretch.Seconds())
	res, err := load.Run(ctx, s.target(), load.Workload{Clients: clients, Events: n, Rate: longRate,
		Make: b.load(fmt.Sprintf("long%d", i), n, s.town.residents, oneIn).event})
	if err == nil {
		err = good(res, n)
	}
	if err != nil {
		return w, err
	}
	_, u, err := s.used()
	w = window{p99: ms(res.P99), memory: float64(u.Memory) / 1e6}
	if info, err := os.Stat(filepath.Join(s.town.dir, db.FileName+"-wal")); err == nil {
		w.wal = float64(info.Size()) / 1e6
	}
	return w, err
}

// readPages reads, as a team does, until its context ends.
func readPages(ctx context.Context, s *server) error {
	client := &http.Client{Timeout: 30 * time.Second}
	for ctx.Err() == nil {
		for _, path := range []string{"/api/v1/residents?search=an&limit=20", "/api/v1/tasks?limit=50", "/api/v1/messages?limit=50", "/api/v1/playbooks"} {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+path, nil)
			if err != nil {
				return err
			}
			req.Header.Set("Authorization", "Bearer "+s.town.token)
			resp, err := client.Do(req)
			if ctx.Err() != nil {
				return nil //nolint:nilerr // the load is over, and so is reading
			}
			if err != nil {
				return err
			}
			if err := errors.Join(drainBody(resp), readOK(resp, path)); err != nil {
				return err
			}
		}
		_ = pause(ctx, 250*time.Millisecond) // its error is the context's end, which ends the loop
	}
	return nil
}
