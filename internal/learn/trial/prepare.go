package trial

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/eventlog"
)

// prepare makes the copy as things stood when it begins to decide: with the records of today and what was known then.
func (t *trial) prepare(ctx context.Context, dir string) (err error) {
	p, err := t.Open(ctx, dir, hearth.NewVirtualClock(t.begin))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := copyRecords(ctx, t.Source.DB, p.DB, t.property.ID); err != nil {
		return err
	}
	if err := t.fold(ctx, p); err != nil {
		return err
	}
	t.progress(stageCopy, 0.08)
	all, err := readPast(ctx, &t.Source, p.DB, t.property.ID, t.begin, t.to)
	if err != nil {
		return err
	}
	_, rest := all.cut(t.begin)
	cares := all.cares[:len(all.cares)-len(rest.cares)]
	t.past = rest
	err = p.DB.Write(ctx, func(tx *db.Tx) error {
		for _, x := range cares {
			if err := p.Care.Restore(ctx, tx, x, t.property.ID); err != nil {
				return err
			}
		}
		return t.wishes.write(ctx, tx)
	})
	if err != nil {
		return err
	}
	return t.recall(ctx, p)
}

// recall has the engine of the copy take over when each playbook last started for somebody. No playbook is on yet, so that
// nothing follows from it.
func (t *trial) recall(ctx context.Context, p *Program) error {
	part := eventlog.PartOf(t.property.ID)
	err := p.DB.Write(ctx, func(tx *db.Tx) error {
		who, err := startedFor(ctx, tx)
		if err != nil {
			return err
		}
		dues := make([]work.Due, len(who))
		for i, id := range who {
			dues[i] = trigger.Recall(id, part, t.begin.Add(-time.Millisecond))
		}
		return work.Put(ctx, tx, dues)
	})
	if err != nil {
		return err
	}
	return t.settleBase(ctx, p, part)
}

// fold has the engine of the copy learn what was recorded before it begins to decide, with no playbook switched on.
func (t *trial) fold(ctx context.Context, p *Program) error {
	before := &stream{db: t.Source.DB, log: t.Source.Log, property: t.property.ID, until: t.begin.Add(-time.Millisecond)}
	part := eventlog.PartOf(t.property.ID)
	for {
		evs, err := before.take(ctx, before.until)
		if err != nil {
			return err
		}
		if len(evs) == 0 {
			return nil
		}
		var lot []*hearth.Event
		for _, ev := range evs {
			t.heads = ev.Seq
			t.wishes.note(ev)
			if ev.Source != byEngine || ev.Type == "survey.answered" {
				lot = append(lot, again(ev))
			}
		}
		err = p.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := p.Log.AppendChecked(ctx, tx, lot...)
			return err
		})
		if err != nil {
			return fmt.Errorf("copy the log: %w", err)
		}
		if err := t.settleBase(ctx, p, part); err != nil {
			return err
		}
	}
}

// settleBase lets the engine of the copy work until it has nothing to do.
func (t *trial) settleBase(ctx context.Context, p *Program, part int) error {
	for {
		if n, err := p.Engine.RunBatch(ctx, part); n == 0 || err != nil {
			return err
		}
	}
}
