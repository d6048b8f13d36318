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
)

func (r *rig) why(who hearth.ResidentID, id hearth.PlaybookID) (why *trigger.Explanation) {
	r.Helper()
	r.read(func(ctx context.Context, tx *db.Tx) (err error) {
		why, err = r.engine.Why(ctx, tx, who, id, nil)
		return err
	})
	return why
}

// Whatever is paused, why says so: for who would start, for who is under way, and afterwards as of then.
func TestWhySaysWhatIsPaused(t *testing.T) {
	careRig(t, func(r *rig) {
		r.activate(sends("hello", "relation", plain, "test.hello"), 0)
		people := r.homes(8)
		ben, dead := people[6], people[7]
		r.happen("portal.visited", ben, map[string]any{})
		const runs = "It is running since 4 March 2026."
		free := r.why(ben, "hello").Verdict
		if !strings.HasPrefix(free, runs) || strings.Contains(free, "waits") {
			r.Fatalf("before any pause: %q", free)
		}
		for i, tt := range []struct {
			name        string
			p           care.Pause
			start, goes string // the verdicts of who would start, and of who is under way
		}{
			{"the playbook", care.Pause{What: care.Playbook, Target: "hello"}, "It does not start now: the playbook was paused on 4 March 2026: a test", "It waits: the playbook was paused on"},
			{"the property", care.Pause{What: care.Property, Target: string(r.property)}, "It does not start now: the property was paused on", "It waits: the property was paused on"},
			{"a resident", care.Pause{What: care.Resident, Target: string(people[2])}, "It does not start now: everything automatic for them was paused", ""},
			{"a channel", care.Pause{What: care.Channel, Target: "email"}, "It waits: sending by e-mail was paused on", "It waits: sending by e-mail was paused on"},
			{"everything, for an hour", care.Pause{What: care.Everything, Until: r.clock.Now().Add(time.Hour)}, "It does not start now: everything automatic was paused on 4 March 2026: a test (until 4 March 2026, 11:00)",
				"It waits: everything automatic was paused"},
			{"another resident", care.Pause{What: care.Resident, Target: string(dead)}, "", ""},
		} {
			ana, p := people[i], r.pause(tt.p)
			if got := r.why(ana, "hello").Verdict; !strings.Contains(got, "not hold: a resident used the portal within") || strings.Contains(got, "Besides") != (i < 3 || i == 4) {
				r.Errorf("%s, before anything happened: %q", tt.name, got)
			}
			r.happen("portal.visited", ana, map[string]any{})
			r.clock.Advance(time.Second)
			check := func(when string, who hearth.ResidentID, why *trigger.Explanation, want string) {
				r.Helper()
				if want == "" && (strings.Contains(why.Verdict, "paused") || strings.Contains(why.Verdict, "waits")) || !strings.Contains(why.Verdict, want) {
					r.Errorf("%s, %s: %q, want %q", tt.name, when, why.Verdict, want)
				}
			}
			during := r.clock.Now()
			check("to start", ana, r.why(ana, "hello"), tt.start)
			check("under way", ben, r.why(ben, "hello"), tt.goes)
			r.clock.Advance(time.Second)
			r.resume(p.ID)
			r.clock.Advance(time.Second)
			if got := r.why(ben, "hello").Verdict; got != free {
				r.Errorf("%s, after the pause: %q, want %q", tt.name, got, free)
			}
			check("to start, as of then", ana, r.whyAt(ana, "hello", during), strings.ReplaceAll(strings.ReplaceAll(tt.start, "does not", "did not"), "start now:", "start then:"))
			check("under way, as of then", ben, r.whyAt(ben, "hello", during), tt.goes)
		}
		r.situation(dead, care.Death, 0, "x")
		r.happen("portal.visited", dead, map[string]any{})
		if got := r.why(dead, "hello").Verdict; !strings.Contains(got, "It does not start now: Handle with care") {
			r.Errorf("a death: %q", got)
		}
	})
}
