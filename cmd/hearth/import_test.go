package main

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An import says on the terminal what it left out, how it read dates and names, and what follows from an assumed zone.
func TestImportSaysHowItRead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "roll.csv")
	if err := os.WriteFile(file, []byte("Unit,Tenant,Lease From,Total,Past Due\n101,Ana Ruiz,25/12/2025,1400.00,0.00\n102,Kim Lee,01/02/2026,1500.00,20.00\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bring := func(more ...string) string {
		var out, errOut bytes.Buffer
		args := append([]string{"import", "--data", filepath.Join(dir, "data"), "--property", "Oak Court", "--source", "pms"}, more...)
		if code := execute(context.Background(), append(args, "residents", file), &out, &errOut); code != 0 {
			t.Fatalf("exit code %d: %s", code, errOut.String())
		}
		return out.String()
	}
	const remedy = "Nothing real is sent there until somebody confirms it: import once with --zone ZONE."
	text := bring()
	for _, want := range []string{remedy, "not used: Total, Past Due\n", "dates: day first (a first number is above 12); names: "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if text := bring("--zone", "America/Denver"); strings.Contains(text, remedy) {
		t.Errorf("a zone that was told needs nobody to confirm it:\n%s", text)
	}
}

// What is listed says where it stands: nothing where a row is in no file any more, the file where there are several, and
// no empty words where a row could not be read at all.
func TestImportSaysWhereARowStands(t *testing.T) {
	dir := t.TempDir()
	bring := func(kind string, files map[string]string, more ...string) string {
		args := append([]string{"import", "--data", filepath.Join(dir, "data"), "--property", "Oak Court", "--zone", "America/Denver", "--source", "pms", kind}, more...)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(files[name]), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, path)
		}
		var out, errOut bytes.Buffer
		if code := execute(context.Background(), args, &out, &errOut); code != 0 {
			t.Fatalf("exit code %d: %s", code, errOut.String())
		}
		return out.String()
	}
	const head = "Unit,Tenant Code,Tenant,Lease From,Lease To\n"
	two := map[string]string{"a.csv": head + "101,t1,Ana Ruiz,2026-01-02,2026-12-31\n102,t2,Kim Lee,2026-01-02,2026-12-31\n", "b.csv": head + "103,t3,Bo Fox,2026-01-02,soon\n104,t4,Eva Doe,2026-01-02,2026-12-31\n105,t5,Cid Oak,2026-01-02,2026-12-31\n"}
	if text := bring("residents", two); !strings.Contains(text, "  b.csv, line 2, quarantined: Bo Fox, unit 103. ") {
		t.Errorf("it does not say in which file the row stands:\n%s", text)
	}
	one := map[string]string{"a.csv": head + "101,t1,Ana Ruiz,2026-01-02,2026-12-31\n"}
	if text := bring("residents", one); !strings.Contains(text, "\n1 row: ") || !strings.Contains(text, "\n  vanished: Kim Lee. ") {
		t.Errorf("it does not say who has vanished:\n%s", text)
	}
	if text := bring("events", map[string]string{"e.jsonl": "{\"bad\n"}); !strings.Contains(text, "\n  line 1, quarantined: An event must be a JSON object") {
		t.Errorf("it does not say plainly what the line is:\n%s", text)
	}
}
