package trial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/care"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Program is what a trial works with of a program over one database: the community that is tried on, or a copy of it.
type Program struct {
	DB       *db.DB
	Log      *eventlog.Log
	Records  *record.Store
	Engine   *trigger.Engine
	Tasks    *task.Store
	Messages *message.Store
	Care     *care.Store
	From     string // sender of properties that have no address of their own
	Logger   *slog.Logger
	Close    func() error
}

// Deps is what a Simulator works with.
type Deps struct {
	Source Program // the community that is tried on; only read
	// Open builds a program over a database of its own in a directory, with a clock and chance that hang on nothing else.
	Open func(ctx context.Context, dir string, clock hearth.Clock) (*Program, error)
	Dir  string // where copies are made; "": the system's directory for temporary files
}

// Simulator tries playbooks on what was recorded. It is safe for concurrent use.
type Simulator struct{ Deps }

// New makes a simulator.
func New(d Deps) *Simulator { return &Simulator{d} }

// Request says what is tried on which days.
type Request struct {
	// Text is the playbook; nil: the one of the id that is switched on, as it stands.
	Text []byte
	ID   hearth.PlaybookID // with Text nil
	From hearth.Day        // the first day
	To   hearth.Day        // the last day, included
	// Property is a property's name or id; "" is right where there is only one.
	Property string
	// Progress is told what is done and the share of all that is; nil: nobody asks.
	Progress func(stage string, done float64)
}

// MaxDays is how many days a trial may have.
const MaxDays = 3 * 366

// Run plays a playbook over the days and tells what came of it. It fails with CodeInvalid for days that cannot be and for a
// text that does not pass its checks (with the position and the nearest right name), CodeNotFound for an unknown playbook
// or property.
func (s *Simulator) Run(ctx context.Context, req Request) (*Report, error) {
	t, err := s.plan(ctx, req)
	if err != nil {
		return nil, err
	}
	if t.report.Events.Count == 0 {
		t.report.nothing()
		return t.report, nil
	}
	if err := t.play(ctx); err != nil {
		return nil, fmt.Errorf("simulate %s: %w", t.report.Playbook, err)
	}
	return t.report, nil
}

// trial is one trial under way.
type trial struct {
	*Simulator
	req      Request
	property record.Property
	zone     *time.Location
	program  *playbook.Program               // what is tried
	live     *playbook.Stored                // the version that is switched on; nil when none is
	others   []playbook.Stored               // what else is switched on
	since    map[hearth.PlaybookID]time.Time // when each that is on was switched on first
	begin    time.Time                       // when the copies begin to decide
	from, to time.Time                       // the first and the last instant that the report tells of
	report   *Report
	past     *past
	wishes   wishes // as they stood when the copies begin to decide
	pauses   int    // that were in force in the days, and are left out
	heads    int64  // the place of the last event before begin
	done     struct {
		mu sync.Mutex
		of [2]float64
	}
}

// The names of the copies.
const (
	baseCopy  = "base"
	liveCopy  = "live"
	stageCopy = "Copying the records and reading the time before"
	stagePlay = "Playing the days"
)

// play makes the copies and plays the days in them.
func (t *trial) play(ctx context.Context) (err error) {
	dir, err := openScratch(t.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.close()) }()
	t.progress(stageCopy, 0)
	if err := t.prepare(ctx, dir.path(baseCopy)); err != nil {
		return err
	}
	if t.req.Text == nil {
		tried, err := t.outcome(ctx, dir.path(baseCopy), t.live.Text, t.live.ADay, t.share(0))
		if err != nil {
			return err
		}
		return t.report.tell(ctx, t, tried, nil)
	}
	if err := dir.clone(ctx, baseCopy, liveCopy); err != nil {
		return err
	}
	tried, before, err := t.both(ctx, dir)
	if err != nil {
		return err
	}
	return t.report.tell(ctx, t, tried, before)
}

// both plays the days side by side with the text and without it.
func (t *trial) both(ctx context.Context, dir *scratch) (tried, before *played, err error) {
	text, aDay := "", 0
	if t.live != nil {
		text, aDay = t.live.Text, t.live.ADay
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var beside sync.WaitGroup
	var other error
	beside.Go(func() {
		if before, other = t.outcome(ctx, dir.path(liveCopy), text, aDay, t.share(1)); other != nil {
			stop(other)
		}
	})
	if tried, err = t.outcome(ctx, dir.path(baseCopy), t.program.Text, aDay, t.share(0)); err != nil {
		stop(err)
	}
	beside.Wait()
	return tried, before, cmp.Or(context.Cause(ctx), err, other)
}

// share tells how far the days are played, of two copies together.
func (t *trial) share(copy int) func(float64) {
	return func(done float64) {
		t.done.mu.Lock()
		defer t.done.mu.Unlock()
		t.done.of[copy] = done
		if t.req.Text != nil {
			done = (t.done.of[0] + t.done.of[1]) / 2
		}
		t.progress(stagePlay, 0.1+0.9*done)
	}
}

func (t *trial) progress(stage string, done float64) {
	if t.req.Progress != nil {
		t.req.Progress(stage, min(done, 1))
	}
}
