package fairness

import "math"

func mean(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	var sum float64
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func variance(v []float64) float64 {
	if len(v) < 2 {
		return 0
	}
	m, sum := mean(v), 0.0
	for _, x := range v {
		sum += (x - m) * (x - m)
	}
	return sum / float64(len(v)-1)
}

// welch gives the difference of two means with its interval: both samples may spread differently (Welch 1947).
func welch(a, b []float64, level float64) (diff, low, high float64) {
	diff = mean(a) - mean(b)
	if len(a) < 2 || len(b) < 2 {
		return diff, math.Inf(-1), math.Inf(1)
	}
	va, vb := variance(a)/float64(len(a)), variance(b)/float64(len(b))
	if va+vb == 0 {
		return diff, diff, diff
	}
	df := (va + vb) * (va + vb) / (va*va/float64(len(a)-1) + vb*vb/float64(len(b)-1))
	half := student(1-level/2, df) * math.Sqrt(va+vb)
	return diff, diff - half, diff + half
}

// normal gives the quantile of the normal distribution.
func normal(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// student gives the quantile of Student's distribution by the Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5): right
// to a hundredth from five degrees of freedom on at the levels used here, and too wide below four, which is the safe side.
func student(p, df float64) float64 {
	z := normal(p)
	z3, z5, z7, z9 := z*z*z, math.Pow(z, 5), math.Pow(z, 7), math.Pow(z, 9)
	t := z + (z3+z)/(4*df) + (5*z5+16*z3+3*z)/(96*df*df) + (3*z7+19*z5+17*z3-15*z)/(384*df*df*df) +
		(79*z9+776*z7+1482*z5-1920*z3-945*z)/(92160*math.Pow(df, 4))
	if df < 4 {
		t *= 2
	}
	return t
}

// shares gives the interval of the difference of two shares of yes (1) and no (0), by Newcombe's hybrid of score intervals
// (1998, method 10), which also holds where nobody or everybody says yes.
func shares(a, b []float64, level float64) (low, high float64) {
	if len(a) == 0 || len(b) == 0 {
		return -1, 1
	}
	z := normal(1 - level/2)
	p, q := mean(a), mean(b)
	pl, pu := score(p, float64(len(a)), z)
	ql, qu := score(q, float64(len(b)), z)
	return p - q - math.Hypot(p-pl, qu-q), p - q + math.Hypot(pu-p, q-ql)
}

// score is Wilson's interval of a share.
func score(p, n, z float64) (low, high float64) {
	mid := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return math.Max(0, (mid-half)/(1+z*z/n)), math.Min(1, (mid+half)/(1+z*z/n))
}
