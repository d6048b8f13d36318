package main

import (
	"strings"
	"testing"
)

func TestRetire(t *testing.T) {
	data := t.TempDir()
	for _, tt := range []struct {
		args []string
		code int
		must string
	}{
		{[]string{"retire", "renewal-window"}, 1, "was ever switched on"},
		{[]string{"activate", "renewal-window"}, 0, "is active, version 1"},
		{[]string{"retire", "renewal-window"}, 0, "renewal-window is off."},
		{[]string{"retire", "renewal-window"}, 0, "was off already"},
		{[]string{"list"}, 0, "retired"},
	} {
		code, out, errOut := runs(t, append(append([]string{"playbook"}, tt.args...), "--data", data)...)
		if code != tt.code || !strings.Contains(out+errOut, tt.must) {
			t.Errorf("%v: code %d, %s%s, want %d with %q", tt.args, code, out, errOut, tt.code, tt.must)
		}
	}
}
