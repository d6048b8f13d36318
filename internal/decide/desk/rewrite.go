package desk

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"hearth"
)

// Edit is what somebody changed of a template without touching its YAML. Id, class, purpose and window stay as they are.
type Edit struct {
	Title, Why string                       // "": as they are
	Needs      map[string]map[string]string // all of them
	Languages  map[string]Wording           // all of them
}

// Rewrite gives a template's YAML with an edit in it. What is not edited stays as it was written, with its comments. It checks
// nothing but that what comes out can be read and says what was meant; Examine does the rest. It fails with CodeInvalid.
func Rewrite(raw []byte, e Edit) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The template's text can't be read, so it can't be edited here. Put it anew from a file.")
	}
	top := doc.Content[0]
	languages := map[string]Wording{}
	for lang, w := range e.Languages {
		languages[lang] = w.tidied()
	}
	if e.Title != "" {
		set(top, "title", scalar(e.Title))
	}
	if e.Why != "" {
		set(top, "why", scalar(e.Why))
	}
	set(top, "needs", needsNode(e.Needs))
	set(top, "languages", languagesNode(languages))
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return nil, fmt.Errorf("write a template: %w", err)
	}
	back, err := decode(b.Bytes())
	if err != nil {
		return nil, hearth.Errorf(hearth.CodeInvalid, "%s.", upperFirst(strings.TrimSuffix(err.Error(), ".")))
	}
	if !reflect.DeepEqual(back.Languages, languages) {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The text holds characters that can't be kept. Take out what can't be seen, such as control characters, and try again.")
	}
	return b.Bytes(), nil
}

// Same tells whether two templates say the same under the same conditions, however their YAML is written.
func (t *Template) Same(other *Template) bool {
	if t.Title != other.Title || len(t.Languages) != len(other.Languages) || len(t.Needs) != len(other.Needs) {
		return false
	}
	for lang, w := range t.Languages {
		if x, ok := other.Languages[lang]; !ok || x.tidied() != w.tidied() {
			return false
		}
	}
	for fact, stands := range t.Needs {
		if x, ok := other.Needs[fact]; !ok || !maps.Equal(stands, x) {
			return false
		}
	}
	return true
}

// Blank gives the YAML of a template that has no text yet.
func Blank(id, title, why string, class hearth.Class, purpose, window string) ([]byte, error) {
	head := yaml.Node{Kind: yaml.MappingNode}
	for _, x := range [][2]string{{"id", id}, {"title", title}, {"class", string(class)}, {"purpose", purpose}, {"why", why}, {"window", window}} {
		if x[1] != "" {
			set(&head, x[0], scalar(x[1]))
		}
	}
	raw, err := yaml.Marshal(&head)
	if err != nil {
		return nil, fmt.Errorf("write a template: %w", err)
	}
	return raw, nil
}

// tidied gives a wording as it is kept: lines end as on this system, nothing trails, and a text of several lines ends its last.
func (w Wording) tidied() Wording {
	line := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	body := line(w.Body)
	lines := strings.Split(body, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	if body = strings.Join(lines, "\n"); body != "" {
		body += "\n"
	}
	return Wording{Subject: line(w.Subject), Body: body, Short: line(w.Short)}
}

func scalar(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.Contains(s, "\n") {
		n.Style = yaml.LiteralStyle
	} else if strings.ContainsAny(s, "{}") {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// set puts a value under a key of a mapping, in its place if it has one.
func set(m *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			m.Content[i+1] = value
			return
		}
	}
	m.Content = append(m.Content, scalar(key), value)
}

func needsNode(needs map[string]map[string]string) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode}
	if len(needs) == 0 {
		out.Style = yaml.FlowStyle
	}
	for _, name := range sortedKeys(needs) {
		stands := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		for _, lang := range sortedKeys(needs[name]) {
			if words := needs[name][lang]; words != "" {
				set(stands, lang, scalar(words))
			}
		}
		set(out, name, stands)
	}
	return out
}

// languagesNode writes English first, then the others in order.
func languagesNode(languages map[string]Wording) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, lang := range append([]string{english}, sortedKeys(languages)...) {
		w, ok := languages[lang]
		if !ok {
			continue
		}
		parts := &yaml.Node{Kind: yaml.MappingNode}
		for _, p := range [][2]string{{"subject", w.Subject}, {"body", w.Body}, {"short", w.Short}} {
			if p[1] != "" {
				set(parts, p[0], scalar(p[1]))
			}
		}
		set(out, lang, parts)
	}
	return out
}
