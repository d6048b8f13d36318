package trigger_test

import (
	"context"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

const beforeMoveIn = `
id: before
title: Before the move-in
depth: playbook
why: They should be welcome.
trigger: {when: lease.days_to_start <= 5}
steps:
  - task: {title: Greet them, why: They come soon, role: leasing, minutes: 5, due: 1 business day, asks: [{fact: keys, question: "When do they come for the keys?"}]}
`

// A task about somebody asks for the fact that is missing where it matters next, and for no more than that one.
func TestATaskAsksForWhatIsMissing(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(beforeMoveIn, 0)
		r.drain()
		ana := r.home("4B", "Ana", 4, 369, record.News{}) // an e-mail address is known, a number is not
		r.drain()
		tasks := r.tasksOf(ana)
		if len(tasks) != 1 || len(tasks[0].Asks) != 2 {
			r.Fatalf("got %+v, want one task with the author's question and one more", tasks)
		}
		q := tasks[0].Asks[1]
		if q.Kind != "detail:phone" || !q.Optional || q.Question == "" {
			r.Errorf("the last question is %+v", q)
		}
		r.write(func(ctx context.Context, tx *db.Tx) error {
			return r.tasks.Done(ctx, tx, hearth.Actor{Kind: "staff", ID: string(tasks[0].Owner)}, tasks[0].ID, map[string]string{"keys": "Monday", "phone": "212-555-0147"})
		})
		r.drain()
		r.read(func(ctx context.Context, tx *db.Tx) error {
			who, err := r.records.Resident(ctx, tx, ana)
			if who.Phone != "212-555-0147" {
				r.Errorf("her number is %q", who.Phone)
			}
			return err
		})
	})
}
