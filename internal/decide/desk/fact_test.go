package desk

import (
	"strings"
	"testing"
)

func TestEveryFactHasATag(t *testing.T) {
	known := map[string]bool{}
	for _, f := range Facts() {
		known[f.Name] = true
		if !f.Tag.Valid() {
			t.Errorf("%s has no tag. Say in factTags what kind of fact it is: may what it says decide what a message says?", f.Name)
		}
	}
	for name := range factTags() {
		if !known[name] {
			t.Errorf("factTags names %q, which is no fact", name)
		}
	}
}

// Who somebody is may be said; it decides nothing.
func TestTextsDoNotDecideByWhoSomebodyIs(t *testing.T) {
	for text, refused := range map[string]bool{
		`{% if resident.name == "Mohammed" %}a{% else %}b{% endif %}`:         true,
		`{% if service.open == 1 or resident.last_name != "X" %}a{% endif %}`: true,
		`{% case resident.first_name %}{% when "Ana" %}a{% endcase %}`:        true,
		`{% if resident.name %}Hello {{ resident.name }}{% endif %}`:          false,
		`{% if service.open == 1 %}one{% endif %}`:                            false,
	} {
		_, err := examine(newCatalog(), text)
		if got := err != nil && strings.Contains(err.Error(), "fair-housing"); got != refused {
			t.Errorf("%s: refused %v (%v), want %v", text, got, err, refused)
		}
	}
}
