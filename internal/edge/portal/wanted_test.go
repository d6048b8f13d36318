package portal

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
)

var nextOf = regexp.MustCompile(`name="next" value="([^"]*)"`)

// carried gives the page that a form carries along.
func carried(t *testing.T, body string) string {
	t.Helper()
	m := nextOf.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no form carries where one wants to go:\n%s", body)
	}
	return html.UnescapeString(m[1])
}

// Whoever asks for a page and has to sign in first comes to that page after it: past a wrong code, a change of the language, a code that was over, and the
// question who they are.
func TestOneLandsWhereOneWanted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock)
		box := r.post()
		r.newHome("6C", record.Resident{First: "Tom", Last: "Berg", Email: "berg@home.example"}, record.Resident{First: "Ida", Last: "Berg", Email: "berg@home.example"})
		const want = "/home/wishes/pets?from=mail&x=%C3%B1"
		p := r.stranger()
		door := p.get(want).Body.String()
		if got := carried(t, door); got != want {
			t.Fatalf("the door carries %q", got)
		}
		if back := "/home/language?to=es&amp;back=" + html.EscapeString(url.QueryEscape(want)); !strings.Contains(door, back) {
			t.Errorf("the language does not lead back by %s", back)
		}
		to := p.led(p.post(EnterPath, url.Values{"address": {"berg@home.example"}, "next": {want}}))
		r.arrived(box)
		if to != EnterPath+"/code?next="+url.QueryEscape(want) || carried(t, p.get(to).Body.String()) != want {
			t.Fatalf("asking for a code led to %s", to)
		}
		for range 5 {
			if rec := p.post(EnterPath+"/code", url.Values{"code": {"1"}, "next": {want}}); rec.Code == 422 && carried(t, rec.Body.String()) != want {
				t.Fatal("a wrong code forgets where one wanted to go")
			}
		}
		if to = p.led(p.post(EnterPath+"/code", url.Values{"code": {"1"}, "next": {want}})); to != over+"&next="+url.QueryEscape(want) {
			t.Fatalf("a code that is over led to %s", to)
		}
		p.led(p.post(EnterPath, url.Values{"address": {"berg@home.example"}, "next": {carried(t, p.get(to).Body.String())}}))
		to = p.led(p.post(EnterPath+"/code", url.Values{"code": r.arrived(box), "next": {want}}))
		who := p.get(to).Body.String()
		if carried(t, who) != want {
			t.Fatalf("the question who it is, at %s, forgets it", to)
		}
		one := regexp.MustCompile(`name="who" value="([^"]+)"`).FindStringSubmatch(who)[1]
		if to = p.led(p.post(EnterPath+"/who", url.Values{"who": {one}, "next": {want}})); to != want {
			t.Errorf("signing in led to %s", to)
		}
		if to = p.led(p.get(EnterPath + "?next=" + url.QueryEscape(want))); to != want {
			t.Errorf("who is signed in already is led to %s", to)
		}
	})
}

// Nobody is led out of the portal, out of their session or around in circles.
func TestOnlyOwnPagesAreWanted(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	box := r.post()
	for next, want := range map[string]string{
		"": "/home", "/home": "/home", "/home/known#keys": "/home/known#keys", "/home/repair/wo_1?sent=1": "/home/repair/wo_1?sent=1",
		"https://evil.example/home": "/home", "//evil.example/home": "/home", `/\evil.example`: "/home", `/home/..\evil`: "/home", "/homeland": "/home", "/home/../accounts": "/home",
		"/home/%2e%2e/accounts": "/home", "/home//evil.example": "/home", "/accounts": "/home", "javascript:alert(1)": "/home", "/home\r\nSet-Cookie: x=1": "/home", "/home/%zz": "/home",
		"/home/leave": "/home", "/home/leave/all": "/home", "/home/leave?x": "/home", "/home/enter": "/home", "/home/enter?next=/home/enter": "/home", "/home/open/x.y.z": "/home",
		"/home/language?to=es": "/home", "/r/door": "/home", "/home/" + strings.Repeat("a", maxWanted): "/home",
	} {
		clock.Advance(time.Hour)
		p := r.stranger()
		p.led(p.post(EnterPath, url.Values{"address": {"ana@home.example"}, "next": {next}}))
		if to := p.led(p.post(EnterPath+"/code", url.Values{"code": r.arrived(box), "next": {next}})); to != want {
			t.Errorf("%q leads to %q, want %q", next, to, want)
		}
	}
}
