package broadcast

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

const (
	// MostPicked is how many residents somebody can choose one by one. A list or a segment has no such end.
	MostPicked = 500
	// pickedFor is how long a choice waits for its message: tomorrow nobody knows any more whom they ticked today.
	pickedFor = 24 * time.Hour
)

const (
	pickedSQL   = `SELECT resident FROM broadcast_picks WHERE org = $1 AND actor = $2 AND property = $3 AND at > $4 ORDER BY resident`
	pickSQL     = `INSERT INTO broadcast_picks (org, actor, property, resident, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (org, actor, property, resident) DO NOTHING`
	repickSQL   = `UPDATE broadcast_picks SET at = $1 WHERE org = $2 AND actor = $3 AND property = $4`
	unpickSQL   = `DELETE FROM broadcast_picks WHERE org = $1 AND actor = $2 AND property = $3`
	oldPicksSQL = `DELETE FROM broadcast_picks WHERE org = $1 AND at <= $2`
)

// Picked gives whom somebody chose one by one at a property, and has not written to yet.
func Picked(ctx context.Context, tx *db.Tx, actor hearth.Actor, property hearth.PropertyID) ([]hearth.ResidentID, error) {
	rows, err := tx.Query(ctx, pickedSQL, tx.Org(), actor.String(), string(property), tx.Now().Add(-pickedFor))
	if err != nil {
		return nil, fmt.Errorf("read who was chosen: %w", err)
	}
	defer rows.Close()
	var out []hearth.ResidentID
	for rows.Next() {
		var id hearth.ResidentID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read who was chosen: %w", err)
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// Pick adds on to somebody's choice and takes off out of it; what it holds beside these stays. Beyond MostPicked nobody is added.
// Said twice it is done once.
func Pick(ctx context.Context, tx *db.Tx, actor hearth.Actor, property hearth.PropertyID, on, off []hearth.ResidentID) error {
	if _, err := tx.Exec(ctx, oldPicksSQL, tx.Org(), tx.Now().Add(-pickedFor)); err != nil {
		return fmt.Errorf("forget old choices: %w", err)
	}
	if len(off) > 0 {
		clause, arg := tx.In("resident", 4, texts(off))
		if _, err := tx.Exec(ctx, unpickSQL+` AND `+clause, tx.Org(), actor.String(), string(property), arg); err != nil {
			return fmt.Errorf("take residents out of a choice: %w", err)
		}
	}
	have, err := Picked(ctx, tx, actor, property)
	if err != nil {
		return err
	}
	known := make(map[hearth.ResidentID]bool, len(have))
	for _, id := range have {
		known[id] = true
	}
	for _, id := range on {
		if known[id] || len(known) >= MostPicked {
			continue
		}
		known[id] = true
		if _, err := tx.Exec(ctx, pickSQL, tx.Org(), actor.String(), string(property), string(id), tx.Now()); err != nil {
			return fmt.Errorf("choose resident %s: %w", id, err)
		}
	}
	if _, err := tx.Exec(ctx, repickSQL, tx.Now(), tx.Org(), actor.String(), string(property)); err != nil {
		return fmt.Errorf("keep a choice: %w", err)
	}
	return nil
}

// Unpick ends somebody's choice at a property.
func Unpick(ctx context.Context, tx *db.Tx, actor hearth.Actor, property hearth.PropertyID) error {
	if _, err := tx.Exec(ctx, unpickSQL, tx.Org(), actor.String(), string(property)); err != nil {
		return fmt.Errorf("end a choice: %w", err)
	}
	return nil
}

func texts(ids []hearth.ResidentID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}
