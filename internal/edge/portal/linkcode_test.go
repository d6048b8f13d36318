package portal

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// short makes the code beside a link of somebody's that is good for a day.
func (r *rig) short(who hearth.ResidentID) string {
	r.t.Helper()
	now := r.clock.Now()
	code, err := r.Messages.Shorten(r.t.Context(), r.DB, message.Passing{Who: who, Made: now, Until: now.Add(24 * time.Hour)})
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

// The code of a slip, typed in any way, opens what the link beside it opens: how things stand, and no more. It can be typed again until its day is
// over or its link was ended; looking at the page changes nothing, and the code is kept nowhere.
func TestTheCodeOfASlip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		code := r.short(r.ana)
		if other := r.short(r.ben); other == code || len(code) != 9 {
			t.Fatalf("the codes are %q and %q", code, other)
		}
		before := r.rows()
		p := r.stranger()
		p.must(ShortPath, []string{"The code on your slip", "Eight letters and numbers"})
		for _, typed := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", " "), " " + strings.ReplaceAll(code, "-", "") + "."} {
			p := r.stranger()
			to := p.led(p.post(ShortPath, url.Values{"code": {typed}}))
			if !strings.HasPrefix(to, OpenPath) {
				t.Fatalf("%q led to %s", typed, to)
			}
			if to := p.led(p.get(to)); to != "/home" || p.cookies[linkCookie] == "" || p.cookies[deviceCookie] != "" {
				t.Errorf("%q led on to %s", typed, to)
			}
			p.must("/home", []string{"Hello", "Ana"})
			if rec := p.get("/home/known"); rec.Code != http.StatusUnauthorized {
				t.Errorf("by the code of a slip /home/known answers %d", rec.Code)
			}
		}
		if after := r.rows(); after != before {
			t.Errorf("coming in by the code changed %d rows", after-before)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			var n int
			err := tx.Row(ctx, `SELECT COUNT(*) FROM short_passes WHERE org = $1 AND (proof LIKE $2 OR proof LIKE $3)`, tx.Org(), "%"+code[:4]+"%", "%"+strings.ToLower(code[:4]+code[5:])+"%").Scan(&n)
			if err == nil && n > 0 {
				t.Error("the code is kept")
			}
			return err
		})
		signed := r.as(r.ana)
		clock.Advance(time.Second)
		signed.led(signed.post("/home/leave/all", nil))
		gone := r.stranger()
		if rec := gone.get(gone.led(gone.post(ShortPath, url.Values{"code": {code}}))); rec.Code != http.StatusForbidden {
			t.Errorf("after leaving everywhere the code leads to %d", rec.Code)
		}
		clock.Advance(24 * time.Hour)
		if rec := r.stranger().post(ShortPath, url.Values{"code": {r.short(r.ben)}}); rec.Code != http.StatusSeeOther {
			t.Errorf("a new code: %d", rec.Code)
		}
		old := r.stranger().post(ShortPath, url.Values{"code": {code}})
		if old.Code != http.StatusUnprocessableEntity || !strings.Contains(old.Body.String(), "its day is over") {
			t.Errorf("after a day: %d", old.Code)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			var n int
			err := tx.Row(ctx, `SELECT COUNT(*) FROM short_passes WHERE org = $1`, tx.Org()).Scan(&n)
			if n != 1 {
				t.Errorf("%d codes are kept, want the new one alone", n)
			}
			return err
		})
	})
}

// Guessing is braked for a network, and a right code does not count.
func TestCodesOfSlipsAreNotGuessed(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	code, p := r.short(r.ana), r.stranger()
	for range 60 {
		if rec := p.post(ShortPath, url.Values{"code": {"2222-2222"}}); rec.Code != http.StatusUnprocessableEntity {
			t.Fatalf("a wrong code: %d", rec.Code)
		}
		p.post(ShortPath, url.Values{"code": {code}})
	}
	for _, typed := range []string{"2222-2223", code} {
		if rec := p.post(ShortPath, url.Values{"code": {typed}}); rec.Code != http.StatusTooManyRequests {
			t.Errorf("after sixty wrong codes %q: %d", typed, rec.Code)
		}
	}
	clock.Advance(16 * time.Minute)
	if rec := p.post(ShortPath, url.Values{"code": {code}}); rec.Code != http.StatusSeeOther {
		t.Errorf("a quarter of an hour later: %d", rec.Code)
	}
}
