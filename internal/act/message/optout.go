package message

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/consent"
)

// UnsubscribePath is where, under the base address, the unsubscribe page answers: a POST to this path and a token acts,
// a GET only shows a button.
const UnsubscribePath = "/u/"

// PurposeDiscretionary is the purpose under which a resident's no to everything discretionary is recorded.
const PurposeDiscretionary = consent.Discretionary

const (
	keyName      = "message.unsubscribe_key"
	selectKeySQL = `SELECT value FROM settings WHERE org = $1 AND name = $2`
	insertKeySQL = `INSERT INTO settings (org, name, value) VALUES ($1, $2, $3) ON CONFLICT (org, name) DO NOTHING`
)

// UnsubscribeToken makes the token of a message's unsubscribe link: its id and a proof that we wrote it.
func (s *Store) UnsubscribeToken(ctx context.Context, d *db.DB, id hearth.MessageID) (string, error) {
	key, err := s.sendKey(ctx, d)
	if err != nil {
		return "", err
	}
	return token(key, id), nil
}

// sendKey gives the key of links and addresses, made at the first mail.
func (s *Store) sendKey(ctx context.Context, d *db.DB) ([]byte, error) {
	if key := s.key.Load(); key != nil {
		return *key, nil
	}
	var made []byte
	err := d.Write(ctx, func(tx *db.Tx) (err error) {
		made, err = s.ensureKey(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("key of the links and addresses: %w", err)
	}
	s.key.Store(&made)
	return made, nil
}

// ensureKey reads the organization's key, or makes it the first time.
func (s *Store) ensureKey(ctx context.Context, tx *db.Tx) ([]byte, error) {
	key, err := readKey(ctx, tx)
	if !errors.Is(err, db.ErrNotFound) {
		return key, err
	}
	fresh := make([]byte, 32)
	s.randomMu.Lock()
	_, err = io.ReadFull(s.random, fresh)
	s.randomMu.Unlock()
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, insertKeySQL, tx.Org(), keyName, hex.EncodeToString(fresh)); err != nil {
		return nil, err
	}
	return readKey(ctx, tx) // another node may have been first
}

func readKey(ctx context.Context, tx *db.Tx) ([]byte, error) {
	var text string
	if err := tx.Row(ctx, selectKeySQL, tx.Org(), keyName).Scan(&text); err != nil {
		return nil, err
	}
	return hex.DecodeString(text)
}

func token(key []byte, id hearth.MessageID) string {
	return string(id) + "." + base64.RawURLEncoding.EncodeToString(proof(key, id))
}

func proof(key []byte, id hearth.MessageID) []byte {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, "unsubscribe\x00"+string(id))
	return h.Sum(nil)[:16]
}

// Optout is what an unsubscribe link is about.
type Optout struct {
	Message  hearth.MessageID
	Resident hearth.ResidentID
	Property hearth.PropertyID
	Channel  hearth.Channel
}

// Linked tells what a link's token is about, and changes nothing: it is for the page behind the link. It fails with
// CodeNotFound for a token that we did not make.
func (s *Store) Linked(ctx context.Context, tx *db.Tx, tok string) (Optout, error) {
	m, err := s.linked(ctx, tx, tok)
	return Optout{Message: m.ID, Resident: m.Resident, Property: m.Property, Channel: m.Channel}, err
}

func (s *Store) linked(ctx context.Context, tx *db.Tx, tok string) (Message, error) {
	unknown := hearth.Errorf(hearth.CodeNotFound, "This link is not complete. Open it from the message again, or answer the message with STOP.")
	id, given, ok := strings.Cut(tok, ".")
	mac, err := base64.RawURLEncoding.DecodeString(given)
	if !ok || err != nil || len(tok) > 200 {
		return Message{}, unknown
	}
	key, err := readKey(ctx, tx)
	if errors.Is(err, db.ErrNotFound) {
		return Message{}, unknown
	}
	if err != nil {
		return Message{}, fmt.Errorf("key of the unsubscribe links: %w", err)
	}
	if !hmac.Equal(mac, proof(key, hearth.MessageID(id))) {
		return Message{}, unknown
	}
	return s.Get(ctx, tx, hearth.MessageID(id))
}

// Unsubscribe records that the resident behind a link's token wants no more discretionary messages at this address, and
// takes back those that wait to go there. It acts at once, and a second time changes nothing. Only a POST may call it:
// programs that check links follow them.
func (s *Store) Unsubscribe(ctx context.Context, tx *db.Tx, tok string) (Optout, error) {
	m, err := s.linked(ctx, tx, tok)
	if err != nil {
		return Optout{}, err
	}
	out := Optout{Message: m.ID, Resident: m.Resident, Property: m.Property, Channel: m.Channel}
	done, err := s.consent.Refused(ctx, tx, consent.Ask{Resident: m.Resident, Channel: m.Channel, AddressKey: m.AddressKey, Purpose: PurposeDiscretionary})
	if err != nil {
		return out, fmt.Errorf("unsubscribe by message %s: %w", m.ID, err)
	}
	if done {
		return out, nil
	}
	actor := hearth.Actor{Kind: "resident", ID: string(m.Resident)}
	if err := s.consent.Set(ctx, tx, consent.Grant{Channel: m.Channel, AddressKey: m.AddressKey, Purpose: PurposeDiscretionary,
		Resident: m.Resident, Property: m.Property, Source: "unsubscribe link", Evidence: string(m.ID), Actor: actor}); err != nil {
		return out, fmt.Errorf("unsubscribe by message %s: %w", m.ID, err)
	}
	if err := s.drop(ctx, tx, m); err != nil {
		return out, err
	}
	ev := newEvent(&m, "message.unsubscribed", 0, tx.Now(), actor, map[string]any{"message": string(m.ID), "channel": string(m.Channel)})
	if _, err := s.log.Append(ctx, tx, ev); err != nil {
		return out, fmt.Errorf("unsubscribe by message %s: %w", m.ID, err)
	}
	return out, nil
}

// heedOptouts drops discretionary messages to people who ended these by a link. The desk has asked about the message's
// own purpose already; this is the last look, in the transaction that lets the message go.
func (s *Store) heedOptouts(ctx context.Context, tx *db.Tx, msgs []*Message) error {
	var asks []consent.Ask
	var about []*Message
	for _, m := range msgs {
		if m.State == Queued && m.Class.Discretionary() {
			asks = append(asks, consent.Ask{Resident: m.Resident, Channel: m.Channel, AddressKey: m.AddressKey, Purpose: PurposeDiscretionary, Class: m.Class})
			about = append(about, m)
		}
	}
	if len(asks) == 0 {
		return nil
	}
	answers, err := s.consent.Check(ctx, tx, asks)
	if err != nil {
		return fmt.Errorf("look for people who want no such messages: %w", err)
	}
	for i, a := range answers {
		if !a.Allowed && a.Recorded {
			about[i].State, about[i].Reason = Dropped, optedOut
		}
	}
	return nil
}

const optedOut = "They asked for no more messages of this kind."

const dropSQL = `UPDATE messages SET state = 'dropped', at = $1, reason = '` + optedOut + `'
WHERE org = $2 AND resident = $3 AND channel = $4 AND address_key = $5 AND state IN ('queued','held') AND class IN ('relation','promotion') RETURNING id`

// drop takes back the discretionary messages that wait to go to the resident's address.
func (s *Store) drop(ctx context.Context, tx *db.Tx, m Message) error {
	rows, err := tx.Query(ctx, dropSQL, tx.Now(), tx.Org(), m.Resident, m.Channel, m.AddressKey)
	if err != nil {
		return fmt.Errorf("take back messages to %s: %w", m.Resident, err)
	}
	var keys []string
	gone := map[hearth.MessageID]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return err
		}
		keys = append(keys, id)
		gone[hearth.MessageID(id)] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := work.Drop(ctx, tx, Kind, keys); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.takeOut(m.Channel, gone) })
	return nil
}
