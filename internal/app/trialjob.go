package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/learn/trial"
)

// Trials that are asked for on the pages run here, one at a time in this process, and rest as long as they work: they take at
// most half of what the machine has beside those who work with it.

// trialBeat is how often a trial that runs says how far it is, and asks whether it was stopped.
const trialBeat = time.Second

// trialWithin is how long one trial may take.
const trialWithin = 30 * time.Minute

// trialLoop takes up the trials that were asked for.
func (s *Server) trialLoop() work.Loop {
	return work.Loop{Name: "trials", Every: time.Second, Run: s.runTrialJob}
}

// errTrialStopped says that somebody stopped the trial, or that another node has it.
var errTrialStopped = errors.New("the trial was stopped")

func (s *Server) runTrialJob(ctx context.Context) (more bool, err error) {
	node := s.Node
	var job trial.Job
	var ok bool
	err = s.DB.Write(ctx, func(tx *db.Tx) (err error) {
		job, ok, err = trial.NextJob(ctx, tx, node)
		return err
	})
	if err != nil || !ok {
		return false, err
	}
	within, stop := context.WithTimeout(ctx, trialWithin)
	defer stop()
	run, cancel := context.WithCancelCause(within)
	defer cancel(nil)
	p := &trialPace{s: s, job: job.ID, node: node, ctx: run, cancel: cancel, last: time.Now(), said: time.Now()}
	t := Trial{Playbook: string(job.Playbook), From: job.From, To: job.To, Property: string(job.Property), Progress: p.step}
	if job.Text != "" {
		t.Text = []byte(job.Text)
	}
	report, err := s.Try(run, t)
	return true, s.endTrialJob(ctx, within, job, node, report, errors.Join(err, ignoreCancel(context.Cause(run))))
}

func ignoreCancel(err error) error {
	if errors.Is(err, errTrialStopped) {
		return err
	}
	return nil
}

// endTrialJob keeps what came of a trial. What this process was stopped in begins anew at the next start.
func (s *Server) endTrialJob(ctx, within context.Context, job trial.Job, node string, report *TrialReport, err error) error {
	after := context.WithoutCancel(ctx)
	wrong := ""
	switch {
	case errors.Is(err, errTrialStopped):
		return nil // the row says so already
	case err != nil && ctx.Err() != nil:
		return s.DB.Write(after, func(tx *db.Tx) error { return trial.HandBack(after, tx, job.ID, node) })
	case err != nil && errors.Is(within.Err(), context.DeadlineExceeded):
		report, wrong = nil, "It took longer than half an hour and was broken off. Choose fewer days."
	case err != nil:
		report, wrong = nil, hearth.MessageOf(err)
		if hearth.CodeOf(err) == hearth.CodeInternal {
			s.Logger.ErrorContext(ctx, "a trial of a playbook failed", "playbook", job.Playbook, "error", err)
		}
	}
	return s.DB.Write(after, func(tx *db.Tx) error { return trial.FinishJob(after, tx, job, node, report, wrong) })
}

// trialPace is told how far a trial is: it makes the trial rest, and stops it when that was asked for.
type trialPace struct {
	s         *Server
	job, node string
	ctx       context.Context //nolint:containedctx // of the one trial that it paces
	cancel    context.CancelCauseFunc

	mu   sync.Mutex
	last time.Time // when it last rested
	said time.Time
}

// step rests as long as was worked since the last rest, and now and then says how far it is.
func (p *trialPace) step(stage string, done float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	worked := min(time.Since(p.last), 2*time.Second)
	timer := time.NewTimer(worked)
	defer timer.Stop()
	select {
	case <-p.ctx.Done():
	case <-timer.C:
	}
	p.last = time.Now()
	if time.Since(p.said) < trialBeat {
		return
	}
	p.said = p.last
	var ours bool
	err := p.s.DB.Write(p.ctx, func(tx *db.Tx) (err error) {
		ours, err = trial.Beat(p.ctx, tx, p.job, p.node, stage, done)
		return err
	})
	switch {
	case err != nil && p.ctx.Err() == nil: // it goes on; after two minutes of this another node takes it up
		p.s.Logger.WarnContext(p.ctx, "a trial of a playbook can't say how far it is", "trial", p.job, "error", err)
	case err == nil && !ours:
		p.cancel(errTrialStopped)
	}
}
