package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/account"
)

// playbookItem is a playbook in the list.
type playbookItem struct {
	ID        hearth.PlaybookID `json:"id"`
	Title     string            `json:"title"`
	State     string            `json:"state" enum:"active,retired,shipped" doc:"active: switched on. retired: switched off, runs go on. shipped: never switched on."`
	Version   int               `json:"version" doc:"The newest version here; 0 if it was never switched on."`
	Activated *time.Time        `json:"activated,omitempty"`
	Moment    string            `json:"moment"`
	Depth     hearth.Depth      `json:"depth"`
	Why       string            `json:"why" doc:"Why the team does this."`
	Words     []string          `json:"words" nullable:"false" doc:"What it does, line by line."`
	Active    int               `json:"active" doc:"Runs under way."`
	Ended     int               `json:"ended" doc:"Runs that came to their own end."`
	Left      int               `json:"left" doc:"Runs that an exit ended."`
}

func (a *API) addPlaybooks() {
	const tag = "Playbooks"
	add(a, about{http.MethodGet, "/playbooks", tag, "list-playbooks", "List playbooks",
		"Those that are or were switched on, and those that are shipped and wait to be.", account.ScopeRead}, a.listPlaybooks)
	add(a, about{http.MethodGet, "/playbooks/{id}/why", tag, "get-why", "Ask why a playbook did or did not start",
		"Condition by condition for one resident, with the values that were read, and what was decided before: as of now, or as of a past time, " +
			"when the conditions are evaluated again from what was recorded then. gaps says where that record is not complete.", account.ScopeRead}, a.getWhy)
}

func (a *API) listPlaybooks(ctx context.Context, in *Paging) (*list[playbookItem], error) {
	var stored []playbook.Stored
	var runs map[hearth.PlaybookID]map[playbook.RunState]int
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		if stored, err = playbook.Versions(ctx, tx); err != nil {
			return err
		}
		runs, err = playbook.Counts(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	byID := map[hearth.PlaybookID]playbook.Stored{}
	for id, text := range a.Library {
		byID[id] = playbook.Stored{ID: id, Text: string(text), State: "shipped"}
	}
	for _, s := range stored { // by version, so that the newest stays
		byID[s.ID] = s
	}
	if _, ok := byID[hearth.PlaybookID(in.Cursor)]; in.Cursor != "" && !ok {
		return nil, wrongCursor()
	}
	var page []playbookItem
	next := ""
	for _, id := range sortedKeys(byID) {
		if string(id) <= in.Cursor {
			continue
		}
		if len(page) == in.Limit {
			next = string(page[in.Limit-1].ID)
			break
		}
		item, err := playbookOf(byID[id])
		if err != nil {
			return nil, err
		}
		n := runs[id]
		item.Active, item.Ended, item.Left = n[playbook.RunActive], n[playbook.RunEnded], n[playbook.RunLeft]
		page = append(page, item)
	}
	return paged(page, next, func(p playbookItem) playbookItem { return p }), nil
}

func playbookOf(s playbook.Stored) (playbookItem, error) {
	def, err := playbook.Parse([]byte(s.Text))
	if err != nil {
		return playbookItem{}, err
	}
	return playbookItem{ID: s.ID, Title: def.Title, State: s.State, Version: s.Version, Activated: instant(s.Activated),
		Moment: def.Moment, Depth: def.Depth, Why: def.Why, Words: def.Words()}, nil
}

func (a *API) getWhy(ctx context.Context, in *struct {
	ID       string    `path:"id" maxLength:"100" doc:"The playbook's id."`
	Resident string    `query:"resident" required:"true" maxLength:"256" doc:"Hearth's own id of the resident, or the one that a source uses."`
	At       time.Time `query:"at" doc:"A past time; now if it is left out."`
}) (*one[*trigger.Explanation], error) {
	out := &one[*trigger.Explanation]{}
	err := a.read(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.Resident)
		if err != nil {
			return err
		}
		playbookID := hearth.PlaybookID(in.ID)
		if err := a.mayAsk(ctx, tx, playbookID); err != nil {
			return err
		}
		if in.At.IsZero() {
			out.Body, err = a.Engine.Why(ctx, tx, id, playbookID, a.Library[playbookID])
		} else {
			out.Body, err = a.Engine.WhyAt(ctx, tx, id, playbookID, a.Library[playbookID], in.At.UTC())
		}
		return err
	})
	return out, err
}
