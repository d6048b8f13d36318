package channel

import (
	"bytes"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/textproto"

	"hearth"
)

// Bounds on one mail. What exceeds them is refused before any server hears of it.
const (
	maxHeaderValue = 2000     // bytes of one header value
	maxHeaderName  = 40       // bytes of one extra header's name
	maxBody        = 10 << 20 // bytes of text and HTML together
)

// Email is one mail to one recipient.
type Email struct {
	From    string // "Oak Court <office@oak.example>" or a bare address
	To      string // one recipient, in the same form
	ReplyTo string // where answers go; "" means From
	Subject string
	Text    string // plain text, always present
	HTML    string // the same as HTML; "" sends text alone
	// MessageID is the Message-ID without angle brackets: "msg_abc@oak.example". A retry carries the same one.
	MessageID string
	Date      time.Time
	Headers   []Header // further headers, such as List-Unsubscribe
	// EnvelopeFrom is the address that bounces go to; "" means the address in From.
	EnvelopeFrom string
}

// Header is one further header line.
type Header struct{ Name, Value string }

// Composed is a mail ready for the wire.
type Composed struct {
	From, To string // envelope addresses without angle brackets
	Data     []byte // headers and body with CRLF line ends, not dot-stuffed
	UTF8     bool   // an address needs SMTPUTF8
}

// Compose checks the mail and renders it. It fails with CodeInvalid, naming the field, for anything that could break
// out of its header line, for addresses that are none, and beyond the size bounds.
func (e *Email) Compose() (*Composed, error) {
	from, err := parseAddress("From", e.From)
	if err != nil {
		return nil, err
	}
	to, err := parseAddress("To", e.To)
	if err != nil {
		return nil, err
	}
	envelope := from
	if e.EnvelopeFrom != "" {
		if envelope, err = parseAddress("EnvelopeFrom", e.EnvelopeFrom); err != nil {
			return nil, err
		}
	}
	if len(e.Text)+len(e.HTML) > maxBody {
		return nil, hearth.FieldErrorf("Text", "The mail is larger than %d MB; shorten it.", maxBody>>20)
	}
	h, err := e.header(from, to)
	if err != nil {
		return nil, err
	}
	data, err := e.render(h)
	if err != nil {
		return nil, fmt.Errorf("render mail: %w", err)
	}
	c := &Composed{From: envelope.Address, To: to.Address, Data: data}
	c.UTF8 = !isASCII(c.From) || !isASCII(c.To)
	return c, nil
}

// header makes the header in reading order: what people see first, then the technical lines, then the caller's.
func (e *Email) header(from, to *mail.Address) (message.Header, error) {
	var h message.Header
	if err := checkLine("Subject", e.Subject); err != nil {
		return h, err
	}
	if err := checkMessageID(e.MessageID); err != nil {
		return h, err
	}
	if e.Date.IsZero() {
		return h, hearth.FieldErrorf("Date", "The mail has no date.")
	}
	// go-message writes the header added last first.
	for i := len(e.Headers) - 1; i >= 0; i-- {
		x := e.Headers[i]
		if err := checkExtra(x); err != nil {
			return h, err
		}
		if isASCII(x.Value) {
			h.Add(x.Name, x.Value)
		} else {
			h.Add(x.Name, encodeWords(x.Value))
		}
	}
	if e.HTML == "" {
		h.Set("Content-Transfer-Encoding", "quoted-printable")
		h.SetContentType("text/plain", map[string]string{"charset": "utf-8"})
	} else {
		h.SetContentType("multipart/alternative", map[string]string{"boundary": e.boundary()})
	}
	h.Set("MIME-Version", "1.0")
	h.Set("Message-Id", "<"+e.MessageID+">")
	h.Set("Date", e.Date.Format(time.RFC1123Z))
	h.Set("Subject", encodeWords(e.Subject))
	if e.ReplyTo != "" {
		reply, err := parseAddress("ReplyTo", e.ReplyTo)
		if err != nil {
			return h, err
		}
		h.Set("Reply-To", reply.String())
	}
	h.Set("To", to.String())
	h.Set("From", from.String())
	return h, nil
}

// render writes the mail. The frame around the parts is always the same, so it is written out; a test holds it to what
// go-message makes of it.
func (e *Email) render(h message.Header) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(1024 + (len(e.Text)+len(e.HTML))*9/8)
	if err := textproto.WriteHeader(&out, h.Header); err != nil {
		return nil, err
	}
	if e.HTML == "" {
		err := writeQuoted(&out, e.Text)
		return out.Bytes(), err
	}
	line := "--" + e.boundary()
	for i, part := range []struct{ mediaType, body string }{{"text/plain", e.Text}, {"text/html", e.HTML}} {
		if i > 0 {
			out.WriteString("\r\n")
		}
		out.WriteString(line + "\r\nContent-Type: " + part.mediaType + "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
		if err := writeQuoted(&out, part.body); err != nil {
			return nil, err
		}
	}
	out.WriteString("\r\n" + line + "--\r\n")
	return out.Bytes(), nil
}

// boundary separates the parts. It comes from the message's id, so that a retry is the same mail to the byte.
// Quoted-printable text cannot contain it: a "=" is always followed by two hex digits there, and "=_" is not.
func (e *Email) boundary() string { return "=_" + hearth.DeriveID("part_", e.MessageID) }

// writeQuoted writes a text in the quoted-printable form.
func writeQuoted(out *bytes.Buffer, text string) error {
	w := quotedprintable.NewWriter(out)
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	return w.Close()
}

// parseAddress reads one address and gives it back in parts, so that only what was understood is written again.
func parseAddress(field, s string) (*mail.Address, error) {
	if err := checkLine(field, s); err != nil {
		return nil, err
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return nil, hearth.FieldErrorf(field, "%q is not an e-mail address.", s)
	}
	// A quoted local part may hold anything; no mailbox that we write to needs one.
	if strings.ContainsAny(a.Address, " \t\"<>\\,;:()[]") || checkLine(field, a.Address) != nil || checkLine(field, a.Name) != nil {
		return nil, hearth.FieldErrorf(field, "%q is not an e-mail address that mail can be sent to.", s)
	}
	if len(a.Address) > 254 {
		return nil, hearth.FieldErrorf(field, "The e-mail address is longer than 254 characters.")
	}
	return a, nil
}

// checkLine refuses what could end a header line or hide in it.
func checkLine(field, s string) error {
	if len(s) > maxHeaderValue {
		return hearth.FieldErrorf(field, "%s is longer than %d characters.", field, maxHeaderValue)
	}
	if !utf8.ValidString(s) {
		return hearth.FieldErrorf(field, "%s is not valid UTF-8 text.", field)
	}
	for _, r := range s {
		// U+0085, U+2028 and U+2029 end a line in some readers.
		if r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 {
			return hearth.FieldErrorf(field, "%s contains a line break or control character; remove it.", field)
		}
	}
	return nil
}

func checkMessageID(id string) error {
	local, domain, ok := strings.Cut(id, "@")
	if !ok || local == "" || domain == "" || len(id) > 200 {
		return hearth.FieldErrorf("MessageID", "The message id must have the form name@domain.")
	}
	for i := 0; i < len(id); i++ {
		if c := id[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("<>()[],;:\\\"", c) >= 0 {
			return hearth.FieldErrorf("MessageID", "The message id contains a character that is not allowed.")
		}
	}
	return nil
}

// checkExtra refuses header names that are none and those that Compose writes itself.
func checkExtra(h Header) error {
	if h.Name == "" || len(h.Name) > maxHeaderName {
		return hearth.FieldErrorf("Headers", "A header needs a name of at most %d characters.", maxHeaderName)
	}
	for i := 0; i < len(h.Name); i++ {
		c := h.Name[i]
		if !(c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
			return hearth.FieldErrorf("Headers", "The header name %q contains a character that is not allowed.", h.Name)
		}
	}
	name := strings.ToLower(h.Name)
	switch name {
	case "from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "mime-version",
		"return-path", "received", "dkim-signature":
		return hearth.FieldErrorf("Headers", "The header %s is set by the mail itself.", h.Name)
	}
	if strings.HasPrefix(name, "content-") || strings.HasPrefix(name, "resent-") {
		return hearth.FieldErrorf("Headers", "The header %s is set by the mail itself.", h.Name)
	}
	if h.Value == "" {
		return hearth.FieldErrorf("Headers", "The header %s has no value.", h.Name)
	}
	return checkLine("Headers", h.Value)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
