package web

import (
	"context"
	"net/url"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/broadcast"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// Residents are chosen one by one in their list, and written to as one broadcast. The choice is kept here and not in the page, so that it
// outlives a search, the next page, and a look at somebody.

// listChosen is the list of those who are chosen.
const listChosen = "chosen"

// choice is whom the viewer chose so far.
type choice struct {
	May  bool // the viewer may choose
	Back string
	Some bool // somebody on this page can be chosen
	ids  []hearth.ResidentID
}

// Count is how many are chosen.
func (c choice) Count() int { return len(c.ids) }

// Full tells that nobody else can be chosen.
func (c choice) Full() bool { return len(c.ids) >= broadcast.MostPicked }

// choiceOf reads whom the viewer chose here.
func (q *request) choiceOf(v *peopleView) error {
	if q.web.Broadcasts == nil || !q.may(account.BroadcastsWrite) || v.Segment == listPast {
		return nil
	}
	v.Choice.May = true
	u := url.Values{}
	for _, name := range []string{"q", "list", "after"} {
		if value := q.field(name); value != "" {
			u.Set(name, value)
		}
	}
	if v.Choice.Back = "/residents"; len(u) > 0 {
		v.Choice.Back += "?" + u.Encode()
	}
	return q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		v.Choice.ids, err = broadcast.Picked(ctx, tx, q.actor, q.place.ID)
		return err
	})
}

// mark says of each row whether it can be chosen, and is: a broadcast goes to those who live at one community today.
func (c *choice) mark(at hearth.PropertyID, found []record.Contact, rows []personRow) {
	if !c.May {
		return
	}
	chosen := map[hearth.ResidentID]bool{}
	for _, id := range c.ids {
		chosen[id] = true
	}
	for i, who := range found {
		rows[i].Ticked = chosen[who.ID]
		rows[i].Tick = rows[i].Ticked || who.Property == at && broadcast.Reaches(who)
		c.Some = c.Some || rows[i].Tick
	}
}

// choosePeople takes the boxes of one page: who of those that it shows is chosen, and who is not.
func (q *request) choosePeople() (outcome, error) {
	all := q.field("all") != ""
	ticked := map[string]bool{}
	for _, id := range q.Form["who"] {
		ticked[id] = true
	}
	var on, off []hearth.ResidentID
	for _, id := range q.Form["shown"] {
		if all || ticked[id] {
			on = append(on, hearth.ResidentID(id))
		} else {
			off = append(off, hearth.ResidentID(id))
		}
	}
	var chosen []hearth.ResidentID
	err := q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		if q.field("none") != "" {
			return broadcast.Unpick(ctx, tx, q.actor, q.place.ID)
		}
		if err := broadcast.Pick(ctx, tx, q.actor, q.place.ID, on, off); err != nil {
			return err
		}
		chosen, err = broadcast.Picked(ctx, tx, q.actor, q.place.ID)
		return err
	})
	if err != nil || q.field("then") != "write" {
		return outcome{next: q.back("/residents")}, err
	}
	if len(chosen) == 0 {
		return outcome{said: "Nobody is chosen yet. Tick whom you would like to write to."}, nil
	}
	return outcome{next: "/broadcasts/new?to=" + listChosen}, nil
}
