package world

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// stream gives the source of chance that belongs to names: independent of every other stream, so that one more draw
// in one household changes nothing next door.
func stream(seed uint64, names ...string) *rand.Rand {
	h := fnv.New64a()
	for _, n := range names {
		h.Write([]byte(n))
		h.Write([]byte{0})
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

// between draws a whole number from lo to hi, both included.
func between(r *rand.Rand, lo, hi int) int {
	if hi <= lo {
		return lo
	}
	return lo + r.IntN(hi-lo+1)
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// weighted draws an index by weight; weights need not sum to one.
func weighted(r *rand.Rand, weights []float64) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	x := r.Float64() * sum
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// daysUntil draws the whole days until the next of something that happens perYear times a year on average: at least
// one, so that a day never holds its own successor, and at most four years.
func daysUntil(r *rand.Rand, perYear float64) int {
	if perYear <= 0 {
		return 4 * 365
	}
	d := r.ExpFloat64() * 365 / perYear
	return 1 + int(math.Min(d, 4*365))
}

func clamp(x, lo, hi float64) float64 { return math.Min(math.Max(x, lo), hi) }
