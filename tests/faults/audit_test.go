package faults

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/sim/load"
)

// realTime is the clock of the machine.
type realTime struct{ ahead time.Duration }

// Now gives the machine's time, moved forward.
func (c realTime) Now() time.Time { return time.Now().Add(c.ahead).UTC() }

// look opens the site's database beside the running program, or after it.
func (s *site) look(f func(ctx context.Context, tx *db.Tx)) {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	d, err := db.Open(ctx, db.Config{Dir: s.dir, URL: s.url, Clock: realTime{}})
	if err != nil {
		s.Fatalf("look into the database: %v", err)
	}
	defer d.Close()
	if err := d.Read(ctx, func(tx *db.Tx) error { f(ctx, tx); return nil }); err != nil {
		s.Fatalf("look into the database: %v", err)
	}
}

// column reads a statement's rows of one text, with the organization as its only parameter.
func column(ctx context.Context, s *site, tx *db.Tx, q string) []string {
	s.Helper()
	rows, err := tx.Query(ctx, q, tx.Org())
	if err != nil {
		s.Fatalf("%s: %v", q, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			s.Fatalf("%s: %v", q, err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		s.Fatalf("%s: %v", q, err)
	}
	return out
}

// count reads a number.
func count(ctx context.Context, s *site, tx *db.Tx, q string) int {
	s.Helper()
	var n int
	if err := tx.Row(ctx, q, tx.Org()).Scan(&n); err != nil {
		s.Fatalf("%s: %v", q, err)
	}
	return n
}

// lost gives the acknowledged events that are not in the log.
func (s *site) lost(got *acked) []string {
	s.Helper()
	got.mu.Lock()
	ids := slices.Collect(maps.Keys(got.ids)) // before looking: the load may go on meanwhile
	got.mu.Unlock()
	var there []string
	s.look(func(ctx context.Context, tx *db.Tx) {
		there = column(ctx, s, tx, "SELECT id FROM events WHERE org = $1 AND source = '"+source+"'")
	})
	in := make(map[string]bool, len(there))
	for _, id := range there {
		in[id] = true
	}
	var missing []string
	for _, id := range ids {
		if !in[id] {
			missing = append(missing, id)
		}
	}
	return missing
}

// keepsWhatItAcknowledged fails the test when something is missing.
func (s *site) keepsWhatItAcknowledged(got *acked) {
	s.Helper()
	if missing := s.lost(got); len(missing) > 0 {
		s.Errorf("of %d acknowledged events %d are missing, such as %v", got.count(), len(missing), missing[:min(5, len(missing))])
	}
}

// settled waits until everything is decided and every mail has its result.
func (s *site) settled(within time.Duration) {
	s.Helper()
	behind, queued := 0, 0
	s.until("everything is decided and delivered", within, func() bool {
		s.look(func(ctx context.Context, tx *db.Tx) {
			behind = count(ctx, s, tx, `SELECT CAST(COALESCE(SUM(l.next_seq - 1 - COALESCE(p.seq, 0)), 0) AS BIGINT) FROM log_parts l
				LEFT JOIN positions p ON p.org = l.org AND p.part = l.part AND p.follower = 'decide' WHERE l.org = $1`)
			queued = count(ctx, s, tx, "SELECT COUNT(*) FROM messages WHERE org = $1 AND state IN ('queued','held')")
		})
		if behind > 0 || queued > 0 {
			time.Sleep(100 * time.Millisecond)
		}
		return behind <= 0 && queued == 0
	})
}

// tally is what is in the database, by what ought to follow from each other.
type tally struct {
	requests, orders, answerRuns   int
	visits, tasks, lookRuns        int
	heard, inbound, heldBack       int
	states                         map[string][]string // messages by state
	why                            []string            // state, id and reason of each message
	sentEvents, dead, handing, all int
}

func (s *site) tally() (k tally) {
	s.Helper()
	s.look(func(ctx context.Context, tx *db.Tx) {
		n := func(q string) int { return count(ctx, s, tx, "SELECT COUNT(*) FROM "+q) }
		ofType := func(t string) int {
			return n("events WHERE org = $1 AND source = '" + source + "' AND type = '" + t + "'")
		}
		k = tally{
			requests: ofType("workorder.opened"), orders: n("workorders WHERE org = $1"), answerRuns: n("runs WHERE org = $1 AND playbook = 'answer'"),
			visits: ofType("visit.recorded"), tasks: n("tasks WHERE org = $1 AND playbook = 'look'"), lookRuns: n("runs WHERE org = $1 AND playbook = 'look'"),
			heard: ofType("message.received"), inbound: n("messages WHERE org = $1 AND direction = 'in'"),
			heldBack:   n("decisions WHERE org = $1 AND stage = 'trigger' AND outcome <> 'started'"),
			sentEvents: n("events WHERE org = $1 AND type = 'message.sent'"), dead: n("due WHERE org = $1 AND lane = 'engine' AND state = 'dead'"),
			handing: n("due WHERE org = $1 AND state = 'handing'"), all: n("events WHERE org = $1"), states: map[string][]string{},
		}
		for _, row := range column(ctx, s, tx, "SELECT state || ' ' || id || ' ' || reason || ' ' || error FROM messages WHERE org = $1 AND direction = 'out'") {
			f := strings.SplitN(row, " ", 3)
			k.states[f[0]] = append(k.states[f[0]], f[1])
			k.why = append(k.why, strings.Join(f, " "))
		}
	})
	return k
}

// didEachThingOnce compares events with what followed from them, and messages with what the mail server took. At most
// doubt messages may be unknown.
func (s *site) didEachThingOnce(mails load.Mails, doubt int) tally {
	s.Helper()
	k := s.tally()
	messages := 0
	for _, ids := range k.states {
		messages += len(ids)
	}
	for _, row := range []struct {
		what      string
		got, want int
	}{
		{"work orders, one for each request", k.orders, k.requests}, {"runs that answer, one for each request", k.answerRuns, k.requests},
		{"messages, one for each request", messages, k.requests}, {"runs that look, one for each visit", k.lookRuns, k.visits},
		{"tasks, one for each visit", k.tasks, k.visits}, {"messages that came in, one for each event of one", k.inbound, k.heard},
		{"starts that were held back", k.heldBack, 0}, {"engine rows that were given up", k.dead, 0}, {"mails still being handed over", k.handing, 0},
		{"messages in another state than sent or unknown", messages - len(k.states["sent"]) - len(k.states["unknown"]), 0},
		{"events of sent messages, one for each", k.sentEvents, len(k.states["sent"])},
	} {
		if row.got != row.want {
			s.Errorf("%s: %d, want %d", row.what, row.got, row.want)
		}
	}
	for _, why := range k.why {
		if !strings.HasPrefix(why, "sent ") && !strings.HasPrefix(why, "unknown ") {
			s.Log(why)
		}
	}
	if n := len(k.states["unknown"]); n > doubt {
		s.Errorf("%d messages are unknown, want at most %d", n, doubt)
	}
	s.arrivedOnce(k, mails)
	return k
}

func (s *site) arrivedOnce(k tally, mails load.Mails) {
	s.Helper()
	if d := mails.Doubled(); len(d) > 0 {
		s.Errorf("%d messages arrived more than once, such as %v", len(d), d[:min(5, len(d))])
	}
	missing, stray, arrived := 0, 0, 0
	for _, id := range k.states["unknown"] {
		if mails[id] > 0 {
			arrived++
		}
	}
	s.Logf("of %d unknown messages %d had arrived", len(k.states["unknown"]), arrived)
	for _, id := range k.states["sent"] {
		if mails[id] == 0 {
			missing++
		}
	}
	for id := range mails {
		if !slices.Contains(k.states["unknown"], id) && !contains(k.states["sent"], id) {
			stray++
		}
	}
	if missing > 0 || stray > 0 {
		s.Errorf("%d messages are called sent and never arrived; %d arrived and are neither sent nor unknown", missing, stray)
	}
}

// contains searches a list that is not sorted yet; it sorts it.
func contains(ids []string, id string) bool {
	if !slices.IsSorted(ids) {
		slices.Sort(ids)
	}
	_, ok := slices.BinarySearch(ids, id)
	return ok
}

// sound has the embedded database check itself.
func (s *site) sound() {
	s.Helper()
	if s.dir == "" {
		return
	}
	d, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, db.FileName))
	if err != nil {
		s.Fatal(err)
	}
	defer d.Close()
	var word string
	if err := d.QueryRow("PRAGMA integrity_check").Scan(&word); err != nil || word != "ok" {
		s.Errorf("integrity check: %q, %v", word, err)
	}
}

// verified checks that the signals in the database are those that the log gives.
func (s *site) verified() {
	s.Helper()
	if out, errOut, code := s.run("signals", "verify"); code != 0 {
		s.Errorf("signals verify ended with %d: %s%s", code, out, errOut)
	}
}

func (k tally) String() string {
	return fmt.Sprintf("%d events in the log, %d requests, %d visits, %d sent, %d unknown", k.all, k.requests, k.visits,
		len(k.states["sent"]), len(k.states["unknown"]))
}

var _ hearth.Clock = realTime{}

// residentsOf counts a property's residents.
func (s *site) residentsOf(property string) int {
	s.Helper()
	n := 0
	s.look(func(ctx context.Context, tx *db.Tx) {
		if err := tx.Row(ctx, `SELECT COUNT(*) FROM residents r JOIN properties p ON p.org = r.org AND p.id = r.property
			WHERE r.org = $1 AND p.name = $2`, tx.Org(), property).Scan(&n); err != nil {
			s.Fatal(err)
		}
	})
	return n
}
