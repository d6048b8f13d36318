package web

import (
	"context"
	"fmt"
	"net/url"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
)

// Two people who open the same task see each other, so that a resident is not called twice.

// lookAtTask notes that somebody has a task open, and answers with who else has, and with what became of it since.
func (q *request) lookAtTask() (templ.Component, error) {
	if q.staff != "" {
		if err := q.write(func(ctx context.Context, tx *db.Tx) error { return q.web.Tasks.Saw(ctx, tx, q.taskID(), q.staff) }); err != nil {
			return nil, err
		}
	}
	var l looking
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		t, err := q.web.Tasks.Get(ctx, tx, q.taskID())
		if err != nil {
			return err
		}
		asides, err := q.web.Tasks.Asides(ctx, tx, []hearth.TaskID{t.ID})
		if err != nil {
			return err
		}
		team, err := q.teamNames(ctx, tx)
		if err != nil {
			return err
		}
		if w := q.sinceDrawn(t, asides[t.ID], team); w != "" {
			l.Words = append(l.Words, w)
		}
		others, err := q.othersAt(ctx, tx, t.ID, team)
		l.Words = append(l.Words, others...)
		return err
	})
	return lookingBox(l), err
}

// sinceDrawn says what somebody else did with a task since the page was drawn; the form carries who had it then.
func (q *request) sinceDrawn(t task.Task, a task.Aside, team map[hearth.StaffID]string) string {
	switch {
	case a.Kind == task.Closing && a.Actor.ID != q.actor.ID:
		return nameOfActor(a.Actor, team) + " has just said that it is done."
	case t.State.Closed():
		return "It is not open any more. Nothing is left to do here."
	case t.Owner != "" && t.Owner != q.staff && string(t.Owner) != q.field("had") && team[t.Owner] != "":
		return team[t.Owner] + " has it now."
	}
	return ""
}

// othersAt says who else has a task open.
func (q *request) othersAt(ctx context.Context, tx *db.Tx, id hearth.TaskID, team map[hearth.StaffID]string) ([]string, error) {
	list, err := q.web.Tasks.Looking(ctx, tx, id)
	var out []string
	for _, who := range list {
		if name := team[who]; who != q.staff && name != "" {
			out = append(out, name+" has this open too.")
		}
	}
	return out, err
}

// taskLooks adds to the open task who else has it open. Who may not work on it is not noted, and asks nothing.
func (q *request) taskLooks(o *openTask, t task.Task, d queueData) error {
	o.Had, o.Looks = string(t.Owner), q.staff != "" && q.may(rightTasks)
	if !o.Looks {
		return nil
	}
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		o.Looking.Words, err = q.othersAt(ctx, tx, t.ID, d.names)
		return err
	})
	if err != nil {
		err = fmt.Errorf("read who has a task open: %w", err)
	}
	return err
}

// lookHref is where the page tells that a task is open.
func (o *openTask) lookHref() string {
	return "/tasks/" + string(o.ID) + "/look?had=" + url.QueryEscape(o.Had)
}
