package ingest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/edge/ingest/column"
)

// A property's name that was mistyped is a question, and a new property is never made in silence.
func TestMistypedPropertyStops(t *testing.T) {
	each(t, func(e *env) {
		first := e.bring(column.Residents, directory)
		if !slices.Contains(first.Notes, "New property Oak Court was made.") {
			t.Errorf("notes of the first import %q", first.Notes)
		}
		if again := e.bring(column.Residents, directory); len(again.Notes) != 0 {
			t.Errorf("notes of the second import %q", again.Notes)
		}
		called := func(name string) func(*Request) { return func(r *Request) { r.Property = name } }
		text := strings.ReplaceAll(directory, "Oak Court", "") // nothing in the file names the property
		for _, with := range [][]func(*Request){{called("Oak Curt")}, {called("Oak Curt"), dry}} {
			_, err := e.run(column.Residents, text, with...)
			var he *hearth.Error
			if !errors.As(err, &he) || he.Field != "property" || !strings.Contains(he.Message, "4 of the 4") || !strings.Contains(he.Message, "Oak Court") {
				t.Fatalf("the import for a mistyped property gives %v", err)
			}
		}
		if n := e.homesOf("Oak Curt"); n != 0 || len(e.people()) != 4 {
			t.Errorf("%d homes at the mistyped property, people %q", n, e.people())
		}
		// One who moved stops nothing.
		lines := strings.SplitAfter(text, "\n")
		mixed := lines[0] + lines[1] + strings.NewReplacer("t2", "u2", "James", "Zoe").Replace(lines[2]) + strings.NewReplacer("t3", "u3", "Kim", "Ida").Replace(lines[3])
		if r := e.bring(column.Residents, mixed, called("Elm House"), dry); !slices.Contains(r.Notes, "New property Elm House would be made.") {
			t.Errorf("notes of a dry run %q", r.Notes)
		}
	})
}
