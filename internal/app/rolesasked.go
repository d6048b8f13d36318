package app

import (
	"context"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// RoleAsked is a role that waits for a second person, in names.
type RoleAsked struct {
	ID, Who, Role, Property, By string
	Asked, Until                time.Time
}

// RolesAsked lists the roles that wait for a second person, at all properties, the oldest first.
func (a *App) RolesAsked(ctx context.Context) (out []RoleAsked, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		out = nil
		all, err := a.People.WaitingRoles(ctx, tx)
		for _, ask := range all {
			var l RoleAsked
			if l, err = a.roleAsked(ctx, tx, ask); err != nil {
				break
			}
			out = append(out, l)
		}
		return err
	})
	return out, err
}

// SettleRoleAsked says yes or no to a role that is asked for, as whoever runs the program.
func (a *App) SettleRoleAsked(ctx context.Context, id string, yes bool) (l RoleAsked, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		ask, err := a.People.SettleRoleAsOperator(ctx, tx, operator(), id, yes)
		if err != nil {
			return err
		}
		l, err = a.roleAsked(ctx, tx, ask)
		return err
	})
	return l, err
}

func (a *App) roleAsked(ctx context.Context, tx *db.Tx, ask account.RoleAsk) (RoleAsked, error) {
	who, err := a.Records.Staff(ctx, tx, ask.Staff)
	if err != nil {
		return RoleAsked{}, err
	}
	by, err := a.Records.Staff(ctx, tx, ask.AskedBy)
	if err != nil {
		return RoleAsked{}, err
	}
	at, err := a.Records.Property(ctx, tx, ask.Role.Property)
	return RoleAsked{ID: ask.ID, Who: who.Name, Role: string(ask.Role.Role), Property: at.Name, By: by.Name, Asked: ask.Asked, Until: ask.Asked.Add(account.RoleAskFor)}, err
}
