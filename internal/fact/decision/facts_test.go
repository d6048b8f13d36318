package decision

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// Facts are written as the library writes them, whatever they are.
func TestFactsAsJSON(t *testing.T) {
	word := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,12}`))
	value := rapid.OneOf(rapid.Map(word, func(s string) any { return s }), rapid.Map(rapid.Int(), func(n int) any { return n }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { return f }), rapid.Map(rapid.SliceOfN(word, 0, 3), func(s []string) any { return s }))
	rapid.Check(t, func(t *rapid.T) {
		facts := rapid.MapOfN(word, value, 0, 8).Draw(t, "facts")
		want, err := json.Marshal(facts)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := encodeFacts(facts); err != nil || got != string(want) {
			t.Fatalf("got %s, %v; want %s", got, err, want)
		}
	})
	if _, err := encodeFacts(map[string]any{"x": make(chan int)}); err == nil {
		t.Error("what has no JSON was written")
	}
	if got, err := encodeFacts(nil); got != "{}" || err != nil {
		t.Errorf("none: %s, %v", got, err)
	}
}
