package ingest

import (
	"fmt"
	"sort"
	"strings"

	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/table"
	"hearth/internal/edge/ingest/value"
	"hearth/internal/fact/record"
)

// maxPlaceValues bounds how many different values of a column are counted.
const maxPlaceValues = 500

// places gathers what the files say of where the property is and of which properties they speak.
type places struct {
	byHeading map[string]map[string]int // heading to value to count, while columns are not yet recognised
	fields    map[string]map[string]int // field to value to count
}

func newPlaces() *places { return &places{byHeading: map[string]map[string]int{}} }

func (p *places) add(header []string, row table.Row) {
	for i, h := range header {
		v := value.Clean(row.Cell(i))
		if v == "" {
			continue
		}
		counts := p.byHeading[h]
		if counts == nil {
			counts = map[string]int{}
			p.byHeading[h] = counts
		}
		if _, known := counts[v]; known || len(counts) < maxPlaceValues {
			counts[v]++
		}
	}
}

// use keeps the columns that say where things are.
func (p *places) use(m *column.Mapping) {
	if p.fields == nil {
		p.fields = map[string]map[string]int{}
	}
	for _, c := range m.Columns {
		switch c.Field {
		case column.PropertyName, column.Street, column.City, column.Region, column.ZipCode:
			for v, n := range p.byHeading[c.Heading] {
				if c.Field == column.Street && !m.Has(column.Region, column.ZipCode) {
					p.address(v, n)
					continue
				}
				p.count(c.Field, v, n)
			}
		}
	}
	p.byHeading = map[string]map[string]int{}
}

func (p *places) count(field, v string, n int) {
	if v == "" {
		return
	}
	if p.fields[field] == nil {
		p.fields[field] = map[string]int{}
	}
	p.fields[field][v] += n
}

// address counts an address that stands in one column, taken apart where it names a state at its end.
func (p *places) address(text string, n int) {
	a, ok := value.OneAddress(text, func(s string) bool {
		zone, _, _ := record.FindZone("", s, "")
		return zone != ""
	})
	if !ok {
		a = value.Address{Street: text}
	}
	p.count(column.Street, a.Street, n)
	p.count(column.City, a.City, n)
	p.count(column.Region, a.State, n)
	p.count(column.ZipCode, a.Zip, n)
}

// most gives the value that most rows have, if at least share of them do; ties go to the first by alphabet.
func (p *places) most(field string, share float64) string {
	best, n, all := "", 0, 0
	var values []string
	for v := range p.fields[field] {
		values = append(values, v)
	}
	sort.Strings(values)
	for _, v := range values {
		count := p.fields[field][v]
		all += count
		if count > n {
			best, n = v, count
		}
	}
	if all == 0 || float64(n) < share*float64(all) {
		return ""
	}
	return best
}

// settlePlace takes from the files what they say of the property: its address, and which rows are about it.
func (im *Importer) settlePlace(j *job, p *places) error {
	j.told = record.Property{Name: j.req.Property}
	names := p.fields[column.PropertyName]
	if len(names) > 1 {
		j.only = pickProperty(names, j.req.Property)
		if j.only == "" {
			j.report.Notes = append(j.report.Notes, fmt.Sprintf("The files name %d properties, none of them like %q; all rows were taken.", len(names), j.req.Property))
		}
	}
	if j.only == "" && len(names) <= 1 || j.only != "" && len(names) > 1 && j.property.ID == "" {
		if zip := p.most(column.ZipCode, 0.5); len(strings.Trim(zip, "0123456789-")) == 0 {
			j.told.Zip = zip
		}
		if _, mail := value.Email(p.most(column.City, 0.5)); !mail && !value.LooksLikePhone(p.most(column.City, 0.5)) {
			j.told.City = p.most(column.City, 0.5)
		}
		j.told.State = p.most(column.Region, 0.5)
		if street := p.most(column.Street, 0.6); street != "" {
			if _, mail := value.Email(street); !mail {
				j.told.Address = street
			}
		}
	}
	switch {
	case j.req.Zone != "":
		j.told.Zone, j.told.ZoneHow, j.told.ZoneConfirmed = j.req.Zone, "given with the import", true
	case im.Zone != "" && j.property.ID == "":
		j.told.Zone, j.told.ZoneHow = im.Zone, "assumed: nothing told where the property is, so the configured default is used"
	}
	return nil
}

// pickProperty gives the one value that means the named property: the same name, else one that begins with it.
func pickProperty(names map[string]int, want string) string {
	key := record.NameKey(want)
	var same, begins []string
	for n := range names {
		switch k := record.NameKey(n); {
		case k == key:
			same = append(same, n)
		case strings.HasPrefix(k, key+" "):
			begins = append(begins, n)
		}
	}
	if len(same) == 1 {
		return same[0]
	}
	if len(same) == 0 && len(begins) == 1 {
		return begins[0]
	}
	return ""
}
