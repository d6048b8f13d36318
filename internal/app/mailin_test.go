package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/smtp"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Answers come in by SMTP from eight senders at once into the running program, on the embedded store with every commit
// synced. Each of them becomes one message of the resident; the rate is printed. HEARTH_TEST_MAILS=10000 sends that many, which
// must be read within a minute.
func TestManyMailsComeIn(t *testing.T) {
	const senders = 8
	mails, whole := 400, false
	if n, err := strconv.Atoi(os.Getenv("HEARTH_TEST_MAILS")); err == nil {
		mails, whole = n-n%senders, n >= 10000
	}
	cfg, err := config.Load(config.Input{Flags: map[string]string{"data": t.TempDir(), "listen": "127.0.0.1:0", "metrics-listen": "off", "mail-domain": "mail.oak.example",
		"mail-in": "127.0.0.1:0", "base-url": "https://oak.example"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	a, err := Open(ctx, cfg.Config, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	who := residents(t, a, 50)
	s, err := Listen(a, ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(ctx, ServeOptions{}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()
	began := time.Now()
	var wg sync.WaitGroup
	failed := make(chan error, senders)
	for i := range senders {
		wg.Go(func() { failed <- pour(s.MailInAddr(), who, i*mails/senders, mails/senders) })
	}
	wg.Wait()
	for range senders {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	taken := time.Since(began)
	for s.letters(letterbox.Waiting) > 0 && time.Since(began) < 3*time.Minute {
		time.Sleep(20 * time.Millisecond)
	}
	read := time.Since(began)
	if waiting, done := s.letters(letterbox.Waiting), s.letters(letterbox.Done); waiting != 0 || done != float64(mails) {
		t.Errorf("%v wait and %v are done, want %d", waiting, done, mails)
	}
	if n := received(t, a); n != mails {
		t.Errorf("%d messages came of %d mails", n, mails)
	}
	if st := s.mailIn.Stats(); st.Taken != int64(mails) || st.Again+st.Refused != 0 {
		t.Errorf("%+v", st)
	}
	t.Logf("%d mails: acknowledged in %.1f s (%.0f a second), read and in their conversations after %.1f s (%.0f a second)", mails,
		taken.Seconds(), float64(mails)/taken.Seconds(), read.Seconds(), float64(mails)/read.Seconds())
	if whole && read > time.Minute {
		t.Errorf("they took %v, want a minute at most", read)
	}
}

// residents makes people with an address each.
func residents(t *testing.T, a *App, n int) (addresses []string) {
	t.Helper()
	err := a.DB.Write(t.Context(), func(tx *db.Tx) error {
		p, _, err := a.Records.PutProperty(t.Context(), tx, record.News{}, record.Property{Name: "Oak Court", Zone: "America/New_York", ZoneHow: "told", ZoneConfirmed: true})
		if err != nil {
			return err
		}
		for i := range n {
			address := fmt.Sprintf("r%02d@home.example", i)
			addresses = append(addresses, address)
			if _, err := a.Records.PutHome(t.Context(), tx, record.News{Cause: address}, record.Home{Property: p.ID, Unit: record.Unit{Label: fmt.Sprint(100 + i)}, Members: []record.Member{
				{Resident: record.Resident{First: "Ana", Last: fmt.Sprint("Ruiz", i), Email: address, Role: hearth.MemberLeaseholder}}}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return addresses
}

// pour sends mails one after the other over one connection.
func pour(addr string, who []string, from, n int) error {
	c, err := smtp.Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	quoted := strings.Repeat("> We come on Tuesday at nine and look at the tap.\r\n", 20)
	for i := from; i < from+n; i++ {
		sender := who[i%len(who)]
		if err := c.Mail(sender); err != nil {
			return err
		}
		if err := c.Rcpt("office@mail.oak.example"); err != nil {
			return err
		}
		w, err := c.Data()
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "From: %s\r\nTo: office@mail.oak.example\r\nMessage-ID: <%d@home.example>\r\nSubject: Re: The tap\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+
			"It still drips, number %d.\r\n\r\nOn Tue, Mar 3, 2026, Oak Court <office@oak.example> wrote:\r\n%s", sender, i, i, quoted); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	return c.Quit()
}

// received counts the messages that came in.
func received(t *testing.T, a *App) (n int) {
	t.Helper()
	cursor := ""
	for {
		err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
			page, next, err := a.Messages.List(t.Context(), tx, message.Filter{Direction: message.In}, cursor, 500)
			n, cursor = n+len(page), next
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if cursor == "" {
			return n
		}
	}
}
