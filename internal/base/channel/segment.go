package channel

import "strings"

// Segments is how a text goes through the air: in pieces of 140 bytes, each of which is charged.
type Segments struct {
	Count int
	// UCS2 says that a character outside the short alphabet (GSM 03.38) made every piece hold 67 characters instead
	// of 153.
	UCS2 bool
}

// The characters of GSM 03.38 that take one septet, and those of its extension table that take two.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmTwice = "\f^{}\\[~]|€"
)

// CountSegments counts the pieces of a text as providers charge them: one of 160 septets or 70 UTF-16 units, or several
// of 153 or 67 each, where neither a two-septet character nor a surrogate pair is ever cut. An empty text counts as one.
func CountSegments(text string) Segments {
	widths := make([]int, 0, len(text))
	ucs2, total := false, 0
	for _, r := range text {
		w := 1
		switch {
		case strings.ContainsRune(gsmBasic, r):
		case strings.ContainsRune(gsmTwice, r):
			w = 2
		default:
			ucs2 = true
		}
		widths = append(widths, w)
		total += w
	}
	if !ucs2 {
		return Segments{Count: pieces(widths, total, 160, 153)}
	}
	widths, total = widths[:0], 0
	for _, r := range text {
		w := 1
		if r > 0xffff {
			w = 2
		}
		widths = append(widths, w)
		total += w
	}
	return Segments{Count: pieces(widths, total, 70, 67), UCS2: true}
}

// pieces counts how many parts of a size hold characters of these widths, none of them cut.
func pieces(widths []int, total, alone, each int) int {
	if total <= alone {
		return 1
	}
	n, used := 1, 0
	for _, w := range widths {
		if used+w > each {
			n, used = n+1, 0
		}
		used += w
	}
	return n
}
