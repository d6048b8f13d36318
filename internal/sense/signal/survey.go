package signal

import (
	"math"
	"strings"
)

// question is one of the questions whose last answer is a signal of its own.
type question uint8

const (
	questionResolved  question = iota // was it resolved properly?
	questionClear                     // was what we said clear?
	questionExpected                  // was it as expected?
	questionEasy                      // how easy was it?
	questionRecommend                 // would you recommend us?
	numQuestions
)

// questionOf finds the question behind the words that a source uses for it; ok is false for another one.
func questionOf(s string) (q question, ok bool) {
	s = strings.NewReplacer(" ", "_", "-", "_", ".", "_").Replace(strings.ToLower(strings.TrimSpace(s)))
	switch s {
	case "resolved_properly", "resolved", "repair_resolved_properly":
		return questionResolved, true
	case "communication_clear", "communication", "clear":
		return questionClear, true
	case "as_expected", "expectation", "expected":
		return questionExpected, true
	case "how_easy", "easy", "ease", "effort":
		return questionEasy, true
	case "recommend", "nps", "would_recommend":
		return questionRecommend, true
	}
	return 0, false
}

// answered is the last answer to a question.
type answered struct {
	score float64
	at    int64 // milliseconds; 0: never
}

// surveys is what the resident answered last to each question.
type surveys struct {
	last [numQuestions]answered
}

// answer takes one in. A score outside of its scale is no answer. Of two at the same instant the lower counts, whatever
// their order.
func (s *surveys) answer(name string, score float64, at int64) {
	q, ok := questionOf(name)
	if !ok || at == 0 {
		return
	}
	low, high := 1.0, 5.0
	if q == questionRecommend {
		low, high = 0, 10
	}
	if !(score >= low && score <= high) {
		return
	}
	l := &s.last[q]
	if l.at == 0 || at > l.at || at == l.at && score < l.score {
		*l = answered{score, at}
	}
}

func (s *surveys) value(q question) (any, bool) { return s.last[q].score, s.last[q].at != 0 }

func (e *encoder) surveys(s *surveys) {
	var has [numQuestions]bool
	for q := range s.last {
		has[q] = s.last[q].at != 0
	}
	e.flags(has[:]...)
	for q := range s.last {
		if has[q] {
			e.fixed(math.Float64bits(s.last[q].score))
			e.instant(s.last[q].at)
		}
	}
}

func (d *decoder) surveys(s *surveys) {
	var has [numQuestions]bool
	bits := make([]*bool, numQuestions)
	for q := range has {
		bits[q] = &has[q]
	}
	d.flagsInto(bits...)
	for q := range s.last {
		if has[q] {
			s.last[q] = answered{math.Float64frombits(d.fixed()), d.instant()}
		}
	}
}
