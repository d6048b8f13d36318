package rule

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestSegmentsStandForTheirConditions(t *testing.T) {
	e, err := NewEnv([]Field{{Name: "service.open", Type: Int, Tag: Behaviour}, {Name: "lease.days_to_end", Type: Int, Tag: Contract, Clock: true},
		{Name: "lease.status", Type: String, Tag: Contract}})
	if err != nil {
		t.Fatal(err)
	}
	with := WithSegments(map[string]string{"busy": "service.open > 1 || service.open == 0", "soon": "lease.days_to_end <= 120"})
	c, err := e.Compile("segment.busy && !segment.soon && lease.status != 'segment.none é'", with)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Segments(); !slices.Equal(got, []string{"busy", "soon"}) {
		t.Errorf("names the segments %v", got)
	}
	if len(c.FieldIDs()) != 3 || len(c.Clocks()) != 1 {
		t.Errorf("reads the fields %v, of which time changes %v", c.FieldIDs(), c.Clocks())
	}
	for _, tt := range []struct {
		open, days int64
		want       bool
	}{{2, 200, true}, {0, 200, true}, {1, 200, false}, {2, 100, false}} {
		if got, err := c.Eval(Vars{Fields: list{tt.open, tt.days, "current"}}); err != nil || got != tt.want {
			t.Errorf("%d open, %d days: got %v (%v)", tt.open, tt.days, got, err)
		}
	}
	if c.Source() != "segment.busy && !segment.soon && lease.status != 'segment.none é'" {
		t.Errorf("the source became %s", c.Source())
	}
}

// Mistakes are shown where the author made them, whatever a segment grew to.
func TestErrorsBesideSegmentsStandAtTheirPlace(t *testing.T) {
	e, err := NewEnv([]Field{{Name: "service.open", Type: Int, Tag: Behaviour}})
	if err != nil {
		t.Fatal(err)
	}
	with := WithSegments(map[string]string{"busy": "service.open > 1 && service.open < 1000", "long": strings.Repeat("service.open > 0 && ", 110) + "true"})
	for src, want := range map[string]struct {
		line, column int
		says         string
	}{
		"segment.busy && servce.open > 1":                   {1, 17, "service.open"},
		"segment.busy &&\n segment.busy && servce.open > 1": {2, 18, "service.open"},
		"service.open > 0 && segment.bussy":                 {1, 21, "segment.busy"},
		"'é' == 'é' && segment.other":                       {1, 15, "no segment"},
		"segment.busy > 3":                                  {1, 14, "does not fit"},
		"segment.long && segment.busy":                      {1, 1, "With its segments"},
	} {
		_, err := e.Compile(src, with)
		var bad *Error
		if !errors.As(err, &bad) || !strings.Contains(bad.Error()+bad.Near, want.says) || bad.Line != want.line || bad.Column != want.column {
			t.Errorf("%q: got %v, want a sentence with %q at line %d, column %d", src, err, want.says, want.line, want.column)
		}
	}
	if _, err := e.Compile("segment.busy"); err == nil {
		t.Error("a segment is read where none is known")
	}
}

// list gives fields by their place.
type list []any

func (l list) Field(i int) (any, bool) { return l[i], true }
