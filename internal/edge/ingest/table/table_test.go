package table

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"hearth"
)

func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// all reads every row of a file.
func all(path string) (*File, []Row, error) {
	f, err := Open(path, DefaultLimits())
	if err != nil {
		return nil, nil, err
	}
	r, err := f.Read()
	if err != nil {
		return f, nil, err
	}
	defer r.Close()
	var rows []Row
	for {
		row, err := r.Next()
		if err == io.EOF {
			return f, rows, nil
		}
		if err != nil {
			return f, rows, err
		}
		rows = append(rows, row)
	}
}

func cells(rows []Row) [][]string {
	var out [][]string
	for _, r := range rows {
		out = append(out, r.Cells)
	}
	return out
}

func TestCSVForms(t *testing.T) {
	want := [][]string{{"Unit", "Name", "Note"}, {"A-1", "Zoë Ruiz", "two\nlines"}, {"A-2", "Kim \"K\" Lee", "a, b"}}
	text := func(sep, eol string) string {
		q := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
		var b strings.Builder
		for _, r := range want {
			var row []string
			for _, c := range r {
				row = append(row, q(c))
			}
			b.WriteString(strings.Join(row, sep) + eol)
		}
		return b.String()
	}
	encode := map[Encoding]func(string) []byte{
		UTF8:    func(s string) []byte { return []byte(s) },
		UTF8BOM: func(s string) []byte { return append([]byte{0xEF, 0xBB, 0xBF}, s...) },
		UTF16LE: func(s string) []byte {
			b, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(s))
			return b
		},
		UTF16BE: func(s string) []byte {
			b, _ := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().Bytes([]byte(s))
			return b
		},
		CP1252: func(s string) []byte { b, _ := charmap.Windows1252.NewEncoder().Bytes([]byte(s)); return b },
	}
	for enc, to := range encode {
		for _, sep := range []string{",", ";", "\t", "|"} {
			for _, eol := range []string{"\n", "\r\n", "\r"} {
				name := fmt.Sprintf("%s %q %q", enc, sep, eol)
				f, rows, err := all(write(t, "export.csv", to(text(sep, eol))))
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				if f.Encoding != enc || string(f.Separator) != sep {
					t.Errorf("%s: read as %s", name, f.Describe())
				}
				if !reflect.DeepEqual(cells(rows), want) {
					t.Errorf("%s: %q", name, cells(rows))
				}
				if len(rows) == 3 && (rows[1].Line != 2 || rows[2].Line != 4) {
					t.Errorf("%s: lines %d, %d; want 2, 4", name, rows[1].Line, rows[2].Line)
				}
			}
		}
	}
}

func TestCSVOddities(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     [][]string
	}{
		{"ragged", "a,b,c\n1\n1,2,3,4\n", [][]string{{"a", "b", "c"}, {"1"}, {"1", "2", "3", "4"}}},
		{"no last newline", "a,b\n1,2", [][]string{{"a", "b"}, {"1", "2"}}},
		{"blank lines", "a,b\n\n1,2\n,\n", [][]string{{"a", "b"}, nil, {"1", "2"}, {"", ""}}},
		{"a mark inside a cell is text", "a,b\n5\" pipe,x\n", [][]string{{"a", "b"}, {"5\" pipe", "x"}}},
		{"text behind a closing mark", "a,b\n\"5\" pipe\" x,y\n", [][]string{{"a", "b"}, {"5 pipe\" x", "y"}}},
		{"blanks before a mark", "a,b\n \"x, y\" ,z\n", [][]string{{"a", "b"}, {"x, y", "z"}}},
		{"empty cells", "a,b\n\"\",\n", [][]string{{"a", "b"}, {"", ""}}},
		{"formula", "a,b\n=HYPERLINK(\"http://x\"),1\n", [][]string{{"a", "b"}, {"=HYPERLINK(\"http://x\")", "1"}}},
	} {
		_, rows, err := all(write(t, "x.csv", []byte(c.in)))
		if err != nil || !reflect.DeepEqual(cells(rows), c.want) {
			t.Errorf("%s: %q, %v; want %q", c.name, cells(rows), err, c.want)
		}
	}
}

// Late evidence counts: one byte far behind the sample shows that the file is not UTF-8.
func TestLateEncodingEvidence(t *testing.T) {
	text := "unit,name\n" + strings.Repeat("101,Ana Ruiz\n", 60_000) + "102,Zo\xeb Lee\n"
	f, rows, err := all(write(t, "late.csv", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	if last := rows[len(rows)-1].Cells[1]; f.Encoding != CP1252 || last != "Zoë Lee" {
		t.Errorf("%s, last name %q", f.Encoding, last)
	}
}

func TestSeparatorByEvidence(t *testing.T) {
	for in, want := range map[string]byte{
		"Report, printed 3, 4 and 5\n\nunit;name;rent\n1;Ana, Dr.;1.200,00\n2;Kim, Ms.;900,50\n": ';',
		"unit\tname\n1\tRuiz, Ana\n2\tLee, Kim\n":                                                '\t',
		"unit|name, first|x\n1|Ruiz, Ana|2\n":                                                    '|',
		"name\nAna\nKim\n":                                                                       ',',
	} {
		if got := findSeparator(in, DefaultLimits()); got != want {
			t.Errorf("%q: separator %q, want %q", in, got, want)
		}
	}
}

func TestRefusedFiles(t *testing.T) {
	small := DefaultLimits()
	small.FileBytes = 100
	small.CellBytes = 20
	small.Columns = 5
	for _, c := range []struct {
		name string
		in   []byte
		code hearth.Code
		says string
	}{
		{"zero byte", []byte("a,b\n1,\x00\n"), hearth.CodeInvalid, "zero byte"},
		{"empty", nil, hearth.CodeInvalid, "empty"},
		{"open quotation", []byte("a,b\n1,\"x\n2,y\n"), hearth.CodeInvalid, "opens on line 2"},
		{"quotation over a long stretch", []byte("a,b\n1,\"x\n" + strings.Repeat("yyyy\n", 10)), hearth.CodeInvalid, "opens on line 2"},
		{"large", bytes.Repeat([]byte("a,b\n"), 26), hearth.CodeTooLarge, "larger"},
		{"long cell", []byte("a,b\n" + strings.Repeat("x", 30)), hearth.CodeTooLarge, "longer"},
		{"wide", []byte("a,b,c,d,e,f,g\n"), hearth.CodeTooLarge, "columns"},
		{"web page", []byte("<html><table><tr><td>Unit</td></tr></table></html>"), hearth.CodeInvalid, "web page"},
		{"pdf", []byte("%PDF-1.7 ..."), hearth.CodeInvalid, "PDF"},
		{"old excel", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), hearth.CodeInvalid, "old or password"},
		{"cut zip", []byte("PK\x03\x04 nothing"), hearth.CodeInvalid, "complete"},
	} {
		path := write(t, "x.csv", c.in)
		f, err := Open(path, small)
		if err == nil {
			var r *Reader
			if r, err = f.Read(); err == nil {
				for err == nil {
					_, err = r.Next()
				}
				r.Close()
			}
		}
		if hearth.CodeOf(err) != c.code || !strings.Contains(hearth.MessageOf(err), c.says) {
			t.Errorf("%s: %v; want %s with %q", c.name, err, c.code, c.says)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.csv"), small); hearth.CodeOf(err) != hearth.CodeNotFound {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Open(t.TempDir(), small); hearth.CodeOf(err) != hearth.CodeInvalid {
		t.Errorf("a folder: %v", err)
	}
}

// book writes a workbook with the program that people's tools imitate.
func book(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestXLSX(t *testing.T) {
	day := time.Date(2018, 3, 31, 0, 0, 0, 0, time.UTC)
	b := book(t, func(f *excelize.File) {
		f.SetSheetRow("Sheet1", "A1", &[]any{"Unit", "Name", "Lease From", "Seen", "Rent", "Phone", "Active", "Sum", "Link"})
		f.SetSheetRow("Sheet1", "A3", &[]any{"A-1", "Zoë Ruiz", day, day.Add(9*time.Hour + 30*time.Minute), 1234.5, 5035550123, true})
		style, _ := f.NewStyle(&excelize.Style{CustomNumFmt: ptr(`[$-409]d\-mmm\-yy;@`)})
		f.SetCellStyle("Sheet1", "C3", "C3", style)
		money, _ := f.NewStyle(&excelize.Style{CustomNumFmt: ptr(`"$"#,##0.00_);[Red]("$"#,##0.00)`)})
		f.SetCellStyle("Sheet1", "E3", "E3", money)
		f.SetCellFormula("Sheet1", "H3", "SUM(E3:E3)")
		f.SetCellFormula("Sheet1", "I3", `HYPERLINK("http://example.com","x")`)
		f.SetCellValue("Sheet1", "A4", 0.1+0.2)
		f.NewSheet("Empty")
		f.NewSheet("Hidden")
		for i := 1; i < 200; i++ {
			f.SetCellValue("Hidden", fmt.Sprintf("A%d", i), "secret")
		}
		f.SetSheetVisible("Hidden", false)
	})
	for _, name := range []string{"roll.xlsx", "roll.csv"} { // found by content, not by name
		f, rows, err := all(write(t, name, b))
		if err != nil {
			t.Fatal(err)
		}
		if f.Format != XLSX || f.Sheet != "Sheet1" {
			t.Errorf("read as %s", f.Describe())
		}
		if len(rows) != 3 || rows[1].Line != 3 {
			t.Fatalf("rows = %+v", rows)
		}
		want := []string{"A-1", "Zoë Ruiz", "2018-03-31", "2018-03-31 09:30:00", "1234.5", "5035550123", "TRUE"}
		if got := rows[1].Cells; !reflect.DeepEqual(got[:7], want) {
			t.Errorf("row = %q, want %q", got, want)
		}
		for _, c := range rows[1].Cells[7:] {
			if c != "" {
				t.Errorf("a formula without a stored value gave %q", c)
			}
		}
		if got := rows[2].Cells[0]; got != "0.3" {
			t.Errorf("0.1+0.2 reads %q", got)
		}
	}
}

func ptr(s string) *string { return &s }

// repack changes the parts of an archive.
func repack(t *testing.T, b []byte, change func(name string, body []byte) (string, []byte)) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, p := range z.File {
		r, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name, body := change(p.Name, body)
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		part.Write(body)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestHostileWorkbooks(t *testing.T) {
	good := book(t, func(f *excelize.File) {
		f.SetSheetRow("Sheet1", "A1", &[]any{"Unit", "Name"})
		f.SetSheetRow("Sheet1", "A2", &[]any{"A-1", "Ana Ruiz"})
	})
	sheet := func(body string) func(string, []byte) (string, []byte) {
		return func(name string, old []byte) (string, []byte) {
			if name == "xl/worksheets/sheet1.xml" {
				return name, []byte(body)
			}
			return name, old
		}
	}
	head := `<?xml version="1.0"?><worksheet><sheetData>`
	for _, c := range []struct {
		name   string
		change func(string, []byte) (string, []byte)
		says   string
	}{
		{"zip slip", func(n string, b []byte) (string, []byte) {
			if n == "docProps/app.xml" {
				return "../../../../tmp/evil.xml", b
			}
			return n, b
		}, "points outside"},
		{"bomb", sheet(head + `<row r="1"><c r="A1" t="str"><v>` + strings.Repeat("0", 80<<20) + `</v></c></row></sheetData></worksheet>`), "times its size"},
		{"ends in the middle", sheet(head + `<row r="1"><c r="A1" t="str"><v>Unit</v></c></row>`), "ends in the middle"},
		{"broken xml", sheet(head + `<row r="1"><c r="A1" t="str"><v>Unit</v></c><<</row></sheetData></worksheet>`), "not a complete"},
		{"missing text", sheet(head + `<row r="1"><c r="A1" t="s"><v>999</v></c></row></sheetData></worksheet>`), "missing"},
		{"a column that no sheet has", sheet(head + `<row r="1"><c r="ZZZZZZZ1" t="str"><v>x</v></c></row></sheetData></worksheet>`), "no sheet has"},
		{"too wide", sheet(head + `<row r="1"><c r="XFD1" t="str"><v>x</v></c></row></sheetData></worksheet>`), "columns"},
		{"no workbook", func(n string, b []byte) (string, []byte) {
			return strings.Replace(n, "workbook.xml", "other.xml", 1), b
		}, "no xl/workbook.xml"},
		{"long cell", sheet(head + `<row r="1"><c r="A1" t="str"><v>` + strings.Repeat("0", 70<<10) + `</v></c></row></sheetData></worksheet>`), "longer"},
	} {
		_, _, err := all(write(t, "x.xlsx", repack(t, good, c.change)))
		if err == nil || !strings.Contains(hearth.MessageOf(err), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	for cut := range 20 {
		b := good[:len(good)*cut/20]
		if len(b) == 0 {
			continue
		}
		if _, _, err := all(write(t, "x.xlsx", b)); err == nil {
			t.Errorf("a workbook cut to %d of %d bytes was read", len(b), len(good))
		}
	}
}

// known stands in for the words of the trade.
func known(text string) float64 {
	switch strings.ToLower(text) {
	case "unit", "name", "resident", "resident name", "market rent", "rent", "lease expiration", "move in", "charge codes", "scheduled charges":
		return 1
	}
	return 0
}

func rowsOf(lines string) []Row {
	var rows []Row
	for i, l := range strings.Split(strings.TrimSpace(lines), "\n") {
		var c []string
		if l != "-" {
			c = strings.Split(l, "|")
		}
		rows = append(rows, Row{Line: i + 1, Cells: c})
	}
	return rows
}

func TestLayout(t *testing.T) {
	rows := rowsOf(`Oak Court|||
Rent Roll as of 11/21/2026|||
-
Unit|Resident|Charge Codes|Scheduled Charges
Building: North|||
AA101   |Ruiz Ana|RENT|1200.00
||PET|25.00
||Charge Total:|1225.00
-
AA102   |VACANT||
Unit|Resident|Charge Codes|Scheduled Charges
Future Residents|||
AA103   |Lee Kim|RENT|1100.00
Grand Total|||2325.00
Summary Groups|||
Occupied|2|50|2325.00`)
	l, err := FindLayout(rows, known)
	if err != nil {
		t.Fatal(err)
	}
	if l.HeaderLine != 4 || !reflect.DeepEqual(l.Header, []string{"Unit", "Resident", "Charge Codes", "Scheduled Charges"}) {
		t.Errorf("heading %q in line %d", l.Header, l.HeaderLine)
	}
	if len(l.Titles) != 2 || l.Titles[0] != "Oak Court" {
		t.Errorf("titles = %q", l.Titles)
	}
	want := []RowKind{Above, Above, Above, Above, Group, Data, Data, Total, Blank, Data, Heading, Group, Data, Total, Total, Total}
	for i, r := range rows {
		if got := l.Kind(r); got != want[i] {
			t.Errorf("line %d %q is %d, want %d", r.Line, r.Cells, got, want[i])
		}
	}
}

func TestStackedHeading(t *testing.T) {
	l, err := FindLayout(rowsOf("Unit|Resident|Market|Lease|Move\n|Name|Rent|Expiration|In\n101|Ana Ruiz|1200|1/31/2026|2/1/2024\n102|Kim Lee|1300|2/28/2026|3/1/2024"), known)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"Unit", "Resident Name", "Market Rent", "Lease Expiration", "Move In"}; !reflect.DeepEqual(l.Header, want) || l.BodyLine != 3 {
		t.Errorf("heading %q, body from line %d", l.Header, l.BodyLine)
	}
}

func TestNoHeading(t *testing.T) {
	_, err := FindLayout(rowsOf("101|4.5|2025-01-01\n102|5.5|2025-01-02"), known)
	if hearth.CodeOf(err) != hearth.CodeInvalid {
		t.Errorf("error = %v", err)
	}
}

func TestOverlongRow(t *testing.T) {
	l := &Layout{Header: []string{"a", "b"}}
	if !l.Overlong(Row{Cells: []string{"1", "2", "3"}}) || l.Overlong(Row{Cells: []string{"1", "2", " "}}) || l.Overlong(Row{Cells: []string{"1"}}) {
		t.Error("only a value behind the last heading makes a row too long")
	}
}

// What is written as CSV with every cell quoted is read back, whatever the cells hold.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.Custom(func(t *rapid.T) string {
			s := rapid.StringOfN(rapid.RuneFrom([]rune("aé,;\"\n |\tZ0")), 0, 8, -1).Draw(t, "cell")
			return s
		})
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 2, 5), 1, 6).Draw(t, "rows")
		var b strings.Builder
		for _, r := range rows {
			for i, c := range r {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
			}
			b.WriteString("\r\n")
		}
		r := newCSVReader(strings.NewReader(b.String()), ',', DefaultLimits())
		for _, want := range rows {
			got, _, err := r.next()
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%q, %v; want %q", got, err, want)
			}
		}
		if _, _, err := r.next(); err != io.EOF {
			t.Fatalf("then %v", err)
		}
	})
}

// No bytes make reading hang, panic or fail without a sentence for a person.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("unit,name\n1,\"Ana\n"))
	f.Add([]byte("\xff\xfeu\x00n\x00"))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("a;b\r1;2\r\r\n\"x\"\"y\";\x80"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, rows, err := all(write(t, "x", b))
		var he *hearth.Error
		if err != nil && !errors.As(err, &he) {
			t.Errorf("no sentence: %v", err)
		}
		if l, err := FindLayout(rows, known); err == nil {
			for _, r := range rows {
				l.Kind(r)
			}
		}
	})
}

// Ten thousand rows an operation; memory must not grow with the file.
func BenchmarkCSV(b *testing.B) {
	row := "A-101,t0001,Ana Ruiz,ana.ruiz@example.com,(503) 555-0101,Current,03/01/2025,02/28/2026,1450.00,500.00,0.00,note\n"
	path := write(b, "big.csv", []byte("unit,id,name,email,phone,status,from,to,rent,deposit,balance,note\n"+strings.Repeat(row, 10_000)))
	b.ReportAllocs()
	for b.Loop() {
		if _, rows, err := all(path); err != nil || len(rows) != 10_001 {
			b.Fatal(len(rows), err)
		}
	}
}

func BenchmarkXLSX(b *testing.B) {
	body := book(b, func(f *excelize.File) {
		w, _ := f.NewStreamWriter("Sheet1")
		for i := 1; i <= 10_000; i++ {
			w.SetRow(fmt.Sprintf("A%d", i), []any{"A-101", "t0001", "Ana Ruiz", "ana@example.com", "(503) 555-0101", "Current", 45000, 45300, 1450.0, 500.0, 0.0, "note"})
		}
		w.Flush()
	})
	path := write(b, "big.xlsx", body)
	b.ReportAllocs()
	for b.Loop() {
		if _, rows, err := all(path); err != nil || len(rows) != 10_000 {
			b.Fatal(len(rows), err)
		}
	}
}
