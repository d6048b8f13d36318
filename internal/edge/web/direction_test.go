package web

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/fact/record"
)

const (
	layla = "ليلى"
	dana  = "דנה"
)

// neighbours moves two people whose names run from right to left into a home with a number, with something to do about one.
func neighbours(t *testing.T, b *bench) {
	t.Helper()
	ana := anaOf(t, b)
	err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		ctx := t.Context()
		of, err := b.web.Records.Contacts(ctx, tx, []hearth.ResidentID{ana})
		if err != nil {
			return err
		}
		today := hearth.DayOf(tx.Now(), time.UTC)
		home, err := b.web.Records.PutHome(ctx, tx, record.News{Source: "yardi/oak"}, record.Home{Property: of[ana].Property, Unit: record.Unit{Label: "105"},
			Members: []record.Member{{Resident: record.Resident{First: layla, Last: "Smith"}}, {Resident: record.Resident{First: dana, Last: "1"}}}, Lease: record.HomeLease{Start: today - 30, End: today + 300, MoveIn: today - 30}})
		if err != nil {
			return err
		}
		return b.web.Tasks.Insert(ctx, tx, []task.Task{{ID: "tsk_layla", Property: of[ana].Property, Resident: home.Members[0].ID, Kind: "playbook", Title: "Say hello", Why: "New here.", Role: hearth.RoleManager, DueAt: tx.Now()}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A name from right to left stays within its own piece of a line: the home stands behind it, names stand in their order, and each line begins where the page's lines do.
func TestNamesFromRightToLeft(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	neighbours(t, b)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	edges := `const edge = (words, in_, side) => { const all = document.createTreeWalker(document.querySelector(in_), NodeFilter.SHOW_TEXT);
		for (let n; n = all.nextNode();) { const i = n.data.indexOf(words); if (i >= 0) { const r = document.createRange(); r.setStart(n, i); r.setEnd(n, i + words.length); return r.getBoundingClientRect()[side]; } } throw words; };`
	for _, x := range []struct{ name, path, holds string }{
		{"Today: the home stands behind the name", "/", `edge("105", "#queue", "left") >= edge("` + layla + `", "#queue", "right")`},
		{"Homes: names stand in their order and begin where the home's number does", "/units", `(() => { const home = [...document.querySelectorAll("#units li")].find(l => l.textContent.includes("105")), text = document.createRange();
			text.selectNodeContents(home.querySelector(".soft")); const [a, b] = [...home.querySelectorAll("bdi")].map(x => x.getBoundingClientRect());
			return a.right < b.left && Math.abs(text.getBoundingClientRect().left - home.querySelector(".who").getBoundingClientRect().left) < 4; })()`},
		{"a line begins where the page's lines do", "/units", `(() => { const p = document.createElement("p"); p.dir = "auto"; p.textContent = "` + layla + `"; document.getElementById("units").append(p);
			return edge("` + layla + `", "#units > p:last-child", "left") - p.getBoundingClientRect().left < 4; })()`},
		{"a whole text stands at its own side", "/units", `(() => { const p = document.createElement("p"); p.dir = "auto"; p.className = "letter"; p.textContent = "` + layla + `"; document.getElementById("units").append(p);
			return edge("` + layla + `", "#units > p:last-child", "left") - p.getBoundingClientRect().left > 40; })()`},
	} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+x.path)); err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("(() => {"+edges+"return "+x.holds+"})()"))
		if err != nil || !holds {
			t.Errorf("not so: %s (%v)", x.name, err)
		}
	}
}
