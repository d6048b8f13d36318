package helper

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestHide(t *testing.T) {
	secrets := []string{"Ana Ruiz", "Ana", "Ruiz", "4B", "her husband died in March", "608 555 0147"}
	for text, want := range map[string]string{
		"Hello Ana, RUIZ of 4b":                       "Hello [[1]], [[2]] of [[3]]",
		"Anastasia stays":                             "Anastasia stays",
		"since her  husband\ndied in March, we wait":  "since [[1]], we wait",
		"call 608 555 0147 or (212) 555-0100":         "call [[1]] or ([[2]]",
		"write to ana@home.example or www.x.org/ana?": "write to [[1]] or [[2]]",
		"{{ resident.name }}{% if x %}Ana{% endif %}": "[[1]][[3]]Ana[[4]]",
		"a trap [[1]]":                                "a trap [[1]]",
	} {
		v := newVeil()
		got := v.hide(text, secrets)
		for _, s := range append(secrets, "@", "www.", "{{") {
			if wordIndex(got, s) != nil {
				t.Errorf("%q became %q: %q shows", text, got, s)
			}
		}
		back, left, ok := v.fill(got)
		if back != text || len(left) > 0 || !ok {
			t.Errorf("%q became %q and came back as %q (%v)", text, got, back, left)
		}
		if strings.Count(want, "[[") == 0 && got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// Whatever is hidden comes back as it was, and none of it shows meanwhile.
func TestHideAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[A-Za-zäé0-9 ]{2,12}`)
		secrets := rapid.SliceOfN(word, 0, 6).Draw(t, "secrets")
		parts := rapid.SliceOf(rapid.OneOf(rapid.String(), word, rapid.SampledFrom(append([]string{" ", "[[2]]", "{{ x }}", "a@b.com"}, secrets...)))).Draw(t, "parts")
		text := strings.Join(parts, " ")
		v := newVeil()
		got := v.hide(text, secrets)
		if back, left, ok := v.fill(got); back != text || len(left) > 0 || !ok {
			t.Fatalf("%q became %q and came back as %q", text, got, back)
		}
		bare := marksOut(got)
		for _, s := range longestFirst(secrets) {
			if strings.TrimSpace(s) != "" && wordIndex(bare, s) != nil {
				t.Fatalf("%q shows in %q", s, got)
			}
		}
	})
}

// marksOut takes marks out of a text, each as a border between words.
func marksOut(s string) string {
	for n := range 200 {
		s = strings.ReplaceAll(s, mark(n), "\x00\x01")
	}
	return s
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"```\nHello\n```": "Hello",
		"<b>Hello</b> <script>alert(1)</script>Ana":         "Hello Ana",
		"[pay here](https://evil.example) ![x](http://e.x)": "pay here x",
		"Hello\u0000\u202e [[1]]":                           "Hello [[1]]",
	} {
		if got := plain(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
