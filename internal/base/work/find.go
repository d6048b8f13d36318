package work

import (
	"context"
	"fmt"

	"hearth/internal/base/db"
)

const findSQL = `SELECT ` + columns + ` FROM due WHERE org = $1 AND kind = $2 AND state = 'waiting' AND `

// Find reads waiting rows by their keys and leaves them where they are; missing ones are left out.
func Find(ctx context.Context, tx *db.Tx, kind string, keys []string) ([]Due, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	in, arg := tx.In("key", 3, keys)
	due, err := collect(tx.Query(ctx, findSQL+in, tx.Org(), kind, arg))
	if err != nil {
		return nil, fmt.Errorf("find due rows of kind %s: %w", kind, err)
	}
	return due, nil
}

const waitingSQL = `SELECT ` + columns + ` FROM due WHERE org = $1 AND lane = $2 AND part = $3 AND kind = $4 AND state = 'waiting'`

// Waiting reads all waiting rows of a kind in a partition and leaves them where they are. It reads the whole partition
// of the lane: for what happens rarely, such as the end of a pause.
func Waiting(ctx context.Context, tx *db.Tx, lane string, part int, kind string) ([]Due, error) {
	due, err := collect(tx.Query(ctx, waitingSQL, tx.Org(), lane, part, kind))
	if err != nil {
		return nil, fmt.Errorf("list due rows of kind %s: %w", kind, err)
	}
	return due, nil
}

const dropWaitingSQL = `DELETE FROM due WHERE org = $1 AND kind = $2 AND key = $3 AND state = 'waiting'`

// DropWaiting removes a row unless its effect may be on its way already; it tells whether it removed it.
func DropWaiting(ctx context.Context, tx *db.Tx, kind, key string) (bool, error) {
	return one(ctx, tx, "drop", dropWaitingSQL, key, tx.Org(), kind, key)
}
