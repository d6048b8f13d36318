package trigger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/sense/signal"
)

// LearnHours counts when the residents of each property usually answer, where that was not counted today; more tells whether there was one. It reads
// beside whoever writes and writes one row for each; the desk goes by it until tomorrow. One that can't be counted holds up no other.
func (e *Engine) LearnHours(ctx context.Context) (more bool, err error) {
	var due []crowdOf
	err = e.DB.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = e.uncounted(ctx, tx)
		return err
	})
	if err != nil {
		return false, err
	}
	var all []error
	for _, at := range due {
		if err := e.learnHours(ctx, at); err != nil {
			all = append(all, fmt.Errorf("count when residents of %s answer: %w", at.property, err))
		}
	}
	return len(due) > len(all), errors.Join(all...)
}

// crowdOf is a property whose residents are to be counted.
type crowdOf struct {
	property hearth.PropertyID
	today    hearth.Day
	quiet    desk.Quiet
}

func (e *Engine) uncounted(ctx context.Context, tx *db.Tx) (due []crowdOf, err error) {
	places, err := e.Records.Properties(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		zone, err := e.Records.Zone(ctx, tx, p.ID)
		if err != nil {
			return nil, err
		}
		had, err := desk.HoursOf(ctx, tx, p.ID)
		if err != nil {
			return nil, err
		}
		if today := hearth.DayOf(tx.Now(), zone); had.Day != today {
			due = append(due, crowdOf{p.ID, today, desk.Quiet{From: p.Settings.Quiet.From, To: p.Settings.Quiet.To}})
		}
	}
	return due, nil
}

func (e *Engine) learnHours(ctx context.Context, at crowdOf) error {
	var c signal.Crowd
	err := e.everybody(ctx, at.property, "", func(en *entry, now time.Time) (bool, error) {
		c.Add(en.view(now))
		return true, nil
	})
	if err != nil {
		return err
	}
	o := desk.Others{Day: at.today}
	o.Habit, o.Clear = c.Habit(at.quiet.Open)
	return e.DB.WriteAside(ctx, func(tx *db.Tx) error { return desk.KeepHours(ctx, tx, at.property, o) })
}
