// Package sentiment reads the tone of a short English text: how positive or negative it is, how likely that reading is
// right, and which words made it so. A small linear model over hashed words and runs of letters stands beside a word
// list of our own, whose findings are among its inputs.
//
// It is weak evidence and says so: other languages and unknown words give a low confidence, and nothing may be decided
// by tone alone. It keeps nothing, learns nothing while Hearth runs, and the same text gives the same bits on every
// machine. docs/tone.md tells how it was trained and how right it is.
package sentiment

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Score is the tone of a text by the word list alone.
type Score struct {
	Level      float64  // -1 (very negative) to 1 (very positive); 0 when nothing was recognised
	Confidence float64  // 0 (no idea) to 0.8
	Words      []string // the words that decided, as read, in their order; at most 12
}

// Bounds of reading. A message's tone is in its first page.
const (
	maxBytes = 4000
	maxWords = 12
)

// Lexicon gives the tone of text by the word list alone.
func Lexicon(text string) Score {
	toks := tokens(clip(text))
	if len(toks) == 0 {
		return Score{}
	}
	hits, known := weigh(toks)
	if len(hits) == 0 {
		return Score{}
	}
	shiftAtBut(toks, hits)
	return sum(hits, known, len(toks), exclamations(text))
}

// hit is one word that carries tone.
type hit struct {
	at     int // index of the token
	word   string
	weight float64
}

// weigh finds the words that carry tone, turned by what stands before them, and counts the words known at all.
func weigh(toks []token) ([]hit, int) {
	var hits []hit
	known := 0
	shouting := mixedCase(toks)
	for i, t := range toks {
		w := t.weight
		if w == 0 {
			if plain(t.word) || t.negates || t.strength != 0 {
				known++
			}
			continue
		}
		known++
		if t.word == "like" && i > 0 && comparing(toks[i-1].word) {
			continue // "looks like", "was like": a comparison
		}
		w = turned(toks, i, w)
		if shouting && t.caps {
			w *= 1.25
		}
		hits = append(hits, hit{i, t.word, w})
	}
	return hits, known
}

// turned applies the words before i: "very", "a bit", "not". A clause ends their reach.
func turned(toks []token, i int, w float64) float64 {
	for back := 1; back <= 3 && i-back >= 0; back++ {
		prev := toks[i-back]
		if prev.endsClause {
			break
		}
		if prev.strength != 0 && back <= 2 {
			w *= 1 + prev.strength
		}
		if prev.negates {
			// "not good" is less bad than "bad", and "no problem" less good than "great".
			return w * -0.6
		}
	}
	return w
}

// shiftAtBut moves weight to what follows "but": people put their point there.
func shiftAtBut(toks []token, hits []hit) {
	but := -1
	for i, t := range toks {
		if t.word == "but" || t.word == "however" {
			but = i
		}
	}
	if but <= 0 {
		return
	}
	for i := range hits {
		if hits[i].at < but {
			hits[i].weight *= 0.5
		} else {
			hits[i].weight *= 1.3
		}
	}
}

// sum makes one score of the hits. Evidence that agrees and a text whose words are mostly known raise confidence.
func sum(hits []hit, known, total, bangs int) Score {
	var s Score
	var all float64
	for _, h := range hits {
		s.Level = s.Level + h.weight
		all += math.Abs(h.weight)
		if len(s.Words) < maxWords {
			s.Words = append(s.Words, h.word)
		}
	}
	if all == 0 {
		return Score{Words: s.Words}
	}
	agree := math.Abs(s.Level) / all
	amplified := float64(s.Level * (1 + float64(0.08*float64(bangs))))
	s.Level = amplified / (math.Abs(amplified) + 4)
	evidence := all / (all + 3)
	coverage := math.Min(1, float64(known)/float64(total)*2)
	s.Confidence = 0.8 * evidence * coverage * (0.3 + float64(0.7*agree))
	return s
}

// token is a word with what matters about its place.
type token struct {
	word       string // lower case, straight apostrophes
	caps       bool   // written in capitals, at least three of them
	endsClause bool   // followed by , . ; : ! or ?

	weight   float64 // of the word list; 0 for a word without tone
	strength float64 // how much it raises or lowers what follows
	negates  bool    // it turns what follows
}

func tokenOf(word string, caps bool) token {
	w, _ := valence(word)
	return token{word: word, caps: caps, weight: w, strength: strength(word), negates: negates(word)}
}

// tokens cuts a text into words, at most maxTokens. Emoticons count as words.
func tokens(text string) []token {
	toks := make([]token, 0, min(len(text)/4+1, maxTokens))
	for field := range strings.FieldsSeq(text) {
		if len(toks) >= maxTokens {
			break
		}
		if !letter(field[0]) {
			if _, ok := valence(field); ok {
				toks = append(toks, tokenOf(field, false))
				continue
			}
		}
		toks = appendWords(toks, field)
	}
	return toks
}

func appendWords(toks []token, field string) []token {
	start := -1
	field = strings.ReplaceAll(field, "\u2019", "'")
	flush := func(end int) {
		if start >= 0 {
			raw := strings.Trim(field[start:end], "'")
			if raw != "" && len(toks) < maxTokens {
				toks = append(toks, tokenOf(strings.ToLower(raw), len(raw) > 2 && shouted(raw)))
			}
			start = -1
		}
	}
	for i, r := range field {
		if unicode.IsLetter(r) || r == '\'' {
			if start < 0 {
				start = i
			}
			continue
		}
		flush(i)
		if strings.ContainsRune(",.;:!?", r) && len(toks) > 0 {
			toks[len(toks)-1].endsClause = true
		}
	}
	flush(len(field))
	return toks
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf }

// shouted tells whether a word has no small letters.
func shouted(word string) bool {
	for _, r := range word {
		if unicode.ToUpper(r) != r {
			return false
		}
	}
	return true
}

// mixedCase tells whether capitals stand out: a text all in capitals shouts nothing in particular.
func mixedCase(toks []token) bool {
	for _, t := range toks {
		if !t.caps && len(t.word) > 2 {
			return true
		}
	}
	return false
}

func exclamations(text string) int { return min(strings.Count(clip(text), "!"), 3) }

// clip bounds the text without splitting a character.
func clip(text string) string {
	if len(text) <= maxBytes {
		return text
	}
	n := maxBytes
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
