package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"hearth"
)

// writer owns the one connection that writes. Callers queue; while one commit runs, the next group gathers.
type writer struct {
	cfg  Config
	sess *session
	conn *sqliteConn // used by the writer's goroutine alone
	turn *turn
	dir  string
	log  *slog.Logger

	queue  chan *job     // of callers who wait
	aside  chan *job     // of work for which nobody waits
	later  *job          // taken from aside, not begun; the writer's goroutine alone uses these three
	passed int           // commits that went before it
	jobs   []*job        // room for a group
	stop   chan struct{} // closed: take no more, finish the queue
	ended  chan struct{} // closed by the goroutine at its end
	ending sync.Once
	// callers counts those between asking for a place in the queue and having it, so that the end waits for them.
	gate sync.RWMutex
	shut bool

	folder *folder    // told of commits; nil: SQLite folds its log by itself
	rest   chan *rest // asks for what is left of the log to be folded between two groups

	health  health
	commits atomic.Int64
	callers atomic.Int64
	asides  atomic.Int64 // calls of WriteAside that had their turn
	met     atomic.Int64 // calls of Write that did
	waited  atomic.Int64 // nanoseconds in COMMIT
	bumps   int64        // probes written
}

// job is one call of Write.
type job struct {
	ctx  context.Context //nolint:containedctx // the caller's, for as long as the call lasts
	fn   func(tx *Tx) error
	tx   *Tx
	err  error
	done chan struct{}
}

// busyLimit is how long a group waits for another process that writes the same file.
const busyLimit = 30 * time.Second

func newWriter(cfg Config, sess *session, conn *sqliteConn, turn *turn, path string) *writer {
	return &writer{cfg: cfg, sess: sess, conn: conn, turn: turn, dir: filepath.Dir(path), log: cfg.Log,
		queue: make(chan *job, cfg.GroupMax), aside: make(chan *job), jobs: make([]*job, 0, cfg.GroupMax), stop: make(chan struct{}), ended: make(chan struct{}), rest: make(chan *rest)}
}

func (w *writer) start() { go w.run() }

func (w *writer) failed() error { return w.health.failed() }

func (w *writer) stats() Stats {
	waits := w.turn.waits.Load()
	return Stats{Commits: w.commits.Load(), Callers: w.callers.Load(), CommitWait: time.Duration(w.waited.Load()), Waits: waits, Asides: w.asides.Load(), Met: w.met.Load() + waits}
}

// write queues fn and waits for its commit. Once a place in the queue is taken, the call waits for the outcome even if
// ctx ends: a caller must not be told "cancelled" about work that is then committed. Work that has not begun is dropped.
func (w *writer) write(ctx context.Context, fn func(tx *Tx) error) error {
	return w.wait(ctx, w.queue, fn)
}

// writeAside is write for work that may let everybody else go first.
func (w *writer) writeAside(ctx context.Context, fn func(tx *Tx) error) error {
	return w.wait(ctx, w.aside, fn)
}

func (w *writer) wait(ctx context.Context, queue chan<- *job, fn func(tx *Tx) error) error {
	if err := w.health.failed(); err != nil {
		return err
	}
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	if err := w.enqueue(ctx, queue, j); err != nil {
		return err
	}
	<-j.done
	return j.err
}

func (w *writer) enqueue(ctx context.Context, queue chan<- *job, j *job) error {
	w.gate.RLock()
	defer w.gate.RUnlock()
	if w.shut {
		return errClosed()
	}
	select {
	case queue <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close lets the queue be finished, ends the goroutine and closes the connection.
func (w *writer) close() error {
	w.ending.Do(func() {
		w.gate.Lock()
		w.shut = true
		w.gate.Unlock()
		close(w.stop)
	})
	<-w.ended
	return errors.Join(w.conn.close(), w.turn.close())
}

// run is the writer's goroutine. It keeps an operating-system thread to itself: back from a sync it would otherwise
// queue behind every other goroutine for a place to run, and the disk would look slow.
func (w *writer) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	clean := false
	defer func() {
		if clean {
			close(w.ended)
			return
		}
		// A caller's function ended this goroutine (runtime.Goexit, as a failing test's does). Its group was
		// answered on the way; the writer goes on.
		go w.run()
	}()
	probe := time.NewTicker(probeEvery)
	defer probe.Stop()
	for {
		if w.later != nil {
			w.commitGroup(nil)
			continue
		}
		select {
		case j := <-w.queue:
			w.commitGroup(j)
		case j := <-w.aside:
			w.later, w.passed = j, 0
		case <-probe.C:
			w.probe()
		case r := <-w.rest:
			w.foldNow(r)
		case <-w.stop:
			if len(w.queue) == 0 { // aside has no room: who is in it has been taken
				clean = true
				return
			}
		}
	}
}

// mostPassed is how many groups go before a job that was set aside, so that a busy day does not put it off for ever.
const mostPassed = 4

// admit adds to a group whoever has queued, up to the cap, and the job set aside when there is nobody or it has let
// enough others pass. It is called once the group may write, so that nobody who came while it waited for that is left out.
func (w *writer) admit(g *group) {
	g.waiting = w.gather(g.waiting)
	w.met.Add(int64(len(g.waiting)))
	switch {
	case w.later == nil:
	case len(g.waiting) == 0 || w.passed >= mostPassed:
		g.waiting, w.later = append(g.waiting, w.later), nil
		w.asides.Add(1)
	default:
		w.passed++
	}
}

// gather takes whatever has queued, and lingers once when there is room left.
func (w *writer) gather(group []*job) []*job {
	group = w.drain(group)
	if w.cfg.Linger > 0 && len(group) < w.cfg.GroupMax {
		time.Sleep(w.cfg.Linger)
		group = w.drain(group)
	}
	return group
}

func (w *writer) drain(group []*job) []*job {
	for len(group) < w.cfg.GroupMax {
		select {
		case j := <-w.queue:
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// commitGroup runs first (nil: only those who queue, or the job set aside) and whoever else wants to write in one
// transaction, commits, calls their hooks and answers.
func (w *writer) commitGroup(first *job) {
	g := &group{w: w, waiting: w.jobs[:0]}
	if first != nil {
		g.waiting = append(g.waiting, first)
	}
	defer g.answerRest() // only when a caller's function ended the goroutine
	if err := w.health.failed(); err != nil {
		w.admit(g)
		g.fail(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), busyLimit)
	defer cancel()
	err := w.begin(ctx)
	w.admit(g)
	if err != nil {
		g.lose(err)
		return
	}
	defer w.turn.give()
	if err := g.runAll(ctx); err != nil {
		w.rollback()
		g.lose(err)
		return
	}
	if len(g.good) == 0 {
		w.rollback()
		g.waiting = nil
		return
	}
	if err := w.commit(); err != nil {
		w.rollback()
		g.lose(fmt.Errorf("commit: %w", err))
		return
	}
	if w.commits.Add(1)%foldEvery == 0 && w.folder != nil {
		w.folder.look()
	}
	w.callers.Add(int64(len(g.good)))
	g.succeed()
}

// begin takes this process's turn and SQLite's write lock. SQLite's own busy timeout runs out under a process that does
// not know about turns, such as a shell; then it is asked again.
func (w *writer) begin(ctx context.Context) error {
	if err := w.turn.take(ctx); err != nil {
		return sentence(hearth.CodeBusy, err, "Another program keeps writing to the database. Try again in a moment.")
	}
	if err := w.lock(ctx); err != nil {
		w.turn.give()
		return err
	}
	return nil
}

// lock begins a transaction within this process's turn.
func (w *writer) lock(ctx context.Context) error {
	for {
		_, err := w.conn.exec(ctx, "BEGIN IMMEDIATE", nil)
		if err == nil {
			return nil
		}
		if sqliteCode(err)&0xff != codeBusy || ctx.Err() != nil {
			return fmt.Errorf("begin: %w", err)
		}
	}
}

func (w *writer) commit() error {
	if err := w.fault("commit"); err != nil {
		return err
	}
	start := time.Now()
	_, err := w.conn.exec(context.Background(), "COMMIT", nil)
	w.waited.Add(int64(time.Since(start)))
	return err
}

// rest is the wish that what is left of the log is folded between two groups.
type rest struct {
	patience time.Duration // how long to wait for readers
	anew     bool          // the log begins anew with the next write
	err      error
	done     chan struct{}
}

// foldRest has the writer fold what is left of the log while nobody adds to it, and wait a little for those who read, so that the
// log begins anew. It tells whether it does, and gives up when stop is closed.
func (w *writer) foldRest(patience time.Duration, stop <-chan struct{}) (anew bool, err error) {
	r := &rest{patience: patience, done: make(chan struct{})}
	select {
	case w.rest <- r:
		<-r.done
		return r.anew, r.err
	case <-w.ended:
	case <-stop:
	}
	return false, nil
}

func (w *writer) foldNow(r *rest) {
	defer close(r.done)
	ctx, cancel := context.WithTimeout(context.Background(), busyLimit)
	defer cancel()
	if r.err = w.turn.take(ctx); r.err != nil {
		return
	}
	defer w.turn.give()
	var busy bool
	r.err = w.conn.patient(r.patience, func() (err error) {
		busy, _, _, err = checkpointed(w.conn, beginAnew)
		return err
	})
	r.anew = r.err == nil && !busy
}

// rollback ends the transaction. After some errors SQLite has ended it by itself, so an error here says nothing.
func (w *writer) rollback() {
	if _, err := w.conn.exec(context.Background(), "ROLLBACK", nil); err != nil {
		w.log.Debug("rollback", "error", err)
	}
}

func (w *writer) fault(step string) error {
	if w.cfg.Fault == nil {
		return nil
	}
	return w.cfg.Fault(step)
}

// probe tries whether a full disk has room again: first beside the database, then with a real commit of one page.
func (w *writer) probe() {
	if !w.health.curable() {
		return
	}
	err := w.fault("probe")
	if err == nil {
		err = room(w.dir)
	}
	if err == nil {
		w.bumps++
		_, err = w.conn.exec(context.Background(), fmt.Sprintf("PRAGMA user_version = %d", w.bumps), nil)
	}
	if err != nil {
		w.health.note(err)
		return
	}
	w.log.Info("the disk has room again, writes are taken")
	w.health.recovered()
}
