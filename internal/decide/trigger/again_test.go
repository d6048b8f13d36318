package trigger_test

import (
	"context"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/record"
)

// lastTo gives the newest message to somebody.
func (r *rig) lastTo(who hearth.ResidentID) (m message.Message) {
	r.Helper()
	r.read(func(ctx context.Context, tx *db.Tx) error {
		all, _, err := r.messages.List(ctx, tx, message.Filter{Resident: who, Direction: message.Out}, "", 10)
		if len(all) == 0 {
			r.Fatalf("nothing was said to %s (%v)", who, err)
		}
		m = all[0]
		return err
	})
	return m
}

// comesBack has the mail server take a message and send it back, told twice.
func (r *rig) comesBack(m message.Message) {
	r.Helper()
	for _, st := range []message.State{message.Sent, message.Bounced, message.Bounced} {
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := r.messages.Report(ctx, tx, message.Report{Message: m.ID, State: st, Code: "5.1.1", Soft: true})
			return err
		})
	}
}

// What came back goes through the desk once, by the follower; what its run no longer says ends with the run's own words.
func TestWhatCameBackComesBeforeTheDesk(t *testing.T) {
	each(t, func(r *rig) {
		ana, ben := r.home("4B", "Ana", -100, 300, old), r.home("5A", "Ben", -100, 300, old)
		r.drain()
		r.activate(askTwice+"exits: [{on: package.arrived, because: Somebody told them.}]\n", 0)
		for _, id := range []hearth.ResidentID{ana, ben} {
			r.happen("lease.notice_withdrawn", id, map[string]any{})
		}
		first := r.lastTo(ana)
		r.comesBack(first)
		r.drain()
		again := r.lastTo(ana)
		if again.Instead != first.ID || again.Run != first.Run || again.State != message.Dropped {
			r.Errorf("in the place of %s stands %+v", first.ID, again)
		}
		var over int
		for _, d := range r.outcomes(ana, "desk") {
			if d.Outcome == desk.HandedOver && strings.HasPrefix(d.Reason, "The e-mail came back.") {
				over++
			}
		}
		if tasks := r.openTasks(ana); over != 1 || len(tasks) != 1 || !strings.Contains(tasks[0].Title, "Find a way to tell Ana") {
			r.Errorf("handed over %d times, tasks %+v", over, tasks)
		}
		second := r.lastTo(ben)
		r.happen("package.arrived", ben, map[string]any{"count": 1})
		r.comesBack(second)
		r.drain()
		if m := r.lastTo(ben); m.ID != second.ID || m.State != message.Bounced || !strings.Contains(m.Reason, "Not said any more: Somebody told them.") {
			r.Errorf("after its run was left: %+v", m)
		}
	})
}

// Who was left out because a mail to somebody else said the same at the address that they share comes before the desk with it when it comes back.
func TestWhoSharesTheAddressComesBeforeTheDesk(t *testing.T) {
	each(t, func(r *rig) {
		ana, ben := r.home("4B", "Ana", -100, 300, old), r.home("5A", "Ben", -100, 300, old)
		r.write(func(ctx context.Context, tx *db.Tx) error {
			for _, id := range []hearth.ResidentID{ana, ben} {
				if _, err := r.records.PutDetail(ctx, tx, record.News{}, id, "email", "both@home.example"); err != nil {
					return err
				}
			}
			return nil
		})
		r.drain()
		r.activate(askTwice, 0)
		for _, id := range []hearth.ResidentID{ana, ben} {
			r.event(&hearth.Event{Type: "lease.notice_withdrawn", Residents: []hearth.ResidentID{id}}, map[string]any{})
		}
		r.drain()
		first, left := r.lastTo(ana), r.lastTo(ben)
		if first.State == message.Dropped {
			first, left, ben = left, first, ana
		}
		if left.State != message.Dropped {
			r.Fatalf("the second is %s: %s", left.State, left.Reason)
		}
		r.comesBack(first)
		r.drain()
		if again := r.lastTo(ben); again.Instead != left.ID || !strings.HasPrefix(again.Reason, "The e-mail came back from the address that they share.") {
			r.Errorf("to whom was left out: %+v", again)
		}
	})
}
