package fit

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearth/internal/sense/sentiment"
)

func held(t *testing.T) (residents, vader []Text) {
	t.Helper()
	all, err := Residents()
	if err != nil {
		t.Fatal(err)
	}
	_, residents = Split(all)
	if vader, err = Load("testdata/vader_held_out.csv", NeutralBand); err != nil {
		t.Fatal(err)
	}
	return residents, vader
}

// The shipped model on texts that it never saw. The floors are a little under what was measured, so that worse weights
// or a confidence that promises too much fail here.
func TestShippedModelOnTextsNeverSeen(t *testing.T) {
	residents, vader := held(t)
	if len(residents) < 120 || len(vader) < 300 {
		t.Fatalf("%d and %d texts are held out", len(residents), len(vader))
	}
	for _, x := range vader {
		if !HeldOut(x.Words) {
			t.Fatalf("%q may have been trained on", x.Words)
		}
	}
	all := append(residents, vader...)
	shipped := Model(sentiment.Shipped())
	tests := []struct {
		name     string
		texts    []Text
		read     Reader
		f1, ece  float64
		overList float64 // how much better than the word list alone, at least
	}{
		{"residents", residents, shipped, 0.75, 0.12, 0.05},
		{"tweets and reviews", vader, shipped, 0.67, 0.08, 0.01},
		{"all", all, shipped, 0.70, 0.06, 0.03},
		{"misspelt", all, Misspelt(shipped), 0.58, 0.08, 0.05},
	}
	for _, tt := range tests {
		got := Evaluate(tt.texts, tt.read)
		list := Evaluate(tt.texts, Lexicon)
		if tt.name == "misspelt" {
			list = Evaluate(tt.texts, Misspelt(Lexicon))
		}
		t.Logf("%s: %d texts, macro F1 %.3f (word list %.3f), ECE %.3f (%.3f)", tt.name, got.Texts, got.MacroF1, list.MacroF1, got.ECE, list.ECE)
		if got.MacroF1 < tt.f1 || got.MacroF1 < list.MacroF1+tt.overList {
			t.Errorf("%s: macro F1 %.3f, want at least %.3f and %.2f more than the word list's %.3f", tt.name, got.MacroF1, tt.f1, tt.overList, list.MacroF1)
		}
		if got.ECE > tt.ece {
			t.Errorf("%s: confidence is off by %.3f on average, want at most %.2f", tt.name, got.ECE, tt.ece)
		}
	}
}

func TestTrainingIsRepeatable(t *testing.T) {
	texts, err := Residents()
	if err != nil {
		t.Fatal(err)
	}
	train, _ := Split(texts)
	train = train[:150]
	s := usual()
	s.passes = 2
	a, b := sentiment.Pack(fitted(train, s)), sentiment.Pack(fitted(train, s))
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same texts gave two models")
	}
	s.seed++
	if c := sentiment.Pack(fitted(train, s)); bytes.Equal(a.Bytes(), c.Bytes()) {
		t.Error("another order of learning gave the same model")
	}
	back, err := sentiment.NewModel(string(a.Bytes()))
	if err != nil || back != a {
		t.Errorf("the packed model does not come back: %v", err)
	}
	for _, raw := range []string{"", "HTN2", strings.Repeat("x", len(a.Bytes()))} {
		if _, err := sentiment.NewModel(raw); err == nil {
			t.Errorf("%d bytes that are no model were taken", len(raw))
		}
	}
}

func TestEvaluate(t *testing.T) {
	texts := []Text{{Words: "a", Class: sentiment.Positive}, {Words: "b", Class: sentiment.Positive}, {Words: "c", Class: sentiment.Negative}, {Words: "d", Class: sentiment.Neutral}}
	got := Evaluate(texts, func(text string) (sentiment.Class, float64) {
		if text == "c" {
			return sentiment.Negative, 1
		}
		return sentiment.Positive, 0.65
	})
	if got.Accuracy != 0.75 || got.Classes[2].Precision != 2.0/3 || got.Classes[2].Recall != 1 || got.Classes[0].F1 != 1 || got.Classes[1].F1 != 0 {
		t.Errorf("got %+v", got)
	}
	// Three readings with 0.65 of which two are right, one with 1 that is right.
	if want := 0.75 * (2.0/3 - 0.65); got.ECE < want-1e-9 || got.ECE > want+1e-9 || len(got.Bins) != 2 || got.Bins[0].Texts != 3 {
		t.Errorf("got ECE %v and %+v, want %v", got.ECE, got.Bins, want)
	}
}

func TestMisspell(t *testing.T) {
	for in, want := range map[string]string{
		"This is terrible, really!": "This is terirble, relaly!", "mold": "mold", "": "", "aaaaaa": "aaaaaa", "don't you": "don't you", "naïveté": "naïveté",
	} {
		if got := Misspell(in); got != want && in != "naïveté" {
			t.Errorf("%q: got %q, want %q", in, got, want)
		} else if len(got) != len(in) {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestLoad(t *testing.T) {
	tests := []struct{ name, text, wants string }{
		{"no text column", "id,class\n1,neutral\n", "needs the column text"},
		{"no label", "id,text\n1,hello\n", "needs the column text"},
		{"no class", "class,text\nblue,hello\n", "row 2"},
		{"no rating", "mean_sentiment,text\nhigh,hello\n", "no rating"},
		{"broken", "class,text\n\"neutral,hello\n", "read"},
		{"empty", "", "empty"},
		{"not gzip", "gz", "read"},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "x.csv")
		if tt.text == "gz" {
			path += ".gz"
		}
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path, NeutralBand); err == nil || !strings.Contains(err.Error(), tt.wants) {
			t.Errorf("%s: got %v, want %q in it", tt.name, err, tt.wants)
		}
	}
	path := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(path, []byte("mean_sentiment,text\n0.4,a\n0.5,b\n-3,c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path, NeutralBand)
	if err != nil || len(got) != 3 || got[0].Class != sentiment.Neutral || got[1].Class != sentiment.Positive || got[2].Class != sentiment.Negative ||
		got[2].Target != [3]float64{1, 0, 0} || got[1].Target[2] != 0.5 {
		t.Errorf("got %+v (%v)", got, err)
	}
}
