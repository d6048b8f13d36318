package playbook

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth"
)

const sheetTest = `# What it is for.
id: sheet
title: A sheet
moment: micro
depth: playbook
why: To be filled in.
trigger: {on: workorder.opened} # when somebody asks
steps:
  - id: hello
    # the first word
    task: {title: Call them, why: It waits., role: leasing, minutes: 10, due: 2 business days}
  - wait: 3d
  - branch:
      - if: service.open > 0
        steps:
          - end: Still open.
      - else: []
exits:
  - {on: lease.moved_out, because: They have moved out.}
`

func TestSheetEdits(t *testing.T) {
	s, err := ReadSheet(sheetTest)
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	must(err)
	must(s.Set("title", "Another: title"))
	must(s.Set("steps.0.task.minutes", "25"))
	must(s.SetLines("steps.0.task.checklist", []string{"Look.", " ", "Call: them."}))
	must(s.Set("trigger.if", "service.total == 1"))
	must(s.Set("limits.at_once", "5"))
	must(s.Set("limits.at_once", ""))
	at, err := s.Insert("steps.2.branch.1.else", 9, Blank("wait", s.FreeID("wait")))
	must(err)
	must(s.Set(at+".wait", "5d"))
	if _, err := s.Move("steps.1", 1); err != nil {
		t.Fatal(err)
	}
	must(s.Remove("exits.0"))
	got := s.Text()
	for _, want := range []string{"# What it is for.", "# when somebody asks", "# the first word", `title: 'Another: title'`, "minutes: 25", "checklist: [Look., 'Call: them.']", "if: service.total == 1",
		"wait: 5d", "id: wait-1"} {
		if !strings.Contains(strings.ReplaceAll(got, "\n                ", " "), want) && !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for _, never := range []string{"limits", "exits"} {
		if strings.Contains(got, never) {
			t.Errorf("%s is still in\n%s", never, got)
		}
	}
	if p, err := fullCompiler(t).Compile([]byte(got)); err != nil || p.Def.Title != "Another: title" || len(p.Def.Steps) != 3 || p.Def.Steps[2].Wait == nil {
		t.Errorf("it does not compile: %v\n%s", err, got)
	}
	var lines []string
	for _, l := range s.Lines(nil) {
		lines = append(lines, l.Path+" "+l.Kind+" "+l.What)
	}
	want := "steps.0 task Call them|steps.1.branch.0 if If any repair is open|steps.1.branch.0.steps.0 end End: Still open.|steps.1.branch.0.steps more |" +
		"steps.1.branch.1 else Otherwise|steps.1.branch.1.else.0 wait Wait 5 days|steps.1.branch.1.else more |steps.2 wait Wait 3 days"
	if got := strings.Join(lines, "|"); got != want {
		t.Errorf("it reads\n%s\nwant\n%s", got, want)
	}
	for _, path := range []string{"steps.9", "steps", "title", "", "steps.x", "steps.0.task"} {
		if err := s.Remove(path); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("%q could be removed: %v", path, err)
		}
	}
	if err := s.Set("steps.7.task.title", "x"); hearth.CodeOf(err) != hearth.CodeConflict {
		t.Errorf("a step that is not there: %v", err)
	}
}

// What is not changed reads the same behind the form, for every playbook that is shipped.
func TestSheetKeepsTheLibrary(t *testing.T) {
	files, err := filepath.Glob("../../../playbooks/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ReadSheet(string(text))
		if err != nil {
			t.Fatal(err)
		}
		before, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		after, err := Parse([]byte(s.Text()))
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if a, b := strings.Join(before.Words(), "\n"), strings.Join(after.Words(), "\n"); a != b {
			t.Errorf("%s reads\n%s\nwant\n%s", f, b, a)
		}
		steps := 0
		for _, l := range s.Lines(nil) {
			if l.Number > 0 {
				steps++
				if !l.Whole {
					t.Errorf("%s: the step %s is not whole: %s", filepath.Base(f), l.Path, l.What)
				}
			}
		}
		if want := strings.Count(string(text), "\n"); steps == 0 || steps > want {
			t.Errorf("%s has %d steps", f, steps)
		}
	}
}

func TestFaults(t *testing.T) {
	c := fullCompiler(t)
	if got, err := c.Faults([]byte(sheetTest)); err != nil || len(got) != 0 {
		t.Fatalf("a good text has faults: %v, %v", got, err)
	}
	bad := strings.NewReplacer("title: A sheet", `title: ""`, "service.open > 0", "service.opn > 0", "due: 2 business days", "due: soon", "lease.moved_out", "lease.moved_uot",
		"wait: 3d", "send: {template: movein-welcom, class: relation, purpose: hello}").Replace(sheetTest)
	got := map[string]string{}
	faults, err := c.Faults([]byte(bad))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		got[f.Path] = f.Words
	}
	for path, want := range map[string]string{"title": "Give the playbook a title", "steps.0.task.due": "soon", "steps.1.send.template": "Did you mean movein-welcome?",
		"steps.2.branch.0.if": `Did you mean "service.open"?`, "exits.0.on": "Did you mean lease.moved_out?"} {
		if !strings.Contains(got[path], want) {
			t.Errorf("at %s it says %q, want %q; all: %v", path, got[path], want, got)
		}
	}
	if len(got) != 5 {
		t.Errorf("%d faults: %v", len(got), got)
	}
}

// A key that is not known is told in its own line, also where a list stands below it.
func TestAFaultTellsItsLine(t *testing.T) {
	text := strings.Replace(sheetTest, "\nsteps:", "\nstepz:", 1)
	want := strings.Count(text[:strings.Index(text, "stepz:")], "\n") + 1
	faults, err := fullCompiler(t).Faults([]byte(text))
	if err != nil || len(faults) == 0 || faults[0].Line != want || !strings.Contains(faults[0].Words, "stepz") {
		t.Errorf("%+v, %v; want the first in line %d", faults, err, want)
	}
}

func TestHostileTexts(t *testing.T) {
	c := fullCompiler(t)
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for _, p := range []string{"ab", "bc", "cd", "de", "ef", "fg", "gh", "hi", "ij"} {
		bomb += p[1:] + ": &" + p[1:] + " [*" + strings.Repeat(p[:1]+",*", 8) + p[:1] + "]\n"
	}
	for name, text := range map[string]string{"bomb": bomb, "deep": strings.Repeat("[", 60_000), "deep maps": strings.Repeat("{a: ", 20_000), "huge": "title: " + strings.Repeat("x", 200<<10),
		"many steps": "steps:\n" + strings.Repeat("  - end: x\n", 9_000), "binary": "\x00\xff\xfe", "alias": "id: &x y\ntitle: *x\n", "merge": "a: &a {b: c}\nd:\n  <<: *a\n", "list": "- a\n- b\n",
		"tags": "id: !!python/object x\nsteps: !!set {a}\n", "documents": "id: a\n---\nid: b\n", "not a map": "steps: {a: b}\nexits: 5\ntrigger: [x]\n", "numbers for keys": "1: 2\n? [a]\n: b\n"} {
		limited, stop := context.WithTimeout(t.Context(), 5*time.Second)
		if faults, err := c.Faults([]byte(text)); err != nil || len(faults) == 0 {
			t.Errorf("%s: nothing is wrong with it, %v", name, err)
		}
		if s, err := ReadSheet(text); err == nil {
			s.Lines(nil)
			_ = s.Text()
			_ = s.Set("steps.0.task.title", "x")
			_ = s.Set("trigger.when", "x")
			_, _ = s.Insert("steps", 0, Blank("branch", "b"))
			_ = s.Remove("steps.0")
		} else if hearth.MessageOf(err) == "" || strings.Contains(hearth.MessageOf(err), "yaml:") {
			t.Errorf("%s: %v", name, err)
		}
		if limited.Err() != nil {
			t.Errorf("%s took more than five seconds", name)
		}
		stop()
	}
}

func TestConditionsAreChosen(t *testing.T) {
	c := fullCompiler(t)
	choices := c.Choices("workorder.opened", true)
	for _, x := range choices {
		if x.Words == "" || x.Group == "" {
			t.Errorf("%s has no words: %+v", x.Name, x)
		}
	}
	for cond, want := range map[string]string{
		`lease.days_to_end <= 120 && !lease.notice_given && lease.status == "current"`: `lease.days_to_end <= 120 && !lease.notice_given && lease.status == "current"`,
		`0 < service.open`: `service.open > 0`, `event.priority != "emergency" && run.score <= 3.0`: `event.priority != "emergency" && run.score <= 3.0`, ``: ``,
		`event.code == "5" && run.other != 5 && event.said == ""`: `event.code == "5" && run.other != 5 && event.said == ""`,
	} {
		list, ok := Comparisons(cond)
		if got := Condition(list, choices); !ok || got != want {
			t.Errorf("%s becomes %s, %v; want %s", cond, got, ok, want)
		}
	}
	for _, cond := range []string{`service.open > 0 || lease.notice_given`, `service.open + 1 > 2`, `known(lease.days_to_end)`, `(service.open > 0)`} {
		if _, ok := Comparisons(cond); ok {
			t.Errorf("%s is taken apart", cond)
		}
	}
	for _, x := range []struct {
		sign, value string
		so          bool
	}{{"==", "no", false}, {"==", "False", false}, {"==", "yes", true}, {"==", "", true}, {"!=", "no", true}, {"!=", "true", false}, {"yes", "no", true}, {"no", "no", false}} {
		want := map[bool]string{true: "lease.notice_given", false: "!lease.notice_given"}[x.so]
		if got := Condition([]Comparison{{"lease.notice_given", x.sign, x.value}}, choices); got != want {
			t.Errorf("%s %q becomes %s, want %s", x.sign, x.value, got, want)
		}
	}
	got := Condition([]Comparison{{"lease.status", "==", `x" || true || "`}, {"service.open) || (true", ">", "0"}, {"lease.notice_given", "!=", "whatever"}}, choices)
	if want := `lease.status == "x || true || " && !lease.notice_given`; got != want {
		t.Errorf("hostile values become %s, want %s", got, want)
	}
}
