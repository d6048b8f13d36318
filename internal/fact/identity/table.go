package identity

import "math"

// guess is one explanation of why two records are alike.
type guess uint8

const (
	onePerson  guess = iota
	strangers        // who agree by chance, or have an old number of the other
	housemates       // couples, relatives and others who share a home, a number or an address
	twins            // born on one day, of one family
	namesakes        // a parent and child of one name
	guesses          // how many there are
)

// odds are the probabilities of a level under each guess, in the guesses' order.
type odds [guesses]float64

// table holds the logarithms of the odds.
type table struct {
	log   [fields][levels][guesses]float64
	prior [guesses]float64 // how many others of each sort a record has among its crowd; strangers: all
}

// weights are chosen on febrl 1 and on generated people of seed 1 (docs/identity.md), and measured on others. Each
// column of a field sums to about one. Where a field agrees, the strangers' figure is the least: the share of records
// that bear the value goes before it (see weigh).
func weights() map[field]map[level]odds {
	return map[field]map[level]odds{
		firstName: {
			equal:   {.665, .0005, .008, .002, .93},
			pet:     {.09, .004, .008, .004, .01},
			initial: {.04, .02, .04, .03, .03},
			near:    {.10, .003, .012, .06, .02},
			part:    {.03, .004, .008, .01, .005},
			weak:    {.02, .04, .06, .14, .002},
			differs: {.045, .93, .86, .75, .003},
		},
		lastName: {
			equal:   {.80, .0002, .60, .93, .96},
			pet:     {.002, .0002, .0002, .0002, .0002}, // of exchanged names
			initial: {.01, .02, .01, .001, .001},
			near:    {.09, .002, .02, .04, .03},
			part:    {.03, .002, .03, .01, .003},
			weak:    {.02, .02, .02, .01, .003},
			differs: {.05, .955, .32, .01, .003},
		},
		order: {
			equal:   {.95, .97, .97, .97, .97},
			differs: {.05, .03, .03, .03, .03},
		},
		middle: {
			equal:   {.50, .03, .03, .03, .30},
			initial: {.35, .06, .06, .06, .20},
			near:    {.05, .01, .01, .01, .02},
			differs: {.10, .90, .90, .90, .48},
		},
		generation: {
			equal:    {.50, .30, .02, .10, .01},
			oneSided: {.48, .50, .50, .80, .50},
			differs:  {.001, .20, .48, .10, .49},
		},
		birth: {
			equal:   {.78, .00004, .004, .96, .002},
			near:    {.12, .0015, .003, .025, .003},
			part:    {.035, .006, .008, .005, .008},
			weak:    {.015, .01, .01, .005, .01},
			differs: {.05, .98, .975, .005, .977},
		},
		phone: {
			equal:   {.58, .0004, .12, .25, .20},
			near:    {.03, .0005, .004, .004, .004},
			differs: {.39, .999, .876, .746, .796},
		},
		email: {
			equal:   {.52, .0001, .12, .20, .12},
			near:    {.06, .0003, .004, .01, .02},
			part:    {.06, .003, .004, .01, .10},
			weak:    {.03, .004, .02, .03, .04},
			differs: {.33, .993, .852, .75, .72},
		},
		unit: {
			equal:   {.45, .0003, .90, .85, .80},
			part:    {.40, .0003, .08, .10, .12},
			differs: {.15, .80, .02, .05, .08},
		},
		address: {
			equal:   {.45, .00003, .60, .60, .60},
			near:    {.25, .0005, .15, .15, .15},
			part:    {.75, .03, .75, .75, .75},
			weak:    {.12, .01, .10, .10, .10},
			differs: {.18, .99, .15, .15, .15},
		},
		dates: {
			follows:  {.62, .06, .10, .10, .10},
			differs:  {.35, .34, .50, .50, .50},
			overlaps: {.03, .60, .40, .40, .40},
		},
		source: {
			equal:   {.20, .50, .75, .75, .75},
			differs: {.80, .50, .25, .25, .25},
		},
	}
}

func newTable() *table {
	t := &table{prior: [guesses]float64{onePerson: .5, strangers: 1, housemates: 1.5, twins: .025, namesakes: .03}}
	for f, levels := range weights() {
		for l, o := range levels {
			for g, p := range o {
				t.log[f][l][g] = math.Log(p)
			}
		}
	}
	return t
}

// weigh gives the logarithm of how likely the comparison is under each guess, in a crowd of n records.
func (t *table) weigh(v *comparison, n int) (sum [guesses]float64) {
	for g := range guesses {
		sum[g] = math.Log(t.prior[g])
		if g != strangers {
			sum[g] -= math.Log(float64(max(n, 2)))
		}
	}
	for f := range fields {
		l := v.at[f]
		if l == unknown {
			continue
		}
		for g := range guesses {
			sum[g] += t.log[f][l][g]
		}
		sum[strangers] += t.chance(f, l, v.share[f])
	}
	return sum
}

// chance corrects the strangers' figure by how common the value is that the two agree in: only upward.
func (t *table) chance(f field, l level, share float64) float64 {
	if share <= 0 {
		return 0
	}
	switch {
	case l == equal, l == part && (f == unit || f == address):
	case l == pet, l == near && f <= lastName:
		share *= .7 // its forms and neighbours are about as common
	default:
		return 0
	}
	if s := math.Log(share); s > t.log[f][l][strangers] {
		return s - t.log[f][l][strangers]
	}
	return 0
}
