package bounce

import (
	"strings"

	"hearth/internal/base/channel/inbound"
)

// daemon tells whether an address belongs to a mail server and not to a person.
func daemon(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	switch local {
	case "mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "mdaemon", "smtp", "mail-delivery", "mailsystem", "bounces", "double-bounce", "microsoftexchange", "mailer", "maildelivery", "mmdf", "uucp":
		return true
	}
	return strings.HasPrefix(local, "mailer-daemon") || strings.HasPrefix(local, "microsoftexchange") || strings.HasPrefix(local, "mdaemon-") || strings.HasPrefix(local, "postmaster")
}

// returnForm is how servers title a mail that came back.
const returnForm = `^(undeliver(ed|able)|returned mail|mail delivery (fail|system|subsystem|error|status)|delivery (status notification|failure|notification|has failed|error|report)|failure notice|mail (system error|could not be delivered|not delivered|undeliverable)|non ?remis|no se puede entregar|unzustellbar|nicht zustellbar|undelivered mail|mail failure|warning: (message|could not send)|message (delivery )?(delayed|failure|undeliverable)|delayed (mail|delivery)|delivery delayed|could not deliver|mensaje no entregado|returned to sender|unable to deliver|rejected( mail)?: |nondeliverable|notification d'état de remise|mail returned|delivery delay|non recapitabile|onbestelbaar)`

// plainBounce takes what a server wrote for people only, as old ones do. Who is away is no server, so a daemon's name and
// words are both needed, or a title that only servers use.
func (c *Classifier) plainBounce(m *inbound.Mail, sender string) (Verdict, bool) {
	from := m.From()
	subject := strings.ToLower(strings.TrimSpace(m.Header.Get("Subject")))
	titled := c.returned.MatchString(subject)
	server := daemon(from) || daemon(inbound.Bare(m.Header.Get("Sender"))) || strings.Contains(strings.ToLower(m.Header.Get("From")), "mail delivery s")
	empty := sender == "" || strings.TrimSpace(m.Header.Get("Return-Path")) == "<>"
	text := strings.ToLower(strings.Join(strings.Fields(reported(m.Text)), " "))
	qmail := strings.Contains(text, "this is the qmail-send program") || strings.Contains(text, "i'm afraid i wasn't able to deliver your message") ||
		strings.HasPrefix(text, "hi. this is the")
	switch {
	case qmail, titled && (server || empty):
		return c.byText(m, "A mail server wrote it"), true
	case !server || c.away(m):
		return Verdict{}, false
	}
	if _, _, said := c.words(text); said || c.warning.MatchString(text) {
		return c.byText(m, "A mail server wrote it"), true
	}
	return Verdict{}, false
}

// away tells whether the mail names itself as somebody's automatic answer.
func (c *Classifier) away(m *inbound.Mail) bool {
	return c.absent.MatchString(strings.ToLower(m.Header.Get("Subject")))
}

// awayForm is how automatic answers are titled, in the languages that residents' programs speak.
const awayForm = `^(auto(matic|mated|matische|matisk|mated)?[- ]?(re(ply|sponse|spond)|antwort|svar|matische antwort)|autoreply|auto:|out of (the )?office|out-of-office|ooo:|on (vacation|holiday|leave)|vacation (reply|response|message)|away from|i am (away|out)|abwesen|respuesta autom|r[ée]ponse autom|risposta autom|automatisch(e|es)? |resposta autom|fuera de (la )?oficina|absence|absent|autosvar|fr[åa]nvaro|out of the|automaattinen|odpowied[źz] automatyczna|自動|自动|automatisk)`

// automatic takes what a machine wrote in somebody's name.
func (c *Classifier) automatic(m *inbound.Mail, _ string) (Verdict, bool) {
	h := m.Header
	if v := strings.ToLower(firstWord(h.Get("Auto-Submitted"))); v != "" && v != "no" {
		return Verdict{Class: Auto, Reason: "The mail says that it was sent by itself (" + v + ")."}, true
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Mail-Autoreply", "X-Vacation", "X-Auto-Response-Suppress", "X-AutoReply-From", "X-Away"} {
		if v := strings.ToLower(strings.TrimSpace(h.Get(name))); h.Has(name) && v != "no" && v != "none" {
			return Verdict{Class: Auto, Reason: "The mail says that it is an automatic answer (" + name + ")."}, true
		}
	}
	switch p := strings.ToLower(strings.TrimSpace(h.Get("Precedence"))); p {
	case "auto_reply", "auto-reply", "bulk", "junk", "list":
		return Verdict{Class: Auto, Reason: "The mail says that no person wrote it (" + p + ")."}, true
	}
	if h.Has("List-Id") || h.Has("List-Unsubscribe") || h.Has("Feedback-ID") {
		return Verdict{Class: Auto, Reason: "The mail came from a mailing list."}, true
	}
	if c.away(m) {
		return Verdict{Class: Auto, Reason: "Its title is that of an automatic answer."}, true
	}
	from, _, _ := strings.Cut(m.From(), "@")
	for _, x := range []string{"noreply", "no-reply", "donotreply", "do-not-reply", "no_reply", "autoreply", "auto-reply", "notification", "notifications"} {
		if from == x || strings.HasPrefix(from, x+"-") || strings.HasPrefix(from, x+"+") || strings.HasPrefix(from, x+"_") {
			return Verdict{Class: Auto, Reason: "Its sender takes no answers."}, true
		}
	}
	if daemon(m.From()) {
		return Verdict{Class: Auto, Reason: "A mail server wrote it, and not about a mail that came back."}, true
	}
	return Verdict{}, false
}

// challengeForm is what programs say that let nobody through without a proof of being a person.
const challengeForm = `(click (on )?(the|this) (link|url)|reply to this (message|e-?mail)|follow (the|this) link|responda a este).{0,200}(deliver|confirm|verif|authoriz|authentic|approved sender|prove|release|entreg)|(confirm|verify) that you (are|sent)|awaiting (your )?(confirmation|verification)|prove (that )?you are (a )?(human|person|not)|one-time (confirmation|verification)|sender (address )?verification|(message|mail) (is|has been) (being )?(held|quarantined).{0,120}(confirm|verif|click|reply)`

const (
	asksForm  = `(confirm|verif|authoriz|awaiting|please respond|challenge|your (e-?mail|message) (to|requires)|action required)`
	askerForm = `(verify|confirm|challenge|tmda|boxtrapper|spamarrest|antispam|no-?reply)`
)

// challenge takes such a program's mail.
func (c *Classifier) challenge(m *inbound.Mail, sender string) (Verdict, bool) {
	h := m.Header
	for _, name := range []string{"X-BoxTrapper", "X-Boxtrapper-Verify", "X-TMDA-Confirm", "X-Delivery-Agent-Challenge", "X-SpamArrest", "X-Challenge", "X-ASK-Challenge"} {
		if h.Has(name) {
			return Verdict{Class: Challenge, Reason: "A program asks us to prove that a person wrote (" + name + ")."}, true
		}
	}
	subject := strings.ToLower(h.Get("Subject"))
	titled := c.asks.MatchString(subject)
	text := strings.ToLower(strings.Join(strings.Fields(m.Text), " "))
	machine := sender == "" || h.Get("Auto-Submitted") != "" || h.Has("X-Auto-Response-Suppress") || h.Get("Precedence") != "" ||
		c.asker.MatchString(m.From())
	if machine && titled && c.challenged.MatchString(text) {
		return Verdict{Class: Challenge, Reason: "A program asks us to prove that a person wrote."}, true
	}
	return Verdict{}, false
}
