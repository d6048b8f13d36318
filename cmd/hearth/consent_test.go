package main

import (
	"strings"
	"testing"
)

// hearth consent writes down what somebody said, and lists it with its evidence.
func TestConsent(t *testing.T) {
	data := oak(t)
	for _, tt := range []struct {
		args []string
		code int
		must []string
	}{
		{[]string{"list", "R-1"}, 0, []string{"WHEN"}},
		{[]string{"list", "R-none"}, 1, nil},
		{[]string{"record", "R-1", "--channel", "sms", "--source", "lease"}, 2, []string{"yes"}}, // neither yes nor no
		{[]string{"record", "R-1", "--channel", "sms", "--yes", "--no", "--source", "lease"}, 2, nil},
		{[]string{"record", "R-1", "--channel", "pigeon", "--yes", "--source", "lease"}, 2, []string{"pigeon"}},
		{[]string{"record", "R-1", "--channel", "sms", "--yes", "--source", "lease", "--evidence", "page 3"}, 0, nil},
		{[]string{"record", "R-1", "--channel", "email", "--no", "--source", "office", "--evidence", "she said so"}, 0, nil},
		{[]string{"list", "R-1"}, 0, []string{"sms", "yes", "lease", "email", "no", "office"}},
		{[]string{"list", "R-1", "--json"}, 0, []string{"page 3", "she said so"}},
	} {
		code, out, errOut := runs(t, append(append([]string{"consent"}, tt.args...), "--data", data)...)
		if code != tt.code {
			t.Errorf("%v: code %d, %s%s, want %d", tt.args, code, out, errOut, tt.code)
		}
		for _, must := range tt.must {
			if !strings.Contains(out+errOut, must) {
				t.Errorf("%v: %s%s, want %q in it", tt.args, out, errOut, must)
			}
		}
	}
}
