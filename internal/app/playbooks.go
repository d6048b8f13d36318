package app

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
)

// Effect gives what each version of a playbook changed, with the counts of both arms.
func (a *App) Effect(ctx context.Context, id hearth.PlaybookID) (all []playbook.Effect, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = a.Engine.Effect(ctx, tx, id)
		return err
	})
	return all, err
}

// MoveRuns moves the active runs of one version of a playbook onto another, or with dry lists what would happen.
func (a *App) MoveRuns(ctx context.Context, id hearth.PlaybookID, from, to int, dry bool) (*trigger.Move, error) {
	m, err := a.Engine.MoveRuns(ctx, id, from, to, dry)
	if err != nil || dry {
		return m, err
	}
	return m, a.Engine.Drain(ctx)
}

// Hints gives what may not be meant in the playbooks that are switched on or shipped.
func (a *App) Hints(ctx context.Context) (hints []playbook.Hint, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		hints, err = a.Engine.Hints(ctx, tx, a.Library)
		return err
	})
	return hints, err
}

// LintPlaybook gives hints about one playbook's text, without any database.
func LintPlaybook(text []byte) ([]playbook.Hint, error) {
	d, err := playbook.Parse(text)
	if err != nil {
		return nil, err
	}
	return playbook.LintAll([]*playbook.Definition{d}, playbook.ShippedMap()), nil
}
