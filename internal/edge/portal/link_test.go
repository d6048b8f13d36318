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
	"hearth/internal/fact/record"
)

// link makes a link to a resident's pages that is good for an hour.
func (r *rig) link(who hearth.ResidentID) string {
	r.t.Helper()
	now := r.clock.Now()
	pass, err := r.Messages.Pass(r.t.Context(), r.DB, message.PassLink, message.Passing{Who: who, Made: now, Until: now.Add(time.Hour)})
	if err != nil {
		r.t.Fatal(err)
	}
	return OpenPath + pass
}

// byLinkOf gives a browser that followed a resident's link.
func (r *rig) byLinkOf(who hearth.ResidentID) *person {
	r.t.Helper()
	p := r.stranger()
	if to := p.led(p.get(r.link(who))); to != "/home" || p.cookies[linkCookie] == "" || p.cookies[deviceCookie] != "" {
		r.t.Fatalf("the link led to %s", to)
	}
	return p
}

// rows counts what following a link must not change.
func (r *rig) rows() (n int) {
	r.t.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		n = 0
		for _, q := range []string{`SELECT COUNT(*) FROM home_sessions WHERE org = $1`, `SELECT COUNT(*) FROM events WHERE org = $1`, `SELECT COUNT(*) FROM openings WHERE org = $1`,
			`SELECT COUNT(*) FROM message_answers WHERE org = $1`, `SELECT COUNT(*) FROM home_links WHERE org = $1`} {
			var one int
			if err := tx.Row(ctx, q, tx.Org()).Scan(&one); err != nil {
				return err
			}
			n += one
		}
		return nil
	})
	return n
}

// A link shows how things stand and takes one-tap answers, each time that it is followed and after programs that check mail have followed
// it; it is good for nothing that is a resident's alone.
func TestALinkShowsHowThingsStand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		order := r.furnished()
		link := r.link(r.ana)
		before := r.rows()
		for _, next := range []string{"", "?next=" + url.QueryEscape("/home/repair/"+string(order)), "?next=" + url.QueryEscape("/home/question/msg_q")} {
			scanner := r.stranger()
			scanner.must(scanner.led(scanner.get(link+next)), nil)
		}
		if after := r.rows(); after != before {
			t.Errorf("following the link changed %d rows", after-before)
		}
		first, second := r.stranger(), r.stranger()
		for _, p := range []*person{first, second} {
			if to := p.led(p.get(link + "?next=" + url.QueryEscape("/home/repair/"+string(order)))); to != "/home/repair/"+string(order) {
				t.Errorf("the link led to %s", to)
			}
			p.must("/home", []string{"Hello", "Ana", "We come tomorrow"}, "ana@home.example")
			if p == first {
				p.must("/home", []string{"/home/question/msg_q"})
			}
			p.must("/home/repair/"+string(order), []string{"We think it is done."}, "/cancel")
			p.led(p.post("/home/question/msg_q", url.Values{"score": {"5"}}))
			p.must("/home/question/msg_q", []string{"You answered 5 of 5."})
		}
		first.led(first.post("/home/repair/"+string(order)+"/fixed", nil))
		second.must("/home/repair/"+string(order), []string{"Solved."})
		there, _, _ := strings.Cut(second.led(second.upload("/home/repair", map[string]string{"words": "The sink drips. My door code is 4711."}, photo(t))), "?")
		second.must(there, []string{"The sink drips"}, "4711", "/home/photo/")
		light := map[string]bool{"GET /home": true, "GET /home/repair": true, "GET /home/repair/{id}": true, "GET /home/question/{message}": true, "POST /home/repair": true,
			"POST /home/repair/{id}/fixed": true, "POST /home/repair/{id}/not": true, "POST /home/question/{message}": true}
		for pattern := range r.routes() {
			method, path, _ := strings.Cut(pattern, " ")
			if light[pattern] || path == "/home/leave" || path == "/home/language" || path == ShortPath || strings.HasPrefix(path, DoorPath) || strings.HasPrefix(path, message.PagesPath) || strings.HasPrefix(path, EnterPath) {
				continue
			}
			req, err := http.NewRequestWithContext(t.Context(), method, path, nil)
			if err != nil {
				t.Fatal(err)
			}
			rec := first.send(req)
			if body := rec.Body.String(); rec.Code != http.StatusUnauthorized || !strings.Contains(body, "show once that it is you") || strings.Contains(body, "ana@home.example") {
				t.Errorf("by a link %s answers %d", pattern, rec.Code)
			}
		}
	})
}

// With a fresh code the page comes that was asked for, and the device is signed in from then on.
func TestACodeAfterALink(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	box := r.post()
	p := r.byLinkOf(r.ana)
	next := carried(t, p.get("/home/known").Body.String())
	if body := p.get(EnterPath).Body.String(); !strings.Contains(body, `name="address"`) || strings.Contains(body, "ana@") {
		t.Error("whoever came by a link can't sign in, or is told the address")
	}
	p.led(p.post(EnterPath, url.Values{"address": {"ana@home.example"}, "next": {next}}))
	if to := p.led(p.post(EnterPath+"/code", url.Values{"code": r.arrived(box), "next": {next}})); to != "/home/known" || p.cookies[linkCookie] != "" {
		t.Fatalf("the code led to %s", to)
	}
	p.must("/home/known", []string{"ana@home.example"})
	clock.Advance(3 * time.Hour)
	p.must("/home/known", []string{"ana@home.example"})
	if to := p.led(p.get(r.link(r.ana) + "?next=/home/messages")); to != "/home/messages" || p.cookies[linkCookie] != "" {
		t.Errorf("one's own link, signed in, led to %s", to)
	}
	p.must("/home/messages", nil)
}

// A link ends with its time, with *Leave on all devices*, with *Leave* on the device, and with moving out; one that was made after the leaving is good.
func TestHowALinkEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		signed, linked, bens := r.as(r.ana), r.byLinkOf(r.ana), r.byLinkOf(r.ben)
		old := r.link(r.ana)
		clock.Advance(time.Minute)
		signed.led(signed.post("/home/leave/all", nil))
		for what, p := range map[string]*person{"the one that was followed": linked, "the one that signed in": signed} {
			if rec := p.get("/home"); rec.Code != http.StatusUnauthorized {
				t.Errorf("%s answers %d after leaving everywhere", what, rec.Code)
			}
		}
		if rec := r.stranger().get(old); rec.Code != http.StatusForbidden || !strings.Contains(rec.Body.String(), "This link has expired.") {
			t.Errorf("a link of before opens: %d", rec.Code)
		}
		bens.must("/home", []string{"Ben"})
		clock.Advance(time.Minute)
		anew := r.byLinkOf(r.ana)
		anew.must("/home", []string{"Ana"})
		anew.led(anew.get("/home/leave"))
		if rec := anew.get("/home"); anew.cookies[linkCookie] != "" || rec.Code != http.StatusUnauthorized {
			t.Errorf("after leaving: %d", rec.Code)
		}
		late := r.byLinkOf(r.ana)
		clock.Advance(time.Hour)
		if rec := late.get("/home"); rec.Code != http.StatusUnauthorized {
			t.Errorf("after its time: %d", rec.Code)
		}
		gone := r.byLinkOf(r.ana)
		r.write(func(ctx context.Context, tx *db.Tx) error {
			today := hearth.DayOf(tx.Now(), time.UTC)
			_, err := r.Records.PutHome(ctx, tx, record.News{Source: "yardi/oak"}, record.Home{Property: r.place, Unit: record.Unit{Label: "4B"},
				Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Ruiz", Email: "ana@home.example"}}, {Resident: record.Resident{First: "Ben", Last: "Ruiz"}}},
				Lease:   record.HomeLease{Start: today - 300, End: today + 65, MoveIn: today - 300, MoveOut: today - 2, Status: record.StatusPast}})
			return err
		})
		if rec := gone.get("/home"); rec.Code != http.StatusUnauthorized {
			t.Errorf("after moving out: %d", rec.Code)
		}
	})
}

// A link on a device of somebody else asks first, and another site can't answer.
func TestAnothersLink(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	p := r.as(r.ana)
	link := r.link(r.ben) + "?next=/home/repair"
	rec := p.get(link)
	if body := rec.Body.String(); rec.Code != http.StatusOK || !strings.Contains(body, "This link is for") || !strings.Contains(body, "<bdi>Ben</bdi>") || p.cookies[linkCookie] != "" {
		t.Fatalf("another's link answers %d: %s", rec.Code, body)
	}
	p.must("/home/known", []string{"ana@home.example"})
	p.header.Set("Sec-Fetch-Site", "cross-site")
	if rec := p.post(link, nil); rec.Code != http.StatusForbidden {
		t.Errorf("another site's answer: %d", rec.Code)
	}
	p.header.Del("Sec-Fetch-Site")
	old := p.cookies[deviceCookie]
	if to := p.led(p.post(link, url.Values{"next": {"/home/repair"}})); to != "/home/repair" {
		t.Errorf("it led to %s", to)
	}
	p.must("/home", []string{"Ben"}, "Ana")
	if rec := p.get("/home/known"); rec.Code != http.StatusUnauthorized {
		t.Errorf("by Ben's link what is known answers %d", rec.Code)
	}
	p.cookies[deviceCookie] = old
	p.must("/home", []string{"Ben"})
	if rec := p.post(OpenPath+"x.y.z.w", nil); rec.Code != http.StatusForbidden {
		t.Errorf("a form to no link answers %d", rec.Code)
	}
}

// In a generated community nobody's own is kept: there a link shows everything, so that one can look around.
func TestALinkInAGeneratedCommunity(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	r.Open = true
	r.byLinkOf(r.ana).must("/home/known", []string{"ana@home.example"})
}

// The address as texts keep it, without a proof, leads to the door and opens nothing.
func TestTheBareAddressLeadsToTheDoor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		p := r.stranger()
		if to := p.led(p.get(message.PagesPath)); to != "/home" || p.cookies[linkCookie] != "" {
			t.Errorf("it led to %s", to)
		}
		p.must("/home/enter", []string{"code"}, "Ana")
	})
}
