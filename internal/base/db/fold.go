package db

import (
	"context"
	"log/slog"
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
}

// Pages of 4 KiB in the log, in frames.
const (
	foldFrames = 2000 // folded when so many are not yet: with more, commits wait while the disk takes them, with fewer pages are written more often
	foldAnew   = 6000 // the log begins anew when it has so many: only then is somebody's turn taken
	foldRest   = 200  // so few may be left to the writer's turn
	foldPasses = 4    // tries to come down to foldRest while others write
	foldEvery  = 8    // commits between two looks at the log
)

func newFolder(conn *sqliteConn, w *writer, log *slog.Logger) *folder {
	return &folder{conn: conn, writer: w, log: log, wake: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{})}
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
		if frames < foldAnew {
			return nil
		}
		if frames, left, err = checkpoint(f.conn, lookAtLog); err != nil {
			return err
		}
	}
	return f.writer.foldRest(f.stop)
}

// checkpoint runs one of the checkpoint's forms and tells how many frames the log has, and how many are not folded after it.
func checkpoint(c *sqliteConn, form string) (frames, left int64, err error) {
	src, err := c.query(context.Background(), form, nil)
	if err != nil {
		return 0, 0, err
	}
	_, err = drain(src, func(r *Rows) error {
		var busy, folded int64
		err := r.Scan(&busy, &frames, &folded)
		left = frames - folded
		return err
	})
	return frames, left, err
}
