package web

import (
	"context"
	"errors"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/record"
)

// setupPlace shows the property's name, address and zone.
func (q *request) setupPlace() (templ.Component, error) {
	if q.URL.Query().Get("new") != "" {
		return q.placeForm(record.Property{}, nil), nil
	}
	return q.placeForm(q.place, nil), nil
}

// placeForm draws the form, with what is wrong in it.
func (q *request) placeForm(p record.Property, err error) templ.Component {
	title, lead := "The property", "What residents and letters call it, and where it is."
	if p.ID == "" {
		title, lead = "A new property", "A community with one team and one time zone. Homes, people and files belong to one, so it comes first."
	}
	fields := []ui.Input{
		{Name: "name", Label: "Name", Value: p.Name, Required: true, Max: 200},
		{Name: "address", Label: "Address", Value: p.Address, Optional: true, Auto: "off", Max: 200},
		{Name: "city", Label: "City", Value: p.City, Optional: true, Max: 100},
		{Name: "state", Label: "State", Value: p.State, Hint: "Two letters in the United States.", Optional: true, Max: 40},
		{Name: "zip", Label: "Postal code", Value: p.Zip, Optional: true, Max: 20},
		{Name: "country", Label: "Country", Value: p.Country, Hint: "Two letters; US where nothing is said.", Optional: true, Max: 40},
		{Name: "zone", Label: "Time zone", Value: p.Zone, Hint: zoneHint(p), List: "zones", Optional: true, Max: 60},
	}
	markWrong(fields, err)
	return setupPlacePage(q.frame(title, "/setup"), title, lead, fields, p)
}

func zoneHint(p record.Property) string {
	switch {
	case p.ID == "":
		return "Left empty it is found from the address."
	case p.ZoneConfirmed:
		return "Settled: " + zoneHow(p) + ". Quiet hours, office hours and the law's hours go by it."
	}
	return "Assumed so far: " + zoneHow(p) + ". Nothing is sent before you confirm it: quiet hours, office hours and the law's hours go by it."
}

// zoneWords says a zone as people read it.
func zoneWords(zone string) string {
	_, city, ok := strings.Cut(zone, "/")
	if !ok {
		return zone
	}
	return strings.ReplaceAll(city, "_", " ") + " time"
}

// markWrong puts an error's sentence under the field that it names, else under the first.
func markWrong(fields []ui.Input, err error) {
	if err == nil {
		return
	}
	name := fieldOf(err)
	for i := range fields {
		if fields[i].Name == name {
			fields[i].Wrong = hearth.MessageOf(err)
			return
		}
	}
	fields[0].Wrong = hearth.MessageOf(err)
}

// fieldOf gives the field that an error names, "" if it names none.
func fieldOf(err error) string {
	var e *hearth.Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}

// formFault tells whether an error is about what was written, so that the form comes back.
func formFault(err error) bool {
	c := hearth.CodeOf(err)
	return err != nil && (c == hearth.CodeInvalid || c == hearth.CodeConflict)
}

// putPlace makes or changes the property.
func (q *request) putPlace() (outcome, error) {
	told := record.Property{ID: hearth.PropertyID(q.field("id")), Name: q.field("name"), Address: q.field("address"), City: q.field("city"),
		State: q.field("state"), Zip: q.field("zip"), Country: q.field("country"), Zone: q.field("zone"), ZoneConfirmed: q.field("confirm") != ""}
	if told.ID != "" && told.ID != q.place.ID {
		return outcome{}, hearth.Errorf(hearth.CodeConflict, "Another property was opened meanwhile. Open this one again and save it there.")
	}
	if told.ZoneConfirmed {
		told.ZoneHow = q.name + " said so"
	}
	var now record.Property
	err := q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		if told.ID == "" {
			if _, err := q.web.Records.PropertyByName(ctx, tx, told.Name); err == nil {
				return hearth.FieldErrorf("name", "There is a property called %s already.", told.Name)
			}
		}
		now, _, err = q.web.Records.PutProperty(ctx, tx, record.News{Source: "workspace", Actor: q.actor}, told)
		return err
	})
	if formFault(err) {
		shown := told
		if told.ID != "" {
			shown.ZoneHow, shown.ZoneConfirmed = q.place.ZoneHow, q.place.ZoneConfirmed
		}
		return outcome{}, wrongForm{q.placeForm(shown, err)}
	}
	if err != nil {
		return outcome{}, err
	}
	return outcome{said: "Saved.", next: "/setup?property=" + string(now.ID)}, nil
}

// commonZones are offered while somebody writes; any other is taken as well.
func commonZones() []string {
	return []string{"America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu",
		"America/Puerto_Rico", "America/Toronto", "America/Vancouver", "Europe/London", "Europe/Berlin", "Australia/Sydney", "UTC"}
}

// zoneHow says how a property's zone became known.
func zoneHow(p record.Property) string { return strings.TrimPrefix(p.ZoneHow, "assumed: ") }
