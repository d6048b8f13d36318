package hooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the provider signs so
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
)

// Twilio is what call-backs of a provider that speaks like Twilio need.
type Twilio struct {
	// Token is the auth token of the account, with which the provider signs.
	Token string
	// Account is the account's number; a call-back of another one is refused. "" takes all that are signed.
	Account string
	// Inbound takes a text message that came in; nil: none is listened for.
	Inbound func(ctx context.Context, in InboundText) error
}

// InboundText is a text message that somebody sent to one of our numbers.
type InboundText struct {
	Ref      string // the provider's number for it: the same one twice is one message
	From, To string // E.164
	Body     string
	Media    int    // how many pictures or files came with it
	OptOut   string // "STOP", "START", "HELP" where the provider has acted and answered already; "" where it has not
}

func (h *Hooks) twilioSources() []source {
	all := []source{{path: channel.TwilioStatusPath, prove: h.proveTwilio, take: h.twilioStatus}}
	if h.Twilio.Inbound != nil {
		all = append(all, source{path: channel.TwilioMessagePath, prove: h.proveTwilio, take: h.twilioMessage})
	}
	return all
}

// proveTwilio checks X-Twilio-Signature: base64 of HMAC-SHA1, under the account's token, over the address that was
// called and every parameter of the form, name and value, sorted by name. Parameters that we do not know count too.
func (h *Hooks) proveTwilio(r *http.Request, body []byte) error {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return hearth.FieldErrorf("body", "The call-back is not a form.")
	}
	given, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Twilio-Signature"))
	if err != nil || len(given) != sha1.Size || h.Twilio.Token == "" {
		return hearth.Errorf(hearth.CodeForbidden, "The call-back carries no signature of ours.")
	}
	if h.Twilio.Account != "" && form.Get("AccountSid") != h.Twilio.Account {
		return hearth.Errorf(hearth.CodeForbidden, "The call-back is of another account.")
	}
	for _, address := range spellings(h.BaseURL + r.URL.RequestURI()) {
		if hmac.Equal(given, twilioProof(h.Twilio.Token, address, form)) {
			return nil
		}
	}
	return hearth.Errorf(hearth.CodeForbidden, "The signature does not fit: check the token and the setting base-url.")
}

// twilioProof is the signature's bytes.
func twilioProof(token, address string, form url.Values) []byte {
	mac := hmac.New(sha1.New, []byte(token))
	io.WriteString(mac, address)
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) { // a value given twice is signed once, as the provider's own libraries do
			io.WriteString(mac, name+v)
		}
	}
	return mac.Sum(nil)
}

// spellings gives an address with and without its port: the provider signs now the one, now the other.
func spellings(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return []string{address}
	}
	with, without := *u, *u
	without.Host = u.Hostname()
	if strings.Contains(without.Host, ":") {
		without.Host = "[" + without.Host + "]"
	}
	if u.Port() == "" {
		port := "443"
		if u.Scheme == "http" {
			port = "80"
		}
		with.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return []string{address, with.String(), without.String()}
}

// twilioStatus takes what became of a text message.
func (h *Hooks) twilioStatus(ctx context.Context, r *http.Request, body []byte) (reply, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return reply{}, hearth.FieldErrorf("body", "The call-back is not a form.")
	}
	ref, status := form.Get("MessageSid"), form.Get("MessageStatus")
	if ref == "" {
		ref = form.Get("SmsSid")
	}
	if status == "" {
		status = form.Get("SmsStatus")
	}
	if ref == "" || status == "" {
		return reply{}, hearth.FieldErrorf("MessageStatus", "The call-back names no message or no status.")
	}
	to := channel.TwilioState(status, code(form.Get("ErrorCode")))
	err = h.DB.Write(ctx, func(tx *db.Tx) error {
		id, err := h.twilioMessageID(ctx, tx, r, ref)
		if err != nil || to.Open {
			return err
		}
		return h.reportText(ctx, tx, id, ref, to, form)
	})
	// A message that we do not know is somebody else's on the same account, or erased: nothing to do, nothing to repeat.
	if hearth.CodeOf(err) == hearth.CodeNotFound || hearth.CodeOf(err) == hearth.CodeConflict {
		return reply{}, nil
	}
	return reply{}, err
}

// twilioMessageID finds our message: by our own number, which the address carries under the provider's signature, else by
// the provider's.
func (h *Hooks) twilioMessageID(ctx context.Context, tx *db.Tx, r *http.Request, ref string) (hearth.MessageID, error) {
	if id := r.URL.Query().Get(channel.TwilioMessageParam); id != "" {
		return hearth.MessageID(id), nil
	}
	t, err := h.Messages.TextByRef(ctx, tx, ref)
	return t.Message, err
}

func (h *Hooks) reportText(ctx context.Context, tx *db.Tx, id hearth.MessageID, ref string, to channel.TextFate, form url.Values) error {
	_, err := h.Messages.Report(ctx, tx, message.TextReport(id, ref, to, code(form.Get("NumSegments"))))
	return err
}

// code reads a number that may be missing.
func code(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// emptyTwiML answers a text message with nothing: what is said to it goes out like every other message.
const emptyTwiML = `<?xml version="1.0" encoding="UTF-8"?><Response></Response>`

// twilioMessage takes a text message that came in.
func (h *Hooks) twilioMessage(ctx context.Context, _ *http.Request, body []byte) (reply, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return reply{}, hearth.FieldErrorf("body", "The call-back is not a form.")
	}
	in := InboundText{Ref: form.Get("MessageSid"), From: form.Get("From"), To: form.Get("To"), Body: form.Get("Body"),
		Media: code(form.Get("NumMedia")), OptOut: strings.ToUpper(form.Get("OptOutType"))}
	if in.Ref == "" {
		in.Ref = form.Get("SmsMessageSid")
	}
	if in.Ref == "" || in.From == "" {
		return reply{}, hearth.FieldErrorf("From", "The text message names no sender or no number of its own.")
	}
	return reply{contentType: "text/xml; charset=utf-8", body: emptyTwiML}, h.Twilio.Inbound(ctx, in)
}
