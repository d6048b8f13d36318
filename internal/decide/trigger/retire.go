package trigger

import (
	"context"
	"errors"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
)

// errDry takes back what a preview did.
var errDry = errors.New("only looked at")

// Preview tells what Activate would do, and does nothing.
func (e *Engine) Preview(ctx context.Context, text []byte, aDay int) (Activation, error) {
	if err := checkPace(aDay); err != nil {
		return Activation{}, err
	}
	p, err := e.Compile(ctx, text)
	if err != nil {
		return Activation{}, err
	}
	insiders, err := e.Inside(ctx, p)
	if err != nil {
		return Activation{}, err
	}
	var out Activation
	err = e.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if out, err = e.activate(ctx, tx, p, insiders, aDay); err != nil {
			return err
		}
		return errDry
	})
	if !errors.Is(err, errDry) {
		return Activation{}, fmt.Errorf("look at the activation of %s: %w", p.Def.ID, err)
	}
	return out, nil
}

func checkPace(aDay int) error {
	if aDay < 0 || aDay > 100_000 {
		return hearth.FieldErrorf("include-current", "Include between 0 and 100,000 residents a day.")
	}
	return nil
}

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
