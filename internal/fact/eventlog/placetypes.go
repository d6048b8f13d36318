package eventlog

import (
	"sync"

	"hearth"
)

// placeTypes are what happens around a home: packages, bookings, outages, reviews, worries, and how likely a household
// is to leave. Programs beside Hearth tell them until Hearth has records of its own for them.
func placeTypes() []Type {
	parcel := func() field { return may("package", text(), "which package; the same when it is picked up") }
	booking := func() field { return may("booking", text(), "which booking; the same when it is cancelled") }
	outage := func() field { return may("outage", text(), "which outage; the same when it ends") }
	outages := func() map[string]any {
		return oneOf("water", "hot_water", "drinking_water", "power", "heating", "gas", "elevator", "internet", "parking", "weather")
	}
	band := func() map[string]any { return oneOf("low", "middle", "high") }
	single := []Type{
		entry("package.arrived", "A package arrived and waits for a resident.", "resident unit", `{"count":1,"where":"Parcel room, shelf 4"}`,
			may("count", whole(), "how many"), may("where", text(), "where it waits"), parcel()),
		entry("package.collected", "A resident picked a package up.", "resident unit", `{}`, parcel()),
		entry("amenity.booked", "A resident booked a room or place.", "resident",
			`{"amenity":"Clubhouse","start":"2026-03-07T22:00:00Z","end":"2026-03-08T01:00:00Z"}`,
			need("amenity", words(), "what it is called"), need("start", instant(), "begin"), need("end", instant(), "end"), booking()),
		entry("amenity.cancelled", "A booking was called off.", "resident", `{"by":"resident"}`,
			need("by", oneOf("resident", "us"), "who called it off"), may("amenity", text(), "what it is called"), booking()),
		entry("review.posted", "Somebody reviewed the community in public.", "property resident", `{"where":"a review site","stars":3}`,
			need("where", words(), "on which site"), may("stars", number(), "as given there; decides nothing"),
			may("text", text(), "their words; decide nothing")),
		entry("welfare.concern", "Somebody is worried about a resident; why is not told here.", "resident", `{"raised_by":"neighbour"}`,
			need("raised_by", oneOf("team", "coordinator", "family", "neighbour", "responder", "other"), "who, by role and never by name")),
	}
	home := household(
		entry("outage.announced", "Something in the house will not work, or weather is expected; told for each home that it concerns.", "unit resident",
			`{"what":"water","start":"2026-03-04T14:00:00Z","end":"2026-03-04T17:00:00Z"}`,
			need("what", outages(), "what it is"), need("start", instant(), "begin"), may("end", instant(), "end"), outage()),
		entry("outage.ended", "An outage is over; told for each home that it concerned.", "unit resident", `{"what":"water"}`,
			need("what", outages(), "what it was"), outage()),
		entry("risk.changed", "How likely a household is not to renew changed, or was told anew half a year before the end.", "resident lease unit",
			`{"band":"high","before":"middle"}`, need("band", band(), "now"), may("before", band(), "before")),
	)
	return append(single, home...)
}

// Awaited tells whether Hearth has no record of its own for events of the type yet, so that a playbook that starts on
// it does nothing until a program beside Hearth sends it.
func Awaited(t hearth.EventType) bool {
	if t == "promise.missed" {
		return true // promises are watched by whoever made them
	}
	return awaited()[t]
}

// awaited holds the types of placeTypes: each list of the library asks for each of its playbooks.
//
//nolint:gochecknoglobals // made once, never changed
var awaited = sync.OnceValue(func() map[hearth.EventType]bool {
	names := map[hearth.EventType]bool{}
	for _, t := range placeTypes() {
		names[t.Name] = true
	}
	return names
})
