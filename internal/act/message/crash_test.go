package message

import (
	"testing"
	"time"

	"hearth/internal/base/channel"
	"hearth/internal/base/db"
)

// TestCrash kills the process at each named point of a mail's way out and starts another.
func TestCrash(t *testing.T) {
	cases := []struct {
		at     string
		state  State
		events string
		copies int
	}{
		{"before the dot", Sent, "message.sent", 1},            // nothing was marked: it goes out again
		{"marked, dot not out", Unknown, "message.unknown", 0}, // cannot be told from the next
		{"after the dot", Unknown, "message.unknown", 1},       // the answer came and was never recorded
	}
	for _, c := range cases {
		t.Run(c.at, func(t *testing.T) {
			each(t, func(t *testing.T, r *rig) {
				p := r.start(crash{r.smtp(), c.at})
				p.insert(mailOf("ana"), mailOf("ben"), mailOf("eve"))
				p.crashing()
				q := r.start(r.smtp())
				r.takeover()
				q.drain()
				first := r.firstOf("ana", "ben", "eve")
				r.want(first, c.state, c.events, c.copies)
				for _, id := range []string{"ana", "ben", "eve"} {
					if id != first {
						r.want(id, Sent, "message.sent", 1) // claimed beside it, and not in doubt
					}
				}
			})
		})
	}
}

// firstOf gives the one of the messages that is in doubt, or the first.
func (r *rig) firstOf(ids ...string) string {
	for _, id := range ids {
		if r.get(id).State == Unknown {
			return id
		}
	}
	return ids[0]
}

// TestCrashAfterTheRecord: results are in the store, the slots still full. The marks mean nothing any more.
func TestCrashAfterTheRecord(t *testing.T) {
	d, clock := sqliteOf(t)
	r := newRig(t, d, clock, t.TempDir()+"/send.journal")
	p := r.start(r.smtp())
	p.insert(mailOf("sent"))
	p.drain()
	r.srv.Fail(smtptestBusy())
	p.insert(mailOf("again"))
	p.drain()
	for slot, id := range []string{"msg_sent", "msg_again"} {
		if err := p.journal.Set(slot, channel.Mark{ID: id, Claim: 1}); err != nil {
			t.Fatal(err)
		}
	}
	p.die()
	q := r.start(r.smtp())
	r.clock.Advance(time.Hour)
	q.drain()
	r.want("sent", Sent, "message.sent", 1)
	r.want("again", Sent, "message.sent", 1)
}

// TestMachineStopped: the marks are unsynced and may be lost with the machine, so all that was claimed is in doubt, and
// only that.
func TestMachineStopped(t *testing.T) {
	d, clock := sqliteOf(t)
	r := newRig(t, d, clock, t.TempDir()+"/send.journal")
	p := r.start(r.smtp())
	p.insert(mailOf("ana"))
	r.bare().insert(mailOf("ben")) // queued, claimed by nobody
	p.die()
	r.journal = t.TempDir() + "/send.journal" // as if the old one had been lost
	q := r.start(r.smtp())
	q.drain()
	r.want("ana", Unknown, "message.unknown", 0)
	r.want("ben", Sent, "message.sent", 1)
}

// TestFrozenNode: a node sleeps with a mail in hand, another takes it; awake again, the first must not send it.
func TestFrozenNode(t *testing.T) {
	eachTable(t, func(t *testing.T, r *rig) {
		a := r.start(r.smtp())
		a.insert(mailOf("ana"))
		b := r.start(r.smtp())
		b.drain()
		r.want("ana", Queued, "", 0) // a's claim holds
		r.takeover()
		b.drain()
		r.want("ana", Sent, "message.sent", 1)
		a.drain()
		r.want("ana", Sent, "message.sent", 1)
	})
}

// TestStaleMark: even if the frozen node's own clock says that its claim holds, the claim number stops it.
func TestStaleMark(t *testing.T) {
	eachTable(t, func(t *testing.T, r *rig) {
		a := r.start(r.smtp())
		a.insert(mailOf("ana"))
		parcel, ok := a.store.out.next()
		if !ok {
			t.Fatal("the message was not born claimed")
		}
		b := r.start(r.smtp())
		r.takeover()
		b.drain()
		if err := a.sender.deliver(t.Context(), 0, parcel); err != nil {
			t.Fatal(err)
		}
		r.want("ana", Sent, "message.sent", 1)
	})
}

// TestLateAnswer: a node is taken for dead after the final dot, then its answer comes. The truth counts.
func TestLateAnswer(t *testing.T) {
	eachTable(t, func(t *testing.T, r *rig) {
		other := r.start(r.smtp())
		a := r.start(meanwhile{r.smtp(), func() {
			r.takeover()
			other.drain()
			r.want("ana", Unknown, "message.unknown", 1)
		}})
		a.insert(mailOf("ana"))
		a.drain()
		r.want("ana", Sent, "message.unknown message.sent", 1)
		if state, _, _ := r.due("ana"); state != "" {
			t.Errorf("a due row is left: %s", state)
		}
	})
}

func TestResolve(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.start(r.smtp())
		r.srv.Fail(smtptestLost(2))
		p.insert(mailOf("ana"), mailOf("ben"))
		p.drain()
		unknown := r.unknowns(p)
		if len(unknown) != 2 {
			t.Fatalf("%d messages in doubt, want 2", len(unknown))
		}
		resolve := func(id string, kind string, how Resolution) error {
			return r.d.Write(t.Context(), func(tx *db.Tx) error {
				return p.store.Resolve(t.Context(), tx, actorOf(kind), "msg_"+hearthID(id), how)
			})
		}
		for _, bad := range []struct{ kind, how, code string }{
			{"resident", "resend", "forbidden"}, {"system", "resend", "forbidden"}, {"staff", "forget", "invalid"},
		} {
			if err := resolve("ana", bad.kind, Resolution(bad.how)); codeOf(err) != bad.code {
				t.Errorf("resolve as %s with %s: %v, want %s", bad.kind, bad.how, err, bad.code)
			}
		}
		if err := resolve("ana", "staff", Resend); err != nil {
			t.Fatal(err)
		}
		if err := resolve("ben", "staff", Settled); err != nil {
			t.Fatal(err)
		}
		p.drain()
		r.want("ana", Sent, "message.unknown message.sent", 1)
		r.want("ben", Sent, "message.unknown message.sent", 0)
		if err := resolve("ana", "staff", Resend); codeOf(err) != "conflict" {
			t.Errorf("resolve twice: %v, want a conflict", err)
		}
		if left := r.unknowns(p); len(left) != 0 {
			t.Errorf("%d messages still in doubt", len(left))
		}
	})
}
