package column

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

type layout struct {
	name         string
	kind         Kind
	header, want []string
	rows         [][]string
}

func readLayouts(t *testing.T, name string) []layout {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []layout
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		line := sc.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "== "); ok {
			kind, title, _ := strings.Cut(rest, " ")
			out = append(out, layout{name: title, kind: Kind(kind)})
			continue
		}
		l := &out[len(out)-1]
		sep := "|"
		if strings.Count(line, ";") > strings.Count(line, "|") {
			sep = ";"
		}
		cells := strings.Split(line, sep)
		switch {
		case l.header == nil:
			l.header = cells
		case l.want == nil:
			l.want = cells
		default:
			l.rows = append(l.rows, cells)
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func (l layout) profiles() []*Profile {
	out := make([]*Profile, len(l.header))
	for i := range out {
		out[i] = &Profile{}
		for _, r := range l.rows {
			if i < len(r) {
				out[i].Add(r[i], nil)
			}
		}
	}
	return out
}

// Layouts that were not looked at while the word lists were written must be recognised nearly whole, and a wrong
// mapping is worse than none: it must be rare.
func TestUnseenLayouts(t *testing.T) {
	for _, file := range []string{"testdata/unseen.txt", "testdata/heldout.txt"} {
		t.Run(file, func(t *testing.T) { measure(t, readLayouts(t, file)) })
	}
}

func measure(t *testing.T, layouts []layout) {
	right, wrong, all := 0, 0, 0
	for _, l := range layouts {
		m := Recognise(l.kind, l.header, l.profiles(), nil)
		for i, c := range m.Columns {
			got := c.Field
			if c.Refused {
				got = "!"
			}
			all++
			switch {
			case got == l.want[i]:
				right++
			case got != Skip:
				wrong++
				fallthrough
			default:
				t.Logf("%s: %q became %s, want %s (%.2f %s)", l.name, c.Heading, got, l.want[i], c.Confidence, c.Reason)
			}
		}
		for _, s := range m.Missing {
			t.Errorf("%s: %s", l.name, s)
		}
	}
	t.Logf("%d of %d columns right, %d wrong", right, all, wrong)
	if float64(right) < 0.95*float64(all) {
		t.Errorf("only %d of %d columns were recognised", right, all)
	}
	if wrong > 1 {
		t.Errorf("%d columns were taken for something they are not", wrong)
	}
}
