package eventlog_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// BenchmarkAppend reports what the bare log takes, on a store that syncs: one event a call from 16 callers at once, and
// calls of 100 events over all partitions.
func BenchmarkAppend(b *testing.B) {
	open := map[string]func() *db.DB{
		"sqlite": func() *db.DB {
			return dbtest.Open(b, db.Config{Dir: b.TempDir(), Clock: hearth.NewVirtualClock(dbtest.Start()), Linger: 500 * time.Microsecond})
		},
		"postgres": func() *db.DB {
			return dbtest.Open(b, db.Config{URL: dbtest.NewCluster(b).URL(), Clock: hearth.NewVirtualClock(dbtest.Start())})
		},
	}
	for _, kind := range []string{"sqlite", "postgres"} {
		b.Run(kind, func(b *testing.B) {
			d := open[kind]()
			b.Run("single x16", func(b *testing.B) { benchAppend(b, d, 16, 1) })
			b.Run("batch of 100 x4", func(b *testing.B) { benchAppend(b, d, 4, 100) })
		})
	}
}

func benchAppend(b *testing.B, d *db.DB, callers, size int) {
	l, now := open(b, d), dbtest.Start()
	run := time.Now().UnixNano()
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for {
				n := next.Add(int64(size))
				if n > int64(b.N*size) {
					return
				}
				evs := make([]*hearth.Event, size)
				for i := range evs {
					id := n + int64(i)
					evs[i] = event(fmt.Sprintf("%d-%d", run, id), hearth.PropertyID(fmt.Sprint("prp_", id%40)), now, hearth.ResidentID(fmt.Sprint("res_", id%5000)))
					evs[i].Data = []byte(`{"page":"/pay","device":"phone"}`)
				}
				err := d.Write(context.Background(), func(tx *db.Tx) error {
					_, err := l.AppendChecked(context.Background(), tx, evs...)
					return err
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "events/s")
}
