package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hearth"
	"hearth/internal/sim/live"
)

// yearPart lives a year of a generated community in the real program on virtual time, with all shipped playbooks on.
func (b *bench) yearPart(ctx context.Context) error {
	dir := filepath.Join(b.dir, "year")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	start, err := hearth.ParseDay("2025-01-06")
	if err != nil {
		return err
	}
	began := time.Now()
	res, err := live.Live(ctx, live.Options{Dir: dir}, live.Run{Units: b.lived, Seed: 1, Start: start, Days: b.livedDays,
		Progress: func(hearth.Day, float64) {}})
	if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
		return err
	}
	aim := 0.0
	if b.lived == 1000 && b.livedDays == 365 {
		aim = 60
	}
	b.add(Figure{Name: "year", What: fmt.Sprintf("%d days of %d homes on virtual time, %d events", b.livedDays, b.lived, res.Events), Unit: "s",
		Samples: []float64{time.Since(began).Seconds()}, Aim: aim, Most: true})
	return nil
}
