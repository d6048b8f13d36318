package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// full is a standard output that takes no more after so many bytes.
type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errors.New("no space left")
	}
	return len(b), nil
}

// A command whose output is cut off fails and says so, wherever it is cut.
func TestOutputThatIsCutOff(t *testing.T) {
	_, list, _ := runs(t, "playbook", "list", "--data", t.TempDir())
	_, in, _ := runs(t, "playbook", "check", "../../playbooks/renewal-window.yaml")
	for name, tt := range map[string]struct {
		args []string
		room int
	}{
		"a table": {[]string{"playbook", "list", "--data", t.TempDir()}, len(list) / 2},
		"words":   {[]string{"playbook", "check", "../../playbooks/renewal-window.yaml"}, len(in) / 2},
	} {
		var errOut bytes.Buffer
		if code := execute(t.Context(), tt.args, &full{tt.room}, &errOut); tt.room == 0 || code != 1 || !strings.Contains(errOut.String(), "no space left") {
			t.Errorf("%s with room for %d bytes: code %d, %q", name, tt.room, code, errOut.String())
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 rows", 1: "1 row", 2: "2 rows"} {
		if got := plural(n, "row", "rows"); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
