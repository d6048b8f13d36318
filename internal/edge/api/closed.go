package api

import (
	"context"
	"slices"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
)

// openEvents leaves out what the sender is not told of.
func openEvents(ctx context.Context, events []*hearth.Event) []*hearth.Event {
	if maySealed(ctx) {
		return events
	}
	return slices.DeleteFunc(slices.Clone(events), func(ev *hearth.Event) bool { return eventlog.Closed(ev.Type) })
}

// closedPlaybooks gives those whose starts the sender is not told of.
func (a *API) closedPlaybooks(ctx context.Context, tx *db.Tx) (map[hearth.PlaybookID]bool, error) {
	if maySealed(ctx) {
		return nil, nil
	}
	all, err := a.traits.Among(ctx, tx)
	closed := map[hearth.PlaybookID]bool{}
	for id, t := range all {
		if t.Closed {
			closed[id] = true
		}
	}
	return closed, err
}

// openDecisions takes out of decisions what would say that somebody was worried.
func openDecisions(list []decision.Decision, closed map[hearth.PlaybookID]bool) {
	for i, d := range list {
		if closed[d.Playbook] {
			list[i] = decision.Decision{ID: d.ID, Resident: d.Resident, Property: d.Property, At: d.At, Stage: d.Stage, Outcome: d.Outcome, Reason: playbook.ClosedWords}
		}
	}
}

// mayAsk fails with CodeForbidden for a playbook that would tell the sender whom somebody was worried about.
func (a *API) mayAsk(ctx context.Context, tx *db.Tx, id hearth.PlaybookID) error {
	closed, err := a.closedPlaybooks(ctx, tx)
	if err != nil || !closed[id] {
		return err
	}
	return hearth.Errorf(hearth.CodeForbidden, "For whom this playbook starts is told only to those to whom it is open. It takes the scope situations:reason.")
}
