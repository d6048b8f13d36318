package inbound

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// reader walks through the parts of one mail.
type reader struct {
	mail  *Mail
	parts int
	plain []string // texts in their order
	html  []string
	size  int // of the texts
}

// entity reads one part: its header was read already. wanted parts go into the mail; text is collected.
func (r *reader) entity(h Fields, body []byte, depth int) {
	if depth > maxDepth || r.parts >= maxParts {
		r.mail.fault("The mail has more parts within parts than are read.")
		return
	}
	kind, params := mediaType(h.Get("Content-Type"))
	if kind == "" {
		kind = "text/plain"
	}
	if kind == "multipart/report" && r.mail.Report == "" {
		r.mail.Report = strings.ToLower(params["report-type"])
	}
	if strings.HasPrefix(kind, "multipart/") {
		r.multipart(kind, params["boundary"], body, depth)
		return
	}
	r.parts++
	switch kind {
	case "message/delivery-status", "message/global-delivery-status":
		if len(r.mail.Status) == 0 {
			r.mail.Status = blocks(r.decode(h, body))
		}
	case "message/feedback-report":
		if b := blocks(r.decode(h, body)); len(b) > 0 && r.mail.Feedback == nil {
			r.mail.Feedback = b[0]
		}
	case "message/disposition-notification", "message/global-disposition-notification":
		r.mail.Disposition = true
	case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers", "text/rfc822":
		r.original(r.decode(h, body))
	case "text/plain", "text/html":
		r.leaf(kind, params, h, body)
	default:
		r.attachment(kind, params, h, body)
	}
}

// original takes the header of the mail that this one is about; its body stays where it is.
func (r *reader) original(raw []byte) {
	if len(r.mail.Original) > 0 {
		return
	}
	head, _ := split(raw)
	r.mail.Original, _ = parseFields(head)
}

func (r *reader) leaf(kind string, params map[string]string, h Fields, body []byte) {
	disposition, more := mediaTypeLike(h.Get("Content-Disposition"))
	if disposition == "attachment" || more["filename"] != "" && disposition != "inline" {
		r.attachment(kind, params, h, body)
		return
	}
	if r.size >= maxText {
		r.mail.fault("The text is very long; its end was not read.")
		return
	}
	text, ok := toUTF8(r.decode(h, body), params["charset"])
	if !ok {
		r.mail.fault("The text is not in the charset that it names.")
	}
	text = clean(text)
	r.size += len(text)
	if kind == "text/html" {
		r.html = append(r.html, text)
	} else {
		r.plain = append(r.plain, text)
	}
}

func (r *reader) attachment(kind string, params map[string]string, h Fields, body []byte) {
	_, more := mediaTypeLike(h.Get("Content-Disposition"))
	name := more["filename"]
	if name == "" {
		name = params["name"]
	}
	r.mail.Parts = append(r.mail.Parts, Part{Type: kind, Name: oneLine(decodeWords([]byte(name))), Size: len(body)})
}

func mediaTypeLike(v string) (string, map[string]string) {
	t, _, _ := strings.Cut(v, ";")
	_, params := mediaType("x/" + v)
	return strings.ToLower(strings.TrimSpace(t)), params
}

// multipart reads the parts between the boundaries. A boundary that never comes, or none, leaves the whole as text.
func (r *reader) multipart(kind, boundary string, body []byte, depth int) {
	if boundary == "" {
		r.mail.fault("The mail says that it has parts, and not where they begin.")
		r.leaf("text/plain", nil, nil, body)
		return
	}
	before := len(r.plain)
	found := false
	for _, part := range sections(body, boundary) {
		if r.parts >= maxParts {
			r.mail.fault("The mail has more parts within parts than are read.")
			return
		}
		found = true
		head, rest := split(part)
		h, faults := parseFields(head)
		for _, f := range faults {
			r.mail.fault(f)
		}
		if len(h) == 0 && len(rest) == 0 { // a part without a header
			rest = part
		}
		if kind == "multipart/digest" && h.Get("Content-Type") == "" {
			h = append(h, Field{Name: "Content-Type", Value: "message/rfc822"})
		}
		r.entity(h, rest, depth+1)
	}
	if !found {
		r.mail.fault("The mail says that it has parts, and none was found.")
		r.leaf("text/plain", nil, nil, body)
	}
	if kind == "multipart/alternative" && len(r.plain) > before {
		r.html = nil // the same once more
	}
}

// sections cuts a body at the lines that begin with the boundary.
func sections(body []byte, boundary string) [][]byte {
	mark := []byte("--" + boundary)
	var out [][]byte
	start := -1
	for at := 0; at < len(body) && len(out) < maxParts; {
		end := bytes.IndexByte(body[at:], '\n')
		next := len(body)
		if end >= 0 {
			next = at + end + 1
		}
		line := bytes.TrimRight(body[at:next], " \t\r\n")
		if bytes.HasPrefix(line, mark) && (len(line) == len(mark) || string(line[len(mark):]) == "--") {
			if start >= 0 {
				out = append(out, trimEnd(body[start:at]))
			}
			start = next
			if len(line) > len(mark) {
				return out
			}
		}
		at = next
	}
	if start >= 0 && start < len(body) {
		out = append(out, body[start:])
	}
	return out
}

// trimEnd takes away the line end that belongs to the boundary.
func trimEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}

// decode undoes the transfer encoding, as far as it is one.
func (r *reader) decode(h Fields, body []byte) []byte {
	if len(body) > maxDecode {
		body = body[:maxDecode]
		r.mail.fault("A part is very long; its end was not read.")
	}
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "base64":
		out, whole := decodeBase64(body)
		if !whole {
			r.mail.fault("A part is damaged; what could be read of it was.")
		}
		return out
	case "quoted-printable":
		return decodeQuoted(body)
	}
	return body
}

// decodeBase64 decodes what there is: other characters are passed over, and the end may be missing.
func decodeBase64(in []byte) (out []byte, whole bool) {
	whole = true
	letters := make([]byte, 0, len(in))
	for _, c := range in {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			letters = append(letters, c)
		case c == '=', c == '\r', c == '\n', c == ' ', c == '\t':
		default:
			whole = false
		}
	}
	if len(letters)%4 == 1 {
		letters, whole = letters[:len(letters)-1], false
	}
	out = make([]byte, base64.RawStdEncoding.DecodedLen(len(letters)))
	n, err := base64.RawStdEncoding.Decode(out, letters)
	return out[:n], whole && err == nil
}

// decodeQuoted undoes quoted-printable; an equals sign that begins no code stays.
func decodeQuoted(in []byte) []byte {
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); i++ {
		c := in[i]
		if c != '=' {
			out = append(out, c)
			continue
		}
		rest := in[i+1:]
		switch {
		case bytes.HasPrefix(rest, []byte("\r\n")):
			i += 2
		case len(rest) > 0 && rest[0] == '\n':
			i++
		case len(rest) >= 2 && hex(rest[0]) >= 0 && hex(rest[1]) >= 0:
			out = append(out, byte(hex(rest[0])<<4|hex(rest[1])))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// blocks reads groups of fields between empty lines.
func blocks(raw []byte) []Fields {
	var out []Fields
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	for _, b := range bytes.Split(raw, []byte("\n\n")) {
		if f, _ := parseFields(bytes.Trim(b, "\n")); len(f) > 0 {
			out = append(out, f)
		}
		if len(out) >= maxParts {
			break
		}
	}
	return out
}
