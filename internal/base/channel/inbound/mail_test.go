package inbound

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

func TestReadsAMail(t *testing.T) {
	m := Parse(crlf(`From: "Ruiz, Ana" <Ana@Home.example>
To: reply+x@hearth.example
Subject: =?UTF-8?Q?Ma=C3=B1ana?= is
  fine
Message-ID: <a1@home.example>
In-Reply-To: <msg_2@oak.example>
References: <msg_1@oak.example> <msg_2@oak.example>
Date: Tue, 3 Mar 2026 09:15:00 -0500 (EST)
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

--b1
Content-Type: multipart/alternative; boundary=b2

--b2
Content-Type: text/plain; charset=windows-1252
Content-Transfer-Encoding: quoted-printable

The caf=E9 tap still =
drips.
--b2
Content-Type: text/html; charset=utf-8

<p>The caf&eacute; tap still drips.</p>
--b2--
--b1
Content-Type: image/jpeg; name="tap.jpg"
Content-Disposition: attachment; filename="tap.jpg"
Content-Transfer-Encoding: base64

AAAA
--b1--
`))
	for _, c := range []struct{ what, got, want string }{
		{"from", m.From(), "ana@home.example"}, {"subject", m.Header.Get("subject"), "Mañana is fine"}, {"id", m.MessageID(), "a1@home.example"},
		{"text", m.Text, "The café tap still drips."}, {"answers", strings.Join(m.Answers(), " "), "msg_2@oak.example msg_2@oak.example msg_1@oak.example"},
		{"date", m.Date().Format(time.RFC3339), "2026-03-03T14:15:00Z"}, {"faults", strings.Join(m.Faults, " "), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
	if len(m.Parts) != 1 || m.Parts[0].Name != "tap.jpg" || m.Parts[0].Type != "image/jpeg" {
		t.Errorf("parts %+v, want the picture", m.Parts)
	}
}

func TestCharsets(t *testing.T) {
	jp, err := japanese.ISO2022JP.NewEncoder().String("水漏れです")
	if err != nil {
		t.Fatal(err)
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("水管漏水")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, charset, body, want, fault string }{
		{"windows-1252", "windows-1252", "It\x92s caf\xe9", "It’s café", ""},
		{"latin 1 that is windows", "iso-8859-1", "\x93ok\x94", "“ok”", ""},
		{"iso-2022-jp", "iso-2022-jp", jp, "水漏れです", ""},
		{"gb18030", "gb18030", gb, "水管漏水", ""},
		{"utf-8 under another name", "iso-8859-1", "caf\xc3\xa9", "café", ""},
		{"windows under utf-8", "utf-8", "caf\xe9", "café", "charset"},
		{"no charset", "", "caf\xe9", "café", "charset"},
		{"unknown charset", "x-klingon", "hello", "hello", ""},
		{"one that hides", "iso-2022-cn", "hello", "hello", ""},
		{"NUL", "utf-8", "a\x00b\x07c", "abc", ""},
	} {
		m := Parse([]byte("From: a@x.example\r\nContent-Type: text/plain; charset=" + c.charset + "\r\n\r\n" + c.body))
		if m.Text != c.want {
			t.Errorf("%s: %q, want %q", c.name, m.Text, c.want)
		}
		if got := strings.Join(m.Faults, " "); (c.fault != "") != strings.Contains(got, "charset") {
			t.Errorf("%s: faults %q", c.name, got)
		}
	}
}

func TestHostile(t *testing.T) {
	deep := "From: a@x.example\n"
	for i := range 60 {
		b := strings.Repeat("b", 1) + string(rune('A'+i%26)) + strings.Repeat("x", i)
		deep += "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n"
	}
	deep += "Content-Type: text/plain\n\nthe bottom\n"
	many := "From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 5000)
	for _, c := range []struct {
		name, raw, fault, text string
	}{
		{"nothing", "", "no header", ""},
		{"only a line end", "\r\n", "no header", ""},
		{"a body without header", "\r\nhello", "no header", "hello"},
		{"deep", deep, "parts within parts", ""},
		{"many parts", many, "parts within parts", ""},
		{"huge header", "From: a@x.example\nX-Long: " + strings.Repeat("y", 1<<20) + "\n\nhello", "header", ""},
		{"many fields", "From: a@x.example\n" + strings.Repeat("X-A: b\n", 20000) + "\nhello", "very many lines", "hello"},
		{"broken base64", "From: a@x.example\nContent-Transfer-Encoding: base64\n\naGVs*bG8g!d29ybGQ", "damaged", "hello world"},
		{"cut base64", "From: a@x.example\nContent-Transfer-Encoding: base64\n\naGVsbG8gd29yb", "damaged", "hello wor"},
		{"no boundary", "From: a@x.example\nContent-Type: multipart/mixed\n\nhello", "where they begin", "hello"},
		{"boundary that never comes", "From: a@x.example\nContent-Type: multipart/mixed; boundary=q\n\nhello", "none was found", "hello"},
		{"lines that are no header", "From: a@x.example\nthis is no line\n\nhello", "lines that are none", "hello"},
		{"bare equals signs", "From: a@x.example\nContent-Transfer-Encoding: quoted-printable\n\n1 = 1 =ZZ =", "", "1 = 1 =ZZ ="},
		{"a header that breaks out", "From: a@x.example\nSubject: =?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte("x\r\nBcc: all@x.example")) + "?=\n\nhello", "", "hello"},
		{"a long text", "From: a@x.example\n\n" + strings.Repeat("word ", 1<<20), "very long", strings.Repeat("word ", 3)},
	} {
		m := Parse([]byte(c.raw))
		faults := strings.Join(m.Faults, " ")
		if (c.fault == "") != (faults == "") || !strings.Contains(faults, c.fault) {
			t.Errorf("%s: faults %q, want %q", c.name, faults, c.fault)
		}
		if !strings.HasPrefix(m.Text, c.text) || !utf8.ValidString(m.Text) || len(m.Text) > maxText {
			t.Errorf("%s: text %.60q (%d bytes), want %.60q", c.name, m.Text, len(m.Text), c.text)
		}
		if strings.ContainsAny(m.Header.Get("Subject"), "\r\n") {
			t.Errorf("%s: the subject breaks its line", c.name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("From: a@x.example\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b--"))
	f.Add([]byte("Content-Type: text/html\n\n<blockquote><p>x</blockquote>y"))
	f.Add([]byte("\n\n=?utf-8?B?"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := Parse(raw)
		if !utf8.ValidString(m.Text) || len(m.Text) > maxText || len(m.Faults) > 20 {
			t.Fatalf("text of %d bytes, %d faults", len(m.Text), len(m.Faults))
		}
		if own := NewQuotes().Own(m.Text); strings.TrimSpace(m.Text) != "" && own == "" {
			t.Fatalf("nothing is left of %q", m.Text)
		}
		if bytes.ContainsAny([]byte(m.From()), "\r\n<>") {
			t.Fatalf("from %q", m.From())
		}
	})
}

func TestFromHTML(t *testing.T) {
	const in = `<html><head><style>p{}</style></head><body><p>Hello &amp; thanks,</p><div>it works<br>now.</div><!-- no -->
<div class="gmail_quote">On Tue, Oak &lt;o@oak.example&gt; wrote:<blockquote>Does it work?</blockquote></div></body></html>`
	m := Parse([]byte("From: a@x.example\nContent-Type: text/html; charset=utf-8\n\n" + in))
	if got, want := NewQuotes().Own(m.Text), "Hello & thanks,\nit works\nnow."; got != want {
		t.Errorf("%q, want %q, of %q", got, want, m.Text)
	}
}

func TestOwn(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Yes, please.\n", "Yes, please."},
		{"above", "Yes.\n\nOn Tue, Mar 3, 2026 at 9:00 AM Oak Court <office@oak.example> wrote:\n\n> Shall we come?\n> Oak\n", "Yes."},
		{"above, the line broken", "Yes.\n\nOn Tue, Mar 3, 2026 at 9:00 AM Oak Court\n<office@oak.example> wrote:\n> Shall we come?\n", "Yes."},
		{"below", "On Tue, Mar 3, 2026 Oak Court <office@oak.example> wrote:\n> Shall we come?\n\nYes, at nine.\n", "Yes, at nine."},
		{"between", "> Shall we come?\nYes.\n> And the key?\nIt is open.\n", "Yes.\nIt is open."},
		{"outlook", "Fine with me.\n\nFrom: Oak Court <office@oak.example>\nSent: Tuesday, March 3, 2026 9:00 AM\nTo: Ana\nSubject: Tap\n\nShall we come?", "Fine with me."},
		{"outlook, a rule", "Fine.\n\n________________________________\nFrom: Oak\nSent: today\n\nShall we", "Fine."},
		{"original message", "Ok\n-----Original Message-----\nShall we come?", "Ok"},
		{"spanish", "Sí, gracias.\n\nEl mar, 3 mar 2026 a las 9:00, Oak Court (<office@oak.example>) escribió:\n\n> ¿Podemos ir?\n", "Sí, gracias."},
		{"german", "Ja.\n\nAm 03.03.2026 um 09:00 schrieb Oak Court:\n> Dürfen wir?\n", "Ja."},
		{"unmarked", "Ok, see you\n\nOn 3 Mar 2026, Oak Court <office@oak.example> wrote:\n\nShall we come?\nOak", "Ok, see you"},
		{"signature", "Ok\n-- \nAna Ruiz\n555 0100", "Ok"},
		{"telephone", "Ok\n\nSent from my iPhone", "Ok"},
		{"words about writing", "On Tuesday you wrote: we come at nine.\nNobody came.", "On Tuesday you wrote: we come at nine.\nNobody came."},
		{"only a quotation", "> Shall we come?\n", "> Shall we come?"},
		{"nothing", "  \n", ""},
	} {
		if got := NewQuotes().Own(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
