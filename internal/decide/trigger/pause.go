package trigger

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/care"
	"hearth/internal/fact/eventlog"
)

// SetSituation sets a situation of a resident. What it holds is held from the next decision on; a death stops everything
// at once, also what was on its way to the mail server.
func (e *Engine) SetSituation(ctx context.Context, tx *db.Tx, actor hearth.Actor, told care.Told) (care.Situation, error) {
	x, err := e.Care.Set(ctx, tx, actor, told)
	if err != nil || x.Kind != care.Death {
		return x, err
	}
	return x, e.takeBack(ctx, tx)
}

// EndSituation ends a situation. What was held because of it is looked at again, one by one.
func (e *Engine) EndSituation(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string) error {
	_, err := e.Care.End(ctx, tx, actor, id)
	return err
}

// Pause stops something at once: no step is taken, nothing that waits for delivery goes out.
func (e *Engine) Pause(ctx context.Context, tx *db.Tx, actor hearth.Actor, p care.Pause) (care.Pause, error) {
	if err := e.pausable(ctx, tx, p); err != nil {
		return p, err
	}
	p, err := e.Care.Pause(ctx, tx, actor, p)
	if err != nil {
		return p, err
	}
	if !p.Until.IsZero() {
		if err := work.Put(ctx, tx, pauseEnds(p.ID, p.Until)); err != nil {
			return p, err
		}
	}
	return p, e.takeBack(ctx, tx)
}

// pausable fails with CodeNotFound for a target that there is not: a mistyped pause would stop nothing.
func (e *Engine) pausable(ctx context.Context, tx *db.Tx, p care.Pause) error {
	switch p.What {
	case care.Property:
		_, err := e.Records.Property(ctx, tx, hearth.PropertyID(p.Target))
		return err
	case care.Resident:
		_, err := e.Records.Resident(ctx, tx, hearth.ResidentID(p.Target))
		return err
	case care.Playbook:
		act, err := e.playbooks(ctx, tx)
		if err != nil {
			return err
		}
		if len(act.versions[hearth.PlaybookID(p.Target)]) == 0 {
			return hearth.Errorf(hearth.CodeNotFound, "No playbook %q was ever switched on. List them with: hearth playbook list.", p.Target)
		}
	}
	return nil
}

func (e *Engine) takeBack(ctx context.Context, tx *db.Tx) error {
	n, err := e.Care.Now(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := e.Desk.Messages.Recall(ctx, tx, n); err != nil {
		return fmt.Errorf("take back what waits for delivery: %w", err)
	}
	tx.AfterCommit(e.Log.Bell().Ring)
	return nil
}

// Resume ends a pause. What it held goes on in doses; what has become stale waits for a person's look. Triggers that came
// true meanwhile start nothing.
func (e *Engine) Resume(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string) (care.Pause, error) {
	p, ended, err := e.Care.Resume(ctx, tx, actor, id)
	if err != nil || !ended {
		return p, err
	}
	tx.AfterCommit(e.Log.Bell().Ring)
	return p, work.Put(ctx, tx, pauseEnds(p.ID, tx.Now()))
}

// Include has those start who are inside a playbook's standing condition now, aDay a day, in the order of their ids: for
// those who came to be inside while it was paused. It gives who they are.
func (e *Engine) Include(ctx context.Context, id hearth.PlaybookID, aDay int) ([]hearth.ResidentID, error) {
	if aDay < 1 || aDay > 100_000 {
		return nil, hearth.FieldErrorf("include", "Include between 1 and 100,000 residents a day.")
	}
	var act *active
	err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
		act, err = e.playbooks(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	p := act.live(id)
	if p == nil {
		return nil, hearth.FieldErrorf("target", "The playbook %q is not switched on, so nobody can be included.", id)
	}
	insiders, err := e.Inside(ctx, p)
	if err != nil {
		return nil, err
	}
	var who []hearth.ResidentID
	err = e.DB.Write(ctx, func(tx *db.Tx) error {
		who = nil
		var dues []work.Due
		for _, in := range insiders {
			if in.Started {
				continue
			}
			at := tx.Now().AddDate(0, 0, len(who)/aDay)
			dues = append(dues, inclusion{Version: p.Version}.due(id, in.Resident, in.Part, at))
			who = append(who, in.Resident)
		}
		return work.Put(ctx, tx, dues)
	})
	if err != nil {
		return nil, fmt.Errorf("include those who are inside %s: %w", id, err)
	}
	e.Log.Bell().Ring()
	return who, nil
}

// pauseEnds are the due rows with which every partition lets go on what a pause held.
func pauseEnds(id string, at time.Time) []work.Due {
	dues := make([]work.Due, eventlog.Parts)
	for part := range dues {
		dues[part] = work.Due{Lane: Lane, Kind: duePause, Key: id + "/" + strconv.Itoa(part), Part: part, At: at}
	}
	return dues
}

// pauseDue ends a pause in this partition.
func (b *batch) pauseDue(ctx context.Context, d work.Due) error {
	id, _, _ := strings.Cut(d.Key, "/")
	if _, _, err := b.Care.Resume(ctx, b.tx, hearth.System("trigger"), id); err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
		return err
	}
	if err := b.loadCare(ctx); err != nil {
		return err
	}
	return b.release(ctx)
}

// Last gives the instant behind a last day, such as 2026-12-31, on the property's calendar, or a time written out in full;
// the zero time for "". Property "" counts days in UTC. It fails with CodeInvalid for anything else.
func (e *Engine) Last(ctx context.Context, tx *db.Tx, text string, property hearth.PropertyID) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC(), nil
	}
	day, err := hearth.ParseDay(text)
	if err != nil {
		return time.Time{}, hearth.FieldErrorf("until", "%q is neither a last day like 2026-12-31 nor a time like 2026-12-31T18:00:00Z.", text)
	}
	zone, err := e.zoneOf(ctx, tx, property)
	if err != nil {
		return time.Time{}, err
	}
	return (day + 1).Start(zone).UTC(), nil
}
