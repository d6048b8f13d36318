package ingest

import (
	"encoding/json"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/fact/record"
)

// Difference is one value that a row would change.
type Difference struct {
	Field string `json:"field"`
	Was   string `json:"was"`
	Is    string `json:"is"`
}

// mostDifferences bounds what is told of one row.
const mostDifferences = 6

// differences gives what steps changed in what was there at a property, in words. far tells that something of another one
// would change: what is known there is not for everybody who may look.
func differences(steps []record.Step, property hearth.PropertyID) (out []Difference, far bool) {
	for _, st := range steps {
		if st.Made() || st.Thing == record.ThingName || st.Thing == record.ThingHousehold {
			continue
		}
		if p := placeOf(st); p != "" && p != property {
			far = true
			continue
		}
		var was, is map[string]json.RawMessage
		if json.Unmarshal(st.Was, &was) != nil || json.Unmarshal(st.Is, &is) != nil {
			continue // a list: what differs in it is said in the row's own words
		}
		for _, f := range differing() {
			a, b := f.write(was[f.name]), f.write(is[f.name])
			if a != b && len(out) < mostDifferences {
				out = append(out, Difference{Field: f.words, Was: a, Is: b})
			}
		}
	}
	return out, far
}

type differingField struct {
	name, words string
	days        bool
}

func differing() []differingField {
	return []differingField{{"First", "first name", false}, {"Last", "last name", false}, {"Preferred", "called", false}, {"Email", "e-mail", false}, {"Phone", "phone", false},
		{"Language", "language", false}, {"Role", "role", false}, {"NoticeOn", "notice", true}, {"MoveIn", "move-in", true}, {"MoveOut", "move-out", true},
		{"RentCents", "rent", false}, {"Terms", "terms", false}, {"MonthToMonth", "month to month", false}, {"Label", "unit", false}, {"Floor", "floor", false}, {"Kind", "floor plan", false},
		{"Beds", "bedrooms", false}, {"Baths", "bathrooms", false}, {"SqFt", "square feet", false}, {"MarketCents", "asking rent", false}, {"Address", "address", false},
		{"Name", "name", false}, {"Inactive", "has left", false}, {"MinutesADay", "minutes a day", false}, {"State", "state", false}, {"Description", "description", false},
		{"Priority", "priority", false}, {"Category", "category", false}, {"Resolution", "resolution", false}, {"Value", "preference", false}}
}

// write writes a value as people read it.
func (f differingField) write(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var n float64
	if json.Unmarshal(raw, &n) == nil {
		switch {
		case n == 0:
			return ""
		case strings.HasSuffix(f.name, "Cents"):
			n /= 100
		case f.days:
			return hearth.Day(n).String()
		}
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	var terms []record.Term
	if json.Unmarshal(raw, &terms) == nil {
		var parts []string
		for _, t := range terms {
			parts = append(parts, t.Starts.String()+" to "+t.Ends.String())
		}
		return strings.Join(parts, ", ")
	}
	switch string(raw) {
	case "true":
		return "yes"
	case "false":
		return "no"
	}
	return ""
}
