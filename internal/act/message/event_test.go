package message

import (
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// What is told from outside is known again by the name that it was kept by years ago; what is told under a claim lies by its time.
func TestAnEventToldTwiceIsOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock, "")
		p := r.bare()
		m := mailOf("p0")
		m.Resident, m.Channel, m.Address, m.AddressKey = "res_a", hearth.ChannelPortal, "portal", ""
		p.insert(m)
		r.write(func(tx *db.Tx) error {
			_, err := p.store.log.Append(t.Context(), tx, &hearth.Event{ID: hearth.DeriveID("evt_", "msg_p0", "message.opened", "0"), Source: source, Type: "message.opened",
				Subject: hearth.Subject{Kind: "message", ID: "msg_p0"}, Property: m.Property, Actor: hearth.System("message"), Time: clock.Now(),
				Residents: []hearth.ResidentID{"res_a"}, Data: []byte(`{"message":"msg_p0"}`)})
			return err
		})
		for range 2 {
			r.write(func(tx *db.Tx) error {
				return p.store.Seen(t.Context(), tx, hearth.Actor{Kind: "token", ID: "portal"}, []hearth.ResidentID{"res_a"}, []hearth.MessageID{"msg_p0"}, true)
			})
		}
		if got := r.events("p0"); got != "message.sent message.opened message.delivered" {
			t.Errorf("its events are %s", got)
		}
	})
	m := &Message{ID: "msg_a", Made: hearth.FromMillis(1_700_000_000_000)}
	if id := eventID(m, "message.sent", 7); hearth.TimeOfEvent(id) == "" || id == eventID(m, "message.sent", 8) {
		t.Errorf("under a claim it is named %s", id)
	}
}
