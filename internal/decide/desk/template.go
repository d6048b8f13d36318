package desk

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
	"time"

	"hearth"
)

//go:embed templates/*.yaml
var shipped embed.FS

// Shipped gives the templates that come with Hearth, for Load.
func Shipped() fs.FS {
	sub, err := fs.Sub(shipped, "templates")
	if err != nil {
		return shipped // "templates" is a valid path, so this can't happen
	}
	return sub
}

// Template is one thing that Hearth may say, in one or more languages. It is read from a YAML file and checked
// before it can be used.
type Template struct {
	ID      string       `yaml:"id"`
	Title   string       `yaml:"title"`   // for the team: "Opening the talk about renewal"
	Class   hearth.Class `yaml:"class"`   // what it is for
	Purpose string       `yaml:"purpose"` // "renewal.open": what "was it said?" goes by
	Why     string       `yaml:"why"`     // one or two sentences for the team
	// Window is how long the same purpose is not said again: "30d", "36h". Empty: only the same content is.
	Window string `yaml:"window"`
	// Needs lists the facts without which it can't be said, each with what stands in for it, by language.
	Needs map[string]map[string]string `yaml:"needs"`
	// Languages holds the texts by language; "en" is required.
	Languages map[string]Wording `yaml:"languages"`

	// Version is 0 for a shipped template, and counts those that an operator put in its place.
	Version int `yaml:"-"`

	raw     string // as it was written
	missing bool   // nothing stands by its id
	window  time.Duration
	texts   map[string]*text
	saids   []string        // the facts that reach the resident in any language, sorted, personal ones left out
	wants   map[string]bool // all facts that any of the texts uses
}

// Wording is a template's text in one language.
type Wording struct {
	Subject string `yaml:"subject"`
	Body    string `yaml:"body"`
	// Short is the one or two sentences that stand for it in a digest. A template without it is never merged.
	Short string `yaml:"short"`
}

// Library is a checked set of templates, safe for concurrent use.
type Library struct {
	byID  map[string]*Template
	facts catalog
}

// Load reads every .yaml file at the top of each file system; a later one replaces a template of an earlier one with
// the same id. It fails with CodeInvalid on the first file that does not pass the check, naming file and reason.
func Load(from ...fs.FS) (*Library, error) {
	l := &Library{byID: map[string]*Template{}, facts: newCatalog()}
	for _, f := range from {
		names, err := fs.Glob(f, "*.yaml")
		if err != nil {
			return nil, fmt.Errorf("list templates: %w", err)
		}
		sort.Strings(names)
		for _, name := range names {
			raw, err := fs.ReadFile(f, name)
			if err != nil {
				return nil, fmt.Errorf("read template %s: %w", name, err)
			}
			t, err := l.Parse(raw)
			if err != nil {
				return nil, hearth.Errorf(hearth.CodeInvalid, "Template file %s: %s", path.Base(name), hearth.MessageOf(err))
			}
			l.byID[t.ID] = t
		}
	}
	return l, nil
}

// Parse reads and checks one template without adding it to the library. Errors carry CodeInvalid and a sentence.
func (l *Library) Parse(raw []byte) (*Template, error) {
	t, err := decode(raw)
	if err != nil {
		return nil, hearth.Errorf(hearth.CodeInvalid, "%s.", upperFirst(strings.TrimSuffix(err.Error(), ".")))
	}
	if err := l.Check(t); err != nil {
		return nil, err
	}
	return t, nil
}

// Get gives the template with the id.
func (l *Library) Get(id string) (*Template, bool) {
	t, ok := l.byID[id]
	return t, ok
}

// IDs gives the ids of all templates, sorted.
func (l *Library) IDs() []string {
	ids := make([]string, 0, len(l.byID))
	for id := range l.byID {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	return ids
}

// Text gives the template as it was written, in YAML.
func (t *Template) Text() string { return t.raw }

// Speaks tells whether the template has a text in the language.
func (t *Template) Speaks(lang string) bool { _, ok := t.texts[lang]; return ok }

// yamlWords makes one line of a YAML error, without the library's own prefix.
func yamlWords(err error) string {
	s := strings.TrimPrefix(err.Error(), "yaml: ")
	s = strings.TrimPrefix(s, "unmarshal errors:\n  ")
	return strings.TrimSuffix(strings.Join(strings.Fields(s), " "), ".")
}
