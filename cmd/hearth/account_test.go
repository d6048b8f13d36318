package main

import (
	"strings"
	"testing"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
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

// A role that waits for a second person is listed, agreed to and declined by whoever runs the program.
func TestAccountAskedRoles(t *testing.T) {
	data := oak(t)
	run := func(must string, want int, args ...string) string {
		t.Helper()
		code, out, errOut := runs(t, append(append([]string{"account"}, args...), "--data", data)...)
		if code != want || !strings.Contains(out+errOut, must) {
			t.Fatalf("%v: code %d, %s%s, want %d with %s", args, code, out, errOut, want, must)
		}
		return out
	}
	run("No role waits", 0, "asked")
	for _, who := range [][2]string{{"Ada Hill", "administrator"}, {"Cora Hill", "leasing"}} {
		run("/invitation/", 0, "create", strings.ReplaceAll(who[0], " ", "")+"@oak.example", "--name", who[0], "--role", who[1], "--property", "Oak Court")
	}
	for _, role := range []string{"service_coordinator", "auditor"} {
		asks(t, data, "Ada Hill", "Cora Hill", hearth.Role(role))
	}
	out := run("service_coordinator for Cora Hill at Oak Court: Ada Hill asked on", 0, "asked")
	ids := map[string]string{}
	for line := range strings.Lines(out) {
		id, rest, _ := strings.Cut(line, "  ")
		role, _, _ := strings.Cut(rest, " ")
		ids[role] = id
	}
	run("Cora Hill now has the role service_coordinator at Oak Court.", 0, "agree", ids["service_coordinator"])
	run("Cora Hill does not get the role auditor at Oak Court.", 0, "decline", ids["auditor"])
	run("settled already", 1, "agree", ids["auditor"])
	run("No role waits", 0, "asked")
	if list := run("Cora Hill", 0, "list"); !strings.Contains(list, "service_coordinator") || strings.Contains(list, "auditor") {
		t.Errorf("they have %s", list)
	}
}

// asks has somebody ask for a role for somebody, as the page of the team does.
func asks(t *testing.T, data, by, whom string, role hearth.Role) {
	t.Helper()
	a, err := app.Open(t.Context(), config.Config{Data: data, Org: "main"}, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	err = a.DB.Write(t.Context(), func(tx *db.Tx) error {
		asker, err := a.Records.StaffCalled(t.Context(), tx, by, "")
		if err != nil {
			return err
		}
		m, err := a.Records.StaffCalled(t.Context(), tx, whom, "")
		if err != nil {
			return err
		}
		v := a.People.Policy().StaffViewer(asker, account.Session{}, tx.Now())
		return a.People.AskRole(t.Context(), tx, v, m.ID, record.StaffRole{Property: asker.Roles[0].Property, Role: role})
	})
	if err != nil {
		t.Fatal(err)
	}
}
