package helper

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearth/internal/fact/record"
)

func TestHide(t *testing.T) {
	secrets := plainly("Ana Ruiz", "Ana", "Ruiz", "4B", "her husband died in March", "608 555 0147")
	for text, want := range map[string]string{
		"Hello Ana, RUIZ of 4b":                       "Hello [[1]], [[2]] of [[3]]",
		"Anastasia stays":                             "Anastasia stays",
		"since her  husband\ndied in March, we wait":  "since [[1]], we wait",
		"call 608 555 0147 or (212) 555-0100":         "call [[1]] or ([[2]]",
		"write to ana@home.example or www.x.org/ana?": "write to [[1]] or [[2]]",
		"{{ resident.name }}{% if x %}Ana{% endif %}": "[[1]][[3]]Ana[[4]]",
		"a trap [[1]]":                                "a trap [[1]]",
		"[[ Ana, [Ana] [[":                            "[[ [[1]], [[[1]]] [[",
	} {
		v := newVeil()
		got := v.hide(text, secrets)
		for _, s := range append(secrets, plainly("@", "www.", "{{")...) {
			if s.finder()(got) != nil {
				t.Errorf("%q became %q: %q shows", text, got, s.words)
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

// plainly gives words as secrets of no kind.
func plainly(words ...string) []secret {
	var k known
	k.hide(words...)
	return k.secrets
}

// Whatever is hidden comes back as it was, and none of it shows meanwhile: in scripts without blanks it is found inside of what surrounds it.
func TestHideAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tight := rapid.StringOfN(rapid.SampledFrom([]rune("李伟王小明さくらサクラ민수สมชาย")), 2, 5, -1)
		word := rapid.OneOf(rapid.StringMatching(`[A-Za-zäé0-9 ]{2,12}`), tight)
		secrets := rapid.SliceOfN(word, 0, 6).Draw(t, "secrets")
		parts := rapid.SliceOf(rapid.OneOf(rapid.String(), word, rapid.SampledFrom(append([]string{" ", "[[2]]", "{{ x }}", "a@b.com"}, secrets...)))).Draw(t, "parts")
		text := strings.Join(parts, rapid.SampledFrom([]string{" ", "您好"}).Draw(t, "between"))
		v := newVeil()
		got := v.hide(text, plainly(secrets...))
		if back, left, ok := v.fill(got); back != text || len(left) > 0 || !ok {
			t.Fatalf("%q became %q and came back as %q", text, got, back)
		}
		bare := marksOut(got)
		for _, s := range longestFirst(plainly(secrets...)) {
			if s.finder()(bare) != nil || unspaced(s.words) && strings.Contains(bare, s.words) {
				t.Fatalf("%q shows in %q", s.words, got)
			}
		}
	})
}

// Names are found in every script, in small letters too, but no everyday word is taken for one that only sounds like it.
func TestHideNames(t *testing.T) {
	will := namesOf(record.Resident{First: "Will", Last: "May"})
	li := namesOf(record.Resident{First: "伟", Last: "李"})
	wang := namesOf(record.Resident{First: "小明", Last: "王"})
	home := func(label string) []secret { return []secret{{words: label, home: true}} }
	for _, x := range []struct {
		text    string
		secrets []secret
		want    string
	}{
		{"we will come in may, Will", will, "we will come in may, [[1]]"},
		{"WILL MAY, will may", will, "[[1]], [[2]]"},
		{"its ana from upstairs, ruiz", namesOf(record.Resident{First: "Ana", Last: "Ruiz"}), "its [[2]] from upstairs, [[1]]"},
		{"a la luz del sol, Luz", namesOf(record.Resident{First: "Luz", Last: "Sol"}), "a la luz del sol, [[1]]"},
		{"李伟您好", li, "[[1]]您好"},
		{"请李先生拿行李", li, "请[[1]]拿行李"},
		{"王小明,小明", wang, "[[1]],[[2]]"},
		{"민수에게 김민수 님", namesOf(record.Resident{First: "민수", Last: "김"}), "[[2]]에게 [[1]] 님"},
		{"Ana您好Anastasia", plainly("Ana"), "[[1]]您好Anastasia"},
		{"xana ana ana", plainly("ana ana"), "xana [[1]]"},
		{"plan B: unit B, home b, apt. B2, #B, 公寓B", home("B"), "plan B: unit [[1]], home [[2]], apt. B2, #[[1]], 公寓[[1]]"},
		{"al apartamento a las nueve, apartamento A", home("A"), "al apartamento a las nueve, apartamento [[1]]"},
		{"at 7 in unit 7", home("7"), "at 7 in unit [[1]]"},
		{"in 4b", home("4B"), "in [[1]]"},
	} {
		v := newVeil()
		if got := v.hide(x.text, x.secrets); got != x.want {
			t.Errorf("%q became %q, want %q", x.text, got, x.want)
		}
	}
}

// What is blank hides nothing, and what is closed is never said to have been left out.
func TestClosedPieces(t *testing.T) {
	for _, blank := range []string{"", "  \n"} {
		if got := sentences(blank); got != nil {
			t.Errorf("%q has the sentences %q", blank, got)
		}
		if at := wordFinder(blank, false)("a b, (c)"); at != nil {
			t.Errorf("%q is found at %v", blank, at)
		}
	}
	if got := sentences("她在医院住院。请不要打电话给她"); len(got) != 3 {
		t.Errorf("sentences without blanks: %q", got)
	}
	var k known
	k.close("hospital", "her sister drowned in the lake")
	k.hide("Ana")
	v := newVeil()
	got := v.hide("Ana, your hospital bed: her sister drowned in the lake", k.secrets)
	if strings.Contains(got, "hospital") || strings.Contains(got, "sister") || shows(k.secrets, got) || !shows(k.secrets, "a Hospital") {
		t.Errorf("it became %q", got)
	}
	if _, left, _ := v.fill(""); len(left) != 1 || left[0] != "Ana" {
		t.Errorf("left out: %q", left)
	}
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
