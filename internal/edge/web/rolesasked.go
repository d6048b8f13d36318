package web

import (
	"context"
	"fmt"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
)

// askedRole is a role that waits for the viewer's yes, with the names to say it.
type askedRole struct {
	account.RoleAsk
	Who, By, Place string
}

// readAsked finds what waits for the viewer's yes. Nobody looks at a page of roles every day, so every page says it in the menu, and the first in words.
func (q *request) readAsked() error {
	if q.web.People == nil || q.Method != http.MethodGet || q.Header.Get("X-Fragment") != "" || !q.acc.May(account.RolesAgree, "") {
		return nil
	}
	return q.read(func(ctx context.Context, tx *db.Tx) error {
		q.asked = nil
		all, err := q.web.People.RolesFor(ctx, tx, q.acc)
		if err != nil {
			return err
		}
		for _, a := range all {
			r := askedRole{RoleAsk: a}
			for _, one := range []struct {
				id hearth.StaffID
				to *string
			}{{a.Staff, &r.Who}, {a.AskedBy, &r.By}} {
				m, err := q.web.Records.Staff(ctx, tx, one.id)
				if err != nil {
					return fmt.Errorf("read who is asked about: %w", err)
				}
				*one.to = m.Name
			}
			if a.Role.Property != q.place.ID {
				p, err := q.web.Records.Property(ctx, tx, a.Role.Property)
				if err != nil {
					return err
				}
				r.Place = p.Name
			}
			q.asked = append(q.asked, r)
		}
		return nil
	})
}

// askedHere counts what waits for the viewer's yes at the property that they look at.
func (q *request) askedHere() (n int) {
	for _, a := range q.asked {
		if a.Place == "" {
			n++
		}
	}
	return n
}

// askedNotes says what waits for the viewer's yes, property by property: one in full, several by their number.
func (q *request) askedNotes() []ui.Note {
	var out []ui.Note
	of := map[hearth.PropertyID]int{}
	for _, a := range q.asked {
		of[a.Role.Property]++
	}
	for _, a := range q.asked { // the oldest first
		n := of[a.Role.Property]
		if n == 0 {
			continue
		}
		of[a.Role.Property] = 0
		until := a.Asked.Add(account.RoleAskFor).In(q.zone).Format("2 January")
		words := fmt.Sprintf("%s asks that %s gets a role that takes two people: %s. It waits for a second person's yes until %s.", a.By, a.Who, roleWords(a.Role.Role), until)
		if n > 1 {
			words = fmt.Sprintf("%d roles that take two people wait for a second person's yes, the first until %s.", n, until)
		}
		if a.Place != "" {
			words = a.Place + ": " + words
		}
		out = append(out, ui.Note{Words: words, Shade: ui.Today, Icon: "user-check", More: ui.Link{Name: "Say yes or no", Href: "/roles?property=" + string(a.Role.Property)}})
	}
	return out
}
