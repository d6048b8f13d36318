package fit

import (
	"math"

	"hearth/internal/sense/sentiment"
)

// Settings of training, found by cross-validation on the training part.
type settings struct {
	passes int
	rate   float64
	decay  float64
	own    int // how often a sentence of residents is seen in a pass: they are few, and what we are about
	seed   uint64
	damp   float64 // keeps the steps of what is seen seldom small
	rare   int     // features seen in fewer texts than this get no weight
}

func usual() settings {
	return settings{passes: 6, rate: 0.1, decay: 1e-3, own: 4, seed: 1, rare: 2, damp: 0.03}
}

// folds is how many parts are held out in turn to find how modest the probabilities must be.
const folds = 5

// Train fits a model to texts. The same texts in the same order give the same bytes.
func Train(texts []Text) sentiment.Model { return train(texts, usual()) }

func train(texts []Text, s settings) sentiment.Model {
	sure := sureness(texts, s)
	w := fitted(texts, s)
	w.Sure = sure
	return sentiment.Pack(w)
}

// example is a text ready for training.
type example struct {
	sentiment.Vector
	target [3]float64
	times  int
}

func examples(texts []Text, s settings) []example {
	out := make([]example, len(texts))
	for i, t := range texts {
		out[i] = example{sentiment.VectorOf(t.Words), t.Target, 1}
		if t.Corpus == "residents" {
			out[i].times = s.own
		}
	}
	return out
}

// trainer is the state of one fit: weights and the sums of squared slopes that make each weight's steps smaller
// (AdaGrad).
type trainer struct {
	settings
	w              *sentiment.Weights
	biasG          [2]float64
	denseG         [2][]float64
	wordsG, charsG [2][]float64
	dropWords      []bool
	dropChars      []bool
}

func fitted(texts []Text, s settings) *sentiment.Weights {
	ex := examples(texts, s)
	t := &trainer{settings: s, w: &sentiment.Weights{Sure: 1, Known: make([]bool, sentiment.WordBits)}}
	for k := range 2 {
		t.w.Words[k], t.w.Chars[k] = make([]float64, sentiment.Buckets), make([]float64, sentiment.Buckets)
		t.wordsG[k], t.charsG[k] = make([]float64, sentiment.Buckets), make([]float64, sentiment.Buckets)
		t.denseG[k] = make([]float64, len(t.w.Dense[k]))
	}
	t.see(ex)
	var order []int
	for i, e := range ex {
		for range e.times {
			order = append(order, i)
		}
	}
	state := s.seed
	for range s.passes {
		for i := len(order) - 1; i > 0; i-- {
			state = state*6364136223846793005 + 1442695040888963407
			j := int((state >> 33) % uint64(i+1))
			order[i], order[j] = order[j], order[i]
		}
		for _, i := range order {
			t.learn(&ex[i])
		}
	}
	return t.w
}

// see notes which words were seen more than twice, and which features are too rare to say anything.
func (t *trainer) see(ex []example) {
	known := make([]int, sentiment.WordBits)
	words, chars := make([]int, sentiment.Buckets), make([]int, sentiment.Buckets)
	for i := range ex {
		once(ex[i].Known, known)
		once(ex[i].Words, words)
		once(ex[i].Chars, chars)
	}
	for i, n := range known {
		t.w.Known[i] = n >= 3
	}
	t.dropWords, t.dropChars = make([]bool, sentiment.Buckets), make([]bool, sentiment.Buckets)
	for i := range words {
		t.dropWords[i], t.dropChars[i] = words[i] < t.rare, chars[i] < t.rare+1
	}
}

func once(places []uint32, counts []int) {
	seen := map[uint32]bool{}
	for _, p := range places {
		if !seen[p] {
			seen[p] = true
			counts[p]++
		}
	}
}

// learn takes one step towards a text's target.
func (t *trainer) learn(e *example) {
	xw, xc := 1/math.Sqrt(float64(max(len(e.Words), 1))), 1/math.Sqrt(float64(max(len(e.Chars), 1)))
	var z [2]float64
	for k := range 2 {
		z[k] = t.w.Bias[k]
		for i, d := range e.Dense {
			z[k] += float64(t.w.Dense[k][i] * d)
		}
		sum := 0.0
		for _, p := range e.Words {
			sum += t.w.Words[k][p]
		}
		z[k] += float64(sum * xw)
		sum = 0
		for _, p := range e.Chars {
			sum += t.w.Chars[k][p]
		}
		z[k] += float64(sum * xc)
	}
	p := sentiment.Spread(z)
	for k := range 2 {
		off := p[2*k] - e.target[2*k]
		t.step(&t.w.Bias[k], &t.biasG[k], off, 0)
		for i, d := range e.Dense {
			if d != 0 {
				t.step(&t.w.Dense[k][i], &t.denseG[k][i], float64(off*d), 0)
			}
		}
		for _, at := range e.Words {
			if !t.dropWords[at] {
				t.step(&t.w.Words[k][at], &t.wordsG[k][at], float64(off*xw), t.decay)
			}
		}
		for _, at := range e.Chars {
			if !t.dropChars[at] {
				t.step(&t.w.Chars[k][at], &t.charsG[k][at], float64(off*xc), t.decay)
			}
		}
	}
}

func (t *trainer) step(w, g *float64, slope, decay float64) {
	slope += float64(decay * *w)
	*g += float64(slope * slope)
	*w -= float64(t.rate*slope) / math.Sqrt(*g+t.damp)
}

// sureness finds how modest probabilities must be: each fold is read by a model that never saw it, and of a row of
// factors the one is taken whose probabilities were the truest.
func sureness(texts []Text, s settings) float64 {
	type out struct {
		m    sentiment.Model
		text string
		k    int
	}
	var all []out
	for f := range folds {
		var rest []Text
		for i, t := range texts {
			if i%folds != f {
				rest = append(rest, t)
			}
		}
		m := sentiment.Pack(fitted(rest, s))
		for i, t := range texts {
			if i%folds == f {
				all = append(all, out{m, t.Words, place(t.Class)})
			}
		}
	}
	best, least := 1.0, math.Inf(1)
	logits := make([][2]float64, len(all))
	for i, o := range all {
		logits[i] = o.m.Sums(o.text)
	}
	for step := range 40 {
		sure := 0.3 + float64(float64(step)*0.05)
		loss := 0.0
		for i, o := range all {
			z := logits[i]
			p := sentiment.Spread([2]float64{float64(z[0] * sure), float64(z[1] * sure)})
			loss += missed(p, o.k)
		}
		if loss < least {
			best, least = sure, loss
		}
	}
	return best
}

// missed is Brier's score: it is least when probabilities are true, and it is the same on every machine.
func missed(p [3]float64, k int) float64 {
	sum := 0.0
	for i, v := range p {
		if i == k {
			v--
		}
		sum += float64(v * v)
	}
	return sum
}
