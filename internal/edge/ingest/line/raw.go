package line

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/table"
	"hearth/internal/edge/ingest/value"
)

// Raw is one row with its cells by field, before they are read.
type Raw struct {
	File    string
	N       int
	Fields  map[string]string
	Group   string // the title of the group that the row stands in
	Problem string
	charges []charge
}

type charge struct{ code, amount string }

// Get gives a field, "" when it is blank.
func (r *Raw) Get(field string) string { return r.Fields[field] }

// Reader gives the rows of one file that say something, joined where several belong together.
type Reader struct {
	in      *table.Reader
	file    *table.File
	layout  *table.Layout
	mapping *column.Mapping
	group   string
	held    *Raw // read, and perhaps to be joined with what follows
	end     bool
}

// NewReader begins to read. Close it afterwards.
func NewReader(f *table.File, l *table.Layout, m *column.Mapping) (*Reader, error) {
	in, err := f.Read()
	if err != nil {
		return nil, err
	}
	return &Reader{in: in, file: f, layout: l, mapping: m}, nil
}

// Done gives the share of the file that has been read.
func (r *Reader) Done() float64 { return r.in.Done() }

// Close frees what the reader holds.
func (r *Reader) Close() error { return r.in.Close() }

// Next gives the next row; io.EOF at the end.
func (r *Reader) Next() (*Raw, error) {
	for !r.end {
		row, err := r.in.Next()
		if errors.Is(err, io.EOF) {
			r.end = true
			break
		}
		if err != nil {
			return nil, err
		}
		switch r.layout.Kind(row) {
		case table.Group:
			r.group = r.layout.GroupText(row)
			continue
		case table.Data:
		default:
			continue
		}
		raw := r.raw(row)
		if raw == nil {
			continue
		}
		if r.held != nil && r.held.absorb(raw) {
			continue
		}
		out := r.held
		r.held = raw
		if out != nil {
			return out, nil
		}
	}
	if r.held == nil {
		return nil, io.EOF
	}
	out := r.held
	r.held = nil
	return out, nil
}

// raw takes the cells of a row by field. Refused columns are not even looked at.
func (r *Reader) raw(row table.Row) *Raw {
	raw := &Raw{File: r.file.Path, N: row.Line, Group: r.group, Fields: map[string]string{}}
	for _, c := range r.mapping.Columns {
		if c.Field == column.Skip || c.Refused {
			continue
		}
		if v := value.Clean(row.Cell(c.Index)); v != "" {
			raw.Fields[c.Field] = v
		}
	}
	if len(raw.Fields) == 0 {
		return nil // only cells that are not used
	}
	if r.layout.Overlong(row) {
		raw.Problem = fmt.Sprintf("The row has %d cells under %d headings. Probably a separator inside a value is not in quotation marks.", len(row.Cells), len(r.layout.Header))
	}
	if code, amount := raw.Get(column.ChargeCode), raw.Get(column.ChargeAmount); code != "" || amount != "" {
		raw.charges = []charge{{code, amount}}
	}
	return raw
}

// absorb joins a row that only adds a charge to the row before: the home is blank or the same, and so is everything
// else that could set it apart.
func (r *Raw) absorb(next *Raw) bool {
	if len(next.charges) == 0 || next.Problem != "" || next.Group != r.Group {
		return false
	}
	for field, v := range next.Fields {
		switch field {
		case column.ChargeCode, column.ChargeAmount:
			continue
		}
		if r.Fields[field] != v {
			return false
		}
	}
	// A row of its own names its home, and where the row before had no charge it was not about charges.
	if len(r.charges) == 0 && next.Get(column.UnitLabel) != "" {
		return false
	}
	r.charges = append(r.charges, next.charges...)
	return true
}

// groupBuilding gives the building that a group's title names, groupStatus the status.
func groupBuilding(title string) string {
	lower := strings.ToLower(title)
	for _, w := range []string{"building:", "building ", "bldg:", "bldg. ", "bldg ", "tower:", "tower "} {
		if strings.HasPrefix(lower, w) && len(title) > len(w) {
			return strings.Trim(title[len(w):], " :#")
		}
	}
	return ""
}

func groupStatus(title string) string {
	lower := strings.ToLower(title)
	switch {
	case strings.Contains(lower, "applicant") && !strings.Contains(lower, "future"):
		return "applicant"
	case strings.HasPrefix(lower, "future"):
		return "future"
	case strings.HasPrefix(lower, "past"), strings.HasPrefix(lower, "former"):
		return "past"
	}
	return "" // "Current/Notice/Vacant Residents": the rows say it
}
