package proof

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// asks is what the environment asks of these tests. It is taken out of it, because Hearth refuses variables of its name
// that are no settings.
var asks struct {
	soak      bool   // HEARTH_TEST_SOAK: the long form
	seed      uint64 // HEARTH_TEST_SEED: this seed alone; 0: those that the form has
	residents int    // HEARTH_TEST_RESIDENTS: of the long form
}

func TestMain(m *testing.M) {
	asks.soak = os.Getenv("HEARTH_TEST_SOAK") != ""
	asks.seed = uint64(number("HEARTH_TEST_SEED", 0))
	asks.residents = number("HEARTH_TEST_RESIDENTS", 120)
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "HEARTH_") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

func number(name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s is a whole number, not %q\n", name, text)
		os.Exit(2)
	}
	return n
}

// trial is one seed of a test on one store.
type trial struct {
	seed  uint64
	store string // "sqlite", "postgres"
	size  size
}

func (c trial) String() string {
	return fmt.Sprintf("seed %d, %s, %d residents, %d days", c.seed, c.store, c.size.properties*c.size.residents, c.size.days)
}

// kept reads the trials of a test that once failed: each stays, so that it never fails again unnoticed.
func kept(t testing.TB, test string) []trial {
	t.Helper()
	f, err := os.Open("testdata/seeds.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []trial
	for s := bufio.NewScanner(f); s.Scan(); {
		line, _, _ := strings.Cut(s.Text(), "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		var c trial
		var of string
		if _, err := fmt.Sscan(line, &of, &c.seed, &c.store, &c.size.properties, &c.size.residents, &c.size.days); err != nil {
			t.Fatalf("testdata/seeds.txt: %q: %v", line, err)
		}
		if of == test {
			out = append(out, c)
		}
	}
	return out
}
