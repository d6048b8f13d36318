package sentiment

import (
	"encoding/binary"
	"errors"
	"math"
)

// Weights is a model before it is packed: what training gives. Index 0 speaks for negative, 1 for positive, both
// against neutral.
type Weights struct {
	Bias  [2]float64
	Dense [2][denseLen]float64
	Words [2][]float64 // a weight for each of Buckets places
	Chars [2][]float64
	Known []bool // of WordBits places: a word of this hash was seen
	// Sure makes probabilities of sums: below 1 it makes them more modest.
	Sure float64
}

// Sizes of what Weights holds.
const (
	Buckets  = buckets
	WordBits = wordBits
)

// Model is a packed model. Its bytes are the same on every machine, and so is what it reads.
//
// The bytes: "HTN2", then float64s (bias, dense, steps of words and of runs, Sure), then the set of words as bits, then
// for each place four signed bytes: words negative, words positive, runs negative, runs positive.
type Model struct{ raw string }

const (
	magic    = "HTN2"
	floats   = 2 + 2*denseLen + 2 + 1
	atKnown  = len(magic) + 8*floats
	atPlaces = atKnown + wordBits/8
	size     = atPlaces + 4*buckets
)

// NewModel takes a packed model. It fails for bytes that are none.
func NewModel(raw string) (Model, error) {
	if len(raw) != size || raw[:len(magic)] != magic {
		return Model{}, errors.New("these bytes are no model of tone; train one anew")
	}
	return Model{raw}, nil
}

// Pack rounds weights to bytes.
func Pack(w *Weights) Model {
	raw := append(make([]byte, 0, size), magic...)
	float := func(v float64) { raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v)) }
	for k := range 2 {
		float(w.Bias[k])
	}
	for k := range 2 {
		for _, v := range w.Dense[k] {
			float(v)
		}
	}
	stepWords, stepChars := step(w.Words), step(w.Chars)
	float(stepWords)
	float(stepChars)
	float(w.Sure)
	bits := make([]byte, wordBits/8)
	for i, on := range w.Known {
		if on {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	raw = append(raw, bits...)
	for i := range buckets {
		raw = append(raw, rounded(w.Words[0][i], stepWords), rounded(w.Words[1][i], stepWords),
			rounded(w.Chars[0][i], stepChars), rounded(w.Chars[1][i], stepChars))
	}
	return Model{string(raw)}
}

func step(w [2][]float64) float64 {
	largest := 1e-9
	for k := range w {
		for _, v := range w[k] {
			largest = math.Max(largest, math.Abs(v))
		}
	}
	return largest / 127
}

func rounded(v, step float64) byte { return byte(int8(math.Round(v / step))) }

// Bytes gives the packed model, as NewModel takes it.
func (m Model) Bytes() []byte { return []byte(m.raw) }

func (m Model) float(i int) float64 {
	at := len(magic) + 8*i
	v := uint64(0)
	for b := 7; b >= 0; b-- {
		v = v<<8 | uint64(m.raw[at+b])
	}
	return math.Float64frombits(v)
}

func (m Model) bias(k int) float64     { return m.float(k) }
func (m Model) dense(k, i int) float64 { return m.float(2 + k*denseLen + i) }
func (m Model) stepWords() float64     { return m.float(2 + 2*denseLen) }
func (m Model) stepChars() float64     { return m.float(3 + 2*denseLen) }
func (m Model) sure() float64          { return m.float(4 + 2*denseLen) }

func (m Model) knows(word string) bool {
	i := hashed('k', word) % wordBits
	return m.raw[atKnown+int(i/8)]&(1<<(i%8)) != 0
}

// pair is a sum for negative and one for positive.
type pair [2]int64

func (m Model) word(place uint32) pair {
	at := atPlaces + 4*int(place)
	return pair{int64(int8(m.raw[at])), int64(int8(m.raw[at+1]))}
}

func (m Model) run(place uint32) pair {
	at := atPlaces + 4*int(place) + 2
	return pair{int64(int8(m.raw[at])), int64(int8(m.raw[at+1]))}
}

func (p *pair) add(q pair) { p[0] += q[0]; p[1] += q[1] }

// Spread makes probabilities of negative, neutral and positive from sums, for training.
func Spread(logit [2]float64) [3]float64 { return spread(logit, 1, 1) }

// Sums gives the sums for negative and positive against neutral, for training.
func (m Model) Sums(text string) [2]float64 {
	text = clip(text)
	toks := tokens(text)
	hits, _ := weigh(toks)
	shiftAtBut(toks, hits)
	return m.sums(text, toks, hits).logit
}
