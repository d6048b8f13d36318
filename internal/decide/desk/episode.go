package desk

import (
	"context"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
)

// Episode is the time from when a resident's frustration passed its limit until it has fallen below the lower one. In
// it a person is told once; what would have gone out by itself becomes a draft in that one task, and once the person has
// spoken with them, automation goes on.
type Episode struct {
	Open   bool
	Task   hearth.TaskID
	Opened time.Time
	Spoken bool // the task is done
	Lost   bool // the task was called off or declined, so nobody speaks with them
}

// episode is the stored part.
type episode struct {
	n      int64
	task   hearth.TaskID
	opened time.Time
	ended  bool
}

const episodesSQL = `SELECT resident, n, task, opened, ended FROM episodes WHERE org = $1 AND `

// loadEpisodes reads those of residents who are at or above the lower limit: few, and most batches have none.
func (r *round) loadEpisodes(ctx context.Context) error {
	r.episodes = map[hearth.ResidentID]episode{}
	var ids []string
	seen := map[hearth.ResidentID]bool{}
	for i := range r.in {
		in := &r.in[i]
		if seen[in.Resident] || !in.Class.Capped() {
			continue
		}
		seen[in.Resident] = true
		if mood := moodOf(r.view(in.Resident)); mood.Frustration >= r.places[in.Property].feeling.Calm {
			ids = append(ids, string(in.Resident))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	in, arg := r.tx.In("resident", 2, ids)
	rows, err := r.tx.Query(ctx, episodesSQL+in, r.tx.Org(), arg)
	if err != nil {
		return fmt.Errorf("read who is frustrated: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id hearth.ResidentID
		var e episode
		var opened, ended int64
		if err := rows.Scan(&id, &e.n, &e.task, &opened, &ended); err != nil {
			return fmt.Errorf("read who is frustrated: %w", err)
		}
		e.opened, e.ended = hearth.FromMillis(opened), ended != 0
		r.episodes[id] = e
	}
	return rows.Err()
}

// episodeOf gives the resident's episode for a case; the task of an open one is looked at once a batch.
func (r *round) episodeOf(ctx context.Context, id hearth.ResidentID) (Episode, error) {
	e, ok := r.episodes[id]
	if !ok || e.ended {
		return Episode{}, nil
	}
	out := Episode{Open: true, Task: e.task, Opened: e.opened}
	t, ok := r.feelingTasks[e.task]
	if !ok {
		var err error
		t, err = r.Tasks.Get(ctx, r.tx, e.task)
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return Episode{}, fmt.Errorf("read the task about a feeling: %w", err)
		}
		if err != nil {
			t = task.Task{State: task.Cancelled}
		}
		r.feelingTasks[e.task] = t
	}
	out.Spoken, out.Lost = t.State == task.Done, t.State.Closed() && t.State != task.Done
	return out, nil
}

// The row is taken over only where no episode is open, so that of two who find one at the same time one tells somebody.
const openEpisodeSQL = `INSERT INTO episodes (org, resident, n, task, opened, ended) VALUES ($1, $2, $3, $4, $5, 0)
ON CONFLICT (org, resident) DO UPDATE SET n = excluded.n, task = excluded.task, opened = excluded.opened, ended = 0
WHERE episodes.n < excluded.n`

// openEpisode opens the resident's next episode and names its task. First is false when somebody else opened it in this
// very moment: then their task is the one.
func (r *round) openEpisode(ctx context.Context, id hearth.ResidentID) (t hearth.TaskID, first bool, err error) {
	n := r.episodes[id].n + 1
	t = hearth.TaskID(hearth.DeriveID("tsk_", "feeling", string(id), fmt.Sprint(n)))
	rows, err := r.tx.Exec(ctx, openEpisodeSQL, r.tx.Org(), string(id), n, string(t), hearth.Millis(r.now))
	if err != nil {
		return "", false, fmt.Errorf("open an episode: %w", err)
	}
	r.episodes[id] = episode{n: n, task: t, opened: r.now}
	return t, rows == 1, nil
}

const calmSQL = `UPDATE episodes SET ended = $1 WHERE org = $2 AND ended = 0 AND `

// Calm ends the episodes of residents whose frustration has fallen below the lower limit: the next rise is told anew.
func (d *Desk) Calm(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) error {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	in, arg := tx.In("resident", 3, list)
	if _, err := tx.Exec(ctx, calmSQL+in, hearth.Millis(tx.Now()), tx.Org(), arg); err != nil {
		return fmt.Errorf("end episodes: %w", err)
	}
	return nil
}

// feel is the part of the third question about feelings: automation yields to them.
func feel(c *Case) (answer, bool) {
	m := c.Mood
	switch {
	case c.Intent.ByHand || !c.Intent.Class.Capped() || m.Episode.Open && m.Episode.Spoken:
		return answer{}, false
	case m.Episode.Open && !m.Episode.Lost:
		a := c.hand(taskFeeling, fmt.Sprintf("There are signs of frustration, and a person was asked %s to speak with %s; this is one more draft for them.",
			whenWords(m.Episode.Opened, c.Now, c.Zone), c.Person.Name))
		a.task = m.Episode.Task
		return a, true
	case m.Frustration >= m.Limit:
		return c.hand(taskFeeling, fmt.Sprintf("There are signs of frustration, so a person speaks with %s instead.", c.Person.Name)), true
	}
	return answer{}, false
}
