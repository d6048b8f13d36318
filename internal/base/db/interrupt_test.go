package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// endless counts so far that nobody waits for its end.
const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT COUNT(*) FROM n, (SELECT $1 AS org) WHERE org <> ''`

// TestAReadEndsWithItsContext: whoever stops waiting stops the work, at any moment, and the connection serves the next as if nothing
// had been.
func TestAReadEndsWithItsContext(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	count := func(ctx context.Context, q string) (n int64, err error) {
		err = d.Read(ctx, func(tx *db.Tx) error { return tx.Row(ctx, q, tx.Org()).Scan(&n) })
		return n, err
	}
	for i := range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%20)*100*time.Microsecond)
		began := time.Now()
		_, err := count(ctx, endless)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("an endless read whose context ends gives %v", err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("it ended after %s", took)
		}
		// The next has a context of its own that ends just when it is done, now and then.
		ctx, cancel = context.WithCancel(t.Context())
		if _, err := count(ctx, "SELECT COUNT(*) FROM settings WHERE org = $1"); err != nil {
			t.Fatalf("the read after a broken one gives %v", err)
		}
		cancel()
		if _, err := count(context.Background(), "SELECT COUNT(*) FROM settings WHERE org = $1"); err != nil {
			t.Fatalf("the read after it gives %v", err)
		}
	}
}
