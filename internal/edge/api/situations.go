package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/care"
)

// careItem is what everybody may see of a resident's situation.
type careItem struct {
	Words string     `json:"words" doc:"Handle with care."`
	Until *time.Time `json:"until,omitempty" doc:"When it ends by itself; left out: it does not."`
}

// situationItem is a situation. Kind, reason and who set it are sealed.
type situationItem struct {
	ID     string     `json:"id"`
	Words  string     `json:"words" doc:"Handle with care."`
	Set    *time.Time `json:"set"`
	Until  *time.Time `json:"until,omitempty" doc:"When it ends by itself; left out: it does not."`
	Ended  *time.Time `json:"ended,omitempty" doc:"When a person ended it, or its date came."`
	Kind   care.Kind  `json:"kind,omitempty" doc:"Only for a token with the scope situations:reason, and for who set it."`
	Reason string     `json:"reason,omitempty" doc:"As kind. Each reading is recorded."`
	SetBy  string     `json:"set_by,omitempty" doc:"As kind."`
}

const handle = "Handle with care"

func (a *API) addSituations() {
	const tag = "Situations"
	add(a, about{http.MethodGet, "/residents/{id}/situations", tag, "list-situations", "Read a resident's situations",
		"That there is one and until when. What it is, why and who set it is shown to tokens with the scope situations:reason, which admin does not include, and recorded.",
		account.ScopeRead}, a.listSituations)
	add(a, about{http.MethodPost, "/residents/{id}/situations", tag, "post-situation", "Set a situation",
		"Bereavement, hospital, dispute: what can wait is held. Away: visits too. Death stops everything automatic for this resident at once, for good. " +
			"The others end by themselves after their last day.", account.ScopeTasks}, a.postSituation)
	add(a, about{http.MethodDelete, "/residents/{id}/situations/{situation}", tag, "end-situation", "End a situation",
		"What was held is looked at again, one by one. Ending it again changes nothing.", account.ScopeTasks}, a.endSituation)
}

// careOf gives what everybody may see; nil when there is nothing.
func (a *API) careOf(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (*careItem, error) {
	n, err := a.Engine.Care.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	x, ok := n.Situation(id, tx.Now())
	if !ok {
		return nil, nil
	}
	return &careItem{Words: handle, Until: instant(x.Until)}, nil
}

func situationOf(x care.Situation, now time.Time) situationItem {
	item := situationItem{ID: x.ID, Words: handle, Set: instant(x.Set), Until: instant(x.Until), Ended: instant(x.Ended)}
	if x.Ended.IsZero() && x.Over(now) {
		item.Ended = instant(x.Until)
	}
	return item
}

func (a *API) listSituations(ctx context.Context, in *ResidentPath) (*list[situationItem], error) {
	var items []situationItem
	// A reading of what is sealed is a record, so this writes.
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		items = nil
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		all, err := a.Engine.Care.Of(ctx, tx, id)
		if err != nil {
			return err
		}
		reader := care.Reader{Actor: actorOf(ctx), Scope: maySealed(ctx)}
		for _, x := range all {
			item := situationOf(x, tx.Now())
			if reader.MayRead(x) {
				if item.Reason, err = a.Engine.Care.Reason(ctx, tx, reader, x); err != nil {
					return err
				}
				item.Kind, item.SetBy = x.Kind, x.SetBy.String()
			}
			items = append(items, item)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return paged(items, "", func(s situationItem) situationItem { return s }), nil
}

func (a *API) postSituation(ctx context.Context, in *struct {
	ResidentPath
	Body struct {
		Kind   care.Kind `json:"kind" enum:"bereavement,hospital,away,dispute,death"`
		Until  string    `json:"until,omitempty" maxLength:"40" doc:"The last day, such as 2026-12-31, or a time. Needed for all but death."`
		Reason string    `json:"reason,omitempty" maxLength:"2000" doc:"Sealed: no list, event or decision says it."`
		By     string    `json:"by,omitempty" maxLength:"200" doc:"Who of the team sets it, by id, name or e-mail; left out: the program."`
	}
}) (*one[situationItem], error) {
	out := &one[situationItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		who, err := a.doer(ctx, tx, in.Body.By)
		if err != nil {
			return err
		}
		res, err := a.Records.Resident(ctx, tx, id)
		if err != nil {
			return err
		}
		until, err := a.Engine.Last(ctx, tx, in.Body.Until, res.Property)
		if err != nil {
			return err
		}
		x, err := a.Engine.SetSituation(ctx, tx, who, care.Told{Resident: id, Kind: in.Body.Kind, Until: until, Reason: in.Body.Reason})
		out.Body = situationOf(x, tx.Now())
		return err
	})
	return out, err
}

func (a *API) endSituation(ctx context.Context, in *struct {
	ResidentPath
	Situation string `path:"situation" maxLength:"100"`
}) (*one[situationItem], error) {
	out := &one[situationItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		all, err := a.Engine.Care.Of(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, x := range all {
			if x.ID != in.Situation {
				continue
			}
			x, err = a.Engine.Care.End(ctx, tx, actorOf(ctx), x.ID)
			out.Body = situationOf(x, tx.Now())
			return err
		}
		return hearth.Errorf(hearth.CodeNotFound, "This resident has no such situation.")
	})
	return out, err
}

// maySealed tells whether the sender may read what is sealed.
func maySealed(ctx context.Context) bool {
	s, _ := ctx.Value(senderKey{}).(sender)
	return s.sealed
}
