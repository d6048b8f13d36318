package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
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
