// Package walk runs a page of the documentation as somebody would who follows it: every command literally, in one shell,
// with the real program. What stands in the text block under a command is what it has to print. It starts no servers and
// knows no page: the tests that use it do.
package walk

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// block is a piece of the page between fences, or what is expected under one.
type block struct {
	line     int
	postgres bool // only where there is a PostgreSQL
	commands string
	expected []string
}

// blocks reads the page: each sh block with the text block that follows it.
func blocks(t testing.TB, page string) []block {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var out []block
	in := ""
	for i, line := range strings.Split(string(raw), "\n") {
		switch {
		case in == "" && strings.HasPrefix(line, "```"):
			in = strings.TrimPrefix(line, "```")
			if strings.HasPrefix(in, "sh") {
				out = append(out, block{line: i + 1, postgres: in == "sh postgres"})
			}
		case line == "```":
			in = ""
		case strings.HasPrefix(in, "sh"):
			out[len(out)-1].commands += line + "\n"
		case in == "text":
			out[len(out)-1].expected = append(out[len(out)-1].expected, line)
		}
	}
	if len(out) < 5 {
		t.Fatalf("the page has %d blocks of commands; is it the right one?", len(out))
	}
	return out
}

// Build makes the program once for the tests of a package, and gives the directory that holds it.
func Build(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "hearth"), "hearth/cmd/hearth")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return dir
}

// dayMark is how the files name a day relative to today.
func dayMark() *regexp.Regexp { return regexp.MustCompile(`@([+-]\d+)@`) }

// files copies the page's files to dir with the dates of today.
func files(t testing.TB, from, dir string) {
	t.Helper()
	list, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	today, marks := time.Now(), dayMark()
	for _, f := range list {
		raw, err := os.ReadFile(filepath.Join(from, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		text := marks.ReplaceAllStringFunc(string(raw), func(m string) string {
			n, _ := strconv.Atoi(strings.Trim(m, "@"))
			return today.AddDate(0, 0, n).Format("01/02/2006")
		})
		if err := os.WriteFile(filepath.Join(dir, f.Name()), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// FreeAddr gives a loopback address that is free now.
func FreeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Page is what is run: the document, the directory of its files (@+120@ in them stands for the day in 120 days), the
// directory of the program, whether there is a PostgreSQL, the variables that the page names, and how long it may take.
type Page struct {
	Path, Files, Bin string
	Postgres         bool
	Env              []string
	AtMost           time.Duration
}

// mark is a line that the shell prints between the blocks, so that their outputs can be told apart.
const mark = "@@ block "

// Run runs a page and compares what it prints.
func Run(t testing.TB, p Page) {
	t.Helper()
	dir := t.TempDir()
	files(t, p.Files, dir)
	all := blocks(t, p.Path)
	var script strings.Builder
	// Whatever happens, no server is left running.
	script.WriteString("set -eo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT\n")
	for i, b := range all {
		if b.postgres && !p.Postgres {
			continue
		}
		fmt.Fprintf(&script, "echo '%s%d'\n%s\n", mark, i, b.commands)
	}
	cmd := exec.CommandContext(t.Context(), "timeout", strconv.Itoa(int(p.AtMost.Seconds())), "bash", "-c", script.String())
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "PATH="+p.Bin+":"+os.Getenv("PATH")), p.Env...)
	raw, err := cmd.CombinedOutput()
	outputs := split(string(raw))
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "server.log"))
		t.Fatalf("the page's commands failed: %v\n%s\nserver:\n%s", err, tail(string(raw)), tail(string(log)))
	}
	for i, b := range all {
		if b.postgres && !p.Postgres {
			continue
		}
		compare(t, b, outputs[i])
	}
}

// split cuts the shell's output into what each block printed.
func split(out string) map[int]string {
	parts := map[int]string{}
	for _, p := range strings.Split(out, mark)[1:] {
		number, rest, _ := strings.Cut(p, "\n")
		n, _ := strconv.Atoi(number)
		parts[n] = rest
	}
	return parts
}

// compare looks for the expected lines in the output, in their order.
func compare(t testing.TB, b block, out string) {
	t.Helper()
	lines := strings.Split(out, "\n")
	at := 0
	for _, want := range b.expected {
		pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".*") + "$")
		for at < len(lines) && !pattern.MatchString(lines[at]) {
			at++
		}
		if at == len(lines) {
			t.Errorf("the commands in line %d of the page do not print %q; they print:\n%s", b.line, want, out)
			return
		}
		at++
	}
}

func tail(s string) string {
	if len(s) > 6000 {
		return "…" + s[len(s)-6000:]
	}
	return s
}
