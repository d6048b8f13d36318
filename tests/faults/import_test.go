package faults

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"hearth/internal/base/db"
)

// table is a small directory in CSV.
const table = "Resident ID,Unit,First Name,Last Name,Email,Lease Start,Lease End,Move In\n" +
	"a1,101,Zoë,Nguyễn,zoe@homes.example,2026-01-01,2027-12-31,2026-01-01\n" +
	"a2,102,Ben,Müller,ben@homes.example,2026-02-01,2027-01-31,2026-02-01\n" +
	"a3,103,Cleo,O'Neil,cleo@homes.example,2026-03-01,2027-02-28,2026-03-01\n"

func utf16le(s string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// western is the table in the encoding of old Windows programs; what it lacks is written plainly.
func western(s string) []byte {
	var out []byte
	for _, r := range strings.ReplaceAll(s, "ễ", "e") {
		out = append(out, byte(r)) // all that is left are letters whose code there is that of Unicode
	}
	return out
}

// packed makes a zip with one entry.
func packed(name string, content []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(content)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		panic(err) // writing into memory
	}
	return b.Bytes()
}

// report is what an import says of itself.
type report struct {
	Counts struct {
		Rows, Added, Changed, Same, Quarantined, Vanished, Skipped int
	}
	Rows []struct {
		Line                 int
		Action, What, Reason string
	}
}

// bringIn imports a file of residents and gives the report, nil when it failed with a sentence.
func (s *site) bringIn(property, path string, flags ...string) (*report, string) {
	s.Helper()
	to := s.file("report.json", nil)
	args := append([]string{"import", "--property", property, "--zone", "America/Chicago", "--source", "hostile", "--report", to}, flags...)
	_, errOut, code := s.run(append(args, "residents", path)...)
	if code != 0 {
		if code != 1 || !strings.HasPrefix(errOut, "hearth: ") || len(errOut) < 30 || strings.Contains(errOut, "goroutine") {
			s.Errorf("importing %s ended with %d: %.600s; want 1 and a sentence", path, code, errOut)
		}
		return nil, errOut
	}
	raw, err := os.ReadFile(to)
	if err != nil {
		s.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(raw, &r); err != nil {
		s.Fatalf("the report of %s: %v", path, err)
	}
	return &r, ""
}

// TestHostileFiles imports what exports look like on a bad day: each is read rightly, or refused with a sentence; what a
// dry run foretells is what happens, and a second import of the same changes nothing.
func TestHostileFiles(t *testing.T) {
	formula := strings.Replace(table, "Ben,", `"=HYPERLINK(""http://evil.example"",""Ben"")",`, 1)
	rows := []struct {
		name, file string
		content    []byte
		good       int // rows that come in; -1: the file is refused
	}{
		{"plain", "a.csv", []byte(table), 3},
		{"a byte order mark", "a.csv", []byte("\ufeff" + table), 3},
		{"UTF-16", "a.csv", utf16le(table), 3},
		{"an old encoding", "a.csv", western(table), 3},
		{"lines that end as on old Macs", "a.csv", []byte(strings.ReplaceAll(table, "\n", "\r")), 3},
		{"semicolons", "a.csv", []byte(strings.ReplaceAll(table, ",", ";")), 3},
		{"line breaks in quotes", "a.csv", []byte(strings.Replace(table, "Cleo,", "\"Cl\neo\",", 1)), 3},
		{"ragged rows", "a.csv", []byte(table + "a4\na5,105,Dee,Fox,dee@homes.example,2026-01-01,2027-01-01,2026-01-01,,,,,extra\n"), 3},
		{"bytes of zero", "a.csv", []byte(strings.Replace(table, "Ben", "B\x00en", 1)), -1},
		{"an id twice", "a.csv", []byte(table + "a3,104,Dan,Ode,dan@homes.example,2026-03-01,2027-02-28,2026-03-01\n"), 3},
		{"formulas", "a.csv", []byte(formula), 3},
		{"a quote that never ends", "a.csv", []byte(strings.Replace(table, "Ben", `"Ben`, 1)), -1},
		{"dates that are none", "a.csv", []byte(strings.Replace(table, "2026-02-01", "0000-99-99", 1)), 2},
		{"a cell of 1 MB", "a.csv", []byte(strings.Replace(table, "Ben", strings.Repeat("x", 1<<20), 1)), -1},
		{"nothing at all", "a.csv", nil, -1},
		{"only a heading", "a.csv", []byte(strings.SplitAfter(table, "\n")[0]), -1},
		{"words of no table", "a.csv", []byte("Dear Sir or Madam,\nplease find attached nothing.\n"), -1},
		{"bytes of chance", "a.csv", noise(8192), -1},
		{"a table that says it is a workbook", "a.xlsx", []byte(table), 3},
		{"a workbook that says it is a table", "a.csv", packed("xl/workbook.xml", []byte("<workbook/>")), -1},
		{"a packed bomb", "a.xlsx", packed("xl/worksheets/sheet1.xml", make([]byte, 1<<30)), -1},
		{"a path out of the packet", "a.xlsx", packed("../../../tmp/evil", []byte("evil")), -1},
		{"half a packet", "a.xlsx", packed("xl/workbook.xml", noise(4096))[:2000], -1},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := &site{T: t, dir: t.TempDir()}
			s.place = []string{"--data", s.dir}
			const property = "Trial Court"
			path := s.file(row.file, row.content)
			dry, refusal := s.bringIn(property, path, "--dry-run")
			if n := s.residentsOf(property); n != 0 {
				t.Fatalf("a dry run made %d residents", n)
			}
			did, refused := s.bringIn(property, path)
			if row.good < 0 {
				if dry != nil || did != nil {
					t.Errorf("it was taken: %+v; want it refused", did)
				}
				t.Logf("refused: %s", strings.TrimSpace(refused))
				return
			}
			if did == nil || dry == nil {
				t.Fatalf("it was refused: %s%s", refusal, refused)
			}
			if fmt.Sprint(*dry) != fmt.Sprint(*did) {
				t.Errorf("the dry run foretold %+v, and this happened: %+v", *dry, *did)
			}
			if n := s.residentsOf(property); did.Counts.Added != row.good || n != row.good {
				t.Errorf("%d rows came in and there are %d residents, want %d; %+v", did.Counts.Added, n, row.good, did)
			}
			again, _ := s.bringIn(property, path)
			if again == nil || again.Counts.Added+again.Counts.Changed+again.Counts.Vanished != 0 || again.Counts.Same != row.good {
				t.Errorf("the second import of the same: %+v; want %d the same", again, row.good)
			}
			if aside := did.Counts.Rows - row.good; aside != did.Counts.Quarantined {
				t.Errorf("of %d rows %d came in and %d were set aside", did.Counts.Rows, row.good, did.Counts.Quarantined)
			}
			s.sound()
		})
	}
}

// noise gives bytes that mean nothing, always the same.
func noise(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestKilledInTheMiddleOfAnImport: what was read is taken back or goes on by itself, and in the end all is there once.
func TestKilledInTheMiddleOfAnImport(t *testing.T) {
	for name, many := range map[string]int{"sqlite": 1500, "postgres": 200} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, name == "postgres")
			random := chance(t)
			n := rounds(2)
			args := make([][]string, n)
			names := make([]string, n)
			for i := range n {
				name := "Birch" + letters(i)
				names[i] = name + " Court"
				args[i] = []string{"import", "--property", names[i], "--zone", "America/Chicago", "--source", name, "residents", s.roster(name, many)}
				cmd := s.command(args[i]...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(150+random.IntN(600)) * time.Millisecond)
				cmd.Process.Kill()
				cmd.Wait() // it was killed, or was done before
				s.sound()
				t.Logf("kill %d: %d residents stand, %d imports are unfinished", i, s.residentsOf(names[i]), s.unfinished())
			}
			// A server finds what was left behind once its claim has run out; here its clock is ahead of it.
			p := s.serve("--clock", "+2m", "--send", "real", "--smtp", "smtp://127.0.0.1:9")
			s.until("no import is unfinished", 2*time.Minute, func() bool { return s.unfinished() == 0 })
			if err := p.Kill(); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				if stand := s.residentsOf(names[i]); stand != 0 && stand != many {
					t.Errorf("%s: %d residents after all went on or was undone, want all %d or none", names[i], stand, many)
				}
				s.must(args[i]...)
				again := s.must(args[i]...)
				if stand := s.residentsOf(names[i]); stand != many || !strings.Contains(again, fmt.Sprintf("0 added, 0 changed, %d the same", many)) {
					t.Errorf("%s: %d residents after the import was run again, want %d; the last one says: %s", names[i], stand, many, again)
				}
			}
			s.verified()
		})
	}
}

// unfinished counts imports that are not done, undone or failed.
func (s *site) unfinished() (n int) {
	s.Helper()
	s.look(func(ctx context.Context, tx *db.Tx) {
		n = count(ctx, s, tx, "SELECT COUNT(*) FROM imports WHERE org = $1 AND state IN ('staging','staged','applying')")
	})
	return n
}

// TestTheServerDiesInTheMiddleOfAnImport: an import beside a server is applied by it; the command that began it goes on
// itself when the server is killed, and all is there once.
func TestTheServerDiesInTheMiddleOfAnImport(t *testing.T) {
	t.Parallel()
	const many = 2000
	s := newSite(t, false)
	random := chance(t)
	s.must("import", "--property", "Elm Court", "--zone", "America/Chicago", "--source", "elm", "residents", s.roster("Elm", 5))
	for i := range rounds(2) {
		p := s.serve("--send", "sink")
		name := "Hazel" + letters(i)
		cmd := s.command("import", "--property", name+" Court", "--zone", "America/Chicago", "--source", name, "residents", s.roster(name, many))
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		carried := false
		s.until("the server applies", time.Minute, func() bool {
			s.look(func(ctx context.Context, tx *db.Tx) {
				carried = count(ctx, s, tx, "SELECT COUNT(*) FROM import_rows WHERE org = $1 AND state = 'added' AND import IN (SELECT id FROM imports WHERE state = 'applying')") > 0
			})
			return carried || s.residentsOf(name+" Court") == many
		})
		time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond)
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		stood := s.residentsOf(name + " Court")
		if err := cmd.Wait(); err != nil {
			t.Fatalf("the import ended with %v: %.600s", err, said.String())
		}
		if n := s.residentsOf(name + " Court"); n != many || !strings.Contains(said.String(), fmt.Sprintf("%d added", many)) {
			t.Errorf("%d residents, want %d; it says: %.600s", n, many, said.String())
		}
		t.Logf("kill %d: %d of %d stood", i, stood, many)
	}
	s.sound()
	s.verified()
}
