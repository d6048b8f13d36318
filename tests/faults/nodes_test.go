package faults

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"hearth/internal/base/db"
	"hearth/internal/sim/load"
)

// decided tells whether a visit was decided: its task is there.
func (s *site) decided(id string) bool {
	s.Helper()
	n := 0
	s.look(func(ctx context.Context, tx *db.Tx) {
		if err := tx.Row(ctx, "SELECT COUNT(*) FROM runs WHERE org = $1 AND playbook = 'look' AND start_key = $2", tx.Org(),
			"event:"+source+"/"+id).Scan(&n); err != nil {
			s.Fatal(err)
		}
	})
	return n == 1
}

// visitOf is the event of a visit.
func visitOf(resident, id string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":%q,"type":"visit.recorded","subject":"resident/%s","data":{"kind":"package"}}`, id, source, resident)
}

// visit posts a visit and waits until it is decided; the node that takes it need not be the one that decides it.
func (s *site) visit(p *load.Process, id string, within time.Duration) time.Duration {
	s.Helper()
	began := time.Now()
	if a := s.post(p, visitOf("r7", id)); a.status != 202 {
		s.Fatalf("a visit was answered %d: %s", a.status, a.body)
	}
	s.until("visit "+id+" is decided", within, func() bool { return s.decided(id) })
	return time.Since(began)
}

// TestTwoNodesShareTheWork lets two programs work on one PostgreSQL under load, freezes one for longer than a transaction
// may idle, kills the other, lets a third take over whose clock finds every claim run out, and thaws the first, whose
// claims are stale then.
func TestTwoNodesShareTheWork(t *testing.T) {
	s := newSite(t, true)
	mail := newMailServer(t)
	flags := []string{"--send", "real", "--smtp", mail.url, "--mail-connections", strconv.Itoa(connections)}
	frozen, killed := s.serve(flags...), s.serve(flags...)
	var got acked
	n := 1
	if asks.soak {
		n = 5
	}
	doubt := 0
	for i := range n {
		name := string(rune('a' + i))
		stop := s.press(&got, name, 150, frozen.URL, killed.URL)
		time.Sleep(2 * time.Second)
		if err := frozen.Freeze(); err != nil {
			t.Fatal(err)
		}
		// A frozen transaction is ended after 5 seconds; until then it may hold what the other node needs.
		took := s.visit(killed, "while-frozen-"+name, 15*time.Second)
		time.Sleep(6 * time.Second)
		next := s.visit(killed, "taken-over-"+name, 10*time.Second)
		t.Logf("with the other node frozen a visit was decided after %s, later after %s", took.Round(time.Millisecond), next.Round(time.Millisecond))
		if err := killed.Kill(); err != nil {
			t.Fatal(err)
		}
		third := s.serve(append(flags, "--clock", "+10m")...)
		took = s.visit(third, "after-kill-"+name, 15*time.Second)
		t.Logf("with the other node killed a visit was decided after %s", took.Round(time.Millisecond))
		time.Sleep(time.Second) // the third takes over claims of both
		if err := frozen.Thaw(); err != nil {
			t.Fatal(err)
		}
		s.visit(frozen, "thawed-"+name, 15*time.Second)
		time.Sleep(time.Second)
		stop()
		s.keepsWhatItAcknowledged(&got)
		for _, p := range []*load.Process{frozen, third} {
			if err := p.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		doubt += 3 * connections
		s.restart(frozen)
		s.restart(killed)
	}
	for _, p := range []*load.Process{frozen, killed} {
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	s.serve(append(flags, "--clock", "+20m")...)
	s.settled(2 * time.Minute)
	s.keepsWhatItAcknowledged(&got)
	k := s.didEachThingOnce(mail.mails(t), doubt+2*connections)
	s.verified()
	t.Logf("%d acknowledged; %s", got.count(), k)
}
