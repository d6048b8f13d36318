package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/db"
	"hearth/internal/sim/load"
)

// calmRate is how many events a second come in while acknowledgements are measured without crowding. Beside an import
// it is fewer: what a hundred large communities tell on a busy day.
const (
	calmRate   = 300
	besideRate = 100
)

// singleRun is what one run of single events showed.
type singleRun struct {
	delivered float64 // mails a second, from the first event to the last mail
	way       []time.Duration
	ack, calm load.Result
	cpu       time.Duration
	peak      int64
	raw       []time.Duration // synced writes of one row, just before
}

// singlesPart measures single events that each cause a mail, their acknowledgement, and the raw synced write beside it.
func (b *bench) singlesPart(ctx context.Context) error {
	var delivered, p50, p99, cpu, peak, ack50, ack99, calm50, calm99, raw50, raw99, over []float64
	for i := range b.runs {
		t, err := b.clone(ctx, b.base, fmt.Sprintf("singles-%d", i))
		if err != nil {
			return err
		}
		r, err := b.singleRun(ctx, t, i)
		if err != nil {
			return err
		}
		b.drop(t)
		half, most := percentiles(r.way)
		rawHalf, rawMost := percentiles(r.raw)
		delivered, p50, p99 = append(delivered, r.delivered), append(p50, half), append(p99, most)
		cpu, peak = append(cpu, each(r.cpu, b.singles)/1000), append(peak, float64(r.peak)/1e6)
		ack50, ack99 = append(ack50, ms(r.ack.P50)), append(ack99, ms(r.ack.P99))
		calm50, calm99 = append(calm50, ms(r.calm.P50)), append(calm99, ms(r.calm.P99))
		raw50, raw99 = append(raw50, rawHalf), append(raw99, rawMost)
		over = append(over, ratio(ms(r.calm.P99), rawMost))
	}
	b.add(Figure{Name: "singles.delivered", What: "single events, each one mail: delivered", Unit: "/s", Samples: delivered, Aim: 2200})
	b.add(Figure{Name: "singles.p50", What: "  from sending the event to the mail server, half", Unit: "ms", Samples: p50, Aim: 15, Most: true})
	b.add(Figure{Name: "singles.p99", What: "  the same, 99 of 100", Unit: "ms", Samples: p99, Aim: 50, Most: true})
	b.add(Figure{Name: "singles.cpu", What: "  processor time of the server per event", Unit: "ms", Samples: cpu, Aim: 0.45, Most: true})
	b.add(Figure{Name: "singles.peak", What: "  memory at most", Unit: "MB", Samples: peak, Aim: 100, Most: true})
	b.add(Figure{Name: "ack.p50", What: "acknowledgement at full speed, half", Unit: "ms", Samples: ack50})
	b.add(Figure{Name: "ack.p99", What: "  99 of 100", Unit: "ms", Samples: ack99})
	b.add(Figure{Name: "ack.calm.p50", What: fmt.Sprintf("acknowledgement at %d events a second, half", calmRate), Unit: "ms", Samples: calm50})
	b.add(Figure{Name: "ack.calm.p99", What: "  99 of 100", Unit: "ms", Samples: calm99})
	b.add(Figure{Name: "raw.p50", What: "raw synced write of one row in the same minute, half", Unit: "ms", Samples: raw50})
	b.add(Figure{Name: "raw.p99", What: "  99 of 100", Unit: "ms", Samples: raw99})
	b.add(Figure{Name: "ack.over", What: fmt.Sprintf("  acknowledgement at %d/s against it, 99 of 100", calmRate), Unit: "x", Samples: over, Aim: 4, Most: true})
	return nil
}

// arrivals notes when the mail of each event reached the mail server.
type arrivals struct {
	mu   sync.Mutex
	at   []time.Time
	last time.Time
}

func (a *arrivals) take(m smtptest.Mail) {
	now := time.Now()
	n, ok := place(m.Data)
	a.mu.Lock()
	defer a.mu.Unlock()
	if ok && n < len(a.at) && a.at[n].IsZero() {
		a.at[n], a.last = now, now
	}
}

// way gives how long each event took to its mail, and how many mails are missing.
func (a *arrivals) way(w *workload) (took []time.Duration, missing int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for n, at := range a.at {
		if at.IsZero() {
			missing++
			continue
		}
		took = append(took, at.Sub(time.Unix(0, w.sent[n].Load())))
	}
	return took, missing
}

func (b *bench) singleRun(ctx context.Context, t *town, i int) (*singleRun, error) {
	raw, err := b.rawWrites(ctx, i)
	if err != nil {
		return nil, err
	}
	seen := &arrivals{at: make([]time.Time, b.singles)}
	mail, err := smtptest.Start(smtptest.Options{Discard: true, OnData: seen.take})
	if err != nil {
		return nil, err
	}
	s, err := b.serve(ctx, t, mail.URL())
	if err != nil {
		return nil, errors.Join(err, mail.Close())
	}
	r, err := b.postSingles(ctx, s, seen, mail, i)
	if err = errors.Join(err, s.stop(ctx), mail.Close()); err != nil {
		return nil, err
	}
	r.raw = raw
	return r, nil
}

func (b *bench) postSingles(ctx context.Context, s *server, seen *arrivals, mail *smtptest.Server, i int) (*singleRun, error) {
	w := b.load(fmt.Sprintf("s%d", i), b.singles, s.town.residents, 1)
	w.mailOnly = true
	if err := s.begin(); err != nil {
		return nil, err
	}
	began := time.Now()
	res, err := load.Run(ctx, s.target(), load.Workload{Clients: clients, Events: b.singles, Make: w.event})
	if err == nil {
		err = good(res, b.singles)
	}
	if err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := mail.Wait(wait, b.singles); err != nil {
		return nil, err
	}
	if err := s.settled(ctx); err != nil {
		return nil, err
	}
	r := &singleRun{ack: res}
	var u load.Usage
	if r.cpu, u, err = s.used(); err != nil {
		return nil, err
	}
	r.peak = u.Peak
	var missing int
	if r.way, missing = seen.way(w); missing > 0 {
		return nil, fmt.Errorf("%d of %d events have no mail", missing, b.singles)
	}
	r.delivered = rate(b.singles, seen.last.Sub(began))
	r.calm, err = b.calmRun(ctx, s, calmRate, fmt.Sprintf("c%d", i))
	return r, err
}

// calmRun posts events at an even pace that leaves the machine room; one in five causes something.
func (b *bench) calmRun(ctx context.Context, s *server, perSecond float64, prefix string) (load.Result, error) {
	n := max(1, int(perSecond*b.calm.Seconds()))
	res, err := load.Run(ctx, s.target(), load.Workload{Clients: clients, Events: n, Rate: perSecond,
		Make: b.load(prefix, n, s.town.residents, oneIn).event})
	if err == nil {
		err = good(res, n)
	}
	return res, err
}

// rawWrites measures commits of one row each, one after the other, on a store of their own.
func (b *bench) rawWrites(ctx context.Context, i int) ([]time.Duration, error) {
	cfg, err := b.settings(filepath.Join(b.dir, fmt.Sprintf("raw-%d", i)))
	if err != nil {
		return nil, err
	}
	b.orgs = append(b.orgs, cfg)
	d, err := openStore(ctx, cfg, false)
	if err != nil {
		return nil, err
	}
	took, err := rawLoop(ctx, d, b.raw)
	return took, errors.Join(err, d.Close())
}

func rawLoop(ctx context.Context, d *db.DB, n int) ([]time.Duration, error) {
	took := make([]time.Duration, 0, n)
	for range n {
		began := time.Now()
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO settings (org, name, value) VALUES ($1, $2, $3)`, tx.Org(), fmt.Sprint(len(took)), "raw")
			return err
		})
		if err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}
