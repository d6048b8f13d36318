package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hearth template shows, checks, previews, puts and resets a text, and refuses a stale one.
func TestTemplate(t *testing.T) {
	data := oak(t)
	file := filepath.Join(t.TempDir(), "welcome.yaml")
	on := func(args ...string) (int, string) {
		place := []string{"--data", data}
		if args[0] == "check" {
			place = nil
		}
		code, out, errOut := runs(t, append(append([]string{"template", args[0]}, place...), args[1:]...)...)
		return code, out + errOut
	}
	code, text := on("show", "movein-welcome")
	if code != 0 || !strings.Contains(text, "id: movein-welcome") {
		t.Fatalf("show: %d %s", code, text)
	}
	own := strings.Replace(text, "title:", "title: Ours,", 1)
	if err := os.WriteFile(file, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte(strings.Replace(text, "body: |\n", "body: |\n      {% include \"x\" %}\n", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		code int
		must string
	}{
		{[]string{"list"}, 0, "movein-welcome"},
		{[]string{"list", "--json"}, 0, `"newest":0`},
		{[]string{"check", file}, 0, "movein-welcome is fit for use."},
		{[]string{"check", bad}, 1, bad + ":"},
		{[]string{"check", bad}, 1, "include"},
		{[]string{"check", file + ".none"}, 1, "cannot be read"},
		{[]string{"preview", "movein-welcome", "--resident", "R-1"}, 0, "== es, email =="},
		{[]string{"preview", "movein-welcome", "--resident", "R-1", "--language", "en"}, 0, "to pay for"},
		{[]string{"preview", file, "--resident", "R-9"}, 1, "no resident"},
		{[]string{"put", bad, "--from", "0"}, 1, "cannot be used"},
		{[]string{"put", file, "--from", "0"}, 0, "at version 1"},
		{[]string{"put", file, "--from", "0"}, 1, "Read that one first"},
		{[]string{"show", "movein-welcome"}, 0, "title: Ours,"},
		{[]string{"show", "movein-welcome", "--versions"}, 0, "operator"},
		{[]string{"reset", "movein-welcome", "--from", "1"}, 0, "as it came with Hearth again"},
		{[]string{"show", "movein-welcome", "--version", "1"}, 0, "title: Ours,"},
		{[]string{"show", "movein-welcom"}, 1, `nearest is "movein-welcome"`},
	} {
		if code, said := on(tt.args...); code != tt.code || !strings.Contains(said, tt.must) {
			t.Errorf("%v: %d %s, want %d with %q", tt.args, code, said, tt.code, tt.must)
		}
	}
}
