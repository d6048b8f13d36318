package eventlog

import (
	"encoding/json"
	"testing"

	"hearth/internal/base/rule"
)

// Conditions may read the data of events, so that each field of each type says what kind of fact it is.
func TestEveryFieldOfEveryTypeHasATag(t *testing.T) {
	seen := map[string]bool{}
	for _, typ := range Types() {
		var s struct {
			Properties map[string]any `json:"properties"`
		}
		if err := json.Unmarshal([]byte(typ.Schema), &s); err != nil {
			t.Fatal(err)
		}
		for name := range s.Properties {
			seen[name], seen[string(typ.Name)+" "+name] = true, true
			if tag, ok := TagOf(typ.Name, name); !ok || tag == "" {
				t.Errorf("%s: the field %q has no tag. Say in tag.go what kind of fact it is: may a playbook decide by it?", typ.Name, name)
			}
		}
	}
	for _, table := range []map[string]rule.Tag{tagsByName(), tagsOfTypes()} {
		for name := range table {
			if !seen[name] {
				t.Errorf("the table of tags names %q, which no event has", name)
			}
		}
	}
}
