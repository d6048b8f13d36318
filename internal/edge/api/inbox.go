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

// readItem is a message as its resident reads it.
type readItem struct {
	ID      hearth.MessageID `json:"id"`
	Class   hearth.Class     `json:"class"`
	Channel hearth.Channel   `json:"channel" doc:"The way it went; what is neither portal nor push is a copy."`
	Subject string           `json:"subject"`
	Text    string           `json:"text"`
	Topic   string           `json:"topic,omitempty"`
	Made    time.Time        `json:"made"`
	Shown   *time.Time       `json:"shown,omitempty"`
	Opened  *time.Time       `json:"opened,omitempty"`
}

func readItemOf(m message.Read) readItem {
	return readItem{m.ID, m.Class, m.Channel, m.Subject, m.Body, m.Topic, m.Made.UTC(), instant(m.Shown), instant(m.Opened)}
}

func (a *API) addInbox() {
	const tag = "What residents read"
	add(a, about{http.MethodGet, "/residents/{id}/inbox", tag, "list-inbox", "List what a resident can read",
		"For a portal or an app: messages of the portal, and the texts of notifications, newest first; with copies also what went by mail or any other way. Reading the list marks nothing.",
		account.ScopeRead}, a.listInbox)
	add(a, about{http.MethodPost, "/residents/{id}/inbox", tag, "post-inbox", "Tell what a resident was shown",
		"What was shown is delivered; what was opened is an event on their timeline too. Told again it changes nothing.", account.ScopeTasks}, a.postInbox)
}

// everybody gives all under whom a resident is known.
func (a *API) everybody(ctx context.Context, tx *db.Tx, id string) ([]hearth.ResidentID, error) {
	who, err := a.resident(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	more, err := a.under(ctx, tx, who)
	return append([]hearth.ResidentID{who}, more...), err
}

func (a *API) listInbox(ctx context.Context, in *struct {
	ResidentPath
	Paging
	Copies bool `query:"copies" doc:"Also what went by mail or any other way."`
}) (*list[readItem], error) {
	var all []message.Read
	var next string
	err := a.read(ctx, func(tx *db.Tx) error {
		who, err := a.everybody(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		all, next, err = a.Messages.Reading(ctx, tx, who, in.Copies, in.Cursor, in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, next, readItemOf), nil
}

func (a *API) postInbox(ctx context.Context, in *struct {
	ResidentPath
	Body struct {
		Shown  []hearth.MessageID `json:"shown,omitempty" maxItems:"200" doc:"Stood before them."`
		Opened []hearth.MessageID `json:"opened,omitempty" maxItems:"200" doc:"They opened them."`
	}
}) (*struct{}, error) {
	return nil, a.db.Write(ctx, func(tx *db.Tx) error {
		who, err := a.everybody(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if err := a.Messages.Seen(ctx, tx, actorOf(ctx), who, in.Body.Shown, false); err != nil {
			return err
		}
		return a.Messages.Seen(ctx, tx, actorOf(ctx), who, in.Body.Opened, true)
	})
}
