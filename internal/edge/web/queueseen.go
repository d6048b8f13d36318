package web

import (
	"context"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// What was gathered for a task is gathered for whoever does it. Others who open it see of the resident what their role sees anywhere.

// entryFacts are the facts of a task that say how to come in.
func entryFacts() []string {
	return []string{"Come to the door", "Before coming", "Coming in", "Animals"}
}

// narrowTask leaves in a task what the viewer's role may see of its resident: by the policy's rows name, entry, history and messages.
func (q *request) narrowTask(t task.Task, who record.Contact) (task.Task, error) {
	if t.Resident == "" {
		return t, nil
	}
	facts := make([]task.Fact, 0, len(t.Context.Facts))
	name := who.Name()
	if who.ID == "" {
		name = "Somebody"
	}
	for _, f := range t.Context.Facts {
		if at := q.sees(account.FieldName, t.Property); f.Name == "Resident" && at != account.SeesAll && at != account.SeesOwn {
			f.Value = name
		}
		facts = append(facts, f)
	}
	t.Context.Facts = facts
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		people := []hearth.ResidentID{t.Resident}
		entry, err := q.withinAt(ctx, tx, account.FieldEntry, t.Property, people)
		if err != nil {
			return err
		}
		if !entry {
			t.Context.Facts = slices.DeleteFunc(t.Context.Facts, func(f task.Fact) bool { return slices.Contains(entryFacts(), f.Name) })
		}
		past, err := q.withinAt(ctx, tx, account.FieldHistory, t.Property, people)
		if err != nil {
			return err
		}
		if !past {
			t.Context.History = nil
		}
		said, err := q.withinAt(ctx, tx, account.FieldMessages, t.Property, people)
		if err == nil && !said {
			t.Context.Said = nil
			if !q.doesTask(t) {
				t.Draft = ""
			}
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("read what the viewer may see of a task: %w", err)
	}
	return t, err
}

// doesTask tells whether a task is the viewer's, or waits for somebody of their role.
func (q *request) doesTask(t task.Task) bool {
	return q.staff != "" && t.Owner == q.staff || t.Owner == "" && q.hasRole(t.Role)
}
