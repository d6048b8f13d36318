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

// tag stands for a tag among a template's words.
const tag = "\x00"

// mostCompared bounds what it takes to part a very long text, which is then shown as it is.
const mostCompared = 4_000_000

// Filled parts a text into the words that its template has and those that were filled in, so that a person sees at a glance what is said of the
// resident. It compares words (the longest that both have in the same order), for conditions leave out what no mark in the text tells; a fact's
// word that stands there in the template too may so be taken for the template's.
func Filled(template, text string) []Piece {
	own, said := split(tags.ReplaceAllString(template, tag)), split(text)
	if len(own)*len(said) > mostCompared {
		return []Piece{{Words: text}}
	}
	kept := stands(own, said)
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

// stands tells which words are the template's. Where less than half of a stretch between two tags was found, that is a fact's words that happen to be
// in a branch that was not taken: they are looked for once more without it.
func stands(own, said []string) []bool {
	for {
		from := common(own, said)
		rest := taken(own, from)
		if len(rest) < len(own) {
			own = rest
			continue
		}
		kept := make([]bool, len(said))
		for j, i := range from {
			kept[j] = i >= 0
		}
		return kept
	}
}

// taken leaves out the stretches of which something, but less than half, was found.
func taken(own []string, from []int) []string {
	found := make([]bool, len(own))
	for _, i := range from {
		if i >= 0 {
			found[i] = true
		}
	}
	var out []string
	for begin := 0; begin < len(own); {
		end, words, n := begin, 0, 0
		for ; end < len(own) && (end == begin || own[end] != tag); end++ {
			if lettered(own[end]) {
				words++
				if found[end] {
					n++
				}
			}
		}
		if n == 0 || 2*n >= words {
			out = append(out, own[begin:end]...)
		}
		begin = end
	}
	return out
}

// common tells for each word of said where it stands in own, -1 for nowhere: in the same order, and so that they are as many as can be.
func common(own, said []string) []int {
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
	from := make([]int, len(said))
	for j := range from {
		from[j] = -1
	}
	for i, j := 0, 0; i < len(own) && j < len(said); {
		switch {
		case own[i] == said[j]:
			from[j] = i
			i, j = i+1, j+1
		case most[i+1][j] >= most[i][j+1]:
			i++
		default:
			j++
		}
	}
	return from
}
