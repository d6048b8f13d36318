package ingest

import (
	"slices"
	"time"

	"hearth"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/value"
)

// DraftReading is something that the file itself does not say: in which order it writes dates, or names.
type DraftReading struct {
	What    string        `json:"what"` // "dates" or "names"
	As      string        `json:"as"`   // the order in which they were read
	How     string        `json:"how"`  // why
	Samples []DraftSample `json:"samples,omitempty"`
}

// DraftSample is a cell in both readings; a reading that gives nothing is "".
type DraftSample struct {
	Text string            `json:"text"`
	Read map[string]string `json:"read"` // by order
}

// readings gives what can be read in two ways, with cells of the file in both.
func (f file) readings() []DraftReading {
	m := f.mapping
	var out []DraftReading
	if m.DatesDoubt {
		r := DraftReading{What: "dates", As: string(m.Dates), How: m.DatesHow}
		r.Samples = f.readSamples(column.Date, func(cell string) DraftSample {
			return DraftSample{Text: cell, Read: map[string]string{string(value.MonthFirst): dayRead(cell, value.MonthFirst), string(value.DayFirst): dayRead(cell, value.DayFirst)}}
		})
		out = append(out, r)
	}
	if m.NamesDoubt {
		r := DraftReading{What: "names", As: string(m.Names), How: m.NamesHow}
		r.Samples = f.readSamples(column.Name, func(cell string) DraftSample {
			return DraftSample{Text: cell, Read: map[string]string{string(value.FirstLast): nameRead(cell, value.FirstLast), string(value.LastFirst): nameRead(cell, value.LastFirst)}}
		})
		out = append(out, r)
	}
	return slices.DeleteFunc(out, func(r DraftReading) bool { return len(r.Samples) == 0 })
}

// readSamples gives the first cells of a class that the two readings tell apart.
func (f file) readSamples(k column.Class, read func(cell string) DraftSample) []DraftSample {
	var out []DraftSample
	for _, c := range f.mapping.Columns {
		if c.Refused || !f.mapping.Holds(c, k) || c.Index < 0 || c.Index >= len(f.samples) {
			continue
		}
		for _, cell := range f.samples[c.Index] {
			s := read(cell)
			had := slices.ContainsFunc(out, func(o DraftSample) bool { return o.Text == s.Text })
			if len(out) < draftSamples && !had && differs(s) {
				out = append(out, s)
			}
		}
	}
	return out
}

func differs(s DraftSample) bool {
	first, n := "", 0
	for _, v := range s.Read {
		if n > 0 && v != first {
			return true
		}
		first = v
		n++
	}
	return false
}

func dayRead(cell string, order value.Order) string {
	d, ok := value.Date(cell, order)
	if !ok {
		return ""
	}
	return dayWords(d)
}

func dayWords(d hearth.Day) string { return d.Start(time.UTC).Format("2 January 2006") }

func nameRead(cell string, order value.NameOrder) string {
	people := value.People(cell, order)
	if len(people) == 0 {
		return ""
	}
	return "first name " + orNone(people[0].First) + ", last name " + orNone(people[0].Last)
}

func orNone(s string) string {
	if s == "" {
		return "not told"
	}
	return s
}
