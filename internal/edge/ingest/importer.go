package ingest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/table"
	"hearth/internal/fact/account"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Deps is what an Importer needs. Random, Node, Zone, Region and Log have defaults where noted.
type Deps struct {
	DB         *db.DB
	Log        *eventlog.Log
	Records    *record.Store
	Workorders *workorder.Store
	Messages   *message.Store
	Consent    *consent.Store
	Tasks      *task.Store
	Accounts   *account.People // who of the team can sign in; nil: nobody
	Door       *Door           // takes in events, and hears when new names appeared

	Random io.Reader    // for the identities of imports
	Node   string       // names this process among several; "" is "import"
	Zone   string       // where a property is when nothing says so; "" leaves it to the record's own default
	Region string       // country of phone numbers without a country code; "" is "US"
	Logger *slog.Logger // nil: silent
	Limits table.Limits // zero: table.DefaultLimits

	// Served tells whether another process serves the same store and carries imports on (see Carry): what is staged is
	// then left to it. Nil: nobody does.
	Served func() bool
}

// Importer brings the files of other systems into the records. One importer may run several imports at a time.
type Importer struct {
	Deps

	randomMu sync.Mutex // guards Random

	carryMu  sync.Mutex // guards carrying
	carrying *applying  // the import that Carry is at

	undoMu sync.Mutex // guards taking
	taking *undoing   // the import that CarryUndo is taking back
}

// New makes an importer.
func New(d Deps) *Importer {
	if d.Node == "" {
		d.Node = "import"
	}
	if d.Region == "" {
		d.Region = "US"
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Limits == (table.Limits{}) {
		d.Limits = table.DefaultLimits()
	}
	return &Importer{Deps: d}
}

// Request is one import.
type Request struct {
	Property string // by name; made if there is none
	// At is the property by its id, "" for the one with the name. It is given for what comes by a page.
	At      hearth.PropertyID
	Zone    string      // IANA name, "" when the operator does not say
	Source  string      // the system that exported the files, "" is "import"
	Kind    column.Kind // what the files hold
	Files   []string
	Mapping string        // path of a mapping file, "" for none
	Rules   *column.Rules // what somebody chose for single columns, in place of a mapping file. Nil: nothing
	// Fixes are corrected fields by line, for an import of one file.
	Fixes  map[int]map[string]string
	DryRun bool // report what would happen, change nothing
	// Leave has the rows staged and the rest left to whoever carries imports on.
	Leave bool
	// Gently has a dry run try out a few rows at a time, so that others hardly wait for it. Rows far apart then do not see
	// what each other would do.
	Gently bool
	// Retry brings in corrected rows of the import before: the same files corrected, or only the rows that were set
	// aside. Nothing is taken as vanished. Without files the rows that were set aside are tried again as they are.
	Retry bool
	// Partial says that the files hold only a part of what the source has, such as the homes that were let this month:
	// rows that are not in them have not vanished.
	Partial  bool
	Actor    hearth.Actor        // who imports
	Within   []hearth.PropertyID // the properties of which something may change; nil: all
	Progress func(Progress)      // may be nil; called often, in order
}

// Progress is how far an import has come.
type Progress struct {
	Stage string  // "reading", "checking", "applying"
	Done  float64 // of the stage, 0 to 1
	Rows  int
}

// Counts is rows by what became of them.
type Counts struct {
	Rows        int `json:"rows"`
	Added       int `json:"added"`
	Changed     int `json:"changed"`
	Same        int `json:"same"`
	Quarantined int `json:"quarantined"`
	Vanished    int `json:"vanished"`
	Skipped     int `json:"skipped"` // about another property
}

// What became of a row; also its state in the database.
const (
	rowStaged      = "staged"
	rowAdded       = "added"
	rowChanged     = "changed"
	rowSame        = "same"
	rowQuarantined = "quarantined"
	rowVanished    = "vanished"
	rowSkipped     = "skipped"
)

// RowReport is what became of one row.
type RowReport struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line"` // 0 for what is not in the file any more
	Action string `json:"action"`
	What   string `json:"what"`
	Reason string `json:"reason,omitempty"`
	// Of a trial: what it would change, and the cells of a row that would be set aside, by field.
	Changes []Difference      `json:"changes,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"`
}

// FileReport says how one file was read.
type FileReport struct {
	Name    string          `json:"name"`
	Format  string          `json:"format"`
	Mapping *column.Mapping `json:"mapping,omitempty"`
}

// Report is the result of an import or of a dry run.
type Report struct {
	Import        hearth.ImportID   `json:"import,omitempty"` // "" for a dry run
	Property      hearth.PropertyID `json:"property,omitempty"`
	PropertyName  string            `json:"property_name"`
	PropertyAdded bool              `json:"property_added"`
	Source        string            `json:"source"`
	Kind          column.Kind       `json:"kind"`
	DryRun        bool              `json:"dry_run"`
	History       bool              `json:"history"` // the source's first import: it starts nothing
	Zone          string            `json:"zone"`
	ZoneHow       string            `json:"zone_how"`
	ZoneConfirmed bool              `json:"zone_confirmed"`
	Mapping       *column.Mapping   `json:"mapping,omitempty"` // of the first file
	Files         []FileReport      `json:"files"`
	Notes         []string          `json:"notes,omitempty"`
	Counts        Counts            `json:"counts"`
	Rows          []RowReport       `json:"rows"`
}

func (r *Report) add(row RowReport) {
	r.Rows = append(r.Rows, row)
	r.Counts.count(row.Action)
}

func (c *Counts) count(action string) {
	if action != rowVanished {
		c.Rows++
	}
	switch action {
	case rowAdded:
		c.Added++
	case rowChanged:
		c.Changed++
	case rowSame:
		c.Same++
	case rowQuarantined:
		c.Quarantined++
	case rowVanished:
		c.Vanished++
	case rowSkipped:
		c.Skipped++
	}
}

// Run carries out an import: it reads and stages everything first, then applies it in short transactions, or has the
// process apply it that serves the same store. It first
// finishes or undoes what an import that was cut off left behind. Rows that are wrong are set aside and reported; an
// error means that the import as a whole could not be done, and then nothing was applied, or what was begun goes on
// with the next call.
func (im *Importer) Run(ctx context.Context, req Request) (*Report, error) {
	if err := req.check(); err != nil {
		return nil, err
	}
	if !req.DryRun && !req.Leave && (im.Served == nil || !im.Served()) { // who serves does it
		if err := im.Recover(ctx); err != nil {
			return nil, fmt.Errorf("finish an earlier import: %w", err)
		}
	}
	if req.Kind == column.Events {
		return im.runEvents(ctx, req)
	}
	j, err := im.prepare(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := im.checkNew(ctx, j); err != nil {
		return nil, err
	}
	if req.DryRun {
		return im.dryRun(ctx, j)
	}
	if err := im.stage(ctx, j); err != nil {
		return nil, err
	}
	if req.Leave {
		return j.report, nil
	}
	if j.handed {
		return im.await(ctx, j)
	}
	return im.applyAll(ctx, j)
}

func (r *Request) check() error {
	if !r.Kind.Valid() {
		return hearth.FieldErrorf("kind", "There is no import of %q. The kinds are units, residents, staff, workorders, payments, messages and events.", r.Kind)
	}
	if record.NameKey(r.Property) == "" {
		return hearth.FieldErrorf("property", "Name the property that the files are about (--property).")
	}
	if len(r.Files) == 0 && !r.Retry {
		return hearth.FieldErrorf("files", "Name at least one file to import.")
	}
	if r.Zone != "" {
		if _, err := time.LoadLocation(r.Zone); err != nil || r.Zone == "Local" {
			return hearth.FieldErrorf("zone", "%q is not a time zone like America/New_York.", r.Zone)
		}
	}
	if r.Source == "" {
		r.Source = "import"
	}
	if len(r.Source) > eventlog.MaxID {
		return hearth.FieldErrorf("source", "The source's name is longer than %d letters.", eventlog.MaxID)
	}
	if r.Actor.Kind == "" {
		r.Actor = hearth.System("import")
	}
	if r.Progress == nil {
		r.Progress = func(Progress) {}
	}
	return nil
}

func (im *Importer) newID() (hearth.ImportID, error) {
	im.randomMu.Lock()
	defer im.randomMu.Unlock()
	id, err := hearth.NewID(im.Random, "imp_")
	if err != nil {
		return "", fmt.Errorf("new identity: %w", err)
	}
	return hearth.ImportID(id), nil
}
