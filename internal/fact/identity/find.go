package identity

import (
	"cmp"
	"slices"
)

// Pair is two people, by their places in the list that was searched, with A before B.
type Pair struct {
	A, B        int
	Probability float64
	Sure        bool
}

// Found is what searching a list gave.
type Found struct {
	Pairs    []Pair // of at least the least probability asked for, by A and B
	Compared int    // how many pairs were compared
}

// Find searches a list for pairs that may be one person, without comparing all with all. It needs memory in proportion
// to the people and the pairs found.
func (s *Scorer) Find(people []Person, least float64) Found {
	entries := make([]*entry, len(people))
	crowd := &Crowd{}
	for i, p := range people {
		entries[i] = s.prepare(p)
		crowd.add(entries[i])
	}
	var out Found
	candidates(entries, func(a, b int32) {
		out.Compared++
		v := s.compare(entries[a], entries[b], crowd)
		if p := probability(s.rules.weigh(&v, crowd.N)); p >= least {
			out.Pairs = append(out.Pairs, Pair{A: int(a), B: int(b), Probability: p, Sure: p >= AutomaticAt && v.sure()})
		}
	})
	slices.SortFunc(out.Pairs, func(x, y Pair) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	return out
}

// Explain judges a pair of a list as Find does, with its evidence.
func (s *Scorer) Explain(people []Person, a, b int) Score {
	crowd := &Crowd{}
	for _, p := range people {
		crowd.add(s.prepare(p))
	}
	return s.Compare(people[a], people[b], crowd)
}
