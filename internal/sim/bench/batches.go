package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"hearth/internal/base/channel/smtptest"
	"hearth/internal/sim/load"
)

const (
	clients   = 16
	batchSize = 100
	oneIn     = 5 // events that cause a task or a message
)

// batchRun is what one run in batches showed.
type batchRun struct {
	acked   float64       // events a second, until the last answer
	decided float64       // events a second, until the last was decided
	cpu     time.Duration // of the server, until the last was decided
	load    load.Result
	rows    *written
}

// batches measures events in batches until the last is decided, while no mail goes out and while it does, each beside the bare store in the
// same minute.
func (b *bench) batches(ctx context.Context) error {
	var bare, bareCPU, off, smtp, offShare, smtpShare, acked, cpu []float64
	for i := range b.runs {
		t, err := b.clone(ctx, b.base, fmt.Sprintf("held-%d", i))
		if err != nil {
			return err
		}
		held, err := b.batchRunHeld(ctx, t, fmt.Sprintf("f%d", i))
		if err != nil {
			return err
		}
		b.drop(t)
		speed, work, err := b.bare(ctx, held.rows, i)
		if err != nil {
			return err
		}
		if t, err = b.clone(ctx, b.base, fmt.Sprintf("smtp-%d", i)); err != nil {
			return err
		}
		mailed, err := b.batchRunSMTP(ctx, t, fmt.Sprintf("m%d", i))
		if err != nil {
			return err
		}
		b.drop(t)
		bareCPU = append(bareCPU, work)
		bare, off, smtp = append(bare, speed), append(off, held.decided), append(smtp, mailed.decided)
		offShare, smtpShare = append(offShare, ratio(held.decided, speed)), append(smtpShare, ratio(mailed.decided, speed))
		acked, cpu = append(acked, held.acked), append(cpu, each(held.cpu, b.batched))
	}
	b.add(Figure{Name: "bare", What: "bare store: the same rows, commits of 256 events, no HTTP", Unit: "/s", Samples: bare})
	b.add(Figure{Name: "bare.cpu", What: "  processor time per event", Unit: "us", Samples: bareCPU})
	b.add(Figure{Name: "batches.acknowledged", What: "events in batches of 100 acknowledged", Unit: "/s", Samples: acked})
	b.add(Figure{Name: "batches.decided", What: "events in batches of 100 acknowledged and decided, while no mail goes out", Unit: "/s", Samples: off})
	b.add(Figure{Name: "batches.share", What: "  as a share of the bare store", Unit: "x", Samples: offShare, Aim: 0.6})
	b.add(Figure{Name: "batches.cpu", What: "  processor time of the server per event", Unit: "us", Samples: cpu})
	b.add(Figure{Name: "batches.smtp.decided", What: "the same with mail going out over SMTP", Unit: "/s", Samples: smtp})
	b.add(Figure{Name: "batches.smtp.share", What: "  as a share of the bare store", Unit: "x", Samples: smtpShare, Aim: 0.5})
	return nil
}

// batchRunHeld has the mail server answer to no mail until all is decided: each connection waits with one in its hands, and the others lie in
// the outbox.
func (b *bench) batchRunHeld(ctx context.Context, t *town, prefix string) (*batchRun, error) {
	open := make(chan struct{})
	mail, err := smtptest.Start(smtptest.Options{Discard: true, OnData: func(smtptest.Mail) { <-open }})
	if err != nil {
		return nil, err
	}
	free := sync.OnceFunc(func() { close(open) })
	r, err := b.batchRun(ctx, t, mail.URL(), prefix, free)
	free() // also when the run has failed
	return r, errors.Join(err, mail.Close())
}

func (b *bench) batchRunSMTP(ctx context.Context, t *town, prefix string) (*batchRun, error) {
	mail, err := smtptest.Start(smtptest.Options{Discard: true})
	if err != nil {
		return nil, err
	}
	r, err := b.batchRun(ctx, t, mail.URL(), prefix, func() {})
	return r, errors.Join(err, mail.Close())
}

// batchRun serves a community and posts events in batches. decided is called when the last is.
func (b *bench) batchRun(ctx context.Context, t *town, smtp, prefix string, decided func()) (*batchRun, error) {
	s, err := b.serve(ctx, t, smtp)
	if err != nil {
		return nil, err
	}
	r, err := b.post(ctx, s, b.load(prefix, b.batched, t.residents, oneIn), decided)
	return r, errors.Join(err, s.stop(ctx))
}

// post posts a workload in batches and waits until it is decided, of which it tells, and its mails are out.
func (b *bench) post(ctx context.Context, s *server, w *workload, decided func()) (*batchRun, error) {
	if err := s.begin(); err != nil {
		return nil, err
	}
	began := time.Now()
	res, err := load.Run(ctx, s.target(), load.Workload{Clients: clients, Batch: batchSize, Events: len(w.sent), Make: w.event})
	if err == nil {
		err = good(res, len(w.sent))
	}
	if err != nil {
		return nil, err
	}
	end, err := s.decided(ctx)
	if err != nil {
		return nil, err
	}
	cpu, _, err := s.used()
	if err != nil {
		return nil, err
	}
	decided()
	if err := s.settled(ctx); err != nil {
		return nil, err
	}
	if _, err := s.decided(ctx); err != nil { // that the mails are sent, too
		return nil, err
	}
	r := &batchRun{acked: res.PerSecond, decided: rate(res.Events, end.Sub(began)), cpu: cpu, load: res}
	r.rows, err = readWritten(ctx, s.db, began.Truncate(time.Millisecond), res.Events)
	return r, err
}

// bare writes the rows of a run into a fresh copy of the community, and gives events a second and processor time of
// one in microseconds.
func (b *bench) bare(ctx context.Context, rows *written, i int) (perSecond, cost float64, err error) {
	t, err := b.clone(ctx, b.base, fmt.Sprintf("bare-%d", i))
	if err != nil {
		return 0, 0, err
	}
	defer b.drop(t)
	d, err := openStore(ctx, t.cfg, false)
	if err != nil {
		return 0, 0, err
	}
	before, err1 := load.UsageOf(os.Getpid())
	took, err2 := rows.writeBare(ctx, d)
	after, err3 := load.UsageOf(os.Getpid())
	if err = errors.Join(err1, err2, err3, d.Close()); err != nil {
		return 0, 0, err
	}
	return rate(rows.events, took), each(after.CPU-before.CPU, rows.events), nil
}
