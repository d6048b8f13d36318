package table

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// readShared reads the table of texts that cells refer to by number. A book without one is fine.
func readShared(z *zip.Reader) ([]string, error) {
	p := find(z, "xl/sharedStrings.xml")
	if p == nil {
		return nil, nil
	}
	if p.UncompressedSize64 > maxShared {
		return nil, fmt.Errorf("its table of texts is larger than %d MB", maxShared>>20)
	}
	r, err := p.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	dec := xml.NewDecoder(r)
	dec.Strict = false
	var (
		texts    []string
		text     strings.Builder
		in       bool
		phonetic bool // reading aids are not part of the text
	)
	for {
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return texts, nil
		}
		if err != nil {
			return nil, err
		}
		switch el := tok.(type) {
		case xml.StartElement:
			in = el.Name.Local == "t"
			phonetic = phonetic || el.Name.Local == "rPh"
		case xml.CharData:
			if in && !phonetic {
				text.Write(el)
			}
		case xml.EndElement:
			in = false
			switch el.Name.Local {
			case "rPh":
				phonetic = false
			case "si":
				texts = append(texts, unescape(text.String()))
				text.Reset()
			}
		}
	}
}

// unescape undoes the escape for characters that XML cannot hold; only the carriage return is met in practice.
func unescape(s string) string {
	if !strings.Contains(s, "_x000D_") {
		return s
	}
	return strings.ReplaceAll(s, "_x000D_", "")
}

// dateKind says whether a cell's style shows its number as a date.
type dateKind int

const (
	notDate dateKind = iota
	isDate
	isTime // a time of day without a date
)

// readStyles gives the date kind by style number.
func readStyles(z *zip.Reader) (map[int]dateKind, error) {
	if find(z, "xl/styles.xml") == nil {
		return nil, nil
	}
	var s struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := decodePart(z, "xl/styles.xml", &s); err != nil {
		return nil, err
	}
	code := map[int]string{}
	for _, f := range s.Formats {
		code[f.ID] = f.Code
	}
	kinds := map[int]dateKind{}
	for i, c := range s.Cells {
		if k := formatKind(c.Format, code[c.Format]); k != notDate {
			kinds[i] = k
		}
	}
	return kinds, nil
}

// formatKind judges a number format: the built-in ones by number, the others by their letters.
func formatKind(id int, code string) dateKind {
	if code == "" {
		switch {
		case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 58:
			return isDate
		case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47:
			return isTime
		}
		return notDate
	}
	code = strings.ToLower(literalFree(code))
	switch {
	case strings.ContainsAny(code, "yd") || strings.Contains(code, "mmm"):
		return isDate
	case strings.ContainsAny(code, "hs"):
		return isTime
	}
	return notDate
}

// literalFree leaves out quoted text, bracketed parts, escapes and the word General from a number format.
func literalFree(code string) string {
	var b strings.Builder
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case quoted:
			quoted = c != '"'
		case bracket:
			bracket = c != ']'
		case c == '"':
			quoted = true
		case c == '[':
			bracket = true
		case c == '\\' || c == '_' || c == '*':
			i++
		default:
			b.WriteByte(c)
		}
	}
	return strings.ReplaceAll(strings.ToLower(b.String()), "general", "")
}

// number writes a stored number as a person would: a date as ISO, and without the noise of binary fractions.
func number(v string, kind dateKind, date1904 bool) string {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return v
	}
	if kind == isDate && f >= 1 && f < 2958466 {
		return serialDate(f, date1904)
	}
	if kind == isTime && f >= 0 && f < 1 {
		return time.Unix(int64(math.Round(f*86400)), 0).UTC().Format(time.TimeOnly)
	}
	if len(v) <= 15 && !strings.ContainsAny(v, "eE") {
		return v
	}
	if r, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64); err == nil {
		f = r
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// serialDate turns days since the end of 1899 (or since 1904) into "2018-03-31" or "2018-03-31 09:30:00".
func serialDate(f float64, date1904 bool) string {
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	days := math.Floor(f)
	seconds := math.Round((f - days) * 86400)
	t := base.AddDate(0, 0, int(days)).Add(time.Duration(seconds) * time.Second)
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.DateTime)
}
