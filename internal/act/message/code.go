package message

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
)

// PurposeCode is what a message is for that carries a resident's code to sign in.
const PurposeCode = consent.PurposeCode

// CodeGap stands in the kept text of such a message where its code is. The code itself is written in only as the message is handed over.
const CodeGap = "******"

// CodeWithin is how long the message is tried: after that its code is good for nothing.
const CodeWithin = 10 * time.Minute

// digitsOf gives the six digits of a message. They follow from its id under the installation's key, so that they are kept nowhere and
// every attempt to hand the message over, on every node, carries the same.
func digitsOf(key []byte, id hearth.MessageID) string {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, "home code\x00"+string(id))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(h.Sum(nil))%1_000_000)
}

// CodeIs tells whether a code is the one that a message carries, in a time that does not depend on how much of it is right.
func (s *Store) CodeIs(ctx context.Context, tx *db.Tx, id hearth.MessageID, code string) (bool, error) {
	key, err := readKey(ctx, tx)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("key of the codes: %w", err)
	}
	return subtle.ConstantTimeCompare([]byte(digitsOf(key, id)), []byte(code)) == 1, nil
}

// whole is the text as it is handed over: what is kept, with the code or the link to the pages where it has one.
func (s *Sender) whole(ctx context.Context, m *Message, queued time.Time) (string, error) {
	if m.Purpose != PurposeCode || m.Class != hearth.ClassAnswer {
		return s.withLink(ctx, m, queued, m.Body)
	}
	key, err := s.deps.Store.sendKey(ctx, s.deps.DB)
	if err != nil {
		return "", err
	}
	return strings.Replace(m.Body, CodeGap, digitsOf(key, m.ID), 1), nil
}
