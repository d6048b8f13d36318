package api

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// SavedOf names a saved reply in the path.
type SavedOf struct {
	ID string `path:"id" maxLength:"64" doc:"The saved reply's id."`
}

func (a *API) addSavedOnes(tag string) {
	add(a, about{http.MethodPut, "/saved-replies/{id}", tag, "put-saved-reply", "Give a saved reply other words", "The answer names, as before, what it said until now: restore takes that.", account.ScopeTasks}, a.amendReply)
	add(a, about{http.MethodDelete, "/saved-replies/{id}", tag, "delete-saved-reply", "Take a saved reply away", "It stands in no list any more; replies that were sent with it stay as they are.", account.ScopeTasks}, a.dropReply)
	add(a, about{http.MethodPost, "/saved-replies/{id}/restore", tag, "restore-saved-reply", "Give a saved reply back that was taken away, or its words of before", "Without before it stands in the lists again, with the words it had.", account.ScopeTasks}, a.bringReply)
}

func (a *API) amendReply(ctx context.Context, in *struct {
	SavedOf
	Body struct {
		Title string `json:"title" maxLength:"200"`
		Body  string `json:"body" maxLength:"16384"`
		By    string `json:"by,omitempty" maxLength:"256" doc:"Who of the team changes it; left out: the program."`
	}
}) (*one[savedItem], error) {
	return a.savedChange(ctx, func(tx *db.Tx, out *savedItem) error {
		who, err := a.doer(ctx, tx, in.Body.By)
		if err != nil {
			return err
		}
		r, before, err := a.Inbox.Conversations.Amend(ctx, tx, who, in.ID, in.Body.Title, in.Body.Body)
		*out = savedOf(r)
		out.Before = before
		return err
	})
}

func (a *API) dropReply(ctx context.Context, in *SavedOf) (*one[savedItem], error) {
	return a.savedChange(ctx, func(tx *db.Tx, out *savedItem) error {
		r, err := a.Inbox.Conversations.Remove(ctx, tx, in.ID)
		*out = savedOf(r)
		return err
	})
}

func (a *API) bringReply(ctx context.Context, in *struct {
	SavedOf
	Before string `query:"before" maxLength:"64" doc:"Words that it had before, as the change of them named them."`
}) (*one[savedItem], error) {
	return a.savedChange(ctx, func(tx *db.Tx, out *savedItem) error {
		r, err := a.Inbox.Conversations.Bring(ctx, tx, hearth.Actor{}, in.ID, in.Before)
		*out = savedOf(r)
		return err
	})
}

func (a *API) savedChange(ctx context.Context, do func(tx *db.Tx, out *savedItem) error) (*one[savedItem], error) {
	out := &one[savedItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error { return do(tx, &out.Body) })
	return out, err
}
