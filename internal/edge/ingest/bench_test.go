package ingest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now().UTC() }

func benchImporter(b *testing.B) (*Importer, *Door) {
	d := dbtest.Open(b, db.Config{Dir: b.TempDir(), Clock: systemClock{}})
	log, err := eventlog.New(d)
	if err != nil {
		b.Fatal(err)
	}
	random := rand.NewChaCha8(sha256.Sum256([]byte("bench")))
	records, c := record.New(log, random), consent.New(log)
	m, w := message.New(log, c, random), workorder.New(log, records, random)
	door := NewDoor(DoorDeps{DB: d, Log: log, Records: records, Workorders: w, Messages: m, Consent: c})
	return New(Deps{DB: d, Log: log, Records: records, Workorders: w, Messages: m, Consent: c, Tasks: task.New(log, records), Door: door, Random: random}), door
}

func roll(b *testing.B, n int) string {
	var s strings.Builder
	s.WriteString("Unit,Resident,Name,Actual Rent,Move In Date,Lease Start,Lease Expiration,Email,Phone\n")
	for i := range n {
		fmt.Fprintf(&s, "%d,t%06d,Ana Tester%s%s,%d.00,01/15/2024,01/15/2026,12/31/2026,r%d@example.com,(503) 555-%04d\n", 1000+i, i, letters(i), letters(i/676), 1000+i%900, i, i%10000)
	}
	path := filepath.Join(b.TempDir(), "roll.csv")
	if err := os.WriteFile(path, []byte(s.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkImport brings in a directory of 5,000, and reports how long others waited for an acknowledgement meanwhile,
// against the wait on an idle machine.
func BenchmarkImport(b *testing.B) {
	const rows = 5000
	for b.Loop() {
		im, door := benchImporter(b)
		path := roll(b, rows)
		one := func(i int) time.Duration {
			start := time.Now()
			out, err := door.Post(context.Background(), []CloudEvent{{ID: fmt.Sprint("e", i), Source: "bench", Type: "portal.visited", Subject: "resident/t000001"}}, hearth.System("bench"))
			if err != nil || out[0].Err != nil {
				b.Fatal(out, err)
			}
			return time.Since(start)
		}
		n := 0
		measure := func(until <-chan struct{}, atMost int) time.Duration {
			var waits []time.Duration
			for range atMost {
				select {
				case <-until:
					slices.Sort(waits)
					return waits[len(waits)*99/100]
				default:
				}
				waits = append(waits, one(n))
				n++
			}
			slices.Sort(waits)
			return waits[len(waits)*99/100]
		}
		idle := measure(nil, 500)
		done := make(chan struct{})
		start := time.Now()
		go func() {
			defer close(done)
			if _, err := im.Run(context.Background(), Request{Property: "Oak Court", Source: "pms", Kind: column.Residents, Files: []string{path}}); err != nil {
				b.Error(err)
			}
		}()
		busy := measure(done, 1_000_000)
		<-done
		b.ReportMetric(rows/time.Since(start).Seconds(), "rows/s")
		b.ReportMetric(float64(idle.Microseconds())/1000, "idle-p99-ms")
		b.ReportMetric(float64(busy.Microseconds())/1000, "busy-p99-ms")
	}
}

// BenchmarkImportAlone brings in a directory of 20,000 while nobody else writes.
func BenchmarkImportAlone(b *testing.B) {
	const rows = 20_000
	for b.Loop() {
		im, _ := benchImporter(b)
		path := roll(b, rows)
		start := time.Now()
		if _, err := im.Run(context.Background(), Request{Property: "Oak Court", Source: "pms", Kind: column.Residents, Files: []string{path}}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(rows/time.Since(start).Seconds(), "rows/s")
	}
}
