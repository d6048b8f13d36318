package account

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// Residents' passkeys are kept apart from those of accounts, and their questions too: one that opens a home opens no workspace, nor the
// other way round. The device knows the holder by the resident's id, under which the passkey is kept; who was merged since comes in as
// whom they are seen now, which the caller finds out.

// mostHomeKeys is how many passkeys one person may have: more than anybody has devices.
const mostHomeKeys = 10

const (
	selectHomeKeys = `SELECT id, name, data, made, used FROM home_passkeys WHERE org = $1 AND resident = $2 ORDER BY made, id`
	insertHomeKey  = `INSERT INTO home_passkeys (org, id, resident, name, data, made, used) VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (org, id) DO NOTHING`
	useHomeKey     = `UPDATE home_passkeys SET data = $1, used = $2 WHERE org = $3 AND resident = $4 AND id = $5`
	deleteHomeKey  = `DELETE FROM home_passkeys WHERE org = $1 AND resident = $2 AND id = $3`
)

// homeHolder gives a person with the passkeys of all under whom they are known; devices know them by the first.
func (p *People) homeHolder(ctx context.Context, tx *db.Tx, person []hearth.ResidentID, name string) (*holder, []Passkey, error) {
	h := &holder{id: string(person[0]), name: name}
	var all []Passkey
	for _, id := range person {
		rows, err := tx.Query(ctx, selectHomeKeys, tx.Org(), string(id))
		if err != nil {
			return nil, nil, fmt.Errorf("list passkeys: %w", err)
		}
		list, err := h.take(rows)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, list...)
	}
	return h, all, nil
}

// HomeKeys lists a person's passkeys.
func (p *People) HomeKeys(ctx context.Context, tx *db.Tx, person []hearth.ResidentID) ([]Passkey, error) {
	_, list, err := p.homeHolder(ctx, tx, person, "")
	return list, err
}

// OfferHomeKey asks a device to make a passkey for a person; the device shows it under the name. It fails with CodeConflict where there are
// very many already.
func (p *People) OfferHomeKey(ctx context.Context, tx *db.Tx, site Site, person []hearth.ResidentID, name string) (Question, error) {
	w, err := site.party()
	if err != nil {
		return Question{}, err
	}
	h, list, err := p.homeHolder(ctx, tx, person, name)
	if err != nil {
		return Question{}, err
	}
	if len(list) >= mostHomeKeys {
		return Question{}, hearth.Errorf(hearth.CodeConflict, "There are %d passkeys already. Remove one first.", len(list))
	}
	return p.offer(ctx, tx, w, OpenHome, h)
}

// KeepHomeKey keeps the passkey that a device made. It asks nothing: the caller has seen that it is them, just now.
func (p *People) KeepHomeKey(ctx context.Context, tx *db.Tx, site Site, person []hearth.ResidentID, pending, answer, name string) error {
	session, err := p.answered(ctx, tx, OpenHome, pending, string(person[0]))
	if err != nil {
		return err
	}
	h, list, err := p.homeHolder(ctx, tx, person, "")
	if err != nil {
		return err
	}
	if len(list) >= mostHomeKeys {
		return hearth.Errorf(hearth.CodeConflict, "There are %d passkeys already. Remove one first.", len(list))
	}
	id, raw, err := site.made(h, session, answer)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, insertHomeKey, tx.Org(), id, h.id, clip(strings.TrimSpace(name)), raw, hearth.Millis(tx.Now()))
	if err != nil {
		return fmt.Errorf("write passkey: %w", err)
	}
	if n == 0 {
		return hearth.Errorf(hearth.CodeConflict, "This passkey is in use already.")
	}
	return nil
}

// DropHomeKey takes one of a person's passkeys away; they still come in by a code. Dropping it twice is a no-op.
func (p *People) DropHomeKey(ctx context.Context, tx *db.Tx, person []hearth.ResidentID, id string) error {
	for _, who := range person {
		if _, err := tx.Exec(ctx, deleteHomeKey, tx.Org(), string(who), id); err != nil {
			return fmt.Errorf("drop a passkey of %s: %w", who, err)
		}
	}
	return nil
}

// AskHomeKey asks a device for the passkey of whatever resident it holds one of. address is where the asking comes from.
func (p *People) AskHomeKey(ctx context.Context, tx *db.Tx, site Site, address string) (Question, error) {
	if err := p.ask(ctx, tx, address); err != nil {
		return Question{}, err
	}
	return p.askAnybody(ctx, tx, site, OpenHome)
}

// HomeByKey tells whose passkey gave the answer, and notes its use. It can't be guessed, so wrong codes don't keep it out. CodeForbidden, in the same words,
// for one that is unknown or was removed. Whether the resident may still come in is for the caller to see.
func (p *People) HomeByKey(ctx context.Context, tx *db.Tx, site Site, pending, answer string) (hearth.ResidentID, error) {
	session, err := p.answered(ctx, tx, OpenHome, pending, "")
	if err != nil {
		return "", err
	}
	h, id, raw, err := site.shown(session, answer, nil, func(handle string) (*holder, error) {
		h, _, err := p.homeHolder(ctx, tx, []hearth.ResidentID{hearth.ResidentID(handle)}, "")
		return h, err
	})
	if err != nil {
		return "", err
	}
	n, err := tx.Exec(ctx, useHomeKey, raw, hearth.Millis(tx.Now()), tx.Org(), h.id, id)
	if err != nil {
		return "", fmt.Errorf("note the use of a passkey: %w", err)
	}
	if n != 1 {
		return "", errKey(errors.New("it is not there any more"))
	}
	return hearth.ResidentID(h.id), nil
}
