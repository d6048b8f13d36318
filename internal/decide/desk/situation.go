package desk

import (
	"strings"
	"time"

	"hearth"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// addressee is the resident's part of the facts.
type addressee struct {
	called, first, last string
	unit, building      string
}

// venue is the property's part of the facts.
type venue struct {
	name, address, city string
	voice               record.Voice
	pages               string // where residents' pages open
}

// situation gathers the facts that a template asks for: who, where, what the signals say as of now, and what the
// sender told. Only wanted names are computed. What is unknown is left out.
type situation struct {
	lang  string
	today hearth.Day
	zone  *time.Location
	view  signal.View
	wants map[string]bool
	facts map[string]any
}

// factsFor gives the facts for a template in a language.
func factsFor(t *Template, lang string, in Intent, who addressee, at venue, v signal.View, now time.Time, zone *time.Location) map[string]any {
	s := &situation{lang: lang, today: hearth.DayOf(now, zone), zone: zone, view: v, wants: t.wants, facts: map[string]any{}}
	for name, value := range map[string]string{
		"resident.name": who.called, "resident.first_name": who.first, "resident.last_name": who.last,
		"home.unit": who.unit, "home.building": who.building,
		"voice.greeting": at.voice.Greeting[lang], "voice.sign_off": at.voice.SignOff[lang],
		"property.name": at.name, "property.address": at.address, "property.city": at.city, "portal.link": at.pages,
	} {
		s.set(name, value)
	}
	s.signals()
	s.told(flat(in.Facts))
	return s.facts
}

func (s *situation) set(name string, value any) {
	if text, ok := value.(string); ok && text == "" {
		return
	}
	if s.wants[name] {
		s.facts[name] = value
	}
}

// signals reads the signals that may be said, and the days that follow from their clocks.
func (s *situation) signals() {
	for _, name := range signalFacts() {
		if s.wants[name] {
			if n, ok := s.view.Int(name); ok {
				s.facts[name] = n
			}
		}
	}
	for _, d := range dayFacts() {
		if s.wants[d.name] {
			if n, ok := s.view.Int(d.signal); ok {
				s.facts[d.name] = dayWords(s.lang, s.today+hearth.Day(d.sign*n), s.today)
			}
		}
	}
	if s.wants["lease.move_in"] && s.facts["lease.move_in"] == nil {
		// Before the move the day is the one on which the lease begins.
		if n, ok := s.view.Int("lease.days_to_start"); ok {
			s.facts["lease.move_in"] = dayWords(s.lang, s.today+hearth.Day(n), s.today)
		}
	}
	if s.wants["tenancy.years"] {
		if n, ok := s.view.Int("tenancy.days"); ok && n >= 365 {
			s.facts["tenancy.years"] = n / 365
		}
	}
}

// told takes what the sender knows: codes become words, instants become days and times of the property's clock.
func (s *situation) told(facts map[string]any) {
	text := func(name string) string { t, _ := facts[name].(string); return strings.TrimSpace(t) }
	for name, v := range facts {
		switch name {
		case "event.category":
			s.set("event.matter", matterWords(s.lang, text(name)))
			s.set(name, v)
		case "event.what":
			s.set("event.outage", outageWords(s.lang, text(name)))
		case "event.for":
			s.set(name, waitingWords(s.lang, text(name)))
		case "staff.role":
			s.set(name, roleWords(s.lang, text(name)))
		default:
			// What the desk knows itself is not the sender's to change.
			if root, _, _ := cutName(name); root == "event" || root == "staff" || root == "digest" {
				s.set(name, v)
				s.moment(name, text(name))
			}
		}
	}
	from, ok := s.instant(text("event.start"))
	if to, both := s.instant(text("event.end")); ok {
		if !both {
			to = from
		}
		s.set("event.visit", visitWords(s.lang, from, to, s.today))
	}
}

// moment derives "…_day" and "…_time" from a fact that is a date or an instant.
func (s *situation) moment(name, text string) {
	if !s.wants[name+"_day"] && !s.wants[name+"_time"] {
		return
	}
	if day, err := hearth.ParseDay(text); err == nil {
		s.set(name+"_day", dayWords(s.lang, day, s.today))
		return
	}
	if t, ok := s.instant(text); ok {
		s.set(name+"_day", dayWords(s.lang, hearth.DayOf(t, s.zone), s.today))
		s.set(name+"_time", clockWords(t))
	}
}

// instant reads an RFC 3339 time onto the property's clock.
func (s *situation) instant(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, false
	}
	return t.In(s.zone), true
}

// flat turns {"event": {"category": …}} into {"event.category": …}.
func flat(facts map[string]any) map[string]any {
	out := make(map[string]any, len(facts))
	for name, v := range facts {
		branch, ok := v.(map[string]any)
		if !ok {
			out[name] = v
			continue
		}
		for leaf, value := range branch {
			out[name+"."+leaf] = value
		}
	}
	return out
}

// moodOf reads what the third question asks about.
func moodOf(v signal.View) Mood {
	level, _ := v.Float("frustration.level")
	urgent, _ := v.Int("service.urgent_open")
	return Mood{Frustration: level, UrgentOpen: urgent, Complaint: v.Complaint()}
}
