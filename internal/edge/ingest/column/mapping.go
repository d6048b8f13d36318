package column

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"hearth"
	"hearth/internal/edge/ingest/value"
)

// Column is what one column of a file was taken for.
type Column struct {
	Index      int     `json:"index" yaml:"-"`
	Heading    string  `json:"heading" yaml:"heading"`
	Field      string  `json:"field" yaml:"field"` // Skip when unused
	Confidence float64 `json:"confidence" yaml:"-"`
	Reason     string  `json:"reason" yaml:"-"`
	Refused    bool    `json:"refused,omitempty" yaml:"-"` // its cells are dropped unread
}

// Mapping says where a kind's fields stand in a file.
type Mapping struct {
	Kind     Kind            `json:"kind"`
	Columns  []Column        `json:"columns"`
	Dates    value.Order     `json:"dates"`
	DatesHow string          `json:"dates_how"`
	Names    value.NameOrder `json:"names"`
	NamesHow string          `json:"names_how"`
	// DatesDoubt and NamesDoubt tell that the file itself does not settle the order.
	DatesDoubt bool     `json:"-"`
	NamesDoubt bool     `json:"-"`
	Missing    []string `json:"missing,omitempty"` // sentences: what the file lacks
	Uncertain  []string `json:"uncertain,omitempty"`
}

// Of gives the column of a field, -1 if it has none.
func (m *Mapping) Of(field string) int {
	for _, c := range m.Columns {
		if c.Field == field {
			return c.Index
		}
	}
	return -1
}

// Has tells whether one of the fields has a column.
func (m *Mapping) Has(fields ...string) bool {
	for _, f := range fields {
		if m.Of(f) >= 0 {
			return true
		}
	}
	return false
}

// Rules are a person's corrections, or the mapping that was kept from the import before: heading to field.
type Rules struct {
	Columns map[string]string `yaml:"columns" json:"columns"`
	Dates   string            `yaml:"dates,omitempty" json:"dates,omitempty"` // "month first" or "day first"
	Names   string            `yaml:"names,omitempty" json:"names,omitempty"` // "first name first" or "last name first"
	// Repeats gives the fields of the columns that share a heading, in their order; it goes before Columns.
	Repeats map[string][]string `yaml:"-" json:"repeats,omitempty"`
	// Chosen gives the field of single columns of one file, by index; it goes before all others.
	Chosen map[int]string `yaml:"-" json:"-"`
	// ChosenDates and ChosenNames are what a person said of this one file; they go before all others.
	ChosenDates value.Order     `yaml:"-" json:"-"`
	ChosenNames value.NameOrder `yaml:"-" json:"-"`
	// Kept marks rules that come from an earlier import: they give way where a heading is new.
	Kept bool `yaml:"-" json:"-"`
}

// ReadRules reads a mapping file:
//
//	columns:
//	  Flat: unit
//	  Remarks: "-"      # do not use
//	dates: day first
//
// It fails with CodeInvalid for unknown keys and for fields that the kind does not have.
func ReadRules(r io.Reader, k Kind) (*Rules, error) {
	dec := yaml.NewDecoder(r)
	dec.KnownFields(true)
	var rules Rules
	if err := dec.Decode(&rules); err != nil && !errors.Is(err, io.EOF) {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The mapping file cannot be read: %w. It names a field for each heading under columns.", err)
	}
	known := map[string]bool{Skip: true}
	var names []string
	for _, f := range Fields(k) {
		if f.Ignored == "" && !known[f.Name] {
			known[f.Name] = true
			names = append(names, f.Name)
		}
	}
	for heading, field := range rules.Columns {
		if !known[field] {
			return nil, hearth.FieldErrorf("columns."+heading, "The mapping file sends %q to %q, which is no field of %s. The fields are: %s.", heading, field, k, strings.Join(names, ", "))
		}
	}
	switch value.Order(rules.Dates) {
	case "", value.MonthFirst, value.DayFirst:
	default:
		return nil, hearth.FieldErrorf("dates", "dates is %q in the mapping file; it can be %q or %q.", rules.Dates, value.MonthFirst, value.DayFirst)
	}
	switch value.NameOrder(rules.Names) {
	case "", value.FirstLast, value.LastFirst:
	default:
		return nil, hearth.FieldErrorf("names", "names is %q in the mapping file; it can be %q or %q.", rules.Names, value.FirstLast, value.LastFirst)
	}
	return &rules, nil
}

// Rules gives what is worth keeping of a mapping for the next import of the same source.
func (m *Mapping) Rules() *Rules {
	r := &Rules{Columns: map[string]string{}, Dates: string(m.Dates), Names: string(m.Names), Kept: true}
	fields := map[string][]string{}
	for _, c := range m.Columns {
		if c.Heading == "" {
			continue
		}
		fields[c.Heading] = append(fields[c.Heading], c.Field)
		if !c.Refused {
			r.Columns[c.Heading] = c.Field
		}
	}
	for heading, all := range fields {
		if _, used := r.Columns[heading]; !used || len(all) == 1 {
			continue
		}
		if r.Repeats == nil {
			r.Repeats = map[string][]string{}
		}
		r.Repeats[heading] = all
		delete(r.Columns, heading)
	}
	return r
}

// Describe writes the mapping for a person, one line per column.
func (m *Mapping) Describe(w io.Writer) error {
	for _, c := range m.Columns {
		if c.Heading == "" && c.Field == Skip {
			continue
		}
		to := c.Field
		if to == Skip {
			to = "not used"
		}
		if _, err := fmt.Fprintf(w, "  %-28s %-18s %3.0f%%  %s\n", c.Heading, to, c.Confidence*100, c.Reason); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "  dates: %s (%s); names: %s (%s)\n", m.Dates, m.DatesHow, m.Names, m.NamesHow)
	return err
}
