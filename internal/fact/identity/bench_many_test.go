package identity_test

import (
	"context"
	"fmt"
	"testing"

	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// BenchmarkManyWait looks at a hundred residents who changed while 12,000 proposals wait for a person: a list of names that are
// nearly alike makes as many, and whoever reads them while writing keeps everybody waiting.
func BenchmarkManyWait(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		d, clock := dbtest.SQLite(b) // which has one writer
		r := newRig(b, d, clock)
		r.write(func(ctx context.Context, tx *db.Tx) error {
			for i := range 12_000 {
				if _, err := tx.Exec(ctx, `INSERT INTO identity_proposals (org, id, a, b, probability, other, evidence, digest, state, made, decided, actor)
					VALUES ($1, $2, $3, $4, 0.7, '', '[]', 'd', 'open', 0, 0, '')`, tx.Org(), fmt.Sprintf("idp_%d", i), fmt.Sprintf("res_a%d", i), fmt.Sprintf("res_b%d", i)); err != nil {
					return err
				}
			}
			return nil
		})
		for i := range 100 {
			r.tell("yardi", fmt.Sprintf("%dA", i), fmt.Sprintf("t%d", i), fmt.Sprintf("First%c%c", 'a'+i/26, 'a'+i%26), fmt.Sprintf("Last%c%c", 'a'+i%26, 'a'+i/26), "", "")
		}
		b.StartTimer()
		if _, err := r.store.RunOnce(r.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
