package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/line"
)

// errTriedOut ends the transaction of a dry run.
var errTriedOut = errors.New("tried out")

// dryRun applies the lines in transactions that are rolled back, and reports what they did.
func (im *Importer) dryRun(ctx context.Context, j *job) (*Report, error) {
	imp := importRow{id: "imp_dry", property: j.property.ID, source: j.req.Source, kind: j.req.Kind, history: j.history, asOf: j.asOf, started: j.started,
		plan: plan{PropertyName: j.req.Property, Actor: j.req.Actor.String(), Report: j.report, Retry: j.req.Retry, Partial: j.req.Partial, Within: j.req.Within,
			Told: propertyTold{Address: j.told.Address, City: j.told.City, State: j.told.State, Zip: j.told.Zip, Zone: j.told.Zone, ZoneHow: j.told.ZoneHow, ZoneConfirmed: j.told.ZoneConfirmed}}}
	a := &applying{im: im, imp: imp, zone: time.UTC, tried: map[string]string{}}
	keys := map[string]bool{}
	var batch []*line.Line
	flush := func(done float64) error {
		err := a.tryOut(ctx, j, batch)
		batch = batch[:0]
		j.req.Progress(Progress{Stage: "checking", Done: done, Rows: len(j.report.Rows)})
		return err
	}
	most := im.triedAtOnce(j)
	add := func(l *line.Line, done float64) error {
		if keys[l.Key] = true; len(batch) >= most && (len(batch) >= 2*most || !sameHome(batch[len(batch)-1], l)) {
			if err := flush(done); err != nil {
				return err
			}
		}
		batch = append(batch, l)
		return nil
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
	if err == nil {
		err = a.wouldVanish(ctx, j, keys)
	}
	if err != nil {
		return nil, err
	}
	j.report.noteNew()
	j.report.noteQuestions()
	j.report.Import, j.report.Property = "", j.property.ID
	return j.report, nil
}

// triedAtOnce gives how many rows a transaction of a dry run tries out.
func (im *Importer) triedAtOnce(j *job) int {
	if j.req.Gently || im.Served != nil && im.Served() {
		return gentleTries
	}
	return exactDryRun
}

// sameHome tells whether two rows are about people of one home, who are tried out together.
func sameHome(a, b *line.Line) bool {
	return a.Home != nil && b.Home != nil && a.Home.Unit.Label != "" && a.Home.Unit.Label == b.Home.Unit.Label && a.Home.Unit.Building == b.Home.Unit.Building
}

// tryOut applies lines and takes everything back. A line that is refused is left out of the next attempt; where that
// happens often, smaller lots are tried.
func (a *applying) tryOut(ctx context.Context, j *job, batch []*line.Line) error {
	const patience, small = 10, 50
	refused := map[int]string{}
	for {
		results, at, reason, err := a.attempt(ctx, j, batch, refused)
		if err != nil {
			return err
		}
		if at < 0 {
			j.report.Rows = append(j.report.Rows, results...)
			for _, r := range results {
				j.report.Counts.count(r.Action)
			}
			return nil
		}
		if refused[at] = reason; len(refused) <= patience || len(batch) <= small {
			continue
		}
		for len(batch) > 0 {
			n := min(small, len(batch))
			if err := a.tryOut(ctx, j, batch[:n]); err != nil {
				return err
			}
			batch = batch[n:]
		}
		return nil
	}
}

func (a *applying) attempt(ctx context.Context, j *job, batch []*line.Line, refused map[int]string) (rows []RowReport, at int, reason string, err error) {
	err = a.im.DB.WriteAside(ctx, func(tx *db.Tx) error {
		rows, at, a.homes = nil, -1, nil
		a.imp.property = j.property.ID
		if err := a.open(ctx, tx); err != nil {
			return err
		}
		a.follow(batch)
		before, err := a.seenOf(ctx, tx, batch)
		if err != nil {
			return err
		}
		for i, l := range batch {
			r := RowReport{File: l.File, Line: l.N, What: l.What, Reason: notes(l.Notes)}
			digest, err := l.Digest()
			if err != nil {
				return err
			}
			delete(a.tried, l.Key)
			switch skip := j.skip(l); {
			case skip != "":
				r.Action, r.Reason = rowSkipped, skip
			case l.Problem != "" || refused[i] != "":
				r.Action, r.Reason, r.Fields = rowQuarantined, l.Problem+refused[i], l.Fields
			case before[l.Key].digest == digest:
				r.Action, a.tried[l.Key] = rowSame, before[l.Key].id
			default:
				res, err := a.line(ctx, tx, l, before[l.Key].digest)
				if he, ok := personal(err); ok {
					at, reason = i, he.Message
					return errTriedOut
				}
				if err != nil {
					return fmt.Errorf("try line %d of %s: %w", l.N, l.File, err)
				}
				r.Action, r.Reason, a.tried[l.Key] = res.action, joinReasons(res.reason, r.Reason), res.id
				var far bool
				if r.Changes, far = differences(a.trails[l].trail.Steps, a.imp.property); far {
					r.Reason = joinReasons(r.Reason, knownElsewhere)
				}
			}
			rows = append(rows, r)
		}
		return errTriedOut
	})
	if errors.Is(err, errTriedOut) {
		err = nil
	}
	return rows, at, reason, err
}

func (a *applying) seenOf(ctx context.Context, tx *db.Tx, batch []*line.Line) (map[string]seen, error) {
	keys := make([]string, len(batch))
	for i, l := range batch {
		keys[i] = l.Key
	}
	return readSeen(ctx, tx, a.imp, keys)
}
