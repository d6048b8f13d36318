package trigger_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// After an upgrade the states that another version stored are folded anew from the log, by readers and by batches, and
// are what the running states were, bit for bit. A batch writes them back.
func TestStatesOfAnotherVersionComeAnewFromTheLog(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		ben := r.home("5A", "Ben", -10, 355, record.News{})
		r.activate(onOrder, 0)
		for i, id := range []hearth.ResidentID{ana, ben, ana} {
			r.order(id, "wo_"+string(rune('a'+i)), "routine")
			r.pass(30 * time.Hour)
			said := &hearth.Event{Type: "message.received", Residents: []hearth.ResidentID{id}}
			r.event(said, map[string]any{"channel": "email", "text": "Nobody came again, this is not okay"})
			r.drain()
			r.happen("tone.corrected", id, map[string]any{"message": said.ID, "tone": "neutral"})
		}
		was := r.bodies()
		r.write(func(ctx context.Context, tx *db.Tx) error {
			for id, body := range was {
				older := append([]byte{body[0] - 1}, body[1:]...)
				if _, err := tx.Exec(ctx, "UPDATE states SET body = $1 WHERE org = $2 AND resident = $3", older, tx.Org(), string(id)); err != nil {
					return err
				}
			}
			return nil
		})
		v, err := r.engine.Verify(r.Context(), nil)
		if err != nil || v.Older != 2 || len(v.Different) != 0 {
			r.Errorf("got %+v (%v), want two states of another version and none that differs", v, err)
		}
		after := r.newEngine("upgraded")
		r.read(func(ctx context.Context, tx *db.Tx) error {
			for _, id := range []hearth.ResidentID{ana, ben} {
				view, err := after.Signals(ctx, tx, id)
				if err != nil {
					return err
				}
				if got := view.State.AppendBinary(nil); !bytes.Equal(got, was[id]) {
					r.Errorf("read anew from the log, the signals of %s are not what they were", id)
				}
			}
			return nil
		})
		r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{ana}}, map[string]any{})
		r.must(after.Drain(r.Context()))
		if v, err = after.Verify(r.Context(), nil); err != nil || v.Older != 1 || len(v.Different) != 0 {
			r.Errorf("got %+v (%v), want Ana's state written back and Ben's left until it is needed", v, err)
		}
	})
}

// bodies reads the stored signals.
func (r *rig) bodies() map[hearth.ResidentID][]byte {
	out := map[hearth.ResidentID][]byte{}
	r.read(func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, "SELECT resident, body FROM states WHERE org = $1", tx.Org())
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id hearth.ResidentID
			var body []byte
			if err := rows.Scan(&id, &body); err != nil {
				return err
			}
			out[id] = body
		}
		return rows.Err()
	})
	return out
}

// What another version stored is renewed beside the work, some at a time, until nobody is looked at slowly any more. A process that ends
// half-way leaves the rest to the next, and what a batch wrote meanwhile stays.
func TestStatesOfAnotherVersionAreRenewedBesideTheWork(t *testing.T) {
	each(t, func(r *rig) {
		ids := r.homes(100)
		r.drain()
		was := r.bodies()
		r.write(func(ctx context.Context, tx *db.Tx) error {
			for id, body := range was {
				older := append([]byte{body[0] - 1}, body[1:]...)
				if _, err := tx.Exec(ctx, "UPDATE states SET body = $1 WHERE org = $2 AND resident = $3", older, tx.Org(), string(id)); err != nil {
					return err
				}
			}
			return nil
		})
		older := func() int {
			v, err := r.engine.Verify(r.Context(), nil)
			r.must(err)
			if len(v.Different) != 0 {
				r.Errorf("%d states differ from the log", len(v.Different))
			}
			return v.Older
		}
		first := r.newEngine("upgraded")
		more, err := first.RenewSome(r.Context())
		if left := older(); err != nil || !more || left != len(ids)-40 || first.Renewing() != left {
			r.Errorf("after a lot %d are left, and it is said %d (%v); want %d", left, first.Renewing(), err, len(ids)-40)
		}
		second := r.newEngine("after the end of the first")
		r.event(&hearth.Event{Type: "portal.visited", Residents: []hearth.ResidentID{ids[0]}}, map[string]any{})
		r.must(second.Drain(r.Context()))
		lots := 0
		for more = true; more && err == nil && lots < 20; lots++ {
			more, err = second.RenewSome(r.Context())
		}
		if left := older(); err != nil || left != 0 || second.Renewing() != 0 || lots > 3 {
			r.Errorf("after %d lots %d are left, and it is said %d (%v); want none", lots, left, second.Renewing(), err)
		}
		now := r.bodies()
		for _, id := range ids[1:] {
			if !bytes.Equal(now[id], was[id]) {
				r.Fatalf("the renewed signals of %s are not what they were", id)
			}
		}
		if more, err := second.RenewSome(r.Context()); more || err != nil {
			r.Errorf("with nothing left it says %v, %v", more, err)
		}
	})
}
