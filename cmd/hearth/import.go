package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"hearth"
	"hearth/internal/app"
)

// importsCmd brings files in when no other command of it is named.
type importsCmd struct {
	Files importCmd     `cmd:"" default:"withargs" help:"Bring in files (the default)."`
	List  importListCmd `cmd:"" help:"List what was brought in."`
	Undo  importUndoCmd `cmd:"" help:"Take an import back, for 30 days; says what can't be taken back."`
}

type importCmd struct {
	place
	Property string   `required:"" placeholder:"NAME" help:"The property's name; the first import makes it."`
	Zone     string   `placeholder:"ZONE" help:"The property's time zone, such as America/Chicago; else found from its address."`
	Source   string   `placeholder:"NAME" help:"The system that made the files, such as yardi; files of one source are compared with each other."`
	Kind     string   `arg:"" enum:"units,residents,staff,workorders,payments,messages,events" help:"What the files hold: units, residents (directory or rent roll), staff, workorders, payments, messages or events."`
	Files    []string `arg:"" optional:"" name:"file" help:"CSV or XLSX files."`
	Mapping  string   `placeholder:"FILE" help:"Which column is what, where Hearth guesses wrong."`
	DryRun   bool     `name:"dry-run" help:"Report row by row what would happen; change nothing."`
	Retry    bool     `help:"Bring in corrected rows of the import before; without files, those that were set aside."`
	Partial  bool     `help:"The files hold only a part: rows that are not in them have not vanished."`
	Report   string   `placeholder:"FILE.json" help:"Write the whole report, row by row, as JSON."`
}

// Run imports.
func (c *importCmd) Run(r *run) error {
	return r.begin(func(a *app.App) error {
		req := app.ImportRequest{Property: c.Property, Zone: c.Zone, Source: c.Source, Kind: c.Kind, Files: c.Files,
			Mapping: c.Mapping, DryRun: c.DryRun, Retry: c.Retry, Partial: c.Partial}
		bar := &progress{out: r.errOut}
		req.Progress = bar.show
		rep, err := a.Import(r.ctx, req)
		bar.end()
		if err != nil {
			return err
		}
		if c.Report != "" {
			if err := writeReport(c.Report, rep); err != nil {
				return err
			}
		}
		return printReport(r, rep, c.Report)
	})
}

func writeReport(path string, rep *app.ImportReport) error {
	raw, err := json.MarshalIndent(rep, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
		return hearth.Errorf(hearth.CodeInvalid, "The import is done, but its report can't be written: %w.", err)
	}
	return nil
}

// maxLines is how many rows that need a look are printed; the report file has all.
const maxLines = 20

func printReport(r *run, rep *app.ImportReport, path string) error {
	how := ""
	switch {
	case rep.DryRun:
		how = " (dry run: nothing was changed)"
	case rep.History:
		how = " (the first import of this source: it is history and starts nothing)"
	}
	r.printf("%s, %s of %s%s\n", rep.PropertyName, rep.Kind, rep.Source, how)
	if rep.Zone != "" {
		r.printf("Time zone %s: %s\n", rep.Zone, rep.ZoneHow)
		if !rep.ZoneConfirmed {
			r.printf("%s\n", "Nothing real is sent there until somebody confirms it: import once with --zone ZONE.")
		}
	}
	for _, n := range rep.Notes {
		r.printf("%s\n", n)
	}
	if err := printMappings(r, rep); err != nil {
		return err
	}
	n := rep.Counts
	r.printf("\n%s: %d added, %d changed, %d the same, %d set aside, %d about other properties; %d vanished\n",
		plural(n.Rows, "row", "rows"), n.Added, n.Changed, n.Same, n.Quarantined, n.Skipped, n.Vanished)
	shown := 0
	for _, row := range rep.Rows {
		if row.Action != "quarantined" && row.Action != "vanished" {
			continue
		}
		if shown++; shown <= maxLines {
			r.printf("  %s\n", rowSaid(row, len(rep.Files) > 1))
		}
	}
	if shown > maxLines {
		r.printf("  and %d more%s\n", shown-maxLines, map[bool]string{true: "; see " + path, false: "; write all with --report FILE.json"}[path != ""])
	}
	return nil
}

// rowSaid is one row of a report: where it stands, if it stands anywhere, what it is about, and why it is listed.
func rowSaid(row app.ImportRow, several bool) string {
	said := row.Action + ": "
	if row.Line > 0 {
		said = fmt.Sprintf("line %d, %s", row.Line, said)
	}
	if several && row.File != "" {
		said = row.File + ", " + said
	}
	if row.What != "" {
		said += row.What + ". "
	}
	return said + row.Reason
}

// printMappings says what each column was taken for, which ones are not used, and how dates and names were read.
func printMappings(r *run, rep *app.ImportReport) error {
	for _, f := range rep.Files {
		if f.Mapping == nil {
			continue
		}
		r.printf("\n%s  %s\n", f.Name, f.Format)
		t := r.table()
		var unused []string
		for _, col := range f.Mapping.Columns {
			switch {
			case col.Field != app.SkipColumn:
				t.row("  %s\t%s\t%.0f %%\t%s\n", col.Heading, col.Field, 100*col.Confidence, col.Reason)
			case col.Heading != "":
				unused = append(unused, col.Heading)
			}
		}
		if err := t.end(); err != nil {
			return err
		}
		if len(unused) > 0 {
			r.printf("  not used: %s\n", strings.Join(unused, ", "))
		}
		r.printf("  dates: %s (%s); names: %s (%s)\n", f.Mapping.Dates, f.Mapping.DatesHow, f.Mapping.Names, f.Mapping.NamesHow)
	}
	return nil
}

// progress draws one line on a terminal and stays silent elsewhere.
type progress struct {
	out  interface{ Write([]byte) (int, error) }
	last string
	used bool
}

func (p *progress) show(stage string, done float64, rows int) {
	f, ok := p.out.(*os.File)
	if !ok {
		return
	}
	if st, err := f.Stat(); err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return
	}
	line := fmt.Sprintf("%s: %3.0f %%", stage, 100*done)
	if rows > 0 {
		line += fmt.Sprintf(", %d rows", rows)
	}
	if line != p.last {
		warnf(p.out, "\r%s%s", line, strings.Repeat(" ", max(0, len(p.last)-len(line))))
		p.last, p.used = line, true
	}
}

func (p *progress) end() {
	if p.used {
		warnf(p.out, "\n")
	}
}
