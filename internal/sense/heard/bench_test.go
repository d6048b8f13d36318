package heard

import "testing"

// What one message costs; it is read beside the hot path, never in it.
func BenchmarkRead(b *testing.B) {
	for _, m := range []struct {
		name, text string
		facts      int
	}{
		{"facts", "Hi Ana, thank you for sending somebody about the kitchen tap. He was friendly and it is dry now. " +
			"Just so you know, I work nights, so please don't knock before ten. Best, Bob", 2},
		{"none", "The kitchen tap drips again and the drawer below it is wet. It was repaired last week, so somebody should look at it. Thank you, Bob", 0},
		{"short", "Thanks, that was quick!", 0},
	} {
		b.Run(m.name, func(b *testing.B) {
			r := New()
			b.ReportAllocs()
			for b.Loop() {
				if len(r.Read(m.text, Own)) != m.facts {
					b.Fatal("it hears something else")
				}
			}
		})
	}
}
