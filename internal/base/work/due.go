package work

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"hearth/internal/base/db"
)

// EngineLane is the lane that is worked inside transactions, partition by partition, under the partition's lock. Rows
// of all other lanes are claimed and are not partitioned: their Part is stored as 0.
const EngineLane = "engine"

// Due is one thing that waits for a time. (Kind, Key) is its identity within the organization.
type Due struct {
	Lane, Kind, Key string
	Part            int       // for EngineLane
	At              time.Time // when it is due; for a claimed row, when the claim runs out
	Payload         string
	Claim           int64 // number of the claim; 0: never claimed. Every write about claimed work names it
	ClaimedUntil    time.Time
	Node            string // who claimed it
	Attempts        int    // how often it was retried
	LastError       string
}

// Mark names one claim of one row.
type Mark struct {
	Key   string
	Claim int64
}

// A row's due_at is what every search goes by. For a claimed row it holds the end of the claim, so that rows in somebody's
// hands are not even looked at until then; for a buried row it is never.
const never = math.MaxInt64

const columns = "lane, kind, key, part, due_at, payload, claim, claimed_until, node, attempts, last_error"

func scan(r *db.Rows) (Due, error) {
	var d Due
	err := r.Scan(&d.Lane, &d.Kind, &d.Key, &d.Part, &d.At, &d.Payload, &d.Claim, &d.ClaimedUntil, &d.Node, &d.Attempts, &d.LastError)
	return d, err
}

// collect reads all rows of a query and sorts them: what RETURNING gives has no order.
func collect(rows *db.Rows, err error) ([]Due, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Due
	for rows.Next() {
		d, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Due) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key))
	})
	return out, rows.Err()
}

const putConflict = `ON CONFLICT (org, kind, key) DO UPDATE SET lane = excluded.lane, part = excluded.part, due_at = excluded.due_at,
payload = excluded.payload, state = excluded.state, claim = due.claim + 1, claimed_until = excluded.claimed_until,
node = excluded.node, attempts = 0, last_error = '' WHERE due.state <> 'handing'`

// Put adds rows, or moves those that exist: by (Kind, Key), a later Put sets time, lane, part and payload anew and clears
// attempts and error; of two in one call the later counts. A row given with Claim > 0 is born claimed by Node until
// ClaimedUntil, but not in EngineLane, where nothing is claimed: a row that was taken can be put back there as it is,
// whatever number an earlier Put has left on it. Over a row that exists the claim number rises, so that no older claim matches any more; a row in state
// handing stays as it is, because its effect may be on its way.
func Put(ctx context.Context, tx *db.Tx, due []Due) error {
	last := make(map[[2]string]int, len(due))
	for i, d := range due {
		last[[2]string{d.Kind, d.Key}] = i
	}
	rows := make([][]any, 0, len(due))
	for i, d := range due {
		if d.Lane == "" || d.Kind == "" || d.Key == "" {
			return fmt.Errorf("put due row: lane %q, kind %q and key %q must all be given", d.Lane, d.Kind, d.Key)
		}
		if last[[2]string{d.Kind, d.Key}] == i {
			rows = append(rows, d.row(tx.Org()))
		}
	}
	err := tx.BulkLater(ctx, db.Bulk{
		Table: "due",
		Cols: []db.Col{{Name: "org"}, {Name: "kind"}, {Name: "key"}, {Name: "lane"}, {Name: "part", Type: db.Int},
			{Name: "due_at", Type: db.Int}, {Name: "payload"}, {Name: "state"}, {Name: "claim", Type: db.Int},
			{Name: "claimed_until", Type: db.Int}, {Name: "node"}, {Name: "attempts", Type: db.Int}, {Name: "last_error"}},
		OnConflict: putConflict,
		Rows:       rows,
	})
	if err != nil {
		return fmt.Errorf("put %d due rows: %w", len(rows), err)
	}
	return nil
}

func (d *Due) row(org string) []any {
	at, until, node, part := d.At, time.Time{}, "", d.Part
	if d.Lane != EngineLane {
		part = 0
		if d.Claim > 0 {
			at, until, node = d.ClaimedUntil, d.ClaimedUntil, d.Node
		}
	}
	return []any{org, d.Kind, d.Key, d.Lane, part, at, d.Payload, "waiting", d.Claim, until, node, d.Attempts, d.LastError}
}

const dropSQL = `DELETE FROM due WHERE org = $1 AND kind = $2 AND `

// Drop removes rows, whatever their state. Missing ones are no error.
func Drop(ctx context.Context, tx *db.Tx, kind string, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	in, arg := tx.In("key", 3, keys)
	if err := tx.ExecLater(ctx, dropSQL+in, tx.Org(), kind, arg); err != nil {
		return fmt.Errorf("drop due rows of kind %s: %w", kind, err)
	}
	return nil
}

const takeSQL = `WITH picked AS MATERIALIZED (
SELECT org, kind, key FROM due WHERE org = $1 AND lane = $2 AND part = $3 AND due_at <= $4 AND state = 'waiting'
ORDER BY due_at, kind, key LIMIT $5)
DELETE FROM due WHERE (org, kind, key) IN (SELECT org, kind, key FROM picked) RETURNING ` + columns

const anySQL = `SELECT 1 FROM due WHERE org = $1 AND lane = $2 AND part = $3 AND due_at <= $4 LIMIT 1`

// Take removes and returns rows of a partition that are due, in the order of (At, Kind, Key). The caller holds the
// partition's lock and does the work in the same transaction. Mostly nothing is due, and Any finds that out at a fifth of the cost.
func Take(ctx context.Context, tx *db.Tx, lane string, part int, now time.Time, limit int) ([]Due, error) {
	due, err := collect(tx.Query(ctx, takeSQL, tx.Org(), lane, part, now, limit))
	if err != nil {
		return nil, fmt.Errorf("take due rows of %s/%d: %w", lane, part, err)
	}
	return due, nil
}

// Any tells whether rows of a partition are due.
func Any(ctx context.Context, tx *db.Tx, lane string, part int, now time.Time) (bool, error) {
	var one int64
	switch err := tx.Row(ctx, anySQL, tx.Org(), lane, part, now).Scan(&one); {
	case errors.Is(err, db.ErrNotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for due rows of %s/%d: %w", lane, part, err)
	}
	return true, nil
}

const nextSQL = `SELECT due_at FROM due WHERE org = $1 AND lane = $2 AND part = $3 AND due_at < $4 ORDER BY due_at LIMIT 1`

const duePartsSQL = `WITH RECURSIVE parts (part) AS (SELECT 0 UNION ALL SELECT part + 1 FROM parts WHERE part + 1 < $1)
SELECT part FROM parts WHERE EXISTS (SELECT 1 FROM due WHERE org = $2 AND lane = $3 AND part = parts.part AND due_at <= $4)`

// DueParts tells which of a lane's first n partitions have rows that are due.
func DueParts(ctx context.Context, tx *db.Tx, lane string, n int, now time.Time) (map[int]bool, error) {
	rows, err := tx.Query(ctx, duePartsSQL, n, tx.Org(), lane, now)
	if err != nil {
		return nil, fmt.Errorf("look for due rows of %s: %w", lane, err)
	}
	defer rows.Close()
	parts := map[int]bool{}
	for rows.Next() {
		var part int
		if err := rows.Scan(&part); err != nil {
			return nil, fmt.Errorf("look for due rows of %s: %w", lane, err)
		}
		parts[part] = true
	}
	return parts, rows.Err()
}

// NextAt gives the time of the earliest row of a partition; false: there is none. In a claimed lane (part 0) a row in
// somebody's hands counts with the end of its claim.
func NextAt(ctx context.Context, tx *db.Tx, lane string, part int) (time.Time, bool, error) {
	var at time.Time
	rows, err := tx.Query(ctx, nextSQL, tx.Org(), lane, part, int64(never))
	if err != nil {
		return at, false, fmt.Errorf("next due row of %s/%d: %w", lane, part, err)
	}
	defer rows.Close()
	if !rows.Next() {
		return at, false, rows.Err()
	}
	err = rows.Scan(&at)
	return at, err == nil, err
}
