package work

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Loop is a background job that does one bounded batch per Run.
type Loop struct {
	Name  string
	Every time.Duration   // run at least this often
	Wake  <-chan struct{} // run at once when this delivers; may be nil
	// Rest is how long after a run that left nothing Wake is not heard: what comes in a crowd is then done together, and
	// what comes alone is done at once.
	Rest time.Duration
	// Run does one batch. more: there is probably more to do now, run again at once. An error is logged and the loop
	// backs off.
	Run func(ctx context.Context) (more bool, err error)
}

// Back-off after errors: from the first to the last, doubling.
const (
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 30 * time.Second
)

// Group runs loops, each on a goroutine of its own, and stops them in two phases.
type Group struct {
	log *slog.Logger

	mu      sync.Mutex
	loops   []Loop
	ctx     context.Context //nolint:containedctx // the life of the loops, from Start to Stop
	cancel  context.CancelFunc
	stop    chan struct{} // closed: no new runs
	stopped bool
	wg      sync.WaitGroup
}

// NewGroup makes an empty group.
func NewGroup(log *slog.Logger) *Group {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Group{log: log, stop: make(chan struct{})}
}

// Add adds a loop. On a started group it starts at once; on a stopped one it never runs.
func (g *Group) Add(l Loop) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx == nil {
		g.loops = append(g.loops, l)
		return
	}
	g.start(l)
}

// Start starts the loops; each runs once at once. They end by Stop, or when ctx is cancelled. Starting twice is fine.
func (g *Group) Start(ctx context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx != nil || g.stopped {
		return
	}
	g.ctx, g.cancel = context.WithCancel(ctx)
	for _, l := range g.loops {
		g.start(l)
	}
}

// start is called with mu held.
func (g *Group) start(l Loop) {
	if g.stopped {
		return
	}
	ctx := g.ctx
	g.wg.Go(func() { g.run(ctx, l) })
}

// Stop lets no new run begin and waits for those under way. When ctx ends first, it cancels them, waits for them to
// return and says so. Stopping twice, or before Start, is fine.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	if !g.stopped {
		g.stopped = true
		close(g.stop)
	}
	cancel := g.cancel
	g.mu.Unlock()
	if cancel == nil {
		return nil
	}
	defer cancel()
	done := make(chan struct{})
	go func() { g.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		cancel()
		<-done
		return fmt.Errorf("stop: work under way was cut off: %w", ctx.Err())
	}
}

func (g *Group) run(ctx context.Context, l Loop) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	backoff, resting := time.Duration(0), false
	for {
		select {
		case <-g.stop:
			return
		case <-ctx.Done():
			return
		case <-timer.C:
			if resting {
				resting = false
				timer.Reset(max(l.every()-l.Rest, 0))
				continue
			}
		case <-wakeUnless(backoff > 0 || resting, l.Wake):
		}
		if g.ending(ctx) {
			return
		}
		more, err := runOnce(ctx, l)
		switch {
		case err != nil && ctx.Err() != nil:
			return
		case err != nil:
			backoff = min(max(2*backoff, firstBackoff), lastBackoff)
			g.log.ErrorContext(ctx, "background work failed", "loop", l.Name, "error", err, "again_in", backoff)
			timer.Reset(backoff)
		case more:
			backoff = 0
			timer.Reset(0)
		case l.Rest > 0:
			backoff, resting = 0, true
			timer.Reset(l.Rest)
		default:
			backoff = 0
			timer.Reset(l.every())
		}
	}
}

// wakeUnless gives the wake channel, or none while backing off or resting: a busy bell must not undo the pause.
func wakeUnless(pausing bool, c <-chan struct{}) <-chan struct{} {
	if pausing {
		return nil
	}
	return c
}

// ending is asked once more after select, which picks at random among what is ready.
func (g *Group) ending(ctx context.Context) bool {
	select {
	case <-g.stop:
		return true
	default:
		return ctx.Err() != nil
	}
}

func (l Loop) every() time.Duration {
	if l.Every <= 0 {
		return time.Minute
	}
	return l.Every
}

// runOnce turns a panic into an error, so that one bad row does not end all loops of the program.
func runOnce(ctx context.Context, l Loop) (more bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			more, err = false, fmt.Errorf("panic in loop %s: %v", l.Name, p)
		}
	}()
	return l.Run(ctx)
}
