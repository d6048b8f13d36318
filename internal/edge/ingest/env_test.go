package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
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

// env is an importer and a door with real stores behind them.
type env struct {
	t       *testing.T
	d       *db.DB
	clock   *hearth.VirtualClock
	log     *eventlog.Log
	records *record.Store
	orders  *workorder.Store
	tasks   *task.Store
	door    *Door
	im      *Importer
	dir     string
}

func newEnv(t *testing.T, d *db.DB, clock *hearth.VirtualClock) *env {
	t.Helper()
	log, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.NewChaCha8(sha256.Sum256([]byte(t.Name())))
	e := &env{t: t, d: d, clock: clock, log: log, dir: t.TempDir()}
	e.records = record.New(log, random)
	c := consent.New(log)
	messages := message.New(log, c, random)
	e.orders = workorder.New(log, e.records, random)
	e.tasks = task.New(log, e.records)
	e.door = NewDoor(DoorDeps{DB: d, Log: log, Records: e.records, Workorders: e.orders, Messages: messages, Consent: c})
	e.im = New(Deps{DB: d, Log: log, Records: e.records, Workorders: e.orders, Messages: messages, Consent: c, Tasks: e.tasks, Door: e.door, Random: random,
		Zone: "America/Chicago"})
	return e
}

func each(t *testing.T, f func(e *env)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) { f(newEnv(t, d, clock)) })
}

func (e *env) file(name, text string) string {
	e.t.Helper()
	path := filepath.Join(e.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		e.t.Fatal(err)
	}
	return path
}

// bring imports one file and fails the test if that fails.
func (e *env) bring(k column.Kind, text string, with ...func(*Request)) *Report {
	e.t.Helper()
	r, err := e.run(k, text, with...)
	if err != nil {
		e.t.Fatalf("import %s: %v", k, err)
	}
	return r
}

func (e *env) run(k column.Kind, text string, with ...func(*Request)) (*Report, error) {
	e.t.Helper()
	req := Request{Property: "Oak Court", Source: "pms", Kind: k}
	if text != "" {
		req.Files = []string{e.file(fmt.Sprintf("%s-%d.csv", k, len(text)), text)}
	}
	for _, w := range with {
		w(&req)
	}
	return e.im.Run(context.Background(), req)
}

func dry(r *Request)   { r.DryRun = true }
func retry(r *Request) { r.Retry = true }

func (e *env) read(f func(tx *db.Tx) error) {
	e.t.Helper()
	if err := e.d.Read(context.Background(), f); err != nil {
		e.t.Fatal(err)
	}
}

// events gives all events of a type, or of all types, in the order of the log.
func (e *env) events(types ...hearth.EventType) []*hearth.Event {
	e.t.Helper()
	var out []*hearth.Event
	e.read(func(tx *db.Tx) error {
		for part := range eventlog.Parts {
			evs, err := e.log.Read(context.Background(), tx, part, 0, 100_000)
			if err != nil {
				return err
			}
			for _, ev := range evs {
				if len(types) == 0 || slices.Contains(types, ev.Type) {
					out = append(out, ev)
				}
			}
		}
		return nil
	})
	return out
}

// people gives everybody in the records by name, as "Ana Ruiz 101 ana@example.com +1503…".
func (e *env) people() []string {
	e.t.Helper()
	var out []string
	e.read(func(tx *db.Tx) error {
		page, err := e.records.Search(context.Background(), tx, "", "", 200)
		for _, c := range page.Items {
			out = append(out, strings.TrimSpace(strings.Join([]string{c.First, c.Last, c.UnitLabel, c.Email, c.Phone}, " ")))
		}
		return err
	})
	slices.Sort(out)
	return out
}

func (e *env) openTasks() []task.Task {
	e.t.Helper()
	var out []task.Task
	e.read(func(tx *db.Tx) error {
		var err error
		out, _, err = e.tasks.List(context.Background(), tx, task.Filter{}, "", 100)
		return err
	})
	return out
}

func (e *env) wantCounts(r *Report, want Counts) {
	e.t.Helper()
	if r.Counts != want {
		e.t.Errorf("counts %+v, want %+v", r.Counts, want)
		for _, row := range r.Rows {
			e.t.Logf("  line %d %s %s: %s", row.Line, row.Action, row.What, row.Reason)
		}
	}
}

func (e *env) post(evs ...CloudEvent) []Outcome {
	e.t.Helper()
	out, err := e.door.Post(context.Background(), evs, hearth.Actor{Kind: "token", ID: "t1"})
	if err != nil {
		e.t.Fatal(err)
	}
	return out
}

func (e *env) event(id, kind, subject string, data map[string]any) CloudEvent {
	e.t.Helper()
	b, err := json.Marshal(data)
	if err != nil {
		e.t.Fatal(err)
	}
	return CloudEvent{ID: id, Source: "pms", Type: kind, Subject: subject, Time: e.clock.Now().Add(-time.Minute), Data: b}
}
