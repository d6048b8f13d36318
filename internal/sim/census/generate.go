package census

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/fact/identity"
	"hearth/internal/sim/world"
)

// List is records with the truth about them.
type List struct {
	Name   string
	People []identity.Person
	Truth  []string        // by place in People: two records with the same are one person
	Quirk  []string        // by place: what is special about the person, "" nothing
	Judged map[[2]int]bool // where not all pairs were judged by hand: those that were, and how; nil: all by Truth
}

// soul is a generated person as they are, before anybody writes them down.
type soul struct {
	id           string
	first, last  string
	middle       string
	suffix       string
	birth        string
	email, phone string
	unit         string
	from, to     hearth.Day
	quirk        string
}

type maker struct {
	r       *rand.Rand
	given   []string
	family  []string
	nick    map[string][]string
	list    *List
	souls   int
	phones  []string // given out so far, for numbers that come to somebody else
	units   int
	records int
}

// Generate makes the records of people with the quirks of rent rolls: about 1.8 records a person, of three sources.
// The same seed gives the same records.
func Generate(people int, seed uint64) (*List, error) {
	given, family, err := world.Names()
	if err != nil {
		return nil, err
	}
	m := &maker{r: rand.New(rand.NewPCG(seed, 0x1de47)), given: given, family: family, nick: identity.Nicknames(),
		list: &List{Name: fmt.Sprintf("%d generated people, seed %d", people, seed)}}
	m.given = append(m.given, slices.Sorted(maps.Keys(m.nick))...)
	for m.souls < people {
		m.household(people - m.souls)
	}
	return m.list, nil
}

// Sized is Generate until there are so many records.
func Sized(records int, seed uint64) (*List, error) {
	l, err := Generate(records*2/3, seed)
	if err != nil {
		return nil, err
	}
	n := min(records, len(l.People))
	l.Name = fmt.Sprintf("%d generated records, seed %d", n, seed)
	l.People, l.Truth, l.Quirk = l.People[:n], l.Truth[:n], l.Quirk[:n]
	return l, nil
}

func (m *maker) chance(p float64) bool { return m.r.Float64() < p }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// household makes the people of a home and writes them down.
func (m *maker) household(left int) {
	m.units++
	home := fmt.Sprintf("unit-%d", m.units)
	family := m.surname()
	from := hearth.MakeDay(2019, time.January, 1) + hearth.Day(m.r.IntN(6*365))
	to := from + hearth.Day(365+m.r.IntN(4*365))
	make1 := func(last, quirk string) *soul { return m.soul(last, home, quirk, from, to) }
	first := make1(family, "")
	all := []*soul{first}
	x := m.r.Float64()
	switch {
	case left < 2 || x < .40:
	case x < .72:
		all = append(all, m.partner(first, make1))
	case x < .80: // people who share a home and nothing else
		all = append(all, make1(m.surname(), ""))
	case x < .86: // a grown child, a sister
		all = append(all, make1(family, "relative"))
	case x < .90:
		all = append(all, m.twin(first, make1))
	case x < .95:
		all = append(all, m.child(first, make1))
	default: // people of one surname and one initial
		all = append(all, m.like(first, make1(family, "relative")))
	}
	for _, s := range all {
		m.write(s)
	}
}

func (m *maker) partner(first *soul, make1 func(last, quirk string) *soul) *soul {
	last := first.last
	if m.chance(.45) {
		last = m.surname()
	}
	o := make1(last, "couple")
	if m.chance(.25) {
		o.email, o.quirk, first.quirk = first.email, "couple with one e-mail", "couple with one e-mail"
	}
	if m.chance(.2) {
		o.phone, o.quirk, first.quirk = first.phone, "couple with one phone", "couple with one phone"
	}
	return o
}

// twin makes a twin: same surname, home and date of birth, often a like first name or a number in common.
func (m *maker) twin(first *soul, make1 func(last, quirk string) *soul) *soul {
	first.quirk = "twins"
	o := make1(first.last, "twins")
	if m.chance(.4) {
		m.like(first, o)
	}
	o.birth = first.birth
	if m.chance(.3) {
		o.phone = first.phone
	}
	if m.chance(.15) {
		o.email = first.email
	}
	return o
}

// like gives o another first name with the initial of the first's, as far as there is one.
func (m *maker) like(first, o *soul) *soul {
	for range 400 {
		if n := upper(pick(m.r, m.given)); n[0] == first.first[0] && n != first.first {
			o.first = n
			break
		}
	}
	o.email = m.email(o)
	return o
}

func upper(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// child makes a grown child of the same name; the suffixes are known, and not always written down.
func (m *maker) child(first *soul, make1 func(last, quirk string) *soul) *soul {
	first.quirk = "Jr and Sr"
	o := make1(first.last, "Jr and Sr")
	o.first, o.middle = first.first, first.middle
	first.suffix, o.suffix = "Sr", "Jr"
	if m.chance(.3) {
		first.suffix = ""
	}
	o.email = m.email(o)
	if m.chance(.25) {
		o.phone = first.phone
	}
	if m.chance(.2) {
		o.email = first.email
	}
	return o
}

func (m *maker) soul(last, home, quirk string, from, to hearth.Day) *soul {
	m.souls++
	s := &soul{id: fmt.Sprintf("person-%d", m.souls), first: pick(m.r, m.given), last: last, unit: home, from: from, to: to, quirk: quirk}
	s.first = upper(s.first)
	if m.chance(.4) {
		s.middle = upper(pick(m.r, m.given))
	}
	day := hearth.MakeDay(1938, time.January, 1) + hearth.Day(m.r.IntN(66*365))
	s.birth = strings.ReplaceAll(day.String(), "-", "")
	s.email, s.phone = m.email(s), m.phone()
	if len(m.phones) > 20 && m.chance(.03) { // the number was somebody's before
		s.phone, s.quirk = pick(m.r, m.phones), "re-used phone"
	}
	m.phones = append(m.phones, s.phone)
	return s
}

func (m *maker) phone() string {
	return fmt.Sprintf("(%d) %d-%04d", 201+m.r.IntN(780), 200+m.r.IntN(800), m.r.IntN(10000))
}

func (m *maker) email(s *soul) string {
	f, l := strings.ToLower(s.first), strings.ToLower(strings.ReplaceAll(s.last, " ", ""))
	local := pick(m.r, []string{f + "." + l, f + l, f[:1] + l, f + "_" + l, f, l + f[:1]})
	if m.chance(.6) {
		local += fmt.Sprint(m.r.IntN(120))
	}
	return local + "@" + pick(m.r, []string{"gmail.com", "gmail.com", "yahoo.com", "outlook.com", "icloud.com", "example.com"})
}

// surname draws from the known ones, the front of the list far more often, or composes a rare one; a few are double.
func (m *maker) surname() string {
	one := func() string {
		if m.chance(.5) {
			x := m.r.Float64()
			return m.family[int(x*x*float64(len(m.family)))]
		}
		return pick(m.r, []string{"Ash", "Black", "Bran", "Cald", "Dun", "East", "Fair", "Glen", "Hart", "Inver", "Kirk", "Lang",
			"Mar", "Nor", "Oak", "Pem", "Quin", "Rad", "Stan", "Thorn", "Under", "Wake", "West", "Whit", "Win", "York", "Brad",
			"Col", "Dal", "Ed", "Farn", "Green", "Hol", "Ken", "Lock", "Mid", "Nether", "Over", "Pres", "Ros", "Shel", "Tren"}) +
			pick(m.r, []string{"well", "ford", "ton", "ley", "wood", "ham", "worth", "field", "man", "son", "by", "croft", "den",
				"don", "er", "gate", "hurst", "land", "more", "ridge", "shaw", "stead", "stone", "ward", "way", "wick"})
	}
	if m.chance(.04) {
		return one() + "-" + one()
	}
	return one()
}
