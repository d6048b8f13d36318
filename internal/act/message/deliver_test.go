package message

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/consent"
)

func TestDelivery(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.start(r.smtp())
		p.insert(mailOf("ana"), mailOf("ben"))
		p.insert(mailOf("ana")) // the engine's second attempt at the same effect
		p.drain()
		p.insert(mailOf("ana"))
		p.drain()
		r.want("ana", Sent, "message.sent", 1)
		r.want("ben", Sent, "message.sent", 1)
		if state, _, _ := r.due("ana"); state != "" {
			t.Errorf("a due row is left: %s", state)
		}
		if st := p.sender.Stats(); st.Sent != 2 || st.Waiting != 0 {
			t.Errorf("stats are %+v", st)
		}
	})
}

func TestRefusals(t *testing.T) {
	cases := []struct {
		name       string
		fault      smtptest.Fault
		state      State
		events     string
		suppressed bool
	}{
		{"no such mailbox", smtptest.Fault{At: "to", Code: 550, Text: "5.1.1 nobody"}, Bounced, "message.bounced", true},
		{"policy", smtptest.Fault{At: "to", Code: 550, Text: "5.7.1 blocked"}, Failed, "message.failed", false},
		{"content", smtptest.Fault{At: "data", Code: 554, Text: "5.6.0 no"}, Failed, "message.failed", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, r *rig) {
				r.srv.Fail(c.fault)
				p := r.start(r.smtp())
				p.insert(mailOf("ana"))
				p.drain()
				r.want("ana", c.state, c.events, 0)
				if state, _, _ := r.due("ana"); state != "" {
					t.Errorf("a due row is left: %s", state)
				}
				var ans []consent.Answer
				err := r.d.Read(t.Context(), func(tx *db.Tx) (err error) {
					ans, err = p.store.consent.Check(t.Context(), tx, []consent.Ask{{Channel: hearth.ChannelEmail, AddressKey: "ana@home.example", Class: hearth.ClassSafety}})
					return err
				})
				if err != nil || ans[0].Allowed == c.suppressed {
					t.Errorf("the address may be written to: %+v, %v; want suppressed %v", ans, err, c.suppressed)
				}
			})
		})
	}
}

func TestAddressThatIsNone(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.start(r.smtp())
		m := mailOf("ana")
		m.Address = "ana at home"
		p.insert(m)
		p.drain()
		r.want("ana", Failed, "message.failed", 0)
	})
}

func TestDropBeforeTheDotIsRetried(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.srv.Fail(smtptest.Fault{At: "to", Drop: true, Times: 1})
		p := r.start(r.smtp())
		p.insert(mailOf("ana"))
		p.drain()
		r.want("ana", Queued, "", 0)
		r.clock.Advance(2 * time.Minute)
		p.drain()
		r.want("ana", Sent, "message.sent", 1)
	})
}

func TestDropAfterTheDotIsUnknownForGood(t *testing.T) {
	for _, kept := range []bool{true, false} {
		t.Run(fmt.Sprintf("taken %v", kept), func(t *testing.T) {
			each(t, func(t *testing.T, r *rig) {
				copies := 0
				if kept {
					copies = 1
				}
				r.srv.Fail(smtptest.Fault{At: "data", Drop: true, Keep: kept, Times: 1})
				p := r.start(r.smtp())
				p.insert(mailOf("ana"))
				for range 10 {
					p.drain()
					r.clock.Advance(24 * time.Hour)
				}
				r.want("ana", Unknown, "message.unknown", copies)
				p.die()
				p = r.start(r.smtp()) // a restart changes nothing
				p.drain()
				r.want("ana", Unknown, "message.unknown", copies)
			})
		})
	}
}

func TestBackOff(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		begin := r.clock.Now()
		r.srv.Fail(smtptest.Fault{At: "to", Code: 451, Text: "4.7.1 greylisted"})
		p := r.start(r.smtp())
		p.insert(mailOf("ana"))
		last, tries := time.Duration(0), 0
		for r.get("ana").State == Queued {
			p.drain()
			state, at, attempts := r.due("ana")
			if state == "" {
				break
			}
			tries++
			pause := at.Sub(r.clock.Now())
			if attempts != tries || pause <= 0 || pause > 5*time.Hour || tries < 5 && pause < last {
				t.Fatalf("after try %d: attempts %d, next in %v, before it was %v", tries, attempts, pause, last)
			}
			last = pause
			r.clock.Set(at.Add(-time.Second))
			p.drain()
			if _, still, _ := r.due("ana"); !still.Equal(at) {
				t.Fatal("it was tried before its time")
			}
			r.clock.Set(at)
		}
		r.want("ana", Failed, "message.failed", 0)
		if d := r.clock.Now().Sub(begin); d < 71*time.Hour || d > 73*time.Hour || tries < 15 || tries > 40 {
			t.Errorf("given up after %v and %d tries, want 72 hours and about two dozen", d, tries)
		}
	})
}

func TestBackOffSpreads(t *testing.T) {
	seen := map[time.Duration]bool{}
	for i := range 100 {
		d := backoff(hearth.MessageID(fmt.Sprintf("msg_%d", i)), 0)
		if d < 45*time.Second || d > 75*time.Second {
			t.Errorf("the first pause is %v, want a minute and a quarter more or less", d)
		}
		seen[d] = true
	}
	if len(seen) < 50 {
		t.Errorf("100 messages have only %d different pauses", len(seen))
	}
	if a, b := backoff("msg_1", 3), backoff("msg_1", 3); a != b {
		t.Errorf("the same message pauses %v and %v", a, b)
	}
}

func TestServerAway(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.srv.Fail(smtptest.Fault{At: "connect", Code: 421, Text: "4.3.2 closed"})
		p := r.start(r.smtp())
		var msgs []Message
		for i := range 50 {
			msgs = append(msgs, mailOf(fmt.Sprintf("a%d", i)))
		}
		p.insert(msgs...)
		for range 20 {
			p.drain()
			r.clock.Advance(time.Second)
		}
		if st := p.sender.Stats(); !st.Down || st.DownWhy == "" {
			t.Errorf("stats are %+v, want the server down with a reason", st)
		}
		if n, _ := r.srv.Conns(); n > 4 {
			t.Errorf("%d connections in 20 seconds for 50 mails against a closed server, want a few", n)
		}
		for _, m := range msgs {
			if _, _, attempts := r.due(string(m.ID[4:])); attempts != 0 {
				t.Fatalf("message %s lost %d attempts while the server was away", m.ID, attempts)
			}
		}
		r.srv.Heal()
		for range 3 {
			r.clock.Advance(3 * time.Minute)
			p.drain()
		}
		r.clock.Advance(15 * time.Minute) // claims that became too old to use run out
		p.drain()
		if n := r.srv.Count(); n != 50 {
			t.Errorf("%d mails arrived after the server came back, want 50", n)
		}
		if st := p.sender.Stats(); st.Down {
			t.Errorf("stats are %+v, want the server up", st)
		}
	})
}

func TestServerAwayForGood(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.srv.Fail(smtptest.Fault{At: "connect", Drop: true})
		p := r.start(r.smtp())
		p.insert(mailOf("ana"), mailOf("ben"))
		for range 74 {
			p.drain()
			r.clock.Advance(time.Hour)
		}
		p.drain()
		r.want("ana", Failed, "message.failed", 0)
		r.want("ben", Failed, "message.failed", 0)
	})
}

func TestMoreThanMemoryHolds(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.start(sinkOf(t))
		p.store.out.size = 8
		var msgs []Message
		for i := range 30 {
			msgs = append(msgs, mailOf(fmt.Sprintf("a%d", i)))
		}
		p.insert(msgs...)
		if n := p.sender.Stats().Waiting; n != 8 {
			t.Errorf("%d messages were born claimed, want 8", n)
		}
		p.drain()
		for _, m := range msgs {
			if got := r.get(string(m.ID[4:])); got.State != Sent {
				t.Fatalf("message %s is %s, want sent", m.ID, got.State)
			}
		}
	})
}

func sinkOf(t testing.TB) channel.Sender {
	t.Helper()
	s, err := channel.NewSink(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoops(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.start(r.smtp())
		before := r.bare() // inserted by a process that does not send, such as a command
		before.insert(mailOf("early"))
		stop := p.run()
		for i := range 40 {
			p.insert(mailOf(fmt.Sprintf("a%d", i)), mailOf(fmt.Sprintf("b%d", i)), mailOf(fmt.Sprintf("c%d", i)))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := r.srv.Wait(ctx, 121); err != nil {
			t.Error(err)
		}
		stop()
		seen := map[string]int{}
		for _, m := range r.srv.Mails() {
			seen[m.ID]++
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s arrived %d times", id, n)
			}
		}
		if len(seen) != 121 {
			t.Errorf("%d messages arrived, want 121", len(seen))
		}
		if _, peak := r.srv.Conns(); peak > 4 {
			t.Errorf("%d connections at once, want at most 4", peak)
		}
	})
}

func TestStopGivesBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.start(r.smtp())
		p.insert(mailOf("ana"), mailOf("ben"))
		if err := p.sender.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.insert(mailOf("eve")) // while stopping: born unclaimed
		p.die()
		q := r.start(r.smtp())
		q.drain() // at once: nobody waits for a claim to run out
		for _, id := range []string{"ana", "ben", "eve"} {
			r.want(id, Sent, "message.sent", 1)
		}
	})
}

// TestResultOutlivesAFailedRecord: the mail is out, the store refuses for a while; it must be recorded and not sent again.
func TestResultOutlivesAFailedRecord(t *testing.T) {
	// A journal with room remembers the second mail too; then nothing more goes out until the store is whole again.
	for slots, most := range map[int]int{4: 1, 12: 2} {
		t.Run(fmt.Sprint(slots, " slots"), func(t *testing.T) {
			var broken atomic.Bool
			clock := hearth.NewVirtualClock(dbtest.Start())
			d := dbtest.Open(t, db.Config{Dir: t.TempDir(), Clock: clock, Fault: func(step string) error {
				if step == "commit" && broken.Load() {
					return errors.New("injected")
				}
				return nil
			}})
			r := newRig(t, d, clock, t.TempDir()+"/j")
			r.slots = slots
			p := r.start(breakAfter{r.smtp(), &broken})
			p.insert(mailOf("ana"), mailOf("ben"))
			for range 3 {
				if err := p.sender.Drain(t.Context()); err == nil {
					t.Fatal("recording against a broken store gave no error")
				}
			}
			if n := r.srv.Count(); n != most {
				t.Errorf("%d mails went out while results could not be recorded, want %d", n, most)
			}
			broken.Store(false)
			p.sender.deps.Sender = r.smtp()
			p.drain()
			r.want("ana", Sent, "message.sent", 1)
			r.want("ben", Sent, "message.sent", 1)
		})
	}
}

// breakAfter breaks the store after each mail.
type breakAfter struct {
	channel.Sender
	broken *atomic.Bool
}

func (b breakAfter) Send(ctx context.Context, m *channel.Email, beforeDot func() error) channel.Result {
	res := b.Sender.Send(ctx, m, beforeDot)
	b.broken.Store(true)
	return res
}
