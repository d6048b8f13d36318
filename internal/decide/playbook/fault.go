package playbook

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"hearth"
)

// Fault is something that is wrong in a playbook's text.
type Fault struct {
	Path  string // of what is wrong, as a Sheet reads it; "" for the whole
	Line  int    // in the text; 0 where none can be told
	Words string // the compiler's own sentence
}

// maxFaults is how many faults are told at once.
const maxFaults = 12

// Faults gives what is wrong in a text, all that can be found: where the compiler stops, what it stopped at is put aside and
// it goes on behind. None: the text compiles. It fails only with ErrNotAsked.
func (c *Compiler) Faults(text []byte) ([]Fault, error) {
	var out []Fault
	noted := false // a step that remembers something was put aside
	src := text
	for len(out) < maxFaults {
		_, err := c.Compile(src)
		if err == nil {
			return out, nil
		}
		if errors.Is(err, ErrNotAsked) {
			return nil, err
		}
		s, bad := ReadSheet(string(src))
		if bad != nil {
			return append(out, Fault{Words: hearth.MessageOf(bad), Line: lineOf(hearth.MessageOf(bad))}), nil
		}
		f := s.fault(err)
		if !(noted && strings.Contains(f.Words, "run.")) {
			if slices.ContainsFunc(out, func(x Fault) bool { return x.Path == f.Path && x.Words == f.Words }) {
				return out, nil
			}
			out = append(out, f)
		}
		noted = noted || s.KindAt(f.Path) == "set"
		if !s.aside(f.Path) {
			return out, nil
		}
		if len(out) == 1 { // lines are those of the text as it is given
			if first, err := ReadSheet(string(text)); err == nil {
				out[0].Line = first.lineAt(out[0].Path, out[0].Line)
			}
		}
		src = []byte(s.Text())
	}
	return out, nil
}

// fault finds the place of an error.
func (s *Sheet) fault(err error) Fault {
	f := Fault{Words: hearth.MessageOf(err)}
	var e *hearth.Error
	if !errors.As(err, &e) {
		return f
	}
	where, path, _ := strings.Cut(e.Field, ", ")
	if !strings.HasPrefix(where, "line ") {
		path = where
	}
	switch {
	case path != "":
		f.Path, f.Line = strings.NewReplacer("[", ".", "]", "").Replace(path), lineOf(where)
		for f.Path != "" && !s.Has(f.Path) && strings.Contains(f.Path, ".") && !strings.HasPrefix(f.Path, "trigger.") {
			f.Path = f.Path[:strings.LastIndexByte(f.Path, '.')]
		}
	case e.Field != "":
		f.Line = lineOf(e.Field)
		f.Path = s.field(s.at(f.Line, false, ""), f.Words)
	default:
		if f.Line = lineOf(f.Words); f.Line > 0 {
			quoted := regexp.MustCompile(`"([^"]*)"|line \d+: (\S+) does not fit`).FindStringSubmatch(f.Words)
			f.Path = s.at(f.Line, true, strings.Join(append(quoted, "", "", "")[1:3], ""))
		}
	}
	f.Words = regexp.MustCompile(`^(The playbook can't be read: )?line \d+: `).ReplaceAllString(f.Words, "")
	return f
}

func lineOf(words string) int {
	m := regexp.MustCompile(`line (\d+)`).FindStringSubmatch(words)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// at gives the path of what begins on a line: the field, or the step or arm of a branch that it opens.
// Of several fields on one line it is the one with the value, if one has it.
func (s *Sheet) at(line int, field bool, value string) string {
	found, sure := "", false
	var visit func(n *yaml.Node, path string)
	visit = func(n *yaml.Node, path string) {
		switch n.Kind {
		case yaml.SequenceNode:
			for i, c := range n.Content {
				here := path + "." + strconv.Itoa(i)
				if c.Line == line && (found == "" || !field) {
					found, sure = here, !field && stepOrArm(here)
				}
				visit(c, here)
			}
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				here := strings.TrimPrefix(path+"."+n.Content[i].Value, ".")
				k, v := n.Content[i], n.Content[i+1]
				exact := field && value != "" && v.Kind == yaml.ScalarNode && v.Value == value
				if k.Line == line && (field && !sure || exact || !field && !sure && (!stepOrArm(path) || n.Line != line)) {
					found, sure = here, sure || exact
				}
				visit(n.Content[i+1], here)
			}
		}
	}
	visit(s.root.Content[0], "")
	if arm := regexp.MustCompile(`\.branch\.\d+$`); !field && arm.MatchString(found) {
		return found + ".if"
	}
	return found
}

// field gives the field of a step that a sentence about the step means.
func (s *Sheet) field(path, words string) string {
	kind := s.KindAt(path)
	if kind == "" || kind == "branch" || !stepOrArm(path) {
		return path
	}
	for _, k := range [][2]string{{"no template", "template"}, {"needs a template", "template"}, {"needs a title", "title"}, {"needs a why", "why"}, {"minutes", "minutes"},
		{"due time", "due"}, {"The role", "role"}, {"The class", "class"}, {"purpose", "purpose"}, {"at_most", "at_most"}, {"The channel", "channel"},
		{"needs a reason", "reason"}, {"needs a question", "question"}, {"time of day", "at"}, {"move_in, lease_end", "days_before"}, {"lighter", "lighter"}} {
		if strings.Contains(words, k[0]) {
			if k[1] == "template" && kind == "task" {
				k[1] = "draft"
			}
			return path + "." + kind + "." + k[1]
		}
	}
	return path
}

// stepOrArm tells whether a path is that of a step or an arm.
func stepOrArm(path string) bool {
	return regexp.MustCompile(`(^|\.)(steps|else|branch)\.\d+$`).MatchString(path)
}

// lineAt gives the line of a path; otherwise where there is none, and where what it names is a list or a group below its key, whose line is the next.
func (s *Sheet) lineAt(path string, otherwise int) int {
	n := s.node(path)
	if path == "" || n == nil || n.Line == 0 {
		return otherwise
	}
	if below := n.Kind != yaml.ScalarNode && n.Style&yaml.FlowStyle == 0; below && otherwise > 0 && otherwise < n.Line {
		return otherwise
	}
	return n.Line
}

// aside puts what is wrong aside, so that the compiler goes on behind it; false: it can't be.
func (s *Sheet) aside(path string) bool {
	if step := regexp.MustCompile(`^(.*\.branch\.\d+)\.if$`).FindStringSubmatch(path); step != nil {
		return s.Set(path, `lease.status == "current"`) == nil
	}
	if m := regexp.MustCompile(`^(?:.*\.)?(?:steps|else)\.\d+`).FindString(path); m != "" {
		return s.SetYAML(m, "end: x") == nil
	}
	head, rest, _ := strings.Cut(path, ".")
	switch head {
	case "id", "title", "why":
		return s.Set(head, "x") == nil
	case "depth":
		return s.Set(head, "playbook") == nil
	case "trigger":
		return s.SetYAML(head, `{when: lease.status == "current"}`) == nil
	case "exits":
		at, _, _ := strings.Cut(rest, ".")
		if at == "" {
			s.clear(head)
			return true
		}
		return s.SetYAML(head+"."+at, "{on: lease.moved_out, because: x}") == nil
	case "steps", "":
		return false
	}
	had := s.Has(head)
	s.clear(head)
	return had
}

// StepOf gives the step, or the arm of a branch, in which a path lies; "" for none.
func StepOf(path string) string {
	if arm := regexp.MustCompile(`^(.*\.branch\.\d+)\.if$`).FindStringSubmatch(path); arm != nil {
		return arm[1]
	}
	return regexp.MustCompile(`^(?:.*\.)?(?:steps|else)\.\d+`).FindString(path)
}

// StepAt gives the step or arm that begins on a line of the text; "" for none.
func (s *Sheet) StepAt(line int) string { return StepOf(s.at(line, false, "")) }
