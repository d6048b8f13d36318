package texting

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Meaning is what a text message means for consent.
type Meaning string

// The meanings.
const (
	Stop    Meaning = "stop"     // no more, said by one of the words that the law and the carriers know
	Start   Meaning = "start"    // again
	StopToo Meaning = "stop too" // "stop" from somebody who had said so already: the one confirmation has been given
	Yes     Meaning = "yes"      // "start" for somebody who had stopped, else a plain answer
	Help    Meaning = "help"     // who are you?
	MayStop Meaning = "may stop" // in free words: a person reads it
	Other   Meaning = "other"
)

// Read tells what a text message means. A word counts when the whole message is that word, in any letter case, with or
// without accents, punctuation and courtesy around it.
func Read(text string) Meaning {
	plain := plain(text)
	bare := strings.Join(withoutCourtesy(strings.Fields(plain)), " ")
	for _, form := range []string{plain, bare} {
		for _, list := range []struct {
			words   []string
			meaning Meaning
		}{{stopWords(), Stop}, {startWords(), Start}, {helpWords(), Help}, {yesWords(), Yes}} {
			if slices.Contains(list.words, form) {
				return list.meaning
			}
		}
	}
	for _, p := range mayStop {
		if p.MatchString(plain) {
			return MayStop
		}
	}
	return Other
}

// The words of 47 CFR 64.1200(a)(10) and those that Twilio, AWS, Telnyx and Braze act on (testdata/keywords.csv), with what
// Spanish speakers write.
func stopWords() []string {
	return append([]string{"stop", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "remove",
		"arret", "td", "alto", "parar", "pare", "paren", "para ya", "cancelar", "baja", "darme de baja", "dar de baja", "detener", "detente", "detenganse",
		"basta", "fin", "salir", "terminar", "no mas", "no mas mensajes", "desuscribir", "desuscribirme", "eliminar", "revocar"}, allWords()...)
}

// allWords end all of it.
func allWords() []string {
	return []string{"stop all", "stopall", "stop everything", "stop it all", "unsubscribe all", "unsubscribe from all", "unsubscribe me from all", "unsubscribe from everything",
		"end all", "cancel all", "quit all", "revoke all", "opt out all", "optout all", "opt out of all", "opt out of everything",
		"parar todo", "pare todo", "paren todo", "alto todo", "alto a todo", "cancelar todo", "cancelen todo", "baja de todo", "baja total", "no mas nada", "detener todo", "terminar todo", "basta de todo"}
}

// All tells whether somebody who stops says that they mean all of it, by every way.
func All(text string) bool {
	return slices.Contains(allWords(), strings.Join(withoutCourtesy(strings.Fields(plain(text))), " "))
}

func startWords() []string {
	return []string{"start", "unstop", "alta", "iniciar", "empezar", "comenzar", "reanudar", "suscribir", "subscribe", "resume", "continue"}
}

func helpWords() []string { return []string{"help", "info", "ayuda", "informacion", "aide"} }

func yesWords() []string { return []string{"yes", "y", "si"} }

func withoutCourtesy(words []string) []string {
	out := words[:0:0]
	for _, w := range words {
		switch w {
		case "please", "pls", "plz", "thanks", "thank", "you", "thx", "now", "ya", "por", "favor", "gracias", "ok", "okay", "hi", "hello", "hola", "just":
		default:
			out = append(out, w)
		}
	}
	return out
}

// plain makes small letters without accents, with one blank for all that is no letter or digit.
func plain(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’':
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// mayStop are free words that may ask for silence. They hold and ask; none of them decides, so they may be wide, but not so
// wide that "stop the leak" is one.
var mayStop = compile( //nolint:gochecknoglobals // compiled once, never changed
	`\bstop\b.{0,12}\b(text|texts|texting|txting|messag\w*|msgs?|msging|sms|contacting|writing|spam\w*|bothering|harass\w*|calling me|sending (me|these|this|those|that|texts|messages|stuff|so many))`,
	`\b(dont|do not|never|no longer|not to|stop) (ever )?(text|txt|message|msg|contact|write|send me|send these|call or text)\b.{0,20}\b(me|again|anymore|any more|here|this number|messages|texts)?`,
	`\b(quit|cease|end) (the )?(text\w*|messag\w*|sms|spam\w*|contacting|sending|all)`,
	`\bno more (of )?(these |your |this )?(text|texts|messages|msgs|sms|spam|of this|of these)`,
	`\b(take|get) (me|us|my number|this number|my name) (off|out)\b`,
	`\b(remove|delete|erase) (me|us|my (number|phone|name)|this (number|phone))\b`,
	`\bunsub\w*`, `\bopt(ing|ed)? (me )?out\b`, `\bdo not (contact|disturb)\b`,
	`\b(cancel|end|stop) (my |the |these |this |all )?(subscription|texts|text messages|messages|notifications|alerts|sms)\b`,
	`\b(withdraw|revoke)\b.{0,20}\bconsent\b`,
	`\bleave (me|us) alone\b`, `\blose (my|this) number\b`,
	`\bwrong (number|person)\b`, `\b(not|isnt|never was) my (apartment|building|lease)\b`,
	`\b(dont|do not) want\b.{0,25}\b(texts?|messages?|msgs?|sms)\b`,
	`\bi (never|didnt|did not) (sign|signed|agree|agreed|consent|consented|ask|asked)\b.{0,20}\b(up|to|for)\b`,
	`\bno (me |nos )?(escriba|escriban|escribas|escribir|mande|manden|mandes|mandar|envie|envien|envies|enviar|contacte|contacten|contactes|contactar|textee|texteen|llame|llamen|moleste|molesten|molestes)\b`,
	`\b(deje|dejen|deja|pare|paren|para) de (escribir\w*|mandar\w*|enviar\w*|contactar\w*|textear\w*|molestar\w*|llamar\w*)`,
	`\b(ya )?no (quiero|deseo|queremos|necesito)\b.{0,30}\b(mensajes?|textos?|sms|avisos?)`,
	`\b(quite|quiten|quiteme|quitenme|saque|saquen|saqueme|saquenme|borre|borren|borrenme|elimine|eliminen|eliminenme)\b.{0,15}\b(numero|telefono|lista|me)\b`,
	`\b(quitenme|quiteme|saquenme|saqueme|borrenme|borreme)\b`,
	`\b(denme|deme|dame) de baja\b`, `\bno mas (mensajes|textos|sms)\b`, `\bnumero equivocado\b`, `\bdejen?me en paz\b`,
)

func compile(patterns ...string) []*regexp.Regexp {
	out := make([]*regexp.Regexp, len(patterns))
	for i, p := range patterns {
		out[i] = regexp.MustCompile(p)
	}
	return out
}
