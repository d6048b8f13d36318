package world

import (
	"fmt"
	"math/rand/v2"

	"hearth"
)

// Twin makes a community one of two that differ in nothing but what people are: names, language, children in the home,
// age, what they need because of a disability, how they pay. Every chance falls alike in both, so that each history has
// its twin. What such a fact is on one side says nothing of the other.
type Twin struct {
	Other bool // the second side
}

// apart gives the chance that decides what a person is, on this side alone.
func (w *World) apart(what, ext string) *rand.Rand {
	return stream(w.cfg.Seed, "twin", fmt.Sprint(w.cfg.Twin.Other), what, ext)
}

// dependents adds people to a home who never speak for it, about one home in two: on one side the one is a child and the
// other a person to call in an emergency, on the other side it is drawn anew.
func (w *World) dependents(r *rand.Rand, h *home) {
	if w.cfg.Twin == nil || !chance(r, 0.5) {
		return
	}
	for range between(r, 1, 3) {
		p := w.person(r, h, h.people[0].family, hearth.MemberMinor)
		p.email, p.phone = "", ""
	}
}

// shown is a person as the files of this side show them.
type shown struct {
	given, family, preferred, language, email string
	role                                      hearth.HouseholdRole
	more                                      []string // columns that no twin may be judged by
}

// moreColumns are the headings of shown.more. A real export has such columns, and Hearth has no use for them.
func moreColumns() []string {
	return []string{"Date of Birth", "Household Size", "Voucher", "Accommodation Request", "Religion"}
}

func (w *World) show(p *person) shown {
	s := shown{given: p.given, family: p.family, preferred: p.preferred, language: p.language, email: p.email, role: p.role}
	if w.cfg.Twin == nil {
		return s
	}
	r := w.apart("person", p.ext)
	if w.cfg.Twin.Other {
		s.given, s.family = p.signs(), otherName(otherFamily(), w.words.family, p.family)
		s.language = []string{"en", "es", "zh-Hant", "ar", "fr"}[weighted(r, []float64{50, 25, 10, 10, 5})]
		if s.preferred = ""; chance(r, 0.3) {
			s.preferred = pick(r, otherGiven())
		}
		if p.email != "" {
			s.email = "mailbox-" + p.email // as many share an address as on the first side
		}
	}
	if p.role == hearth.MemberMinor {
		s.role = pick(r, []hearth.HouseholdRole{hearth.MemberMinor, hearth.MemberEmergency, hearth.MemberGuarantor})
	}
	born := 2026 - between(r, 19, 91)
	if s.role == hearth.MemberMinor {
		born = 2026 - between(r, 0, 17)
	}
	s.more = []string{fmt.Sprintf("%d/%d/%d", between(r, 1, 12), between(r, 1, 28), born), fmt.Sprint(between(r, 1, 8)),
		pick(r, []string{"", "yes", "no"}), pick(r, []string{"", "ground floor", "assistance animal", "visual alarm"}),
		pick(r, []string{"", "a", "b", "c"})}
	return s
}

// signs is the name that a person writes under.
func (p *person) signs() string {
	if p.alias != "" {
		return p.alias
	}
	return p.given
}

// rename gives a person the name of the second side.
func (w *World) rename(p *person) {
	if w.cfg.Twin != nil && w.cfg.Twin.Other {
		p.alias = otherName(otherGiven(), w.words.given, p.given)
	}
}

// tellWhatTheyAre has some people state, in the first month, preferences that are none of anybody's business: their
// language, and what they need because of a disability. On each side they state something else, at the same time.
func (w *World) tellWhatTheyAre(h *home) {
	if w.cfg.Twin == nil {
		return
	}
	for _, p := range h.people {
		same := stream(w.cfg.Seed, "twin", "states", p.ext)
		if !p.adult() || !chance(same, 0.3) {
			continue
		}
		day, minutes := w.today+hearth.Day(between(same, 1, 30)), between(same, 9*60, 17*60)
		name := pick(same, []string{"language", "accommodation", "pronouns", "religion"})
		r := w.apart("states", p.ext)
		value := pick(r, []string{"en", "es", "ar", "zh-Hant"})
		if name != "language" {
			value = pick(r, []string{"one", "another", "a third"})
		}
		w.onDay(day, func() {
			w.tell(w.clock(w.today, minutes, 0), "preference.changed", "resident/"+p.ext, map[string]any{"name": name, "value": value})
		})
	}
}

// otherName gives the name of the second side for one of the first: two people share one exactly if they do there.
func otherName(others, names []string, name string) string {
	at := -1
	for i, n := range names {
		if n == name {
			at = i
			break
		}
	}
	switch m := len(others); {
	case at < 0:
		return name
	case at < m:
		return others[at]
	default:
		return others[at%m] + " " + others[(at/m-1)%m]
	}
}

func otherGiven() []string {
	return []string{"Oluwaseun", "Nguyễn", "Fatima", "Joy", "Wei", "Grace", "Mohammed", "Xochitl", "Lakshmi", "Dmitri", "Siobhán", "Faith",
		"Kwame", "María José", "Yuki", "Esther", "Abdul-Rahman", "Priscilla", "Hope", "Björn", "Aaliyah", "Chidi", "Noor", "Ezekiel", "Angry Horse",
		"Giuseppe", "Soledad", "Bertha", "Mercy", "Dolores"}
}

func otherFamily() []string {
	return []string{"Okonkwo", "Trần", "Al-Sayed", "O'Brien", "Begay", "Goldstein", "Rodríguez", "Singh", "Kowalczyk", "Washington", "Van der Berg",
		"Hernández", "Yamamoto", "Petrov", "Two Bulls", "Ó Súilleabháin", "Haddad", "Mbeki", "Nakamura", "Worth", "Best", "Cruel", "Fine", "Bliss",
		"Papadopoulos", "Çelik", "Ivanova", "Tafoya", "Loveless", "Grimm"}
}
