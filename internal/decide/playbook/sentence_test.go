package playbook

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/rule"
	"hearth/internal/sense/signal"
)

func TestSentence(t *testing.T) {
	for cond, want := range map[string]string{
		`lease.days_to_end <= 120 && lease.days_to_end >= 0 && lease.status == "current" && !lease.notice_given`: "the lease ends in 0 to 120 days, the lease is current and no notice was given",
		`service.days_waiting >= 6`:                                                  "the oldest open repair has waited for at least 6 days",
		`(lease.status == "future" || lease.status == "past")`:                       "the lease is future or past",
		`some.thing > 3 && lease.month_to_month`:                                     "some.thing > 3 and the stay goes on month by month",
		`event.category == "a && b"`:                                                 `event.category == "a && b"`,
		`run.waited == "timeout"`:                                                    "nothing came in time",
		`lease.days_to_end <= (3 + service.open)`:                                    "lease.days_to_end <= (3 + service.open)",
		`service.open > 0`:                                                           "any repair is open",
		`0 == service.open`:                                                          "no repair is open",
		`service.open <= 1 && tenancy.days >= 1`:                                     "at most 1 repair is open and they have lived here for at least 1 day",
		`resident.role != "leaseholder"`:                                             "they are not a leaseholder",
		`service.open > 0 && event.assumed || run.tried`:                             "either any repair is open and the day is only assumed or “tried” was noted before",
		`event.band != "low" && lease.days_to_end > 120 && lease.days_to_end <= 180`: "the risk is not low and the lease ends in more than 120 and at most 180 days",
		`frustration.level >= 0.6`:                                                   "their frustration is at least 60 %",
		`payments.arrears >= 50.0`:                                                   "what is owed is at least 50",
		`!(service.open == 0 || lease.notice_given == false)`:                        "it is not so that either no repair is open or no notice was given",
		`!known(lease.days_to_end)`:                                                  "it is not known whether “the lease ends in … days”",
		`segment.quiet && service.total == 1`:                                        "they belong to the segment “quiet” and 1 repair was requested ever",
		`lease.days_since_move_in == 0`:                                              "they moved in today",
	} {
		if got := Sentence(cond); got != want {
			t.Errorf("%s is said as %q, want %q", cond, got, want)
		}
	}
}

// Every condition of the shipped library is said in words, and every signal has some.
func TestTheLibraryIsSaidInWords(t *testing.T) {
	files, err := filepath.Glob("../../../playbooks/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("the library has %d files: %v", len(files), err)
	}
	c := *fullCompiler(t)
	c.has = nil // the templates are somebody else's
	raw := regexp.MustCompile(`[=&|<>()"_]|[a-z]\.[a-z]`)
	n := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.conditions() {
			n++
			if got := Sentence(c.Source()); raw.MatchString(got) {
				t.Errorf("%s: %s is said as %q", filepath.Base(f), c.Source(), got)
			}
		}
		for _, l := range p.Outline(nil) {
			if l.Kind != "task" && l.Kind != "end" && raw.MatchString(l.What) {
				t.Errorf("%s: the step reads %q", filepath.Base(f), l.What)
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d conditions were looked at", n)
	}
	for _, f := range signal.Fields() {
		if r, ok := readingOf(f.Name); !f.Tag.Refused() && (!ok || (f.Type == rule.Bool) != (r.yes != "" && r.no != "") || (f.Type == rule.Bool) == (r.with != "")) {
			t.Errorf("%s has no words: %+v", f.Name, r)
		}
	}
}

const outlined = `
id: outlined
title: Outlined
moment: micro
depth: playbook
why: To be outlined.
trigger: {on: workorder.opened, if: service.total == 1}
steps:
  - send: {template: movein-welcome, class: relation, purpose: hello}
  - id: pause
    wait: 3d
  - branch:
      - if: service.open > 0
        steps:
          - task: {title: Call them, why: It waits., role: leasing, minutes: 10, due: 2 business days}
      - else:
          - end: All is well.
  - id: last
    wait: {event: workorder.completed, at_most: 5d}
`

func TestOutline(t *testing.T) {
	c := fullCompiler(t)
	p, err := c.Compile([]byte(outlined))
	if err != nil {
		t.Fatal(err)
	}
	lines := p.Outline(func(string) string { return "A greeting" })
	var got []string
	for _, l := range lines {
		got = append(got, strings.Repeat(" ", l.Indent)+l.Kind+": "+l.What)
		if l.Number > 0 && len(l.Ops) == 0 {
			t.Errorf("step %d became no instruction", l.Number)
		}
	}
	want := []string{"send: Send: A greeting", "wait: Wait 3 days", "if: If any repair is open", " task: Call them", "else: Otherwise", " end: End: All is well.",
		"wait: Wait until a repair was finished, at most 5 days"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("outlined as\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if l := lines[3]; l.Owner != "leasing" || l.Minutes != 10 || l.Due != "within 2 business days" || l.Depth != hearth.DepthHuman {
		t.Errorf("the task is %+v", l)
	}
	// A run that waits stands behind its wait.
	for i, l := range lines {
		if l.Kind == "wait" {
			r := &Run{State: RunActive, Step: l.Ops[0] + 1, WakeAt: hearth.FromMillis(5)}
			if at := Stands(lines, r); at != i {
				t.Errorf("a run that waits at %d stands at %d", i, at)
			}
		}
	}
	if s := p.Def.Starts(); s != "somebody asked for a repair, if 1 repair was requested ever" {
		t.Errorf("it starts when %s", s)
	}
}
