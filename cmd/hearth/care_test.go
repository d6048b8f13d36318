package main

import (
	"regexp"
	"strings"
	"testing"
)

// hearth resume finds what is paused by any of its names, and says what is paused where it finds nothing.
func TestResumeFindsWhatIsPaused(t *testing.T) {
	data := oak(t)
	do := func(args ...string) string {
		t.Helper()
		code, out, errOut := runs(t, append(args, "--data", data)...)
		if code != 0 {
			t.Fatalf("%v: code %d, %s%s", args, code, out, errOut)
		}
		return out
	}
	for _, tt := range []struct{ what, target, called string }{
		{"resident", "R-1", ""}, // by Hearth's own id in capitals, which is read below
		{"resident", "R-1", "R-1"}, {"resident", "R-1", "ana RUIZ"}, {"property", "Oak Court", "OAK  court"},
		{"channel", "Email", "EMAIL"}, {"everything", "", ""},
	} {
		pause := []string{"pause", tt.what, "--reason", "a test"}
		resume := []string{"resume", tt.what}
		if tt.target != "" {
			pause = append(pause, tt.target)
		}
		do(pause...)
		called := tt.called
		if tt.target != "" && called == "" {
			called = strings.ToUpper(regexp.MustCompile(`res_\w+`).FindString(do("pause", "list")))
		}
		if called != "" {
			resume = append(resume, called)
		}
		if out := do(resume...); !strings.Contains(out, "goes on") || !strings.Contains(do("pause", "list"), "Nothing is paused") {
			t.Errorf("%v said %q, and then is paused: %s", resume, out, do("pause", "list"))
		}
	}
	do("pause", "resident", "R-1", "--reason", "a test")
	for _, other := range []string{"R-2", "Nobody Here", "res_none"} {
		if out := do("resume", "resident", other); !strings.Contains(out, "resident "+other+" is not paused") || !strings.Contains(out, "Ana Ruiz") {
			t.Errorf("resuming %s, who is not paused, said %q", other, out)
		}
	}
}
