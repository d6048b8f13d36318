package desk

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/osteele/liquid"

	"hearth"
)

// text is one language's compiled wording.
type text struct {
	subject, body, short *liquid.Template
	names                bool     // it says who the resident is
	situation            []string // the facts of the resident's situation that it says
}

// Check compiles a template and refuses, with CodeInvalid and a sentence for its author, whatever could go wrong at
// the resident: a name or tag outside of the language, a fact that may be missing and has nothing to stand in for
// it, and a text that knows a name and nothing else.
func (l *Library) Check(t *Template) error {
	if found := l.findings(t); len(found) > 0 {
		return t.refused(found[0])
	}
	return nil
}

// findings compiles a template and gives all that is wrong with it, as far as each part could be read.
func (l *Library) findings(t *Template) []Finding {
	found := t.checkHead()
	for _, name := range sortedKeys(t.Needs) {
		if _, ok := l.facts[name]; !ok {
			found = append(found, finding("needs names %q, which templates can't say%s", name, nearWords(l.facts.nearest(name))))
		}
		for _, lang := range sortedKeys(t.Needs[name]) {
			if _, ok := t.Languages[lang]; !ok {
				found = append(found, finding("%q has a stand-in in %q, a language without a text; write one or take the stand-in out", name, lang))
			}
		}
	}
	t.texts, t.wants = map[string]*text{}, map[string]bool{}
	for name := range t.Needs {
		t.wants[name] = true
	}
	said := map[string]bool{}
	for _, lang := range sortedKeys(t.Languages) {
		compiled, uses, wrong := l.compile(t, lang, t.Languages[lang])
		found = append(found, wrong...)
		t.texts[lang] = compiled
		for _, u := range uses {
			if !personal(u.name) {
				said[u.name] = true
			}
		}
	}
	t.saids = sortedKeys(said)
	return found
}

// checkHead checks everything but the texts.
func (t *Template) checkHead() []Finding {
	var found []Finding
	no := func(format string, args ...any) { found = append(found, finding(format, args...)) }
	if !regexp.MustCompile(`^[a-z][a-z0-9-]{1,60}$`).MatchString(t.ID) {
		no("the id %q is not of the form renewal-open", t.ID)
	}
	if t.Title == "" || t.Why == "" {
		no("it needs a title and a why, for the team")
	}
	if !t.Class.Valid() {
		no("there is no message class %q; the classes are %s", t.Class, classList())
	}
	if !regexp.MustCompile(`^[a-z][a-z0-9._-]{1,60}$`).MatchString(t.Purpose) {
		no("the purpose %q is not of the form renewal.open", t.Purpose)
	}
	if len(t.Languages) == 0 || t.Languages[english].Body == "" {
		no("it has no English text (languages: en:)")
	}
	var err error
	if t.window, err = parseWindow(t.Window); err != nil {
		no("the window %q is not of the form 30d or 36h", t.Window)
	}
	return found
}

func classList() string {
	var names []string
	for _, c := range hearth.Classes() {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

// Refused says which template was refused, where in it, and why, each apart: whoever wrote its words somewhere else (a broadcast) never saw
// the name of the template.
type Refused struct {
	Template string
	Field    string // "languages.en.body"; "" for the template as a whole
	Sentence string // whole, without the template's name
}

// Error gives the sentence with the template's name.
func (r *Refused) Error() string { return "template " + r.Template + ": " + r.Sentence }

func (t *Template) refused(f Finding) error {
	r := &Refused{Template: t.ID, Sentence: upperFirst(f.String())}
	if f.Language != "" {
		r.Field = strings.TrimSuffix("languages."+f.Language+"."+f.Part, ".")
	}
	return &hearth.Error{Code: hearth.CodeInvalid, Message: "Template " + t.ID + ": " + f.String(), Field: r.Field, Err: r}
}

// compile examines and compiles the three texts of a language, and gives what is wrong with them.
func (l *Library) compile(t *Template, lang string, w Wording) (*text, []use, []Finding) {
	var found []Finding
	if !languagePattern().MatchString(lang) {
		found = append(found, finding("%q is no language; use its two letters, like en or es", lang))
	}
	if w.Subject == "" || w.Body == "" {
		found = append(found, finding("its %q text needs a subject and a body", lang))
	}
	if strings.ContainsAny(w.Subject, "\r\n") {
		found = append(found, finding("its %q subject has more than one line", lang))
	}
	engine, out := newEngine(), &text{}
	var uses []use
	for _, part := range []struct {
		name, source string
		into         **liquid.Template
	}{{"subject", w.Subject, &out.subject}, {"body", w.Body, &out.body}, {"short", w.Short, &out.short}} {
		if part.source == "" {
			continue
		}
		shape, err := examine(l.facts, part.source)
		if err != nil {
			found = append(found, faultAt(lang, part.name, err))
			continue
		}
		compiled, cerr := engine.ParseString(part.source)
		if cerr != nil {
			found = append(found, Finding{Language: lang, Part: part.name, Says: cerr.Error()})
			continue
		}
		*part.into = compiled
		for name := range shape.tests {
			t.wants[name] = true
		}
		for i := range shape.says {
			shape.says[i].part = part.name
			t.wants[shape.says[i].name] = true
		}
		found = append(found, l.checkUses(t, lang, part.name, shape)...)
		uses = append(uses, shape.says...)
	}
	if len(found) == 0 {
		found = out.weigh(l, lang, uses)
	}
	return out, uses, found
}

func languagePattern() *regexp.Regexp { return regexp.MustCompile(`^[a-z]{2,3}$`) }

// checkUses makes sure that no blank can appear: what is said is always there, is needed, or is asked for first.
func (l *Library) checkUses(t *Template, lang, part string, shape shape) []Finding {
	var found []Finding
	for _, u := range shape.says {
		_, needed := t.Needs[u.name]
		if !needed && !l.facts[u.name].Always && !u.guards[u.name] {
			found = append(found, Finding{Language: lang, Part: part, Line: u.line, Says: fmt.Sprintf(
				"it says %q, which may be missing; list it under needs, or ask with {%% if %s %%}", u.name, u.name)})
		}
	}
	return found
}

// weigh refuses empty personalization: a text that says who the resident is has to say something of their situation
// as well. A plainly general text without a name is fine.
func (out *text) weigh(l *Library, lang string, uses []use) []Finding {
	seen := map[string]bool{}
	var name use
	for _, u := range uses {
		if personal(u.name) && !out.names {
			out.names, name = true, u
		}
		if l.facts[u.name].Situation {
			seen[u.name] = true
		}
	}
	out.situation = sortedKeys(seen)
	if !out.names || len(out.situation) > 0 {
		return nil
	}
	return []Finding{{Language: lang, Part: name.part, Line: name.line, Says: fmt.Sprintf("it says {{ %s }}, but the text knows the resident's name and "+
		"nothing of their situation. Say what this is about for them (for example event.matter or lease.end), or leave the name out and be plainly general", name.name)}}
}

// parseWindow reads "30d" or "36h"; empty is none.
func parseWindow(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	switch {
	case err != nil || n < 0 || n > 10_000:
		return 0, fmt.Errorf("window %q", s)
	case strings.HasSuffix(s, "d"):
		return time.Duration(n) * 24 * time.Hour, nil
	case strings.HasSuffix(s, "h"):
		return time.Duration(n) * time.Hour, nil
	}
	return 0, fmt.Errorf("window %q", s)
}

// newEngine makes the Liquid engine with our own filters in place of its own: theirs compile a pattern at each call, and
// cut texts within a word.
func newEngine() *liquid.Engine {
	e := liquid.NewEngine()
	e.RegisterFilter("truncate", func(s string, n int) string { return cutAtWord(s, n) })
	e.RegisterFilter("capitalize", func(s string) string {
		first, size := utf8.DecodeRuneInString(s)
		if size == 0 {
			return ""
		}
		return string(unicode.ToUpper(first)) + s[size:]
	})
	return e
}

// filterArgs gives the filters of the language with how many whole numbers each takes.
func filterArgs() map[string]int {
	return map[string]int{"capitalize": 0, "downcase": 0, "strip": 0, "truncate": 1}
}

func filterNames() []string { return sortedKeys(filterArgs()) }

func nearWords(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("; the nearest fact is %q", name)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
