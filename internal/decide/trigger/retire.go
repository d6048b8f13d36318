package trigger

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
)

// Retirement is what switching a playbook off did.
type Retirement struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	Version  int               `json:"version"` // the newest one
	Changed  bool              `json:"changed"` // false: it was off already
	Runs     int               `json:"runs"`    // under way; they go on to their own end
}

// Retire switches a playbook off: nothing new starts, and the runs under way go on to their own end. Pause it to stop them
// as well. Retiring it again changes nothing. It fails with CodeNotFound for one that was never switched on.
func (e *Engine) Retire(ctx context.Context, id hearth.PlaybookID) (Retirement, error) {
	out := Retirement{Playbook: id}
	err := e.DB.Write(ctx, func(tx *db.Tx) error {
		out = Retirement{Playbook: id}
		all, err := playbook.Versions(ctx, tx)
		if err != nil {
			return err
		}
		for _, s := range all { // by version
			if s.ID == id {
				out.Version, out.Changed = s.Version, s.State == "active"
			}
		}
		if out.Version == 0 {
			return hearth.Errorf(hearth.CodeNotFound, "No playbook %q was ever switched on. List them with: hearth playbook list.", id)
		}
		counts, err := playbook.Counts(ctx, tx)
		if err != nil {
			return err
		}
		out.Runs = counts[id][playbook.RunActive]
		return playbook.Retire(ctx, tx, id)
	})
	if err != nil {
		return Retirement{}, err
	}
	e.Log.Bell().Ring()
	return out, nil
}
