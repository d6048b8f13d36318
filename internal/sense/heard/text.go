package heard

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a compiled expression over the normal form of a sentence.
type pattern = *regexp.Regexp

// sentence is one sentence in its normal form: words in lower case without accents, short forms written out, one space
// between them and at both ends, every mark inside it a comma. at maps back to where each word stands in the text.
type sentence struct {
	text     string
	norm     string
	words    []place // by their order in norm
	question bool
}

type place struct {
	norm     int // where the word begins in norm
	from, to int // where it stands in the text
}

// speller cuts texts into sentences and brings them into their normal form.
type speller struct {
	scan  pattern // finds times, words and marks
	short map[string]string
}

func newSpeller() *speller { return &speller{scan: scan(), short: shortForms()} }

func scan() pattern {
	return regexp.MustCompile(`\d{1,2}(?:[:.h]\d{2})?\s?[aApP]\.?\s?[mM]\b\.?|\d{1,2}:\d{2}|\d+|[\pL]+(?:[’'‘\x60-]\pL+)*|[.!?¿¡]+|\n+|[,;:()"“”/–—&-]`)
}

// cut cuts text to at most n bytes, at a whole letter.
func cut(text string, n int) string {
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// sentences cuts a text into its sentences.
func (sp *speller) sentences(text string) []sentence {
	var out []sentence
	b := building{text: text}
	for _, m := range sp.scan.FindAllStringIndex(text, -1) {
		word := text[m[0]:m[1]]
		switch word[0] {
		case '.', '!', '?', '\n':
			out = b.end(out, strings.Contains(word, "?"))
		case ',', ';', ':', '(', ')', '"', '/', '-':
			b.add(",", m)
		case '&':
			b.add("and", m)
		default:
			r, _ := utf8.DecodeRuneInString(word)
			switch {
			case r == '¿' || r == '¡':
				out = b.end(out, false)
				b.asked = r == '¿'
			case !unicode.IsLetter(r) && !unicode.IsDigit(r):
				b.add(",", m)
			default:
				for _, w := range sp.spell(word) {
					b.add(w, m)
				}
			}
		}
	}
	return b.end(out, false)
}

// building is a sentence that is being read.
type building struct {
	text  string
	norm  strings.Builder
	words []place
	asked bool
}

func (b *building) add(word string, at []int) {
	if b.norm.Len() == 0 {
		b.norm.WriteByte(' ')
	}
	b.words = append(b.words, place{b.norm.Len(), at[0], at[1]})
	b.norm.WriteString(word)
	b.norm.WriteByte(' ')
}

func (b *building) end(out []sentence, question bool) []sentence {
	if len(b.words) > 0 {
		out = append(out, sentence{text: b.text, norm: b.norm.String(), words: b.words, question: question || b.asked})
	}
	*b = building{text: b.text}
	return out
}

// explains tells whether the sentence gives the reason for the one before it.
func (s sentence) explains() bool {
	for _, w := range []string{" because ", " since ", " as ", " due ", " it is ", " that is ", " this is ", " reason ", " i am ", " we are ", " my ", " porque ", " estoy ", " es "} {
		if strings.HasPrefix(s.norm, w) {
			return true
		}
	}
	return false
}

// span gives where the words between two places of the normal form stand in the text.
func (s sentence) span(from, to int) (int, int) {
	first, last := -1, -1
	for _, w := range s.words {
		if w.norm >= from && first < 0 {
			first = w.from
		}
		if w.norm < to {
			last = w.to
		}
	}
	return first, last
}

// spell gives the normal form of a word: one or two words.
func (sp *speller) spell(word string) []string {
	w := plain(word)
	if full, ok := sp.short[w]; ok {
		return strings.Fields(full)
	}
	if c := w[0]; c >= '0' && c <= '9' {
		return []string{clockWord(w)}
	}
	if base, ok := strings.CutSuffix(w, "'s"); ok {
		return []string{base, "'s"}
	}
	return []string{w}
}

// clockWord writes a time of day without its blanks and dots: "5pm", "5:30pm", "17:00".
func clockWord(w string) string {
	w = strings.ReplaceAll(w, " ", "")
	digits := strings.TrimRight(w, "apm.")
	suffix := strings.ReplaceAll(w[len(digits):], ".", "")
	return strings.NewReplacer(".", ":", "h", ":").Replace(digits) + suffix
}

// plain brings a word into lower case and takes its accents away.
func plain(word string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(word) {
		switch r {
		case 'á', 'à', 'â', 'ä', 'ã':
			r = 'a'
		case 'é', 'è', 'ê', 'ë':
			r = 'e'
		case 'í', 'ì', 'î', 'ï':
			r = 'i'
		case 'ó', 'ò', 'ô', 'ö', 'õ':
			r = 'o'
		case 'ú', 'ù', 'û', 'ü':
			r = 'u'
		case 'ñ':
			r = 'n'
		case 'ç':
			r = 'c'
		case '’', '‘', '`':
			r = '\''
		}
		b.WriteRune(r)
	}
	return b.String()
}

// shortForms writes out what is written short.
func shortForms() map[string]string {
	return map[string]string{
		"don't": "do not", "dont": "do not", "doesn't": "does not", "doesnt": "does not", "didn't": "did not", "didnt": "did not",
		"can't": "can not", "cant": "can not", "cannot": "can not", "won't": "will not", "isn't": "is not", "aren't": "are not",
		"wasn't": "was not", "shouldn't": "should not", "couldn't": "could not", "wouldn't": "would not", "haven't": "have not",
		"i'm": "i am", "im": "i am", "i've": "i have", "ive": "i have", "i'd": "i would", "i'll": "i will",
		"we're": "we are", "we've": "we have", "we'd": "we would", "we'll": "we will",
		"she's": "she is", "he's": "he is", "they're": "they are", "they've": "they have",
		"it's": "it is", "that's": "that is", "there's": "there is", "name's": "name is", "nobody's": "nobody is",
		"you're": "you are", "you'd": "you would", "you'll": "you will", "what's": "what is", "let's": "let us",
		"pls": "please", "plz": "please", "u": "you", "txt": "text", "txts": "texts", "msg": "message", "msgs": "messages",
		"e-mail": "email", "e-mails": "emails", "e-mailing": "emailing", "telephone": "phone", "gonna": "going to", "wanna": "want to",
		"tech": "technician", "techs": "technicians", "workmen": "technicians", "repairman": "technician", "apt": "apartment",
		"everybody": "everyone", "anybody": "anyone", "somebody": "someone", "no-one": "nobody", "o'clock": "oclock",
		"work-from-home": "work from home", "wfh": "work from home",
	}
}
