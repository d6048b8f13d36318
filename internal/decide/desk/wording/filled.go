package wording

import (
	"regexp"
	"unicode"
)

// Piece is a stretch of a text that was written for somebody: the template's own words, or what was filled in.
type Piece struct {
	Words  string
	Filled bool
}

// tags are what is no word of a template's own.
var tags = regexp.MustCompile(`(?s)\{\{.*?\}\}|\{%.*?%\}`)

// mostCompared bounds what it takes to part a very long text, which is then shown as it is.
const mostCompared = 4_000_000

// Filled parts a text into the words that its template has and those that were filled in, so that a person sees at a glance what is said of the
// resident. It compares words (the longest that both have in the same order), for conditions leave out what no mark in the text tells; a fact's
// word that stands there in the template too may so be taken for the template's.
func Filled(template, text string) []Piece {
	own, said := split(tags.ReplaceAllString(template, "\x00")), split(text)
	if len(own)*len(said) > mostCompared {
		return []Piece{{Words: text}}
	}
	kept := common(own, said)
	for i := 1; i+1 < len(said); i++ { // the blank between two words of one fact is the fact's
		if kept[i] && !kept[i-1] && !kept[i+1] && !lettered(said[i]) && said[i] != "\n" {
			kept[i] = false
		}
	}
	for i := 1; i+1 < len(said); i++ { // and one beside a word of the template's is the template's
		if blank := said[i] == " " || said[i] == "\n"; blank && !kept[i] && (kept[i-1] || kept[i+1]) {
			kept[i] = true
		}
	}
	var out []Piece
	for i, w := range said {
		if n := len(out); n > 0 && out[n-1].Filled == !kept[i] {
			out[n-1].Words += w
			continue
		}
		out = append(out, Piece{w, !kept[i]})
	}
	return out
}

// split gives the words of a text, and all that stands between them sign by sign.
func split(s string) []string {
	var out []string
	in := false
	for _, r := range s {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
		if letter && in {
			out[len(out)-1] += string(r)
			continue
		}
		in = letter
		out = append(out, string(r))
	}
	return out
}

func lettered(w string) bool {
	for _, r := range w {
		return unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return false
}

// common tells which words of said stand in own, in the same order, so that they are as many as can be.
func common(own, said []string) []bool {
	most := make([][]int32, len(own)+1)
	for i := range most {
		most[i] = make([]int32, len(said)+1)
	}
	for i := len(own) - 1; i >= 0; i-- {
		for j := len(said) - 1; j >= 0; j-- {
			if own[i] == said[j] {
				most[i][j] = most[i+1][j+1] + 1
			} else {
				most[i][j] = max(most[i+1][j], most[i][j+1])
			}
		}
	}
	kept := make([]bool, len(said))
	for i, j := 0, 0; i < len(own) && j < len(said); {
		switch {
		case own[i] == said[j]:
			kept[j] = true
			i, j = i+1, j+1
		case most[i+1][j] >= most[i][j+1]:
			i++
		default:
			j++
		}
	}
	return kept
}
