package hooks

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the provider signs so
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hearth"
)

// ourMark finds the number of the message. It goes as a header, whose name is written with capitals on the way, and may come back so.
func ourMark(m map[string]string) string {
	for name, v := range m {
		if strings.EqualFold(name, "hearth") {
			return v
		}
	}
	return ""
}

// postmarkEvents reads one record.
func postmarkEvents(_ *http.Request, body []byte) ([]mailEvent, error) {
	var x struct {
		RecordType, Type, Email, Recipient, Details, Description, OriginalLink, SuppressionReason string
		SuppressSending                                                                           bool
		Metadata                                                                                  map[string]string
		BouncedAt, DeliveredAt, ReceivedAt, ChangedAt                                             string
	}
	if err := json.Unmarshal(body, &x); err != nil || x.RecordType == "" {
		return nil, hearth.FieldErrorf("body", "The call-back is no record.")
	}
	e := mailEvent{refs: []string{ourMark(x.Metadata)}, address: x.Email + x.Recipient, said: x.Details, link: x.OriginalLink,
		at: firstTime(x.BouncedAt, x.DeliveredAt, x.ReceivedAt, x.ChangedAt)}
	if e.said == "" {
		e.said = x.Description
	}
	switch x.RecordType {
	case "Delivery":
		e.fate = fateDelivered
	case "Open":
		e.fate = fateOpened
	case "Click":
		e.fate = fateClicked
	case "SpamComplaint":
		e.fate = fateComplaint
	case "Bounce":
		e.code, e.fate = x.Type, bounceOfPostmark(x.Type)
	case "SubscriptionChange":
		switch {
		case !x.SuppressSending:
			e.fate = fateSubscribed
		case x.SuppressionReason == "HardBounce":
			e.fate = fateHard
		case x.SuppressionReason == "SpamComplaint":
			e.fate = fateComplaint
		default:
			e.fate = fateUnsubscribed
		}
	}
	return []mailEvent{e}, nil
}

func bounceOfPostmark(kind string) fate {
	switch kind {
	case "HardBounce", "BadEmailAddress":
		return fateHard
	case "SpamComplaint":
		return fateComplaint
	case "Unsubscribe":
		return fateUnsubscribed
	case "Subscribe", "OpenRelayTest", "VirusNotification", "AutoResponder", "AddressChange", "ChallengeVerification", "Unconfirmed":
		return fateNone
	}
	return fateSoft
}

// firstTime reads the first time that is given.
func firstTime(all ...string) time.Time {
	for _, s := range all {
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// proveMandrill checks X-Mandrill-Signature: base64 of HMAC-SHA1, under the webhook's key, over the address that was called and
// the form's fields, sorted.
func (h *Hooks) proveMandrill(r *http.Request, body []byte) error {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return hearth.FieldErrorf("body", "The call-back is not a form.")
	}
	given, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Mandrill-Signature"))
	if err != nil || len(given) != sha1.Size {
		return hearth.Errorf(hearth.CodeForbidden, "The call-back carries no signature of ours.")
	}
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	mac := hmac.New(sha1.New, []byte(h.Mail.Key))
	io.WriteString(mac, h.BaseURL+r.URL.RequestURI())
	for _, name := range names {
		io.WriteString(mac, name+form.Get(name))
	}
	if !hmac.Equal(given, mac.Sum(nil)) {
		return hearth.Errorf(hearth.CodeForbidden, "The signature does not fit: check the key and the setting base-url.")
	}
	return nil
}

// mandrillEvents reads the list in the form.
func mandrillEvents(_ *http.Request, body []byte) ([]mailEvent, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, hearth.FieldErrorf("body", "The call-back is not a form.")
	}
	var all []struct {
		Event, Type, Action, URL string
		TS                       int64
		Msg                      struct {
			Email, Diag, Sender string
			BounceDescription   string          `json:"bounce_description"`
			Metadata            json.RawMessage // an object; an empty list where there is none
		}
		Reject struct{ Email, Reason string }
	}
	if err := json.Unmarshal([]byte(form.Get("mandrill_events")), &all); err != nil {
		return nil, hearth.FieldErrorf("mandrill_events", "The call-back is not a list of events.")
	}
	out := make([]mailEvent, len(all))
	for i, x := range all {
		var meta struct{ Hearth string }
		if json.Unmarshal(x.Msg.Metadata, &meta) != nil {
			meta.Hearth = ""
		}
		e := mailEvent{refs: []string{meta.Hearth, x.Msg.Sender}, address: x.Msg.Email, code: x.Msg.BounceDescription, said: x.Msg.Diag, link: x.URL}
		if x.TS > 0 {
			e.at = time.Unix(x.TS, 0).UTC()
		}
		switch x.Event {
		case "send":
			e.fate = fateSent
		case "delivered":
			e.fate = fateDelivered
		case "hard_bounce":
			e.fate = fateHard
		case "soft_bounce":
			e.fate = fateSoft
		case "spam":
			e.fate = fateComplaint
		case "unsub":
			e.fate = fateUnsubscribed
		case "reject":
			e.fate = fateFailed
		case "open":
			e.fate = fateOpened
		case "click":
			e.fate = fateClicked
		case "":
			// The provider's own list of addresses changed by hand: what it holds back was told with its cause before.
			e.fate = fateNone
		}
		out[i] = e
	}
	return out, nil
}

// resendWithin is how old a signed call-back may be, or how far ahead its clock.
const resendWithin = 5 * time.Minute

// proveResend checks the signature of Svix, which the provider uses: HMAC-SHA256 over number, time and body.
func (h *Hooks) proveResend(r *http.Request, body []byte) error {
	id, at := r.Header.Get("Svix-Id"), r.Header.Get("Svix-Timestamp")
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.Mail.Key, "whsec_"))
	if err != nil {
		return hearth.Errorf(hearth.CodeForbidden, "The setting mail-hook-key holds no signing secret.")
	}
	sec, err := strconv.ParseInt(at, 10, 64)
	if err != nil || h.Mail.Now().Sub(time.Unix(sec, 0)).Abs() > resendWithin {
		return hearth.Errorf(hearth.CodeForbidden, "The call-back is too old, or the clocks differ.")
	}
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, id+"."+at+".")
	mac.Write(body)
	want := mac.Sum(nil)
	for _, one := range strings.Fields(r.Header.Get("Svix-Signature")) {
		version, sig, _ := strings.Cut(one, ",")
		given, err := base64.StdEncoding.DecodeString(sig)
		if version == "v1" && err == nil && hmac.Equal(given, want) {
			return nil
		}
	}
	return hearth.Errorf(hearth.CodeForbidden, "The call-back carries no signature of ours.")
}

// resendEvents reads one event.
func resendEvents(_ *http.Request, body []byte) ([]mailEvent, error) {
	var x struct {
		Type      string
		CreatedAt string `json:"created_at"`
		Data      struct {
			To        []string
			MessageID string `json:"message_id"`
			Headers   []struct{ Name, Value string }
			Bounce    struct{ Message, Type, SubType string }
			Click     struct{ Link string }
		}
	}
	if err := json.Unmarshal(body, &x); err != nil || x.Type == "" {
		return nil, hearth.FieldErrorf("body", "The call-back is no event.")
	}
	e := mailEvent{refs: []string{x.Data.MessageID}, said: x.Data.Bounce.Message, code: x.Data.Bounce.Type, link: x.Data.Click.Link, at: firstTime(x.CreatedAt)}
	for _, f := range x.Data.Headers {
		if strings.EqualFold(f.Name, "Message-ID") || strings.EqualFold(f.Name, "Return-Path") {
			e.refs = append(e.refs, f.Value)
		}
	}
	if len(x.Data.To) > 0 {
		e.address = x.Data.To[0]
	}
	switch x.Type {
	case "email.sent":
		e.fate = fateSent
	case "email.delivered":
		e.fate = fateDelivered
	case "email.bounced", "email.suppressed":
		e.fate = fateHard
		if x.Data.Bounce.Type == "Transient" || x.Data.Bounce.Type == "Undetermined" {
			e.fate = fateSoft
		}
	case "email.complained":
		e.fate = fateComplaint
	case "email.failed":
		e.fate = fateFailed
	case "email.opened":
		e.fate = fateOpened
	case "email.clicked":
		e.fate = fateClicked
	}
	return []mailEvent{e}, nil
}
