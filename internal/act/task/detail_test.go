package task

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

// A number that is told at the end of a task goes into the record and nowhere else.
func TestHowSomebodyIsReachedStaysInTheirRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		asks := func(t *Task) {
			t.Asks = []Ask{{Fact: "phone", Question: "Which number?", Kind: "detail:phone", Optional: true},
				{Fact: "email", Question: "Which address?", Kind: "detail:email", Optional: true}}
		}
		b.task("tsk_1", asks)
		for name, facts := range map[string]map[string]string{"no number": {"phone": "call me"}, "no address": {"email": "ana at home"}} {
			if err := b.done("Lee", "tsk_1", facts); hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(err.Error(), "Write no") {
				t.Errorf("%s: %v", name, err)
			}
		}
		told := map[string]string{"phone": "(212) 555-0147", "email": "ana.r@home.example"}
		for range 2 { // told again, it is the same
			if err := b.done("Lee", "tsk_1", told); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.done("Lee", "tsk_1", map[string]string{"phone": "(212) 555-0199"}); hearth.CodeOf(err) != hearth.CodeConflict {
			t.Errorf("another number afterwards: %v", err)
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			r, err := b.records.Resident(ctx, tx, b.ana)
			if r.Phone != told["phone"] || r.Email != told["email"] {
				t.Errorf("recorded %q and %q", r.Phone, r.Email)
			}
			return err
		})
		changed := b.events("resident.changed")
		if len(changed) != 2 || changed[1]["email"] != true || changed[1]["phone"] != true {
			t.Errorf("events of the record: %v", changed)
		}
		for _, ev := range append(changed, b.events("task.done")...) {
			if text := fmt.Sprint(ev); strings.Contains(text, "0147") || strings.Contains(text, "home.example") {
				t.Errorf("the log tells how she is reached: %s", text)
			}
		}
		if facts := b.get("tsk_1").Facts; facts["phone"] != "recorded: (…47" || strings.Contains(facts["email"], "@") {
			t.Errorf("the task keeps %v", facts)
		}
		b.task("tsk_2", asks)
		if err := b.done("Lee", "tsk_2", map[string]string{"phone": "no"}); err != nil {
			t.Fatal(err)
		}
		if n := len(b.events("resident.changed")); n != 2 {
			t.Errorf("no answer changed the record: %d events", n)
		}
	})
}
