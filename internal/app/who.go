package app

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
)

// Who gives, for each resident, the name and home under which the team knows them: "Ana Lopez, 4B".
func (a *App) Who(ctx context.Context, ids []hearth.ResidentID) (map[hearth.ResidentID]string, error) {
	out := map[hearth.ResidentID]string{}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		contacts, err := a.Records.Contacts(ctx, tx, ids)
		for id, c := range contacts {
			out[id] = c.Name()
			if c.UnitLabel != "" {
				out[id] += ", " + c.UnitLabel
			}
		}
		return err
	})
	return out, err
}
