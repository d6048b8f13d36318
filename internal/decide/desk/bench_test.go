package desk

import (
	"testing"
	"time"

	"hearth"
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
