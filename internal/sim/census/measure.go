package census

import (
	"math"
	"sort"
	"time"

	"hearth"
	"hearth/internal/fact/identity"
)

// Count is how well pairs were found at one threshold.
type Count struct {
	Found     int     `json:"found"` // right ones
	Wrong     int     `json:"wrong"` // two people taken for one
	Missed    int     `json:"missed"`
	Precision float64 `json:"precision"` // found of all given; 1 when none was given
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// Result is what measuring a list gave.
type Result struct {
	Name      string         `json:"name"`
	Records   int            `json:"records"`
	Pairs     int            `json:"pairs"`     // that are one person in truth
	Compared  int            `json:"compared"`  // by the search, of all records squared
	Reachable float64        `json:"reachable"` // share of the true pairs that the search compared at all
	Automatic Count          `json:"automatic"` // believed without a person
	Proposed  Count          `json:"proposed"`  // believed or proposed
	Error     float64        `json:"calibrationError"`
	Bins      []Bin          `json:"bins"`
	WrongBy   map[string]int `json:"wrongBy"` // wrong ones at the proposal threshold by quirk of either
	WrongAuto map[string]int `json:"wrongAutomaticBy"`
	Seconds   float64        `json:"seconds"`
}

// Bin is the pairs of one range of probability: what was said and what was true.
type Bin struct {
	From     float64 `json:"from"`
	Pairs    int     `json:"pairs"`
	Said     float64 `json:"said"`
	Observed float64 `json:"observed"`
}

// Measure searches a list and counts. The clock only times the search.
func Measure(l *List, clock hearth.Clock) Result {
	began := clock.Now()
	found := identity.New().Find(l.People, 0)
	res := Result{Name: l.Name, Records: len(l.People), Compared: found.Compared, Seconds: clock.Now().Sub(began).Seconds(),
		WrongBy: map[string]int{}, WrongAuto: map[string]int{}}
	res.Pairs = l.truePairs()
	reached := 0
	var bins binned
	for _, p := range found.Pairs {
		same, counts := l.same(p.A, p.B)
		if !counts {
			continue
		}
		bins.add(p.Probability, same)
		if same {
			reached++
		}
		if p.Probability >= identity.ProposalAt {
			res.Proposed.add(same)
			if !same {
				res.WrongBy[l.quirk(p.A, p.B)]++
			}
		}
		if p.Sure {
			res.Automatic.add(same)
			if !same {
				res.WrongAuto[l.quirk(p.A, p.B)]++
			}
		}
	}
	res.Automatic.finish(res.Pairs)
	res.Proposed.finish(res.Pairs)
	res.Bins, res.Error = bins.finish()
	if res.Pairs > 0 {
		res.Reachable = float64(reached) / float64(res.Pairs)
	}
	return res
}

// Timed tells the time as a duration.
func (r Result) Timed() time.Duration { return time.Duration(r.Seconds * float64(time.Second)) }

func (l *List) quirk(a, b int) string {
	for _, q := range []string{l.Quirk[a], l.Quirk[b]} {
		if q != "" {
			return q
		}
	}
	return "others"
}

// same tells whether two records are one person, and whether the pair was judged at all.
func (l *List) same(a, b int) (same, judged bool) {
	if l.Judged == nil {
		return l.Truth[a] == l.Truth[b], true
	}
	same, judged = l.Judged[[2]int{min(a, b), max(a, b)}]
	return same, judged
}

func (l *List) truePairs() int {
	n := 0
	if l.Judged != nil {
		for _, same := range l.Judged {
			if same {
				n++
			}
		}
		return n
	}
	size := map[string]int{}
	for _, t := range l.Truth {
		n += size[t]
		size[t]++
	}
	return n
}

func (c *Count) add(same bool) {
	if same {
		c.Found++
	} else {
		c.Wrong++
	}
}

func (c *Count) finish(pairs int) {
	c.Missed = pairs - c.Found
	c.Precision, c.Recall = 1, 1
	if c.Found+c.Wrong > 0 {
		c.Precision = float64(c.Found) / float64(c.Found+c.Wrong)
	}
	if pairs > 0 {
		c.Recall = float64(c.Found) / float64(pairs)
	}
	if c.Precision+c.Recall > 0 {
		c.F1 = 2 * c.Precision * c.Recall / (c.Precision + c.Recall)
	}
}

// binned gathers said and true by ranges of probability.
type binned struct {
	pairs [len(edges)]int
	said  [len(edges)]float64
	same  [len(edges)]int
}

// edges are the ranges' lower ends: fine where decisions are made.
var edges = [...]float64{0, .01, .1, .3, .5, .7, .9, .99, .9995} //nolint:gochecknoglobals // a constant

func (b *binned) add(p float64, same bool) {
	i := sort.SearchFloat64s(edges[:], p)
	if i == len(edges) || edges[i] > p {
		i--
	}
	b.pairs[i]++
	b.said[i] += p
	if same {
		b.same[i]++
	}
}

// finish gives the bins and the expected calibration error over the pairs that were said to be at least 1 % likely.
func (b *binned) finish() ([]Bin, float64) {
	var out []Bin
	total, sum := 0, 0.0
	for i, n := range b.pairs {
		if n == 0 {
			continue
		}
		bin := Bin{From: edges[i], Pairs: n, Said: b.said[i] / float64(n), Observed: float64(b.same[i]) / float64(n)}
		out = append(out, bin)
		if i > 0 {
			total += n
			sum += float64(n) * math.Abs(bin.Said-bin.Observed)
		}
	}
	if total == 0 {
		return out, 0
	}
	return out, sum / float64(total)
}
