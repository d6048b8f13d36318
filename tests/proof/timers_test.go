package proof

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest"
	"hearth/internal/fact/record"
)

// poll is how often the program's loop looks for what is due.
const poll = 200 * time.Millisecond

// TestTimersFireOnceAndOnTime lets thousands of runs wait for minutes while the program is killed every few seconds: none
// may be missed, none may fire twice, and late is only what fell due while nothing ran.
func TestTimersFireOnceAndOnTime(t *testing.T) {
	seeds, waits, people := []uint64{1}, 25, 40
	if asks.soak {
		seeds, waits, people = []uint64{2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 100, 100
	}
	if asks.seed != 0 {
		seeds = []uint64{asks.seed}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed %d, %d timers", seed, waits*people), func(t *testing.T) { timers(t, seed, waits, people) })
	}
}

// waiting is a playbook whose runs wait for some minutes, and give a task if they have one.
func waiting(minutes int) string {
	text := fmt.Sprintf(`
id: wait-%d
title: Wait
depth: playbook
why: A test.
trigger: {on: portal.visited}
limits: {again: each time}
steps:
  - wait: %dm
`, minutes, minutes)
	if minutes%5 == 0 {
		text += "  - task: {title: Done waiting, why: It is time, role: leasing, minutes: 1, due: 2 business days}\n"
	}
	return text
}

func timers(t *testing.T, seed uint64, waits, people int) {
	t.Helper()
	p := trial{seed: seed, store: "sqlite"}.open(t)
	start := p.clock.Now()
	p.timerHomes(people)
	for i := range waits {
		_, err := p.app.Engine.Activate(p.ctx(), []byte(waiting(i+1)), 0)
		p.must(err)
	}
	p.settle(0)
	for i := range people {
		p.clock.Advance(time.Duration(p.r.IntN(1500)) * time.Millisecond)
		_, err := p.app.Door.Post(p.ctx(), []ingest.CloudEvent{{ID: fmt.Sprint(i), Source: source, Type: "portal.visited",
			Subject: fmt.Sprintf("resident/R%d", i), Time: p.clock.Now()}}, hearth.System("test"))
		p.must(err)
		p.settle(0)
	}
	end := p.clock.Now().Add(time.Duration(waits+1) * time.Minute)
	kills := p.killUntil(end)
	p.judgeTimers(start, waits*people, kills, seed)
}

func (p *program) timerHomes(people int) {
	p.t.Helper()
	p.write(func(ctx context.Context, tx *db.Tx) error {
		at, _, err := p.app.Records.PutProperty(ctx, tx, record.News{Source: source}, record.Property{Name: "Oak Court", City: "Albany", State: "NY",
			Zip: "12207", Zone: "America/New_York", ZoneConfirmed: true})
		if err != nil {
			return err
		}
		if _, _, err := p.app.Records.PutStaff(ctx, tx, record.News{Source: source}, record.Staff{Name: "Mia Ames",
			Roles: []record.StaffRole{{Property: at.ID, Role: hearth.RoleLeasing}}}); err != nil {
			return err
		}
		today := hearth.DayOf(p.clock.Now(), time.UTC)
		for i := range people {
			_, err := p.app.Records.PutHome(ctx, tx, record.News{Source: source, History: true}, record.Home{Property: at.ID,
				Unit: record.Unit{Label: fmt.Sprint(i + 1)}, Lease: record.HomeLease{Start: today - 100, End: today + 265, MoveIn: today - 100},
				Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: fmt.Sprint("Of ", i)}, External: fmt.Sprint("R", i)}}})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// killUntil lets time pass, and kills the program every 5 to 60 seconds: between two batches, or in the middle of a
// commit. Up to three seconds pass before it is started anew.
func (p *program) killUntil(end time.Time) (kills int) {
	p.t.Helper()
	soon := func() time.Time { return p.clock.Now().Add(time.Duration(5000+p.r.IntN(55_000)) * time.Millisecond) }
	for kill := soon(); p.clock.Now().Before(end); {
		next := p.next()
		if next.IsZero() || next.After(kill) {
			next = kill
		}
		if next = next.Add(poll - 1).Truncate(poll); next.After(p.clock.Now()) {
			p.clock.Set(next)
		}
		if p.clock.Now().Before(kill) {
			p.settle(0)
			continue
		}
		kills++
		if p.faults.after, p.faults.kind = 1+p.r.IntN(3), "power"; p.r.IntN(2) == 0 {
			_ = p.once() // the power may go off in one of its commits
		}
		p.faults.off()
		p.clock.Advance(time.Duration(p.r.IntN(3000)) * time.Millisecond)
		p.rebuild()
		p.settle(0)
		kill = soon()
	}
	return kills
}

// judgeTimers counts what was missed, doubled and late.
func (p *program) judgeTimers(start time.Time, timers, kills int, seed uint64) {
	p.t.Helper()
	ended := map[string]int{}
	for _, row := range p.query("SELECT run FROM decisions WHERE org = $1 AND stage = 'run' AND outcome = 'ended'") {
		ended[row[0]]++
	}
	tasks := map[string]int{}
	for _, row := range p.query("SELECT run FROM tasks WHERE org = $1 AND kind = 'playbook'") {
		tasks[row[0]]++
	}
	rows := p.query("SELECT id, playbook, state, CAST(started AS TEXT), CAST(ended AS TEXT) FROM runs WHERE org = $1")
	missed, doubled, early := timers-len(rows), 0, 0
	var late []time.Duration
	for _, row := range rows {
		var minutes int
		if _, err := fmt.Sscanf(row[1], "wait-%d", &minutes); err != nil {
			p.t.Fatal(err)
		}
		wants := 0
		if minutes%5 == 0 {
			wants = 1
		}
		by := when(row[4]).Sub(when(row[3]).Add(time.Duration(minutes) * time.Minute))
		switch {
		case row[2] != "ended", ended[row[0]] == 0, tasks[row[0]] < wants:
			missed++
		case ended[row[0]] > 1, tasks[row[0]] > wants:
			doubled++
		case by < 0:
			early++
		}
		late = append(late, by)
	}
	slices.Sort(late)
	p99 := late[len(late)*99/100]
	p.t.Logf("seed %d: %d timers over %s, %d kills: %d missed, %d doubled, %d early, late p50 %s, p99 %s, most %s", seed, timers,
		p.clock.Now().Sub(start).Round(time.Second), kills, missed, doubled, early, late[len(late)/2], p99, late[len(late)-1])
	if missed+doubled+early != 0 || p99 >= 5*time.Second {
		p.t.Error("timers were missed, doubled, early or late")
	}
	if kills < 10 {
		p.t.Errorf("only %d kills", kills)
	}
}
