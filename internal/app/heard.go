package app

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/web"
	"hearth/internal/sense/heard"
	"hearth/internal/sense/heard/fit"
	"hearth/internal/sense/heard/proposal"
)

// HeardLine is something that a resident was heard to say.
type HeardLine struct {
	ID         string            `json:"id"`
	Resident   hearth.ResidentID `json:"resident"`
	Name       string            `json:"name"`
	Kind       string            `json:"kind"`
	Value      string            `json:"value"`
	Ended      bool              `json:"ended,omitempty"` // so no longer
	Was        string            `json:"was,omitempty"`   // what keeping it would change
	Words      string            `json:"words"`
	Type       hearth.EventType  `json:"type"` // of the event that the words stand in
	Said       string            `json:"said"` // RFC 3339
	Confidence float64           `json:"confidence"`
	State      string            `json:"state"`
}

// Heard reads what residents said meanwhile and lists what waits for a decision, of one property if it is named by id or
// name; of one resident everything, decided or not.
func (a *App) Heard(ctx context.Context, resident, property string) ([]HeardLine, error) {
	for more := true; more; {
		var err error
		if more, err = a.Hearing.RunOnce(ctx); err != nil {
			return nil, err
		}
	}
	var found []proposal.Proposal
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if resident == "" {
			var at hearth.PropertyID
			if property != "" {
				if at, err = a.propertyCalled(ctx, tx, property); err != nil {
					return err
				}
			}
			found, err = a.Hearing.List(ctx, tx, proposal.Open, at, "", maxProposals)
			return err
		}
		id, err := a.resident(ctx, tx, resident)
		if err != nil {
			return err
		}
		person, err := a.Records.PersonOf(ctx, tx, id)
		if err != nil {
			return err
		}
		found, err = a.Hearing.Of(ctx, tx, person)
		return err
	})
	if err != nil {
		return nil, err
	}
	ids := make([]hearth.ResidentID, len(found))
	for i, p := range found {
		ids[i] = p.Resident
	}
	who, err := a.Who(ctx, ids)
	lines := make([]HeardLine, len(found))
	for i, p := range found {
		lines[i] = HeardLine{ID: p.ID, Resident: p.Resident, Name: who[p.Resident], Kind: string(p.Kind), Value: p.Value, Ended: p.Ended, Was: p.Was, Words: p.Words,
			Type: p.Type, Said: p.Said.UTC().Format("2006-01-02T15:04:05Z"), Confidence: p.Confidence, State: string(p.State)}
	}
	return lines, err
}

// DecideHeard keeps or declines something that was heard, for somebody of the team if one is named.
func (a *App) DecideHeard(ctx context.Context, as, id string, keep bool) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		actor, err := a.actor(ctx, tx, as)
		if err != nil {
			return err
		}
		if keep {
			_, err = a.Hearing.Keep(ctx, tx, actor, id)
		} else {
			_, err = a.Hearing.Decline(ctx, tx, actor, id)
		}
		return err
	})
}

// proposed counts what waits for a person's word.
func (a *App) proposed(ctx context.Context, tx *db.Tx) (p web.Proposed, err error) {
	if p.People, err = a.Identity.Waiting(ctx, tx); err != nil {
		return p, err
	}
	p.Heard, err = a.Hearing.Waiting(ctx, tx)
	return p, err
}

// EvaluateHeard measures how well facts are heard: on the sentences that come with Hearth, or on those of files.
func EvaluateHeard(paths []string, column string) ([]fit.Measure, error) {
	var corpora []fit.Corpus
	if len(paths) == 0 {
		var err error
		if corpora, err = fit.Shipped(); err != nil {
			return nil, err
		}
	}
	for _, path := range paths {
		c, err := fit.Load(path, column)
		if err != nil {
			return nil, err
		}
		corpora = append(corpora, c)
	}
	r := heard.New()
	out := make([]fit.Measure, len(corpora))
	for i, c := range corpora {
		out[i] = fit.Evaluate(r, c)
	}
	return out, nil
}
