package task

import (
	"context"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// tellDone appends task.done and the facts' own events.
func (s *Store) tellDone(ctx context.Context, tx *db.Tx, actor hearth.Actor, t Task) error {
	err := s.tell(ctx, tx, actor, t, "task.done",
		map[string]any{"task": string(t.ID), "kind": t.Kind, "facts": t.Facts, "playbook": string(t.Playbook)}, "")
	if err != nil || t.Resident == "" {
		return err
	}
	for _, a := range t.Asks {
		v, ok := t.Facts[a.Fact]
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
		id := hearth.DeriveID("prm_", string(t.ID), a.Fact)
		end := (due + 1).Start(zone).UTC() // a promise for a day is good until that day is over
		return s.tell(ctx, tx, actor, t, "promise.made", map[string]any{"promise": id, "text": text,
			"due": end.Format("2006-01-02T15:04:05Z07:00"), "task": string(t.ID)}, a.Fact)
	}
	return nil
}

// doer is the member of the team who did it: the actor, else the owner for whom a program closed it, else the actor
// in whatever form it has.
func (t Task) doer(actor hearth.Actor) string {
	if actor.Kind == "staff" {
		return actor.ID
	}
	if t.Owner != "" {
		return string(t.Owner)
	}
	return actor.String()
}
