package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

// What a resident wrote in their language is put into the team's by the assistant: beside it and marked, kept nowhere, with what stands in the box left alone. Of a coordinator's conversation
// nothing goes to a model, and no button says that it could.
func TestWhatAResidentWroteIsTranslated(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newTextRoom(t, d, clock)
		const theirs = "Soy Ana Ruiz. El grifo <b>gotea</b> otra vez."
		r.writes(t, theirs)
		at := "/conversations/" + r.talk
		musts(t, "without an assistant", r.page(t, "/conversations?open="+r.talk), "!Translate into English")
		m := r.helped(t, func(s string) string {
			return strings.NewReplacer("Soy", "I am", "El grifo", "The tap", "gotea", "drips", "otra vez", "again").Replace(s)
		})
		id := ""
		for _, msg := range r.messages(t) {
			if msg.Direction == message.In && msg.Body == theirs {
				id = string(msg.ID)
			}
		}
		musts(t, "with one", r.page(t, "/conversations?open="+r.talk), "Translate into English", `value="read:`+id+`"`)
		before := len(r.messages(t))
		rec := r.post(t, at+"/assist", url.Values{"do": {"read:" + id}, "text": {"My half of an answer"}})
		if rec.Code != http.StatusOK {
			t.Fatalf("answered %d", rec.Code)
		}
		musts(t, "translated", rec.Body.String(), "I am Ana Ruiz. The tap", "drips", "El grifo &lt;b&gt;gotea&lt;/b&gt; otra vez.", "Translated by the writing assistant (small-1)", "What counts is what they wrote", "My half of an answer", `!name="helped" value="small-1"`)
		if seen := strings.Join(m.asked, "\n"); strings.Contains(seen, "Ana") || strings.Contains(seen, "Ruiz") || !strings.Contains(seen, "grifo") {
			t.Errorf("the model saw %s", seen)
		}
		musts(t, "looked at again", r.page(t, "/conversations?open="+r.talk), "!Translated by the writing assistant")
		if got := len(r.messages(t)); got != before {
			t.Errorf("there are %d messages, and were %d", got, before)
		}
		m.mu.Lock()
		m.answer, m.asked = func(string) string { return "See https://evil.example" }, nil
		m.mu.Unlock()
		musts(t, "led astray", r.post(t, at+"/assist", url.Values{"do": {"read:" + id}}).Body.String(), "put in an address or a number", "El grifo", "!evil.example")
		if rec := r.post(t, at+"/assist", url.Values{"do": {"read:msg_none"}}); rec.Code != http.StatusNotFound {
			t.Errorf("no message answers %d", rec.Code)
		}
		r.tx(t, func(ctx context.Context, tx *db.Tx) error {
			who, err := r.web.Records.Resident(ctx, tx, r.ana)
			if err != nil {
				return err
			}
			cora, _, err := r.web.Records.PutStaff(ctx, tx, record.News{}, record.Staff{Name: "Cora Lind", Roles: []record.StaffRole{{Property: who.Property, Role: hearth.RoleCoordinator}}})
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `UPDATE conversations SET assigned = $1 WHERE org = $2 AND id = $3`, string(cora.ID), tx.Org(), r.talk)
			return err
		})
		m.mu.Lock()
		m.asked = nil
		m.mu.Unlock()
		musts(t, "a coordinator's", r.page(t, "/conversations?open="+r.talk), "!Translate into English")
		rec = r.post(t, at+"/assist", url.Values{"do": {"read:" + id}})
		if rec.Code != http.StatusNotFound || len(m.asked) != 0 {
			t.Errorf("a coordinator's conversation answers %d, and the model was asked %v", rec.Code, m.asked)
		}
		for _, do := range []string{"draft", "simplify", "translate"} {
			if rec = r.post(t, at+"/assist", url.Values{"do": {do}, "text": {"We come tomorrow."}}); rec.Code != http.StatusNotFound || len(m.asked) != 0 {
				t.Errorf("%s in a coordinator's conversation answers %d, and the model was asked %v", do, rec.Code, m.asked)
			}
		}
	})
}
