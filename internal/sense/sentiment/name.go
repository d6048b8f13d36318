package sentiment

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Who somebody is must not change how their words are read, and a name is made of words: "Hope", "Joy", or letters that the
// model has seen in others. Names are therefore taken out where people write them: under a message, and where they say who
// they are. Which words are names is told by where and how they stand, not by a list: a list would know some people's names
// and not others'.

// nameless gives the text without the name that signs it and the one that introduces it.
func nameless(text string) string { return unintroduced(unsigned(text)) }

const (
	mostNames = 6  // words of a name
	introIn   = 80 // bytes in which an introduction ends
)

// unsigned takes off the name under a message: a few words that are written like a name, behind the end of a sentence or line, with
// nothing behind them.
func unsigned(text string) string {
	end := strings.TrimRightFunc(text, unicode.IsSpace)
	rest, names := end, 0
	for names < mostNames {
		before, word := lastWord(rest)
		if !likeName(word) {
			break
		}
		rest = before
		names++
		if ended(rest) {
			return strings.TrimRight(rest, " \t\n-~\u2013\u2014")
		}
	}
	return text
}

// lastWord cuts the last word off a text.
func lastWord(text string) (before, word string) {
	text = strings.TrimRight(text, " \t")
	i := strings.LastIndexFunc(text, unicode.IsSpace)
	if i < 0 {
		return "", text
	}
	_, size := utf8.DecodeRuneInString(text[i:])
	return text[:i+size], text[i+size:]
}

// ended tells whether what stands before a name is whole: a sentence, a line, a dash, or words such as "Thanks,".
func ended(before string) bool {
	before = strings.TrimRight(before, " \t")
	if _, word := lastWord(before); before == "" || initial(word) {
		return false // the name is all there is, or goes on
	}
	switch r, _ := utf8.DecodeLastRuneInString(before); r {
	case '.', '!', '?', '\u2026', '\n', '-', '~', '\u2013', '\u2014', ')':
		return true
	case ',':
		_, word := lastWord(strings.TrimSuffix(before, ","))
		return closes(strings.ToLower(word))
	}
	return false
}

// initial tells the first letter of a name, with its point: it ends no sentence.
func initial(word string) bool {
	letter, ok := strings.CutSuffix(word, ".")
	return ok && utf8.RuneCountInString(letter) == 1 && likeName(letter)
}

// closes tells words that stand over a name.
func closes(word string) bool {
	switch word {
	case "thanks", "thank", "you", "regards", "best", "sincerely", "cheers", "yours", "respectfully", "gracias", "saludos":
		return true
	}
	return false
}

// likeName tells whether a word is written like part of a name: with a capital letter, or in a script that has none, and not
// shouted; or like the small words within names. Polite words are none.
func likeName(word string) bool {
	switch strings.ToLower(word) {
	case "":
		return false
	case "de", "del", "la", "las", "los", "da", "do", "dos", "van", "von", "der", "den", "bin", "bint", "al", "el", "y":
		return true
	case "thanks", "thank", "you", "please", "sorry", "gracias", "i", "ok", "no", "yes":
		return false
	}
	first, size := utf8.DecodeRuneInString(word)
	if !unicode.IsLetter(first) || unicode.IsLower(first) {
		return false
	}
	small := len(word) == size || !unicode.IsUpper(first)
	for _, r := range word[size:] {
		switch {
		case r == '\'' || r == '\u2019' || r == '-' || r == '.' && strings.HasSuffix(word, "."):
		case !unicode.IsLetter(r) && !unicode.Is(unicode.M, r):
			return false
		case !unicode.IsUpper(r):
			small = true
		}
	}
	return small || strings.HasSuffix(word, ".")
}

// unintroduced takes out the name by which somebody says who writes: "Hi, this is Ana Ruiz." and "My name is Ana Ruiz, ...".
func unintroduced(text string) string {
	head := text[:min(len(text), introIn)]
	from := introduced(head)
	if from < 0 {
		return text
	}
	at, names := from, 0
	for names < mostNames {
		word, size := firstWord(text[at:])
		bare := strings.TrimRight(word, ",.!;:?")
		if !likeName(bare) {
			break
		}
		if at += size; !initial(word) {
			at -= len(word) - len(bare)
		}
		names++
		if bare != word && !initial(word) {
			break // the sentence or clause ends with it
		}
	}
	if names == 0 {
		return text
	}
	return text[:from] + strings.TrimLeft(text[at:], " ")
}

// firstWord gives the first word of a text, and how many bytes it and the blanks before it take.
func firstWord(text string) (word string, size int) {
	trimmed := strings.TrimLeft(text, " ")
	skipped := len(text) - len(trimmed)
	if i := strings.IndexFunc(trimmed, unicode.IsSpace); i >= 0 {
		trimmed = trimmed[:i]
	}
	return trimmed, skipped + len(trimmed)
}

// introduced gives where a name begins that follows an introduction, -1 without one. "This is" introduces only behind a
// greeting: "This is Unacceptable." tells nobody's name.
func introduced(head string) int {
	for i := range head {
		if i > 0 && head[i-1] != ' ' && head[i-1] != '\n' {
			continue
		}
		if rest := head[i:]; begins(rest, "my name is ") {
			return i + len("my name is ")
		} else if begins(rest, "this is ") && greets(head[:i]) {
			return i + len("this is ")
		}
	}
	return -1
}

func begins(text, with string) bool {
	return len(text) >= len(with) && strings.EqualFold(text[:len(with)], with)
}

func greets(before string) bool {
	word, _ := firstWord(strings.TrimSpace(before))
	switch strings.ToLower(strings.Trim(word, ",.!-")) {
	case "hi", "hello", "hey", "good", "dear", "hola", "greetings":
		return true
	}
	return false
}
