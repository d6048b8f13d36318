package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"sync"
	"time"

	"hearth/internal/base/db"
)

const (
	mailDomain = "mail.court.example"
	senders    = 8 // connections that bring mail in
)

// heardPart measures mail of residents that comes in: from the first connection until the last is in its conversation. One
// that is missing fails it.
func (b *bench) heardPart(ctx context.Context) error {
	var speed []float64
	for i := range b.runs {
		t, err := b.clone(ctx, b.base, fmt.Sprintf("heard-%d", i))
		if err != nil {
			return err
		}
		r, err := b.listen(ctx, t)
		if err != nil {
			return err
		}
		b.drop(t)
		speed = append(speed, r)
	}
	b.add(Figure{Name: "inbound", What: "mail of residents taken, read and in its conversation, none lost", Unit: "/s", Samples: speed, Aim: 10_000.0 / 60})
	return nil
}

// listen serves a community that takes mail, writes to it and gives how many a second it was done with.
func (b *bench) listen(ctx context.Context, t *town) (float64, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a port that is free now
	if err != nil {
		return 0, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return 0, err
	}
	t.flags = []string{"--mail-in", addr, "--mail-domain", mailDomain}
	s, err := b.serve(ctx, t, "")
	if err != nil {
		return 0, err
	}
	began := time.Now()
	err = b.write(addr, t.residents)
	for n := 0; n < b.inbound && err == nil; {
		err = s.db.Read(ctx, func(tx *db.Tx) error {
			return tx.Row(ctx, `SELECT COUNT(*) FROM messages WHERE org = $1 AND direction = 'in' AND state = 'received'`, tx.Org()).Scan(&n)
		})
		if err == nil && time.Since(began) > 5*time.Minute {
			err = fmt.Errorf("%d of %d mails are in their conversations after five minutes", n, b.inbound)
		}
		if err == nil && n < b.inbound {
			err = pause(ctx, 10*time.Millisecond)
		}
	}
	return rate(b.inbound, time.Since(began)), errors.Join(err, s.stop(ctx))
}

// write has residents write their mails over several connections.
func (b *bench) write(addr string, residents int) error {
	var wg sync.WaitGroup
	bad := make([]error, senders)
	for k := range senders {
		wg.Go(func() {
			c, err := smtp.Dial(addr)
			for i := k; i < b.inbound && err == nil; i += senders {
				err = one(c, i, residents)
			}
			if err == nil {
				err = c.Quit()
			}
			bad[k] = err
		})
	}
	wg.Wait()
	return errors.Join(bad...)
}

func one(c *smtp.Client, i, residents int) error {
	from := fmt.Sprintf("r%d@homes.example", i%residents)
	if err := errors.Join(c.Mail(from), c.Rcpt("reply@"+mailDomain)); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "From: <%s>\r\nTo: <reply@%s>\r\nSubject: Re: your visit\r\nMessage-ID: <b%d@homes.example>\r\nDate: %s\r\n\r\nThank you, mail number %d. The tap works again.\r\n\r\n%s",
		from, mailDomain, i, time.Now().Format(time.RFC1123Z), i, strings.Repeat("> We come on Tuesday at nine and look at the tap.\r\n", 20))
	return errors.Join(err, w.Close())
}
