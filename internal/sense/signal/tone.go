package signal

import (
	"math"
	"strings"

	"hearth/internal/sense/sentiment"
)

// tone is how the resident sounds: averages of readings, weighted by the confidence of each.
type tone struct {
	n        int64 // readings
	lastTone float64
	lastAt   int64
	// Sums of tone x confidence and of confidence, decayed. Their quotient is the average.
	quick, quickWeight level
	slow, slowWeight   level
	evidence           level
}

// minReadings is how many readings it takes to speak of a shift.
const minReadings = 3

// read takes a message in. One without any tone is no reading.
func (t *tone) read(text string, at int64) {
	s := sentiment.Read(text)
	if s.Confidence > 0 {
		t.add(s.Level, s.Confidence, at)
	}
}

// survey takes an answer in: 1 to 5, or 0 to 10 for a "would you recommend us" or when it is higher than 5.
func (t *tone) survey(question string, score float64, at int64) {
	v := (score - 3) / 2
	if score > 5 || strings.Contains(question, "nps") || strings.Contains(question, "recommend") {
		v = (score - 5) / 5
	}
	if v >= -1 && v <= 1 { // anything else is no score
		t.add(v, 0.9, at)
	}
}

func (t *tone) add(v, confidence float64, at int64) {
	t.n++
	if at >= t.lastAt {
		t.lastTone, t.lastAt = v, at
	}
	weighted := float64(v * confidence)
	t.quick.add(at, weighted, halfQuick)
	t.quickWeight.add(at, confidence, halfQuick)
	t.slow.add(at, weighted, halfSlow)
	t.slowWeight.add(at, confidence, halfSlow)
	t.evidence.add(at, confidence, halfEvidence)
}

// level is the average of the last weeks, -1 to 1. Time alone does not change it.
func (t *tone) level() (float64, bool) { return quotient(t.quick, t.quickWeight) }

// shift is how much that differs from the resident's own average of the last months.
func (t *tone) shift() (float64, bool) {
	a, okA := quotient(t.quick, t.quickWeight)
	b, okB := quotient(t.slow, t.slowWeight)
	return a - b, okA && okB && t.n >= minReadings
}

// confidence grows with readings that were sure of themselves and fades as they age.
func (t *tone) confidence(now int64) (float64, bool) {
	e := t.evidence.value(now, halfEvidence)
	return e / (e + 0.5), t.n > 0
}

func quotient(sum, weight level) (float64, bool) {
	if weight.v <= 0 {
		return 0, false
	}
	return math.Max(-1, math.Min(1, sum.v/weight.v)), true
}
