package web

import (
	"context"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// Of which communities another program hears: of some that are named, or of every one, those that come later too. Nobody has one hear of a
// community that they may not decide it for.

// hookPlace is a community that a program may be told of.
type hookPlace struct {
	ID, Name string
	On       bool
}

// hookScope is what the form asks about communities.
type hookScope struct {
	Places []hookPlace
	Each   bool // whoever asks may say "every one"
	Every  bool // it is said
	Wrong  string
}

// scopeChoices lists the communities that the viewer may have a program hear of; chosen are those it hears of by now.
func (q *request) scopeChoices(chosen []hearth.PropertyID, every bool) (s hookScope, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		if s.Each, err = q.mayEach(ctx, tx, account.WebhooksWrite); err != nil {
			return err
		}
		all, err := q.web.Records.Properties(ctx, tx)
		for _, p := range all {
			if q.acc.MayEverywhere(account.WebhooksWrite) || q.acc.May(account.WebhooksWrite, p.ID) {
				s.Places = append(s.Places, hookPlace{ID: string(p.ID), Name: p.Name, On: slices.Contains(chosen, p.ID)})
			}
		}
		return err
	})
	s.Every = every && s.Each
	return s, err
}

// scopeAsked reads of which communities the form has it hear; none is every one.
func (q *request) scopeAsked() (of []hearth.PropertyID, err error) {
	if q.field("every") != "" { // reads the form
		return nil, nil
	}
	for _, p := range q.Form["property"] {
		of = append(of, hearth.PropertyID(p))
	}
	if len(of) == 0 {
		err = hearth.FieldErrorf("properties", "Choose of which communities it hears.")
	}
	return of, err
}

// mayHooks tells whether the viewer decides about a program that hears of some communities; none is every one.
func (q *request) mayHooks(ctx context.Context, tx *db.Tx, of []hearth.PropertyID) (bool, error) {
	if len(of) == 0 {
		return q.mayEach(ctx, tx, account.WebhooksWrite)
	}
	return q.acc.MayEverywhere(account.WebhooksWrite) ||
		!slices.ContainsFunc(of, func(p hearth.PropertyID) bool { return !q.acc.May(account.WebhooksWrite, p) }), nil
}

// needHooks refuses whoever may not decide it for each of those communities.
func (q *request) needHooks(of []hearth.PropertyID) error {
	if q.web.Webhooks == nil {
		return hearth.Errorf(hearth.CodeUnavailable, "This program only shows what happened.")
	}
	may := false
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		may, err = q.mayHooks(ctx, tx, of)
		return err
	})
	if err == nil && !may {
		err = hearth.Errorf(hearth.CodeForbidden, "Another program hears what happens in these communities, and what residents write. Somebody who is property manager of each of them decides this.")
	}
	return err
}

// scopeWords says of which communities a program hears.
func scopeWords(of []hearth.PropertyID, places []record.Property) string {
	if len(of) == 0 {
		return "every community, also those that are added later"
	}
	names := make([]string, len(of))
	for i, id := range of {
		names[i] = string(id)
		if at := slices.IndexFunc(places, func(p record.Property) bool { return p.ID == id }); at >= 0 {
			names[i] = places[at].Name
		}
	}
	slices.Sort(names)
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return names[0]
}
