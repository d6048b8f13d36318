package ingest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// Events that come at the same time are taken together, and each has the outcome that it would have alone: accepted,
// twice, about nobody, wrong, and one that changes a record among them.
func TestEventsOfTheMomentAreTakenTogether(t *testing.T) {
	each(t, func(e *env) {
		e.bring("residents", "Unit,Resident,Name,Lease Start,Lease Expiration\n101,t1,Ana Ruiz,01/01/2026,12/31/2026\n102,t2,Ben Hale,01/01/2026,12/31/2026\n")
		const clients, rounds = 16, 8
		var mu sync.Mutex
		got := map[string]int{}
		var wg sync.WaitGroup
		for c := range clients {
			wg.Go(func() {
				for r := range rounds {
					id := fmt.Sprintf("e%d-%d", c, r)
					kind, subject, data := "portal.visited", fmt.Sprintf("resident/t%d", 1+r%2), map[string]any{}
					switch {
					case c%4 == 1 && r == 0:
						id = "same" // from four clients
					case c%4 == 2:
						subject = fmt.Sprintf("resident/nobody%d", r)
					case c%4 == 3 && r%2 == 0:
						kind, data = "contact.personal", map[string]any{"staff": "nobody", "kind": "visit"}
					case c%4 == 3:
						kind, data = "message.received", map[string]any{"channel": "email", "text": "Hello"}
					}
					out, err := e.door.Post(context.Background(), []CloudEvent{e.event(id, kind, subject, data)}, hearth.Actor{Kind: "token", ID: "t1"})
					mu.Lock()
					switch {
					case err != nil:
						got[err.Error()]++
					case out[0].ID != id:
						got["the outcome of "+out[0].ID+" for "+id]++
					default:
						got[out[0].Status]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		// 32 of the first four and 32 of the next, of which four are one; 32 about nobody; 16 wrong and 16 that change a record.
		want := map[string]int{Accepted: 32 + 32 - 3 + 16, Duplicate: 3, Parked: 32, Rejected: 16}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if n := len(e.events("portal.visited")); n != 61 {
			t.Errorf("%d visits are in the log, want 61", n)
		}
	})
}

// A lot ends gathering when its transaction begins, and one that is full lets the next begin.
func TestLots(t *testing.T) {
	s := lots{most: maxLot}
	some := func(n int) []*entry {
		list := make([]*entry, n)
		for i := range list {
			list[i] = &entry{place: i}
		}
		return list
	}
	a, _, first := s.join(some(2))
	b, from, second := s.join(some(3))
	if !first || second || a != b || from != 2 || len(a.out) != 5 {
		t.Fatalf("first %v, second %v, the same lot %v, from %d, %d outcomes", first, second, a == b, from, len(a.out))
	}
	s.shut(a)
	c, from, first := s.join(some(1))
	if c == a || !first || from != 0 {
		t.Error("a lot that is being written took in more")
	}
	s.join(some(maxLot - 1))
	d, _, first := s.join(some(1))
	if d == c || !first {
		t.Error("a full lot took in more")
	}
	s.shut(c) // late: the open one stays
	if e, _, first := s.join(some(1)); e != d || first {
		t.Error("the end of one lot closed another")
	}
}

// On PostgreSQL requests that come while some are written wait together, and share the next transaction: each would only wait for the place in the
// log that the one before it holds.
func TestOnPostgresALotWaitsForThoseBefore(t *testing.T) {
	each(t, func(e *env) {
		if e.d.Dialect() != db.Postgres {
			return // the store's own writer lets them share
		}
		e.bring("residents", "Unit,Resident,Name,Lease Start,Lease Expiration\n101,t1,Ana Ruiz,01/01/2026,12/31/2026\n")
		holds, release := make(chan bool), make(chan bool)
		var wg sync.WaitGroup
		wg.Go(func() {
			err := e.d.Write(context.Background(), func(tx *db.Tx) error {
				_, err := tx.Exec(context.Background(), `UPDATE log_parts SET next_seq = next_seq WHERE org = $1`, tx.Org())
				close(holds)
				<-release
				return err
			})
			if err != nil {
				e.t.Error(err)
			}
		})
		<-holds
		before := e.d.Stats().Commits
		const clients, batch = 12, 40
		joined := func() int {
			e.door.lots.mu.Lock()
			defer e.door.lots.mu.Unlock()
			if e.door.lots.open == nil {
				return 0
			}
			return len(e.door.lots.open.entries)
		}
		post := func(c int) {
			wg.Go(func() {
				evs := make([]CloudEvent, batch)
				for i := range evs {
					evs[i] = e.event(fmt.Sprintf("e%d-%d", c, i), "portal.visited", "resident/t1", map[string]any{})
				}
				out, err := e.door.Post(context.Background(), evs, hearth.Actor{Kind: "token", ID: "t1"})
				if err != nil || out[0].Status != Accepted || out[batch-1].ID != fmt.Sprintf("e%d-%d", c, batch-1) {
					e.t.Errorf("client %d: %v, %v", c, out, err)
				}
			})
		}
		for c := range lotsAtOnce { // these stand before the held rows, one after the other
			post(c)
			for dbtest.Waiting(e.t, e.d) < c+1 {
				time.Sleep(time.Millisecond)
			}
		}
		for c := lotsAtOnce; c < clients; c++ {
			post(c)
		}
		for joined() != (clients-lotsAtOnce)*batch {
			time.Sleep(time.Millisecond)
		}
		close(release)
		wg.Wait()
		if n := e.d.Stats().Commits - before; n != 2+lotsAtOnce { // the one that held, the lots that stood before it, and one for all the others
			e.t.Errorf("%d transactions for %d requests", n, clients)
		}
		if n := len(e.events("portal.visited")); n != clients*batch {
			e.t.Errorf("%d events are in the log", n)
		}
	})
}
