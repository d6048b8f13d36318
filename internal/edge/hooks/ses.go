package hooks

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the older of the provider's two signatures
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"hearth"
	"hearth/internal/act/message/letterbox"
)

// notification is what Amazon's notification service posts.
type notification struct {
	Type, MessageId, TopicArn, Subject, Message, Timestamp, Token, SubscribeURL string //nolint:revive // the provider's names
	SignatureVersion, Signature, SigningCertURL                                 string
}

func readSNS(body []byte) (notification, error) {
	var n notification
	if err := json.Unmarshal(body, &n); err != nil || n.Type == "" {
		return n, hearth.FieldErrorf("body", "The call-back is no notification.")
	}
	return n, nil
}

// text is what is signed: names and values, each on a line of its own, in the provider's order.
func (n notification) text() string {
	var b strings.Builder
	add := func(name, value string) { b.WriteString(name + "\n" + value + "\n") }
	add("Message", n.Message)
	add("MessageId", n.MessageId)
	if n.Type == "Notification" {
		if n.Subject != "" {
			add("Subject", n.Subject)
		}
	} else {
		add("SubscribeURL", n.SubscribeURL)
	}
	add("Timestamp", n.Timestamp)
	if n.Type != "Notification" {
		add("Token", n.Token)
	}
	add("TopicArn", n.TopicArn)
	add("Type", n.Type)
	return b.String()
}

// proveSNS checks topic and signature. The certificate is taken from the provider's own hosts and from nowhere else.
func (h *Hooks) proveSNS(r *http.Request, body []byte) error {
	n, err := readSNS(body)
	if err != nil {
		return err
	}
	if n.TopicArn != h.Mail.Key {
		return hearth.Errorf(hearth.CodeForbidden, "The notification is of another topic.")
	}
	cert, err := h.certificate(r.Context(), n.SigningCertURL)
	if err != nil {
		return err
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	sig, derr := base64.StdEncoding.DecodeString(n.Signature)
	if !ok || derr != nil {
		return hearth.Errorf(hearth.CodeForbidden, "The call-back carries no signature of the provider.")
	}
	if n.SignatureVersion == "2" {
		sum := sha256.Sum256([]byte(n.text()))
		err = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig)
	} else {
		sum := sha1.Sum([]byte(n.text())) //nolint:gosec // as the provider signs
		err = rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], sig)
	}
	if err != nil {
		return hearth.Errorf(hearth.CodeForbidden, "The call-back carries no signature of the provider.")
	}
	return nil
}

// certificate gives the provider's certificate, fetched once.
func (h *Hooks) certificate(ctx context.Context, address string) (*x509.Certificate, error) {
	if err := ofSNS(address); err != nil {
		return nil, err
	}
	h.certsMu.Lock()
	defer h.certsMu.Unlock()
	if c := h.Mail.certs[address]; c != nil {
		return c, nil
	}
	raw, err := h.Mail.Fetch(ctx, address)
	if err != nil {
		return nil, hearth.Errorf(hearth.CodeUnavailable, "The provider's certificate cannot be read now: %w.", err)
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, hearth.Errorf(hearth.CodeForbidden, "The provider's certificate is none.")
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, hearth.Errorf(hearth.CodeForbidden, "The provider's certificate is none.")
	}
	if h.Mail.certs == nil || len(h.Mail.certs) > 20 {
		h.Mail.certs = map[string]*x509.Certificate{}
	}
	h.Mail.certs[address] = c
	return c, nil
}

// ofSNS checks that an address is one of Amazon's notification service.
func ofSNS(address string) error {
	u, err := url.Parse(address)
	if err == nil && u.Scheme == "https" && u.Port() == "" && u.User == nil {
		// sns.REGION.amazonaws.com, and nothing between: other services of the house serve what strangers put there.
		region, ours := strings.CutPrefix(strings.TrimSuffix(u.Hostname(), ".cn"), "sns.")
		region, amazon := strings.CutSuffix(region, ".amazonaws.com")
		if ours && amazon && strings.Contains(region, "-") && !strings.Contains(region, ".") {
			return nil
		}
	}
	return hearth.Errorf(hearth.CodeForbidden, "The call-back is not the provider's: %w.", errNoSNS)
}

// takeSNS takes a notification, or confirms that we want them.
func (h *Hooks) takeSNS(ctx context.Context, _ *http.Request, body []byte) (reply, error) {
	n, err := readSNS(body)
	if err != nil {
		return reply{}, err
	}
	switch n.Type {
	case "SubscriptionConfirmation":
		if err := ofSNS(n.SubscribeURL); err != nil {
			return reply{}, err
		}
		if _, err := h.Mail.Fetch(ctx, n.SubscribeURL); err != nil {
			return reply{}, hearth.Errorf(hearth.CodeUnavailable, "The subscription cannot be confirmed now: %w.", err)
		}
		return reply{}, nil
	case "Notification":
	default:
		return reply{}, nil
	}
	return reply{}, h.takeSES(ctx, []byte(n.Message))
}

// sesNotice is one notice about a mail. Some begin with eventType, some with notificationType.
type sesNotice struct {
	EventType, NotificationType string
	Content                     string // of a mail that came in
	Mail                        struct {
		Source      string
		Destination []string
		Headers     []struct{ Name, Value string }
		Common      struct{ MessageID string } `json:"commonHeaders"`
		Tags        map[string][]string
	}
	Receipt struct {
		Recipients []string
		Action     struct{ Encoding string }
	}
	Bounce struct {
		BounceType, BounceSubType, Timestamp string
		BouncedRecipients                    []sesRecipient
	}
	Complaint struct {
		Timestamp             string
		ComplaintSubType      string
		ComplainedRecipients  []sesRecipient
		ComplaintFeedbackType string
	}
	Delivery struct {
		Timestamp  string
		Recipients []string
	}
	Reject  struct{ Reason string }
	Failure struct{ ErrorMessage string }
	Click   struct{ Link, Timestamp string }
	Open    struct{ Timestamp string }
}

type sesRecipient struct{ EmailAddress, Status, DiagnosticCode string }

// takeSES takes one notice. A text that is none, such as the provider's greeting, is passed over.
func (h *Hooks) takeSES(ctx context.Context, text []byte) error {
	var x sesNotice
	if json.Unmarshal(text, &x) != nil {
		return nil //nolint:nilerr // a greeting of the provider's, in words
	}
	if x.NotificationType == "Received" {
		raw := []byte(x.Content)
		if strings.EqualFold(x.Receipt.Action.Encoding, "BASE64") {
			var err error
			if raw, err = base64.StdEncoding.DecodeString(x.Content); err != nil {
				return hearth.FieldErrorf("content", "The mail that came in is damaged.")
			}
		}
		return h.bring(ctx, letterbox.Incoming{Sender: x.Mail.Source, Rcpt: x.Receipt.Recipients, Raw: raw})
	}
	return h.takeAll(ctx, x.events())
}

// events gives what a notice tells of each recipient.
func (x sesNotice) events() []mailEvent {
	e := mailEvent{refs: append([]string{x.Mail.Source}, x.Mail.Tags["hearth"]...)}
	e.refs = append(e.refs, x.Mail.Common.MessageID)
	for _, f := range x.Mail.Headers {
		if strings.EqualFold(f.Name, "Message-ID") {
			e.refs = append(e.refs, f.Value)
		}
	}
	if len(x.Mail.Destination) > 0 {
		e.address = x.Mail.Destination[0]
	}
	each := func(all []sesRecipient, f fate, code string) (out []mailEvent) {
		for _, r := range all {
			one := e
			one.fate, one.address, one.code, one.said = f, r.EmailAddress, code, r.DiagnosticCode
			if r.Status != "" {
				one.code = r.Status
			}
			out = append(out, one)
		}
		return out
	}
	switch x.EventType + x.NotificationType {
	case "Bounce":
		e.at = firstTime(x.Bounce.Timestamp)
		f := fateSoft
		if x.Bounce.BounceType == "Permanent" {
			f = fateHard
		}
		return each(x.Bounce.BouncedRecipients, f, fmt.Sprintf("%s %s", x.Bounce.BounceType, x.Bounce.BounceSubType))
	case "Complaint":
		e.at = firstTime(x.Complaint.Timestamp)
		if x.Complaint.ComplaintFeedbackType == "not-spam" {
			return nil
		}
		return each(x.Complaint.ComplainedRecipients, fateComplaint, x.Complaint.ComplaintFeedbackType)
	case "Delivery":
		e.fate, e.at = fateDelivered, firstTime(x.Delivery.Timestamp)
	case "Send":
		e.fate = fateSent
	case "Reject":
		e.fate, e.code = fateFailed, x.Reject.Reason
	case "Rendering Failure":
		e.fate, e.code = fateFailed, "rendering failed"
	case "Open":
		e.fate, e.at = fateOpened, firstTime(x.Open.Timestamp)
	case "Click":
		e.fate, e.link, e.at = fateClicked, x.Click.Link, firstTime(x.Click.Timestamp)
	}
	return []mailEvent{e}
}
