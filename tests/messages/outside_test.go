package messages

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hearth/internal/base/channel"
	"hearth/internal/base/channel/inbound"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/channel/twiliotest"
)

// ours is the number that Hearth's texts come from.
const ours = "+12125550900"

// outside is where the residents are: their mailboxes, behind a real mail server, and their telephones, behind a provider
// that speaks like Twilio. The page looks at it and acts in it over HTTP.
type outside struct {
	mail *smtptest.Server
	sms  *twiliotest.Server
	base string // Hearth, where the provider calls back
	url  string
	n    atomic.Int64
}

// openOutside starts the servers of the residents' side for a Hearth at base.
func openOutside(t *testing.T, base string) *outside {
	t.Helper()
	o := &outside{base: base}
	var err error
	if o.mail, err = smtptest.Start(smtptest.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.mail.Close() })
	if o.sms, err = twiliotest.Start(twiliotest.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.sms.Close() })
	mux := http.NewServeMux()
	mux.HandleFunc("GET /mail/{address}", o.readMail)
	mux.HandleFunc("GET /phone/{number}", o.readTexts)
	mux.HandleFunc("POST /phone/{number}", o.writeText)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go srv.Serve(ln) //nolint:errcheck // it ends with Close
	t.Cleanup(func() { srv.Close() })
	o.url = "http://" + ln.Addr().String()
	return o
}

// readMail shows what lies in a mailbox, the oldest first, as a mail program would: some headers and the text.
func (o *outside) readMail(w http.ResponseWriter, r *http.Request) {
	for _, m := range o.mail.Mails() {
		if m.To != r.PathValue("address") {
			continue
		}
		read := inbound.Parse([]byte(m.Data))
		fmt.Fprintf(w, "Return-Path: <%s>\n", m.From)
		for _, f := range read.Header {
			switch name := http.CanonicalHeaderKey(f.Name); name {
			case "Subject", "Reply-To", "List-Unsubscribe":
				fmt.Fprintf(w, "%s: %s\n", name, f.Value)
			}
		}
		fmt.Fprintf(w, "\n%s\n", read.Text)
	}
}

// readTexts shows what a telephone got, the oldest first.
func (o *outside) readTexts(w http.ResponseWriter, r *http.Request) {
	for _, m := range o.sms.Taken() {
		if m.To == r.PathValue("number") {
			fmt.Fprintln(w, m.Body)
		}
	}
}

// writeText has a telephone's owner write to the house; the provider calls back with its signature.
func (o *outside) writeText(w http.ResponseWriter, r *http.Request) {
	words, err := io.ReadAll(io.LimitReader(r.Body, 1600))
	if err != nil {
		return // the client went
	}
	sid := fmt.Sprintf("SM%030d%02d", 9, o.n.Add(1))
	status, err := o.sms.Text(r.Context(), o.base+channel.TwilioMessagePath, sid, r.PathValue("number"), ours, strings.TrimSpace(string(words)))
	if err != nil || status >= http.StatusMultipleChoices {
		http.Error(w, fmt.Sprintf("Hearth answers %d (%v)", status, err), http.StatusBadGateway)
	}
}
