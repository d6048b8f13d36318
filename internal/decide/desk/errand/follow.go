package errand

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/act/message/round"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

// Follower is the name under which the service keeps its positions.
const Follower = "errand"

// maxEvents is how many places of a partition one run passes.
const maxEvents = 5000

// closed is a round's task that somebody closed.
type closed struct {
	task  hearth.TaskID
	actor hearth.Actor
	yes   bool
}

// stretch is a part of a partition's log with the tasks of rounds that were closed in it.
type stretch struct {
	part     int
	from, to int64
	done     []closed
}

// Follow heeds that a round's task was closed: what is not marked was delivered, or was not, as was told. more: there is more to read.
func (s *Service) Follow(ctx context.Context) (more bool, err error) {
	var read []stretch
	err = s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		read, more, err = s.look(ctx, tx)
		return err
	})
	if err != nil || len(read) == 0 {
		return false, err
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, x := range read {
			if err := s.follow(ctx, tx, x); err != nil {
				return fmt.Errorf("close rounds, partition %d: %w", x.part, err)
			}
		}
		return nil
	})
	return more && err == nil, err
}

func (s *Service) look(ctx context.Context, tx *db.Tx) (read []stretch, more bool, err error) {
	positions, err := s.Log.Positions(ctx, tx, Follower)
	if err != nil {
		return nil, false, err
	}
	heads, err := s.Log.Heads(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	for part := range eventlog.Parts {
		x := stretch{part: part, from: positions[part], to: min(heads[part], positions[part]+maxEvents)}
		if x.to == x.from {
			continue
		}
		more = more || x.to < heads[part]
		if x.done, err = closedIn(ctx, tx, x); err != nil {
			return nil, false, err
		}
		read = append(read, x)
	}
	return read, more, nil
}

const doneSQL = `SELECT actor, data FROM events WHERE org = $1 AND part = $2 AND seq > $3 AND seq <= $4 AND type = 'task.done' AND history = 0 ORDER BY seq`

func closedIn(ctx context.Context, tx *db.Tx, x stretch) ([]closed, error) {
	rows, err := tx.Query(ctx, doneSQL, tx.Org(), x.part, x.from, x.to)
	if err != nil {
		return nil, fmt.Errorf("read what was done: %w", err)
	}
	defer rows.Close()
	var out []closed
	for rows.Next() {
		var actor, data string
		if err := rows.Scan(&actor, &data); err != nil {
			return nil, fmt.Errorf("read what was done: %w", err)
		}
		var d struct {
			Task  hearth.TaskID
			Kind  string
			Facts map[string]string
		}
		if json.Unmarshal([]byte(data), &d) != nil || !strings.HasPrefix(d.Kind, "round.") {
			continue
		}
		out = append(out, closed{d.Task, hearth.ParseActor(actor), d.Facts[factDone] == "yes"})
	}
	return out, rows.Err()
}

func (s *Service) follow(ctx context.Context, tx *db.Tx, x stretch) error {
	pos, ok, err := s.Log.Lock(ctx, tx, Follower, x.part)
	if err != nil || !ok || pos.Seq != x.from {
		return err // another node did it
	}
	for _, c := range x.done {
		if err := s.end(ctx, tx, c); err != nil {
			return err
		}
	}
	return s.Log.Move(ctx, tx, Follower, x.part, eventlog.Position{Seq: x.to, Node: s.Node, Epoch: pos.Epoch + 1})
}

// end marks what is left open of a round whose task is closed.
func (s *Service) end(ctx context.Context, tx *db.Tx, c closed) error {
	r, err := s.Rounds.OfTask(ctx, tx, c.task)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	how := round.NotDone
	if c.yes && round.Done(r.Kind) != "" {
		how = round.Done(r.Kind)
	}
	for i := range r.Stops {
		if !r.Stops[i].Open() {
			continue
		}
		if err := s.Rounds.Mark(ctx, tx, &r, r.Stops[i].Message.ID, round.Proof{How: how, Actor: c.actor}); err != nil {
			return err
		}
	}
	return nil
}
