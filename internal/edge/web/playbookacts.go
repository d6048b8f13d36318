package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
)

func (q *request) playID() hearth.PlaybookID { return hearth.PlaybookID(q.PathValue("id")) }

// needEngine fails where the pages only show the record of what happened.
func (q *request) needEngine() error {
	if q.web.Engine == nil {
		return hearth.Errorf(hearth.CodeUnavailable, "This program only shows what happened.")
	}
	return nil
}

// startView is the question before a playbook is switched on.
type startView struct {
	Second     string // why somebody else has to switch it on, "" where nobody has to
	ID, Title  string
	Draft      bool
	Starts     string
	Inside     []string
	More       int
	Count      int
	Warnings   []string
	Hints      []string
	Version    int
	Same       bool
	Pace       ui.Input
	WillDo     string
	Compulsory string
	Text       string // which text this is about, so that no other is switched on
}

// textToStart gives what would be switched on: the draft if it is asked for, else the shipped text, else the newest.
func (q *request) textToStart(draft bool) (text string, title string, def *playbook.Definition, err error) {
	var p play
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		if draft {
			d, ok, err := playbook.DraftOf(ctx, tx, q.playID())
			if err != nil {
				return err
			}
			if !ok {
				return hearth.Errorf(hearth.CodeNotFound, "There is no draft of this playbook.")
			}
			text = d.Text
			return nil
		}
		var err error
		p, _, err = q.play(ctx, tx, q.playID())
		text = p.Text
		return err
	})
	if err != nil {
		return "", "", nil, err
	}
	if def, err = playbook.Parse([]byte(text)); err != nil {
		return "", "", nil, err
	}
	if def.ID != q.playID() {
		return "", "", nil, hearth.FieldErrorf("id", "The text is that of the playbook %q. A playbook keeps its id; write a new one under another.", def.ID)
	}
	return text, def.Title, def, nil
}

// secondNeeded says why the viewer can't switch a draft on of which they wrote any, "" where they can.
func (q *request) secondNeeded() (words string, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		wrote, err := playbook.Wrote(ctx, tx, q.actor, q.playID())
		if err != nil || !wrote {
			return err
		}
		all, err := q.web.Records.Properties(ctx, tx)
		for _, p := range all {
			if p.Settings.PlaybookReview {
				words = "You wrote in this draft, and " + p.Name + " wants a second person to look at it. Somebody of the team who wrote none of it and may change playbooks switches it on from here; give them this page's address."
			}
		}
		return err
	})
	return words, err
}

func (q *request) startPage() (templ.Component, error) {
	if err := q.needEngine(); err != nil {
		return nil, err
	}
	draft := q.URL.Query().Get("draft") != ""
	text, title, def, err := q.textToStart(draft)
	if err != nil {
		return nil, err
	}
	got, err := q.web.Engine.Preview(q.Context(), []byte(text), 0)
	if err != nil {
		return nil, err
	}
	v := startView{ID: string(q.playID()), Title: title, Draft: draft, Starts: def.Starts(), Count: len(got.Inside), Warnings: got.Warnings, Version: got.Version, Same: !got.Added, Text: playbook.Digest([]byte(text))}
	for _, h := range got.Hints {
		v.Hints = append(v.Hints, h.Text)
	}
	if draft {
		if v.Second, err = q.secondNeeded(); err != nil {
			return nil, err
		}
	}
	v.Pace = ui.Input{Name: "a_day", Label: "How many a day", Kind: "number", Min: "1", Value: "5", Hint: "In the order of their ids, beginning today."}
	if q.closes(def.Trait(), q.place.ID) {
		return playStartPage(q.frame("Switch on", "/playbooks"), v), nil
	}
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		shown := got.Inside[:min(len(got.Inside), shownRuns)]
		v.More = len(got.Inside) - len(shown)
		people, err := q.contacts(ctx, tx, shown)
		for _, id := range shown {
			name := people[id].Name()
			if home := people[id].UnitLabel; home != "" {
				name += ", " + home
			}
			v.Inside = append(v.Inside, name)
		}
		return err
	})
	return playStartPage(q.frame("Switch on", "/playbooks"), v), err
}

func (q *request) startPlaybook() (outcome, error) {
	if err := q.needEngine(); err != nil {
		return outcome{}, err
	}
	draft := q.field("draft") != ""
	text, title, _, err := q.textToStart(draft)
	if err != nil {
		return outcome{}, err
	}
	if q.field("text") != playbook.Digest([]byte(text)) {
		return outcome{}, hearth.Errorf(hearth.CodeConflict, "The text was changed since you looked at it, so nothing was switched on. Look at it once more, and then switch it on.")
	}
	if draft {
		if words, err := q.secondNeeded(); err != nil || words != "" {
			if err == nil {
				err = hearth.Errorf(hearth.CodeForbidden, "%s", words)
			}
			return outcome{}, err
		}
	}
	aDay := 0
	if q.field("inside") == "start" {
		if aDay, err = strconv.Atoi(q.field("a_day")); err != nil || aDay < 1 {
			return outcome{}, hearth.FieldErrorf("a_day", "Say how many of those already inside start each day, from 1 on.")
		}
	}
	got, err := q.web.Engine.Activate(q.Context(), []byte(text), aDay)
	if err != nil {
		return outcome{}, err
	}
	err = q.write(func(ctx context.Context, tx *db.Tx) error {
		if draft { // what somebody wrote while it was switched on stays a draft
			if err := playbook.DropDraftOf(ctx, tx, got.Playbook, text); err != nil {
				return err
			}
		}
		return playbook.Sign(ctx, tx, q.actor, got.Playbook, got.Version)
	})
	return outcome{said: q.startedWords(title, got), next: "/playbooks/" + string(got.Playbook)}, err
}

func (q *request) startedWords(title string, got trigger.Activation) string {
	switch {
	case got.Included > 0:
		return fmt.Sprintf("“%s” is live. %s inside already; the last of them starts on %s.", title, count(got.Included, "person was", "people were"), q.dayWords(got.LastOn))
	case len(got.Inside) > 0:
		return fmt.Sprintf("“%s” is live. %s inside already and stay out.", title, count(len(got.Inside), "person was", "people were"))
	}
	return "“" + title + "” is live."
}

func (q *request) stopPlaybook() (outcome, error) {
	if err := q.needEngine(); err != nil {
		return outcome{}, err
	}
	got, err := q.web.Engine.Retire(q.Context(), q.playID())
	said := "Switched off. Nothing new starts."
	if got.Runs > 0 {
		said = "Switched off. Nothing new starts; " + count(got.Runs, "run goes", "runs go") + " on to the end."
	}
	return outcome{said: said, next: "/playbooks/" + q.PathValue("id")}, err
}

// playWhy says why a playbook did or did not start for somebody.
type playWhy struct {
	ID, Title string
	Query     string
	Found     []runRow
	Name      string
	At        string
	Verdict   string
	Checks    []whyCheck
	Runs      []string
	Past      []string
	Gaps      []string
	Asked     bool
}

type whyCheck struct {
	Words, Values, Raw string
	Icon               string
	Shade              ui.Shade
	Stands             string
}

func (q *request) playbookWhy() (templ.Component, error) {
	if err := q.needEngine(); err != nil {
		return nil, err
	}
	v := playWhy{ID: q.PathValue("id"), Query: q.field("who")}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		p, _, err := q.play(ctx, tx, q.playID())
		if err != nil {
			return err
		}
		v.Title = p.def.Title
		if p.closed {
			return hearth.Errorf(hearth.CodeForbidden, "For whom this playbook starts is told only to those to whom it is open.")
		}
		if id := hearth.ResidentID(q.URL.Query().Get("resident")); id != "" {
			return q.explainPlay(ctx, tx, &v, id, p)
		}
		return q.findWho(ctx, tx, &v)
	})
	if err != nil {
		return nil, err
	}
	return playWhyPage(q.frame("Why, or why not", "/playbooks"), v), nil
}

// findWho looks for residents by what was written.
func (q *request) findWho(ctx context.Context, tx *db.Tx, v *playWhy) error {
	if v.Query == "" {
		return nil
	}
	v.Asked = true
	found, err := q.web.Records.SearchIn(ctx, tx, []hearth.PropertyID{q.place.ID}, v.Query, "", shownRuns)
	if err != nil {
		return err
	}
	for _, r := range found.Items {
		if !q.finds(r, v.Query) {
			continue
		}
		r = q.seen(r)
		v.Found = append(v.Found, runRow{Name: r.Name(), Home: r.UnitLabel, Href: "/playbooks/" + v.ID + "/why?" + url.Values{"resident": {string(r.ID)}}.Encode()})
	}
	return nil
}

func (q *request) explainPlay(ctx context.Context, tx *db.Tx, v *playWhy, id hearth.ResidentID, p play) error {
	people, err := q.contacts(ctx, tx, []hearth.ResidentID{id})
	if err != nil {
		return err
	}
	v.Name = people[id].Name()
	if home := people[id].UnitLabel; home != "" {
		v.Name += ", " + home
	}
	x, err := q.web.Engine.Why(ctx, tx, id, p.ID, []byte(p.Text))
	if err != nil {
		return err
	}
	v.Verdict, v.Gaps, v.At = decidedWords{q.now, q.zone}.inside(x.Verdict), x.Gaps, hearth.MomentWords(q.now, q.zone)
	for _, c := range x.Checks {
		v.Checks = append(v.Checks, whyLine(c))
	}
	for _, r := range x.Runs {
		v.Runs = append(v.Runs, fmt.Sprintf("%s: %s %s", q.dayWords(r.Started), plainDays(r.Because), decidedWords{q.now, q.zone}.inside(r.Stands)))
	}
	for _, d := range x.Past {
		v.Past = append(v.Past, page.When(d.At, q.now, q.zone)+": "+d.Outcome+". "+plainDays(d.Reason))
	}
	return nil
}

func whyLine(c trigger.Check) whyCheck {
	w := whyCheck{Words: capital(c.Words()), Icon: "x", Shade: ui.Now, Stands: "does not hold"}
	values := slices.Clone(c.Values)
	if c.Words() != c.Text {
		w.Raw = c.Text
		for i, v := range values {
			if name, value, ok := strings.Cut(v, " is "); ok && strings.Contains(name, ".") && !strings.Contains(name, " ") {
				values[i] = "now " + value
			}
		}
	}
	w.Values = strings.Join(values, "; ")
	switch {
	case c.Holds:
		w.Icon, w.Shade, w.Stands = "check", ui.Good, "holds"
	case !c.Known:
		w.Icon, w.Shade, w.Stands = "circle-help", ui.Calm, "is not known"
	}
	return w
}

// versionView is a version and what it changed.
type versionView struct {
	ID, Title, Name, Lead string
	Before                string
	Words, Text           []diffLine
	First                 bool
}

func (q *request) playbookVersion() (templ.Component, error) {
	n, err := strconv.Atoi(q.PathValue("n"))
	if err != nil {
		return nil, hearth.Errorf(hearth.CodeNotFound, "There is no such version.")
	}
	v := versionView{ID: q.PathValue("id"), Name: "Version " + strconv.Itoa(n)}
	var old, now *playbook.Stored
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		p, versions, err := q.play(ctx, tx, q.playID())
		if err != nil {
			return err
		}
		v.Title = p.def.Title
		for i := range versions {
			switch {
			case versions[i].Version == n:
				now = &versions[i]
			case versions[i].Version < n:
				old = &versions[i]
			}
		}
		rows, err := q.versionRows(ctx, tx, versions)
		for _, r := range rows {
			if r.Name == v.Name {
				v.Lead = capital(r.Words) + "."
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if now == nil {
		return nil, hearth.Errorf(hearth.CodeNotFound, "There is no such version.")
	}
	before := ""
	if v.First = old == nil; old != nil {
		v.Before, before = "Version "+strconv.Itoa(old.Version), old.Text
	}
	v.Text = diffOf(splitLines(before), splitLines(now.Text))
	v.Words = diffOf(wordsOf(before), wordsOf(now.Text))
	return playVersionPage(q.frame(v.Name, "/playbooks"), v), nil
}

// wordsOf tells a text line by line in words.
func wordsOf(text string) []string {
	d, err := playbook.Parse([]byte(text))
	if err != nil {
		return nil
	}
	lines := []string{d.Title, "Starts when " + d.Starts() + "."}
	for _, l := range (&playbook.Program{Def: d}).Outline(nil) {
		s := strings.Repeat("  ", l.Indent) + l.What
		if fine := stepFine(l); fine != "" {
			s += " (" + fine + ")"
		}
		lines = append(lines, s)
	}
	return append(lines, endsWords(d), limitsWords(d))
}

// untilOf reads the last day of a pause as an instant.
func (q *request) untilOf(ctx context.Context, tx *db.Tx, day string) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	at, err := q.web.Engine.Last(ctx, tx, day, q.place.ID)
	if err != nil {
		return time.Time{}, errors.Join(hearth.FieldErrorf("until", "Write the last day of the pause, such as 2026-12-31, or leave it empty."), err)
	}
	return at, nil
}
