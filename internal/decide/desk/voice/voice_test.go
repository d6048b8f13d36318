package voice

import (
	"math"
	"strings"
	"testing"

	"hearth/internal/fact/record"
)

func TestSyllables(t *testing.T) {
	for _, tt := range []struct {
		count func(string) int
		words map[string]int
	}{
		{englishSyllables, map[string]int{"home": 1, "water": 2, "apartment": 3, "the": 1, "table": 2, "closed": 1, "needed": 2, "we": 1, "maintenance": 3, "key": 1, "agree": 2}},
		{spanishSyllables, map[string]int{"casa": 2, "agua": 2, "quien": 1, "guitarra": 3, "día": 2, "también": 2, "ciudad": 2, "solicitud": 4, "hay": 1, "y": 1, "muy": 1,
			"poeta": 3, "responda": 3, "equipo": 3, "Uruguay": 3, "país": 2, "qué": 1, "lluvia": 2, "ruido": 2, "pingüino": 3}},
	} {
		for word, want := range tt.words {
			if got := tt.count(strings.ToLower(word)); got != want {
				t.Errorf("%s: %d syllables, want %d", word, got, want)
			}
		}
	}
}

func TestLevels(t *testing.T) {
	// 6 words, 1 sentence, 6 syllables: 0.39×6 + 11.8×1 − 15.59.
	if l := Read("The cat sat on the mat.", "en"); l.Words != 6 || l.Sentences != 1 || math.Abs(l.Grade-(-1.45)) > 0.001 {
		t.Errorf("English: %+v", l)
	}
	// 4 words, 1 sentence, 7 syllables: 206.84 − 60×7/4 − 1.02×4.
	if l := Read("La casa tiene agua.", "es"); l.Words != 4 || l.Syllables != 7 || math.Abs(l.Ease-97.76) > 0.001 {
		t.Errorf("Spanish: %+v", l)
	}
	if l := Read("We come on May 4 at 9.30 a.m. with a new part.\n\nOak Court", "en"); l.Sentences != 2 {
		t.Errorf("numbers and greetings: %+v, want two sentences", l)
	}
	if l := Read("", "en"); l.Words != 0 || l.Grade != 0 {
		t.Errorf("nothing: %+v", l)
	}
}

func TestHints(t *testing.T) {
	v := record.Voice{GradeMost: 8, EaseLeast: 60, Avoid: []record.Avoid{{Word: "tenant", Instead: "resident"}, {Word: "ticket", Language: "en"}}}
	hard := "Notwithstanding previously communicated information regarding the aforementioned modification of the maintenance appointment, residents are respectfully requested to facilitate unobstructed accessibility."
	for _, tt := range []struct {
		name, text, lang string
		want             []string
	}{
		{"plain words", "We come on Tuesday. Please keep the sink free. Call us if that does not suit you, and we will find a new day.", "en", nil},
		{"hard words", hard, "en", []string{"is meant to be the most: 20 words in one sentence."}},
		{"hard, and short", "Notwithstanding modifications.", "en", nil},
		{"a word to avoid", "Dear Tenant,\nyour ticket is closed.", "en", []string{"this house says “resident”", "“ticket”, which this house avoids"}},
		{"only within a word", "The tenants' subtenant.", "en", nil},
		{"in another language", "Su ticket.", "es", nil},
		{"hard Spanish", strings.Repeat("Consideraciones administrativas extraordinariamente complicadas determinarían responsabilidades ", 4) + ".", "es", []string{"reading ease"}},
	} {
		got := Hints(tt.text, tt.lang, v)
		if len(got) != len(tt.want) {
			t.Errorf("%s: %+v, want %d", tt.name, got, len(tt.want))
			continue
		}
		for i, h := range got {
			if !strings.Contains(h.Says, tt.want[i]) {
				t.Errorf("%s: %q, want %q", tt.name, h.Says, tt.want[i])
			}
		}
	}
	if got := Hints(hard, "en", record.Voice{}); got != nil {
		t.Errorf("a house that has said nothing gets %v", got)
	}
}
