package desk

import (
	"context"

	"hearth"
	"hearth/internal/act/task"
)

// What was said to many at once and held for some of them can end too late for all of those at the same moment: a night
// of quiet hours before a morning without water; or their mail comes back. They stand in one task by name, as those do who could not be reached at all.

const (
	mostOfMany     = 100 // people whom the task names
	minutesForMany = 30
	furtherOfMany  = "There are more than are named here; the list of the broadcast's people has everybody, with the reason."
)

func manyID(in Intent) hearth.TaskID {
	return hearth.TaskID(hearth.DeriveID("tsk_", "many", string(in.Property), in.Topic))
}

// addToMany puts a resident into the task about the others of the same sending; "" if none is open.
func (r *round) addToMany(ctx context.Context, c *Case, a answer) (hearth.TaskID, error) {
	id := manyID(c.Intent)
	added, err := r.Tasks.AddFact(ctx, r.tx, id, ofMany(c, a), mostOfMany, furtherOfMany)
	if !added {
		id = ""
	}
	return id, err
}

// manyTask gives the id of the task that is made now: another one if that of the sending is done already.
func (r *round) manyTask(ctx context.Context, in Intent) (hearth.TaskID, error) {
	_, err := r.Tasks.Get(ctx, r.tx, manyID(in))
	switch {
	case hearth.CodeOf(err) == hearth.CodeNotFound:
		return manyID(in), nil
	case err != nil:
		return "", err
	}
	return hearth.TaskID(hearth.DeriveID("tsk_", "desk", string(in.ID))), nil
}

// asManys makes a task that others of the same sending join.
func asManys(t *task.Task, c *Case, a answer) {
	t.Resident = ""
	t.Title = "Tell residents by hand what did not reach them in time"
	t.Why = "It was said to many at once, and for these it waited too long or came back; a machine can't say it any more. Each line says why."
	t.Minutes = max(t.Minutes, minutesForMany)
	t.Asks = nil
	t.Context = task.Context{Facts: []task.Fact{ofMany(c, a)}}
}

func ofMany(c *Case, a answer) task.Fact {
	name := c.Person.Name
	if c.Person.Home != "" {
		name += ", " + c.Person.Home
	}
	return task.Fact{Name: name, Value: a.reason}
}
