// Package bounce tells what a mail that came in is: something that a person wrote, a mail that came back for good or for
// now, a warning that it is late, a complaint, or what a machine answered. It reads the reports of RFC 3464 (delivery),
// RFC 5965 (complaints) and RFC 3834 (automatic answers), and the plain words of servers that know none of them.
//
// It does not decide what follows, and it does not know whether a report is genuine: whoever acts on one looks for the
// token that we gave the mail (act/message).
package bounce

import (
	"regexp"
	"strings"

	"hearth/internal/base/channel/inbound"
)

// Class is what a mail is.
type Class string

// The classes. Only Hard and Complaint say that an address should get no more mail.
const (
	Reply      Class = "reply"      // a person wrote it
	Hard       Class = "hard"       // came back: the address does not exist, or not any more
	Soft       Class = "soft"       // came back: not now, or not this mail
	Delayed    Class = "delayed"    // not there yet; the server goes on trying
	Delivered  Class = "delivered"  // a report that it arrived
	Complaint  Class = "complaint"  // marked as unwanted by whoever got it
	Auto       Class = "auto"       // a machine's answer: away, receipt, newsletter
	Challenge  Class = "challenge"  // a machine asks us to prove that we are people
	Unreadable Class = "unreadable" // nothing of it can be read
)

// Verdict says what a mail is, and why.
type Verdict struct {
	Class  Class
	Code   string // "5.1.1", as far as the report names one
	Reason string // a sentence: by what it was recognised
	// Recipient is whom the report names as not reached, in lower case; "" if it names nobody.
	Recipient string
	// Said is what the other side's server said, in one line, cut. It may name the address: personal, not for logs.
	Said string
}

// maxSaid bounds Said, in bytes.
const maxSaid = 300

// Classifier holds the forms by which mails are told apart. It is safe for concurrent use.
type Classifier struct {
	phrases                                                                         []compiled
	code, warning, final, address, coded, returned, absent, challenged, asks, asker *regexp.Regexp
}

type compiled struct {
	re    *regexp.Regexp
	class Class
	why   string
}

// New makes a classifier.
func New() *Classifier {
	c := &Classifier{code: regexp.MustCompile(codeForm), warning: regexp.MustCompile(warningForm), final: regexp.MustCompile(finalForm),
		address: regexp.MustCompile(addressForm), coded: regexp.MustCompile(`\b[45][0-9]{2}[ -]|` + codeForm), returned: regexp.MustCompile(returnForm),
		absent: regexp.MustCompile(awayForm), challenged: regexp.MustCompile(challengeForm), asks: regexp.MustCompile(asksForm), asker: regexp.MustCompile(askerForm)}
	for _, p := range phrases() {
		c.phrases = append(c.phrases, compiled{regexp.MustCompile(p.form), p.class, p.why})
	}
	return c
}

// Classify tells what a mail is. sender is the envelope's, "" for the empty one.
func (c *Classifier) Classify(m *inbound.Mail, sender string) Verdict {
	for _, look := range []func(*inbound.Mail, string) (Verdict, bool){
		c.unreadable, c.complaint, c.legacyComplaint, c.receipt, c.report, c.brokenReport, c.named, c.challenge, c.plainBounce, c.automatic,
	} {
		if v, ok := look(m, sender); ok {
			v.Said = cut(v.Said)
			return v
		}
	}
	return Verdict{Class: Reply, Reason: "Nothing says that a machine wrote it."}
}

func cut(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxSaid {
		s = strings.ToValidUTF8(s[:maxSaid], "")
	}
	return s
}

func (c *Classifier) unreadable(m *inbound.Mail, _ string) (Verdict, bool) {
	if len(m.Header) == 0 || m.Header.Get("From") == "" && strings.TrimSpace(m.Text) == "" && len(m.Status) == 0 && m.Feedback == nil && len(m.Parts) == 0 {
		return Verdict{Class: Unreadable, Reason: "There is neither a sender nor a text to be read."}, true
	}
	return Verdict{}, false
}

// complaint reads RFC 5965.
func (c *Classifier) complaint(m *inbound.Mail, _ string) (Verdict, bool) {
	if m.Feedback == nil && m.Report != "feedback-report" {
		return Verdict{}, false
	}
	kind := strings.ToLower(m.Feedback.Get("Feedback-Type"))
	switch kind {
	case "not-spam", "auth-failure", "dkim", "dmarc":
		return Verdict{Class: Auto, Reason: "A report of another server that complains of nothing: " + kind + "."}, true
	case "":
		kind = "not told"
	}
	who := m.Feedback.Get("Original-Rcpt-To")
	if who == "" {
		who = m.Original.Get("To")
	}
	return Verdict{Class: Complaint, Recipient: inbound.Bare(who), Reason: "Their mail service reports that the mail was marked as unwanted (" + kind + ")."}, true
}

// legacyComplaint reads the older form of one large service: the mail as it was, in another one from its staff.
func (c *Classifier) legacyComplaint(m *inbound.Mail, _ string) (Verdict, bool) {
	who := m.Original.Get("X-HmXmrOriginalRecipient")
	if who == "" {
		who = m.Header.Get("X-HmXmrOriginalRecipient")
	}
	from, subject := m.From(), strings.ToLower(m.Header.Get("Subject"))
	if who == "" && !(strings.HasPrefix(subject, "complaint about message from") && (strings.HasPrefix(from, "staff@") || strings.HasPrefix(from, "abuse@") || strings.HasPrefix(from, "postmaster@"))) {
		return Verdict{}, false
	}
	return Verdict{Class: Complaint, Recipient: inbound.Bare(who), Reason: "Their mail service reports that the mail was marked as unwanted."}, true
}

// receipt reads RFC 8098: a notice that a mail was shown, or deleted unread, says nothing about the address.
func (c *Classifier) receipt(m *inbound.Mail, _ string) (Verdict, bool) {
	if m.Disposition || m.Report == "disposition-notification" {
		return Verdict{Class: Auto, Reason: "A notice of their mail program that the mail was opened or put away."}, true
	}
	return Verdict{}, false
}

// report reads RFC 3464.
func (c *Classifier) report(m *inbound.Mail, _ string) (Verdict, bool) {
	best, found := Verdict{}, false
	for _, b := range m.Status {
		v, ok := c.recipient(b)
		if ok && (!found || weight(v.Class) > weight(best.Class)) {
			best, found = v, true
		}
	}
	if !found {
		return Verdict{}, false
	}
	if best.Class == Soft && softByDefault(best) {
		// The words for people often say more than a general code.
		if class, why, ok := c.words(m.Text); ok && class == Hard {
			best.Class, best.Reason = class, why
		}
	}
	return best, true
}

func weight(c Class) int {
	switch c {
	case Hard:
		return 4
	case Soft:
		return 3
	case Delayed:
		return 2
	}
	return 1
}

// softByDefault tells whether nothing but a general code spoke.
func softByDefault(v Verdict) bool { return strings.HasPrefix(v.Reason, unclear) }

const unclear = "The report does not say clearly what is wrong"

// recipient reads the block of one recipient.
func (c *Classifier) recipient(b inbound.Fields) (Verdict, bool) {
	action := strings.ToLower(firstWord(b.Get("Action")))
	status := c.codeIn(b.Get("Status"))
	who := afterType(b.Get("Final-Recipient"))
	if o := afterType(b.Get("Original-Recipient")); who == "" || strings.Contains(o, "@") && !strings.Contains(who, "@") {
		who = o
	}
	if action == "" && status == "" {
		return Verdict{}, false
	}
	diag := b.Get("Diagnostic-Code")
	if i := strings.IndexByte(diag, ';'); i >= 0 {
		diag = strings.TrimSpace(diag[i+1:])
	}
	if status == "" || strings.HasSuffix(status, ".0.0") {
		if better := c.codeIn(diag); better != "" {
			status = better
		}
	}
	v := Verdict{Code: status, Recipient: inbound.Bare(who), Said: diag}
	switch {
	case action == "delayed" || action == "" && strings.HasPrefix(status, "4"):
		v.Class, v.Reason = Delayed, "Their server has not taken it yet and is tried again."
	case action == "delivered", action == "relayed", action == "expanded", action == "" && strings.HasPrefix(status, "2"):
		v.Class, v.Reason = Delivered, "Their server reports that it arrived."
	default:
		v.Class, v.Reason = c.judge(status, diag)
	}
	return v, true
}

func firstWord(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return strings.Trim(f[0], ";,.")
	}
	return ""
}

// afterType gives the address behind "rfc822;".
func afterType(s string) string {
	if _, after, ok := strings.Cut(s, ";"); ok {
		return strings.TrimSpace(after)
	}
	return strings.TrimSpace(s)
}

// brokenReport takes what calls itself a delivery report, but whose machine-readable part is missing or damaged.
func (c *Classifier) brokenReport(m *inbound.Mail, _ string) (Verdict, bool) {
	if m.Report != "delivery-status" {
		return Verdict{}, false
	}
	v := c.byText(m, "A delivery report whose machine-readable part cannot be read")
	return v, true
}

// named takes mails in which a server names the recipients that failed, as Exim does.
func (c *Classifier) named(m *inbound.Mail, _ string) (Verdict, bool) {
	who := m.Header.Get("X-Failed-Recipients")
	if who == "" {
		return Verdict{}, false
	}
	v := c.byText(m, "The mail names the recipients that were not reached")
	if v.Recipient == "" {
		v.Recipient = inbound.Bare(who)
	}
	return v, true
}
