package inbox

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/act/task"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

const domain = "mail.hearth.example"

// chance is a repeatable source of ids.
type chance struct{ n uint64 }

func (c *chance) Read(p []byte) (int, error) {
	for i := 0; i < len(p); i += sha256.Size {
		c.n++
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, c.n))
		copy(p[i:], sum[:])
	}
	return len(p), nil
}

// outlet takes every mail, and remembers the last one to each message.
type outlet struct{ mails map[string]*channel.Email }

func (o *outlet) Send(_ context.Context, e *channel.Email, beforeDot func() error) channel.Result {
	if err := beforeDot(); err != nil {
		return channel.Result{Outcome: channel.Temporary, Err: err}
	}
	id, _, _ := strings.Cut(e.MessageID, "@")
	o.mails[id] = e
	return channel.Result{Outcome: channel.Sent, Code: 250}
}

func (o *outlet) Close() error { return nil }

// office is a community with an inbox: Ana and Luis share home 4B and an e-mail address, Cleo has her own.
type office struct {
	t        testing.TB
	db       *db.DB
	clock    *hearth.VirtualClock
	box      *Inbox
	consents *consent.Store
	sender   *message.Sender
	out      *outlet
	oak      hearth.PropertyID
	pat      hearth.Actor

	ana, luis, cleo hearth.ResidentID
}

func eachOffice(t *testing.T, f func(t *testing.T, o *office)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) { f(t, newOffice(t, d, clock)) })
}

func newOffice(t testing.TB, d *db.DB, clock *hearth.VirtualClock) *office {
	t.Helper()
	l, err := eventlog.New(d)
	must(t, err)
	random := &chance{}
	records := record.New(l, random)
	o := &office{t: t, db: d, clock: clock, consents: consent.New(l), out: &outlet{mails: map[string]*channel.Email{}}}
	tasks, messages, cares := task.New(l, records), message.New(l, o.consents, random), care.New(l, records)
	templates, err := desk.Load(desk.Shipped())
	must(t, err)
	owners := assign.New(records, tasks)
	d1, err := desk.New(desk.Deps{Records: records, Consent: o.consents, Messages: messages, Tasks: tasks, Decisions: decision.New(), Assign: owners, Templates: templates, Care: cares})
	must(t, err)
	o.box = New(Deps{DB: d, Log: l, Records: records, Messages: messages, Letters: letterbox.New(), Conversations: conversation.New(random), Tasks: tasks, Assign: owners,
		Desk: d1, Care: cares, Consent: o.consents, Signals: func(context.Context, *db.Tx, hearth.ResidentID) (signal.View, error) {
			return signal.View{}, hearth.Errorf(hearth.CodeNotFound, "none")
		}, Pause: cares.Pause, Node: "test", Logger: slog.New(slog.DiscardHandler)})
	o.moveIn()
	o.sender, err = message.NewSender(t.Context(), message.Deps{DB: d, Store: messages, Records: records, Sender: o.out, Node: "test", Conns: 1,
		From: "Hearth <hearth@hearth.example>", BaseURL: "https://hearth.example", MailDomain: domain, Care: cares})
	must(t, err)
	return o
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (o *office) moveIn() {
	o.t.Helper()
	today := hearth.Day(o.clock.Now().Unix() / 86400)
	o.write(func(ctx context.Context, tx *db.Tx) error {
		r := o.box.Records
		p, _, err := r.PutProperty(ctx, tx, record.News{}, record.Property{Name: "Oak Court", Zone: "America/New_York", ZoneHow: "told", ZoneConfirmed: true,
			Settings: record.Settings{SenderAddress: "office@oak.example"}})
		if err != nil {
			return err
		}
		o.oak = p.ID
		home := func(unit string, members ...record.Member) ([]hearth.ResidentID, error) {
			res, err := r.PutHome(ctx, tx, record.News{Cause: unit}, record.Home{Property: p.ID, Unit: record.Unit{Label: unit}, Members: members,
				Lease: record.HomeLease{Start: today - 100, End: today + 265, MoveIn: today - 100}})
			var ids []hearth.ResidentID
			for _, m := range res.Members {
				ids = append(ids, m.ID)
			}
			return ids, err
		}
		person := func(first, email string) record.Member {
			return record.Member{Resident: record.Resident{First: first, Last: "Ruiz", Email: email, Role: hearth.MemberLeaseholder}}
		}
		four, err := home("4B", person("Ana", "home4b@example.com"), person("Luis", "home4b@example.com"))
		if err != nil {
			return err
		}
		six, err := home("6C", person("Cleo", "cleo@example.com"))
		if err != nil {
			return err
		}
		o.ana, o.luis, o.cleo = four[0], four[1], six[0]
		pat, _, err := r.PutStaff(ctx, tx, record.News{}, record.Staff{Name: "Pat Moss", Roles: []record.StaffRole{{Property: p.ID, Role: hearth.RoleManager}, {Property: p.ID, Role: hearth.RoleLeasing}}})
		o.pat = hearth.Actor{Kind: "staff", ID: string(pat.ID), Name: pat.Name}
		return err
	})
}

func (o *office) write(f func(ctx context.Context, tx *db.Tx) error) {
	o.t.Helper()
	ctx := context.Background()
	must(o.t, o.db.Write(ctx, func(tx *db.Tx) error { return f(ctx, tx) }))
}

// send sends a mail to somebody and gives it as it went out.
func (o *office) send(id string, to hearth.ResidentID, address, topic string) *channel.Email {
	o.t.Helper()
	o.write(func(ctx context.Context, tx *db.Tx) error {
		return o.box.Messages.Insert(ctx, tx, []message.Message{{ID: hearth.MessageID(id), Property: o.oak, Resident: to, State: message.Queued, Class: hearth.ClassService,
			Purpose: "service.update", Topic: topic, Channel: hearth.ChannelEmail, Address: address, AddressKey: address, Subject: "The tap", Body: "We come at nine.",
			ContentKey: "c-" + id}})
	})
	must(o.t, o.sender.Drain(context.Background()))
	e := o.out.mails[id]
	if e == nil {
		o.t.Fatalf("message %s did not go out", id)
	}
	return e
}

// replyTo gives the address for answers of a mail.
func (o *office) replyTo(e *channel.Email) string {
	o.t.Helper()
	a, err := mail.ParseAddress(e.ReplyTo)
	must(o.t, err)
	return a.Address
}

// comes has a mail come in and be read.
func (o *office) comes(sender, rcpt, raw string) letterbox.Letter {
	o.t.Helper()
	id, _, err := o.box.Keep(context.Background(), letterbox.Incoming{Source: "test", Sender: sender, Rcpt: []string{rcpt}, Raw: []byte(raw)})
	must(o.t, err)
	o.read()
	return o.letter(id)
}

func (o *office) read() {
	o.t.Helper()
	for more := true; more; {
		var err error
		more, err = o.box.ReadOnce(context.Background())
		must(o.t, err)
	}
}

func (o *office) follow() {
	o.t.Helper()
	for more := true; more; {
		var err error
		more, err = o.box.FollowOnce(context.Background())
		must(o.t, err)
	}
}

func (o *office) letter(id string) (l letterbox.Letter) {
	o.t.Helper()
	must(o.t, o.db.Read(context.Background(), func(tx *db.Tx) (err error) {
		l, err = o.box.Letters.Get(context.Background(), tx, id)
		return err
	}))
	return l
}

// written is a mail that somebody writes.
func written(from, to, text string, more ...string) string {
	return "From: " + from + "\r\nTo: " + to + "\r\nSubject: Re: The tap\r\n" + strings.Join(append(more, ""), "\r\n") + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n"
}

// stopped gives the reason for which nothing goes to an address, "" if mail goes.
func (o *office) stopped(address string) (reason string) {
	o.t.Helper()
	must(o.t, o.db.Read(context.Background(), func(tx *db.Tx) error {
		a, err := o.consents.Check(context.Background(), tx, []consent.Ask{{Channel: hearth.ChannelEmail, AddressKey: address, Class: hearth.ClassSafety}})
		if !a[0].Allowed {
			reason = a[0].Reason
		}
		return err
	}))
	return reason
}

// events gives the types of the events about a resident, oldest first, of those that begin with a prefix.
func (o *office) events(who hearth.ResidentID, prefix string) (out []string) {
	o.t.Helper()
	must(o.t, o.db.Read(context.Background(), func(tx *db.Tx) error {
		evs, err := o.box.Log.Read(context.Background(), tx, eventlog.PartOf(o.oak), 0, 100000)
		for _, ev := range evs {
			if ev.Primary() == who && strings.HasPrefix(string(ev.Type), prefix) {
				out = append(out, string(ev.Type)+" "+string(ev.Data))
			}
		}
		return err
	}))
	return out
}

func (o *office) tasks() (out []task.Task) {
	o.t.Helper()
	must(o.t, o.db.Read(context.Background(), func(tx *db.Tx) (err error) {
		out, _, err = o.box.Tasks.List(context.Background(), tx, task.Filter{Property: o.oak}, "", 100)
		return err
	}))
	return out
}

func (o *office) talks() (out []conversation.Conversation) {
	o.t.Helper()
	must(o.t, o.db.Read(context.Background(), func(tx *db.Tx) (err error) {
		out, _, err = o.box.Conversations.List(context.Background(), tx, conversation.Filter{}, "", 100)
		return err
	}))
	return out
}

func (o *office) message(id hearth.MessageID) (m message.Message) {
	o.t.Helper()
	must(o.t, o.db.Read(context.Background(), func(tx *db.Tx) (err error) {
		m, err = o.box.Messages.Get(context.Background(), tx, id)
		return err
	}))
	return m
}

func name(prefix string, n int) string { return fmt.Sprintf("msg_%s%03d", prefix, n) }
