package ingest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"hearth"
	"hearth/internal/base/dbtest"
	"hearth/internal/edge/ingest/column"
)

// The same directory, in whatever form it is saved, brings in the same people.
func TestEveryFormOfAFile(t *testing.T) {
	utf16 := func(s string) []byte {
		b, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	ansi := func(s string) []byte {
		b, err := charmap.Windows1252.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	text := strings.Replace(directory, "Ana Ruiz", "Zoë Ruiz", 1)
	forms := map[string][]byte{
		"plain.csv": []byte(text), "bom.csv": []byte("\xEF\xBB\xBF" + text), "utf16.csv": utf16(text), "ansi.csv": ansi(text), "cr.csv": []byte(strings.ReplaceAll(text, "\n", "\r")),
		"crlf.csv": []byte(strings.ReplaceAll(text, "\n", "\r\n")), "tab.txt": []byte(strings.ReplaceAll(text, ",", "\t")), "semicolon.csv": []byte(strings.ReplaceAll(text, ",", ";")),
		"titled.csv": []byte("Resident Directory,,,\nOak Court,,,\n\n" + text + "\nTotals:,,,\n"), "book.xlsx": workbook(t, text), "renamed.csv": workbook(t, text),
	}
	for name, b := range forms {
		t.Run(name, func(t *testing.T) {
			d, clock := dbtest.SQLite(t)
			e := newEnv(t, d, clock)
			path := filepath.Join(e.dir, name)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := e.im.Run(context.Background(), Request{Property: "Oak Court", Source: "pms", Kind: column.Residents, Files: []string{path}})
			if err != nil {
				t.Fatal(err)
			}
			e.wantCounts(r, Counts{Rows: 4, Added: 4})
			want := []string{"James Okafor 102 james@example.com +15035550102", "Kim Lee 103 home@example.com +15035550103", "Sam Lee 103 home@example.com +15035550103",
				"Zoë Ruiz 101 ana@example.com +15035550101"}
			if got := e.people(); !reflect.DeepEqual(got, want) {
				t.Errorf("people %q", got)
			}
		})
	}
}

// workbook writes a CSV text as a sheet, dates as dates.
func workbook(t *testing.T, text string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, l := range strings.Split(strings.TrimSpace(text), "\n") {
		var row []any
		for _, c := range strings.Split(l, ",") {
			if d, err := time.Parse(time.DateOnly, c); err == nil {
				row = append(row, d)
			} else {
				row = append(row, c)
			}
		}
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A file that cannot be right is refused with a sentence and leaves nothing, however far down its fault lies.
func TestHostileFilesLeaveNothing(t *testing.T) {
	good := many(700)
	d, clock := dbtest.SQLite(t)
	e := newEnv(t, d, clock)
	book := workbook(t, directory)
	for name, b := range map[string]string{
		"zero byte at the end":  good + "x,\x00,y\n",
		"open quotation":        good + "x,\"y\n",
		"cell without end":      good + "x," + strings.Repeat("y", 80<<10) + "\n",
		"row without end":       good + strings.Repeat("y,", 2000) + "\n",
		"cut workbook":          string(book[:len(book)/2]),
		"web page":              "<html><body><table><tr><td>Unit</td></tr></table></body></html>",
		"nothing but a heading": "Unit,Name\n",
		"no heading":            "1,2,3\n4,5,6\n",
		"about something else":  "Color,Taste\nred,sweet\ngreen,sour\n",
		"empty":                 "",
	} {
		path := e.file("bad.csv", b)
		before := len(e.events())
		_, err := e.im.Run(context.Background(), Request{Property: "Oak Court", Source: "pms", Kind: column.Residents, Files: []string{e.file("good.csv", directory), path}})
		if c := hearth.CodeOf(err); c != hearth.CodeInvalid && c != hearth.CodeTooLarge {
			t.Errorf("%s: %v", name, err)
		}
		if hearth.MessageOf(err) == hearth.MessageOf(context.Canceled) {
			t.Errorf("%s: no sentence: %v", name, err)
		}
		if len(e.events()) != before || e.homesOf("Oak Court") != 0 {
			t.Errorf("%s: something was applied", name)
		}
	}
	// Text that means to do harm elsewhere is only text here.
	r := e.bring(column.Residents, "Unit,Name,Email\n1,\"=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",a@example.com\n2,Robert'); DROP TABLE residents;--,b@example.com\n3,<script>alert(1)</script> Lee,c@example.com\n")
	if r.Counts.Rows != 3 || r.Counts.Quarantined+r.Counts.Added != 3 {
		t.Errorf("%+v", r.Rows)
	}
	if r := e.bring(column.Residents, directory, func(r *Request) { r.Property = "Elm House" }); r.Counts.Added != 4 {
		t.Errorf("the next import: %+v", r.Counts)
	}
}
