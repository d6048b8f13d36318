package config

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hearth"
)

// check holds what single values cannot know of each other. The choice between data and database is left to the
// commands, some of which need neither.
func (l *Loaded) check() error {
	for _, c := range []func() error{l.checkStore, l.checkAddresses, l.checkMail, l.checkTexts, l.checkWays, l.checkAssist, l.checkTime} {
		if err := c(); err != nil {
			return err
		}
	}
	return nil
}

// Store checks that there is exactly one place to keep things: a data directory or a PostgreSQL.
func (l *Loaded) Store() error {
	if l.Data == "" && l.Database == "" {
		return hearth.FieldErrorf("data", "Say where to keep things: --data DIR for the embedded database, or --database postgres://… for PostgreSQL.")
	}
	return nil
}

func (l *Loaded) checkStore() error {
	if l.Data != "" && l.Database != "" {
		return hearth.FieldErrorf("database", "data and database are both set: Hearth keeps things in one place only.")
	}
	if l.Database == "" {
		return nil
	}
	u, err := url.Parse(l.Database)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return hearth.FieldErrorf("database", "database should read postgres://USER@HOST/NAME.")
	}
	return nil
}

func (l *Loaded) checkAddresses() error {
	for _, a := range []struct{ name, value string }{{"listen", l.Listen}, {"metrics-listen", l.MetricsListen}, {"mail-in", l.MailIn}} {
		if a.name == "metrics-listen" && a.value == "off" || a.name == "mail-in" && a.value == "" {
			continue
		}
		_, port, err := net.SplitHostPort(a.value)
		n, numErr := strconv.Atoi(port)
		if err != nil || numErr != nil || n < 0 || n > 65535 {
			return hearth.FieldErrorf(a.name, "%s should be an address and a port such as 127.0.0.1:8080, not %q.", a.name, a.value)
		}
	}
	for _, n := range commas(l.Proxies) {
		if _, err := netip.ParsePrefix(n); err != nil {
			return hearth.FieldErrorf("proxies", "proxies should list networks such as 127.0.0.1/32, not %q.", n)
		}
	}
	if err := l.checkSingle(); err != nil {
		return err
	}
	if l.BaseURL != "" {
		u, err := url.Parse(l.BaseURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			return hearth.FieldErrorf("base-url", "base-url should read https://HOST, not %q.", l.BaseURL)
		}
		l.BaseURL = strings.TrimRight(l.BaseURL, "/")
	}
	return nil
}

func (l *Loaded) checkMail() error {
	if _, err := mail.ParseAddress(l.From); err != nil {
		return hearth.FieldErrorf("from", "from should read NAME <ADDRESS@DOMAIN>, not %q.", l.From)
	}
	if l.Send == "real" && l.SMTP == "" {
		return hearth.FieldErrorf("smtp", "send is real, and no mail server is named: set smtp to smtp://USER@HOST:PORT.")
	}
	if err := l.checkMailIn(); err != nil {
		return err
	}
	if l.SMTP == "" {
		return nil
	}
	u, err := url.Parse(l.SMTP)
	if err != nil || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" {
		return hearth.FieldErrorf("smtp", "smtp should read smtp://USER@HOST:PORT or smtps://USER@HOST:PORT.")
	}
	if _, has := u.User.Password(); u.User != nil && has {
		return hearth.FieldErrorf("smtp", "smtp holds a password: put it into HEARTH_SMTP_PASSWORD, or into a file that smtp-password-file names.")
	}
	return nil
}

// checkMailIn holds what mail that comes in needs: a domain of ours, and a certificate with its key or none.
func (l *Loaded) checkMailIn() error {
	d := strings.ToLower(strings.TrimSuffix(l.MailDomain, "."))
	if d != "" && (!strings.Contains(d, ".") && d != "localhost" || strings.Trim(d, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || len(d) > 200) {
		return hearth.FieldErrorf("mail-domain", "mail-domain should be a domain such as mail.oak.example, not %q.", l.MailDomain)
	}
	l.MailDomain = d
	if l.MailIn != "" && d == "" {
		return hearth.FieldErrorf("mail-domain", "mail-in is set, and no domain to take mail for: set mail-domain.")
	}
	if (l.MailInCert == "") != (l.MailInKey == "") {
		return hearth.FieldErrorf("mail-in-cert", "mail-in-cert and mail-in-key belong together: set both, or neither.")
	}
	return nil
}

// openWays are those that the setting ways can name.
func openWays() []string {
	return []string{string(hearth.ChannelPortal), string(hearth.ChannelPush), string(hearth.ChannelLetter), string(hearth.ChannelCall)}
}

func (l *Loaded) checkWays() error {
	for _, w := range strings.FieldsFunc(l.Ways, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !slices.Contains(openWays(), w) {
			return hearth.FieldErrorf("ways", "ways names %q; it can name %s, by commas.", w, strings.Join(openWays(), ", "))
		}
	}
	return nil
}

func (l *Loaded) checkTexts() error {
	if _, err := ParsePrice(l.TextPrice); err != nil {
		return hearth.FieldErrorf("text-price", "text-price: %s", hearth.MessageOf(err))
	}
	if l.SMS == "" {
		return nil
	}
	u, err := url.Parse(l.SMS)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User.Username() == "" || u.RawQuery != "" || u.Fragment != "" {
		return hearth.FieldErrorf("sms", "sms should read https://ACCOUNT@HOST, with the number of the account in front of the host.")
	}
	if _, has := u.User.Password(); has {
		return hearth.FieldErrorf("sms", "sms holds the token: put it into HEARTH_SMS_TOKEN, or into a file that sms-token-file names.")
	}
	if u.Scheme == "http" && !loopback(l.SMS) {
		return hearth.FieldErrorf("sms", "sms would send the token and residents' numbers in the clear: write https://.")
	}
	if l.SMSFrom == "" {
		return hearth.FieldErrorf("sms-from", "sms is set, and no number to send from: set sms-from to a number such as +12125550100, or to the number of a messaging service.")
	}
	if l.Send == "real" && l.SMSToken == "" {
		return hearth.FieldErrorf("sms-token", "sms is set, and no token: put it into HEARTH_SMS_TOKEN, or into a file that sms-token-file names.")
	}
	return nil
}

// checkAssist holds that what helps whoever writes is named whole.
func (l *Loaded) checkAssist() error {
	if l.AssistURL == "" {
		return nil
	}
	if u, err := url.Parse(l.AssistURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return hearth.FieldErrorf("assist-url", "assist-url should read https://HOST/v1; the key lies in HEARTH_ASSIST_KEY, or in a file that assist-key-file names.")
	}
	if l.AssistModel == "" {
		return hearth.FieldErrorf("assist-model", "assist-url is set, and no model: set assist-model to what the server calls it.")
	}
	return nil
}

func (l *Loaded) checkTime() error {
	if _, err := time.LoadLocation(l.Zone); err != nil || l.Zone == "" || l.Zone == "Local" {
		return hearth.FieldErrorf("zone", "zone should be a time zone such as America/Chicago, not %q.", l.Zone)
	}
	shift, err := l.Shift()
	if err != nil {
		return err
	}
	if shift > 0 && !l.Trial() {
		return hearth.FieldErrorf("clock", "clock is for trials: it is refused while messages go to a real server. Set send to sink, or smtp and sms to servers on this machine and leave push out of ways.")
	}
	return nil
}

// parseShift reads "+40d", "+36h" or "+40d12h30m". Time only moves forward: what was decided cannot be undecided.
func parseShift(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	wrong := hearth.FieldErrorf("clock", "clock should read like +40d or +36h, not %q.", s)
	rest, ok := strings.CutPrefix(s, "+")
	if !ok {
		return 0, wrong
	}
	var total time.Duration
	if days, after, found := strings.Cut(rest, "d"); found {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36500 {
			return 0, wrong
		}
		total, rest = time.Duration(n)*24*time.Hour, after
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 || d > 36500*24*time.Hour {
			return 0, wrong
		}
		total += d
	}
	return total, nil
}

// checkSingle looks at an organization's own sign-in. Without TLS somebody on the way could sign in as anybody, so only this machine may do without.
func (l *Loaded) checkSingle() error {
	if l.SingleIssuer == "" {
		if l.SingleClient != "" || l.SingleSecret != "" {
			return hearth.FieldErrorf("single-issuer", "single-client and single-secret belong to an organization's sign-in: set single-issuer as well.")
		}
		return nil
	}
	u, err := url.Parse(l.SingleIssuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(l.SingleIssuer)) {
		return hearth.FieldErrorf("single-issuer", "single-issuer should be an https address such as https://login.example.com, not %q.", l.SingleIssuer)
	}
	if l.SingleClient == "" || l.SingleSecret == "" {
		return hearth.FieldErrorf("single-client", "An organization's sign-in needs single-client, and its secret in HEARTH_SINGLE_SECRET or single-secret-file.")
	}
	return nil
}
