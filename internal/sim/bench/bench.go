package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"hearth/internal/base/config"
	"hearth/internal/base/db"
)

// Options say what is measured and how long.
type Options struct {
	Program  string   // the hearth program, which is started anew for each run
	Env      []string // added to its environment
	Version  string
	Database string // postgres:// address; "" measures the embedded store
	Only     string // the name of one part, "" for all
	Quick    bool   // shorter runs
	Progress func(string)

	size *sizes // of a test
}

// sizes is how much each part does.
type sizes struct {
	runs      int // of each figure
	town      int // residents of the usual community
	batched   int // events of a run in batches
	singles   int // events of a run one by one
	raw       int // synced writes of one row
	many      int // residents of the large community
	idle      int // residents of the idle one
	crowd     int // residents who are all told one thing
	inbound   int // mails that come in
	decisions int // of the desk
	calm      time.Duration
	lived     int           // homes of the year on virtual time
	livedDays int           // its days
	stretch   time.Duration // a window of the long run
}

func sizesFor(quick bool) *sizes {
	if quick {
		return &sizes{runs: 1, town: 1000, batched: 10_000, singles: 2_000, raw: 400, many: 10_000, idle: 1_000, crowd: 4_000, inbound: 2_000, decisions: 6_400, calm: 3 * time.Second,
			lived: 100, livedDays: 90, stretch: 6 * time.Second}
	}
	return &sizes{runs: 3, town: 1000, batched: 30_000, singles: 6_000, raw: 1_000, many: 100_000, idle: 5_000, crowd: 20_000, inbound: 10_000, decisions: 64_000, calm: 5 * time.Second,
		lived: 1000, livedDays: 365, stretch: time.Minute}
}

// bench is a run under way.
type bench struct {
	Options
	*sizes
	dir    string
	report *Report
	base   *town           // the usual community, never served itself
	large  *town           // the one with many residents, if the import made it
	orgs   []config.Config // made in the database
}

// part is one group of figures.
type part struct {
	name string
	what string
	run  func(b *bench, ctx context.Context) error
	// asked: it takes so long that it runs only when it is named.
	asked bool
}

func parts() []part {
	return []part{
		{name: "batches", what: "events in batches, against the bare store", run: (*bench).batches},
		{name: "singles", what: "single events, each causing a mail", run: (*bench).singlesPart},
		{name: "mail", what: "the way to the mail server, and a slow one", run: (*bench).mailPart},
		{name: "import", what: "an import, and others while it runs", run: (*bench).importing},
		{name: "residents", what: "cost of an event with few and many residents", run: (*bench).residentsPart},
		{name: "day", what: "the turn of a day", run: (*bench).dayPart},
		{name: "condition", what: "one condition", run: (*bench).conditionPart},
		{name: "nodes", what: "two nodes on one PostgreSQL", run: (*bench).nodesPart},
		{name: "broadcast", what: "one thing said to everybody, against the bare mail server", run: (*bench).crowdPart},
		{name: "desk", what: "a decision of the desk", run: (*bench).deskPart},
		{name: "inbound", what: "mail that comes in", run: (*bench).heardPart},
		{name: "idle", what: "memory without work, and the start", run: (*bench).idlePart},
		{name: "year", what: "a year on virtual time", run: (*bench).yearPart, asked: true},
		{name: "long", what: "minutes of load with readers", run: (*bench).longPart, asked: true},
	}
}

// Names gives the parts that Only may name.
func Names() []string {
	var names []string
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// Run measures. What it wrote is removed when it returns, whatever happened.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Only != "" && !slices.Contains(Names(), o.Only) {
		return nil, fmt.Errorf("there is no part %q: choose one of %v", o.Only, Names())
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.size == nil {
		o.size = sizesFor(o.Quick)
	}
	dir, err := os.MkdirTemp("", "hearth-bench-")
	if err != nil {
		return nil, err
	}
	began := time.Now()
	b := &bench{Options: o, sizes: o.size, dir: dir, report: &Report{Date: began.Format(time.DateOnly), Version: o.Version,
		Database: "sqlite", Cores: runtime.NumCPU(), Go: runtime.Version(), Quick: o.Quick}}
	if o.Database != "" {
		b.report.Database = "postgres"
	}
	err = b.all(ctx)
	b.report.Seconds = time.Since(began).Seconds()
	return b.report, errors.Join(err, b.clean(context.WithoutCancel(ctx)))
}

func (b *bench) all(ctx context.Context) error {
	var err error
	b.Progress("making a community")
	if b.base, err = b.build(ctx, "base", b.town); err != nil {
		return fmt.Errorf("make a community: %w", err)
	}
	for _, p := range parts() {
		if b.Only != p.name && (b.Only != "" || p.asked) {
			continue
		}
		b.Progress(p.what)
		if err := p.run(b, ctx); err != nil {
			return fmt.Errorf("measure %s: %w", p.what, err)
		}
	}
	return nil
}

// add puts a figure into the report.
func (b *bench) add(f Figure) {
	f.Median = median(f.Samples)
	b.report.Figures = append(b.report.Figures, f)
}

// clean removes directories, and from PostgreSQL the rows of the organizations that were made.
func (b *bench) clean(ctx context.Context) error {
	errs := []error{os.RemoveAll(b.dir)}
	if b.Database != "" {
		for _, cfg := range b.orgs {
			errs = append(errs, dropOrg(ctx, cfg))
		}
	}
	return errors.Join(errs...)
}

const orgTablesSQL = `SELECT org.table_name FROM information_schema.columns org
WHERE org.table_schema = current_schema() AND org.column_name = 'org'`

func dropOrg(ctx context.Context, cfg config.Config) error {
	d, err := openStore(ctx, cfg, false)
	if err != nil {
		return err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		tables, err := texts(ctx, tx, orgTablesSQL)
		if err != nil {
			return err
		}
		for _, t := range tables {
			if _, err := tx.Exec(ctx, "DELETE FROM "+t+" WHERE org = $1", tx.Org()); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, d.Close())
}

// texts reads one column of text.
func texts(ctx context.Context, tx *db.Tx, q string, args ...any) ([]string, error) {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
