package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/sense/signal"
)

// Others is when the residents of a property usually answer, for those of whom no hour of their own is known. It is counted once a
// day, away from the decisions, so that every decision of a day goes by the same.
type Others struct {
	Day   hearth.Day // on which it was counted
	Clear bool       // whether they have an hour in common
	Habit signal.Habit
}

// othersFor is how many days it holds when nobody counts any more.
const othersFor = 7

const (
	othersName = "attention.others."
	othersSQL  = `SELECT value FROM settings WHERE org = $1 AND name = $2`
	keepOthers = `INSERT INTO settings (org, name, value) VALUES ($1, $2, $3) ON CONFLICT (org, name) DO UPDATE SET value = excluded.value`
)

// HoursOf gives what was counted last at a property; the zero value when nothing was.
func HoursOf(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (o Others, err error) {
	var value string
	err = tx.Row(ctx, othersSQL, tx.Org(), othersName+string(property)).Scan(&value)
	if errors.Is(err, db.ErrNotFound) {
		return o, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(value), &o)
	}
	if err != nil {
		return o, fmt.Errorf("read when residents of %s answer: %w", property, err)
	}
	return o, nil
}

// KeepHours keeps what was counted at a property.
func KeepHours(ctx context.Context, tx *db.Tx, property hearth.PropertyID, o Others) error {
	value, err := json.Marshal(o)
	if err == nil {
		_, err = tx.Exec(ctx, keepOthers, tx.Org(), othersName+string(property), string(value))
	}
	if err != nil {
		return fmt.Errorf("keep when residents of %s answer: %w", property, err)
	}
	return nil
}

// loadOthers reads it for the property of an intent that may wait for it, once a batch.
func (r *round) loadOthers(ctx context.Context, in *Intent) error {
	at := r.places[in.Property]
	if patience(in) < farthest || at.attention.AtOnce || at.othersRead {
		return nil
	}
	o, err := HoursOf(ctx, r.tx, in.Property)
	if err != nil {
		return err
	}
	if age := int(hearth.DayOf(r.now, at.zone) - o.Day); o.Clear && age >= 0 && age < othersFor {
		at.others = o.Habit
	}
	at.othersRead = true
	r.places[in.Property] = at
	return nil
}
