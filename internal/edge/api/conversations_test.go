package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/inbox"
	"hearth/internal/decide/outlook"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
)

// withInbox gives the bench an inbox and somebody to answer.
func (b *bench) withInbox() {
	b.Helper()
	a := b.api
	templates, err := desk.Load(desk.Shipped())
	b.must(err)
	consents, cares, owners := consent.New(a.Log), care.New(a.Log, a.Records), assign.New(a.Records, a.Tasks)
	d, err := desk.New(desk.Deps{Records: a.Records, Consent: consents, Messages: a.Messages, Tasks: a.Tasks, Decisions: decision.New(), Assign: owners, Templates: templates, Care: cares, Sink: true})
	b.must(err)
	a.Inbox = inbox.New(inbox.Deps{DB: b.db, Log: a.Log, Records: a.Records, Messages: a.Messages, Letters: letterbox.New(), Conversations: conversation.New(rand.Reader), Tasks: a.Tasks,
		Assign: owners, Desk: d, Care: cares, Consent: consents, Signals: a.Signals, Pause: cares.Pause, Node: "test", Logger: slog.New(slog.DiscardHandler)})
	b.write(func(ctx context.Context, tx *db.Tx) error {
		_, _, err := a.Records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: "Maria Sol"})
		return err
	})
}

func (b *bench) comes(raw string) {
	b.Helper()
	_, _, err := b.api.Inbox.Keep(context.Background(), letterbox.Incoming{Source: "test", Rcpt: []string{"office@mail.example"}, Raw: []byte(strings.ReplaceAll(raw, "\n", "\r\n"))})
	b.must(err)
	for _, f := range []func(context.Context) (bool, error){b.api.Inbox.ReadOnce, b.api.Inbox.FollowOnce} {
		_, err := f(context.Background())
		b.must(err)
	}
}

// A person says who wrote a mail, reads the conversation, gives it to somebody, notes, replies, lets it sleep and ends it.
func TestConversations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.withInbox()
		b.api.Outlook = outlook.New(outlook.Deps{Records: b.api.Records, Messages: b.api.Messages, Decisions: b.api.Decisions, Engine: b.api.Engine})
		b.comes("From: somebody@else.example\nSubject: The lamp\n\nThe lamp in the hall is out.\n\nOn Tue, Oak <o@oak.example> wrote:\n> Hello\n")
		var letters struct{ Items []letterItem }
		b.must(json.Unmarshal(b.do(request{"GET", "/api/v1/mail-in", "read", nil, ""}).Body.Bytes(), &letters))
		if len(letters.Items) != 1 || letters.Items[0].Text != "The lamp in the hall is out." || letters.Items[0].State != letterbox.Unplaced {
			t.Fatalf("%+v", letters)
		}
		mail := "/api/v1/mail-in/" + letters.Items[0].ID
		until := clock.Now().Add(24 * time.Hour).Format(time.RFC3339)
		id := conversation.ID(b.ana, "")
		talk := "/api/v1/conversations/" + id
		b.walk(t, []stop{
			{"whole", "GET", mail + "/raw", "read", "", 200, "wrote:", ""},
			{"placed without the right", "POST", mail + "/place", "read", `{"resident":"R-1"}`, 403, "forbidden", ""},
			{"placed with nobody", "POST", mail + "/place", "tasks:write", `{"resident":"nobody"}`, 404, "no resident", ""},
			{"placed", "POST", mail + "/place", "tasks:write", `{"resident":"R-1","by":"Maria Sol"}`, 200, `"state":"done"`, ""},
			{"placed again", "POST", mail + "/place", "tasks:write", `{"resident":"R-1"}`, 200, `"settled_by":"staff/`, ""},
			{"dismissed after all", "POST", mail + "/dismiss", "tasks:write", "", 409, "decided", ""},
			{"nothing waits", "GET", "/api/v1/mail-in", "read", "", 200, `"items":[]`, ""},
			{"no such mail", "GET", "/api/v1/mail-in/eml_none/raw", "read", "", 404, "no mail", ""},
		})
		if _, err := b.api.Inbox.FollowOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.walk(t, []stop{
			{"listed", "GET", "/api/v1/conversations?waits=us&assigned=nobody", "read", "", 200, `"id":"` + id + `"`, ""},
			{"of the resident", "GET", "/api/v1/conversations?resident=R-1&property=" + string(b.property), "read", "", 200, id, ""},
			{"of somebody else", "GET", "/api/v1/conversations?resident=R-2", "read", "", 200, `"items":[]`, ""},
			{"a wrong cursor", "GET", "/api/v1/conversations?cursor=x", "read", "", 422, "cursor", ""},
			{"read", "GET", talk, "read", "", 200, "The lamp in the hall is out.", "wrote:"},
			{"none", "GET", "/api/v1/conversations/cnv_none", "read", "", 404, "no conversation", ""},
			{"assigned to nobody known", "POST", talk + "/assign", "tasks:write", `{"to":"Nobody"}`, 422, "to", ""},
			{"assigned", "POST", talk + "/assign", "tasks:write", `{"to":"Maria Sol"}`, 200, `"assigned":"stf_`, ""},
			{"assigned ones", "GET", "/api/v1/conversations?assigned=nobody", "read", "", 200, `"items":[]`, ""},
			{"an empty note", "POST", talk + "/note", "tasks:write", `{"text":" "}`, 422, "text", ""},
			{"a note", "POST", talk + "/note", "tasks:write", `{"text":"Third time this month.","by":"Maria Sol"}`, 200, "Third time", ""},
			{"with the note", "GET", talk, "read", "", 200, `"notes":[{`, ""},
			{"a reply by the program", "POST", talk + "/reply", "messages:write", `{"text":"We come.","by":""}`, 403, "team", ""},
			{"an empty reply", "POST", talk + "/reply", "messages:write", `{"text":"","by":"Maria Sol"}`, 422, "text", ""},
			{"a reply", "POST", talk + "/reply", "messages:write", `{"text":"We come at nine.","by":"Maria Sol"}`, 200, `"outcome":"sent"`, ""},
			{"they owe the next word", "GET", talk, "read", "", 200, `"waits":"them"`, ""},
			{"on the meter, a person said it", "GET", "/api/v1/properties/" + string(b.property) + "/noise", "read", "", 200, `"sources":{"person":1}`, ""},
			{"the reply in it", "GET", talk, "read", "", 200, `"subject":"Re: The lamp"`, ""},
			{"asleep for nothing", "POST", talk + "/snooze", "tasks:write", `{}`, 422, "until", ""},
			{"asleep until yesterday", "POST", talk + "/snooze", "tasks:write", `{"until":"2020-01-01T00:00:00Z"}`, 422, "past", ""},
			{"asleep for ten years", "POST", talk + "/snooze", "tasks:write", `{"until":"2036-12-31T00:00:00Z"}`, 422, "a year at most", ""},
			{"asleep for an unknown event", "POST", talk + "/snooze", "tasks:write", `{"event":"lamp.mended"}`, 422, "event", ""},
			{"asleep", "POST", talk + "/snooze", "tasks:write", `{"until":"` + until + `","event":"workorder.completed"}`, 200, `"state":"snoozed"`, ""},
			{"open again", "POST", talk + "/reopen", "tasks:write", "", 200, `"state":"open"`, ""},
			{"done", "POST", talk + "/done", "tasks:write", `{"by":"Maria Sol"}`, 200, `"state":"done"`, ""},
			{"not in the list", "GET", "/api/v1/conversations", "read", "", 200, `"items":[]`, ""},
			{"among what is done", "GET", "/api/v1/conversations?state=done", "read", "", 200, id, ""},
			{"a saved reply", "POST", "/api/v1/saved-replies", "tasks:write", `{"title":"Lamp","body":"We come and look.","by":"Maria Sol"}`, 200, `"id":"rpl_`, ""},
			{"one for no property", "POST", "/api/v1/saved-replies", "tasks:write", `{"title":"Lamp","body":"x","property":"prp_none"}`, 404, "", ""},
			{"saved replies", "GET", "/api/v1/saved-replies?property=" + string(b.property), "read", "", 200, "We come and look.", ""},
			{"a change to none", "PUT", "/api/v1/saved-replies/rpl_none", "tasks:write", `{"title":"x","body":"y"}`, 404, "rpl_none", ""},
			{"none taken away", "DELETE", "/api/v1/saved-replies/rpl_none", "tasks:write", "", 404, "rpl_none", ""},
			{"taken away without the right", "DELETE", "/api/v1/saved-replies/rpl_none", "read", "", 403, "", ""},
			{"none given back", "POST", "/api/v1/saved-replies/rpl_none/restore", "tasks:write", "", 404, "rpl_none", ""},
			{"no household", "GET", "/api/v1/households/hhd_none/messages", "read", "", 404, "", ""},
		})
		// Notes are in nothing that goes out.
		var sent []message.Message
		b.write(func(ctx context.Context, tx *db.Tx) (err error) {
			sent, _, err = b.api.Messages.List(ctx, tx, message.Filter{Direction: message.Out}, "", 100)
			return err
		})
		for _, m := range sent {
			if strings.Contains(m.Subject+m.Body, "Third time") {
				t.Errorf("a note stands in message %s", m.ID)
			}
		}
	})
}

// stop is one request of a walk.
type stop struct {
	name, method, path, scope, body string
	status                          int
	must, mustNot                   string
}

func (b *bench) walk(t *testing.T, stops []stop) {
	t.Helper()
	for _, c := range stops {
		rec := b.do(request{c.method, c.path, c.scope, map[string]string{"Content-Type": "application/json"}, c.body})
		if body := rec.Body.String(); rec.Code != c.status || !strings.Contains(body, c.must) || c.mustNot != "" && strings.Contains(body, c.mustNot) {
			t.Errorf("%s: %d %s, want %d with %s", c.name, rec.Code, body, c.status, c.must)
		}
	}
}
