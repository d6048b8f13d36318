package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// undoRow is one row of import_undos: what is told of it, and how far it is.
type undoRow struct {
	id       hearth.ImportID
	state    string
	started  time.Time
	finished time.Time
	until    time.Time // the worker's claim
	worker   string

	Undo  *Undo       `json:"undo"`
	Pass  record.Pass `json:"pass"`
	Below int64       `json:"below"`
	Did   int64       `json:"did"`
	// Within lists the properties of which it may change something; nil: all.
	Within []hearth.PropertyID `json:"within"`
}

// view is what is told of an undo.
func (r undoRow) view() *Undo {
	if r.Undo == nil {
		return nil
	}
	r.Undo.State, r.Undo.Started, r.Undo.Finished = r.state, r.started, r.finished
	return r.Undo
}

const (
	undoColumns     = `SELECT import, state, started, finished, lease_until, node, report FROM import_undos WHERE org = $1`
	selectUndo      = undoColumns + ` AND import = $2`
	selectOpenUndos = undoColumns + ` AND state = 'running' ORDER BY started, import LIMIT 5`
	insertUndoSQL   = `INSERT INTO import_undos (org, import, state, started, finished, actor, lease_until, node, report) VALUES ($1, $2, 'running', $3, 0, $4, $5, '', $6)`
	claimUndo       = `UPDATE import_undos SET lease_until = $1, node = $2 WHERE org = $3 AND import = $4 AND state = 'running' AND lease_until = $5`
	moveUndo        = `UPDATE import_undos SET lease_until = $1, report = $2, state = $3, finished = $4 WHERE org = $5 AND import = $6 AND node = $7 AND state = 'running'`
	selectFinished  = `SELECT finished FROM imports WHERE org = $1 AND id = $2`
	selectNewer     = `SELECT i.id, i.started, i.state FROM imports i WHERE i.org = $1 AND i.property = $2 AND i.source = $3 AND i.kind = $4 AND i.state IN ('staging', 'staged', 'applying', 'done')
  AND (i.started > $5 OR i.started = $5 AND i.id > $6) AND NOT EXISTS (SELECT 1 FROM import_undos u WHERE u.org = i.org AND u.import = i.id AND u.state = 'done')
  ORDER BY i.started DESC, i.id DESC LIMIT 1`
	selectWindows = `SELECT i.started, i.finished FROM imports i JOIN import_undos u ON u.org = i.org AND u.import = i.id WHERE i.org = $1 AND i.source = $2`
	dropOldTrails = `DELETE FROM import_trail WHERE org = $1 AND import IN (SELECT id FROM imports WHERE org = $2 AND state = 'done' AND finished < $3)
  AND NOT EXISTS (SELECT 1 FROM import_undos u WHERE u.org = import_trail.org AND u.import = import_trail.import AND u.state = 'running')`
)

func scanUndo(r interface{ Scan(dest ...any) error }) (undoRow, error) {
	var out undoRow
	var started, finished, until int64
	var body string
	if err := r.Scan(&out.id, &out.state, &started, &finished, &until, &out.worker, &body); err != nil {
		return out, err
	}
	out.started, out.until = hearth.FromMillis(started), hearth.FromMillis(until)
	if finished != 0 {
		out.finished = hearth.FromMillis(finished)
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		return out, fmt.Errorf("read how far the undo of %s is: %w", out.id, err)
	}
	return out, nil
}

func readUndo(ctx context.Context, tx *db.Tx, id hearth.ImportID) (undoRow, bool, error) {
	r, err := scanUndo(tx.Row(ctx, selectUndo, tx.Org(), string(id)))
	if errors.Is(err, db.ErrNotFound) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("read the undo of %s: %w", id, err)
	}
	return r, true, nil
}

func openUndos(ctx context.Context, tx *db.Tx) ([]undoRow, error) {
	rows, err := tx.Query(ctx, selectOpenUndos, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("look for undos: %w", err)
	}
	defer rows.Close()
	var out []undoRow
	for rows.Next() {
		r, err := scanUndo(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func insertUndo(ctx context.Context, tx *db.Tx, r undoRow) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode an undo: %w", err)
	}
	if _, err := tx.Exec(ctx, insertUndoSQL, tx.Org(), string(r.id), hearth.Millis(r.started), r.Undo.By, hearth.Millis(r.until), string(body)); err != nil {
		return fmt.Errorf("begin the undo of %s: %w", r.id, err)
	}
	return nil
}

// claimUndoRow takes an undo over whose worker's claim ran out; false: somebody else was first.
func claimUndoRow(ctx context.Context, tx *db.Tx, r undoRow, worker string) (bool, error) {
	n, err := tx.Exec(ctx, claimUndo, hearth.Millis(tx.Now().Add(claimFor)), worker, tx.Org(), string(r.id), hearth.Millis(r.until))
	if err != nil {
		return false, fmt.Errorf("claim the undo of %s: %w", r.id, err)
	}
	return n == 1, nil
}

// keep writes how far the undo is, and prolongs the claim. It fails with errUndoTaken if another has it now.
func (x *undoing) keep(ctx context.Context, tx *db.Tx, state string) error {
	body, err := json.Marshal(undoRow{Undo: x.out, Pass: x.pass, Below: x.below, Did: x.did, Within: x.within})
	if err != nil {
		return fmt.Errorf("encode an undo: %w", err)
	}
	finished := int64(0)
	if state == UndoDone {
		finished = hearth.Millis(tx.Now())
	}
	n, err := tx.Exec(ctx, moveUndo, hearth.Millis(tx.Now().Add(claimFor)), string(body), state, finished, tx.Org(), string(x.imp.id), x.worker)
	if err != nil {
		return fmt.Errorf("keep how far the undo of %s is: %w", x.imp.id, err)
	}
	if n != 1 {
		return errUndoTaken
	}
	return nil
}

func finishedAt(ctx context.Context, tx *db.Tx, id hearth.ImportID) (time.Time, error) {
	var at int64
	if err := tx.Row(ctx, selectFinished, tx.Org(), string(id)).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("read when import %s ended: %w", id, err)
	}
	return hearth.FromMillis(at), nil
}

// newestAfter finds the newest import of the same list behind one, that was not taken back; id is "" for none. done is false
// for one that is under way.
func newestAfter(ctx context.Context, tx *db.Tx, imp importRow) (id hearth.ImportID, at time.Time, done bool, err error) {
	var ms int64
	var state string
	err = tx.Row(ctx, selectNewer, tx.Org(), string(imp.property), imp.source, string(imp.kind), hearth.Millis(imp.started), string(imp.id)).Scan(&id, &ms, &state)
	if errors.Is(err, db.ErrNotFound) {
		return "", time.Time{}, false, nil
	}
	if err != nil {
		return "", time.Time{}, false, fmt.Errorf("look for later imports: %w", err)
	}
	return id, hearth.FromMillis(ms), state == stateDone, nil
}

// takenWindows gives when imports of a source were applied that have been taken back.
func takenWindows(ctx context.Context, tx *db.Tx, source string) ([]window, error) {
	rows, err := tx.Query(ctx, selectWindows, tx.Org(), source)
	if err != nil {
		return nil, fmt.Errorf("look for imports that were taken back: %w", err)
	}
	defer rows.Close()
	var out []window
	for rows.Next() {
		var from, to int64
		if err := rows.Scan(&from, &to); err != nil {
			return nil, fmt.Errorf("look for imports that were taken back: %w", err)
		}
		out = append(out, window{hearth.FromMillis(from), hearth.FromMillis(to)})
	}
	return out, rows.Err()
}
