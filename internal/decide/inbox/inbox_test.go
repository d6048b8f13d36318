package inbox

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/care"
)

const shared = "home4b@example.com"

// Who wrote is known by our proof, by the mail that is answered, or by an address that one person has; else a person says.
func TestWhoWrote(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		toAna := o.send("msg_a", o.ana, shared, "workorder.7")
		toCleo := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
		for _, c := range []struct {
			name, rcpt, raw string
			who             hearth.ResidentID
			topic, answers  string
			state           letterbox.State
			candidates      int
		}{
			{"the proof on a shared address", o.replyTo(toAna), written(shared, o.replyTo(toAna), "Yes, at nine.\r\n\r\nOn Tue, Oak <o@oak.example> wrote:\r\n> We come at nine."), o.ana, "workorder.7", "msg_a", letterbox.Done, 0},
			{"the proof, from an address that nobody has", o.replyTo(toCleo), written("cleo@work.example", o.replyTo(toCleo), "I am at work."), "", "", "", letterbox.Unplaced, 1},
			{"the proof, from the address it went to", o.replyTo(toCleo), written("cleo@example.com", o.replyTo(toCleo), "I am at home."), o.cleo, "renewal", "msg_b", letterbox.Done, 0},
			{"the proof, from somebody else's address", o.replyTo(toCleo), written(shared, o.replyTo(toCleo), "She showed me this."), "", "", "", letterbox.Unplaced, 3},
			{"by the mail answered", "office@" + domain, written("cleo@example.com", "office@"+domain, "Fine.", "In-Reply-To: <msg_b@oak.example>"), o.cleo, "renewal", "msg_b", letterbox.Done, 0},
			{"the mail answered on a shared address", "office@" + domain, written(shared, "office@"+domain, "Fine with us.", "In-Reply-To: <msg_a@oak.example>"), "", "", "", letterbox.Unplaced, 2},
			{"the mail answered from elsewhere", "office@" + domain, written("eve@evil.example", "office@"+domain, "Give me the key.", "In-Reply-To: <msg_b@oak.example>"), "", "", "", letterbox.Unplaced, 1},
			{"one person's address", "office@" + domain, written("Cleo <CLEO@example.com>", "office@"+domain, "The lamp is out."), o.cleo, "", "", letterbox.Done, 0},
			{"a shared address", "office@" + domain, written(shared, "office@"+domain, "The lamp is out here too."), "", "", "", letterbox.Unplaced, 2},
			{"nobody's", "office@" + domain, written("new@example.com", "office@"+domain, "Is 5A free?"), "", "", "", letterbox.Unplaced, 0},
			{"no sender", "office@" + domain, "Subject: hello\r\n\r\nSomebody should see this.", "", "", "", letterbox.Unplaced, 0},
		} {
			l := o.comes("x@x.example", c.rcpt, c.raw)
			if l.State != c.state || l.Resident != c.who || len(l.Candidates) != c.candidates && c.who == "" || l.Note == "" {
				t.Errorf("%s: %s for %q with %d candidates (%s), want %s for %q with %d", c.name, l.State, l.Resident, len(l.Candidates), l.Note, c.state, c.who, c.candidates)
			}
			if c.who == "" {
				continue
			}
			m := o.message(l.Message)
			if m.Topic != c.topic || m.Resident != c.who || string(l.About) != c.answers || strings.Contains(m.Body, "wrote:") {
				t.Errorf("%s: topic %q, resident %s, about %q, text %q", c.name, m.Topic, m.Resident, l.About, m.Body)
			}
		}
		if got := o.events(o.ana, "message.received"); len(got) != 1 || !strings.Contains(got[0], `"answers":"msg_a"`) || !strings.Contains(got[0], `"topic":"workorder.7"`) {
			t.Errorf("told of Ana: %v", got)
		}
	})
}

// What a person says settles it once, into the topic that the mail answers.
func TestPlace(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.send("msg_a", o.ana, shared, "workorder.7")
		l := o.comes("", "office@"+domain, written(shared, "office@"+domain, "Luis here.", "In-Reply-To: <msg_a@oak.example>"))
		place := func(by hearth.Actor, who hearth.ResidentID) (out letterbox.Letter, err error) {
			err = o.db.Write(t.Context(), func(tx *db.Tx) error {
				out, err = o.box.Place(t.Context(), tx, by, l.ID, who)
				return err
			})
			return out, err
		}
		if _, err := place(hearth.System("x"), o.luis); hearth.CodeOf(err) != hearth.CodeForbidden {
			t.Errorf("the system may guess: %v", err)
		}
		for range 2 {
			got, err := place(o.pat, o.luis)
			if err != nil || got.State != letterbox.Done || got.Resident != o.luis {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		if _, err := place(o.pat, o.ana); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("it was placed with another one: %v", err)
		}
		if got := o.events(o.luis, "message.received"); len(got) != 1 || !strings.Contains(got[0], "workorder.7") {
			t.Errorf("told of Luis: %v", got)
		}
		if got := o.letter(l.ID); got.SettledBy.ID != o.pat.ID || got.Settled.IsZero() {
			t.Errorf("settled %v by %v", got.Settled, got.SettledBy)
		}
	})
}

// The same mail twice, by another way or with other servers on it, is one message.
func TestTwiceIsOne(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
		raw := written("cleo@example.com", "x", "Yes.", "Message-ID: <a1@example.com>")
		first := o.comes("cleo@example.com", o.replyTo(e), raw)
		again := o.comes("cleo@example.com", o.replyTo(e), "Received: from elsewhere\r\n"+raw)
		other := o.comes("cleo@example.com", o.replyTo(e), written("cleo@example.com", "x", "Yes, again.", "Message-ID: <a1@example.com>"))
		if first.ID != again.ID || first.ID == other.ID {
			t.Errorf("%s, %s, %s", first.ID, again.ID, other.ID)
		}
		if got := o.events(o.cleo, "message.received"); len(got) != 2 {
			t.Errorf("%d were told, want 2", len(got))
		}
	})
}

// A mail that came back for good stops its address and asks for a better one, once; repeated ones for now do so in the end.
func TestCameBack(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		e := o.send("msg_b", o.cleo, "cleo@example.com", "")
		report := func(to, status, said string, n string) string {
			return "From: MAILER-DAEMON@mx.example\r\nTo: " + to + "\r\nMessage-ID: <" + n + "@mx.example>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n" +
				"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; cleo@example.com\r\nAction: failed\r\nStatus: " + status + "\r\nDiagnostic-Code: smtp; " + said + "\r\n\r\n--b--\r\n"
		}
		o.comes("", e.EnvelopeFrom, report(e.EnvelopeFrom, "5.1.1", "550 5.1.1 User unknown", "1"))
		o.comes("", e.EnvelopeFrom, report(e.EnvelopeFrom, "5.1.1", "550 5.1.1 User unknown", "2"))
		o.follow()
		if o.stopped("cleo@example.com") == "" || o.message("msg_b").State != message.Bounced {
			t.Errorf("%s, stopped: %q", o.message("msg_b").State, o.stopped("cleo@example.com"))
		}
		if got := o.events(o.cleo, "message.bounced"); len(got) != 1 || !strings.Contains(got[0], `"kind":"hard"`) || strings.Contains(got[0], "cleo@") {
			t.Errorf("told: %v", got)
		}
		if all := o.tasks(); len(all) != 1 || all[0].Kind != "better address" || all[0].Asks[0].Kind != "detail:email" || !strings.Contains(all[0].Title, "Cleo Ruiz (6C)") {
			t.Errorf("tasks %+v", all)
		}
		for i := range 5 {
			id := name("s", i)
			s := o.send(id, o.ana, shared, "")
			if o.stopped(shared) != "" {
				t.Fatalf("stopped before the mail %d", i)
			}
			o.comes("", s.EnvelopeFrom, report(s.EnvelopeFrom, "5.2.2", "552 Mailbox full", id))
			o.clock.Advance(26 * time.Hour)
		}
		if o.stopped(shared) == "" {
			t.Error("five mails in five days came back, and it is not stopped")
		}
	})
}

// A machine's answer is kept and marked, opens no conversation and is told to nobody.
func TestAutomatic(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
		l := o.comes("", e.EnvelopeFrom, written("cleo@example.com", "x", "I am away. My mailbox is full.", "Auto-Submitted: auto-replied"))
		o.follow()
		if m := o.message(l.Message); m.Purpose != message.PurposeAutomatic || m.Topic != "renewal" || m.Reason == "" {
			t.Errorf("%+v", m)
		}
		if got := o.events(o.cleo, "message.received"); len(got) != 0 || len(o.talks()) != 0 || o.stopped("cleo@example.com") != "" {
			t.Errorf("told %v, conversations %v, stopped %q", got, o.talks(), o.stopped("cleo@example.com"))
		}
	})
}

// STOP by mail ends what one may do without, and opens no conversation.
func TestStopByMail(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
		o.comes("", o.replyTo(e), written("cleo@example.com", "x", "Stop.\r\n\r\n> We come"))
		o.follow()
		if got := o.events(o.cleo, "consent.changed"); len(got) != 1 || !strings.Contains(got[0], `"purpose":"discretionary"`) {
			t.Errorf("told: %v", got)
		}
		if o.stopped("cleo@example.com") != "" || len(o.talks()) != 0 {
			t.Errorf("stopped %q, conversations %v", o.stopped("cleo@example.com"), o.talks())
		}
	})
}

// A conversation opens with the resident's word and lives through the team's acts; notes are in nothing that is sent.
func TestConversation(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		e := o.send("msg_b", o.cleo, "cleo@example.com", "renewal")
		o.comes("", o.replyTo(e), written("cleo@example.com", "x", "What does it cost?"))
		o.follow()
		all := o.talks()
		if len(all) != 1 || all[0].Waits != conversation.WaitsForUs || all[0].Topic != "renewal" || all[0].Resident != o.cleo {
			t.Fatalf("%+v", all)
		}
		id := all[0].ID
		now := func(want conversation.State, waits string) {
			t.Helper()
			if c := o.talks()[0]; c.State != want || c.Waits != waits {
				t.Errorf("%s, %q waits, want %s, %q", c.State, c.Waits, want, waits)
			}
		}
		const secret = "She is known to ask thrice."
		o.write(func(ctx context.Context, tx *db.Tx) error {
			if _, err := o.box.Conversations.AddNote(ctx, tx, o.pat, id, secret); err != nil {
				return err
			}
			if _, err := o.box.Reply(ctx, tx, hearth.System("x"), id, Draft{Text: "hello"}); hearth.CodeOf(err) != hearth.CodeForbidden {
				t.Errorf("the system replies: %v", err)
			}
			for range 2 { // pressed twice
				v, err := o.box.Reply(ctx, tx, o.pat, id, Draft{Text: "It stays the same."})
				if err != nil || v.Outcome != desk.Sent {
					t.Errorf("%+v, %v", v, err)
				}
			}
			return nil
		})
		now(conversation.Open, conversation.WaitsForThem)
		must(t, o.sender.Drain(t.Context()))
		o.follow()
		now(conversation.Open, conversation.WaitsForThem)
		var replies int
		for _, m := range o.out.mails {
			if strings.Contains(m.Text, secret) {
				t.Errorf("a note went out: %q", m.Text)
			}
			if m.Subject == "Re: The tap" && strings.Contains(m.Text, "It stays the same.") {
				replies++
			}
		}
		if replies != 1 {
			t.Errorf("%d replies went out, want 1", replies)
		}
		o.write(func(ctx context.Context, tx *db.Tx) error {
			if _, err := o.box.Conversations.Snooze(ctx, tx, o.pat, id, o.clock.Now().Add(48*time.Hour), ""); err != nil {
				return err
			}
			th, err := o.box.Thread(ctx, tx, id)
			if len(th.Messages) != 3 || len(th.Notes) != 1 || th.Notes[0].Text != secret || th.Who.Name() != "Cleo Ruiz" {
				t.Errorf("thread: %d messages, %d notes, of %q", len(th.Messages), len(th.Notes), th.Who.Name())
			}
			return err
		})
		now(conversation.Snoozed, conversation.WaitsForThem)
		o.clock.Advance(49 * time.Hour)
		o.follow()
		now(conversation.Open, conversation.WaitsForThem)
		o.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := o.box.Conversations.Snooze(ctx, tx, o.pat, id, time.Time{}, "message.bounced")
			return err
		})
		now(conversation.Snoozed, conversation.WaitsForThem)
		o.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := o.box.Messages.CameBack(ctx, tx, message.Back{Message: "msg_b"}, false)
			return err
		})
		o.follow()
		now(conversation.Open, conversation.WaitsForThem)
		o.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := o.box.Conversations.Finish(ctx, tx, o.pat, id)
			return err
		})
		now(conversation.Done, "")
		o.clock.Advance(time.Hour)
		o.comes("", o.replyTo(e), written("cleo@example.com", "x", "One more thing."))
		o.follow()
		now(conversation.Open, conversation.WaitsForUs)
	})
}

// The household's view holds what all of them got, and nothing that one of them wrote or got alone.
func TestHouseholdSaid(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		both := func(id string, who hearth.ResidentID, content string) message.Message {
			return message.Message{ID: hearth.MessageID(id), Property: o.oak, Resident: who, State: message.Queued, Class: hearth.ClassService, Purpose: "outage", Channel: hearth.ChannelPortal,
				Subject: content, Body: content, ContentKey: content}
		}
		o.write(func(ctx context.Context, tx *db.Tx) error {
			return o.box.Messages.Insert(ctx, tx, []message.Message{both("msg_1", o.ana, "Water off"), both("msg_2", o.luis, "Water off"), both("msg_3", o.ana, "For Ana")})
		})
		var got []string
		o.write(func(ctx context.Context, tx *db.Tx) error {
			r, err := o.box.Records.Resident(ctx, tx, o.ana)
			if err != nil {
				return err
			}
			msgs, err := o.box.HouseholdSaid(ctx, tx, r.Household)
			for _, m := range msgs {
				got = append(got, m.Body)
			}
			return err
		})
		if strings.Join(got, ",") != "Water off" {
			t.Errorf("the household sees %v", got)
		}
	})
}

// When too much mail comes back, discretionary mail waits until somebody resumes, and one task says so.
func TestBreaker(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		o.queue(120)
		back := func(from, to int) {
			o.write(func(ctx context.Context, tx *db.Tx) error {
				for i := from; i < to; i++ {
					if _, err := o.box.Messages.CameBack(ctx, tx, message.Back{Message: hearth.MessageID(name("c", i))}, true); err != nil {
						return err
					}
				}
				return nil
			})
			must(t, o.box.Watch(t.Context()))
		}
		paused := func(class hearth.Class) (is bool) {
			o.write(func(ctx context.Context, tx *db.Tx) error {
				n, err := o.box.Care.Now(ctx, tx)
				_, is = n.Paused(care.Thing{Channel: hearth.ChannelEmail, Class: class}, tx.Now())
				return err
			})
			return is
		}
		back(0, 6) // five in a hundred
		if paused(hearth.ClassRelation) {
			t.Error("paused at 5 %")
		}
		back(6, 10)
		back(10, 12)
		if !paused(hearth.ClassRelation) || !paused(hearth.ClassPromotion) || paused(hearth.ClassService) || paused(hearth.ClassLegal) {
			t.Error("not exactly what residents may do without is paused")
		}
		n := 0
		for _, k := range o.tasks() {
			if k.Kind == "mail breaker" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d tasks say so, want 1", n)
		}
		o.write(func(ctx context.Context, tx *db.Tx) error {
			all, err := o.box.Care.Pauses(ctx, tx)
			if err != nil {
				return err
			}
			_, _, err = o.box.Care.Resume(ctx, tx, o.pat, all[0].ID)
			return err
		})
		o.clock.Advance(time.Minute)
		must(t, o.box.Watch(t.Context()))
		if paused(hearth.ClassRelation) {
			t.Error("what was resumed is paused again for the same mails")
		}
	})
}

// A mail that cannot be read or acted on holds up none, and nothing of it is lost.
func TestHostileMail(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		deep := "From: cleo@example.com\r\n" + strings.Repeat("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 400) + "\r\nend"
		bad := map[string]string{
			"deep": deep, "a huge header": "From: cleo@example.com\r\nX-A: " + strings.Repeat("x", 1<<20) + "\r\n\r\nhello", "NUL": "From: cleo@example.com\r\nSubject: a\x00b\r\n\r\nhel\x00lo",
			"no text": "From: cleo@example.com\r\n\r\n", "long text": "From: cleo@example.com\r\n\r\n" + strings.Repeat("word ", 20000),
			"bytes": "From: cleo@example.com\r\nContent-Type: text/plain; charset=gb18030\r\n\r\n\xff\xfe\xfd", "bad base64": "From: cleo@example.com\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!=",
		}
		for name, raw := range bad {
			l := o.comes("", "office@"+domain, raw)
			if l.State != letterbox.Done || l.Resident != o.cleo || o.message(l.Message).Body == "" {
				t.Errorf("%s: %s (%s), body %.40q", name, l.State, l.Note, l.Body)
			}
			must(t, o.db.Read(t.Context(), func(tx *db.Tx) error {
				whole, err := o.box.Letters.Raw(t.Context(), tx, l.ID)
				if string(whole) != raw {
					t.Errorf("%s is not kept whole", name)
				}
				return err
			}))
		}
	})
}

// A copy of what another system wrote counts as said to those whose address is theirs alone, once; from a stranger it counts for nothing.
func TestCopy(t *testing.T) {
	eachOffice(t, func(t *testing.T, o *office) {
		address, err := o.box.Messages.CopyAddress(t.Context(), o.db, domain)
		if err != nil || !strings.HasPrefix(address, "copy+") || !strings.HasSuffix(address, "@"+domain) {
			t.Fatalf("copies go to %q, %v", address, err)
		}
		to := strings.Replace(address, "copy", "Copy", 1)
		copied := func(from, n string) letterbox.Letter {
			return o.comes(from, to, "From: Oak Court <"+from+">\r\nTo: Cleo <cleo@example.com>, home4b@example.com\r\nCc: cleo@example.com\r\nMessage-ID: <"+n+"@pms.example>\r\n"+
				"Subject: Your invoice\r\n\r\nThe water is off on Tuesday.\r\n")
		}
		if l := copied("eve@evil.example", "1"); l.State != letterbox.Unplaced {
			t.Errorf("a stranger's copy is %s: %s", l.State, l.Note)
		}
		for i, forged := range []string{"copy@" + domain, "copy+@" + domain, "copy+" + strings.Repeat("0", 20) + "@" + domain} {
			to = forged
			if l := copied("office@oak.example", fmt.Sprint("f", i)); l.State != letterbox.Unplaced || !strings.Contains(l.Note, "without its proof") || len(o.events(o.cleo, "message.sent")) != 0 {
				t.Errorf("a copy to %s, in our name, is %s: %s", forged, l.State, l.Note)
			}
		}
		to = address
		for range 2 {
			if l := copied("office@oak.example", "2"); l.State != letterbox.Done || l.Resident != o.cleo {
				t.Errorf("%s for %s: %s", l.State, l.Resident, l.Note)
			}
		}
		if got := o.events(o.cleo, "message.sent"); len(got) != 1 || !strings.Contains(got[0], `"purpose":"copy"`) {
			t.Errorf("told of Cleo: %v", got)
		}
		if got := append(o.events(o.ana, "message."), o.events(o.luis, "message.")...); len(got) != 0 {
			t.Errorf("told of who shares an address: %v", got)
		}
		var said []message.Brief
		o.write(func(ctx context.Context, tx *db.Tx) error {
			recent, err := o.box.Messages.Recent(ctx, tx, []hearth.ResidentID{o.cleo}, o.clock.Now().Add(-time.Hour))
			said = recent[o.cleo]
			return err
		})
		if len(said) != 1 || said[0].Class != hearth.ClassService || said[0].State != message.Sent {
			t.Errorf("what counts for the budget: %+v", said)
		}
		if l := o.comes("", "copy@"+domain, "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\nUser unknown\r\n"); l.State != letterbox.Done || l.Message != "" {
			t.Errorf("a returned copy is %s with %q", l.State, l.Message)
		}
	})
}
