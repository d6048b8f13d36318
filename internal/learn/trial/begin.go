package trial

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/eventlog"
)

// outcome plays the days in a copy, with a text in the place of the playbook that is tried ("": without it), and tells
// what came of them.
func (t *trial) outcome(ctx context.Context, dir, text string, aDay int, tick func(float64)) (out *played, err error) {
	clock := hearth.NewVirtualClock(t.begin)
	p, err := t.Open(ctx, dir, clock)
	if err != nil {
		return nil, err
	}
	r := &replay{Program: p, clock: clock, property: t.property.ID, part: eventlog.PartOf(t.property.ID), begin: t.begin, from: t.from, to: t.to,
		news: p.Log.Bell().C(), activity: map[hearth.PlaybookID]trigger.Activation{}, left: map[hearth.TaskID]bool{}, days: map[hearth.PlaybookID]int{},
		events: &stream{db: t.Source.DB, log: t.Source.Log, property: t.property.ID, after: t.heads, until: t.to}}
	past := *t.past
	r.past = &past
	defer func() { err = errors.Join(err, r.close(ctx)) }()
	if tick != nil {
		day := hearth.Day(0)
		r.tick = func(now time.Time) {
			if d := hearth.DayOf(now, t.zone); d != day {
				day = d
				tick(float64(now.Sub(t.begin)) / float64(t.to.Sub(t.begin)))
			}
		}
	}
	if err := r.openMail(ctx, dir); err != nil {
		return nil, err
	}
	r.on = t.schedule(text, aDay)
	if err := r.start(ctx); err != nil {
		return nil, err
	}
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	return t.collect(ctx, r)
}

// schedule lists what is switched on in a copy, by time: what was on when the copy begins, at once; the rest when it was
// switched on, and what was switched on later than the first day that is told of, on that day.
func (t *trial) schedule(text string, aDay int) []switchOn {
	var on []switchOn
	at := func(id hearth.PlaybookID) time.Time {
		since, ok := t.since[id]
		switch {
		case !ok || since.After(t.from):
			return t.from
		case since.Before(t.begin):
			return t.begin
		}
		return since
	}
	for _, v := range t.others {
		on = append(on, switchOn{at: at(v.ID), id: v.ID, text: []byte(v.Text), aDay: v.ADay})
	}
	if text != "" {
		when := t.from
		if t.live != nil {
			when = at(t.live.ID)
		}
		on = append(on, switchOn{at: when, id: t.program.Def.ID, text: []byte(text), aDay: aDay, must: true})
	}
	slices.SortStableFunc(on, func(a, b switchOn) int { return a.at.Compare(b.at) })
	return on
}

// start switches on what is on from the beginning, and has what started before start again when it may.
func (r *replay) start(ctx context.Context) error {
	var ids []hearth.PlaybookID
	for len(r.on) > 0 && !r.on[0].at.After(r.begin) {
		d, err := playbook.Parse(r.on[0].text)
		if err == nil && d.Trigger.Standing() && d.Limits.Again.Per == playbook.PerDays {
			r.days[d.ID] = d.Limits.Again.Days
			ids = append(ids, d.ID)
		}
		if err := r.switchOn(ctx); err != nil {
			return err
		}
	}
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		var dues []work.Due
		for _, id := range ids {
			more, err := r.again(ctx, tx, id)
			if err != nil {
				return err
			}
			dues = append(dues, more...)
		}
		return work.Put(ctx, tx, dues)
	})
}

const lastRunsSQL = `SELECT resident, MAX(started), MAX(CASE WHEN state = 'active' THEN 1 ELSE 0 END) FROM runs
WHERE org = $1 AND playbook = $2 GROUP BY resident ORDER BY resident`

// again gives when a playbook that starts once in so many days may start once more for those whom it started for before. Who
// was in a run by then is asked about day by day; for the rest it was asked before, and only becoming true again counts.
func (r *replay) again(ctx context.Context, tx *db.Tx, id hearth.PlaybookID) ([]work.Due, error) {
	rows, err := tx.Query(ctx, lastRunsSQL, tx.Org(), string(id))
	if err != nil {
		return nil, fmt.Errorf("read when %s started before: %w", id, err)
	}
	defer rows.Close()
	var dues []work.Due
	for rows.Next() {
		var who hearth.ResidentID
		var last time.Time
		var underWay bool
		if err := rows.Scan(&who, &last, &underWay); err != nil {
			return nil, fmt.Errorf("read when %s started before: %w", id, err)
		}
		at := last.AddDate(0, 0, r.days[id])
		for underWay && at.Before(r.begin) {
			at = at.AddDate(0, 0, 1)
		}
		if !at.Before(r.begin) {
			dues = append(dues, trigger.Again(id, who, r.part, at))
		}
	}
	return dues, rows.Err()
}

// A property's own runs stand under its id.
const startedForSQL = `SELECT DISTINCT resident FROM runs WHERE org = $1 AND resident <> '' ORDER BY resident`

func startedFor(ctx context.Context, tx *db.Tx) ([]hearth.ResidentID, error) {
	rows, err := tx.Query(ctx, startedForSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("read for whom playbooks started before: %w", err)
	}
	defer rows.Close()
	var who []hearth.ResidentID
	for rows.Next() {
		var id hearth.ResidentID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		who = append(who, id)
	}
	return who, rows.Err()
}
