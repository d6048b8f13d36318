package desk_test

import (
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
	"hearth/playbooks"
)

func library(t *testing.T) []playbooks.File {
	t.Helper()
	files, err := playbooks.Library()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// definitions parses the shipped playbooks.
func definitions(t *testing.T) map[string]*playbook.Definition {
	t.Helper()
	defs := map[string]*playbook.Definition{}
	for _, f := range library(t) {
		d, err := playbook.Parse(f.Text)
		if err != nil {
			t.Fatalf("%s: %v", f.ID, err)
		}
		defs[f.ID] = d
	}
	return defs
}

// walk visits every step of a playbook, branches included.
func walk(steps []playbook.Step, visit func(playbook.Step)) {
	for _, s := range steps {
		visit(s)
		for _, arm := range s.Branch {
			walk(arm.Steps, visit)
			walk(arm.Else, visit)
		}
	}
}

func TestEveryShippedPlaybookCompiles(t *testing.T) {
	env, err := rule.NewEnv(signal.Fields())
	if err != nil {
		t.Fatal(err)
	}
	templates, err := desk.Load(desk.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	has := func(id string) bool { _, ok := templates.Get(id); return ok }
	c, err := playbook.NewCompiler(env, eventlog.Types(), has)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range library(t) {
		p, err := c.Compile(f.Text)
		if err != nil {
			t.Errorf("%s: %v", f.ID, err)
			continue
		}
		if string(p.Def.ID) != f.ID {
			t.Errorf("%s holds the playbook %q; a file is named after its playbook", f.ID, p.Def.ID)
		}
	}
}

// TestSendsAgreeWithTheirTemplates keeps the two files together: class and purpose are written in both, since a
// playbook is read without its templates.
func TestSendsAgreeWithTheirTemplates(t *testing.T) {
	templates, err := desk.Load(desk.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range definitions(t) {
		walk(d.Steps, func(s playbook.Step) {
			switch {
			case s.Send != nil:
				tpl, ok := templates.Get(s.Send.Template)
				if !ok || tpl.Class != s.Send.Class || tpl.Purpose != s.Send.Purpose {
					t.Errorf("%s sends %q as %s for %s, and its template says %+v", name, s.Send.Template, s.Send.Class, s.Send.Purpose, tpl)
				}
				if d.Depth == hearth.DepthHuman && !s.Send.Class.Discretionary() {
					t.Errorf("%s: a send of class %s in a moment for people", name, s.Send.Class)
				}
			case s.Task != nil && len(s.Task.Checklist) == 0:
				t.Errorf("%s: the task %q has no checklist", name, s.Task.Title)
			}
		})
	}
}

func TestPlaybooksAreWrittenForPeople(t *testing.T) {
	for name, d := range definitions(t) {
		words := []string{d.Title, d.Why}
		for _, x := range d.Exits {
			words = append(words, x.Because)
			if !strings.HasSuffix(x.Because, ".") {
				t.Errorf("%s: the exit %q is not a sentence", name, x.Because)
			}
		}
		walk(d.Steps, func(s playbook.Step) {
			if s.Task != nil {
				words = append(words, s.Task.Title, s.Task.Why)
				words = append(words, s.Task.Checklist...)
			}
			if s.End != nil {
				words = append(words, *s.End)
			}
		})
		for _, w := range words {
			for _, bad := range []string{"!", "tenant", "ticket", "user", "SLA", "WO-"} {
				if w == "" || strings.Contains(w, bad) {
					t.Errorf("%s: %q is empty or says %q", name, w, bad)
				}
			}
		}
	}
}
