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

// Looking up what a field is, or whether a type is awaited, makes nothing anew.
func TestLookingAFieldUpMakesNothing(t *testing.T) {
	Awaited("review.posted")
	TagOf("review.posted", "stars")
	n := testing.AllocsPerRun(100, func() {
		if Awaited("payment.received") || !Awaited("review.posted") || !Awaited("promise.missed") {
			t.Error("the wrong types are awaited")
		}
		if tag, ok := TagOf("preference.changed", "value"); !ok || tag != rule.Proxy {
			t.Errorf("the value of a preference is %q", tag)
		}
	})
	if n > 2 {
		t.Errorf("it made %.0f things for each look, want at most the 2 of joining a name", n)
	}
}

func BenchmarkLookingUp(b *testing.B) {
	b.Run("tag", func(b *testing.B) {
		for b.Loop() {
			TagOf("workorder.opened", "priority")
		}
	})
	b.Run("awaited", func(b *testing.B) {
		for b.Loop() {
			Awaited("workorder.opened")
		}
	})
}
