package message

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/work"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

const oak = hearth.PropertyID("prp_oak")

// rig is a store with a real mail server beside it, over which processes live and die.
type rig struct {
	t       *testing.T
	d       *db.DB
	clock   *hearth.VirtualClock
	journal string // path; "" marks in the due table
	slots   int    // of the journal; 4 connections need 4
	srv     *smtptest.Server
	lives   int
}

// process is one life of the program.
type process struct {
	rig     *rig
	log     *eventlog.Log
	store   *Store
	sender  *Sender
	records *record.Store
	journal *channel.Journal
}

// each runs f beside every kind of store: the embedded one with its journal, with and without room for mails that are
// sent and not recorded, and both with marks in the table.
func each(t *testing.T, f func(t *testing.T, r *rig)) {
	t.Helper()
	for name, slots := range map[string]int{"journal": 12, "small journal": 4} {
		t.Run(name, func(t *testing.T) {
			d, clock := dbtest.SQLite(t)
			r := newRig(t, d, clock, filepath.Join(t.TempDir(), "send.journal"))
			r.slots = slots
			f(t, r)
		})
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) { f(t, newRig(t, d, clock, "")) })
}

func newRig(t *testing.T, d *db.DB, clock *hearth.VirtualClock, journal string) *rig {
	t.Helper()
	srv, err := smtptest.Start(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	r := &rig{t: t, d: d, clock: clock, journal: journal, slots: 12, srv: srv}
	p := r.bare()
	r.write(func(tx *db.Tx) error {
		_, _, err := p.records.PutProperty(t.Context(), tx, record.News{}, record.Property{ID: oak, Name: "Oak Court", Zone: "America/New_York",
			Settings: record.Settings{SenderAddress: "office@oak.example", PostalAddress: "12 Oak Street\nSpringfield"}})
		return err
	})
	return r
}

func (r *rig) write(fn func(tx *db.Tx) error) {
	r.t.Helper()
	if err := r.d.Write(r.t.Context(), fn); err != nil {
		r.t.Fatal(err)
	}
}

// bare starts a process that does not send.
func (r *rig) bare() *process {
	r.t.Helper()
	l, err := eventlog.New(r.d)
	if err != nil {
		r.t.Fatal(err)
	}
	random := bytes.NewReader(bytes.Repeat([]byte{7}, 4096))
	return &process{rig: r, log: l, records: record.New(l, random), store: New(l, consent.New(l), random)}
}

// smtp makes the real client to the rig's server.
func (r *rig) smtp() channel.Sender {
	r.t.Helper()
	srv, err := channel.ParseServer(r.srv.URL())
	if err != nil {
		r.t.Fatal(err)
	}
	c, err := channel.NewSMTP(channel.Config{Server: srv, ReplyTimeout: 200 * time.Millisecond})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

// start starts a process that sends over via.
func (r *rig) start(via channel.Sender) *process {
	r.t.Helper()
	p := r.bare()
	r.lives++
	deps := Deps{DB: r.d, Store: p.store, Records: p.records, Sender: via, Node: fmt.Sprintf("node-%d", r.lives), Conns: 4,
		From: "Hearth <hearth@hearth.example>", BaseURL: "https://hearth.example", ClaimFor: 10 * time.Minute, Log: dbtest.Log(r.t),
		Care: care.New(p.log, p.records)}
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

// die ends a process the way kill -9 does: nothing is tidied, and the kernel closes its files.
func (p *process) die() {
	if p.journal != nil {
		p.journal.Close()
	}
}

// takeover lets pass what another node waits before it takes over from a dead one.
func (r *rig) takeover() { r.clock.Advance(11 * time.Minute) }

func (p *process) drain() {
	p.rig.t.Helper()
	if err := p.sender.Drain(p.rig.t.Context()); err != nil {
		p.rig.t.Fatal(err)
	}
}

func mailOf(id string) Message {
	return Message{ID: hearth.MessageID("msg_" + id), Property: oak, Resident: hearth.ResidentID("res_" + id), State: Queued, Class: hearth.ClassService,
		Purpose: "service.update", Channel: hearth.ChannelEmail, Address: id + "@home.example", AddressKey: id + "@home.example",
		Subject: "Your tap", Body: "Hello,\n\nthe tap is fixed.", ContentKey: "c1", Reason: "asked for"}
}

func (p *process) insert(msgs ...Message) {
	p.rig.t.Helper()
	p.rig.write(func(tx *db.Tx) error { return p.store.Insert(p.rig.t.Context(), tx, msgs) })
}

func (r *rig) get(id string) Message {
	r.t.Helper()
	var m Message
	err := r.d.Read(r.t.Context(), func(tx *db.Tx) (err error) {
		m, err = (&Store{}).Get(r.t.Context(), tx, hearth.MessageID("msg_"+id))
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return m
}

// due gives the state of a message's due row, "" if there is none.
func (r *rig) due(id string) (state string, at time.Time, attempts int) {
	r.t.Helper()
	ctx := r.t.Context()
	err := r.d.Read(ctx, func(tx *db.Tx) error {
		err := tx.Row(ctx, "SELECT state, due_at, attempts FROM due WHERE org = $1 AND kind = $2 AND key = $3", tx.Org(), Kind, "msg_"+id).Scan(&state, &at, &attempts)
		if err == db.ErrNotFound { //nolint:errorlint // a test
			return nil
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return state, at, attempts
}

// events gives the types of all events about a message, in order.
func (r *rig) events(id string) string {
	r.t.Helper()
	p := r.bare()
	var types []string
	err := r.d.Read(r.t.Context(), func(tx *db.Tx) error {
		evs, err := p.log.Read(r.t.Context(), tx, eventlog.PartOf(oak), 0, 10000)
		for _, ev := range evs {
			if ev.Subject.ID == "msg_"+id {
				types = append(types, string(ev.Type))
			}
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return strings.Join(types, " ")
}

// copies counts what the server took of a message.
func (r *rig) copies(id string) int {
	n := 0
	for _, m := range r.srv.Mails() {
		if strings.HasPrefix(m.ID, "msg_"+id+"@") {
			n++
		}
	}
	return n
}

// want checks where a message stands, what was told about it, and how often the server has it.
func (r *rig) want(id string, state State, events string, copies int) {
	r.t.Helper()
	if m := r.get(id); m.State != state {
		r.t.Errorf("message %s is %s (%s), want %s", id, m.State, m.Error, state)
	}
	if got := r.events(id); got != events {
		r.t.Errorf("events about %s: %q, want %q", id, got, events)
	}
	if got := r.copies(id); got != copies {
		r.t.Errorf("the server has %d copies of %s, want %d", got, id, copies)
	}
}

// crash is a channel that takes its process down at a point of one mail.
type crash struct {
	channel.Sender
	at string
}

func (c crash) Send(ctx context.Context, m *channel.Email, beforeDot func() error) channel.Result {
	if c.at == "before the dot" {
		runtime.Goexit()
	}
	res := c.Sender.Send(ctx, m, func() error {
		if err := beforeDot(); err != nil {
			return err
		}
		if c.at == "marked, dot not out" {
			runtime.Goexit()
		}
		return nil
	})
	if c.at == "after the dot" {
		runtime.Goexit()
	}
	return res
}

// crashing lets a process send until it dies.
func (p *process) crashing() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.sender.Drain(p.rig.t.Context())
	}()
	<-done
	p.die()
}

// run starts the loops as the program does.
func (p *process) run() (stop func()) {
	g := work.NewGroup(dbtest.Log(p.rig.t))
	for _, l := range p.sender.Loops() {
		g.Add(l)
	}
	g.Start(p.rig.t.Context())
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := g.Stop(ctx); err != nil {
			p.rig.t.Error(err)
		}
		if err := p.sender.Close(ctx); err != nil {
			p.rig.t.Error(err)
		}
	}
}
