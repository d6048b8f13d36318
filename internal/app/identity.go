package app

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/identity"
)

// maxProposals is how many proposals the command line shows.
const maxProposals = 200

// ProposalLine is a pair of residents who may be one person.
type ProposalLine struct {
	ID          string            `json:"id"`
	Kept        hearth.ResidentID `json:"kept"` // under whom both would be seen
	KeptName    string            `json:"kept_name"`
	Other       hearth.ResidentID `json:"other"`
	OtherName   string            `json:"other_name"`
	Probability float64           `json:"probability"`
	Else        string            `json:"else"` // what else they are likely to be
	Words       string            `json:"words"`
}

// Proposals looks at everybody who changed and lists who may be one person and waits for a decision.
func (a *App) Proposals(ctx context.Context) ([]ProposalLine, error) {
	for {
		more, err := a.Identity.RunOnce(ctx)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	var found []identity.Proposal
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		found, err = a.Identity.List(ctx, tx, identity.Open, "", maxProposals)
		return err
	})
	if err != nil {
		return nil, err
	}
	var ids []hearth.ResidentID
	for _, p := range found {
		ids = append(ids, p.A, p.B)
	}
	who, err := a.Who(ctx, ids)
	lines := make([]ProposalLine, len(found))
	for i, p := range found {
		lines[i] = ProposalLine{ID: p.ID, Kept: p.A, KeptName: who[p.A], Other: p.B, OtherName: who[p.B], Probability: p.Probability,
			Else: p.Else, Words: identity.Sentence(p.Evidence)}
	}
	return lines, err
}

// DecideIdentity settles a proposal.
func (a *App) DecideIdentity(ctx context.Context, id string, same bool) error {
	decision := identity.Different
	if same {
		decision = identity.Same
	}
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := a.Identity.Decide(ctx, tx, operator(), id, decision)
		return err
	})
}

// Unmerge has a resident, named by Hearth's id or by one of a source, stand alone again.
func (a *App) Unmerge(ctx context.Context, resident string) (kept hearth.ResidentID, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, resident)
		if err != nil {
			return err
		}
		m, err := a.Identity.Unmerge(ctx, tx, operator(), id)
		kept = m.Kept
		return err
	})
	return kept, err
}
