package web

import (
	"time"

	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
)

// today is what the first page shows, ready to be drawn: no more rules behind it.
type today struct {
	Now          time.Time
	Lead         string // one sentence on what this installation is doing
	Notes        []note
	Figures      []figure
	Tasks        []taskRow
	Decided      []decisionRow
	Messages     []messageRow
	CameIn       []eventRow
	Waiting      int // events whose subject nobody knows yet
	WaitingWords string
	Parked       []parkedRow // the oldest of them
}

// note is a sentence that somebody should know before reading on; Now marks what needs a person.
type note struct {
	Text string
	Now  bool
}

func (n note) box() ui.Note {
	if n.Now {
		return ui.Note{Words: n.Text, Shade: ui.Now}
	}
	return ui.Note{Words: n.Text, Shade: ui.Calm}
}

// figure is a number with what it means.
type figure struct {
	Number string
	Means  string
}

// chip is a word with a colour that never speaks alone.
type chip struct {
	Word  string
	Shade string // "", now, today, good, calm, pine
}

// fact is one thing that a decision rested on.
type fact struct{ Name, Value string }

// person says whom a row is about.
type person struct {
	Name string
	Home string // "Unit 4B"
}

type taskRow struct {
	Title string
	About person
	Why   string
	Owner string // a name, or whose queue it is in
	Due   string
	Late  chip
	Known []fact // what is known about it, what to do, what to bring back
	Draft string
}

type decisionRow struct {
	At       string
	About    person
	Playbook string // its title
	Outcome  chip
	Reason   string
	Facts    []fact
}

type messageRow struct {
	At      string
	About   person
	Subject string
	State   chip
	Inbound bool
	Reason  string
	Body    string
	Class   string
}

type eventRow struct {
	At     string
	About  person
	What   string // "asked for a repair"
	Words  string // the resident's or source's own words, if any
	Source string
}

type parkedRow struct {
	Subject string // as the sender wrote it
	Since   string
	What    string
	Source  string
	Mark    chip
}

// progress is the page while the community is being made.
type progress struct {
	Percent int // 0 to 100
	Doing   string
}

// frame is the frame of all pages here.
func frame(title string, refresh int) page.Frame {
	return page.Frame{
		Title: title, Refresh: refresh,
		Nav:  []page.Link{{Name: "Today", Href: "/", Here: true}, {Name: "API", Href: "/api"}},
		Foot: "Every message passes one desk, and every decision keeps its reason.",
	}
}
