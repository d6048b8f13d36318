package sentiment

import "strings"

// A text becomes a Vector: hashed words and pairs of words, hashed runs of three to five letters inside words (they
// know what was misspelt or never seen), and what the word list says of it. Hashing needs no dictionary, and every sum
// over it is one of integers, so that its order does not matter.

// Shapes of the model.
const (
	buckets   = 1 << 16 // places of weights
	wordBits  = 1 << 17 // places of the set of words seen in training
	denseLen  = 9       // numbers of the word list
	maxTokens = 400     // words that are read
	maxGram   = 24      // bytes of a word that go into runs of letters
)

// Vector is a text as the model sees it. It is made for training; reading does not keep one.
type Vector struct {
	Words []uint32 // places of words and pairs
	Chars []uint32 // places of runs of letters
	Dense [denseLen]float64
	Known []uint32 // places of the words themselves in the set of words seen
}

// VectorOf gives a text as the model sees it.
func VectorOf(text string) Vector {
	text = clip(text)
	toks := tokens(text)
	var v Vector
	hits, _ := weigh(toks)
	shiftAtBut(toks, hits)
	v.Dense = dense(text, toks, hits)
	for i := range toks {
		eachWord(toks, i, func(place uint32, _ bool) { v.Words = append(v.Words, place) })
		eachRun(toks[i].word, func(place uint32) { v.Chars = append(v.Chars, place) })
		v.Known = append(v.Known, hashed('k', toks[i].word)%wordBits)
	}
	return v
}

// eachWord gives the places of the word at i, turned when it is negated, and of the pair that ends with it.
func eachWord(toks []token, i int, give func(place uint32, pair bool)) {
	kind := byte('w')
	if negated(toks, i) {
		kind = 'n'
	}
	give(hashed(kind, toks[i].word)%buckets, false)
	if i > 0 {
		h := more(hashed('p', toks[i-1].word), ' ')
		for j := 0; j < len(toks[i].word); j++ {
			h = more(h, toks[i].word[j])
		}
		give(mixed(h)%buckets, true)
	}
}

// eachRun gives the places of the runs of three to five bytes in a word, its edges marked.
func eachRun(word string, give func(place uint32)) {
	var buf [maxGram + 2]byte
	buf[0] = '^'
	n := 1 + copy(buf[1:maxGram+1], word)
	buf[n] = '$'
	n++
	for i := 0; i+3 <= n; i++ {
		h := more(offset, 'c')
		for j := i; j < min(i+5, n); j++ {
			h = more(h, buf[j])
			if j-i >= 2 {
				give(mixed(h) % buckets)
			}
		}
	}
}

// negated tells whether one of the three words before i turns it; a clause ends their reach.
func negated(toks []token, i int) bool {
	for back := 1; back <= 3 && i-back >= 0; back++ {
		prev := toks[i-back]
		if prev.endsClause {
			return false
		}
		if prev.negates {
			return true
		}
	}
	return false
}

// dense gives what the word list and the marks say of a text, each between -1 and 1.
func dense(text string, toks []token, hits []hit) [denseLen]float64 {
	var d [denseLen]float64
	var pos, neg, last float64
	for _, h := range hits {
		if h.weight > 0 {
			pos += h.weight
		} else {
			neg -= h.weight
		}
		last = h.weight
	}
	if pos+neg > 0 {
		d[0] = (pos - neg) / (pos + neg + 3)
	} else {
		d[6] = 1
	}
	d[1], d[2] = pos/(pos+3), neg/(neg+3)
	if strings.Contains(text, "?") {
		d[3] = 1
	}
	d[4] = float64(exclamations(text)) / 3
	if mixedCase(toks) {
		for _, t := range toks {
			if t.caps {
				d[5] = 1
			}
		}
	}
	d[7] = last / 4
	d[8] = 1 / float64(1+len(toks)/4)
	return d
}

// FNV-1a, and a last mixing because its low bits are weak.
const offset uint32 = 2166136261

func more(h uint32, b byte) uint32 { return (h ^ uint32(b)) * 16777619 }

func mixed(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

func hashed(kind byte, word string) uint32 {
	h := more(offset, kind)
	for i := 0; i < len(word); i++ {
		h = more(h, word[i])
	}
	return mixed(h)
}
