package table

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"hearth"
)

// A workbook is read here with archive/zip and encoding/xml, because rows must stream, a damaged sheet must be an error
// and not an early end, and a date must be told from a number by its cell's style.

// Bounds of a workbook beside Limits.
const (
	maxParts     = 5000
	maxRatio     = 120      // unpacked over packed, above ratioFrom
	ratioFrom    = 64 << 20 // a small part may well shrink a thousandfold
	maxShared    = 256 << 20
	maxSheetCols = 16384
)

type sheetRef struct {
	name, part string
	hidden     bool
}

// openBook checks the archive and picks the sheet to read: the visible one that is largest.
func (f *File) openBook() error {
	z, err := zip.OpenReader(f.Path)
	if err != nil {
		return damaged(f.Path, err)
	}
	defer z.Close()
	if err := f.checkArchive(z.File); err != nil {
		return err
	}
	sheets, err := f.bookSheets(&z.Reader)
	if err != nil {
		return err
	}
	var best *zip.File
	for _, s := range sheets {
		p := find(&z.Reader, s.part)
		if p == nil || s.hidden {
			continue
		}
		if best == nil || p.UncompressedSize64 > best.UncompressedSize64 {
			best, f.Sheet = p, s.name
		}
	}
	if best == nil {
		return hearth.Errorf(hearth.CodeInvalid, "%s holds no visible worksheet. Save the report as .xlsx or CSV.", f.Path)
	}
	return nil
}

// checkArchive refuses archives that are made to do harm before anything is unpacked.
func (f *File) checkArchive(parts []*zip.File) error {
	if len(parts) > maxParts {
		return hearth.Errorf(hearth.CodeTooLarge, "%s holds more than %d parts, so it is not an ordinary workbook.", f.Path, maxParts)
	}
	var total uint64
	for _, p := range parts {
		name := strings.ReplaceAll(p.Name, "\\", "/")
		if strings.HasPrefix(name, "/") || strings.HasPrefix(path.Clean(name), "..") {
			return hearth.Errorf(hearth.CodeInvalid, "%s holds a part named %q that points outside of it, so it is refused. Save it again with a spreadsheet program.", f.Path, p.Name)
		}
		total += p.UncompressedSize64
		if total > uint64(f.limits.UnzipBytes) {
			return hearth.Errorf(hearth.CodeTooLarge, "%s unpacks to more than %d MB. Split it, or save it as CSV.", f.Path, f.limits.UnzipBytes>>20)
		}
	}
	if total > ratioFrom && total/uint64(max(f.Bytes, 1)) > maxRatio {
		return hearth.Errorf(hearth.CodeTooLarge, "%s unpacks to %d times its size, which no report does, so it is refused.", f.Path, total/uint64(f.Bytes))
	}
	return nil
}

func damaged(name string, err error) error {
	return hearth.Errorf(hearth.CodeInvalid, "%s is not a complete Excel workbook: %w. Save it again, or export it as CSV.", name, err)
}

func find(z *zip.Reader, name string) *zip.File {
	for _, p := range z.File {
		if strings.EqualFold(strings.ReplaceAll(p.Name, "\\", "/"), name) {
			return p
		}
	}
	return nil
}

// bookSheets reads the names of the sheets and where their parts lie, and the date system.
func (f *File) bookSheets(z *zip.Reader) ([]sheetRef, error) {
	var book struct {
		Props struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			ID    string `xml:"id,attr"`
			State string `xml:"state,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := decodePart(z, "xl/workbook.xml", &book); err != nil {
		return nil, damaged(f.Path, err)
	}
	f.date1904 = book.Props.Date1904 == "1" || book.Props.Date1904 == "true"
	var rels struct {
		Rel []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := decodePart(z, "xl/_rels/workbook.xml.rels", &rels); err != nil {
		return nil, damaged(f.Path, err)
	}
	target := map[string]string{}
	for _, r := range rels.Rel {
		t := r.Target
		if !strings.HasPrefix(t, "/") {
			t = "xl/" + t
		}
		target[r.ID] = path.Clean(strings.TrimPrefix(t, "/"))
	}
	var refs []sheetRef
	for _, s := range book.Sheets {
		refs = append(refs, sheetRef{name: s.Name, part: target[s.ID], hidden: s.State != "" && s.State != "visible"})
	}
	return refs, nil
}

func decodePart(z *zip.Reader, name string, into any) error {
	p := find(z, name)
	if p == nil {
		return fmt.Errorf("it has no %s", name)
	}
	r, err := p.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return xml.NewDecoder(r).Decode(into)
}

// bookReader streams the rows of one sheet.
type bookReader struct {
	zip    *zip.ReadCloser
	part   io.ReadCloser
	count  *countingReader
	size   int64
	dec    *xml.Decoder
	shared []string
	dates  map[int]dateKind // by style number
	file   *File
	row    int
	inData bool
	ended  bool
}

func (f *File) readBook() (*bookReader, error) {
	z, err := zip.OpenReader(f.Path)
	if err != nil {
		return nil, damaged(f.Path, err)
	}
	b := &bookReader{zip: z, file: f}
	if err := b.open(); err != nil {
		z.Close()
		return nil, damaged(f.Path, err)
	}
	return b, nil
}

func (b *bookReader) open() error {
	sheets, err := b.file.bookSheets(&b.zip.Reader)
	if err != nil {
		return err
	}
	var part *zip.File
	for _, s := range sheets {
		if s.name == b.file.Sheet {
			part = find(&b.zip.Reader, s.part)
		}
	}
	if part == nil {
		return fmt.Errorf("sheet %q is gone", b.file.Sheet)
	}
	if b.shared, err = readShared(&b.zip.Reader); err != nil {
		return err
	}
	if b.dates, err = readStyles(&b.zip.Reader); err != nil {
		return err
	}
	if b.part, err = part.Open(); err != nil {
		return err
	}
	b.count = &countingReader{Reader: b.part}
	b.size = int64(part.UncompressedSize64)
	b.dec = xml.NewDecoder(b.count)
	b.dec.Strict = false
	return nil
}

func (b *bookReader) done() float64 {
	if b.size == 0 {
		return 1
	}
	return min(1, float64(b.count.n)/float64(b.size))
}

func (b *bookReader) close() error {
	err := b.part.Close()
	if e := b.zip.Close(); err == nil {
		err = e
	}
	return err
}

// next gives the next row that the sheet holds; sheets leave out empty rows.
func (b *bookReader) next() (Row, error) {
	for !b.ended {
		tok, err := b.dec.RawToken()
		if errors.Is(err, io.EOF) {
			return Row{}, damaged(b.file.Path, fmt.Errorf("sheet %q ends in the middle", b.file.Sheet))
		}
		if err != nil {
			return Row{}, damaged(b.file.Path, err)
		}
		switch el := tok.(type) {
		case xml.StartElement:
			switch el.Name.Local {
			case "sheetData":
				b.inData = true
			case "row":
				if b.inData {
					return b.readRow(el)
				}
			}
		case xml.EndElement:
			if el.Name.Local == "sheetData" {
				b.ended = true
			}
		}
	}
	return Row{}, io.EOF
}

func (b *bookReader) readRow(start xml.StartElement) (Row, error) {
	b.row++
	if n, err := strconv.Atoi(attr(start, "r")); err == nil && n >= b.row {
		b.row = n
	}
	row := Row{Line: b.row}
	for {
		tok, err := b.dec.RawToken()
		if err != nil {
			return Row{}, damaged(b.file.Path, err)
		}
		switch el := tok.(type) {
		case xml.StartElement:
			if el.Name.Local != "c" {
				continue
			}
			if err := b.readCell(el, &row); err != nil {
				return Row{}, err
			}
		case xml.EndElement:
			if el.Name.Local == "row" {
				return row, nil
			}
		}
	}
}

func (b *bookReader) readCell(start xml.StartElement, row *Row) error {
	col := len(row.Cells)
	if ref := attr(start, "r"); ref != "" {
		col = columnOf(ref)
	}
	if col < 0 || col >= b.file.limits.Columns {
		if col >= maxSheetCols || col < 0 {
			return damaged(b.file.Path, fmt.Errorf("row %d names a column that no sheet has", row.Line))
		}
		return hearth.Errorf(hearth.CodeTooLarge, "Row %d has more than %d columns. This does not look like an export; check the file.", row.Line, b.file.limits.Columns)
	}
	text, err := b.cellText(attr(start, "t"), attr(start, "s"))
	if err != nil {
		return damaged(b.file.Path, err)
	}
	if len(text) > b.file.limits.CellBytes {
		return hearth.Errorf(hearth.CodeTooLarge, "A cell in row %d is longer than %d characters. This does not look like an export; check the file.", row.Line, b.file.limits.CellBytes)
	}
	for len(row.Cells) <= col {
		row.Cells = append(row.Cells, "")
	}
	row.Cells[col] = text
	return nil
}

// cellText reads up to the end of the cell. Formulas are skipped: only the value that the sheet stored is used.
func (b *bookReader) cellText(kind, style string) (string, error) {
	var value strings.Builder
	in := ""
	for {
		tok, err := b.dec.RawToken()
		if err != nil {
			return "", err
		}
		switch el := tok.(type) {
		case xml.StartElement:
			in = el.Name.Local
		case xml.CharData:
			if in == "v" || in == "t" {
				value.Write(el)
			}
		case xml.EndElement:
			in = ""
			if el.Name.Local == "c" {
				return b.interpret(kind, style, value.String())
			}
		}
	}
}

func (b *bookReader) interpret(kind, style, v string) (string, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil || i < 0 || i >= len(b.shared) {
			return "", fmt.Errorf("row %d refers to a text that is missing", b.row)
		}
		return b.shared[i], nil
	case "b":
		if strings.TrimSpace(v) == "1" {
			return "TRUE", nil
		}
		return "FALSE", nil
	case "e":
		return "", nil // "#N/A" and its like say nothing
	case "", "n":
		s, _ := strconv.Atoi(style)
		return number(strings.TrimSpace(v), b.dates[s], b.file.date1904), nil
	}
	return unescape(v), nil
}

func attr(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// columnOf gives the column of a reference like "AB12", from 0; -1 if it is none.
func columnOf(ref string) int {
	n := 0
	for i := 0; i < len(ref); i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > maxSheetCols {
			return maxSheetCols
		}
	}
	return n - 1
}
