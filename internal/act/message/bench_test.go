package message

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hearth/internal/base/channel"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/work"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// BenchmarkDeliver inserts one message a transaction from many callers and waits until all were sent and recorded.
func BenchmarkDeliver(b *testing.B) {
	for _, store := range []string{"sqlite", "postgres"} {
		for _, via := range []string{"sink", "smtp"} {
			b.Run(store+"/"+via, func(b *testing.B) { benchDeliver(b, store, via) })
		}
	}
}

func benchDeliver(b *testing.B, store, via string) {
	const conns, callers = 32, 32
	open := dbtest.SQLite
	if store == "postgres" {
		open = dbtest.Postgres
	}
	d, _ := open(b)
	ctx := context.Background()
	l, err := eventlog.New(d)
	if err != nil {
		b.Fatal(err)
	}
	records := record.New(l, zeros{})
	s := New(l, consent.New(l), zeros{})
	if err := d.Write(ctx, func(tx *db.Tx) error {
		_, _, err := records.PutProperty(ctx, tx, record.News{}, record.Property{ID: oak, Name: "Oak Court", Zone: "America/New_York"})
		return err
	}); err != nil {
		b.Fatal(err)
	}
	deps := Deps{DB: d, Store: s, Records: records, Sender: sinkOf(b), Node: "bench", Conns: conns, From: "h@oak.example"}
	if store == "sqlite" {
		if deps.Journal, deps.Marks, err = channel.OpenJournal(filepath.Join(b.TempDir(), "j"), conns); err != nil {
			b.Fatal(err)
		}
	}
	if via == "smtp" {
		srv, err := smtptest.Start(smtptest.Options{Discard: true})
		if err != nil {
			b.Fatal(err)
		}
		defer srv.Close()
		addr, err := channel.ParseServer(srv.URL())
		if err != nil {
			b.Fatal(err)
		}
		if deps.Sender, err = channel.NewSMTP(channel.Config{Server: addr, Conns: conns}); err != nil {
			b.Fatal(err)
		}
	}
	sender, err := NewSender(ctx, deps)
	if err != nil {
		b.Fatal(err)
	}
	g := work.NewGroup(nil)
	for _, loop := range sender.Loops() {
		g.Add(loop)
	}
	g.Start(ctx)
	b.ResetTimer()
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := c; i < b.N; i += callers {
				m := mailOf(fmt.Sprintf("b%d", i))
				if err := d.Write(ctx, func(tx *db.Tx) error { return s.Insert(ctx, tx, []Message{m}) }); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	for sender.Stats().Sent < int64(b.N) {
		time.Sleep(100 * time.Microsecond)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	if err := g.Stop(ctx); err != nil {
		b.Fatal(err)
	}
}

// zeros is a source of chance for what nobody has to guess here.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
