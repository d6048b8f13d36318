package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/line"
	"hearth/internal/edge/ingest/value"
	"hearth/internal/fact/record"
)

// A draft is a file that somebody gave on a page: it is looked at, its columns are set right and its wrong rows corrected,
// and nothing of it is in the records before it is applied. The file lies in the database, so that any node may go on.

// MaxGift bounds a file that is given on a page, in bytes; larger ones are for the command.
const MaxGift = 50 << 20

// Bounds of what a draft remembers of a look.
const (
	giftPart     = 256 << 10
	draftFirsts  = 5   // rows shown of each action
	draftWrong   = 200 // rows that can be corrected in place
	draftFor     = 7 * 24 * time.Hour
	draftSamples = 3
)

// Draft is a file on its way in.
type Draft struct {
	ID       string
	Property hearth.PropertyID
	Name     string // of the property
	Source   string
	Kind     column.Kind
	File     string
	Size     int64
	Actor    hearth.Actor
	Created  time.Time
	Plan     DraftPlan

	within []hearth.PropertyID // of who is at it now
	stored string              // the plan as it was read
}

// DraftPlan is what was decided about a draft, and what the last look at it found.
type DraftPlan struct {
	Chosen map[int]string            `json:"chosen,omitempty"` // field by the column's index, where somebody chose
	Dates  value.Order               `json:"dates,omitempty"`  // how dates are written, where somebody chose
	Names  value.NameOrder           `json:"names,omitempty"`  // how names are written, where somebody chose
	Fixes  map[int]map[string]string `json:"fixes,omitempty"`  // corrected fields by line
	Fault  string                    `json:"fault,omitempty"`  // why it can't be imported as it is
	Look   *DraftLook                `json:"look,omitempty"`
}

// DraftLook is what an import of the draft would do.
type DraftLook struct {
	Format  string                 `json:"format"`
	Columns []DraftColumn          `json:"columns"`
	Dates   string                 `json:"dates,omitempty"` // how dates and names were read
	Reads   []DraftReading         `json:"reads,omitempty"` // what can be read in two ways
	History bool                   `json:"history"`
	Counts  Counts                 `json:"counts"`
	Notes   []string               `json:"notes,omitempty"`
	Firsts  map[string][]RowReport `json:"firsts,omitempty"` // by action
	Wrong   []RowReport            `json:"wrong,omitempty"`
}

// DraftColumn is one column with what it was taken for.
type DraftColumn struct {
	Index      int      `json:"index"` // of the column in the file
	Heading    string   `json:"heading"`
	Field      string   `json:"field"` // column.Skip: not used
	Confidence float64  `json:"confidence"`
	Reason     string   `json:"reason"`
	Samples    []string `json:"samples,omitempty"`
}

// Gift is a file with what is told about it.
type Gift struct {
	Property record.Property
	Kind     column.Kind
	Source   string
	Name     string // of the file
	Body     io.Reader
	By       By
}

// Give takes a file in and looks at it. A file that is too large, or is none, is refused with a sentence; nothing is kept.
func (im *Importer) Give(ctx context.Context, g Gift) (string, error) {
	if !g.Kind.Valid() || g.Kind == column.Events {
		return "", hearth.FieldErrorf("kind", "Say what the file holds.")
	}
	if g.Source = strings.TrimSpace(g.Source); g.Source == "" || len(g.Source) > 60 || strings.HasPrefix(g.Source, "hearth/") {
		return "", hearth.FieldErrorf("source", "Name the system that made the file in up to 60 letters, such as yardi.")
	}
	dir, path, size, err := spool(g)
	if dir != "" {
		defer os.RemoveAll(dir)
	}
	if err != nil {
		return "", err
	}
	id, err := im.newID()
	if err != nil {
		return "", err
	}
	d := Draft{ID: "imd_" + strings.TrimPrefix(string(id), "imp_"), Property: g.Property.ID, Name: g.Property.Name, Source: g.Source, Kind: g.Kind, File: filepath.Base(path),
		Size: size, Actor: g.By.Actor, within: g.By.Within}
	if err := im.survey(ctx, &d, path); err != nil {
		return "", err
	}
	return d.ID, im.keepDraft(ctx, d, path)
}

// spool streams a gift to a file of its own, within the bound.
func spool(g Gift) (dir, path string, size int64, err error) {
	if dir, err = os.MkdirTemp("", "hearth-import-"); err != nil {
		return "", "", 0, fmt.Errorf("make room for a file: %w", err)
	}
	path = filepath.Join(dir, plainName(g.Name))
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return dir, "", 0, fmt.Errorf("make room for a file: %w", err)
	}
	defer f.Close()
	size, err = io.Copy(f, io.LimitReader(g.Body, MaxGift+1))
	switch {
	case err != nil:
		return dir, "", 0, hearth.Errorf(hearth.CodeInvalid, "The file did not arrive whole. Choose it again: %w", err)
	case size > MaxGift:
		return dir, "", 0, hearth.FieldErrorf("file", "The file is larger than %d MB. Bring it in with the command: hearth import.", MaxGift>>20)
	case size == 0:
		return dir, "", 0, hearth.FieldErrorf("file", "Choose a file that is not empty.")
	}
	return dir, path, size, nil
}

// plainName makes a name for a file out of what a browser calls it: letters, digits and a few signs, never a path.
func plainName(name string) string {
	name = filepath.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ._-()", r) {
			return r
		}
		return '_'
	}, name)
	if name = strings.Trim(name, " ."); name == "" {
		name = "file"
	}
	for len(name) > 100 {
		name = name[1:]
	}
	return strings.ToValidUTF8(name, "_")
}

// survey finds out what an import of the draft's file would do, and keeps that in the draft. What keeps the file from being
// imported at all is kept as well, unless it is no table: then there is nothing to look at.
func (im *Importer) survey(ctx context.Context, d *Draft, path string) error {
	req := im.request(*d, path)
	req.DryRun, req.Gently = true, true
	if err := req.check(); err != nil {
		return err
	}
	d.Plan.Fault, d.Plan.Look = "", nil
	j, err := im.prepare(ctx, req)
	if j == nil || len(j.sources) == 0 {
		return err
	}
	d.Plan.Look = &DraftLook{Format: j.sources[0].file.Describe(), Columns: j.sources[0].columns(), History: j.history, Firsts: map[string][]RowReport{}}
	if err == nil {
		err = im.checkNew(ctx, j)
	}
	if err != nil {
		he, ok := personal(err)
		if !ok {
			return err
		}
		d.Plan.Fault = he.Message
		return nil
	}
	report, err := im.dryRun(ctx, j)
	if err != nil {
		return err
	}
	d.Plan.Look.fill(report, j)
	return nil
}

func (l *DraftLook) fill(r *Report, j *job) {
	l.Counts, l.Notes = r.Counts, r.Notes
	if m := j.sources[0].mapping; m != nil {
		l.Reads = j.sources[0].readings()
		l.Dates = fmt.Sprintf("Dates were read as %s (%s); names as %s (%s).", m.Dates, m.DatesHow, m.Names, m.NamesHow)
	}
	for _, row := range r.Rows {
		if row.Action == rowQuarantined {
			if len(l.Wrong) < draftWrong {
				l.Wrong = append(l.Wrong, row)
			}
			continue
		}
		if len(l.Firsts[row.Action]) < draftFirsts {
			l.Firsts[row.Action] = append(l.Firsts[row.Action], row)
		}
	}
}

// columns gives what each column was taken for, with samples.
func (f file) columns() []DraftColumn {
	out := make([]DraftColumn, 0, len(f.mapping.Columns))
	for _, c := range f.mapping.Columns {
		d := DraftColumn{Index: c.Index, Heading: c.Heading, Field: c.Field, Confidence: c.Confidence, Reason: c.Reason}
		if c.Index >= 0 && c.Index < len(f.samples) {
			d.Samples = f.samples[c.Index]
		}
		if d.Heading != "" || len(d.Samples) > 0 {
			out = append(out, d)
		}
	}
	return out
}

// request makes the import of a draft.
func (im *Importer) request(d Draft, path string) Request {
	req := Request{Property: d.Name, At: d.Property, Source: d.Source, Kind: d.Kind, Files: []string{path}, Actor: d.Actor, Within: d.within, Fixes: d.Plan.Fixes}
	if len(d.Plan.Chosen) > 0 || d.Plan.Dates != "" || d.Plan.Names != "" {
		req.Rules = &column.Rules{Chosen: d.Plan.Chosen, ChosenDates: d.Plan.Dates, ChosenNames: d.Plan.Names}
	}
	return req
}

// Apply stages a draft's rows and leaves the rest to whoever carries imports on (Carry). It gives the import.
func (im *Importer) Apply(ctx context.Context, by By, id string) (hearth.ImportID, error) {
	d, path, err := im.unpack(ctx, id)
	if path != "" {
		defer os.RemoveAll(filepath.Dir(path))
	}
	if err != nil {
		return "", err
	}
	if d.Plan.Fault != "" {
		return "", hearth.Errorf(hearth.CodeConflict, "This file can't be applied yet. %s", d.Plan.Fault)
	}
	d.Actor, d.within = by.Actor, by.Within
	req := im.request(d, path)
	req.Leave = true
	report, err := im.Run(ctx, req)
	if err != nil {
		return "", err
	}
	return report.Import, im.DropDraft(ctx, id)
}

// sample keeps the first different values of each column.
func (f *file) sample(i int, cell string) {
	for len(f.samples) <= i {
		f.samples = append(f.samples, nil)
	}
	have := f.samples[i]
	if cell == "" || len(have) >= draftSamples {
		return
	}
	if r := []rune(cell); len(r) > 40 {
		cell = string(r[:40]) + "…"
	}
	for _, v := range have {
		if v == cell {
			return
		}
	}
	f.samples[i] = append(have, cell)
}

// mended puts corrected fields into a row as it was read.
func (r *Request) mended(raw *line.Raw) {
	for f, v := range r.Fixes[raw.N] {
		raw.Fields[f] = v
	}
}

func noDraft(id string) error {
	return hearth.Errorf(hearth.CodeNotFound, "There is no file %s that waits. It may have been applied or dropped.", id)
}

// encodePlan writes a plan as it is stored.
func encodePlan(p DraftPlan) (string, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("encode the plan of a draft: %w", err)
	}
	return string(b), nil
}

// FieldNames lists what a column of the kind can be, in the order of the catalogue.
func FieldNames(k column.Kind) []string {
	var out []string
	for _, f := range column.Fields(k) {
		if f.Ignored == "" {
			out = append(out, f.Name)
		}
	}
	return out
}

// forgetDrafts drops drafts that nobody has looked at for long.
func (im *Importer) forgetDrafts(ctx context.Context, tx *db.Tx) error {
	before := hearth.Millis(tx.Now().Add(-draftFor))
	if _, err := tx.Exec(ctx, dropOldParts, tx.Org(), tx.Org(), before); err != nil {
		return fmt.Errorf("drop old files: %w", err)
	}
	if _, err := tx.Exec(ctx, dropOldDrafts, tx.Org(), before); err != nil {
		return fmt.Errorf("drop old drafts: %w", err)
	}
	return nil
}
