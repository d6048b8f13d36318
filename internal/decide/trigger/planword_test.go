package trigger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/care"
	"hearth/internal/fact/decision"
)

// contact gives what is planned of a template or task title.
func (r *rig) plannedOf(who hearth.ResidentID, days int, what string) (trigger.Planned, bool) {
	r.Helper()
	_, plan := r.foreseen(who, days)
	for _, p := range plan.Planned {
		if p.Task == what || p.Intent != nil && p.Intent.Template == what {
			return p, true
		}
	}
	return trigger.Planned{}, false
}

// says has Mara say something about a planned contact.
func (r *rig) wordOf(who hearth.ResidentID, p trigger.Planned, word string, until time.Time) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		return r.engine.SayOfPlan(ctx, tx, care.PlanWord{Contact: p.Contact, Resident: who, Playbook: p.Playbook, Word: word,
			Reason: "she is at a funeral", By: hearth.Actor{Kind: "staff", ID: "stf_mara", Name: "Mara Lindt"}, Until: until})
	})
}

// reasons gives the decisions' words about a resident, of stage run.
func (r *rig) whyOf(who hearth.ResidentID) string {
	r.Helper()
	var all []string
	r.read(func(ctx context.Context, tx *db.Tx) error {
		list, _, err := r.decisions.List(ctx, tx, decision.Filter{Resident: who}, "", 200)
		for _, d := range list {
			all = append(all, d.Outcome+": "+d.Reason)
		}
		return err
	})
	return strings.Join(all, "\n")
}

// A step that a person holds before its run has begun comes when it is held no longer, and what stands behind it as well;
// one that was cancelled is left out, and the run goes on. Both are foreseen, and both survive a restart.
func TestWhatAPersonSaysOfAPlannedContact(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(twoWords, 0)
		ana := r.home("4B", "Ana", -240, 123, old)
		ben := r.home("5C", "Ben", -240, 123, old)
		r.drain()
		began := r.clock.Now()
		first, ok := r.plannedOf(ana, 14, "renewal-open")
		if !ok || first.Run != "" || first.Contact == "" {
			r.Fatalf("planned %+v", first)
		}
		until := began.Add(8 * 24 * time.Hour)
		r.wordOf(ana, first, care.Hold, until)
		second, _ := r.plannedOf(ben, 14, "renewal-reminder")
		r.wordOf(ben, second, care.Cancel, began.AddDate(0, 0, 60))

		held, ok := r.plannedOf(ana, 14, "renewal-open")
		if !ok || held.Word != care.Hold || held.At.Before(until) || !strings.Contains(held.Said, "by Mara Lindt: she is at a funeral.") {
			r.Errorf("foreseen %+v, want it at the end of the hold with its words", held)
		}
		if early, ok := r.plannedOf(ana, 5, "renewal-open"); !ok || early.Word != care.Hold || !early.At.Equal(until) {
			r.Errorf("looked 5 days ahead: %+v, want what is held longer than that", early)
		}
		if gone, ok := r.plannedOf(ben, 14, "renewal-reminder"); !ok || gone.Word != care.Cancel {
			r.Errorf("foreseen %+v, want it as cancelled", gone)
		}
		r.engine = r.newEngine("restarted")
		r.pass(5 * 24 * time.Hour) // their runs have begun meanwhile
		if got := r.happened(ana); len(got) != 0 {
			r.Errorf("said %v while it was held", got)
		}
		if why := r.whyOf(ana); strings.Count(why, "held: Held until") != 1 {
			r.Errorf("decided %s", why)
		}
		if early, ok := r.plannedOf(ana, 1, "renewal-open"); !ok || early.Run == "" || early.Word != care.Hold {
			r.Errorf("the run that stands: %+v", early)
		}
		r.engine = r.newEngine("restarted")
		r.pass(9 * 24 * time.Hour)
		if got := strings.Join(r.happened(ana), "\n"); !strings.Contains(got, "renewal-open") || !strings.Contains(got, "renewal-reminder") {
			r.Errorf("happened %s, want both once nobody holds them", got)
		}
		got := strings.Join(r.happened(ben), "\n")
		if !strings.Contains(got, "renewal-open") || strings.Contains(got, "renewal-reminder") || !strings.Contains(got, "task Ask them") {
			r.Errorf("happened %s, want the reminder left out and what follows done", got)
		}
		if why := r.whyOf(ben); strings.Count(why, "dropped: Cancelled by Mara Lindt: she is at a funeral.") != 1 {
			r.Errorf("decided %s", why)
		}
		r.read(func(ctx context.Context, tx *db.Tx) error {
			n, err := r.engine.Care.Now(ctx, tx)
			if n.Worded() && err == nil {
				if w, ok := n.Word(second.Contact, tx.Now()); ok {
					r.Errorf("the cancelling has done its work, and still is in force: %+v", w)
				}
			}
			return err
		})
	})
}

// Taking a word back undoes it: a run that stands goes on at once, and what was cancelled comes after all.
func TestAWordIsTakenBack(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(twoWords, 0)
		ana := r.home("4B", "Ana", -240, 123, old)
		r.drain()
		began := r.clock.Now()
		task, _ := r.plannedOf(ana, 14, "Ask them")
		r.wordOf(ana, task, care.Cancel, began.AddDate(0, 0, 60))
		first, _ := r.plannedOf(ana, 14, "renewal-open")
		r.wordOf(ana, first, care.Hold, began.AddDate(0, 0, 40))
		r.pass(5 * 24 * time.Hour)
		if got := r.happened(ana); len(got) != 0 {
			r.Fatalf("said %v while it was held", got)
		}
		for _, p := range []trigger.Planned{first, task} {
			r.write(func(ctx context.Context, tx *db.Tx) error { return r.engine.UnsayOfPlan(ctx, tx, ana, p.Contact) })
		}
		r.pass(9 * 24 * time.Hour)
		if got := strings.Join(r.happened(ana), "\n"); !strings.Contains(got, "renewal-open") || !strings.Contains(got, "task Ask them") {
			r.Errorf("happened %s", got)
		}
		r.refusesWith(hearth.CodeConflict, func(ctx context.Context, tx *db.Tx) error { return r.engine.UnsayOfPlan(ctx, tx, ana, first.Contact) })
	})
}

func (r *rig) refusesWith(code hearth.Code, f func(ctx context.Context, tx *db.Tx) error) {
	r.Helper()
	if err := r.d.Write(context.Background(), func(tx *db.Tx) error { return f(context.Background(), tx) }); hearth.CodeOf(err) != code {
		r.Errorf("got %v, want %s", err, code)
	}
}
