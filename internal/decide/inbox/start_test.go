package inbox

import (
	"context"
	"slices"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// confirmed gives the confirmations of a START that were written to a resident, oldest first.
func (o *office) confirmed(who hearth.ResidentID) (out []message.Message) {
	o.t.Helper()
	must(o.t, o.db.Read(context.Background(), func(tx *db.Tx) error {
		all, _, err := o.box.Messages.List(context.Background(), tx, message.Filter{Resident: who}, "", 100)
		for _, m := range all {
			if m.Purpose == consent.PurposeConfirmation && m.Direction == message.Out {
				out = append(out, m)
			}
		}
		return err
	}))
	slices.Reverse(out)
	return out
}

// START by mail gives back what STOP by mail ended at the address, is confirmed there once, and opens no conversation. What ended by other ways, and
// any other word, gives nothing back: also no YES, since mail goes on after a STOP and a yes may answer it.
func TestStartByMail(t *testing.T) {
	for _, c := range []struct {
		name, stop, from, words string
		mail, letter            bool // may go afterwards
	}{
		{"start", "STOP", "cleo@example.com", "START", true, true},
		{"politely", "Unsubscribe", "cleo@example.com", "Start, please. Thank you", true, true},
		{"in Spanish", "BAJA", "cleo@example.com", "Alta, por favor", true, true},
		{"another synonym", "stop", "cleo@example.com", "Reanudar", true, true},
		{"after all of it", "STOP ALL", "cleo@example.com", "Start", true, false},
		{"a yes", "STOP", "cleo@example.com", "Yes", false, true},
		{"a start of something else", "STOP", "cleo@example.com", "Please start the heating in 6C.", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachOffice(t, func(t *testing.T, o *office) {
				e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
				o.comes("", o.replyTo(e), written("cleo@example.com", "x", c.stop))
				o.wants(o.cleo, "cleo@example.com", false, c.letter, "after the stop")
				l := o.comes("", o.replyTo(e), written(c.from, "y", c.words))
				if l.State != letterbox.Done || l.Resident != o.cleo {
					t.Errorf("%s for %s (%s)", l.State, l.Resident, l.Note)
				}
				o.wants(o.cleo, "cleo@example.com", c.mail, c.letter, c.words)
				told := o.confirmed(o.cleo)
				if !c.mail {
					if len(told) != 0 {
						t.Errorf("it is said that mail begins again: %+v", told)
					}
					return
				}
				if len(told) != 1 || told[0].Channel != hearth.ChannelEmail || told[0].Address != c.from || !strings.Contains(told[0].Body, "STOP") {
					t.Fatalf("%+v, want one confirmation to %s", told, c.from)
				}
				if o.follow(); len(o.talks()) != 0 || len(o.tasks()) != 0 {
					t.Errorf("somebody has to answer: %+v %+v", o.talks(), o.tasks())
				}
				o.write(func(ctx context.Context, tx *db.Tx) error {
					led, err := o.consents.Ledger(ctx, tx, o.cleo, "cleo@example.com")
					if w := led.Words[0]; !w.Allowed || w.Source != consent.SourceMail || w.Evidence != c.words || w.Actor.ID != string(o.cleo) {
						t.Errorf("the ledger says %+v", w)
					}
					return err
				})
				// Said again it is no news: an ordinary mail, which somebody may answer.
				o.comes("", o.replyTo(e), written(c.from, "z", c.words))
				if n := len(o.confirmed(o.cleo)); n != 1 {
					t.Errorf("confirmed %d times", n)
				}
			})
		})
	}
}

// From a mailbox that several share START is about the mailbox, whoever wrote, and is confirmed once; who never stopped anything has written a mail.
func TestStartFromSharedMailbox(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.comes("", "office@"+domain, written(shared, "x", "Start"))
		if n := len(o.confirmed(o.ana)) + len(o.confirmed(o.luis)); n != 0 {
			t.Errorf("%d confirmations of what nobody had stopped", n)
		}
		o.comes("", "office@"+domain, written(shared, "x", "Stop"))
		l := o.comes("", o.replyTo(o.send("msg_a", o.ana, shared, "workorder.7")), written(shared, "y", "Start"))
		if l.State != letterbox.Done || l.Resident != o.ana {
			t.Errorf("%s of %q: %s", l.State, l.Resident, l.Note)
		}
		o.wants(o.ana, shared, true, true, "of Ana")
		o.wants(o.luis, shared, true, true, "of Luis")
		if n := len(o.confirmed(o.ana)) + len(o.confirmed(o.luis)); n != 1 {
			t.Errorf("%d confirmations, want one to the mailbox", n)
		}
		o.comes("", "office@"+domain, written("new@example.com", "x", "start")) // nobody's
	})
}

// What the team was told goes with START as well; an address that does not work, or whose owner complained, stays stopped: a person reads that mail.
func TestStartWhileAddressIsStopped(t *testing.T) {
	for reason, lifted := range map[string]bool{consent.ReasonPerson: true, consent.ReasonBounce: false, consent.ReasonComplaint: false} {
		t.Run(reason, func(t *testing.T) {
			eachOffice(t, func(t *testing.T, o *office) {
				e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
				o.comes("", o.replyTo(e), written("cleo@example.com", "x", "STOP"))
				o.write(func(ctx context.Context, tx *db.Tx) error {
					return o.consents.Suppress(ctx, tx, hearth.ChannelEmail, "cleo@example.com", reason)
				})
				o.comes("", o.replyTo(e), written("cleo@example.com", "y", "START"))
				o.wants(o.cleo, "cleo@example.com", lifted, true, reason)
				if n := len(o.confirmed(o.cleo)); (n == 1) != lifted {
					t.Errorf("%d confirmations", n)
				}
				if o.follow(); (len(o.talks()) == 0) != lifted {
					t.Errorf("conversations %+v", o.talks())
				}
			})
		})
	}
}

// Their own plain word answers the question what their free words meant, and one that a person names late is older than it.
func TestStartEndsWhatIsAsked(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
		o.comes("", o.replyTo(e), written("cleo@example.com", "x", "Please stop sending me these."))
		if len(o.tasks()) != 1 {
			t.Fatalf("tasks %+v", o.tasks())
		}
		o.comes("", o.replyTo(e), written("cleo@example.com", "y", "START"))
		if len(o.tasks()) != 0 || len(o.confirmed(o.cleo)) != 1 {
			t.Errorf("tasks %+v, confirmed %d times", o.tasks(), len(o.confirmed(o.cleo)))
		}
	})
	eachOffice(t, func(t *testing.T, o *office) {
		early := o.comes("", "office@"+domain, written("other@example.com", "x", "STOP"))
		o.clock.Advance(60e9)
		e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
		o.comes("", o.replyTo(e), written("cleo@example.com", "x", "STOP"))
		o.clock.Advance(60e9)
		o.comes("", o.replyTo(e), written("cleo@example.com", "y", "START"))
		o.write(func(ctx context.Context, tx *db.Tx) error {
			return o.box.Messages.Insert(ctx, tx, []message.Message{{ID: "msg_party", Property: o.oak, Resident: o.cleo, State: message.Queued, Class: hearth.ClassRelation,
				Purpose: "event.party", Channel: hearth.ChannelEmail, Address: "cleo@example.com", AddressKey: "cleo@example.com", Subject: "A party", Body: "Come.", ContentKey: "p"}})
		})
		o.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := o.box.Place(ctx, tx, o.pat, early.ID, o.cleo)
			return err
		})
		o.wants(o.cleo, "cleo@example.com", true, true, "an older word that was named late")
		if m := o.message("msg_party"); m.State != message.Queued {
			t.Errorf("the invitation is %s: %s", m.State, m.Reason)
		}
	})
}

// A person may say late who asked for messages again.
func TestStartThatAPersonPlaces(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
		o.comes("", o.replyTo(e), written("cleo@example.com", "x", "STOP"))
		l := o.comes("", "office@"+domain, written("cleo@new.example", "x", "Start"))
		if l.State != letterbox.Unplaced {
			t.Fatalf("%s: %s", l.State, l.Note)
		}
		o.wants(o.cleo, "cleo@example.com", false, true, "before anybody said who")
		o.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := o.box.Place(ctx, tx, o.pat, l.ID, o.cleo)
			return err
		})
		o.wants(o.cleo, "cleo@example.com", true, true, "after a person said who")
		if told := o.confirmed(o.cleo); len(told) != 1 || told[0].Address != "cleo@new.example" {
			t.Errorf("%+v", told)
		}
	})
}

// A START that anybody could have written gives nothing back: a person reads it. A STOP is honored, whoever wrote it.
func TestWordsOfAStranger(t *testing.T) {
	pass, fail := "Authentication-Results: mx.oak.example; dmarc=pass header.from=example.com", "Authentication-Results: mx.oak.example; dmarc=fail header.from=example.com"
	for _, c := range []struct {
		name, from, words, line string
		proof                   bool // it comes to the address of a mail to Cleo
		mail                    bool // may go afterwards
		state                   letterbox.State
	}{
		{"start, by her name alone", "cleo@example.com", "START", "", false, false, letterbox.Unplaced},
		{"start, with the mail handed on", "eve@evil.example", "START", "", true, false, letterbox.Unplaced},
		{"start, with the mail, from the neighbours", shared, "START", "", true, false, letterbox.Unplaced},
		{"start, by her name, and our server says so", "cleo@example.com", "START", pass, false, true, letterbox.Done},
		{"start, with our mail, and our server denies it", "cleo@example.com", "START", fail, true, false, letterbox.Unplaced},
		{"start, with our mail", "cleo@example.com", "START", "", true, true, letterbox.Done},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachOffice(t, func(t *testing.T, o *office) {
				o.box.Believed = "mx.oak.example"
				e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
				o.comes("", o.replyTo(e), written("cleo@example.com", "x", "STOP"))
				to := "office@" + domain
				if c.proof {
					to = o.replyTo(e)
				}
				var more []string
				if c.line != "" {
					more = append(more, c.line)
				}
				l := o.comes("", to, written(c.from, "y", c.words, more...))
				if l.State != c.state {
					t.Errorf("%s: %s", l.State, l.Note)
				}
				o.wants(o.cleo, "cleo@example.com", c.mail, true, c.name)
				if n := len(o.confirmed(o.cleo)); (n == 1) != c.mail {
					t.Errorf("confirmed %d times", n)
				}
			})
		})
	}
	for _, from := range []string{"eve@evil.example", shared, "cleo@example.com"} {
		t.Run("stop from "+from, func(t *testing.T) {
			eachOffice(t, func(t *testing.T, o *office) {
				o.box.Believed = "mx.oak.example"
				e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
				o.comes("", o.replyTo(e), written(from, "x", "STOP", fail))
				o.wants(o.cleo, "cleo@example.com", false, true, "whoever wrote STOP")
			})
		})
	}
	eachOffice(t, func(t *testing.T, o *office) { // the address has changed since the mail went out
		e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
		o.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := o.box.Records.PutDetail(ctx, tx, record.News{}, o.cleo, "email", "cleo@new.example")
			return err
		})
		o.comes("", o.replyTo(e), written("eve@evil.example", "x", "STOP"))
		o.wants(o.cleo, "cleo@example.com", false, true, "the address that our mail went to")
	})
}
