package message

import (
	"fmt"
	"net/mail"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

const mailDomain = "mail.hearth.example"

// Each mail carries addresses that name its message; without a domain nothing changes.
func TestOwnAddresses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock, "")
		p := r.start(r.smtp())
		m := Message{ID: hearth.MessageID(hearth.DeriveID("msg_", "x")), Property: oak, Resident: "res_a", Class: hearth.ClassRelation,
			Channel: hearth.ChannelEmail, Address: "Ana <ana@home.example>", Subject: "s", Body: "b"}
		compose := func() *channel.Email {
			e, err := p.sender.compose(t.Context(), &m, clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		if e := compose(); e.EnvelopeFrom != "" || e.ReplyTo != "" {
			t.Fatalf("without a domain: envelope %q, reply %q", e.EnvelopeFrom, e.ReplyTo)
		}
		p.sender.deps.MailDomain = mailDomain
		e := compose()
		if _, err := e.Compose(); err != nil {
			t.Fatal(err)
		}
		reply, err := mail.ParseAddress(e.ReplyTo)
		if err != nil {
			t.Fatal(err)
		}
		local, domain, _ := strings.Cut(e.EnvelopeFrom, "@")
		if len(local) > 64 || domain != mailDomain || reply.Name != "Oak Court" {
			t.Errorf("envelope %q, reply %q", e.EnvelopeFrom, e.ReplyTo)
		}
		for _, c := range []struct {
			name, address string
			way           Way
		}{
			{"bounce", e.EnvelopeFrom, Return}, {"reply", reply.Address, Answer}, {"in capitals", strings.ToUpper(e.EnvelopeFrom), Return},
			{"nothing", "office@" + mailDomain, ""}, {"no proof", "bounce+" + strings.TrimPrefix(string(m.ID), "msg_") + "@" + mailDomain, ""},
			{"the other way's proof", strings.Replace(reply.Address, "reply+", "bounce+", 1), ""},
			{"another message", strings.Replace(e.EnvelopeFrom, "bounce+", "bounce+x", 1), ""},
			{"a proof that is cut", e.EnvelopeFrom[:strings.IndexByte(e.EnvelopeFrom, '@')-1] + "@" + mailDomain, ""},
			{"an empty proof", "bounce+abc.@" + mailDomain, ""},
		} {
			r.write(func(tx *db.Tx) error {
				// Another process has to read the key first.
				w, id, ok, err := r.bare().store.Addressed(t.Context(), tx, c.address)
				if err == nil && (ok != (c.way != "") || w != c.way || ok && id != m.ID) {
					t.Errorf("%s: %q %q %v, want %q", c.name, w, id, ok, c.way)
				}
				return err
			})
		}
	})
}

func TestOwnAddressOfOddIDs(t *testing.T) {
	key := []byte("key")
	for id, want := range map[hearth.MessageID]bool{"msg_abc": true, "msg_001_x": true, "evt_abc": false, "msg_": false, "msg_A": false, "msg_a.b": false,
		"msg_a+b": false, hearth.MessageID("msg_" + strings.Repeat("a", 40)): false} {
		if got := ownAddress(key, Return, id, mailDomain) != ""; got != want {
			t.Errorf("%s has an address: %v, want %v", id, got, want)
		}
	}
}

func BenchmarkOwnAddress(b *testing.B) {
	key := make([]byte, 32)
	id := hearth.MessageID(hearth.DeriveID("msg_", "x"))
	for b.Loop() {
		if ownAddress(key, Return, id, mailDomain)+ownAddress(key, Answer, id, mailDomain) == "" {
			b.Fatal(fmt.Errorf("no address"))
		}
	}
}
