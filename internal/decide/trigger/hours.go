package trigger

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/sense/signal"
)

// LearnHours counts when the residents of one property usually answer, if that was not counted today. It reads beside whoever writes and
// writes one row; the desk goes by it until tomorrow.
func (e *Engine) LearnHours(ctx context.Context) (more bool, err error) {
	var at hearth.PropertyID
	var today hearth.Day
	quiet := desk.Quiet{}
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		places, err := e.Records.Properties(ctx, tx)
		if err != nil {
			return err
		}
		for _, p := range places {
			zone, err := e.Records.Zone(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			had, err := desk.HoursOf(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			if day := hearth.DayOf(tx.Now(), zone); had.Day != day {
				at, today, quiet = p.ID, day, desk.Quiet{From: p.Settings.Quiet.From, To: p.Settings.Quiet.To}
				return nil
			}
		}
		return nil
	})
	if err != nil || at == "" {
		return false, err
	}
	var c signal.Crowd
	if err := e.everybody(ctx, at, "", func(en *entry, now time.Time) (bool, error) {
		c.Add(en.view(now))
		return true, nil
	}); err != nil {
		return false, fmt.Errorf("count when residents of %s answer: %w", at, err)
	}
	o := desk.Others{Day: today}
	o.Habit, o.Clear = c.Habit(quiet.Open)
	return true, e.DB.WriteAside(ctx, func(tx *db.Tx) error { return desk.KeepHours(ctx, tx, at, o) })
}
