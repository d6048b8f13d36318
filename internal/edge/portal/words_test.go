package portal

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"hearth/internal/base/dbtest"
)

// Every language says everything, with the same gaps to fill.
func TestEveryLanguageIsComplete(t *testing.T) {
	all, err := loadWords(shippedWords)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 2 || all[0].tag != "en" || all.find("es") == nil {
		t.Fatalf("there are %d languages, beginning with %s", len(all), all[0].tag)
	}
	gap := regexp.MustCompile(`\{[a-z]+\}`)
	for _, w := range all[1:] {
		for key, line := range all[0].said {
			other, ok := w.said[key]
			if !ok || strings.TrimSpace(other) == "" {
				t.Errorf("%s lacks %s", w.tag, key)
				continue
			}
			if strings.Count(other, "|") != strings.Count(line, "|") {
				t.Errorf("%s: %s has another number of pieces", w.tag, key)
			}
			for _, g := range gap.FindAllString(other, -1) {
				if !strings.Contains(line, g) {
					t.Errorf("%s: %s fills %s, which nothing gives", w.tag, key, g)
				}
			}
		}
		for key := range w.said {
			if _, ok := all[0].said[key]; !ok {
				t.Errorf("%s says %s, which %s does not", w.tag, key, all[0].tag)
			}
		}
	}
}

// What the pages ask for is there, and nothing is there that no page asks for.
func TestEveryLineIsUsed(t *testing.T) {
	all, err := loadWords(shippedWords)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, f := range files {
		if raw, err := os.ReadFile(f); err == nil && !strings.HasSuffix(f, "_test.go") {
			code.Write(raw)
		}
	}
	asked := regexp.MustCompile(`(?:T|frame|sheet|piece)\((?:v, )?"([a-z][a-z-]*\.[a-z0-9.-]*)"`)
	for _, m := range asked.FindAllStringSubmatch(code.String(), -1) {
		if !strings.HasSuffix(m[1], ".") && !all[0].has(m[1]) {
			t.Errorf("a page says %s, and no language has it", m[1])
		}
	}
	made := []string{"state.", "next.", "trouble.", "room.", "error.", "question.", "language.", "time.", "wish.", "outage."}
	for key := range all[0].said {
		if !strings.Contains(code.String(), `"`+key+`"`) && !slices.ContainsFunc(made, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("nothing says %s", key)
		}
	}
}

// A further language is a file, and may be written from right to left; what it lacks is said in English.
func TestAThirdLanguageFromRightToLeft(t *testing.T) {
	en, err := shippedWords.ReadFile("words/en.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := loadWords(fstest.MapFS{"words/en.yaml": {Data: en}, "words/ar.yaml": {Data: []byte("language.name: العربية\nlanguage.direction: right to left\nhome.need: ماذا تحتاج؟\n")}})
	if err != nil {
		t.Fatal(err)
	}
	d, clock := dbtest.SQLite(t)
	r := newRig(t, d, clock)
	r.words = all
	ana := r.as(r.ana)
	ana.must("/home", []string{`lang="en"`, `dir="ltr"`, `lang="ar"`, "العربية"})
	ana.led(ana.get("/home/language?to=ar"))
	ana.must("/home", []string{`<html lang="ar"`, `dir="rtl"`, "ماذا تحتاج؟", "Something is broken", ">English<"})
	for header, want := range map[string]string{"ar-EG,en;q=0.5": "ar", "fr, en;q=0.3": "en", "": "en", ";;;,": "en"} {
		if got := all.accept(header); got.tag != want {
			t.Errorf("%q is answered in %s, want %s", header, got.tag, want)
		}
	}
}
