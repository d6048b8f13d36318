package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestEvaluateHeard(t *testing.T) {
	dir := t.TempDir()
	file := func(name, body string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own := file("own.tsv", "own\tchannel=sms\tI prefer texts.\nown\t-\tI work nights.\n")
	table := file("said.csv", "said\nThe tap drips\n")
	for _, tt := range []struct {
		name string
		args []string
		code int
		must []string
	}{
		{"what comes with it", nil, 0, []string{"held_out", "denied", "PRECISION", "pets"}},
		{"a file of one's own", []string{"--file", own, "--misses"}, 0, []string{"0.500", `"I work nights." is nothing, heard schedule=works nights`}},
		{"a table, as JSON", []string{"--file", table, "--column", "said", "--json"}, 0, []string{`"sentences": 1`, `"wrong": 0`}},
		{"no such column", []string{"--file", table}, 1, []string{"no column text"}},
		{"no such file", []string{"--file", "nowhere.tsv"}, 2, []string{"nowhere.tsv"}},
	} {
		code, out, errOut := runs(t, append([]string{"evaluate", "heard"}, tt.args...)...)
		if code != tt.code {
			t.Errorf("%s: exit code %d, want %d\n%s%s", tt.name, code, tt.code, out, errOut)
		}
		for _, want := range tt.must {
			if !strings.Contains(out+errOut, want) {
				t.Errorf("%s: %q is not said\n%s%s", tt.name, want, out, errOut)
			}
		}
	}
}

// What a resident wrote is listed with the words, kept for somebody of the team, and declined for good.
func TestHeard(t *testing.T) {
	data := oak(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "messages.csv")
	now := time.Now().UTC().Format("2006-01-02 15:04")
	write := func(body string) {
		if err := os.WriteFile(file, []byte("Message ID,Resident ID,Direction,Channel,Date,Body\n"+body), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, errOut := runs(t, "import", "--data", data, "--property", "Oak Court", "--source", "pms", "messages", file); code != 0 {
			t.Fatalf("import: %s%s", out, errOut)
		}
	}
	write("m0,R-1,in,email," + now + ",Thank you\n") // a source's first import is history
	write("m0,R-1,in,email," + now + ",Thank you\nm1,R-1,in,email," + now + ",\"I work nights, and we got a puppy.\"\n")
	_, out, errOut := runs(t, "heard", "list", "--data", data, "--json")
	var lines []struct{ ID, Kind, Words, Name string }
	if err := json.Unmarshal([]byte(out), &lines); err != nil || len(lines) != 2 {
		t.Fatalf("heard %s%s, want two facts", out, errOut)
	}
	ids := map[string]string{}
	for _, l := range lines {
		ids[l.Kind] = l.ID
	}
	for _, tt := range []struct {
		args []string
		code int
		must string
	}{
		{[]string{"list"}, 0, `"I work nights"`},
		{[]string{"list", "--property", "Oak Court"}, 0, "Ana Ruiz"},
		{[]string{"list", "--property", "Elm"}, 1, "Elm"},
		{[]string{"keep", "hrd_none"}, 1, "Nothing was heard"},
		{[]string{"keep", ids["schedule"], "--as", "Nobody"}, 1, ""},
		{[]string{"keep", ids["schedule"]}, 0, "preference now"},
		{[]string{"decline", ids["pets"]}, 0, "not proposed again"},
		{[]string{"keep", ids["pets"]}, 1, "declined already"},
		{[]string{"list"}, 0, "Nothing that was heard waits"},
		{[]string{"list", "--resident", "R-1"}, 0, "kept"},
	} {
		code, out, errOut := runs(t, append(append([]string{"heard"}, tt.args...), "--data", data)...)
		if code != tt.code || !strings.Contains(out+errOut, tt.must) {
			t.Errorf("%v: code %d, %s%s, want %d with %q", tt.args, code, out, errOut, tt.code, tt.must)
		}
	}
}
