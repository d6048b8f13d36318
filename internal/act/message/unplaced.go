package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// Where something stands that belongs to nobody for sure.
const (
	UnplacedOpen   = "open"   // a person is asked
	UnplacedPlaced = "placed" // it is a resident's
	UnplacedNobody = "nobody" // a person says that it is nobody's
)

// Candidate is somebody who may have written, with how they are called where a person is asked.
type Candidate struct {
	Resident hearth.ResidentID `json:"resident"`
	Label    string            `json:"label"`
}

// Unplaced is a message that came in from an address which nobody or several have. It is kept until a person says whose it
// is; nothing is guessed.
type Unplaced struct {
	ID         string // from the source and its number
	Channel    hearth.Channel
	AddressKey string
	Address    string // as it came
	SentTo     string // which of our addresses it was sent to
	Body       string
	Source     string // and Event: under which the source told it
	Event      string
	Received   time.Time
	Property   hearth.PropertyID // whose team is asked
	Candidates []Candidate
	Task       hearth.TaskID
	State      string
	Resident   hearth.ResidentID // whose it is, once a person said
	Settled    time.Time
	SettledBy  hearth.Actor
}

const (
	unplacedColumns = `id, channel, address_key, address, sent_to, body, source, event, received, property, candidates, task, state, resident, settled, settled_by`
	insertUnplaced  = `INSERT INTO unplaced (org, id, channel, address_key, address, sent_to, body, source, event, received, property, candidates, task, state, resident, settled, settled_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'open', '', 0, '') ON CONFLICT (org, id) DO NOTHING`
	selectUnplaced     = `SELECT ` + unplacedColumns + ` FROM unplaced WHERE org = $1 AND id = $2`
	selectOpenUnplaced = `SELECT ` + unplacedColumns + ` FROM unplaced WHERE org = $1 AND state = 'open' ORDER BY received, id LIMIT $2`
	selectOpenOf       = `SELECT ` + unplacedColumns + ` FROM unplaced WHERE org = $1 AND state = 'open' AND task = $2 ORDER BY received, id`
	selectOpenFrom     = `SELECT ` + unplacedColumns + ` FROM unplaced WHERE org = $1 AND channel = $2 AND address_key = $3 AND state = 'open' ORDER BY received, id`
)

// Keep stores what came in and belongs to nobody for sure. The same one twice is one; fresh tells that it was not there.
func (s *Store) Keep(ctx context.Context, tx *db.Tx, u Unplaced) (fresh bool, err error) {
	if u.ID == "" || u.Channel == "" || u.AddressKey == "" {
		return false, hearth.FieldErrorf("address", "What came in needs an id, a channel and an address that it came from.")
	}
	list, err := json.Marshal(u.Candidates)
	if err != nil {
		return false, fmt.Errorf("keep what came in: %w", err)
	}
	n, err := tx.Exec(ctx, insertUnplaced, tx.Org(), u.ID, string(u.Channel), u.AddressKey, u.Address, u.SentTo, u.Body, u.Source, u.Event, u.Received,
		string(u.Property), string(list), string(u.Task))
	if err != nil {
		return false, fmt.Errorf("keep what came in: %w", err)
	}
	return n == 1, nil
}

// Unplaced gives what waits for a person to say whose it is, the oldest first.
func (s *Store) Unplaced(ctx context.Context, tx *db.Tx, limit int) ([]Unplaced, error) {
	return unplaced(tx.Query(ctx, selectOpenUnplaced, tx.Org(), max(1, min(limit, maxPage))))
}

// UnplacedFrom gives what waits from one address.
func (s *Store) UnplacedFrom(ctx context.Context, tx *db.Tx, channel hearth.Channel, addressKey string) ([]Unplaced, error) {
	return unplaced(tx.Query(ctx, selectOpenFrom, tx.Org(), string(channel), addressKey))
}

// UnplacedOf gives what waits for the answer of one task.
func (s *Store) UnplacedOf(ctx context.Context, tx *db.Tx, id hearth.TaskID) ([]Unplaced, error) {
	return unplaced(tx.Query(ctx, selectOpenOf, tx.Org(), string(id)))
}

// UnplacedByID gives one. It fails with CodeNotFound if there is none.
func (s *Store) UnplacedByID(ctx context.Context, tx *db.Tx, id string) (Unplaced, error) {
	all, err := unplaced(tx.Query(ctx, selectUnplaced, tx.Org(), id))
	if err == nil && len(all) == 0 {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no message %s that waits for a sender.", id)
	}
	if err != nil {
		return Unplaced{}, err
	}
	return all[0], nil
}

func unplaced(rows *db.Rows, err error) ([]Unplaced, error) {
	if err != nil {
		return nil, fmt.Errorf("read what waits for a sender: %w", err)
	}
	defer rows.Close()
	var out []Unplaced
	for rows.Next() {
		var u Unplaced
		var list, by string
		var settled int64
		if err := rows.Scan(&u.ID, &u.Channel, &u.AddressKey, &u.Address, &u.SentTo, &u.Body, &u.Source, &u.Event, &u.Received, &u.Property,
			&list, &u.Task, &u.State, &u.Resident, &settled, &by); err != nil {
			return nil, fmt.Errorf("read what waits for a sender: %w", err)
		}
		if err := json.Unmarshal([]byte(list), &u.Candidates); err != nil {
			return nil, fmt.Errorf("read who may have sent %s: %w", u.ID, err)
		}
		if settled > 0 {
			u.Settled = hearth.FromMillis(settled)
		}
		u.SettledBy = hearth.ParseActor(by)
		out = append(out, u)
	}
	return out, rows.Err()
}

const settleUnplaced = `UPDATE unplaced SET state = $1, resident = $2, settled = $3, settled_by = $4 WHERE org = $5 AND id = $6 AND state = 'open'`

// SettleUnplaced records whose a kept message is: a resident's, or with "" nobody's. settled is false when that was said
// before.
func (s *Store) SettleUnplaced(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, whose hearth.ResidentID) (settled bool, err error) {
	state := UnplacedPlaced
	if whose == "" {
		state = UnplacedNobody
	}
	n, err := tx.Exec(ctx, settleUnplaced, state, string(whose), tx.Now(), actor.String(), tx.Org(), id)
	if err != nil {
		return false, fmt.Errorf("settle whose message %s is: %w", id, err)
	}
	return n == 1, nil
}

const lastToSQL = `SELECT m.property FROM messages m JOIN text_messages t ON t.org = m.org AND t.id = m.id
WHERE m.org = $1 AND t.address_key = $2 ORDER BY m.made DESC LIMIT 1`

// LastTo gives the property that wrote to a number last, "" if none did: who answers it, answers that one.
func (s *Store) LastTo(ctx context.Context, tx *db.Tx, addressKey string) (hearth.PropertyID, error) {
	var p hearth.PropertyID
	err := tx.Row(ctx, lastToSQL, tx.Org(), addressKey).Scan(&p)
	if errors.Is(err, db.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read who wrote last: %w", err)
	}
	return p, nil
}

const (
	insertCame = `INSERT INTO inbound_texts (org, ref, address_key, received, meaning) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org, ref) DO NOTHING`
	selectCame = `SELECT meaning FROM inbound_texts WHERE org = $1 AND ref = $2`
)

// Came records that a text message came in, by the provider's number, and what it was taken to mean. For one that had come
// before, fresh is false and was is what it meant then: a word that is delivered twice must not act twice, least of all
// after a newer one.
func (s *Store) Came(ctx context.Context, tx *db.Tx, ref, addressKey, meaning string) (was string, fresh bool, err error) {
	n, err := tx.Exec(ctx, insertCame, tx.Org(), ref, addressKey, tx.Now(), meaning)
	if err != nil {
		return "", false, fmt.Errorf("note that text message %s came in: %w", ref, err)
	}
	if n == 1 {
		return meaning, true, nil
	}
	if err := tx.Row(ctx, selectCame, tx.Org(), ref).Scan(&was); err != nil {
		return "", false, fmt.Errorf("look for text message %s: %w", ref, err)
	}
	return was, false, nil
}
