package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// An import whose rows are all staged needs neither its files nor its process any more: whoever claims it can apply it.
// Beside an embedded store that somebody serves it is the serving process that does (Carry), because a second process
// that writes the same file makes the first forget what it has in memory with every commit, and both wait for each
// other's turns. Elsewhere the process that staged it goes on; what a process left behind when it died is carried on by the next.

// Recover finishes what a process that was killed left behind: an import whose rows were all staged goes on, one that
// was still being read is undone. Imports that somebody is working on are left alone.
func (im *Importer) Recover(ctx context.Context) error {
	all, err := im.left(ctx)
	if err != nil {
		return err
	}
	for _, imp := range all {
		mine, err := im.take(ctx, &imp)
		if err == nil && mine && imp.state == stateStaging {
			err = im.undo(ctx, imp)
		} else if err == nil && mine {
			im.Logger.Info("an import that was cut off goes on", "import", imp.id)
			_, err = im.applyImport(ctx, imp, func(Progress) {})
		}
		if err != nil {
			return fmt.Errorf("recover import %s: %w", imp.id, err)
		}
	}
	return nil
}

// left gives the imports that are neither done nor anybody's, the oldest first.
func (im *Importer) left(ctx context.Context) (out []importRow, err error) {
	err = im.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := readUnfinished(ctx, tx)
		for _, imp := range all {
			if !imp.until.After(tx.Now()) {
				out = append(out, imp)
			}
		}
		return err
	})
	return out, err
}

// take claims an import; false: somebody else was first.
func (im *Importer) take(ctx context.Context, imp *importRow) (mine bool, err error) {
	id, err := im.newID()
	if err != nil {
		return false, err
	}
	worker := im.Node + "/" + string(id)
	err = im.DB.Write(ctx, func(tx *db.Tx) error {
		var err error
		mine, err = claim(ctx, tx, *imp, worker)
		return err
	})
	imp.worker = worker
	return mine, err
}

const (
	// carryFor is how long Carry is at an import before it looks up: a stop waits for no more.
	carryFor = 200 * time.Millisecond
	// tryAgain is when an import that met a fault is tried again.
	tryAgain = time.Minute
)

// Carry goes on for a moment with an import that nobody works on, handed over or left behind, and tells whether there is
// more to do. One goroutine calls it, again and again. An import that cannot go on says why to who waits for it, and is
// tried again a minute later.
func (im *Importer) Carry(ctx context.Context) (more bool, err error) {
	im.carryMu.Lock()
	defer im.carryMu.Unlock()
	if im.carrying == nil {
		if more, err = im.pickUp(ctx); err != nil || im.carrying == nil {
			return more, err
		}
	}
	a := im.carrying
	err = a.forAWhile(ctx)
	if err == nil && a.left > 0 {
		return true, nil
	}
	if err == nil {
		_, err = a.end(ctx)
	}
	im.carrying = nil
	if err != nil {
		return false, a.fault(ctx, err)
	}
	return true, nil
}

func (a *applying) forAWhile(ctx context.Context) error {
	clock := a.im.DB.Clock()
	for began := clock.Now(); a.left > 0 && clock.Now().Sub(began) < carryFor; {
		if err := ctx.Err(); err != nil {
			return err
		}
		start := clock.Now()
		if err := a.step(ctx); err != nil {
			return err
		}
		if a.pace.alone < aloneAfter {
			rest(ctx, clock.Now().Sub(start))
		}
	}
	return nil
}

// rest leaves the writer, the disk and the processor to others for as long as it took to apply some rows beside them.
func rest(ctx context.Context, d time.Duration) {
	pause, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-pause.Done()
}

// pickUp claims the oldest import that is nobody's, and undoes one that was still being read.
func (im *Importer) pickUp(ctx context.Context) (more bool, err error) {
	all, err := im.left(ctx)
	if err != nil || len(all) == 0 {
		return false, err
	}
	imp := all[0]
	mine, err := im.take(ctx, &imp)
	switch {
	case err != nil || !mine:
		return false, err
	case imp.state == stateStaging:
		return true, im.undo(ctx, imp)
	}
	a, err := im.begun(ctx, imp)
	if err != nil {
		return false, (&applying{im: im, imp: imp}).fault(ctx, err)
	}
	im.carrying = a
	return true, nil
}

// fault has who waits for the import know of an error, and gives it to the loop.
func (a *applying) fault(ctx context.Context, err error) error {
	if unsaid := a.stopped(ctx, err); unsaid != nil {
		// Taken over, or the store itself is gone: then the claim runs out.
		a.im.Logger.Warn("why an import stopped could not be kept", "import", a.imp.id, "error", unsaid)
	}
	return fmt.Errorf("carry on import %s: %w", a.imp.id, err)
}

// stopped writes down why an import cannot go on just now. One that a stop cuts off is anybody's at once.
func (a *applying) stopped(ctx context.Context, why error) error {
	cut := ctx.Err() != nil
	return a.im.DB.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		if cut {
			return letGo(ctx, tx, a.imp, tx.Now())
		}
		a.imp.plan.Fault = faultWords(why)
		if err := update(ctx, tx, a.imp); err != nil {
			return err
		}
		return letGo(ctx, tx, a.imp, tx.Now().Add(tryAgain))
	})
}

func faultWords(err error) string {
	var he *hearth.Error
	if errors.As(err, &he) && he.Code != hearth.CodeInternal {
		return he.Message
	}
	return "Something went wrong; the server's log says what."
}

// Release lets go of the import that Carry is at, so that the next process goes on with it at once.
func (im *Importer) Release(ctx context.Context) error {
	im.carryMu.Lock()
	defer im.carryMu.Unlock()
	if im.carrying == nil {
		return nil
	}
	imp := im.carrying.imp
	im.carrying = nil
	return im.DB.Write(ctx, func(tx *db.Tx) error { return letGo(ctx, tx, imp, tx.Now()) })
}

// awaitEvery is how often who handed an import over looks how far it is.
const awaitEvery = 100 * time.Millisecond

// await follows an import that was handed over to its end, or takes it back when the process that served has gone.
func (im *Importer) await(ctx context.Context, j *job) (*Report, error) {
	a := &applying{im: im, imp: importRow{id: j.id}}
	for {
		imp, err := a.look(ctx)
		switch {
		case err != nil:
			return nil, err
		case imp.state == stateDone:
			return a.reported(ctx, imp)
		case imp.plan.Fault != "":
			return nil, hearth.Errorf(hearth.CodeUnavailable, "The import stopped half-way: %s It is tried again by itself within a minute.", imp.plan.Fault)
		case !im.Served(): // it need not wait for the claim: who had it has died, or learns at its next write that it is over
			mine, err := im.take(ctx, &imp)
			if err != nil {
				return nil, err
			}
			if mine {
				return im.applyImport(ctx, imp, j.req.Progress)
			}
		default:
			j.req.Progress(a.progress())
		}
		pause, cancel := context.WithTimeout(ctx, awaitEvery)
		<-pause.Done()
		cancel()
		if ctx.Err() != nil {
			return nil, hearth.Errorf(hearth.CodeUnavailable, "The import %s is whole and goes on in the process that serves.", j.id)
		}
	}
}

// look reads how far another process is.
func (a *applying) look(ctx context.Context) (imp importRow, err error) {
	err = a.im.DB.Read(ctx, func(tx *db.Tx) error {
		if imp, err = readImport(ctx, tx, a.imp.id); err != nil {
			return err
		}
		if a.total == 0 {
			if a.total, err = lastRow(ctx, tx, a.imp.id); err != nil {
				return err
			}
		}
		first, err := readRows(ctx, tx, a.imp.id, a.from, rowStaged, 1)
		if len(first) > 0 {
			a.from = first[0].n
			a.left = a.total - int(a.from)
		}
		return err
	})
	return imp, err
}

const selectLastRow = `SELECT COALESCE(MAX(n), -1) FROM import_rows WHERE org = $1 AND import = $2`

// lastRow counts the rows of an import that is staged and not begun.
func lastRow(ctx context.Context, tx *db.Tx, id hearth.ImportID) (int, error) {
	var n int64
	if err := tx.Row(ctx, selectLastRow, tx.Org(), string(id)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count rows: %w", err)
	}
	return int(n) + 1, nil
}

// reported gives the report of an import that another process has finished.
func (a *applying) reported(ctx context.Context, imp importRow) (*Report, error) {
	report := imp.plan.Report
	err := a.im.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err := readAllRows(ctx, tx, imp.id)
		for _, r := range rows {
			report.Rows = append(report.Rows, RowReport{File: r.file, Line: r.line, Action: r.state, What: r.what, Reason: r.notes})
		}
		return err
	})
	return report, err
}
