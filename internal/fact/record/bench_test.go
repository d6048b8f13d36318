package record

import (
	"context"
	"fmt"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// BenchmarkPutHome tells a rent roll, fifty homes in a transaction, and then the same again.
func BenchmarkPutHome(b *testing.B) {
	d, clock := dbtest.SQLite(b)
	w := setup(b, d, clock)
	batch := func(from int) {
		w.write(func(ctx context.Context, tx *db.Tx) error {
			for i := from; i < from+50; i++ {
				h := roll(fmt.Sprintf("%d", i), lived("2025-06-01", "2026-05-31"), person(fmt.Sprintf("Ana Ruiz %d", i), fmt.Sprintf("ana%d@example.com", i), ""))
				h.Property = w.oak.ID
				if _, err := w.store.PutHome(ctx, tx, News{Source: "yardi", Cause: "imp_1"}, h); err != nil {
					return err
				}
			}
			return nil
		})
	}
	n := 0
	for b.Loop() {
		batch(n)
		batch(n)
		n += 50
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(2*n), "us/home")
}

// BenchmarkRead reads contacts and searches among many residents.
func BenchmarkRead(b *testing.B) {
	d, clock := dbtest.SQLite(b)
	w := setup(b, d, clock)
	const homes = 5000
	var ids []hearth.ResidentID
	for from := 0; from < homes; from += 500 {
		w.write(func(ctx context.Context, tx *db.Tx) error {
			for i := from; i < from+500; i++ {
				h := roll(fmt.Sprintf("%d", i), lived("2025-06-01", "2026-05-31"), person(fmt.Sprintf("Ana%d Ruiz%d", i, i), fmt.Sprintf("ana%d@example.com", i), ""))
				h.Property = w.oak.ID
				res, err := w.store.PutHome(ctx, tx, News{}, h)
				if err != nil {
					return err
				}
				ids = append(ids, res.Members[0].ID)
			}
			return nil
		})
	}
	b.Run("contacts of 256", func(b *testing.B) {
		for b.Loop() {
			w.read(func(ctx context.Context, tx *db.Tx) error {
				_, err := w.store.Contacts(ctx, tx, ids[:256])
				return err
			})
		}
	})
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			w.read(func(ctx context.Context, tx *db.Tx) error {
				_, err := w.store.Search(ctx, tx, "ruiz49", "", 20)
				return err
			})
		}
	})
}
