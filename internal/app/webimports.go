package app

import (
	"context"
	"io"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/value"
	"hearth/internal/edge/web"
	"hearth/internal/fact/record"
)

// webImports has the pages speak of imports, which another door of the program applies.
type webImports struct{ im *ingest.Importer }

// rowsShown is how many rows that a person should look at stand on an import's page.
const rowsShown = 100

func (x webImports) List(ctx context.Context, tx *db.Tx, property hearth.PropertyID, from, most int) ([]web.ImportRow, error) {
	all, err := x.im.Imports(ctx, tx, property, from, most)
	rows := make([]web.ImportRow, len(all))
	for i, s := range all {
		rows[i] = importRow(s)
	}
	return rows, err
}

func (x webImports) Waiting(ctx context.Context, tx *db.Tx, property hearth.PropertyID, from, most int) ([]web.ImportDraft, error) {
	all, err := x.im.Drafts(ctx, tx, property, from, most)
	drafts := make([]web.ImportDraft, len(all))
	for i, d := range all {
		drafts[i] = web.ImportDraft{ID: d.ID, Source: d.Source, Kind: string(d.Kind), File: d.File, Created: d.Created}
	}
	return drafts, err
}

func importRow(s ingest.Summary) web.ImportRow {
	c := s.Counts
	return web.ImportRow{ID: s.Import, Source: s.Source, Kind: string(s.Kind), File: strings.Join(s.Files, ", "), Running: s.State == "applying", Fault: s.Fault, By: s.Actor,
		Started: s.Started, Finished: s.Finished, History: s.History, Undo: s.Undo, UndoUntil: s.Finished.Add(ingest.UndoFor),
		Rows: c.Rows, Added: c.Added, Changed: c.Changed, Same: c.Same, Wrong: c.Quarantined, Vanished: c.Vanished, AboutElsewhere: c.Skipped}
}

func (x webImports) One(ctx context.Context, tx *db.Tx, id hearth.ImportID) (web.ImportRow, error) {
	s, err := x.im.Import(ctx, tx, id)
	if err != nil {
		return web.ImportRow{}, err
	}
	r := importRow(s)
	if r.Running {
		done, err := x.im.Applied(ctx, tx, id)
		r.Percent = int(100 * done)
		return r, err
	}
	wrong, asked, err := x.im.ToLookAt(ctx, tx, id, rowsShown)
	r.Asides, r.Asked = importLines(wrong), importLines(asked)
	return r, err
}

func importLines(all []ingest.RowReport) []web.ImportLine {
	out := make([]web.ImportLine, len(all))
	for i, r := range all {
		out[i] = web.ImportLine{Line: r.Line, What: r.What, Reason: r.Reason}
		for _, c := range r.Changes {
			out[i].Changes = append(out[i].Changes, web.ImportChange{Field: c.Field, Was: c.Was, Is: c.Is})
		}
	}
	return out
}

func (x webImports) PropertyOf(ctx context.Context, tx *db.Tx, id string) (hearth.PropertyID, error) {
	if strings.HasPrefix(id, "imd_") {
		d, err := x.im.Draft(ctx, tx, id)
		return d.Property, err
	}
	s, err := x.im.Import(ctx, tx, hearth.ImportID(id))
	return s.Property, err
}

func (x webImports) Draft(ctx context.Context, tx *db.Tx, id string) (web.ImportDraft, error) {
	d, err := x.im.Draft(ctx, tx, id)
	if err != nil {
		return web.ImportDraft{}, err
	}
	out := web.ImportDraft{ID: d.ID, Source: d.Source, Kind: string(d.Kind), File: d.File, Created: d.Created, Fault: d.Plan.Fault, Choices: ingest.FieldNames(d.Kind)}
	look := d.Plan.Look
	if look == nil {
		return out, nil
	}
	out.Format, out.Dates, out.History, out.Notes = look.Format, look.Dates, look.History, look.Notes
	out.Rows, out.Same, out.Wrong = look.Counts.Rows, look.Counts.Same, look.Counts.Quarantined
	for _, c := range look.Columns {
		out.Columns = append(out.Columns, web.ImportColumn{Index: c.Index, Heading: c.Heading, Field: c.Field, Reason: c.Reason, Sure: int(100*c.Confidence + 0.5), Samples: c.Samples})
	}
	for _, r := range look.Reads {
		w := web.ImportReading{What: r.What, As: r.As, How: r.How}
		for _, s := range r.Samples {
			w.Samples = append(w.Samples, web.ImportSample(s))
		}
		out.Reads = append(out.Reads, w)
	}
	for _, g := range []struct {
		action string
		n      int
	}{{"added", look.Counts.Added}, {"changed", look.Counts.Changed}, {"vanished", look.Counts.Vanished}} {
		if g.n > 0 {
			out.Groups = append(out.Groups, web.ImportGroup{Action: g.action, N: g.n, First: importLines(look.Firsts[g.action])})
		}
	}
	out.Wrongs = problems(look)
	return out, nil
}

// problems groups wrong rows by the first sentence of their reason.
func problems(look *ingest.DraftLook) []web.ImportProblem {
	var out []web.ImportProblem
	at := map[string]int{}
	for _, r := range look.Wrong {
		why := problemKind(r.Reason)
		if _, ok := at[why]; !ok {
			at[why] = len(out)
			out = append(out, web.ImportProblem{Why: why})
		}
		l := web.ImportLine{Line: r.Line, What: r.What, Reason: r.Reason}
		for _, c := range look.Columns { // in the order of the file
			if c.Field != column.Skip && !has(l.Fields, c.Field) {
				l.Fields = append(l.Fields, web.ImportField{Name: c.Field, Value: r.Fields[c.Field]})
			}
		}
		p := &out[at[why]]
		p.Rows = append(p.Rows, l)
	}
	return out
}

func has(fields []web.ImportField, name string) bool {
	for _, f := range fields {
		if f.Name == name {
			return true
		}
	}
	return false
}

// problemKind takes what is particular out of a reason: what stands in quotation marks.
func problemKind(reason string) string {
	parts := strings.Split(reason, `"`)
	for i := 1; i < len(parts); i += 2 {
		parts[i] = "…"
	}
	why, _, _ := strings.Cut(strings.Join(parts, ""), ". ")
	return strings.TrimSuffix(why, ".")
}

func (x webImports) Give(ctx context.Context, by web.ImportBy, p record.Property, kind, source, name string, body io.Reader) (string, error) {
	return x.im.Give(ctx, ingest.Gift{Property: p, Kind: column.Kind(kind), Source: source, Name: name, Body: body, By: ingest.By(by)})
}

func (x webImports) Remap(ctx context.Context, by web.ImportBy, id string, c web.ImportChoice) error {
	return x.im.Remap(ctx, ingest.By(by), id, ingest.Choice{Columns: c.Columns, Dates: value.Order(c.Dates), Names: value.NameOrder(c.Names)})
}

func (x webImports) Mend(ctx context.Context, by web.ImportBy, id string, line int, fields map[string]string) error {
	return x.im.Mend(ctx, ingest.By(by), id, line, fields)
}

func (x webImports) Apply(ctx context.Context, by web.ImportBy, id string) (hearth.ImportID, error) {
	return x.im.Apply(ctx, ingest.By(by), id)
}

func (x webImports) Drop(ctx context.Context, id string) error { return x.im.DropDraft(ctx, id) }

func (x webImports) MaxBytes() int64 { return ingest.MaxGift }

func (x webImports) Undo(ctx context.Context, by web.ImportBy, id hearth.ImportID) (web.ImportUndo, error) {
	return webUndo(x.im.UndoOf(ctx, ingest.By(by), id))
}

func (x webImports) BeginUndo(ctx context.Context, by web.ImportBy, id hearth.ImportID) (web.ImportUndo, error) {
	return webUndo(x.im.BeginUndo(ctx, ingest.By(by), id))
}

// of counts things, one by its own word.
func of(n int, one, many string) web.ImportCount {
	if n == 1 {
		many = one
	}
	return web.ImportCount{N: n, What: many}
}

func webUndo(u *ingest.Undo, err error) (web.ImportUndo, error) {
	if err != nil {
		return web.ImportUndo{}, err
	}
	c := u.Counts
	out := web.ImportUndo{State: u.State, Why: u.Why, First: u.First, Until: u.Until, Percent: int(100 * u.Done), Finished: u.Finished,
		Gone: []web.ImportCount{of(c.Residents, "resident", "residents"), of(c.Leases, "lease", "leases"), of(c.Homes, "home", "homes"), {N: c.Team, What: "of the team"},
			of(c.WorkOrders, "work order", "work orders"), of(c.Changed, "record with changed values", "records with changed values")}}
	for _, s := range u.Reasons {
		out.Stays = append(out.Stays, web.ImportStay{N: s.N, What: s.What, Why: s.Why})
	}
	for _, s := range u.Stays {
		out.Named = append(out.Named, web.ImportNamed{What: s.What, ID: s.ID, Name: s.Name, Why: s.Why})
	}
	return out, nil
}
