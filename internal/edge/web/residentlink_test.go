package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/record"
)

// A person at the desk is given a link to their pages, in their language, by who may correct their facts; it is noted who gave it, and the link itself is kept nowhere.
func TestALinkIsGivenAtTheDesk(t *testing.T) {
	h := newHouse(t, nil)
	var ana hearth.ResidentID
	h.write(func(ctx context.Context, tx *db.Tx) error {
		home, err := h.web.Records.PutHome(ctx, tx, record.News{Source: "yardi/oak"}, record.Home{Property: h.oak, Unit: record.Unit{Label: "7C"}, Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Ruiz", Language: "es", Email: "ana@home.example"}}},
			Lease: record.HomeLease{Start: hearth.DayOf(tx.Now(), time.UTC) - 100, End: hearth.DayOf(tx.Now(), time.UTC) + 200}})
		if err == nil {
			ana = home.Members[0].ID
		}
		return err
	})
	in := map[hearth.Role]map[string]string{}
	for _, r := range hearth.Roles() {
		in[r] = map[string]string{"hearth": h.session(r)}
	}
	for role, want := range map[hearth.Role]int{hearth.RoleManager: 200, hearth.RoleLeasing: 200, hearth.RoleCoordinator: 200, hearth.RoleTechnician: 403, hearth.RoleAdmin: 403, hearth.RoleAuditor: 403} {
		rec := h.ask("POST", "/residents/"+string(ana)+"/link", nil, in[role])
		if rec.Code != want || strings.Contains(rec.Body.String(), message.PagesPath+"/") != (want == http.StatusOK) {
			t.Errorf("%s gives a link: %d, want %d", role, rec.Code, want)
		}
		if shown := strings.Contains(h.ask("GET", "/residents/"+string(ana), nil, in[role]).Body.String(), "Give a link"); shown != (want == http.StatusOK) {
			t.Errorf("%s is offered to give a link: %v", role, shown)
		}
	}
	body := h.ask("POST", "/residents/"+string(ana)+"/link", nil, in[hearth.RoleManager]).Body.String()
	pass := regexp.MustCompile(`/home/open/([^<"]+)`).FindStringSubmatch(body)
	if pass == nil || !strings.Contains(body, "Apunte la cámara") || !strings.Contains(body, "<svg") {
		t.Fatalf("no slip in the resident's language: %s", body)
	}
	h.write(func(ctx context.Context, tx *db.Tx) error {
		p, err := h.web.Messages.Passed(ctx, tx, message.PassLink, pass[1])
		if err != nil || p.Who != ana || p.Until.Sub(p.Made) != slipFor {
			t.Errorf("the link stands for %+v: %v", p, err)
		}
		code := regexp.MustCompile(`class="slipcode" dir="ltr">([2-9A-Z]{4}-[2-9A-Z]{4})<`).FindStringSubmatch(body)
		if code == nil || !strings.Contains(body, ">example.com"+message.ShortPath+"<") {
			t.Fatal("the slip has no code to type, or does not say where")
		}
		if short, err := h.web.Messages.Shortened(ctx, tx, code[1]); err != nil || short.Who != ana || short.Until.Unix() != p.Until.Unix() {
			t.Errorf("the code stands for %+v, %v; the link for %+v", short, err, p)
		}
		var n, kept int
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM events WHERE org = $1 AND type = 'portal.link_given'`, tx.Org()).Scan(&n); err != nil {
			return err
		}
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM events WHERE org = $1 AND data LIKE $2`, tx.Org(), "%"+pass[1]+"%").Scan(&kept); err != nil {
			return err
		}
		if n != 4 || kept != 0 {
			t.Errorf("%d links are noted, %d with the link itself", n, kept)
		}
		return nil
	})
	if page := h.ask("GET", "/residents/"+string(ana), nil, in[hearth.RoleManager]).Body.String(); !strings.Contains(page, "gave a link to their own pages") {
		t.Error("the timeline does not say who gave a link")
	}
}

// What the camera reads is what was asked for: dark modules within the quiet edge, at the three corners as the standard says.
func TestTheCodeOfALink(t *testing.T) {
	v, err := qrOf("https://hearth.example/home/open/res_1.abc.def.ghi")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(v.Path, "M4 4h1v1h-1z") || !regexp.MustCompile(`^0 0 (\d+) (\d+)$`).MatchString(v.Box) {
		t.Errorf("box %q, path begins %.40q", v.Box, v.Path)
	}
}

// The slip shuts nobody out, by day and by night, on a telephone and at a desk; on paper stands what is for the resident, and nothing of what is said to the team.
func TestTheSlipInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	at := "/residents/" + string(anaOf(t, b))
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	const wide = `[document.documentElement.scrollWidth - document.documentElement.clientWidth, ...[...document.querySelectorAll('main *')].map(e => Math.round(e.getBoundingClientRect().right - document.documentElement.clientWidth))].reduce((a, b) => Math.max(a, b))`
	for _, s := range []pagetest.Screen{{Width: 390, Height: 844}, {Width: 390, Height: 844, Dark: true}, {Width: 1280, Height: 900}, {Width: 1280, Height: 900, Dark: true}} {
		name := fmt.Sprintf("slip-%d-%t", s.Width, s.Dark)
		pagetest.Look(t, ctx, server.URL+at, s, name)
		short, end := context.WithTimeout(ctx, 15*time.Second)
		if err := chromedp.Do(short, chromedp.Click(`//button[contains(., "Give a link")]`), chromedp.WaitVisible(`.slip .slipcode`)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		end()
		for _, fault := range pagetest.Audit(t, ctx) {
			t.Errorf("%s: %s", name, fault)
		}
		if over, err := chromedp.Run(ctx, chromedp.Evaluate[int](wide)); err != nil || over > 0 {
			t.Errorf("%s sticks out by %d (%v)", name, over, err)
		}
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	said, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil || !strings.Contains(said, message.ShortPath) || !strings.Contains(said, "Ana") || strings.Contains(said, "you gave it") || strings.Contains(said, message.PagesPath) || strings.Contains(said, "Residents") {
		t.Errorf("on paper stands %q (%v)", said, err)
	}
}
