package desk

import (
	"reflect"
	"testing"
	"time"

	"hearth"
	"hearth/internal/sense/signal"
)

// wanting makes a template that asks for the facts.
func wanting(names ...string) *Template {
	t := &Template{wants: map[string]bool{}}
	for _, n := range names {
		t.wants[n] = true
	}
	return t
}

// livingSince folds a lease that began ten days before now and runs to the end of next April.
func livingSince(t *testing.T, now time.Time, zone *time.Location) signal.View {
	t.Helper()
	s := &signal.State{}
	s.Fold(&hearth.Event{Type: "lease.recorded", Subject: hearth.Subject{Kind: "lease", ID: "lse_1"}, Residents: []hearth.ResidentID{"res_ana"},
		Time: now.AddDate(0, 0, -12), Data: []byte(`{"lease":"lse_1","unit":"unt_1","start":"2026-11-10","end":"2027-04-30","move_in":"2026-11-10","status":"current"}`)}, zone)
	return signal.NewView(s, now, zone)
}

func TestFactsOfAMessage(t *testing.T) {
	zone := mustZone(t, "America/Chicago")
	now := at("2026-11-20 12:00 -0600")
	v := livingSince(t, now, zone)
	who := addressee{called: "Annie", first: "Ana", last: "Ruiz", unit: "4B"}
	oak := venue{name: "Oak Court", city: "Austin"}
	tests := []struct {
		name, lang string
		wants      []string
		told       map[string]any
		want       map[string]any
	}{
		{"names", "en", []string{"resident.name", "resident.first_name", "home.unit", "home.building", "property.name"}, nil,
			map[string]any{"resident.name": "Annie", "resident.first_name": "Ana", "home.unit": "4B", "property.name": "Oak Court"}},
		{"only what is asked for", "en", []string{"home.unit"}, map[string]any{"event.description": "x"}, map[string]any{"home.unit": "4B"}},
		{"the lease", "en", []string{"lease.end", "lease.days_to_end", "lease.move_in"}, nil,
			map[string]any{"lease.end": "Friday, April 30, 2027", "lease.days_to_end": int64(161), "lease.move_in": "Tuesday, November 10"}},
		{"the lease in Spanish", "es", []string{"lease.end", "lease.move_in"}, nil,
			map[string]any{"lease.end": "viernes 30 de abril de 2027", "lease.move_in": "martes 10 de noviembre"}},
		{"nested facts", "en", []string{"event.matter", "event.description", "staff.role"},
			map[string]any{"event": map[string]any{"category": "Plumbing", "description": "Drips"}, "staff": map[string]any{"role": "property_manager"}},
			map[string]any{"event.matter": "your plumbing request", "event.description": "Drips", "staff.role": "property manager"}},
		{"an unknown category stays unsaid", "en", []string{"event.matter"}, map[string]any{"event.category": "XJ-77"}, map[string]any{}},
		{"a visit on the property's clock", "en", []string{"event.visit", "event.start_day", "event.start_time"},
			map[string]any{"event.start": "2026-11-21T15:00:00Z", "event.end": "2026-11-21T17:30:00Z"},
			map[string]any{"event.visit": "Saturday, November 21, between 9 a.m. and 11:30 a.m.", "event.start_day": "Saturday, November 21", "event.start_time": "9 a.m."}},
		{"a visit in Spanish", "es", []string{"event.visit"}, map[string]any{"event.start": "2026-11-21T20:00:00Z"},
			map[string]any{"event.visit": "el sábado 21 de noviembre a las 2 p.m."}},
		{"a date", "en", []string{"event.move_out_day", "event.move_out_time"}, map[string]any{"event.move_out": "2027-01-31"},
			map[string]any{"event.move_out_day": "Sunday, January 31, 2027"}},
		{"what it waits for", "es", []string{"event.for"}, map[string]any{"event.for": "parts"}, map[string]any{"event.for": "una pieza"}},
		{"the sender can't rename a resident", "en", []string{"resident.name", "property.name"},
			map[string]any{"resident": map[string]any{"name": "Somebody else"}, "property.name": "Elsewhere"},
			map[string]any{"resident.name": "Annie", "property.name": "Oak Court"}},
		{"nor a lease", "en", []string{"lease.days_to_end"}, map[string]any{"lease.days_to_end": 3}, map[string]any{"lease.days_to_end": int64(161)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := factsFor(wanting(tt.wants...), tt.lang, Intent{Facts: tt.told}, who, oak, v, now, zone)
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestBeforeTheMoveTheLeaseTellsTheDay(t *testing.T) {
	zone := mustZone(t, "America/Chicago")
	now := at("2026-11-03 12:00 -0600")
	s := &signal.State{}
	s.Fold(&hearth.Event{Type: "lease.recorded", Subject: hearth.Subject{Kind: "lease", ID: "lse_1"}, Residents: []hearth.ResidentID{"res_ana"},
		Time: now, Data: []byte(`{"lease":"lse_1","unit":"unt_1","start":"2026-11-10","end":"2027-04-30","move_in":"2026-11-10"}`)}, zone)
	got := factsFor(wanting("lease.move_in", "tenancy.years"), "en", Intent{}, addressee{}, venue{}, signal.NewView(s, now, zone), now, zone)
	if want := map[string]any{"lease.move_in": "Tuesday, November 10"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestWords(t *testing.T) {
	now := at("2026-11-20 12:00 -0500")
	zone := mustZone(t, "America/New_York")
	for _, tt := range []struct{ got, want string }{
		{languageOf("es-MX"), "es"}, {languageOf("Spanish"), "es"}, {languageOf(""), "en"}, {languageOf("EN_us"), "en"}, {languageOf("vi"), "vi"},
		{whenWords(now.Add(20*time.Hour), now, zone), "tomorrow 08:00"},
		{whenWords(now.Add(-time.Hour), now, zone), "today 11:00"},
		{whenWords(now.Add(-30*time.Hour), now, zone), "yesterday 06:00"},
		{whenWords(now.Add(96*time.Hour), now, zone), "Tue Nov 24 12:00"},
		{clockWords(at("2026-11-20 00:05 +0000")), "12:05 a.m."}, {clockWords(at("2026-11-20 12:00 +0000")), "12 p.m."},
		{Quiet{1260, 480}.String(), "21:00 to 08:00"},
		{matterWords("es", "pest"), "su solicitud de control de plagas"}, {waitingWords("en", "the gasket"), "the gasket"}, {waitingWords("es", "the gasket"), ""},
		{newCatalog().nearest("lease.en"), "lease.end"}, {newCatalog().nearest("zzzzzzzz.qqqqqqqqqq"), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}
