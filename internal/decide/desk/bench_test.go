package desk

import (
	"context"
	"fmt"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// BenchmarkMessage measures one message without the database: facts, text and the six questions.
func BenchmarkMessage(b *testing.B) {
	l, err := Load(Shipped())
	if err != nil {
		b.Fatal(err)
	}
	zone := mustZone(b, "America/New_York")
	now := at("2026-11-20 12:00 -0500")
	state := &signal.State{}
	state.Fold(&hearth.Event{Type: "workorder.opened", Subject: hearth.Subject{Kind: "workorder", ID: "wo_1"}, Residents: []hearth.ResidentID{"res_ana"},
		Time: now, Data: []byte(`{"description":"leak"}`)}, zone)
	tpl, _ := l.Get("service-received")
	in := Intent{Facts: map[string]any{"event": map[string]any{"description": "Kitchen sink leaks", "category": "plumbing"}}}
	b.ReportAllocs()
	for b.Loop() {
		c := plainCase(hearth.ClassAnswer, now, zone)
		facts := factsFor(tpl, "en", in, addressee{called: "Ana"}, venue{name: "Oak Court"}, signal.NewView(state, now, zone), now, zone)
		if c.Text, c.Missing, err = l.Render(tpl.ID, "en", hearth.ChannelEmail, facts); err != nil {
			b.Fatal(err)
		}
		for i := range 10 {
			c.Said = append(c.Said, sent("old", hearth.ClassService, now.Add(-time.Duration(i)*24*time.Hour)))
		}
		if v, _ := decide(c); v.Outcome != Sent {
			b.Fatal(v)
		}
	}
}

// BenchmarkSubmit measures a full batch with its database work: 256 messages to as many homes, one transaction.
func BenchmarkSubmit(b *testing.B) {
	d, clock := dbtest.SQLite(b)
	h := newHouse(b, d, clock)
	var ids []hearth.ResidentID
	h.write(func(ctx context.Context, tx *db.Tx) error {
		for i := range 256 {
			res, err := h.desk.Records.PutHome(ctx, tx, record.News{}, record.Home{Property: h.oak, Unit: record.Unit{Label: fmt.Sprint(1000 + i)},
				Members: []record.Member{{Resident: record.Resident{First: "Person", Last: fmt.Sprint(i), Email: fmt.Sprintf("p%d@example.com", i)}}}})
			if err != nil {
				return err
			}
			ids = append(ids, res.Members[0].ID)
		}
		return nil
	})
	n := 0
	for b.Loop() {
		b.StopTimer()
		clock.Advance(24 * time.Hour)
		in := make([]Intent, len(ids))
		for i, id := range ids {
			n++
			in[i] = h.closed(fmt.Sprint(n), id, fmt.Sprintf("Work %d.", n))
		}
		b.StartTimer()
		if v := h.submit(in...); v[0].Outcome != Sent {
			b.Fatal(v[0])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "us/message")
}
