package trigger_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/care"
)

// twoRows is one person whom two lists know as two.
func (r *rig) twoRows() (ana, twice hearth.ResidentID) {
	ana, twice = r.home("4B", "Ana", -100, 200, old), r.home("5A", "Anna", -10, 355, old)
	r.drain()
	r.activate(onOrder, 0)
	return ana, twice
}

// careTasks gives the titles of the tasks that ask to handle somebody with care.
func (r *rig) careTasks(who ...hearth.ResidentID) (out []string) {
	for _, id := range who {
		for _, t := range r.openTasks(id) {
			if strings.HasPrefix(t.Kind, "care.") {
				out = append(out, t.Title)
			}
		}
	}
	return out
}

// A death stops everything for the person, whichever of their rows it was told of, before the two were found to be one or after.
func TestADeathStopsThePerson(t *testing.T) {
	for _, before := range []bool{true, false} {
		for _, ofKept := range []bool{true, false} {
			each(t, func(r *rig) {
				ana, twice := r.twoRows()
				r.order(ana, "wo_1", "routine")
				told := twice
				if ofKept {
					told = ana
				}
				if !before {
					r.merge(ana, twice)
				}
				r.situation(told, care.Death, 0, "told by the family")
				if before {
					r.merge(ana, twice)
				}
				if n := r.runsOf(ana); n != 0 {
					r.Errorf("told before %v, of the kept %v: %d runs go on, want none", before, ofKept, n)
				}
				r.pass(time.Hour)
				r.order(ana, "wo_2", "routine")
				r.order(twice, "wo_3", "routine")
				if n := r.runsOf(ana) + r.runsOf(twice); n != 0 {
					r.Errorf("told before %v, of the kept %v: %d runs began, want none", before, ofKept, n)
				}
				if got := r.careTasks(ana, twice); len(got) == 0 || !before && len(got) != 1 {
					r.Errorf("told before %v, of the kept %v: a person was told by %q", before, ofKept, got)
				}
				r.unmerge(twice)
				r.pass(time.Hour)
				other := ana
				if ofKept {
					other = twice
				}
				r.order(other, "wo_4", "routine")
				if r.runsOf(other) != 1 || r.runsOf(told) != 0 {
					r.Errorf("taken apart, %d and %d runs, want one for whom nothing was told of", r.runsOf(other), r.runsOf(told))
				}
			})
		}
	}
}

// A pause of one row is a pause of the person; a situation holds what can wait for both, and one that ends with the merge lets it go.
func TestPausesAndSituationsAreOfThePerson(t *testing.T) {
	each(t, func(r *rig) {
		ana, twice := r.twoRows()
		r.merge(ana, twice)
		p := r.pause(care.Pause{What: care.Resident, Target: string(twice)})
		r.order(ana, "wo_1", "routine")
		if n := r.runsOf(ana); n != 0 {
			r.Errorf("%d runs began in a pause of the person, want none", n)
		}
		if w := r.why(ana, "on-order"); !strings.Contains(w.Verdict, "paused") {
			r.Errorf("why says %q, want the pause", w.Verdict)
		}
		r.resume(p.ID)
		r.order(ana, "wo_2", "routine")
		if n := r.runsOf(ana); n != 1 {
			r.Errorf("%d runs after it, want one", n)
		}
		r.unmerge(twice)
		r.situation(twice, care.Hospital, 20*day, "x")
		r.activate(sends("word", "relation", "movein-checkin", "movein.checkin"), 0)
		r.merge(ana, twice)
		r.happen("portal.visited", ana, map[string]any{})
		r.pass(2 * day)
		if held := r.mail(ana, message.Held); len(held) != 1 {
			r.Fatalf("%d messages are held for a person of whom one row asks for care, want one", len(held))
		}
		r.unmerge(twice)
		r.pass(day)
		if held := r.mail(ana, message.Held); len(held) != 0 {
			r.Errorf("%d are held for the one who asks for no care any more, want none", len(held))
		}
	})
}

// Why, now and at a past time, reads of a person what the engine read: the events of all their rows, from when they were one.
func TestWhyReadsThePerson(t *testing.T) {
	each(t, func(r *rig) {
		ana, twice := r.twoRows()
		third := strings.NewReplacer("service.total >= 1", "service.total >= 3", "once per 30 days", "once per tenancy").Replace(repairs)
		r.activate(third, 0)
		r.order(twice, "wo_1", "routine")
		r.order(ana, "wo_2", "routine")
		r.pass(day)
		apart := r.clock.Now()
		r.pass(time.Hour)
		r.merge(ana, twice)
		r.pass(day)
		together := r.clock.Now()
		r.pass(time.Hour)
		r.order(twice, "wo_3", "routine")
		if n := len(r.outcomes(ana, "trigger")); !strings.Contains(titles(r, ana), "Ask") {
			r.Fatalf("the third order of the person started nothing (%d decisions)", n)
		}
		r.pass(day)
		reads := func(at time.Time) string {
			for _, c := range r.whyAt(ana, "repairs", at).Checks {
				if c.Text == "service.total >= 3" {
					return strings.Join(c.Values, "; ")
				}
			}
			return ""
		}
		now := r.clock.Now()
		r.pass(time.Hour)
		for at, want := range map[time.Time]string{apart: "service.total is 1", together: "service.total is 2", now: "service.total is 3"} {
			if got := reads(at); got != want {
				r.Errorf("at %s it read %q, want %q", at, got, want)
			}
		}
		if x := r.whyAt(ana, "repairs", now); !slices.ContainsFunc(x.Checks, func(c trigger.Check) bool { return strings.Contains(strings.Join(c.Values, " "), "it became true on") }) {
			r.Errorf("it became true while the playbook was on, but: %+v", x.Checks)
		}
		for _, x := range []string{r.why(twice, "repairs").Verdict, r.whyAt(twice, "repairs", now).Verdict} {
			if !strings.Contains(x, "one person with another resident") {
				r.Errorf("of the row that is seen under the other it says %q", x)
			}
		}
		r.unmerge(twice)
		r.pass(time.Hour)
		if got := reads(r.clock.Now()); got != "service.total is 1" {
			r.Errorf("taken apart it reads %q, want their own", got)
		}
		if got := reads(now); got != "service.total is 3" {
			r.Errorf("taken apart, of the time when they were one it reads %q", got)
		}
	})
}
