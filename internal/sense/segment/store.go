package segment

import (
	"context"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
)

const activeSQL = `SELECT id, version, title, why, cond, made, made_by FROM segments WHERE org = $1 AND state = 'active' ORDER BY id`

// Load gives the segments as the transaction sees them: the stored ones, and of the shipped ones those that nobody has
// changed. One that can no longer be used, because a signal has gone, fails them all, naming it.
func Load(ctx context.Context, tx *db.Tx, env *rule.Env) (*Set, error) {
	rows, err := tx.Query(ctx, activeSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	defer rows.Close()
	var list []Segment
	for rows.Next() {
		var s Segment
		var made int64
		if err := rows.Scan(&s.ID, &s.Version, &s.Title, &s.Why, &s.If, &made, &s.By); err != nil {
			return nil, fmt.Errorf("read segments: %w", err)
		}
		s.Made = hearth.FromMillis(made)
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read segments: %w", err)
	}
	for _, s := range Shipped() {
		if !slices.ContainsFunc(list, func(x Segment) bool { return x.ID == s.ID }) {
			list = append(list, s)
		}
	}
	return NewSet(env, list)
}

const newestSQL = `SELECT coalesce(max(version), 0) FROM segments WHERE org = $1 AND id = $2`

const addSQL = `INSERT INTO segments (org, id, version, title, why, cond, state, made, made_by) VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $8)`

// Put makes a segment's text its newest version and gives the segment as stored. The same text again is no new version:
// added is false. It checks nothing; Set.With does.
func Put(ctx context.Context, tx *db.Tx, actor hearth.Actor, before *Set, s Segment) (out Segment, added bool, err error) {
	if have, err := before.Get(s.ID); err == nil && have.Title == s.Title && have.Why == s.Why && have.If == s.If {
		return have, false, nil
	}
	var newest int64
	if err := tx.Row(ctx, newestSQL, tx.Org(), s.ID).Scan(&newest); err != nil {
		return s, false, fmt.Errorf("store segment %s: %w", s.ID, err)
	}
	if _, err := retire(ctx, tx, s.ID); err != nil {
		return s, false, err
	}
	s.Version, s.Made, s.By = int(newest)+1, tx.Now(), actor.String()
	_, err = tx.Exec(ctx, addSQL, tx.Org(), s.ID, s.Version, s.Title, s.Why, s.If, hearth.Millis(s.Made), s.By)
	if err != nil {
		return s, false, fmt.Errorf("store segment %s: %w", s.ID, err)
	}
	return s, true, nil
}

// Remove takes a segment away; a shipped one that was changed is again what is shipped. It fails with CodeNotFound if
// there is none, and with CodeConflict for one that is as shipped: that stays.
func Remove(ctx context.Context, tx *db.Tx, before *Set, id string) error {
	s, err := before.Get(id)
	if err != nil {
		return err
	}
	if s.Version == 0 {
		return hearth.Errorf(hearth.CodeConflict, "The segment %s comes with Hearth and stays. It does nothing by itself.", id)
	}
	_, err = retire(ctx, tx, id)
	return err
}

const retireSQL = `UPDATE segments SET state = 'retired' WHERE org = $1 AND id = $2 AND state = 'active'`

func retire(ctx context.Context, tx *db.Tx, id string) (int64, error) {
	n, err := tx.Exec(ctx, retireSQL, tx.Org(), id)
	if err != nil {
		return 0, fmt.Errorf("retire segment %s: %w", id, err)
	}
	return n, nil
}
