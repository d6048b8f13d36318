package message

import (
	"encoding/json"
	"errors"
	"io"
	"net/mail"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/channel/smtptest"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// sentMail delivers one message and gives what the server got: the header and the whole text.
func sentMail(t *testing.T, r *rig, p *process, m Message) (mail.Header, string) {
	t.Helper()
	before := r.srv.Count()
	p.insert(m)
	p.drain()
	all := r.srv.Mails()
	if len(all) != before+1 {
		t.Fatalf("%d mails arrived, want one more than %d", len(all), before)
	}
	return parseMail(t, all[before])
}

func parseMail(t *testing.T, got smtptest.Mail) (mail.Header, string) {
	t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(got.Data))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(msg.Body)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(body), "=\r\n", "")
	return msg.Header, strings.ReplaceAll(strings.ReplaceAll(text, "=3D", "="), "\r\n", "\n")
}

func journalRig(t *testing.T) *rig {
	t.Helper()
	d, clock := sqliteOf(t)
	return newRig(t, d, clock, t.TempDir()+"/send.journal")
}

func TestWhatAMailCarries(t *testing.T) {
	r := journalRig(t)
	p := r.start(r.smtp())
	cases := []struct {
		class   hearth.Class
		way     bool // a way out
		mailing bool // marked as made by a program
	}{
		{hearth.ClassAnswer, false, false}, {hearth.ClassSafety, false, true}, {hearth.ClassLegal, false, true}, {hearth.ClassPromise, false, true},
		{hearth.ClassService, false, true}, {hearth.ClassRelation, true, true}, {hearth.ClassPromotion, true, true},
	}
	for _, c := range cases {
		t.Run(string(c.class), func(t *testing.T) {
			m := mailOf(string(c.class))
			m.Class = c.class
			h, body := sentMail(t, r, p, m)
			if got := h.Get("From"); got != `"Oak Court" <office@oak.example>` {
				t.Errorf("From is %q", got)
			}
			if got := h.Get("Message-Id"); got != "<"+string(m.ID)+"@oak.example>" {
				t.Errorf("Message-Id is %q", got)
			}
			if got := h.Get("Auto-Submitted") == "auto-generated"; got != c.mailing {
				t.Errorf("marked as made by a program: %v, want %v", got, c.mailing)
			}
			link := strings.Trim(h.Get("List-Unsubscribe"), "<>")
			if got := link != ""; got != c.way {
				t.Errorf("List-Unsubscribe is %q, want one: %v", link, c.way)
			}
			if got := h.Get("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"; got != c.way {
				t.Errorf("one click: %v, want %v", got, c.way)
			}
			if got := strings.Contains(body, "12 Oak Street, Springfield"); got != c.way {
				t.Errorf("the postal address is in it: %v, want %v", got, c.way)
			}
			if c.way && !strings.HasPrefix(link, "https://hearth.example/u/msg_"+string(c.class)+".") {
				t.Errorf("the link is %q", link)
			}
			if c.way && strings.Count(body, link) != 3 { // the text, and the link and its words in the twin
				t.Errorf("the link is %d times in the body", strings.Count(body, link))
			}
		})
	}
}

func TestWayOutInSpanishAndWithoutALink(t *testing.T) {
	r := journalRig(t)
	p := r.start(r.smtp())
	p.sender.deps.BaseURL = ""
	r.write(func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO residents (org, id, property, household, role, is_primary, first_name, last_name, last_key, preferred_name,
name_key, email, email_key, phone, phone_key, language, created, changed) VALUES ($1, $2, $3, 'hhd_1', 'leaseholder', 1, 'Ana', '', '', '', 'ana', '', '', '', '', 'es-MX', 1, 1)`,
			tx.Org(), "res_ana", oak)
		return err
	})
	m := mailOf("ana")
	m.Class = hearth.ClassRelation
	h, body := sentMail(t, r, p, m)
	if got := h.Get("List-Unsubscribe"); got != "<mailto:office@oak.example?subject=STOP>" {
		t.Errorf("List-Unsubscribe is %q", got)
	}
	if h.Get("List-Unsubscribe-Post") != "" {
		t.Error("one click is promised without a page that could take it")
	}
	if !strings.Contains(body, "responda ALTO") {
		t.Errorf("the footer is not in the resident's language: %s", body)
	}
}

func TestHTMLTwin(t *testing.T) {
	small, large := htmlTwin("Hello.", false), htmlTwin("Hello.", true)
	if !strings.Contains(large, "22px") || strings.Replace(large, "22px/1.6", "16px/1.5", 1) != small {
		t.Errorf("large print changes more than the letters: %s", large)
	}
	got := htmlTwin("Hello <b>Ana</b> & all,\nsecond line\n\n\nSee https://a.example/x?y=1&z=2. Not \"https://b.example\" or javascript:alert(1)\n", false)
	for _, want := range []string{
		"<p>Hello &lt;b&gt;Ana&lt;/b&gt; &amp; all,<br>second line</p>",
		`<a href="https://a.example/x?y=1&amp;z=2">https://a.example/x?y=1&amp;z=2</a>. Not`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the twin lacks %q: %s", want, got)
		}
	}
	if strings.Count(got, "<a ") != 1 || strings.Contains(got, "src=") || strings.Count(got, "<p>") != 2 {
		t.Errorf("the twin is %s", got)
	}
}

func TestUnsubscribe(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.start(r.smtp())
		m := mailOf("ana")
		m.Class = hearth.ClassRelation
		h, _ := sentMail(t, r, p, m)
		tok := strings.TrimPrefix(strings.Trim(h.Get("List-Unsubscribe"), "<>"), "https://hearth.example/u/")
		waiting := func(id string, class hearth.Class, state State) Message {
			w := mailOf(id)
			w.Resident, w.Address, w.AddressKey, w.Class, w.State = m.Resident, m.Address, m.AddressKey, class, state
			return w
		}
		p.insert(waiting("next", hearth.ClassPromotion, Queued), waiting("held", hearth.ClassRelation, Held), waiting("repair", hearth.ClassService, Queued))

		for _, bad := range []string{"", "x", "msg_ana", "msg_ana.", "msg_next." + tok[len("msg_ana."):], tok + "A", tok[:len(tok)-2] + "zz", strings.Repeat("a", 300)} {
			err := r.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := p.store.Unsubscribe(t.Context(), tx, bad)
				return err
			})
			if hearth.CodeOf(err) != hearth.CodeNotFound {
				t.Errorf("token %q: %v, want not found", bad, err)
			}
		}
		// Looking at the page changes nothing: programs that check links do it.
		err := r.d.Read(t.Context(), func(tx *db.Tx) error {
			o, err := p.store.Linked(t.Context(), tx, tok)
			if o.Resident != "res_ana" || o.Channel != hearth.ChannelEmail {
				t.Errorf("the link is about %+v", o)
			}
			return err
		})
		if err != nil || r.events("ana") != "message.sent" {
			t.Errorf("looking: %v, events %q", err, r.events("ana"))
		}
		for range 2 { // the second changes nothing
			r.write(func(tx *db.Tx) error {
				_, err := p.store.Unsubscribe(t.Context(), tx, tok)
				return err
			})
		}
		p.insert(waiting("later", hearth.ClassRelation, Queued), waiting("notice", hearth.ClassLegal, Queued))
		p.drain()
		r.want("later", Dropped, "", 0)
		r.want("notice", Sent, "message.sent", 1)
		r.want("next", Dropped, "", 0)
		r.want("held", Dropped, "", 0)
		r.want("repair", Sent, "message.sent", 1)
		if got := r.events("ana"); got != "message.sent message.unsubscribed" {
			t.Errorf("events are %q", got)
		}
		var ans []consent.Answer
		err = r.d.Read(t.Context(), func(tx *db.Tx) (err error) {
			ans, err = p.store.consent.Check(t.Context(), tx, []consent.Ask{
				{Resident: "res_ana", Channel: hearth.ChannelEmail, AddressKey: m.AddressKey, Purpose: PurposeDiscretionary, Class: hearth.ClassRelation},
				{Resident: "res_ana", Channel: hearth.ChannelEmail, AddressKey: m.AddressKey, Purpose: "service.update", Class: hearth.ClassService}})
			return err
		})
		if err != nil || ans[0].Allowed || !ans[1].Allowed {
			t.Errorf("afterwards discretionary and service may go: %+v, %v; want no and yes", ans, err)
		}
	})
}

func TestReceive(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.bare()
		at := r.clock.Now().Add(-time.Hour)
		news := record.News{Source: "portal/oak", EventID: "e1", Time: at, Data: []byte(`{"extra":"kept","text":"loses"}`)}
		in := Inbound{Property: oak, Resident: "res_ana", Channel: hearth.ChannelPortal, Text: "The tap drips again.", Topic: "repair"}
		var id hearth.MessageID
		for range 2 {
			r.write(func(tx *db.Tx) (err error) {
				id, err = p.store.Receive(t.Context(), tx, news, in)
				return err
			})
		}
		var msgs []Message
		err := r.d.Read(t.Context(), func(tx *db.Tx) (err error) {
			if msgs, _, err = p.store.List(t.Context(), tx, Filter{Resident: "res_ana", Direction: In}, "", 10); err != nil {
				return err
			}
			evs, err := p.log.Read(t.Context(), tx, eventlog.PartOf(oak), 0, 10)
			if err == nil && (len(evs) != 1 || evs[0].ID != "e1" || !evs[0].Time.Equal(at) || !strings.Contains(string(evs[0].Data), `"text":"The tap drips again."`) ||
				!strings.Contains(string(evs[0].Data), `"extra":"kept"`)) {
				t.Errorf("events are %+v", evs)
			}
			return err
		})
		if err != nil || len(msgs) != 1 || msgs[0].ID != id || msgs[0].State != Received || msgs[0].Body != in.Text || !msgs[0].Made.Equal(at) {
			t.Errorf("messages are %+v, %v", msgs, err)
		}
		for name, bad := range map[string]Inbound{
			"no text": {Property: oak, Resident: "res_ana", Channel: "sms"}, "no channel": {Property: oak, Resident: "res_ana", Text: "x"},
			"nobody": {Property: oak, Channel: "sms", Text: "x"}, "endless": {Property: oak, Resident: "res_ana", Channel: "sms", Text: strings.Repeat("x", MaxText+1)},
		} {
			err := r.d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := p.store.Receive(t.Context(), tx, record.News{}, bad)
				return err
			})
			if hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Errorf("%s: %v, want invalid", name, err)
			}
		}
	})
}

// The longest text of the letters that are longest in JSON is heard: the message has all of it, the event what it holds.
func TestReceiveWhatIsLongInJSON(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.bare()
		for i, letter := range []string{"<", "\"", "\\", "\x01", "\u2028", "é", "x"} {
			text := strings.Repeat(letter, MaxText/len(letter))
			var id hearth.MessageID
			r.write(func(tx *db.Tx) (err error) {
				id, err = p.store.Receive(t.Context(), tx, record.News{}, Inbound{Property: oak, Resident: "res_ana", Channel: "sms", Text: text})
				return err
			})
			err := r.d.Read(t.Context(), func(tx *db.Tx) error {
				m, err := p.store.Get(t.Context(), tx, id)
				if err == nil && m.Body != text {
					t.Errorf("%q: the message has %d of %d bytes", letter, len(m.Body), len(text))
				}
				evs, err2 := p.log.Read(t.Context(), tx, eventlog.PartOf(oak), 0, 20)
				if len(evs) != i+1 {
					t.Fatalf("%q: %d events", letter, len(evs))
				}
				var data struct{ Text string }
				if err := json.Unmarshal(evs[i].Data, &data); err != nil || !strings.HasPrefix(text, data.Text) || len(data.Text) < 9<<10 {
					t.Errorf("%q: the event has %d bytes, %v", letter, len(data.Text), err)
				}
				return errors.Join(err, err2)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		huge := record.News{Data: []byte(`{"extra":"` + strings.Repeat("y", eventlog.MaxData) + `"}`)}
		err := r.d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := p.store.Receive(t.Context(), tx, huge, Inbound{Property: oak, Resident: "res_ana", Channel: "sms", Text: "x"})
			return err
		})
		if hearth.CodeOf(err) != hearth.CodeInvalid {
			t.Errorf("data beside the text that is too much: %v", err)
		}
	})
}

func TestInsertAnswersAHeldMessage(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.start(r.smtp())
		as := func(id string, s State) Message {
			m := mailOf(id)
			m.State, m.Reason = s, "because "+string(s)
			return m
		}
		p.insert(as("ana", Held), as("ben", Held), as("eve", Dropped))
		made := r.get("ana").Made
		r.clock.Advance(time.Hour)
		p.insert(as("ana", Held)) // asked again, held again
		p.drain()
		if m := r.get("ana"); m.State != Held || !m.Made.Equal(made) || !m.At.Equal(made.Add(time.Hour)) {
			t.Errorf("held again: %+v", m)
		}
		p.insert(as("ana", Queued), as("ben", Dropped), as("eve", Queued))
		p.drain()
		p.insert(as("ana", Dropped))
		r.want("ana", Sent, "message.sent", 1)
		r.want("ben", Dropped, "", 0)
		r.want("eve", Dropped, "", 0) // decided against stays decided
		portal := as("pat", Queued)
		portal.Channel, portal.Address = hearth.ChannelPortal, ""
		p.insert(portal, portal)
		r.want("pat", Sent, "message.sent", 0)
		for name, bad := range map[string]Message{"sms": {ID: "msg_x", Property: oak, State: Queued, Channel: hearth.ChannelSMS}, "no id": {State: Held},
			"no address": {ID: "msg_x", Property: oak, State: Queued, Channel: hearth.ChannelEmail}, "state": {ID: "msg_x", Property: oak, State: Sent}} {
			err := r.d.Write(t.Context(), func(tx *db.Tx) error { return p.store.Insert(t.Context(), tx, []Message{bad}) })
			if hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Errorf("%s: %v, want invalid", name, err)
			}
		}
	})
}

// TestRolledBack: what the transaction did not commit is not sent and takes no room.
func TestRolledBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.start(r.smtp())
		p.store.out.size = 4
		no := errors.New("no")
		for range 9 {
			err := r.d.Write(t.Context(), func(tx *db.Tx) error {
				if err := p.store.Insert(t.Context(), tx, []Message{mailOf("ana")}); err != nil {
					return err
				}
				return no
			})
			if !errors.Is(err, no) {
				t.Fatal(err)
			}
		}
		p.insert(mailOf("ben"))
		if n := p.sender.Stats().Waiting; n != 1 {
			t.Errorf("%d messages in hand, want the one that was committed", n)
		}
		p.drain()
		r.want("ben", Sent, "message.sent", 1)
		if p.store.out.taken != 0 || r.srv.Count() != 1 {
			t.Errorf("room taken %d, mails %d; want 0, 1", p.store.out.taken, r.srv.Count())
		}
	})
}

func TestRecentAndList(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.bare()
		begin := r.clock.Now()
		for i, id := range []string{"a0", "a1", "a2", "a3", "a4"} {
			m := mailOf(id)
			m.Resident, m.State = "res_ana", Dropped
			if i == 0 {
				m.State = Held
			}
			p.insert(m)
			r.clock.Advance(24 * time.Hour)
		}
		held := mailOf("a0")
		held.Resident = "res_ana"
		p.insert(held) // made on day 0, queued on day 5
		p.insert(mailOf("ben"))
		var recent map[hearth.ResidentID][]Brief
		err := r.d.Read(t.Context(), func(tx *db.Tx) (err error) {
			recent, err = p.store.Recent(t.Context(), tx, []hearth.ResidentID{"res_ana", "res_nobody"}, begin.Add(3*24*time.Hour))
			return err
		})
		var got []string
		for _, b := range recent["res_ana"] {
			got = append(got, string(b.ID)+" "+string(b.State))
		}
		if err != nil || strings.Join(got, ", ") != "msg_a0 queued, msg_a3 dropped, msg_a4 dropped" || len(recent) != 1 {
			t.Errorf("recent is %v, %v", recent, err)
		}
		var ids []string
		cursor := ""
		for pages := 0; pages < 10; pages++ {
			err := r.d.Read(t.Context(), func(tx *db.Tx) error {
				msgs, next, err := p.store.List(t.Context(), tx, Filter{Property: oak}, cursor, 2)
				for _, m := range msgs {
					ids = append(ids, string(m.ID))
				}
				cursor = next
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if cursor == "" {
				break
			}
		}
		if got := strings.Join(ids, " "); got != "msg_ben msg_a4 msg_a3 msg_a2 msg_a1 msg_a0" {
			t.Errorf("the pages hold %q", got)
		}
		err = r.d.Read(t.Context(), func(tx *db.Tx) error {
			msgs, _, err := p.store.List(t.Context(), tx, Filter{Resident: "res_ana", State: Queued, Direction: Out}, "", 10)
			if len(msgs) != 1 || msgs[0].ID != "msg_a0" {
				t.Errorf("queued for ana: %v", msgs)
			}
			if err != nil {
				return err
			}
			_, _, err = p.store.List(t.Context(), tx, Filter{}, "nonsense", 10)
			if hearth.CodeOf(err) != hearth.CodeInvalid {
				t.Errorf("a made-up cursor: %v, want invalid", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
