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
	if err := t.checkHead(); err != nil {
		return err
	}
	for name, fallback := range t.Needs {
		if _, ok := l.facts[name]; !ok {
			return t.errorf("templates can't say %q, which needs names%s", name, nearWords(l.facts.nearest(name)))
		}
		for lang := range fallback {
			if _, ok := t.Languages[lang]; !ok {
				return t.errorf("%q has a stand-in in %q, a language without a text", name, lang)
			}
		}
	}
	t.texts, t.wants = map[string]*text{}, map[string]bool{}
	for name := range t.Needs {
		t.wants[name] = true
	}
	said := map[string]bool{}
	for _, lang := range sortedKeys(t.Languages) {
		compiled, uses, err := l.compile(t, lang, t.Languages[lang])
		if err != nil {
			return err
		}
		t.texts[lang] = compiled
		for _, u := range uses {
			if !personal(u.name) {
				said[u.name] = true
			}
		}
	}
	t.saids = sortedKeys(said)
	return nil
}

// checkHead checks everything but the texts.
func (t *Template) checkHead() error {
	switch {
	case !regexp.MustCompile(`^[a-z][a-z0-9-]{1,60}$`).MatchString(t.ID):
		return hearth.Errorf(hearth.CodeInvalid, "The id %q is not of the form renewal-open.", t.ID)
	case t.Title == "" || t.Why == "":
		return t.errorf("it needs a title and a why, for the team")
	case !t.Class.Valid():
		return t.errorf("there is no message class %q", t.Class)
	case !regexp.MustCompile(`^[a-z][a-z0-9._-]{1,60}$`).MatchString(t.Purpose):
		return t.errorf("the purpose %q is not of the form renewal.open", t.Purpose)
	case len(t.Languages) == 0 || t.Languages[english].Body == "":
		return t.errorf("it has no English text (languages: en:)")
	}
	var err error
	if t.window, err = parseWindow(t.Window); err != nil {
		return t.errorf("the window %q is not of the form 30d or 36h", t.Window)
	}
	return nil
}

func (t *Template) errorf(format string, args ...any) error {
	return hearth.Errorf(hearth.CodeInvalid, "Template %s: %s.", t.ID, fmt.Sprintf(format, args...))
}

// compile examines and compiles the three texts of a language.
func (l *Library) compile(t *Template, lang string, w Wording) (*text, []use, error) {
	if w.Subject == "" || w.Body == "" {
		return nil, nil, t.errorf("its %q text needs a subject and a body", lang)
	}
	if strings.ContainsAny(w.Subject, "\r\n") {
		return nil, nil, t.errorf("its %q subject has more than one line", lang)
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
		found, err := examine(l.facts, part.source)
		if err != nil {
			return nil, nil, t.errorf("%s %s, %v", lang, part.name, err)
		}
		compiled, cerr := engine.ParseString(part.source)
		if cerr != nil {
			return nil, nil, t.errorf("%s %s: %v", lang, part.name, cerr)
		}
		*part.into = compiled
		for name := range found.tests {
			t.wants[name] = true
		}
		for _, u := range found.says {
			t.wants[u.name] = true
		}
		if err := l.checkUses(t, lang, part.name, found); err != nil {
			return nil, nil, err
		}
		uses = append(uses, found.says...)
	}
	if err := out.weigh(l, t, lang, uses); err != nil {
		return nil, nil, err
	}
	return out, uses, nil
}

// checkUses makes sure that no blank can appear: what is said is always there, is needed, or is asked for first.
func (l *Library) checkUses(t *Template, lang, part string, found shape) error {
	for _, u := range found.says {
		_, needed := t.Needs[u.name]
		if !needed && !l.facts[u.name].Always && !u.guards[u.name] {
			return t.errorf("%s %s says %q, which may be missing; list it under needs, or ask with {%% if %s %%}",
				lang, part, u.name, u.name)
		}
	}
	return nil
}

// weigh refuses empty personalization: a text that says who the resident is has to say something of their situation
// as well. A plainly general text without a name is fine.
func (out *text) weigh(l *Library, t *Template, lang string, uses []use) error {
	seen := map[string]bool{}
	for _, u := range uses {
		if personal(u.name) {
			out.names = true
		}
		if l.facts[u.name].Situation {
			seen[u.name] = true
		}
	}
	out.situation = sortedKeys(seen)
	if out.names && len(out.situation) == 0 {
		return t.errorf("its %q text knows the resident's name and nothing of their situation. Say what this is about "+
			"for them (for example event.matter or lease.end), or leave the name out and be plainly general", lang)
	}
	return nil
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
