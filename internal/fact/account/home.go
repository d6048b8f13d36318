package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Residents come in by a code that is sent to an address on record, and need no account: several share an address, and some
// have only a telephone.

// How long a resident's code is good, and how often it may be tried.
const (
	HomeCodeFor = 10 * time.Minute
	homeTries   = 5
)

// homeMeters gives what asking for a code is counted under, known or not: an address and a network together, the network, and the
// address over all the world. Each code costs a message, and five guesses of a million.
func homeMeters(key, address string) []meter {
	address = network(address)
	return []meter{
		{hashOf("home pair " + key + " " + address), pairWindow, 4},
		{hashOf("home net " + address), netWindow, 40},
		{hashOf("home address " + key), loginWindow, pairMost},
	}
}

// homeGuesses counts wrong codes from a network.
func homeGuesses(address string) []meter {
	return []meter{{hashOf("home code " + network(address)), netWindow, netMost}}
}

// HomeAsk is somebody's asking for a code.
type HomeAsk struct {
	Key string // what they wrote, normalised: record.EmailKey or record.PhoneKey
	// Send has a message carry the code, and tells as whom one may come in by it: nobody, and "", where nothing goes.
	Send func(secret string) (hearth.MessageID, []hearth.ResidentID, error)
}

// AdmitHome counts that a code is asked for, and fails with CodeBusy when that was too often. It is the same for what nobody is known by.
func (p *People) AdmitHome(ctx context.Context, tx *db.Tx, key, address string) error {
	return p.brake(ctx, tx, homeMeters(key, address))
}

// brake counts one more, or fails with CodeBusy.
func (p *People) brake(ctx context.Context, tx *db.Tx, ms []meter) error {
	if err := p.admit(ctx, tx, ms); err != nil {
		if hearth.CodeOf(err) == hearth.CodeBusy {
			return hearth.Errorf(hearth.CodeBusy, "This was too often in a short time. Wait a little and try again.")
		}
		return err
	}
	return p.failed(ctx, tx, ms)
}

const (
	insertEntry   = `INSERT INTO home_entries (org, hash, asked, message, made, ends, tries, proved) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)`
	insertEntrant = `INSERT INTO home_entrants (org, hash, resident) VALUES ($1, $2, $3)`
	// An earlier code opens nothing any more. Its row stays until its time, so that trying it answers as if nobody were known:
	// else whoever asks twice could tell.
	outdateAsked    = `UPDATE home_entries SET message = '' WHERE org = $1 AND asked = $2`
	outdateEntrants = `UPDATE home_entries SET message = '' WHERE org = $1 AND proved = 0 AND hash IN (SELECT hash FROM home_entrants WHERE org = $2 AND resident = $3)`
)

// AskHome begins a coming in and gives what the browser keeps. Earlier codes of the same people open nothing any more.
func (p *People) AskHome(ctx context.Context, tx *db.Tx, ask HomeAsk) (string, error) {
	secret, err := p.secret()
	if err != nil {
		return "", err
	}
	asked := hashOf("home asked " + ask.Key)
	if _, err := tx.Exec(ctx, outdateAsked, tx.Org(), asked); err != nil {
		return "", fmt.Errorf("end earlier codes: %w", err)
	}
	id, entrants, err := ask.Send(secret)
	if err != nil {
		return "", err
	}
	now := tx.Now()
	if _, err := tx.Exec(ctx, insertEntry, tx.Org(), hashOf(secret), asked, string(id), hearth.Millis(now), hearth.Millis(now.Add(HomeCodeFor))); err != nil {
		return "", fmt.Errorf("begin a coming in: %w", err)
	}
	for _, who := range entrants {
		if _, err := tx.Exec(ctx, outdateEntrants, tx.Org(), tx.Org(), string(who)); err != nil {
			return "", fmt.Errorf("end earlier codes: %w", err)
		}
	}
	for _, who := range entrants {
		if _, err := tx.Exec(ctx, insertEntrant, tx.Org(), hashOf(secret), string(who)); err != nil {
			return "", fmt.Errorf("begin a coming in: %w", err)
		}
	}
	return secret, nil
}

// errHomeOver is the same for a code that was used, one whose time is over, one that was tried too often, and none at all.
func errHomeOver() error {
	return hearth.Errorf(hearth.CodeForbidden, "This code is used or its time is over. Ask for a new one.")
}

// homeEntry is a coming in that has begun.
type homeEntry struct {
	hash    string
	message hearth.MessageID
	tries   int64
	proved  bool
}

const (
	selectEntry    = `SELECT message, made, ends, tries, proved FROM home_entries WHERE org = $1 AND hash = $2`
	selectEntrants = `SELECT resident FROM home_entrants WHERE org = $1 AND hash = $2 ORDER BY resident`
	countHomeTry   = `UPDATE home_entries SET tries = tries + 1 WHERE org = $1 AND hash = $2 AND tries < $3`
	proveEntry     = `UPDATE home_entries SET proved = $1, ends = $2, message = '' WHERE org = $3 AND hash = $4 AND proved = 0`
	deleteEntry    = `DELETE FROM home_entries WHERE org = $1 AND hash = $2`
	deleteEntrants = `DELETE FROM home_entrants WHERE org = $1 AND hash = $2`
)

// entry reads a coming in. CodeForbidden if there is none, or its time is over.
func (p *People) entry(ctx context.Context, tx *db.Tx, secret string) (homeEntry, error) {
	e := homeEntry{hash: hashOf(secret)}
	var made, ends, proved int64
	err := tx.Row(ctx, selectEntry, tx.Org(), e.hash).Scan(&e.message, &made, &ends, &e.tries, &proved)
	now := hearth.Millis(tx.Now())
	switch {
	case errors.Is(err, db.ErrNotFound) || err == nil && (now < made || now >= ends):
		return e, errHomeOver()
	case err != nil:
		return e, fmt.Errorf("read a coming in: %w", err)
	}
	e.proved = proved != 0
	return e, nil
}

func (p *People) entrants(ctx context.Context, tx *db.Tx, e homeEntry) ([]hearth.ResidentID, error) {
	rows, err := tx.Query(ctx, selectEntrants, tx.Org(), e.hash)
	if err != nil {
		return nil, fmt.Errorf("read who comes in: %w", err)
	}
	defer rows.Close()
	var out []hearth.ResidentID
	for rows.Next() {
		var id hearth.ResidentID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read who comes in: %w", err)
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// WaitsHome tells whether a code can still be tried with what a browser keeps. CodeForbidden if not.
func (p *People) WaitsHome(ctx context.Context, tx *db.Tx, secret string) error {
	e, err := p.entry(ctx, tx, secret)
	if err == nil && (e.proved || e.tries >= homeTries) {
		err = errHomeOver()
	}
	return err
}

// TryHome tries a code, which right compares with the one that a message carried. It gives as whom one may come in now, and nobody for a
// wrong code; ChooseHome opens the session. It fails with CodeForbidden once the code is used, over, or was tried five times, and with
// CodeBusy after too many wrong codes from a network; a wrong code must be committed all the same.
func (p *People) TryHome(ctx context.Context, tx *db.Tx, secret, address string, right func(hearth.MessageID) (bool, error)) ([]hearth.ResidentID, error) {
	guesses := homeGuesses(address)
	if err := p.admit(ctx, tx, guesses); err != nil {
		if hearth.CodeOf(err) == hearth.CodeBusy {
			return nil, hearth.Errorf(hearth.CodeBusy, "This was wrong too often in a short time. Wait a little and try again.")
		}
		return nil, err
	}
	// The count comes first: of many tries at the same moment no more than five are looked at.
	n, err := tx.Exec(ctx, countHomeTry, tx.Org(), hashOf(secret), homeTries)
	if err != nil {
		return nil, fmt.Errorf("count a try: %w", err)
	}
	e, err := p.entry(ctx, tx, secret)
	if err != nil {
		return nil, err
	}
	if n == 0 || e.proved {
		return nil, errHomeOver()
	}
	ok := false
	if e.message != "" {
		if ok, err = right(e.message); err != nil {
			return nil, err
		}
	}
	if !ok {
		return nil, p.failed(ctx, tx, guesses)
	}
	now := tx.Now()
	if _, err := tx.Exec(ctx, proveEntry, hearth.Millis(now), hearth.Millis(now.Add(HomeCodeFor)), tx.Org(), e.hash); err != nil {
		return nil, fmt.Errorf("use a code: %w", err)
	}
	return p.entrants(ctx, tx, e)
}

// ProvedHome gives as whom one may come in after a right code. CodeForbidden if there was none.
func (p *People) ProvedHome(ctx context.Context, tx *db.Tx, secret string) ([]hearth.ResidentID, error) {
	e, err := p.entry(ctx, tx, secret)
	if err != nil {
		return nil, err
	}
	if !e.proved {
		return nil, errHomeOver()
	}
	return p.entrants(ctx, tx, e)
}

// ForgetHome ends a coming in: it opens nothing any more. Of two who do so at the same time one fails with CodeForbidden.
func (p *People) ForgetHome(ctx context.Context, tx *db.Tx, secret string) error {
	n, err := tx.Exec(ctx, deleteEntry, tx.Org(), hashOf(secret))
	if err == nil {
		_, err = tx.Exec(ctx, deleteEntrants, tx.Org(), hashOf(secret))
	}
	if err != nil {
		return fmt.Errorf("end a coming in: %w", err)
	}
	if n == 0 {
		return errHomeOver()
	}
	return nil
}
