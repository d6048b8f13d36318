package identity

import (
	"slices"
	"strings"

	"hearth"
)

// field is one thing that two records are compared in.
type field uint8

const (
	firstName field = iota
	lastName
	order // first and last name exchanged
	middle
	generation
	birth
	phone
	email
	unit
	address
	dates
	source
	fields // how many there are
)

// level is how a field compares. The zero level says nothing: one of the two is not known.
type level uint8

const (
	unknown level = iota
	equal
	pet     // forms of one first name: Bob, Robert
	initial // one is the first letter of the other
	near    // a slip away
	part    // a part of it is the same: one half of a double name, a year and month
	weak    // somewhat alike
	differs
	oneSided // a suffix that only one has
	follows  // one home was left when the other was moved into
	overlaps // lived in both homes at the same time
	levels   // how many there are
)

// comparison is what comparing two records gave.
type comparison struct {
	at [fields]level
	// share is, for a field that agrees, how many of all records bear the value: of two strangers, that many agree by
	// chance.
	share [fields]float64
}

// compare compares two people in every field that both have.
func (s *Scorer) compare(a, b *entry, c *Crowd) comparison {
	var v comparison
	s.compareNames(&v, a, b, c)
	v.at[generation] = compareGeneration(a, b)
	v.at[birth], v.share[birth] = compareBirth(a.birth, b.birth), c.share(kindBirth, a.birth)
	v.at[phone], v.share[phone] = comparePhones(a.phones, b.phones, c)
	v.at[email], v.share[email] = compareEmails(a.emails, b.emails, c)
	compareHomes(&v, a, b, c)
	if a.source != "" && b.source != "" {
		v.at[source] = differs
		if a.source == b.source {
			v.at[source] = equal
		}
	}
	return v
}

// compareNames compares the names as they stand and exchanged, and keeps what speaks more for one person.
func (s *Scorer) compareNames(v *comparison, a, b *entry, c *Crowd) {
	f, l := s.compareFirst(a.first, b.first), compareLast(a.last, a.lastAll, b.last, b.lastAll)
	v.at[order] = equal
	if f != equal || l != equal {
		f2, l2 := s.compareFirst(a.first, b.last), s.compareCross(a, b)
		if agreement(f2)+agreement(l2) > agreement(f)+agreement(l)+1 && exchanged(f2, l2) {
			f, l, v.at[order] = max(f2, l2), min(f2, l2), differs // the same whichever record is the first
		}
	}
	if f == unknown && l == unknown {
		v.at[order] = unknown
	}
	v.at[firstName], v.at[lastName] = f, l
	if len(a.first) > 0 && len(b.first) > 0 {
		v.share[firstName] = max(c.first(s.nick, a.first[0]), c.first(s.nick, b.first[0]))
	}
	v.share[lastName] = max(c.share(kindLast, a.lastAll), c.share(kindLast, b.lastAll))
	if len(a.first) > 1 && len(b.first) > 1 && v.at[order] == equal {
		v.at[middle] = compareMiddle(a.first[1:], b.first[1:])
	}
}

// exchanged tells whether the names agree well enough crosswise to believe that the columns were exchanged.
func exchanged(f, l level) bool {
	good := func(x level) bool { return x == equal || x == pet || x == near }
	return good(f) && good(l) || f == equal && l == initial || f == initial && l == equal
}

// agreement orders levels by how much they speak for one person.
func agreement(l level) int {
	switch l {
	case equal:
		return 4
	case pet, near:
		return 3
	case initial, part:
		return 2
	case weak:
		return 1
	default:
		return 0
	}
}

func (s *Scorer) compareFirst(a, b []string) level {
	if len(a) == 0 || len(b) == 0 {
		return unknown
	}
	x, y := a[0], b[0]
	switch {
	case x == y:
		return equal
	case len(x) == 1 || len(y) == 1:
		if x[0] == y[0] || s.nick.canon(x)[0] == s.nick.canon(y)[0] { // J of Jesus, who writes Chuy
			return initial
		}
		return differs
	case s.nick.same(x, y):
		return pet
	case strings.Join(a, "") == strings.Join(b, ""):
		return equal
	case slip(x, y):
		return near
	case slices.Contains(b[1:], x) || slices.Contains(a[1:], y) || short(x, y) || short(y, x):
		return part
	case jaroWinkler(x, y) >= 0.82:
		return weak
	}
	return differs
}

// short tells whether x is how y begins: Alex of Alexandros, Mary of Maryann.
func short(x, y string) bool { return len(x) >= 3 && len(y) > len(x)+1 && strings.HasPrefix(y, x) }

// slip tells whether two words are one slip of the fingers apart, or two where they are long.
func slip(x, y string) bool {
	n := max(len(x), len(y))
	switch {
	case n < 4:
		return false
	case n < 8:
		return osa(x, y, 1) <= 1
	}
	return osa(x, y, 2) <= 2
}

// compareCross compares a's last name with b's first. If the columns of one were exchanged, one of the two is a first
// name, so pet forms count here too.
func (s *Scorer) compareCross(a, b *entry) level {
	l := compareLast(a.last, a.lastAll, b.first, b.firstAll)
	if l > pet && len(a.last) > 0 && len(b.first) > 0 && s.nick.same(a.last[0], b.first[0]) {
		return pet
	}
	return l
}

func compareLast(a []string, allA string, b []string, allB string) level {
	if len(a) == 0 || len(b) == 0 {
		return unknown
	}
	switch {
	case allA == allB:
		return equal
	case len(allA) == 1 || len(allB) == 1:
		if allA[0] == allB[0] {
			return initial
		}
		return differs
	case slip(allA, allB):
		return near
	}
	if len(a) > 1 || len(b) > 1 {
		for _, x := range a {
			if len(x) > 2 && slices.Contains(b, x) {
				return part
			}
		}
	}
	if jaroWinkler(allA, allB) >= 0.85 {
		return weak
	}
	return differs
}

func compareMiddle(a, b []string) level {
	x, y := a[0], b[0]
	switch {
	case x == y:
		return equal
	case x[0] == y[0] && (len(x) == 1 || len(y) == 1):
		return initial
	case slip(x, y):
		return near
	}
	return differs
}

func compareGeneration(a, b *entry) level {
	switch {
	case a.generation == 0 && b.generation == 0:
		return unknown
	case a.generation == b.generation:
		return equal
	case a.generation == 0 || b.generation == 0:
		return oneSided
	}
	return differs
}

// compareBirth compares dates of eight digits: a slip is one digit, two exchanged, or day and month exchanged.
func compareBirth(a, b string) level {
	switch {
	case a == "" || b == "":
		return unknown
	case a == b:
		return equal
	case osa(a, b, 1) <= 1, a[:4] == b[:4] && a[4:6] == b[6:] && a[6:] == b[4:6]:
		return near
	}
	same := 0
	for _, cut := range [][2]int{{0, 4}, {4, 6}, {6, 8}} {
		if a[cut[0]:cut[1]] == b[cut[0]:cut[1]] {
			same++
		}
	}
	switch {
	case same == 2:
		return part
	case osa(a, b, 2) <= 2:
		return weak
	}
	return differs
}

func comparePhones(a, b []string, c *Crowd) (level, float64) {
	if len(a) == 0 || len(b) == 0 {
		return unknown, 0
	}
	for _, x := range a {
		if slices.Contains(b, x) {
			return equal, c.share(kindPhone, x)
		}
	}
	for _, x := range a {
		for _, y := range b {
			if osa(x, y, 1) <= 1 {
				return near, 0
			}
		}
	}
	return differs, 0
}

func compareEmails(a, b []string, c *Crowd) (level, float64) {
	if len(a) == 0 || len(b) == 0 {
		return unknown, 0
	}
	for _, x := range a {
		if slices.Contains(b, x) {
			return equal, c.share(kindEmail, x)
		}
	}
	best := differs
	for _, x := range a {
		for _, y := range b {
			lx, dx, _ := strings.Cut(x, "@")
			ly, dy, _ := strings.Cut(y, "@")
			switch {
			case osa(x, y, 2) <= 2 && dx == dy && len(lx) > 4, lx == ly && osa(dx, dy, 2) <= 2:
				return near, 0
			case lx == ly && len(lx) > 3:
				best = min(best, part)
			case jaroWinkler(lx, ly) >= 0.9 && osa(dx, dy, 2) <= 2:
				best = min(best, weak)
			}
		}
	}
	return best, 0
}

// compareHomes compares where the two live: by the unit where both have one, else by what is known of the address.
func compareHomes(v *comparison, a, b *entry, c *Crowd) {
	if a.unit != "" && b.unit != "" {
		switch {
		case a.unit == b.unit || sharedHome(a.homes, b.homes):
			v.at[unit], v.share[unit] = equal, c.share(kindUnit, a.unit)
		case a.property != "" && a.property == b.property:
			v.at[unit], v.share[unit] = part, c.share(kindProperty, a.property)
		default:
			v.at[unit] = differs
		}
		if v.at[unit] != equal {
			v.at[dates] = compareStays(a.homes, b.homes)
		}
		return
	}
	v.at[address] = compareAddress(a, b)
	if v.at[address] == part { // the place alone
		v.share[address] = max(c.share(kindPlace, a.place), c.share(kindPlace, b.place))
	}
}

func sharedHome(a, b []Stay) bool {
	for _, x := range a {
		for _, y := range b {
			if x.Unit != "" && x.Unit == y.Unit {
				return true
			}
		}
	}
	return false
}

// compareAddress counts which of number, street, place and zip agree, a slip allowed.
func compareAddress(a, b *entry) level {
	known, agree, exact := 0, 0, 0
	count := func(x, y string, alike bool) {
		if x == "" || y == "" {
			return
		}
		known++
		if x == y {
			exact++
			agree++
		} else if alike {
			agree++
		}
	}
	count(a.number, b.number, false)
	count(a.street, b.street, jaroWinkler(a.street, b.street) >= 0.9)
	local := known
	count(a.place, b.place, jaroWinkler(a.place, b.place) >= 0.88)
	count(a.zip, b.zip, osa(a.zip, b.zip, 1) <= 1)
	switch {
	case known == 0:
		return unknown
	case local == 0 && agree > 0: // nothing but the town
		return part
	case local == 0:
		return differs
	case agree == known && known >= 3:
		return equal
	case agree >= 3, agree == 2 && known == 2 && exact > 0:
		return near
	case agree == 2:
		return weak
	}
	return differs
}

// compareStays compares the times of two people in different homes: nobody lives in two for long, and who moves
// leaves one home about when the other begins.
func compareStays(a, b []Stay) level {
	if len(a) == 0 || len(b) == 0 {
		return unknown
	}
	const move, both = 62, 31 // days
	out := differs
	for _, x := range a {
		for _, y := range b {
			if x.From == 0 || y.From == 0 {
				continue
			}
			switch {
			case common(x, y) > both:
				return overlaps
			case within(x.To, y.From, move) || within(y.To, x.From, move):
				out = follows
			}
		}
	}
	return out
}

// common is how many days two stays have in common.
func common(x, y Stay) int {
	from, to := max(x.From, y.From), end(x)
	to = min(to, end(y))
	return int(to) - int(from)
}

func end(s Stay) hearth.Day {
	if s.To == 0 {
		return 1 << 30
	}
	return s.To
}

func within(left, moved hearth.Day, move int) bool {
	if left == 0 || moved == 0 {
		return false
	}
	gap := int(moved) - int(left)
	return gap >= -31 && gap <= move
}
