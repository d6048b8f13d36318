package consent

import (
	"context"
	"errors"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

const (
	selectStanding = `SELECT allowed, resident, source, evidence, actor, at FROM consents WHERE org = $1 AND channel = $2 AND address_key = $3 AND purpose = $4`
	deleteStanding = `DELETE FROM consents WHERE org = $1 AND channel = $2 AND address_key = $3 AND purpose = $4`
	putStanding    = `INSERT INTO consents (org, channel, address_key, purpose, allowed, resident, source, evidence, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
)

// Standing gives the word about a whole channel that counts at an address; found is false where nobody said one.
func (s *Store) Standing(ctx context.Context, tx *db.Tx, channel hearth.Channel, addressKey string) (w Word, found bool, err error) {
	var allowed, at int64
	var actor string
	err = tx.Row(ctx, selectStanding, tx.Org(), string(channel), addressKey, "").Scan(&allowed, &w.Resident, &w.Source, &w.Evidence, &actor, &at)
	if errors.Is(err, db.ErrNotFound) {
		return Word{}, false, nil
	}
	if err != nil {
		return Word{}, false, fmt.Errorf("read consent: %w", err)
	}
	w.Channel, w.AddressKey, w.Allowed, w.Actor, w.At = channel, addressKey, allowed != 0, hearth.ParseActor(actor), hearth.FromMillis(at)
	return w, true, nil
}

// PutBack has a word that should not have counted count no more: before counts again, as old as it is, and nil stands for nobody's word, so that the
// channel's own rule holds. What was said about other purposes counts as it did. g says about which purpose, by whom and why; the log of the
// address keeps it, and consent.changed tells what counts now.
func (s *Store) PutBack(ctx context.Context, tx *db.Tx, g Grant, before *Word) error {
	g.At, g.Allowed = tx.Now(), g.Channel != hearth.ChannelSMS
	if before != nil {
		g.Allowed = before.Allowed
	}
	address := key(g.AddressKey, g.Resident)
	if _, err := s.tell(ctx, tx, g); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, deleteStanding, tx.Org(), string(g.Channel), address, g.Purpose); err != nil {
		return fmt.Errorf("take a word back: %w", err)
	}
	if before != nil {
		if _, err := tx.Exec(ctx, putStanding, tx.Org(), string(g.Channel), address, g.Purpose, allowed(before.Allowed), string(before.Resident), before.Source,
			before.Evidence, before.Actor.String(), hearth.Millis(before.At)); err != nil {
			return fmt.Errorf("put a word back: %w", err)
		}
	}
	s.changed(tx)
	return keep(ctx, tx, g, address)
}
