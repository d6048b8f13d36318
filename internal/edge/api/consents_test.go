package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk/texting"
	"hearth/internal/fact/consent"
)

func (b *bench) texting() {
	b.api.Texting = texting.New(texting.Deps{DB: b.db, Log: b.api.Log, Records: b.api.Records, Consent: b.api.Consent, Messages: b.api.Messages,
		Tasks: b.api.Tasks, Assign: assign.New(b.api.Records, b.api.Tasks), Node: "test", Logger: dbtest.Log(b)})
}

func (b *bench) call(method, path, token string, head map[string]string, body string) (status int, header http.Header, answer string) {
	b.Helper()
	w := b.do(request{method: method, path: path, token: token, header: head, body: body})
	return w.Code, w.Header(), w.Body.String()
}

// A word is recorded with all that proves it, a yes against a no says why, and the ledger shows it.
func TestConsentLedger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		head := map[string]string{"Content-Type": "application/json"}
		const at = "/api/v1/residents/R-1/consents"
		call := func(token, method, path, body string, want int) string {
			t.Helper()
			clock.Advance(1e9)
			status, _, answer := b.call(method, path, token, head, body)
			if status != want {
				t.Errorf("%s %s %s: %d %s, want %d", method, path, body, status, answer, want)
			}
			return answer
		}
		if got := call("admin", http.MethodPost, "/api/v1/consent-wordings", `{"id":"texts","language":"en","channel":"sms","words":"May we text you?"}`, 200); !strings.Contains(got, `"texts/1/en"`) {
			t.Errorf("the wording is %s", got)
		}
		call("tasks:write", http.MethodPost, at, `{"channel":"sms","allowed":true,"source":"lease","wording":"texts/2/en"}`, 422)
		got := call("tasks:write", http.MethodPost, at, `{"channel":"sms","allowed":true,"source":"lease","evidence":"page 7","wording":"texts/1/en"}`, 200)
		for _, want := range []string{`"+13125550101"`, `"page 7"`, `"texts/1/en"`, `"allowed":true`, `"shared":false`} {
			if !strings.Contains(got, want) {
				t.Errorf("the ledger lacks %s: %s", want, got)
			}
		}
		call("tasks:write", http.MethodPost, at, `{"channel":"sms","allowed":false,"source":"office"}`, 200)
		if got := call("tasks:write", http.MethodPost, at, `{"channel":"sms","allowed":true,"source":"office"}`, 422); !strings.Contains(got, "Say why it is a yes now") {
			t.Errorf("a yes against a no: %s", got)
		}
		call("tasks:write", http.MethodPost, at, `{"channel":"sms","allowed":true,"source":"office","reason":"She asked for it at the counter."}`, 200)
		call("tasks:write", http.MethodPost, at, `{"channel":"all","allowed":false,"source":"office"}`, 200)
		call("read", http.MethodPost, at, `{"channel":"all","allowed":false,"source":"office"}`, 403)
		if got := call("read", http.MethodGet, at, "", 200); strings.Count(got, `"source"`) != 3+6 || !strings.Contains(got, "at the counter") {
			t.Errorf("the ledger is %s", got)
		}
		call("tasks:write", http.MethodPost, "/api/v1/residents/R-2/consents", `{"channel":"sms","allowed":true,"source":"lease"}`, 422) // no telephone
		call("tasks:write", http.MethodPost, at, `{"channel":"sms","allowed":true,"source":"lease","at":"2099-01-01T00:00:00Z"}`, 422)
	})
}

func TestSuppressions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		head := map[string]string{"Content-Type": "application/json"}
		for i, c := range []struct {
			token, method, path, body string
			status                    int
			want                      string
		}{
			{"tasks:write", "POST", "/suppressions", `{"channel":"sms","address":"312 555 0101","reason":"asked us","note":"by telephone"}`, 200, `"+13125550101"`},
			{"tasks:write", "POST", "/suppressions", `{"channel":"sms","address":"nowhere","reason":"asked us"}`, 422, "no address"},
			{"tasks:write", "POST", "/suppressions", `{"channel":"sms","address":"312 555 0101","reason":"may have asked to stop"}`, 422, ""},
			{"tasks:write", "POST", "/suppressions", `{"channel":"sms","address":"312 555 0101"}`, 422, "reason"},
			{"read", "GET", "/suppressions", "", 200, `"asked us"`},
			{"read", "GET", "/residents/R-1/consents", "", 200, `"by telephone"`},
			{"tasks:write", "DELETE", "/suppressions/sms/+13125550101?reason=x", "", 403, ""},
			{"admin", "DELETE", "/suppressions/sms/+13125550101", "", 422, "reason"},
			{"admin", "DELETE", "/suppressions/sms/+13125550101?reason=She+called+back", "", 204, ""},
			{"admin", "DELETE", "/suppressions/sms/+13125550101?reason=again", "", 404, ""},
			{"read", "GET", "/suppressions", "", 200, `"items":[]`},
			{"read", "GET", "/residents/R-1/consents", "", 200, `"lifted":true`},
		} {
			clock.Advance(1e9)
			status, _, answer := b.call(c.method, "/api/v1"+c.path, c.token, head, c.body)
			if status != c.status || !strings.Contains(answer, c.want) {
				t.Errorf("%d: %s %s: %d %s, want %d with %q", i, c.method, c.path, status, answer, c.status, c.want)
			}
		}
	})
}

// What a person says of free words and of texts without a writer.
func TestWishesAndTexts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.texting()
		head := map[string]string{"Content-Type": "application/json"}
		for i, body := range []string{"please stop texting me", "who are you?"} {
			from := []string{"+13125550101", "+13125550199"}[i]
			b.must(b.api.Texting.Hear(t.Context(), texting.Text{Ref: fmt.Sprintf("SM%d", i), From: from, Body: body}))
		}
		var wish consent.Revocation
		var text message.Unplaced
		b.write(func(ctx context.Context, tx *db.Tx) error {
			open, err := b.api.Consent.Open(ctx, tx, 10)
			b.must(err)
			left, err := b.api.Messages.Unplaced(ctx, tx, 10)
			wish, text = open[0], left[0]
			return err
		})
		for i, c := range []struct {
			token, method, path, body string
			status                    int
			want                      string
		}{
			{"read", "GET", "/revocations", "", 200, "10 business days"},
			{"read", "POST", "/revocations/" + wish.ID, `{"meant":true}`, 403, ""},
			{"tasks:write", "POST", "/revocations/" + wish.ID, `{"meant":false}`, 200, `"mistaken"`},
			{"tasks:write", "POST", "/revocations/" + wish.ID, `{"meant":true}`, 409, ""},
			{"tasks:write", "POST", "/revocations/rev_none", `{"meant":true}`, 404, ""},
			{"read", "GET", "/texts-in", "", 200, `"who are you?"`},
			{"tasks:write", "POST", "/texts-in/" + text.ID + "/place", `{"resident":"R-2"}`, 204, ""},
			{"tasks:write", "POST", "/texts-in/" + text.ID + "/place", `{}`, 409, ""},
			{"read", "GET", "/texts-in", "", 200, `"items":[]`},
		} {
			status, _, answer := b.call(c.method, "/api/v1"+c.path, c.token, head, c.body)
			if status != c.status || !strings.Contains(answer, c.want) {
				t.Errorf("%d: %s %s: %d %s, want %d with %q", i, c.method, c.path, status, answer, c.status, c.want)
			}
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			for _, id := range []string{wish.Task, string(text.Task)} {
				got, err := b.api.Tasks.Get(ctx, tx, hearth.TaskID(id))
				if err != nil || !got.State.Closed() {
					t.Errorf("the question %s is %s, %v", got.Title, got.State, err)
				}
			}
			return nil
		})
	})
}
