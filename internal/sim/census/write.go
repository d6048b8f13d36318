package census

import (
	"fmt"
	"strings"

	"hearth/internal/fact/identity"
)

// write puts a person into the lists: the rent roll, twice for who moved; often the portal's; sometimes one of leads.
func (m *maker) write(s *soul) {
	m.record(s, "rentroll", false)
	if m.chance(.14) {
		moved := *s
		moved.from = s.to + 1
		moved.to = moved.from + 500
		m.units++
		moved.unit = fmt.Sprintf("unit-%d", m.units)
		m.age(&moved)
		m.record(&moved, "rentroll", true)
	}
	if m.chance(.5) {
		other := *s
		m.age(&other)
		m.record(&other, "portal", true)
	}
	if m.chance(.18) {
		other := *s
		m.age(&other)
		other.unit = ""
		m.record(&other, "leads", true)
	}
}

// age lets time pass: numbers, addresses and a few surnames change.
func (m *maker) age(s *soul) {
	if m.chance(.12) {
		s.phone = m.phone()
	}
	if m.chance(.12) {
		s.email = m.email(s)
	}
	if m.chance(.015) {
		s.last = m.surname()
	}
}

// record writes a person down as a source does, with its gaps, and as a later hand does, with its quirks.
func (m *maker) record(s *soul, source string, quirks bool) {
	m.records++
	p := identity.Person{ID: fmt.Sprintf("rec-%d", m.records), First: s.first, Last: s.last, Source: source, Property: "maple"}
	if s.unit != "" {
		p.Unit = s.unit
		if source == "rentroll" || m.chance(.4) {
			p.Homes = []identity.Stay{{Unit: s.unit, From: s.from, To: s.to}}
		}
	}
	if source == "rentroll" && m.chance(.45) || source != "rentroll" && m.chance(.3) {
		p.Birth = s.birth
	}
	if !m.chance(.15) {
		p.Phones = []string{s.phone}
	}
	if !m.chance(.15) {
		p.Emails = []string{s.email}
	}
	if quirks {
		m.quirks(s, &p)
	}
	m.name(s, &p, quirks)
	m.list.People = append(m.list.People, p)
	m.list.Truth = append(m.list.Truth, s.id)
	m.list.Quirk = append(m.list.Quirk, s.quirk)
}

// quirks are what hands and systems do to a record.
func (m *maker) quirks(s *soul, p *identity.Person) {
	if forms := m.nick[strings.ToLower(s.first)]; len(forms) > 0 && m.chance(.25) {
		f := pick(m.r, forms)
		p.First = strings.ToUpper(f[:1]) + f[1:]
	}
	if m.chance(.04) {
		p.First = m.slip(p.First)
	}
	if m.chance(.05) {
		p.Last = m.slip(p.Last)
	}
	if a, b, ok := strings.Cut(s.last, "-"); ok {
		p.Last = pick(m.r, []string{a, b, a + " " + b, s.last})
	}
	if m.chance(.03) {
		p.First = p.First[:1]
	}
	if len(p.Phones) > 0 && m.chance(.02) {
		p.Phones[0] = m.digit(p.Phones[0])
	}
	if len(p.Emails) > 0 && m.chance(.02) {
		local, domain, _ := strings.Cut(p.Emails[0], "@")
		p.Emails[0] = m.slip(local) + "@" + domain
	}
	if p.Birth != "" && m.chance(.03) {
		p.Birth = m.digit(p.Birth)
	}
}

// name arranges the name: middle initial, suffix, order, one column or two.
func (m *maker) name(s *soul, p *identity.Person, quirks bool) {
	if s.middle != "" && m.chance(.35) {
		p.First += " " + s.middle[:1]
	}
	if s.suffix != "" && m.chance(.7) {
		p.Last += " " + s.suffix
	}
	switch x := m.r.Float64(); {
	case !quirks:
	case x < .04: // the columns were exchanged
		p.First, p.Last = p.Last, p.First
	case x < .09:
		p.First, p.Last = p.Last+", "+p.First, ""
	case x < .12:
		p.First, p.Last = strings.ToUpper(p.First), strings.ToUpper(p.Last)
	}
}

// slip is one of the usual slips of the fingers.
func (m *maker) slip(w string) string {
	if len(w) < 4 {
		return w
	}
	i := 1 + m.r.IntN(len(w)-2)
	letter := string(rune('a' + m.r.IntN(26)))
	switch m.r.IntN(4) {
	case 0:
		return w[:i] + w[i+1:]
	case 1:
		return w[:i] + letter + w[i:]
	case 2:
		return w[:i] + letter + w[i+1:]
	}
	return w[:i] + w[i+1:i+2] + w[i:i+1] + w[i+2:]
}

// digit changes one digit.
func (m *maker) digit(w string) string {
	b := []byte(w)
	for range 50 {
		if i := m.r.IntN(len(b)); b[i] >= '0' && b[i] <= '9' {
			b[i] = byte('0' + (int(b[i]-'0')+1+m.r.IntN(8))%10)
			return string(b)
		}
	}
	return w
}
