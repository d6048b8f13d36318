package web

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message/conversation"
	"hearth/internal/base/db"
)

// talks gives the store of conversations.
func (q *request) talkStore() *conversation.Store { return q.web.Inbox.Conversations }

func (q *request) talkID() string { return q.PathValue("id") }

// lookAt notes that somebody looks at a conversation, and answers with who else does.
func (q *request) lookAt() (templ.Component, error) {
	if q.staff != "" {
		if err := q.write(func(ctx context.Context, tx *db.Tx) error { return q.talkStore().Saw(ctx, tx, q.talkID(), q.staff) }); err != nil {
			return nil, err
		}
	}
	var l looking
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		t, err := q.web.Inbox.Thread(ctx, tx, q.talkID())
		if err != nil {
			return err
		}
		team, err := q.teamNames(ctx, tx)
		l = q.looking(t, team)
		return err
	})
	return lookingBox(l), err
}

func (q *request) noteOn() (outcome, error) {
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := q.talkStore().AddNote(ctx, tx, q.actor, q.talkID(), q.field("note"))
		return err
	})
	return outcome{said: "Noted for the team. Nobody outside reads it."}, err
}

func (q *request) assignTalk() (outcome, error) {
	to := hearth.StaffID(q.field("to"))
	before := hearth.StaffID("")
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		team, err := q.teamNames(ctx, tx)
		if err != nil {
			return err
		}
		if team[to] == "" && to != "" {
			return hearth.FieldErrorf("to", "There is nobody of that name on the team any more. Choose somebody else.")
		}
		c, err := q.talkStore().Get(ctx, tx, q.talkID())
		if err != nil {
			return err
		}
		before = c.Assigned
		_, err = q.talkStore().Assign(ctx, tx, q.actor, q.talkID(), to)
		return err
	})
	said := "It is theirs now."
	switch to {
	case "":
		said = "It is nobody's again."
	case q.staff:
		said = "It is yours now."
	}
	return outcome{said: said, undo: "/conversations/" + q.talkID() + "/assign?to=" + string(before)}, err
}

func (q *request) snoozeTalk() (outcome, error) {
	until, event := time.Time{}, hearth.EventType("")
	asked := q.field("until")
	if at, err := time.Parse(time.RFC3339, asked); err == nil {
		until = at
	}
	for _, e := range laterEvents() {
		if e[0] == asked {
			event = hearth.EventType(asked)
		}
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := q.talkStore().Snooze(ctx, tx, q.actor, q.talkID(), until, event)
		return err
	})
	return outcome{said: "It sleeps, and comes back by itself; earlier if they write.", undo: "/conversations/" + q.talkID() + "/reopen", next: q.onward()}, err
}

func (q *request) finishTalk() (outcome, error) {
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := q.talkStore().Finish(ctx, tx, q.actor, q.talkID())
		return err
	})
	return outcome{said: "Done. Their next word opens it again.", undo: "/conversations/" + q.talkID() + "/reopen", next: q.onward()}, err
}

func (q *request) reopenTalk() (outcome, error) {
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := q.talkStore().Reopen(ctx, tx, q.actor, q.talkID())
		return err
	})
	return outcome{said: "It is open again.", next: inboxPath(q.viewBefore("open"), q.talkID())}, err
}

// viewBefore is the view of the inbox from which something was done.
func (q *request) viewBefore(otherwise string) string {
	at, err := url.Parse(q.back(""))
	if err != nil || at.Path != "/conversations" {
		return otherwise
	}
	return at.Query().Get("view")
}

// placeUnplaced says who wrote a message, or that no resident did.
func (q *request) placeUnplaced() (outcome, error) {
	if !q.readsAll(q.place.ID) { // whose it is is not known yet, so it is nobody's own
		return outcome{}, hearth.Errorf(hearth.CodeNotFound, "There is no message at this address.")
	}
	who, id := hearth.ResidentID(q.field("resident")), q.PathValue("id")
	if other := q.field("other"); other != "" && q.field("nobody") == "" {
		var err error
		if who, err = q.whoIs(other); err != nil {
			return outcome{}, err
		}
	}
	if who == "" && q.field("nobody") == "" {
		return outcome{}, hearth.FieldErrorf("resident", "Choose who wrote it, or say that no resident did.")
	}
	if q.field("nobody") != "" {
		who = ""
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		if who != "" {
			if at, err := q.propertyOfResident(ctx, tx, who); err != nil || at != q.place.ID {
				return errors.Join(err, hearth.FieldErrorf("resident", "Choose somebody who lives here."))
			}
		}
		switch {
		case q.PathValue("kind") == "text":
			return q.web.Texting.Place(ctx, tx, q.actor, id, who)
		case who == "":
			_, err = q.web.Inbox.Dismiss(ctx, tx, q.actor, id)
		default:
			_, err = q.web.Inbox.Place(ctx, tx, q.actor, id, who)
		}
		return err
	})
	said := "It stands in their conversation now."
	if who == "" {
		said = "Noted that no resident wrote it. It is kept."
	}
	return outcome{said: said}, err
}

// whoIs finds the one resident of the community that a name or a home's number means.
func (q *request) whoIs(words string) (hearth.ResidentID, error) {
	var found []hearth.ResidentID
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		p, err := q.web.Records.SearchIn(ctx, tx, []hearth.PropertyID{q.place.ID}, words, "", 20)
		for _, r := range p.Items {
			found = append(found, r.ID)
		}
		return err
	})
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", hearth.FieldErrorf("other", "Nobody here is called “%s”. Give a name as it is on record, or the number of a home.", words)
	case len(found) > 1:
		return "", hearth.FieldErrorf("other", "“%s” may be %d people. Give the whole name, or the number of the home.", words, len(found))
	}
	return found[0], nil
}

// missing gives what stands in brackets: a fact that somebody has to fill in before the text can go.
func missing(text string) string {
	for rest := text; ; {
		_, after, ok := strings.Cut(rest, "[")
		if !ok {
			return ""
		}
		in, behind, ok := strings.Cut(after, "]")
		if ok && in != "" && len(in) <= 60 && !strings.ContainsAny(in, "\n[") && !strings.HasPrefix(behind, "(") {
			return in
		}
		rest = after
	}
}
