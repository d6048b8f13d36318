package desk

import (
	"sort"
	"strings"

	"hearth/internal/base/rule"
)

// Fact is something that a template may say. The list is closed: a template that names anything else is refused, so
// that no text can reach a confidential field, a score or another household.
type Fact struct {
	Name string
	Doc  string
	// Situation marks what tells the resident's own situation. A name, a home's number or who writes is none.
	Situation bool
	// Always marks what every message has, so that a template need not list it.
	Always bool
	// Tag says what kind of fact it is. What is protected, or stands in for it, may be said and never decides what is said.
	Tag rule.Tag
	// List marks a fact with several lines, for use in a loop.
	List bool
}

// Facts gives the facts that templates may use, by name.
func Facts() []Fact {
	situation := func(name, doc string) Fact { return Fact{Name: name, Doc: doc, Situation: true} }
	facts := []Fact{
		{Name: "resident.name", Doc: "what the resident likes to be called"},
		{Name: "resident.first_name", Doc: "the first name on record"},
		{Name: "resident.last_name", Doc: "the last name on record"},
		{Name: "home.unit", Doc: "the home's number as on its door"},
		{Name: "home.building", Doc: "the building that the home is in"},
		{Name: "property.name", Doc: "the community's name", Always: true},
		{Name: "voice.greeting", Doc: "how this house greets: Good day"},
		{Name: "voice.sign_off", Doc: "how this house signs: Warmly, your office team"},
		{Name: "property.address", Doc: "the community's street address"},
		{Name: "property.city", Doc: "the community's city"},
		{Name: "portal.link", Doc: "a link to the resident's own pages, which shows how things stand for a week; ask for it with if, and leave it out of short texts"},
		{Name: "staff.name", Doc: "the team member who answers for this"},
		{Name: "staff.role", Doc: "that team member's role, in words"},
		{Name: "staff.phone", Doc: "that team member's telephone number"},
		{Name: "digest.notes", Doc: "the short notes of a digest", Situation: true, List: true},
		situation("lease.start", "the day on which the term begins"),
		situation("lease.end", "the day on which the term ends"),
		situation("lease.move_in", "the day of moving in"),
		situation("lease.move_out", "the day of moving out"),
		situation("tenancy.years", "whole years in the community"),
		situation("event.matter", "what a work order is about: your plumbing request"),
		situation("event.description", "the resident's own words about a request"),
		situation("event.category", "the work order's category, as recorded"),
		situation("event.resolution", "what was done about a request"),
		situation("event.for", "what a work order is waiting for"),
		situation("event.count", "how many packages"),
		situation("event.where", "where something waits, in the words of whoever told it"),
		situation("event.amenity", "what was booked, as it is called"),
		situation("event.outage", "what an outage means: the water will be off"),
		situation("event.visit", "when somebody comes: Tuesday, May 4, between 9 a.m. and 11 a.m."),
	}
	for _, name := range []string{"start", "end", "due", "date", "move_in", "move_out"} {
		facts = append(facts,
			situation("event."+name+"_day", "the day of the event's "+spaced(name)),
			situation("event."+name+"_time", "the time of day of the event's "+spaced(name)))
	}
	for _, name := range signalFacts() {
		facts = append(facts, situation(name, "the signal of that name"))
	}
	tags := factTags()
	for i := range facts {
		facts[i].Tag = tags[facts[i].Name]
	}
	sort.Slice(facts, func(i, j int) bool { return facts[i].Name < facts[j].Name })
	return facts
}

// factTags says what kind of fact each is. A test refuses one that is missing here.
func factTags() map[string]rule.Tag {
	tags := map[string]rule.Tag{}
	for tag, names := range map[rule.Tag][]string{
		rule.Proxy:   {"resident.name", "resident.first_name", "resident.last_name", "staff.name"},
		rule.Contact: {"property.name", "property.address", "property.city", "portal.link", "voice.greeting", "voice.sign_off", "staff.phone", "staff.role"},
		rule.Contract: {"home.unit", "home.building", "lease.start", "lease.end", "lease.move_in", "lease.move_out", "tenancy.years",
			"lease.days_to_end", "lease.days_to_start", "lease.days_since_move_in", "lease.days_to_move_out", "lease.term_number", "tenancy.days",
			"event.start_day", "event.start_time", "event.end_day", "event.end_time", "event.date_day", "event.date_time",
			"event.move_in_day", "event.move_in_time", "event.move_out_day", "event.move_out_time"},
		rule.Behaviour: {"digest.notes", "event.matter", "event.description", "event.category", "event.resolution", "event.for", "event.visit",
			"event.count", "event.where", "event.amenity", "event.outage",
			"event.due_day", "event.due_time", "service.open", "service.opened_30d", "service.opened_90d", "service.opened_365d", "service.total",
			"service.repeats_90d", "service.days_waiting", "service.last_closed_days"},
	} {
		for _, n := range names {
			tags[n] = tag
		}
	}
	return tags
}

// signalFacts lists the signals that may be said to a resident: the lease's clock and the counts of their own
// requests. Levels, scores and payments are never said.
func signalFacts() []string {
	return []string{
		"lease.days_to_end", "lease.days_to_start", "lease.days_since_move_in", "lease.days_to_move_out",
		"lease.term_number", "tenancy.days", "service.open", "service.opened_30d", "service.opened_90d",
		"service.opened_365d", "service.total", "service.repeats_90d", "service.days_waiting",
		"service.last_closed_days",
	}
}

// dayFacts pairs each day that can be said with the signal that counts the days to it (+1) or from it (-1).
func dayFacts() []dayFact {
	return []dayFact{
		{"lease.start", "lease.days_to_start", 1},
		{"lease.end", "lease.days_to_end", 1},
		{"lease.move_in", "lease.days_since_move_in", -1},
		{"lease.move_out", "lease.days_to_move_out", 1},
	}
}

type dayFact struct {
	name, signal string
	sign         int64
}

// personal tells whether a fact names the resident, which asks for a situation beside it.
func personal(name string) bool { return strings.HasPrefix(name, "resident.") }

func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

// catalog finds facts by name.
type catalog map[string]Fact

func newCatalog() catalog {
	c := catalog{}
	for _, f := range Facts() {
		c[f.Name] = f
	}
	return c
}

// nearest gives the listed name that looks most like name, for the sentence that refuses it.
func (c catalog) nearest(name string) string {
	best, at := "", len(name)/2+2
	for _, f := range Facts() {
		if d := distance(name, f.Name); d < at {
			best, at = f.Name, d
		}
	}
	return best
}

// distance counts the single-letter edits between two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost = 1 + min(diagonal, row[j], row[j-1])
			}
			diagonal, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}
