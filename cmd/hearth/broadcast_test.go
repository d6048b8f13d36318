package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hearth broadcast writes a draft, foretells it, sends it and stops it, and says what is wrong with a file.
func TestBroadcast(t *testing.T) {
	data := oak(t)
	file := filepath.Join(t.TempDir(), "water.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const water = "title: Water off\nclass: promise\nlanguages:\n  en: {subject: No water, body: No water on Tuesday.}\n"
	on := func(args ...string) (int, string) {
		code, out, errOut := runs(t, append([]string{"broadcast", args[0], "--data", data}, args[1:]...)...)
		return code, out + errOut
	}
	for name, tt := range map[string]struct{ text, must string }{
		"no such floor":  {water + "audience: {floors: [\"9\"]}\n", "no floor"},
		"no text":        {"title: x\nclass: promise\n", "English"},
		"not YAML":       {"title: [", "not a broadcast"},
		"a typing error": {water + "audience: {building: [North]}\n", "field building not found"}, // it is not for everybody then
	} {
		write(tt.text)
		if code, said := on("new", "--property", "Oak Court", file); code != 1 || !strings.Contains(said, tt.must) {
			t.Errorf("%s: %d %s, want 1 with %q", name, code, said, tt.must)
		}
	}
	write(water)
	if code, said := on("new", "--property", "Oak Court", file); code != 0 || !strings.Contains(said, "is a draft") {
		t.Fatalf("new: %d %s", code, said)
	}
	_, listed := on("list", "--json")
	var all []struct{ ID, State string }
	if err := json.Unmarshal([]byte(listed), &all); err != nil || len(all) != 1 {
		t.Fatalf("listed %s", listed)
	}
	id := all[0].ID
	for _, tt := range []struct {
		args []string
		code int
		must string
	}{
		{[]string{"foretell", id}, 0, "1 resident in 1 home."}, // who moves in later does not live there yet
		{[]string{"foretell", id, "--json"}, 0, `"People":1`},
		{[]string{"approve", id}, 1, "Nobody's yes is asked"},
		{[]string{"send", id, "--as", "Nobody"}, 1, ""},
		{[]string{"send", id}, 0, "on its way to 1 resident"},
		{[]string{"send", id}, 1, "sent before"},
		{[]string{"show", id}, 0, "0 of 1 resident put to the desk"}, // nobody serves
		{[]string{"stop", id}, 0, "Stopped."},
		{[]string{"show", id, "--json"}, 0, `"stopped"`},
		{[]string{"list"}, 0, "Water off"},
		{[]string{"show", "brd_none"}, 1, "There is no broadcast"},
	} {
		if code, said := on(tt.args...); code != tt.code || !strings.Contains(said, tt.must) {
			t.Errorf("%v: %d %s, want %d with %q", tt.args, code, said, tt.code, tt.must)
		}
	}
}

// With several properties it is one broadcast to all of them, by one id.
func TestBroadcastToSeveral(t *testing.T) {
	data := oak(t)
	roll := filepath.Join(t.TempDir(), "elm.csv")
	if err := os.WriteFile(roll, []byte("Unit,Tenant,Tenant ID,Email,Lease From,Lease To,Move In\n9,Ben Moss,R-9,ben@home.example,2026-01-01,"+time.Now().AddDate(1, 0, 4).Format("2006-01-02")+",2026-01-01\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := runs(t, "import", "--data", data, "--property", "Elm House", "--zone", "America/New_York", "--source", "pms/elm", "residents", roll); code != 0 {
		t.Fatal(errOut)
	}
	file := filepath.Join(t.TempDir(), "water.yaml")
	if err := os.WriteFile(file, []byte("title: Water off\nclass: promise\nlanguages:\n  en: {subject: No water, body: No water on Tuesday.}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	on := func(args ...string) (int, string) {
		code, out, errOut := runs(t, append([]string{"broadcast", args[0], "--data", data}, args[1:]...)...)
		return code, out + errOut
	}
	code, said := on("new", "--property", "Oak Court", "--property", "Elm House", file)
	if code != 0 || !strings.Contains(said, "at 2 properties") {
		t.Fatalf("new: %d %s", code, said)
	}
	id, _, _ := strings.Cut(said, " ")
	for _, tt := range []struct {
		args []string
		code int
		must string
	}{
		{[]string{"foretell", id}, 0, "Elm House: 1 resident in 1 home."},
		{[]string{"foretell", id}, 0, "Altogether: 2 residents in 2 homes."},
		{[]string{"foretell", id, "--json"}, 0, `"All":{"People":2`},
		{[]string{"approve", id}, 1, "Nobody's yes is asked"},
		{[]string{"send", id}, 0, "Elm House: running, 1 resident"},
		{[]string{"send", id}, 1, "sent before"},
		{[]string{"show", id}, 0, "Oak Court: running, 0 of 1 resident put to the desk"},
		{[]string{"stop", id}, 0, "Oak Court: stopped"},
		{[]string{"show", id, "--json"}, 0, `"stopped"`},
	} {
		if code, said := on(tt.args...); code != tt.code || !strings.Contains(said, tt.must) {
			t.Errorf("%v: %d %s, want %d with %q", tt.args, code, said, tt.code, tt.must)
		}
	}
}
