package world

import (
	"strings"
	"testing"

	"hearth/internal/sense/sentiment"
)

func lists(t *testing.T) *words {
	t.Helper()
	w, err := loadWords()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestListsAreWhole(t *testing.T) {
	w := lists(t)
	if len(w.given) < 300 || len(w.family) < 300 || len(w.places) < 8 || len(w.streets) < 8 || len(w.communities) < 8 {
		t.Errorf("%d given and %d family names, %d places, %d streets, %d communities", len(w.given), len(w.family),
			len(w.places), len(w.streets), len(w.communities))
	}
	seen := map[string]bool{}
	for _, name := range w.given {
		if seen[name] {
			t.Errorf("given name %s stands twice", name)
		}
		seen[name] = true
	}
	for _, c := range w.categories {
		if c.weight <= 0 || c.hot <= 0 || c.cold <= 0 || len(c.reports) < 4 || len(c.waits) == 0 {
			t.Errorf("category %s is thin: %+v", c.name, c)
		}
		for _, f := range append(c.reports, c.urgent...) {
			if seen[f.report] || !strings.HasSuffix(f.report, ".") || !strings.HasSuffix(f.fix, ".") {
				t.Errorf("%s: %q stands twice, or is no sentence", c.name, f.report)
			}
			seen[f.report] = true
		}
	}
	for _, p := range w.places {
		if len(p.areaCodes) != 5 || len(p.zip) != 5 || len(p.state) != 2 {
			t.Errorf("place %+v", p)
		}
	}
}

// What people write carries the tone that the occasion has, as far as Hearth's own ear goes: without that, nothing in
// a generated year would ever sound angry or glad.
func TestTextsSoundLikeTheirOccasion(t *testing.T) {
	for occasion, band := range map[string][2]float64{
		"thanks": {0.3, 1}, "reply_glad": {0.2, 1}, "complaint": {-1, -0.1}, "waiting": {-1, -0.1}, "again": {-1, 0},
		"reply_upset": {-1, 0}, "question": {-0.15, 0.3}, "reply_flat": {-0.2, 0.5}, "reopened": {-1, 0.1}, "staff_note": {-1, 1},
	} {
		texts := lists(t).sayings[occasion]
		sum := 0.0
		for _, text := range texts {
			sum += sentiment.Read(text).Tone
		}
		if mean := sum / float64(len(texts)); len(texts) < 4 || mean < band[0] || mean > band[1] {
			t.Errorf("%s: %d texts, %.2f on average, want %.2f to %.2f", occasion, len(texts), mean, band[0], band[1])
		}
	}
}
