package sentiment

import (
	"fmt"
	"hash/fnv"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestReadClasses(t *testing.T) {
	tests := []struct {
		text  string
		class Class
		min   float64 // of the confidence
		max   float64
	}{
		{"", Neutral, 0, 0},
		{"!!! ?? 12", Neutral, 0, 0},
		{"The plumber comes on Thursday.", Neutral, 0.5, 1},
		{"Thank you so much, the new sink is wonderful!", Positive, 0.9, 1},
		{"The leak is back again and nobody answers. This is unacceptable.", Negative, 0.9, 1},
		{"I am not happy with the repair.", Negative, 0.5, 0.95},
		{"The staff is not friendly.", Negative, 0.5, 1},
		{"Finally fixed, thanks!", Positive, 0.8, 1},
		{"The mold was disgusting, but now it is fixed and the team was great, thank you", Positive, 0.7, 1},
		{"The heat doesn't work and it's freezing", Negative, 0.8, 1},
		{":(", Negative, 0.6, 1},
		// Other languages, and no language: whatever the words look like, the reading must not be sure.
		{"La fuga de agua sigue igual y nadie responde, es un problema terrible", Neutral, 0, 0.5},
		{"¡Muchas gracias por todo, son fantásticos!", Neutral, 0, 0.5},
		{"Où est la clé du garage ?", Neutral, 0, 0.5},
		{"C'est horrible, personne ne répond depuis lundi", Neutral, 0, 0.5},
		{"Die Heizung ist kaputt und niemand antwortet", Neutral, 0, 0.5},
		{"O vazamento continua e ninguém responde, péssimo serviço", Neutral, 0, 0.5},
		{"Il riscaldamento non funziona, è terribile", Neutral, 0, 0.5},
		{"Nước bị rò rỉ, không ai trả lời", Neutral, 0, 0.5},
		{"Tumutulo pa rin ang tubig at walang sumasagot", Neutral, 0, 0.5},
		{"水漏れがひどいです。誰も答えません。", Neutral, 0, 0.5},
		{"Течёт кран, никто не отвечает, ужас", Neutral, 0, 0.5},
		{"لا أحد يجيب", Neutral, 0, 0.5},
		{"asdf qwer zxcv uiop hjkl", Neutral, 0, 0.5},
	}
	for _, tt := range tests {
		got := Read(tt.text)
		if got.Confidence > 0.5 && got.Class != tt.class || got.Confidence < tt.min || got.Confidence > tt.max {
			t.Errorf("%q: got %s with %.2f (tone %.2f, %v), want %s with %v to %v", tt.text, got.Class, got.Confidence, got.Tone, got.Words, tt.class, tt.min, tt.max)
		}
	}
}

// Each is read as further towards positive than the text beside it.
func TestReadOrder(t *testing.T) {
	for _, tt := range [][2]string{
		{"very good", "good"}, {"good", "fairly good"}, {"I am happy with the repair", "I am not happy with the repair"},
		{"not bad at all", "bad"}, {"No problem, thanks", "It is a problem"}, {"It was fixed", "It was not fixed"},
		{"that is bad", "that is terrible, awful"}, {"the teknician was wonderfull", "the teknician was horribel"},
	} {
		more, less := Read(tt[0]).Tone, Read(tt[1]).Tone
		if more <= less {
			t.Errorf("%q (%.2f) is not read as better than %q (%.2f)", tt[0], more, tt[1], less)
		}
	}
}

func TestReadNamesTheWords(t *testing.T) {
	got := Read("Thank you, but the leak is terrible again and the ceiling is wet.")
	names := []string{}
	for i, w := range got.Words {
		names = append(names, w.Word)
		if i > 0 && math.Abs(w.Weight) > math.Abs(got.Words[i-1].Weight) {
			t.Errorf("%v is not the strongest first", got.Words)
		}
		if w.Word == "terrible" && w.Weight >= 0 || w.Word == "thank" && w.Weight <= 0 {
			t.Errorf("%q pulls the wrong way: %v", w.Word, w.Weight)
		}
	}
	if !slices.Contains(names, "terrible") || len(names) > maxShown {
		t.Errorf("got %v, want terrible among at most %d words", names, maxShown)
	}
}

func TestReadBounds(t *testing.T) {
	words := []string{"good", "bad", "not", "very", "but", "leak", ":)", "!!!", "THANKS", "don't", "é", "\xff", "'", "…", "like", "no", "que", strings.Repeat("a", 5000)}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.String().Draw(rt, "text")
		if rapid.Bool().Draw(rt, "words") {
			text = strings.Join(rapid.SliceOf(rapid.SampledFrom(words)).Draw(rt, "list"), " ")
		}
		a, b := Read(text), Read(text)
		if !reflect.DeepEqual(a, b) {
			rt.Fatalf("%q: %+v, then %+v", text, a, b)
		}
		if !(a.Tone >= -1 && a.Tone <= 1 && a.Confidence >= 0 && a.Confidence <= 1 && a.Evidence() >= 0 && a.Evidence() <= 1) || a.Class == "" {
			rt.Fatalf("%q: out of bounds: %+v", text, a)
		}
		for _, w := range a.Words {
			if math.IsNaN(w.Weight) || math.IsInf(w.Weight, 0) {
				rt.Fatalf("%q: %+v", text, a)
			}
		}
	})
}

// What lies beyond the first page is not read, however the text is made: nobody can make a message cost more.
func TestReadIsBounded(t *testing.T) {
	for _, unit := range []string{"word ", "a ", "!", "'", "é", "\xff", "a!", ":) ", strings.Repeat("x", 999) + " "} {
		page := strings.Repeat(unit, maxBytes/len(unit)+1)[:maxBytes]
		if a, b := Read(page), Read(page+strings.Repeat(" terrible disgusting", 100_000)); !reflect.DeepEqual(a, b) {
			t.Errorf("%q: read beyond the first page: %+v, then %+v", unit, a, b)
		}
		if got := len(tokens(clip(page))); got > maxTokens {
			t.Errorf("%q: %d words are read, want at most %d", unit, got, maxTokens)
		}
	}
}

// The bits of many readings, on this and every other machine. It changes when the model or the word list does: then
// write the new one down, and measure anew (docs/tone.md).
func TestReadingsAreTheSameEverywhere(t *testing.T) {
	h := fnv.New64a()
	for _, a := range []string{"", "not ", "very ", "Thank you, ", "Still no heat: ", "no "} {
		for _, b := range []string{"good", "bad", "the leak is back", "terirble servcie!", "where is the key?", "gracias por todo", "fine :)"} {
			r := Read(a + b)
			fmt.Fprintf(h, "%x %x %s %v\n", math.Float64bits(r.Tone), math.Float64bits(r.Confidence), r.Class, r.Words)
		}
	}
	if got, want := fmt.Sprintf("%x", h.Sum64()), "8b1a0e95a492c40d"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestExp(t *testing.T) {
	for x := -16.0; x <= 16; x += 0.37 {
		if got, want := exp(x), math.Exp(x); math.Abs(got/want-1) > 1e-9 {
			t.Errorf("exp(%v) is %v, want %v", x, got, want)
		}
	}
}

const usualMessage = "Hi, the leak under the kitchen sink is back again and nobody answered my last two messages. I really don't want to complain, but this is the third time. Could someone please come by this week? Thank you."

func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Read(usualMessage)
	}
}

func BenchmarkReadHostile(b *testing.B) {
	text := strings.Repeat("a!", 100_000)
	b.ReportAllocs()
	for b.Loop() {
		Read(text)
	}
}
