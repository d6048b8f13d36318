package web

import (
	"context"
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
)

// Ways to residents as they are set up: what works, what is missing for the rest, and a test that really goes out.

// channelRoutes lists the page of the ways and its tests.
func (h *Web) channelRoutes() []route {
	return []route{
		{"GET /setup/channels", rightSettings, h.show(rightSettings, (*request).setupChannels)},
		{"POST /setup/channels/test", rightSettings, h.do(rightSettings, (*request).testChannel)},
	}
}

// wayLine is a way as it is set up.
type wayLine struct {
	Channel hearth.Channel
	Name    string
	Icon    string
	Mark    ui.Chip
	Words   string
	Missing []missingSetting
	Facts   []ui.Fact
	Test    string // what the button says; "" for no test
	No      string // why there is no test
	Last    string // what came of the last one
	Shade   ui.Shade
	Pauses  []string // those of this way that the viewer may end, by id
}

// missingSetting is a setting that is not there, with an example.
type missingSetting struct{ Words, Setting string }

// waysView is the page, ready to be drawn.
type waysView struct {
	Lead    string
	Ways    []wayLine
	Records []dnsRecord
	Domain  string
}

// dnsRecord is something to publish for a domain.
type dnsRecord struct{ Kind, Name, Value, Why string }

// testsApart is how long one test of a way keeps the next one back.
const testsApart = 30 * time.Second

func (q *request) setupChannels() (templ.Component, error) {
	v, err := q.waysNow()
	if err != nil {
		return nil, err
	}
	return setupChannelsPage(q.frame("Ways to residents", "/setup"), v), nil
}

func (q *request) waysNow() (waysView, error) {
	if q.web.Config == nil {
		return waysView{}, hearth.Errorf(hearth.CodeUnavailable, "This program only shows what happened.")
	}
	if q.place.ID == "" {
		return waysView{}, elsewhere{"/setup/property"}
	}
	v := waysView{Lead: "How messages leave and answers come back, and what is missing for the rest. Settings are Hearth's own: in its settings file, as variables, or on its command line."}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		me, err := q.myself(ctx, tx)
		if err != nil {
			return err
		}
		out, err := q.mailOut(ctx, tx)
		if err != nil {
			return err
		}
		v.Ways = []wayLine{out, q.mailIn(), q.textWay()}
		for i := range v.Ways {
			if err := q.lastTest(ctx, tx, &v.Ways[i], me); err != nil {
				return err
			}
		}
		v.Ways = append(v.Ways, q.otherWays()...)
		return q.held(ctx, tx, v.Ways)
	})
	v.Domain, v.Records = q.dnsRecords()
	return v, err
}

// myself is the viewer's own record; zero for a program.
func (q *request) myself(ctx context.Context, tx *db.Tx) (record.Staff, error) {
	if q.staff == "" {
		return record.Staff{}, nil
	}
	return q.web.Records.Staff(ctx, tx, q.staff)
}

func (w *wayLine) stands() {
	switch {
	case len(w.Missing) > 0:
		w.Mark = ui.Chip{Word: "not set up", Icon: "circle"}
	case w.Mark.Word == "":
		w.Mark = ui.Chip{Word: "on", Shade: ui.Good, Icon: "circle-check"}
	}
}

// mailOut says how mail leaves, how much of it comes back, and whether that holds anything.
func (q *request) mailOut(ctx context.Context, tx *db.Tx) (wayLine, error) {
	c := q.web.Config
	w := wayLine{Channel: hearth.ChannelEmail, Name: "Mail out", Icon: "mail", Words: "Mail leaves by " + hostOf(c.SMTP) + ", from " + q.sender() + ".", Test: "Send a test to my address"}
	if c.Send != "real" {
		w.Words = "Mail goes to files, and reaches nobody. That is well for trying."
		w.Mark = ui.Chip{Word: "to files", Shade: ui.Today, Icon: "file-text"}
		w.Missing = append(w.Missing, missingSetting{"To reach people", "send: real"})
		if c.SMTP == "" {
			w.Missing = append(w.Missing, missingSetting{"The server that takes your mail, and its password in HEARTH_SMTP_PASSWORD", "smtp: smtp://USER@HOST:587"})
		}
	}
	if a, err := mail.ParseAddress(c.From); err != nil || strings.HasSuffix(a.Address, "@localhost") {
		w.Missing = append(w.Missing, missingSetting{"A sender that can be answered, here or as this property's own", "from: Oak Court <office@YOUR-DOMAIN>"})
	}
	if c.BaseURL == "" {
		w.Missing = append(w.Missing, missingSetting{"How residents' browsers reach Hearth, for the links in mail", "base-url: https://HOST"})
	}
	if w.Mark.Word == "" {
		w.stands()
	}
	since := time.Time{}
	if q.web.Care != nil {
		var err error
		if since, err = q.web.Care.LastEnded(ctx, tx, care.Channel, string(hearth.ChannelEmail)+care.Discretionary); err != nil {
			return w, err
		}
	}
	f, err := q.web.Messages.LastMails(ctx, tx, since, 500)
	w.Facts = append(w.Facts, ui.Fact{Name: "Came back", Value: backWords(f, since, q.dayWords), From: "Above 5 %, mail that residents can do without is held by itself."})
	return w, err
}

// held says of each way what a pause holds there, so that it can be let go where it is seen.
func (q *request) held(ctx context.Context, tx *db.Tx, ways []wayLine) error {
	if q.web.Care == nil {
		return nil
	}
	all, err := q.web.Care.Pauses(ctx, tx)
	if err != nil {
		return err
	}
	for _, p := range all {
		target, some := strings.CutSuffix(p.Target, care.Discretionary)
		for i := range ways {
			w := &ways[i]
			if p.What != care.Channel || p.Over(q.now) || w.Channel == "" || target != string(w.Channel) {
				continue
			}
			w.Mark = ui.Chip{Word: "held", Shade: ui.Now, Icon: "circle-pause"}
			value := "all"
			if some {
				w.Mark.Word, value = "partly held", "what residents can do without"
			}
			w.Facts = append(w.Facts, ui.Fact{Name: "Held", Value: value + ", since " + q.dayWords(p.Set), From: p.Reason, Shade: ui.Now})
			if q.may(account.PausesWrite) {
				w.Pauses = append(w.Pauses, p.ID)
			}
		}
	}
	return nil
}

// backWords says how many of the last mails came back. Those from before somebody let go (since) do not count again.
func backWords(f message.Fate, since time.Time, day func(time.Time) string) string {
	from := ""
	if !since.IsZero() {
		from = " since it was resumed on " + day(since)
	}
	switch {
	case f.Sent == 0 && from == "":
		return "nothing has left yet"
	case f.Sent == 0:
		return "nothing has left" + from
	case f.Back == 0:
		return fmt.Sprintf("none of the last %d%s", f.Sent, from)
	}
	return fmt.Sprintf("%d of the last %d (%.1f %%)%s", f.Back, f.Sent, 100*float64(f.Back)/float64(f.Sent), from)
}

// sender is whom mail of this property comes from.
func (q *request) sender() string {
	if a := q.place.Settings.SenderAddress; a != "" {
		return a
	}
	return q.web.Config.From
}

// hostOf gives the host of a setting, without a password or a path.
func hostOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	rest, _, _ = strings.Cut(rest, "/")
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		rest = rest[i+1:]
	}
	if host, _, ok := strings.Cut(rest, ":"); ok {
		return host
	}
	return rest
}

// mailIn says how answers and bounces come back.
func (q *request) mailIn() wayLine {
	c := q.web.Config
	w := wayLine{Name: "Mail in", Icon: "inbox", Words: "Answers and returned mail come back under " + c.MailDomain + ".", No: "A test of mail out shows it too: answer the mail, and it stands under “mail that came in”."}
	if c.MailDomain == "" {
		w.Words = "Answers go to the sender's own mailbox, and Hearth hears nothing of them, nor of mail that comes back."
		w.Missing = append(w.Missing, missingSetting{"A domain of its own for what comes back", "mail-domain: mail.YOUR-DOMAIN"})
	}
	if c.MailIn == "" && (c.MailProvider == "none" || c.MailProvider == "") {
		w.Missing = append(w.Missing, missingSetting{"Where Hearth takes that mail; or the service that brings it, as mail-provider", "mail-in: 0.0.0.0:25"})
	}
	if c.MailIn != "" && c.MailInCert == "" {
		w.Facts = append(w.Facts, ui.Fact{Name: "Encrypted", Value: "no", From: "Set mail-in-cert and mail-in-key, so that mail comes in encrypted.", Shade: ui.Today})
	}
	if p := c.MailProvider; p != "" && p != "none" {
		w.Facts = append(w.Facts, ui.Fact{Name: "Call-backs of " + capital(p), Value: q.baseURL() + "/hooks/" + p + "/events", From: "Tell the service this address."})
	}
	w.stands()
	return w
}

func (q *request) baseURL() string {
	if u := q.web.Config.BaseURL; u != "" {
		return u
	}
	return "http://" + q.web.Config.Listen
}

// textWay says how text messages leave and come back.
func (q *request) textWay() wayLine {
	c := q.web.Config
	w := wayLine{Channel: hearth.ChannelSMS, Name: "Text messages", Icon: "smartphone", Words: "Text messages leave by " + hostOf(c.SMS) + ", from " + c.SMSFrom + ".", Test: "Send a test to my number"}
	if c.SMS == "" {
		w.Words = "No provider is set, so nobody gets a text message."
		w.Missing = append(w.Missing, missingSetting{"The provider, with your account's number in front of the host", "sms: https://ACCOUNT@api.twilio.com"},
			missingSetting{"The number that they come from; register it with the carriers first (10DLC)", "sms-from: \"+12125550100\""}, missingSetting{"The account's token", "HEARTH_SMS_TOKEN, or sms-token-file: FILE"})
		w.Test = ""
		w.stands()
		return w
	}
	if c.Send != "real" {
		w.Words, w.Mark = "Text messages go to files, and reach nobody.", ui.Chip{Word: "to files", Shade: ui.Today, Icon: "file-text"}
	}
	if c.SMSToken == "" {
		w.Missing = append(w.Missing, missingSetting{"The account's token; without it no call-back is believed, so nobody's STOP is heard", "HEARTH_SMS_TOKEN, or sms-token-file: FILE"})
	}
	if c.BaseURL == "" {
		w.Missing = append(w.Missing, missingSetting{"Where the provider calls back", "base-url: https://HOST"})
	}
	w.Facts = append(w.Facts, ui.Fact{Name: "Tell the provider", Value: q.baseURL() + "/hooks/twilio/message", From: "For messages that come in. What became of sent ones is asked for with each."})
	if c.TextPrice == "" {
		w.Facts = append(w.Facts, ui.Fact{Name: "Price of a part", Value: "not told", From: "Set text-price, and a broadcast says what it will cost."})
	}
	if w.Mark.Word == "" {
		w.stands()
	}
	return w
}

// otherWays are those that need no provider.
func (q *request) otherWays() []wayLine {
	ways := strings.Trim(q.web.Config.Ways, ", ")
	with := func(ch hearth.Channel) string { return strings.TrimPrefix(ways+",", ",") + string(ch) }
	var out []wayLine
	for _, x := range []wayLine{
		{Channel: hearth.ChannelPush, Name: "Notifications", Icon: "bell", Words: "Residents' browsers show them, once a resident has said yes there."},
		{Channel: hearth.ChannelPortal, Name: "Residents' pages", Icon: "house", Words: "What stands there waits until they look; only those get it who wish for it."},
		{Channel: hearth.ChannelLetter, Name: "Letters and notices for doors", Icon: "printer", Words: "The team prints, posts and hangs them in rounds, with a proof for each."},
		{Channel: hearth.ChannelCall, Name: "Calls", Icon: "phone", Words: "The team gets a list of calls, within the law's hours."},
	} {
		if !q.web.Config.Way(x.Channel) {
			x.Missing = []missingSetting{{"Name it among the ways", "ways: " + with(x.Channel)}}
		}
		if x.Channel == hearth.ChannelLetter && (q.place.Address == "" || q.place.City == "") {
			x.Missing = append(x.Missing, missingSetting{"The property's street and city, for the window of the envelope", "Set-up, Property"})
		}
		x.stands()
		out = append(out, x)
	}
	return out
}

// lastTest adds what came of the last test, and why there can be none.
func (q *request) lastTest(ctx context.Context, tx *db.Tx, w *wayLine, me record.Staff) error {
	if w.Test == "" {
		return nil
	}
	switch {
	case q.staff == "":
		w.Test, w.No = "", "Sign in as yourself to send a test: it goes to your own address."
	case w.Channel == hearth.ChannelEmail && me.Email == "":
		w.Test, w.No = "", "There is no e-mail address of yours on record. Add it under Team, and a test can go there."
	case w.Channel == hearth.ChannelSMS && me.Phone == "":
		w.Test, w.No = "", "There is no telephone number of yours on record. Add it under Team, and a test can go there."
	}
	m, ok, err := q.web.Messages.Tested(ctx, tx, q.place.ID, w.Channel)
	if err != nil || !ok {
		return err
	}
	w.Last, w.Shade = testWords(m, q.web.Config.Send == "real")
	w.Last += " " + capital(page.When(m.At, q.now, q.zone)) + "."
	return nil
}

// testWords says what came of a test.
func testWords(m message.Message, real bool) (string, ui.Shade) {
	switch m.State {
	case message.Sent, message.Delivered:
		if !real {
			return "The last test was written to a file.", ui.Calm
		}
		if m.State == message.Delivered {
			return "The last test arrived.", ui.Good
		}
		return "The last test was taken by the server. Look whether it has come to you, and not among spam.", ui.Good
	case message.Queued:
		if m.Error != "" {
			return "The last test waits: " + m.Error + " It is tried again by itself.", ui.Today
		}
		return "The last test is on its way.", ui.Calm
	case message.Unknown:
		return "Whether the last test arrived is not known: the connection ended at the very end.", ui.Today
	}
	words := "The last test failed"
	if m.State == message.Bounced {
		words = "The last test came back"
	}
	if m.Error != "" {
		words += ": " + strings.TrimRight(m.Error, ". ")
	}
	return words + ".", ui.Now
}

// testChannel sends a test to the viewer's own address.
func (q *request) testChannel() (outcome, error) {
	ch := hearth.Channel(q.field("channel"))
	o := outcome{next: "/setup/channels"}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		me, err := q.myself(ctx, tx)
		if err != nil {
			return err
		}
		m := message.Message{Property: q.place.ID, Channel: ch, Reason: "A test of the way, to " + me.Name + " alone.",
			ID: hearth.MessageID(hearth.DeriveIDAt("msg_", tx.Now(), "channel test", string(q.place.ID), string(ch), strconv.FormatInt(hearth.Millis(tx.Now()), 10)))}
		switch {
		case ch == hearth.ChannelEmail && me.Email != "":
			m.Address, m.AddressKey = me.Email, record.EmailKey(me.Email)
			m.Subject = "[Test] Mail of " + q.place.Name + " works"
			m.Body = "Hello " + me.Name + ",\n\nyou asked Hearth for a test, and here it is: mail of " + q.place.Name + " leaves the house and reaches you.\n\nIf this lay among spam, look at the records to publish under Set-up, Channels. If you answer it, you see whether answers come back.\n"
		case ch == hearth.ChannelSMS && me.Phone != "" && q.web.Config != nil && q.web.Config.SMS != "":
			m.Address, m.AddressKey = me.Phone, record.PhoneKey(me.Phone)
			m.Body = "A test of Hearth for " + me.Name + ": text messages of " + q.place.Name + " work."
		default:
			return hearth.Errorf(hearth.CodeInvalid, "There is nowhere to send a test: the way is not set up, or there is no address of yours on record.")
		}
		last, ok, err := q.web.Messages.Tested(ctx, tx, q.place.ID, ch)
		if err != nil {
			return err
		}
		if ok && tx.Now().Sub(last.Made) < testsApart {
			return hearth.Errorf(hearth.CodeConflict, "A test left a moment ago. Wait half a minute, and see what came of it.")
		}
		o.said = "A test is on its way to " + m.Address + "."
		return q.web.Messages.Test(ctx, tx, m)
	})
	return o, err
}

// mailTested tells whether a test of mail left the house.
func (q *request) mailTested(ctx context.Context, tx *db.Tx) (done bool, words string, err error) {
	if q.place.ID == "" || q.web.Messages == nil {
		return false, "", nil
	}
	m, ok, err := q.web.Messages.Tested(ctx, tx, q.place.ID, hearth.ChannelEmail)
	if err != nil || !ok {
		return false, "", err
	}
	real := q.web.Config != nil && q.web.Config.Send == "real"
	words, _ = testWords(m, real)
	return real && (m.State == message.Sent || m.State == message.Delivered), words, nil
}

// dnsRecords are what the sender's domain and the domain of what comes back should publish.
func (q *request) dnsRecords() (domain string, out []dnsRecord) {
	a, err := mail.ParseAddress(q.sender())
	if err != nil {
		return "", nil
	}
	if _, domain, _ = strings.Cut(a.Address, "@"); domain == "localhost" {
		return "", nil // nobody publishes anything for it; the missing sender is said above
	}
	c := q.web.Config
	spf := "v=spf1 " + spfOf(c.MailProvider, hostOf(c.SMTP)) + " -all"
	envelope := domain
	if c.MailDomain != "" {
		envelope = c.MailDomain
		here := hostOf(q.baseURL())
		if c.MailIn == "" {
			here = "as your mail service tells you"
		}
		out = append(out, dnsRecord{"MX", envelope, "10 " + here, "So that answers and returned mail find their way back."})
	}
	out = append(out, dnsRecord{"TXT", envelope, spf, "SPF: who may send in its name. It stands in the envelope of each mail."},
		dnsRecord{"TXT", "SELECTOR._domainkey." + domain, "as your mail service shows it", "DKIM: the key of the signature that your mail service puts under each mail."},
		dnsRecord{"TXT", "_dmarc." + domain, "v=DMARC1; p=none; rua=mailto:" + a.Address, "DMARC: what others do with mail that is neither. Begin with none, and turn it to quarantine once the reports are clean."})
	if c.MailDomain != "" && c.MailDomain != domain && !strings.HasSuffix(c.MailDomain, "."+domain) {
		out = append(out, dnsRecord{"", "", "", "DMARC wants the domain of the envelope below the sender's: " + c.MailDomain + " is not below " + domain + ", so only DKIM can make it fit."})
	}
	return domain, out
}

// spfOf says which servers may send, as the known services publish it.
func spfOf(provider, smtp string) string {
	if host := map[string]string{"sendgrid": "sendgrid.net", "postmark": "spf.mtasv.net", "mandrill": "spf.mandrillapp.com", "ses": "amazonses.com", "resend": "amazonses.com"}[provider]; host != "" {
		return "include:" + host
	}
	if smtp == "" {
		return "include:YOUR-RELAY"
	}
	return "a:" + smtp
}

// shadeOr gives a shade's word, calm for none.
func shadeOr(s ui.Shade) string {
	if s == ui.None {
		return string(ui.Calm)
	}
	return string(s)
}
