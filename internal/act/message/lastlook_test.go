package message

import (
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
)

// A mail that waits does not go out any more once its address was stopped or somebody there wants no more of its kind,
// whoever wrote that down and however late; the desk looks at it again.
func TestNoMailGoesOutAfterAStop(t *testing.T) {
	stop := func(t *testing.T, s *Store, d *db.DB, address string) {
		t.Helper()
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return s.consent.Suppress(t.Context(), tx, hearth.ChannelEmail, address, consent.ReasonComplaint)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	each(t, func(t *testing.T, r *rig) {
		p := r.start(r.smtp())
		p.insert(mailOf("ana"), mailOf("ben"))
		stop(t, p.store, r.d, "ana@home.example") // a moment after the desk has asked
		p.drain()
		r.want("ana", Held, "", 0)
		r.want("ben", Sent, "message.sent", 1)

		// Another process writes it down, while the mail waits.
		p.insert(mailOf("cleo"), mailOf("dan"))
		r.clock.Advance(freshFor)
		stop(t, r.bare().store, r.d, "cleo@home.example")
		p.drain()
		r.want("cleo", Held, "", 0)
		r.want("dan", Sent, "message.sent", 1)

		// Between two attempts.
		r.srv.Close()
		p.insert(mailOf("eve"))
		p.drain()
		stop(t, r.bare().store, r.d, "eve@home.example")
		r.clock.Advance(time.Hour)
		if got := r.get("eve"); got.State != Queued {
			t.Fatalf("with no server it is %s", got.State)
		}
		p.drain()
		if got := r.get("eve"); got.State == Sent {
			t.Error("it went out after the stop")
		}

		// The word of one who shares the address binds it.
		a, b := mailOf("fay"), mailOf("gus")
		a.Class, b.Class, b.Address, b.AddressKey = hearth.ClassRelation, hearth.ClassRelation, a.Address, a.AddressKey
		p.insert(a, b)
		r.write(func(tx *db.Tx) error {
			return p.store.consent.Set(t.Context(), tx, consent.Grant{Channel: hearth.ChannelEmail, AddressKey: a.AddressKey, Purpose: PurposeDiscretionary,
				Resident: a.Resident, Property: oak, Source: "test", Evidence: "no more", Actor: hearth.Actor{Kind: "resident", ID: string(a.Resident)}})
		})
		ok, err := allowed(t, p, &a, &b)
		if err != nil || ok[0] || ok[1] {
			t.Errorf("after the word of one at a shared address: %v, %v", ok, err)
		}
	})
}

func allowed(t *testing.T, p *process, msgs ...*Message) (ok []bool, err error) {
	t.Helper()
	err = p.rig.d.Read(t.Context(), func(tx *db.Tx) error {
		ok, err = p.store.permitted(t.Context(), tx, msgs)
		return err
	})
	return ok, err
}
