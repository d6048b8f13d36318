package desk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Finding is one thing that is wrong with a template: where it stands, and what to do about it.
type Finding struct {
	Language string // "": it is about the template as a whole
	Part     string // subject, body or short
	Line     int    // within the part, from 1; 0: about all of it
	FileLine int    // of the file, from 1; 0 where that can't be told
	Says     string // without a full stop
}

// String gives the finding as a sentence: "en body, line 3: it says …".
func (f Finding) String() string {
	var where []string
	if f.Language != "" {
		where = append(where, strings.TrimSpace(f.Language+" "+f.Part))
	}
	if f.Line > 0 {
		where = append(where, fmt.Sprintf("line %d", f.Line))
	}
	if len(where) == 0 {
		return f.Says + "."
	}
	return strings.Join(where, ", ") + ": " + f.Says + "."
}

func finding(format string, args ...any) Finding { return Finding{Says: fmt.Sprintf(format, args...)} }

// fault is what is wrong on a line of a text.
type fault struct {
	line int
	says string
}

// Error says it with its line.
func (f *fault) Error() string { return fmt.Sprintf("line %d: %s", f.line, f.says) }

// faultAt makes a finding of what examine refused.
func faultAt(lang, part string, err error) Finding {
	f := Finding{Language: lang, Part: part, Says: err.Error()}
	if at := (*fault)(nil); errors.As(err, &at) {
		f.Line, f.Says = at.line, at.says
	}
	return f
}

// Examine reads a template and gives all that is wrong with it, with the lines of its file where they can be told. The
// template is nil when it could not be read at all; with nothing found it is ready for use.
func (l *Library) Examine(raw []byte) (*Template, []Finding) {
	t, err := decode(raw)
	if err != nil {
		return nil, []Finding{{Says: strings.TrimSuffix(err.Error(), ".")}}
	}
	found := append(t.tooLong(), l.findings(t)...)
	lines := partLines(raw)
	for i := range found {
		if at, ok := lines[found[i].Language+" "+found[i].Part]; ok && found[i].Line > 0 {
			found[i].FileLine = at + found[i].Line - 1
		}
	}
	return t, found
}

// MostTitle bounds what the team calls a template, in letters. Lists and the composer show it on one line.
const MostTitle = 80

// tooLong refuses a title that no list has room for. It is asked of what somebody writes, and not of what is stored: a text that was taken
// once goes on being said.
func (t *Template) tooLong() []Finding {
	if n := utf8.RuneCountInString(t.Title); n > MostTitle {
		return []Finding{finding("the title has %d letters, and %d are the most; say the rest in why", n, MostTitle)}
	}
	return nil
}

// decode reads the YAML of one template and nothing behind it.
func decode(raw []byte) (*Template, error) {
	if len(raw) > maxFile {
		return nil, fmt.Errorf("a template has at most %d bytes", maxFile)
	}
	t := &Template{raw: string(raw)}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(t); err != nil {
		return nil, fmt.Errorf("this is not a template: %s", yamlWords(err))
	}
	if err := dec.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("one file holds one template; this one has something after it")
	}
	return t, nil
}

// partLines gives the line of the file on which each part's first line stands, by language and part. Texts that YAML
// folds or escapes are left out: their lines are not those of the file.
func partLines(raw []byte) map[string]int {
	out := map[string]int{}
	var doc yaml.Node
	if yaml.Unmarshal(raw, &doc) != nil || len(doc.Content) == 0 {
		return out
	}
	eachKey(doc.Content[0], func(key string, all *yaml.Node) {
		if key != "languages" {
			return
		}
		eachKey(all, func(lang string, parts *yaml.Node) {
			eachKey(parts, func(part string, v *yaml.Node) {
				switch {
				case v.Style&yaml.LiteralStyle != 0:
					out[lang+" "+part] = v.Line + 1
				case !strings.Contains(v.Value, "\n") && v.Style&yaml.FoldedStyle == 0:
					out[lang+" "+part] = v.Line
				}
			})
		})
	})
	return out
}

// eachKey calls f for what a mapping holds.
func eachKey(n *yaml.Node, f func(key string, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f(n.Content[i].Value, n.Content[i+1])
	}
}
