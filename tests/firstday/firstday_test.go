// Package firstday runs docs/first-day.md as a new operator would: every command literally, in one shell, with the real
// program, a real mail server and real databases.
package firstday

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

	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/dbtest"
)

// page is the document under test.
const page = "../../docs/first-day.md"

// block is a piece of the page between fences, or what is expected under one.
type block struct {
	line     int
	postgres bool // only where there is a PostgreSQL
	commands string
	expected []string
}

// blocks reads the page: each sh block with the text block that follows it.
func blocks(t *testing.T) []block {
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
	if len(out) < 10 {
		t.Fatalf("the page has %d blocks of commands; is it the right one?", len(out))
	}
	return out
}

// build makes the program once for the tests of this package.
func build(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "hearth"), "hearth/cmd/hearth")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return dir
}

// dayMark is how the files name a day relative to today.
var dayMark = regexp.MustCompile(`@([+-]\d+)@`)

// files copies the page's files to dir with the dates of today.
func files(t *testing.T, dir string) {
	t.Helper()
	list, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	today := time.Now()
	for _, f := range list {
		raw, err := os.ReadFile(filepath.Join("testdata", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		text := dayMark.ReplaceAllStringFunc(string(raw), func(m string) string {
			n, _ := strconv.Atoi(strings.Trim(m, "@"))
			return today.AddDate(0, 0, n).Format("01/02/2006")
		})
		if err := os.WriteFile(filepath.Join(dir, f.Name()), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// freeAddr gives a loopback address that is free now.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// mark is a line that the shell prints between the blocks, so that their outputs can be told apart.
const mark = "@@ block "

func TestFirstDayOnSQLite(t *testing.T) {
	run(t, false, "--data data")
}

func TestFirstDayOnPostgresWithTwoNodes(t *testing.T) {
	run(t, true, "--database "+dbtest.EmptyPostgresURL(t))
}

func run(t *testing.T, postgres bool, where string) {
	bin, dir := build(t), t.TempDir()
	files(t, dir)
	mail, err := smtptest.Start(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mail.Close(); err != nil {
			t.Error(err)
		}
	})
	all := blocks(t)
	var script strings.Builder
	// Whatever happens, no server is left running.
	script.WriteString("set -eo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT\n")
	for i, b := range all {
		if b.postgres && !postgres {
			continue
		}
		fmt.Fprintf(&script, "echo '%s%d'\n%s\n", mark, i, b.commands)
	}
	cmd := exec.CommandContext(t.Context(), "timeout", "120", "bash", "-c", script.String())
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "WHERE="+where, "LISTEN="+freeAddr(t), "LISTEN2="+freeAddr(t),
		"SMTP="+mail.URL())
	raw, err := cmd.CombinedOutput()
	outputs := split(string(raw))
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "server.log"))
		t.Fatalf("the page's commands failed: %v\n%s\nserver:\n%s", err, tail(string(raw)), tail(string(log)))
	}
	for i, b := range all {
		if b.postgres && !postgres {
			continue
		}
		compare(t, b, outputs[i])
	}
	if n := mail.Count(); n == 0 {
		t.Error("the mail server got nothing")
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
func compare(t *testing.T, b block, out string) {
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
