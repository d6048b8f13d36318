// Package history tests, over the whole program on virtual time, that a source's first import is history and a later
// import's differences are news.
package history

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/app"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/edge/ingest"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/decision"
)

// leases is the size of the community, and near how many of its leases end within 120 days.
const (
	leases = 240
	near   = 80
)

const onNotice = `
id: on-notice
title: Notice was given
depth: playbook
why: Somebody should talk with them.
for: household
trigger: {on: lease.notice_given}
steps:
  - task: {title: Talk about the notice, why: They gave notice, role: leasing, minutes: 15, due: 1 business day}
`

// directory writes the community's directory as of today: lease i ends i days after the near ones; who gave notice is
// marked with the day.
func directory(t *testing.T, today hearth.Day, notice map[int]hearth.Day) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("Resident ID,Unit,First Name,Last Name,Email,Status,Lease Start,Lease End,Move In,Notice Date,Move Out\n")
	for i := range leases {
		end := today + 10 + hearth.Day(i)
		if i >= near {
			end = today + 130 + hearth.Day(i)
		}
		status, on, out := "Current", "", ""
		if d, ok := notice[i]; ok {
			status, on, out = "Notice", d.String(), (d + 60).String()
		}
		fmt.Fprintf(&b, "r%d,%d,First%d,Last%d,r%d@home.example,%s,%s,%s,%s,%s,%s\n", i, 1000+i, i, i, i, status, (end - 365).String(), end.String(),
			(end - 365).String(), on, out)
	}
	path := filepath.Join(t.TempDir(), "directory.csv")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// open builds the whole program on a virtual clock.
func open(t *testing.T, cfg config.Config, clock hearth.Clock) *app.App {
	t.Helper()
	cfg.Org, cfg.Zone, cfg.Send = "main", "America/New_York", "sink"
	a, err := app.Open(t.Context(), cfg, app.Options{Clock: clock, Random: rand.NewChaCha8([32]byte{1}), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func TestTheFirstImportIsHistoryAndTheSecondIsNews(t *testing.T) {
	for name, cfg := range map[string]config.Config{"sqlite": {Data: t.TempDir()}, "postgres": {Database: dbtest.EmptyPostgresURL(t)}} {
		t.Run(name, func(t *testing.T) {
			clock := hearth.NewVirtualClock(time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC))
			weekly(t, open(t, cfg, clock), clock)
		})
	}
}

func weekly(t *testing.T, a *app.App, clock *hearth.VirtualClock) {
	ctx := t.Context()
	for _, text := range []string{onNotice, string(a.Library["renewal-window"]), string(a.Library["quiet-resident"])} {
		if _, err := a.Engine.Activate(ctx, []byte(text), 0); err != nil {
			t.Fatal(err)
		}
	}
	today := hearth.DayOf(clock.Now(), time.UTC)
	put := func(path string) *ingest.Report {
		t.Helper()
		rep, err := a.Importer.Run(ctx, ingest.Request{Property: "Oak Court", Zone: "America/New_York", Source: "pms", Kind: column.Residents,
			Files: []string{path}, Actor: hearth.System("test")})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Engine.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		return rep
	}
	if rep := put(directory(t, today, nil)); !rep.History || rep.Counts.Added != leases {
		t.Fatalf("the first import is history %v and added %d, want history and %d", rep.History, rep.Counts.Added, leases)
	}
	if n := started(t, a); n != 0 {
		t.Fatalf("history spoke: %d playbooks started or were held back, want 0", n)
	}
	// The clock may start what it makes true in the week between; that is its own doing, so it is counted apart.
	clock.Advance(7 * 24 * time.Hour)
	if err := a.Engine.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	byClock := started(t, a)
	rep := put(directory(t, today, map[int]hearth.Day{100: today + 1}))
	if rep.History || rep.Counts.Changed != 1 || rep.Counts.Same != leases-1 {
		t.Fatalf("the second import: %+v, want 1 changed and the rest the same", rep.Counts)
	}
	if got := started(t, a) - byClock; got != 1 {
		t.Errorf("the second import decided about %d starts, want the one of the notice", got)
	}
	tasks := noticeTasks(t, a)
	if len(tasks) != 1 || tasks[0].Title != "Talk about the notice" {
		t.Errorf("got %d tasks about a notice, want one", len(tasks))
	}
}

// started counts the decisions about starts.
func started(t *testing.T, a *app.App) (n int) {
	t.Helper()
	err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
		list, _, err := a.Decisions.List(t.Context(), tx, decision.Filter{Stage: "trigger"}, "", 200)
		n = len(list)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// noticeTasks gives the open tasks that the notice made.
func noticeTasks(t *testing.T, a *app.App) (out []task.Task) {
	t.Helper()
	err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
		var err error
		out, _, err = a.Tasks.List(t.Context(), tx, task.Filter{Playbook: "on-notice"}, "", 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
