package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// unplacedItem is a text message whose writer is not known for sure.
type unplacedItem struct {
	ID         string              `json:"id"`
	From       string              `json:"from"`
	To         string              `json:"to,omitempty"`
	Text       string              `json:"text"`
	Received   time.Time           `json:"received"`
	Property   hearth.PropertyID   `json:"property,omitempty"`
	Candidates []message.Candidate `json:"candidates" nullable:"false" doc:"Residents with this number."`
	Task       hearth.TaskID       `json:"task,omitempty" doc:"Where a person is asked."`
}

func unplacedOf(u message.Unplaced) unplacedItem {
	x := unplacedItem{u.ID, u.Address, u.SentTo, u.Body, u.Received, u.Property, u.Candidates, u.Task}
	if x.Candidates == nil {
		x.Candidates = []message.Candidate{}
	}
	return x
}

func (a *API) addTexts() {
	const tag = "Text messages that came in"
	add(a, about{http.MethodGet, "/texts-in", tag, "list-texts-in", "List text messages whose writer is not known",
		"What several residents or nobody may have written waits here until a person says. The oldest first.", account.ScopeRead}, a.listUnplaced)
	add(a, about{http.MethodPost, "/texts-in/{id}/place", tag, "place-text-in", "Say who wrote it",
		"It goes into that resident's conversation, with all that waits from the same number. Without a resident: nobody of ours did.", account.ScopeTasks}, a.placeText)
}

func (a *API) listUnplaced(ctx context.Context, in *struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"100"`
}) (*list[unplacedItem], error) {
	var all []message.Unplaced
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, err = a.Messages.Unplaced(ctx, tx, in.Limit)
		return err
	})
	return paged(all, "", unplacedOf), err
}

func (a *API) placeText(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Resident string `json:"resident,omitempty" maxLength:"256" doc:"Left out: no resident wrote it."`
	}
}) (*struct{}, error) {
	return nil, a.db.Write(ctx, func(tx *db.Tx) error {
		whose := hearth.ResidentID("")
		if in.Body.Resident != "" {
			var err error
			if whose, err = a.resident(ctx, tx, in.Body.Resident); err != nil {
				return err
			}
		}
		return a.Texting.Place(ctx, tx, actorOf(ctx), in.ID, whose)
	})
}
