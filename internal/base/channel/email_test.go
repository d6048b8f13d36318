package channel

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"
	gomail "github.com/emersion/go-message/mail"

	"hearth"
)

func goodMail() *Email {
	return &Email{
		From: "Oak Court <office@oak.example>", To: "Ana Ruiz <ana@home.example>", ReplyTo: "team@oak.example",
		Subject: "Your kitchen tap is fixed", Text: "Hello Ana,\n\nthe tap is fixed.\n.\nOak Court\n",
		HTML: "<p>Hello Ana,</p>", MessageID: "msg_1@oak.example",
		Date: time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC),
		Headers: []Header{
			{"List-Unsubscribe", "<https://oak.example/u/" + strings.Repeat("x", 120) + ">"},
			{"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"},
		},
		EnvelopeFrom: "bounce@oak.example",
	}
}

func TestComposeRoundTrip(t *testing.T) {
	mail := goodMail()
	mail.Subject = "Señor Müller, your lease — a long subject that has to be folded over more than one line of the header"
	mail.Text = "Grüße\r\nline two\rline three\n" + strings.Repeat("long ", 400)
	m, err := mail.Compose()
	if err != nil {
		t.Fatal(err)
	}
	if m.From != "bounce@oak.example" || m.To != "ana@home.example" || m.UTF8 {
		t.Errorf("envelope is %q, %q, UTF8 %v", m.From, m.To, m.UTF8)
	}
	if i := bytes.IndexByte(bytes.ReplaceAll(m.Data, []byte("\r\n"), nil), '\n'); i >= 0 {
		t.Errorf("a bare line feed is in the data at %d", i)
	}
	r, err := gomail.CreateReader(bytes.NewReader(m.Data))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := r.Header.Subject(); got != mail.Subject {
		t.Errorf("subject is %q, want %q", got, mail.Subject)
	}
	if got := r.Header.Get("List-Unsubscribe"); got != mail.Headers[0].Value {
		t.Errorf("List-Unsubscribe is %q, want it unchanged", got)
	}
	var bodies []string
	for {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, strings.ReplaceAll(string(b), "\r\n", "\n"))
	}
	want := []string{strings.ReplaceAll(strings.ReplaceAll(mail.Text, "\r\n", "\n"), "\r", "\n"), mail.HTML}
	if len(bodies) != 2 || bodies[0] != want[0] || bodies[1] != want[1] {
		t.Errorf("bodies are %q, want %q", bodies, want)
	}
}

func TestComposeIsStable(t *testing.T) {
	a, err := goodMail().Compose()
	if err != nil {
		t.Fatal(err)
	}
	b, err := goodMail().Compose()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Data, b.Data) {
		t.Error("the same mail composed twice differs; a retry would look like another mail")
	}
}

func TestComposeRefuses(t *testing.T) {
	cases := []struct {
		name  string
		spoil func(*Email)
		field string
	}{
		{"line break in subject", func(e *Email) { e.Subject = "a\r\nBcc: x@y.example" }, "Subject"},
		{"lone CR in subject", func(e *Email) { e.Subject = "a\rb" }, "Subject"},
		{"NUL in subject", func(e *Email) { e.Subject = "a\x00b" }, "Subject"},
		{"unicode line break", func(e *Email) { e.Subject = "a\u2028b" }, "Subject"},
		{"not UTF-8", func(e *Email) { e.Subject = "a\xff" }, "Subject"},
		{"very long subject", func(e *Email) { e.Subject = strings.Repeat("a", 3000) }, "Subject"},
		{"line break in name", func(e *Email) { e.To = "Ana\nBcc: x@y.example <a@b.example>" }, "To"},
		{"encoded line break in name", func(e *Email) { e.To = "=?utf-8?q?Ana=0ABcc:?= <a@b.example>" }, "To"},
		{"two recipients", func(e *Email) { e.To = "a@b.example, c@d.example" }, "To"},
		{"no address", func(e *Email) { e.To = "Ana" }, "To"},
		{"empty address", func(e *Email) { e.To = "" }, "To"},
		{"quoted local part", func(e *Email) { e.To = `"a b> RCPT"@home.example` }, "To"},
		{"bad sender", func(e *Email) { e.From = "office" }, "From"},
		{"bad bounce address", func(e *Email) { e.EnvelopeFrom = "<>" }, "EnvelopeFrom"},
		{"bad reply address", func(e *Email) { e.ReplyTo = "x y z" }, "ReplyTo"},
		{"no message id", func(e *Email) { e.MessageID = "" }, "MessageID"},
		{"brackets in message id", func(e *Email) { e.MessageID = "a>b@c" }, "MessageID"},
		{"no date", func(e *Email) { e.Date = time.Time{} }, "Date"},
		{"header twice", func(e *Email) { e.Headers = []Header{{"Subject", "x"}} }, "Headers"},
		{"content header", func(e *Email) { e.Headers = []Header{{"content-Type", "x"}} }, "Headers"},
		{"colon in header name", func(e *Email) { e.Headers = []Header{{"X-A: b", "x"}} }, "Headers"},
		{"line break in header value", func(e *Email) { e.Headers = []Header{{"X-A", "x\ny"}} }, "Headers"},
		{"empty header value", func(e *Email) { e.Headers = []Header{{"X-A", ""}} }, "Headers"},
		{"huge body", func(e *Email) { e.Text = strings.Repeat("x", maxBody+1) }, "Text"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			mail := goodMail()
			c.spoil(mail)
			_, err := mail.Compose()
			if hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Fatalf("got error %v, want code invalid", err)
			}
			var e *hearth.Error
			if ok := asError(err, &e); !ok || e.Field != c.field {
				t.Errorf("the error names field %q, want %q", e.Field, c.field)
			}
		})
	}
}

func asError(err error, target **hearth.Error) bool {
	e, ok := err.(*hearth.Error) //nolint:errorlint // Compose promises the error itself
	*target = e
	return ok
}

// FuzzCompose looks for text that breaks out of its header line: whatever goes in, either it is refused, or exactly
// the intended headers come out.
func FuzzCompose(f *testing.F) {
	f.Add("Ana", "a@b.example", "Hello", "X-A", "value", "body\n.\nend")
	f.Add("=?utf-8?q?=0D=0ABcc:?=", "a@b.example", "=?utf-8?b?DQo=?=", "X-B", "  spaces   and\ttabs", "")
	f.Add("a\r\nBcc: x", "\"a>\"@b", "s\nt", "X:", " ", "\r\n.\r\n")
	f.Add("", "ü@müller.example", "   ", "x", strings.Repeat("y ", 300), "\x00")
	f.Fuzz(func(t *testing.T, name, addr, subject, hname, hvalue, body string) {
		mail := goodMail()
		mail.To, mail.Subject, mail.Text = name+" <"+addr+">", subject, body
		mail.Headers = []Header{{hname, hvalue}}
		m, err := mail.Compose()
		if err != nil {
			return
		}
		if strings.ContainsAny(m.To, "\r\n\x00<> ") {
			t.Fatalf("envelope address %q could leave its command", m.To)
		}
		ent, err := message.Read(bytes.NewReader(m.Data))
		if err != nil {
			t.Fatalf("what was composed can't be read: %v", err)
		}
		want := map[string]bool{"from": true, "to": true, "reply-to": true, "subject": true, "date": true, "message-id": true,
			"mime-version": true, "content-type": true, strings.ToLower(hname): true}
		n := 0
		for fs := ent.Header.Fields(); fs.Next(); n++ {
			if !want[strings.ToLower(fs.Key())] {
				t.Fatalf("header %q appeared from nowhere", fs.Key())
			}
		}
		if n != len(want) {
			t.Fatalf("%d headers came out, want %d", n, len(want))
		}
		if bytes.Contains(bytes.ReplaceAll(m.Data, []byte("\r\n"), nil), []byte("\n")) {
			t.Fatal("a bare line feed came out")
		}
	})
}

func BenchmarkCompose(b *testing.B) {
	mail := goodMail()
	mail.Text = strings.Repeat("A line of an ordinary mail that says something useful.\n", 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mail.Compose(); err != nil {
			b.Fatal(err)
		}
	}
}

// What looks like an encoded word is one only for whoever reads the mail: it comes out as it was written, on one line.
func TestEncodedWordsAreNotBelieved(t *testing.T) {
	for _, s := range []string{"=?utf-8?Q?=0D=0ABcc:_x@evil.example?=", "Re: =?utf-8?B?PHNjcmlwdD4=?= " + strings.Repeat("and more ", 12), "=? =?", "plain", "Grüße =?utf-8?Q?=0D=0A?="} {
		got, err := new(mime.WordDecoder).DecodeHeader(encodeWords(s))
		if err != nil || got != s {
			t.Errorf("%q is read as %q (%v)", s, got, err)
		}
		for _, word := range strings.Fields(encodeWords(s)) {
			if len(word) > 75 {
				t.Errorf("%q has a word of %d characters", s, len(word))
			}
		}
	}
}
