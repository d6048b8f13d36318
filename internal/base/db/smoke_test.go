package db

import (
	"context"
	"testing"
	"time"

	"hearth"
)

func TestSmoke(t *testing.T) {
	ctx := t.Context()
	clock := hearth.NewVirtualClock(time.Unix(1, 0))
	start := time.Now()
	d, err := Open(ctx, Config{Dir: t.TempDir() + "/a b#c?d", Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("open", time.Since(start))
	err = d.Write(ctx, func(tx *Tx) error {
		_, err := tx.Bulk(ctx, Bulk{Table: "settings", Cols: []Col{{"org", Text}, {"name", Text}, {"value", Text}}, Rows: [][]any{{tx.Org(), "a", "b"}, {tx.Org(), "c", "d"}}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Read(ctx, func(tx *Tx) error {
		var n int
		if err := tx.Row(ctx, "SELECT count(*) FROM settings WHERE org = $1", tx.Org()).Scan(&n); err != nil {
			return err
		}
		if n != 2 {
			t.Fatal(n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	_ = context.Background
}
