package identity

import "math"

// Score is the judgement on one pair.
type Score struct {
	// Probability that the two are one person, from 0 to 1, calibrated.
	Probability float64
	// Sure tells that nothing contradicts it and that it may be believed without a person.
	Sure bool
	// Else names the likeliest other explanation: "strangers", "housemates", "twins", "a parent and child of one name".
	Else string
	// Evidence is what was compared, the strongest first within what speaks for and what against.
	Evidence []Evidence
}

// Thresholds of the decision.
const (
	// AutomaticAt is the probability from which on a pair that is Sure is one person without asking.
	AutomaticAt = 0.9995
	// ProposalAt is the probability from which on a person is asked.
	ProposalAt = 0.3
)

// Compare judges one pair among a crowd.
func (s *Scorer) Compare(a, b Person, c *Crowd) Score {
	ea, eb := s.prepare(a), s.prepare(b)
	v := s.compare(ea, eb, c)
	sum := s.rules.weigh(&v, c.N)
	p := probability(sum)
	rival := rivalOf(sum)
	return Score{Probability: p, Sure: p >= AutomaticAt && v.sure(), Else: rival.words(), Evidence: s.evidence(&v, ea, eb, rival)}
}

// probability of the first guess among all, calibrated.
func probability(sum [guesses]float64) float64 {
	top := math.Inf(-1)
	for g := range guesses {
		if g != onePerson {
			top = math.Max(top, sum[g])
		}
	}
	rest := 0.0
	for g := range guesses {
		if g != onePerson {
			rest += math.Exp(sum[g] - top)
		}
	}
	odds := sum[onePerson] - top - math.Log(rest)
	return 1 / (1 + math.Exp(-(slope*odds + offset)))
}

// slope and offset bring the odds to what is observed: fields are not quite independent of each other, so plain sums
// are too sure of themselves.
const slope, offset = 1.0, 0.0

// rivalOf is the likeliest guess beside one person.
func rivalOf(sum [guesses]float64) guess {
	best := strangers
	for g := strangers; g < guesses; g++ {
		if sum[g] > sum[best] {
			best = g
		}
	}
	return best
}

// sure tells whether a pair may be believed without a person: the names are told in full and agree, nothing speaks
// against, and two things beside the name agree, one of them not shared within families.
func (v *comparison) sure() bool {
	first, last := v.at[firstName], v.at[lastName]
	if first != equal && first != pet && first != near || last != equal && last != near {
		return false
	}
	switch {
	case v.at[generation] == oneSided, v.at[generation] == differs, v.at[middle] == differs,
		v.at[birth] == differs, v.at[birth] == part, v.at[birth] == weak, v.at[dates] == overlaps:
		return false
	}
	return true
}
