package db

import (
	"context"
	"log/slog"
	"time"
)

// folder folds SQLite's write-ahead log into the database file beside the writer, so that nobody's commit waits for it:
// SQLite by itself does it within the commit that made the log long, which took 25 to 35 ms, five times a second
// beside an import. Only the little that was written while it worked is folded in the writer's own turn; after that
// the log begins anew. Several processes may do so at one file; SQLite lets one at a time.
type folder struct {
	conn   *sqliteConn // the goroutine's alone
	writer *writer
	log    *slog.Logger
	wake   chan struct{}
	stop   chan struct{}
	ended  chan struct{}
	anew   int64 // the log begins anew at so many frames; foldAnew, and more after a try that readers prevented
}

// Pages of 4 KiB in the log, in frames.
const (
	foldFrames = 2000         // folded when so many are not yet: with more, commits wait while the disk takes them, with fewer pages are written more often
	foldAnew   = 6000         // the log begins anew when it has so many: only then is somebody's turn taken
	foldRest   = 200          // so few may be left to the writer's turn
	foldPasses = 4            // tries to come down to foldRest while others write
	foldEvery  = 8            // commits between two looks at the log
	mostGrowth = 4 * foldAnew // by how much the log is let grow after a try in vain: who read for long may have left
)

// How long the writer waits for those who read at this moment, who keep the log from beginning anew. A busy office has a page open at any
// time, and without the wait the log would grow as long as it does. Who reads for long, such as an export, is not worth a wait each time: after
// a try in vain the log is let grow by half, and the next one waits twice as long.
const (
	leastPatience = 5 * time.Millisecond
	mostPatience  = 250 * time.Millisecond
)

func newFolder(conn *sqliteConn, w *writer, log *slog.Logger) *folder {
	return &folder{conn: conn, writer: w, log: log, wake: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{}), anew: foldAnew}
}

func (f *folder) start() { go f.run() }

// look has the log looked at soon. It never waits.
func (f *folder) look() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *folder) run() {
	defer close(f.ended)
	for {
		select {
		case <-f.wake:
			if err := f.fold(); err != nil {
				f.failed(err)
			}
		case <-f.stop:
			return
		}
	}
}

// failed judges why the log could not be folded. What was not folded stays in the log, safe, and is tried again. A failed sync
// is another matter: the kernel tells of it once, here, and the next commit's may succeed over pages that were never written.
func (f *folder) failed(err error) {
	if f.writer.health.noteBroken(err) {
		f.log.Error("the store takes no more writes", "error", err)
		return
	}
	f.log.Warn("the write-ahead log could not be folded in; it stays and is tried again", "error", err)
}

// close ends the goroutine and gives its connection back. Closing the last connection folds what is left.
func (f *folder) close() error {
	close(f.stop)
	<-f.ended
	return f.conn.close()
}

const (
	lookAtLog = "PRAGMA wal_checkpoint(NOOP)"
	foldLog   = "PRAGMA wal_checkpoint(PASSIVE)"
	beginAnew = "PRAGMA wal_checkpoint(RESTART)"
)

func (f *folder) fold() error {
	if err := f.writer.fault("fold"); err != nil {
		return err
	}
	frames, left, err := checkpoint(f.conn, lookAtLog)
	if err != nil || left < foldFrames {
		return err
	}
	for pass := 0; pass < foldPasses && left > foldRest; pass++ {
		if _, _, err := checkpoint(f.conn, foldLog); err != nil {
			return err
		}
		if frames < f.anew {
			return nil
		}
		if frames, left, err = checkpoint(f.conn, lookAtLog); err != nil {
			return err
		}
	}
	done, err := f.writer.foldRest(patience(f.anew), f.stop)
	if f.anew = foldAnew; !done && err == nil {
		f.anew = frames + min(frames/2, mostGrowth)
	}
	return err
}

// patience is how long readers are waited for when the log is tried at so many frames.
func patience(anew int64) time.Duration {
	p := leastPatience
	for ; anew > foldAnew && p < mostPatience; anew = anew * 2 / 3 {
		p *= 2
	}
	return min(p, mostPatience)
}

// checkpoint runs one of the checkpoint's forms and tells how many frames the log has, and how many are not folded after it.
func checkpoint(c *sqliteConn, form string) (frames, left int64, err error) {
	_, frames, left, err = checkpointed(c, form)
	return frames, left, err
}

// checkpointed is checkpoint, and tells whether somebody was in the way.
func checkpointed(c *sqliteConn, form string) (busy bool, frames, left int64, err error) {
	src, err := c.query(context.Background(), form, nil)
	if err != nil {
		return false, 0, 0, err
	}
	_, err = drain(src, func(r *Rows) error {
		var folded int64
		err := r.Scan(&busy, &frames, &folded)
		left = frames - folded
		return err
	})
	return busy, frames, left, err
}
