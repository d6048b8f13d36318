package desk

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The language of templates is a small part of Liquid: {{ fact | filter }}, if/elsif/else, case/when/else and
// "for x in list". This file reads a text and refuses everything else before the Liquid engine sees it, so that no
// tag that reads files, sets variables or counts to a billion is ever compiled.

const (
	maxSource  = 8000     // characters of one text
	maxFile    = 64 << 10 // bytes of a whole template
	maxNesting = 4        // blocks within blocks
	maxList    = 20       // lines of a list fact that are rendered
	// maxLength is how many characters a text may come to with the longest facts: whoever writes one cannot make it cost more
	// than that to render, send or keep.
	maxLength = 32_000
)

// use is one place where a text says a fact.
type use struct {
	name string
	line int    // within its part, from 1
	part string // subject, body or short
	// guards are the facts that are known to be there: the plain conditions of the blocks around it.
	guards map[string]bool
}

// shape is what a text turned out to use.
type shape struct {
	says  []use           // facts in {{ }} or in a loop: their values reach the resident
	tests map[string]bool // facts in conditions: they steer the text
}

type syntax struct {
	facts  catalog
	text   string
	line   int
	blocks []block
	shape  shape
	length int // in characters, at most, of what was read so far
}

// block is an open if, case or for.
type block struct {
	tag    string
	line   int
	loop   string // the variable of a for
	over   string // the list of a for
	guards []string
	closed bool // an else was seen
}

//nolint:gochecknoglobals // compiled once, never changed: each text that is read or previewed holds dozens of actions
var (
	actionForm = regexp.MustCompile(`\{\{-?[ \t]*([^{}\n]*?)[ \t]*-?\}\}|\{%-?[ \t]*([^{}%\n]*?)[ \t]*-?%\}`)
	wordForm   = regexp.MustCompile(`^(?:([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)|("[^"\\]*"|'[^'\\]*'|[0-9]{1,9}(?:\.[0-9]{1,9})?)|` +
		`(==|!=|<=|>=|<|>)|([|:,]))[ \t]*`)
)

// examine reads a text, refuses what is not in the language, and tells what the text uses.
func examine(facts catalog, text string) (shape, error) {
	if len(text) > maxSource {
		return shape{}, fmt.Errorf("the text is longer than %d characters", maxSource)
	}
	s := &syntax{facts: facts, text: text, line: 1, shape: shape{tests: map[string]bool{}}}
	at := 0
	for _, m := range actionForm.FindAllStringSubmatchIndex(text, -1) {
		if err := s.plain(text[at:m[0]]); err != nil {
			return shape{}, err
		}
		var err error
		if m[2] >= 0 {
			err = s.output(text[m[2]:m[3]])
		} else {
			err = s.tag(text[m[4]:m[5]])
		}
		if err != nil {
			return shape{}, err
		}
		at = m[1]
	}
	if err := s.plain(text[at:]); err != nil {
		return shape{}, err
	}
	if s.length > maxLength {
		return shape{}, fmt.Errorf("with the longest facts this could come to %d characters, and %d is the most; say fewer facts, above all in the loop", s.length, maxLength)
	}
	if len(s.blocks) > 0 {
		b := s.blocks[len(s.blocks)-1]
		return shape{}, &fault{b.line, fmt.Sprintf("{%% %s %%} has no {%% end%s %%}", b.tag, b.tag)}
	}
	return s.shape, nil
}

// plain refuses braces that only look like an action: the engine would print them.
func (s *syntax) plain(text string) error {
	for _, mark := range []string{"{{", "}}", "{%", "%}"} {
		if i := strings.Index(text, mark); i >= 0 {
			return &fault{s.line + strings.Count(text[:i], "\n"), fmt.Sprintf("%q is not closed, or what is in it is not allowed", mark)}
		}
	}
	s.line += strings.Count(text, "\n")
	s.grow(utf8.RuneCountInString(text))
	return nil
}

// grow counts what is put out here, as often as the loop around it runs at most.
func (s *syntax) grow(n int) {
	for _, b := range s.blocks {
		if b.loop != "" {
			n *= maxList
		}
	}
	s.length += n
}

func (s *syntax) errorf(format string, args ...any) error {
	return &fault{s.line, fmt.Sprintf(format, args...)}
}

// output reads "fact | filter: argument".
func (s *syntax) output(src string) error {
	words, err := split(src)
	if err != nil {
		return s.errorf("%v", err)
	}
	if len(words) == 0 {
		return s.errorf("{{ }} is empty")
	}
	if words[0].kind != wordName {
		return s.errorf("{{ %s }} has to begin with a fact", src)
	}
	if err := s.say(words[0].text, false); err != nil {
		return err
	}
	s.grow(maxFact + 1)
	return s.filters(words[1:])
}

// filters reads the part after a fact: "| name", "| name: number".
func (s *syntax) filters(words []word) error {
	allowed := filterArgs()
	for len(words) > 0 {
		if words[0].text != "|" || len(words) < 2 || words[1].kind != wordName {
			return s.errorf("%q is not expected here; a filter follows after |", words[0].text)
		}
		name := words[1].text
		want, ok := allowed[name]
		if !ok {
			return s.errorf("there is no filter %q; the filters are %s", name, strings.Join(filterNames(), ", "))
		}
		words = words[2:]
		n := 0
		for len(words) > 0 && (n == 0 && words[0].text == ":" || n > 0 && words[0].text == ",") {
			if len(words) < 2 || words[1].kind != wordLiteral || strings.ContainsAny(words[1].text, `"'.`) {
				return s.errorf("the filter %q takes whole numbers", name)
			}
			n++
			words = words[2:]
		}
		if n != want {
			return s.errorf("the filter %q takes %s, not %d", name, countWords(want, "number"), n)
		}
	}
	return nil
}

// say records that a fact's value reaches the resident.
func (s *syntax) say(name string, asList bool) error {
	for _, b := range s.blocks {
		if b.loop != "" && b.loop == name {
			return nil
		}
	}
	f, err := s.fact(name)
	if err != nil {
		return err
	}
	if f.List != asList {
		if asList {
			return s.errorf("%q is not a list, so no loop can run over it", name)
		}
		return s.errorf("%q is a list; use {%% for line in %s %%}", name, name)
	}
	guards := map[string]bool{}
	for _, b := range s.blocks {
		for _, g := range b.guards {
			guards[g] = true
		}
	}
	s.shape.says = append(s.shape.says, use{name: name, line: s.line, guards: guards})
	return nil
}

func (s *syntax) fact(name string) (Fact, error) {
	f, ok := s.facts[name]
	if ok {
		return f, nil
	}
	if near := s.facts.nearest(name); near != "" {
		return f, s.errorf("templates can't say %q; the nearest fact is %q", name, near)
	}
	return f, s.errorf("templates can't say %q", name)
}

// tag reads one {% %}.
func (s *syntax) tag(src string) error {
	words, err := split(src)
	if err != nil {
		return s.errorf("%v", err)
	}
	if len(words) == 0 {
		return s.errorf("{%% %%} is empty")
	}
	name, rest := words[0].text, words[1:]
	switch name {
	case "if":
		return s.open(block{tag: "if"}, rest, s.condition)
	case "case":
		return s.open(block{tag: "case"}, rest, s.subject)
	case "for":
		return s.loop(rest)
	case "elsif", "else", "when":
		return s.clause(name, rest)
	case "endif", "endcase", "endfor":
		return s.end(strings.TrimPrefix(name, "end"), rest)
	}
	return s.errorf("{%% %s %%} is not allowed; use if, case or for", name)
}

// open starts a block; read gives the guards that its condition establishes.
func (s *syntax) open(b block, rest []word, read func([]word) ([]string, error)) error {
	if len(s.blocks) == maxNesting {
		return s.errorf("blocks are nested more than %d deep", maxNesting)
	}
	guards, err := read(rest)
	if err != nil {
		return err
	}
	b.line, b.guards = s.line, guards
	s.blocks = append(s.blocks, b)
	return nil
}

// loop reads "for x in list". One list within another is refused: the length of a text stays bounded.
func (s *syntax) loop(rest []word) error {
	if len(rest) != 3 || rest[0].kind != wordName || rest[1].text != "in" || rest[2].kind != wordName {
		return s.errorf("a loop reads {%% for line in list %%}")
	}
	name, list := rest[0].text, rest[2].text
	if strings.Contains(name, ".") {
		return s.errorf("the name of a loop's line has no dot")
	}
	for f := range s.facts {
		if root, _, _ := strings.Cut(f, "."); root == name || name == "forloop" {
			return s.errorf("the name %q is taken", name)
		}
	}
	for _, b := range s.blocks {
		if b.tag == "for" {
			return s.errorf("a loop inside a loop is not allowed")
		}
	}
	if err := s.say(list, true); err != nil {
		return err
	}
	return s.open(block{tag: "for", loop: name, over: list}, nil,
		func([]word) ([]string, error) { return nil, nil })
}

// clause reads elsif, else and when, which end the guards of the part before.
func (s *syntax) clause(name string, rest []word) error {
	if len(s.blocks) == 0 {
		return s.errorf("{%% %s %%} stands outside of a block", name)
	}
	b := &s.blocks[len(s.blocks)-1]
	fits := name == "else" && b.tag != "for" || name == "elsif" && b.tag == "if" || name == "when" && b.tag == "case"
	if !fits || b.closed {
		return s.errorf("{%% %s %%} does not belong here", name)
	}
	b.guards = nil
	switch name {
	case "else":
		b.closed = true
		if len(rest) > 0 {
			return s.errorf("{%% else %%} takes nothing")
		}
		return nil
	case "when":
		return s.literals(rest)
	}
	guards, err := s.condition(rest)
	b.guards = guards
	return err
}

func (s *syntax) end(tag string, rest []word) error {
	if len(s.blocks) == 0 || s.blocks[len(s.blocks)-1].tag != tag || len(rest) > 0 {
		return s.errorf("{%% end%s %%} does not belong here", tag)
	}
	s.blocks = s.blocks[:len(s.blocks)-1]
	return nil
}

// subject reads the fact of a case.
func (s *syntax) subject(words []word) ([]string, error) {
	if len(words) != 1 || words[0].kind != wordName {
		return nil, s.errorf("a case reads {%% case fact %%}")
	}
	f, err := s.fact(words[0].text)
	if err != nil {
		return nil, err
	}
	if f.Tag.Refused() {
		return nil, s.decidedBy(f)
	}
	s.shape.tests[f.Name] = true
	return nil, nil
}

// decidedBy refuses a text that says one thing to some people and another to others by what they are.
func (s *syntax) decidedBy(f Fact) error {
	return s.errorf("%q may be said, and asked for whether it is there, but what it is decides nothing: it stands in for what fair-housing law protects", f.Name)
}

func (s *syntax) literals(words []word) error {
	for i, w := range words {
		if i%2 == 0 && w.kind != wordLiteral || i%2 == 1 && w.text != "," {
			return s.errorf("{%% when %%} takes texts or numbers with commas between them")
		}
	}
	if len(words)%2 == 0 {
		return s.errorf("{%% when %%} takes texts or numbers with commas between them")
	}
	return nil
}

// condition reads "fact", "fact == literal", joined by and / or. Where all is joined by "and", the plain facts and
// the compared ones are known to be there inside the block.
func (s *syntax) condition(words []word) ([]string, error) {
	var guards []string
	for either := false; ; {
		name, present, rest, err := s.comparison(words)
		if err != nil {
			return nil, err
		}
		s.shape.tests[name] = true
		if present {
			guards = append(guards, name)
		}
		if len(rest) == 0 {
			if either {
				guards = nil
			}
			return guards, nil
		}
		if rest[0].text != "and" && rest[0].text != "or" {
			return nil, s.errorf("%q is not expected in a condition", rest[0].text)
		}
		either = either || rest[0].text == "or"
		words = rest[1:]
	}
}

// comparison reads one fact, alone or compared with a literal. present tells that it holds only when the fact is there.
func (s *syntax) comparison(words []word) (name string, present bool, rest []word, err error) {
	if len(words) == 0 || words[0].kind != wordName {
		return "", false, nil, s.errorf("a condition names a fact, alone or compared with a text or a number")
	}
	name, rest = words[0].text, words[1:]
	f, err := s.fact(name)
	if err != nil {
		return "", false, nil, err
	}
	if len(rest) == 0 || rest[0].kind != wordOperator {
		return name, true, rest, nil
	}
	if f.Tag.Refused() {
		return "", false, nil, s.decidedBy(f)
	}
	if len(rest) < 2 || rest[1].kind != wordLiteral {
		return "", false, nil, s.errorf("%q is compared with something that is not a text or a number", name)
	}
	return name, rest[0].text != "!=", rest[2:], nil
}

type wordKind int

const (
	wordName wordKind = iota
	wordLiteral
	wordOperator
	wordMark
)

type word struct {
	kind wordKind
	text string
}

// split cuts the inside of an action into words. Anything that is none (brackets, ranges, quotes within quotes) is
// an error.
func split(src string) ([]word, error) {
	var words []word
	for src = strings.TrimSpace(src); src != ""; {
		m := wordForm.FindStringSubmatch(src)
		if m == nil {
			return nil, fmt.Errorf("can't read %q", src)
		}
		for kind, text := range m[1:] {
			if text != "" {
				words = append(words, word{wordKind(kind), text})
			}
		}
		src = src[len(m[0]):]
	}
	return words, nil
}
