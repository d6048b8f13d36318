package inbound

import (
	"regexp"
	"strings"
)

// Verdict is what a mail server found out about who sent a mail.
type Verdict string

// The verdicts. Without one nothing is known: no server is believed, or it said nothing of the sender's domain.
const (
	Unknown Verdict = ""
	Pass    Verdict = "pass" // the domain in From did send it (DMARC)
	Fail    Verdict = "fail" // and somebody else did
)

// Sender gives the verdict of the server that is believed, by its name in Authentication-Results (RFC 8601); anybody can write such a line, so
// without a name none is read. The topmost line of the server counts, and it must be about the domain that From names.
func (m *Mail) Sender(believed string) Verdict {
	if believed == "" {
		return Unknown
	}
	_, domain, _ := strings.Cut(m.From(), "@")
	for _, f := range m.Header {
		if !strings.EqualFold(f.Name, "Authentication-Results") {
			continue
		}
		server, results, _ := strings.Cut(comments().ReplaceAllString(f.Value, " "), ";")
		name := strings.Fields(server) // a version may follow
		if len(name) == 0 || !strings.EqualFold(name[0], believed) {
			continue
		}
		return dmarc(results, domain)
	}
	return Unknown
}

// dmarc reads the result about a domain.
func dmarc(results, domain string) Verdict {
	for part := range strings.SplitSeq(results, ";") {
		words := strings.Fields(strings.ToLower(part))
		if len(words) == 0 || !strings.HasPrefix(words[0], "dmarc=") {
			continue
		}
		about := ""
		for _, w := range words[1:] {
			if v, ok := strings.CutPrefix(w, "header.from="); ok {
				about = strings.Trim(v, `"`)
			}
		}
		switch result := strings.TrimPrefix(words[0], "dmarc="); {
		case domain == "" || about != strings.ToLower(domain):
			return Unknown
		case result == "pass":
			return Pass
		case result == "fail":
			return Fail
		}
		return Unknown
	}
	return Unknown
}

func comments() *regexp.Regexp { return regexp.MustCompile(`\([^()]*\)`) }
