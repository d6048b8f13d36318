package web

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// Imports is what the pages ask of whoever brings files in and takes them back.
type Imports interface {
	// List gives imports of a property, the newest first, without the first from of them; Waiting the files that wait.
	List(ctx context.Context, tx *db.Tx, property hearth.PropertyID, from, most int) ([]ImportRow, error)
	Waiting(ctx context.Context, tx *db.Tx, property hearth.PropertyID, from, most int) ([]ImportDraft, error)
	// One gives an import, with the first of its rows that a person should look at.
	One(ctx context.Context, tx *db.Tx, id hearth.ImportID) (ImportRow, error)
	Draft(ctx context.Context, tx *db.Tx, id string) (ImportDraft, error)
	// PropertyOf tells where an import or a draft belongs.
	PropertyOf(ctx context.Context, tx *db.Tx, id string) (hearth.PropertyID, error)

	Give(ctx context.Context, by ImportBy, p record.Property, kind, source, name string, body io.Reader) (id string, err error)
	// Remap says what columns are, and in which order dates and names are written.
	Remap(ctx context.Context, by ImportBy, id string, c ImportChoice) error
	Mend(ctx context.Context, by ImportBy, id string, line int, fields map[string]string) error
	Apply(ctx context.Context, by ImportBy, id string) (hearth.ImportID, error)
	Drop(ctx context.Context, id string) error

	Undo(ctx context.Context, by ImportBy, id hearth.ImportID) (ImportUndo, error)
	BeginUndo(ctx context.Context, by ImportBy, id hearth.ImportID) (ImportUndo, error)
	// MaxBytes bounds a file.
	MaxBytes() int64
}

// ImportChoice is what somebody said of a file: its columns by their index, and the order of dates and names, "" for as it is read.
type ImportChoice struct {
	Columns      map[int]string
	Dates, Names string
}

// ImportReading is something that the file itself does not say, with cells of it in both readings.
type ImportReading struct {
	What, As, How string // "dates" or "names", the order, and why
	Samples       []ImportSample
}

// ImportSample is a cell, and how it reads in each order.
type ImportSample struct {
	Text string
	Read map[string]string
}

// ImportRow is an import that was applied, or is.
type ImportRow struct {
	ID                                                          hearth.ImportID
	Source, Kind, File                                          string
	Running                                                     bool
	Percent                                                     int    // of one that is being applied
	Fault                                                       string // why it stands still
	By                                                          hearth.Actor
	Started, Finished                                           time.Time
	Rows, Added, Changed, Same, Wrong, Vanished, AboutElsewhere int
	History                                                     bool
	Undo                                                        string       // "", "running" or "done"
	UndoUntil                                                   time.Time    // until when it can be taken back
	Asides                                                      []ImportLine // set aside
	Asked                                                       []ImportLine // vanished: a person was asked
}

// ImportLine is a row of a file.
type ImportLine struct {
	Line    int
	What    string
	Reason  string
	Changes []ImportChange
	Fields  []ImportField
}

// ImportChange is a value that a row would change.
type ImportChange struct{ Field, Was, Is string }

// ImportField is one cell of a row, by what it was taken for.
type ImportField struct{ Name, Value string }

// ImportDraft is a file that waits.
type ImportDraft struct {
	ID, Source, Kind, File string
	Created                time.Time
	Fault                  string
	Format, Dates          string
	Columns                []ImportColumn
	Reads                  []ImportReading
	Choices                []string // what a column can be
	History                bool
	Rows, Same, Wrong      int
	Notes                  []string
	Groups                 []ImportGroup
	Wrongs                 []ImportProblem
	Next                   bool // a row was just corrected: the keyboard goes to the next one
}

// ImportColumn is a column with what it was taken for; Field is "" for one that is not used.
type ImportColumn struct {
	Index                  int // in the file
	Heading, Field, Reason string
	Sure                   int // per cent
	Samples                []string
}

// ImportGroup is rows of which the same becomes.
type ImportGroup struct {
	Action string // "added", "changed", "vanished"
	N      int
	First  []ImportLine
}

// ImportProblem is wrong rows with one reason.
type ImportProblem struct {
	Why  string
	Rows []ImportLine
}

// ImportUndo is what taking an import back would do, or has done.
type ImportUndo struct {
	State, Why string // "possible", "impossible", "running", "done"
	First      hearth.ImportID
	Until      time.Time
	Percent    int
	Gone       []ImportCount
	Stays      []ImportStay
	Named      []ImportNamed
	Finished   time.Time
}

// ImportCount is a number with what it counts.
type ImportCount struct {
	N    int
	What string
}

// ImportStay is what stays for a reason.
type ImportStay struct {
	N         int
	What, Why string
}

// ImportNamed is something that stays.
type ImportNamed struct{ What, ID, Name, Why string }

func (h *Web) importRoutes() []route {
	if h.Imports == nil {
		return nil
	}
	page := func(p string, f func(*request) (templ.Component, error)) route {
		return route{p, account.ImportsWrite, h.show(account.ImportsWrite, f)}
	}
	act := func(p string, f func(*request) (outcome, error)) route {
		return route{p, account.ImportsWrite, h.do(account.ImportsWrite, f)}
	}
	return []route{
		page("GET /imports", (*request).importList),
		page("GET /imports/new", func(q *request) (templ.Component, error) { return q.importNew("", "", nil) }),
		{"POST /imports/new", account.ImportsWrite, h.doUpTo(h.Imports.MaxBytes()+maxForm, account.ImportsWrite, unhurried((*request).importGive))},
		page("GET /imports/{id}", (*request).importOne),
		act("POST /imports/{id}/columns", unhurried((*request).importColumns)),
		act("POST /imports/{id}/row", unhurried((*request).importMend)),
		act("POST /imports/{id}/apply", unhurried((*request).importApply)),
		act("POST /imports/{id}/drop", (*request).importDrop),
		page("GET /imports/{id}/undo", unhurriedPage((*request).importUndoPage)),
		act("POST /imports/{id}/undo", (*request).importUndo),
	}
}

func (q *request) importList() (templ.Component, error) {
	if q.place.ID == "" {
		return nil, elsewhere{"/setup/property"}
	}
	v := importListView{From: q.from("from"), WaitsFrom: q.from("waiting")}
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if v.Drafts, err = q.web.Imports.Waiting(ctx, tx, q.place.ID, v.WaitsFrom, importsShown+1); err != nil {
			return err
		}
		rows, err := q.web.Imports.List(ctx, tx, q.place.ID, v.From, importsShown+1)
		for _, r := range rows {
			v.Rows = append(v.Rows, importLineView{ImportRow: r, When: q.dayTime(r.Started), By: q.actorName(ctx, tx, r.By)})
		}
		return err
	})
	v.page()
	return importListPage(q.frame("Imports", "/imports"), v), err
}

// importsShown is how many imports, and how many files that wait, stand on a page.
const importsShown = 40

// from reads after how many of a list a page begins; what is no number is its beginning.
func (q *request) from(field string) int {
	n, _ := strconv.Atoi(q.field(field))
	return max(0, min(n, 1_000_000))
}

// page cuts both lists to what is shown, and names the addresses of what comes before and after.
func (v *importListView) page() {
	at := func(from, waits int) string {
		return "/imports?" + url.Values{"from": {strconv.Itoa(max(0, from))}, "waiting": {strconv.Itoa(max(0, waits))}}.Encode()
	}
	if v.WaitsFrom > 0 {
		v.NewerFiles = at(v.From, v.WaitsFrom-importsShown)
	}
	if len(v.Drafts) > importsShown {
		v.Drafts, v.OlderFiles = v.Drafts[:importsShown], at(v.From, v.WaitsFrom+importsShown)
	}
	if v.From > 0 {
		v.Newer = at(v.From-importsShown, v.WaitsFrom)
	}
	if len(v.Rows) > importsShown {
		v.Rows, v.Older = v.Rows[:importsShown], at(v.From+importsShown, v.WaitsFrom)
	}
}

// dayTime writes an instant as a day and a time there, with the year where it is another one.
func (q *request) dayTime(t time.Time) string {
	if t = t.In(q.zone); t.Year() != q.now.In(q.zone).Year() {
		return hearth.MomentWords(t, t.Location())
	}
	return t.Format("2 January, 15:04")
}

func (q *request) actorName(ctx context.Context, tx *db.Tx, a hearth.Actor) string {
	switch a.Kind {
	case "staff":
		if m, err := q.web.Records.Staff(ctx, tx, hearth.StaffID(a.ID)); err == nil {
			return m.Name
		}
		return "somebody of the team"
	case "operator":
		return "the operator"
	case "token":
		return "a program"
	}
	return "a command on the server"
}

func (q *request) importNew(kind, source string, wrong error) (templ.Component, error) {
	if q.place.ID == "" {
		return nil, elsewhere{"/setup/property"}
	}
	v := importNewView{Kind: kind, Kinds: q.kinds(), Source: source, Place: q.place.Name, Most: strconv.FormatInt(q.web.Imports.MaxBytes()>>20, 10)}
	var he *hearth.Error
	if errors.As(wrong, &he) {
		v.Wrong, v.WrongField = he.Message, he.Field
	}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		rows, err := q.web.Imports.List(ctx, tx, q.place.ID, 0, importsAsked)
		for _, r := range rows {
			if !slices.Contains(v.Sources, r.Source) {
				v.Sources = append(v.Sources, r.Source)
			}
		}
		return err
	})
	return importNewPage(q.frame("Bring in a file", "/imports"), v), err
}

// importsAsked is in how many of the newest imports the sources are looked for that a form offers.
const importsAsked = 100

// importGive takes the file in, as a stream: the words about it stand before it in the form.
func (q *request) importGive() (outcome, error) {
	kind, source, id := "", "", ""
	err := q.eachPart(func(p *multipart.Part) error {
		switch p.FormName() {
		case "kind", "source":
			b, err := io.ReadAll(io.LimitReader(p, 200))
			if p.FormName() == "kind" {
				kind = strings.TrimSpace(string(b))
			} else {
				source = strings.TrimSpace(string(b))
			}
			return err
		case "file":
			if p.FileName() == "" {
				return hearth.FieldErrorf("file", "Choose a file.")
			}
			err := q.mayBring(kind)
			if err != nil {
				return err
			}
			id, err = q.web.Imports.Give(q.Context(), q.bringer(), q.place, kind, source, p.FileName(), p)
			return err
		}
		return nil
	})
	if err == nil && id == "" {
		err = hearth.FieldErrorf("file", "Choose a file.")
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		err = hearth.FieldErrorf("file", "The file is larger than %d MB. Bring it in with the command: hearth import.", q.web.Imports.MaxBytes()>>20)
	}
	if code := hearth.CodeOf(err); err != nil && code != hearth.CodeInternal && code != hearth.CodeUnavailable {
		again, errPage := q.importNew(kind, source, err)
		if errPage != nil {
			return outcome{}, errPage
		}
		return outcome{}, wrongForm{again}
	}
	return outcome{next: "/imports/" + id}, err
}

func (q *request) eachPart(do func(p *multipart.Part) error) error {
	in, err := q.MultipartReader()
	if err != nil {
		return hearth.FieldErrorf("file", "Choose a file.")
	}
	for {
		p, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return hearth.FieldErrorf("file", "The file did not arrive whole. Choose it again: %w", err)
		}
		if err := do(p); err != nil {
			return err
		}
	}
}

func (q *request) importOne() (templ.Component, error) {
	id := q.PathValue("id")
	if strings.HasPrefix(id, "imd_") {
		return q.importDraft(id)
	}
	v := importView{}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		r, err := q.web.Imports.One(ctx, tx, hearth.ImportID(id))
		if err == nil {
			v.importLineView = importLineView{ImportRow: r, When: q.dayTime(r.Started), By: q.actorName(ctx, tx, r.By)}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if v.Undo == "" && !v.Finished.IsZero() && q.now.After(v.UndoUntil) {
		v.Over = v.UndoUntil.In(q.zone).Format("2 January 2006")
	}
	return importPage(q.frame(importTitle(v.Kind, v.Source), "/imports"), v), nil
}

func (q *request) importDraft(id string) (templ.Component, error) {
	var d ImportDraft
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		d, err = q.web.Imports.Draft(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	d.Next = q.URL.Query().Has("next")
	return importDraftPage(q.frame(d.File, "/imports"), d), nil
}

func (q *request) importColumns() (outcome, error) {
	if err := q.mayImport(); err != nil {
		return outcome{}, err
	}
	if err := q.ParseForm(); err != nil {
		return outcome{}, err
	}
	c := ImportChoice{Columns: map[int]string{}, Dates: q.field("dates"), Names: q.field("names")}
	which, fields := q.PostForm["column"], q.PostForm["field"]
	for i, text := range which {
		n, err := strconv.Atoi(text)
		if err != nil || len(which) != len(fields) {
			return outcome{}, hearth.FieldErrorf("column", "Say which column is meant.")
		}
		c.Columns[n] = fields[i]
	}
	id := q.PathValue("id")
	err := q.web.Imports.Remap(q.Context(), q.bringer(), id, c)
	return outcome{said: "The file was looked at again.", next: "/imports/" + id}, err
}

func (q *request) importMend() (outcome, error) {
	if err := q.mayImport(); err != nil {
		return outcome{}, err
	}
	if err := q.ParseForm(); err != nil {
		return outcome{}, err
	}
	line, err := strconv.Atoi(q.field("line"))
	if err != nil {
		return outcome{}, hearth.FieldErrorf("line", "Say which row is meant.")
	}
	fields := map[string]string{}
	for name, v := range q.PostForm {
		if f, ok := strings.CutPrefix(name, "cell."); ok && len(v) > 0 {
			fields[f] = v[0]
		}
	}
	id := q.PathValue("id")
	if err := q.web.Imports.Mend(q.Context(), q.bringer(), id, line, fields); err != nil {
		return outcome{}, err
	}
	return outcome{said: "Line " + strconv.Itoa(line) + " was tried again.", next: "/imports/" + id + "?next=1"}, nil
}

func (q *request) importApply() (outcome, error) {
	if err := q.mayImport(); err != nil {
		return outcome{}, err
	}
	id, err := q.web.Imports.Apply(q.Context(), q.bringer(), q.PathValue("id"))
	return outcome{said: "It is being applied. You may close this page.", next: "/imports/" + string(id)}, err
}

func (q *request) importDrop() (outcome, error) {
	return outcome{said: "The file was dropped. Nothing was changed.", next: "/imports"}, q.web.Imports.Drop(q.Context(), q.PathValue("id"))
}

func (q *request) importUndoPage() (templ.Component, error) {
	id := hearth.ImportID(q.PathValue("id"))
	v := importUndoView{}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		r, err := q.web.Imports.One(ctx, tx, id)
		v.importLineView = importLineView{ImportRow: r, When: q.dayTime(r.Started), By: q.actorName(ctx, tx, r.By)}
		return err
	})
	if err != nil {
		return nil, err
	}
	if v.Look, err = q.web.Imports.Undo(q.Context(), q.bringer(), id); err != nil {
		return nil, err
	}
	v.Until = v.Look.Until.In(q.zone).Format("2 January 2006")
	if !v.Look.Finished.IsZero() {
		v.Ended = q.dayTime(v.Look.Finished)
	}
	return importUndoPage(q.frame("Take an import back", "/imports"), v), nil
}

func (q *request) importUndo() (outcome, error) {
	if err := q.mayImport(); err != nil {
		return outcome{}, err
	}
	id := q.PathValue("id")
	u, err := q.web.Imports.BeginUndo(q.Context(), q.bringer(), hearth.ImportID(id))
	said := "It is being taken back. You may close this page."
	if u.State == "done" {
		said = "It was taken back already."
	}
	return outcome{said: said, next: "/imports/" + id + "/undo"}, err
}
