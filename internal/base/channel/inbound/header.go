package inbound

import (
	"bytes"
	"mime"
	"strings"
)

// parseFields reads a header: folded lines joined, encoded words decoded, lines that are none left out.
func parseFields(head []byte) (out Fields, faults []string) {
	note := func(what string) {
		for _, f := range faults {
			if f == what {
				return
			}
		}
		faults = append(faults, what)
	}
	if len(head) > maxHeader {
		head = head[:maxHeader]
		note("The header is very long; its end was not read.")
	}
	var name string
	var value []byte
	flush := func() {
		if name == "" {
			return
		}
		if len(value) > maxValue {
			value = value[:maxValue]
			note("A line of the header is very long; its end was not read.")
		}
		out = append(out, Field{Name: name, Value: decodeWords(value)})
		name, value = "", nil
	}
	for len(head) > 0 {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			if name != "" && len(value) <= maxValue {
				value = append(append(value, ' '), bytes.TrimLeft(line, " \t")...)
			}
			continue
		}
		if len(out) == 0 && name == "" && bytes.HasPrefix(line, []byte("From ")) {
			continue // the envelope line of a mailbox file
		}
		flush()
		if len(out) >= maxFields {
			note("The header has very many lines; its end was not read.")
			return out, faults
		}
		n, v, ok := bytes.Cut(line, []byte(":"))
		n = bytes.TrimRight(n, " \t")
		if !ok || !isFieldName(n) {
			if len(line) > 0 {
				note("The header has lines that are none.")
			}
			continue
		}
		name, value = string(n), append([]byte(nil), bytes.TrimLeft(v, " \t")...)
	}
	flush()
	return out, faults
}

func isFieldName(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f || c == ':' {
			return false
		}
	}
	return len(b) > 0 && len(b) <= 100
}

// decodeWords makes a header's value readable: encoded words decoded, and what is neither valid nor printable taken out.
func decodeWords(raw []byte) string {
	s, _ := toUTF8(raw, "")
	if strings.Contains(s, "=?") {
		d := mime.WordDecoder{CharsetReader: charsetReader}
		if decoded, err := d.DecodeHeader(s); err == nil {
			s = decoded
		}
	}
	return oneLine(s)
}

// oneLine takes out what could break a line or hide in it.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r' || r == 0x2028 || r == 0x2029:
			return ' '
		case r < 0x20 || r >= 0x7f && r < 0xa0:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// mediaType reads a Content-Type leniently: "text/plain" with its parameters in lower-case names.
func mediaType(value string) (string, map[string]string) {
	if t, p, err := mime.ParseMediaType(value); err == nil {
		return t, p
	}
	t, rest, _ := strings.Cut(value, ";")
	t = strings.ToLower(strings.TrimSpace(t))
	params := map[string]string{}
	for rest != "" {
		var pair string
		if pair, rest = cutParam(rest); pair == "" {
			continue
		}
		if k, v, ok := strings.Cut(pair, "="); ok {
			k = strings.ToLower(strings.TrimSpace(k))
			if _, twice := params[k]; !twice {
				params[k] = strings.Trim(strings.TrimSpace(v), `"`)
			}
		}
	}
	if !strings.Contains(t, "/") {
		t = ""
	}
	return t, params
}

// cutParam gives the next parameter; a semicolon within quotes ends none.
func cutParam(s string) (pair, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return strings.TrimSpace(s[:i]), s[i+1:]
		}
	}
	return strings.TrimSpace(s), ""
}
