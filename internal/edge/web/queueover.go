package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/assign"
)

// A day that holds more than there is time for says so on top of the queue: what of it can wait, and why; else who has room.

// overView is the note on a day that is too full.
type overView struct {
	Words, Then         string
	Rows                []overRow
	Choose, ChooseWords string // chooses all that can wait, so that they are put off in one go
	reasons             map[hearth.TaskID]string
}

// overRow is one thing that can wait.
type overRow struct{ Name, Href, Minutes, Why string }

// plannedAhead is how long before its end a task must have been made to have some play: what is made for today is meant for today.
const plannedAhead = 72 * time.Hour

func (o *overView) why(id hearth.TaskID) string {
	if o == nil {
		return ""
	}
	return o.reasons[id]
}

// overDay says what of the viewer's day can wait; nil where it is not too full, or nothing of it is left.
func (q *request) overDay(d queueData, whose string) *overView {
	given, minutes := d.minutesOf(q.staff)
	o := &overView{reasons: map[hearth.TaskID]string{}}
	today, left, spare := hearth.DayOf(q.now, q.zone), 0, 0
	var ids []string
	for _, t := range d.tasks {
		a, put := d.asides[t.ID]
		if t.Owner != q.staff || hearth.DayOf(t.DueAt, q.zone) != today || put && a.Kind == task.Closing {
			continue
		}
		if put && a.Kind == task.Asleep && (a.Until.IsZero() || hearth.DayOf(a.Until, q.zone) > today) {
			given -= t.Minutes // it was put off already
			continue
		}
		left++
		why := q.canWait(t)
		if why == "" {
			continue
		}
		o.reasons[t.ID] = why
		name := t.Title
		if c, ok := d.people[t.Resident]; ok && t.Resident != "" {
			name = c.Name() + ", " + strings.ToLower(t.Title[:1]) + t.Title[1:]
		}
		o.Rows = append(o.Rows, overRow{name, queueHref(whose, url.Values{"open": {string(t.ID)}}), minutesWords(t.Minutes), why})
		ids, spare = append(ids, string(t.ID)), spare+t.Minutes
	}
	if minutes == 0 || given <= minutes || left == 0 {
		return nil
	}
	o.Words = "Your day holds " + minutesWords(given) + ", and you have " + minutesWords(minutes) + "."
	switch n := len(o.Rows); {
	case n == 0:
		o.Then = "Nothing of it can wait: what is left is late, due soon, promised, or made for today." + q.roomWords(d)
	case given-spare > minutes:
		o.Then = "Even without what can wait it is more than fits." + q.roomWords(d) + " This can wait:"
	default:
		o.Then = "This can wait until another day:"
	}
	if len(ids) > 0 {
		o.Choose = queueHref(whose, url.Values{"chosen": ids[:min(len(ids), mostChosen)], "open": ids[:1]})
		o.ChooseWords = means(len(ids), "Choose it, to put it off", "Choose these, to put them off together")
	}
	return o
}

// canWait says why a task of today may be done later without harm, "" where it may not.
func (q *request) canWait(t task.Task) string {
	switch {
	case t.DueAt.Before(q.now.Add(soonWithin)) || t.Escalated > 0 || strings.HasPrefix(t.Kind, "desk.") || strings.Contains(q.because(t), "promised"):
		return ""
	case t.Resident == "":
		return "no resident waits for it."
	case t.DueAt.Sub(t.Made) >= plannedAhead:
		return "no time was promised, and it was planned " + count(int(t.DueAt.Sub(t.Made)/(24*time.Hour)), "day", "days") + " ahead."
	}
	return ""
}

// roomWords names who of those who may do the viewer's work has the most room today.
func (q *request) roomWords(d queueData) string {
	best, room := "", 0
	may := d.mayTake(q.staff)
	for _, p := range d.load.People {
		if p.Staff != q.staff && slices.ContainsFunc(p.Roles, func(r hearth.Role) bool { return may[r] }) && len(p.Days) > 0 && p.Days[0].Away == "" && p.Days[0].Minutes-p.Days[0].Given > room {
			best, room = p.Name, p.Days[0].Minutes-p.Days[0].Given
		}
	}
	if best == "" {
		return " Nobody else has room today either."
	}
	return " " + best + " has " + minutesWords(room) + " free today."
}

// mayTake gives the roles whose people may do somebody's work: theirs, and those that help out. A service coordinator, say, is nobody's help
// with what the office has to do.
func (d queueData) mayTake(who hearth.StaffID) map[hearth.Role]bool {
	may := map[hearth.Role]bool{}
	for _, p := range d.load.People {
		if p.Staff != who {
			continue
		}
		for _, r := range p.Roles {
			may[r] = true
			if helper, ok := assign.Helpers(r); ok {
				may[helper] = true
			}
		}
	}
	return may
}

// minutesOf gives what somebody was given for today, and what they have.
func (d queueData) minutesOf(who hearth.StaffID) (given, have int) {
	if d.load == nil || who == "" {
		return 0, 0
	}
	for _, p := range d.load.People {
		if p.Staff == who && len(p.Days) > 0 {
			return p.Days[0].Given, p.Days[0].Minutes
		}
	}
	return 0, 0
}

// rowAct is a row's one action: a form's button, or the way to where it is done.
type rowAct struct{ Words, Post, Href, For string }

// rowAct gives a row's main action for the viewer.
func (q *request) rowAct(t task.Task, a task.Aside, r queueRow) rowAct {
	at, open := "/tasks/"+url.PathEscape(string(t.ID)), rowAct{Words: "Look", Href: r.Href + "#beside", For: r.Who}
	if !q.may(rightTasks) || q.staff == "" {
		return open
	}
	switch {
	case a.Kind == task.Refused:
		open.Words = "Look again"
	case a.Kind == task.Asleep && q.kept(chosenGive, t, a, nil) == "":
		return rowAct{"Wake it", at + "/wake", "", r.Who}
	case t.Owner == "":
		return rowAct{"Take it", at + "/take", "", r.Who}
	case t.Owner != q.staff:
	case t.Draft != "" && t.Resident != "" && q.may(rightTasks):
		return rowAct{"Write", "", "/residents/" + url.PathEscape(string(t.Resident)) + "/write", r.Who}
	case q.kept(chosenDone, t, a, nil) == "":
		return rowAct{"Done", at + "/done", "", r.Who}
	default:
		open.Words = "Say how it went"
	}
	return open
}

// dayLoad says how full the viewer's day is, and what can wait.
func (q *request) dayLoad(d queueData, over *overView) *ui.Load {
	if d.load == nil {
		return nil
	}
	for _, p := range d.load.People {
		if p.Staff != q.staff || len(p.Days) == 0 {
			continue
		}
		day := p.Days[0]
		if day.Minutes == 0 {
			return &ui.Load{Words: "You are off today. Nothing new reaches you.", Percent: 0}
		}
		l := &ui.Load{Words: minutesWords(day.Given) + " of " + minutesWords(day.Minutes) + " planned", Percent: 100 * day.Given / day.Minutes}
		switch {
		case over == nil:
		case len(over.Rows) > 0:
			l.More = ui.Link{Name: count(len(over.Rows), "can wait", "can wait"), Href: "/?whose=mine#over"}
		default:
			l.More = ui.Link{Name: "nothing can wait", Href: "/?whose=mine#over"}
		}
		return l
	}
	return nil
}
