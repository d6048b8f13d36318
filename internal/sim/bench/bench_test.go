package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearth/internal/app"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// asProgram has the test binary act as the program that is measured.
const asProgram = "BENCH_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	err := program(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// program does what the commands serve and import do.
func program(ctx context.Context, args []string) error {
	flags, rest := map[string]string{}, []string{}
	for i := 1; i < len(args); i++ {
		name, ok := strings.CutPrefix(args[i], "--")
		if !ok {
			rest = append(rest, args[i])
			continue
		}
		flags[name] = args[i+1]
		i++
	}
	request := app.ImportRequest{Property: flags["property"], Zone: flags["zone"], Source: flags["source"]}
	if args[0] == "import" {
		for _, name := range []string{"property", "zone", "source"} {
			delete(flags, name)
		}
	}
	l, err := config.Load(config.Input{Flags: flags})
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, l.Config, app.Options{Version: "test"})
	if err != nil {
		return err
	}
	if args[0] == "import" {
		request.Kind, request.Files = rest[0], rest[1:]
		_, err := a.Import(ctx, request)
		return errors.Join(err, a.Close())
	}
	s, err := app.Listen(a, app.ServeOptions{})
	if err != nil {
		return errors.Join(err, a.Close())
	}
	if err := s.Run(ctx, app.ServeOptions{}); err != nil {
		return errors.Join(err, s.Stop(), a.Close())
	}
	return errors.Join(s.Wait(ctx), a.Close())
}

func tiny(t *testing.T, url, only string) Options {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Options{Program: self, Env: []string{asProgram + "=1"}, Version: "test", Database: url, Only: only,
		size: &sizes{runs: 1, town: 20, batched: 300, singles: 40, raw: 10, many: 60, idle: 20, crowd: 30, inbound: 24, decisions: 64, calm: 100 * time.Millisecond,
			lived: 10, livedDays: 10, stretch: 100 * time.Millisecond}}
}

// TestEveryPart runs all parts on a handful of events: each figure is there and none is empty.
func TestEveryPart(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	rep, err := Run(t.Context(), tiny(t, "", ""))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range rep.Figures {
		if names[f.Name] {
			t.Errorf("there are two figures %s", f.Name)
		}
		names[f.Name] = true
		// The clock of processor time ticks a hundred times a second, so that a few events may cost nothing.
		if coarse := strings.Contains(f.Name, "cpu") || strings.Contains(f.Name, "allocs") || f.Name == "residents.over" || f.Name == "day.clocks" || f.Name == "desk"; len(f.Samples) != 1 || f.Median <= 0 && !coarse {
			t.Errorf("figure %s is %+v", f.Name, f)
		}
	}
	for _, want := range []string{"bare", "batches.share", "batches.smtp.share", "singles.delivered", "singles.p99", "singles.cpu", "singles.peak",
		"ack.p99", "raw.p99", "residents.over", "import.seconds", "import.alone", "import.over", "idle.memory", "idle.ready",
		"mail.p99", "mail.slow", "broadcast.share", "desk", "inbound", "day", "day.million", "condition"} {
		if !names[want] {
			t.Errorf("there is no figure %s", want)
		}
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "hearth-bench-") }) {
		t.Error("the bench left its directory behind")
	}
}

// TestClean: of an organization on PostgreSQL that the bench made, nothing is left.
func TestClean(t *testing.T) {
	o := tiny(t, dbtest.PostgresURL(t), "")
	b := &bench{Options: o, sizes: o.size, dir: t.TempDir()}
	town, err := b.build(t.Context(), "gone", 5)
	if err != nil {
		t.Fatal(err)
	}
	count := func() (n int64) {
		d, err := openStore(t.Context(), town.cfg, false)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(t.Context(), `SELECT COUNT(*) FROM events WHERE org = $1`, tx.Org()).Scan(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if count() == 0 {
		t.Fatal("the community has no events")
	}
	if err := b.clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 0 {
		t.Errorf("%d events are left", n)
	}
}

// TestPostgres runs the events on PostgreSQL.
func TestPostgres(t *testing.T) {
	url := dbtest.PostgresURL(t)
	for _, only := range []string{"batches", "singles", "import", "day", "nodes"} {
		rep, err := Run(t.Context(), tiny(t, url, only))
		if err != nil {
			t.Fatal(err)
		}
		if rep.Database != "postgres" || len(rep.Figures) == 0 {
			t.Errorf("%s on PostgreSQL gave %+v", only, rep)
		}
	}
}

// Parts that take long run when they are named.
func TestPartsThatAreAskedFor(t *testing.T) {
	for _, only := range []string{"year", "long"} {
		rep, err := Run(t.Context(), tiny(t, "", only))
		if err != nil {
			t.Fatal(err)
		}
		if len(rep.Figures) == 0 || rep.Figures[0].Median <= 0 {
			t.Errorf("%s gave %+v", only, rep)
		}
	}
}

func TestUnknownPart(t *testing.T) {
	if _, err := Run(t.Context(), tiny(t, "", "everything")); err == nil || !strings.Contains(err.Error(), "choose one of") {
		t.Errorf("a part that does not exist: %v", err)
	}
}
