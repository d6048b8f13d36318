package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEvaluateHeard(t *testing.T) {
	dir := t.TempDir()
	file := func(name, body string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own := file("own.tsv", "own\tchannel=sms\tI prefer texts.\nown\t-\tI work nights.\n")
	table := file("said.csv", "said\nThe tap drips\n")
	for _, tt := range []struct {
		name string
		args []string
		code int
		must []string
	}{
		{"what comes with it", nil, 0, []string{"held_out", "denied", "PRECISION", "pets"}},
		{"a file of one's own", []string{"--file", own, "--misses"}, 0, []string{"0.500", `"I work nights." is nothing, heard schedule=works nights`}},
		{"a table, as JSON", []string{"--file", table, "--column", "said", "--json"}, 0, []string{`"sentences": 1`, `"wrong": 0`}},
		{"no such column", []string{"--file", table}, 1, []string{"no column text"}},
		{"no such file", []string{"--file", "nowhere.tsv"}, 2, []string{"nowhere.tsv"}},
	} {
		code, out, errOut := runs(t, append([]string{"evaluate", "heard"}, tt.args...)...)
		if code != tt.code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", tt.name, code, tt.code, out, errOut)
		}
		for _, want := range tt.must {
			if !strings.Contains(out+errOut, want) {
				t.Errorf("%s: %q is not said\n%s%s", tt.name, want, out, errOut)
			}
		}
	}
}
