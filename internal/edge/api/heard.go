package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/sense/heard"
	"hearth/internal/sense/heard/proposal"
)

// heardItem is something that a resident was heard to say.
type heardItem struct {
	ID         string           `json:"id"`
	Resident   personItem       `json:"resident" doc:"Whose words they are."`
	Kind       heard.Kind       `json:"kind" enum:"channel,avoid,hours,entry,notice,access,schedule,pets,name,language" doc:"The preference that it would become."`
	Value      string           `json:"value"`
	Ended      bool             `json:"ended,omitempty" doc:"It was said to be so no longer: keeping it takes the preference back."`
	Was        string           `json:"was,omitempty" doc:"The preference when this was proposed: with it, this is a change."`
	Words      string           `json:"words" doc:"The very words."`
	Source     string           `json:"source" doc:"Of the event that the words stand in."`
	Event      string           `json:"event" doc:"That event's id."`
	Type       hearth.EventType `json:"type"`
	Channel    string           `json:"channel,omitempty"`
	Said       time.Time        `json:"said"`
	Confidence float64          `json:"confidence" doc:"From 0 to 1."`
	State      proposal.State   `json:"state" enum:"open,kept,declined,replaced"`
	Made       *time.Time       `json:"made,omitempty"`
	Decided    *time.Time       `json:"decided,omitempty"`
	DecidedBy  string           `json:"decided_by,omitempty"`
}

func (a *API) addHeard() {
	const tag = "Facts heard"
	add(a, about{http.MethodGet, "/heard", tag, "list-heard", "List what residents were heard to say",
		"What they said about how they like to be reached and lived with, and what waits for a person to keep or decline it; with state also what was decided.", account.ScopeRead}, a.listHeard)
	add(a, about{http.MethodGet, "/residents/{id}/heard", tag, "get-heard", "Read what a resident was heard to say",
		"Everything, decided or not, the newest words first. Nothing that tells what somebody is stands here: such sentences are not read.", account.ScopeRead}, a.getHeard)
	add(a, about{http.MethodPost, "/heard/{id}/keep", tag, "keep-heard", "Keep what was heard",
		"It becomes a preference, with its source and the time when it was said. Keeping it again changes nothing.", account.ScopeTasks}, a.keepHeard)
	add(a, about{http.MethodPost, "/heard/{id}/decline", tag, "decline-heard", "Decline what was heard",
		"It is not proposed again. Declining it again changes nothing.", account.ScopeTasks}, a.declineHeard)
}

func (a *API) listHeard(ctx context.Context, in *struct {
	Paging
	State    string            `query:"state" enum:"open,kept,declined,replaced" doc:"Open if left out."`
	Property hearth.PropertyID `query:"property" maxLength:"100" doc:"Only of residents there."`
}) (*list[heardItem], error) {
	if in.Cursor != "" && !strings.HasPrefix(in.Cursor, "hrd_") {
		return nil, wrongCursor()
	}
	state := proposal.State(in.State)
	if state == "" {
		state = proposal.Open
	}
	var items []heardItem
	err := a.read(ctx, func(tx *db.Tx) error {
		found, err := a.Heard.List(ctx, tx, state, in.Property, in.Cursor, in.Limit+1)
		if err != nil {
			return err
		}
		items, err = a.heardItems(ctx, tx, found)
		return err
	})
	if err != nil {
		return nil, err
	}
	next := ""
	if len(items) > in.Limit {
		items = items[:in.Limit]
		next = items[in.Limit-1].ID
	}
	return paged(items, next, func(h heardItem) heardItem { return h }), nil
}

func (a *API) getHeard(ctx context.Context, in *ResidentPath) (*list[heardItem], error) {
	var items []heardItem
	err := a.read(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		person, err := a.seenUnder(ctx, tx, id)
		if err != nil {
			return err
		}
		found, err := a.Heard.Of(ctx, tx, person)
		if err != nil {
			return err
		}
		items, err = a.heardItems(ctx, tx, found)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(items, "", func(h heardItem) heardItem { return h }), nil
}

// heardItems adds who the residents are.
func (a *API) heardItems(ctx context.Context, tx *db.Tx, found []proposal.Proposal) ([]heardItem, error) {
	ids := make([]hearth.ResidentID, len(found))
	for i, p := range found {
		ids[i] = p.Resident
	}
	contacts, err := a.Records.Contacts(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]heardItem, len(found))
	for i, p := range found {
		c := contacts[p.Resident]
		out[i] = heardItem{ID: p.ID, Resident: personItem{ID: p.Resident, Name: c.Name(), UnitLabel: c.UnitLabel}, Kind: p.Kind, Value: p.Value, Ended: p.Ended,
			Was: p.Was, Words: p.Words, Source: p.Source, Event: p.Event, Type: p.Type, Channel: p.Channel, Said: p.Said.UTC(), Confidence: p.Confidence,
			State: p.State, Made: instant(p.Made), Decided: instant(p.Decided), DecidedBy: p.Actor.String()}
	}
	return out, nil
}

// HeardPath names something that was heard, and who of the team decides on it.
type HeardPath struct {
	ID   string `path:"id" maxLength:"100"`
	Body *struct {
		By string `json:"by,omitempty" maxLength:"256" doc:"Who of the team says so: an id, a name or an e-mail address; left out: the program."`
	} `required:"false"`
}

func (a *API) keepHeard(ctx context.Context, in *HeardPath) (*one[heardItem], error) {
	return a.decideHeard(ctx, in, a.Heard.Keep)
}

func (a *API) declineHeard(ctx context.Context, in *HeardPath) (*one[heardItem], error) {
	return a.decideHeard(ctx, in, a.Heard.Decline)
}

func (a *API) decideHeard(ctx context.Context, in *HeardPath,
	decide func(context.Context, *db.Tx, hearth.Actor, string) (proposal.Proposal, error)) (*one[heardItem], error) {
	by := ""
	if in.Body != nil {
		by = in.Body.By
	}
	out := &one[heardItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		actor, err := a.doer(ctx, tx, by)
		if err != nil {
			return err
		}
		p, err := decide(ctx, tx, actor, in.ID)
		if err != nil {
			return err
		}
		items, err := a.heardItems(ctx, tx, []proposal.Proposal{p})
		if err == nil {
			out.Body = items[0]
		}
		return err
	})
	return out, err
}
