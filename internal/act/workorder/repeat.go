package workorder

import (
	"slices"
	"strings"
	"time"
)

// Repeat is a kind of fault that came more than once in a home.
type Repeat struct {
	Category string
	Thing    string // the equipment that was named more than once, such as "dishwasher"; "" where it is not the same
	Times    int
	First    time.Time
	Last     time.Time
	Back     int // how often a repair of these was opened again
}

// Kind gives what an order is about: the category that it has, else the one that its words point to.
func (o Order) Kind() string {
	if o.Category != "" {
		return o.Category
	}
	return Suggest(o.Description, o.Opened).Category
}

// Repeats tells which kinds of fault came again among orders since a time, the most frequent first. What was planned or called off is no
// fault; what nobody could tell the kind of repeats nothing.
func Repeats(orders []Order, since time.Time) []Repeat {
	by := map[string]*Repeat{}
	things := map[string]map[string]int{}
	for _, o := range orders {
		kind := o.Kind()
		if o.Opened.Before(since) || o.State == Cancelled || o.Priority == Preventive || o.Priority == MakeReady || kind == General || kind == Lockout {
			continue
		}
		r := by[kind]
		if r == nil {
			r = &Repeat{Category: kind, First: o.Opened, Last: o.Opened}
			by[kind], things[kind] = r, map[string]int{}
		}
		r.Times++
		r.Back += o.Reopened
		if o.Opened.Before(r.First) {
			r.First = o.Opened
		}
		if o.Opened.After(r.Last) {
			r.Last = o.Opened
		}
		for _, w := range Suggest(o.Description, o.Opened).Words {
			if !strings.Contains(w, "*") && w != kind {
				things[kind][w]++
			}
		}
	}
	var out []Repeat
	for kind, r := range by {
		if r.Times < 2 {
			continue
		}
		r.Thing = mostNamed(things[kind])
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Repeat) int {
		if a.Times != b.Times {
			return b.Times - a.Times
		}
		return strings.Compare(a.Category, b.Category)
	})
	return out
}

// mostNamed gives the word that was said most often, and at least twice; of equals the longer one, which says more.
func mostNamed(n map[string]int) string {
	best := ""
	for w, times := range n {
		if times < 2 {
			continue
		}
		if best == "" || times > n[best] || times == n[best] && (len(w) > len(best) || len(w) == len(best) && w < best) {
			best = w
		}
	}
	return best
}
