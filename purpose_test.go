package hearth_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hearth"
)

// What a message is for is said in words, and never by the name that the program keeps.
func TestPurposesAreSaidInWords(t *testing.T) {
	for purpose, want := range map[string]string{
		"survey.resolved-properly": "the question “was it resolved properly?”",
		"survey.resolved_properly": "the question “was it resolved properly?”",
		"survey.lobby-music":       "a question: lobby music",
		"service.closed":           "a finished repair",
		"broadcast.01h8xyz":        "a broadcast",
		"house.new_paint":          "house new paint",
	} {
		if got := hearth.PurposeWords(purpose); got != want {
			t.Errorf("%s: %q, want %q", purpose, got, want)
		}
	}
}

// Every purpose of a text or a playbook that Hearth ships has words of its own.
func TestShippedPurposesHaveWords(t *testing.T) {
	named, asked := regexp.MustCompile(`purpose: *([a-z][a-z_.-]*)`), regexp.MustCompile(`survey: *\{question: *([a-z_-]+)`)
	seen := 0
	for _, glob := range []string{"internal/decide/desk/templates/*.yaml", "playbooks/*.yaml"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", glob, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, m := range named.FindAllStringSubmatch(string(text), -1) {
				all = append(all, m[1])
			}
			for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
				all = append(all, "survey."+m[1])
			}
			for _, purpose := range all {
				seen++
				words := hearth.PurposeWords(purpose)
				if plain := strings.NewReplacer(".", " ", "-", " ", "_", " ").Replace(purpose); words == plain && strings.Contains(purpose, ".") || strings.HasPrefix(words, "a question: ") {
					t.Errorf("%s: the purpose %s has no words: %q", file, purpose, words)
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("%d purposes were seen", seen)
	}
}
