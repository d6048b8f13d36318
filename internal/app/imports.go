package app

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/api"
	"hearth/internal/edge/ingest"
)

// apiImports has the API speak of imports, which another door of the program applies.
type apiImports struct{ im *ingest.Importer }

func (x apiImports) List(ctx context.Context, tx *db.Tx, property hearth.PropertyID, limit int) ([]api.ImportItem, error) {
	all, err := x.im.Imports(ctx, tx, property, 0, limit)
	out := make([]api.ImportItem, len(all))
	for i, s := range all {
		out[i] = api.ImportItem{ID: s.Import, Property: s.Property, Source: s.Source, Kind: string(s.Kind), Files: s.Files, State: s.State, By: s.Actor.String(),
			Started: s.Started.UTC(), Finished: stamp(s.Finished), Undo: s.Undo,
			Rows: map[string]int{"added": s.Counts.Added, "changed": s.Counts.Changed, "same": s.Counts.Same, "set_aside": s.Counts.Quarantined,
				"vanished": s.Counts.Vanished, "about_another_property": s.Counts.Skipped}}
	}
	return out, err
}

func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (x apiImports) Undo(ctx context.Context, id hearth.ImportID) (api.ImportUndo, error) {
	return apiUndo(x.im.UndoOf(ctx, ingest.By{Actor: hearth.Actor{Kind: "token"}}, id))
}

func (x apiImports) Begin(ctx context.Context, actor hearth.Actor, id hearth.ImportID) (api.ImportUndo, error) {
	return apiUndo(x.im.BeginUndo(ctx, ingest.By{Actor: actor}, id))
}

func apiUndo(u *ingest.Undo, err error) (api.ImportUndo, error) {
	if err != nil {
		return api.ImportUndo{}, err
	}
	c := u.Counts
	out := api.ImportUndo{Import: u.Import, State: u.State, Why: u.Why, First: u.First, Until: u.Until.UTC(), Done: u.Done, By: u.By, Finished: stamp(u.Finished),
		Counts: map[string]int{"residents": c.Residents, "homes": c.Homes, "leases": c.Leases, "team": c.Team, "work_orders": c.WorkOrders, "changed": c.Changed},
		Stays:  []api.ImportStays{}, Named: []api.ImportNamed{}}
	for _, r := range u.Reasons {
		out.Stays = append(out.Stays, api.ImportStays{What: r.What, Why: r.Why, N: r.N})
	}
	for _, s := range u.Stays {
		out.Named = append(out.Named, api.ImportNamed{What: s.What, ID: s.ID, Name: s.Name, Why: s.Why})
	}
	return out, nil
}

// ImportUndo says what taking an import back would do, is doing or has done.
type ImportUndo = ingest.Undo

// UndoStates: what an ImportUndo's State may be.
const (
	UndoPossible   = ingest.UndoPossible
	UndoImpossible = ingest.UndoImpossible
	UndoDone       = ingest.UndoDone
)

// LookUndo tells what taking an import back would do; it changes nothing.
func (a *App) LookUndo(ctx context.Context, id string) (*ImportUndo, error) {
	return a.Importer.UndoOf(ctx, ingest.By{}, hearth.ImportID(id))
}

// UndoImport takes an import back and waits for that.
func (a *App) UndoImport(ctx context.Context, id string, progress func(done float64)) (*ImportUndo, error) {
	u, err := a.Importer.UndoImport(ctx, operator(), hearth.ImportID(id), progress)
	if err != nil {
		return nil, fmt.Errorf("undo: %w", err)
	}
	return u, nil
}

// ImportSummary is an import as a list shows it.
type ImportSummary = ingest.Summary

// Imports lists the newest imports of a property, named as people name it; of all properties if it is "".
func (a *App) Imports(ctx context.Context, property string) ([]ImportSummary, error) {
	var out []ImportSummary
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := a.Records.Properties(ctx, tx)
		if err != nil {
			return err
		}
		if property != "" {
			p, err := a.Records.PropertyByName(ctx, tx, property)
			if err != nil {
				return err
			}
			all = append(all[:0], p)
		}
		for _, p := range all {
			some, err := a.Importer.Imports(ctx, tx, p.ID, 0, 50)
			if err != nil {
				return err
			}
			out = append(out, some...)
		}
		return nil
	})
	return out, err
}
