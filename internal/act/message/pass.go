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

// Passing is what a pass stands for.
type Passing struct {
	Who         hearth.ResidentID
	Made, Until time.Time // to the second
}

// Pass makes a token that stands for a resident from a time to another: their id, both times and a proof that we wrote it, under the key of
// the links in mail. What whoever holds it may see and do is for the pages to say.
func (s *Store) Pass(ctx context.Context, d *db.DB, use PassUse, p Passing) (string, error) {
	key, err := s.sendKey(ctx, d)
	if err != nil {
		return "", err
	}
	said := string(p.Who) + "." + passTime(p.Made) + "." + passTime(p.Until)
	return said + "." + base64.RawURLEncoding.EncodeToString(passProof(key, use, said)), nil
}

func passTime(t time.Time) string { return strconv.FormatInt(hearth.Millis(t)/1000, 36) }

// Passed tells what a pass stands for. It fails with CodeForbidden for one that we did not make for this use, and for one whose
// time is over.
func (s *Store) Passed(ctx context.Context, tx *db.Tx, use PassUse, pass string) (Passing, error) {
	refused := hearth.Errorf(hearth.CodeForbidden, "This link does not open anything any more. Ask for a code instead.")
	said, given, ok := cutLast(pass, ".")
	parts := strings.Split(said, ".")
	mac, err := base64.RawURLEncoding.DecodeString(given)
	if !ok || len(parts) != 3 || err != nil || len(pass) > 200 {
		return Passing{}, refused
	}
	key, err := readKey(ctx, tx)
	if errors.Is(err, db.ErrNotFound) {
		return Passing{}, refused
	}
	if err != nil {
		return Passing{}, fmt.Errorf("key of the links: %w", err)
	}
	if !hmac.Equal(mac, passProof(key, use, said)) {
		return Passing{}, refused
	}
	made, errMade := strconv.ParseInt(parts[1], 36, 64)
	until, errUntil := strconv.ParseInt(parts[2], 36, 64)
	p := Passing{Who: hearth.ResidentID(parts[0]), Made: hearth.FromMillis(made * 1000), Until: hearth.FromMillis(until * 1000)}
	if errMade != nil || errUntil != nil || tx.Now().Before(p.Made) || !tx.Now().Before(p.Until) {
		return Passing{}, refused
	}
	return p, nil
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
