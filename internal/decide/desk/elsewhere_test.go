package desk

import (
	"context"
	"fmt"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// elsewhere has another system write to somebody.
func (h *house) elsewhere(id string, who hearth.ResidentID, class hearth.Class, purpose string) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := h.desk.Messages.SentElsewhere(ctx, tx, record.News{Source: "rentbank", EventID: id}, "rentbank", message.Message{ID: hearth.MessageID("msg_else_" + id), Property: h.oak, Resident: who, Class: class,
			Purpose: purpose, Channel: hearth.ChannelEmail, AddressKey: "home4b@example.com", Reason: "Another system sent it: rentbank."})
		return err
	})
}

// What another system said counts at the desk: nobody hears the same from two sides, and attention is one budget.
func TestWhatAnotherSystemSaidCounts(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.clock.Set(at("2026-03-09 12:00 -0400"))
		h.elsewhere("1", h.ana, hearth.ClassService, "service.closed")
		h.elsewhere("1", h.ana, hearth.ClassService, "service.closed") // told twice
		want(t, h.submit(h.closed("a", h.ana, "New washer."))[0], Dropped, "Another system (rentbank) told them so today 12:00 (a finished repair); it is not repeated within 1 day.")
		want(t, h.submit(h.closed("b", h.luis, "New washer."))[0], Dropped, "told somebody at the same address so")
		want(t, h.submit(h.closed("c", h.cleo, "New washer."))[0], Sent, "")
		news := func(id string) Intent {
			in := h.closed(id, h.cleo, "News "+id)
			in.Class, in.Purpose = hearth.ClassRelation, "news."+id
			return in
		}
		for i := range 2 {
			h.elsewhere(fmt.Sprint("offer", i), h.cleo, hearth.ClassPromotion, fmt.Sprint("offer.", i))
		}
		want(t, h.submit(news("d"))[0], Held, "Cleo Ruiz got 2 messages of class relation or promotion in the last 7 days, and 2 is the most")
		if m := h.message("else_1"); m.State != message.Sent || m.Reason != "Another system sent it: rentbank." {
			t.Errorf("%+v", m)
		}
	})
}
