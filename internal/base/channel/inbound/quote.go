package inbound

import (
	"regexp"
	"slices"
	"strings"
)

// Quotes knows how mail programs quote. It is safe for concurrent use.
type Quotes struct{ wrote, original, from, sent *regexp.Regexp }

// NewQuotes makes one.
func NewQuotes() *Quotes {
	return &Quotes{regexp.MustCompile(wroteForm), regexp.MustCompile(originalForm), regexp.MustCompile(fromForm), regexp.MustCompile(sentForm)}
}

// Own gives what the writer of a reply said: without the quoted mail, the line that introduces it and the signature. Where
// nothing would be left, it is the whole text.
func (q *Quotes) Own(text string) string {
	lines := strings.Split(text, "\n")
	lines = lines[:q.cutAt(lines)]
	var kept []string
	for _, l := range lines {
		if !quoted(l) {
			kept = append(kept, strings.TrimRight(l, " \t"))
			continue
		}
		if n := len(kept); n > 0 {
			kept = kept[:n-q.introduction(kept)]
		}
	}
	out := strings.TrimSpace(strings.Join(withoutFooter(kept), "\n"))
	if out == "" {
		return strings.TrimSpace(text)
	}
	for strings.Contains(out, "\n\n\n") {
		out = strings.ReplaceAll(out, "\n\n\n", "\n\n")
	}
	return out
}

func quoted(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " \t"), ">") }

// introduction tells how many of the last lines introduce the quotation that follows: one, or up to three where the line
// was broken; empty lines between count along.
func (q *Quotes) introduction(kept []string) int {
	blank := 0
	for blank < len(kept) && strings.TrimSpace(kept[len(kept)-1-blank]) == "" {
		blank++
	}
	kept = kept[:len(kept)-blank]
	for n := 1; n <= min(3, len(kept)); n++ {
		if kept[len(kept)-n] == "" {
			break
		}
		l := strings.TrimSpace(strings.Join(kept[len(kept)-n:], " "))
		if q.wrote.MatchString(l) {
			return n + blank
		}
	}
	if n := len(kept); n > 0 && strings.HasSuffix(strings.TrimSpace(kept[n-1]), ":") && strings.ContainsAny(kept[n-1], "@<") {
		return 1 + blank
	}
	return 0
}

const (
	// "On Tuesday, Oak Court <office@oak.example> wrote:" in the languages that residents' programs speak.
	wroteForm = `(?i)^(?:on|am|el|le|il|em|op|den|dne)\b.{4,300}\b(?:wrote|schrieb|escribi[oó]|[ée]crit|scritto|escreveu|schreef|skrev|napsal)\b.{0,120}:?$`
	// "-----Original Message-----"
	originalForm = `(?i)^[-_ ]*(?:original message|mensaje original|message d'origine|urspr[üu]ngliche nachricht|messaggio originale|mensagem original|forwarded message|mensaje reenviado)[-_ ]*$`
	// "From: Oak Court" as Outlook writes it over the quoted mail, with "Sent:" soon after.
	fromForm = `(?i)^\*?(?:from|de|von|da)\*?: .+`
	sentForm = `(?i)^\*?(?:sent|date|enviado(?: el)?|fecha|gesendet|datum|envoy[ée]|inviato)\*?: ?.+`
)

// cutAt gives the line from which on everything is the mail before.
func (q *Quotes) cutAt(lines []string) int {
	for i, raw := range lines {
		l := strings.TrimSpace(raw)
		switch {
		case l == "", quoted(l):
		case q.original.MatchString(l):
			return i
		case q.from.MatchString(l) && anyMatch(q.sent, lines, i+1, 3):
			return i
		case len(l) >= 20 && strings.Trim(l, "_") == "" && anyMatch(q.from, lines, i+1, 2):
			return i
		case strings.HasSuffix(l, ":") && strings.Contains(l, "@") && q.wrote.MatchString(l) && !anyQuoted(lines[i+1:]):
			return i // the quoted mail follows without marks
		}
	}
	return len(lines)
}

func anyQuoted(lines []string) bool { return slices.ContainsFunc(lines, quoted) }

func anyMatch(re *regexp.Regexp, lines []string, i, n int) bool {
	for j := i; j < len(lines) && j < i+n; j++ {
		if re.MatchString(strings.TrimSpace(lines[j])) {
			return true
		}
	}
	return false
}

// withoutFooter takes away the signature and what a telephone adds.
func withoutFooter(lines []string) []string {
	for i, l := range lines {
		if l == "--" || l == "-- " {
			lines = lines[:i]
			break
		}
	}
	for len(lines) > 0 {
		l := strings.ToLower(strings.TrimSpace(lines[len(lines)-1]))
		if l != "" && !strings.HasPrefix(l, "sent from my ") && !strings.HasPrefix(l, "enviado desde mi ") && !strings.HasPrefix(l, "get outlook for ") {
			break
		}
		lines = lines[:len(lines)-1]
	}
	return lines
}
