package ui

import (
	"strings"
	"testing"
)

// A list marks one of its options: where one is marked as chosen, an empty value chooses nothing beside it.
func TestAListMarksOneOption(t *testing.T) {
	options := []Option{{Value: "", Name: "Nobody yet"}, {Value: "a", Name: "Ana"}, {Value: "b", Name: "Ben", Chosen: true}}
	for _, x := range []struct {
		in   Input
		want string
	}{
		{Input{Name: "to", Label: "Who", Options: options}, `value="b" selected`},
		{Input{Name: "to", Label: "Who", Options: options[:2]}, `value="" selected`},
		{Input{Name: "to", Label: "Who", Options: options[:2], Value: "a"}, `value="a" selected`},
	} {
		var out strings.Builder
		if err := Field(x.in).Render(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		if strings.Count(out.String(), " selected") != 1 || !strings.Contains(out.String(), x.want) {
			t.Errorf("want only %s in %s", x.want, out.String())
		}
	}
}
