package work

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"hearth/internal/base/db"
)

// The rows are picked apart from the update: as a plain subquery PostgreSQL may run the pick again for every row, and
// since locked rows are skipped, each time with another answer.
const (
	claimPickSQL = `WITH picked AS MATERIALIZED (
SELECT org, kind, key FROM due WHERE org = $1 AND lane = $2 AND part = 0 AND due_at <= $3 AND state = 'waiting'
ORDER BY due_at, kind, key LIMIT $4`
	claimSQL = `) UPDATE due SET claim = claim + 1, claimed_until = $5, due_at = $6, node = $7
WHERE (org, kind, key) IN (SELECT org, kind, key FROM picked) RETURNING ` + columns
)

// Claim claims rows that are due and either unclaimed or claimed until a time that has passed, for node until a time.
// Each claim of a row has a higher number than the one before. Several nodes that claim at once get different rows.
func Claim(ctx context.Context, tx *db.Tx, lane, node string, now, until time.Time, limit int) ([]Due, error) {
	q := claimPickSQL + db.SkipLocked(tx.Dialect()) + claimSQL
	due, err := collect(tx.Query(ctx, q, tx.Org(), lane, now, limit, until, until, node))
	if err != nil {
		return nil, fmt.Errorf("claim due rows of %s: %w", lane, err)
	}
	return due, nil
}

const expiredSQL = `SELECT ` + columns + ` FROM due
WHERE org = $1 AND lane = $2 AND part = 0 AND due_at <= $3 AND state = 'handing' ORDER BY due_at, kind, key LIMIT $4`

// Expired gives rows in state handing whose claim has run out: nobody knows whether their effect happened. It locks them
// for this transaction; rows that another transaction is dealing with are left out.
func Expired(ctx context.Context, tx *db.Tx, lane string, now time.Time, limit int) ([]Due, error) {
	due, err := collect(tx.Query(ctx, expiredSQL+db.SkipLocked(tx.Dialect()), tx.Org(), lane, now, limit))
	if err != nil {
		return nil, fmt.Errorf("expired rows of %s: %w", lane, err)
	}
	return due, nil
}

const handingSQL = `UPDATE due SET state = 'handing'
WHERE org = $1 AND kind = $2 AND key = $3 AND claim = $4 AND claimed_until > $5 AND state = 'waiting'`

// Handing marks rows just before the step that makes their effect irreversible. ok tells for each mark whether the claim
// still held and had not run out; where it did not, the step must not be taken. Marking a second time gives false.
func Handing(ctx context.Context, tx *db.Tx, kind string, marks []Mark) (ok []bool, err error) {
	ok = make([]bool, len(marks))
	for _, i := range sorted(marks) {
		ok[i], err = one(ctx, tx, "hand over", handingSQL, marks[i].Key, tx.Org(), kind, marks[i].Key, marks[i].Claim, tx.Now())
		if err != nil {
			return nil, err
		}
	}
	return ok, nil
}

// sorted gives the places of marks by key, so that transactions lock rows in one order.
func sorted(marks []Mark) []int {
	at := make([]int, len(marks))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(marks[a].Key, marks[b].Key) })
	return at
}

const (
	finishSQL    = `DELETE FROM due WHERE org = $1 AND kind = $2 AND key = $3 AND claim = $4`
	finishAnySQL = `DELETE FROM due WHERE org = $1 AND kind = $2 AND key = $3`
)

// Finish removes a row whose work is done, if the claim still matches (claim < 0: whatever the claim is).
func Finish(ctx context.Context, tx *db.Tx, kind, key string, claim int64) (bool, error) {
	if claim < 0 {
		return one(ctx, tx, "finish", finishAnySQL, key, tx.Org(), kind, key)
	}
	return one(ctx, tx, "finish", finishSQL, key, tx.Org(), kind, key, claim)
}

const retrySQL = `UPDATE due SET state = 'waiting', due_at = $1, claimed_until = 0, node = '', attempts = attempts + 1, last_error = $2
WHERE org = $3 AND kind = $4 AND key = $5 AND claim = $6 AND state <> 'dead'`

// Retry lets a row wait for another attempt at a time, if the claim still matches.
func Retry(ctx context.Context, tx *db.Tx, kind, key string, claim int64, at time.Time, lastErr string) (bool, error) {
	return one(ctx, tx, "retry", retrySQL, key, at, lastErr, tx.Org(), kind, key, claim)
}

const burySQL = `UPDATE due SET state = 'dead', due_at = $1, claimed_until = $2, last_error = $3
WHERE org = $4 AND kind = $5 AND key = $6 AND claim = $7 AND state <> 'dead'`

// Bury sets a row aside for a person, if the claim still matches.
func Bury(ctx context.Context, tx *db.Tx, kind, key string, claim int64, lastErr string) (bool, error) {
	return one(ctx, tx, "bury", burySQL, key, int64(never), tx.Now(), lastErr, tx.Org(), kind, key, claim)
}

const deadSQL = `SELECT ` + columns + ` FROM due WHERE org = $1 AND lane = $2 AND part = 0 AND due_at = $3 AND state = 'dead'
ORDER BY claimed_until, kind, key LIMIT $4`

// Dead lists buried rows of a claimed lane, the oldest first; At is when each was buried.
func Dead(ctx context.Context, tx *db.Tx, lane string, limit int) ([]Due, error) {
	due, err := collect(tx.Query(ctx, deadSQL, tx.Org(), lane, int64(never), limit))
	if err != nil {
		return nil, fmt.Errorf("buried rows of %s: %w", lane, err)
	}
	for i := range due {
		due[i].At, due[i].ClaimedUntil = due[i].ClaimedUntil, time.Time{}
	}
	slices.SortStableFunc(due, func(a, b Due) int { return a.At.Compare(b.At) })
	return due, nil
}

const reviveSQL = `UPDATE due SET state = 'waiting', due_at = $1, claim = claim + 1, claimed_until = 0, node = '', attempts = 0
WHERE org = $2 AND kind = $3 AND key = $4 AND state = 'dead'`

// Revive makes a buried row due again at a time. Its claim number rises, so that whoever buried it has no say any more.
func Revive(ctx context.Context, tx *db.Tx, kind, key string, at time.Time) (bool, error) {
	return one(ctx, tx, "revive", reviveSQL, key, at, tx.Org(), kind, key)
}

// one runs a statement about one row and tells whether it met it.
func one(ctx context.Context, tx *db.Tx, verb, q, key string, args ...any) (bool, error) {
	n, err := tx.Exec(ctx, q, args...)
	if err != nil {
		return false, fmt.Errorf("%s due row %s: %w", verb, key, err)
	}
	return n == 1, nil
}
