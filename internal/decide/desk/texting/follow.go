package texting

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/eventlog"
)

// Follower is the name under which this listener keeps its positions.
const Follower = "texting"

// maxEvents is how many places of a partition one run passes.
const maxEvents = 5000

// Loop gives the loop that acts on what people answered in the tasks of this package.
func (l *Listener) Loop() work.Loop {
	return work.Loop{Name: "texting", Every: 2 * time.Second, Run: l.RunOnce}
}

// stretch is a part of a partition's log with the tasks of ours that were done in it.
type stretch struct {
	part     int
	from, to int64
	done     []answered
}

// answered is a task of ours that was done, and where in the log that stands.
type answered struct {
	seq   int64
	task  hearth.TaskID
	actor hearth.Actor
}

// RunOnce reads the next events of every partition, and tells whether more are waiting.
func (l *Listener) RunOnce(ctx context.Context) (more bool, err error) {
	var read []stretch
	err = l.DB.Read(ctx, func(tx *db.Tx) (err error) {
		read, more, err = l.look(ctx, tx)
		return err
	})
	if err != nil || len(read) == 0 {
		return false, err
	}
	err = l.DB.Write(ctx, func(tx *db.Tx) error {
		for _, x := range read {
			if err := l.follow(ctx, tx, x); err != nil {
				return fmt.Errorf("act on answers, partition %d: %w", x.part, err)
			}
		}
		return nil
	})
	if err != nil && !hearth.Outage(err) {
		err = l.oneByOne(ctx, read)
	}
	return more && err == nil, err
}

// oneByOne acts on each answer by itself, so that one that cannot be acted on holds up none of the others. What it was
// about stays where it was: on the list of texts without a sender, or as a stop whose deadline runs.
func (l *Listener) oneByOne(ctx context.Context, read []stretch) error {
	for _, x := range read {
		for _, part := range x.split() {
			err := l.DB.Write(ctx, func(tx *db.Tx) error { return l.follow(ctx, tx, part) })
			if err != nil && !hearth.Outage(err) && len(part.done) > 0 {
				l.Logger.Error("an answer in a task could not be acted on", "task", part.done[0].task, "error", err)
				part.done = nil
				err = l.DB.Write(ctx, func(tx *db.Tx) error { return l.follow(ctx, tx, part) })
			}
			if err != nil {
				return fmt.Errorf("act on answers one by one, partition %d: %w", x.part, err)
			}
		}
	}
	return nil
}

// split gives the stretch as ones with an answer each.
func (x stretch) split() []stretch {
	var out []stretch
	from := x.from
	for i, a := range x.done {
		to := a.seq
		if i == len(x.done)-1 {
			to = x.to
		}
		out = append(out, stretch{part: x.part, from: from, to: to, done: x.done[i : i+1]})
		from = to
	}
	if len(out) == 0 {
		out = append(out, x)
	}
	return out
}

func (l *Listener) look(ctx context.Context, tx *db.Tx) (read []stretch, more bool, err error) {
	positions, err := l.Log.Positions(ctx, tx, Follower)
	if err != nil {
		return nil, false, err
	}
	heads, err := l.Log.Heads(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	for part := range eventlog.Parts {
		x := stretch{part: part, from: positions[part], to: min(heads[part], positions[part]+maxEvents)}
		if x.to == x.from {
			continue
		}
		more = more || x.to < heads[part]
		if x.done, err = doneIn(ctx, tx, x); err != nil {
			return nil, false, err
		}
		read = append(read, x)
	}
	return read, more, nil
}

const doneSQL = `SELECT seq, actor, data FROM events WHERE org = $1 AND part = $2 AND seq > $3 AND seq <= $4 AND type = 'task.done' AND history = 0 ORDER BY seq`

func doneIn(ctx context.Context, tx *db.Tx, x stretch) ([]answered, error) {
	rows, err := tx.Query(ctx, doneSQL, tx.Org(), x.part, x.from, x.to)
	if err != nil {
		return nil, fmt.Errorf("read what was done: %w", err)
	}
	defer rows.Close()
	var out []answered
	for rows.Next() {
		var seq int64
		var actor, data string
		if err := rows.Scan(&seq, &actor, &data); err != nil {
			return nil, fmt.Errorf("read what was done: %w", err)
		}
		var d struct {
			Task hearth.TaskID
			Kind string
		}
		if json.Unmarshal([]byte(data), &d) != nil || d.Kind != TaskWho && d.Kind != TaskStop {
			continue
		}
		out = append(out, answered{seq, d.Task, hearth.ParseActor(actor)})
	}
	return out, rows.Err()
}

func (l *Listener) follow(ctx context.Context, tx *db.Tx, x stretch) error {
	pos, ok, err := l.Log.Lock(ctx, tx, Follower, x.part)
	if err != nil || !ok || pos.Seq != x.from {
		return err // another node did it
	}
	for _, a := range x.done {
		t, err := l.Tasks.Get(ctx, tx, a.task)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue
		}
		if err != nil {
			return err
		}
		if err := l.act(ctx, tx, a.actor, t); err != nil && hearth.CodeOf(err) != hearth.CodeConflict {
			return err
		}
	}
	return l.Log.Move(ctx, tx, Follower, x.part, eventlog.Position{Seq: x.to, Node: l.Node, Epoch: pos.Epoch + 1})
}

// act does what a person answered.
func (l *Listener) act(ctx context.Context, tx *db.Tx, actor hearth.Actor, t task.Task) error {
	if t.Kind == TaskStop {
		return l.actOnStop(ctx, tx, actor, t)
	}
	open, err := l.Messages.UnplacedOf(ctx, tx, t.ID)
	if err != nil || len(open) == 0 {
		return err
	}
	whose, sure, err := l.named(ctx, tx, open[0], t.Facts[factWho])
	if err != nil || !sure {
		return err // it stays on the list of what waits for a sender
	}
	return l.placeAll(ctx, tx, actor, open[0].AddressKey, t.ID, whose)
}

func (l *Listener) actOnStop(ctx context.Context, tx *db.Tx, actor hearth.Actor, t task.Task) error {
	all, err := l.Consent.RevocationsFor(ctx, tx, string(t.ID))
	if err != nil || len(all) == 0 {
		return err
	}
	return l.settleStop(ctx, tx, actor, all[0], t.Facts[factMeant] != "no")
}

// named finds whom an answer names: one of those who were asked about, else the only resident of that id or name.
func (l *Listener) named(ctx context.Context, tx *db.Tx, u message.Unplaced, answer string) (whose hearth.ResidentID, sure bool, err error) {
	switch strings.ToLower(answer) {
	case nobody, "nobody", "no", "none":
		return "", true, nil
	case "":
		return "", false, nil
	}
	for _, c := range u.Candidates {
		if strings.EqualFold(c.Label, answer) || string(c.Resident) == answer {
			return c.Resident, true, nil
		}
	}
	if r, err := l.Records.Resident(ctx, tx, hearth.ResidentID(answer)); err == nil {
		return r.ID, true, nil
	} else if hearth.CodeOf(err) != hearth.CodeNotFound {
		return "", false, err
	}
	page, err := l.Records.Search(ctx, tx, answer, "", 2)
	if err != nil || len(page.Items) != 1 {
		return "", false, err
	}
	return page.Items[0].ID, true, nil
}
