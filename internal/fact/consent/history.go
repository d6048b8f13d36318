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
		// Two who share an address said it both: it is an event of each.
		ev.ID = hearth.DeriveID("evt_", "consent", string(g.Channel), key(g.AddressKey, g.Resident), string(g.Resident), g.Purpose,
			strconv.FormatBool(g.Allowed), strconv.FormatInt(hearth.Millis(g.At), 10), g.Evidence)
	}
	res, err := s.log.Append(ctx, tx, ev)
	if err != nil {
		return false, fmt.Errorf("append consent.changed: %w", err)
	}
	return len(res) == 1 && res[0].Duplicate, nil
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
	Wording  string // the words that were shown; "" where nobody knows
	Reason   string // why an earlier word was turned
	// AddressKey is the address that it was said about, or the resident.
	AddressKey string
}

const wordColumns = `channel, address_key, purpose, allowed, resident, source, evidence, actor, at, wording, reason`

const selectHistory = `SELECT ` + wordColumns + ` FROM consent_log
  WHERE org = $1 AND channel = $2 AND address_key = $3 ORDER BY at DESC, n DESC`

// History gives every word that was said about an address, newest first.
func (s *Store) History(ctx context.Context, tx *db.Tx, channel hearth.Channel, addressKey string) ([]Word, error) {
	return words(tx.Query(ctx, selectHistory, tx.Org(), string(channel), addressKey))
}

func words(rows *db.Rows, err error) ([]Word, error) {
	if err != nil {
		return nil, fmt.Errorf("read consent history: %w", err)
	}
	defer rows.Close()
	var out []Word
	for rows.Next() {
		var w Word
		var actor string
		if err := rows.Scan(&w.Channel, &w.AddressKey, &w.Purpose, &w.Allowed, &w.Resident, &w.Source, &w.Evidence, &actor, &w.At, &w.Wording, &w.Reason); err != nil {
			return nil, fmt.Errorf("read consent history: %w", err)
		}
		w.Actor = hearth.ParseActor(actor)
		out = append(out, w)
	}
	return out, rows.Err()
}
