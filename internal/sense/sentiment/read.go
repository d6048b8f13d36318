package sentiment

import (
	"cmp"
	"math"
	"slices"
)

// Class is the tone of a text in a word.
type Class string

// The classes.
const (
	Negative Class = "negative"
	Neutral  Class = "neutral"
	Positive Class = "positive"
)

// Reading is the tone of a text.
type Reading struct {
	Tone       float64 // -1 (surely negative) to 1 (surely positive): the probability of positive less that of negative
	Class      Class   // the likeliest
	Confidence float64 // the probability that Class is right, from a third (no idea) to 1; 0 when there is nothing to read
	Words      []Word  // those that made it so, the strongest first; at most 6
}

// Word is a word of the text and what it did to the reading.
type Word struct {
	Word   string  // lower case
	Weight float64 // below 0: towards negative
}

// Evidence is how much a reading weighs beside others: 0 for no idea, 1 for certainty.
func (r Reading) Evidence() float64 { return math.Max(0, (r.Confidence-chance)/(1-chance)) }

const (
	chance   = 1.0 / 3
	maxShown = 6
	minShown = 0.1 // a weaker word explains nothing
	farthest = 8.0 // sums beyond this say no more
)

// Read gives the tone of a text as this model hears it. Only the first 4000 bytes and 400 words are read, and not the name
// under it or by which somebody introduces themselves.
func (m Model) Read(text string) Reading {
	text = nameless(clip(text))
	toks := tokens(text)
	if len(toks) == 0 {
		return Reading{Class: Neutral}
	}
	hits, _ := weigh(toks)
	shiftAtBut(toks, hits)
	s := m.sums(text, toks, hits)
	p := spread(s.logit, m.sure(), english(m, toks))
	r := Reading{Tone: p[2] - p[0], Class: Neutral, Confidence: p[1]}
	if p[0] > r.Confidence {
		r.Class, r.Confidence = Negative, p[0]
	}
	if p[2] > r.Confidence {
		r.Class, r.Confidence = Positive, p[2]
	}
	r.Words = m.shown(toks, hits, &s)
	return r
}

// summed is what a text adds up to.
type summed struct {
	logit        [2]float64
	perWord      []pair // of words and pairs, doubled, so that half a pair is whole
	perRun       []pair
	words, chars float64 // what one unit of a sum weighs
	dense        [denseLen]float64
}

func (m Model) sums(text string, toks []token, hits []hit) summed {
	s := summed{perWord: make([]pair, 2*len(toks))}
	s.perWord, s.perRun = s.perWord[:len(toks)], s.perWord[len(toks):]
	var words, runs pair
	nWords, nRuns := 0, 0
	for i := range toks {
		eachWord(toks, i, func(place uint32, both bool) {
			w := m.word(place)
			nWords++
			words.add(w)
			s.perWord[i].add(w)
			if both {
				s.perWord[i-1].add(w)
			} else {
				s.perWord[i].add(w)
			}
		})
		eachRun(toks[i].word, func(place uint32) {
			w := m.run(place)
			nRuns++
			runs.add(w)
			s.perRun[i].add(w)
		})
	}
	s.words = m.stepWords() / math.Sqrt(float64(max(nWords, 1)))
	s.chars = m.stepChars() / math.Sqrt(float64(max(nRuns, 1)))
	s.dense = dense(text, toks, hits)
	for k := range 2 {
		// Conversions keep a processor from fusing a product with an addition, which would change the last bit.
		v := m.bias(k) + float64(float64(words[k])*s.words) + float64(float64(runs[k])*s.chars)
		for i, d := range s.dense {
			v += float64(m.dense(k, i) * d)
		}
		s.logit[k] = math.Max(-farthest, math.Min(farthest, v))
	}
	return s
}

// spread makes probabilities of negative, neutral and positive. known is how much of the text is English: of what is
// not, nothing can be said.
func spread(logit [2]float64, sure, known float64) [3]float64 {
	a, b := exp(float64(logit[0]*sure)), exp(float64(logit[1]*sure))
	all := 1 + a + b
	rest := float64((1 - known) * chance)
	return [3]float64{float64(known*(a/all)) + rest, float64(known*(1/all)) + rest, float64(known*(b/all)) + rest}
}

// english is how much of a text is words that an English reader knows: 1 when half of them are, less when fewer.
func english(m Model, toks []token) float64 {
	n := 0.0
	for _, t := range toks {
		switch {
		case foreign(t.word):
			n--
		case t.weight != 0 || t.negates || t.strength != 0 || m.knows(t.word) || plain(t.word):
			n++
		}
	}
	return math.Max(0, math.Min(1, 2*n/float64(len(toks))))
}

// shown names the words that moved the reading most.
func (m Model) shown(toks []token, hits []hit, s *summed) []Word {
	weight := make([]float64, len(toks))
	for i := range toks {
		weight[i] = float64(float64(s.perWord[i][1]-s.perWord[i][0])*s.words/2) + float64(float64(s.perRun[i][1]-s.perRun[i][0])*s.chars)
	}
	var pos, neg float64
	for _, h := range hits {
		pos, neg = pos+math.Max(h.weight, 0), neg-math.Min(h.weight, 0)
	}
	part := func(i int) float64 { return float64((m.dense(1, i) - m.dense(0, i)) * s.dense[i]) }
	for _, h := range hits {
		share := h.weight / (pos + neg)
		if h.weight > 0 {
			weight[h.at] += float64(part(1)*h.weight/pos) + float64(math.Abs(part(0))*share)
		} else if h.weight < 0 {
			weight[h.at] += float64(part(2)*-h.weight/neg) + float64(math.Abs(part(0))*share)
		}
	}
	var out []Word
	for i, t := range toks {
		if math.Abs(weight[i]) < minShown {
			continue
		}
		if at := slices.IndexFunc(out, func(w Word) bool { return w.Word == t.word }); at >= 0 {
			out[at].Weight += weight[i]
			continue
		}
		if len(out) < 4*maxShown {
			out = append(out, Word{t.word, weight[i]})
		}
	}
	slices.SortStableFunc(out, func(a, b Word) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	return out[:min(len(out), maxShown)]
}

// exp is e to the x for -16 to 16, from operations that give the same bits on every machine; math.Exp does not promise
// that.
func exp(x float64) float64 {
	const pieces = 1024
	y := x / pieces
	// Five terms of the series are exact to the last bits for so small a number; then ten squarings.
	v := 1 + float64(y*(1+float64(y/2*(1+float64(y/3*(1+float64(y/4*(1+y/5))))))))
	for range 10 {
		v = float64(v * v)
	}
	return v
}
