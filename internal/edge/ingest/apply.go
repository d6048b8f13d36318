package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/line"
	"hearth/internal/fact/record"
)

// Rows are applied in transactions that are short enough for others to get in between.
const (
	fewestRows  = 4
	mostRows    = 250
	mostAlone   = 2000
	applyFor    = 1200 * time.Microsecond // aim of one transaction, its commit apart: of those who write beside it, everybody waits for at most one
	applyAlone  = 100 * time.Millisecond  // the same while nobody else writes: each commit writes the same pages of the indexes again
	aloneAfter  = 20                      // so many transactions in a row that met no other make sure of that
	exactDryRun = 2000                    // a dry run of up to so many rows is tried out as a whole
	gentleTries = 50                      // the same beside others who write
)

// applying is an import whose rows are being applied.
type applying struct {
	im        *Importer
	imp       importRow
	zone      *time.Location
	homes     map[string][]hearth.UnitID // by label key, of the property; nil: to be read
	names     map[hearth.UnitID]string   // key of the building's name
	total     int
	left      int               // rows that are not done with
	pace      pace              // how many of them a transaction takes
	from      int64             // rows below this number are done with
	took      time.Duration     // by the last transaction's rows
	strangers int               // rows in a row that failed for no reason of their own
	tried     map[string]string // in a dry run: by the row's key, what the row is about
	trails    map[*line.Line]*trailDoc
	opened    *trailDoc // what became of the property
}

// applyAll applies the job's staged rows.
func (im *Importer) applyAll(ctx context.Context, j *job) (*Report, error) {
	var imp importRow
	err := im.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		imp, err = readImport(ctx, tx, j.id)
		return err
	})
	if err != nil {
		return nil, err
	}
	imp.worker = im.Node + "/" + string(j.id)
	return im.applyImport(ctx, imp, j.req.Progress)
}

// applyImport applies what is staged and not yet applied; it may begin in the middle.
func (im *Importer) applyImport(ctx context.Context, imp importRow, progress func(Progress)) (*Report, error) {
	a, err := im.begun(ctx, imp)
	if err != nil {
		return nil, err
	}
	for a.left > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := a.step(ctx); err != nil {
			return nil, err
		}
		progress(a.progress())
	}
	return a.end(ctx)
}

// begun makes ready to apply what an import has staged.
func (im *Importer) begun(ctx context.Context, imp importRow) (*applying, error) {
	a := &applying{im: im, imp: imp, zone: time.UTC, pace: pace{size: fewestRows, met: im.DB.Stats().Met}}
	if err := a.count(ctx); err != nil {
		return nil, err
	}
	return a, im.DB.Write(ctx, func(tx *db.Tx) error {
		a.opened = &trailDoc{}
		if err := a.open(ctx, tx); err != nil {
			return err
		}
		if err := writeTrail(ctx, tx, a.imp.id, map[int64]*trailDoc{trailProperty: a.opened}); err != nil {
			return err
		}
		a.opened = nil
		return update(ctx, tx, a.imp)
	})
}

// step applies the next rows, as many as their pace allows.
func (a *applying) step(ctx context.Context) error {
	n, err := a.chunk(ctx, a.pace.size)
	if err != nil {
		return err
	}
	if a.left -= n; n == 0 {
		a.left = 0
	}
	a.im.DB.Tend(ctx)
	a.pace.next(a.took, a.im.DB.Stats().Met)
	return nil
}

func (a *applying) progress() Progress {
	return Progress{Stage: "applying", Done: 1 - float64(a.left)/float64(max(a.total, 1)), Rows: a.total - a.left}
}

// end does what can be done once all rows are applied.
func (a *applying) end(ctx context.Context) (*Report, error) {
	if err := a.answered(ctx); err != nil {
		return nil, err
	}
	if err := a.vanished(ctx); err != nil {
		return nil, err
	}
	return a.finish(ctx)
}

// count tells how many rows the import has and how many of them are not done with. Nobody else works on them, so that
// it need not be asked where others wait.
func (a *applying) count(ctx context.Context) error {
	return a.im.DB.Read(ctx, func(tx *db.Tx) error {
		counts, err := rowCounts(ctx, tx, a.imp.id)
		for _, n := range counts {
			a.total += n
		}
		a.left = counts[rowStaged]
		return err
	})
}

// pace finds how many rows a transaction takes, so that those who write beside an import hardly wait for it, and an
// import that is alone does not dawdle.
type pace struct {
	size  int
	met   int64 // of db.Stats, when last asked
	alone int   // transactions since a write met another
}

// next gives the size of the next transaction after one whose rows took so long. Waiting for a turn and for the disk is
// not the rows' doing: fewer of them would only make it longer.
func (p *pace) next(took time.Duration, met int64) int {
	aim, most := applyFor, mostRows
	if p.alone++; met != p.met {
		p.met, p.alone = met, 0
	}
	if p.alone >= aloneAfter {
		aim, most = applyAlone, mostAlone
	}
	switch {
	case took > aim:
		p.size = max(fewestRows, p.size*3/4)
	case took < aim*3/4:
		p.size += p.size/4 + 1
	}
	p.size = min(p.size, most)
	return p.size
}

// open makes or completes the property, and takes it over when it appeared meanwhile.
func (a *applying) open(ctx context.Context, tx *db.Tx) error {
	t := a.imp.plan.Told
	told := record.Property{Name: a.imp.plan.PropertyName, Address: t.Address, City: t.City, State: t.State, Zip: t.Zip, Zone: t.Zone, ZoneHow: t.ZoneHow, ZoneConfirmed: t.ZoneConfirmed}
	have, err := a.im.propertyOf(ctx, tx, a.imp.property, told.Name)
	if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
		return err
	}
	if err == nil {
		// A file may complete what is known of a property; it does not move it.
		told.ID, told.Name = have.ID, have.Name
		for _, f := range []struct{ have, told *string }{{&have.Address, &told.Address}, {&have.City, &told.City}, {&have.State, &told.State}, {&have.Zip, &told.Zip}} {
			if *f.have != "" {
				*f.told = ""
			}
		}
	}
	n := a.news(nil)
	if a.opened != nil {
		n.Trail = &a.opened.trail
	}
	p, change, err := a.im.Records.PutProperty(ctx, tx, n, told)
	if err != nil {
		return err
	}
	if a.zone, err = p.Location(); err != nil {
		return err
	}
	a.imp.property = p.ID
	r := a.imp.plan.Report
	if r.Property == "" {
		r.PropertyAdded = change.Added
	}
	r.Property, r.PropertyName, r.History = p.ID, p.Name, a.imp.history
	r.Zone, r.ZoneHow, r.ZoneConfirmed = p.Zone, p.ZoneHow, p.ZoneConfirmed
	return nil
}

// news says how the import came to know what a line tells.
func (a *applying) news(l *line.Line) record.News {
	n := record.News{Source: a.imp.source, Actor: hearth.ParseActor(a.imp.plan.Actor), AsOf: a.imp.asOf, History: a.imp.history, Began: a.imp.started}
	if l != nil {
		n.Cause = string(a.imp.id) + "/" + l.Key
		if d := a.trails[l]; d != nil {
			n.Trail = &d.trail
		}
	}
	return n
}

// chunk applies up to limit staged rows in one transaction and tells how many are done with. A row that its record
// refuses ends the transaction; then only the rows before it are applied, and it is set aside when its turn comes. So is
// one that fails by itself, again and again: the others, and the next export, do not wait for it.
func (a *applying) chunk(ctx context.Context, limit int) (int, error) {
	tries := 0
	for {
		done, fault, err := a.try(ctx, limit)
		switch {
		case err != nil && hearth.CodeOf(err) == hearth.CodeInternal && ctx.Err() == nil:
			if limit > 1 {
				limit = (limit + 1) / 2
				continue
			}
			if tries++; tries < rowTries {
				continue
			}
			if a.strangers++; a.strangers > mostStrange { // it is not the rows
				return 0, err
			}
			if fault, err = a.strange(ctx, err); err != nil {
				return 0, err
			}
			return 1, a.setAside(ctx, fault)
		case fault == nil:
			if err == nil {
				a.strangers = 0
			}
			return done, err
		case fault.before == 0:
			return 1, a.setAside(ctx, fault)
		default:
			limit = fault.before
		}
	}
}

const (
	rowTries    = 3  // how often a row is tried that fails for no reason of its own before it is set aside
	mostStrange = 20 // so many such rows in a row stop the import: then something else is broken
)

// strange makes a fault of the next row, which fails for no reason that a person could mend.
func (a *applying) strange(ctx context.Context, why error) (*faultAt, error) {
	var rows []stagedRow
	err := a.im.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = readRows(ctx, tx, a.imp.id, a.from, rowStaged, 1)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, why
	}
	a.im.Logger.Error("a row of an import fails again and again and is set aside", "import", a.imp.id, "line", rows[0].line, "error", why)
	return &faultAt{row: rows[0], reason: "This row could not be applied, and the fault is not in what it says; the server's log has more. Once that is mended, bring the file in again, or import with --retry."}, nil
}

// faultAt is a row that its record refused.
type faultAt struct {
	row    stagedRow
	before int // rows before it in its transaction
	reason string
}

func (f *faultAt) Error() string { return f.reason }

func (a *applying) try(ctx context.Context, limit int) (done int, fault *faultAt, err error) {
	next := a.from
	err = a.im.DB.WriteAside(ctx, func(tx *db.Tx) error {
		start := a.im.DB.Clock().Now()
		defer func() { a.took = a.im.DB.Clock().Now().Sub(start) }()
		a.homes = nil // another process may have added homes, and a rolled-back one of ours never came
		if err := hold(ctx, tx, a.imp); err != nil {
			return err
		}
		rows, err := readRows(ctx, tx, a.imp.id, a.from, rowStaged, limit)
		if err != nil {
			return err
		}
		if done = len(rows); done > 0 {
			next = rows[done-1].n + 1
		}
		return a.rows(ctx, tx, rows)
	})
	if errors.As(err, &fault) {
		return 0, fault, nil
	}
	if err == nil {
		a.from = next
	}
	return done, nil, err
}

func (a *applying) rows(ctx context.Context, tx *db.Tx, rows []stagedRow) error {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = r.key
	}
	before, err := readSeen(ctx, tx, a.imp, keys)
	if err != nil {
		return err
	}
	lines := make([]*line.Line, len(rows))
	for i, r := range rows {
		if lines[i], err = unstage(r); err != nil {
			return err
		}
	}
	a.follow(lines)
	put, err := a.newHomes(ctx, tx, lines, before)
	if err != nil {
		return err
	}
	now := map[string]seen{}
	for i := range rows {
		r, l := &rows[i], lines[i]
		digest, err := l.Digest()
		if err != nil {
			return err
		}
		var res result
		if put[i] != nil {
			res, err = a.homeDone(ctx, tx, l, *put[i], before[r.key].digest)
		} else {
			res, err = a.line(ctx, tx, l, before[r.key].digest)
		}
		if he, ok := personal(err); ok {
			return &faultAt{row: *r, before: i, reason: he.Message}
		}
		if err != nil {
			return fmt.Errorf("apply line %d of %s: %w", r.line, r.file, err)
		}
		now[r.key] = seen{digest: digest, id: res.id}
		r.state, r.notes = res.action, joinReasons(res.reason, r.notes)
	}
	if err := a.keepTrail(ctx, tx, rows, lines, before, now); err != nil {
		return err
	}
	if err := settleRows(ctx, tx, a.imp.id, rows); err != nil {
		return err
	}
	return writeSeen(ctx, tx, a.imp, now)
}

// newHomes applies together what lines tell of homes that nobody knows yet, as nearly all are in a first import. nil
// stands for the lines that are to be applied one by one.
func (a *applying) newHomes(ctx context.Context, tx *db.Tx, lines []*line.Line, before map[string]seen) ([]*record.HomeResult, error) {
	out := make([]*record.HomeResult, len(lines))
	var list []record.Telling
	var at []int
	for i, l := range lines {
		if l.Home == nil || len(l.Home.People) == 0 {
			continue
		}
		told, err := a.told(l, before[l.Key].digest)
		if err != nil {
			continue // said when its turn comes
		}
		list, at = append(list, record.Telling{News: a.news(l), Home: told}), append(at, i)
	}
	results, done, err := a.im.Records.PutNewHomes(ctx, tx, list)
	if err != nil {
		return nil, err
	}
	for k, i := range at {
		if done[k] {
			out[i] = &results[k]
			if results[k].UnitChange.Added {
				a.homes = nil
			}
		}
	}
	return out, nil
}

func joinReasons(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + "; " + b
}

// setAside quarantines a row, keeping what it says for a later attempt.
func (a *applying) setAside(ctx context.Context, f *faultAt) error {
	return a.im.DB.Write(ctx, func(tx *db.Tx) error {
		if err := hold(ctx, tx, a.imp); err != nil {
			return err
		}
		return writeRow(ctx, tx, a.imp.id, f.row.n, rowQuarantined, f.reason)
	})
}

// result is what a line did.
type result struct {
	action string
	reason string
	id     string // what the line is about
}

func of(c record.Change, id string) result {
	r := result{action: rowSame, id: id}
	switch {
	case c.Added:
		r.action = rowAdded
	case c.Changed:
		r.action, r.reason = rowChanged, "Changed: "+strings.ReplaceAll(strings.Join(c.Fields, ", "), "_", " ")
	}
	return r
}

// line applies one line, and refuses one that changes what the import may not.
func (a *applying) line(ctx context.Context, tx *db.Tx, l *line.Line, before string) (result, error) {
	r, err := a.oneLine(ctx, tx, l, before)
	if err == nil {
		err = a.reachesSteps(l)
	}
	return r, err
}

func (a *applying) oneLine(ctx context.Context, tx *db.Tx, l *line.Line, before string) (result, error) {
	switch {
	case l.Unit != nil:
		u, change, err := a.im.Records.PutUnit(ctx, tx, a.news(l), a.unit(*l.Unit))
		a.homes = nil
		return of(change, string(u.ID)), err
	case l.Home != nil:
		return a.home(ctx, tx, l, before)
	case l.Staff != nil:
		return a.staff(ctx, tx, l)
	case l.Order != nil:
		return a.order(ctx, tx, l)
	case l.Payment != nil:
		return a.payment(ctx, tx, l)
	case l.Message != nil:
		return a.message(ctx, tx, l)
	}
	return result{}, hearth.Errorf(hearth.CodeInvalid, "The row says nothing.")
}

// finish closes the import: the source is known from now on, and events that waited for new names are tried again.
func (a *applying) finish(ctx context.Context) (*Report, error) {
	report, err := a.report(ctx)
	if err != nil {
		return nil, err
	}
	err = a.im.DB.Write(ctx, func(tx *db.Tx) error {
		if err := hold(ctx, tx, a.imp); err != nil {
			return err
		}
		brief := *report
		brief.Rows = nil
		done := a.imp
		done.state, done.plan.Report, done.plan.Fault = stateDone, &brief, ""
		if err := update(ctx, tx, done); err != nil {
			return err
		}
		if err := a.keepSource(ctx, tx); err != nil {
			return err
		}
		if err := writeSource(ctx, tx, done, done.plan.Rules); err != nil {
			return err
		}
		if err := a.tellFinished(ctx, tx, report.Counts); err != nil {
			return err
		}
		return a.im.Door.recheck(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	return report, nil
}

// report puts together what became of the rows, while nobody waits for it.
func (a *applying) report(ctx context.Context) (*Report, error) {
	var rows []stagedRow
	err := a.im.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		rows, err = readAllRows(ctx, tx, a.imp.id)
		return err
	})
	if err != nil {
		return nil, err
	}
	copied := *a.imp.plan.Report // if closing fails, what is kept for the next attempt stays without rows
	report := &copied
	report.Rows, report.Counts, report.Notes = nil, Counts{}, slices.Clone(report.Notes)
	for _, r := range rows {
		report.add(RowReport{File: r.file, Line: r.line, Action: r.state, What: r.what, Reason: r.notes})
	}
	report.noteNew()
	report.noteQuestions()
	return report, nil
}

func (a *applying) tellFinished(ctx context.Context, tx *db.Tx, c Counts) error {
	data, err := json.Marshal(map[string]any{"import": string(a.imp.id), "counts": c})
	if err != nil {
		return fmt.Errorf("encode counts: %w", err)
	}
	ev := &hearth.Event{ID: hearth.DeriveID("evt_", string(a.imp.id), "finished"), Source: "hearth/edge/ingest", Type: "import.finished",
		Subject: hearth.Subject{Kind: "property", ID: string(a.imp.property)}, Property: a.imp.property, Actor: hearth.ParseActor(a.imp.plan.Actor), Time: tx.Now(), Data: data}
	_, err = a.im.Log.Append(ctx, tx, ev)
	return err
}
