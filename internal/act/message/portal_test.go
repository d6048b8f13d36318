package message

import (
	"fmt"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestWhatResidentsRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newRig(t, d, clock, "")
		p := r.bare()
		who := []hearth.ResidentID{"res_a"}
		for i := range 5 {
			clock.Advance(time.Second)
			m := mailOf(fmt.Sprint("p", i))
			m.Resident, m.Channel, m.Address, m.AddressKey = "res_a", hearth.ChannelPortal, "portal", ""
			p.insert(m)
		}
		p.insert(mailOf("x")) // another resident's, and not sent
		seen := func(opened bool, who hearth.ResidentID, ids ...hearth.MessageID) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				return p.store.Seen(t.Context(), tx, hearth.Actor{Kind: "token", ID: "portal"}, []hearth.ResidentID{who}, ids, opened)
			})
		}
		for range 2 {
			if err := seen(false, "res_a", "msg_p4", "msg_p3"); err != nil {
				t.Fatal(err)
			}
			clock.Advance(time.Minute)
			if err := seen(true, "res_a", "msg_p4"); err != nil {
				t.Fatal(err)
			}
		}
		for name, err := range map[string]error{"another's": seen(true, "res_b", "msg_p4"), "unknown": seen(true, "res_a", "msg_no"), "not sent": seen(false, "res_x", "msg_x")} {
			if hearth.CodeOf(err) != hearth.CodeNotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := r.events("p4"); got != "message.sent message.delivered message.opened" {
			t.Errorf("events of what was opened: %s", got)
		}
		if got := r.events("p0"); got != "message.sent" {
			t.Errorf("events of what nobody has seen: %s", got)
		}
		var ids []hearth.MessageID
		cursor := ""
		for page := range 3 {
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				all, next, err := p.store.Reading(t.Context(), tx, who, page%2 == 0, cursor, 2)
				for _, m := range all {
					ids = append(ids, m.ID)
					if shown, opened := !m.Shown.IsZero(), !m.Opened.IsZero(); shown != (m.ID == "msg_p4" || m.ID == "msg_p3") || opened != (m.ID == "msg_p4") || opened && !m.Opened.After(m.Shown) {
						t.Errorf("%s: shown %s, opened %s", m.ID, m.Shown, m.Opened)
					}
				}
				cursor = next
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if fmt.Sprint(ids) != "[msg_p4 msg_p3 msg_p2 msg_p1 msg_p0]" || cursor != "" {
			t.Errorf("read are %v, then %q", ids, cursor)
		}
	})
}
