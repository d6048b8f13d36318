package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/line"
	"hearth/internal/edge/ingest/table"
	"hearth/internal/edge/ingest/value"
	"hearth/internal/fact/record"
)

// job is one import on its way.
type job struct {
	req     Request
	id      hearth.ImportID
	started time.Time
	history bool
	asOf    time.Time // from which the age of its news counts; zero for history
	sources []file
	report  *Report
	// told is what the files say of the property itself.
	told     record.Property
	property record.Property // as known before; ID "" if it is new
	zone     *time.Location  // for times of day in the files
	only     string          // the value of the property column to take, "" for all
	last     sourceRow
	handed   bool // its rows are staged, and left to the process that serves
}

// file is one file of a job, looked through.
type file struct {
	name    string
	file    *table.File
	layout  *table.Layout
	mapping *column.Mapping
	samples [][]string // of each column
}

// prepare reads what is known, looks through all files and maps their columns. Nothing is written.
func (im *Importer) prepare(ctx context.Context, req Request) (*job, error) {
	j := &job{req: req, started: im.DB.Clock().Now(), zone: time.UTC, report: &Report{Source: req.Source, Kind: req.Kind, DryRun: req.DryRun, PropertyName: req.Property}}
	var units map[string]bool
	err := im.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		if units, err = im.known(ctx, tx, j); err != nil {
			return err
		}
		return im.before(ctx, tx, j)
	})
	if err != nil {
		return nil, err
	}
	rules, err := j.rules()
	if err != nil {
		return nil, err
	}
	places := newPlaces()
	var headings []string
	for _, path := range req.Files {
		f, err := im.look(path, j, rules, units, places)
		if err != nil {
			return nil, err
		}
		j.sources = append(j.sources, f)
		j.report.Files = append(j.report.Files, FileReport{Name: f.name, Format: f.file.Describe(), Mapping: f.mapping})
		if j.report.Mapping == nil {
			j.report.Mapping = f.mapping
		}
		headings = append(headings, f.layout.Header...)
	}
	if len(req.Files) > 0 { // a retry of what was set aside has no headings
		if err := rules.Strange(headings); err != nil {
			return nil, err
		}
	}
	for _, f := range j.sources {
		if len(f.mapping.Missing) > 0 {
			return j, hearth.FieldErrorf("files", "%s cannot be imported as %s. %s%s", f.name, req.Kind, strings.Join(f.mapping.Missing, " "), req.nameColumns())
		}
	}
	return j, im.settlePlace(j, places)
}

// known reads the property and its units, whose labels help to recognise columns.
func (im *Importer) known(ctx context.Context, tx *db.Tx, j *job) (map[string]bool, error) {
	p, err := im.propertyOf(ctx, tx, j.req.At, j.req.Property)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	j.property, j.req.Property, j.report.PropertyName = p, p.Name, p.Name
	if j.zone, err = p.Location(); err != nil {
		return nil, err
	}
	all, err := im.Records.Units(ctx, tx, p.ID)
	if err != nil {
		return nil, err
	}
	keys := make(map[string]bool, len(all))
	for _, u := range all {
		keys[value.UnitKey(u.Label)] = true
	}
	return keys, nil
}

// propertyOf reads the property that is meant: the one with the id, whatever it is called by now, else the one with the name.
func (im *Importer) propertyOf(ctx context.Context, tx *db.Tx, id hearth.PropertyID, name string) (record.Property, error) {
	if id != "" {
		return im.Records.Property(ctx, tx, id)
	}
	return im.Records.PropertyByName(ctx, tx, name)
}

// nameColumns says how the columns are named of which one is missing; on a page that is said there.
func (r *Request) nameColumns() string {
	if r.At != "" {
		return ""
	}
	return " Name it in a mapping file (--mapping)."
}

// before reads what is known of the source, and with it whether this import is history.
func (im *Importer) before(ctx context.Context, tx *db.Tx, j *job) error {
	j.history = true
	if j.property.ID == "" {
		if j.req.Retry {
			return hearth.FieldErrorf("retry", "Nothing has been imported for %s yet, so there is nothing to try again.", j.req.Property)
		}
		return nil
	}
	last, found, err := readSource(ctx, tx, j.property.ID, j.req.Source, j.req.Kind)
	if err != nil || !found {
		if err == nil && j.req.Retry {
			err = hearth.FieldErrorf("retry", "No %s of %s have been imported from %s yet, so there is nothing to try again.", j.req.Kind, j.req.Property, j.req.Source)
		}
		return err
	}
	j.last, j.history, j.asOf = last, false, last.at
	if !j.req.Retry {
		return nil
	}
	// What was set aside was never told, so it is as old as the import that it belongs to.
	imp, err := readImport(ctx, tx, last.last)
	if err != nil {
		return err
	}
	j.history, j.asOf = imp.history, imp.asOf
	return nil
}

// rules gives the mapping file's rules, else those kept from the import before.
func (j *job) rules() (*column.Rules, error) {
	if j.req.Rules != nil {
		rules := *j.req.Rules
		if last := j.last.rules; last != nil { // how its dates and names are written is known all the same
			rules.Columns, rules.Repeats, rules.Dates, rules.Names, rules.Kept = last.Columns, last.Repeats, last.Dates, last.Names, true
		}
		return &rules, nil
	}
	if j.req.Mapping == "" {
		return j.last.rules, nil
	}
	f, err := os.Open(j.req.Mapping)
	if err != nil {
		return nil, hearth.FieldErrorf("mapping", "The mapping file %s cannot be opened: %w", j.req.Mapping, errors.Unwrap(err))
	}
	defer f.Close()
	return column.ReadRules(f, j.req.Kind)
}

// look reads a file once from end to end: where its heading is, what its columns hold.
func (im *Importer) look(path string, j *job, rules *column.Rules, units map[string]bool, places *places) (file, error) {
	f, err := table.Open(path, im.Limits)
	if err != nil {
		return file{}, err
	}
	out := file{name: filepath.Base(path), file: f}
	r, err := f.Read()
	if err != nil {
		return file{}, err
	}
	defer r.Close()
	var head []table.Row
	for len(head) < 60 {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return file{}, err
		}
		head = append(head, row)
	}
	if out.layout, err = table.FindLayout(head, headings(j.req.Kind, rules)); err != nil {
		return file{}, fmt.Errorf("read %s: %w", out.name, err)
	}
	profiles := make([]*column.Profile, len(out.layout.Header))
	for i := range profiles {
		profiles[i] = &column.Profile{}
	}
	known := func(key string) bool { return units[key] }
	if len(units) == 0 {
		known = nil
	}
	seen := 0
	add := func(row table.Row) {
		if out.layout.Kind(row) != table.Data {
			return
		}
		seen++
		for i, p := range profiles {
			p.Add(row.Cell(i), known)
			out.sample(i, row.Cell(i))
		}
		places.add(out.layout.Header, row)
	}
	for _, row := range head {
		add(row)
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return file{}, fmt.Errorf("read %s: %w", out.name, err)
		}
		add(row)
		if seen%500 == 0 {
			j.req.Progress(Progress{Stage: "reading", Done: r.Done(), Rows: seen})
		}
	}
	if seen == 0 {
		return file{}, hearth.Errorf(hearth.CodeInvalid, "%s has a heading and no rows under it. Export it again.", out.name)
	}
	j.req.Progress(Progress{Stage: "reading", Done: 1, Rows: seen})
	// A summary block may have begun; reading starts anew.
	if out.layout, err = table.FindLayout(head, headings(j.req.Kind, rules)); err != nil {
		return file{}, fmt.Errorf("read %s: %w", out.name, err)
	}
	out.mapping = column.Recognise(j.req.Kind, out.layout.Header, profiles, rules)
	places.use(out.mapping)
	return out, nil
}

// headings tells what looks like a heading: words of the trade, and those that a mapping names.
func headings(k column.Kind, rules *column.Rules) func(string) float64 {
	known := column.Known(k)
	named := map[string]bool{}
	if rules != nil {
		for h := range rules.Columns {
			named[column.HeadingKey(h)] = h != ""
		}
		for h := range rules.Repeats {
			named[column.HeadingKey(h)] = h != ""
		}
	}
	return func(s string) float64 {
		if named[column.HeadingKey(s)] {
			return 1
		}
		return known(s)
	}
}

// options says how a file's values are to be read.
func (j *job) options(f file, region string) line.Options {
	return line.Options{Kind: j.req.Kind, Dates: f.mapping.Dates, Names: f.mapping.Names, Zone: j.zone, Region: region, Source: j.req.Source}
}

// each reads all lines of all files in order.
func (im *Importer) each(j *job, do func(l *line.Line, done float64) error) error {
	before := told{keys: map[string]int{}, people: map[string]teller{}}
	for i, f := range j.sources {
		r, err := line.NewReader(f.file, f.layout, f.mapping)
		if err != nil {
			return err
		}
		err = im.eachLine(j, f, r, before, func(l *line.Line) error {
			return do(l, (float64(i)+r.Done())/float64(len(j.sources)))
		})
		if errClose := r.Close(); err == nil {
			err = errClose
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", f.name, err)
		}
	}
	return nil
}

func (im *Importer) eachLine(j *job, f file, r *line.Reader, before told, do func(l *line.Line) error) error {
	o := j.options(f, im.Region)
	for {
		raw, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		j.req.mended(raw)
		l := o.Read(raw)
		l.File = f.name
		before.note(l)
		if err := do(l); err != nil {
			return err
		}
	}
}

// told is what the rows before told, in all files of an import.
type told struct {
	keys   map[string]int    // how often each row's key stood
	people map[string]teller // by the source's id
}

// teller is the row that told of a person first.
type teller struct {
	first, last string
	line        int
}

// note keeps what a line tells, and sets a line aside that gives a person's id to somebody else: the id is the strongest
// sign of who is meant, so the two would become one.
func (t told) note(l *line.Line) {
	// A row that stands twice in its files is two rows: the second gets a key of its own.
	if t.keys[l.Key]++; t.keys[l.Key] > 1 {
		l.Key = fmt.Sprintf("%s#%d", l.Key, t.keys[l.Key])
	}
	if l.Home == nil || l.Problem != "" {
		return
	}
	for _, p := range l.Home.People {
		if p.ID == "" {
			continue
		}
		was, ok := t.people[p.ID]
		if !ok {
			t.people[p.ID] = teller{p.First, p.Last, l.N}
			continue
		}
		// One name may change, by marriage or a nickname; with both it is somebody else.
		if !strings.EqualFold(was.first, p.First) && !strings.EqualFold(was.last, p.Last) {
			l.Problem = fmt.Sprintf("The id %s is that of %s on line %d. Give each person an id of their own.",
				clip(p.ID), strings.TrimSpace(was.first+" "+was.last), was.line)
			return
		}
	}
}

// skip gives the reason why a line is not about this property, "" if it is.
func (j *job) skip(l *line.Line) string {
	if j.only == "" {
		return ""
	}
	p := l.Fields[column.PropertyName]
	if p == "" || strings.EqualFold(p, j.only) {
		return ""
	}
	return fmt.Sprintf("It is about %s; this import is for %s.", p, j.req.Property)
}
