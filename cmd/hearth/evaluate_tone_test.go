package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEvaluateTone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "own.csv")
	rows := "class,text\nnegative,The lobby door is broken again\npositive,What a lovely lobby\nneutral,The lobby is on the first floor\n"
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.csv")
	if err := os.WriteFile(bad, []byte("id,words\n1,hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		code int
		must []string
	}{
		{"what comes with it", nil, 0, []string{"residents", "word list", "model", "misspelt", "WAS RIGHT"}},
		{"a file of one's own", []string{"--all", "--texts", file}, 0, []string{"own", "all of them"}},
		{"JSON", []string{"--json"}, 0, []string{`"macro_f1"`, `"reliability"`}},
		{"a file without texts", []string{"--texts", bad}, 1, []string{"needs the column text"}},
		{"no such band", []string{"--neutral", "9"}, 1, []string{"0 to 4"}},
		{"no such file", []string{"--texts", "nowhere.csv"}, 2, []string{"nowhere.csv"}},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		code := execute(t.Context(), append([]string{"evaluate", "tone"}, tt.args...), &out, &out)
		if code != tt.code {
			t.Errorf("%s: exit code %d, want %d\n%s", tt.name, code, tt.code, out.String())
		}
		for _, want := range tt.must {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: %q is not said\n%s", tt.name, want, out.String())
			}
		}
	}
}
