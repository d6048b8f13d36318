package trigger_test

import (
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/fact/record"
)

func TestTheReasonNamesWhatTimeMadeTrue(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(strings.Replace(nearEnd, `lease.days_to_end <= 120 && lease.status == "current"`,
			`lease.status == "current" && lease.days_to_end <= 120`, 1), 0)
		ana := r.home("4B", "Ana", -240, 121, old)
		r.drain()
		r.pass(48 * 3600e9)
		d := r.outcomes(ana, "trigger")
		if len(d) != 1 || d[0].Reason != "The time has come: the lease ends in at most 120 days (now 120)." {
			r.Errorf("got %+v, want the part that time made true and no other", d)
		}
	})
}

// What did not happen is said in words too, and so is what holds when a playbook may start again.
func TestTheReasonIsNoSource(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(quiet, 0)
		r.activate(strings.Replace(nearEnd, "steps:", "limits: {again: once per 10 days}\nsteps:", 1), 0)
		ana := r.home("4B", "Ana", 0, 125, record.News{})
		r.drain()
		r.pass(20 * 24 * time.Hour)
		r.happen("portal.visited", ana, map[string]any{})
		r.pass(32 * 24 * time.Hour)
		begins := map[string]bool{}
		for _, d := range r.outcomes(ana, "trigger") {
			if strings.ContainsAny(d.Reason, "<>=&_") || strings.Contains(d.Reason, "portal.visited") {
				r.Errorf("%s: %q", d.Playbook, d.Reason)
			}
			begins[string(d.Playbook)+": "+d.Reason[:min(len(d.Reason), 12)]] = true
		}
		if !begins["quiet: For 30 days "] || !begins["near-end: The time has"] || !begins["near-end: It still hol"] {
			r.Errorf("the reasons begin with %v", begins)
		}
	})
}

func TestTheReasonSaysInWordsWhatHappened(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.activate(onOrder, 0)
		r.order(ana, "wo_1", "routine")
		d := r.outcomes(ana, "trigger")
		if len(d) != 1 || strings.Contains(d[0].Reason, "workorder.opened") || !strings.Contains(d[0].Reason, "on 2 March 2026") {
			r.Errorf("got %+v, want a sentence without the type's name", d)
		}
	})
}

func TestToneAloneStartsNothing(t *testing.T) {
	each(t, func(r *rig) {
		_, err := r.engine.Activate(r.Context(), []byte(strings.Replace(nearEnd, `lease.days_to_end <= 120 && lease.status == "current"`,
			`sentiment.last < -0.2 && sentiment.level < 0.0`, 1)), 0)
		if hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(hearth.MessageOf(err), "Tone alone") {
			r.Errorf("got %v, want a refusal", err)
		}
		r.activate(strings.Replace(nearEnd, `lease.days_to_end <= 120 && lease.status == "current"`,
			`sentiment.last < -0.2 && service.open > 0`, 1), 0)
	})
}

func TestThoseInsideCanBeIncludedLater(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -300, 90, old)
		r.drain()
		r.activate(nearEnd, 0)
		if got := titles(r, ana); got != "" {
			r.Fatalf("at the activation there is %q, want nothing", got)
		}
		a := r.activate(nearEnd, 5)
		if a.Added || a.Included != 1 {
			r.Fatalf("got %+v, want no new version and one included", a)
		}
		if got := titles(r, ana); got != "Talk" {
			r.Errorf("after the inclusion there is %q, want the task", got)
		}
		if again := r.activate(nearEnd, 5); again.Included != 0 {
			r.Errorf("once started, %d are included again, want none", again.Included)
		}
	})
}
