package fit

import (
	"math"
	"unicode/utf8"

	"hearth/internal/sense/sentiment"
)

// Measure is how right a reader was about texts.
type Measure struct {
	Texts    int        `json:"texts"`
	Accuracy float64    `json:"accuracy"`
	MacroF1  float64    `json:"macro_f1"`
	Classes  []ClassOf  `json:"classes"`
	ECE      float64    `json:"ece"` // expected calibration error: how far confidence is from being right, on average
	Bins     []Reliable `json:"reliability"`
}

// ClassOf is how right a reader was about one class.
type ClassOf struct {
	Class     sentiment.Class `json:"class"`
	Texts     int             `json:"texts"`
	Precision float64         `json:"precision"` // of those read so, how many are
	Recall    float64         `json:"recall"`    // of those that are, how many were read so
	F1        float64         `json:"f1"`
}

// Reliable is one row of the reliability table: readings whose confidence lies between From and To.
type Reliable struct {
	From       float64 `json:"from"`
	To         float64 `json:"to"`
	Texts      int     `json:"texts"`
	Confidence float64 `json:"confidence"` // on average
	Right      float64 `json:"right"`      // share
}

// Reader reads the class of a text, and how sure that is.
type Reader func(text string) (sentiment.Class, float64)

// Model reads by a model.
func Model(m sentiment.Model) Reader {
	return func(text string) (sentiment.Class, float64) {
		r := m.Read(text)
		return r.Class, r.Confidence
	}
}

// Lexicon reads by the word list alone. Its confidence never was a probability, and the measure shows that.
func Lexicon(text string) (sentiment.Class, float64) {
	s := sentiment.Lexicon(text)
	switch {
	case s.Level > 0.05:
		return sentiment.Positive, s.Confidence
	case s.Level < -0.05:
		return sentiment.Negative, s.Confidence
	}
	return sentiment.Neutral, s.Confidence
}

// Misspelt reads texts in which the letters of every longer word are out of order, as in "terirble": words that nobody
// has seen before. Only runs of letters can tell what they are.
func Misspelt(read Reader) Reader {
	return func(text string) (sentiment.Class, float64) { return read(Misspell(text)) }
}

// Misspell changes two neighbouring letters in the middle of each word of five letters or more.
func Misspell(text string) string {
	b := []byte(text)
	start := 0
	for i := 0; i <= len(b); i++ {
		if i < len(b) && (letter(b[i]) || b[i] >= utf8.RuneSelf) {
			continue
		}
		if w := b[start:i]; len(w) >= 5 {
			m := len(w) / 2
			for ; m < len(w)-1; m++ {
				if letter(w[m]) && letter(w[m-1]) && w[m] != w[m-1] {
					w[m], w[m-1] = w[m-1], w[m]
					break
				}
			}
		}
		start = i + 1
	}
	return string(b)
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

const bins = 10

// Evaluate counts how right a reader is about texts.
func Evaluate(texts []Text, read Reader) Measure {
	var table [3][3]int // [truth][read]
	out := Measure{Texts: len(texts)}
	var n, right, sure [bins]float64
	for _, t := range texts {
		class, confidence := read(t.Words)
		k, c := place(t.Class), place(class)
		table[k][c]++
		b := min(bins-1, int(confidence*bins))
		n[b]++
		sure[b] += confidence
		if k == c {
			right[b]++
			out.Accuracy += 1 / float64(len(texts))
		}
	}
	for i, c := range []sentiment.Class{sentiment.Negative, sentiment.Neutral, sentiment.Positive} {
		of := ClassOf{Class: c, Texts: table[i][0] + table[i][1] + table[i][2]}
		hit := float64(table[i][i])
		of.Precision = share(hit, float64(table[0][i]+table[1][i]+table[2][i]))
		of.Recall = share(hit, float64(of.Texts))
		of.F1 = share(2*of.Precision*of.Recall, of.Precision+of.Recall)
		out.MacroF1 += of.F1 / 3
		out.Classes = append(out.Classes, of)
	}
	for b := range bins {
		if n[b] == 0 {
			continue
		}
		row := Reliable{From: float64(b) / bins, To: float64(b+1) / bins, Texts: int(n[b]), Confidence: sure[b] / n[b], Right: right[b] / n[b]}
		out.ECE += math.Abs(row.Confidence-row.Right) * n[b] / float64(len(texts))
		out.Bins = append(out.Bins, row)
	}
	return out
}

func share(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
