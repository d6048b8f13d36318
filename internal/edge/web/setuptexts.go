package web

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/desk/wording"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
)

// The texts of messages: what there is, who uses it, how it reads for a resident, what is wrong with it, and what it said before.

// textRoutes lists the pages of the texts and what can be done on them.
func (h *Web) textRoutes() []route {
	const need = account.WordingWrite
	get := func(pattern string, make func(*request) (templ.Component, error)) route {
		return route{"GET " + pattern, need, h.show(need, make)}
	}
	post := func(pattern string, act func(*request) (outcome, error)) route {
		return route{"POST " + pattern, need, h.do(need, act)}
	}
	return []route{
		get("/setup/templates", (*request).setupTexts),
		get("/setup/templates/new", (*request).newText),
		post("/setup/templates/new", (*request).createText),
		get("/setup/templates/{id}", (*request).setupText),
		post("/setup/templates/{id}", (*request).putText),
		{"POST /setup/templates/{id}/look", need, h.show(need, (*request).lookText)},
		{"POST /setup/templates/{id}/assist", need, h.show(need, (*request).assistText)},
		get("/setup/templates/{id}/versions/{n}", (*request).textVersion),
		post("/setup/templates/{id}/back", (*request).backText),
	}
}

// needWording fails where the pages only show the record of what happened.
func (q *request) needWording() error {
	if q.web.Wording == nil {
		return hearth.Errorf(hearth.CodeUnavailable, "This program only shows what happened.")
	}
	return nil
}

// textRow is a text in the list.
type textRow struct {
	ID, Title, Languages, Uses, Changed, Href string
	Mark                                      ui.Chip
	Rests                                     string
}

// textsView is the list, by what messages are for.
type textsView struct{ Groups []textGroup }

type textGroup struct {
	Name, Words string
	Rows        []textRow
}

func (q *request) setupTexts() (templ.Component, error) {
	if err := q.needWording(); err != nil {
		return nil, err
	}
	var v textsView
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		all, err := q.web.Wording.List(ctx, tx)
		if err != nil {
			return err
		}
		uses, err := q.textUses(ctx, tx)
		if err != nil {
			return err
		}
		team, err := q.teamNames(ctx, tx)
		if err != nil {
			return err
		}
		for _, class := range hearth.Classes() {
			g := textGroup{Name: capital(className(class)), Words: classWords(class)}
			for _, i := range all {
				if i.Class == class {
					g.Rows = append(g.Rows, q.textRow(i, uses[i.ID], team))
				}
			}
			if len(g.Rows) > 0 {
				v.Groups = append(v.Groups, g)
			}
		}
		return nil
	})
	return setupTextsPage(q.frame("Texts of messages", "/setup"), v), err
}

func (q *request) textRow(i wording.Item, uses []textUse, team map[hearth.StaffID]string) textRow {
	r := textRow{ID: i.ID, Title: i.Title, Languages: languageNames(i.Template), Href: "/setup/templates/" + i.ID, Changed: "as it came with Hearth", Rests: i.Rests}
	if i.Newest > 0 && !i.Made.IsZero() {
		r.Changed = "changed " + q.dayWords(i.Made) + " by " + nameOfActor(i.MadeBy, team)
	}
	if i.Own() {
		r.Mark = ui.Chip{Word: "your words"}
	}
	switch names := useNames(uses); {
	case len(names) == 0:
		r.Uses = "No playbook uses it; whoever writes to a resident can put it in."
	case len(names) > 3:
		r.Uses = "Used by " + strings.Join(names[:3], ", ") + " and " + strconv.Itoa(len(names)-3) + " more."
	default:
		r.Uses = "Used by " + strings.Join(names, ", ") + "."
	}
	return r
}

// languageNames lists the languages of a text, English first.
func languageNames(t *desk.Template) string {
	var names []string
	for _, lang := range languagesOf(t.Languages) {
		names = append(names, languageName(lang))
	}
	return strings.Join(names, ", ")
}

// languagesOf gives languages in the order in which they are shown: English, then the others.
func languagesOf[V any](by map[string]V) []string {
	var out []string
	for lang := range by {
		if lang != "en" {
			out = append(out, lang)
		}
	}
	slices.Sort(out)
	if _, ok := by["en"]; ok {
		out = append([]string{"en"}, out...)
	}
	return out
}

// textUse is somebody who says a text.
type textUse struct {
	Name, Href string
	Mark       ui.Chip
}

func useNames(uses []textUse) []string {
	var out []string
	for _, u := range uses {
		if u.Href == "" {
			out = append(out, u.Name)
			continue
		}
		out = append(out, "“"+u.Name+"”")
	}
	return out
}

// textUses tells which playbooks say which text; one that is closed to the viewer is not among them.
func (q *request) textUses(ctx context.Context, tx *db.Tx) (map[string][]textUse, error) {
	all, _, err := q.plays(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := map[string][]textUse{}
	for id, p := range all {
		if p.closed {
			continue
		}
		seen := map[string]bool{}
		for _, l := range (&playbook.Program{Def: p.def}).Outline(nil) {
			if l.Sends == "" || seen[l.Sends] {
				continue
			}
			seen[l.Sends] = true
			out[l.Sends] = append(out[l.Sends], textUse{p.def.Title, "/playbooks/" + string(id), p.chip()})
		}
	}
	for id, words := range map[string]string{"consent-stop": "Hearth itself, to answer STOP", "consent-start": "Hearth itself, to answer START", "consent-start-mail": "Hearth itself, to answer START by mail", "consent-help": "Hearth itself, to answer HELP", "digest": "Hearth itself, where several messages become one"} {
		out[id] = append(out[id], textUse{Name: words})
	}
	for id := range out {
		slices.SortFunc(out[id], func(a, b textUse) int { return strings.Compare(a.Name+a.Href, b.Name+b.Href) })
	}
	return out, nil
}

// className is what a class of messages is called on a page.
func className(c hearth.Class) string {
	switch c {
	case hearth.ClassAnswer:
		return "answers"
	case hearth.ClassPromise:
		return "promises"
	case hearth.ClassRelation:
		return "staying in touch"
	}
	return string(c)
}

// classWords says what a class means for whoever writes.
func classWords(c hearth.Class) string {
	switch c {
	case hearth.ClassAnswer:
		return "Asked for this minute. They go at any hour, and nothing holds them back."
	case hearth.ClassSafety:
		return "Danger. They go at any hour."
	case hearth.ClassLegal:
		return "What the law asks for. They are never held back by the budget."
	case hearth.ClassPromise:
		return "What was promised to a resident, and when. They are counted, never held back by the budget."
	case hearth.ClassService:
		return "What a resident's own request or home is about: at most three a day, together with what follows."
	case hearth.ClassRelation:
		return "What a resident can do without: within the budget, and with a way to end it."
	case hearth.ClassPromotion:
		return "What is for sale: within the budget, and only with a yes where the law asks for one."
	}
	return ""
}

// textVersionView is a version of a text beside the one before it.
type textVersionView struct {
	ID, Title, Name, Lead, Before string
	Parts                         []diffPart
	Text                          []diffLine
	Back                          string // the version that would hold again; "" when it does already
	From                          int
}

// diffPart is what one part of a text said before and says now.
type diffPart struct {
	ID, Name string
	Lines    []diffLine
}

func (q *request) textVersion() (templ.Component, error) {
	if err := q.needWording(); err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(q.PathValue("n"))
	if err != nil {
		return nil, hearth.Errorf(hearth.CodeNotFound, "There is no such version.")
	}
	v := textVersionView{ID: q.PathValue("id"), Name: versionName(n)}
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		i, err := q.web.Wording.Get(ctx, tx, v.ID)
		if err != nil {
			return err
		}
		all, err := q.web.Wording.Versions(ctx, tx, v.ID)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(x wording.Version) bool { return x.Version == n })
		if at < 0 {
			return hearth.Errorf(hearth.CodeNotFound, "This text has no version %d.", n)
		}
		team, err := q.teamNames(ctx, tx)
		if err != nil {
			return err
		}
		v.Title, v.From = i.Title, i.Newest
		v.Lead = capital(q.versionWords(all[at], team)) + "."
		if all[at].Version != i.Newest && all[at].Text != all[0].Text {
			v.Back = strconv.Itoa(n)
		}
		var before wording.Version
		if at+1 < len(all) {
			before = all[at+1]
			v.Before = versionName(before.Version)
		}
		v.Text = diffOf(splitLines(before.Text), splitLines(all[at].Text))
		v.Parts = q.diffParts(before.Text, all[at].Text)
		return nil
	})
	return textVersionPage(q.frame(v.Name, "/setup"), v), err
}

func versionName(n int) string {
	if n == 0 {
		return "The text that came with Hearth"
	}
	return "Version " + strconv.Itoa(n)
}

func (q *request) versionWords(x wording.Version, team map[hearth.StaffID]string) string {
	if x.Version == 0 {
		return "came with Hearth"
	}
	words := q.dayWords(x.Made) + ", " + nameOfActor(x.MadeBy, team)
	if x.Shipped {
		words += ", back to the text that came with Hearth"
	}
	return words
}

// diffParts compares two texts part by part, in words. A part that is the same is left out.
func (q *request) diffParts(before, now string) []diffPart {
	lib := q.web.Wording.Desk.Templates
	was, _ := lib.Examine([]byte(before))
	is, _ := lib.Examine([]byte(now))
	if was == nil || is == nil {
		return nil
	}
	all := map[string]bool{}
	for lang := range was.Languages {
		all[lang] = true
	}
	for lang := range is.Languages {
		all[lang] = true
	}
	var out []diffPart
	for _, lang := range languagesOf(all) {
		a, b := was.Languages[lang], is.Languages[lang]
		for _, p := range [][3]string{{"subject", a.Subject, b.Subject}, {"text", a.Body, b.Body}, {"short form", a.Short, b.Short}} {
			if p[1] == p[2] {
				continue
			}
			d := diffPart{ID: "diff-" + lang + "-" + strings.ReplaceAll(p[0], " ", "-"), Name: languageName(lang) + ", " + p[0]}
			if d.Lines = diffOf(splitLines(p[1]), splitLines(p[2])); p[1] == "" {
				for i := range d.Lines {
					d.Lines[i].Kind = "+"
				}
			}
			out = append(out, d)
		}
	}
	return out
}
