package web

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/act/message/conversation"
	"hearth/internal/base/db"
)

// saveReply keeps what is in the box for other times, and comes back with it.
func (q *request) saveReply() (outcome, error) {
	id := ""
	if fact := braced(q.field("text")); fact != "" {
		return outcome{}, q.again(bracedWrong(fact))
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		r, err := q.talkStore().Save(ctx, tx, q.actor, conversation.Saved{Property: q.place.ID, Title: q.field("title"), Body: q.field("text")})
		id = r.ID
		return err
	})
	if err != nil {
		return outcome{}, q.again(err)
	}
	return outcome{said: "Saved. It stands under saved replies from now on.", undo: q.savedPath(id) + "/delete", next: q.afterSaved("saved", id)}, nil
}

func (q *request) savedPath(id string) string { return "/conversations/" + q.talkID() + "/saved/" + id }

// afterSaved is where one goes on after a saved reply was changed: where one was.
func (q *request) afterSaved(more ...string) string {
	return inboxPath(q.field("view"), q.talkID(), more...)
}

// savedHere refuses a reply that another property keeps: here nobody sees it.
func (q *request) savedHere(ctx context.Context, tx *db.Tx) error {
	r, err := q.talkStore().SavedReply(ctx, tx, q.PathValue("reply"))
	if err == nil && r.Property != "" && r.Property != q.place.ID {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no such saved reply here.")
	}
	return err
}

// amendReply gives a saved reply other words.
func (q *request) amendReply() (outcome, error) {
	id, before := q.PathValue("reply"), ""
	if fact := braced(q.field("body")); fact != "" {
		return outcome{}, q.inBox(bracedWrong(fact))
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		if err = q.savedHere(ctx, tx); err == nil {
			_, before, err = q.talkStore().Amend(ctx, tx, q.actor, id, q.field("title"), q.field("body"))
		}
		return err
	})
	if err != nil {
		return outcome{}, q.inBox(err)
	}
	return outcome{said: "Changed, for the whole team.", undo: q.savedPath(id) + "/restore?before=" + before, next: q.afterSaved("replies", "1")}, nil
}

// inBox says what is wrong with a change, and puts its words into the box, so that they are not lost.
func (q *request) inBox(wrong error) error {
	return q.againWith(composed{View: q.field("view"), Text: q.field("body"), Wrong: hearth.MessageOf(wrong)}, wrong)
}

func (q *request) dropReply() (outcome, error) {
	id, title := q.PathValue("reply"), ""
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		if err := q.savedHere(ctx, tx); err != nil {
			return err
		}
		r, err := q.talkStore().Remove(ctx, tx, id)
		title = r.Title
		return err
	})
	return outcome{said: "“" + title + "” is deleted, for the whole team.", undo: q.savedPath(id) + "/restore", next: q.afterSaved("replies", "1")}, err
}

func (q *request) bringReply() (outcome, error) {
	title := ""
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		if err := q.savedHere(ctx, tx); err != nil {
			return err
		}
		r, err := q.talkStore().Bring(ctx, tx, q.actor, q.PathValue("reply"), q.field("before"))
		title = r.Title
		return err
	})
	return outcome{said: "“" + title + "” stands as it stood before.", next: q.afterSaved("replies", "1")}, err
}

// braced gives a fact's name that stands in a text as house texts write it. In a letter by hand nobody puts the fact in, so that the
// resident would read the name.
func braced(text string) string {
	_, after, ok := strings.Cut(text, "{{")
	in, _, closed := strings.Cut(after, "}}")
	if !ok || !closed {
		return ""
	}
	return "{{" + short(in, 60) + "}}"
}

func bracedWrong(fact string) error {
	return hearth.FieldErrorf("text", "“%s” would go out as it stands: facts are put into house texts only. Choose one of those below, or write what it means.", fact)
}
