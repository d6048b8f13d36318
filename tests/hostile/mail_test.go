package hostile

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/page/pagetest"
)

// post has a mail written of every text; they go to files.
func (h *house) post() {
	h.t.Helper()
	h.write("mails", func(ctx context.Context, tx *db.Tx) error {
		for i, p := range h.all {
			if !storable(p.Text) {
				continue
			}
			if err := h.a.Messages.Insert(ctx, tx, []message.Message{{ID: hearth.MessageID(fmt.Sprintf("msg_m%03d", i)), Property: h.place.ID, Resident: h.ana, State: message.Queued, Class: hearth.ClassAnswer, // which goes at any hour
				Purpose: "test", Channel: hearth.ChannelEmail, Address: "ana@home.example", AddressKey: "ana@home.example", Subject: h.in("su", i), Body: h.in("bo", i) + "\n\n" + p.Text}}); err != nil {
				return err
			}
		}
		return nil
	})
	m, err := h.a.OpenMail(h.t.Context())
	if err == nil {
		err = errors.Join(m.Drain(h.t.Context()), m.Close(h.t.Context()))
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// inMail reads every mail: no text made a header or an address, and what is HTML of all of them, many to a page and without any policy, runs nothing.
func (h *house) inMail(ctx context.Context) {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.data, "sink", "*", "*.eml"))
	if err != nil {
		h.t.Fatal(err)
	}
	var bodies []string
	var known []string
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			h.t.Fatal(err)
		}
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			h.t.Errorf("%s: %v", file, err)
			continue
		}
		var names []string
		for name, all := range m.Header {
			names = append(names, name)
			subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if len(all) != 1 || err != nil || name != "Subject" && strings.Contains(all[0], "evil") || strings.ContainsAny(subject, "\r\n\x00") {
				h.t.Errorf("%s: header %s is %q (%v)", file, name, all, err)
			}
		}
		slices.Sort(names)
		if known == nil {
			known = names
		}
		if to, err := m.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Address != "ana@home.example" || !slices.Equal(names, known) {
			h.t.Errorf("%s: to %v (%v), headers %v, others have %v", file, to, err, names, known)
		}
		bodies = append(bodies, htmlOf(m)...)
	}
	if want := h.lines(); len(files) != want || len(bodies) != want || want < 500 {
		h.t.Errorf("%d mails with %d in HTML, want %d", len(files), len(bodies), want)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, strings.Join(bodies, "\n")) //nolint:errcheck // the browser would say so
	}))
	defer server.Close()
	sight := pagetest.Look(h.t, ctx, server.URL, pagetest.Screen{Width: 390, Height: 844}, "mail")
	got, err := chromedp.Run(ctx, chromedp.Evaluate[sight2](`({ran: !!top.`+pagetest.Ran+`, live: document.querySelectorAll('script, img, svg, iframe, object, embed, form, input, base, math, link, a[href^="javascript:" i], a[href^="data:" i]').length})`))
	if err != nil {
		h.t.Fatal(err)
	}
	faults := slices.DeleteFunc(sight.Faults, func(s string) bool { return strings.Contains(s, "favicon") })
	if got.Ran || got.Live > 0 || len(faults) > 0 || len(sight.Elsewhere) > 0 {
		h.t.Errorf("in mail: %+v, complaints %v, asks %v", got, faults, sight.Elsewhere)
	}
	h.t.Logf("%d mails", len(files))
}

// lines counts the texts that a subject may be: of one line, without signs that steer. The others are refused, and no mail is made of them.
func (h *house) lines() (n int) {
	for _, p := range h.all {
		if storable(p.Text) && !strings.ContainsFunc(p.Text, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }) {
			n++
		}
	}
	return n
}

// htmlOf gives a mail's parts in HTML.
func htmlOf(m *mail.Message) (out []string) {
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return nil
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err != nil {
			return out
		}
		if !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			continue
		}
		var r io.Reader = p
		switch strings.ToLower(p.Header.Get("Content-Transfer-Encoding")) {
		case "quoted-printable":
			r = quotedprintable.NewReader(p)
		case "base64":
			r = base64.NewDecoder(base64.StdEncoding, p)
		}
		if raw, err := io.ReadAll(r); err == nil {
			out = append(out, string(raw))
		}
	}
}
