package playbook

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"hearth"
)

// SheetLine is a step of a sheet, or the head of an arm of a branch, or the end of an arm where a step can be added.
type SheetLine struct {
	Line
	Path string // of the step; of the arm for its head: "steps.2.branch.0"
	List string // of the list that it stands in: "steps"
	Last bool   // of its list
	At   int    // its place there
	// Whole is false for a step that can't be read as it stands.
	Whole bool
}

// Kinds gives the kinds of steps with their words, in the order in which they are offered.
func Kinds() [][2]string {
	return [][2]string{{"send", "Send a message"}, {"task", "Give a task to a person"}, {"wait", "Wait"}, {"branch", "Choose by a condition"}, {"survey", "Ask one question"},
		{"connect", "Suggest to get to know them"}, {"escalate", "Hand it on"}, {"set", "Remember something"}, {"end", "End"}}
}

// Blank gives a new step of a kind, with what is usual; id names it where it needs a name.
func Blank(kind, id string) string {
	switch kind {
	case "send":
		return "id: " + id + "\nsend: {template: \"\", class: service, purpose: " + id + "}"
	case "task":
		return "id: " + id + "\ntask:\n  title: \"\"\n  why: \"\"\n  role: property_manager\n  minutes: 15\n  due: 2 business days"
	case "wait":
		return "id: " + id + "\nwait: 3d"
	case "branch":
		return "branch:\n  - if: service.open > 0\n    steps: []\n  - else: []"
	case "survey":
		return "id: " + id + "\nsurvey: {question: " + id + ", template: \"\", at_most: 5d}"
	case "connect":
		return "id: " + id + "\nconnect: {why: \"\", role: leasing}"
	case "escalate":
		return "id: " + id + "\nescalate: {role: property_manager, reason: \"\"}"
	case "set":
		return "set: {noted: true}"
	}
	return "end: All is done."
}

// FreeID gives an id for a step that no other has: the kind with the next free number.
func (s *Sheet) FreeID(kind string) string {
	used := map[string]bool{}
	var visit func(*yaml.Node)
	visit = func(n *yaml.Node) {
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "id" {
				used[n.Content[i+1].Value] = true
			}
		}
		for _, c := range n.Content {
			visit(c)
		}
	}
	visit(s.root.Content[0])
	for i := 1; ; i++ {
		if id := kind + "-" + strconv.Itoa(i); !used[id] {
			return id
		}
	}
}

// KindAt gives the kind of the step at a path; "" for none.
func (s *Sheet) KindAt(path string) string {
	for _, k := range s.Keys(path) {
		if k != "id" && keysOf("step")[k] != "" || k == "end" {
			return k
		}
	}
	return ""
}

// Lines gives the steps in the order of the text, branches behind their heads, as far as they can be read. Template titles
// come from titled, which may be nil.
func (s *Sheet) Lines(titled func(template string) string) []SheetLine {
	w := &sheetLiner{s: s, o: &outliner{p: &Program{Def: &Definition{Title: s.Get("title"), Depth: hearth.Depth(s.Get("depth"))}}, titled: titled}}
	w.list("steps", 0)
	return w.lines
}

type sheetLiner struct {
	s     *Sheet
	o     *outliner
	lines []SheetLine
	n     int
}

func (w *sheetLiner) list(path string, indent int) {
	n := w.s.Len(path)
	for i := range n {
		if len(w.lines) > 2*maxSteps {
			return // the check says that there are too many
		}
		at := path + "." + strconv.Itoa(i)
		if w.s.KindAt(at) == "branch" {
			w.branch(at, path, i, i == n-1, indent)
			continue
		}
		w.n++
		l := SheetLine{Path: at, List: path, At: i, Last: i == n-1}
		l.Line, l.Whole = w.step(at)
		l.Number, l.Indent, l.ID = w.n, indent, w.s.Get(at+".id")
		w.lines = append(w.lines, l)
	}
}

func (w *sheetLiner) branch(path, list string, i int, last bool, indent int) {
	arms := w.s.Len(path + ".branch")
	for j := range arms {
		at := path + ".branch." + strconv.Itoa(j)
		head := SheetLine{Path: at, List: list, At: i, Last: last, Whole: true, Line: Line{Indent: indent, Kind: "if", What: "If " + Sentence(w.s.Get(at+".if"))}}
		below := at + ".steps"
		switch {
		case w.s.Has(at+".else") || !w.s.Has(at+".if"):
			head.Kind, head.What, below = "else", "Otherwise", at+".else"
		case j > 0:
			head.What = "Otherwise, if " + Sentence(w.s.Get(at+".if"))
		}
		w.lines = append(w.lines, head)
		w.list(below, indent+1)
		w.lines = append(w.lines, SheetLine{Path: below, List: below, At: w.s.Len(below), Line: Line{Indent: indent + 1, Kind: "more"}})
	}
}

// step reads one step by itself; false: it is not whole.
func (w *sheetLiner) step(path string) (Line, bool) {
	kind := w.s.KindAt(path)
	l := Line{Kind: kind, Owner: "system", Depth: hearth.DepthAutomatic, What: "A step that is not written yet"}
	for _, k := range Kinds() {
		if k[0] == kind {
			l.What = first(w.s.Get(path+"."+kind+".title"), k[1]+": not whole yet")
		}
	}
	step := &Step{}
	if n := w.s.node(path); n == nil || n.Decode(step) != nil {
		return l, false
	}
	whole := step.check() == nil
	if step.filled() == kind && kind != "" {
		w.o.fill(&l, step)
		if strings.TrimSpace(l.What) == "" {
			l.What = "A task without a title"
		}
	}
	return l, whole
}

// filled gives the one kind that a step has; "" for none or several.
func (s *Step) filled() string {
	kind := ""
	for name, set := range map[string]bool{"send": s.Send != nil, "task": s.Task != nil, "wait": s.Wait != nil, "end": s.End != nil, "survey": s.Survey != nil,
		"escalate": s.Escalate != nil, "set": len(s.Set) > 0, "connect": s.Connect != nil} {
		if set && kind != "" {
			return ""
		}
		if set {
			kind = name
		}
	}
	return kind
}
