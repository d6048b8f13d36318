package app

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/record"
)

// CapacityNote says how the load of the coming days is computed.
const CapacityNote = trigger.CapacityNote

// Load tells the load of the coming days: of one property, named by id or name, or of all.
func (a *App) Load(ctx context.Context, property string, days int) (out []*trigger.Capacity, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		out = nil
		ids, err := a.properties(ctx, tx, property)
		if err != nil {
			return err
		}
		for _, id := range ids {
			c, err := a.Engine.Capacity(ctx, tx, id, days)
			if err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	return out, err
}

// properties gives the property that is meant, or all.
func (a *App) properties(ctx context.Context, tx *db.Tx, called string) ([]hearth.PropertyID, error) {
	if called == "" {
		all, err := a.Records.Properties(ctx, tx)
		ids := make([]hearth.PropertyID, len(all))
		for i, p := range all {
			ids[i] = p.ID
		}
		return ids, err
	}
	p, err := a.Records.Property(ctx, tx, hearth.PropertyID(called))
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		p, err = a.Records.PropertyByName(ctx, tx, called)
	}
	return []hearth.PropertyID{p.ID}, err
}

// Away records that somebody of the team, told by name, e-mail address or id, is away from one day to another.
func (a *App) Away(ctx context.Context, who, from, to, reason string) (name string, err error) {
	first, err := hearth.ParseDay(from)
	if err != nil {
		return "", hearth.FieldErrorf("from", "%q is not a date like 2026-11-21.", from)
	}
	last := first
	if to != "" {
		if last, err = hearth.ParseDay(to); err != nil {
			return "", hearth.FieldErrorf("to", "%q is not a date like 2026-11-21.", to)
		}
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := a.Records.StaffCalled(ctx, tx, who, "")
		if err != nil {
			return err
		}
		name = m.Name
		_, err = a.Records.SetAbsence(ctx, tx, m.ID, record.Absence{From: first, To: last, Reason: reason})
		return err
	})
	return name, err
}
