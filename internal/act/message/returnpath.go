package message

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
)

// Way says which of a mail's own addresses something came to.
type Way string

// The ways. Each has a proof of its own, so that who may answer a mail cannot return it.
const (
	Return Way = "bounce" // the envelope's sender: where servers send back what they cannot deliver
	Answer Way = "reply"  // where residents' answers go
	Copy   Way = "copy"   // where other systems send a copy of what they write; it is of no message
)

// proofBytes is the length of an address's proof: 80 bits, in letters that survive every server's spelling.
const proofBytes = 10

// ownAddress makes the address of a message under the domain that mail comes in by: "reply+k3….proof@mail.oak.example". "" for
// an id that no address can carry.
func ownAddress(key []byte, w Way, id hearth.MessageID, domain string) string {
	name, ok := strings.CutPrefix(string(id), "msg_")
	if !ok || name == "" || len(name) > 30 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return ""
	}
	return string(w) + "+" + name + "." + addressProof(key, w, id) + "@" + domain
}

func addressProof(key []byte, w Way, id hearth.MessageID) string {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, string(w)+"\x00"+string(id))
	return hex.EncodeToString(h.Sum(nil)[:proofBytes])
}

// Addressed tells which message an address of ours names, and which of its ways it is. ok is false for an address that
// carries no proof, or a wrong one: whoever wrote to it has not seen a mail of ours.
func (s *Store) Addressed(ctx context.Context, tx *db.Tx, address string) (w Way, id hearth.MessageID, ok bool, err error) {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	kind, token, cut := strings.Cut(local, "+")
	name, proof, dotted := strings.Cut(token, ".")
	if w = Way(kind); !cut || !dotted || name == "" || w != Return && w != Answer {
		return "", "", false, nil
	}
	key, err := s.knownKey(ctx, tx)
	if errors.Is(err, db.ErrNotFound) {
		return "", "", false, nil // nothing was ever sent
	}
	if err != nil {
		return "", "", false, fmt.Errorf("key of the addresses: %w", err)
	}
	id = hearth.MessageID("msg_" + name)
	if !hmac.Equal([]byte(proof), []byte(addressProof(key, w, id))) {
		return "", "", false, nil
	}
	return w, id, true, nil
}

// CopyAddress gives the address for copies of what other systems write to residents, under the domain that mail comes in by.
// Its proof keeps out whoever was not told it: a From line anybody can write.
func (s *Store) CopyAddress(ctx context.Context, d *db.DB, domain string) (string, error) {
	key, err := s.sendKey(ctx, d)
	if err != nil {
		return "", err
	}
	return string(Copy) + "+" + addressProof(key, Copy, "") + "@" + domain, nil
}

// IsCopy tells whether an address is the one for copies, and whether with its proof.
func (s *Store) IsCopy(ctx context.Context, tx *db.Tx, address string) (is, proven bool, err error) {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	kind, proof, _ := strings.Cut(local, "+")
	if Way(kind) != Copy {
		return false, false, nil
	}
	key, err := s.knownKey(ctx, tx)
	if errors.Is(err, db.ErrNotFound) {
		return true, false, nil // nobody ever asked for the address
	}
	if err != nil {
		return false, false, fmt.Errorf("key of the addresses: %w", err)
	}
	return true, hmac.Equal([]byte(proof), []byte(addressProof(key, Copy, ""))), nil
}

// knownKey gives the organization's key from memory, else from the database.
func (s *Store) knownKey(ctx context.Context, tx *db.Tx) ([]byte, error) {
	if key := s.key.Load(); key != nil {
		return *key, nil
	}
	key, err := readKey(ctx, tx)
	if err == nil {
		tx.AfterCommit(func() { s.key.Store(&key) })
	}
	return key, err
}

// addReturn gives a mail the addresses by which bounces and answers find back to its message. It takes no statement once the
// key is known.
func (s *Sender) addReturn(ctx context.Context, m *Message, f face, e *channel.Email) error {
	key, err := s.deps.Store.sendKey(ctx, s.deps.DB)
	if err != nil {
		return err
	}
	if back := ownAddress(key, Return, m.ID, s.deps.MailDomain); back != "" {
		e.EnvelopeFrom = back
		reply := mail.Address{Name: f.name, Address: ownAddress(key, Answer, m.ID, s.deps.MailDomain)}
		e.ReplyTo = reply.String()
	}
	return nil
}
