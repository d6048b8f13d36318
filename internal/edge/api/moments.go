package api

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
)

// momentItem is a moment of the map.
type momentItem struct {
	Name      string         `json:"name" doc:"As playbooks name it, for example renewal."`
	Emotion   playbook.Level `json:"emotion" enum:"low,middle,high" doc:"How much feeling is in it."`
	Frequency playbook.Level `json:"frequency" enum:"low,middle,high" doc:"How often it comes for a team."`
	Impact    playbook.Level `json:"impact" enum:"low,middle,high" doc:"How much it does to the resident's picture of the place."`
	Why       string         `json:"why,omitempty" maxLength:"500" doc:"A sentence for the team."`
}

// momentFull is a moment with what follows from it.
type momentFull struct {
	momentItem
	Depth   hearth.Depth `json:"depth" enum:"human,playbook,automatic,none" doc:"How much personal effort it gets; it follows from the three levels."`
	Because string       `json:"because" doc:"Why it has this depth."`
}

func (a *API) addMoments() {
	const tag = "Moments"
	add(a, about{http.MethodGet, "/moments", tag, "list-moments", "Read the map of moments",
		"Each moment with emotion, frequency and impact, and the depth that follows. A playbook may not be lighter than a moment for people.", account.ScopeRead}, a.listMoments)
	add(a, about{http.MethodPut, "/moments", tag, "put-moments", "Edit the map of moments",
		"The moments given replace those of the same name, for the organization or for one property. It holds from the next decision on.", account.ScopeAdmin}, a.putMoments)
}

// MomentsOf names whose map is meant.
type MomentsOf struct {
	Property hearth.PropertyID `query:"property" maxLength:"100" doc:"A property with a map of its own; the organization's if left out."`
}

func (a *API) listMoments(ctx context.Context, in *MomentsOf) (*list[momentFull], error) {
	var m *playbook.Moments
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		if err = a.property(ctx, tx, in.Property); err != nil {
			return err
		}
		m, err = playbook.LoadMoments(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(m.List(in.Property), "", momentOf), nil
}

func momentOf(m playbook.Moment) momentFull {
	depth, why := m.Depth()
	return momentFull{momentItem: momentItem(m), Depth: depth, Because: why}
}

func (a *API) putMoments(ctx context.Context, in *struct {
	MomentsOf
	Body struct {
		Moments []momentItem `json:"moments" minItems:"1" maxItems:"200"`
	}
}) (*list[momentFull], error) {
	edits := make([]playbook.Moment, len(in.Body.Moments))
	for i, m := range in.Body.Moments {
		edits[i] = playbook.Moment(m)
	}
	var m *playbook.Moments
	err := a.db.Write(ctx, func(tx *db.Tx) (err error) {
		if err = a.property(ctx, tx, in.Property); err != nil {
			return err
		}
		if err = playbook.PutMoments(ctx, tx, in.Property, edits); err != nil {
			return err
		}
		m, err = playbook.LoadMoments(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(m.List(in.Property), "", momentOf), nil
}

// property fails with CodeNotFound for a property that there is not; "" is every one.
func (a *API) property(ctx context.Context, tx *db.Tx, id hearth.PropertyID) error {
	if id == "" {
		return nil
	}
	_, err := a.Records.Property(ctx, tx, id)
	return err
}
