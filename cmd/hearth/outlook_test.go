package main

import (
	"strings"
	"testing"
)

// hearth outlook tells what will reach a resident, how much reaches a property and why a home got nothing.
func TestOutlook(t *testing.T) {
	data := oak(t)
	on := func(args ...string) (int, string) {
		code, out, errOut := runs(t, append([]string{args[0], args[1], "--data", data}, args[2:]...)...)
		return code, out + errOut
	}
	for _, tt := range []struct {
		args []string
		code int
		must string
	}{
		{[]string{"outlook", "resident", "R-2"}, 0, "Nothing is planned until"},
		{[]string{"playbook", "activate", "before-move-in", "--include-current", "10"}, 0, "1 "},
		{[]string{"playbook", "activate", "day-one"}, 0, ""},
		{[]string{"outlook", "resident", "R-2"}, 0, "Hand over the keys and try the home with them"}, // Kim moves in, in four days
		{[]string{"outlook", "resident", "R-2"}, 0, "it comes true that"},
		{[]string{"outlook", "resident", "R-2", "--days", "2"}, 0, ""},
		{[]string{"outlook", "resident", "R-2", "--days", "99"}, 1, "ahead"},
		{[]string{"outlook", "resident", "R-2", "--json"}, 0, `"Contacts"`},
		{[]string{"outlook", "resident", "R-9"}, 1, "no resident"},
		{[]string{"outlook", "noise", "Oak Court"}, 0, "1 resident may be written to"},
		{[]string{"outlook", "noise", "Elm Court"}, 1, ""},
		{[]string{"outlook", "silence", "101"}, 0, "Nobody wished to tell 101 anything"},
		{[]string{"outlook", "silence", "101", "--since", "soon"}, 1, "neither a day"},
		{[]string{"outlook", "silence", "999"}, 1, "There is no home"},
	} {
		if code, said := on(tt.args...); code != tt.code || !strings.Contains(said, tt.must) {
			t.Errorf("%v: %d %s, want %d with %q", tt.args, code, said, tt.code, tt.must)
		}
	}
}
