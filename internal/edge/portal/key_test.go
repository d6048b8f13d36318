package portal

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
)

// What proves nothing opens nothing; at a bare address of the network nothing is offered.
func TestAnswersThatProveNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		r.BaseURL = "https://home.oak.example"
		for _, form := range []url.Values{{}, {"pending": {"none"}, "answer": {"{}"}}, {"pending": {strings.Repeat("a", 5000)}, "answer": {strings.Repeat("[", 100000)}}, {"pending": {"a\x00b\xff"}, "answer": {`{"id":"x"}`}}} {
			p := r.stranger()
			if rec := p.post(EnterPath+"/key", form); rec.Code != http.StatusUnprocessableEntity || p.cookies[deviceCookie] != "" {
				t.Errorf("%.40q: %d", form["answer"], rec.Code)
			}
		}
		rec := r.stranger().post(EnterPath+"/key/ask", nil)
		if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "home.oak.example") || strings.Contains(rec.Body.String(), "allowCredentials") || rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("a question to strangers: %d %s", rec.Code, rec.Body)
		}
		r.BaseURL = "http://192.0.2.7:8080"
		if rec := r.stranger().post(EnterPath+"/key/ask", nil); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("asked at a bare address: %d", rec.Code)
		}
		if body := r.stranger().get(EnterPath).Body.String(); strings.Contains(body, "data-passkey") || strings.Contains(body, "passkey.js") {
			t.Error("a passkey is offered at a bare address")
		}
		r.as(r.ana).must("/home/known", nil, "data-passkey", "passkey.js")
	})
}

// A passkey is made only by who signed in just now, and asked for only so often.
func TestWhoMayMakeAPasskey(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	r.BaseURL = "https://home.oak.example"
	ana := r.as(r.ana)
	ana.must("/home", []string{`action="/home/keys"`})
	if rec := ana.post("/home/keys/ask", nil); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "Ana Ruiz, Oak Court") {
		t.Errorf("just signed in: %d %s", rec.Code, rec.Body)
	}
	clock.Advance(11 * time.Minute)
	ana.must("/home", nil, `action="/home/keys"`, "passkey.js")
	ana.must("/home/known", []string{EnterPath + "?again&amp;next=%2Fhome%2Fknown%23keys"}, `action="/home/keys"`)
	if rec := ana.post("/home/keys/ask", nil); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("a while ago: %d", rec.Code)
	}
	if to := ana.led(ana.post("/home/keys", url.Values{"pending": {"x"}, "answer": {"{}"}})); to != EnterPath+"?again&next=%2Fhome%2Fknown%23keys" {
		t.Errorf("a while ago, keeping one leads to %s", to)
	}
	busy := 0
	for range 101 {
		if r.stranger().post(EnterPath+"/key/ask", nil).Code == http.StatusTooManyRequests {
			busy++
		}
	}
	if busy != 1 {
		t.Errorf("of 101 who ask from one place %d are told to wait", busy)
	}
	var left int
	clock.Advance(time.Hour)
	r.write(func(ctx context.Context, tx *db.Tx) error { return r.People.Sweep(ctx, tx) })
	r.write(func(ctx context.Context, tx *db.Tx) error {
		return tx.Row(ctx, `SELECT COUNT(*) FROM openings WHERE org = $1`, tx.Org()).Scan(&left)
	})
	if left != 0 {
		t.Errorf("%d questions are kept for ever", left)
	}
}
