// Package inbound reads a mail that came in, whoever wrote it: header, text, what a report says, and what of it answers
// an earlier mail. It bounds depth, parts and sizes, and never refuses: what cannot be read is named in Faults, and the
// rest is there.
//
// It does not judge what the mail is (channel/bounce does) and keeps nothing.
package inbound

import (
	"bytes"
	"strings"
	"time"
)

// Bounds on what is read of one mail.
const (
	maxDepth  = 12        // parts within parts
	maxParts  = 200       // leaves
	maxHeader = 256 << 10 // bytes of one header
	maxFields = 1000
	maxValue  = 16 << 10  // bytes of one field
	maxText   = 256 << 10 // bytes of text that are kept
	maxDecode = 4 << 20   // bytes of one part that are decoded
)

// Field is one line of a header, unfolded and decoded.
type Field struct{ Name, Value string }

// Fields is a header in its order.
type Fields []Field

// Get gives the first field of a name, in any letter case; "" if there is none.
func (f Fields) Get(name string) string {
	for _, x := range f {
		if strings.EqualFold(x.Name, name) {
			return x.Value
		}
	}
	return ""
}

// Has tells whether there is such a field.
func (f Fields) Has(name string) bool {
	for _, x := range f {
		if strings.EqualFold(x.Name, name) {
			return true
		}
	}
	return false
}

// Part is a leaf that is not shown as text: an attachment, a picture.
type Part struct {
	Type string // "image/jpeg"
	Name string // the file's name, "" for none
	Size int    // bytes as they came
}

// Mail is what was read.
type Mail struct {
	Header Fields
	Type   string // of the whole: "multipart/report"
	Report string // the report's type: "delivery-status", "feedback-report", "disposition-notification"
	Text   string // the plain text, or what the HTML says, with quoted lines behind ">"
	Parts  []Part

	// Status is a delivery report: first what concerns the mail, then a block for each recipient.
	Status []Fields
	// Feedback is a complaint's machine-readable part.
	Feedback Fields
	// Original is the header of the mail that a report is about, as far as the report carries it.
	Original Fields
	// Disposition tells that there is a notice of reading.
	Disposition bool

	Faults []string // what could not be read, in words
}

// Parse reads a mail. It never fails: see Faults.
func Parse(raw []byte) *Mail {
	m := &Mail{}
	head, body := split(raw)
	fields, faults := parseFields(head)
	m.Header, m.Faults = fields, faults
	if len(fields) == 0 {
		m.fault("There is no header.")
	}
	r := reader{mail: m}
	r.entity(fields, body, 0)
	m.Type, _ = mediaType(fields.Get("Content-Type"))
	m.Text = r.text()
	return m
}

func (m *Mail) fault(what string) {
	if len(m.Faults) >= 20 {
		return
	}
	for _, f := range m.Faults {
		if f == what {
			return
		}
	}
	m.Faults = append(m.Faults, what)
}

// MessageID is the Message-ID without its brackets, "" if there is none.
func (m *Mail) MessageID() string {
	ids := messageIDs(m.Header.Get("Message-ID"))
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// Answers gives the ids of the mails that this one answers, the nearest first.
func (m *Mail) Answers() []string {
	out := messageIDs(m.Header.Get("In-Reply-To"))
	refs := messageIDs(m.Header.Get("References"))
	for i := len(refs) - 1; i >= 0; i-- {
		out = append(out, refs[i])
	}
	return out
}

// maxIDs bounds how many ids of one field are looked at; the nearest stand last in References.
const maxIDs = 50

func messageIDs(s string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(s, "<")
		if !ok {
			break
		}
		id, after, ok := strings.Cut(rest, ">")
		if !ok {
			break
		}
		if id = strings.TrimSpace(id); id != "" && len(id) <= 250 {
			out = append(out, id)
		}
		s = after
	}
	return out[max(0, len(out)-maxIDs):]
}

// From is the sender's address, bare and in lower case; "" if none can be read.
func (m *Mail) From() string { return Bare(m.Header.Get("From")) }

// Bare gives the address out of a header's value: "ana@x.example" of `"Ruiz, Ana" <Ana@x.example> (home)`.
func Bare(value string) string {
	if i := strings.LastIndexByte(value, '<'); i >= 0 {
		if end := strings.IndexByte(value[i:], '>'); end > 0 {
			return strings.ToLower(strings.TrimSpace(value[i+1 : i+end]))
		}
	}
	for _, word := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t,;()\"<>", r) }) {
		if strings.Count(word, "@") == 1 {
			return strings.ToLower(strings.Trim(word, "."))
		}
	}
	return ""
}

// Date is when the mail says that it was written; zero if that cannot be read.
func (m *Mail) Date() time.Time {
	s := m.Header.Get("Date")
	if i := strings.IndexByte(s, '('); i > 0 {
		s = strings.TrimSpace(s[:i])
	}
	for _, layout := range []string{time.RFC1123Z, "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700", time.RFC1123, "Mon, 2 Jan 2006 15:04 -0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// split parts header and body at the first empty line.
func split(raw []byte) (head, body []byte) {
	if len(raw) > 0 && (raw[0] == '\n' || bytes.HasPrefix(raw, []byte("\r\n"))) {
		return nil, bytes.TrimLeft(raw, "\r\n")
	}
	at, width := bytes.Index(raw, []byte("\n\n")), 2
	if i := bytes.Index(raw, []byte("\n\r\n")); i >= 0 && (at < 0 || i < at) {
		at, width = i, 3
	}
	if at < 0 {
		return raw, nil
	}
	return raw[:at], raw[at+width:]
}
