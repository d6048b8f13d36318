package task

import (
	"context"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Done closes a task with what was learned and appends task.done with the facts' own events. Telling the same again, or
// nothing, of a task that is done changes nothing. It fails with CodeInvalid naming a fact that is missing, unreadable
// or not asked for, or "by" for a contact of nobody, CodeForbidden for somebody who is neither owner nor manager there, CodeConflict for a task that was
// cancelled, and for one that somebody has done already and told something else of.
func (s *Store) Done(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID, facts map[string]string) error {
	t, learned, err := s.closed(ctx, tx, actor, id, facts)
	if err != nil || t.again {
		return err
	}
	if err := update(ctx, tx, t.Task); err != nil {
		return fmt.Errorf("close task %s: %w", id, err)
	}
	return s.tellDone(ctx, tx, actor, t.Task, learned)
}

// closing is a task as it is once it is closed; again, when it was before and the same was told.
type closing struct {
	Task
	again bool
}

// closed gives the task as Done would leave it, and changes nothing.
func (s *Store) closed(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.TaskID, facts map[string]string) (c closing, learned map[string]string, err error) {
	t, err := lock(ctx, tx, id)
	if err != nil {
		return c, nil, fmt.Errorf("close task %s: %w", id, err)
	}
	if t.State.Closed() && t.State != Done {
		return c, nil, hearth.Errorf(hearth.CodeConflict, "This task was %s; there is nothing left to do.", t.State)
	}
	manager, err := s.may(ctx, tx, actor, t)
	if err != nil {
		return c, nil, fmt.Errorf("close task %s: %w", id, err)
	}
	zone, err := s.records.Zone(ctx, tx, t.Property)
	if err != nil {
		return c, nil, fmt.Errorf("close task %s: %w", id, err)
	}
	if t.State == Done {
		if sameFacts(t, facts) {
			return closing{Task: t, again: true}, nil, nil
		}
		return c, nil, hearth.Errorf(hearth.CodeConflict, "This task was done by %s on %s. What you tell now was not kept; record it on another task.",
			s.closer(ctx, tx, t), hearth.MomentWords(t.Closed, zone))
	}
	if !manager && t.Owner != "" && string(t.Owner) != actor.ID {
		return c, nil, hearth.Errorf(hearth.CodeForbidden, "Only %s or a manager can close this task.", s.nameOf(ctx, tx, t.Owner))
	}
	if learned, err = settle(t.Asks, facts, hearth.DayOf(tx.Now(), zone)); err != nil {
		return c, nil, err
	}
	t.State, t.Facts, t.Closed, t.ClosedBy = Done, map[string]string{}, tx.Now(), actor
	for _, a := range t.Asks {
		if v, ok := learned[a.Fact]; ok {
			t.Facts[a.Fact] = a.kept(v)
		}
	}
	if err := t.namesWhoSpoke(actor); err != nil {
		return c, nil, err
	}
	if t.Owner == "" && actor.Kind == "staff" {
		t.Owner = hearth.StaffID(actor.ID)
	}
	return closing{Task: t}, learned, nil
}

// closer names who closed a task: the member of the team, else the program.
func (s *Store) closer(ctx context.Context, tx *db.Tx, t Task) string {
	if t.ClosedBy.Kind == "staff" {
		return s.nameOf(ctx, tx, hearth.StaffID(t.ClosedBy.ID))
	}
	return actorName(t.ClosedBy)
}

// tellDone appends task.done and the own events of the facts, of which the task keeps less than what was learned.
func (s *Store) tellDone(ctx context.Context, tx *db.Tx, actor hearth.Actor, t Task, learned map[string]string) error {
	err := s.tell(ctx, tx, actor, t, "task.done",
		map[string]any{"task": string(t.ID), "kind": t.Kind, "facts": t.Facts, "playbook": string(t.Playbook)}, "")
	if err != nil || t.Resident == "" {
		return err
	}
	for _, a := range t.Asks {
		v, ok := learned[a.Fact]
		if !ok {
			continue
		}
		if err := s.tellFact(ctx, tx, actor, t, a, v); err != nil {
			return fmt.Errorf("fact %s of task %s: %w", a.Fact, t.ID, err)
		}
	}
	return nil
}

func (s *Store) tellFact(ctx context.Context, tx *db.Tx, actor hearth.Actor, t Task, a Ask, v string) error {
	kind, arg, _ := strings.Cut(a.Kind, ":")
	switch kind {
	case "contact":
		if !reached(v) {
			return nil
		}
		return s.tell(ctx, tx, actor, t, "contact.personal", map[string]any{"staff": t.doer(actor), "kind": v, "task": string(t.ID)}, a.Fact)
	case "preference":
		_, err := s.records.PutPreference(ctx, tx, record.News{Source: "hearth/act/task", Actor: actor, Cause: string(t.ID)},
			record.Preference{Resident: t.Resident, Name: arg, Value: v})
		return err
	case "detail":
		if v == "no" {
			return nil
		}
		_, err := s.records.PutDetail(ctx, tx, record.News{Source: "hearth/act/task", Actor: actor, Cause: string(t.ID)}, t.Resident, arg, v)
		return err
	case "promise":
		if v == "no" {
			return nil
		}
		due, text, err := readPromise(a.Fact, v)
		if err != nil {
			return err
		}
		zone, err := s.records.Zone(ctx, tx, t.Property)
		if err != nil {
			return err
		}
		id := PromiseID(t.ID, a.Fact)
		end := (due + 1).Start(zone).UTC() // a promise for a day is good until that day is over
		return s.tell(ctx, tx, actor, t, "promise.made", map[string]any{"promise": id, "text": text,
			"due": end.Format("2006-01-02T15:04:05Z07:00"), "task": string(t.ID)}, a.Fact)
	}
	return nil
}

// namesWhoSpoke refuses a contact that nobody of the team is known to have had: contacts count people, not programs.
func (t Task) namesWhoSpoke(actor hearth.Actor) error {
	if t.Resident == "" || t.doer(actor) != "" {
		return nil
	}
	for _, a := range t.Asks {
		if v, ok := t.Facts[a.Fact]; ok && a.Kind == "contact" && reached(v) {
			return hearth.FieldErrorf("by", "Say who of the team spoke with them: --as NAME with the command, by in a request. The task has no owner.")
		}
	}
	return nil
}

// doer is the member of the team who did it: the actor, else the owner for whom a program closed it, "" if there is
// neither.
func (t Task) doer(actor hearth.Actor) string {
	if actor.Kind == "staff" {
		return actor.ID
	}
	return string(t.Owner)
}
