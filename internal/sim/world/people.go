package world

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"hearth"
)

// person is a member of a household. What the office can see is in the residents file; the rest are traits that only
// show in what the person does.
type person struct {
	ext, given, family, suffix string
	preferred, alias           string // alias: see Twin
	role                       hearth.HouseholdRole
	email, phone, language     string
	home                       *home

	talk    float64        // how readily the person writes and answers, around 1
	handy   float64        // how readily the person repairs things without asking, around 1
	portal  bool           // uses the residents' portal
	channel hearth.Channel // writes by it
	manner  int            // how the person begins and ends what they write: see phrase
}

// adult tells whether the person acts for the home.
func (p *person) adult() bool { return p.role.Addressable() }

// makeup is who a household consists of.
type makeup int

const (
	single makeup = iota
	couple
	family // a couple with children
	parent // one adult with children
	mates  // unrelated adults
	senior // parent and grown child of the same name
)

// gather draws the members of a household for a home with beds bedrooms. The first is a leaseholder.
func (w *World) gather(r *rand.Rand, h *home, beds int) {
	weights := [][]float64{
		{85, 14, 0, 1, 0, 0}, {62, 27, 3, 4, 3, 1}, {22, 26, 22, 12, 15, 3}, {8, 14, 44, 16, 14, 4},
	}[beds]
	kind := makeup(weighted(r, weights))
	first := w.person(r, h, pick(r, w.words.family), hearth.MemberLeaseholder)
	switch kind {
	case single:
	case couple, family:
		name := first.family
		if chance(r, 0.45) {
			name = pick(r, w.words.family)
		}
		second := w.person(r, h, name, hearth.MemberLeaseholder)
		// Couples share an address or a number often enough that neither can say who somebody is.
		if chance(r, 0.08) {
			second.email = first.email
		}
		if chance(r, 0.06) {
			second.phone = first.phone
		}
	case mates:
		for range between(r, 1, max(1, beds-1)) {
			w.person(r, h, pick(r, w.words.family), hearth.MemberLeaseholder)
		}
	case senior:
		second := w.person(r, h, first.family, hearth.MemberOccupant)
		second.given, second.alias, first.suffix, second.suffix = first.given, first.alias, "Sr.", "Jr."
		second.email = w.address(second.given, second.family, "example.com")
	case parent:
	}
	if kind == family || kind == parent {
		for range between(r, 1, 3) {
			child := w.person(r, h, first.family, hearth.MemberMinor)
			child.email, child.phone = "", ""
		}
	}
	if chance(r, 0.04) {
		w.person(r, h, first.family, hearth.MemberGuarantor)
	}
	w.dependents(r, h)
}

func (w *World) person(r *rand.Rand, h *home, family string, role hearth.HouseholdRole) *person {
	w.persons++
	p := &person{
		ext: fmt.Sprintf("T%06d", w.persons), given: pick(r, w.words.given), family: family, role: role, home: h,
		talk: clamp(0.25+r.ExpFloat64()*0.75, 0.25, 4), handy: clamp(0.4+r.ExpFloat64()*0.6, 0.4, 2.5),
		portal: chance(r, 0.7), language: "en", channel: hearth.ChannelEmail,
	}
	p.email = w.address(p.given, p.family, []string{"example.com", "example.org", "example.net"}[r.IntN(3)])
	p.phone = w.phone(r.IntN(100), r.IntN(5))
	if chance(r, 0.05) {
		p.email = "" // never gave one
	}
	if chance(r, 0.08) {
		p.language = "es"
	}
	if chance(r, 0.1) && len(p.given) > 5 {
		p.preferred = p.given[:3]
	}
	if p.portal && chance(r, 0.5) {
		p.channel = hearth.ChannelPortal
	} else if chance(r, 0.3) {
		p.channel = hearth.ChannelSMS
	}
	p.manner = r.IntN(6)
	w.rename(p)
	h.people = append(h.people, p)
	w.people[p.ext] = p
	return p
}

// phrase gives a text in the person's own manner: most write just that, some greet, some sign, one drops the capitals.
func (p *person) phrase(text string) string {
	switch p.manner {
	case 0:
		return text + " " + p.signs()
	case 1:
		return "Hi, this is " + p.signs() + ". " + text
	case 2:
		return strings.ToLower(strings.TrimSuffix(text, "."))
	}
	return text
}
