package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
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

// batches measures events in batches until the last is decided, with mail into files and with mail over SMTP, each
// beside the bare store in the same minute.
func (b *bench) batches(ctx context.Context) error {
	var bare, bareCPU, sink, smtp, sinkShare, smtpShare, acked, cpu []float64
	for i := range b.runs {
		t, err := b.clone(ctx, b.base, fmt.Sprintf("sink-%d", i))
		if err != nil {
			return err
		}
		files, err := b.batchRun(ctx, t, "", fmt.Sprintf("f%d", i))
		if err != nil {
			return err
		}
		b.drop(t)
		speed, work, err := b.bare(ctx, files.rows, i)
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
		bare, sink, smtp = append(bare, speed), append(sink, files.decided), append(smtp, mailed.decided)
		sinkShare, smtpShare = append(sinkShare, ratio(files.decided, speed)), append(smtpShare, ratio(mailed.decided, speed))
		acked, cpu = append(acked, files.acked), append(cpu, each(files.cpu, b.batched))
	}
	b.add(Figure{Name: "bare", What: "bare store: the same rows, commits of 256 events, no HTTP", Unit: "/s", Samples: bare})
	b.add(Figure{Name: "bare.cpu", What: "  processor time per event", Unit: "us", Samples: bareCPU})
	b.add(Figure{Name: "batches.acknowledged", What: "events in batches of 100 acknowledged", Unit: "/s", Samples: acked})
	b.add(Figure{Name: "batches.decided", What: "events in batches of 100 acknowledged and decided, mail into files", Unit: "/s", Samples: sink})
	b.add(Figure{Name: "batches.share", What: "  as a share of the bare store", Unit: "x", Samples: sinkShare, Aim: 0.6})
	b.add(Figure{Name: "batches.cpu", What: "  processor time of the server per event", Unit: "us", Samples: cpu})
	b.add(Figure{Name: "batches.smtp.decided", What: "the same with mail going out over SMTP", Unit: "/s", Samples: smtp})
	b.add(Figure{Name: "batches.smtp.share", What: "  as a share of the bare store", Unit: "x", Samples: smtpShare, Aim: 0.5})
	return nil
}

func (b *bench) batchRunSMTP(ctx context.Context, t *town, prefix string) (*batchRun, error) {
	mail, err := smtptest.Start(smtptest.Options{Discard: true})
	if err != nil {
		return nil, err
	}
	r, err := b.batchRun(ctx, t, mail.URL(), prefix)
	return r, errors.Join(err, mail.Close())
}

// batchRun serves a community and posts events in batches.
func (b *bench) batchRun(ctx context.Context, t *town, smtp, prefix string) (*batchRun, error) {
	s, err := b.serve(ctx, t, smtp)
	if err != nil {
		return nil, err
	}
	r, err := b.post(ctx, s, b.load(prefix, b.batched, t.residents, oneIn))
	return r, errors.Join(err, s.stop(ctx))
}

// post posts a workload in batches and waits until it is decided and its mails are out.
func (b *bench) post(ctx context.Context, s *server, w *workload) (*batchRun, error) {
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
