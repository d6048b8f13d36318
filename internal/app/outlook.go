package app

import (
	"context"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/decide/outlook"
)

// Upcoming tells what would reach a resident in so many days, and the zone of their property's clock.
func (a *App) Upcoming(ctx context.Context, resident string, days int) (out outlook.Ahead, zone *time.Location, err error) {
	// What was imported and not yet decided would be missing.
	if err := a.Engine.Drain(ctx); err != nil {
		return out, nil, err
	}
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, resident)
		if err != nil {
			return err
		}
		r, err := a.Records.Resident(ctx, tx, id)
		if err != nil {
			return err
		}
		if zone, err = a.Records.Zone(ctx, tx, r.Property); err != nil {
			return err
		}
		out, err = a.Outlook.Upcoming(ctx, tx, id, days)
		return err
	})
	return out, zone, err
}

// Noise measures how much reaches the residents of a property, named by id or name.
func (a *App) Noise(ctx context.Context, property string, weeks int) (n outlook.Noise, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		at, err := a.propertyCalled(ctx, tx, property)
		if err != nil {
			return err
		}
		n, err = a.Outlook.Noise(ctx, tx, at, weeks)
		return err
	})
	return n, err
}

// Silence tells why a home, named by id or label, got nothing since a time.
func (a *App) Silence(ctx context.Context, unit, property, since string) (x outlook.Silence, zone *time.Location, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		at, err := a.propertyCalled(ctx, tx, property)
		if err != nil {
			return err
		}
		u, err := a.Outlook.UnitCalled(ctx, tx, unit, at)
		if err != nil {
			return err
		}
		if zone, err = a.Records.Zone(ctx, tx, u.Property); err != nil {
			return err
		}
		from, err := a.Outlook.Since(ctx, tx, since, u.Property)
		if err != nil {
			return err
		}
		x, err = a.Outlook.Silence(ctx, tx, u, from)
		return err
	})
	return x, zone, err
}
