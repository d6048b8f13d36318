package consent

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// tell appends consent.changed. Words that belong to no resident leave no event: nobody's signals depend on them.
func (s *Store) tell(ctx context.Context, tx *db.Tx, g Grant) (known bool, err error) {
	if g.Resident == "" || g.Property == "" {
		return false, nil
	}
	data, err := json.Marshal(map[string]any{"purpose": g.Purpose, "channel": string(g.Channel), "allowed": g.Allowed})
	if err != nil {
		return false, fmt.Errorf("encode consent: %w", err)
	}
	ev := &hearth.Event{ID: g.EventID, Source: g.Source, Type: "consent.changed",
		Subject: hearth.Subject{Kind: "resident", ID: string(g.Resident)}, Property: g.Property,
		Residents: []hearth.ResidentID{g.Resident}, Actor: g.Actor, Time: g.At, Data: data}
	if g.EventID == "" {
		ev.Source = "hearth/fact/consent"
		ev.ID = hearth.DeriveID("evt_", "consent", string(g.Channel), key(g.AddressKey, g.Resident), g.Purpose,
			strconv.FormatBool(g.Allowed), strconv.FormatInt(hearth.Millis(g.At), 10), g.Evidence)
	}
	res, err := s.log.Append(ctx, tx, ev)
	if err != nil {
		return false, fmt.Errorf("append consent.changed: %w", err)
	}
	return len(res) == 1 && res[0].Duplicate, nil
}

const upsertSuppression = `INSERT INTO suppressions (org, channel, address_key, reason, at) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (org, channel, address_key) DO UPDATE SET reason = excluded.reason, at = excluded.at
  WHERE suppressions.reason <> excluded.reason AND suppressions.reason <> 'stop'`

// Suppress stops everything to an address, in all properties of the organization. A STOP is never replaced by a
// lesser reason.
func (s *Store) Suppress(ctx context.Context, tx *db.Tx, channel hearth.Channel, addressKey, reason string) error {
	if addressKey == "" || reason == "" {
		return hearth.FieldErrorf("address", "An address and a reason are needed to stop messages.")
	}
	if _, err := tx.Exec(ctx, upsertSuppression, tx.Org(), string(channel), addressKey, reason, hearth.Millis(tx.Now())); err != nil {
		return fmt.Errorf("suppress an address: %w", err)
	}
	return nil
}

const deleteSuppression = `DELETE FROM suppressions WHERE org = $1 AND channel = $2 AND address_key = $3`

// Unsuppress lets messages go to an address again; recorded consent counts as before.
func (s *Store) Unsuppress(ctx context.Context, tx *db.Tx, channel hearth.Channel, addressKey string) error {
	if _, err := tx.Exec(ctx, deleteSuppression, tx.Org(), string(channel), addressKey); err != nil {
		return fmt.Errorf("lift a suppression: %w", err)
	}
	return nil
}

// Word is one entry of an address's history of consent.
type Word struct {
	Channel  hearth.Channel
	Purpose  string
	Allowed  bool
	Resident hearth.ResidentID
	Source   string
	Evidence string
	Actor    hearth.Actor
	At       time.Time
}

const selectHistory = `SELECT channel, purpose, allowed, resident, source, evidence, actor, at FROM consent_log
  WHERE org = $1 AND channel = $2 AND address_key = $3 ORDER BY at DESC, n DESC`

// History gives every word that was said about an address, newest first.
func (s *Store) History(ctx context.Context, tx *db.Tx, channel hearth.Channel, addressKey string) ([]Word, error) {
	rows, err := tx.Query(ctx, selectHistory, tx.Org(), string(channel), addressKey)
	if err != nil {
		return nil, fmt.Errorf("read consent history: %w", err)
	}
	defer rows.Close()
	var out []Word
	for rows.Next() {
		var w Word
		var yes, at int64
		var actor string
		if err := rows.Scan(&w.Channel, &w.Purpose, &yes, &w.Resident, &w.Source, &w.Evidence, &actor, &at); err != nil {
			return nil, fmt.Errorf("read consent history: %w", err)
		}
		w.Allowed, w.At, w.Actor = yes != 0, hearth.FromMillis(at), hearth.ParseActor(actor)
		out = append(out, w)
	}
	return out, rows.Err()
}
