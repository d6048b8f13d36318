package consent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Stop is an address to which nothing goes, in any property of the organization, with why and by whom.
type Stop struct {
	Channel    hearth.Channel
	AddressKey string
	Reason     string // ReasonBounce and its like, or in words
	Note       string // why a person did it
	Evidence   string // the words, the message's id, the provider's code
	Source     string // where it came from: "sms", "api", a provider
	Resident   hearth.ResidentID
	Actor      hearth.Actor
	At         time.Time // when it was stopped; set by the store
}

// A STOP is replaced by nothing; what waits for a person is replaced by everything but a bounce: a
// dead address may come alive again, and then only the bounce is lifted.
const upsertStop = `INSERT INTO suppressions (org, channel, address_key, reason, at, evidence, actor) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (org, channel, address_key) DO UPDATE SET reason = excluded.reason, at = excluded.at, evidence = excluded.evidence, actor = excluded.actor
  WHERE suppressions.reason <> excluded.reason AND suppressions.reason <> 'stop' AND excluded.reason <> 'may have asked to stop'
  AND excluded.reason <> 'bounced'`

// Stop stops everything to an address, in all properties of the organization, for everybody who shares it. A STOP is
// never replaced by a lesser reason. changed: it was not stopped for this reason before.
func (s *Store) Stop(ctx context.Context, tx *db.Tx, x Stop) (changed bool, err error) {
	if x.Channel == "" || x.AddressKey == "" || x.Reason == "" {
		return false, hearth.FieldErrorf("address", "An address and a reason are needed to stop messages.")
	}
	if x.Actor.Kind == "" {
		x.Actor = hearth.System("consent")
	}
	n, err := tx.Exec(ctx, upsertStop, tx.Org(), string(x.Channel), x.AddressKey, x.Reason, tx.Now(), x.Evidence, x.Actor.String())
	if err != nil {
		return false, fmt.Errorf("stop an address: %w", err)
	}
	if n == 0 {
		return false, nil
	}
	s.changed(tx)
	return true, logStop(ctx, tx, x, true)
}

// Suppress is Stop by the program itself, for a reason that says all.
func (s *Store) Suppress(ctx context.Context, tx *db.Tx, channel hearth.Channel, addressKey, reason string) error {
	_, err := s.Stop(ctx, tx, Stop{Channel: channel, AddressKey: addressKey, Reason: reason})
	return err
}

const deleteStop = `DELETE FROM suppressions WHERE org = $1 AND channel = $2 AND address_key = $3`

// Lift lets messages go to an address again; recorded consent counts as before. x.Reason says why it was lifted and is
// needed. lifted: it had been stopped.
func (s *Store) Lift(ctx context.Context, tx *db.Tx, x Stop) (lifted bool, err error) {
	if x.Reason == "" {
		return false, hearth.FieldErrorf("reason", "Say why messages may go to this address again.")
	}
	if x.Actor.Kind == "" {
		x.Actor = hearth.System("consent")
	}
	n, err := tx.Exec(ctx, deleteStop, tx.Org(), string(x.Channel), x.AddressKey)
	if err != nil {
		return false, fmt.Errorf("lift a stop: %w", err)
	}
	if n == 0 {
		return false, nil
	}
	s.changed(tx)
	return true, logStop(ctx, tx, x, false)
}

// Unsuppress is Lift by the program itself.
func (s *Store) Unsuppress(ctx context.Context, tx *db.Tx, channel hearth.Channel, addressKey string) error {
	_, err := s.Lift(ctx, tx, Stop{Channel: channel, AddressKey: addressKey, Reason: "not told"})
	return err
}

const (
	selectStopLog = `SELECT COALESCE(MAX(n), 0) FROM suppression_log WHERE org = $1 AND channel = $2 AND address_key = $3 AND at = $4`
	insertStopLog = `INSERT INTO suppression_log (org, channel, address_key, at, n, stopped, reason, note, evidence, source, resident, actor)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
)

func logStop(ctx context.Context, tx *db.Tx, x Stop, stopped bool) error {
	var n int64
	if err := tx.Row(ctx, selectStopLog, tx.Org(), string(x.Channel), x.AddressKey, tx.Now()).Scan(&n); err != nil && !errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("read the log of stops: %w", err)
	}
	if _, err := tx.Exec(ctx, insertStopLog, tx.Org(), string(x.Channel), x.AddressKey, tx.Now(), n+1, stopped, x.Reason, x.Note, x.Evidence,
		x.Source, string(x.Resident), x.Actor.String()); err != nil {
		return fmt.Errorf("write the log of stops: %w", err)
	}
	return nil
}

// Stopped is one entry of the log of stops.
type Stopped struct {
	Stop
	Lifted bool // it was lifted then, for the reason given
}

const stopLogColumns = `channel, address_key, at, stopped, reason, note, evidence, source, resident, actor`

const selectStopHistory = `SELECT ` + stopLogColumns + ` FROM suppression_log WHERE org = $1 AND channel = $2 AND address_key = $3 ORDER BY at DESC, n DESC`

// StopHistory gives every stop of an address and every lifting, newest first. A stop that was made before there was a log is
// not in it; Stops shows it as long as it is in force.
func (s *Store) StopHistory(ctx context.Context, tx *db.Tx, channel hearth.Channel, addressKey string) ([]Stopped, error) {
	rows, err := tx.Query(ctx, selectStopHistory, tx.Org(), string(channel), addressKey)
	if err != nil {
		return nil, fmt.Errorf("read the log of stops: %w", err)
	}
	defer rows.Close()
	var out []Stopped
	for rows.Next() {
		var x Stopped
		var stopped bool
		var actor string
		if err := rows.Scan(&x.Channel, &x.AddressKey, &x.At, &stopped, &x.Reason, &x.Note, &x.Evidence, &x.Source, &x.Resident, &actor); err != nil {
			return nil, fmt.Errorf("read the log of stops: %w", err)
		}
		x.Lifted, x.Actor = !stopped, hearth.ParseActor(actor)
		out = append(out, x)
	}
	return out, rows.Err()
}

const (
	stopColumns = `channel, address_key, reason, at, evidence, actor`
	selectStops = `SELECT ` + stopColumns + ` FROM suppressions WHERE org = $1 AND (channel, address_key) > ($2, $3) ORDER BY channel, address_key LIMIT $4`
	selectStop  = `SELECT ` + stopColumns + ` FROM suppressions WHERE org = $1 AND `
)

// Stops gives addresses that are stopped, by channel and address, after a channel and address.
func (s *Store) Stops(ctx context.Context, tx *db.Tx, after Stop, limit int) ([]Stop, error) {
	return stops(tx.Query(ctx, selectStops, tx.Org(), string(after.Channel), after.AddressKey, max(1, min(limit, 500))))
}

// StopsOf gives what is stopped of some addresses, on any channel.
func (s *Store) StopsOf(ctx context.Context, tx *db.Tx, addressKeys ...string) ([]Stop, error) {
	if len(addressKeys) == 0 {
		return nil, nil
	}
	clause, arg := tx.In("address_key", 2, addressKeys)
	return stops(tx.Query(ctx, selectStop+clause+" ORDER BY channel, address_key", tx.Org(), arg))
}

func stops(rows *db.Rows, err error) ([]Stop, error) {
	if err != nil {
		return nil, fmt.Errorf("list what is stopped: %w", err)
	}
	defer rows.Close()
	var out []Stop
	for rows.Next() {
		var x Stop
		var actor string
		if err := rows.Scan(&x.Channel, &x.AddressKey, &x.Reason, &x.At, &x.Evidence, &actor); err != nil {
			return nil, fmt.Errorf("list what is stopped: %w", err)
		}
		x.Actor = hearth.ParseActor(actor)
		out = append(out, x)
	}
	return out, rows.Err()
}
