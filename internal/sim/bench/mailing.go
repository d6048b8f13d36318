package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth/internal/base/channel/smtptest"
	"hearth/internal/sim/load"
)

const (
	tenthRate = 220                   // a tenth of the rate that is aimed at for single events
	slowness  = 50 * time.Millisecond // how long the slow mail server takes for a mail
	conns     = 16                    // connections to it
)

// mailPart measures the way from the event to the mail server when there is room, and how well a slow mail server's
// connections are used.
func (b *bench) mailPart(ctx context.Context) error {
	var half, most, share []float64
	for i := range b.runs {
		way, err := b.quietWay(ctx, i)
		if err != nil {
			return err
		}
		p50, p99 := percentiles(way)
		slow, err := b.slowSink(ctx, i)
		if err != nil {
			return err
		}
		half, most, share = append(half, p50), append(most, p99), append(share, slow)
	}
	b.add(Figure{Name: "mail.p50", What: fmt.Sprintf("at %d single events a second, from sending to the mail server, half", tenthRate), Unit: "ms", Samples: half, Aim: 10, Most: true})
	b.add(Figure{Name: "mail.p99", What: "  99 of 100", Unit: "ms", Samples: most, Aim: 40, Most: true})
	b.add(Figure{Name: "mail.slow", What: fmt.Sprintf("with a mail server that takes %s: delivered of the %d/s possible", slowness, int(conns/slowness.Seconds())),
		Unit: "x", Samples: share, Aim: 0.9})
	return nil
}

// quietWay posts single events at an even pace, each causing a mail, and gives how long each took.
func (b *bench) quietWay(ctx context.Context, i int) ([]time.Duration, error) {
	n := max(1, int(tenthRate*b.calm.Seconds()))
	var way []time.Duration
	err := b.mailed(ctx, fmt.Sprintf("quiet-%d", i), n, 0, func(s *server, w *workload, seen *arrivals, mail *smtptest.Server) error {
		res, err := load.Run(ctx, s.target(), load.Workload{Clients: clients, Events: n, Rate: tenthRate, Make: w.event})
		if err == nil {
			err = good(res, n)
		}
		if err == nil {
			err = b.arrived(ctx, mail, n)
		}
		var missing int
		if way, missing = seen.way(w); err == nil && missing > 0 {
			err = fmt.Errorf("%d of %d events have no mail", missing, n)
		}
		return err
	})
	return way, err
}

// slowSink posts single events as fast as they are taken to a mail server that takes its time, and gives the share of
// what its connections allow.
func (b *bench) slowSink(ctx context.Context, i int) (share float64, err error) {
	n := b.singles
	err = b.mailed(ctx, fmt.Sprintf("slow-%d", i), n, slowness, func(s *server, w *workload, seen *arrivals, mail *smtptest.Server) error {
		began := time.Now()
		res, err := load.Run(ctx, s.target(), load.Workload{Clients: clients, Events: n, Make: w.event})
		if err == nil {
			err = good(res, n)
		}
		if err == nil {
			err = b.arrived(ctx, mail, n)
		}
		share = ratio(rate(n, seen.last.Sub(began)), conns/slowness.Seconds())
		return err
	})
	return share, err
}

func (b *bench) arrived(ctx context.Context, mail *smtptest.Server, n int) error {
	wait, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return mail.Wait(wait, n)
}

// mailed serves a copy of the usual community with a mail server of its own, and has do work with them.
func (b *bench) mailed(ctx context.Context, name string, n int, delay time.Duration, do func(*server, *workload, *arrivals, *smtptest.Server) error) error {
	t, err := b.clone(ctx, b.base, name)
	if err != nil {
		return err
	}
	defer b.drop(t)
	seen := &arrivals{at: make([]time.Time, n)}
	mail, err := smtptest.Start(smtptest.Options{Discard: true, OnData: seen.take, Delay: delay})
	if err != nil {
		return err
	}
	s, err := b.serve(ctx, t, mail.URL())
	if err != nil {
		return errors.Join(err, mail.Close())
	}
	w := b.load(name, n, t.residents, 1)
	w.mailOnly = true
	return errors.Join(do(s, w, seen, mail), s.stop(ctx), mail.Close())
}
