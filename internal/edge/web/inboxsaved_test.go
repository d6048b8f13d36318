package web

import (
	"context"
	"net/url"
	"regexp"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message/conversation"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// The team makes, changes and deletes its saved replies where it uses them, and each of these can be undone.
func TestASavedReplyIsChangedDeletedAndBroughtBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		r.writes(t, "The lamp is dark")
		talk := conversation.ID(r.ana, "")
		at, here := "/conversations/"+talk, "/conversations?open="+talk
		say := func(path, want string, form url.Values) {
			t.Helper()
			if rec := r.post(t, path, form); toastOf(t, rec) != want {
				t.Fatalf("%s says %q, want %q", path, toastOf(t, rec), want)
			}
		}
		say(at+"/save", "Saved. It stands under saved replies from now on.", url.Values{"title": {"Visita"}, "text": {"Mañana pasa el técnico."}})
		id := regexp.MustCompile(`rpl_[a-z0-9]+`).FindString(r.page(t, here))
		one := at + "/saved/" + id
		say(one, "Changed, for the whole team.", url.Values{"title": {"Visita"}, "body": {"Hoy pasa el técnico."}})
		musts(t, "changed", r.page(t, here+"&replies=1"), "Hoy pasa", "!Mañana pasa", `<details id="inserts" open`)
		var before string
		r.tx(t, func(ctx context.Context, tx *db.Tx) error {
			return tx.Row(ctx, "SELECT id FROM saved_replies WHERE org = $1 AND earlier_of = $2", tx.Org(), id).Scan(&before)
		})
		say(one+"/restore?before="+before, "“Visita” stands as it stood before.", nil)
		musts(t, "undone", r.page(t, here), "Mañana pasa", "!Hoy pasa")
		// What somebody else wrote behind a change is not undone with it.
		clock.Advance(time.Minute)
		say(one, "Changed, for the whole team.", url.Values{"title": {"Visita"}, "body": {"Pasa a las nueve."}})
		r.tx(t, func(ctx context.Context, tx *db.Tx) error {
			if err := tx.Row(ctx, "SELECT id FROM saved_replies WHERE org = $1 AND earlier_of = $2 ORDER BY id DESC LIMIT 1", tx.Org(), id).Scan(&before); err != nil {
				return err
			}
			clock.Advance(time.Minute)
			_, _, err := r.web.Inbox.Conversations.Amend(ctx, tx, hearth.Actor{Kind: "staff", ID: "stf_other"}, id, "Visita", "Pasa a las diez.")
			return err
		})
		musts(t, "both wordings", r.post(t, one+"/restore?before="+before, nil).Body.String(), "changed once more since", "Pasa a las diez.", "Mañana pasa")
		musts(t, "the later words stay", r.page(t, here), "Pasa a las diez.")
		r.tx(t, func(ctx context.Context, tx *db.Tx) error {
			_, _, err := r.web.Inbox.Conversations.Amend(ctx, tx, hearth.Actor{Kind: "staff", ID: "stf_other"}, id, "Visita", "Mañana pasa el técnico.")
			return err
		})
		say(one+"/delete", "“Visita” is deleted, for the whole team.", nil)
		musts(t, "deleted", r.page(t, here), "!"+id, "None yet.")
		musts(t, "changed by another meanwhile", r.post(t, one, url.Values{"title": {"Visita"}, "body": {"Words that took long"}}).Body.String(), "has deleted this saved reply", "Words that took long")
		say(one+"/restore", "“Visita” stands as it stood before.", nil)
		musts(t, "brought back", r.page(t, here), "Mañana pasa")
		musts(t, "another's wording", r.post(t, one+"/restore?before="+id, nil).Body.String(), "There is no saved reply")
		r.tx(t, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE saved_replies SET property = 'prp_other' WHERE org = $1", tx.Org())
			return err
		})
		for _, path := range []string{one, one + "/delete", one + "/restore"} {
			musts(t, "another property's", r.post(t, path, url.Values{"title": {"x"}, "body": {"y"}}).Body.String(), "no such saved reply here")
		}
	})
}

// A fact's name goes neither into a saved reply nor out to a resident: nobody puts the fact in.
func TestAFactsNameDoesNotGoOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newDeskRoom(t, d, clock)
		r.writes(t, "The lamp is dark")
		at := "/conversations/" + conversation.ID(r.ana, "")
		const words = "Hello {{ resident.first_name }}, we come."
		for _, path := range []string{"/save", "/reply"} {
			musts(t, path, r.post(t, at+path, url.Values{"title": {"x"}, "text": {words}}).Body.String(), "would go out as it stands", words)
		}
		musts(t, "nothing saved", r.page(t, "/conversations"), "None yet.")
		for _, m := range r.messages(t) {
			if m.Body == words {
				t.Errorf("%s went out", m.ID)
			}
		}
	})
}
