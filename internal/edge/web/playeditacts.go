package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/playbook"
)

// quiet tells whether the page asked by itself while somebody types.
func (q *request) quiet() bool { return q.Header.Get("HX-Request") != "" }

// baseRev is the revision that was looked at.
func (q *request) baseRev() int {
	n, _ := strconv.Atoi(q.field("rev"))
	return max(0, n)
}

// overRev is the revision of a conflict that somebody saw, and wants theirs all the same; 0: none.
func (q *request) overRev() int {
	n, _ := strconv.Atoi(q.field("over"))
	return max(0, n)
}

// changed is what came of a change: the revision before and the one since, and who changed another part meanwhile.
type changed struct {
	before, now int
	beside      string
}

// changeDraft changes a part of a draft that can be read as sentences; what is done is told where the part stands.
func (q *request) changeDraft(part string, about func(e *editor, part string) string, apply func(e *editor, part string) error) (changed, error) {
	return q.changeText(playbook.Change{Part: part, About: func(text, part string) string { return about(q.editor(text), part) }, Apply: func(text, part string) (string, error) {
		e := q.editor(text)
		if e.sheet == nil {
			return "", hearth.Errorf(hearth.CodeConflict, "The text can't be read as it stands, so no step can be changed. Mend it as text first.")
		}
		if err := apply(e, part); err != nil {
			return "", err
		}
		return e.sheet.Text(), nil
	}})
}

// changeText changes the draft.
func (q *request) changeText(x playbook.Change) (c changed, err error) {
	if err := q.needEngine(); err != nil {
		return c, err
	}
	err = q.write(func(ctx context.Context, tx *db.Tx) error {
		b, err := q.editBase(ctx, tx)
		if err != nil {
			return err
		}
		c = changed{before: b.draft.Rev}
		x.Base, x.Over, x.Start = q.baseRev(), q.overRev(), b.text
		d, others, err := playbook.ChangeDraft(ctx, tx, q.actor, q.playID(), x)
		for _, a := range others {
			c.beside = capital(q.nameOf(b.staff, a)) + " changed another part meanwhile; both stand."
		}
		c.now = d.Rev
		return err
	})
	if hearth.CodeOf(err) == hearth.CodeTooLarge {
		err = hearth.FieldErrorf("text", "%s Nothing was changed.", hearth.MessageOf(err))
	}
	return c, err
}

// sheetPart gives the paths in the text that a part of the form means, to see whether two people changed the same.
func sheetPart(part string) string {
	if paths := map[string]string{"about": "title why moment depth for", "start": "trigger audience limits fresh"}[part]; paths != "" {
		return paths
	}
	return part
}

func (q *request) posted(name string) (string, bool) {
	if q.Form == nil {
		_ = q.FormValue("part")
	}
	v, ok := q.PostForm[name]
	if !ok && q.MultipartForm != nil {
		v, ok = q.MultipartForm.Value[name]
	}
	if !ok || len(v) == 0 {
		return "", false
	}
	return v[0], true
}

// formPart gives the part of the form that paths of sheetPart mean.
func formPart(part, where string) string {
	if sheetPart(part) != part {
		return part
	}
	return where
}

// setPart keeps what was written into the fields of one part.
func (q *request) setPart() (outcome, error) {
	if err := q.needEngine(); err != nil {
		return outcome{}, err
	}
	part := q.field("part")
	at := part
	done, err := q.changeDraft(sheetPart(part), func(e *editor, where string) string { return e.aboutPart(formPart(part, where)) }, func(e *editor, where string) error {
		at = formPart(part, where)
		return e.setPart(at, q.posted)
	})
	if c, ok := playbook.AsDraftConflict(err); ok {
		return outcome{}, q.conflict(c, part, func(e *editor) error { return e.setPart(part, q.posted) })
	}
	if err != nil {
		return outcome{}, err
	}
	o := outcome{said: strings.TrimSpace("Saved in the draft. " + done.beside), next: "/playbooks/" + url.PathEscape(string(q.playID())) + "/edit?open=" + url.QueryEscape(at)}
	if q.quiet() {
		o.said = ""
		if at != part {
			o.next += "&moved=yes"
		}
	}
	o.next += "#open"
	return o, nil
}

// aboutPart says in the history what is changed.
func (e *editor) aboutPart(part string) string {
	if e.sheet != nil {
		if where := e.whereWords(part); where != "" {
			return strings.ToLower(where[:1]) + where[1:] + " was changed"
		}
	}
	return "a part was changed"
}

// conflict shows what two people wrote at the same place. Nothing was saved, and nothing is lost.
func (q *request) conflict(c *playbook.DraftConflict, part string, mine func(*editor) error) error {
	here := formPart(part, c.Part)
	v, err := q.editView(here)
	if err != nil {
		return err
	}
	base := ""
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		b, err := q.editBase(ctx, tx)
		if err != nil {
			return err
		}
		v.Conflict = &editConflict{Who: capital(q.nameOf(b.staff, c.By)), Part: here, Over: c.Now.Rev}
		if base = b.text; q.baseRev() > 0 {
			past, err := playbook.Revisions(ctx, tx, q.playID(), q.baseRev())
			if err != nil {
				return err
			}
			if len(past) > 0 {
				base = past[0].Text
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.Rev = q.baseRev() // what was typed still goes with what was looked at
	theirs, was := c.Now.Text, base
	if part != "" {
		theirs, was = partText(c.Now.Text, here), partText(base, part)
		if e := q.editor(base); e.sheet != nil && mine(e) == nil {
			for i := range v.Rows {
				if v.Rows[i].Open {
					v.Rows[i].Fields, v.Rows[i].Posted = e.fields(part), part
				}
			}
		}
	}
	if old, now := splitLines(was), splitLines(theirs); len(old)*len(now) < 4_000_000 {
		v.Conflict.Lines = diffOf(old, now)
	}
	return wrongForm{playEditPage(q.frame("Change: "+v.Title, "/playbooks"), v)}
}

func partText(text, part string) string {
	s, err := playbook.ReadSheet(text)
	if err != nil {
		return text
	}
	var b strings.Builder
	for _, p := range strings.Fields(sheetPart(part)) {
		if piece := s.Part(p); piece != "" && p != part {
			b.WriteString(p + ": " + piece)
		} else {
			b.WriteString(piece)
		}
	}
	return b.String()
}

// changeSteps adds, moves and removes steps, arms of branches and exits.
func (q *request) changeSteps() (outcome, error) {
	if err := q.needEngine(); err != nil {
		return outcome{}, err
	}
	path, list, do, kind := q.field("path"), q.field("list"), q.field("do"), q.field("kind")
	at, _ := strconv.Atoi(q.field("at"))
	open, said, part := "", "", path
	if do == "add" {
		if part = list + "." + strconv.Itoa(max(0, at-1)); at == 0 {
			part = list
		}
	}
	about := map[string]string{"add": "something was added", "up": "a step was moved up", "down": "a step was moved down", "remove": "something was removed", "arm": "another case was added"}[do]
	done, err := q.changeDraft(part, func(*editor, string) string { return about }, func(e *editor, path string) (err error) {
		s := e.sheet
		switch do {
		case "add":
			if list = path; at > 0 { // behind the one that it was added behind
				list, at = behind(path)
			}
			open, err = e.add(list, at, kind)
			said = "Added. Fill it in; it is kept as you write."
		case "up", "down":
			by := map[string]int{"up": -1, "down": 1}[do]
			open, err = s.Move(path, by)
			said, open = "Moved.", ""
		case "remove":
			said = "Removed: " + strings.TrimSuffix(short(first(e.whatAt(path), "one entry"), 80), ".") + "."
			err = s.Remove(path)
		case "arm":
			n := s.Len(path + ".branch")
			if s.Has(path + ".branch." + strconv.Itoa(n-1) + ".else") {
				n--
			}
			open, err = s.Insert(path+".branch", n, "if: service.open > 0\nsteps: []")
			said = "Added. Say when it is taken."
		default:
			err = hearth.Errorf(hearth.CodeInvalid, "There is no such thing to do.")
		}
		return err
	})
	if c, ok := playbook.AsDraftConflict(err); ok {
		who, err := q.whoElse(c)
		if err != nil {
			return outcome{}, err
		}
		return outcome{}, hearth.Errorf(hearth.CodeConflict, "%s changed this very place meanwhile. Nothing was changed; look at the steps as they are now.", who)
	}
	if err != nil {
		return outcome{}, err
	}
	next := "/playbooks/" + url.PathEscape(string(q.playID())) + "/edit"
	if open != "" {
		next = editHref(string(q.playID()), open)
	}
	o := outcome{said: strings.TrimSpace(said + " " + done.beside), next: next}
	if done.now != done.before {
		o.undo = q.undoPath(done.before, done.now)
	}
	return o, nil
}

// whoElse names who changed the same place.
func (q *request) whoElse(c *playbook.DraftConflict) (name string, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		staff, err := q.staffNames(ctx, tx)
		name = capital(q.nameOf(staff, c.By))
		return err
	})
	return name, err
}

// add puts something new into a list, and gives where it is.
func (e *editor) add(list string, at int, kind string) (string, error) {
	switch {
	case list == "exits":
		return e.sheet.Insert(list, at, "{on: lease.moved_out, because: They have moved out.}")
	case list != "steps" && !strings.HasSuffix(list, ".steps") && !strings.HasSuffix(list, ".else"):
		return "", hearth.Errorf(hearth.CodeInvalid, "Nothing can be added there.")
	case !slices.ContainsFunc(playbook.Kinds(), func(k [2]string) bool { return k[0] == kind }):
		return "", hearth.FieldErrorf("kind", "Choose what the new step does.")
	case strings.Contains(list, ".") && !e.sheet.Has(list[:strings.LastIndexByte(list, '.')]):
		return "", hearth.Errorf(hearth.CodeConflict, "The case to which you add a step is not there any more.")
	}
	path, err := e.sheet.Insert(list, at, playbook.Blank(kind, e.sheet.FreeID(kind)))
	if kind == "branch" {
		path += ".branch.0"
	}
	return path, err
}

// behind gives the list of an entry, and the place behind it.
func behind(path string) (list string, at int) {
	i := strings.LastIndexByte(path, '.')
	n, _ := strconv.Atoi(path[i+1:])
	return path[:max(0, i)], n + 1
}

func (e *editor) whatAt(path string) string {
	for _, l := range e.sheet.Lines(e.titled) {
		if l.Path == path || l.Path == path+".branch.0" {
			return l.What
		}
	}
	if strings.HasPrefix(path, "exits.") {
		return "If " + exitWords(e.sheet, path)
	}
	return ""
}

func (q *request) undoPath(to, seen int) string {
	return "/playbooks/" + url.PathEscape(string(q.playID())) + "/edit/undo?" + url.Values{"to": {strconv.Itoa(to)}, "seen": {strconv.Itoa(seen)}}.Encode()
}

// undoEdit goes back to an earlier revision.
func (q *request) undoEdit() (outcome, error) {
	to, err := strconv.Atoi(q.field("to"))
	seen, err2 := strconv.Atoi(q.field("seen"))
	if err != nil || err2 != nil || to < 0 || seen < 0 {
		return outcome{}, hearth.Errorf(hearth.CodeInvalid, "There is no such step to go back to.")
	}
	err = q.write(func(ctx context.Context, tx *db.Tx) error {
		return playbook.RestoreDraft(ctx, tx, q.actor, q.playID(), to, seen)
	})
	undo := q.undoPath(seen, seen+1) // what was taken back comes again
	if to == 0 || seen == 0 {
		undo = ""
	}
	return outcome{said: "Taken back.", undo: undo, next: "/playbooks/" + url.PathEscape(string(q.playID())) + "/edit"}, err
}

// discardDraft throws the draft away; undo brings it back.
func (q *request) discardDraft() (outcome, error) {
	var d playbook.Draft
	next := "/playbooks/" + url.PathEscape(string(q.playID()))
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		b, err := q.editBase(ctx, tx)
		if err != nil {
			return err
		}
		if b.has && b.draft.Rev != q.baseRev() && b.draft.By.String() != q.actor.String() {
			return hearth.Errorf(hearth.CodeConflict, "%s changed the draft since you opened it. Look at it before you throw it away.", capital(q.nameOf(b.staff, b.draft.By)))
		}
		if b.play == nil {
			next = "/playbooks"
		}
		d = b.draft
		return playbook.DropDraft(ctx, tx, q.playID())
	})
	return outcome{said: "The draft is discarded.", undo: q.undoPath(d.Rev, 0), next: next}, err
}

// setText keeps the whole text, as written or as brought in a file.
func (q *request) setText() (outcome, error) {
	text, err := q.textOrFile()
	if err != nil {
		return outcome{}, err
	}
	_, err = q.changeText(playbook.Change{About: func(string, string) string { return "the text was changed" }, Apply: func(string, string) (string, error) { return text, nil }})
	if c, ok := playbook.AsDraftConflict(err); ok {
		return outcome{}, q.textConflict(c, text)
	}
	if err != nil {
		return outcome{}, err
	}
	o := outcome{said: "Saved in the draft.", next: "/playbooks/" + url.PathEscape(string(q.playID())) + "/edit?view=text"}
	if q.quiet() {
		o.said = ""
	}
	return o, nil
}

func (q *request) textConflict(c *playbook.DraftConflict, mine string) error {
	v, err := q.editView("")
	if err != nil {
		return err
	}
	name, err := q.whoElse(c)
	if err != nil {
		return err
	}
	v.View, v.Rev = "text", q.baseRev()
	v.Conflict = &editConflict{Who: name, Over: c.Now.Rev, Mine: mine}
	if old, now := splitLines(mine), splitLines(c.Now.Text); len(old)*len(now) < 4_000_000 {
		v.Conflict.Lines = diffOf(old, now)
	}
	v.Text = mine
	return wrongForm{playEditPage(q.frame("Change: "+v.Title, "/playbooks"), v)}
}

// textOrFile gives what was brought as a file, else what was written.
func (q *request) textOrFile() (string, error) {
	text := q.FormValue("text")
	f, _, err := q.FormFile("file")
	if err == nil {
		defer f.Close()
		raw, err := io.ReadAll(io.LimitReader(f, 200<<10))
		if err != nil {
			return "", fmt.Errorf("read the file of a playbook: %w", err)
		}
		if len(raw) > 0 {
			text = string(raw)
		}
	}
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\r\n", "\n"), "\uFFFD")
	if strings.ContainsRune(text, 0) {
		return "", hearth.FieldErrorf("file", "This is no text file. A playbook is a YAML file, such as the one that “Download” gives.")
	}
	return text, nil
}

// file answers with the draft, or the text, as a file.
func (h *Web) file(need right) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := h.begin(w, r, need)
		var b editBase
		if err == nil {
			err = q.read(func(ctx context.Context, tx *db.Tx) (err error) {
				b, err = q.editBase(ctx, tx)
				return err
			})
		}
		if err != nil {
			h.refuse(w, r, q, err)
			return
		}
		w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+string(q.playID())+`.yaml"`)
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, b.now())
	}
}

// newView is the page on which a playbook begins.
type newView struct {
	Title, Copy, File ui.Input
	How               string
	Wrong             string
}

func (q *request) newView() (newView, error) {
	v := newView{Title: ui.Input{Name: "title", Label: "Title", Value: q.field("title"), Hint: "What the team will call it.", Max: 120},
		Copy: ui.Input{Name: "copy", Label: "Of which", Value: q.field("copy"), Options: options("", "Choose")}, How: first(q.field("how"), "copy")}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		all, _, err := q.plays(ctx, tx)
		for id, p := range all {
			v.Copy.Options = append(v.Copy.Options, ui.Option{Value: string(id), Name: p.def.Title})
		}
		return err
	})
	slices.SortFunc(v.Copy.Options, func(a, b ui.Option) int {
		if a.Value == "" || b.Value == "" {
			return strings.Compare(a.Value, b.Value)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return v, err
}

func (q *request) newPlaybook() (templ.Component, error) {
	if err := q.needEngine(); err != nil {
		return nil, err
	}
	v, err := q.newView()
	return playNewPage(q.frame("A new playbook", "/playbooks"), v), err
}

// blankPlaybook is what a playbook from nothing begins with.
const blankPlaybook = `id: x
title: x
moment: micro
depth: playbook
why: ""
trigger:
  on: workorder.opened
steps: []
exits:
  - on: lease.moved_out
    because: They have moved out.
`

// makePlaybook begins a draft: from nothing, from a copy, from a file.
func (q *request) makePlaybook() (outcome, error) {
	if err := q.needEngine(); err != nil {
		return outcome{}, err
	}
	id, err := q.beginDraft()
	if code := hearth.CodeOf(err); code == hearth.CodeInvalid || code == hearth.CodeConflict || code == hearth.CodeTooLarge {
		v, err2 := q.newView()
		if err2 != nil {
			return outcome{}, err2
		}
		v.Wrong = hearth.MessageOf(err)
		return outcome{}, wrongForm{playNewPage(q.frame("A new playbook", "/playbooks"), v)}
	}
	return outcome{said: "Kept as a draft. Nothing of it acts before you switch it on.", next: "/playbooks/" + string(id) + "/edit"}, err
}

func (q *request) beginDraft() (id hearth.PlaybookID, err error) {
	title, text := q.field("title"), blankPlaybook
	switch q.field("how") {
	case "file":
		if text, err = q.textOrFile(); err != nil {
			return "", err
		}
		if strings.TrimSpace(text) == "" {
			return "", hearth.FieldErrorf("file", "Choose the file of a playbook, in YAML.")
		}
	case "copy":
		err = q.read(func(ctx context.Context, tx *db.Tx) error {
			p, _, err := q.play(ctx, tx, hearth.PlaybookID(q.field("copy")))
			text = p.Text
			return err
		})
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			return "", hearth.FieldErrorf("copy", "Choose the playbook that is copied.")
		}
		if err != nil {
			return "", err
		}
	}
	s, err := playbook.ReadSheet(text)
	if err != nil {
		return "", err
	}
	if q.field("how") == "file" && title == "" {
		title = s.Get("title")
	}
	if title == "" {
		return "", hearth.FieldErrorf("title", "Give the playbook a title that a manager understands.")
	}
	if id = idOf(title); q.field("how") == "file" && playbook.ValidID(hearth.PlaybookID(s.Get("id"))) {
		id = hearth.PlaybookID(s.Get("id"))
	}
	if err := s.Set("title", title); err != nil {
		return "", err
	}
	if err := s.Set("id", string(id)); err != nil {
		return "", err
	}
	return id, q.write(func(ctx context.Context, tx *db.Tx) error {
		q.SetPathValue("id", string(id))
		b, err := q.editBase(ctx, tx)
		switch {
		case err == nil && b.has:
			return hearth.FieldErrorf("title", "There is a draft of this name already. Open it, or take another title.")
		case err == nil && q.field("how") != "file":
			return hearth.FieldErrorf("title", "There is a playbook of this name already. Change that one, or take another title.")
		case err != nil && hearth.CodeOf(err) != hearth.CodeNotFound:
			return err
		}
		return playbook.PutDraft(ctx, tx, q.actor, id, s.Text())
	})
}

// idOf makes an id of a title: small letters, digits and hyphens.
func idOf(title string) hearth.PlaybookID {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' && b.Len() > 0:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := strings.Trim(b.String(), "-")
	if len(id) > 60 {
		id = strings.Trim(id[:60], "-")
	}
	if id == "" || id == "new" {
		id = "playbook-" + playbook.Digest([]byte(title))[:8]
	}
	return hearth.PlaybookID(id)
}
