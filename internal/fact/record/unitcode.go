package record

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

const (
	selectUnitCode = `SELECT code FROM unit_codes WHERE org = $1 AND unit = $2`
	insertUnitCode = `INSERT INTO unit_codes (org, code, unit, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	selectCodeUnit = `SELECT unit FROM unit_codes WHERE org = $1 AND code = $2`
)

// codeLetters are those that people tell apart on paper.
const codeLetters = "23456789abcdefghjkmnpqrstuvwxyz_"

// Code makes 12 letters of chance (59 bits) that people can read off paper: no 0 and o, no 1, i and l.
func (s *Store) Code() (string, error) {
	var b [32]byte
	s.randomMu.Lock()
	_, err := io.ReadFull(s.random, b[:])
	s.randomMu.Unlock()
	if err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	sum := sha256.Sum256(b[:])
	text := base32.NewEncoding(codeLetters).WithPadding(base32.NoPadding).EncodeToString(sum[:])
	return strings.ReplaceAll(text, "_", "")[:12], nil
}

// UnitCode gives the code that stands at a home's door; it is made the first time. The code names the home and nobody in it.
func (s *Store) UnitCode(ctx context.Context, tx *db.Tx, unit hearth.UnitID) (string, error) {
	var code string
	err := tx.Row(ctx, selectUnitCode, tx.Org(), string(unit)).Scan(&code)
	if err == nil {
		return code, nil
	}
	if !errors.Is(err, db.ErrNotFound) {
		return "", fmt.Errorf("read the code of home %s: %w", unit, err)
	}
	if _, err := s.Unit(ctx, tx, unit); err != nil {
		return "", err
	}
	if code, err = s.Code(); err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, insertUnitCode, tx.Org(), code, string(unit), tx.Now()); err != nil {
		return "", fmt.Errorf("keep the code of home %s: %w", unit, err)
	}
	err = tx.Row(ctx, selectUnitCode, tx.Org(), string(unit)).Scan(&code) // another node may have been first
	return code, err
}

// UnitByCode gives the home whose door has the code. It fails with CodeNotFound if none has.
func (s *Store) UnitByCode(ctx context.Context, tx *db.Tx, code string) (Unit, error) {
	var id hearth.UnitID
	err := tx.Row(ctx, selectCodeUnit, tx.Org(), strings.ToLower(code)).Scan(&id)
	if errors.Is(err, db.ErrNotFound) {
		return Unit{}, hearth.Errorf(hearth.CodeNotFound, "There is no home with this code.")
	}
	if err != nil {
		return Unit{}, fmt.Errorf("look for the home of a code: %w", err)
	}
	return s.Unit(ctx, tx, id)
}
