package main

import (
	"strings"
	"testing"
)

// hearth property settings changes how a property works and tells who did.
func TestPropertySettings(t *testing.T) {
	data := oak(t)
	for _, tt := range []struct {
		args []string
		code int
		must string
	}{
		{[]string{"list", "Oak Court"}, 0, "quiet.from"},
		{[]string{"list", "Elm Court"}, 1, "Elm Court"},
		{[]string{"set", "Oak Court", "budget.wek=1"}, 1, "budget.week"},
		{[]string{"set", "Oak Court", "budget.week=many"}, 1, "from 0 to 20"},
		{[]string{"set", "Oak Court", "budget.week=1", "quiet.from=20:30", "sender_name=1st Street", "--reason", "They asked for less"}, 0, "quiet.from: 1230, before 1260"},
		{[]string{"set", "Oak Court", "budget.week=1"}, 0, "Nothing changes"},
		{[]string{"list", "Oak Court"}, 0, "The operator"},
		{[]string{"list", "Oak Court"}, 0, "They asked for less"},
		{[]string{"list", "Oak Court"}, 0, "1st Street"},
		{[]string{"set", "Oak Court", "budget.week="}, 0, "budget.week: 2, before 1"},
		{[]string{"set", "Oak Court", "budget.week=2", "--as", "Nobody"}, 1, "Nobody on the team"},
	} {
		code, out, errOut := runs(t, append(append([]string{"property", "settings"}, tt.args...), "--data", data)...)
		if code != tt.code || !strings.Contains(out+errOut, tt.must) {
			t.Errorf("%v: code %d, %s%s, want %d with %s", tt.args, code, out, errOut, tt.code, tt.must)
		}
	}
}
