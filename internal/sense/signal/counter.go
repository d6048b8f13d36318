package signal

import (
	"math"

	"hearth"
)

// Windows in days. An event on local date D is in the window of n days when today - D < n.
const (
	week    = 7
	month   = 30
	quarter = 90
	year    = 365
)

// bucket is what happened on one local date.
type bucket struct {
	day hearth.Day
	n   int64
}

// counter counts by local date, ascending, so that a window is exact to the day. It keeps no more days than its
// longest window: cost and size do not grow with the history.
type counter []bucket

// add counts n on day. Days that are out of the longest window, seen from the newest day, are dropped; a day that is
// already older than that is not kept.
func (c *counter) add(day hearth.Day, n int64, keep int) {
	b := *c
	i := len(b)
	for i > 0 && b[i-1].day > day {
		i--
	}
	switch {
	case i > 0 && b[i-1].day == day:
		b[i-1].n += n
		return
	case i < len(b):
		if int(b[len(b)-1].day-day) >= keep {
			return
		}
		b = append(b, bucket{})
		copy(b[i+1:], b[i:])
		b[i] = bucket{day, n}
	default:
		b = append(b, bucket{day, n})
	}
	newest, drop := b[len(b)-1].day, 0
	for int(newest-b[drop].day) >= keep {
		drop++
	}
	*c = append(b[:0], b[drop:]...)
}

// count sums the window of days that ends today.
func (c counter) count(today hearth.Day, days int) int64 {
	var n int64
	for i := len(c) - 1; i >= 0 && int(today-c[i].day) < days; i-- {
		if c[i].day <= today {
			n += c[i].n
		}
	}
	return n
}

const (
	dayMillis    = int64(24 * 60 * 60 * 1000)
	halfQuick    = 30 * dayMillis  // engagement and tone as they are now
	halfSlow     = 180 * dayMillis // the resident's own baseline
	halfEvidence = 60 * dayMillis  // how long a tone stays good evidence
)

// decayed is what is left of v after elapsed milliseconds; nothing decays backwards.
func decayed(v float64, elapsed, half int64) float64 {
	if elapsed <= 0 || v == 0 {
		return v
	}
	// The conversion keeps a processor from fusing this with an addition, which would change the last bit.
	return float64(v * math.Exp2(-float64(elapsed)/float64(half)))
}

// level is a sum of weights of which each halves every half-life. Weights may come late: each counts from its own
// time, whatever the order.
type level struct {
	v  float64 // the sum as of at
	at int64   // milliseconds
}

func (l *level) add(at int64, w float64, half int64) {
	if at >= l.at {
		l.v = decayed(l.v, at-l.at, half) + w
		l.at = at
		return
	}
	l.v += decayed(w, l.at-at, half)
}

func (l level) value(now, half int64) float64 { return decayed(l.v, now-l.at, half) }

// hash names a string in 64 bits (FNV-1a), so that states hold no identities of outside systems and stay small.
// It is never 0: that means "none".
func hash(s string) uint64 {
	if s == "" {
		return 0
	}
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h ^= uint64(s[i])
		h *= 1099511628211
	}
	if h == 0 {
		return 1
	}
	return h
}
