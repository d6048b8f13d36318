package eventlog

import (
	"context"
	"errors"
	"fmt"

	"hearth/internal/base/db"
)

// Position is how far a follower has come in a partition, and who moved it there last. Epoch rises with each move; a
// node whose own last move carries the same Node and Epoch knows that nobody else worked the partition since.
type Position struct {
	Seq   int64
	Node  string
	Epoch int64
}

const (
	lockSQL = `SELECT seq, node, epoch FROM positions WHERE org = $1 AND follower = $2 AND part = $3`
	makeSQL = `INSERT INTO positions (org, follower, part, seq, node, epoch, moved) VALUES ($1, $2, $3, 0, '', 0, $4)
ON CONFLICT (org, follower, part) DO NOTHING`
	moveSQL = `UPDATE positions SET seq = $1, node = $2, epoch = $3, moved = $4 WHERE org = $5 AND follower = $6 AND part = $7`
)

// Lock takes a follower's position in a partition for this transaction, which is claim and fence in one: until the
// transaction ends nobody else works this partition for this follower, and what it did happens only if it commits.
// false: another transaction has it now.
func (l *Log) Lock(ctx context.Context, tx *db.Tx, follower string, part int) (Position, bool, error) {
	p, err := lockRow(ctx, tx, follower, part, db.SkipLocked(tx.Dialect()))
	if err == nil {
		return p, true, nil
	}
	if !errors.Is(err, db.ErrNotFound) {
		return p, false, err
	}
	if l.tails[part].follows(follower) {
		return Position{}, false, nil // this process has moved it before, so that it is there
	}
	// Missing, or somebody else's: only a row that is missing is made.
	_, err = lockRow(ctx, tx, follower, part, "")
	if err == nil {
		return Position{}, false, nil
	}
	if !errors.Is(err, db.ErrNotFound) {
		return p, false, err
	}
	if ok, err := mayMake(ctx, tx, follower, part); err != nil || !ok {
		return p, false, err
	}
	if _, err := tx.Exec(ctx, makeSQL, tx.Org(), follower, part, tx.Now()); err != nil {
		return p, false, fmt.Errorf("make the position of %s in partition %d: %w", follower, part, err)
	}
	p, err = lockRow(ctx, tx, follower, part, db.SkipLocked(tx.Dialect()))
	if errors.Is(err, db.ErrNotFound) {
		return p, false, nil
	}
	return p, err == nil, err
}

const mayMakeSQL = `SELECT CASE WHEN pg_try_advisory_xact_lock(hashtextextended(k.org || '/' || k.name, 0)) THEN 1 ELSE 0 END
FROM (SELECT $1::text AS org, $2::text AS name) k`

// mayMake tells whether this transaction is the one to make a position. Another's row that is not committed yet cannot
// be skipped as a locked one can: the insert would wait for it, and with it for that node's whole batch.
func mayMake(ctx context.Context, tx *db.Tx, follower string, part int) (bool, error) {
	if tx.Dialect() == db.SQLite {
		return true, nil
	}
	var ok bool
	err := tx.Row(ctx, mayMakeSQL, tx.Org(), fmt.Sprintf("%s/%d", follower, part)).Scan(&ok)
	if err != nil {
		return false, fmt.Errorf("make the position of %s in partition %d: %w", follower, part, err)
	}
	return ok, nil
}

func lockRow(ctx context.Context, tx *db.Tx, follower string, part int, lock string) (Position, error) {
	var p Position
	err := tx.Row(ctx, lockSQL+lock, tx.Org(), follower, part).Scan(&p.Seq, &p.Node, &p.Epoch)
	if err != nil {
		return p, fmt.Errorf("lock the position of %s in partition %d: %w", follower, part, err)
	}
	return p, nil
}

// Move saves a position that was locked in this transaction.
func (l *Log) Move(ctx context.Context, tx *db.Tx, follower string, part int, p Position) error {
	n, err := tx.Exec(ctx, moveSQL, p.Seq, p.Node, p.Epoch, tx.Now(), tx.Org(), follower, part)
	if err != nil {
		return fmt.Errorf("move %s in partition %d: %w", follower, part, err)
	}
	if n != 1 {
		return fmt.Errorf("move %s in partition %d: the position was not locked before", follower, part)
	}
	tx.AfterCommit(func() { l.tails[part].move(follower, p.Seq) })
	return nil
}

const positionsSQL = `SELECT part, seq FROM positions WHERE org = $1 AND follower = $2`

// Positions gives a follower's places by partition; partitions that it never worked are missing.
func (l *Log) Positions(ctx context.Context, tx *db.Tx, follower string) (map[int]int64, error) {
	rows, err := tx.Query(ctx, positionsSQL, tx.Org(), follower)
	if err != nil {
		return nil, fmt.Errorf("positions of %s: %w", follower, err)
	}
	defer rows.Close()
	out := map[int]int64{}
	for rows.Next() {
		var part int
		var seq int64
		if err := rows.Scan(&part, &seq); err != nil {
			return nil, fmt.Errorf("positions of %s: %w", follower, err)
		}
		out[part] = seq
	}
	return out, rows.Err()
}
