package main

import (
	"strings"
	"testing"
)

// Whoever runs the program gives and takes any role, also one that nobody on the pages may give; what is wrong is said.
func TestAccountRoles(t *testing.T) {
	data := oak(t)
	for _, tt := range []struct {
		args []string
		code int
		must string
	}{
		{[]string{"create", "cora@oak.example", "--name", "Cora Hill", "--role", "leasing", "--property", "Oak Court"}, 0, "/invitation/"},
		{[]string{"role", "cora@oak.example", "--give", "service_coordinator", "--property", "Oak Court"}, 0, "Cora Hill now has the role service_coordinator at Oak Court."},
		{[]string{"list"}, 0, "service_coordinator"},
		{[]string{"role", "Cora Hill", "--take", "leasing", "--property", "Oak Court"}, 0, "no longer has the role leasing"},
		{[]string{"list"}, 0, "Cora Hill (service_coordinator)"},
		{[]string{"role", "cora@oak.example", "--give", "auditor"}, 0, "at every property"},
		{[]string{"list"}, 0, "auditor everywhere"},
		{[]string{"role", "cora@oak.example", "--take", "auditor"}, 0, "no longer has the role auditor"},
		{[]string{"list"}, 0, "Cora Hill (service_coordinator)"},
		{[]string{"role", "cora@oak.example", "--give", "king", "--property", "Oak Court"}, 1, "is not a role"},
		{[]string{"role", "nobody@oak.example", "--give", "leasing", "--property", "Oak Court"}, 1, "obody"},
		{[]string{"role", "cora@oak.example", "--give", "leasing", "--property", "Elm Court"}, 1, "Elm Court"},
	} {
		code, out, errOut := runs(t, append(append([]string{"account"}, tt.args...), "--data", data)...)
		if code != tt.code || !strings.Contains(out+errOut, tt.must) {
			t.Errorf("%v: code %d, %s%s, want %d with %s", tt.args, code, out, errOut, tt.code, tt.must)
		}
	}
}

// Where nothing is asked for, it is said; what nobody asked for is not settled.
func TestAccountAskedRoles(t *testing.T) {
	data := oak(t)
	for _, tt := range []struct {
		args []string
		code int
		must string
	}{
		{[]string{"asked"}, 0, "No role waits for a second person."},
		{[]string{"agree", "rla_none"}, 1, "Nobody asks for this."},
		{[]string{"decline", "rla_none"}, 1, "Nobody asks for this."},
	} {
		code, out, errOut := runs(t, append(append([]string{"account"}, tt.args...), "--data", data)...)
		if code != tt.code || !strings.Contains(out+errOut, tt.must) {
			t.Errorf("%v: code %d, %s%s, want %d with %s", tt.args, code, out, errOut, tt.code, tt.must)
		}
	}
}
