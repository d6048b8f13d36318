package table

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"hearth"
)

// Encoding names how a text file is written.
type Encoding string

// The encodings that are found by evidence.
const (
	UTF8    Encoding = "UTF-8"
	UTF8BOM Encoding = "UTF-8 with a byte order mark"
	UTF16LE Encoding = "UTF-16 LE"
	UTF16BE Encoding = "UTF-16 BE"
	CP1252  Encoding = "Windows-1252"
)

// scanSize is how much is looked at in one piece while the encoding is found.
const scanSize = 256 << 10

// findEncoding reads r to its end, because one byte in the last line may decide between UTF-8 and Windows-1252.
func findEncoding(r io.Reader) (Encoding, error) {
	br := bufio.NewReaderSize(r, scanSize)
	head, err := br.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return "", err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		return UTF8BOM, nil
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return UTF16LE, nil
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return UTF16BE, nil
	}
	if enc, ok := wideWithoutMark(head); ok {
		return enc, nil
	}
	valid, err := validUTF8(br)
	if err != nil {
		return "", err
	}
	if !valid {
		return CP1252, nil
	}
	return UTF8, nil
}

// wideWithoutMark recognises UTF-16 that lacks its mark: in Latin text every second byte is zero.
func wideWithoutMark(head []byte) (Encoding, bool) {
	n := len(head) / 2
	if n < 4 {
		return "", false
	}
	even, odd := 0, 0
	for i := 0; i+1 < len(head); i += 2 {
		if head[i] == 0 {
			even++
		}
		if head[i+1] == 0 {
			odd++
		}
	}
	switch {
	case odd*10 >= n*7 && even*10 <= n:
		return UTF16LE, true
	case even*10 >= n*7 && odd*10 <= n:
		return UTF16BE, true
	}
	return "", false
}

// validUTF8 tells whether everything in r is UTF-8.
func validUTF8(r io.Reader) (bool, error) {
	buf := make([]byte, scanSize)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		chunk := buf[:kept+n]
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		end := len(chunk)
		if !errors.Is(err, io.EOF) {
			end -= partialRune(chunk)
		}
		if !utf8.Valid(chunk[:end]) {
			return false, nil
		}
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		kept = copy(buf, chunk[end:])
	}
}

// partialRune gives the number of bytes at the end of b that begin a rune without finishing it.
func partialRune(b []byte) int {
	for i := 1; i <= 3 && i <= len(b); i++ {
		c := b[len(b)-i]
		if utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return i
			}
			return 0
		}
	}
	return 0
}

// decode gives r as UTF-8 without a mark.
func decode(r io.Reader, enc Encoding) (io.Reader, error) {
	var e encoding.Encoding
	switch enc {
	case UTF8:
		return r, nil
	case UTF8BOM:
		e = unicode.UTF8BOM
	case UTF16LE:
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case UTF16BE:
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case CP1252:
		e = charmap.Windows1252
	default:
		return nil, hearth.Errorf(hearth.CodeInvalid, "The text encoding %q is not known here. Save the file as UTF-8.", enc)
	}
	return transform.NewReader(r, e.NewDecoder()), nil
}
