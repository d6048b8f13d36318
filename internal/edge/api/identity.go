package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/identity"
)

// proposalItem is a pair of residents who may be one person.
type proposalItem struct {
	ID          string         `json:"id"`
	Residents   []personItem   `json:"residents" nullable:"false" doc:"The two, the one known longer first: under that one both would be seen."`
	Probability float64        `json:"probability" doc:"That they are one person, from 0 to 1."`
	Else        string         `json:"else" doc:"What else they are likely to be."`
	Words       string         `json:"words" doc:"The evidence in one sentence."`
	Evidence    []evidenceItem `json:"evidence" nullable:"false"`
	State       identity.State `json:"state" enum:"open,same,different,gone"`
	Made        *time.Time     `json:"made,omitempty"`
	Decided     *time.Time     `json:"decided,omitempty"`
	DecidedBy   string         `json:"decided_by,omitempty"`
}

type personItem struct {
	ID        hearth.ResidentID `json:"id"`
	Name      string            `json:"name"`
	UnitLabel string            `json:"unit_label,omitempty"`
}

type evidenceItem struct {
	Field string  `json:"field"`
	Words string  `json:"words"`
	Bits  float64 `json:"bits" doc:"Above 0 it speaks for one person, below against: beside what else they are likely to be."`
}

// mergedItem is a resident who is seen under another.
type mergedItem struct {
	ID       hearth.ResidentID `json:"id"`
	Name     string            `json:"name"`
	Evidence string            `json:"evidence,omitempty" doc:"Why they were taken for one person."`
	By       string            `json:"by,omitempty"`
	At       *time.Time        `json:"at,omitempty"`
}

func (a *API) addIdentity() {
	const tag = "Identity"
	add(a, about{http.MethodGet, "/identity/proposals", tag, "list-identity-proposals", "List residents who may be one person",
		"Pairs that wait for a person's decision, with the evidence for and against; with state also those that were decided.", account.ScopeRead}, a.listProposals)
	add(a, about{http.MethodPost, "/identity/proposals/{id}", tag, "decide-identity-proposal", "Decide on a proposal",
		"same: both are seen under the one known longer, nothing of either is changed. different: they stay apart and are not proposed again " +
			"unless what was compared changes. Telling the same again changes nothing.", account.ScopeTasks}, a.decideProposal)
	add(a, about{http.MethodPost, "/residents/{id}/unmerge", tag, "unmerge-resident", "Take a merge back",
		"The resident stands alone again. Both are as they would have been without the merge.", account.ScopeTasks}, a.unmerge)
}

func (a *API) listProposals(ctx context.Context, in *struct {
	Paging
	State string `query:"state" enum:"open,same,different,gone" doc:"Open if left out."`
}) (*list[proposalItem], error) {
	if in.Cursor != "" && !strings.HasPrefix(in.Cursor, "idp_") {
		return nil, wrongCursor()
	}
	state := identity.State(in.State)
	if state == "" {
		state = identity.Open
	}
	var items []proposalItem
	err := a.read(ctx, func(tx *db.Tx) error {
		found, err := a.Identity.List(ctx, tx, state, in.Cursor, in.Limit+1)
		if err != nil {
			return err
		}
		items, err = a.proposals(ctx, tx, found)
		return err
	})
	if err != nil {
		return nil, err
	}
	next := ""
	if len(items) > in.Limit {
		items = items[:in.Limit]
		next = items[in.Limit-1].ID
	}
	return paged(items, next, func(p proposalItem) proposalItem { return p }), nil
}

// proposals adds who the residents are.
func (a *API) proposals(ctx context.Context, tx *db.Tx, found []identity.Proposal) ([]proposalItem, error) {
	var ids []hearth.ResidentID
	for _, p := range found {
		ids = append(ids, p.A, p.B)
	}
	contacts, err := a.Records.Contacts(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]proposalItem, len(found))
	for i, p := range found {
		item := proposalItem{ID: p.ID, Probability: p.Probability, Else: p.Else, Words: identity.Sentence(p.Evidence), Evidence: []evidenceItem{},
			State: p.State, Made: instant(p.Made), Decided: instant(p.Decided)}
		if p.State != identity.Open {
			item.DecidedBy = p.Actor.String()
		}
		for _, id := range []hearth.ResidentID{p.A, p.B} {
			item.Residents = append(item.Residents, personItem{ID: id, Name: contacts[id].Name(), UnitLabel: contacts[id].UnitLabel})
		}
		for _, e := range p.Evidence {
			item.Evidence = append(item.Evidence, evidenceItem{e.Field, e.Words, e.Weight})
		}
		out[i] = item
	}
	return out, nil
}

func (a *API) decideProposal(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Decision identity.State `json:"decision" enum:"same,different"`
	}
}) (*one[proposalItem], error) {
	out := &one[proposalItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		p, err := a.Identity.Decide(ctx, tx, actorOf(ctx), in.ID, in.Body.Decision)
		if err != nil {
			return err
		}
		items, err := a.proposals(ctx, tx, []identity.Proposal{p})
		if err == nil {
			out.Body = items[0]
		}
		return err
	})
	return out, err
}

func (a *API) unmerge(ctx context.Context, in *ResidentPath) (*one[residentFull], error) {
	out := &one[residentFull]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if _, err := a.Identity.Unmerge(ctx, tx, actorOf(ctx), id); err != nil {
			return err
		}
		out.Body, err = a.fullResident(ctx, tx, id)
		return err
	})
	return out, err
}

// under gives who is seen under the resident of a filter, if it names one.
func (a *API) under(ctx context.Context, tx *db.Tx, id hearth.ResidentID) ([]hearth.ResidentID, error) {
	if id == "" {
		return nil, nil
	}
	person, err := a.seenUnder(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	return person[1:], nil
}

// seenUnder gives whose events and facts are seen under a resident: theirs, and those of who is merged into them.
func (a *API) seenUnder(ctx context.Context, tx *db.Tx, id hearth.ResidentID) ([]hearth.ResidentID, error) {
	merged, err := a.Records.MergedInto(ctx, tx, id)
	person := []hearth.ResidentID{id}
	for _, m := range merged {
		person = append(person, m.Resident)
	}
	return person, err
}

// addMerged says of a resident with whom they are one person, and gives who is seen under them.
func (a *API) addMerged(ctx context.Context, tx *db.Tx, id hearth.ResidentID, full *residentFull) ([]hearth.ResidentID, error) {
	into, ok, err := a.Records.MergeOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	full.Merged = []mergedItem{}
	if ok {
		full.MergedInto = into.Kept
		return []hearth.ResidentID{id}, nil
	}
	merged, err := a.Records.MergedInto(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	person := []hearth.ResidentID{id}
	for _, m := range merged {
		r, err := a.Records.Resident(ctx, tx, m.Resident)
		if err != nil {
			return nil, err
		}
		full.Merged = append(full.Merged, mergedItem{ID: m.Resident, Name: r.Name(), Evidence: m.Evidence, By: m.Actor.String(), At: instant(m.At)})
		person = append(person, m.Resident)
	}
	return person, nil
}
