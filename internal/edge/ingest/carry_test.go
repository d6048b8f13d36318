package ingest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
)

// server is a second importer over the same store, as that of a process that serves.
type server struct {
	*Importer
	alive atomic.Bool
}

func (e *env) server() *server {
	s := &server{Importer: New(e.im.Deps)}
	s.Node = "server"
	s.alive.Store(true)
	e.im.Served = s.alive.Load
	return s
}

// until carries imports on until none is left, and fails after a minute.
func (s *server) until(ctx context.Context, done <-chan struct{}) error {
	for {
		if _, err := s.Carry(ctx); err != nil {
			return err
		}
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}

// What the serving process carries on ends as if the import had gone on by itself, with the same report.
func TestTheServingProcessAppliesAnImport(t *testing.T) {
	each(t, func(e *env) {
		alone := e.bring(column.Residents, many(60), func(r *Request) { r.Property = "Elm Court" })
		s := e.server()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for round, want := range []Counts{{Rows: 60, Added: 60}, {Rows: 59, Changed: 1, Same: 58, Vanished: 1}} {
			text := strings.NewReplacer("Tester", "Oak", ",t0", ",o0", "@", "@oak.").Replace(many(60 - round))
			if round == 1 {
				text = strings.Replace(text, "1005.00", "1007.00", 1)
			}
			done, failed := make(chan struct{}), make(chan error, 1)
			go func() { failed <- s.until(ctx, done) }()
			r := e.bring(column.Residents, text)
			close(done)
			if err := <-failed; err != nil {
				t.Fatal(err)
			}
			e.wantCounts(r, want)
			if round == 0 {
				if r.Property == "" || !r.PropertyAdded || !r.History || r.Zone != alone.Zone || !slices.Equal(r.Notes, []string{"New property Oak Court was made."}) || len(r.Rows) != 60 {
					t.Errorf("%d rows, notes %q, zone %s; want what an import that goes on by itself reports: %q, %s", len(r.Rows), r.Notes, r.Zone, alone.Notes, alone.Zone)
				}
			}
			var worker string
			e.read(func(tx *db.Tx) error {
				return tx.Row(ctx, "SELECT node FROM imports WHERE org = $1 AND id = $2", tx.Org(), string(r.Import)).Scan(&worker)
			})
			if !strings.HasPrefix(worker, "server/") {
				t.Errorf("import %d was applied by %s", round, worker)
			}
			e.clock.Advance(24 * time.Hour)
		}
	})
}

// Who handed an import over takes it back when the process that served has gone, before it began or in the middle.
func TestAnImportIsTakenBackFromAServerThatDied(t *testing.T) {
	each(t, func(e *env) {
		for _, begun := range []bool{false, true} {
			s := e.server()
			name := map[bool]string{false: "Elm", true: "Ash"}[begun]
			req := Request{Property: name + " Court", Source: name, Kind: column.Residents,
				Files: []string{e.file("roll.csv", strings.NewReplacer("Tester", name, "@", "@"+name).Replace(many(40)))}}
			staged := false
			req.Progress = func(p Progress) {
				if p.Stage == "checking" && p.Done == 1 {
					staged = true
					return
				}
				if !staged || !s.alive.Load() || p.Stage != "applying" {
					return
				}
				if begun { // it claims, and dies
					if more, err := s.Carry(t.Context()); err != nil || !more && e.homesOf(req.Property) == 0 {
						t.Errorf("it could not begin: %v", err)
					}
				}
				s.alive.Store(false) // its claim still holds: the clock stands still
			}
			r, err := e.im.Run(t.Context(), req)
			if err != nil {
				e.t.Fatal(err)
			}
			e.wantCounts(r, Counts{Rows: 40, Added: 40})
			if n := e.homesOf(req.Property); n != 40 {
				t.Errorf("%d homes", n)
			}
		}
	})
}

// An import that cannot go on tells whoever waits for it why, and goes on by itself once it can.
func TestAFaultIsToldToWhoWaits(t *testing.T) {
	each(t, func(e *env) {
		s := e.server()
		req := Request{Property: "Oak Court", Source: "pms", Kind: column.Residents, Files: []string{e.file("roll.csv", many(30))}}
		broken := hearth.Errorf(hearth.CodeUnavailable, "The disk is full.")
		req.Progress = func(p Progress) {
			if p.Stage != "applying" {
				return
			}
			all, err := s.left(t.Context())
			if err != nil || len(all) == 0 {
				return
			}
			imp := all[0]
			if mine, err := s.take(t.Context(), &imp); err != nil || !mine {
				t.Errorf("not taken: %v", err)
			}
			if err := (&applying{im: s.Importer, imp: imp}).fault(t.Context(), broken); !errors.Is(err, broken) {
				t.Errorf("the loop hears %v", err)
			}
		}
		_, err := e.im.Run(t.Context(), req)
		if err == nil || !strings.Contains(err.Error(), "The disk is full.") {
			t.Fatalf("who waited heard %v", err)
		}
		if more, err := s.Carry(t.Context()); more || err != nil {
			t.Errorf("it was tried again at once: %v", err)
		}
		e.clock.Advance(tryAgain)
		for more := true; more; {
			if more, err = s.Carry(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := e.homesOf("Oak Court"); n != 30 {
			t.Errorf("%d homes after a minute", n)
		}
	})
}

// A server that stops lets go of the import at once, and a stop waits for a moment only.
func TestAStoppingServerLetsGo(t *testing.T) {
	each(t, func(e *env) {
		s := e.server()
		req := Request{Property: "Oak Court", Source: "pms", Kind: column.Residents, Files: []string{e.file("roll.csv", many(30))}}
		req.Progress = func(p Progress) {
			if p.Stage != "applying" || !s.alive.Load() {
				return
			}
			if _, err := s.pickUp(t.Context()); err != nil || s.carrying == nil {
				t.Errorf("it could not begin: %v", err)
			}
			if err := s.Release(t.Context()); err != nil {
				t.Error(err)
			}
			s.alive.Store(false)
		}
		r, err := e.im.Run(t.Context(), req) // the clock stands still: no claim has run out
		if err != nil {
			t.Fatal(err)
		}
		e.wantCounts(r, Counts{Rows: 30, Added: 30})
	})
}

// A row that fails again and again, and for no reason of its own, is set aside; the others and the next import go on.
func TestAStrangeRowStopsNothing(t *testing.T) {
	each(t, func(e *env) {
		s := e.server()
		req := Request{Property: "Oak Court", Source: "pms", Kind: column.Residents, Files: []string{e.file("roll.csv", many(30))}}
		spoilt := false
		req.Progress = func(p Progress) {
			if p.Stage != "applying" || !s.alive.Load() {
				return
			}
			if !spoilt {
				spoilt = true
				if err := e.im.DB.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), `UPDATE import_rows SET cells = '{' WHERE org = $1 AND n = 17`, tx.Org())
					return err
				}); err != nil {
					t.Error(err)
				}
			}
			for more := true; more; {
				var err error
				if more, err = s.Carry(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		}
		r, err := e.im.Run(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		e.wantCounts(r, Counts{Rows: 30, Added: 29, Quarantined: 1})
		if n := e.homesOf("Oak Court"); n != 29 {
			t.Errorf("%d homes", n)
		}
		for _, row := range r.Rows {
			if row.Action == rowQuarantined && (row.Line != 19 || !strings.Contains(row.Reason, "--retry")) {
				t.Errorf("set aside: %+v", row)
			}
		}
		req.Progress = nil
		s.alive.Store(false)
		again, err := e.im.Run(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		e.wantCounts(again, Counts{Rows: 30, Added: 1, Same: 29})
	})
}

// When every row fails, it is not the rows: the import stops, and most rows wait.
func TestWhenAllRowsAreStrange(t *testing.T) {
	each(t, func(e *env) {
		req := Request{Property: "Oak Court", Source: "pms", Kind: column.Residents, Files: []string{e.file("roll.csv", many(3*mostStrange))}}
		req.Progress = func(p Progress) {
			if p.Done < 1 {
				return
			}
			if err := e.im.DB.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `UPDATE import_rows SET cells = '{' WHERE org = $1`, tx.Org())
				return err
			}); err != nil {
				t.Error(err)
			}
		}
		if _, err := e.im.Run(t.Context(), req); err == nil {
			t.Fatal("it ended well")
		}
		set := 0
		if err := e.im.DB.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Row(t.Context(), `SELECT COUNT(*) FROM import_rows WHERE org = $1 AND state = 'staged'`, tx.Org()).Scan(&set)
		}); err != nil {
			t.Fatal(err)
		}
		if set < 2*mostStrange {
			t.Errorf("%d rows are left, want at least %d", set, 2*mostStrange)
		}
	})
}
