package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// AsideKind says why a task is out of sight.
type AsideKind string

// The kinds.
const (
	Asleep  AsideKind = "asleep"  // until a time or an event
	Closing AsideKind = "closing" // somebody said that it is done, and may still take that back
	Refused AsideKind = "refused" // what was told could not be kept when the time had come; nothing of it is lost
)

// Aside is a task that was put aside by somebody.
type Aside struct {
	Task  hearth.TaskID
	Kind  AsideKind
	Until time.Time // zero: no time
	Event hearth.EventType
	Facts map[string]string // what was told
	Fault string            // a sentence, for Refused
	Made  time.Time
	Actor hearth.Actor
}

// TakeBackWithin is how long "done" can be taken back.
const TakeBackWithin = 10 * time.Second

const (
	putAside = `INSERT INTO task_asides (org, task, kind, resident, until, event, facts, fault, made, made_by, made_name)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, $10)
ON CONFLICT (org, task) DO UPDATE SET kind = excluded.kind, until = excluded.until, event = excluded.event, facts = excluded.facts,
fault = '', made = excluded.made, made_by = excluded.made_by, made_name = excluded.made_name`
	dropAside     = `DELETE FROM task_asides WHERE org = $1 AND task = $2 AND kind = $3`
	asideColumns  = `task, kind, until, event, facts, fault, made, made_by, made_name`
	selectAsides  = `SELECT ` + asideColumns + ` FROM task_asides WHERE org = $1 AND `
	wakeAsidesFor = `DELETE FROM task_asides WHERE org = $1 AND kind = 'asleep' AND event = $2 AND resident = $3`
	sleeping      = `SELECT DISTINCT event FROM task_asides WHERE org = $1 AND kind = 'asleep' AND event <> ''`
	refuseAside   = `UPDATE task_asides SET kind = 'refused', until = 0, fault = $1 WHERE org = $2 AND task = $3`
)

// Snooze puts a task to sleep until a time, until an event of a type about its resident, or until whichever comes first.
// Its due time stays, and so does what follows when that passes. It fails with CodeInvalid without either, for a time that
// is past, or for an event where the task is about nobody; CodeForbidden for somebody whose task it is not.
func (s *Store) Snooze(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID, until time.Time, event hearth.EventType) error {
	t, err := s.mine(ctx, tx, actor, id)
	if err != nil {
		return err
	}
	switch {
	case until.IsZero() && event == "":
		return hearth.FieldErrorf("until", "Say until when it sleeps: a time, or what must happen.")
	case !until.IsZero() && !until.After(tx.Now()):
		return hearth.FieldErrorf("until", "That time is past; choose a later one.")
	case event != "" && t.Resident == "":
		return hearth.FieldErrorf("event", "This task is about nobody, so nothing that a resident does can wake it. Choose a time.")
	}
	return s.putAside(ctx, tx, t, Aside{Kind: Asleep, Until: until, Event: event, Actor: actor})
}

// Wake ends a task's sleep. One that does not sleep stays as it is.
func (s *Store) Wake(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID) error {
	if _, err := s.mine(ctx, tx, actor, id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, dropAside, tx.Org(), string(id), string(Asleep)); err != nil {
		return fmt.Errorf("wake task %s: %w", id, err)
	}
	return nil
}

// DoneSoon closes a task after TakeBackWithin unless TakeBack comes first. What would be refused is refused at once, as
// Done does.
func (s *Store) DoneSoon(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID, facts map[string]string) error {
	t, _, err := s.closed(ctx, tx, actor, id, facts)
	if err != nil || t.again {
		return err
	}
	return s.putAside(ctx, tx, t.Task, Aside{Kind: Closing, Until: tx.Now().Add(TakeBackWithin), Facts: facts, Actor: actor})
}

// TakeBack undoes DoneSoon. It fails with CodeConflict when the task was closed meanwhile.
func (s *Store) TakeBack(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID) error {
	if _, err := s.mine(ctx, tx, actor, id); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, dropAside, tx.Org(), string(id), string(Closing))
	if err != nil {
		return fmt.Errorf("take back task %s: %w", id, err)
	}
	if n == 0 {
		return hearth.Errorf(hearth.CodeConflict, "It is too late to take that back: the task is closed, and what was learned is kept.")
	}
	return nil
}

// mine reads a task that is still to do and that the actor may change.
func (s *Store) mine(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID) (Task, error) {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return t, err
	}
	if t.State.Closed() {
		return t, hearth.Errorf(hearth.CodeConflict, "This task is %s already.", t.State)
	}
	manager, err := s.may(ctx, tx, actor, t)
	if err == nil && !manager && t.Owner != "" && string(t.Owner) != actor.ID {
		err = hearth.Errorf(hearth.CodeForbidden, "Only %s or a manager can do that.", s.nameOf(ctx, tx, t.Owner))
	}
	return t, err
}

func (s *Store) putAside(ctx context.Context, tx *db.Tx, t Task, a Aside) error {
	facts, err := json.Marshal(a.Facts)
	if err != nil {
		return fmt.Errorf("encode what was told: %w", err)
	}
	if _, err := tx.Exec(ctx, putAside, tx.Org(), string(t.ID), string(a.Kind), string(t.Resident), hearth.Millis(a.Until), string(a.Event),
		string(facts), hearth.Millis(tx.Now()), a.Actor.String(), a.Actor.Name); err != nil {
		return fmt.Errorf("put task %s aside: %w", t.ID, err)
	}
	return nil
}

// Asides gives those of the tasks that are put aside, by task.
func (s *Store) Asides(ctx context.Context, tx *db.Tx, ids []hearth.TaskID) (map[hearth.TaskID]Aside, error) {
	out := map[hearth.TaskID]Aside{}
	if len(ids) == 0 {
		return out, nil
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = string(id)
	}
	in, arg := tx.In("task", 2, keys)
	list, err := asides(tx.Query(ctx, selectAsides+in, tx.Org(), arg))
	if err != nil {
		return nil, fmt.Errorf("read what is put aside: %w", err)
	}
	for _, a := range list {
		out[a.Task] = a
	}
	return out, nil
}

func asides(rows *db.Rows, err error) ([]Aside, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Aside
	for rows.Next() {
		var a Aside
		var until, made int64
		var facts, by string
		if err := rows.Scan(&a.Task, &a.Kind, &until, &a.Event, &facts, &a.Fault, &made, &by, &a.Actor.Name); err != nil {
			return nil, err
		}
		name := a.Actor.Name
		a.Until, a.Made, a.Actor = hearth.FromMillis(until), hearth.FromMillis(made), hearth.ParseActor(by)
		a.Actor.Name = name
		if err := json.Unmarshal([]byte(facts), &a.Facts); err != nil {
			return nil, fmt.Errorf("decode what was told of task %s: %w", a.Task, err)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// Tend wakes what slept until a time that has come and closes what was said to be done long enough ago. What can't be
// closed any more, because somebody else closed it or changed it, is kept as Refused with the reason.
func (s *Store) Tend(ctx context.Context, d *db.DB) (more bool, err error) {
	var due []Aside
	err = d.Read(ctx, func(tx *db.Tx) (err error) {
		due, err = asides(tx.Query(ctx, selectAsides+`(kind = 'closing' OR kind = 'asleep' AND until > 0) AND until <= $2 ORDER BY until, task LIMIT 100`, tx.Org(), tx.Now()))
		return err
	})
	if err != nil || len(due) == 0 {
		return false, err
	}
	for _, a := range due {
		if err := d.Write(ctx, func(tx *db.Tx) error { return s.tend(ctx, tx, a) }); err != nil {
			return false, fmt.Errorf("tend task %s: %w", a.Task, err)
		}
	}
	return len(due) == 100, nil
}

func (s *Store) tend(ctx context.Context, tx *db.Tx, a Aside) error {
	// Only what still stands: it may have been taken back, or another node was first.
	n, err := tx.Exec(ctx, dropAside+` AND until > 0 AND until <= $4`, tx.Org(), string(a.Task), string(a.Kind), tx.Now())
	if err != nil || n == 0 || a.Kind != Closing {
		return err
	}
	err = s.Done(ctx, tx, a.Actor, a.Task, a.Facts)
	var told *hearth.Error
	if err == nil || !errors.As(err, &told) {
		return err
	}
	t, getErr := s.Get(ctx, tx, a.Task)
	if getErr != nil {
		return getErr
	}
	if err := s.putAside(ctx, tx, t, Aside{Kind: Closing, Facts: a.Facts, Actor: a.Actor}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, refuseAside, hearth.MessageOf(told), tx.Org(), string(a.Task))
	return err
}

// Sleepers gives the types of events for which tasks sleep.
func (s *Store) Sleepers(ctx context.Context, tx *db.Tx) (map[hearth.EventType]bool, error) {
	rows, err := tx.Query(ctx, sleeping, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("look for what tasks wait for: %w", err)
	}
	defer rows.Close()
	out := map[hearth.EventType]bool{}
	for rows.Next() {
		var t hearth.EventType
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		out[t] = true
	}
	return out, rows.Err()
}

// WakeFor wakes the tasks that sleep until an event of a type about the resident.
func (s *Store) WakeFor(ctx context.Context, tx *db.Tx, t hearth.EventType, r hearth.ResidentID) error {
	if _, err := tx.Exec(ctx, wakeAsidesFor, tx.Org(), string(t), string(r)); err != nil {
		return fmt.Errorf("wake tasks of %s: %w", r, err)
	}
	return nil
}

// Give makes somebody the owner of a task, in the name of the actor: its owner, a manager, or anybody of its role while
// nobody has it. It fails with CodeInvalid for somebody who has left or does not work at the property.
func (s *Store) Give(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID, to hearth.StaffID) error {
	t, err := s.mine(ctx, tx, actor, id)
	if err != nil {
		return err
	}
	m, err := s.records.Staff(ctx, tx, to)
	if err != nil {
		return err
	}
	here := false
	for _, r := range m.Roles {
		here = here || r.Property == t.Property
	}
	if m.Inactive || !here {
		return hearth.FieldErrorf("to", "%s does not work at this property; choose somebody who does.", m.Name)
	}
	if t.Owner == to {
		return nil
	}
	t.Owner, t.State, t.StandsInFor = to, Open, ""
	t.reach(time.Time{}, tx.Now()) // it reaches them now, whenever it was made: nothing of the night
	if by := actor.Name; by != "" {
		t.Context.Notes = append(t.Context.Notes, "Given to "+m.Name+" by "+by+".")
	}
	return update(ctx, tx, t)
}

// PutBack lays a task into its role's queue as it lay there before somebody took it or got it, in the name of the actor: the way back from Take and
// Give where nobody had it. Unlike Decline it looks for nobody else and tells nobody. Its due time goes on to be watched.
func (s *Store) PutBack(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID) error {
	t, err := s.mine(ctx, tx, actor, id)
	if err != nil || t.Owner == "" && t.State == Open {
		return err
	}
	t.Owner, t.State = "", Open
	return update(ctx, tx, t)
}
