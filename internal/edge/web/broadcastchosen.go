package web

import (
	"context"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/broadcast"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// castChosen is whom a broadcast is for who were chosen one by one.
type castChosen struct {
	IDs    []hearth.ResidentID
	People []ui.Link
	Left   []string // chosen, and not reached by a broadcast any more
}

// castChosen gives whom the form is for: those it names, or whom the viewer chose in the list; nil for neither.
func (q *request) castChosen() (*castChosen, error) {
	var c castChosen
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		var ids []hearth.ResidentID
		if q.FormValue("to") == listChosen {
			if ids, err = broadcast.Picked(ctx, tx, q.actor, q.place.ID); err != nil {
				return err
			}
		}
		for _, id := range q.Form["resident"] {
			ids = append(ids, hearth.ResidentID(id))
		}
		people, err := q.contacts(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			who, ok := people[id]
			switch {
			case !ok || who.Property != q.place.ID:
			case !broadcast.Reaches(who):
				c.Left = append(c.Left, who.Name())
			default:
				c.IDs = append(c.IDs, id)
			}
		}
		c.People = q.chosenLinks(c.IDs, people)
		return nil
	})
	if err != nil || len(c.IDs) == 0 {
		return nil, err
	}
	return &c, nil
}

// chosenLinks names people by their names, for those who may open their pages.
func (q *request) chosenLinks(ids []hearth.ResidentID, people map[hearth.ResidentID]record.Contact) []ui.Link {
	if !q.may(account.ResidentsRead) {
		return nil
	}
	var out []ui.Link
	for _, id := range ids {
		if c, ok := people[id]; ok {
			out = append(out, ui.Link{Name: strings.TrimSuffix(c.Name()+", "+c.UnitLabel, ", "), Href: "/residents/" + string(id)})
		}
	}
	slices.SortFunc(out, func(a, b ui.Link) int { return strings.Compare(a.Name, b.Name) })
	return out
}
