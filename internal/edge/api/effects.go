package api

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/account"
)

func (a *API) addEffects() {
	const tag = "Playbooks"
	add(a, about{http.MethodGet, "/playbooks/{id}/effect", tag, "get-effect", "Read what a playbook changed",
		"For each version the goals of those who got it and of those who were held out. An effect is told only when both arms are large enough.", account.ScopeRead}, a.getEffect)
	add(a, about{http.MethodPost, "/playbooks/{id}/move", tag, "move-runs", "Move runs to another version",
		"Active runs that wait at a step which the other version has too, by its id, go on there. The others stay and are listed. Ask with dry_run first.", account.ScopeAdmin}, a.moveRuns)
	add(a, about{http.MethodGet, "/playbooks/hints", tag, "list-hints", "Read hints about the playbooks",
		"What may not be meant in those that are switched on or shipped: no goal, no exit when somebody moves, two that write on the same day.", account.ScopeRead}, a.listHints)
}

func (a *API) getEffect(ctx context.Context, in *PlaybookPath) (*list[playbook.Effect], error) {
	var all []playbook.Effect
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, err = a.Engine.Effect(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", func(e playbook.Effect) playbook.Effect { return e }), nil
}

// PlaybookPath names a playbook.
type PlaybookPath struct {
	ID hearth.PlaybookID `path:"id" maxLength:"100" doc:"The playbook's id."`
}

func (a *API) moveRuns(ctx context.Context, in *struct {
	PlaybookPath
	Body struct {
		From   int  `json:"from" minimum:"1" doc:"The version that the runs are on."`
		To     int  `json:"to" minimum:"1" doc:"The version that they go to."`
		DryRun bool `json:"dry_run,omitempty" doc:"Only list what would happen."`
	}
}) (*one[*trigger.Move], error) {
	m, err := a.Engine.MoveRuns(ctx, in.ID, in.Body.From, in.Body.To, in.Body.DryRun)
	if err != nil {
		return nil, err
	}
	return &one[*trigger.Move]{Body: m}, nil
}

func (a *API) listHints(ctx context.Context, _ *struct{}) (*list[playbook.Hint], error) {
	var hints []playbook.Hint
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		hints, err = a.Engine.Hints(ctx, tx, a.Library)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(hints, "", func(h playbook.Hint) playbook.Hint { return h }), nil
}
