package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"hearth"
)

// Limits bound what one file may ask of the machine.
type Limits struct {
	FileBytes  int64 // size on disk
	UnzipBytes int64 // size of everything inside an XLSX
	CellBytes  int   // longest cell
	Columns    int   // widest row
	Rows       int   // most rows
}

// DefaultLimits are generous for the export of a large portfolio and small for a server.
func DefaultLimits() Limits {
	return Limits{FileBytes: 512 << 20, UnzipBytes: 2 << 30, CellBytes: 64 << 10, Columns: 1000, Rows: 5_000_000}
}

// Format names the kind of file, found by content and not by its name.
type Format string

// The formats.
const (
	CSV  Format = "CSV"
	XLSX Format = "XLSX"
)

// Row is one row of a file as it stands there.
type Row struct {
	Line  int // line or sheet row, from 1, on which it starts
	Cells []string
}

// Blank tells whether the row holds nothing but spaces.
func (r Row) Blank() bool { return blank(r.Cells) }

// Cell gives a cell without surrounding spaces, "" beyond the end of a short row.
func (r Row) Cell(i int) string {
	if i < 0 || i >= len(r.Cells) {
		return ""
	}
	return strings.TrimSpace(r.Cells[i])
}

// File is an export whose format has been found. It may be read any number of times.
type File struct {
	Path      string
	Format    Format
	Encoding  Encoding // of a CSV
	Separator byte     // of a CSV
	Sheet     string   // of an XLSX
	Bytes     int64
	limits    Limits
	date1904  bool
}

// Describe says in words how the file was read.
func (f *File) Describe() string {
	if f.Format == XLSX {
		return fmt.Sprintf("XLSX, sheet %q", f.Sheet)
	}
	names := map[byte]string{',': "comma", ';': "semicolon", '\t': "tab", '|': "bar"}
	return fmt.Sprintf("CSV, %s, separated by %s", f.Encoding, names[f.Separator])
}

// Open looks at a file and finds out what it is. Errors carry CodeInvalid, CodeTooLarge or CodeNotFound and a sentence.
func Open(path string, limits Limits) (*File, error) {
	in, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil, hearth.Errorf(hearth.CodeNotFound, "There is no file %s. Check the path.", path)
	}
	if err != nil {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The file %s cannot be read: %w", path, err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at %s: %w", path, err)
	}
	if info.IsDir() {
		return nil, hearth.Errorf(hearth.CodeInvalid, "%s is a folder. Name the files in it.", path)
	}
	if info.Size() > limits.FileBytes {
		return nil, hearth.Errorf(hearth.CodeTooLarge, "%s is larger than %d MB. Split the export, for example by property.", path, limits.FileBytes>>20)
	}
	if info.Size() == 0 {
		return nil, hearth.Errorf(hearth.CodeInvalid, "%s is empty. Export it again.", path)
	}
	f := &File{Path: path, Bytes: info.Size(), limits: limits}
	head := make([]byte, 8)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		f.Format = XLSX
		return f, f.openBook()
	case bytes.HasPrefix(head, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return nil, hearth.Errorf(hearth.CodeInvalid, "%s is an old or password-protected Excel file. Save it as .xlsx without a password, or as CSV.", path)
	case bytes.HasPrefix(head, []byte("%PDF")):
		return nil, hearth.Errorf(hearth.CodeInvalid, "%s is a PDF. Export the report as CSV or Excel.", path)
	}
	f.Format = CSV
	return f, f.openText(in)
}

func (f *File) openText(in *os.File) error {
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind %s: %w", f.Path, err)
	}
	enc, err := findEncoding(in)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Path, err)
	}
	f.Encoding = enc
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("rewind %s: %w", f.Path, err)
	}
	text, err := decode(in, enc)
	if err != nil {
		return err
	}
	sample := make([]byte, 128<<10)
	n, err := io.ReadFull(text, sample)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", f.Path, err)
	}
	sample = sample[:n]
	if looksLikeMarkup(sample) {
		return hearth.Errorf(hearth.CodeInvalid, "%s is a web page or an XML file, whatever its name says. Export the report as CSV or Excel.", f.Path)
	}
	f.Separator = findSeparator(string(sample), f.limits)
	return nil
}

// looksLikeMarkup catches the web pages that some systems deliver under the name .xls.
func looksLikeMarkup(sample []byte) bool {
	head := strings.ToLower(strings.TrimSpace(string(sample[:min(len(sample), 256)])))
	return strings.HasPrefix(head, "<html") || strings.HasPrefix(head, "<!doctype") || strings.HasPrefix(head, "<?xml") || strings.HasPrefix(head, "<table")
}

// Reader gives the rows of a file one after the other.
type Reader struct {
	file  *File
	in    *os.File
	csv   *csvReader
	book  *bookReader
	rows  int
	count countingReader
}

// Read begins at the first row. Close the reader afterwards.
func (f *File) Read() (*Reader, error) {
	r := &Reader{file: f}
	if f.Format == XLSX {
		book, err := f.readBook()
		if err != nil {
			return nil, err
		}
		r.book = book
		return r, nil
	}
	in, err := os.Open(f.Path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", f.Path, err)
	}
	r.in = in
	r.count.Reader = in
	text, err := decode(&r.count, f.Encoding)
	if err != nil {
		in.Close()
		return nil, err
	}
	r.csv = newCSVReader(bufio.NewReaderSize(text, 64<<10), f.Separator, f.limits)
	return r, nil
}

// Next gives the next row; io.EOF at the end.
func (r *Reader) Next() (Row, error) {
	if r.rows >= r.file.limits.Rows {
		return Row{}, hearth.Errorf(hearth.CodeTooLarge, "The file has more than %d rows. Split it.", r.file.limits.Rows)
	}
	r.rows++
	var row Row
	var err error
	if r.book != nil {
		row, err = r.book.next()
	} else {
		row.Cells, row.Line, err = r.csv.next()
	}
	if err != nil {
		return Row{}, err
	}
	for i, c := range row.Cells {
		if !utf8.ValidString(c) {
			row.Cells[i] = strings.ToValidUTF8(c, "\uFFFD")
		}
	}
	return row, nil
}

// Done gives the share of the file that has been read, 0 to 1.
func (r *Reader) Done() float64 {
	if r.file.Bytes == 0 {
		return 1
	}
	if r.book != nil {
		return r.book.done()
	}
	return min(1, float64(r.count.n)/float64(r.file.Bytes))
}

// Close frees what the reader holds.
func (r *Reader) Close() error {
	if r.book != nil {
		return r.book.close()
	}
	return r.in.Close()
}

type countingReader struct {
	io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}
