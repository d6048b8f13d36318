package message

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/care"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// A pause holds what another process has in hand already, and takes back what waits; an answer goes out all the same.
func TestAPauseHoldsWhatIsQueued(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.start(r.smtp())
		answer := mailOf("answer")
		answer.Class = hearth.ClassAnswer
		p.insert(mailOf("ana"), answer)
		other := r.bare() // the command line, or another node
		store := care.New(other.log, other.records)
		var id string
		r.write(func(tx *db.Tx) error {
			x, err := store.Pause(t.Context(), tx, hearth.System("test"), care.Pause{What: care.Property, Target: string(oak), Reason: "a flood"})
			if err != nil {
				return err
			}
			id = x.ID
			n, err := store.Now(t.Context(), tx)
			if err != nil {
				return err
			}
			_, err = other.store.Recall(t.Context(), tx, n)
			return err
		})
		// One that comes to be queued only now, by a transaction that had begun before.
		p.insert(mailOf("ben"))
		r.clock.Advance(lookAgain)
		p.drain()
		p.drain()
		for _, who := range []string{"ana", "ben"} {
			r.want(who, Held, "", 0)
			if m := r.get(who); !strings.Contains(m.Reason, "Taken back") {
				t.Errorf("%s says %q", who, m.Reason)
			}
			if state, _, _ := r.due(who); state != "" {
				t.Errorf("the delivery of %s still waits: %s", who, state)
			}
		}
		r.want("answer", Sent, "message.sent", 1)
		var back []work.Due
		err := r.d.Read(t.Context(), func(tx *db.Tx) (err error) {
			back, err = work.Waiting(t.Context(), tx, work.EngineLane, eventlog.PartOf(oak), RecallKind)
			return err
		})
		if err != nil || len(back) != 2 {
			t.Errorf("%d messages come before the desk again (%v), want 2", len(back), err)
		}
		r.write(func(tx *db.Tx) error {
			_, _, err := store.Resume(t.Context(), tx, hearth.System("test"), id)
			return err
		})
		r.clock.Advance(time.Minute)
		p.insert(mailOf("cleo"))
		p.drain()
		r.want("cleo", Sent, "message.sent", 1)
	})
}

// What has waited for its server into the night goes back to the desk; an answer does not wait.
func TestQuietHoursBindAtTheHandOver(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		other := r.bare()
		r.write(func(tx *db.Tx) error {
			_, _, err := other.records.PutProperty(t.Context(), tx, record.News{}, record.Property{ID: oak, Name: "Oak Court",
				Settings: record.Settings{SenderAddress: "office@oak.example", Quiet: record.Quiet{From: 21 * 60, To: 8 * 60}}})
			return err
		})
		p := r.start(r.smtp())
		answer := mailOf("answer")
		answer.Class = hearth.ClassAnswer
		p.insert(mailOf("ana"), answer)
		r.clock.Set(time.Date(2026, time.March, 3, 3, 0, 0, 0, time.UTC)) // 22:00 in New York
		p.drain()
		r.want("ana", Held, "", 0)
		if m := r.get("ana"); !strings.Contains(m.Reason, "Taken back") {
			t.Errorf("ana says %q", m.Reason)
		}
		r.want("answer", Sent, "message.sent", 1)
	})
}
