package api

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/broadcast"
	"hearth/internal/fact/account"
)

// jointItem is one broadcast to several properties: a broadcast at each of them.
type jointItem struct {
	ID        string          `json:"id"`
	Parts     []broadcastItem `json:"parts" nullable:"false" doc:"One for each property. A part can be read, approved and stopped alone, like any broadcast; it is sent with the whole."`
	TakenBack *int            `json:"taken_back,omitempty" doc:"After a stop: how many messages it took back."`
}

// jointForecast is what the desk would do with it now.
type jointForecast struct {
	All   broadcastForecast `json:"all" doc:"Altogether. Whether a second person is needed is counted over all properties."`
	Parts []partForecast    `json:"parts" nullable:"false"`
}

type partForecast struct {
	Property  hearth.PropertyID `json:"property"`
	Broadcast string            `json:"broadcast" doc:"The part's id."`
	Forecast  broadcastForecast `json:"forecast"`
}

func (a *API) addJoints(tag string) {
	add(a, about{http.MethodPost, "/joint-broadcasts", tag, "make-joint-broadcast", "Write a broadcast to several properties",
		"A draft at each of them, with one text: nothing is sent. Each goes by its own property's hours, zone, budget and team.", account.ScopeMessages}, a.makeJoint)
	add(a, about{http.MethodGet, "/joint-broadcasts/{id}", tag, "get-joint-broadcast", "Read a broadcast to several properties and what came of it at each", "", account.ScopeRead}, a.getJoint)
	add(a, about{http.MethodPost, "/joint-broadcasts/{id}/foretell", tag, "foretell-joint-broadcast", "Foretell a broadcast to several properties",
		"Asks the desk about everybody who is meant, and takes everything back: altogether and for each property.", account.ScopeMessages}, a.foretellJoint)
	add(a, about{http.MethodPost, "/joint-broadcasts/{id}/send", tag, "send-joint-broadcast", "Send a broadcast to several properties",
		"All parts begin, or none. Above the number of the setting second-person-over, counted over all of them, they wait for another token's yes.", account.ScopeMessages}, a.sendJoint)
	add(a, about{http.MethodPost, "/joint-broadcasts/{id}/approve", tag, "approve-joint-broadcast", "Say yes as the second person to all parts", "Not by the token that sent it.", account.ScopeMessages}, a.approveJoint)
	add(a, about{http.MethodPost, "/joint-broadcasts/{id}/stop", tag, "stop-joint-broadcast", "Stop a broadcast at all its properties",
		"Nobody else is put to the desk, and what has not left the house is taken back.", account.ScopeMessages}, a.stopJoint)
}

// everywhere is what a token may: its scopes hold at every property.
func everywhere(hearth.PropertyID) bool { return true }

func jointItemOf(j broadcast.Joint) jointItem {
	out := jointItem{ID: j.ID}
	for _, p := range j.Parts {
		out.Parts = append(out.Parts, broadcastItemOf(p.Broadcast))
	}
	return out
}

func (a *API) makeJoint(ctx context.Context, in *struct {
	Body struct {
		Properties []hearth.PropertyID `json:"properties" minItems:"2" maxItems:"200" nullable:"false" doc:"At least two. The audience is everybody who lives there, or a segment."`
		BroadcastPlan
	}
}) (*one[jointItem], error) {
	j, err := a.Broadcasts.MakeJoint(ctx, actorOf(ctx), in.Body.plan(), in.Body.Properties, everywhere)
	if err != nil {
		return nil, err
	}
	return &one[jointItem]{jointItemOf(j)}, nil
}

func (a *API) getJoint(ctx context.Context, in *BroadcastOf) (*one[jointItem], error) {
	var out jointItem
	err := a.read(ctx, func(tx *db.Tx) error {
		j, err := a.Broadcasts.Joint(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		out = jointItemOf(j)
		for i, p := range j.Parts {
			r, err := a.Broadcasts.Outcome(ctx, tx, p.Broadcast)
			if err != nil {
				return err
			}
			out.Parts[i].Result = resultItem(r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &one[jointItem]{out}, nil
}

func (a *API) foretellJoint(ctx context.Context, in *BroadcastOf) (*one[jointForecast], error) {
	j, f, err := a.Broadcasts.ForetellJoint(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := jointForecast{All: forecastItem(f.All)}
	for i, p := range j.Parts {
		out.Parts = append(out.Parts, partForecast{Property: p.Property, Broadcast: p.ID, Forecast: forecastItem(f.Parts[i])})
	}
	return &one[jointForecast]{out}, nil
}

func (a *API) sendJoint(ctx context.Context, in *BroadcastOf) (*one[jointItem], error) {
	j, err := a.Broadcasts.SendJoint(ctx, actorOf(ctx), in.ID, everywhere)
	if err != nil {
		return nil, err
	}
	a.Log.Bell().Ring()
	return &one[jointItem]{jointItemOf(j)}, nil
}

func (a *API) approveJoint(ctx context.Context, in *BroadcastOf) (*one[jointItem], error) {
	j, err := a.Broadcasts.ApproveJoint(ctx, actorOf(ctx), in.ID, everywhere)
	if err != nil {
		return nil, err
	}
	a.Log.Bell().Ring()
	return &one[jointItem]{jointItemOf(j)}, nil
}

func (a *API) stopJoint(ctx context.Context, in *BroadcastOf) (*one[jointItem], error) {
	j, taken, err := a.Broadcasts.StopJoint(ctx, actorOf(ctx), in.ID, everywhere)
	if err != nil {
		return nil, err
	}
	item := jointItemOf(j)
	item.TakenBack = &taken
	return &one[jointItem]{item}, nil
}
