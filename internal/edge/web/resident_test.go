package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// anaOf settles Ana with a phone number and a message of hers, and gives her id.
func anaOf(t *testing.T, b *bench) hearth.ResidentID {
	t.Helper()
	var id hearth.ResidentID
	err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		people, err := b.web.Records.Search(t.Context(), tx, "ana", "", 1)
		if err != nil {
			return err
		}
		ana := people.Items[0]
		id = ana.ID
		if _, err := b.web.Records.PutDetail(t.Context(), tx, record.News{}, id, "phone", "608 555 0147"); err != nil {
			return err
		}
		_, err = b.web.Log.Append(t.Context(), tx, &hearth.Event{ID: "m1", Source: "mail", Type: "message.received", Subject: hearth.Subject{Kind: "resident", ID: string(id)}, Property: ana.Property,
			Residents: []hearth.ResidentID{id}, Time: tx.Now(), Data: []byte(`{"channel":"email","text":"The leak is back again and nobody answers. <script>alert(1)</script>"}`)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAResidentsPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		deskOf(t, b)
		ana := anaOf(t, b)
		if err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := b.web.Records.PutDetail(t.Context(), tx, record.News{}, ana, "email", "ana@example.org")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		at := "/residents/" + string(ana)
		page := func(q string) string { return b.get(t, at+q, "").Body.String() }
		has := func(what, body string, must ...string) {
			t.Helper()
			for _, m := range must {
				if !strings.Contains(body, m) {
					t.Errorf("%s: %q is missing", what, m)
				}
			}
		}
		first := page("")
		has("the page", first, "Ana Ruiz", "4B", "lease to", "••• ••• 47", "The leak is back again", "sounds upset", "Held: quiet hours.", "I talked with", "Nobody yet")
		if strings.Contains(first, "555") || strings.Contains(first, "<script>alert") {
			t.Error("the number is shown, or their words are run")
		}
		if n, covered := strings.Count(first, "Uncovering is noted"), strings.Count(first, "Uncover: "); n != 1 || covered != 2 {
			t.Errorf("%d can be uncovered, and that it is noted stands there %d times", covered, n)
		}
		if only := page("?see=repairs"); strings.Contains(only, "The leak is back again") {
			t.Error("repairs show a message")
		}
		// Uncovering leaves a trace.
		shown := b.post(t, at+"/reveal", url.Values{"what": {"phone"}}).Body.String()
		has("uncovered", shown, "(608) 555-0147")
		after := page("")
		has("the trace", after, "Dana Weiss uncovered the telephone number")
		if strings.Contains(after, "0147") {
			t.Error("it stays uncovered")
		}
		// Facts are corrected in place, and what they were is kept.
		for _, v := range []string{"one cat", "two cats"} {
			clock.Advance(time.Minute)
			if rec := b.post(t, at+"/facts", url.Values{"name": {"pets"}, "value": {v}}); rec.Code != http.StatusSeeOther {
				t.Fatalf("corrected: %d", rec.Code)
			}
		}
		has("a fact", page(""), "two cats", "Dana Weiss,", "one cat")
		has("the form", page("?edit=pets"), `name="value"`, "Correct it")
		has("the form for something else, which a refusal leads back to", page("?edit=new"), `name="back" value="`+at+`?edit=new"`)
		if rec := b.post(t, at+"/facts", url.Values{"name": {"email"}, "value": {"none"}, "back": {at}}); !strings.Contains(toastOf(t, rec), "no e-mail address") {
			t.Errorf("a wrong address: %q", toastOf(t, rec))
		}
		// A talk is noted, and can be taken back for a moment.
		tend := func() {
			clock.Advance(record.MetBackWithin)
			if _, err := b.web.Records.TendMet(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		b.post(t, at+"/met", url.Values{"kind": {"call"}})
		if rec := b.post(t, at+"/unmet?kind=call", nil); !strings.Contains(toastOf(t, rec), "Taken back") {
			t.Errorf("undo said %q", toastOf(t, rec))
		}
		tend()
		if strings.Contains(page(""), "Dana Weiss: a call") {
			t.Error("what was taken back is there")
		}
		b.post(t, at+"/met", nil)
		tend()
		has("a talk", page(""), "Dana Weiss: a conversation", "1 time, last a conversation")
		// A promise is said to be kept, which can be taken back, and said once.
		id, due := anaOf(t, b), clock.Now().Add(-48*time.Hour).UTC().Format(time.RFC3339)
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			return b.web.Tasks.Restate(t.Context(), tx, hearth.Actor{Kind: "staff", ID: "stf_dana"}, id, "p1", due, "a new lamp")
		}); err != nil {
			t.Fatal(err)
		}
		has("a promise", page(""), "What we promised", "a new lamp", "Kept: a new lamp")
		kept := url.Values{"promise": {"p1"}, "how": {"kept"}}
		b.post(t, at+"/promise", kept)
		if strings.Contains(page(""), "Kept: a new lamp") {
			t.Error("what was kept is still open")
		}
		if rec := b.post(t, at+"/promise", kept); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "before you") {
			t.Errorf("kept twice: %d", rec.Code)
		}
		clock.Advance(time.Second)
		b.post(t, at+"/promise?"+url.Values{"promise": {"p1"}, "how": {"open"}, "due": {"never"}, "text": {"a car"}}.Encode(), nil)
		has("a promise that was taken back", page(""), "Kept: a new lamp")
		for how, code := range map[string]int{"open": http.StatusUnprocessableEntity, "perhaps": http.StatusUnprocessableEntity} {
			if rec := b.post(t, at+"/promise", url.Values{"promise": {"p1"}, "how": {how}}); rec.Code != code {
				t.Errorf("%s of an open promise: %d", how, rec.Code)
			}
		}
		if rec := b.post(t, at+"/promise", url.Values{"promise": {"p2"}, "how": {"kept"}}); rec.Code != http.StatusNotFound {
			t.Errorf("a promise that nobody made: %d", rec.Code)
		}
		clock.Advance(time.Second)
		b.post(t, at+"/promise", url.Values{"promise": {"p1"}, "how": {"missed"}})
		if strings.Contains(page(""), "Kept: a new lamp") {
			t.Error("what was missed is still open")
		}
		if rec := b.get(t, "/residents/res_nobody", ""); rec.Code != http.StatusNotFound {
			t.Errorf("nobody: %d", rec.Code)
		}
	})
}

// A timeline of ten thousand entries is paged, each entry once.
func TestALongTimeline(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	id := anaOf(t, b)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		people, err := b.web.Records.Contacts(t.Context(), tx, []hearth.ResidentID{id})
		if err != nil {
			return err
		}
		evs := make([]*hearth.Event, 10_000)
		kinds := []string{`{"kind":"package"}`, `{"kind":"event"}`} // in turn: the same side by side would be one line
		for i := range evs {
			evs[i] = &hearth.Event{ID: time.Duration(i).String(), Source: "door", Type: "visit.recorded", Subject: hearth.Subject{Kind: "resident", ID: string(id)}, Property: people[id].Property,
				Residents: []hearth.ResidentID{id}, Time: tx.Now().Add(-time.Duration(i) * time.Minute), Data: []byte(kinds[i%2])}
		}
		_, err = b.web.Log.Append(t.Context(), tx, evs...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	at := "/residents/" + string(id)
	seen := map[string]bool{}
	for range 3 {
		body := b.get(t, at, "").Body.String()
		for _, part := range strings.Split(body, `class="moment" data-id="`)[1:] {
			entry, _, _ := strings.Cut(part, `"`)
			if seen[entry] {
				t.Errorf("%s stands on two pages", entry)
			}
			seen[entry] = true
		}
		_, rest, ok := strings.Cut(body, `rel="next"`)
		_ = rest
		if !ok {
			t.Fatal("there is no way to older entries")
		}
		before := body[:strings.Index(body, `rel="next"`)]
		href := before[strings.LastIndex(before, `href="`)+6:]
		at = strings.ReplaceAll(href[:strings.IndexByte(href, '"')], "&amp;", "&")
	}
	if len(seen) < 3*momentsShown {
		t.Errorf("three pages show %d entries", len(seen))
	}
}

// Of a playbook that starts for a worry, and of the worry, nothing is told to whom it is closed.
func TestAWorryIsNotOnAResidentsPage(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	id := anaOf(t, b)
	err := d.Write(t.Context(), func(tx *db.Tx) error { return worry(t.Context(), tx, b, id) })
	if err != nil {
		t.Fatal(err)
	}
	body := b.get(t, "/residents/"+string(id), "").Body.String()
	if strings.Contains(body, "neighbour") || strings.Contains(strings.ToLower(body), "worried") || strings.Contains(body, "welfare") {
		t.Error("the worry stands on the page")
	}
	if eventlog.Closed("welfare.concern") == false || playbook.ClosedWords == "" {
		t.Error("nothing is closed any more: this test proves nothing")
	}
	if rec := b.get(t, "/residents/"+string(id), b.tokens[account.ScopeRead]); rec.Code != http.StatusOK {
		t.Errorf("%d", rec.Code)
	}
}

func worry(ctx context.Context, tx *db.Tx, b *bench, id hearth.ResidentID) error {
	people, err := b.web.Records.Contacts(ctx, tx, []hearth.ResidentID{id})
	if err != nil {
		return err
	}
	_, err = b.web.Log.Append(ctx, tx, &hearth.Event{ID: "w1", Source: "worry-test", Type: "welfare.concern", Subject: hearth.Subject{Kind: "resident", ID: string(id)}, Property: people[id].Property,
		Residents: []hearth.ResidentID{id}, Time: tx.Now(), Data: []byte(`{"raised_by":"neighbour"}`)})
	if err != nil {
		return err
	}
	return b.web.Decisions.Insert(ctx, tx, []decision.Decision{{ID: "dec_open", Resident: id, Property: people[id].Property, At: tx.Now(), Stage: "trigger", Outcome: "started", Reason: "An open reason."}})
}
