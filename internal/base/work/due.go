package work

import (
	"context"
	"errors"
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

var errBuilding = errors.New("being built")

// Put adds rows, or moves those that exist: by (Kind, Key), a later Put sets time, lane, part and payload anew. A row
// given with Claim > 0 is born claimed by Node until ClaimedUntil. A row in state handing stays as it is.
func Put(ctx context.Context, tx *db.Tx, due []Due) error { return errBuilding }

// Drop removes rows. Missing ones are no error.
func Drop(ctx context.Context, tx *db.Tx, kind string, keys []string) error { return errBuilding }

// Take removes and returns rows of a partition that are due, in the order of (At, Kind, Key). The caller holds the
// partition's lock and does the work in the same transaction.
func Take(ctx context.Context, tx *db.Tx, lane string, part int, now time.Time, limit int) ([]Due, error) {
	return nil, errBuilding
}

// NextAt gives the time of the earliest row of a partition; false: there is none.
func NextAt(ctx context.Context, tx *db.Tx, lane string, part int) (time.Time, bool, error) {
	return time.Time{}, false, errBuilding
}

// Claim claims rows that are due and either unclaimed or claimed until a time that has passed, for node until a time.
// Each claim has a higher number than the one before.
func Claim(ctx context.Context, tx *db.Tx, lane, node string, now, until time.Time, limit int) ([]Due, error) {
	return nil, errBuilding
}

// Expired gives rows in state handing whose claim has run out: nobody knows whether their effect happened.
func Expired(ctx context.Context, tx *db.Tx, lane string, now time.Time, limit int) ([]Due, error) {
	return nil, errBuilding
}

// Handing marks rows just before the step that makes their effect irreversible. ok tells for each mark whether the claim
// still held; where it did not, the step must not be taken.
func Handing(ctx context.Context, tx *db.Tx, kind string, marks []Mark) (ok []bool, err error) {
	return nil, errBuilding
}

// Finish removes a row whose work is done, if the claim still matches (claim < 0: whatever the claim is).
func Finish(ctx context.Context, tx *db.Tx, kind, key string, claim int64) (bool, error) {
	return false, errBuilding
}

// Retry lets a row wait for another attempt at a time, if the claim still matches.
func Retry(ctx context.Context, tx *db.Tx, kind, key string, claim int64, at time.Time, lastErr string) (bool, error) {
	return false, errBuilding
}

// Bury sets a row aside for a person, if the claim still matches.
func Bury(ctx context.Context, tx *db.Tx, kind, key string, claim int64, lastErr string) (bool, error) {
	return false, errBuilding
}

// Dead lists buried rows; At is when each was buried.
func Dead(ctx context.Context, tx *db.Tx, lane string, limit int) ([]Due, error) {
	return nil, errBuilding
}

// Revive makes a buried row due again at a time.
func Revive(ctx context.Context, tx *db.Tx, kind, key string, at time.Time) (bool, error) {
	return false, errBuilding
}
