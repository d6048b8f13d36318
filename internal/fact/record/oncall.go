package record

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// OnCall is a stretch in which somebody is on call at a property: on one Day, or every week on Weekday where Day is 0.
// To may lie past 1440, on the next day: Friday 1080 to 1920 is from Friday 18:00 to Saturday 8:00.
type OnCall struct {
	Day      hearth.Day
	Weekday  time.Weekday
	From, To int // minutes after midnight
	Staff    hearth.StaffID
}

// Covers tells whether the stretch covers t, in the property's zone.
func (o OnCall) Covers(t time.Time, zone *time.Location) bool {
	today := hearth.DayOf(t, zone)
	for _, day := range []hearth.Day{today - 1, today} {
		if o.Day != 0 && o.Day != day || o.Day == 0 && o.Weekday != day.Weekday() {
			continue
		}
		if !t.Before(day.At(o.From, zone)) && t.Before(endOf(day, o.To, zone)) {
			return true
		}
	}
	return false
}

func (o OnCall) check(at string) error {
	switch {
	case o.Day == 0 && (o.Weekday < time.Sunday || o.Weekday > time.Saturday):
		return hearth.FieldErrorf(at+".weekday", "A weekday is a number from 0 (Sunday) to 6 (Saturday).")
	case o.From < 0 || o.From >= 24*60 || o.To <= o.From || o.To-o.From > 24*60:
		return hearth.FieldErrorf(at, "A stretch on call begins within its day and lasts at most 24 hours.")
	}
	return nil
}

const selectOnCall = `SELECT day, weekday, from_min, to_min, staff FROM on_call WHERE org = $1 AND property = $2
  ORDER BY day DESC, weekday, from_min, staff`

// OnCall gives a property's rota: single days first, latest first, then the week.
func (s *Store) OnCall(ctx context.Context, tx *db.Tx, property hearth.PropertyID) ([]OnCall, error) {
	return collect(ctx, tx, "read who is on call", func(r scanner) (OnCall, error) {
		var o OnCall
		var weekday int64
		err := r.Scan(&o.Day, &weekday, &o.From, &o.To, &o.Staff)
		if o.Day == 0 {
			o.Weekday = time.Weekday(weekday)
		} else {
			o.Weekday = o.Day.Weekday()
		}
		return o, err
	}, selectOnCall, tx.Org(), string(property))
}

const (
	deleteOnCall = `DELETE FROM on_call WHERE org = $1 AND property = $2`
	insertOnCall = `INSERT INTO on_call (org, property, day, weekday, from_min, to_min, staff) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (org, property, day, weekday, from_min, staff) DO UPDATE SET to_min = excluded.to_min`
)

// SetOnCall puts a rota in the place of a property's present one. It fails with CodeNotFound for an unknown property and
// with CodeInvalid for a stretch that makes no sense or somebody who has no role
// there.
func (s *Store) SetOnCall(ctx context.Context, tx *db.Tx, property hearth.PropertyID, rota []OnCall) error {
	if _, err := s.Property(ctx, tx, property); err != nil {
		return err
	}
	team, err := s.StaffAt(ctx, tx, property)
	if err != nil {
		return err
	}
	known := map[hearth.StaffID]bool{}
	for _, m := range team {
		known[m.ID] = !m.Inactive
	}
	for i, o := range rota {
		at := fmt.Sprintf("rota[%d]", i)
		if err := o.check(at); err != nil {
			return err
		}
		if !known[o.Staff] {
			return hearth.FieldErrorf(at+".staff", "%q is nobody on the team of this property.", o.Staff)
		}
	}
	if _, err := tx.Exec(ctx, deleteOnCall, tx.Org(), string(property)); err != nil {
		return fmt.Errorf("clear the rota of %s: %w", property, err)
	}
	return insertRota(ctx, tx, property, rota)
}

const deleteWeek = `DELETE FROM on_call WHERE org = $1 AND property = $2 AND staff = $3 AND day = 0`

// SetWeekOnCall puts stretches of every week in the place of somebody's present ones at a property; single days and
// other people stay.
func (s *Store) SetWeekOnCall(ctx context.Context, tx *db.Tx, property hearth.PropertyID, id hearth.StaffID, rota []OnCall) error {
	for i := range rota {
		rota[i].Staff, rota[i].Day = id, 0
		if err := rota[i].check("on_call"); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, deleteWeek, tx.Org(), string(property), string(id)); err != nil {
		return fmt.Errorf("clear when %s is on call at %s: %w", id, property, err)
	}
	return insertRota(ctx, tx, property, rota)
}

func insertRota(ctx context.Context, tx *db.Tx, property hearth.PropertyID, rota []OnCall) error {
	for _, o := range rota {
		weekday := int64(o.Weekday)
		if o.Day != 0 {
			weekday = -1
		}
		if _, err := tx.Exec(ctx, insertOnCall, tx.Org(), string(property), int64(o.Day), weekday, int64(o.From), int64(o.To), string(o.Staff)); err != nil {
			return fmt.Errorf("write who is on call at %s: %w", property, err)
		}
	}
	return nil
}
