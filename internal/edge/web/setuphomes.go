package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/record"
)

// unitLine is a unit in the table.
type unitLine struct{ Label, Building, Floor, Kind, Rooms, Size, Address string }

// place says in short where a unit is, for where a table has no room for it.
func (l unitLine) place() string {
	var parts []string
	if l.Building != "" {
		parts = append(parts, buildingWords(l.Building))
	}
	if l.Floor != "" {
		parts = append(parts, "floor "+l.Floor)
	}
	if l.Kind != "" {
		parts = append(parts, l.Kind)
	}
	return strings.Join(parts, ", ")
}

// homesView is the table of units, ready to be drawn.
type homesView struct {
	Lead   string
	Find   string
	Lines  []unitLine
	Plans  bool // some have a floor plan
	More   int  // how many are not shown
	Fields []ui.Input
}

const unitsShown = 300

func (q *request) setupHomes() (templ.Component, error) { return q.homesPage(record.Unit{}, nil) }

func (q *request) homesPage(told record.Unit, wrong error) (templ.Component, error) {
	if q.place.ID == "" {
		return nil, elsewhere{"/setup/property"}
	}
	var units []record.Unit
	names := map[hearth.BuildingID]string{}
	var buildings []record.Building
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if units, err = q.web.Records.Units(ctx, tx, q.place.ID); err != nil {
			return err
		}
		buildings, err = q.web.Records.Buildings(ctx, tx, q.place.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, b := range buildings {
		names[b.ID] = b.Name
	}
	v := homesView{Find: strings.TrimSpace(q.URL.Query().Get("find"))}
	for _, u := range units {
		l := unitLine{Label: u.Label, Building: names[u.Building], Floor: u.Floor, Kind: u.Kind, Rooms: roomsWords(u), Address: u.Address}
		if u.SqFt > 0 {
			l.Size = thousands(int(u.SqFt)) + " sq ft"
		}
		switch {
		case v.Find != "" && !strings.Contains(strings.ToLower(l.Label+" "+l.Building+" "+l.Kind), strings.ToLower(v.Find)):
		case len(v.Lines) == unitsShown:
			v.More++
		default:
			v.Lines = append(v.Lines, l)
			v.Plans = v.Plans || l.Kind != ""
		}
	}
	v.Lead = "No units yet. A file of units or of residents brings them all; single ones are added here."
	if len(units) > 0 {
		v.Lead = count(len(units), "unit", "units")
		if len(buildings) > 0 {
			v.Lead += " in " + count(len(buildings), "building", "buildings")
		}
	}
	v.Fields = unitFields(told, buildings)
	markWrong(v.Fields, wrong)
	return setupHomesPage(q.frame("Buildings and units", "/setup"), v, buildings), nil
}

func unitFields(u record.Unit, buildings []record.Building) []ui.Input {
	building := ui.Input{Name: "building", Label: "Building", Value: u.BuildingName, Optional: true, Max: 100}
	if len(buildings) > 0 {
		building.List, building.Hint = "buildings", "A new name makes a new building."
	}
	return []ui.Input{
		{Name: "unit", Label: "Unit", Value: u.Label, Hint: "As people write it, such as 4B.", Required: true, Max: 60},
		building,
		{Name: "floor", Label: "Floor", Value: u.Floor, Optional: true, Max: 20},
		{Name: "kind", Label: "Floor plan", Value: u.Kind, Optional: true, Max: 60},
		{Name: "beds", Label: "Bedrooms", Value: numberWord(u.Beds), Kind: "number", Min: "0", Optional: true},
		{Name: "baths", Label: "Bathrooms", Value: numberWord(u.Baths), Optional: true, Max: 5},
		{Name: "sqft", Label: "Square feet", Value: numberWord(float64(u.SqFt)), Kind: "number", Min: "0", Optional: true},
	}
}

func numberWord(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

func roomsWords(u record.Unit) string {
	var parts []string
	if u.Beds > 0 {
		parts = append(parts, numberWord(u.Beds)+" bd")
	}
	if u.Baths > 0 {
		parts = append(parts, numberWord(u.Baths)+" ba")
	}
	return strings.Join(parts, ", ")
}

// number reads a number of the form; empty is 0.
func (q *request) number(field string) (float64, error) {
	s := q.field(field)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 0 || n > 1e6 {
		return 0, hearth.FieldErrorf(field, "%q is not a number such as 2.", s)
	}
	return n, nil
}

// putUnit adds a unit, or changes the one that is called so.
func (q *request) putUnit() (outcome, error) {
	told := record.Unit{Property: q.place.ID, Label: q.field("unit"), BuildingName: q.field("building"), Floor: q.field("floor"), Kind: q.field("kind")}
	var err error
	for _, f := range []struct {
		name string
		to   *float64
	}{{"beds", &told.Beds}, {"baths", &told.Baths}} {
		n, wrong := q.number(f.name)
		if *f.to = n; wrong != nil && err == nil {
			err = wrong
		}
	}
	size, wrong := q.number("sqft")
	if told.SqFt = int64(size); wrong != nil && err == nil {
		err = wrong
	}
	var change record.Change
	if err == nil {
		err = q.write(func(ctx context.Context, tx *db.Tx) (err error) {
			_, change, err = q.web.Records.PutUnit(ctx, tx, record.News{Source: "workspace", Actor: q.actor}, told)
			return err
		})
	}
	if formFault(err) {
		again, err := q.homesPage(told, err)
		if err != nil {
			return outcome{}, err
		}
		return outcome{}, wrongForm{again}
	}
	words := "Unit " + told.Label + " is as it was."
	switch {
	case change.Added:
		words = "Unit " + told.Label + " is added."
	case change.Changed:
		words = "Unit " + told.Label + " is changed."
	}
	return outcome{said: words, next: "/setup/homes"}, err
}
