package heard

import (
	"strings"
	"unicode"
)

const aName = `([a-z][a-z'-]+(?: [a-z][a-z'-]+)?)`

// titled tells whether a word is written as a name is: Bob, McKay, Jean-Luc, not BOB or bob.
func titled(word string) bool {
	runes := []rune(word)
	lower := false
	for _, r := range runes[1:] {
		lower = lower || unicode.IsLower(r)
	}
	return len(runes) > 1 && unicode.IsUpper(runes[0]) && lower
}

// noName tells whether a word that is written with a capital is no name.
func noName(w string) bool {
	switch w {
	case "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "may", "june", "july", "august",
		"september", "october", "november", "december", "back", "please", "asap", "tomorrow", "today", "tonight", "when", "after", "before", "if", "anytime", "any", "at", "on", "in", "or",
		"and", "not", "the", "first", "now", "again", "thanks", "thank", "instead", "once", "only", "maybe", "crazy", "old", "later", "soon", "here", "there", "about", "with", "to", "for",
		"it", "is", "i", "my", "me", "you", "your", "sir", "mr", "mrs", "ms", "miss", "dr", "by", "cell", "home", "work", "office", "apartment", "unit", "hi", "hello", "sincerely", "best",
		"call", "so", "but", "ma'am", "maam", "lunes", "martes", "hoy", "manana", "por", "gracias", "cuando", "english", "spanish", "french", "number", "via", "from", "was", "ok", "okay", "yes", "no", "right", "straight", "directly", "immediately", "early", "late", "every", "whenever", "during", "between", "until",
		"because", "since", "this", "that", "next", "as", "names", "out", "up", "over", "collect", "regarding", "re", "will", "would", "can":
		return true
	}
	return false
}

// tongue gives the tag of a language by its name.
func tongue(groups []string) (string, float64) {
	return map[string]string{"spanish": "es", "espanol": "es", "french": "fr", "chinese": "zh", "mandarin": "zh", "cantonese": "yue", "russian": "ru", "arabic": "ar", "somali": "so", "vietnamese": "vi",
		"korean": "ko", "portuguese": "pt", "german": "de", "italian": "it", "polish": "pl", "tagalog": "tl", "hindi": "hi", "urdu": "ur", "haitian creole": "ht", "creole": "ht", "amharic": "am",
		"farsi": "fa", "japanese": "ja", "ukrainian": "uk", "english": "en", "ingles": "en"}[groups[1]], 1
}

const tongues = `(spanish|french|chinese|mandarin|cantonese|russian|arabic|somali|vietnamese|korean|portuguese|german|italian|polish|tagalog|hindi|urdu|haitian creole|creole|amharic|farsi|japanese|ukrainian|english)`

func (m *maker) names() {
	m.of(`call me|call her|call him|calls |called| by |name is|not |call us`)
	same := func(g []string) (string, float64) { return strings.TrimSpace(g[1]), 1 }
	m.add(rule{kind: Name, form: request, sure: 0.85, value: same}, `call me `+aName)
	m.add(rule{kind: Name, sure: 0.92, value: same}, `{I} (?:usually |always |mostly )?(?:goes|go) by `+aName)
	m.add(rule{kind: Name, sure: 0.9, value: same}, `(?:everyone|people|friends|my friends|they all|all) calls? (?:me|her|him) `+aName)
	m.add(rule{kind: Name, sure: 0.92, value: same}, `{I} (?:would (?:rather|like to|prefer to)|prefers? to|likes? to|wants? to) be called `+aName)
	m.add(rule{kind: Name, sure: 0.92, value: same}, `(?:my|his|her) (?:preferred|correct|real) name is `+aName)
	not := `(?: , | )(?:and )?not ([a-z][a-z'-]+)`
	m.add(rule{kind: Name, sure: 0.92, value: same}, `my (?:first )?name is ([a-z][a-z'-]+)`+not)
	m.add(rule{kind: Name, form: request, sure: 0.85, value: same, next: []string{"please", "thanks"}, end: true}, `(?:it is|that is) ([a-z][a-z'-]+)`+not)
	m.of(`spanish|french|chinese|mandarin|cantonese|russian|arabic|somali|vietnamese|korean|portuguese|german|italian|polish|tagalog|hindi|urdu|creole|amharic|farsi|japanese|ukrainian|english`)
	lang := func(form form, sure float64, expr string) {
		m.add(rule{kind: Language, form: form, sure: sure, value: tongue, not: []string{"speaking", "speaker", "food", "style", "class", "channel", "music", "tv", "paint"}}, expr)
	}
	texts := `(?:letters|messages|emails|texts|notices|everything|information|updates|mail|my letters|my messages|all notices)`
	lang(request, 0.92, `(?:write|text|email|message|send(?: me| us)?(?: `+texts+`)?|answer|reply|write back)(?: to)?(?: me| us)?(?: `+texts+`)?(?: only)? in `+tongues)
	lang(statement, 0.9, `{I} (?:would )?(?:really |much )?prefers? (?:to (?:write|read|communicate|be written to|get `+texts+`) in |`+texts+` in |to use )?`+tongues)
	lang(statement, 0.9, `{I} (?:would like|wants?|would rather have|would rather get|asked for|needs?) (?:to (?:get|receive|have) )?(?:the |my |our )?`+texts+` in `+tongues)
	lang(request, 0.8, `(?:in )?`+tongues+` please`)
}
