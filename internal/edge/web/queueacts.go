package web

import (
	"context"
	"fmt"
	"net/url"
	"sort"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/assign"
)

func (q *request) taskID() hearth.TaskID { return hearth.TaskID(q.PathValue("id")) }

func (q *request) takeTask() (outcome, error) {
	var before hearth.StaffID
	err := q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		if before, err = q.ownerOf(ctx, tx); err != nil {
			return err
		}
		return q.web.Tasks.Take(ctx, tx, q.actor, q.taskID())
	})
	o := outcome{said: "It is yours now.", undo: q.backTo(before)}
	if q.field("undo") != "" { // it comes back to who gave it away
		o.next = q.openedAgain()
	}
	return o, err
}

func (q *request) ownerOf(ctx context.Context, tx *db.Tx) (hearth.StaffID, error) {
	t, err := q.web.Tasks.Get(ctx, tx, q.taskID())
	return t.Owner, err
}

// backTo is where undo hands a task back to who had it, or to the queue where nobody had.
func (q *request) backTo(owner hearth.StaffID) string {
	if owner == "" {
		return "/tasks/" + q.PathValue("id") + "/putback"
	}
	return "/tasks/" + q.PathValue("id") + "/give?undo=yes&to=" + url.QueryEscape(string(owner))
}

// putBackTask lays a task that somebody took, or got, into the queue again.
func (q *request) putBackTask() (outcome, error) {
	err := q.write(func(ctx context.Context, tx *db.Tx) error { return q.web.Tasks.PutBack(ctx, tx, q.actor, q.taskID()) })
	return outcome{said: "Nobody has it, as before.", next: q.openedAgain()}, err
}

// onward is where it goes on when a task is settled: the next in the list, else where the form stood.
func (q *request) onward() string { return ownPath(q.FormValue("next"), q.back("/")) }

func (q *request) declineTask() (outcome, error) {
	reason := q.field("reason")
	if reason == "" {
		reason = "no reason given"
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		return q.web.Tasks.Decline(ctx, tx, q.actor, q.taskID(), reason)
	})
	return outcome{said: "Given back. Somebody else is being found.", next: q.onward()}, err
}

// doneTask closes a task with what was learned: the fields named fact.…
func (q *request) doneTask() (outcome, error) {
	if err := q.ParseForm(); err != nil {
		return outcome{}, hearth.Errorf(hearth.CodeInvalid, "The form could not be read. Try again.")
	}
	facts := map[string]string{}
	for name, values := range q.PostForm {
		fact, ok := strings.CutPrefix(name, "fact.")
		if ok && len(values) > 0 && strings.TrimSpace(values[0]) != "" {
			facts[fact] = strings.TrimSpace(values[0])
		}
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		return q.web.Tasks.DoneSoon(ctx, tx, q.actor, q.taskID(), facts)
	})
	return outcome{said: "Done, and remembered.", undo: "/tasks/" + q.PathValue("id") + "/undone", next: q.onward()}, err
}

// undoneTask takes "done" back while it still can be.
func (q *request) undoneTask() (outcome, error) {
	err := q.write(func(ctx context.Context, tx *db.Tx) error { return q.web.Tasks.TakeBack(ctx, tx, q.actor, q.taskID()) })
	return outcome{said: "Taken back. It is open again.", next: q.openedAgain()}, err
}

// openedAgain is where undo leads to: the list as it was looked at, with the task open that came back.
func (q *request) openedAgain() string {
	at, err := url.Parse(q.back("/"))
	if err != nil || at.Path != "/" {
		return q.back("/")
	}
	v := at.Query()
	v.Set("open", q.PathValue("id"))
	return "/?" + v.Encode()
}

// laterEvents are what a task may wait for, in words.
func laterEvents() [][2]string {
	return [][2]string{{"message.received", "Until they write"}, {"workorder.completed", "Until the repair is finished"}, {"workorder.scheduled", "Until the repair has a date"}, {"portal.visited", "Until they visit the portal"}}
}

// later lists until when a task may sleep: times first, then what may happen.
func (q *request) later(t task.Task) []ui.Option {
	now := q.now.In(q.zone)
	day := hearth.DayOf(q.now, q.zone)
	at := func(d hearth.Day, hour int) time.Time { return d.Start(q.zone).Add(time.Duration(hour) * time.Hour) }
	monday := day + hearth.Day((8-int(now.Weekday()))%7)
	if monday == day {
		monday += 7
	}
	var out []ui.Option
	for _, o := range []struct {
		name string
		at   time.Time
	}{{"In two hours", q.now.Add(2 * time.Hour)}, {"This afternoon", at(day, 14)}, {"Tomorrow morning", at(day+1, 9)}, {"Monday morning", at(monday, 9)}, {"In a week", at(day+7, 9)}} {
		if o.at.After(q.now) {
			out = append(out, ui.Option{Value: o.at.UTC().Format(time.RFC3339), Name: o.name + ", " + page.When(o.at, q.now, q.zone)})
		}
	}
	if t.Resident != "" {
		two := q.now.Add(48 * time.Hour)
		out = append(out, ui.Option{Value: two.UTC().Format(time.RFC3339) + unlessTheyWrite, Name: "If they don't write in two days, " + page.When(two, q.now, q.zone)})
		for _, e := range laterEvents() {
			out = append(out, ui.Option{Value: e[0], Name: e[1]})
		}
	}
	return out
}

// unlessTheyWrite stands behind a time until which a task sleeps, where the resident's word wakes it earlier.
const unlessTheyWrite = " unless they write"

// untilWhen reads until what a form lets tasks sleep: a time, an event, or whichever comes first.
func (q *request) untilWhen() (until time.Time, event hearth.EventType) {
	asked, unless := strings.CutSuffix(q.field("until"), unlessTheyWrite)
	if unless {
		event = "message.received"
	}
	if at, err := time.Parse(time.RFC3339, asked); err == nil {
		return at, event
	}
	for _, e := range laterEvents() {
		if e[0] == asked {
			event = hearth.EventType(e[0])
		}
	}
	return until, event
}

// snoozeTask puts a task to sleep until a time or an event.
func (q *request) snoozeTask() (outcome, error) {
	until, event := q.untilWhen()
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		return q.web.Tasks.Snooze(ctx, tx, q.actor, q.taskID(), until, event)
	})
	return outcome{said: "It sleeps, and comes back by itself.", undo: "/tasks/" + q.PathValue("id") + "/wake", next: q.onward()}, err
}

func (q *request) wakeTask() (outcome, error) {
	err := q.write(func(ctx context.Context, tx *db.Tx) error { return q.web.Tasks.Wake(ctx, tx, q.actor, q.taskID()) })
	return outcome{said: "It is back.", next: q.openedAgain()}, err
}

func (q *request) giveTask() (outcome, error) {
	to, undo := hearth.StaffID(q.field("to")), ""
	said := "Given away. Why it is there went along."
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		before, err := q.ownerOf(ctx, tx)
		if err != nil {
			return err
		}
		if err := q.web.Tasks.Give(ctx, tx, q.actor, q.taskID(), to); err != nil || before == to {
			return err
		}
		switch {
		case before == q.staff && before != "": // who gave their own away need not be a manager to take it again
			undo = "/tasks/" + q.PathValue("id") + "/take?undo=yes"
		default:
			undo = q.backTo(before)
		}
		if m, err := q.web.Records.Staff(ctx, tx, to); err == nil {
			said = m.Name + " has it now. Why it is there went along."
		}
		return nil
	})
	o := outcome{said: said, undo: undo, next: q.onward()}
	if q.field("undo") != "" {
		o.next = q.openedAgain()
	}
	return o, err
}

// others lists who could have a task, those with the most room today first.
func (q *request) others(t task.Task, d queueData) []ui.Option {
	if d.load == nil {
		return nil
	}
	people := append([]assign.PersonLoad(nil), d.load.People...)
	left := func(p assign.PersonLoad) int { return p.Days[0].Minutes - p.Days[0].Given }
	fits := func(p assign.PersonLoad) bool {
		for _, r := range p.Roles {
			if r == t.Role {
				return true
			}
		}
		return false
	}
	sort.SliceStable(people, func(i, j int) bool {
		if fits(people[i]) != fits(people[j]) {
			return fits(people[i])
		}
		return left(people[i]) > left(people[j])
	})
	var out []ui.Option
	for _, p := range people {
		if p.Staff == t.Owner || len(p.Days) == 0 {
			continue
		}
		words := "no room today"
		switch {
		case p.Days[0].Away != "":
			words = "away"
		case p.Days[0].Minutes == 0:
			words = "off today"
		case left(p) > 0:
			words = minutesWords(left(p)) + " free today"
		}
		out = append(out, ui.Option{Value: string(p.Staff), Name: p.Name + ", " + words})
	}
	return out
}

func minutesWords(n int) string {
	switch {
	case n < 60:
		return fmt.Sprintf("%d min", n)
	case n%60 == 0:
		return fmt.Sprintf("%d h", n/60)
	}
	return fmt.Sprintf("%d h %d", n/60, n%60)
}

// aside says in the row that a task sleeps, or that what was told of it could not be kept.
func (r *queueRow) aside(a task.Aside, q *request) {
	switch a.Kind {
	case task.Refused:
		r.Why, r.Due, r.Icon = "What "+a.Actor.Name+" told could not be kept: "+a.Fault, "look again", "circle-alert"
	case task.Asleep:
		r.Icon = "moon"
		words := "sleeps"
		if !a.Until.IsZero() {
			words += " until " + page.When(a.Until, q.now, q.zone)
		}
		for _, e := range laterEvents() {
			if hearth.EventType(e[0]) == a.Event {
				if !a.Until.IsZero() {
					words += " or"
				}
				words += " " + strings.ToLower(e[1][:1]) + e[1][1:]
			}
		}
		r.Due = words
	}
}
