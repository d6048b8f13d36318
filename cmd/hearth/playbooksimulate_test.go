package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The command as people script it, on a generated community: the same arguments give the same bytes, as a page and as JSON,
// and the settings of the same names are left alone.
func TestPlaybookSimulate(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	run := func(args ...string) (code int, out, errOut string) {
		return runs(t, append([]string{"playbook", "simulate"}, args...)...)
	}
	days := []string{"--units", "8", "--seed", "3", "--from", "2026-03-01", "--to", "2026-03-31"}
	code, first, said := run(append([]string{"resolved-properly", "--json"}, days...)...)
	if code != 0 || !strings.Contains(said, "Nothing was sent or changed.") {
		t.Fatalf("%d: %s", code, said)
	}
	var report struct {
		Playbook, Generated string
		Tried               struct{ Starts int }
		Weeks               []any
	}
	if err := json.Unmarshal([]byte(first), &report); err != nil || report.Playbook != "resolved-properly" || report.Generated != "8 homes, seed 3" {
		t.Errorf("%+v, %v", report, err)
	}
	if _, again, _ := run(append([]string{"resolved-properly", "--json"}, days...)...); again != first {
		t.Error("the same arguments gave other bytes")
	}
	text, err := os.ReadFile("../../playbooks/resolved-properly.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(t.TempDir(), "changed.yaml")
	if err := os.WriteFile(changed, bytes.Replace(text, []byte("again: once per 30 days"), []byte("again: each time"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, said := run(append([]string{changed}, days...)...)
	for _, want := range []string{"an invented community: 8 homes, seed 3", "What would change", "What it would do", "now", "tried", "What to keep in mind"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("%d, the page lacks %q: %s\n%s", code, want, said, out)
		}
	}
	for _, c := range []struct{ name, want string }{
		{"2026-02-30", `"2026-02-30" is not a day`},
		{"2026-04-30", "lies before the first"},
	} {
		if code, _, said := run("pest", "--units", "8", "--from", c.name, "--to", "2026-03-31"); code != 1 || !strings.Contains(said, c.want) {
			t.Errorf("from %s: %d %s", c.name, code, said)
		}
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
