package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// oak brings a small rent roll in and gives where its data is.
func oak(t *testing.T) (data string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "roll.csv")
	soon, next := time.Now().AddDate(0, 0, 4).Format("2006-01-02"), time.Now().AddDate(1, 0, 4).Format("2006-01-02")
	roll := "Unit,Tenant,Tenant ID,Email,Phone,Lease From,Lease To,Move In\n101,Ana Ruiz,R-1,ana@home.example,312-555-0101,2026-01-01," + next + ",2026-01-01\n" +
		"102,Kim Lee,R-2,kim@home.example,," + soon + "," + next + "," + soon + "\n"
	if err := os.WriteFile(file, []byte(roll), 0o600); err != nil {
		t.Fatal(err)
	}
	data = filepath.Join(dir, "data")
	if code, out, errOut := runs(t, "import", "--data", data, "--property", "Oak Court", "--zone", "America/Chicago", "--source", "pms", "residents", file); code != 0 {
		t.Fatalf("import: %s%s", out, errOut)
	}
	return data
}

// With several properties hearth quality asks which is meant, and with none it says where one comes from.
func TestQualityAsksWhichPropertyIsMeant(t *testing.T) {
	if code, out, errOut := runs(t, "quality", "--data", t.TempDir()); code != 1 || !strings.Contains(errOut, "no property yet") {
		t.Errorf("none: %d %s%s", code, out, errOut)
	}
	data := oak(t)
	file := filepath.Join(t.TempDir(), "units.csv")
	if err := os.WriteFile(file, []byte("Unit,Building,Unit Type\nB1,B,1BR\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errOut := runs(t, "import", "--data", data, "--property", "Elm Terrace", "--zone", "America/Chicago", "--source", "pms", "units", file); code != 0 {
		t.Fatalf("import: %s%s", out, errOut)
	}
	if code, out, errOut := runs(t, "quality", "--data", data); code != 1 || !strings.Contains(errOut, "--property NAME: Elm Terrace, Oak Court.") {
		t.Errorf("two: %d %s%s", code, out, errOut)
	}
}

// hearth quality says how complete each field is, what is missing where it matters next, and refuses what it cannot find.
func TestQuality(t *testing.T) {
	data := oak(t)
	for _, tt := range []struct {
		name string
		args []string
		code int
		must []string
	}{
		{"a property by its name", []string{"--property", "Oak Court"}, 0, []string{"FIELD", "50 %", "Kim Lee", "MATTERS ON", "no phone is on record"}},
		{"no such property", []string{"--property", "Elm"}, 1, []string{"Elm"}},
		{"the only property", nil, 0, []string{"FIELD", "50 %", "Kim Lee"}},
	} {
		code, out, errOut := runs(t, append([]string{"quality", "--data", data}, tt.args...)...)
		if code != tt.code {
			t.Errorf("%s: code %d, want %d: %s%s", tt.name, code, tt.code, out, errOut)
		}
		for _, want := range tt.must {
			if !strings.Contains(out+errOut, want) {
				t.Errorf("%s: %q is not said:\n%s%s", tt.name, want, out, errOut)
			}
		}
	}
	_, out, _ := runs(t, "quality", "--data", data, "--property", "Oak Court", "--json")
	var rep struct {
		Fields []struct {
			Name     string
			Have, Of int
		}
		Findings []struct {
			About, Fact string
			MattersOn   string `json:"matters_on"`
		}
	}
	if err := json.Unmarshal([]byte(out), &rep); err != nil {
		t.Fatal(err)
	}
	phones, kim := false, false
	for _, f := range rep.Fields {
		phones = phones || strings.Contains(f.Name, "phone") && f.Have == 1 && f.Of == 2
	}
	for _, f := range rep.Findings {
		kim = kim || strings.HasPrefix(f.About, "resident/") && f.Fact != "" && f.MattersOn == time.Now().AddDate(0, 0, 4).Format("2006-01-02")
	}
	if !phones || !kim {
		t.Errorf("as JSON: phones one of two is %v, Kim's missing number by the move-in is %v: %s", phones, kim, out)
	}
}

// hearth playbook why takes a past time, a day or an instant, and refuses what is neither or lies ahead.
func TestWhyAt(t *testing.T) {
	data := oak(t)
	if code, out, errOut := runs(t, "playbook", "activate", "renewal-window", "--data", data); code != 0 {
		t.Fatalf("%s%s", out, errOut)
	}
	now := time.Now().UTC()
	chicago, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, at string
		code     int
		must     string
	}{
		{"now", "", 0, "Ana Ruiz"},
		{"an instant", now.Format(time.RFC3339Nano), 0, "As of " + now.Format("2006-01-02T15:04")},
		{"the day that runs", now.In(chicago).Format("2006-01-02"), 0, "As of "},
		{"before anything was known", "2020-01-01T00:00:00Z", 1, "Nothing was known"},
		{"ahead", now.Add(48 * time.Hour).Format(time.RFC3339), 1, "lies ahead"},
		{"no time", "yesterday", 1, "neither a time like"},
	} {
		args := []string{"playbook", "why", "--data", data, "--resident", "R-1", "--playbook", "renewal-window"}
		if tt.at != "" {
			args = append(args, "--at", tt.at)
		}
		code, out, errOut := runs(t, args...)
		if code != tt.code || !strings.Contains(out+errOut, tt.must) {
			t.Errorf("%s: code %d, %s%s, want %d with %q", tt.name, code, out, errOut, tt.code, tt.must)
		}
	}
}

func TestSignalsVerifyLooksAtCountersAndProposals(t *testing.T) {
	data := oak(t)
	for _, tt := range []struct {
		args []string
		must string
	}{
		{[]string{"playbook", "activate", "repeat-issue", "--data", data}, "is active"},
		{[]string{"identity", "list", "--data", data}, "Nobody waits"},
		{[]string{"signals", "verify", "--data", data}, "0 proposals of one person and 0 counters of repetitions are as the records and the log give them."},
	} {
		if code, out, errOut := runs(t, tt.args...); code != 0 || !strings.Contains(out, tt.must) {
			t.Errorf("%v: code %d, %s%s, want %q", tt.args, code, out, errOut, tt.must)
		}
	}
}
