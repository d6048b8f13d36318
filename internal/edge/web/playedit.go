package web

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/account"
)

// Changing a playbook: the list of its sentences is the form. A draft is changed, and nothing else, until it is switched on.

// playEditRoutes lists the pages on which playbooks are made and changed.
func (h *Web) playEditRoutes() []route {
	return []route{
		{"GET /playbooks/new", rightPlaybooks, h.show(rightPlaybooks, (*request).newPlaybook)},
		{"POST /playbooks/new", rightPlaybooks, h.do(rightPlaybooks, (*request).makePlaybook)},
		{"GET /playbooks/{id}/edit", rightPlaybooks, h.show(rightPlaybooks, (*request).editPlaybook)},
		{"POST /playbooks/{id}/edit/set", rightPlaybooks, h.do(rightPlaybooks, (*request).setPart)},
		{"POST /playbooks/{id}/edit/step", rightPlaybooks, h.do(rightPlaybooks, (*request).changeSteps)},
		{"POST /playbooks/{id}/edit/text", rightPlaybooks, h.do(rightPlaybooks, (*request).setText)},
		{"GET /playbooks/{id}/edit/file", account.PlaybooksRead, h.file(account.PlaybooksRead)},
		{"POST /playbooks/{id}/edit/undo", rightPlaybooks, h.do(rightPlaybooks, (*request).undoEdit)},
		{"POST /playbooks/{id}/edit/discard", rightPlaybooks, h.do(rightPlaybooks, (*request).discardDraft)},
	}
}

// editRow is a sentence of the list.
type editRow struct {
	playbook.SheetLine
	Icon, Fine string
	Head       string // of a part that is no step: "Starts", "Ends"
	Open       bool
	Faults     []string
	Fields     []editField
	Href       string
	Up, Down   bool
	Arms       bool   // an arm can be added
	Posted     string // the part under which its form is posted, where that is not its path
	Removes    string
}

// editView is a playbook that is being changed, ready to be drawn.
type editView struct {
	ID, Title, Lead string
	View            string // "", text, changes
	Rev             int
	Draft           bool
	State           string
	Beside          string // who else changes it
	Undo            int    // the revision before the last change; -1: none
	UndoWords       string
	Rows            []editRow
	Good            []string
	Faults          []editFault
	Hints           []string
	Text            string
	Broken          string // why the text can't be shown as sentences
	Words, Lines    []diffLine
	Before          string
	History         []string
	Conflict        *editConflict
	Live            bool
	Adds            []ui.Option
	ToStart, ToTry  string
}

// editFault is a fault with a way to it.
type editFault struct{ Words, Where, Href string }

// editConflict is what two people wrote at the same place.
type editConflict struct {
	Who   string
	Lines []diffLine // theirs, against what was looked at
	Part  string
	Over  int
	Mine  string // the whole text, where that was changed
}

// base is what a draft begins with, and against what it is compared.
type editBase struct {
	text, name string
	play       *play // nil: only the draft is there
	draft      playbook.Draft
	has        bool
	staff      map[string]string
}

// now is the text that is looked at.
func (b editBase) now() string {
	if b.has {
		return b.draft.Text
	}
	return b.text
}

// editBase reads what is there of a playbook. It fails with CodeNotFound where there is neither a playbook nor a draft.
func (q *request) editBase(ctx context.Context, tx *db.Tx) (b editBase, err error) {
	id := q.playID()
	if b.draft, b.has, err = playbook.DraftOf(ctx, tx, id); err != nil {
		return b, err
	}
	if b.staff, err = q.staffNames(ctx, tx); err != nil {
		return b, err
	}
	p, _, err := q.play(ctx, tx, id)
	switch {
	case hearth.CodeOf(err) == hearth.CodeNotFound && b.has:
		return b, nil
	case err != nil:
		return b, err
	}
	b.play, b.text, b.name = &p, p.Text, "the text that comes with Hearth"
	if p.Version > 0 {
		b.name = "version " + strconv.Itoa(p.Version)
	}
	return b, nil
}

// staffNames gives the names of the team by id.
func (q *request) staffNames(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	all, err := q.web.Records.AllStaff(ctx, tx)
	names := map[string]string{}
	for _, m := range all {
		names[string(m.ID)] = m.Name
	}
	return names, err
}

func (q *request) nameOf(staff map[string]string, a hearth.Actor) string {
	switch {
	case a.String() == q.actor.String():
		return "you"
	case staff[a.ID] != "":
		return staff[a.ID]
	case a.Name != "":
		return a.Name
	}
	return "somebody else"
}

func (q *request) editPlaybook() (templ.Component, error) {
	if err := q.needEngine(); err != nil {
		return nil, err
	}
	open := q.URL.Query().Get("open")
	v, err := q.editView(open)
	if err != nil {
		return nil, err
	}
	if q.quiet() && q.URL.Query().Has("moved") { // what is typed into stands elsewhere now: the whole page is another one
		q.w.Header().Set("HX-Redirect", editHref(v.ID, open))
	}
	return playEditPage(q.frame("Change: "+v.Title, "/playbooks"), v), nil
}

// editView makes the page, with a part opened.
func (q *request) editView(open string) (editView, error) {
	var b editBase
	var past []playbook.Revision
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if b, err = q.editBase(ctx, tx); err != nil || !b.has {
			return err
		}
		past, err = playbook.Revisions(ctx, tx, q.playID(), 1)
		return err
	})
	if err != nil {
		return editView{}, err
	}
	v := editView{ID: string(q.playID()), View: q.field("view"), Rev: b.draft.Rev, Draft: b.has, Text: b.now(), Before: b.name, Undo: -1, Live: b.play != nil && b.play.on(), Adds: append(options("", "Choose"), addOptions()...)}
	v.ToStart, v.ToTry = "/playbooks/"+v.ID+"/start", "/playbooks/"+v.ID+"/simulate"
	if b.has {
		v.ToStart, v.ToTry = v.ToStart+"?draft=yes", v.ToTry+"?draft=yes"
	}
	q.editState(&v, b, past)
	faults, hints, err := q.web.Engine.Faults(q.Context(), []byte(v.Text))
	if err != nil {
		return v, err
	}
	e := q.editor(v.Text)
	if e.sheet == nil {
		v.Broken, v.Title = "The text can't be shown as sentences as it stands. Mend it here, or go a step back.", plainID(v.ID)
		if v.View == "" {
			v.View = "text"
		}
	} else {
		v.Title = e.sheet.Get("title")
		if id := e.sheet.Get("id"); id != v.ID {
			faults = append([]playbook.Fault{{Path: "id", Words: fmt.Sprintf("A playbook keeps its id: it is %s, and the text says %q.", v.ID, short(id, 60))}}, faults...)
		}
	}
	if strings.TrimSpace(v.Title) == "" {
		v.Title = plainID(v.ID)
	}
	q.editFaults(&v, e, faults, hints)
	switch v.View {
	case "changes":
		q.editChanges(&v, b)
	case "text":
	default:
		v.View = ""
		if e.sheet != nil {
			e.rows(&v, open)
		}
	}
	return v, nil
}

// editor makes the fields of a text; its sheet is nil where the text can't be read.
func (q *request) editor(text string) *editor {
	e := &editor{compiler: q.web.Engine.Compiler, faults: map[string][]string{}}
	if s, err := playbook.ReadSheet(text); err == nil {
		e.sheet = s
	}
	for _, t := range q.web.Engine.Compiler.EventTypes() {
		e.events = append(e.events, ui.Option{Value: t[0], Name: capital(t[1])})
	}
	if d := q.web.Engine.Desk; d != nil && d.Templates != nil {
		for _, id := range d.Templates.IDs() {
			e.templates = append(e.templates, ui.Option{Value: id, Name: first(q.templateTitle(id), id)})
		}
	}
	return e
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// editState says who saved the draft when, and how to go a step back.
func (q *request) editState(v *editView, b editBase, past []playbook.Revision) {
	live := "Nothing of it acts before it is switched on."
	if v.Live {
		live = capital(b.name) + " stays on until you switch this on."
	}
	if !b.has {
		v.State = "Nothing is changed yet. What you change is kept as a draft at once."
		return
	}
	v.State = fmt.Sprintf("Draft, saved %s by %s. %s", page.When(b.draft.Saved, q.now, q.zone), q.nameOf(b.staff, b.draft.By), live)
	for i := len(past) - 1; i >= 0 && len(v.History) < 8; i-- {
		v.History = append(v.History, fmt.Sprintf("%s, %s: %s", page.When(past[i].Saved, q.now, q.zone), q.nameOf(b.staff, past[i].By), past[i].About))
	}
	n := len(past) - 1
	if n < 0 || past[n].Rev != b.draft.Rev {
		return
	}
	if past[n].By.String() != q.actor.String() && q.now.Sub(b.draft.Saved).Minutes() < 10 {
		v.Beside = capital(q.nameOf(b.staff, past[n].By)) + " is changing this draft too, a moment ago: " + past[n].About + ". What you both change elsewhere stands side by side; at the same place the second of you is asked."
	}
	n = playbook.StoodAt(past, n)
	v.UndoWords = past[n].About
	for i := n - 1; i >= 0; i-- { // what was typed into one field goes back at once
		if past[i].About != past[n].About || past[i].By.String() != past[n].By.String() {
			v.Undo = past[i].Rev
			return
		}
	}
	if b.play != nil && playbook.Whole(past) {
		v.Undo = 0
	}
}

// editFaults lists what is wrong, each with a way to its place.
func (q *request) editFaults(v *editView, e *editor, faults []playbook.Fault, hints []playbook.Hint) {
	for _, f := range faults {
		e.faults[f.Path] = append(e.faults[f.Path], f.Words)
		x := editFault{Words: f.Words, Href: "/playbooks/" + v.ID + "/edit?view=text"}
		if f.Line > 0 {
			x.Where = "Line " + strconv.Itoa(f.Line)
		}
		if part := partOf(f.Path); part != "" && e.sheet != nil {
			x.Href = editHref(v.ID, part)
			x.Where = e.whereWords(part)
		}
		v.Faults = append(v.Faults, x)
	}
	for _, h := range hints {
		text := h.Text
		if line, ok := strings.CutPrefix(h.Where, "line "); ok && e.sheet != nil {
			if n, err := strconv.Atoi(line); err == nil {
				if where := e.whereWords(e.sheet.StepAt(n)); where != "" {
					text = where + ": " + text
				}
			}
		}
		v.Hints = append(v.Hints, text)
	}
	if len(faults) == 0 {
		v.Good = []string{"It can be switched on as it stands."}
	}
}

// partOf gives the part of the form in which a path lies; "" for none.
func partOf(path string) string {
	head, rest, _ := strings.Cut(path, ".")
	switch head {
	case "title", "why", "moment", "depth", "for":
		return "about"
	case "trigger", "audience", "limits", "fresh":
		return "start"
	case "goal":
		return "goal"
	case "exits":
		at, _, _ := strings.Cut(rest, ".")
		if at != "" {
			return "exits." + at
		}
		return ""
	case "steps":
		return playbook.StepOf(path)
	}
	return ""
}

// whereWords says a part: "Step 3".
func (e *editor) whereWords(part string) string {
	switch {
	case part == "about":
		return "What it is"
	case part == "start":
		return "Start"
	case part == "goal":
		return "Goal"
	case strings.HasPrefix(part, "exits."):
		return "Ends"
	}
	for _, l := range e.sheet.Lines(nil) {
		switch {
		case l.Path == part && l.Number > 0:
			return "Step " + strconv.Itoa(l.Number)
		case l.Path == part:
			return l.What
		}
	}
	return ""
}

func editHref(id, part string) string { return "/playbooks/" + id + "/edit?open=" + part + "#open" }

// editChanges compares the draft with what it began with.
func (q *request) editChanges(v *editView, b editBase) {
	before, now := b.text, v.Text
	if s, err := playbook.ReadSheet(before); err == nil && before != "" {
		before = s.Text() // laid out alike, so that only what was changed differs
	}
	if s, err := playbook.ReadSheet(now); err == nil {
		now = s.Text()
	}
	if said := wordsOf(v.Text); len(said) > 0 || strings.TrimSpace(v.Text) == "" {
		v.Words = diffOf(wordsOf(b.text), said)
	} else {
		v.Words = []diffLine{{Kind: "…", Words: "As it stands it can't be read as a playbook, so it can't be said in words: see the checks. What was changed stands below."}}
	}
	if old, lines := splitLines(before), splitLines(now); len(old)*len(lines) < 4_000_000 {
		v.Lines = diffOf(old, lines)
	} else {
		v.Lines = []diffLine{{Kind: "…", Words: "These texts are too long to be compared line by line."}}
	}
}

// rows makes the list of sentences.
func (e *editor) rows(v *editView, open string) {
	part := func(path, head, icon, what, fine string) editRow {
		r := editRow{SheetLine: playbook.SheetLine{Path: path, Line: playbook.Line{What: what}, Whole: true}, Head: head, Icon: icon, Fine: fine}
		r.Href = editHref(v.ID, path)
		return r
	}
	s := e.sheet
	rows := []editRow{part("about", "What it is", "file-text", first(s.Get("title"), "No title yet"), first(s.Get("why"), "Nothing says yet why it exists.")),
		part("start", "Starts", "play", e.startWords(), e.limitWords())}
	for _, l := range s.Lines(e.titled) {
		r := editRow{SheetLine: l, Icon: stepIcon(l.Line), Fine: stepFine(l.Line), Href: editHref(v.ID, l.Path), Removes: l.Path}
		if l.Kind == "if" || l.Kind == "else" {
			first := strings.HasSuffix(l.Path, ".branch.0")
			r.Up, r.Down = first && l.At > 0, first && !l.Last
			if r.Arms = l.Kind == "if"; first {
				r.Removes = strings.TrimSuffix(l.Path, ".branch.0")
			}
			if l.Kind == "else" {
				r.Href = ""
			}
		} else {
			r.Up, r.Down = l.At > 0, !l.Last
		}
		rows = append(rows, r)
	}
	rows = append(rows, editRow{SheetLine: playbook.SheetLine{Path: "steps", List: "steps", At: s.Len("steps"), Whole: true, Line: playbook.Line{Kind: "more"}}})
	for i := range s.Len("exits") {
		path := "exits." + strconv.Itoa(i)
		r := part(path, "Ends at once", "flag", "If "+exitWords(s, path), s.Get(path+".because"))
		r.Removes = path
		rows = append(rows, r)
	}
	rows = append(rows, editRow{SheetLine: playbook.SheetLine{Path: "exits", List: "exits", At: s.Len("exits"), Whole: true, Line: playbook.Line{Kind: "more"}}, Head: "exits"})
	goal := "Nothing is measured."
	if g := s.Get("goal.event"); g != "" {
		goal = capital(playbook.EventWords(hearth.EventType(g))) + ", within " + first(s.Get("goal.within"), "a time that is not said yet")
	}
	rows = append(rows, part("goal", "Goal", "circle-check", goal, ""))
	for i := range rows {
		rows[i].Faults = e.faultsOf(rows[i])
		if rows[i].Path == open && rows[i].Href != "" {
			rows[i].Open, rows[i].Fields = true, e.fields(open)
		}
	}
	v.Rows = rows
}

// faultsOf gives the faults that belong to a row.
func (e *editor) faultsOf(r editRow) []string {
	var out []string
	for path, words := range e.faults {
		if path != "" && r.Path != "" && r.Kind != "more" && partOf(path) == r.Path {
			out = append(out, words...)
		}
	}
	if r.Path == "steps" {
		out = append(out, e.faults["steps"]...)
	}
	if r.Path == "exits" {
		out = append(out, e.faults["exits"]...)
	}
	return out
}

func (e *editor) titled(id string) string {
	for _, o := range e.templates {
		if o.Value == id {
			return o.Name
		}
	}
	return ""
}

func (e *editor) startWords() string {
	s := e.sheet
	only := ""
	if x := s.Get("trigger.if"); x != "" {
		only = ", if " + playbook.Sentence(x)
	}
	words := "Nothing says yet when it starts"
	switch e.startKind() {
	case "on":
		words = capital(playbook.EventWords(hearth.EventType(s.Get("trigger.on")))) + only
	case "when":
		words = capital(playbook.Sentence(s.Get("trigger.when")))
	case "absence":
		words = "For " + first(s.Get("trigger.for"), "a time") + " it did not happen that " + playbook.EventWords(hearth.EventType(s.Get("trigger.absence"))) + only
	case "repeat":
		words = capital(playbook.EventWords(hearth.EventType(s.Get("trigger.repeat.event")))) + ", " + s.Get("trigger.repeat.times") + " times within " + s.Get("trigger.repeat.within") + only
	case "at":
		words = "By the calendar, every " + s.Get("trigger.at.every") + " at " + s.Get("trigger.at.time") + only
	}
	return words
}

func (e *editor) limitWords() string {
	var parts []string
	if a := e.sheet.Get("audience"); a != "" {
		parts = append(parts, "Only if "+playbook.Sentence(a)+".")
	}
	if a := e.sheet.Get("limits.again"); a != "" {
		parts = append(parts, capital(a)+".")
	}
	return strings.Join(parts, " ")
}

func exitWords(s *playbook.Sheet, path string) string {
	if on := s.Get(path + ".on"); on != "" {
		words := playbook.EventWords(hearth.EventType(on))
		if x := s.Get(path + ".if"); x != "" {
			words += " and " + playbook.Sentence(x)
		}
		return words
	}
	return first(playbook.Sentence(s.Get(path+".when")), "something that is not said yet")
}

func addOptions() []ui.Option {
	var out []ui.Option
	for _, k := range playbook.Kinds() {
		out = append(out, ui.Option{Value: k[0], Name: k[1]})
	}
	return out
}
