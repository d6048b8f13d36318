package playbook

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"hearth"
)

// Sheet is a playbook's text as fields that are read and set one by one, each by its path: "title", "trigger.when",
// "steps.2.branch.0.steps.1.task.due". It takes texts that are half written, and keeps comments with the line they belong
// to. It is not safe for concurrent use.
type Sheet struct{ root *yaml.Node }

// maxSheetDepth bounds how deep a text may nest; a branch in a branch in a branch has 16.
const maxSheetDepth = 40

// ReadSheet reads a text. It fails with CodeInvalid for what is no list of keys, and for anchors and aliases, which fields
// can't show.
func ReadSheet(text string) (*Sheet, error) {
	if len(text) > maxSource {
		return nil, hearth.Errorf(hearth.CodeTooLarge, "A playbook may have at most %d kB.", maxSource>>10)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The playbook can't be read: %s.", plainYAML(err))
	}
	if len(doc.Content) == 0 {
		return &Sheet{root: &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode, Tag: "!!map"}}}}, nil
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The playbook can't be read: it is not a list of keys such as id, title and steps.")
	}
	if err := plainTree(doc.Content[0], 0); err != nil {
		return nil, err
	}
	return &Sheet{root: &doc}, nil
}

// plainTree refuses what fields can't show.
func plainTree(n *yaml.Node, depth int) error {
	switch {
	case depth > maxSheetDepth:
		return hearth.Errorf(hearth.CodeInvalid, "The playbook can't be read: line %d lies deeper than anybody could follow.", n.Line)
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return hearth.Errorf(hearth.CodeInvalid, "The playbook can't be read: line %d has an anchor (&) or a reference to one (*). Write it out in full.", n.Line)
	}
	for _, c := range n.Content {
		if err := plainTree(c, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// Text gives the sheet as YAML.
func (s *Sheet) Text() string {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(s.root); err != nil {
		return "" // a tree of plain nodes always can be
	}
	return b.String()
}

// step goes from a node to the one under a name; nil if there is none.
func (s *Sheet) node(path string) *yaml.Node {
	n := s.root.Content[0]
	for _, part := range parted(path) {
		if n = below(n, part); n == nil {
			return nil
		}
	}
	return n
}

func parted(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, ".")
}

// Has tells whether something stands at a path.
func (s *Sheet) Has(path string) bool { return s.node(path) != nil }

// Get gives the text at a path; a list of texts has a line each. "" for nothing, and for groups of keys.
func (s *Sheet) Get(path string) string {
	n := s.node(path)
	switch {
	case n == nil || n.Tag == "!!null":
		return ""
	case n.Kind == yaml.ScalarNode:
		return strings.TrimSpace(n.Value)
	case n.Kind == yaml.SequenceNode:
		var lines []string
		for _, c := range n.Content {
			if c.Kind == yaml.ScalarNode {
				lines = append(lines, c.Value)
			}
		}
		return strings.Join(lines, "\n")
	}
	return ""
}

// Keys gives the keys of the group at a path, in their order.
func (s *Sheet) Keys(path string) []string {
	n := s.node(path)
	var out []string
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		out = append(out, n.Content[i].Value)
	}
	return out
}

// Len counts the entries of the list at a path.
func (s *Sheet) Len(path string) int {
	if n := s.node(path); n != nil && n.Kind == yaml.SequenceNode {
		return len(n.Content)
	}
	return 0
}

// Part gives what stands at a path as text of its own, to compare it; "" for nothing.
func (s *Sheet) Part(path string) string {
	n := s.node(path)
	if n == nil {
		return ""
	}
	out, err := yaml.Marshal(n)
	if err != nil {
		return ""
	}
	return string(out)
}

// Set writes a text at a path, and the groups that lead to it; an empty one takes the key away, with groups that it leaves
// empty. It fails with CodeConflict where the path leads through a list that has no such entry.
func (s *Sheet) Set(path, value string) error {
	if strings.TrimSpace(value) == "" {
		s.clear(path)
		return nil
	}
	n := scalar(strings.ReplaceAll(value, "\r", ""))
	return s.put(path, n)
}

// SetLines writes a list of texts; empty lines are left out.
func (s *Sheet) SetLines(path string, lines []string) error {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.TrimSpace(l) == "" })
	if len(lines) == 0 {
		s.clear(path)
		return nil
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for _, l := range lines {
		n.Content = append(n.Content, scalar(strings.TrimSpace(l)))
	}
	return s.put(path, n)
}

// SetYAML writes a piece of YAML at a path.
func (s *Sheet) SetYAML(path, text string) error {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 {
		return hearth.Errorf(hearth.CodeInvalid, "This can't be read: %q.", text)
	}
	unplaced(doc.Content[0])
	return s.put(path, doc.Content[0])
}

// unplaced lets the encoder lay a piece out anew.
func unplaced(n *yaml.Node) {
	n.Line, n.Column = 0, 0
	for _, c := range n.Content {
		unplaced(c)
	}
}

// scalar makes a text a node: numbers, yes and no as such, all else as text that is never mistaken for them.
func scalar(v string) *yaml.Node {
	v = strings.Trim(v, "\n")
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: v}
	var probe yaml.Node
	if err := yaml.Unmarshal([]byte(v), &probe); err == nil && len(probe.Content) == 1 && probe.Content[0].Kind == yaml.ScalarNode && probe.Content[0].Value == v &&
		(probe.Content[0].Tag == "!!int" || probe.Content[0].Tag == "!!float" || v == "true" || v == "false") {
		n.Tag = probe.Content[0].Tag
		return n
	}
	n.Tag = "!!str"
	if strings.Contains(v, "\n") {
		n.Style = yaml.LiteralStyle
	}
	return n
}

// put places a node.
func (s *Sheet) put(path string, n *yaml.Node) error {
	parts := parted(path)
	if len(parts) == 0 {
		return hearth.Errorf(hearth.CodeInvalid, "There is no field of this name.")
	}
	at := s.root.Content[0]
	for i, part := range parts {
		last := i == len(parts)-1
		next := below(at, part)
		switch {
		case next == nil && at.Kind != yaml.MappingNode:
			return gone()
		case next == nil && last:
			at.Content = append(at.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: part}, n)
			return nil
		case next == nil:
			next = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
			at.Content = append(at.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: part}, next)
		case last:
			if next.Kind == n.Kind && n.Kind == yaml.ScalarNode {
				restyle(next, n)
				return nil
			}
			n.HeadComment, n.LineComment, n.FootComment = next.HeadComment, next.LineComment, next.FootComment
			*next = *n
			return nil
		case next.Kind == yaml.ScalarNode: // "wait: 3d" becomes a group
			*next = yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", HeadComment: next.HeadComment, LineComment: next.LineComment}
		}
		at = next
	}
	return nil
}

// restyle gives a text another value and leaves how it is written as far as that can be.
func restyle(old, now *yaml.Node) {
	if strings.TrimSpace(old.Value) == strings.TrimSpace(now.Value) {
		return
	}
	style := now.Style
	if now.Tag == "!!str" && style == 0 {
		style = old.Style &^ yaml.LiteralStyle
	}
	old.Value, old.Tag, old.Style = now.Value, now.Tag, style
}

func gone() error {
	return hearth.Errorf(hearth.CodeConflict, "What you changed is not there any more. Look at the steps again; nothing was changed.")
}

// clear takes what stands at a path away, and the groups that are empty then.
func (s *Sheet) clear(path string) {
	parts := parted(path)
	if len(parts) == 0 {
		return
	}
	parent := strings.Join(parts[:len(parts)-1], ".")
	n := s.node(parent)
	if n == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == parts[len(parts)-1] {
			n.Content = append(n.Content[:i:i], n.Content[i+2:]...)
			break
		}
	}
	if len(n.Content) == 0 && parent != "" && below2(s, parent) {
		s.clear(parent)
	}
}

// below2 tells whether a path is a key of a group, and not an entry of a list.
func below2(s *Sheet, path string) bool {
	parts := parted(path)
	up := s.node(strings.Join(parts[:len(parts)-1], "."))
	return up != nil && up.Kind == yaml.MappingNode
}

// Clear takes what stands at a path away.
func (s *Sheet) Clear(path string) { s.clear(path) }

// place splits the path of an entry into its list and its place there.
func (s *Sheet) place(path string) (list *yaml.Node, i int, err error) {
	parts := parted(path)
	if len(parts) < 2 {
		return nil, 0, gone()
	}
	i, err = strconv.Atoi(parts[len(parts)-1])
	list = s.node(strings.Join(parts[:len(parts)-1], "."))
	if err != nil || list == nil || list.Kind != yaml.SequenceNode || i < 0 || i >= len(list.Content) {
		return nil, 0, gone()
	}
	return list, i, nil
}

// Remove takes an entry out of its list.
func (s *Sheet) Remove(path string) error {
	list, i, err := s.place(path)
	if err != nil {
		return err
	}
	list.Content = append(list.Content[:i:i], list.Content[i+1:]...)
	if len(list.Content) == 0 {
		parts := parted(path)
		if parent := strings.Join(parts[:len(parts)-1], "."); parent != "steps" && !strings.HasSuffix(parent, ".steps") && !strings.HasSuffix(parent, ".else") {
			s.clear(parent)
		}
	}
	return nil
}

// Move lets an entry change places with the one before it (by -1) or behind it (by 1); at the end of its list it stays. It
// gives where the entry is then.
func (s *Sheet) Move(path string, by int) (string, error) {
	list, i, err := s.place(path)
	if err != nil {
		return path, err
	}
	to := i + by
	if to < 0 || to >= len(list.Content) {
		return path, nil
	}
	list.Content[i], list.Content[to] = list.Content[to], list.Content[i]
	return path[:strings.LastIndexByte(path, '.')+1] + strconv.Itoa(to), nil
}

// Insert puts a piece of YAML into the list at a path, before its i-th entry; beyond the end it comes last. It gives the path
// of the new entry.
func (s *Sheet) Insert(list string, i int, text string) (string, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) == 0 {
		return "", hearth.Errorf(hearth.CodeInvalid, "This can't be read: %q.", text)
	}
	unplaced(doc.Content[0])
	n := s.node(list)
	if n == nil || n.Kind != yaml.SequenceNode {
		n = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if err := s.put(list, n); err != nil {
			return "", err
		}
		n = s.node(list)
	}
	n.Style = 0 // one under the other
	i = max(0, min(i, len(n.Content)))
	n.Content = slices.Insert(n.Content, i, doc.Content[0])
	return list + "." + strconv.Itoa(i), nil
}
