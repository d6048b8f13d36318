package message

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// PassUse is what a pass is good for. One made for a use opens no other.
type PassUse string

// PassLink is the link that a resident is sent.
const PassLink PassUse = "home link"

// Pass makes a token that stands for a resident until a time: their id, that time and a proof that we wrote it, under the key of
// the links in mail. Whoever holds it is taken for them.
func (s *Store) Pass(ctx context.Context, d *db.DB, use PassUse, who hearth.ResidentID, until time.Time) (string, error) {
	key, err := s.sendKey(ctx, d)
	if err != nil {
		return "", err
	}
	said := string(who) + "." + strconv.FormatInt(hearth.Millis(until)/1000, 36)
	return said + "." + base64.RawURLEncoding.EncodeToString(passProof(key, use, said)), nil
}

// Passed tells whom a pass stands for, and until when. It fails with CodeForbidden for one that we did not make for this use, and for one whose
// time is over.
func (s *Store) Passed(ctx context.Context, tx *db.Tx, use PassUse, pass string) (hearth.ResidentID, time.Time, error) {
	refused := hearth.Errorf(hearth.CodeForbidden, "This link does not open anything any more. Ask the office for a new one.")
	said, given, ok := cutLast(pass, ".")
	who, end, whole := cutLast(said, ".")
	mac, err := base64.RawURLEncoding.DecodeString(given)
	if !ok || !whole || err != nil || len(pass) > 200 {
		return "", time.Time{}, refused
	}
	key, err := readKey(ctx, tx)
	if errors.Is(err, db.ErrNotFound) {
		return "", time.Time{}, refused
	}
	if err != nil {
		return "", time.Time{}, fmt.Errorf("key of the links: %w", err)
	}
	if !hmac.Equal(mac, passProof(key, use, said)) {
		return "", time.Time{}, refused
	}
	seconds, err := strconv.ParseInt(end, 36, 64)
	until := hearth.FromMillis(seconds * 1000)
	if err != nil || !tx.Now().Before(until) {
		return "", time.Time{}, refused
	}
	return hearth.ResidentID(who), until, nil
}

func passProof(key []byte, use PassUse, said string) []byte {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, string(use)+"\x00"+said)
	return h.Sum(nil)[:24]
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
