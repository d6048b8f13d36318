package message

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// A link given at the desk is read by a camera. Where none is at hand, a short code beside it is typed instead. It follows from the link under
// the installation's key, so each slip has its own; what is kept of it is only what finds its link again.

// shortSigns are what a code is written with: none looks like another.
const shortSigns = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// shortLength is how many signs a code has: 6 times 10^11 codes, of which those of a day are good.
const shortLength = 8

const (
	insertShort   = `INSERT INTO short_passes (org, proof, resident, made, ends) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	selectShort   = `SELECT resident, made, ends FROM short_passes WHERE org = $1 AND proof = $2`
	deleteOfShort = `DELETE FROM short_passes WHERE org = $1 AND ends <= $2`
)

// Shorten gives the code that stands for a link as long as the link is good. Those that are over are let go of.
func (s *Store) Shorten(ctx context.Context, d *db.DB, p Passing) (string, error) {
	pass, err := s.Pass(ctx, d, PassLink, p)
	if err != nil {
		return "", err
	}
	key, err := s.sendKey(ctx, d)
	if err != nil {
		return "", err
	}
	code := shortOf(key, pass)
	err = d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, deleteOfShort, tx.Org(), hearth.Millis(tx.Now())); err != nil {
			return fmt.Errorf("let go of codes that are over: %w", err)
		}
		n, err := tx.Exec(ctx, insertShort, tx.Org(), shortProof(key, code), string(p.Who), hearth.Millis(p.Made), hearth.Millis(p.Until))
		if err == nil && n == 0 {
			return s.sameShort(ctx, tx, code, p)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("keep a short code: %w", err)
	}
	return code[:shortLength/2] + "-" + code[shortLength/2:], nil
}

// sameShort fails where a code stands for something else already: of so many that does not happen, and nobody is let into another's pages by it.
func (s *Store) sameShort(ctx context.Context, tx *db.Tx, code string, p Passing) error {
	have, err := s.Shortened(ctx, tx, code)
	if err == nil && have.Who != p.Who {
		err = hearth.Errorf(hearth.CodeConflict, "The link was not made. Give it once more.")
	}
	return err
}

// Shortened tells what a code stands for, however it was typed. CodeForbidden for one that stands for nothing, or nothing any more.
func (s *Store) Shortened(ctx context.Context, tx *db.Tx, typed string) (Passing, error) {
	refused := hearth.Errorf(hearth.CodeForbidden, "This code does not open anything.")
	code := strings.Map(func(r rune) rune {
		if strings.ContainsRune(shortSigns, r) {
			return r
		}
		return -1
	}, strings.ToUpper(typed))
	if len(code) != shortLength {
		return Passing{}, refused
	}
	key, err := readKey(ctx, tx)
	if errors.Is(err, db.ErrNotFound) {
		return Passing{}, refused
	}
	if err != nil {
		return Passing{}, fmt.Errorf("key of the codes: %w", err)
	}
	var p Passing
	var made, until int64
	err = tx.Row(ctx, selectShort, tx.Org(), shortProof(key, code)).Scan(&p.Who, &made, &until)
	p.Made, p.Until = hearth.FromMillis(made), hearth.FromMillis(until)
	switch {
	case errors.Is(err, db.ErrNotFound) || err == nil && !tx.Now().Before(p.Until):
		return Passing{}, refused
	case err != nil:
		return Passing{}, fmt.Errorf("read a short code: %w", err)
	}
	return p, nil
}

func shortOf(key []byte, pass string) string {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, "short code\x00"+pass)
	n, base, sign := new(big.Int).SetBytes(h.Sum(nil)), big.NewInt(int64(len(shortSigns))), new(big.Int)
	var b strings.Builder
	for range shortLength {
		n.DivMod(n, base, sign)
		b.WriteByte(shortSigns[sign.Int64()])
	}
	return b.String()
}

func shortProof(key []byte, code string) string {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, "short proof\x00"+code)
	return hex.EncodeToString(h.Sum(nil))
}
