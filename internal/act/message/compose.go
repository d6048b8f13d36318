package message

import (
	"context"
	"fmt"
	"html"
	"net/mail"
	"strings"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// face is how a property appears in mail, and when it leaves its residents alone.
type face struct {
	quiet   record.Quiet
	state   string // of its address, for the law's hours
	zone    *time.Location
	from    string
	replyTo string
	name    string
	postal  string
	large   bool // letters
	read    time.Time
}

// faces remembers them for a short while, because every mail needs one and another node may change it.
type faces struct {
	mu     *sync.Mutex
	byProp map[hearth.PropertyID]face
}

const faceFor = 30 * time.Second

func newFaces() faces { return faces{mu: &sync.Mutex{}, byProp: map[hearth.PropertyID]face{}} }

func (s *Sender) face(ctx context.Context, id hearth.PropertyID) (face, error) {
	now := s.clock.Now()
	s.faces.mu.Lock()
	f, ok := s.faces.byProp[id]
	s.faces.mu.Unlock()
	if ok && now.Sub(f.read) < faceFor && !now.Before(f.read) {
		return f, nil
	}
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		p, err := s.deps.Records.Property(ctx, tx, id)
		if err != nil {
			return err
		}
		set := p.Settings
		f = face{name: set.SenderName, replyTo: set.ReplyTo, postal: set.PostalAddress, large: set.Voice.LargePrint, quiet: set.Quiet, state: p.State, read: now}
		if f.zone, err = s.deps.Records.Zone(ctx, tx, id); err != nil {
			return err
		}
		if f.name == "" {
			f.name = p.Name
		}
		if s.lane == Lane {
			f.from, err = fromAddress(f.name, set.SenderAddress, s.deps.From)
		}
		return err
	})
	if err != nil {
		return face{}, fmt.Errorf("read the sender of property %s: %w", id, err)
	}
	s.faces.mu.Lock()
	defer s.faces.mu.Unlock()
	s.faces.byProp[id] = f
	return f, nil
}

// fromAddress joins the property's name with its own address, else with the installation's.
func fromAddress(name, own, otherwise string) (string, error) {
	if own == "" {
		own = otherwise
	}
	a, err := mail.ParseAddress(own)
	if err != nil {
		return "", hearth.Errorf(hearth.CodeInvalid, "Mail has no sender: set the property's sender address, or the setting from.")
	}
	a.Name = name
	return a.String(), nil
}

// compose makes the mail of a message. The same message always gives the same mail, so that a retry repeats it.
func (s *Sender) compose(ctx context.Context, m *Message, queued time.Time) (*channel.Email, error) {
	f, err := s.face(ctx, m.Property)
	if err != nil {
		return nil, err
	}
	body, err := s.whole(ctx, m, queued)
	if err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(strings.TrimSuffix(f.from, ">"), "@")
	e := &channel.Email{
		From: f.from, To: m.Address, ReplyTo: f.replyTo, Subject: m.Subject, Text: body,
		MessageID: string(m.ID) + "@" + domain, Date: queued,
		Headers: []channel.Header{{Name: "Auto-Submitted", Value: "auto-generated"}},
	}
	if m.Class == hearth.ClassAnswer {
		e.Headers = nil // asked for this minute: it should not look like a mailing
	}
	if m.Class.Discretionary() {
		if err := s.addWayOut(ctx, m, f, e); err != nil {
			return nil, err
		}
	}
	if h, ok := providerTag(s.deps.Provider, m.ID); ok {
		e.Headers = append(e.Headers, h)
	}
	if s.deps.MailDomain != "" {
		if err := s.addReturn(ctx, m, f, e); err != nil {
			return nil, err
		}
	}
	e.HTML = htmlTwin(e.Text, f.large)
	return e, nil
}

// providerTag is the line by which a provider's call-backs name the message. Message ids need no escaping.
func providerTag(provider string, id hearth.MessageID) (channel.Header, bool) {
	switch provider {
	case "sendgrid":
		return channel.Header{Name: "X-SMTPAPI", Value: `{"unique_args":{"hearth":"` + string(id) + `"}}`}, true
	case "postmark":
		return channel.Header{Name: "X-PM-Metadata-hearth", Value: string(id)}, true
	case "mandrill":
		return channel.Header{Name: "X-MC-Metadata", Value: `{"hearth":"` + string(id) + `"}`}, true
	}
	return channel.Header{}, false
}

// addWayOut adds what discretionary mail must carry: the one-click header of RFC 8058, a visible way to end such mail, and
// the postal address.
func (s *Sender) addWayOut(ctx context.Context, m *Message, f face, e *channel.Email) error {
	spanish := false
	var token string
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		if m.Resident != "" {
			r, err := s.deps.Records.Resident(ctx, tx, m.Resident)
			if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
				return err
			}
			spanish = strings.HasPrefix(r.Language, "es")
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the language of %s: %w", m.Resident, err)
	}
	if s.deps.BaseURL != "" {
		if token, err = s.deps.Store.UnsubscribeToken(ctx, s.deps.DB, m.ID); err != nil {
			return err
		}
	}
	reply := f.replyTo
	if reply == "" {
		reply = f.from
	}
	e.Text = strings.TrimRight(e.Text, "\n") + "\n\n-- \n" + f.name + "\n"
	if f.postal != "" {
		e.Text += strings.ReplaceAll(strings.TrimSpace(f.postal), "\n", ", ") + "\n"
	}
	if token == "" {
		if a, err := mail.ParseAddress(reply); err == nil {
			e.Headers = append(e.Headers, channel.Header{Name: "List-Unsubscribe", Value: "<mailto:" + a.Address + "?subject=STOP>"})
		}
		e.Text += pick(spanish, "Para no recibir más mensajes como este, responda ALTO.", "To get no more messages like this one, reply STOP.") + "\n"
		return nil
	}
	link := s.deps.BaseURL + UnsubscribePath + token
	e.Headers = append(e.Headers, channel.Header{Name: "List-Unsubscribe", Value: "<" + link + ">"},
		channel.Header{Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click"})
	e.Text += pick(spanish, "Para no recibir más mensajes como este: ", "To get no more messages like this one: ") + link + "\n"
	return nil
}

func pick(spanish bool, es, en string) string {
	if spanish {
		return es
	}
	return en
}

// htmlTwin says the same as the text, in a fixed plain layout: paragraphs, line breaks, links. Nothing in the text is
// taken as HTML, and nothing is loaded from anywhere. Large print changes the letters and nothing that is said.
func htmlTwin(text string, large bool) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/4 + 300)
	letters := "16px/1.5"
	if large {
		letters = "22px/1.6"
	}
	b.WriteString(`<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>` +
		`<body style="margin:0;padding:24px;font:` + letters + ` sans-serif;max-width:36em">`)
	for para := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if para = strings.Trim(para, "\n"); strings.TrimSpace(para) == "" {
			continue
		}
		b.WriteString("<p>")
		for i, line := range strings.Split(para, "\n") {
			if i > 0 {
				b.WriteString("<br>")
			}
			writeLinked(&b, line)
		}
		b.WriteString("</p>\n")
	}
	b.WriteString("</body></html>\n")
	return b.String()
}

// writeLinked escapes a line and makes its web addresses links.
func writeLinked(b *strings.Builder, line string) {
	for _, word := range strings.SplitAfter(line, " ") {
		url := strings.TrimRight(word, " .,;:!?)")
		if !isLink(url) {
			b.WriteString(html.EscapeString(word))
			continue
		}
		safe := html.EscapeString(url)
		b.WriteString(`<a href="` + safe + `">` + safe + `</a>` + html.EscapeString(word[len(url):]))
	}
}

func isLink(s string) bool {
	return (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")) && !strings.ContainsAny(s, "\"'<>")
}
