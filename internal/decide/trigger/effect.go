package trigger

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
)

// Effect gives what each version of a playbook changed, with the counts of both arms, oldest version first; empty when
// no goal was measured. It fails with CodeNotFound for a playbook that was never switched on.
func (e *Engine) Effect(ctx context.Context, tx *db.Tx, id hearth.PlaybookID) ([]playbook.Effect, error) {
	act, err := e.playbooks(ctx, tx)
	if err != nil {
		return nil, err
	}
	if len(act.versions[id]) == 0 {
		return nil, hearth.Errorf(hearth.CodeNotFound, "The playbook %q was never switched on, so there is no effect to tell.", id)
	}
	goals := map[int]string{}
	for version, p := range act.versions[id] {
		if p.Def.Goal != nil {
			goals[version] = p.Def.Goal.Words()
		}
	}
	return playbook.Effects(ctx, tx, id, goals)
}
