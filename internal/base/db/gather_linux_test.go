package db_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// TestTheLogIsWrittenInLargePieces counts the calls of the system by which a commit of some 500 pages is written.
func TestTheLogIsWrittenInLargePieces(t *testing.T) {
	d := dbtest.Open(t, db.Config{Dir: t.TempDir(), Clock: hearth.NewVirtualClock(dbtest.Start())})
	mustPut(t, d, "first", "")
	before := calls(t)
	mustPut(t, d, "large", strings.Repeat("x", 500*4096))
	if n := calls(t) - before; n > 100 {
		t.Errorf("500 pages took %d calls; a page each, and its header, would be 1,000", n)
	}
}

// calls counts this process's calls that write; Linux keeps the figure.
func calls(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "syscw: ")
	line, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
