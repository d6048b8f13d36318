package channel

import (
	"bufio"
	"errors"
	"fmt"
	"mime"
	"strings"
)

// encodeWords writes text for a header, as encoded words where it is not plain ASCII. What looks like an encoded word itself is encoded
// once more: whoever reads the mail would decode it, to a new line if somebody meant that.
func encodeWords(s string) string {
	if out := mime.QEncoding.Encode("utf-8", s); out != s || !strings.Contains(s, "=?") {
		return out
	}
	const each = 20 // of three characters: a word has 75 at most
	var words []string
	for ; s != ""; s = s[min(each, len(s)):] {
		words = append(words, fmt.Sprintf("=?utf-8?q?%s?=", strings.ReplaceAll(fmt.Sprintf("% X", " "+s[:min(each, len(s))])[2:], " ", "=")))
	}
	return strings.Join(words, " ")
}

// reply is one answer of an SMTP server.
type reply struct {
	code   int
	detail string   // enhanced status code, "" if none
	text   string   // printable, cut
	lines  []string // the raw lines behind the code, for EHLO
}

func (r reply) ok() bool { return r.code >= 200 && r.code < 300 }

// Bounds on what a server may answer; a server that exceeds them is not speaking SMTP.
const (
	maxReplyLine  = 4096
	maxReplyLines = 100
	maxReplyText  = 300
)

var errBadReply = errors.New("the server's answer is not SMTP")

// readReply reads one answer, which may have several lines.
func readReply(r *bufio.Reader) (reply, error) {
	var out reply
	for n := 0; ; n++ {
		if n == maxReplyLines {
			return reply{}, fmt.Errorf("more than %d lines: %w", maxReplyLines, errBadReply)
		}
		raw, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return reply{}, fmt.Errorf("a line of more than %d bytes: %w", maxReplyLine, errBadReply)
		}
		if err != nil {
			return reply{}, err
		}
		line := strings.TrimRight(string(raw), "\r\n")
		code, rest, more, err := splitReplyLine(line)
		if err != nil {
			return reply{}, err
		}
		if n > 0 && code != out.code {
			return reply{}, fmt.Errorf("code %d after %d: %w", code, out.code, errBadReply)
		}
		out.code = code
		out.lines = append(out.lines, rest)
		if !more {
			break
		}
	}
	out.detail, out.text = describe(out.code, out.lines)
	return out, nil
}

func splitReplyLine(line string) (code int, rest string, more bool, err error) {
	if len(line) < 3 {
		return 0, "", false, errBadReply
	}
	for i := range 3 {
		if line[i] < '0' || line[i] > '9' {
			return 0, "", false, errBadReply
		}
		code = code*10 + int(line[i]-'0')
	}
	if code < 200 || code > 599 {
		return 0, "", false, errBadReply
	}
	if len(line) == 3 {
		return code, "", false, nil
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, "", false, errBadReply
	}
	return code, line[4:], line[3] == '-', nil
}

// describe takes the enhanced code off the first line and makes the text printable.
func describe(code int, lines []string) (detail, text string) {
	var b strings.Builder
	for i, l := range lines {
		first, rest, _ := strings.Cut(l, " ")
		if isEnhanced(code, first) {
			if detail == "" {
				detail = first
			}
			l = rest
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		for _, r := range strings.ToValidUTF8(l, "?") {
			if r < 0x20 || r >= 0x7f && r < 0xa0 {
				r = ' '
			}
			b.WriteRune(r)
		}
	}
	text = strings.TrimSpace(b.String())
	if len(text) > maxReplyText {
		text = strings.ToValidUTF8(text[:maxReplyText], "")
	}
	return detail, text
}

// isEnhanced tells whether s is a code like "5.1.1" whose class fits the reply's.
func isEnhanced(code int, s string) bool {
	if len(s) < 5 || len(s) > 9 || int(s[0]-'0') != code/100 || s[1] != '.' {
		return false
	}
	dots := 0
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '.':
			dots++
		case s[i] < '0' || s[i] > '9':
			return false
		}
	}
	return dots == 2 && s[len(s)-1] != '.'
}
