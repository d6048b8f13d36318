package hooks

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/channel/inbound"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

const (
	password = "correct horse"
	topic    = "arn:aws:sns:us-west-2:123456789012:mail"
	certURL  = "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-1.pem"
)

// post is the call-backs of one provider over a real store, with the keys that it would have.
type post struct {
	t        *testing.T
	d        *db.DB
	log      *eventlog.Log
	store    *message.Store
	records  *record.Store
	consents *consent.Store
	provider string
	hooks    *Hooks
	mux      *http.ServeMux
	clock    *hearth.VirtualClock
	ec       *ecdsa.PrivateKey
	rsa      *rsa.PrivateKey
	pem      []byte
	kept     []letterbox.Incoming
	fetched  []string
	n        int
}

func newPost(t *testing.T, d *db.DB, clock *hearth.VirtualClock, provider string) *post {
	t.Helper()
	l, err := eventlog.New(d)
	ok(t, err)
	random := bytes.NewReader(bytes.Repeat([]byte{7}, 1<<16))
	p := &post{t: t, d: d, log: l, consents: consent.New(l), records: record.New(l, random), provider: provider, mux: http.NewServeMux(), clock: clock}
	p.store = message.New(l, p.consents, random)
	p.write(func(tx *db.Tx) error {
		_, _, err := p.records.PutProperty(t.Context(), tx, record.News{}, record.Property{ID: oak, Name: "Oak Court", Zone: "America/New_York"})
		return err
	})
	m := &Mail{Provider: provider, Password: password, Consent: p.consents, Records: p.records, Now: clock.Now,
		Keep: func(_ context.Context, in letterbox.Incoming) (string, bool, error) {
			p.kept = append(p.kept, in)
			return "", true, nil
		},
		Fetch: func(_ context.Context, u string) ([]byte, error) {
			p.fetched = append(p.fetched, u)
			return p.pem, nil
		}}
	switch provider {
	case "sendgrid":
		p.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		ok(t, err)
		pub, err := x509.MarshalPKIXPublicKey(&p.ec.PublicKey)
		ok(t, err)
		m.Key = base64.StdEncoding.EncodeToString(pub)
	case "ses":
		m.Key = topic
		p.rsa, err = rsa.GenerateKey(rand.Reader, 2048)
		ok(t, err)
		tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sns.amazonaws.com"}, NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
		der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &p.rsa.PublicKey, p.rsa)
		ok(t, err)
		p.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	case "resend":
		m.Key = "whsec_" + base64.StdEncoding.EncodeToString([]byte("secret"))
	default:
		m.Key = "key"
	}
	p.hooks = New(Deps{DB: d, Messages: p.store, Logger: slog.New(slog.DiscardHandler), BaseURL: base, Mail: m})
	p.hooks.Mount(p.mux)
	return p
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *post) write(f func(tx *db.Tx) error) {
	p.t.Helper()
	ok(p.t, p.d.Write(p.t.Context(), f))
}

// mail puts a mail that went out, to an address of its own, and gives both.
func (p *post) mail() (id hearth.MessageID, address string) {
	p.t.Helper()
	p.n++
	id, address = hearth.MessageID(fmt.Sprintf("msg_%s%03d", p.provider, p.n)), fmt.Sprintf("%s%03d@home.example", p.provider, p.n)
	p.write(func(tx *db.Tx) error {
		if err := p.store.Insert(p.t.Context(), tx, []message.Message{{ID: id, Property: oak, Resident: "res_a", State: message.Queued, Class: hearth.ClassService,
			Purpose: "service.update", Channel: hearth.ChannelEmail, Address: address, AddressKey: address, Subject: "s", Body: "b"}}); err != nil {
			return err
		}
		_, err := p.store.Report(p.t.Context(), tx, message.Report{Message: id, State: message.Sent})
		return err
	})
	return id, address
}

// signed makes a call-back with the proof that the provider gives; forged changes it.
func (p *post) signed(path string, body []byte, forged bool) *http.Request {
	p.t.Helper()
	wrong := byte(0)
	if forged {
		wrong = 1
	}
	kind := "application/json"
	header := http.Header{}
	b64 := func(b []byte) string { b[0] ^= wrong; return base64.StdEncoding.EncodeToString(b) }
	switch p.provider {
	case "sendgrid":
		at := "1461095250"
		sum := sha256.Sum256(append([]byte(at), body...))
		sig, err := ecdsa.SignASN1(rand.Reader, p.ec, sum[:])
		ok(p.t, err)
		header.Set("X-Twilio-Email-Event-Webhook-Signature", b64(sig))
		header.Set("X-Twilio-Email-Event-Webhook-Timestamp", at)
	case "mandrill":
		kind = "application/x-www-form-urlencoded"
		mac := hmac.New(sha1.New, []byte("key"))
		io.WriteString(mac, base+path+"mandrill_events"+string(body))
		header.Set("X-Mandrill-Signature", b64(mac.Sum(nil)))
		body = []byte(url.Values{"mandrill_events": {string(body)}}.Encode())
	case "resend":
		at := fmt.Sprint(p.clock.Now().Unix())
		mac := hmac.New(sha256.New, []byte("secret"))
		fmt.Fprintf(mac, "msg_x.%s.%s", at, body)
		header.Set("Svix-Id", "msg_x")
		header.Set("Svix-Timestamp", at)
		header.Set("Svix-Signature", "v1,"+b64(mac.Sum(nil)))
	case "ses":
		n := notification{Type: "Notification", MessageId: "1", TopicArn: topic, Message: string(body), Timestamp: "2026-03-02T14:00:00Z", SignatureVersion: "2", SigningCertURL: certURL}
		body = p.notify(n, wrong)
	}
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	r.Header = header
	r.Header.Set("Content-Type", kind)
	if p.provider == "postmark" {
		pass := password
		if forged {
			pass = "wrong"
		}
		r.SetBasicAuth("hearth", pass)
	}
	return r
}

func (p *post) notify(n notification, wrong byte) []byte {
	p.t.Helper()
	sum := sha256.Sum256([]byte(n.text()))
	sig, err := rsa.SignPKCS1v15(rand.Reader, p.rsa, crypto.SHA256, sum[:])
	ok(p.t, err)
	sig[5] ^= wrong
	n.Signature = base64.StdEncoding.EncodeToString(sig)
	body, err := json.Marshal(n)
	ok(p.t, err)
	return body
}

func (p *post) serve(r *http.Request) int {
	w := httptest.NewRecorder()
	p.mux.ServeHTTP(w, r)
	return w.Code
}

func (p *post) call(body []byte) int {
	p.t.Helper()
	return p.serve(p.signed("/hooks/"+p.provider+"/events", body, false))
}

// told gives where a message stands, what events there are of it, and why its address is stopped.
func (p *post) told(id hearth.MessageID, address string) (state message.State, events, stop string) {
	p.t.Helper()
	ok(p.t, p.d.Read(p.t.Context(), func(tx *db.Tx) error {
		m, err := p.store.Get(p.t.Context(), tx, id)
		if err != nil {
			return err
		}
		state = m.State
		evs, err := p.log.Read(p.t.Context(), tx, eventlog.PartOf(oak), 0, 100000)
		if err != nil {
			return err
		}
		for _, ev := range evs {
			if ev.Subject.ID == string(id) && ev.Type != "message.sent" {
				events += strings.TrimPrefix(string(ev.Type), "message.") + " "
			}
		}
		stops, err := p.consents.StopsOf(p.t.Context(), tx, address)
		for _, s := range stops {
			stop = s.Reason
		}
		return err
	}))
	return state, strings.TrimSpace(events), stop
}

// about makes a payload one about a mail of ours: its id where our mails carry it, its address where whom it was for stands.
func about(provider string, raw []byte, id hearth.MessageID, address string) []byte {
	var x any
	if json.Unmarshal(raw, &x) != nil {
		return raw
	}
	set := func(m map[string]any, path string, v any) {
		keys := strings.Split(path, ".")
		for _, k := range keys[:len(keys)-1] {
			next, is := m[k].(map[string]any)
			if !is {
				next = map[string]any{}
				m[k] = next
			}
			m = next
		}
		m[keys[len(keys)-1]] = v
	}
	one := func(m map[string]any) {
		switch provider {
		case "sendgrid":
			set(m, "email", address)
			if _, is := m["anymail_id"]; is {
				set(m, "hearth", string(id))
			} else {
				set(m, "smtp-id", "<"+string(id)+"@oak.example>")
			}
		case "postmark":
			set(m, "Metadata.Hearth", string(id)) // as a header that was written with capitals comes back
			for _, k := range []string{"Email", "Recipient"} {
				if m[k] != nil {
					m[k] = address
				}
			}
		case "resend":
			set(m, "data.message_id", "<"+string(id)+"@oak.example>")
			set(m, "data.to", []string{address})
		case "mandrill":
			if m["msg"] != nil {
				set(m, "msg.metadata.hearth", string(id))
				set(m, "msg.email", address)
			}
		case "ses":
			set(m, "mail.commonHeaders.messageId", "<"+string(id)+"@oak.example>")
			for _, k := range []string{"bounce.bouncedRecipients", "complaint.complainedRecipients"} {
				kind, list, _ := strings.Cut(k, ".")
				if b, is := m[kind].(map[string]any); is {
					b[list].([]any)[0].(map[string]any)["emailAddress"] = address
				}
			}
		}
	}
	switch v := x.(type) {
	case []any:
		for _, m := range v {
			one(m.(map[string]any))
		}
	case map[string]any:
		one(v)
	}
	out, _ := json.Marshal(x)
	return out
}

// Every payload as the providers document it ends in the right state, told once however often it comes; about nobody of ours it
// changes nothing.
func TestEveryPayload(t *testing.T) {
	type want struct {
		state        message.State
		events, stop string
	}
	sent, delivered := want{message.Sent, "", ""}, want{message.Delivered, "delivered", ""}
	hard := want{message.Bounced, "bounced", consent.ReasonBounce}
	complained := want{message.Sent, "complained", consent.ReasonComplaint}
	failed := want{message.Failed, "failed", ""}
	opened, clicked := want{message.Sent, "opened", ""}, want{message.Sent, "clicked", ""}
	table := map[string]map[string]want{
		"sendgrid": {"bounce_event": hard, "click_event": clicked, "compatibility_message_id_from_smtp_id": delivered, "deferred_event": sent, "delivered_event": delivered,
			"dropped_bounced": hard, "dropped_invalid_event": hard, "dropped_unsubscribed_event": failed, "open_event": opened, "processed_event": sent},
		"postmark": {"bounce_event": hard, "bounce_unsubscribe_variant": sent, "click_event": clicked, "delivered_event": delivered, "open_event": opened, "resubscribe": sent,
			"spam_event": complained, "subscription_change_bounce": hard, "unsubscribe": sent},
		"resend": {"clicked_event": clicked, "complained_event": complained, "delivered_event": delivered, "delivery_delayed_event": sent, "hard_bounced_event": hard, "opened_event": opened,
			"sent_event": sent, "suppressed_event": hard},
		"ses": {"bounce_event": hard, "click_event": clicked, "complaint_event": complained, "delivery_event": delivered, "multiple_bounce_event": hard, "open_event": opened, "reject_event": failed,
			"rendering_failure_event": failed, "send_event": sent},
		"mandrill": {"click_event": clicked, "hard_bounce_event": hard, "old_tracking_url": sent, "send_event": sent, "sync_event": sent},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		files := 0
		for provider, cases := range table {
			p := newPost(t, d, clock, provider)
			dir := provider
			if dir == "ses" {
				dir = "amazon_ses"
			}
			found, err := filepath.Glob("testdata/" + dir + "/*.json")
			ok(t, err)
			if len(found) != len(cases) {
				t.Errorf("%s has %d payloads, %d are looked at", provider, len(found), len(cases))
			}
			for _, path := range found {
				files++
				name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".json"), "__")
				w, known := cases[name]
				if !known {
					t.Errorf("nobody says what %s ends in", path)
					continue
				}
				raw, err := os.ReadFile(path)
				ok(t, err)
				id, address := p.mail()
				if got := p.call(raw); got != http.StatusNoContent {
					t.Errorf("%s about nobody of ours is answered with %d", path, got)
				}
				if s, e, stop := p.told(id, address); s != message.Sent || e != "" || stop != "" {
					t.Errorf("%s about nobody of ours: %s %s %s", path, s, e, stop)
				}
				body := about(provider, raw, id, address)
				if got := p.serve(p.signed("/hooks/"+provider+"/events", body, true)); got != http.StatusForbidden {
					t.Errorf("%s, forged, is answered with %d", path, got)
				}
				if s, e, stop := p.told(id, address); s != message.Sent || e != "" || stop != "" {
					t.Errorf("%s, forged: %s %s %s", path, s, e, stop)
				}
				for range 3 {
					if got := p.call(body); got != http.StatusNoContent {
						t.Fatalf("%s is answered with %d", path, got)
					}
				}
				if s, e, stop := p.told(id, address); s != w.state || e != w.events || stop != w.stop {
					t.Errorf("%s: %s %q %q, want %+v", path, s, e, stop, w)
				}
			}
		}
		t.Logf("%d payloads", files)
	})
}

// In whatever order a provider tells, the message ends the same.
func TestMailEventsInAnyOrder(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	p := newPost(t, d, clock, "sendgrid")
	event := func(kind string) string {
		return map[string]string{"processed": `"event":"processed"`, "delivered": `"event":"delivered"`, "bounce": `"event":"bounce","type":"bounce","status":"5.1.1"`,
			"open": `"event":"open"`, "block": `"event":"bounce","type":"blocked","status":"5.7.1"`}[kind]
	}
	for _, c := range []struct {
		calls []string
		state message.State
		stop  string
	}{
		{[]string{"processed", "delivered", "open"}, message.Delivered, ""},
		{[]string{"processed", "delivered", "bounce"}, message.Bounced, consent.ReasonBounce},
		{[]string{"processed", "block"}, message.Bounced, ""},
	} {
		for _, order := range orders(c.calls) {
			id, address := p.mail()
			var list []string
			for _, k := range append(order, order...) {
				list = append(list, fmt.Sprintf(`{%s,"email":%q,"hearth":%q,"timestamp":1461095250}`, event(k), address, id))
			}
			if got := p.call([]byte("[" + strings.Join(list, ",") + "]")); got != http.StatusNoContent {
				t.Fatalf("%v is answered with %d", order, got)
			}
			if s, e, stop := p.told(id, address); s != c.state || stop != c.stop || len(strings.Fields(e)) > len(c.calls) {
				t.Errorf("%v: %s %q %q, want %s %q", order, s, e, stop, c.state, c.stop)
			}
		}
	}
}

// What a provider tells of an address alone counts for a resident who has it.
func TestAddressAlone(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	p := newPost(t, d, clock, "postmark")
	p.write(func(tx *db.Tx) error {
		_, err := p.records.PutHome(t.Context(), tx, record.News{Cause: "x"}, record.Home{Property: oak, Unit: record.Unit{Label: "4B"}, Members: []record.Member{
			{Resident: record.Resident{First: "Ana", Last: "Ruiz", Email: "ana@home.example", Role: hearth.MemberLeaseholder}}}})
		return err
	})
	may := func() (allowed bool) {
		p.write(func(tx *db.Tx) error {
			a, err := p.consents.Check(t.Context(), tx, []consent.Ask{{Channel: hearth.ChannelEmail, AddressKey: "ana@home.example", Class: hearth.ClassRelation, Purpose: "renewal"}})
			allowed = a[0].Allowed
			return err
		})
		return allowed
	}
	for _, c := range []struct {
		body string
		may  bool
	}{
		{`{"RecordType":"SubscriptionChange","Recipient":"Ana@Home.example","SuppressSending":true,"SuppressionReason":"ManualSuppression","ChangedAt":"2026-03-01T10:00:00Z"}`, false},
		{`{"RecordType":"SubscriptionChange","Recipient":"ana@home.example","SuppressSending":false,"ChangedAt":"2026-03-02T10:00:00Z"}`, true},
		{`{"RecordType":"SubscriptionChange","Recipient":"ana@home.example","SuppressSending":true,"SuppressionReason":"HardBounce","ChangedAt":"2026-03-02T11:00:00Z"}`, false},
	} {
		clock.Advance(48 * time.Hour)
		for range 2 {
			if got := p.call([]byte(c.body)); got != http.StatusNoContent {
				t.Fatalf("%s is answered with %d", c.body, got)
			}
		}
		if got := may(); got != c.may {
			t.Errorf("after %s: may %v, want %v", c.body, got, c.may)
		}
	}
}

// asked counts how often a body is read.
type asked struct{ reads int }

func (a *asked) Read([]byte) (int, error) { a.reads++; return 0, io.EOF }

// A mail that the provider brings is kept, whole where it comes so, else put together again.
func TestMailBroughtIn(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	p := newPost(t, d, clock, "sendgrid")
	raw, err := os.ReadFile("testdata/sendgrid_inbound/default_data.txt")
	ok(t, err)
	raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	bring := func(body []byte, pass string) int {
		r := httptest.NewRequest(http.MethodPost, "/hooks/sendgrid/inbound", bytes.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=xYzZY")
		r.SetBasicAuth("hearth", pass)
		return p.serve(r)
	}
	if got := bring(raw, "wrong"); got != http.StatusForbidden || len(p.kept) != 0 {
		t.Errorf("without our password: %d, %d kept", got, len(p.kept))
	}
	long := bytes.Repeat([]byte("x"), 33<<20)
	if got := bring(long, password); got != http.StatusRequestEntityTooLarge {
		t.Errorf("too long: %d", got)
	}
	strange := &asked{}
	r := httptest.NewRequest(http.MethodPost, "/hooks/sendgrid/inbound", strange)
	r.SetBasicAuth("hearth", "wrong")
	if got := p.serve(r); got != http.StatusForbidden || strange.reads > 0 {
		t.Errorf("without our password: %d, and the body was read %d times", got, strange.reads)
	}
	p.hooks.inHand.Add(mostInHand)
	if got := bring(raw, password); got != http.StatusServiceUnavailable || len(p.kept) != 0 {
		t.Errorf("beside too many others: %d, %d kept", got, len(p.kept))
	}
	p.hooks.inHand.Add(-mostInHand)
	if got := bring(raw, password); got != http.StatusNoContent || len(p.kept) != 1 {
		t.Fatalf("%d, %d kept", got, len(p.kept))
	}
	m := inbound.Parse(p.kept[0].Raw)
	if m.From() != "test@example.com" || m.Text != "Hello Twilio SendGrid!" || p.kept[0].Rcpt[0] != "inbound@inbound.example.com" || len(m.Faults) != 0 {
		t.Errorf("from %q, text %q, to %v, faults %v", m.From(), m.Text, p.kept[0].Rcpt, m.Faults)
	}
	const whole = "--xYzZY\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nFrom: a@x.example\r\n\r\nas it was\r\n--xYzZY\r\nContent-Disposition: form-data; name=\"envelope\"\r\n\r\n" +
		`{"to":["reply+x@mail.oak.example"],"from":"a@x.example"}` + "\r\n--xYzZY--\r\n"
	if got := bring([]byte(whole), password); got != http.StatusNoContent || string(p.kept[1].Raw) != "From: a@x.example\r\n\r\nas it was" {
		t.Errorf("%d, %q", got, p.kept[1].Raw)
	}
	for _, bad := range []string{"", "--xYzZY\r\n", "--xYzZY\r\nContent-Disposition: form-data; name=\"envelope\"\r\n\r\n{}\r\n--xYzZY--\r\n"} {
		if got := bring([]byte(bad), password); got != http.StatusBadRequest {
			t.Errorf("%q is answered with %d", bad, got)
		}
	}
	if left := p.hooks.inHand.Load(); left != 0 {
		t.Errorf("%d bytes are still counted", left)
	}
}

// Amazon's service is believed for our topic and under its own certificate only, and its confirmation is asked of its own hosts.
func TestSNS(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	p := newPost(t, d, clock, "ses")
	call := func(n notification) int {
		return p.serve(httptest.NewRequest(http.MethodPost, "/hooks/ses/events", bytes.NewReader(p.notify(n, 0))))
	}
	n := notification{Type: "SubscriptionConfirmation", MessageId: "1", TopicArn: topic, Message: "You have chosen", Timestamp: "2026-03-02T14:00:00Z", Token: "t", SignatureVersion: "2",
		SigningCertURL: certURL, SubscribeURL: "https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription"}
	if got := call(n); got != http.StatusNoContent || len(p.fetched) != 2 || p.fetched[1] != n.SubscribeURL {
		t.Errorf("%d, fetched %v", got, p.fetched)
	}
	for name, change := range map[string]func(*notification){
		"another topic":        func(n *notification) { n.TopicArn = "arn:aws:sns:x" },
		"a certificate's host": func(n *notification) { n.SigningCertURL = "https://evil.example/x.pem" },
		"a host that looks so": func(n *notification) { n.SigningCertURL = "https://sns.us-west-2.amazonaws.com.evil.example/x.pem" },
		"in the clear":         func(n *notification) { n.SigningCertURL = "http://sns.us-west-2.amazonaws.com/x.pem" },
		"with a user":          func(n *notification) { n.SigningCertURL = "https://sns.us-west-2.amazonaws.com@evil.example/x.pem" },
		"confirm elsewhere":    func(n *notification) { n.SubscribeURL = "https://169.254.169.254/latest" },
	} {
		before := len(p.fetched)
		m := n
		change(&m)
		if got := call(m); got != http.StatusForbidden || len(p.fetched) != before {
			t.Errorf("%s: %d, fetched %v", name, got, p.fetched[before:])
		}
	}
	mail := base64.StdEncoding.EncodeToString([]byte("From: a@x.example\r\n\r\nhello"))
	got := p.call([]byte(`{"notificationType":"Received","mail":{"source":"a@x.example"},"receipt":{"recipients":["reply+x@mail.oak.example"],"action":{"type":"SNS","encoding":"BASE64"}},"content":"` + mail + `"}`))
	if got != http.StatusNoContent || len(p.kept) != 1 || string(p.kept[0].Raw) != "From: a@x.example\r\n\r\nhello" || p.kept[0].Source != "ses" {
		t.Errorf("%d, kept %v", got, p.kept)
	}
}
