package identity

// kind sets apart what is counted in a crowd.
type kind uint8

const (
	kindFirst kind = iota
	kindLast
	kindBirth
	kindPhone
	kindEmail
	kindUnit
	kindProperty
	kindPlace
	kinds
)

// Crowd is the records among which two are compared: how many there are, and how common a value is. Agreeing in a rare
// name says more than agreeing in a common one. The zero Crowd of N records takes every value for usual.
type Crowd struct {
	N      int
	counts [kinds]map[string]int
}

// usual is what a value's share is before anything is counted, and how many records that opinion is worth.
func usual(k kind) (share, worth float64) {
	switch k {
	case kindFirst:
		return 1.0 / 250, 200
	case kindLast:
		return 1.0 / 800, 200
	case kindBirth:
		return 1.0 / 22000, 2000
	case kindPlace:
		return 1.0 / 20, 20
	case kindProperty:
		return 1, 0.5
	}
	return 0, 100
}

// share is the share of records that bear the value, smoothed.
func (c *Crowd) share(k kind, value string) float64 {
	prior, worth := usual(k)
	return (float64(c.counts[k][value]) + prior*worth) / (float64(c.N) + worth)
}

// first is the share of a first name; a name of the nickname book is common even where nobody was counted.
func (c *Crowd) first(b *nickbook, name string) float64 {
	s := c.share(kindFirst, name)
	if b.common(name) {
		return max(s, 1.0/400)
	}
	return s
}

// Count adds a value that n of the crowd bear, for callers that know counts without holding the records.
func (c *Crowd) count(k kind, value string, n int) {
	if value == "" {
		return
	}
	if c.counts[k] == nil {
		c.counts[k] = map[string]int{}
	}
	c.counts[k][value] += n
}

// add counts one record.
func (c *Crowd) add(e *entry) {
	c.N++
	if len(e.first) > 0 {
		c.count(kindFirst, e.first[0], 1)
	}
	c.count(kindLast, e.lastAll, 1)
	c.count(kindBirth, e.birth, 1)
	for _, p := range e.phones {
		c.count(kindPhone, p, 1)
	}
	for _, m := range e.emails {
		c.count(kindEmail, m, 1)
	}
	c.count(kindUnit, e.unit, 1)
	c.count(kindProperty, e.property, 1)
	c.count(kindPlace, e.place, 1)
}
