package bench

import (
	"slices"
	"time"

	"hearth/internal/sim/load"
)

// median gives the middle value, or the mean of the two in the middle; 0 for none. The values stay in their order.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	if mid := len(s) / 2; len(s)%2 == 1 {
		return s[mid]
	} else {
		return (s[mid-1] + s[mid]) / 2
	}
}

// ratio gives a / b, and 0 when there is nothing to compare with.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// rate gives how many a second n in d are.
func rate(n int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(n) / d.Seconds()
}

// ms gives a duration in milliseconds.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// each gives a duration per piece of n, in microseconds.
func each(d time.Duration, n int) float64 {
	if n <= 0 {
		return 0
	}
	return float64(d) / float64(time.Microsecond) / float64(n)
}

// percentiles gives the 50th and the 99th in milliseconds. It sorts the values.
func percentiles(values []time.Duration) (p50, p99 float64) {
	return ms(load.Percentile(values, 0.5)), ms(load.Percentile(values, 0.99))
}
