package trigger

import (
	"context"
	"fmt"
	"sync"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/sense/signal"
)

// What another version of the program stored is folded anew from the log at each look, until an event comes for that resident. So that nobody
// waits for it, the states are renewed beside the work after the start, some at a time. A row is replaced only while it is still the old one:
// a batch that was quicker has written the newer state. Where the work breaks off it goes on, since what is done is of this version.

// renewing is how far this process is with it.
type renewing struct {
	mu    sync.Mutex
	begun bool
	after stateKey  // the last row of the table that was looked at
	left  int       // rows of another version that are still to do
	again time.Time // when to look next whether there is any; another node may be of an older version for a while
}

type stateKey struct {
	resident hearth.ResidentID
	part     int
}

const (
	renewLot   = 40 // residents a lot: some 60 ms of work
	renewPause = 250 * time.Millisecond
	renewLook  = 24 * time.Hour // it reads every state
)

// renewLoop renews the states of another version in small lots.
func (e *Engine) renewLoop() work.Loop {
	return work.Loop{Name: "renew-signals", Every: renewPause, Run: func(ctx context.Context) (bool, error) {
		_, err := e.RenewSome(ctx)
		return false, err // the pause between two lots leaves room for whoever waits
	}}
}

// Renewing tells how many stored states are of another version and wait to be renewed, as far as this process has looked.
func (e *Engine) Renewing() int {
	e.renewal.mu.Lock()
	defer e.renewal.mu.Unlock()
	return e.renewal.left
}

const (
	olderCountSQL = `SELECT count(*) FROM states WHERE org = $1 AND substr(body, 1, 1) <> $2`
	olderSQL      = `SELECT resident, property, body, edges, part FROM states WHERE org = $1 AND substr(body, 1, 1) <> $2 AND (resident, part) > ($3, $4)
ORDER BY resident, part LIMIT $5`
	renewSQL = `UPDATE states SET body = $1 WHERE org = $2 AND resident = $3 AND part = $4 AND body = $5`
)

// RenewSome renews one lot; more tells whether others are left.
func (e *Engine) RenewSome(ctx context.Context) (more bool, err error) {
	r := &e.renewal
	r.mu.Lock()
	after, begun, again := r.after, r.begun, r.again
	r.mu.Unlock()
	now := e.DB.Clock().Now()
	if !begun && now.Before(again) {
		return false, nil
	}
	if !begun {
		left, err := e.olderStates(ctx)
		if err != nil {
			return false, err
		}
		if r.begin(left, now); left == 0 {
			return false, nil
		}
		e.Logger.Info("signals that another version stored are renewed", "residents", left)
		after = stateKey{}
	}
	lot, old, err := e.renewedLot(ctx, after)
	if err != nil {
		return false, fmt.Errorf("renew signals: %w", err)
	}
	if err := e.putRenewed(ctx, lot, old); err != nil {
		return false, fmt.Errorf("renew signals: %w", err)
	}
	if r.done(lot, now) {
		e.Logger.Info("signals that another version stored are all renewed")
		return false, nil
	}
	return true, nil
}

func (r *renewing) begin(left int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun, r.left, r.after, r.again = left > 0, left, stateKey{}, now.Add(renewLook)
}

// done notes a lot, and tells whether it was the last.
func (r *renewing) done(lot []*entry, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(lot) < renewLot {
		r.begun, r.left, r.again = false, 0, now.Add(renewLook)
		return true
	}
	last := lot[len(lot)-1]
	r.after, r.left = stateKey{last.resident, last.part}, max(0, r.left-len(lot))
	return false
}

func (e *Engine) olderStates(ctx context.Context) (n int, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row(ctx, olderCountSQL, tx.Org(), signal.VersionMark()).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("count signals of another version: %w", err)
	}
	return n, nil
}

// renewedLot folds some residents anew, and gives with them what is stored of each. It only reads: folding holds nobody up.
func (e *Engine) renewedLot(ctx context.Context, after stateKey) (lot []*entry, old [][]byte, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		lot, old = nil, nil
		rows, err := tx.Query(ctx, olderSQL, tx.Org(), signal.VersionMark(), string(after.resident), after.part, renewLot)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			en := &entry{known: true}
			var body, edges []byte
			if err := rows.Scan(&en.resident, &en.property, &body, &edges, &en.part); err != nil {
				return err
			}
			if err := en.decode(body, edges); err != nil {
				return err
			}
			lot, old = append(lot, en), append(old, body)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		rows.Close()
		return e.renew(ctx, tx, lot)
	})
	return lot, old, err
}

// putRenewed writes the new states of those whose row is still the old one.
func (e *Engine) putRenewed(ctx context.Context, lot []*entry, old [][]byte) error {
	if len(lot) == 0 {
		return nil
	}
	return e.DB.Write(ctx, func(tx *db.Tx) error {
		for i, en := range lot {
			if _, err := tx.Exec(ctx, renewSQL, en.state.AppendBinary(nil), tx.Org(), string(en.resident), en.part, old[i]); err != nil {
				return err
			}
		}
		return nil
	})
}
