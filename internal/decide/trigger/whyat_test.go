package trigger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
)

// whyAt asks as of a time.
func (r *rig) whyAt(who hearth.ResidentID, id hearth.PlaybookID, at time.Time) *trigger.Explanation {
	r.Helper()
	var why *trigger.Explanation
	r.read(func(ctx context.Context, tx *db.Tx) (err error) {
		why, err = r.engine.WhyAt(ctx, tx, who, id, nil, at)
		return err
	})
	return why
}

// held gives the conditions of a kind that held, and those that did not.
func held(x *trigger.Explanation, what string) (yes, no []string) {
	for _, c := range x.Checks {
		switch {
		case c.What != what:
		case c.Holds:
			yes = append(yes, c.Text)
		default:
			no = append(no, c.Text)
		}
	}
	return yes, no
}

func TestWhyAtThePastSaysWhatHeldThen(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -240, 125, old)
		r.drain()
		r.activate(nearEnd, 0)
		r.pass(10 * day)
		started := r.outcomes(ana, "trigger")
		if len(started) != 1 {
			r.Fatalf("got %+v, want one start", started)
		}
		at := started[0].At
		before := r.whyAt(ana, "near-end", at.Add(-time.Millisecond))
		if _, no := held(before, "trigger"); len(no) != 1 || no[0] != "lease.days_to_end <= 120" || len(before.Runs) != 0 || len(before.Past) != 0 {
			r.Errorf("just before the start did not hold %v, runs %v, decided %v; want only lease.days_to_end <= 120, and nothing yet", no, before.Runs, before.Past)
		}
		if !strings.HasPrefix(before.Verdict, "It did not start then, because this did not hold: the lease ends in at most 120 days") {
			r.Errorf("the verdict before the start is %q", before.Verdict)
		}
		after := r.whyAt(ana, "near-end", at)
		if yes, no := held(after, "trigger"); len(yes) != 2 || len(no) != 0 {
			r.Errorf("at the start held %v and did not %v, want both conditions to hold", yes, no)
		}
		if len(after.Runs) != 1 || len(after.Past) == 0 || !strings.Contains(after.Verdict, "once per term and did on") {
			r.Errorf("at the start got runs %v, decided %v, %q; want the start", after.Runs, after.Past, after.Verdict)
		}
	})
}

func TestWhyAtThePastLeavesOutWhatWasLearnedLater(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(repairs, 0)
		r.pass(5 * day)
		then := r.clock.Now()
		r.pass(5 * day)
		r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{ana}, Time: then.Add(-day)},
			map[string]any{"description": "The tap drips", "workorder": "wo_1"})
		r.drain()
		why := r.whyAt(ana, "repairs", then)
		if _, no := held(why, "trigger"); len(no) != 1 {
			r.Errorf("then did not hold %v, want the condition: the order was not known yet", no)
		}
		if len(why.Gaps) != 1 || !strings.Contains(why.Gaps[0], "1 event") {
			r.Errorf("got the gaps %q, want the event that became known later", why.Gaps)
		}
		if yes, _ := held(r.whyAt(ana, "repairs", r.clock.Now()), "trigger"); len(yes) != 1 {
			r.Errorf("now holds %v, want the condition", yes)
		}
	})
}

func TestWhyAtThePastKnowsVersionsAndWhatHeldBefore(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -300, 90, old)
		r.drain()
		r.pass(day)
		off := r.clock.Now()
		r.pass(day)
		r.activate(nearEnd, 0)
		r.pass(day)
		first := r.clock.Now()
		r.pass(day)
		r.activate(strings.Replace(nearEnd, "<= 120", "<= 60", 1), 0)
		r.pass(day)
		second := r.clock.Now()
		r.pass(time.Minute)
		r.write(func(ctx context.Context, tx *db.Tx) error { return playbook.Retire(ctx, tx, "near-end") })
		r.pass(day)
		if why := r.whyAt(ana, "near-end", first); why.Version != 1 || !strings.Contains(why.Verdict, "it held already when the playbook was switched on") {
			r.Errorf("under the first version got version %d, %q; want that she was inside before", why.Version, why.Verdict)
		}
		if why := r.whyAt(ana, "near-end", second); why.Version != 2 || !strings.Contains(why.Verdict, "the lease ends in at most 60 days") {
			r.Errorf("under the second version got version %d, %q", why.Version, why.Verdict)
		}
		if why := r.whyAt(ana, "near-end", r.clock.Now()); why.Verdict != "The playbook was not switched on, so it started for nobody." {
			r.Errorf("after it was switched off got %q", why.Verdict)
		}
		r.read(func(ctx context.Context, tx *db.Tx) error {
			why, err := r.engine.WhyAt(ctx, tx, ana, "near-end", []byte(nearEnd), off)
			if err == nil && why.Verdict != "The playbook was not switched on, so it started for nobody." {
				r.Errorf("before it was ever on got %q", why.Verdict)
			}
			return err
		})
	})
}

// Where somebody lived then decides which of two properties' records speak.
func TestWhyAtThePastFollowsAMove(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		elm := r.elsewhere()
		r.drain()
		r.activate(repairs, 0)
		r.pass(day)
		r.happens(r.property, "workorder.opened", ana, map[string]any{"description": "The tap drips", "workorder": "wo_1"})
		r.drain()
		r.pass(day)
		then := r.clock.Now()
		r.pass(10 * day)
		r.movesTo(elm, "4B", "Ana")
		r.drain()
		r.pass(day)
		for _, at := range []time.Time{then, r.clock.Now()} {
			why := r.whyAt(ana, "repairs", at)
			if yes, no := held(why, "trigger"); len(yes) != 1 || len(no) != 0 {
				r.Errorf("at %s held %v and did not %v; want the condition to hold before and after the move", at, yes, no)
			}
			if _, no := held(why, "limit"); strings.Contains(strings.Join(no, " "), "live at this property") {
				r.Errorf("at %s they are said to live elsewhere", at)
			}
		}
	})
}
