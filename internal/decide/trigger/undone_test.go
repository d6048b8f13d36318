package trigger_test

import (
	"context"
	"errors"
	"testing"

	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
)

// An activation that is taken back leaves its number to the next one, which may be another node's. What was read of the playbooks in between must not
// be kept under that number, or the next one would never act here.
func TestAnActivationThatWasTakenBackIsNotKept(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		p, err := r.engine.Compile(r.Context(), []byte(quiet))
		r.must(err)
		taken := errors.New("taken back")
		err = r.d.Write(r.Context(), func(tx *db.Tx) error {
			if _, _, err := playbook.Activate(r.Context(), tx, p, 0); err != nil {
				return err
			}
			if _, err := r.engine.Effect(r.Context(), tx, p.Def.ID); err != nil { // reads the playbooks that are on
				return err
			}
			return taken
		})
		if !errors.Is(err, taken) {
			r.Fatal(err)
		}
		if _, err := r.newEngine("node-2").Activate(r.Context(), []byte(onOrder), 0); err != nil {
			r.Fatal(err)
		}
		r.order(ana, "wo_1", "normal")
		if got := titles(r, ana); got != "Look at it" {
			r.Errorf("the playbook that was switched on afterwards gave %q", got)
		}
		r.read(func(ctx context.Context, tx *db.Tx) error {
			if _, err := r.engine.Effect(ctx, tx, p.Def.ID); err == nil {
				r.Error("the activation that was taken back is still known")
			}
			return nil
		})
	})
}
