package desk_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"hearth/internal/base/rule"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

// TestTheAuthorsGuideCompiles compiles every example of docs/playbooks.md, completed where it shows only a part.
func TestTheAuthorsGuideCompiles(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/playbooks.md")
	if err != nil {
		t.Fatal(err)
	}
	env, err := rule.NewEnv(signal.Fields())
	if err != nil {
		t.Fatal(err)
	}
	templates, err := desk.Load(desk.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	c, err := playbook.NewCompiler(env, eventlog.Types(), func(id string) bool { _, ok := templates.Get(id); return ok })
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{"trigger": "trigger: {on: workorder.opened}\n", "steps": "steps: [{end: Done.}]\n", "exits": ""}
	seen := 0
	for _, m := range regexp.MustCompile("(?s)```yaml (\\w+)\n(.*?)```").FindAllStringSubmatch(string(raw), -1) {
		text := m[2]
		if m[1] != "playbook" {
			text = "id: example\ntitle: Example\ndepth: playbook\nwhy: To show.\n"
			for _, part := range []string{"trigger", "steps", "exits"} {
				if part == m[1] {
					text += m[2]
				} else {
					text += parts[part]
				}
			}
		}
		if _, err := c.Compile([]byte(text)); err != nil {
			t.Errorf("an example does not compile: %v\n%s", err, text)
		}
		seen++
	}
	if seen < 8 {
		t.Errorf("there are %d examples", seen)
	}
	// Every key of the language is described.
	for _, key := range playbook.Keys() {
		if !strings.Contains(string(raw), key) {
			t.Errorf("the guide does not mention the key %q", key)
		}
	}
}
