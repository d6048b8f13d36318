package inbox

import (
	"context"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
)

// wanted tells whether an invitation may still go to somebody by each way.
func (o *office) wanted(who hearth.ResidentID, address string) (mail, letter bool) {
	o.t.Helper()
	o.write(func(ctx context.Context, tx *db.Tx) error {
		a, err := o.consents.Check(ctx, tx, []consent.Ask{{Resident: who, Channel: hearth.ChannelEmail, AddressKey: address, Purpose: "event.party", Class: hearth.ClassRelation},
			{Resident: who, Channel: hearth.ChannelLetter, Purpose: "event.party", Class: hearth.ClassRelation}})
		mail, letter = a[0].Allowed, a[1].Allowed
		return err
	})
	return mail, letter
}

func (o *office) wants(who hearth.ResidentID, address string, mail, letter bool, what string) {
	o.t.Helper()
	if m, l := o.wanted(who, address); m != mail || l != letter {
		o.t.Errorf("%s: mail may go %t, letters %t; want %t and %t", what, m, l, mail, letter)
	}
}

// "Stop all" by mail ends every way for the one who can have written it, in English and Spanish; a bare STOP the address alone. The address that our
// mail went to is bound too, from wherever they answer.
func TestStopAllByMail(t *testing.T) {
	for _, c := range []struct {
		name, from, words string
		letters           bool // are still wanted afterwards
	}{
		{"a bare stop", "cleo@example.com", "Stop, please.", true},
		{"a bare stop from another mailbox of theirs", "cleo@work.example", "STOP", true},
		{"all of it", "cleo@example.com", "Stop all!", false},
		{"all of it, signed", "cleo@example.com", "UNSUBSCRIBE ALL\r\n-- \r\nCleo Ruiz", false},
		{"all of it in Spanish", "cleo@example.com", "Baja de todo, por favor", false},
		{"no such wish", "cleo@example.com", "Please stop the water in 6C.", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachOffice(t, func(t *testing.T, o *office) {
				e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
				l := o.comes("", o.replyTo(e), written(c.from, "x", c.words))
				if l.State != letterbox.Done || l.Resident != o.cleo {
					t.Errorf("%s for %s (%s)", l.State, l.Resident, l.Note)
				}
				o.wants(o.cleo, "cleo@example.com", c.name == "no such wish", c.letters, c.words)
				o.wants(o.ana, shared, true, true, "of Ana, who wrote nothing")
				if len(o.tasks()) != 0 {
					t.Errorf("somebody is asked: %+v", o.tasks())
				}
				addresses := 1
				if strings.Contains(c.from, "work") {
					addresses = 2
				}
				told := strings.Join(o.events(o.cleo, "consent.changed"), "\n")
				if n := strings.Count(told, `"channel":"email"`); n > addresses || strings.Count(told, `"channel":"letter"`) > 1 {
					t.Errorf("told more than once:\n%s", told)
				}
			})
		})
	}
}

// Where several share the mailbox, or only the sender's name speaks for one, the address is stopped at once and a person is asked for the rest; whom
// they name is bound by every way, and the other is not.
func TestStopAllByMailOfSeveral(t *testing.T) {
	for _, proven := range []bool{true, false} {
		eachOffice(t, func(t *testing.T, o *office) {
			to := "office@" + domain
			if proven {
				to = o.replyTo(o.send("msg_a", o.ana, shared, "workorder.7"))
			}
			l := o.comes("", to, written(shared, to, "STOP ALL"))
			if l.State != letterbox.Unplaced || len(l.Candidates) != 2 || !strings.Contains(l.Note, "say who it was") {
				t.Fatalf("%s, %d candidates: %s", l.State, len(l.Candidates), l.Note)
			}
			o.wants(o.ana, shared, false, true, "before anybody said who")
			o.wants(o.luis, shared, false, true, "before anybody said who")
			all := o.tasks()
			if len(all) != 1 || all[0].Kind != "mail.stop" || !strings.Contains(all[0].Why, "Ana Ruiz (4B) or Luis Ruiz (4B)") && !strings.Contains(all[0].Why, "Luis Ruiz (4B) or Ana Ruiz (4B)") {
				t.Fatalf("tasks %+v", all)
			}
			o.write(func(ctx context.Context, tx *db.Tx) error {
				_, err := o.box.Place(ctx, tx, o.pat, l.ID, o.luis)
				return err
			})
			o.wants(o.luis, shared, false, false, "of Luis, who wrote it")
			o.wants(o.ana, shared, false, true, "of Ana, who shares the mailbox")
			if all := o.tasks(); len(all) != 0 {
				t.Errorf("the question is still open: %+v", all)
			}
			if o.follow(); len(o.talks()) != 0 {
				t.Errorf("a conversation waits for an answer: %+v", o.talks())
			}
		})
	}
	eachOffice(t, func(t *testing.T, o *office) { // by its sender's name alone
		l := o.comes("", "office@"+domain, written("cleo@example.com", "x", "stop all"))
		o.wants(o.cleo, "cleo@example.com", false, true, "anybody can write her name")
		o.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := o.box.Dismiss(ctx, tx, o.pat, l.ID)
			return err
		})
		o.wants(o.cleo, "cleo@example.com", false, true, "it was not she")
		if all := o.tasks(); len(all) != 0 {
			t.Errorf("the question is still open: %+v", all)
		}
	})
}

// A bare STOP from a mailbox that several share is about the mailbox: nobody has to say whose it is, and it is held against nobody.
func TestStopFromSharedMailbox(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		l := o.comes("", "office@"+domain, written(shared, "x", "Stop"))
		if l.State != letterbox.Done || l.Resident != "" {
			t.Errorf("%s of %q: %s", l.State, l.Resident, l.Note)
		}
		o.wants(o.ana, shared, false, true, "of Ana")
		o.write(func(ctx context.Context, tx *db.Tx) error {
			all, err := o.consents.Refusals(ctx, tx, o.box.Records, o.oak)
			if len(all) != 1 || len(all[0].People) != 2 || all[0].Actor.Kind != "system" || all[0].HowWords() != "They wrote so by e-mail" {
				t.Errorf("%+v", all)
			}
			return err
		})
		o.comes("", "office@"+domain, written("new@example.com", "x", "stop")) // nobody's
	})
}

// A word that comes while the address is stopped for another reason counts when that stop is lifted.
func TestStopWhileAddressIsStopped(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		e := o.send("msg_b", o.cleo, "cleo@example.com", "")
		o.write(func(ctx context.Context, tx *db.Tx) error {
			return o.consents.Suppress(ctx, tx, hearth.ChannelEmail, "cleo@example.com", consent.ReasonBounce)
		})
		o.comes("", o.replyTo(e), written("cleo@example.com", "x", "STOP"))
		o.write(func(ctx context.Context, tx *db.Tx) error {
			return o.consents.Unsuppress(ctx, tx, hearth.ChannelEmail, "cleo@example.com")
		})
		o.wants(o.cleo, "cleo@example.com", false, true, "after the address lives again")
	})
}

// Free words that may ask for no more are put before a person, with the law's day; they end nothing by themselves. Other words are not, however near.
func TestFreeWordsByMailAreAskedAbout(t *testing.T) {
	for words, asked := range map[string]bool{
		"Please stop sending me these.":                                             true,
		"Could you take me off this list? Thank you, Cleo":                          true,
		"Ya no quiero recibir avisos.":                                              true,
		"Please stop the water in 6C.":                                              false,
		"Thank you, that helped.":                                                   false,
		strings.Repeat("The dryer is loud. ", 30) + "Please stop sending me these.": false,
	} {
		t.Run(words[:20], func(t *testing.T) {
			eachOffice(t, func(t *testing.T, o *office) {
				e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
				l := o.comes("", o.replyTo(e), written("cleo@example.com", "x", words))
				if l.State != letterbox.Done || l.Resident != o.cleo {
					t.Errorf("%s for %s (%s)", l.State, l.Resident, l.Note)
				}
				o.wants(o.cleo, "cleo@example.com", true, true, words)
				tasks := o.tasks()
				if !asked {
					if len(tasks) > 0 {
						t.Errorf("somebody is asked: %+v", tasks)
					}
					return
				}
				if len(tasks) != 1 || tasks[0].Kind != "mail.may_stop" || tasks[0].Resident != o.cleo || !strings.Contains(tasks[0].Why, "has to be honored by") {
					t.Errorf("%+v, want one question about Cleo", tasks)
				}
			})
		})
	}
}

// What a person says of such words is done: nothing, the mail, or every way.
func TestWhatFreeWordsMeant(t *testing.T) {
	for meant, want := range map[string]struct{ mail, letter bool }{meantNot: {true, true}, meantMail: {false, true}, meantAll: {false, false}} {
		t.Run(meant, func(t *testing.T) {
			eachOffice(t, func(t *testing.T, o *office) {
				o.comes("", o.replyTo(o.send("msg_b", o.cleo, "cleo@example.com", "renewal")), written("cleo@example.com", "x", "Please stop sending me these."))
				o.follow()
				all := o.tasks()
				if len(all) != 1 {
					t.Fatalf("tasks %+v", all)
				}
				o.write(func(ctx context.Context, tx *db.Tx) error {
					return o.box.Tasks.Done(ctx, tx, o.pat, all[0].ID, map[string]string{factMeant: meant})
				})
				o.follow()
				o.wants(o.cleo, "cleo@example.com", want.mail, want.letter, meant)
				o.follow() // once more changes nothing
				if n := strings.Count(strings.Join(o.events(o.cleo, "consent.changed"), "\n"), `"channel":"email"`); n > 1 {
					t.Errorf("told %d times", n)
				}
			})
		})
	}
}
