package fit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/sense/heard"
)

// What is heard is nearly always so, also in sentences that no rule was written on; of what somebody is, nothing is heard.
func TestHowWellItHears(t *testing.T) {
	all, err := Shipped()
	if err != nil {
		t.Fatal(err)
	}
	r := heard.New()
	total := 0
	for _, want := range []struct {
		corpus            string
		sentences         int
		precision, recall float64
	}{{"seen", 600, 0.99, 0.98}, {"held_out", 90, 0.97, 0.9}, {"denied", 120, 1, 1}} {
		var c Corpus
		for _, x := range all {
			if x.Name == want.corpus {
				c = x
			}
		}
		m := Evaluate(r, c)
		last := m.Counts[len(m.Counts)-1]
		if last.Kind != "all" || len(c.Sentences) < want.sentences || last.Precision < want.precision || last.Recall < want.recall {
			t.Errorf("%s: %d sentences, %+v, want at least %+v; wrong: %+v", want.corpus, len(c.Sentences), last, want, m.Misses)
		}
		if want.corpus != "denied" && last.Truth < len(c.Sentences)/3 {
			t.Errorf("%s: only %d facts in %d sentences", want.corpus, last.Truth, len(c.Sentences))
		}
		total += len(c.Sentences)
	}
	if total < 600 {
		t.Errorf("%d sentences are too few", total)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, body string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name, file, column string
		sentences, wrong   int
		problem            string
	}{
		{"labelled", write("a.tsv", "# head\nown\tchannel=sms\tI prefer texts.\nnote\t-\tPrefers email.\n"), "", 2, 1, ""},
		{"plain lines", write("b.txt", "The tap drips.\n\nI work nights.\n"), "", 2, 1, ""},
		{"a table", write("c.csv", "id,said\n1,We got a puppy!\n2,\n3,\"Do you, too?\"\n"), "said", 2, 1, ""},
		{"no such column", write("d.csv", "id,said\n"), "text", 0, 0, "no column text"},
		{"no such voice", write("e.tsv", "theirs\t-\tHello\n"), "", 0, 0, "line 1"},
		{"no such kind", write("f.tsv", "own\thealth=ill\tHello\n"), "", 0, 0, "health=ill"},
		{"no text", write("g.tsv", "own\t-\n"), "", 0, 0, "no text"},
	} {
		got, err := Load(c.file, c.column)
		if c.problem != "" {
			if hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%s: %v, want %q", c.name, err, c.problem)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		m := Evaluate(heard.New(), got)
		if all := m.Counts[len(m.Counts)-1]; len(got.Sentences) != c.sentences || all.Wrong != c.wrong {
			t.Errorf("%s: %d sentences, %+v", c.name, len(got.Sentences), all)
		}
	}
}
