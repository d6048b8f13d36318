package desk

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheGuideToTemplatesIsTrue puts the examples of docs/templates.md to the check: those that are shown pass, those that are
// refused are refused with the sentence below them.
func TestTheGuideToTemplatesIsTrue(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/templates.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(raw)
	l := shippedLibrary(t)
	seen := map[string]int{}
	for _, m := range regexp.MustCompile("(?s) *```yaml (template|refused)\n(.*?)```").FindAllStringSubmatch(guide, -1) {
		text := strings.ReplaceAll(m[2], "\n  ", "\n")
		if m[1] == "template" {
			text = m[2]
		}
		_, found := l.ExamineOwn([]byte(strings.TrimPrefix(text, "  ")))
		seen[m[1]]++
		if m[1] == "template" {
			if len(found) > 0 {
				t.Errorf("an example is refused: %v", found)
			}
			continue
		}
		if len(found) != 1 {
			t.Fatalf("a refused example has %d findings: %v", len(found), found)
		}
		flat := strings.Join(strings.Fields(strings.ReplaceAll(guide, "\n  > ", " ")), " ")
		if !strings.Contains(flat, found[0].String()) {
			t.Errorf("the guide does not say %q", found[0])
		}
	}
	if seen["template"] == 0 || seen["refused"] == 0 {
		t.Errorf("examples: %v", seen)
	}
}
