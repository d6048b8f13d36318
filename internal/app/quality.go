package app

import (
	"context"

	"hearth/internal/base/db"
	"hearth/internal/fact/quality"
)

// Quality says what is missing and what contradicts itself at a property, named by id or name.
func (a *App) Quality(ctx context.Context, property string) (out quality.Report, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		id, err := a.theProperty(ctx, tx, property)
		if err != nil {
			return err
		}
		out, err = quality.New(a.Records).Report(ctx, tx, id)
		return err
	})
	return out, err
}
