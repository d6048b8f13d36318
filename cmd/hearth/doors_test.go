package main

import (
	"strings"
	"testing"
)

// hearth property doors gives each home its own address, the same each time.
func TestPropertyDoors(t *testing.T) {
	data := oak(t)
	code, first, errOut := runs(t, "property", "doors", "Oak Court", "--data", data)
	if code != 0 || !strings.Contains(first, "/r/") {
		t.Fatalf("code %d: %s%s", code, first, errOut)
	}
	if _, again, _ := runs(t, "property", "doors", "Oak Court", "--data", data); again != first {
		t.Errorf("the second time it is\n%s\nand was\n%s", again, first)
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(first, "\n") {
		if _, c, ok := strings.Cut(line, "/r/"); ok && seen[c] {
			t.Errorf("two homes have the code %s", c)
		} else if ok {
			seen[c] = true
		}
	}
	if code, _, errOut := runs(t, "property", "doors", "Elm Court", "--data", data); code != 1 || !strings.Contains(errOut, "Elm Court") {
		t.Errorf("an unknown property: code %d, %s", code, errOut)
	}
}
