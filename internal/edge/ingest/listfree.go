package ingest

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// A list, which is a kind of a source at a property, is one thing: whoever brings it in was compared with what it said before, and who
// takes it back gives back what it said before. So one import or undo of a list is under way at a time.

// holdList waits for others who begin to bring lists of a kind in from a source, or to take them back.
func holdList(ctx context.Context, tx *db.Tx, imp importRow) error {
	return tx.Hold(ctx, "import list "+imp.source+"/"+string(imp.kind), false)
}

// free fails with CodeConflict while the list is being imported or taken back, and if what the job was prepared with is not
// true any more.
func (j *job) free(ctx context.Context, tx *db.Tx, imp importRow) error {
	if err := holdList(ctx, tx, imp); err != nil {
		return err
	}
	list := fmt.Sprintf("%s for %s from %s", imp.kind, imp.plan.PropertyName, imp.source)
	running, err := readUnfinished(ctx, tx)
	if err != nil {
		return err
	}
	for _, o := range running {
		if o.source != imp.source || o.kind != imp.kind || !imp.samePlace(o) {
			continue
		}
		if o.plan.Fault != "" {
			return hearth.Errorf(hearth.CodeConflict, "An import of %s stopped half-way and is tried again every minute: %s", list, o.plan.Fault)
		}
		// One that is staged and waits for its turn counts too: what this one was compared with is not true any more behind it.
		if o.state == stateApplying || o.until.After(tx.Now()) {
			return hearth.Errorf(hearth.CodeConflict, "An import of %s is running. Try again when it is done.", list)
		}
	}
	if imp.property == "" {
		return nil
	}
	var undos int64
	if err := tx.Row(ctx, countListUndos, tx.Org(), string(imp.property), imp.source, string(imp.kind)).Scan(&undos); err != nil {
		return fmt.Errorf("look for undos of %s: %w", list, err)
	}
	if undos > 0 {
		return hearth.Errorf(hearth.CodeConflict, "An import of %s is being taken back. Try again when that is done.", list)
	}
	now, _, err := readSource(ctx, tx, imp.property, imp.source, imp.kind)
	if err == nil && (now.last != j.last.last || !now.at.Equal(j.last.at)) {
		err = hearth.Errorf(hearth.CodeConflict, "While the file was being read, another import of %s ended or was taken back. Try again.", list)
	}
	return err
}

// samePlace tells whether two imports are about one property; what is new has a name only.
func (r importRow) samePlace(o importRow) bool {
	if r.property != "" && o.property != "" {
		return r.property == o.property
	}
	return record.NameKey(r.plan.PropertyName) == record.NameKey(o.plan.PropertyName)
}

const countListUndos = `SELECT COUNT(*) FROM import_undos u JOIN imports i ON i.org = u.org AND i.id = u.import
  WHERE u.org = $1 AND u.state = 'running' AND i.property = $2 AND i.source = $3 AND i.kind = $4`
