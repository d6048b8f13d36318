// Package config gathers Hearth's settings from the command line, the environment, one YAML file and defaults, in
// that order of strength, from one list of keys. It does not open, connect or create anything, keeps no global
// state, and never prints a password.
package config

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"hearth"
)

// Config is the one list of settings. The tags are read here and by the command line alike: name is the flag
// (--metrics-listen), the key in the file (metrics-listen) and, in capitals behind HEARTH_, the variable
// (HEARTH_METRICS_LISTEN). A field marked secret has no flag and no key in the file: it comes from its variable, or
// from the file that NAME-file or HEARTH_NAME_FILE names.
type Config struct {
	Data     string `name:"data" placeholder:"DIR" help:"Directory of the embedded database; everything that Hearth keeps lies in it."`
	Database string `name:"database" placeholder:"URL" help:"PostgreSQL instead of the embedded database: postgres://USER@HOST/NAME; a transaction pooler may stand in front of it."`
	Backups  string `name:"backups" placeholder:"DIR" help:"Directory where your backups are put. Hearth makes none; the operator's page tells the age of the newest and whether it was checked (docs/backup.md). Empty: they are not watched."`
	Org      string `name:"org" default:"main" placeholder:"NAME" help:"Organization; one PostgreSQL can hold several."`
	Node     string `name:"node" placeholder:"NAME" help:"Name of this node among those on one PostgreSQL; made from the host's name if empty."`

	Listen        string `name:"listen" default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address of pages and API."`
	MetricsListen string `name:"metrics-listen" default:"127.0.0.1:9464" placeholder:"ADDR" help:"Address of the metrics for Prometheus; 'off' for none. The default moves to a free port when it is taken."`
	Proxies       string `name:"proxies" placeholder:"NETWORKS" help:"Networks of proxies in front of Hearth, such as 127.0.0.1/32, by commas: their X-Forwarded-For tells where somebody signs in from. Empty: nobody's is believed."`
	BaseURL       string `name:"base-url" placeholder:"URL" help:"How residents' browsers reach this installation, for links in mail; http://LISTEN if empty."`

	SingleIssuer string `name:"single-issuer" placeholder:"URL" help:"Your organization's own sign-in by OpenID Connect: the issuer's address, such as https://login.example.com. Empty: none. It sends people back to BASE-URL/sign-in/single/back."`
	SingleClient string `name:"single-client" placeholder:"ID" help:"What Hearth is called there: the client's id."`
	SingleName   string `name:"single-name" placeholder:"NAME" help:"What people call it, for the button on the sign-in page."`

	Send            string `name:"send" default:"sink" enum:"sink,real" placeholder:"sink|real" help:"Where mail goes: files in the sink, or the SMTP server."`
	Sink            string `name:"sink" placeholder:"DIR" help:"Directory of the files that mail goes to with --send sink; DATA/sink if empty, and hearth-sink where Hearth is started with --database."`
	SMTP            string `name:"smtp" placeholder:"URL" help:"Mail server: smtp://USER@HOST:PORT with STARTTLS, or smtps://. A server on this machine may do without encryption."`
	From            string `name:"from" default:"Hearth <hearth@localhost>" placeholder:"ADDRESS" help:"Sender of mail where a property sets none."`
	MailConnections int    `name:"mail-connections" default:"16" min:"1" max:"64" placeholder:"N" help:"Connections to the mail server; also the most messages in doubt after a crash."`

	MailDomain   string `name:"mail-domain" placeholder:"DOMAIN" help:"Domain under which mail comes back to Hearth: each mail then carries addresses of its own for bounces and answers, which a provider or --mail-in has to bring in. Empty: answers go to the sender."`
	MailProvider string `name:"mail-provider" default:"none" enum:"none,sendgrid,postmark,ses,mandrill,resend" placeholder:"NAME" help:"Service behind smtp whose call-backs tell what became of a mail: sendgrid, postmark, ses, mandrill or resend. They come to BASE-URL/hooks/NAME/events."`
	MailIn       string `name:"mail-in" placeholder:"ADDR" help:"Address on which Hearth takes mail for mail-domain by SMTP, such as 0.0.0.0:25; empty: it does not."`
	MailInCert   string `name:"mail-in-cert" placeholder:"FILE" help:"Certificate for STARTTLS on mail-in, in PEM."`
	MailInKey    string `name:"mail-in-key" placeholder:"FILE" help:"Its key, in PEM."`

	// MailBelieved is the name under which the server before Hearth tells whether a sender is who it says.
	MailBelieved string `name:"mail-believed" placeholder:"NAME" help:"Name (authserv-id) under which your own mail server notes in Authentication-Results whether a sender is who it says, where all mail passes that server and it takes out such lines of others. Empty: none is believed (docs/mail.md)."`

	SMS            string `name:"sms" placeholder:"URL" help:"Text messages through an API like Twilio's: https://ACCOUNT@api.twilio.com. Empty: Hearth sends none. With --send sink they go to files."`
	SMSFrom        string `name:"sms-from" placeholder:"NUMBER" help:"Number that text messages come from, such as +12125550100, or the number of a messaging service (MG…)."`
	SMSConnections int    `name:"sms-connections" default:"4" min:"1" max:"64" placeholder:"N" help:"Text messages on their way at once."`

	Ways string `name:"ways" placeholder:"LIST" help:"Ways to residents beside e-mail and text messages, by commas: portal (read over the API), push (notifications of browsers), letter, call (people print, hang, post and call). Empty: none (docs/channels.md)."`
	// TextPrice is what a broadcast's forecast reckons with.
	TextPrice string `name:"text-price" placeholder:"PRICE" help:"What one part of a text message costs, such as 0.0083 USD: then a broadcast's forecast tells what it costs."`

	LegalHours string `name:"legal-hours" placeholder:"FILE" help:"Your own hours for texts and calls by state, in place of the shipped ones (docs/consent.md)."`

	Zone  string `name:"zone" default:"America/New_York" placeholder:"ZONE" help:"Time zone of a property whose address names none. Nothing real is sent in it before somebody confirms it by an import with --zone."`
	Clock string `name:"clock" placeholder:"+40d" help:"Moves Hearth's time forward, for trials; only while mail goes to files or to a server on this machine."`
	// WebhookAllow lists networks inside that webhooks may call.
	WebhookAllow string `name:"webhook-allow" placeholder:"NETWORKS" help:"Networks inside the house that webhooks may call all the same, such as 10.1.2.0/24, by commas; also without TLS and on any port."`
	AssistURL    string `name:"assist-url" placeholder:"https://…/v1" help:"A language model that helps whoever writes: an API like OpenAI's, such as https://api.openai.com/v1. Empty: none helps (docs/assistant.md)."`
	AssistModel  string `name:"assist-model" placeholder:"NAME" help:"The model, as the server calls it."`
	AssistAllow  string `name:"assist-allow" placeholder:"NETWORKS" help:"Networks inside the house that may be asked for help with writing, such as 127.0.0.1/32, by commas; also without TLS and on any port."`
	// SecondPerson is above how many people a broadcast needs a second person.
	SecondPerson int `name:"second-person-over" default:"50" min:"0" max:"1000000" placeholder:"N" help:"A broadcast to more residents than this needs the yes of a second person."`
	Rate         int `name:"rate" default:"5000" min:"1" max:"1000000" placeholder:"N" help:"Requests a second that one token may make before it is asked to wait."`

	LogLevel  string `name:"log-level" default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"What is logged on standard error."`
	LogFormat string `name:"log-format" default:"json" enum:"json,text" placeholder:"json|text" help:"How it is logged."`

	DatabasePassword string `name:"database-password" secret:"true" kong:"-" help:"Password for PostgreSQL."`
	SMTPPassword     string `name:"smtp-password" secret:"true" kong:"-" help:"Password for the mail server."`

	MailHookKey      string `name:"mail-hook-key" secret:"true" kong:"-" help:"What mail-provider's call-backs are proved with: SendGrid's verification key, Mandrill's key of the webhook, Resend's signing secret, the ARN of the SNS topic."`
	MailHookPassword string `name:"mail-hook-password" secret:"true" kong:"-" help:"Password in the address of call-backs that are not signed (Postmark, mail that SendGrid brings), as in https://hearth:PASSWORD@HOST."`

	SingleSecret string `name:"single-secret" secret:"true" kong:"-" help:"The client's secret at your organization's sign-in."`

	SMSToken string `name:"sms-token" secret:"true" kong:"-" help:"Auth token of the account for text messages; call-backs are signed with it."`

	AssistKey string `name:"assist-key" secret:"true" kong:"-" help:"Key for the language model of assist-url."`

	AssistKeyFile        string `name:"assist-key-file" placeholder:"FILE" help:"File that holds the key for the language model."`
	DatabasePasswordFile string `name:"database-password-file" placeholder:"FILE" help:"File that holds the password for PostgreSQL."`
	SMTPPasswordFile     string `name:"smtp-password-file" placeholder:"FILE" help:"File that holds the password for the mail server."`
	MailHookKeyFile      string `name:"mail-hook-key-file" placeholder:"FILE" help:"File that holds the key of the mail provider's call-backs."`
	MailHookPasswordFile string `name:"mail-hook-password-file" placeholder:"FILE" help:"File that holds the password of its call-backs."`
	SingleSecretFile     string `name:"single-secret-file" placeholder:"FILE" help:"File that holds the client's secret at your organization's sign-in."`
	SMSTokenFile         string `name:"sms-token-file" placeholder:"FILE" help:"File that holds the auth token for text messages."`
}

// FileKey is the flag and variable that name the file of settings; it has no place in that file itself.
const FileKey = "config"

// Shift gives how far the clock is moved forward: "+40d", "+36h" and "+40d12h" are understood.
func (c *Config) Shift() (time.Duration, error) { return parseShift(c.Clock) }

// SMTPLoopback tells whether the mail server is on this machine, so that trials may reach it.
func (c *Config) SMTPLoopback() bool { return loopback(c.SMTP) }

// Trial tells whether nothing that Hearth sends can leave this machine: everything goes to files, or to servers here.
func (c *Config) Trial() bool {
	return c.Send != "real" || c.SMTPLoopback() && (c.SMS == "" || loopback(c.SMS)) && !c.Way(hearth.ChannelPush)
}

// Way tells whether a way to residents beside e-mail and text messages is open.
func (c *Config) Way(ch hearth.Channel) bool {
	return slices.Contains(strings.FieldsFunc(c.Ways, func(r rune) bool { return r == ',' || r == ' ' }), string(ch))
}

// Proxied tells whether an address of the network is that of a proxy of ours.
func (c *Config) Proxied(address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, n := range commas(c.Proxies) {
		if prefix, err := netip.ParsePrefix(n); err == nil && prefix.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// commas takes a list apart.
func commas(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

func loopback(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	host := u.Hostname()
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// DatabaseURL gives the PostgreSQL address with the password filled in, if one is set beside it.
func (c *Config) DatabaseURL() string {
	if c.Database == "" || c.DatabasePassword == "" {
		return c.Database
	}
	u, err := url.Parse(c.Database)
	if err != nil {
		return c.Database
	}
	name := ""
	if u.User != nil {
		name = u.User.Username()
	}
	u.User = url.UserPassword(name, c.DatabasePassword)
	return u.String()
}
