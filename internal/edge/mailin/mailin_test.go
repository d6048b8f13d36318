package mailin

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

const domain = "mail.hearth.example"

// keeper keeps mails in a real store.
type keeper struct {
	d   *db.DB
	box *letterbox.Store
	// broken makes keeping fail.
	mu     sync.Mutex
	broken bool
}

func (k *keeper) keep(ctx context.Context, in letterbox.Incoming) (id string, fresh bool, err error) {
	k.mu.Lock()
	broken := k.broken
	k.mu.Unlock()
	if broken {
		return "", false, errors.New("the disk is full")
	}
	err = k.d.Write(ctx, func(tx *db.Tx) (err error) {
		id, fresh, err = k.box.Keep(ctx, tx, in)
		return err
	})
	return id, fresh, err
}

func (k *keeper) waiting(t testing.TB) (out []letterbox.Letter) {
	t.Helper()
	err := k.d.Read(t.Context(), func(tx *db.Tx) (err error) {
		out, err = k.box.Waiting(t.Context(), tx, 100000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// listen starts a listener over a store.
func listen(t testing.TB, d *db.DB, conf *tls.Config) (addr string, k *keeper, s *Server) {
	t.Helper()
	k = &keeper{d: d, box: letterbox.New()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = New(Deps{Domain: domain, TLS: conf, Keep: k.keep, Logger: slog.New(slog.DiscardHandler)})
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Log(err) // a client that was left open
		}
		l.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), k, s
}

// code gives the reply code of an error.
func code(err error) int {
	var e *textproto.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func send(addr, from string, to []string, body string) error {
	c, err := smtp.Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Mail(from); err != nil {
		return err
	}
	for _, x := range to {
		if err := c.Rcpt(x); err != nil {
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(body)); err != nil {
		return err
	}
	return w.Close()
}

// Mail for our domain is on disk when its sender hears yes; nothing is taken for anybody else.
func TestTakesOurMailOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *hearth.VirtualClock) {
		addr, k, s := listen(t, d, nil)
		const mail = "From: a@x.example\r\nMessage-ID: <1@x.example>\r\n\r\n.hello\r\n"
		for _, c := range []struct {
			name string
			to   []string
			code int
		}{
			{"ours", []string{"reply+x@" + domain}, 0}, {"in capitals", []string{"REPLY+x@MAIL.hearth.example"}, 0},
			{"elsewhere", []string{"b@y.example"}, 550}, {"a part of ours", []string{"b@hearth.example"}, 550}, {"ours and another's", []string{"a@" + domain, "b@y.example"}, 550},
			{"the old trick", []string{"b%y.example@z.example"}, 550}, {"a route", []string{"b@y.example@" + domain + ".evil.example"}, 550}, {"no domain", []string{"postmaster"}, 501},
			{"nobody", []string{"@" + domain}, 501},
		} {
			err := send(addr, "a@x.example", c.to, mail)
			if got := code(err); got != c.code && !(c.code == 501 && got == 550) {
				t.Errorf("%s: %v, want %d", c.name, err, c.code)
			}
		}
		all := k.waiting(t)
		if len(all) != 1 || all[0].Sender != "a@x.example" || all[0].Rcpt[0] != "reply+x@"+domain {
			t.Fatalf("%+v", all)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			raw, err := k.box.Raw(t.Context(), tx, all[0].ID)
			if string(raw) != mail {
				t.Errorf("kept %q, want %q", raw, mail)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if st := s.Stats(); st.Taken != 1 || st.Again != 1 {
			t.Errorf("%+v", st)
		}
	})
}

// What cannot be kept is not taken: its sender tries again.
func TestBounds(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	addr, k, s := listen(t, d, nil)
	to := []string{"a@" + domain}
	k.mu.Lock()
	k.broken = true
	k.mu.Unlock()
	if err := send(addr, "", to, "From: a@x.example\r\n\r\nhello\r\n"); code(err) != 451 {
		t.Errorf("a full disk: %v, want 451", err)
	}
	k.mu.Lock()
	k.broken = false
	k.mu.Unlock()
	if err := send(addr, "", to, "From: a@x.example\r\n\r\n"+strings.Repeat(strings.Repeat("x", 998)+"\r\n", letterbox.MaxBytes/1000+100)); code(err) != 552 {
		t.Errorf("too long: %v, want 552", err)
	}
	many := make([]string, maxRcpt+1)
	for i := range many {
		many[i] = fmt.Sprintf("a%d@%s", i, domain)
	}
	if err := send(addr, "", many, "From: a@x.example\r\n\r\nhello\r\n"); code(err) != 452 {
		t.Errorf("too many recipients: %v, want 452", err)
	}
	if err := send(addr, "", to, "From: a@x.example\r\nSubject: "+strings.Repeat("y", 3*maxLine)+"\r\n\r\nhello\r\n"); err == nil {
		t.Error("a line without end was taken")
	}
	if err := send(addr, "", to, "From: a@x.example\r\n\r\nhello\x00\xff\r\n"); err != nil {
		t.Errorf("bytes: %v", err)
	}
	if n := len(k.waiting(t)); n != 1 {
		t.Errorf("%d are kept, want 1", n)
	}
	var held []net.Conn
	for range maxPerHost {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
		if _, err := textproto.NewConn(c).ReadLine(); err != nil {
			t.Fatal(err)
		}
	}
	if err := send(addr, "", to, "From: a@x.example\r\n\r\nhello again\r\n"); code(err) != 421 {
		t.Errorf("too many connections: %v, want 421", err)
	}
	other := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	if c, err := other.Dial("tcp", addr); err != nil {
		t.Errorf("another host: %v", err)
	} else {
		if said, err := textproto.NewConn(c).ReadLine(); err != nil || !strings.HasPrefix(said, "220 ") {
			t.Errorf("another host is told %q, %v", said, err)
		}
		c.Close()
	}
	for _, c := range held {
		c.Close()
	}
	for s.places.open() > 0 { // their ends are seen one by one
		time.Sleep(time.Millisecond)
	}
	if err := send(addr, "", to, "From: a@x.example\r\n\r\nhello at last\r\n"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if got := s.pending.Load(); got != 0 {
		t.Errorf("%d bytes are still counted", got)
	}
}

// With a certificate, STARTTLS is offered and works.
func TestStartTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: domain}, DNSNames: []string{domain}, NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	d, _ := dbtest.SQLite(t)
	addr, k, _ := listen(t, d, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12})
	c, err := smtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.StartTLS(&tls.Config{RootCAs: pool, ServerName: domain, MinVersion: tls.VersionTLS12}); err != nil {
		t.Fatal(err)
	}
	if err := c.Mail("a@x.example"); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt("a@" + domain); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("From: a@x.example\r\n\r\nhello\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil || len(k.waiting(t)) != 1 {
		t.Errorf("%v, %d kept", err, len(k.waiting(t)))
	}
}

// A connection that ends in the middle of a mail leaves nothing.
func TestCutOff(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	addr, k, s := listen(t, d, nil)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	tp := textproto.NewConn(c)
	for _, line := range []string{"EHLO x", "MAIL FROM:<>", "RCPT TO:<a@" + domain + ">", "DATA"} {
		if _, err := tp.Cmd("%s", line); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Write([]byte("From: a@x.example\r\n\r\nhalf a mail")); err != nil {
		t.Fatal(err)
	}
	c.Close()
	for s.places.open() > 0 {
		time.Sleep(time.Millisecond)
	}
	if n := len(k.waiting(t)); n != 0 || s.pending.Load() != 0 {
		t.Errorf("%d kept, %d bytes counted", n, s.pending.Load())
	}
}
