package consent

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// RevocationState is where somebody's wish to hear no more stands.
type RevocationState string

// The states.
const (
	RevocationOpen     RevocationState = "open"     // held at once; a person has still to read it
	RevocationHonoured RevocationState = "honoured" // stopped
	RevocationMistaken RevocationState = "mistaken" // it was meant otherwise, a person says
)

// RevocationRule says by when a wish must have been honoured, and from where we know.
const RevocationRule = "10 business days (47 CFR 64.1200(a)(10), in force since 2025-04-11; checked 2026-01-06)"

// Revocation is one wish to hear no more, with its clock. Hearth stops at once; the clock is for what a person has to
// read first.
type Revocation struct {
	ID         string
	Channel    hearth.Channel
	AddressKey string
	Resident   hearth.ResidentID // "" where nobody or several have the address
	Property   hearth.PropertyID
	Scope      string // "" everything on the channel, else a purpose
	Words      string
	Received   time.Time
	Due        time.Time
	Rule       string
	State      RevocationState
	Settled    time.Time
	Actor      hearth.Actor
	Task       string
}

// DueFor gives the end of the tenth business day after a moment. Saturdays and Sundays do not count; holidays do, so that
// the day is never later than the law's.
func DueFor(received time.Time, zone *time.Location) time.Time {
	day := hearth.DayOf(received, zone)
	for n := 0; n < 10; {
		day++
		if w := day.At(12*60, zone).In(zone).Weekday(); w != time.Saturday && w != time.Sunday {
			n++
		}
	}
	return (day + 1).Start(zone).Add(-time.Second).UTC()
}

const insertRevocation = `INSERT INTO revocations (org, id, channel, address_key, resident, property, scope, words, received, due, rule, state, settled, actor, task)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (org, id) DO NOTHING`

// Revoke keeps a wish and acts on it at once: an honoured one stops the address for good, an open one holds everything
// until a person has read it. The same wish twice is one. fresh: it was not there before.
func (s *Store) Revoke(ctx context.Context, tx *db.Tx, r Revocation) (fresh bool, err error) {
	if r.ID == "" || r.Channel == "" || r.AddressKey == "" || r.Due.IsZero() {
		return false, hearth.FieldErrorf("revocation", "A wish to hear no more needs an id, a channel, an address and a day by which it is honoured.")
	}
	reason := ReasonPending
	if r.State == RevocationHonoured {
		reason, r.Settled = ReasonStop, tx.Now()
	}
	if r.Rule == "" {
		r.Rule = RevocationRule
	}
	n, err := tx.Exec(ctx, insertRevocation, tx.Org(), r.ID, string(r.Channel), r.AddressKey, string(r.Resident), string(r.Property), r.Scope, r.Words,
		r.Received, r.Due, r.Rule, string(r.State), millis(r.Settled), r.Actor.String(), r.Task)
	if err != nil || n == 0 {
		return false, wrapped("keep a wish to hear no more", err)
	}
	_, err = s.Stop(ctx, tx, Stop{Channel: r.Channel, AddressKey: r.AddressKey, Reason: reason, Evidence: r.ID, Source: string(r.Channel),
		Resident: r.Resident, Actor: r.Actor})
	return true, err
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return hearth.Millis(t)
}

func wrapped(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

const settleRevocation = `UPDATE revocations SET state = $1, settled = $2, actor = $3 WHERE org = $4 AND id = $5 AND state = 'open'`

// Settle ends an open wish by a person's word: it was meant, and the address is stopped for good; or it was not, and the
// hold ends. It fails with CodeConflict when it was settled before.
func (s *Store) Settle(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, meant bool) error {
	r, err := s.Revocation(ctx, tx, id)
	if err != nil {
		return err
	}
	to := RevocationMistaken
	if meant {
		to = RevocationHonoured
	}
	n, err := tx.Exec(ctx, settleRevocation, string(to), tx.Now(), actor.String(), tx.Org(), id)
	if err != nil {
		return fmt.Errorf("settle a wish to hear no more: %w", err)
	}
	if n == 0 {
		return hearth.Errorf(hearth.CodeConflict, "This was decided already: %s.", r.State)
	}
	if meant {
		_, err = s.Stop(ctx, tx, Stop{Channel: r.Channel, AddressKey: r.AddressKey, Reason: ReasonStop, Evidence: r.ID, Source: string(r.Channel),
			Resident: r.Resident, Actor: actor})
		return err
	}
	return s.release(ctx, tx, actor, r)
}

// release lifts the hold of a wish that was meant otherwise, unless another one still waits or the address is stopped for
// another reason by now.
func (s *Store) release(ctx context.Context, tx *db.Tx, actor hearth.Actor, r Revocation) error {
	open, err := s.RevocationsOf(ctx, tx, r.AddressKey)
	if err != nil {
		return err
	}
	for _, o := range open {
		if o.State == RevocationOpen && o.Channel == r.Channel {
			return nil
		}
	}
	now, err := s.StopsOf(ctx, tx, r.AddressKey)
	if err != nil {
		return err
	}
	for _, x := range now {
		if x.Channel == r.Channel && x.Reason == ReasonPending {
			_, err = s.Lift(ctx, tx, Stop{Channel: r.Channel, AddressKey: r.AddressKey, Reason: "It was meant otherwise.", Evidence: r.ID, Actor: actor})
		}
	}
	return err
}

const (
	revocationColumns   = `id, channel, address_key, resident, property, scope, words, received, due, rule, state, settled, actor, task`
	selectRevocation    = `SELECT ` + revocationColumns + ` FROM revocations WHERE org = $1 AND id = $2`
	selectOpen          = `SELECT ` + revocationColumns + ` FROM revocations WHERE org = $1 AND state = 'open' ORDER BY due, id LIMIT $2`
	selectForTask       = `SELECT ` + revocationColumns + ` FROM revocations WHERE org = $1 AND state = 'open' AND task = $2 ORDER BY received, id`
	selectRevocationsOf = `SELECT ` + revocationColumns + ` FROM revocations WHERE org = $1 AND `
)

// Revocation gives one wish. It fails with CodeNotFound if there is none.
func (s *Store) Revocation(ctx context.Context, tx *db.Tx, id string) (Revocation, error) {
	all, err := s.revocations(tx.Query(ctx, selectRevocation, tx.Org(), id))
	if err == nil && len(all) == 0 {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no wish %s to hear no more.", id)
	}
	if err != nil {
		return Revocation{}, err
	}
	return all[0], nil
}

// RevocationsFor gives the open wishes that a task asks about.
func (s *Store) RevocationsFor(ctx context.Context, tx *db.Tx, task string) ([]Revocation, error) {
	return s.revocations(tx.Query(ctx, selectForTask, tx.Org(), task))
}

// Open gives the wishes that a person has still to read, the most urgent first.
func (s *Store) Open(ctx context.Context, tx *db.Tx, limit int) ([]Revocation, error) {
	return s.revocations(tx.Query(ctx, selectOpen, tx.Org(), max(1, min(limit, 500))))
}

// RevocationsOf gives all wishes about some addresses, newest first.
func (s *Store) RevocationsOf(ctx context.Context, tx *db.Tx, addressKeys ...string) ([]Revocation, error) {
	if len(addressKeys) == 0 {
		return nil, nil
	}
	clause, arg := tx.In("address_key", 2, addressKeys)
	return s.revocations(tx.Query(ctx, selectRevocationsOf+clause+" ORDER BY received DESC, id", tx.Org(), arg))
}

func (s *Store) revocations(rows *db.Rows, err error) ([]Revocation, error) {
	if err != nil {
		return nil, fmt.Errorf("read wishes to hear no more: %w", err)
	}
	defer rows.Close()
	var out []Revocation
	for rows.Next() {
		var r Revocation
		var settled int64
		var actor string
		if err := rows.Scan(&r.ID, &r.Channel, &r.AddressKey, &r.Resident, &r.Property, &r.Scope, &r.Words, &r.Received, &r.Due, &r.Rule,
			&r.State, &settled, &actor, &r.Task); err != nil {
			return nil, fmt.Errorf("read wishes to hear no more: %w", err)
		}
		if settled > 0 {
			r.Settled = hearth.FromMillis(settled)
		}
		r.Actor = hearth.ParseActor(actor)
		out = append(out, r)
	}
	return out, rows.Err()
}
