package channel

import (
	"bytes"
	"io"
	"testing"

	"github.com/emersion/go-message"
	"pgregory.net/rapid"
)

// rendered is what go-message makes of a mail.
func rendered(e *Email) ([]byte, error) {
	from, err := parseAddress("From", e.From)
	if err != nil {
		return nil, err
	}
	to, err := parseAddress("To", e.To)
	if err != nil {
		return nil, err
	}
	h, err := e.header(from, to)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := message.CreateWriter(&out, h)
	if err != nil {
		return nil, err
	}
	if e.HTML == "" {
		if _, err := io.WriteString(w, e.Text); err != nil {
			return nil, err
		}
		err := w.Close() // which writes the rest of the text
		return out.Bytes(), err
	}
	for _, p := range [][2]string{{"text/plain", e.Text}, {"text/html", e.HTML}} {
		var ph message.Header
		ph.Set("Content-Transfer-Encoding", "quoted-printable")
		ph.SetContentType(p[0], map[string]string{"charset": "utf-8"})
		part, err := w.CreatePart(ph)
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(part, p[1]); err != nil {
			return nil, err
		}
		if err := part.Close(); err != nil {
			return nil, err
		}
	}
	err = w.Close()
	return out.Bytes(), err
}

// TestTheFrameIsGoMessages: what is written out by hand is what the library writes, to the byte.
func TestTheFrameIsGoMessages(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		e := goodMail()
		e.Subject = rapid.StringMatching(`[A-Za-zäß ]{0,120}`).Draw(rt, "subject")
		e.Text = rapid.String().Draw(rt, "text")
		e.HTML = rapid.OneOf(rapid.Just(""), rapid.String()).Draw(rt, "html")
		got, err := e.Compose()
		if err != nil {
			rt.Fatal(err)
		}
		want, err := rendered(e)
		if err != nil {
			rt.Fatal(err)
		}
		if !bytes.Equal(got.Data, want) {
			rt.Fatalf("it is\n%s\nwant\n%s", got.Data, want)
		}
	})
}
