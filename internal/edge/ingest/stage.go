package ingest

import (
	"context"
	"fmt"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/line"
	"hearth/internal/edge/ingest/value"
)

// firstStaged is how many rows the first transaction of staging writes; the others go by the time that it took.
const firstStaged = 100

// stage reads all files into the database. Nothing of it takes effect; cut off here, the import is undone.
func (im *Importer) stage(ctx context.Context, j *job) error {
	imp, err := im.begin(ctx, j)
	if err != nil {
		return err
	}
	if err := im.stageAll(ctx, j, imp); err != nil {
		// What was staged is of no use without the rest.
		if undo := im.undo(context.WithoutCancel(ctx), imp); undo != nil {
			im.Logger.Error("an import that failed could not be undone; it will be at the next start", "import", imp.id, "error", undo)
		}
		return err
	}
	j.id = imp.id
	return nil
}

// begin writes the import's own row, with what is needed to go on after a kill.
func (im *Importer) begin(ctx context.Context, j *job) (importRow, error) {
	id, err := im.newID()
	if err != nil {
		return importRow{}, err
	}
	imp := importRow{id: id, property: j.property.ID, source: j.req.Source, kind: j.req.Kind, state: stateStaging, history: j.history, asOf: j.asOf, started: j.started,
		worker: im.Node + "/" + string(id)}
	j.report.Import = id
	imp.plan = plan{PropertyName: j.req.Property, Retry: j.req.Retry, Partial: j.req.Partial, Within: j.req.Within, Actor: j.req.Actor.String(), Report: j.report,
		Told: propertyTold{Address: j.told.Address, City: j.told.City, State: j.told.State, Zip: j.told.Zip, Zone: j.told.Zone, ZoneHow: j.told.ZoneHow, ZoneConfirmed: j.told.ZoneConfirmed}}
	if len(j.sources) > 0 {
		imp.plan.Rules = j.sources[0].mapping.Rules()
	} else {
		imp.plan.Rules = j.last.rules
	}
	err = im.DB.Write(ctx, func(tx *db.Tx) error {
		if err := j.free(ctx, tx, imp); err != nil {
			return err
		}
		imp.until = tx.Now().Add(claimFor)
		return writeImport(ctx, tx, imp, j.req.Files)
	})
	return imp, err
}

func (im *Importer) stageAll(ctx context.Context, j *job, imp importRow) error {
	var batch []*line.Line
	var n int64
	p := pace{size: firstStaged, met: im.DB.Stats().Met}
	flush := func(done float64) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		var took time.Duration
		err := im.DB.WriteAside(ctx, func(tx *db.Tx) error {
			start := im.DB.Clock().Now()
			defer func() { took = im.DB.Clock().Now().Sub(start) }()
			return im.stageBatch(ctx, tx, j, imp, n, batch)
		})
		p.next(took, im.DB.Stats().Met)
		n += int64(len(batch))
		batch = batch[:0]
		j.req.Progress(Progress{Stage: "checking", Done: done, Rows: int(n)})
		return err
	}
	add := func(l *line.Line, done float64) error {
		if batch = append(batch, l); len(batch) < p.size {
			return nil
		}
		return flush(done)
	}
	var err error
	if len(j.req.Files) > 0 {
		err = im.each(j, add)
	} else {
		err = im.eachAside(ctx, j, add)
	}
	if err == nil {
		err = flush(1)
	}
	if err != nil {
		return err
	}
	handed := j.req.Leave || im.Served != nil && im.Served()
	err = im.DB.Write(ctx, func(tx *db.Tx) error {
		imp.state = stateApplying
		if err := update(ctx, tx, imp); err != nil || !handed {
			return err
		}
		return letGo(ctx, tx, imp, tx.Now())
	})
	j.handed = handed && err == nil
	return err
}

// stageBatch writes rows. What a source said before in the very same words is known to be the same without a look.
func (im *Importer) stageBatch(ctx context.Context, tx *db.Tx, j *job, imp importRow, n int64, batch []*line.Line) error {
	if err := hold(ctx, tx, imp); err != nil {
		return err
	}
	keys := make([]string, len(batch))
	for i, l := range batch {
		keys[i] = l.Key
	}
	before, err := readSeen(ctx, tx, imp, keys)
	if err != nil {
		return err
	}
	rows := make([]stagedRow, len(batch))
	for i, l := range batch {
		r, digest, err := staged(n+int64(i), l, j.skip(l))
		if err != nil {
			return err
		}
		if r.state == rowStaged && before[r.key].digest == digest {
			r.state = rowSame
		}
		rows[i] = r
	}
	return insertRows(ctx, tx, imp.id, rows)
}

// eachAside reads again the rows that the last import set aside.
func (im *Importer) eachAside(ctx context.Context, j *job, do func(l *line.Line, done float64) error) error {
	var rows []stagedRow
	err := im.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		rows, err = readRows(ctx, tx, j.last.last, 0, rowQuarantined, im.Limits.Rows)
		return err
	})
	if err != nil {
		return err
	}
	o := line.Options{Kind: j.req.Kind, Dates: value.MonthFirst, Names: value.FirstLast, Zone: j.zone, Region: im.Region, Source: j.req.Source}
	if r := j.last.rules; r != nil {
		o.Dates, o.Names = value.Order(r.Dates), value.NameOrder(r.Names)
	}
	for i, r := range rows {
		l, err := again(r, o)
		if err != nil {
			return err
		}
		if err := do(l, float64(i)/float64(len(rows))); err != nil {
			return err
		}
	}
	return nil
}

// undo takes back an import of which nothing was applied.
func (im *Importer) undo(ctx context.Context, imp importRow) error {
	return im.DB.Write(ctx, func(tx *db.Tx) error {
		imp.state = stateUndone
		if err := update(ctx, tx, imp); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, deleteRows, tx.Org(), string(imp.id)); err != nil {
			return fmt.Errorf("undo import %s: %w", imp.id, err)
		}
		return nil
	})
}

// asksForMissing tells whether files of the kind list everybody, so that one who is missing is a question.
func asksForMissing(k column.Kind) bool { return k == column.Residents || k == column.Staff }
