package trigger_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/trigger"
)

// twoWords says two things over a week, one of them in the night, and asks a person in the end.
const twoWords = `
id: two-words
title: Two words
depth: playbook
why: To be foreseen.
for: household
trigger: {when: lease.days_to_end <= 120 && lease.status == "current"}
steps:
  - wait: {until: "22:30"}
  - send: {template: renewal-open, class: relation, purpose: renewal.open}
  - wait: 3d
  - send: {template: renewal-reminder, class: relation, purpose: renewal.reminder}
  - wait: {event: message.received, at_most: 2d}
  - task: {title: Ask them, why: No answer, role: leasing, minutes: 10, due: 2 business days}
exits:
  - {on: lease.renewed, because: They have renewed.}
`

// foreseen tells what will reach a resident, in lines.
func (r *rig) foreseen(who hearth.ResidentID, days int) (lines []string, plan trigger.Outlook) {
	r.Helper()
	until := r.clock.Now().AddDate(0, 0, days)
	r.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if plan, err = r.engine.Upcoming(ctx, tx, who, until); err != nil {
			return err
		}
		views, err := r.engine.ViewsOf(ctx, tx, []hearth.ResidentID{who})
		if err != nil {
			return err
		}
		var in []desk.Intent
		var at []time.Time
		for _, p := range plan.Planned {
			if p.Intent == nil {
				lines = append(lines, fmt.Sprintf("%s task %s", p.At.In(r.zone).Format("01-02 15:04"), p.Task))
				continue
			}
			in, at = append(in, *p.Intent), append(at, p.At)
		}
		found, err := r.engine.Desk.Foresee(ctx, tx, in, at, until, views)
		for i, f := range found {
			lines = append(lines, fmt.Sprintf("%s %s %s", f.At.In(r.zone).Format("01-02 15:04"), f.Outcome, in[i].Template))
		}
		return err
	})
	slices.Sort(lines)
	return lines, plan
}

// happened tells what did reach a resident, in the same lines.
func (r *rig) happened(who hearth.ResidentID) (lines []string) {
	r.Helper()
	r.read(func(ctx context.Context, tx *db.Tx) error {
		list, _, err := r.messages.List(ctx, tx, message.Filter{Resident: who}, "", 100)
		for _, m := range list {
			outcome := map[message.State]string{message.Queued: desk.Sent, message.Held: desk.Held, message.Dropped: desk.Dropped}[m.State]
			lines = append(lines, fmt.Sprintf("%s %s %s", m.At.In(r.zone).Format("01-02 15:04"), outcome, m.Template))
		}
		return err
	})
	for _, t := range r.tasksOf(who) {
		lines = append(lines, fmt.Sprintf("%s task %s", t.Made.In(r.zone).Format("01-02 15:04"), t.Title))
	}
	slices.Sort(lines)
	return lines
}

// What is foreseen for a fortnight is what then happens, if nothing else does: before a run has begun, and in the middle of it.
func TestWhatIsForeseenHappens(t *testing.T) {
	each(t, func(r *rig) {
		r.activate(twoWords, 0)
		ana := r.home("4B", "Ana", -240, 123, old)
		r.drain()
		before, plan := r.foreseen(ana, 14)
		if len(before) != 3 || plan.Planned[0].Run != "" || !strings.Contains(strings.Join(plan.Planned[2].Unless, ";"), "message.received comes before") {
			r.Fatalf("foreseen %v: %+v, want two messages of a run that would only begin, and a task unless they write", before, plan.Planned)
		}
		if got := r.happened(ana); len(got) != 0 {
			r.Fatalf("looking ahead did %v", got)
		}
		if said := plan.Planned[0].Because; !strings.HasPrefix(said, "On ") || !strings.HasSuffix(said, " it comes true that the lease ends in at most 120 days and the lease is current.") {
			r.Errorf("it is to begin because %q, want the condition in words", said)
		}
		if again, _ := r.foreseen(ana, 14); !slices.Equal(again, before) {
			r.Errorf("the second look sees %v, the first saw %v", again, before)
		}
		r.pass(5 * 24 * time.Hour)
		rest, plan := r.foreseen(ana, 9)
		if len(rest) != 2 || plan.Planned[0].Run == "" {
			r.Errorf("in the middle of it %v is left: %+v", rest, plan.Planned)
		}
		for _, line := range rest {
			if !slices.Contains(before, line) {
				r.Errorf("%q was not foreseen at first: %v", line, before)
			}
		}
		r.pass(9 * 24 * time.Hour)
		if got := r.happened(ana); !slices.Equal(got, before) {
			r.Errorf("there happened\n%s\nwhile this was foreseen\n%s", strings.Join(got, "\n"), strings.Join(before, "\n"))
		}
		if !strings.Contains(strings.Join(before, "\n"), "08:00 sent renewal-open") {
			r.Errorf("the first word was to wait for the morning: %v", before)
		}
	})
}

// asksNext asks a person and then the next one, whether somebody has the first task still or nobody ever had one.
const asksNext = `
id: asks-next
title: Asks next
depth: human
why: To be foreseen.
for: household
trigger: {when: lease.days_to_end <= 120 && lease.status == "current"}
steps:
  - wait: 1d
%s  - wait: 2d
  - escalate: {role: property_manager, title: Nobody has spoken with them, reason: Three days have passed., minutes: 10, due: 1 business day}
exits:
  - {on: lease.renewed, because: They have renewed.}
`

// A step that hands a task on makes one where nobody has any: that is what is foreseen of it, by its name.
func TestWhoIsAskedNextIsForeseen(t *testing.T) {
	for name, x := range map[string]struct{ first, foreseen, made string }{
		"nobody has a task":   {"", "Nobody has spoken with them", "Nobody has spoken with them"},
		"somebody has a task": {"  - task: {title: Ask them, why: To know, role: leasing, minutes: 10, due: 2 business days}\n", "Ask them;Whoever is asked in this run hands it on", "Ask them"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(r *rig) {
				r.activate(fmt.Sprintf(asksNext, x.first), 0)
				ana := r.home("4B", "Ana", -240, 123, old)
				r.drain()
				for _, days := range []int{0, 5} { // before the run has begun, and in the middle of it
					r.pass(time.Duration(days) * 24 * time.Hour)
					_, plan := r.foreseen(ana, 14-days)
					var got []string
					for _, p := range plan.Planned {
						got = append(got, p.Task)
					}
					want := x.foreseen
					if days > 0 {
						want = want[strings.Index(want, ";")+1:]
					}
					if strings.Join(got, ";") != want {
						r.Errorf("after %d days there is foreseen %q, want %q", days, got, want)
					}
				}
				r.pass(9 * 24 * time.Hour)
				var made []string
				for _, t := range r.tasksOf(ana) {
					made = append(made, t.Title)
				}
				if strings.Join(made, ";") != x.made {
					r.Errorf("there came %q, want %q", made, x.made)
				}
			})
		})
	}
}
