package app

import (
	"context"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
)

// MomentLine is a moment of the map with the depth that follows from it.
type MomentLine struct {
	playbook.Moment
	Depth   hearth.Depth `json:"depth"`
	Because string       `json:"because"`
}

// Moments gives the map of moments of a property, named by id or name, or the organization's with "".
func (a *App) Moments(ctx context.Context, property string) (out []MomentLine, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		at, err := a.propertyCalled(ctx, tx, property)
		if err != nil {
			return err
		}
		m, err := playbook.LoadMoments(ctx, tx)
		if err != nil {
			return err
		}
		for _, x := range m.List(at) {
			depth, why := x.Depth()
			out = append(out, MomentLine{x, depth, why})
		}
		return nil
	})
	return out, err
}

// theProperty finds a property by its id or name; "" is the only one there is.
func (a *App) theProperty(ctx context.Context, tx *db.Tx, name string) (hearth.PropertyID, error) {
	if name != "" {
		return a.propertyCalled(ctx, tx, name)
	}
	all, err := a.Records.Properties(ctx, tx)
	switch {
	case err != nil:
		return "", err
	case len(all) == 0:
		return "", hearth.FieldErrorf("property", "There is no property yet. The first import makes one.")
	case len(all) > 1:
		names := make([]string, len(all))
		for i, p := range all {
			names[i] = p.Name
		}
		slices.Sort(names)
		return "", hearth.FieldErrorf("property", "Say which property is meant, with --property NAME: %s.", strings.Join(names, ", "))
	}
	return all[0].ID, nil
}

// propertyCalled finds a property by its id or name; "" names none.
func (a *App) propertyCalled(ctx context.Context, tx *db.Tx, name string) (hearth.PropertyID, error) {
	if name == "" {
		return "", nil
	}
	p, err := a.Records.Property(ctx, tx, hearth.PropertyID(name))
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		p, err = a.Records.PropertyByName(ctx, tx, name)
	}
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return "", hearth.FieldErrorf("property", "There is no property %q.", name)
	}
	return p.ID, err
}
