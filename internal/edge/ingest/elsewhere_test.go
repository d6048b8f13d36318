package ingest

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
)

// sent gives the messages that went out, the newest first.
func (e *env) sent() (out []message.Message) {
	e.t.Helper()
	e.read(func(tx *db.Tx) (err error) {
		out, _, err = e.im.Messages.List(context.Background(), tx, message.Filter{Direction: message.Out}, "", 100)
		return err
	})
	return out
}

// What another system tells that it sent is a message that counts as said, from when it went, once; its words are kept with the message and
// not in the log, and nobody is told of by a source of Hearth's own.
func TestAnotherSystemTellsWhatItSent(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		told := e.event("s1", "message.sent", "resident/t1", map[string]any{"class": "service", "channel": "email", "purpose": "rent.due", "title": "Your rent", "text": "It is due on Monday."})
		told.Source = "rentbank"
		later := e.event("s2", "message.sent", "resident/late", map[string]any{"class": "promotion", "channel": "sms"})
		wrong := e.event("s3", "message.sent", "resident/t1", map[string]any{"class": "urgent", "channel": "email"})
		ours := e.event("s4", "message.sent", "resident/t1", map[string]any{"class": "service", "channel": "email"})
		ours.Source = "hearth/act/message"
		out := e.post(told, later, wrong, ours)
		for i, want := range []string{Accepted, Parked, Rejected, Rejected} {
			if out[i].Status != want {
				e.t.Errorf("%s: %s %v, want %s", out[i].ID, out[i].Status, out[i].Err, want)
			}
		}
		if again := e.post(told); again[0].Status != Duplicate {
			e.t.Errorf("told again: %s", again[0].Status)
		}
		all := e.sent()
		if len(all) != 1 {
			e.t.Fatalf("%d messages", len(all))
		}
		m := all[0]
		if system, ok := message.Elsewhere(m.ContentKey); !ok || system != "rentbank" || m.State != message.Sent || m.Class != hearth.ClassService || m.Purpose != "rent.due" || m.Subject != "Your rent" ||
			m.Body != "It is due on Monday." || m.AddressKey != "ana@example.com" || !m.At.Equal(e.clock.Now().Add(-time.Minute)) || m.Reason != "Another system sent it: rentbank." {
			e.t.Errorf("%+v", m)
		}
		evs := e.events("message.sent")
		if len(evs) != 1 || evs[0].ID != "s1" || evs[0].Source != "rentbank" || len(evs[0].Residents) != 1 || strings.Contains(string(evs[0].Data), "Monday") || !strings.Contains(string(evs[0].Data), string(m.ID)) {
			e.t.Errorf("%+v", evs)
		}
	})
}
