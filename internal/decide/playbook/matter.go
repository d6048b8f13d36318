package playbook

import (
	"strings"
	"time"

	"hearth"
)

// MatterOf gives the one thing that an event is about: a work order, a package, a booking, an outage. "" when it is
// about none or does not say which.
func MatterOf(ev *hearth.Event) string {
	area, _, _ := strings.Cut(string(ev.Type), ".")
	var field string
	switch area {
	case "workorder":
		if ev.Subject.Kind == "workorder" {
			return ev.Subject.ID
		}
		field = "workorder"
	case "package":
		field = "package"
	case "amenity":
		field = "booking"
	case "outage":
		field = "outage"
	default:
		return ""
	}
	id, _ := FlatData(ev.Data)[field].(string)
	return id
}

// About gives the instant that the run's events tell of, if it has one: when the visit, the booking or the outage
// begins. Zero if there is none; a day without a time is none.
func (r *Run) About() time.Time {
	text, _ := r.EventFacts()["start"].(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
