package channel

import (
	"strings"
	"testing"
)

func TestCountSegments(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		want Segments
	}{
		{"empty", "", Segments{Count: 1}},
		{"as long as one goes", strings.Repeat("a", 160), Segments{Count: 1}},
		{"one more", strings.Repeat("a", 161), Segments{Count: 2}},
		{"two full", strings.Repeat("a", 306), Segments{Count: 2}},
		{"three", strings.Repeat("a", 307), Segments{Count: 3}},
		{"Spanish that the short alphabet has", "¿Mañana? ¡Sí no, é!", Segments{Count: 1, UCS2: true}}, // í is not in it
		{"Spanish without it", "¿Mañana a las ocho? ¡Qué bien, señor!", Segments{Count: 1}},
		{"signs that count twice", strings.Repeat("€", 80), Segments{Count: 1}},
		{"one of them more", strings.Repeat("€", 81), Segments{Count: 2}},
		{"a sign is not cut in two", strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), Segments{Count: 3}},
		{"the longer alphabet, one", strings.Repeat("í", 70), Segments{Count: 1, UCS2: true}},
		{"the longer alphabet, two", strings.Repeat("í", 71), Segments{Count: 2, UCS2: true}},
		{"a pair is not cut", strings.Repeat("í", 66) + "🙂" + strings.Repeat("í", 66), Segments{Count: 3, UCS2: true}},
		{"typographic quotes cost", "It’s fixed", Segments{Count: 1, UCS2: true}},
	} {
		if got := CountSegments(c.text); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
