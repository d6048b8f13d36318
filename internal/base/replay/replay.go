// Package replay remembers the answers to requests that carry an idempotency key, so that a request which is sent
// again gets the same answer and happens once. It does not know what the requests do, and does not answer them.
package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

const (
	// Kept is how long an answer is remembered.
	Kept = 7 * 24 * time.Hour
	// abandoned is when a request without an answer counts as lost with its node. What a key guards must bear being
	// done again after that: the crash may have come between its effect and its answer.
	abandoned = 2 * time.Minute
	// swept is how many old answers one sweep forgets.
	swept = 500
)

// Answer is what a request was answered with.
type Answer struct {
	Status      int // HTTP status; 0 while the request is still being worked on
	ContentType string
	Body        []byte
}

const selectAnswer = `SELECT request, status, content_type, body, at FROM idempotency
 WHERE org = $1 AND token = $2 AND key = $3`

const insertAnswer = `INSERT INTO idempotency (org, token, key, request, status, content_type, body, at)
 VALUES ($1, $2, $3, $4, 0, '', $5, $6)
 ON CONFLICT (org, token, key) DO NOTHING`

const takeOver = `UPDATE idempotency SET request = $1, status = 0, content_type = '', body = $2, at = $3
 WHERE org = $4 AND token = $5 AND key = $6 AND at = $7`

// Begin claims key for the request whose digest is given. It returns the kept answer if there is one, and nil if the
// caller is to do the work and to call Finish or Forget. It fails with CodeConflict while the same request is being
// worked on, and with CodeInvalid if the key was used for another request.
func Begin(ctx context.Context, tx *db.Tx, token, key, digest string) (*Answer, error) {
	now := hearth.Millis(tx.Now())
	n, err := tx.Exec(ctx, insertAnswer, tx.Org(), token, key, digest, []byte{}, now)
	if err != nil {
		return nil, fmt.Errorf("claim idempotency key: %w", err)
	}
	if n == 1 {
		return nil, nil
	}
	var request, contentType string
	var status, at int64
	var body []byte
	err = tx.Row(ctx, selectAnswer, tx.Org(), token, key).Scan(&request, &status, &contentType, &body, &at)
	if errors.Is(err, db.ErrNotFound) {
		return nil, inFlight() // swept between the two statements; the next try finds it free
	}
	if err != nil {
		return nil, fmt.Errorf("read idempotency key: %w", err)
	}
	age := tx.Now().Sub(hearth.FromMillis(at))
	switch {
	case age >= Kept, status == 0 && age >= abandoned:
		n, err := tx.Exec(ctx, takeOver, digest, []byte{}, now, tx.Org(), token, key, at)
		if err != nil {
			return nil, fmt.Errorf("take over idempotency key: %w", err)
		}
		if n == 0 {
			return nil, inFlight()
		}
		return nil, nil
	case request != digest:
		return nil, hearth.FieldErrorf("Idempotency-Key", "This Idempotency-Key was used for another request. Send the same request again, or use a new key.")
	case status == 0:
		return nil, inFlight()
	}
	return &Answer{Status: int(status), ContentType: contentType, Body: body}, nil
}

func inFlight() error {
	return hearth.Errorf(hearth.CodeConflict, "The first request with this Idempotency-Key is still being worked on. Ask again in a moment.")
}

const finishAnswer = `UPDATE idempotency SET status = $1, content_type = $2, body = $3
 WHERE org = $4 AND token = $5 AND key = $6 AND status = 0`

// Finish keeps the answer for the key that Begin claimed.
func Finish(ctx context.Context, tx *db.Tx, token, key string, a Answer) error {
	body := a.Body
	if body == nil {
		body = []byte{}
	}
	if _, err := tx.Exec(ctx, finishAnswer, a.Status, a.ContentType, body, tx.Org(), token, key); err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	return nil
}

const forgetAnswer = `DELETE FROM idempotency WHERE org = $1 AND token = $2 AND key = $3 AND status = 0`

// Forget gives the key back, because the request failed in a way that may pass: the sender should try again.
func Forget(ctx context.Context, tx *db.Tx, token, key string) error {
	if _, err := tx.Exec(ctx, forgetAnswer, tx.Org(), token, key); err != nil {
		return fmt.Errorf("forget idempotency key: %w", err)
	}
	return nil
}

const sweepAnswers = `DELETE FROM idempotency WHERE org = $1 AND (token, key) IN
 (SELECT token, key FROM idempotency WHERE org = $2 AND at <= $3 ORDER BY at LIMIT $4)`

// Sweep forgets a bounded number of answers that are older than Kept, and tells whether there may be more.
func Sweep(ctx context.Context, tx *db.Tx) (more bool, err error) {
	n, err := tx.Exec(ctx, sweepAnswers, tx.Org(), tx.Org(), hearth.Millis(tx.Now().Add(-Kept)), swept)
	if err != nil {
		return false, fmt.Errorf("sweep idempotency keys: %w", err)
	}
	return n == swept, nil
}
