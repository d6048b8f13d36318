package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
)

// Several rows of the queue are chosen and settled in one go. What can't be done to one of them leaves that one chosen, with why; nothing is lost.

// mostChosen bounds one go. The way back names each of them, and stands in a cookie.
const mostChosen = 40

// chosenDo is what is done to those that are chosen.
type chosenDo string

// The acts, as the form names them.
const (
	chosenDone chosenDo = "done"
	chosenTake chosenDo = "take"
	chosenWait chosenDo = "later"
	chosenGive chosenDo = "give"
)

// kept says why an act can't be done to a task, "" where it can. The store has the last word; this is what a page can say before.
func (q *request) kept(act chosenDo, t task.Task, a task.Aside, names map[hearth.StaffID]string) string {
	if q.noManager() && t.Owner != "" && t.Owner != q.staff {
		if act == chosenTake && t.State != task.Taken {
			return ""
		}
		return orSomebody(names[t.Owner]) + " has it; only they or a manager can do that."
	}
	switch {
	case act == chosenDone:
		for _, ask := range t.Asks {
			if !ask.Optional {
				return "It asks first: " + ask.Question
			}
		}
	case act == chosenTake && t.Owner == q.staff && t.State == task.Taken:
		return "You are at it already."
	case act == chosenWait && a.Kind == task.Asleep:
		return "It sleeps already."
	}
	return ""
}

// noManager tells whether somebody changes only what is theirs, or their role's.
func (q *request) noManager() bool {
	return !q.hasRole(hearth.RoleManager, hearth.RoleAssistant, hearth.RoleRegional, hearth.RoleAdmin)
}

func orSomebody(name string) string {
	if name == "" {
		return "Somebody else"
	}
	return name
}

// pickable adds to a row the box that chooses it.
func (r *queueRow) pickable(q *request, t task.Task, a task.Aside, names map[hearth.StaffID]string) {
	if !q.may(rightTasks) || q.staff == "" {
		return
	}
	asked := q.URL.Query()
	r.Pick, r.Picked = true, slices.Contains(asked["chosen"], string(t.ID))
	r.Keeps = map[chosenDo]string{}
	for _, act := range []chosenDo{chosenDone, chosenTake, chosenWait, chosenGive} {
		r.Keeps[act] = q.kept(act, t, a, names)
	}
	if r.Picked {
		r.Stays = r.Keeps[chosenDo(asked.Get("tried"))]
		if asked.Get("tried") == "event" && t.Resident == "" {
			r.Stays = "It is about no resident, so nothing that one does can wake it. Choose a time."
		}
	}
}

// chooseWords is what the row's box is called.
func (r *queueRow) chooseWords() string {
	if r.What == "" {
		return "Choose: " + r.Who
	}
	return "Choose: " + r.Who + ", " + r.What
}

// dockView is what stands below the queue while rows are chosen.
type dockView struct {
	Back          string
	Later, Others []ui.Option
}

// dock gives what can be done to several, nil where the viewer may do nothing.
func (q *request) dock(whose string, d queueData) *dockView {
	if !q.may(rightTasks) || q.staff == "" {
		return nil
	}
	return &dockView{Back: queueHref(whose, nil), Later: q.later(task.Task{Resident: "anybody"}), Others: q.others(task.Task{}, d)}
}

// queueHref is the queue as somebody looks at it.
func queueHref(whose string, more url.Values) string {
	v := url.Values{}
	for name, values := range more {
		v[name] = values
	}
	if whose != "" {
		v.Set("whose", whose)
	}
	if len(v) == 0 {
		return "/"
	}
	return "/?" + v.Encode()
}

// chosenTasks reads which tasks a form is about.
func (q *request) chosenTasks() ([]hearth.TaskID, error) {
	if err := q.ParseForm(); err != nil {
		return nil, hearth.Errorf(hearth.CodeInvalid, "The form could not be read. Try again.")
	}
	var ids []hearth.TaskID
	for _, id := range q.Form["task"] {
		if id != "" && !slices.Contains(ids, hearth.TaskID(id)) {
			ids = append(ids, hearth.TaskID(id))
		}
	}
	switch {
	case len(ids) == 0:
		return nil, hearth.Errorf(hearth.CodeInvalid, "Nothing is chosen. Choose rows first, with x or by their sign.")
	case len(ids) > mostChosen:
		return nil, hearth.Errorf(hearth.CodeInvalid, "At most %d can be settled in one go. Choose fewer; nothing was changed.", mostChosen)
	}
	return ids, nil
}

// chosenGo is one act on several tasks, and what came of it.
type chosenGo struct {
	q     *request
	act   chosenDo
	until time.Time
	event hearth.EventType
	to    hearth.StaffID
	undo  url.Values
	did   int
	left  []string // the sentences of those that could not be done
	keep  []string // their ids
}

// settleChosen does one thing to all that are chosen, in one transaction. A task that refuses changes nothing, and stays chosen.
func (q *request) settleChosen() (outcome, error) {
	ids, err := q.chosenTasks()
	if err != nil {
		return outcome{}, err
	}
	g := chosenGo{q: q, act: chosenDo(q.field("do"))}
	switch g.act {
	case chosenDone, chosenTake:
	case chosenWait:
		g.until, g.event = q.untilWhen()
	case chosenGive:
		if g.to = hearth.StaffID(q.field("to")); g.to == "" {
			return outcome{}, hearth.FieldErrorf("to", "Say who gets them. Nothing was changed.")
		}
	default:
		return outcome{}, hearth.Errorf(hearth.CodeInvalid, "Say what to do with those that are chosen. Nothing was changed.")
	}
	var said string
	err = q.write(func(ctx context.Context, tx *db.Tx) error {
		g.undo, g.did, g.left, g.keep = url.Values{}, 0, nil, nil // a transaction may run again
		for _, id := range ids {
			if err := g.one(ctx, tx, id); err != nil {
				return err
			}
		}
		said, err = g.words(ctx, tx)
		return err
	})
	if err != nil {
		return outcome{}, err
	}
	o := outcome{said: said, next: g.onward()}
	if g.did > 0 {
		o.undo = "/tasks/chosen/undo?" + g.undo.Encode()
	}
	return o, nil
}

// one does the act to one task. What the task refuses is noted; anything else ends the whole.
func (g *chosenGo) one(ctx context.Context, tx *db.Tx, id hearth.TaskID) error {
	q, s := g.q, g.q.web.Tasks
	t, err := s.Get(ctx, tx, id)
	if err == nil && !q.acc.May(rightTasks, t.Property) {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no such task.")
	}
	before := t.Owner
	if err == nil {
		switch g.act {
		case chosenDone:
			err = s.DoneSoon(ctx, tx, q.actor, id, nil)
		case chosenTake:
			err = s.Take(ctx, tx, q.actor, id)
		case chosenWait:
			err = s.Snooze(ctx, tx, q.actor, id, g.until, g.event)
		case chosenGive:
			err = s.Give(ctx, tx, q.actor, id, g.to)
		}
	}
	switch hearth.CodeOf(err) {
	case "":
	case hearth.CodeInvalid, hearth.CodeForbidden, hearth.CodeConflict, hearth.CodeNotFound:
		g.keep = append(g.keep, string(id))
		g.left = append(g.left, strings.TrimRight(short(orWords(t.Title, "One of them"), 60), ".")+": "+hearth.MessageOf(err))
		return nil
	default:
		return fmt.Errorf("settle task %s among others: %w", id, err)
	}
	g.did++
	if g.act == chosenTake || g.act == chosenGive {
		g.undo.Add("to."+string(before), string(id))
	} else {
		g.undo.Add(string(g.act), string(id))
	}
	return nil
}

// words say how many were done and why the others were not.
func (g *chosenGo) words(ctx context.Context, tx *db.Tx) (string, error) {
	var out string
	switch g.act {
	case chosenDone:
		out = count(g.did, "thing is done", "things are done")
	case chosenTake:
		out = count(g.did, "thing is yours now", "things are yours now")
	case chosenWait:
		out = count(g.did, "thing sleeps, and comes back by itself", "things sleep, and come back by themselves")
	case chosenGive:
		m, err := g.q.web.Records.Staff(ctx, tx, g.to)
		if err != nil {
			return "", err
		}
		out = m.Name + " has " + count(g.did, "thing more", "things more")
	}
	if g.did == 0 {
		out = "Nothing was changed"
	}
	out += "."
	if n := len(g.left); n > 0 {
		out += " " + count(n, "stays chosen", "stay chosen") + ". " + short(g.left[0], 200)
		if n > 1 {
			out += " Why the others stay is said in their rows."
		}
	}
	return out, nil
}

// onward is where it goes on: the list as it was looked at, with what could not be done still chosen and the first of it open.
func (g *chosenGo) onward() string {
	at, err := url.Parse(g.q.back("/"))
	if err != nil || at.Path != "/" || len(g.keep) == 0 {
		return g.q.back("/")
	}
	tried := string(g.act)
	if g.event != "" {
		tried = "event"
	}
	return queueHref(at.Query().Get("whose"), url.Values{"chosen": g.keep, "open": g.keep[:1], "tried": {tried}})
}

// undoChosen takes one go back: what was done is open again, what sleeps wakes, and what changed hands is with who had it.
func (q *request) undoChosen() (outcome, error) {
	if err := q.ParseForm(); err != nil {
		return outcome{}, hearth.Errorf(hearth.CodeInvalid, "The form could not be read. Try again.")
	}
	var back []string
	var late []string
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		back, late = nil, nil
		for name, ids := range q.URL.Query() {
			for _, id := range ids {
				err := q.undoOne(ctx, tx, name, hearth.TaskID(id))
				switch hearth.CodeOf(err) {
				case "":
					back = append(back, id)
				case hearth.CodeInvalid, hearth.CodeForbidden, hearth.CodeConflict, hearth.CodeNotFound:
					late = append(late, hearth.MessageOf(err))
				default:
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return outcome{}, err
	}
	slices.Sort(back)
	o := outcome{said: count(len(back), "thing is as it was", "things are as they were") + "."}
	if len(late) > 0 {
		o.said += fmt.Sprintf(" %d could not be taken back. %s", len(late), short(late[0], 200))
	}
	if at, err := url.Parse(q.back("/")); err == nil && at.Path == "/" && len(back) > 0 {
		o.next = queueHref(at.Query().Get("whose"), url.Values{"chosen": back, "open": back[:1]})
	}
	return o, nil
}

// undoOne takes back what was done to one task.
func (q *request) undoOne(ctx context.Context, tx *db.Tx, what string, id hearth.TaskID) error {
	s := q.web.Tasks
	t, err := s.Get(ctx, tx, id)
	if err != nil {
		return err
	}
	if !q.acc.May(rightTasks, t.Property) {
		return hearth.Errorf(hearth.CodeNotFound, "There is no such task.")
	}
	to, handed := strings.CutPrefix(what, "to.")
	switch {
	case what == string(chosenDone):
		return s.TakeBack(ctx, tx, q.actor, id)
	case what == string(chosenWait):
		return s.Wake(ctx, tx, q.actor, id)
	case handed && to == "":
		return s.PutBack(ctx, tx, q.actor, id)
	case handed && hearth.StaffID(to) == q.staff:
		return s.Take(ctx, tx, q.actor, id)
	case handed:
		return s.Give(ctx, tx, q.actor, id, hearth.StaffID(to))
	}
	return hearth.Errorf(hearth.CodeInvalid, "This way back is not known.")
}
