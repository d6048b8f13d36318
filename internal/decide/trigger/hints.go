package trigger

import (
	"context"
	"maps"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
)

// Hints gives what may not be meant in the playbooks that are switched on and in those of library that are not: each by
// itself, and all together. They are in the order of the playbooks' ids.
func (e *Engine) Hints(ctx context.Context, tx *db.Tx, library map[hearth.PlaybookID][]byte) ([]playbook.Hint, error) {
	act, err := e.playbooks(ctx, tx)
	if err != nil {
		return nil, err
	}
	defs := map[hearth.PlaybookID]*playbook.Definition{}
	for id, text := range library {
		d, err := playbook.Parse(text)
		if err != nil {
			return nil, err
		}
		defs[id] = d
	}
	for id, p := range act.lives {
		defs[id] = p.Def
	}
	var all []*playbook.Definition
	for _, id := range slices.Sorted(maps.Keys(defs)) {
		all = append(all, defs[id])
	}
	var hints []playbook.Hint
	for _, p := range act.on() {
		if h, overdue := p.Overdue(); overdue {
			hints = append(hints, h)
		}
	}
	hints = append(hints, playbook.LintAll(all, act.moments)...)
	slices.SortStableFunc(hints, func(a, b playbook.Hint) int { return strings.Compare(string(a.Playbook), string(b.Playbook)) })
	return hints, nil
}

// hintsOn gives the hints about one playbook among those that are switched on.
func (e *Engine) hintsOn(act *active, d *playbook.Definition, moments *playbook.Moments) []playbook.Hint {
	all := []*playbook.Definition{d}
	for _, id := range slices.Sorted(maps.Keys(act.lives)) {
		if id != d.ID {
			all = append(all, act.lives[id].Def)
		}
	}
	hints := playbook.Lint(d, moments.Depth(d, ""))
	for _, h := range playbook.Overlaps(all) {
		if h.Playbook == d.ID {
			hints = append(hints, h)
		}
	}
	return hints
}

// Faults gives what is wrong in a text, and if nothing is, what may not be meant among the playbooks that are switched on.
func (e *Engine) Faults(ctx context.Context, text []byte) (faults []playbook.Fault, hints []playbook.Hint, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := e.compiler(ctx, tx)
		if err != nil {
			return err
		}
		if faults, err = c.Faults(text); err != nil || len(faults) > 0 {
			return err
		}
		act, err := e.playbooks(ctx, tx)
		if err != nil {
			return err
		}
		d, err := playbook.Parse(text)
		if err != nil {
			return err
		}
		hints = e.hintsOn(act, d, act.moments)
		return nil
	})
	return faults, hints, err
}
