// Package slowmail lets the whole program live two hours, on virtual time, beside a mail server that is slow, cuts, refuses,
// hangs, lies and goes away. Mail alone may suffer from it.
package slowmail

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/channel/twiliotest"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/edge/ingest"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

const (
	people  = 20 // half of them have a mailbox, half a telephone
	workers = 8  // connections to the mail server
	minutes = 120
	// soon is how long, on the test's machine, what is not mail may take: far more than it does, far less than the faults last.
	soon = 15 * time.Second
)

// playbook answers each request and gives somebody work.
const playbook = `id: heard
title: A request is heard
depth: automatic
why: Whoever asks hears at once that their words have arrived, and somebody has a look.
for: resident
trigger: {on: workorder.opened}
limits: {again: each time}
steps:
  - send: {template: service-received, class: answer, purpose: service.received}
  - task: {title: Have a look, why: It came in., role: maintenance_supervisor, minutes: 5, due: 4 business hours}
`

// place is the program as it serves, its clock, and the servers outside.
type place struct {
	*testing.T
	a     *app.App
	clock *hearth.VirtualClock
	mails []*smtptest.Server // each life of the mail server
	sms   *twiliotest.Server
	asked int // pairs of requests so far, one for a mail and one for a text
	// passed is how many mails were in doubt when the fault began that has to bring another one; -1 when it need not.
	passed int
}

func TestABadMailServerHurtsMailAlone(t *testing.T) {
	for name, cfg := range map[string]config.Config{"sqlite": {Data: t.TempDir()}, "postgres": {Database: dbtest.EmptyPostgresURL(t)}} {
		t.Run(name, func(t *testing.T) { open(t, cfg).suffer() })
	}
}

func open(t *testing.T, cfg config.Config) *place {
	t.Helper()
	p := &place{T: t, passed: -1, clock: hearth.NewVirtualClock(time.Date(2026, 3, 3, 15, 0, 0, 0, time.UTC))} // ten in the morning in New York
	p.mailServer("")
	var err error
	if p.sms, err = twiliotest.Start(twiliotest.Options{Now: p.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.sms.Close() })
	cfg.Org, cfg.Zone, cfg.Send, cfg.SMTP, cfg.MailConnections = "main", "America/New_York", "real", p.mail().URL(), workers
	cfg.SMS, cfg.SMSFrom, cfg.SMSConnections, cfg.SMSToken = p.sms.URL(), "+12125550900", 2, "token"
	cfg.From, cfg.Listen, cfg.MetricsListen, cfg.Rate = "Hearth <hearth@oak.example>", "127.0.0.1:0", "off", 1000
	if p.a, err = app.Open(t.Context(), cfg, app.Options{Clock: p.clock, Random: rand.NewChaCha8([32]byte{1}), Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.a.Close() })
	p.settle()
	s, err := app.Listen(p.a, app.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context(), app.ServeOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// mailServer starts the mail server, at the address of its life before if there was one.
func (p *place) mailServer(addr string) {
	p.Helper()
	s, err := smtptest.Start(smtptest.Options{Addr: addr, Delay: 10 * time.Millisecond, Discard: true})
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { s.Close() })
	p.mails = append(p.mails, s)
}

func (p *place) mail() *smtptest.Server { return p.mails[len(p.mails)-1] }

// settle imports who lives there and switches the playbook on.
func (p *place) settle() {
	p.Helper()
	rows := "Resident ID,Unit,First Name,Last Name,Email,Phone,Status,Lease Start,Lease End,Move In\n"
	for i := range people {
		email, phone := fmt.Sprintf("p%d@home.example", i), ""
		if i%2 == 1 {
			email, phone = "", fmt.Sprintf("(212) 555-01%02d", i)
		}
		rows += fmt.Sprintf("r%d,%d,First%d,Last%d,%s,%s,Current,2025-06-01,2027-12-31,2025-06-01\n", i, 100+i, i, i, email, phone)
	}
	for kind, text := range map[column.Kind]string{column.Residents: rows, column.Staff: "Employee ID,Name,Role,Email,Minutes a day\ne1,Sam Osei,Maintenance Supervisor,sam@team.example,480\n"} {
		path := filepath.Join(p.TempDir(), string(kind)+".csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			p.Fatal(err)
		}
		if _, err := p.a.Importer.Run(p.Context(), ingest.Request{Property: "Oak Court", Zone: "America/New_York", Source: "pms-" + string(kind), Kind: kind,
			Files: []string{path}, Actor: hearth.System("test")}); err != nil {
			p.Fatal(err)
		}
	}
	err := p.a.DB.Write(p.Context(), func(tx *db.Tx) error {
		for i := 1; i < people; i += 2 {
			g := consent.Grant{Channel: hearth.ChannelSMS, AddressKey: record.PhoneKey(fmt.Sprintf("+121255501%02d", i)), Allowed: true, Source: "lease"}
			if err := p.a.Consent.Set(p.Context(), tx, g); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		_, err = p.a.Engine.Activate(p.Context(), []byte(playbook), 0)
	}
	if err != nil {
		p.Fatal(err)
	}
}

// trouble is what the mail server does from a minute on.
func (p *place) trouble(minute int) {
	fail := func(f smtptest.Fault) { p.met(); p.mail().Heal(); p.mail().Fail(f); p.doubts(f) }
	switch minute {
	case 5:
		fail(smtptest.Fault{At: "connect", Code: 421, Text: "4.3.2 not now"})
	case 15:
		fail(smtptest.Fault{At: "from", Drop: true})
	case 25:
		fail(smtptest.Fault{At: "to", Code: 451, Text: "4.3.0 later"})
	case 35:
		fail(smtptest.Fault{At: "data", Code: 452, Text: "4.3.1 full"})
	case 45:
		fail(smtptest.Fault{At: "data", Drop: true, Times: cut}) // read whole, and thrown away
	case 55:
		fail(smtptest.Fault{At: "data", Drop: true, Keep: true, Times: kept}) // read whole and taken, without a word
	case 65:
		fail(smtptest.Fault{At: "to", Drop: true})
	case 75:
		fail(smtptest.Fault{At: "data", Hang: true, Times: hung})
	case 90:
		p.met()
		if err := p.mail().Close(); err != nil { // what hung is cut; then nobody is there
			p.Error(err)
		}
	case 110:
		p.mailServer(p.mail().Addr)
	}
}

// doubts notes what the server's count of mails in doubt has to pass before this fault may end: without a mail that met it the
// fault has shown nothing.
func (p *place) doubts(f smtptest.Fault) {
	p.passed = -1
	if f.At == "data" && (f.Drop || f.Hang) {
		p.passed = p.mail().Doubtful()
	}
}

// met lets more time pass where the machine was too slow for any mail to meet the fault that is about to end.
func (p *place) met() {
	p.Helper()
	for end := time.Now().Add(soon); p.mail().Doubtful() <= p.passed; p.clock.Advance(time.Minute) {
		if time.Now().After(end) {
			p.Fatalf("at %s, after %d requests: no mail met the fault within %s", p.clock.Now(), p.asked, soon)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// How often the server cuts, keeps without a word, and hangs after it has read a whole mail.
const cut, kept, hung = 4, 4, 3

func (p *place) suffer() {
	p.Helper()
	var before runtime.MemStats
	goroutines := 0
	var slowest time.Duration
	for minute := range minutes {
		p.trouble(minute)
		slowest = max(slowest, p.minute())
		if minute == minutes/6 {
			runtime.GC()
			runtime.ReadMemStats(&before)
			goroutines = runtime.NumGoroutine()
		}
		p.clock.Advance(time.Minute)
	}
	var after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		p.Errorf("the heap grew by %d kB in the troubled hours", grown>>10)
	}
	// What hung to the last minute is given up by its own limits, in real seconds.
	n := runtime.NumGoroutine()
	for end := time.Now().Add(20 * time.Second); n > goroutines+2*workers && time.Now().Before(end); n = runtime.NumGoroutine() {
		time.Sleep(100 * time.Millisecond)
	}
	if n > goroutines+2*workers {
		p.Errorf("%d goroutines, %d before the trouble: workers leak", n, goroutines)
	}
	states := p.calm()
	p.Logf("%d requests, the slowest text and task after %s; mail: %v", p.asked, slowest.Round(time.Millisecond), states)
}

// minute brings one request for a mail and one for a text, and waits for the text and for both tasks: neither waits for mail.
func (p *place) minute() time.Duration {
	p.Helper()
	began := time.Now()
	for i := range 2 {
		n := p.asked*2 + i
		data, err := json.Marshal(map[string]string{"description": fmt.Sprintf("Lamp number %d flickers", n)})
		if err != nil {
			p.Fatal(err)
		}
		_, err = p.a.Door.Post(p.Context(), []ingest.CloudEvent{{ID: fmt.Sprint("req-", n), Source: "portal", Type: "workorder.opened",
			Subject: fmt.Sprint("resident/r", n%people), Time: p.clock.Now(), Data: data}}, hearth.System("test"))
		if err != nil {
			p.Fatal(err)
		}
	}
	p.asked++
	p.until("the text is out and the tasks are there", func() bool {
		return len(p.sms.Taken()) >= p.asked && p.count("SELECT COUNT(*) FROM tasks WHERE org = $1") >= 2*p.asked
	})
	return time.Since(began)
}

func (p *place) until(what string, ok func() bool) {
	p.Helper()
	for end := time.Now().Add(soon); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			p.Fatalf("at %s, after %d requests: not so within %s: %s", p.clock.Now(), p.asked, soon, what)
		}
	}
}

func (p *place) count(query string) (n int) {
	p.Helper()
	err := p.a.DB.Read(p.Context(), func(tx *db.Tx) error { return tx.Row(p.Context(), query, tx.Org()).Scan(&n) })
	if err != nil {
		p.Fatal(err)
	}
	return n
}

// calm lets the server be well again until nothing waits, and checks that each mail left once or is unknown.
func (p *place) calm() map[string]int {
	p.Helper()
	p.mail().Heal()
	waiting := func() int {
		return p.count("SELECT COUNT(*) FROM messages WHERE org = $1 AND channel = 'email' AND direction = 'out' AND state = 'queued'")
	}
	for range 12 {
		p.clock.Advance(time.Hour)
		left := waiting()
		for end := time.Now().Add(soon / 5); left > 0 && time.Now().Before(end); left = waiting() {
			time.Sleep(10 * time.Millisecond)
		}
		if left == 0 {
			break
		}
	}
	states := map[string]int{}
	for _, s := range []string{"queued", "sent", "unknown", "failed", "bounced"} {
		states[s] = p.count("SELECT COUNT(*) FROM messages WHERE org = $1 AND channel = 'email' AND direction = 'out' AND state = '" + s + "'")
	}
	copies, doubtful := map[string]int{}, 0
	for _, s := range p.mails {
		doubtful += s.Doubtful()
		for _, m := range s.Mails() {
			id, _, _ := strings.Cut(m.ID, "@")
			if copies[id]++; copies[id] > 1 {
				p.Errorf("message %s left twice", id)
			}
		}
	}
	// Those that were being answered when the server went away are in doubt as well.
	going := states["unknown"] - doubtful
	if states["sent"]+states["unknown"] != p.asked || doubtful == 0 || going < 0 || going > workers || len(copies) < states["sent"] {
		p.Errorf("of %d mails %v, and %d arrived; want the %d that got no answer unknown and the others sent, each once", p.asked, states, len(copies), doubtful)
	}
	if n := len(p.sms.Taken()); n != p.asked {
		p.Errorf("%d texts left, want %d", n, p.asked)
	}
	return states
}
