package heard

import (
	"regexp"
	"slices"
	"strings"
)

// rule finds one way of saying something. Its first group is what the value is made of.
type rule struct {
	kind  Kind
	re    pattern
	form  form
	value func(groups []string) (string, float64) // "" for no value; the factor lowers the confidence
	sure  float64
	ended bool
	// next lists the words that may follow, nil for any; not lists those that may not.
	next, not []string
	end       bool // no comma may follow either
}

// form is how a sentence says it: what may stand before it hangs on that.
type form uint8

const (
	statement form = iota // "I work nights"
	request               // "please call after five", "could you text me instead?"
	bare                  // a few words that say it wherever they stand
)

// fact makes a fact of a match, if nothing around it takes it back.
func (x rule) fact(s sentence, m []int, v Voice) (Fact, bool) {
	from, to := m[0]+1, m[1]-1 // without the blanks around
	before, after := clause(s.norm[:from], true), clause(s.norm[to:], false)
	if !x.stands(s, before, after, s.norm[from:to], v) || !x.follows(s.norm[to:]) {
		return Fact{}, false
	}
	groups := make([]string, len(m)/2)
	for i := range groups {
		if m[2*i] >= 0 {
			groups[i] = s.norm[m[2*i]:m[2*i+1]]
		}
	}
	value, factor := x.value(groups)
	if x.kind == Name && value != "" {
		value = s.nameAt(m[2], m[3])
		if len(m) > 4 && s.nameAt(m[4], m[5]) == "" { // "Bob, not Robert"
			return Fact{}, false
		}
	}
	if value == "" {
		return Fact{}, false
	}
	f := Fact{Kind: x.kind, Value: value, Ended: x.ended, Confidence: x.sure * factor}
	if v == Note {
		f.Confidence -= 0.05
	}
	f.From, f.To = s.span(from, to)
	f.Words = s.text[f.From:f.To]
	return f, true
}

// clause gives the part of a sentence next to a match, up to the nearest mark.
func clause(part string, before bool) string {
	if before {
		return " " + strings.TrimSpace(part[strings.LastIndexByte(part, ',')+1:]) + " "
	}
	if i := strings.IndexByte(part, ','); i >= 0 {
		part = part[:i]
	}
	return " " + strings.TrimSpace(part) + " "
}

// stands tells whether the match says it of the resident, for good, and as a fact or a wish of theirs.
func (x rule) stands(s sentence, before, after, match string, v Voice) bool {
	whole := before + match + after
	if x.kind != Pets && x.kind != Name && x.kind != Language && !x.ended && hasAny(whole, passing()) {
		return false
	}
	if hasAny(before, hearsay()) {
		return false
	}
	last := strings.TrimSpace(after) == "" && !strings.Contains(s.norm[strings.LastIndex(s.norm, match)+len(match):], ",")
	switch x.form {
	case request:
		return x.asks(s, before, last)
	case bare:
		return !s.question && !hasAny(before, doubt())
	}
	if hasAny(before, doubt()) || s.question && (last || hasAny(before, []string{"is", "are", "was", "were", "has", "have"})) {
		return false
	}
	if v == Note { // without a subject only the beginning of a clause speaks of the resident
		return starts(before, noteLead())
	}
	return true
}

// asks tells whether what stands before a request leaves it one: "please", "could you", nothing.
func (x rule) asks(s sentence, before string, last bool) bool {
	asked := hasAny(before, []string{"can you", "could you", "would you", "will you"})
	if !asked && (s.question && last || hasAny(before, []string{"do", "does", "did", "why", "how", "who", "what", "where", "are", "is", "was", "were", "should i", "should we"})) {
		return false
	}
	if hasAny(before, []string{"not", "never", "nobody", "no one", "no"}) {
		return false
	}
	return starts(before, requestLead())
}

// starts tells whether the words before a match are none, or end with one of the leads.
func starts(before string, leads []string) bool {
	b := strings.TrimSpace(before)
	if b == "" {
		return true
	}
	for _, l := range leads {
		if b == l || strings.HasSuffix(b, " "+l) {
			return true
		}
	}
	return false
}

func hasAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, " "+w+" ") {
			return true
		}
	}
	return false
}

// follows tells whether the next word lets the match be what it seems.
func (x rule) follows(rest string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if x.next != nil {
		return word == "" || word == "," && !x.end || hasAny(" "+strings.Join(x.next, " ")+" ", []string{word})
	}
	for _, w := range x.not {
		if strings.HasPrefix(strings.TrimSpace(rest)+" ", w+" ") {
			return false
		}
	}
	return true
}

// hearsay are words after which somebody else speaks, or is spoken of.
func hearsay() []string {
	return []string{"said", "says", "told", "tells", "claims", "claimed", "heard", "neighbor", "neighbors", "neighbour", "neighbours", "friend", "friends", "roommate",
		"somebody", "someone", "anyone", "whoever", "people who", "upstairs", "downstairs", "guest", "visitor", "dijo", "dice", "vecino", "vecina", "amigo", "amiga", "landlord", "previous",
		"ex", "coworker", "boss", "technician", "plumber", "manager", "super", "sign", "letter says", "lease says"}
}

// doubt are words that make a statement a wish, a question, a condition or the past.
func doubt() []string {
	return []string{"if", "when", "whether", "unless", "maybe", "perhaps", "might", "may", "can", "could", "should", "would", "will", "wish", "hope", "hoping", "want", "wanted", "want to",
		"thinking", "think", "plan", "planning", "going to", "looking", "used to", "not", "never", "do", "does", "did", "how", "why", "what", "where", "as if", "suppose", "imagine",
		"pretend", "allowed to", "allow", "ask", "asked", "wonder", "wondering", "once", "before", "until", "dreamed", "almost", "joking", "kidding", "soon", "like", "assume", "assumed",
		"thought", "guess", "si", "cuando", "quiza", "quizas", "puedo", "podemos", "quiero", "queremos", "no", "nunca", "antes", "que", "cuyo"}
}

// passing are words that make a wish one for this time only.
func passing() []string {
	return []string{"today", "tonight", "tomorrow", "yesterday", "this week", "this weekend", "this morning", "this afternoon", "this evening", "this month", "this time", "next week",
		"next month", "next time", "last night", "last week", "right away", "right now", "asap", "for now", "temporarily", "until further", "until monday", "until friday", "just once", "on monday", "on tuesday",
		"on wednesday", "on thursday", "on friday", "on saturday", "on sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "starting", "about this", "about that",
		"about the", "regarding", "hoy", "manana", "esta semana", "esta noche", "ayer", "lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"}
}

// requestLead are the words right after which an imperative is a request to us.
func requestLead() []string {
	return []string{"please", "and", "so", "but", "or", "also", "just", "only", "always", "kindly", "then", "hi", "hello", "hey", "thanks", "thank you", "if you", "better", "again",
		"por favor", "favor", "y", "pero", "solo", "mejor", "siempre", "from now on", "you can", "you may", "you could", "you should", "can you please", "could you please", "would you please",
		"could you", "can you", "would you", "will you", "in future", "in general", "would be great", "now on", "should", "ok", "okay", "remember to", "sure to", "us to", "asked to", "prefer to", "you to", "best to", "easier to", "easiest to", "need to"}
}

// noteLead are the words right after which a note goes on about the resident.
func noteLead() []string {
	return []string{"and", "but", "also", "now", "so", "still", "resident", "the resident", "she", "he", "they", "says", "said", "that", "tenant", "who", "usually", "mostly", "currently", "just"}
}

// group is rules that need certain words: without one of each list none of them can match, and looking for words costs a
// hundredth of matching.
type group struct {
	need  [][]string
	rules []rule
}

func (g group) possible(s sentence) bool {
	for _, list := range g.need {
		if !slices.ContainsFunc(list, func(w string) bool { return strings.Contains(s.norm, w) }) {
			return false
		}
	}
	return true
}

// maker collects the rules of a voice. In its expressions {I} is who is spoken of, {me} whom one calls.
type maker struct {
	voice  Voice
	clock  clock
	groups []group
}

// of begins a group whose rules need a word of each list.
func (m *maker) of(need ...string) {
	g := group{}
	for _, list := range need {
		g.need = append(g.need, strings.Split(list, "|"))
	}
	m.groups = append(m.groups, g)
}

func allRules(v Voice) []group {
	m := &maker{voice: v, clock: newClock()}
	m.channels()
	m.times()
	m.door()
	m.life()
	m.pets()
	m.names()
	if v == Own {
		m.spanish()
	}
	return m.groups
}

func (m *maker) add(x rule, expr string) {
	subject, me := `(?:i|we)`, `(?: me| us)?`
	if m.voice == Note {
		subject, me = `(?:(?:the resident|resident|the tenant|tenant|she|he|they) )??`, `(?: her| him| them| resident)?`
	}
	if m.voice == Note {
		expr = strings.ReplaceAll(expr, "{I} ", subject)
	}
	expr = strings.NewReplacer("{I}", subject, "{me}", me).Replace(expr)
	x.re = regexp.MustCompile(` (?:` + expr + `) `)
	g := &m.groups[len(m.groups)-1]
	g.rules = append(g.rules, x)
}

// always gives one value whatever the words.
func always(value string) func([]string) (string, float64) {
	return func([]string) (string, float64) { return value, 1 }
}

// within reads the first group as a stretch of the day.
func (m *maker) within(inverted bool) func([]string) (string, float64) {
	c := m.clock
	return func(groups []string) (string, float64) {
		value, sure, ok := c.window(groups[1], inverted)
		switch {
		case !ok:
			return "", 0
		case !sure:
			return value, 0.8
		}
		return value, 1
	}
}

// nameAt gives the name that stands between two places of the normal form, "" if it is not written like one.
func (s sentence) nameAt(from, to int) string {
	var parts []string
	for _, w := range s.words {
		if w.norm < from || w.norm >= to {
			continue
		}
		word := s.text[w.from:w.to]
		if !titled(word) || noName(plain(word)) {
			break
		}
		parts = append(parts, word)
	}
	return strings.Join(parts, " ")
}
