package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Wrong passwords are counted three ways: for an address of the network and a login together, which a guesser meets first and
// the owner elsewhere never; for an address of the network, over all logins; and for a login, over all the world, with a limit
// so high that it takes a crowd to reach it. Passkeys and links by mail are not stopped by any of them, so nobody is locked out.
const (
	pairWindow  = 15 * time.Minute
	pairMost    = 8
	netWindow   = 15 * time.Minute
	netMost     = 60
	loginWindow = time.Hour
	loginMost   = 100
)

type meter struct {
	key    string
	window time.Duration
	most   int64
}

// meters gives what a try is counted under. A network of IPv6 counts by its 64 bits.
func meters(login, address string) []meter {
	key := record.EmailKey(login)
	address = network(address)
	return []meter{
		{hashOf("pair " + key + " " + address), pairWindow, pairMost},
		{hashOf("net " + address), netWindow, netMost},
		{hashOf("login " + key), loginWindow, loginMost},
	}
}

// admit fails with CodeBusy while there were too many wrong tries. It is the same for logins that nobody has.
func (p *People) admit(ctx context.Context, tx *db.Tx, ms []meter) error {
	for _, m := range ms {
		n, since, err := tried(ctx, tx, m.key)
		if err != nil {
			return err
		}
		if left := m.window - tx.Now().Sub(since); n >= m.most && left > 0 && left <= m.window {
			return hearth.Errorf(hearth.CodeBusy, "That was wrong too often. Try again in %d minutes, or sign in with a passkey.", int(left/time.Minute)+1)
		}
	}
	return nil
}

func tried(ctx context.Context, tx *db.Tx, key string) (n int64, since time.Time, err error) {
	var at int64
	err = tx.Row(ctx, `SELECT n, since FROM sign_in_tries WHERE org = $1 AND key = $2`, tx.Org(), key).Scan(&n, &at)
	if errors.Is(err, db.ErrNotFound) {
		return 0, time.Time{}, nil
	}
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("read tries: %w", err)
	}
	return n, hearth.FromMillis(at), nil
}

const putTry = `INSERT INTO sign_in_tries (org, key, n, since) VALUES ($1, $2, $3, $4)
 ON CONFLICT (org, key) DO UPDATE SET n = excluded.n, since = excluded.since`

// failed counts a wrong try.
func (p *People) failed(ctx context.Context, tx *db.Tx, ms []meter) error {
	for _, m := range ms {
		n, since, err := tried(ctx, tx, m.key)
		if err != nil {
			return err
		}
		if age := tx.Now().Sub(since); age < 0 || age >= m.window {
			n, since = 0, tx.Now()
		}
		if _, err := tx.Exec(ctx, putTry, tx.Org(), m.key, n+1, hearth.Millis(since)); err != nil {
			return fmt.Errorf("count tries: %w", err)
		}
	}
	return nil
}

// strangersAsk is how often strangers at one address may begin to come in, within askWindow: each time something is kept for a few minutes.
const (
	askWindow    = 5 * time.Minute
	strangersAsk = 100
)

// ask counts that a stranger begins to come in. CodeBusy when that was too often.
func (p *People) ask(ctx context.Context, tx *db.Tx, address string) error {
	m := meter{hashOf("ask " + network(address)), askWindow, strangersAsk}
	if err := p.admit(ctx, tx, []meter{m}); err != nil {
		return hearth.Errorf(hearth.CodeBusy, "Very many sign in from where you are. Try again in a few minutes.")
	}
	return p.failed(ctx, tx, []meter{m})
}

// network is what an address counts as: of IPv6 its 64 bits.
func network(address string) string {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() && !a.Is4In6() {
		if prefix, err := a.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return address
}

// forgive forgets the wrong tries of somebody who came in from there.
func (p *People) forgive(ctx context.Context, tx *db.Tx, ms []meter) error {
	_, err := tx.Exec(ctx, `DELETE FROM sign_in_tries WHERE org = $1 AND key = $2`, tx.Org(), ms[0].key)
	return err
}
