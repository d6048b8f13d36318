package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
)

// Trials that are asked for on the pages are jobs: a row each, which a loop takes up. They go on when the page is closed, can
// be stopped, and their result is kept. One runs at a time at a property; the others wait in their order.

// JobState is how a job stands.
type JobState string

// The states of a job.
const (
	JobWaiting JobState = "waiting"
	JobRunning JobState = "running"
	JobDone    JobState = "done"
	JobStopped JobState = "stopped"
	JobFailed  JobState = "failed"
)

// Job is a trial that somebody asked for.
type Job struct {
	ID       string
	Property hearth.PropertyID
	Playbook hearth.PlaybookID
	Title    string
	Text     string // "": the version that is on
	From, To hearth.Day
	Asked    time.Time
	By       hearth.Actor
	State    JobState
	Stage    string
	Done     float64 // from 0 to 1
	Ended    time.Time
	Wrong    string  // why there is no result
	Report   *Report // of a job that is done, where it was asked for; residents have no names in it
}

// Over tells whether nothing more comes of the job.
func (j Job) Over() bool { return j.State != JobWaiting && j.State != JobRunning }

// What a job may cost and keep.
const (
	// MaxJobDays is how many days a job may play.
	MaxJobDays = 400
	// keptResidents is how many residents with their reasons are kept of a result, and keptStarts how many starts of each.
	keptResidents, keptStarts = 5000, 10
	// lost is how long nothing may be heard of a job that runs before another node takes it up.
	lost     = 2 * time.Minute
	maxTries = 3
)

const addJobSQL = `INSERT INTO trials (org, id, property, playbook, title, body, first_day, last_day, asked, asked_by, state, stage, done, node, beat, tries, ended, wrong, report)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', '', 0, '', 0, 0, 0, '', '')`

const sameJobSQL = `SELECT id FROM trials WHERE org = $1 AND playbook = $2 AND property = $3 AND state IN ('waiting','running')`

// Ask puts a job into the queue and gives its id. It fails with CodeInvalid for days that can't be, and with CodeConflict while a
// trial of the same playbook waits or runs at the property.
func Ask(ctx context.Context, tx *db.Tx, j Job) (string, error) {
	switch today := hearth.DayOf(tx.Now(), time.UTC) + 1; {
	case j.To < j.From:
		return "", hearth.FieldErrorf("to", "The last day lies before the first.")
	case j.To-j.From >= MaxJobDays:
		return "", hearth.FieldErrorf("to", "At most %d days are tried at a time.", MaxJobDays)
	case j.To > today:
		return "", hearth.FieldErrorf("to", "Choose days that are over: only what was recorded can be tried on.")
	}
	var other string
	err := tx.Row(ctx, sameJobSQL, tx.Org(), string(j.Playbook), string(j.Property)).Scan(&other)
	if err == nil {
		return "", hearth.Errorf(hearth.CodeConflict, "A trial of this playbook is under way here already. Stop it first, or wait for its result.")
	}
	if !errors.Is(err, db.ErrNotFound) {
		return "", fmt.Errorf("look for a trial of %s: %w", j.Playbook, err)
	}
	id := "tri_" + playbook.Digest([]byte(fmt.Sprint(j.Playbook, j.Property, j.By, tx.Now().UnixNano())))
	_, err = tx.Exec(ctx, addJobSQL, tx.Org(), id, string(j.Property), string(j.Playbook), j.Title, j.Text, int64(j.From), int64(j.To), hearth.Millis(tx.Now()), j.By.String())
	if err != nil {
		return "", fmt.Errorf("ask for a trial of %s: %w", j.Playbook, err)
	}
	return id, nil
}

const jobCols = `id, property, playbook, title, body, first_day, last_day, asked, asked_by, state, stage, done, ended, wrong`

func scanJob(row interface{ Scan(...any) error }, more ...any) (Job, error) {
	var j Job
	var from, to, asked, done, ended int64
	var by string
	err := row.Scan(append([]any{&j.ID, &j.Property, &j.Playbook, &j.Title, &j.Text, &from, &to, &asked, &by, &j.State, &j.Stage, &done, &ended, &j.Wrong}, more...)...)
	j.From, j.To, j.Asked, j.Done, j.By = hearth.Day(from), hearth.Day(to), hearth.FromMillis(asked), float64(done)/1000, hearth.ParseActor(by)
	if ended > 0 {
		j.Ended = hearth.FromMillis(ended)
	}
	return j, err
}

const getJobSQL = `SELECT ` + jobCols + `, report FROM trials WHERE org = $1 AND id = $2`

// GetJob gives a job with its report. It fails with CodeNotFound.
func GetJob(ctx context.Context, tx *db.Tx, id string) (Job, error) {
	var report string
	j, err := scanJob(tx.Row(ctx, getJobSQL, tx.Org(), id), &report)
	if errors.Is(err, db.ErrNotFound) {
		return j, hearth.Errorf(hearth.CodeNotFound, "This trial is not kept any more. Start it again.")
	}
	if err == nil && report != "" {
		j.Report = &Report{}
		err = json.Unmarshal([]byte(report), j.Report)
	}
	if err != nil {
		return j, fmt.Errorf("read the trial %s: %w", id, err)
	}
	return j, nil
}

const jobsOfSQL = `SELECT ` + jobCols + ` FROM trials WHERE org = $1 AND playbook = $2 AND property = $3 ORDER BY asked DESC, id`

// JobsOf gives the jobs of a playbook at a property without their reports, the newest first.
func JobsOf(ctx context.Context, tx *db.Tx, id hearth.PlaybookID, property hearth.PropertyID) ([]Job, error) {
	return jobs(ctx, tx, jobsOfSQL, tx.Org(), string(id), string(property))
}

const queueSQL = `SELECT ` + jobCols + ` FROM trials WHERE org = $1 AND property = $2 AND state IN ('waiting','running') ORDER BY state, asked, id`

// Queue gives what runs and what waits at a property, in this order.
func Queue(ctx context.Context, tx *db.Tx, property hearth.PropertyID) ([]Job, error) {
	return jobs(ctx, tx, queueSQL, tx.Org(), string(property))
}

func jobs(ctx context.Context, tx *db.Tx, query string, args ...any) ([]Job, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list trials: %w", err)
	}
	defer rows.Close()
	var out []Job
	for rows.Next() {
		j, err := scanJob(rows)
		if err != nil {
			return nil, fmt.Errorf("list trials: %w", err)
		}
		out = append(out, j)
	}
	return out, rows.Err()
}

const (
	deadJobsSQL = `UPDATE trials SET state = 'failed', wrong = 'The program stopped each time while it ran. Try fewer days.', ended = $1
WHERE org = $2 AND state = 'running' AND beat < $3 AND tries >= $4`
	strayJobsSQL = `UPDATE trials SET state = 'waiting' WHERE org = $1 AND state = 'running' AND beat < $2`
	nextJobSQL   = `SELECT ` + jobCols + ` FROM trials t WHERE org = $1 AND state = 'waiting' AND NOT EXISTS
(SELECT 1 FROM trials r WHERE r.org = t.org AND r.property = t.property AND r.state = 'running') ORDER BY asked, id LIMIT 1`
	takeJobSQL = `UPDATE trials SET state = 'running', node = $1, beat = $2, tries = tries + 1 WHERE org = $3 AND id = $4 AND state = 'waiting'`
)

// NextJob takes up the job that has waited longest at a property where none runs; false: there is none.
func NextJob(ctx context.Context, tx *db.Tx, node string) (Job, bool, error) {
	now := hearth.Millis(tx.Now())
	if _, err := tx.Exec(ctx, deadJobsSQL, now, tx.Org(), now-lost.Milliseconds(), maxTries); err != nil {
		return Job{}, false, fmt.Errorf("look after trials: %w", err)
	}
	if _, err := tx.Exec(ctx, strayJobsSQL, tx.Org(), now-lost.Milliseconds()); err != nil {
		return Job{}, false, fmt.Errorf("look after trials: %w", err)
	}
	j, err := scanJob(tx.Row(ctx, nextJobSQL, tx.Org()))
	if errors.Is(err, db.ErrNotFound) {
		return Job{}, false, nil
	}
	if err != nil {
		return Job{}, false, fmt.Errorf("take up a trial: %w", err)
	}
	n, err := tx.Exec(ctx, takeJobSQL, node, now, tx.Org(), j.ID)
	if err != nil {
		return Job{}, false, fmt.Errorf("take up the trial %s: %w", j.ID, err)
	}
	j.State = JobRunning
	return j, n == 1, nil
}

const beatJobSQL = `UPDATE trials SET beat = $1, stage = $2, done = $3 WHERE org = $4 AND id = $5 AND state = 'running' AND node = $6`

// Beat says how far a job is; false: it was stopped, or taken up by another node.
func Beat(ctx context.Context, tx *db.Tx, id, node, stage string, done float64) (bool, error) {
	n, err := tx.Exec(ctx, beatJobSQL, hearth.Millis(tx.Now()), stage, int64(1000*done), tx.Org(), id, node)
	if err != nil {
		return false, fmt.Errorf("say how far the trial %s is: %w", id, err)
	}
	return n == 1, nil
}

const (
	finishJobSQL = `UPDATE trials SET state = $1, wrong = $2, report = $3, ended = $4, done = $5 WHERE org = $6 AND id = $7 AND state = 'running' AND node = $8`
	backJobSQL   = `UPDATE trials SET state = 'waiting', node = '', tries = tries - 1 WHERE org = $1 AND id = $2 AND state = 'running' AND node = $3`
	oldJobsSQL   = `DELETE FROM trials WHERE org = $1 AND playbook = $2 AND property = $3 AND state IN ('done','stopped','failed') AND id NOT IN
(SELECT id FROM trials WHERE org = $1 AND playbook = $2 AND property = $3 ORDER BY asked DESC, id LIMIT 5)`
)

// FinishJob keeps what came of a job: its report, or why there is none. Older results of the playbook make room.
func FinishJob(ctx context.Context, tx *db.Tx, j Job, node string, report *Report, wrong string) error {
	state, text := JobDone, ""
	if report != nil {
		raw, err := json.Marshal(trimmed(report))
		if err != nil {
			return fmt.Errorf("write down the trial %s: %w", j.ID, err)
		}
		text = string(raw)
	} else {
		state = JobFailed
	}
	if _, err := tx.Exec(ctx, finishJobSQL, string(state), wrong, text, hearth.Millis(tx.Now()), 1000, tx.Org(), j.ID, node); err != nil {
		return fmt.Errorf("keep the trial %s: %w", j.ID, err)
	}
	if _, err := tx.Exec(ctx, oldJobsSQL, tx.Org(), string(j.Playbook), string(j.Property)); err != nil {
		return fmt.Errorf("make room for the trial %s: %w", j.ID, err)
	}
	return nil
}

// HandBack puts a job back that a node which stops had taken up.
func HandBack(ctx context.Context, tx *db.Tx, id, node string) error {
	_, err := tx.Exec(ctx, backJobSQL, tx.Org(), id, node)
	return err
}

const stopJobSQL = `UPDATE trials SET state = 'stopped', ended = $1 WHERE org = $2 AND id = $3 AND state IN ('waiting','running')`

// StopJob stops a job, or takes it out of the queue; one that is over stays as it is.
func StopJob(ctx context.Context, tx *db.Tx, id string) error {
	if _, err := tx.Exec(ctx, stopJobSQL, hearth.Millis(tx.Now()), tx.Org(), id); err != nil {
		return fmt.Errorf("stop the trial %s: %w", id, err)
	}
	return nil
}

// trimmed gives what is kept of a report: bounded, and people by their ids alone, so that names stand in one place only.
func trimmed(r *Report) *Report {
	out := *r
	if n := len(r.Residents); n > keptResidents {
		out.Notes = append(append([]string{}, r.Notes...), fmt.Sprintf("The list below has the first %d of %d residents.", keptResidents, n))
	}
	out.Residents = make([]Touched, 0, min(len(r.Residents), keptResidents))
	for _, t := range r.Residents[:min(len(r.Residents), keptResidents)] {
		t.Person = Person{Resident: t.Resident}
		t.Starts = t.Starts[:min(len(t.Starts), keptStarts)]
		out.Residents = append(out.Residents, t)
	}
	nameless := func(list []Person) []Person {
		list = list[:min(len(list), keptResidents)]
		bare := make([]Person, len(list))
		for i, p := range list {
			bare[i] = Person{Resident: p.Resident}
		}
		return bare
	}
	out.Inside = nameless(r.Inside)
	out.Overlaps = make([]Overlap, len(r.Overlaps))
	for i, o := range r.Overlaps {
		o.Who = nameless(o.Who)
		out.Overlaps[i] = o
	}
	return &out
}

// Without gives the report for somebody to whom some playbooks are closed: nothing of it tells that these did anything.
func (r *Report) Without(closed func(hearth.PlaybookID) bool) *Report {
	out := *r
	out.Overlaps = []Overlap{}
	for _, o := range r.Overlaps {
		if !closed(o.Playbook) {
			out.Overlaps = append(out.Overlaps, o)
		}
	}
	if r.Difference == nil {
		return &out
	}
	d := *r.Difference
	d.Others = []Change{}
	for _, c := range r.Difference.Others {
		if !closed(c.Playbook) {
			d.Others = append(d.Others, c)
			continue
		}
		d.Starts, d.Messages, d.Tasks, d.Minutes = d.Starts-c.Starts, d.Messages-c.Messages, d.Tasks-c.Tasks, d.Minutes-c.Minutes
	}
	if len(d.Others) < len(r.Difference.Others) {
		d.Words = d.reworded(r.Difference.Words)
	}
	out.Difference = &d
	return &out
}

// reworded says the difference anew, with the sentence about the starts as it was.
func (d *Difference) reworded(was []string) []string {
	const seen, too = " these days would have seen ", "Other playbooks change too"
	with, _, _ := strings.Cut(strings.Join(was[:min(1, len(was))], ""), seen)
	words := []string{with + seen + list(more(d.Messages, "message"), more(d.Tasks, "task"), moreTime(d.Minutes), more(d.Starts, "start")) + "."}
	for _, w := range was[min(1, len(was)):] {
		if !strings.HasPrefix(w, too) {
			words = append(words, w)
		}
	}
	if len(d.Others) > 0 {
		words = append(words, too+", since residents' attention and the team's time are shared: "+others(d.Others)+".")
	}
	return words
}
