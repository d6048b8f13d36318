package message

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/twiliotest"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// textRig is a rig with a provider of text messages instead of a mail server.
type textRig struct {
	*rig
	sms *twiliotest.Server
}

// eachText runs f beside both kinds of marks: the journal of the embedded store and the due table.
func eachText(t *testing.T, f func(t *testing.T, r *textRig)) {
	t.Helper()
	with := func(t *testing.T, r *rig) {
		srv, err := twiliotest.Start(twiliotest.Options{Now: r.clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { srv.Close() })
		f(t, &textRig{r, srv})
	}
	t.Run("journal", func(t *testing.T) {
		d, clock := dbtest.SQLite(t)
		with(t, newRig(t, d, clock, filepath.Join(t.TempDir(), "sms.journal")))
	})
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) { with(t, newRig(t, d, clock, "")) })
}

func (r *textRig) provider() channel.TextSender {
	r.t.Helper()
	c, err := channel.NewTwilio(channel.TwilioConfig{Base: r.sms.URL(), Token: "token", From: "+12125550199", Timeout: 200 * time.Millisecond, StopGrace: 50 * time.Millisecond})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

// startTexts starts a process that sends text messages.
func (r *textRig) startTexts(via channel.TextSender) *process {
	r.t.Helper()
	p := r.bare()
	r.lives++
	deps := Deps{DB: r.d, Store: p.store, Records: p.records, Texts: via, Node: fmt.Sprintf("node-%d", r.lives), Conns: 4,
		BaseURL: "https://hearth.example", ClaimFor: 10 * time.Minute, Log: dbtest.Log(r.t), Care: care.New(p.log, p.records)}
	if r.journal != "" {
		j, marks, err := channel.OpenJournal(r.journal, r.slots)
		if err != nil {
			r.t.Fatal(err)
		}
		r.t.Cleanup(func() { j.Close() })
		p.journal, deps.Journal, deps.Marks = j, j, marks
	}
	var err error
	if p.sender, err = NewSender(r.t.Context(), deps); err != nil {
		r.t.Fatal(err)
	}
	return p
}

func numberOf(id string) string { return "+1212555" + fmt.Sprintf("%04d", len(id)*7+int(id[0])) }

func textOf(id string) Message {
	n := numberOf(id)
	return Message{ID: hearth.MessageID("msg_" + id), Property: oak, Resident: hearth.ResidentID("res_" + id), State: Queued, Class: hearth.ClassService,
		Purpose: "service.update", Channel: hearth.ChannelSMS, Address: n, AddressKey: n, Body: "The tap of " + id + " is fixed.", Reason: "asked for"}
}

// agreed records a yes to text messages.
func (r *textRig) agreed(p *process, ids ...string) {
	r.t.Helper()
	r.write(func(tx *db.Tx) error {
		for _, id := range ids {
			if err := consent.New(p.log).Set(r.t.Context(), tx, consent.Grant{Channel: hearth.ChannelSMS, AddressKey: numberOf(id), Allowed: true, Source: "lease",
				At: tx.Now().Add(-time.Hour)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantText checks where a text stands, what was told of it, and how often the provider has it.
func (r *textRig) wantText(id string, state State, events string, copies int) {
	r.t.Helper()
	if m := r.get(id); m.State != state {
		r.t.Errorf("text %s is %s (%s), want %s", id, m.State, m.Error, state)
	}
	if got := r.events(id); got != events {
		r.t.Errorf("events about %s: %q, want %q", id, got, events)
	}
	if got := r.sent(id); got != copies {
		r.t.Errorf("the provider has %d copies of %s, want %d", got, id, copies)
	}
}

func (r *textRig) sent(id string) (n int) {
	for _, m := range r.sms.Taken() {
		if m.To == numberOf(id) {
			n++
		}
	}
	return n
}

func TestTextIsSent(t *testing.T) {
	eachText(t, func(t *testing.T, r *textRig) {
		p := r.startTexts(r.provider())
		r.agreed(p, "a", "b")
		p.insert(textOf("a"), textOf("b"), mailOf("m"))
		p.drain()
		r.wantText("a", Sent, "message.sent", 1)
		r.wantText("b", Sent, "message.sent", 1)
		if m := r.get("m"); m.State != Queued {
			t.Errorf("the sender of texts has touched a mail: %s", m.State)
		}
		m := r.sms.Taken()[0]
		if m.CallBack != "https://hearth.example/hooks/twilio/status?m=msg_a" {
			t.Errorf("called back at %s", m.CallBack)
		}
		r.write(func(tx *db.Tx) error {
			x, err := p.store.TextByRef(t.Context(), tx, m.SID)
			if x.Message != "msg_a" || x.Units != 1 || x.Told != 1 {
				t.Errorf("kept %+v", x)
			}
			return err
		})
	})
}

// What the provider says no to ends at once, and what it asks to wait for comes back.
func TestTextRefused(t *testing.T) {
	eachText(t, func(t *testing.T, r *textRig) {
		p := r.startTexts(r.provider())
		r.agreed(p, "a", "bb", "ccc", "dddd")
		for id, code := range map[string]int{"a": 21610, "bb": 21211, "ccc": 21408} {
			r.sms.Fault(twiliotest.Fault{Status: 400, Code: code, To: numberOf(id)})
		}
		r.sms.Fault(twiliotest.Fault{Status: 429, Code: 20429, RetryAfter: 30, Times: 1, To: numberOf("dddd")})
		p.insert(textOf("a"), textOf("bb"), textOf("ccc"))
		p.drain()
		r.wantText("a", Failed, "message.failed", 0)
		r.wantText("bb", Bounced, "message.bounced", 0)
		r.wantText("ccc", Failed, "message.failed", 0)
		for id, want := range map[string]string{"a": consent.ReasonStop, "bb": consent.ReasonBounce, "ccc": ""} {
			r.write(func(tx *db.Tx) error {
				now, err := consent.New(p.log).StopsOf(t.Context(), tx, numberOf(id))
				if want == "" && len(now) != 0 || want != "" && (len(now) != 1 || now[0].Reason != want) {
					t.Errorf("%s is stopped: %+v, want %q", id, now, want)
				}
				return err
			})
		}
		p.insert(textOf("dddd"))
		p.drain()
		r.wantText("dddd", Queued, "", 0)
		r.clock.Advance(20 * time.Second)
		p.drain()
		r.wantText("dddd", Queued, "", 0)
		r.clock.Advance(30 * time.Second)
		p.drain()
		r.wantText("dddd", Sent, "message.sent", 1)
	})
}

// While the provider is away everything waits, and nothing is lost or doubled.
func TestTextProviderAway(t *testing.T) {
	eachText(t, func(t *testing.T, r *textRig) {
		p := r.startTexts(r.provider())
		r.agreed(p, "a", "b")
		r.sms.Fault(twiliotest.Fault{Status: 401, Code: 20003})
		p.insert(textOf("a"), textOf("b"))
		p.drain()
		r.clock.Advance(10 * time.Minute)
		p.drain()
		r.wantText("a", Queued, "", 0)
		if !p.sender.Stats().Down {
			t.Error("the provider counts as reached")
		}
		r.sms.Mend()
		for range 20 {
			r.clock.Advance(10 * time.Minute)
			p.drain()
		}
		r.wantText("a", Sent, "message.sent", 1)
		r.wantText("b", Sent, "message.sent", 1)
	})
}

// An answer that never came is asked for, before anything is sent twice and before a person is bothered.
func TestTextInDoubtIsAskedAbout(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault twiliotest.Fault
		blind time.Duration // how long the list is not answered
		asks  int           // at least
	}{
		{"taken, answer lost", twiliotest.Fault{Drop: true, Keep: true, Times: 1}, 0, 1},
		{"taken, broken answer", twiliotest.Fault{Status: 500, Code: 20500, Keep: true, Times: 1}, 0, 1},
		{"not taken, connection lost", twiliotest.Fault{Drop: true, Times: 1}, 0, 2},
		{"not taken, and the list away for a while", twiliotest.Fault{Drop: true, Times: 1}, time.Hour, 2},
		{"taken, and the list away for a while", twiliotest.Fault{Hang: true, Keep: true, Times: 1}, time.Hour, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachText(t, func(t *testing.T, r *textRig) {
				p := r.startTexts(r.provider())
				r.agreed(p, "a")
				r.sms.Fault(c.fault)
				if c.blind > 0 {
					r.sms.Blind()
				}
				p.insert(textOf("a"))
				p.drain()
				if m := r.get("a"); m.State != Queued || r.sms.Asked() != 0 {
					t.Fatalf("right after the attempt: %s, asked %d times", m.State, r.sms.Asked())
				}
				for waited := time.Duration(0); waited < c.blind; waited += 10 * time.Minute {
					r.clock.Advance(10 * time.Minute)
					p.drain()
					if m := r.get("a"); m.State != Queued {
						t.Fatalf("while the provider does not answer it is %s", m.State)
					}
				}
				r.sms.Mend()
				for range 10 {
					r.clock.Advance(6 * time.Minute)
					p.drain()
				}
				r.wantText("a", Sent, "message.sent", 1)
				if r.sms.Asked() < c.asks {
					t.Errorf("asked %d times, want %d at least", r.sms.Asked(), c.asks)
				}
			})
		})
	}
}

// A provider that never says is a person's question after a day, and a person may have it sent again.
func TestTextInDoubtForADay(t *testing.T) {
	eachText(t, func(t *testing.T, r *textRig) {
		p := r.startTexts(r.provider())
		r.agreed(p, "a")
		r.sms.Fault(twiliotest.Fault{Drop: true, Times: 1})
		r.sms.Blind()
		p.insert(textOf("a"))
		p.drain()
		for range 200 {
			r.clock.Advance(10 * time.Minute)
			p.drain()
		}
		r.wantText("a", Unknown, "message.unknown", 0)
		r.write(func(tx *db.Tx) error {
			all, err := p.store.Unknowns(t.Context(), tx, 10)
			if len(all) != 1 {
				t.Errorf("%d messages in doubt", len(all))
			}
			return err
		})
		r.write(func(tx *db.Tx) error {
			return p.store.Resolve(t.Context(), tx, hearth.Actor{Kind: "staff", ID: "stf_1"}, "msg_a", Resend)
		})
		p.drain()
		r.wantText("a", Sent, "message.unknown message.sent", 1)
	})
}

// smsCrash takes its process down at a step of a text message.
type smsCrash struct {
	channel.TextSender
	at string
}

func (c smsCrash) SendText(ctx context.Context, x *channel.Text, before func() error) channel.Result {
	if c.at == "before the mark" {
		runtime.Goexit()
	}
	if c.at == "marked, not sent" {
		if before() == nil {
			runtime.Goexit()
		}
	}
	res := c.TextSender.SendText(ctx, x, before)
	if c.at == "sent, not recorded" {
		runtime.Goexit()
	}
	return res
}

// A kill at any step leaves the message delivered once: the provider is asked what the dead process can't tell.
func TestTextKilled(t *testing.T) {
	for _, at := range []string{"before the mark", "marked, not sent", "sent, not recorded"} {
		t.Run(at, func(t *testing.T) {
			eachText(t, func(t *testing.T, r *textRig) {
				p := r.startTexts(smsCrash{r.provider(), at})
				r.agreed(p, "a")
				p.insert(textOf("a"))
				p.crashing()
				r.takeover()
				p = r.startTexts(r.provider())
				for range 10 {
					r.clock.Advance(6 * time.Minute)
					p.drain()
				}
				r.wantText("a", Sent, "message.sent", 1)
			})
		})
	}
}

// What the provider tells of a message before its answer was recorded is not undone by the answer.
func TestTextReportedBeforeItsAnswer(t *testing.T) {
	for state, events := range map[State]string{Delivered: "message.sent message.delivered", Failed: "message.failed"} {
		eachText(t, func(t *testing.T, r *textRig) {
			var p *process
			via := reporting{r.provider(), func() {
				r.write(func(tx *db.Tx) error {
					_, err := p.store.Report(t.Context(), tx, Report{Message: "msg_a", State: state, Code: "30008", Ref: "SM1"})
					return err
				})
			}}
			p = r.startTexts(via)
			r.agreed(p, "a")
			p.insert(textOf("a"))
			p.drain()
			r.wantText("a", state, events, 1)
		})
	}
}

// reporting calls back between the provider's taking and its answer.
type reporting struct {
	channel.TextSender
	call func()
}

func (c reporting) SendText(ctx context.Context, x *channel.Text, before func() error) channel.Result {
	res := c.TextSender.SendText(ctx, x, before)
	c.call()
	return res
}

// In a thousand races between a STOP and texts that other properties send to the same number, nothing leaves after the
// STOP is committed and what was on its way has landed.
func TestStopRaces(t *testing.T) {
	races := 1000
	if testing.Short() {
		races = 100
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		var stopped, begun sync.Map // number → true once its STOP was answered, and once a text arrived
		var late, early atomic.Int64
		srv, err := twiliotest.Start(twiliotest.Options{Now: clock.Now, OnMessage: func(m twiliotest.Message) {
			if _, after := stopped.Load(m.To); after {
				late.Add(1)
			} else {
				early.Add(1)
				begun.Store(m.To, true)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		journal := ""
		if d.Dialect() == db.SQLite {
			journal = filepath.Join(t.TempDir(), "sms.journal")
		}
		r := &textRig{newRig(t, d, clock, journal), srv}
		nodes := []*process{r.startTexts(r.provider())}
		if d.Dialect() == db.Postgres {
			nodes = append(nodes, r.startTexts(r.provider()))
		}
		var stops []func()
		for _, p := range nodes {
			stops = append(stops, p.run())
		}
		p := nodes[0]
		var wg sync.WaitGroup
		turn := make(chan struct{}, 8)
		for i := range races {
			turn <- struct{}{}
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer func() { <-turn }()
				race(t, r, p, i, &begun, &stopped)
			}()
		}
		wg.Wait()
		for _, stop := range stops {
			stop()
		}
		if late.Load() != 0 {
			t.Errorf("%d texts left after their STOP", late.Load())
		}
		if early.Load() == 0 {
			t.Error("no text left before its STOP: the races show nothing")
		}
		t.Logf("%d races, %d texts left before the STOP, %d after", races, early.Load(), late.Load())
	})
}

// race queues texts of three properties to one number and stops the number at the same moment.
func race(t *testing.T, r *textRig, p *process, i int, begun, stopped *sync.Map) {
	ctx, n := t.Context(), fmt.Sprintf("+1312555%04d", i)
	ledger := consent.New(p.log)
	write := func(f func(tx *db.Tx) error) {
		if err := r.d.Write(ctx, f); err != nil {
			t.Error(err)
		}
	}
	write(func(tx *db.Tx) error {
		return ledger.Set(ctx, tx, consent.Grant{Channel: hearth.ChannelSMS, AddressKey: n, Allowed: true, Source: "lease"})
	})
	var wg sync.WaitGroup
	for k := range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			write(func(tx *db.Tx) error {
				m := textOf(fmt.Sprintf("%d-%d", i, k))
				m.Address, m.AddressKey = n, n
				return p.store.Insert(ctx, tx, []Message{m})
			})
		}()
	}
	if i%4 > 0 { // else the STOP may be first
		for range 2000 {
			if _, ok := begun.Load(n); ok {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
	write(func(tx *db.Tx) error {
		if err := p.store.CloseGate(ctx, tx, n); err != nil {
			return err
		}
		return ledger.Suppress(ctx, tx, hearth.ChannelSMS, n, consent.ReasonStop)
	})
	if err := p.store.Landed(ctx, r.d, n); err != nil {
		t.Error(err)
	}
	stopped.Store(n, true)
	wg.Wait()
}

// What waited for the provider into hours that the law closes comes before the desk again, and does not go out.
func TestTextWaitsForLegalHours(t *testing.T) {
	eachText(t, func(t *testing.T, r *textRig) {
		p := r.startTexts(r.provider())
		hours, err := consent.ShippedHours()
		if err != nil {
			t.Fatal(err)
		}
		p.store.consent.Hours = hours
		r.agreed(p, "a", "b")
		r.write(func(tx *db.Tx) error {
			_, _, err := p.records.PutProperty(t.Context(), tx, record.News{}, record.Property{ID: oak, Name: "Oak Court", State: "FL", Zone: "America/New_York"})
			return err
		})
		zone, err := time.LoadLocation("America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		late := hearth.DayOf(r.clock.Now(), zone) + 1
		r.clock.Advance(late.At(20*60+30, zone).Sub(r.clock.Now())) // half past eight
		answer := textOf("b")
		answer.Class = hearth.ClassAnswer
		p.insert(textOf("a"), answer)
		p.drain()
		if m := r.get("a"); m.State != Held || r.sent("a") != 0 {
			t.Errorf("a text at half past eight in Florida is %s, and the provider has %d", m.State, r.sent("a"))
		}
		if m := r.get("b"); m.State != Sent {
			t.Errorf("an answer is %s (%s)", m.State, m.Error)
		}
	})
}
