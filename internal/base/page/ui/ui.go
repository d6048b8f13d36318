// Package ui is the parts that all pages are made of: the workspace's and the portal's frame, panels, rows, chips, facts,
// forms, timelines, charts, toasts. How they look is written in web/theme.css; the gallery shows each in each state. It
// knows nothing of housing. Every part works without a script; what scripts add hangs on data- attributes (web/workspace.js).
package ui

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearth/internal/base/page"
)

// Shade says how pressing something is. A shade never stands alone: a word or an icon says the same.
type Shade string

// The shades.
const (
	None  Shade = ""
	Now   Shade = "now"   // needs a person now
	Today Shade = "today" // today
	Good  Shade = "good"  // good news
	Calm  Shade = "calm"  // waits, and may
)

// Link is an entry of a menu.
type Link struct {
	Name, Href string
	Icon       string
	Count      string // what waits there, "" for nothing
	Here       bool   // the page that is being shown
	Key        string // goes there behind "v"
}

// Place is what the page is about: a property, or all of them.
type Place struct {
	Name, Words string
	Href        string // where another is chosen; "" if there is but one
}

// Load is how full somebody's day is.
type Load struct {
	Words   string // "4 h 20 of 6 h planned"
	Percent int
	More    Link // what can wait; no Href, no link
}

// Toast is a sentence that says what was done, with the way back.
type Toast struct {
	Words string
	Undo  string // the address to which undo is posted, "" if there is no way back
	Bad   bool   // it was not done
	Back  string `json:"-"` // the page that shows it, where undo leads back to
}

// Frame is what stands around a page of the workspace.
type Frame struct {
	Title string   // of the window, and the headline unless Headline is set
	Main  []Link   // the menu's upper part: work
	More  []Link   // its lower part: how it is set up
	Foot  []Link   // the person: account, sign out
	Place Place    // nothing if Name is empty
	Who   string   // who is signed in
	Self  string   // whose page it is, for what their browser keeps: another person's page takes none of it
	Load  *Load    // nil: not shown
	Live  string   // the stream of news, "" for none
	Toast *Toast   // what was just done
	Notes []Note   // what everybody should know, above the work
	Theme string   // "light" or "dark" if the person chose
	Keys  bool     // single keys are off
	Go    string   // the pages that a key leads to, after "v"
	Help  []Keys   // what the keyboard can do here
	Own   string   // where somebody chooses how pages are on their device, "" for nowhere
	Tabs  []Link   // the four of a phone's bottom bar; the rest is behind "More"
	Lang  string   // "en" if empty
	Wide  bool     // the work takes all the width
	Paper string   // what stands on top of each sheet when the page is printed, beside the place and the title
	Extra []string // further scripts, names of built files
}

// Note is a sentence that stands above the work.
type Note struct {
	Words string
	Shade Shade
	Icon  string // "" for the shade's own
	More  Link
}

// Keys is a key and what it does.
type Keys struct{ Key, Does string }

// Fact is something known, with where it comes from.
type Fact struct {
	Name, Value string
	From        string // "Rosa, 2 May"
	Shade       Shade
	Edit        string // where it is corrected, "" if it can't be
}

// Option is one of a choice.
type Option struct {
	Value, Name string
	Chosen      bool
}

// Input is a field of a form.
type Input struct {
	Name, Label string
	Value       string
	Kind        string // of the input element: "text" if empty
	Hint        string // what to write, in a sentence
	Wrong       string // what is wrong with the value, "" if nothing is
	Optional    bool
	Rows        int // of a text area; 0 is a line
	Options     []Option
	Auto        string // autocomplete
	Placeholder string
	Focus       bool
	Key         string // the key that goes to it
	Max         int    // characters
	Inside      bool   // for the team alone: drawn as a note
	Min         string // of numbers and dates
	List        string // id of a datalist
	Required    bool
}

func (i Input) id() string { return "f-" + i.Name }

func (i Input) kind() string {
	if i.Kind == "" {
		return "text"
	}
	return i.Kind
}

// describedBy names what explains the field.
func (i Input) describedBy() string {
	var ids []string
	if i.Hint != "" {
		ids = append(ids, i.id()+"-hint")
	}
	if i.Wrong != "" {
		ids = append(ids, i.id()+"-wrong")
	}
	return strings.Join(ids, " ")
}

func (i Input) class() string {
	if i.Inside {
		return "input note-box"
	}
	return "input"
}

// Entry is a moment of a timeline.
type Entry struct {
	ID    string
	Month string // set alone: a headline between moments
	Icon  string
	Shade Shade
	What  string // a sentence
	More  string // what was said or found
	When  string // said for a person
	At    string // machine-readable
	Why   Link
	Chips []Chip
}

// Chip is a word with its shade.
type Chip struct {
	Word  string
	Shade Shade
	Icon  string
}

// Initials gives up to two letters that stand for a name. No name gives "·".
func Initials(name string) string {
	var first, last rune
	for _, w := range strings.Fields(name) {
		r, _ := utf8.DecodeRuneInString(w)
		if !unicode.IsLetter(r) {
			continue
		}
		if first == 0 {
			first = r
		} else {
			last = r
		}
	}
	switch {
	case first == 0:
		return "·"
	case last == 0:
		return string(unicode.ToUpper(first))
	}
	return string(unicode.ToUpper(first)) + string(unicode.ToUpper(last))
}

// noteIcon is what stands before a note that names no icon.
func noteIcon(n Note) string {
	switch {
	case n.Icon != "":
		return n.Icon
	case n.Shade == Now:
		return "circle-alert"
	case n.Shade == Today:
		return "clock"
	case n.Shade == Good:
		return "circle-check"
	}
	return "info"
}

// symbol is the address of an icon.
func symbol(name string) string { return page.Asset("icons.svg") + "#" + name }

func (f Frame) lang() string {
	if f.Lang == "" {
		return "en"
	}
	return f.Lang
}

func (f HomeFrame) skip() string {
	if f.Skip == "" {
		return f.Title
	}
	return f.Skip
}

func (f Frame) keysAttr() string {
	if f.Keys {
		return "off"
	}
	return ""
}

// percent bounds a share for a meter.
func percent(n int) int { return max(0, min(100, n)) }

// picks tells whether an option is the chosen one: where one is marked, that; else the one that has the field's value. A list never has two.
func (i Input) picks(o Option) bool {
	if slices.ContainsFunc(i.Options, func(o Option) bool { return o.Chosen }) {
		return o.Chosen
	}
	return o.Value == i.Value
}
