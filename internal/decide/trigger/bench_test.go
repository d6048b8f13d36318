package trigger_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/eventlog"
)

// BenchmarkBatch decides batches of 256 events about 1,000 residents with 50 playbooks active, 10 of them with
// conditions that time changes. One event in five starts a run with a task. Appending is not counted.
func BenchmarkBatch(b *testing.B) {
	clock := hearth.NewVirtualClock(dbtest.Start())
	d, err := db.Open(b.Context(), db.Config{Dir: b.TempDir(), Clock: clock, Relaxed: true})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	r := newRigWith(b, d, clock, rand.NewChaCha8([32]byte{1}))
	for i := range 50 {
		r.activate(benchPlaybook(i), 0)
	}
	const residents = 1000
	var ids []hearth.ResidentID
	for i := range residents {
		ids = append(ids, r.home(fmt.Sprint(i), fmt.Sprintf("P%d", i), -200+i%100, 150+i%200, old))
	}
	r.drain()
	part, n := eventlog.PartOf(r.property), 0
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		n = r.load(ids, n)
		b.StartTimer()
		if taken, err := r.engine.RunBatch(b.Context(), part); err != nil || taken < 256 {
			b.Fatalf("took %d: %v", taken, err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*256), "ns/event")
}

// benchPlaybook gives one of the 50: 10 standing conditions, one that starts, and the rest on events, nearly never true.
func benchPlaybook(i int) string {
	trigger := fmt.Sprintf(`{on: %s, if: 'service.open > 90 && engagement.level < %d.0'}`,
		[]string{"portal.visited", "message.received", "workorder.opened", "contact.personal"}[i%4], i)
	switch {
	case i == 0:
		trigger = `{on: workorder.opened, if: 'event.priority == "routine"'}`
	case i <= 10:
		trigger = fmt.Sprintf(`{when: 'lease.days_to_end <= %d && lease.days_to_end >= 0 && engagement.last_days >= %d && lease.status == "current"'}`, 3*i, 10+i)
	}
	return fmt.Sprintf(`
id: bench-%d
title: Bench %d
depth: playbook
why: To measure.
trigger: %s
steps:
  - task: {title: Look at it, why: It came in, role: maintenance_supervisor, minutes: 1, due: 4 business hours}
`, i, i, trigger)
}

// load appends 256 events in one transaction.
func (r *rig) load(ids []hearth.ResidentID, n int) int {
	r.Helper()
	evs := make([]*hearth.Event, 256)
	for i := range evs {
		n++
		ev := &hearth.Event{ID: fmt.Sprint("b", n), Source: "bench", Property: r.property, Time: r.clock.Now(),
			Residents: []hearth.ResidentID{ids[(n*7919)%len(ids)]}, Type: "portal.visited"}
		ev.Subject = hearth.Subject{Kind: "resident", ID: string(ev.Residents[0])}
		switch n % 5 {
		case 0:
			ev.Type, ev.Data = "workorder.opened", fmt.Appendf(nil, `{"description":"The tap drips","priority":"routine","workorder":"wo_%d"}`, n)
		case 1, 2:
			ev.Type, ev.Data = "message.received", []byte(`{"channel":"email","text":"Thank you for the quick help with the kitchen tap."}`)
		}
		evs[i] = ev
	}
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := r.log.Append(ctx, tx, evs...)
		return err
	})
	return n
}
