package inbound

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
)

// encodingOf finds a charset by the name that mail gives it. nil: unknown, or one that is not read because it can hide
// what it says.
func encodingOf(name string) encoding.Encoding {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), `"'`))
	switch name {
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "utf-8", "utf8", "unknown-8bit", "8bit", "x-unknown", "default", "_iso-2022-jp$esc":
		return nil
	case "cp-850", "cp850", "ibm850":
		return charmap.CodePage850
	case "cp437", "ibm437":
		return charmap.CodePage437
	}
	e, err := htmlindex.Get(name)
	if err != nil || e == encoding.Replacement {
		return nil
	}
	return e
}

// toUTF8 decodes text of a charset. What the charset's name does not fit is read as UTF-8, else as the usual one of old
// mail programs; ok tells whether the name was right.
func toUTF8(raw []byte, charset string) (text string, ok bool) {
	e := encodingOf(charset)
	if e == nil || utf8.Valid(raw) && !mayHide(charset) {
		if utf8.Valid(raw) {
			return string(raw), true
		}
		return fallback(raw), false
	}
	out, err := e.NewDecoder().Bytes(raw)
	if err != nil {
		return fallback(raw), false
	}
	return string(out), true
}

// mayHide tells whether a charset writes its letters in ASCII bytes, so that valid UTF-8 says nothing about it.
func mayHide(charset string) bool {
	c := strings.ToLower(charset)
	return strings.HasPrefix(strings.Trim(c, `"' `), "iso-2022") || strings.Contains(c, "utf-16") || strings.Contains(c, "hz-gb")
}

func fallback(raw []byte) string {
	out, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return string(out)
}

// charsetReader is for encoded words.
func charsetReader(charset string, in io.Reader) (io.Reader, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxValue))
	if err != nil {
		return nil, err
	}
	text, _ := toUTF8(raw, charset)
	return bytes.NewReader([]byte(text)), nil
}
