package web

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/desk/wording"
	"hearth/internal/fact/record"
)

// textForm is a text as it is edited.
type textForm struct {
	ID, Title, Lead string
	New             bool
	From            int // the newest version when it was opened
	Head            []ui.Input
	Languages       []langForm
	Add             ui.Input // a further language
	Needs           []needForm
	AddNeed         ui.Input
	Facts           []factLine
	Uses            []textUse
	Rests           string
	Versions        []versionRow
	Look            textLook
	Assist          []ui.Option // what the writing assistant can do here; empty: there is none
	Said            []string    // what came of its help
	Wrong           []ui.Input
}

// langForm is a text in one language.
type langForm struct {
	Tag, Name string
	Fields    []ui.Input
	Parts     string // what its short form costs as a text message
	Must      bool   // English stays
}

// needForm is a fact that the text can't do without.
type needForm struct {
	Fact, Means string
	Stands      []ui.Input
}

// factLine is something that a text may say.
type factLine struct {
	Name, Say, Means string
	Situation        bool
}

// textLook is what is wrong with a text, and how it reads.
type textLook struct {
	Wrong  []string
	Good   []string // what the check was content with
	Hints  []string
	Who    string // whom it is shown for
	As     string
	Fine   string // where the facts are from
	Find   string
	Found  []ui.Option
	Shown  []shownLanguage
	Large  string
	People bool // the viewer may look at residents
}

type shownLanguage struct {
	Name, Fine string
	Texts      []shownText
}

// textDraft is what stands in the form.
type textDraft struct {
	id        string
	from      int
	head      desk.Edit
	class     string
	window    string
	raw       []byte
	as, find  string
	template  *desk.Template
	found     []desk.Finding
	languages map[string]desk.Wording
	needs     map[string]map[string]string
	said      []string // what came of help with it
}

const maxTextPart = 20_000

// openText reads a text as it stands now.
func (q *request) openText(id string) (textDraft, error) {
	d := textDraft{id: id, as: q.field("as"), find: q.field("who")}
	if err := q.needWording(); err != nil {
		return d, err
	}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		i, err := q.web.Wording.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		d.from, d.raw, d.languages, d.needs = i.Newest, []byte(i.Text()), i.Languages, i.Needs
		d.head = desk.Edit{Title: i.Title, Why: strings.Join(strings.Fields(i.Why), " ")}
		d.template, d.found, err = q.web.Wording.Desk.ExamineOwn(ctx, tx, d.raw)
		return err
	})
	return d, err
}

// writtenText reads a text out of the form, over what stands.
func (q *request) writtenText(id string) (textDraft, error) {
	if err := q.ParseForm(); err != nil {
		return textDraft{}, hearth.Errorf(hearth.CodeInvalid, "The form can't be read. Try again with less text.")
	}
	var d textDraft
	var err error
	if id == "" {
		d = q.blankText()
	} else if d, err = q.openText(id); err != nil {
		return d, err
	}
	if n, ok := numberField(q.field("from")); ok {
		d.from = n
	}
	d.languages, d.needs = map[string]desk.Wording{}, map[string]map[string]string{}
	for _, lang := range q.Form["lang"] {
		w := desk.Wording{Subject: q.FormValue("subject-" + lang), Body: q.FormValue("body-" + lang), Short: q.FormValue("short-" + lang)}
		if len(w.Subject)+len(w.Body)+len(w.Short) > maxTextPart {
			return d, hearth.Errorf(hearth.CodeInvalid, "A text has at most %d letters in each language.", maxTextPart)
		}
		if q.field("drop-"+lang) == "" || lang == "en" {
			d.languages[lang] = w
		}
	}
	if add := q.field("lang-add"); add != "" {
		if _, ok := d.languages[add]; !ok {
			d.languages[add] = desk.Wording{}
		}
	}
	q.writtenNeeds(&d)
	edit := desk.Edit{Title: d.head.Title, Why: d.head.Why, Needs: d.needs, Languages: d.languages}
	if d.raw, err = desk.Rewrite(d.raw, edit); err != nil {
		return d, err
	}
	return d, q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if id == "" {
			d.template, d.found = q.web.Wording.Desk.Templates.Examine(d.raw)
			return nil
		}
		d.template, d.found, err = q.web.Wording.Desk.ExamineOwn(ctx, tx, d.raw)
		return err
	})
}

func (q *request) writtenNeeds(d *textDraft) {
	for _, fact := range append(q.Form["need"], q.field("need-add")) {
		if fact == "" || q.field("need-drop-"+fact) != "" {
			continue
		}
		d.needs[fact] = map[string]string{}
		for lang := range d.languages {
			if words := q.field("stand-" + fact + "-" + lang); words != "" {
				d.needs[fact][lang] = words
			}
		}
	}
}

// blankText is a new text, as far as the form tells.
func (q *request) blankText() textDraft {
	d := textDraft{as: q.field("as"), find: q.field("who"), class: q.field("class"), window: q.field("window"), head: desk.Edit{Title: q.field("title"), Why: q.field("why")}}
	d.id = slugOf(d.head.Title)
	if d.class == "" {
		d.class = string(hearth.ClassService)
	}
	raw, err := desk.Blank(d.id, d.head.Title, d.head.Why, hearth.Class(d.class), "house."+d.id, d.window)
	if err == nil {
		d.raw = raw
	}
	d.languages = map[string]desk.Wording{"en": {}, "es": {}}
	return d
}

// slugOf makes an id of a title.
func slugOf(title string) string {
	s := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(title), "-"), "-")
	if len(s) > 60 {
		s = strings.Trim(s[:60], "-")
	}
	return strings.TrimLeft(s, "0123456789-")
}

func numberField(s string) (n int, ok bool) {
	_, err := fmt.Sscanf(s, "%d", &n)
	return n, err == nil && n >= 0
}

func (q *request) setupText() (templ.Component, error) {
	d, err := q.openText(q.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return q.textPage(d, nil)
}

func (q *request) newText() (templ.Component, error) {
	if err := q.needWording(); err != nil {
		return nil, err
	}
	return q.textPage(q.blankText(), nil)
}

// lookText shows what stands in the form: what is wrong with it, and how it would read. It keeps nothing.
func (q *request) lookText() (templ.Component, error) {
	q.Body = http.MaxBytesReader(q.w, q.Body, maxForm)
	if err := q.needWording(); err != nil {
		return nil, err
	}
	d, err := q.writtenText(q.textID())
	if err != nil {
		return nil, err
	}
	return q.textPage(d, nil)
}

// textID is the text that the path names; "" for a new one.
func (q *request) textID() string {
	if id := q.PathValue("id"); id != "new" {
		return id
	}
	return ""
}

// putText stores what stands in the form as the next version.
func (q *request) putText() (outcome, error) {
	if err := q.needWording(); err != nil {
		return outcome{}, err
	}
	d, err := q.writtenText(q.textID())
	if err != nil {
		return outcome{}, err
	}
	if len(d.found) > 0 {
		return outcome{}, q.textAgain(d, nil)
	}
	var was wording.Item
	var now desk.Own
	err = q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		if was, err = q.web.Wording.Get(ctx, tx, d.id); err != nil {
			return err
		}
		if d.template.Same(was.Template) {
			return nil
		}
		now, err = q.web.Wording.Desk.Put(ctx, tx, q.actor, d.from, d.raw)
		return err
	})
	next := "/setup/templates/" + d.id
	switch {
	case formFault(err):
		return outcome{}, q.textAgain(d, err)
	case err != nil:
		return outcome{}, err
	case now.Version == 0:
		return outcome{said: "Nothing was different.", next: next}, nil
	}
	return outcome{said: "Saved. The next message is written from it, and so are those that wait.", next: next,
		undo: fmt.Sprintf("%s/back?to=%d&from=%d", next, was.Version, now.Version)}, nil
}

// createText stores a new text.
func (q *request) createText() (outcome, error) {
	if err := q.needWording(); err != nil {
		return outcome{}, err
	}
	d, err := q.writtenText("")
	if err != nil {
		return outcome{}, err
	}
	if d.id == "new" || len(d.id) < 3 {
		return outcome{}, q.textAgain(d, hearth.FieldErrorf("title", "Give it a name of at least three letters."))
	}
	if n := utf8.RuneCountInString(d.head.Title); n > desk.MostTitle {
		return outcome{}, q.textAgain(d, hearth.FieldErrorf("title", "It has %d letters, and %d are the most; say the rest in what it is for.", n, desk.MostTitle))
	}
	if d.head.Why == "" {
		return outcome{}, q.textAgain(d, hearth.FieldErrorf("why", "Say in a sentence what it is for; the team reads it."))
	}
	if len(d.found) > 0 {
		return outcome{}, q.textAgain(d, nil)
	}
	err = q.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := q.web.Wording.Desk.Create(ctx, tx, q.actor, d.raw)
		return err
	})
	if formFault(err) {
		return outcome{}, q.textAgain(d, hearth.FieldErrorf("title", "%s", hearth.MessageOf(err)))
	}
	return outcome{said: "There it is. Playbooks can say it as " + d.id + ", and the team finds it in the composer.", next: "/setup/templates/" + d.id}, err
}

func (q *request) textAgain(d textDraft, wrong error) error {
	again, err := q.textPage(d, wrong)
	if err != nil {
		return err
	}
	return wrongForm{again}
}

// backText lets an earlier version hold again.
func (q *request) backText() (outcome, error) {
	if err := q.needWording(); err != nil {
		return outcome{}, err
	}
	id := q.PathValue("id")
	to, ok := numberField(q.field("to"))
	from, ok2 := numberField(q.field("from"))
	if !ok || !ok2 {
		return outcome{}, hearth.Errorf(hearth.CodeInvalid, "Say which version is to hold again.")
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := q.web.Wording.Back(ctx, tx, q.actor, id, to, from)
		return err
	})
	return outcome{said: versionName(to) + " holds again.", next: "/setup/templates/" + id}, err
}

// textPage draws the form with what is in it; wrong is why it was not taken.
func (q *request) textPage(d textDraft, wrong error) (templ.Component, error) {
	v := textForm{ID: d.id, Title: d.head.Title, From: d.from, New: q.textID() == ""}
	v.Lead = d.head.Why
	if v.New {
		v.ID, v.Title, v.Lead = "new", "A new text", "Playbooks can say it, and the team can put it into what they write."
		v.Head = newTextHead(d)
		markWrong(v.Head, wrong)
	}
	for _, lang := range languagesOf(d.languages) {
		v.Languages = append(v.Languages, langFormOf(lang, d.languages[lang], d.found))
	}
	v.Assist, v.Said = q.assistOptions(d), d.said
	v.Add = ui.Input{Name: "lang-add", Label: "A further language", Options: furtherLanguages(d.languages)}
	q.needForms(&v, d)
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if !v.New {
			if err := q.textAround(ctx, tx, &v); err != nil {
				return err
			}
		}
		v.Look, err = q.look(ctx, tx, d)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, l := range v.Languages {
		v.Wrong = append(v.Wrong, l.Fields...)
	}
	v.Wrong = append(v.Head[:len(v.Head):len(v.Head)], v.Wrong...)
	if wrong != nil && !v.New {
		v.Wrong = append(v.Wrong, ui.Input{Name: "from", Label: "Not saved", Wrong: hearth.MessageOf(wrong)})
	}
	return setupTextPage(q.frame(v.Title, "/setup"), v), nil
}

func newTextHead(d textDraft) []ui.Input {
	class := ui.Input{Name: "class", Label: "What it is", Value: d.class, Hint: "Consent, quiet hours and the budget go by it. It stays so."}
	for _, c := range []hearth.Class{hearth.ClassService, hearth.ClassPromise, hearth.ClassRelation, hearth.ClassPromotion, hearth.ClassSafety, hearth.ClassLegal} {
		class.Options = append(class.Options, ui.Option{Value: string(c), Name: capital(className(c)) + ": " + classWords(c)})
	}
	return []ui.Input{{Name: "title", Label: "What the team calls it", Value: d.head.Title, Required: true, Max: desk.MostTitle}, {Name: "why", Label: "What it is for", Value: d.head.Why, Required: true, Max: 300}, class,
		{Name: "window", Label: "Not again within", Value: d.window, Optional: true, Hint: "Such as 3d or 36h. Left out, only the very same words are not said twice.", Max: 8}}
}

// langFormOf gives the fields of a language, each with what the check found in it.
func langFormOf(lang string, w desk.Wording, found []desk.Finding) langForm {
	f := langForm{Tag: lang, Name: languageName(lang), Must: lang == "en"}
	f.Fields = []ui.Input{{Name: "subject-" + lang, Label: "Subject", Value: w.Subject, Max: 300}, {Name: "body-" + lang, Label: "Text", Value: w.Body, Rows: 12, Max: maxTextPart},
		{Name: "short-" + lang, Label: "Short form", Value: w.Short, Rows: 2, Max: 1000, Optional: true, Hint: "Goes as the text message, and stands for it where several become one. Left out, text messages carry the whole text."}}
	for _, x := range found {
		i := slices.Index([]string{"subject", "body", "short"}, x.Part)
		if x.Language != lang || i < 0 || f.Fields[i].Wrong != "" {
			continue
		}
		f.Fields[i].Wrong = capital(x.Says) + "."
		if x.Line > 0 && i == 1 {
			f.Fields[i].Wrong = fmt.Sprintf("Line %d: %s.", x.Line, x.Says)
		}
	}
	if w.Short != "" {
		n := channel.CountSegments(w.Short)
		f.Parts = fmt.Sprintf("%s before facts are put in.", count(n.Count, "part", "parts"))
		if n.UCS2 {
			f.Parts += " It has letters that make a part shorter, 70 instead of 160."
		}
	}
	return f
}

func furtherLanguages(have map[string]desk.Wording) []ui.Option {
	out := []ui.Option{{Value: "", Name: "None"}}
	for _, lang := range []string{"es", "zh", "vi", "ru", "ar", "ht", "fr", "pt", "ko", "pl", "tl", "bn", "ur", "hi"} {
		if _, ok := have[lang]; !ok {
			out = append(out, ui.Option{Value: lang, Name: languageName(lang)})
		}
	}
	return out
}

// needForms adds what the text can't do without, and all that it may say.
func (q *request) needForms(v *textForm, d textDraft) {
	v.AddNeed = ui.Input{Name: "need-add", Label: "It can't do without", Options: []ui.Option{{Value: "", Name: "Nothing else"}}}
	for _, f := range desk.Facts() {
		v.Facts = append(v.Facts, factLine{f.Name, "{{ " + f.Name + " }}", f.Doc, f.Situation})
		stands, needed := d.needs[f.Name]
		if !needed {
			v.AddNeed.Options = append(v.AddNeed.Options, ui.Option{Value: f.Name, Name: f.Doc + " (" + f.Name + ")"})
			continue
		}
		n := needForm{Fact: f.Name, Means: capital(f.Doc)}
		for _, lang := range languagesOf(d.languages) {
			n.Stands = append(n.Stands, ui.Input{Name: "stand-" + f.Name + "-" + lang, Label: "Instead, in " + languageName(lang), Value: stands[lang], Optional: true, Max: 200})
		}
		v.Needs = append(v.Needs, n)
	}
}

// textAround adds who says the text, and what it said before.
func (q *request) textAround(ctx context.Context, tx *db.Tx, v *textForm) error {
	uses, err := q.textUses(ctx, tx)
	if err != nil {
		return err
	}
	v.Uses = uses[v.ID]
	all, err := q.web.Wording.Versions(ctx, tx, v.ID)
	if err != nil {
		return err
	}
	team, err := q.teamNames(ctx, tx)
	if err != nil {
		return err
	}
	for _, x := range all {
		v.Versions = append(v.Versions, versionRow{Name: versionName(x.Version), Words: q.versionWords(x, team), Href: fmt.Sprintf("/setup/templates/%s/versions/%d", v.ID, x.Version)})
	}
	i, err := q.web.Wording.Get(ctx, tx, v.ID)
	v.Rests = i.Rests
	return err
}

// contactName is how somebody is found in a list.
func contactName(c record.Contact) string {
	if c.UnitLabel == "" {
		return c.Name()
	}
	return c.Name() + ", " + c.UnitLabel
}
