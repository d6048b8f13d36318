// Package voice measures a text against how a property wants to speak: its reading level, and the words that it does not use.
//
// What it says is a hint to whoever writes. It changes no text, holds nothing back and decides nothing.
package voice

import (
	"fmt"
	"strings"
	"unicode"

	"hearth/internal/fact/record"
)

// Hint is something that whoever writes may want to change.
type Hint struct {
	Kind string // "reading" or "word"
	Line int    // from 1; 0: about the whole text
	Says string // a whole sentence
}

// Level is how hard a text is to read.
type Level struct {
	Words, Sentences, Syllables int
	// Grade is the Flesch-Kincaid grade level of an English text: years of school.
	Grade float64
	// Ease is the reading ease of a Spanish text after Fernández Huerta: from 0 (very hard) to 100 (very easy).
	Ease float64
}

// fewWords is below how many words a reading level says nothing: the formulas were made on passages of a hundred words.
const fewWords = 20

// Read measures a text in a language ("en", "es"; in others only the counts are given).
//
// English: 0.39 × words per sentence + 11.8 × syllables per word − 15.59 (Kincaid, Fishburne, Rogers and Chissom, Derivation of
// new readability formulas for Navy enlisted personnel, 1975). Spanish: 206.84 − 60 × syllables per word − 1.02 × words per
// sentence (Fernández Huerta, Medidas sencillas de lecturabilidad, 1959, in the corrected form that Gwillim Law showed in 2011).
// Syllables are counted by rules of spelling, which are right for nearly all Spanish words and for most English ones.
func Read(text, language string) Level {
	var l Level
	spanish := strings.HasPrefix(language, "es")
	open := false
	for _, field := range strings.FieldsFunc(strings.ReplaceAll(text, "\n\n", " . "), unicode.IsSpace) {
		word := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || r == '\'' || r == '’' {
				return unicode.ToLower(r)
			}
			return -1
		}, field)
		if strings.IndexFunc(word, unicode.IsLetter) >= 0 {
			l.Words++
			open = true
			if spanish {
				l.Syllables += spanishSyllables(word)
			} else {
				l.Syllables += englishSyllables(word)
			}
		}
		if open && strings.ContainsAny(field, ".!?") && !insideNumber(field) {
			l.Sentences++
			open = false
		}
	}
	if open {
		l.Sentences++
	}
	if l.Words == 0 {
		return l
	}
	perSentence, perWord := float64(l.Words)/float64(l.Sentences), float64(l.Syllables)/float64(l.Words)
	if spanish {
		l.Ease = 206.84 - 60*perWord - 1.02*perSentence
	} else if strings.HasPrefix(language, "en") {
		l.Grade = 0.39*perSentence + 11.8*perWord - 15.59
	}
	return l
}

// insideNumber tells whether the dots of a word end no sentence: "3.5", "a.m."
func insideNumber(field string) bool {
	trimmed := strings.TrimRight(field, ".!?)”\"»")
	return trimmed != field && strings.Contains(trimmed, ".") && !strings.Contains(trimmed, "@") || trimmed == field
}

// englishSyllables counts groups of vowels, without a silent e at the end.
func englishSyllables(word string) int {
	n, vowel := 0, false
	for _, r := range word {
		is := strings.ContainsRune("aeiouyáéíóú", r)
		if is && !vowel {
			n++
		}
		vowel = is
	}
	silent := strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "le") && !strings.HasSuffix(word, "ee") ||
		strings.HasSuffix(word, "ed") && !strings.HasSuffix(word, "ted") && !strings.HasSuffix(word, "ded")
	if silent && n > 1 {
		n--
	}
	return max(n, 1)
}

// spanishSyllables counts vowels; an unaccented i or u beside another vowel makes no syllable of its own, and neither does the u
// of que, qui, gue and gui.
func spanishSyllables(word string) int {
	runes := []rune(word)
	n := 0
	for i, r := range runes {
		next, before := at(runes, i+1), at(runes, i-1)
		switch {
		case strings.ContainsRune("aeoáéíóú", r):
			n++
		case r == 'u' && (before == 'q' || before == 'g') && strings.ContainsRune("eiéí", next):
		case strings.ContainsRune("iuü", r):
			if !strings.ContainsRune("aeoáéó", next) && !strings.ContainsRune("aeoáéó", before) && !(strings.ContainsRune("iuü", before) && before != r && !silentU(runes, i-1)) {
				n++
			}
		case r == 'y' && next == 0:
			if !strings.ContainsRune("aeouáéó", before) {
				n++
			}
		}
	}
	return max(n, 1)
}

// silentU tells whether the letter is the u of que or gui.
func silentU(word []rune, i int) bool {
	return at(word, i) == 'u' && (at(word, i-1) == 'q' || at(word, i-1) == 'g')
}

// at gives a letter, 0 outside of the word.
func at(word []rune, i int) rune {
	if i < 0 || i >= len(word) {
		return 0
	}
	return word[i]
}

// Hints measures a text in a language against a voice.
func Hints(text, language string, v record.Voice) []Hint {
	var out []Hint
	if l := Read(text, language); l.Words >= fewWords {
		longest := fmt.Sprintf("%d words in %d sentences", l.Words, l.Sentences)
		if l.Sentences == 1 {
			longest = fmt.Sprintf("%d words in one sentence", l.Words)
		}
		if v.GradeMost > 0 && l.Grade > v.GradeMost {
			out = append(out, Hint{Kind: "reading", Says: fmt.Sprintf("It reads like grade %.1f of school, and %.0f is meant to be the most: %s. Shorter sentences and shorter words help.", l.Grade, v.GradeMost, longest)})
		}
		if v.EaseLeast > 0 && strings.HasPrefix(language, "es") && l.Ease < v.EaseLeast {
			out = append(out, Hint{Kind: "reading", Says: fmt.Sprintf("Its reading ease is %.0f of 100, and %.0f is meant to be the least: %s. Shorter sentences and shorter words help.", l.Ease, v.EaseLeast, longest)})
		}
	}
	for n, line := range strings.Split(text, "\n") {
		for _, a := range v.Avoid {
			if a.Language != "" && !strings.HasPrefix(language, a.Language) || !says(line, a.Word) {
				continue
			}
			h := Hint{Kind: "word", Line: n + 1, Says: fmt.Sprintf("It says “%s”, which this house avoids.", a.Word)}
			if a.Instead != "" {
				h.Says = fmt.Sprintf("It says “%s”; this house says “%s”.", a.Word, a.Instead)
			}
			out = append(out, h)
		}
	}
	return out
}

// says tells whether a line has the word, as a word of its own.
func says(line, word string) bool {
	line, word = strings.ToLower(line), strings.ToLower(strings.TrimSpace(word))
	for from := 0; ; {
		i := strings.Index(line[from:], word)
		if i < 0 {
			return false
		}
		i += from
		before, after := []rune(line[:i]), []rune(line[i+len(word):])
		if (len(before) == 0 || !letter(before[len(before)-1])) && (len(after) == 0 || !letter(after[0])) {
			return true
		}
		from = i + len(word)
	}
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
