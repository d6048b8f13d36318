package hooks

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message/letterbox"
)

// proveSendGrid checks the signature: ECDSA over the time and the body, under the verification key of the account.
func (h *Hooks) proveSendGrid(r *http.Request, body []byte) error {
	raw, err := base64.StdEncoding.DecodeString(h.Mail.Key)
	if err != nil {
		return hearth.Errorf(hearth.CodeForbidden, "The setting mail-hook-key holds no verification key.")
	}
	pub, err := x509.ParsePKIXPublicKey(raw)
	key, ok := pub.(*ecdsa.PublicKey)
	if err != nil || !ok {
		return hearth.Errorf(hearth.CodeForbidden, "The setting mail-hook-key holds no verification key.")
	}
	sig, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Twilio-Email-Event-Webhook-Signature"))
	sum := sha256.Sum256(append([]byte(r.Header.Get("X-Twilio-Email-Event-Webhook-Timestamp")), body...))
	if err != nil || !ecdsa.VerifyASN1(key, sum[:], sig) {
		return hearth.Errorf(hearth.CodeForbidden, "The call-back carries no signature of ours.")
	}
	return nil
}

// sendGridEvents reads a list of events.
func sendGridEvents(_ *http.Request, body []byte) ([]mailEvent, error) {
	var all []struct {
		Event, Email, Reason, Status, Type, URL, Response, Hearth string
		SMTPID                                                    string `json:"smtp-id"`
		Timestamp                                                 int64
	}
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, hearth.FieldErrorf("body", "The call-back is not a list of events.")
	}
	out := make([]mailEvent, len(all))
	for i, x := range all {
		e := mailEvent{refs: []string{x.Hearth, x.SMTPID}, address: x.Email, code: x.Status, said: x.Reason, link: x.URL, at: time.Unix(x.Timestamp, 0).UTC()}
		switch x.Event {
		case "processed":
			e.fate = fateSent
		case "delivered":
			e.fate = fateDelivered
		case "bounce":
			e.fate = fateHard
			if x.Type == "blocked" || strings.HasPrefix(x.Status, "4") {
				e.fate = fateSoft
			}
		case "dropped":
			e.fate = droppedBySendGrid(x.Reason)
		case "spamreport":
			e.fate = fateComplaint
		case "unsubscribe", "group_unsubscribe":
			e.fate = fateUnsubscribed
		case "group_resubscribe":
			e.fate = fateSubscribed
		case "open":
			e.fate = fateOpened
		case "click":
			e.fate = fateClicked
		}
		out[i] = e
	}
	return out, nil
}

// droppedBySendGrid says what it means that the provider did not even try.
func droppedBySendGrid(reason string) fate {
	switch r := strings.ToLower(reason); {
	case strings.Contains(r, "bounced"), strings.Contains(r, "invalid"):
		return fateHard
	case strings.Contains(r, "spam report"):
		return fateComplaint
	case strings.Contains(r, "unsubscribed"):
		return fateFailed // they told the provider before; the message did not go
	}
	return fateFailed
}

// sendGridInbound takes a mail: as it came, where the provider is set to pass it on so, else in its parts.
func (h *Hooks) sendGridInbound(ctx context.Context, r *http.Request, body []byte) (reply, error) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return reply{}, hearth.FieldErrorf("body", "The call-back is not a form of several parts.")
	}
	form := map[string]string{}
	parts := multipart.NewReader(strings.NewReader(string(body)), params["boundary"])
	for {
		p, err := parts.NextPart()
		if err == io.EOF { //nolint:errorlint // the reader gives it bare
			break
		}
		if err != nil {
			return reply{}, hearth.FieldErrorf("body", "The form ends before its end.")
		}
		if p.FileName() != "" {
			continue // files come along only in the mail as it came; see docs/mail.md
		}
		b, err := io.ReadAll(io.LimitReader(p, letterbox.MaxBytes))
		if err != nil {
			return reply{}, hearth.FieldErrorf("body", "The form ends before its end.")
		}
		form[p.FormName()] = string(b)
	}
	var envelope struct {
		To   []string
		From string
	}
	if err := json.Unmarshal([]byte(form["envelope"]), &envelope); err != nil || len(envelope.To) == 0 {
		return reply{}, hearth.FieldErrorf("envelope", "The call-back names nobody whom the mail is for.")
	}
	raw := form["email"]
	if raw == "" {
		raw = mailOfParts(form)
	}
	return reply{}, h.bring(ctx, letterbox.Incoming{Sender: envelope.From, Rcpt: envelope.To, Raw: []byte(raw)})
}

// mailOfParts makes a mail again of what the provider has taken apart: its header as it was, but for what described the parts.
func mailOfParts(form map[string]string) string {
	var b strings.Builder
	skip := false
	for line := range strings.SplitSeq(strings.ReplaceAll(form["headers"], "\r\n", "\n"), "\n") {
		if line == "" {
			continue
		}
		if line[0] != ' ' && line[0] != '\t' {
			low := strings.ToLower(line)
			skip = strings.HasPrefix(low, "content-") || strings.HasPrefix(low, "mime-version:")
		}
		if !skip {
			b.WriteString(line + "\r\n")
		}
	}
	kind, text := "text/plain", form["text"]
	if strings.TrimSpace(text) == "" {
		kind, text = "text/html", form["html"]
	}
	fmt.Fprintf(&b, "MIME-Version: 1.0\r\nContent-Type: %s; charset=utf-8\r\n\r\n%s", kind, text)
	return b.String()
}
