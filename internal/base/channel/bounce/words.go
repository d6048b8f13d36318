package bounce

import (
	"strings"

	"hearth/internal/base/channel/inbound"
)

// codeForm finds an enhanced status code, as RFC 3463 writes it.
const codeForm = `(?:^|[^0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^0-9.]|\.?\s|\.?$)`

func (c *Classifier) codeIn(s string) string {
	if m := c.code.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}

// judge weighs the words and the code of a failure. What is not clearly about the address counts as soft: an address that is
// stopped by mistake loses every message, one that is tried again costs one.
func (c *Classifier) judge(status, said string) (Class, string) {
	if class, why, ok := c.words(said); ok {
		return class, why
	}
	class, subject := "", status
	if i := strings.IndexByte(status, '.'); i > 0 {
		class, subject = status[:i], status[i+1:]
	}
	if class == "4" {
		return Soft, "Their server could not take it within its time (" + status + ")."
	}
	switch subject {
	case "1.1", "1.2", "1.3", "1.6", "1.10":
		return Hard, "Their server says that the address does not exist (" + status + ")."
	case "2.1":
		return Hard, "Their server says that the mailbox is closed (" + status + ")."
	case "4.4":
		return Hard, "No server takes mail for the address's domain (" + status + ")."
	case "2.2":
		return Soft, "The mailbox is full (" + status + ")."
	}
	switch {
	case strings.HasPrefix(subject, "7."):
		return Soft, "Their server refuses mail like this; the address may be right (" + status + ")."
	case strings.HasPrefix(subject, "3."), strings.HasPrefix(subject, "4."), strings.HasPrefix(subject, "5."), strings.HasPrefix(subject, "6."):
		return Soft, "Their server or the way to it failed (" + status + ")."
	}
	if status == "" {
		return Soft, unclear + "."
	}
	return Soft, unclear + " (" + status + ")."
}

// phrase is what servers say, and what it means. Those that come first win.
type phrase struct {
	form  string
	class Class
	why   string
}

// phrases are in the order in which they count: what is only for now goes before what sounds final, since a server that says
// "mailbox full" may say "unavailable" beside it.
func phrases() []phrase {
	return []phrase{
		{`(mail ?box|quota|inbox|storage|account).{0,40}(is |are |has )?(full|exceeded|over)|over ?quota|exceeded (storage|.{0,20}quota)|insufficient (system )?(storage|disk)|out of storage|quota exceeded|buz[oó]n.{0,30}lleno|disk full|speicherplatz`,
			Soft, "The mailbox is full."},
		{`message (size|is too large|too (big|large))|size limit|exceeds .{0,30}size`, Soft, "The mail was too large for them."},
		{`grey ?list|try again later|temporar(y|ily)|too many (connections|messages)|rate limit|throttl|unusual rate|service (not |un)available|receiving mail (too quickly|at a rate)|\b421\b`,
			Soft, "Their server did not take it at the time."},
		{`spam|block ?list|black ?list|blocked|reputation|dmarc|\bspf\b|dkim|unauthenticated|policy (reasons|violation|rejection)|\bvirus|content (rejected|filter)|message (was |has been )?(rejected|refused) (by|due to) (policy|content)|banned|spamhaus|not authori[sz]ed to send|bounce address .{0,20}(tag|sign)`,
			Soft, "Their server refuses mail like this; the address may be right."},
		{`loop|too many hops|hop count|maximum forwarding`, Soft, "The mail went round in circles on their side."},
		{`(user|recipient|mailbox|address|account|addressee|destinatario|empf[aä]nger|benutzer|utilisateur|usuario|adresse|cuenta).{0,70}(unknown|not (be )?(found|known|exist|valid|listed|located|recognized)|does(n't| not) (exist|have)|no longer|invalid|unbekannt|inconnue?|desconocid|no existe|n'existe|nicht (gefunden|bekannt|vorhanden)|disabled|deactivated|inactive|suspended|discontinued|closed|rejected: undeliverable|expired)`,
			Hard, "Their server says that the address does not exist."},
		{`(unknown|no such|invalid|nonexistent|non-existent|inactive|disabled|undeliverable|unrouteable|unroutable|bad|wrong) (local )?(destination |mail )?(user|recipient|mailbox|address|account|addressee|email)`,
			Hard, "Their server says that the address does not exist."},
		{`no (such )?(mailbox|user|person|account|recipient) (here|by that name|with that name|at this|exists)|no mailbox here|not our customer|is not (a valid|known)|couldn't be (found|delivered to)|wasn't found|address (couldn't|could not) be found|can(no|')t find (the )?(address|user)|undeliverable address|relaying denied for unknown|list unknown|desconocido|a été supprimé`,
			Hard, "Their server says that the address does not exist."},
		{`(host|domain)( name)?( |, )?.{0,60}(not found|unknown|does(n't| not) exist|could not be found|can(no|')t be (found|resolved))|(host|domain) unknown|name service error.{0,120}(not found|type=(mx|a))|no mx (record|or a)|cannot find (any|your) (mx|dns)|nxdomain|couldn't find any host|dominio .{0,30}no existe|illegal host|host or domain name not found|all relevant mx records point to non-existent hosts|null mx|does not accept mail|unrouteable`,
			Hard, "No server takes mail for the address's domain."},
		{`moved (and )?(left )?no (forwarding )?address|left the (company|organi[sz]ation).{0,40}(undeliver|not deliver)`, Hard, "The address is no longer used."},
		{`(retry|message) (timeout|expired)|connection (timed out|refused|reset|died)|no route to host|(could not|unable to|couldn't|wasn't able to) (connect|establish)|timed out|timeout|delivery time expired|lost connection|network (error|unreachable)|undelivered for|has been in the queue too long|i'm not going to try again|didn't respond|bad connection`,
			Soft, "Their server was not reached within the time."},
	}
}

// words finds what a server's words mean. ok is false where they mean nothing known.
func (c *Classifier) words(said string) (Class, string, bool) {
	s := strings.ToLower(strings.Join(strings.Fields(said), " "))
	if s == "" {
		return "", "", false
	}
	for _, p := range c.phrases {
		if p.re.MatchString(s) {
			return p.class, p.why, true
		}
	}
	return "", "", false
}

// warning finds a mail that says that nothing is lost yet.
const warningForm = `(delayed|has not (yet )?been delivered|not yet been delivered|delivery (is )?delayed|will (keep|continue) (trying|to (try|be retried))|warning message only|you do not need to (resend|take any action)|do not need to resend|transient non-fatal|still trying|delivery attempts will continue|se seguir[aá] intentando|wird weiterhin versucht|no action is required on your part|tried again|could not be delivered for the last)`

const finalForm = `(permanent(ly)? (fail|error|fatal)|giving up|i've given up|has been returned|undeliverable|could not be delivered to one or more|delivery to the following recipients failed|i wasn't able to deliver|permanent error|fehlgeschlagen|delivery has failed)`

// byText judges a failure by its words for people. by says how it was recognised.
func (c *Classifier) byText(m *inbound.Mail, by string) Verdict {
	text := reported(m.Text)
	head := strings.ToLower(m.Header.Get("Subject"))
	v := Verdict{Code: c.codeIn(text), Recipient: c.addressIn(text), Said: c.lineWithCode(text)}
	low := strings.ToLower(strings.Join(strings.Fields(text), " "))
	if c.warning.MatchString(head) || c.warning.MatchString(low) && !c.final.MatchString(head+" "+low) {
		v.Class, v.Reason = Delayed, by+"; it says that delivery goes on."
		return v
	}
	if class, why, ok := c.words(text); ok {
		v.Class, v.Reason = class, by+": "+why
		return v
	}
	class, why := c.judge(v.Code, "")
	v.Class, v.Reason = class, by+". "+why
	return v
}

// reported cuts off the copy of the mail that came back: its own words must not be taken for the server's.
func reported(text string) string {
	low := strings.ToLower(text)
	for _, mark := range []string{"--- below this line is a copy of the message", "this is a copy of the message", "------ this is a copy", "----- original message", "-----original message",
		"----- message header follows", "--- the header of the original", "the original message was received at nothing", "--- returned message ---", "original message headers", "----- unsent message follows", "---- unsent message below", "original message follows"} {
		if i := strings.Index(low, mark); i > 0 {
			text, low = text[:i], low[:i]
		}
	}
	if len(text) > 8<<10 {
		text = strings.ToValidUTF8(text[:8<<10], "")
	}
	return text
}

const addressForm = `[A-Za-z0-9._%+=-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`

// addressIn gives the address that the words for people name first and that is no daemon's.
func (c *Classifier) addressIn(text string) string {
	for _, a := range c.address.FindAllString(text, 10) {
		a = strings.ToLower(a)
		if !daemon(a) {
			return a
		}
	}
	return ""
}

// lineWithCode gives the line in which the server is quoted.
func (c *Classifier) lineWithCode(text string) string {
	for l := range strings.SplitSeq(text, "\n") {
		if c.coded.MatchString(l) {
			return strings.TrimSpace(l)
		}
	}
	return ""
}
