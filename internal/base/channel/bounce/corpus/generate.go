package corpus

import (
	"encoding/base64"
	"fmt"
	"strings"

	"hearth/internal/base/channel/bounce"
)

// fault is a way to fail, as servers say it.
type fault struct {
	class  bounce.Class
	status string
	said   string
}

func faults() []fault {
	return []fault{
		{bounce.Hard, "5.1.1", "550 5.1.1 <{{rcpt}}>: Recipient address rejected: User unknown"},
		{bounce.Hard, "5.1.1", "550 5.1.1 unknown or illegal alias: {{rcpt}}"},
		{bounce.Hard, "5.0.0", "550 No such user here"},
		{bounce.Hard, "5.2.1", "550 5.2.1 The email account that you tried to reach is disabled."},
		{bounce.Hard, "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"},
		{bounce.Hard, "5.4.1", "550 5.4.1 Recipient address rejected: address does not exist. AS(201806281)"},
		{bounce.Hard, "5.1.2", "553 5.1.2 Host unknown (Name server: hmoe.example: host not found)"},
		{bounce.Hard, "5.5.0", "550 Requested action not taken: mailbox unavailable, no mailbox by that name here: unknown recipient"},
		{bounce.Hard, "5.1.6", "551 5.1.6 Recipient no longer on server: has moved and left no forwarding address"},
		{bounce.Soft, "5.2.2", "552 5.2.2 Mailbox full"},
		{bounce.Soft, "4.2.2", "452 4.2.2 The email account that you tried to reach is over quota"},
		{bounce.Soft, "5.3.4", "552 5.3.4 Message size exceeds fixed limit"},
		{bounce.Soft, "5.7.1", "550 5.7.1 Message rejected as spam by Content Filtering."},
		{bounce.Soft, "5.7.1", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.example"},
		{bounce.Soft, "4.4.7", "delivery time expired"},
		{bounce.Soft, "5.4.6", "554 5.4.6 Too many hops"},
		{bounce.Soft, "4.7.0", "421 4.7.0 Try again later, closing connection."},
	}
}

// shape writes a failure as one kind of server does.
type shape struct {
	name string
	make func(f fault) string
}

func shapes() []shape {
	report := func(from, subject, intro, more string) func(fault) string {
		return func(f fault) string {
			return "Return-Path: <>\nFrom: " + from + "\nTo: {{to}}\nSubject: " + subject + "\nDate: Tue, 3 Mar 2026 14:15:00 +0000\nMIME-Version: 1.0\n" +
				"Auto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"=_b\"\n\n--=_b\nContent-Type: text/plain\n\n" +
				fmt.Sprintf(intro, f.said) + "\n\n--=_b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.home.example\n\nFinal-Recipient: rfc822; {{rcpt}}\n" +
				"Action: failed\nStatus: " + f.status + "\nDiagnostic-Code: smtp; " + f.said + "\n" + more + "\n--=_b\nContent-Type: message/rfc822\n\nReturn-Path: <{{to}}>\n" +
				"To: {{rcpt}}\nMessage-ID: <{{id}}>\nSubject: Your mailbox\n\nHello\n--=_b--\n"
		}
	}
	plain := func(from, subject, text string) func(fault) string {
		return func(f fault) string {
			return "Return-Path: <>\nFrom: " + from + "\nTo: {{to}}\nSubject: " + subject + "\nDate: Tue, 3 Mar 2026 14:15:00 +0000\n\n" + fmt.Sprintf(text, f.said)
		}
	}
	return []shape{
		{"postfix", report("MAILER-DAEMON@mx.home.example (Mail Delivery System)", "Undelivered Mail Returned to Sender",
			"This is the mail system at host mx.home.example.\n\n<{{rcpt}}>: host mail.home.example[192.0.2.7] said: %s", "")},
		{"exchange", report("Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@home.example>", "Undeliverable: Two weeks in your new home",
			"Delivery has failed to these recipients or groups:\n\n{{rcpt}}\n\nRemote Server returned '%s'", "X-Display-Name: Ana Ruiz\n")},
		{"gmail", report("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)",
			"Your message wasn't delivered to {{rcpt}}.\n\nThe response from the remote server was:\n%s", "Last-Attempt-Date: Tue, 03 Mar 2026 06:15:00 -0800 (PST)\n")},
		{"exim", plain("Mail Delivery System <Mailer-Daemon@relay.oak.example>", "Mail delivery failed: returning message to sender\nX-Failed-Recipients: {{rcpt}}\nAuto-Submitted: auto-replied",
			"This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. "+
				"The following address(es) failed:\n\n  {{rcpt}}\n    host mx.home.example [192.0.2.7]\n    SMTP error from remote mail server after RCPT TO:<{{rcpt}}>:\n    %s\n\n"+
				"------ This is a copy of the message, including all the headers. ------\n\nReturn-path: <{{to}}>\nMessage-ID: <{{id}}>\nSubject: no such user\n")},
		{"qmail", plain("MAILER-DAEMON@old.home.example", "failure notice", "Hi. This is the qmail-send program at old.home.example.\nI'm afraid I wasn't able to deliver your message to the "+
			"following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{{rcpt}}>:\n192.0.2.7 failed after I sent the message.\nRemote host said: %s\n\n"+
			"--- Below this line is a copy of the message.\n\nReturn-Path: <{{to}}>\nMessage-ID: <{{id}}>\nSubject: mailbox full\n")},
		{"domino", plain("Mail Router <postmaster@notes.example>", "DELIVERY FAILURE: delivery error", "Your message\n\n  Subject: Two weeks\n\nwas not delivered to:\n\n  {{rcpt}}\n\nbecause:\n\n  %s\n")},
	}
}

// generated gives the mails of the generator: failures in every shape, then damaged ones, warnings, complaints, automatic
// answers, challenges and what people write.
func generated(a About) []Item {
	var out []Item
	add := func(name string, want bounce.Class, text string) {
		out = append(out, item(a, fmt.Sprintf("%s-%03d", name, len(out)), want, text))
	}
	for _, s := range shapes() {
		for _, f := range faults() {
			add("gen-"+s.name, f.class, s.make(f))
		}
	}
	damaged(add)
	warnings(add)
	complaints(add)
	machines(add)
	people(add)
	return out
}

type adder func(name string, want bounce.Class, text string)

// damaged are reports that were cut, written without their header, or in another encoding.
func damaged(add adder) {
	all := shapes()
	gone := fault{bounce.Hard, "5.1.1", "550 5.1.1 User unknown"}
	full := fault{bounce.Soft, "5.2.2", "552 5.2.2 Mailbox full"}
	for i, f := range []fault{gone, full} {
		text := all[i].make(f)
		add("gen-cut", f.class, text[:strings.Index(text, "Content-Type: message/rfc822")])
		add("gen-cut-status", f.class, text[:strings.Index(text, "Diagnostic-Code")])
		add("gen-no-end", f.class, strings.TrimSuffix(text, "--=_b--\n"))
		add("gen-upper", f.class, strings.ReplaceAll(text, "Action: failed", "ACTION: Failed"))
		add("gen-bare-boundary", f.class, strings.ReplaceAll(text, `boundary="=_b"`, "boundary==_b"))
		head, body, _ := strings.Cut(text, "\n\n")
		add("gen-no-mime", f.class, strings.ReplaceAll(head, "Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_b\"\n", "")+"\n\n"+body)
	}
	words := base64.StdEncoding.EncodeToString([]byte("This is the mail system.\n\n<{{rcpt}}>: 550 5.1.1 User unknown\n"))
	add("gen-base64", bounce.Hard, "Return-Path: <>\nFrom: MAILER-DAEMON@mx.home.example\nTo: {{to}}\nSubject: Undelivered Mail Returned to Sender\nContent-Type: text/plain; charset=utf-8\n"+
		"Content-Transfer-Encoding: base64\n\n"+words+"\n")
	for _, charset := range []string{"iso-2022-jp", "gb18030", "windows-1252", "koi8-r", "utf-7", "x-nothing"} {
		add("gen-charset", bounce.Hard, "Return-Path: <>\nFrom: MAILER-DAEMON@mx.home.example\nTo: {{to}}\nSubject: Undelivered Mail Returned to Sender\nContent-Type: text/plain; charset="+charset+
			"\n\n\xc3\x28 <{{rcpt}}>: 550 5.1.1 User unknown\n")
	}
}

func warnings(add adder) {
	for _, said := range []string{"421 4.4.2 Connection timed out", "450 4.2.0 Greylisted", "451 4.7.1 Try again later", "connect to mx.home.example[192.0.2.7]:25: Connection refused"} {
		add("gen-delayed-postfix", bounce.Delayed, "Return-Path: <>\nFrom: MAILER-DAEMON@relay.oak.example (Mail Delivery System)\nTo: {{to}}\nSubject: Delayed Mail (still being retried)\n"+
			"Auto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status; boundary=d\n\n--d\nContent-Type: text/plain\n\n# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n"+
			"\n<{{rcpt}}>: "+said+"\n\n--d\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.oak.example\n\nFinal-Recipient: rfc822; {{rcpt}}\nAction: delayed\nStatus: 4.4.1\n"+
			"Diagnostic-Code: smtp; "+said+"\nWill-Retry-Until: Sun, 8 Mar 2026 14:15:00 +0000\n\n--d--\n")
		add("gen-delayed-plain", bounce.Delayed, "Return-Path: <>\nFrom: Mail Delivery System <Mailer-Daemon@relay.oak.example>\nTo: {{to}}\nSubject: Warning: message 1tPabc-0001Ab-Cd delayed 48 hours\n\n"+
			"A message that you sent has not yet been delivered to one or more of its recipients.\n\n  {{rcpt}}\n    "+said+"\n\nNo action is required on your part. Delivery attempts will continue for some time.\n")
	}
}

func complaints(add adder) {
	for _, kind := range []string{"abuse", "fraud", "other", "opt-out", "virus"} {
		for _, isp := range []string{"isp.example", "mail.example"} {
			add("gen-arf", bounce.Complaint, "From: <fbl@"+isp+">\nTo: {{to}}\nSubject: FW: Two weeks\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=a\n\n--a\n"+
				"Content-Type: text/plain\n\nThis is an email abuse report.\n\n--a\nContent-Type: message/feedback-report\n\nFeedback-Type: "+kind+"\nUser-Agent: x/1\nVersion: 1\nOriginal-Mail-From: <{{to}}>\n"+
				"Removal-Recipient: {{rcpt}}\n\n--a\nContent-Type: message/rfc822\n\nReturn-Path: <{{to}}>\nTo: {{rcpt}}\nMessage-ID: <{{id}}>\n\nHello\n--a--\n")
		}
	}
	add("gen-arf-bare", bounce.Complaint, "From: <fbl@isp.example>\nTo: {{to}}\nSubject: abuse report\nContent-Type: multipart/report; report-type=feedback-report; boundary=a\n\n--a\nContent-Type: text/plain\n\nA complaint.\n\n--a--\n")
}

// machines are automatic answers of every kind; many speak of full mailboxes and unknown users.
func machines(add adder) {
	texts := []string{
		"I am out of the office until March 9. My mailbox is full, and mail to it may bounce.",
		"This user is unknown here since Friday: I have left the company. The address does not exist any more after June.",
		"Thank you for your mail. It could not be delivered to a person at once; we answer within two days.",
		"Estoy fuera de la oficina. El buzón está lleno.",
	}
	headers := []string{
		"Auto-Submitted: auto-replied", "X-Autoreply: yes", "X-Autorespond: Two weeks", "Precedence: auto_reply", "X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply", "Precedence: bulk",
		"Auto-Submitted: auto-generated; owner-email=\"ana@home.example\"", "X-Vacation: yes",
	}
	for i, h := range headers {
		add("gen-auto-header", bounce.Auto, "Return-Path: <>\nFrom: Ana Ruiz <{{rcpt}}>\nTo: {{to}}\nSubject: Re: Two weeks in your new home\n"+h+"\nIn-Reply-To: <{{id}}>\n\n"+texts[i%len(texts)]+"\n")
	}
	for i, title := range []string{"Automatic reply: Two weeks", "Out of Office: Re: Two weeks", "Autoreply: Two weeks", "Abwesenheitsnotiz: Zwei Wochen", "Respuesta automática: Dos semanas", "=?utf-8?Q?R=C3=A9ponse_automatique?=: Deux semaines",
		"Out of office", "Auto: away", "Automatische Antwort: Zwei Wochen", "=?utf-8?B?6Ieq5YuV6L+U5L+h?="} {
		add("gen-auto-title", bounce.Auto, "Return-Path: <>\nFrom: Ana Ruiz <{{rcpt}}>\nTo: {{to}}\nSubject: "+title+"\n\n"+texts[i%len(texts)]+"\n")
	}
	add("gen-auto-ticket", bounce.Auto, "From: Help Desk <no-reply@work.example>\nTo: {{to}}\nSubject: [Ticket 4711] We have received your request\n\nThank you.\n")
	add("gen-auto-list", bounce.Auto, "From: News <news@shop.example>\nTo: {{to}}\nSubject: Spring sale\nList-Unsubscribe: <https://shop.example/u>\n\nBuy now.\n")
	for _, h := range []string{"X-BoxTrapper: yes", "X-TMDA-Confirm: 1", "Auto-Submitted: auto-replied"} {
		add("gen-challenge", bounce.Challenge, "From: Ana Ruiz <{{rcpt}}>\nTo: {{to}}\nSubject: Please confirm your message\n"+h+"\n\nThis mailbox is protected. Please reply to this message to confirm that you are human; then your mail is delivered.\n")
	}
	add("gen-challenge-sender", bounce.Challenge, "From: verify@antispam.example\nTo: {{to}}\nSubject: Action required: verify your e-mail to ana\n\nClick this link to have your message delivered: https://antispam.example/v/1\n")
}

// people are answers of residents, many of which speak of what servers speak of.
func people(add adder) {
	for i, text := range []string{
		"Yes, Tuesday at nine is fine.",
		"My mailbox is full, the key is missing. Who can open it?",
		"I got an undeliverable notice from the courier. The address does not exist in his list.",
		"We are on vacation until the 9th. Please water nothing.",
		"User unknown? Is that how you address people?",
		"The spam you send is blocked from now on.",
		"Please confirm that you are coming. Click on this link is all I get from your page.",
		"Gracias, está bien así. El buzón de abajo está lleno de publicidad.",
		"STOP",
		"4",
	} {
		subject := "Re: Two weeks in your new home"
		if i%3 == 2 {
			subject = "A question"
		}
		add("gen-reply", bounce.Reply, "From: Ana Ruiz <{{rcpt}}>\nTo: Oak Court <{{to}}>\nSubject: "+subject+"\nMessage-ID: <p"+fmt.Sprint(i)+"@home.example>\nIn-Reply-To: <{{id}}>\n"+
			"Content-Type: text/plain; charset=utf-8\n\n"+text+"\n\nOn Tue, Mar 3, 2026 at 9:15 AM Oak Court <office@oak.example> wrote:\n> Undelivered mail is returned. How are you?\n")
	}
}
