package web

import (
	"context"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/broadcast"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// One thing can be said at several properties at once, by whoever may at each of them.

// castPlace is a property at which something can be said to many.
type castPlace struct {
	ID     hearth.PropertyID
	Name   string
	Chosen bool
}

// castPlaces gives the properties at which the viewer may say something to many; none where that is one.
func (q *request) castPlaces() ([]castPlace, error) {
	var all []record.Property
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		all, err = q.web.Records.Properties(ctx, tx)
		return err
	})
	chosen := q.castAt()
	var out []castPlace
	for _, p := range all {
		if q.acc.May(account.BroadcastsWrite, p.ID) {
			out = append(out, castPlace{p.ID, p.Name, slices.Contains(chosen, p.ID) || len(chosen) == 0 && p.ID == q.place.ID})
		}
	}
	if len(out) < 2 {
		return nil, err
	}
	return out, err
}

// castAt gives the properties that the form names.
func (q *request) castAt() []hearth.PropertyID {
	if err := q.ParseForm(); err != nil {
		return nil
	}
	var out []hearth.PropertyID
	for _, id := range q.Form["at"] {
		out = append(out, hearth.PropertyID(id))
	}
	return out
}

// mayAt tells at which properties the viewer has a right.
func (q *request) mayAt(r right) broadcast.May {
	return func(at hearth.PropertyID) bool { return q.acc.May(r, at) }
}

func (q *request) makeJoint(p broadcast.Plan, at []hearth.PropertyID) (outcome, error) {
	j, err := q.web.Broadcasts.MakeJoint(q.Context(), q.actor, p, at, q.mayAt(account.BroadcastsWrite))
	if hearth.CodeOf(err) == hearth.CodeInvalid {
		form, drawn := q.newBroadcast(err)
		if drawn != nil {
			return outcome{}, drawn
		}
		return outcome{}, wrongForm{form}
	}
	return outcome{said: "Written down. Nothing was sent.", next: "/broadcasts/joint/" + j.ID + "?ahead=1"}, err
}

// jointView is one thing said at several properties, ready to be drawn.
type jointView struct {
	castView
	Places []jointPlace
	// Query names a property at which the viewer may send, or say yes: the forms are sent for it.
	Send, Approve string
}

// jointPlace is what it is at one property.
type jointPlace struct {
	Name, Href, Words string
	Chip              ui.Chip
	Facts             []ui.Fact
	Left              []castLeft
}

// oneJoint shows it, with the properties that the viewer may look at.
func (q *request) oneJoint() (templ.Component, error) {
	j, results, team, words, err := q.readJoint()
	if err != nil {
		return nil, err
	}
	v := q.jointView(j, team)
	v.Text = words
	if v.Draft || v.Asked {
		if q.URL.Query().Get("ahead") != "" {
			err = q.jointAhead(j, &v)
		}
		return jointPage(q.frame(v.Title, "/broadcasts"), v), err
	}
	people, asked := 0, 0
	for i := range v.Places {
		b := q.seenParts(j)[i]
		one := castView{}
		one.result(b.Broadcast, results[b.ID])
		v.Places[i].Words, v.Places[i].Facts, v.Places[i].Left = one.Progress, one.Results, one.Left
		people, asked = people+b.People, asked+b.Next
	}
	if people > 0 {
		v.Percent = 100 * asked / people
	}
	v.Progress = strconv.Itoa(asked) + " of " + count(people, "person", "people") + " put to the desk"
	return jointPage(q.frame(v.Title, "/broadcasts"), v), nil
}

// seenParts gives the parts at whose properties the viewer may see what was said.
func (q *request) seenParts(j broadcast.Joint) []broadcast.Part {
	var out []broadcast.Part
	for _, p := range j.Parts {
		if q.acc.May(account.BroadcastsRead, p.Property) {
			out = append(out, p)
		}
	}
	return out
}

func (q *request) readJoint() (j broadcast.Joint, results map[string]broadcast.Result, team map[hearth.StaffID]string, words string, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		if j, err = q.web.Broadcasts.Joint(ctx, tx, q.PathValue("joint")); err != nil {
			return err
		}
		seen := q.seenParts(j)
		if len(seen) == 0 {
			return hearth.Errorf(hearth.CodeNotFound, "There is nothing at this address.")
		}
		t, err := q.web.Broadcasts.Desk.Template(ctx, tx, seen[0].Template)
		if err != nil {
			return err
		}
		words = t.Languages["en"].Subject + "\n\n" + t.Languages["en"].Body
		results = map[string]broadcast.Result{}
		for _, p := range seen {
			if results[p.ID], err = q.web.Broadcasts.Outcome(ctx, tx, p.Broadcast); err != nil {
				return err
			}
		}
		team, err = q.teamNames(ctx, tx)
		return err
	})
	return j, results, team, words, err
}

func (q *request) jointView(j broadcast.Joint, team map[hearth.StaffID]string) jointView {
	seen := q.seenParts(j)
	v := jointView{castView: q.castView(seen[0].Broadcast, team)}
	v.ID, v.To = j.ID, v.To+", at "+count(len(j.Parts), "property", "properties")
	v.Draft, v.Asked, v.Running, v.Stop = false, false, false, false
	for _, p := range seen {
		v.Draft, v.Asked = v.Draft || p.State == broadcast.Draft, v.Asked || p.State == broadcast.Asked
		v.Stop = v.Stop || p.State != broadcast.Stopped && p.State != broadcast.Draft && q.acc.May(account.BroadcastsWrite, p.Property)
		here := p.Property == q.place.ID // the forms leave the viewer where they are, if they may there
		if (v.Send == "" || here) && q.acc.May(account.BroadcastsWrite, p.Property) {
			v.Send = "?property=" + string(p.Property)
		}
		if (v.Approve == "" || here) && p.State == broadcast.Asked && q.acc.May(account.BroadcastsMany, p.Property) {
			v.Approve = "?property=" + string(p.Property)
		}
		v.Places = append(v.Places, jointPlace{Name: p.Place, Href: "/broadcasts/" + p.ID, Chip: castChip(p.State)})
	}
	v.May = v.Send != "" && !slices.ContainsFunc(j.Parts, func(p broadcast.Part) bool {
		return p.State == broadcast.Draft && !q.acc.May(account.BroadcastsWrite, p.Property)
	})
	return v
}

// jointAhead asks the desk about everybody who is meant, at each property.
func (q *request) jointAhead(j broadcast.Joint, v *jointView) error {
	all, f, err := q.web.Broadcasts.ForetellJoint(q.Context(), j.ID)
	if err != nil {
		return err
	}
	v.Ahead = q.wouldBe(f.All)
	v.Ahead.Left = nil // each property says its own below
	n := 0
	for i, p := range all.Parts {
		if !q.acc.May(account.BroadcastsRead, p.Property) {
			continue
		}
		one, place := q.wouldBe(f.Parts[i]), &v.Places[n]
		n++
		facts := one.Facts[1:]
		if err := q.localUntil(facts, f.Parts[i], p); err != nil {
			return err
		}
		place.Words, place.Facts, place.Left = one.Facts[0].Value, facts, one.Left
	}
	return nil
}

// localUntil says in the last of the facts, where it stands there, when the last one goes by the property's own clock.
func (q *request) localUntil(facts []ui.Fact, f broadcast.Forecast, p broadcast.Part) error {
	if f.Until.IsZero() {
		return nil
	}
	return q.read(func(ctx context.Context, tx *db.Tx) error {
		zone, err := q.web.Records.Zone(ctx, tx, p.Property)
		if err == nil {
			facts[len(facts)-1].Value = page.When(f.Until, q.now, zone) + " there"
		}
		return err
	})
}

func (q *request) jointPath() string { return "/broadcasts/joint/" + q.PathValue("joint") }

// sendJoint sends it, if the number that was typed is that of the people who are meant now.
func (q *request) sendJoint() (outcome, error) {
	id := q.PathValue("joint")
	n, err := q.web.Broadcasts.CountJoint(q.Context(), id)
	if err != nil {
		return outcome{}, err
	}
	if typed, err := strconv.Atoi(q.field("count")); err != nil || typed != n {
		return outcome{}, hearth.FieldErrorf("count", "Type how many it is for: it is for %s now. Nothing was sent.", count(n, "person", "people"))
	}
	j, err := q.web.Broadcasts.SendJoint(q.Context(), q.actor, id, q.mayAt(account.BroadcastsWrite))
	said := "It is under way at all of them. It can be stopped half-way."
	if slices.ContainsFunc(j.Parts, func(p broadcast.Part) bool { return p.State == broadcast.Asked }) {
		said = "It waits for a second person's yes. Nothing was sent yet."
	}
	return outcome{said: said, next: q.jointPath()}, err
}

func (q *request) approveJoint() (outcome, error) {
	j, err := q.web.Broadcasts.ApproveJoint(q.Context(), q.actor, q.PathValue("joint"), q.mayAt(account.BroadcastsMany))
	said := "It is under way. It can be stopped half-way."
	if slices.ContainsFunc(j.Parts, func(p broadcast.Part) bool { return p.State == broadcast.Asked }) {
		said = "It is under way where you may say yes. The others wait for somebody who may there."
	}
	return outcome{said: said, next: q.jointPath()}, err
}

func (q *request) stopJoint() (outcome, error) {
	_, taken, err := q.web.Broadcasts.StopJoint(q.Context(), q.actor, q.PathValue("joint"), q.mayAt(account.BroadcastsWrite))
	return outcome{said: "Stopped. " + count(taken, "message was", "messages were") + " taken back.", next: q.jointPath()}, err
}
