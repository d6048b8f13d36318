package hooks

import (
	"context"
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/channel/inbound"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// Mail is what call-backs of a provider of e-mail need. Consent, Records and Keep are required.
type Mail struct {
	Provider string // sendgrid, postmark, ses, mandrill or resend
	Key      string // what its call-backs are signed with; for ses the topic's ARN
	Password string // for those that are not signed
	Consent  *consent.Store
	Records  *record.Store
	// Keep stores a mail that the provider brings.
	Keep func(ctx context.Context, in letterbox.Incoming) (id string, fresh bool, err error)
	// Fetch reads an address of Amazon's notification service: a certificate, or a confirmation. Only ses needs it; it
	// checks nothing, the address was checked before.
	Fetch func(ctx context.Context, url string) ([]byte, error)
	Now   func() time.Time

	certs map[string]*x509.Certificate // by address; guarded by certsMu of Hooks
}

// mailSources lists the call-backs of the provider that is set up. Without what proves them none is listened to.
func (h *Hooks) mailSources() []source {
	events := "/hooks/" + h.Mail.Provider + "/events"
	var all []source
	switch {
	case h.Mail.Provider == "sendgrid" && h.Mail.Key != "":
		all = append(all, source{path: events, limit: 4 << 20, prove: h.proveSendGrid, take: h.taking(sendGridEvents)})
	case h.Mail.Provider == "mandrill" && h.Mail.Key != "":
		all = append(all, source{path: events, limit: 4 << 20, prove: h.proveMandrill, take: h.taking(mandrillEvents)})
	case h.Mail.Provider == "resend" && h.Mail.Key != "":
		all = append(all, source{path: events, prove: h.proveResend, take: h.taking(resendEvents)})
	case h.Mail.Provider == "postmark" && h.Mail.Password != "":
		all = append(all, source{path: events, limit: 4 << 20, admit: h.admitPassword, take: h.taking(postmarkEvents)})
	case h.Mail.Provider == "ses" && h.Mail.Key != "":
		all = append(all, source{path: events, limit: 16 << 20, prove: h.proveSNS, take: h.takeSNS})
	}
	if h.Mail.Provider == "sendgrid" && h.Mail.Password != "" {
		all = append(all, source{path: "/hooks/sendgrid/inbound", limit: 32 << 20, admit: h.admitPassword, take: h.sendGridInbound})
	}
	return all
}

// admitPassword checks the password that stands in the address of a call-back which its provider does not sign.
func (h *Hooks) admitPassword(r *http.Request) error {
	_, given, ok := r.BasicAuth()
	if !ok || subtle.ConstantTimeCompare([]byte(given), []byte(h.Mail.Password)) != 1 {
		return hearth.Errorf(hearth.CodeForbidden, "The call-back carries no password of ours.")
	}
	return nil
}

// fate is what a provider tells of a mail.
type fate string

const (
	fateNone         fate = ""           // nothing that matters
	fateSent         fate = "sent"       // it took the mail
	fateDelivered    fate = "delivered"  // the mailbox has it
	fateHard         fate = "hard"       // the address does not work
	fateSoft         fate = "soft"       // not now, or not this mail
	fateFailed       fate = "failed"     // the provider itself gave it up
	fateComplaint    fate = "complaint"  // marked as unwanted
	fateOpened       fate = "opened"     //
	fateClicked      fate = "clicked"    //
	fateUnsubscribed fate = "no more"    // they ended such mail at the provider
	fateSubscribed   fate = "more again" // and took that back
)

// mailEvent is one thing that a provider tells.
type mailEvent struct {
	fate    fate
	refs    []string // what may name our message: its id, a Message-ID, an address with our proof
	address string   // whom it was for
	code    string
	said    string
	link    string
	at      time.Time
}

// taking makes what takes a call-back out of what reads it: every event of it, in one transaction.
func (h *Hooks) taking(read func(r *http.Request, body []byte) ([]mailEvent, error)) func(context.Context, *http.Request, []byte) (reply, error) {
	return func(ctx context.Context, r *http.Request, body []byte) (reply, error) {
		events, err := read(r, body)
		if err != nil {
			return reply{}, err
		}
		return reply{}, h.takeAll(ctx, events)
	}
}

func (h *Hooks) takeAll(ctx context.Context, events []mailEvent) error {
	events = slices.DeleteFunc(events, func(e mailEvent) bool { return e.fate == fateNone })
	if len(events) == 0 {
		return nil
	}
	return h.DB.Write(ctx, func(tx *db.Tx) error {
		for _, e := range events {
			if err := h.takeMail(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// takeMail acts on one event. One that names no message of ours still stops its address, where somebody on record has it.
func (h *Hooks) takeMail(ctx context.Context, tx *db.Tx, e mailEvent) error {
	id, err := h.mailOf(ctx, tx, e)
	if err != nil {
		return err
	}
	if id == "" {
		return h.takeAddress(ctx, tx, e)
	}
	if e.fate == fateHard || e.fate == fateComplaint {
		m, err := h.Messages.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		if key := record.EmailKey(e.address); key != "" && key != m.AddressKey {
			return h.takeAddress(ctx, tx, e) // another of the mail's recipients
		}
	}
	switch e.fate {
	case fateSent:
		_, err = h.Messages.Report(ctx, tx, message.Report{Message: id, State: message.Sent, At: e.at})
	case fateDelivered:
		_, err = h.Messages.Report(ctx, tx, message.Report{Message: id, State: message.Delivered, At: e.at})
	case fateHard, fateSoft:
		_, err = h.Messages.CameBack(ctx, tx, message.Back{Message: id, Code: e.code, Said: e.said, At: e.at}, e.fate == fateHard)
	case fateFailed:
		_, err = h.Messages.Report(ctx, tx, message.Report{Message: id, State: message.Failed, Code: orNotTold(e.code), Text: e.said, At: e.at})
	case fateComplaint:
		err = h.Messages.Complained(ctx, tx, id, e.at)
	case fateOpened:
		err = h.Messages.Looked(ctx, tx, id, "message.opened", "", e.at)
	case fateClicked:
		err = h.Messages.Looked(ctx, tx, id, "message.clicked", e.link, e.at)
	case fateUnsubscribed, fateSubscribed:
		m, gerr := h.Messages.Get(ctx, tx, id)
		if err = gerr; err == nil {
			err = h.choose(ctx, tx, m.Resident, m.Property, m.AddressKey, e)
		}
	}
	if code := hearth.CodeOf(err); code == hearth.CodeConflict || code == hearth.CodeNotFound {
		return nil // it came in, or was erased: nothing to do, nothing to repeat
	}
	return err
}

func orNotTold(s string) string {
	if s == "" {
		return "not told"
	}
	return s
}

// mailOf finds the message that an event is about; "" if it names none of ours.
func (h *Hooks) mailOf(ctx context.Context, tx *db.Tx, e mailEvent) (hearth.MessageID, error) {
	for _, ref := range e.refs {
		ref = strings.Trim(strings.TrimSpace(ref), "<>")
		if strings.HasPrefix(ref, string(message.Return)+"+") {
			_, id, ok, err := h.Messages.Addressed(ctx, tx, ref)
			if err != nil {
				return "", err
			}
			if !ok {
				continue
			}
			ref = string(id)
		}
		name, _, _ := strings.Cut(ref, "@")
		m, err := h.Messages.Get(ctx, tx, hearth.MessageID(name))
		if err == nil && m.Direction == message.Out && m.Channel == hearth.ChannelEmail {
			return m.ID, nil
		}
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return "", err
		}
	}
	return "", nil
}

// takeAddress acts on what a provider tells of an address alone.
func (h *Hooks) takeAddress(ctx context.Context, tx *db.Tx, e mailEvent) error {
	key := record.EmailKey(e.address)
	switch e.fate {
	case fateHard, fateComplaint, fateUnsubscribed, fateSubscribed:
	default:
		return nil
	}
	who, err := h.Mail.Records.ResidentsByEmail(ctx, tx, key)
	if err != nil || len(who) == 0 {
		return err // nobody of ours
	}
	reason := consent.ReasonBounce
	switch e.fate {
	case fateUnsubscribed, fateSubscribed:
		for _, r := range who {
			if err := h.choose(ctx, tx, r.ID, r.Property, key, e); err != nil {
				return err
			}
		}
		return nil
	case fateComplaint:
		reason = consent.ReasonComplaint
	}
	_, err = h.Mail.Consent.Stop(ctx, tx, consent.Stop{Channel: hearth.ChannelEmail, AddressKey: key, Reason: reason, Evidence: strings.TrimSpace(e.code + " " + e.said),
		Source: h.Mail.Provider, Resident: who[0].ID, Actor: hearth.System("hooks")})
	return err
}

// choose keeps a resident's word about what they may do without, as they gave it at the provider. The same word twice is one.
func (h *Hooks) choose(ctx context.Context, tx *db.Tx, who hearth.ResidentID, at hearth.PropertyID, key string, e mailEvent) error {
	if who == "" {
		return nil
	}
	if e.fate == fateUnsubscribed {
		return h.Messages.StopBy(ctx, tx, message.MailStop{Resident: who, Property: at, AddressKey: key, Evidence: "ended at " + h.Mail.Provider, Source: h.Mail.Provider, At: e.at})
	}
	g := consent.Grant{Channel: hearth.ChannelEmail, AddressKey: key, Purpose: consent.Discretionary, Allowed: true, Resident: who, Property: at,
		Source: h.Mail.Provider, Evidence: "taken back at " + h.Mail.Provider, Actor: hearth.Actor{Kind: "resident", ID: string(who)}, At: e.at}
	return h.Mail.Consent.Set(ctx, tx, g)
}

// bring keeps a mail that a provider brings in.
func (h *Hooks) bring(ctx context.Context, in letterbox.Incoming) error {
	in.Source = h.Mail.Provider
	for i, r := range in.Rcpt {
		in.Rcpt[i] = inbound.Bare(r)
	}
	_, _, err := h.Mail.Keep(ctx, in)
	return err
}

var errNoSNS = errors.New("the address is none of Amazon's notification service")
