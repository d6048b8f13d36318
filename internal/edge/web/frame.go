package web

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// entry is a page of the menu.
type entry struct {
	name, href, icon string
	key              string // goes there after "v"
	need             right
	more             bool // in the lower part
	tab              bool // on a phone's bottom bar
}

// menu lists the pages in their order. A page that a role may not see is not there, and nothing hints at it.
func menu() []entry {
	return []entry{
		{name: "Today", key: "t", href: "/", icon: "inbox", need: rightRead, tab: true},
		{name: "Residents", key: "r", href: "/residents", icon: "users", need: account.ResidentsRead, tab: true},
		{name: "Homes", key: "h", href: "/units", icon: "building-2", need: account.ResidentsRead},
		{name: "Conversations", key: "c", href: "/conversations", icon: "message-circle", need: account.InboxRead, tab: true},
		{name: "Broadcasts", key: "b", href: "/broadcasts", icon: "megaphone", need: account.BroadcastsRead},
		{name: "Playbooks", key: "p", href: "/playbooks", icon: "route", need: account.PlaybooksRead, more: true},
		{name: "Insight", key: "i", href: "/insight", icon: "chart-line", need: account.FiguresRead, more: true},
		{name: "What happened", key: "w", href: "/happened", icon: "history", need: account.HappenedRead, more: true},
		{name: "Imports", key: "m", href: "/imports", icon: "upload", need: account.ImportsWrite, more: true},
		{name: "Set-up", key: "s", href: "/setup", icon: "settings-2", need: rightSettings, more: true},
		{name: "Who can sign in", href: "/accounts", icon: "key-round", need: account.AccountsRead, more: true},
		{name: "Roles to agree to", href: "/roles", icon: "user-check", need: account.RolesAgree, more: true},
		{name: "Operator", href: "/operator", icon: "activity", need: account.OperatorRead, more: true},
	}
}

// frame is what stands around a page: the menu with here marked, the place, what was just done.
func (q *request) frame(title, here string) ui.Frame {
	f := ui.Frame{Title: title, Who: q.name, Self: string(q.staff), Toast: q.toast, Live: "/live", Theme: q.cookie(themeCookie, "light", "dark"), Keys: q.keysOff()}
	if q.web.People != nil && q.acc.Session.ID != "" && !q.guest {
		f.Own = "/account#device"
	}
	for _, e := range menu() {
		if !q.may(e.need) || e.href == "/imports" && q.web.Imports == nil {
			continue
		}
		l := ui.Link{Name: e.name, Href: e.href, Icon: e.icon, Here: e.href == here, Key: e.key}
		if e.href == "/roles" {
			l.Count = countWord(q.askedHere(), 99)
		}
		if e.more {
			f.More = append(f.More, l)
		} else {
			f.Main = append(f.Main, l)
		}
		if e.tab && len(f.Tabs) < 4 {
			f.Tabs = append(f.Tabs, l)
		}
	}
	if q.place.ID != "" {
		f.Place = ui.Place{Name: q.place.Name, Words: q.placeWords()}
		if q.many {
			f.Place.Href = "/places"
		}
	}
	if here == q.home() {
		f.Notes = append(f.Notes, q.askedNotes()...)
	}
	if q.place.ID == "" && here != "/setup" {
		f.Notes = append(f.Notes, q.noPlaceNote())
	}
	q.foot(&f, here)
	if here == "/" { // once is enough
		for _, n := range q.web.Notes {
			f.Notes = append(f.Notes, ui.Note{Words: n, Shade: ui.Calm})
		}
	}
	f.Paper = q.paperWords()
	f.Go = goWords(f.Main, f.More)
	f.Help = []ui.Keys{{Key: "j", Does: "Next row"}, {Key: "k", Does: "Row before"}}
	return f
}

// noPlaceNote says on every page why it is empty where no community is known yet, or none to the viewer.
func (q *request) noPlaceNote() ui.Note {
	if q.may(rightSettings) {
		return ui.Note{Words: "There is no community yet, and everything here is about one.", Shade: ui.Calm, More: ui.Link{Name: "Set it up", Href: "/setup"}}
	}
	return ui.Note{Words: "There is no community yet that is yours. Who sets Hearth up gives you a role at one; then its day stands here.", Shade: ui.Calm}
}

// foot is what concerns the viewer alone: their sign-in, and the way out.
func (q *request) foot(f *ui.Frame, here string) {
	switch {
	case q.web.People == nil:
	case q.guest:
		f.Foot = append(f.Foot, ui.Link{Name: "Look around as somebody else", Href: "/sign-in", Icon: "users"})
	case q.acc.Session.ID != "":
		f.Foot = append(f.Foot, ui.Link{Name: "Your sign-in", Href: "/account", Icon: "key-round", Here: here == "/account"},
			ui.Link{Name: "Sign out", Href: "/sign-out", Icon: "log-out"})
	}
}

// home is the page that the viewer begins with.
func (q *request) home() string {
	if q.may(rightRead) {
		return "/"
	}
	return q.firstPage()
}

// firstPage is the first of the menu that the viewer may see, "" if there is none.
func (q *request) firstPage() string {
	for _, e := range menu() {
		if e.href != "/" && q.may != nil && q.may(e.need) {
			return e.href
		}
	}
	if q.acc.Session.ID != "" {
		return "/account"
	}
	return ""
}

// cookie gives a cookie's value if it is one of those allowed, else "".
func (q *request) cookie(name string, allowed ...string) string {
	c, err := q.Cookie(name)
	if err != nil {
		return ""
	}
	for _, a := range allowed {
		if c.Value == a {
			return a
		}
	}
	return ""
}

func (q *request) placeWords() string {
	if q.place.Zone == "" {
		return ""
	}
	_, city, _ := strings.Cut(q.place.Zone, "/")
	return q.now.In(q.zone).Format("Mon 15:04") + ", " + strings.ReplaceAll(city, "_", " ") + " time"
}

// paperWords stand on each sheet that is printed: a paper lies around longer than a page is open, and whoever finds it has to see how old it is.
func (q *request) paperWords() string {
	words := "Printed " + q.now.In(q.zone).Format("Monday 2 January 2006, 15:04")
	if _, after, ok := strings.Cut(q.placeWords(), ", "); ok {
		words += " " + after
	}
	if q.name != "" {
		words += ", by " + q.name
	}
	return words
}

// sorry is a page that says why there is no other.
func (q *request) sorry(title, words string) templ.Component {
	if q == nil || q.viewer.may == nil {
		return sorryPage(words)
	}
	return sorryInside(q.frame(title, ""), words)
}

// places lists the properties that the viewer may look at.
func (q *request) places() (templ.Component, error) {
	var all []record.Property
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		all, err = q.web.Records.Properties(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	var rows []placeRow
	for _, p := range all {
		mine := q.all
		for _, r := range q.roles {
			mine = mine || r.Property == p.ID
		}
		if mine {
			rows = append(rows, placeRow{Name: p.Name, Words: strings.ReplaceAll(p.Zone, "_", " "), Href: "/?property=" + string(p.ID), Here: p.ID == q.place.ID})
		}
	}
	return placesPage(q.frame("Communities", ""), rows), nil
}

type placeRow struct {
	Name, Words, Href string
	Here              bool
}

// countWord says a number in a menu, "" for none.
func countWord(n, most int) string {
	switch {
	case n <= 0:
		return ""
	case n > most:
		return strconv.Itoa(most) + "+"
	}
	return strconv.Itoa(n)
}

// goWords lists the pages that a key leads to, after "v": "t Today, r Residents".
func goWords(lists ...[]ui.Link) string {
	var out []string
	for _, l := range slices.Concat(lists...) {
		if l.Key != "" {
			out = append(out, l.Key+" "+l.Name)
		}
	}
	return strings.Join(out, ", ")
}
