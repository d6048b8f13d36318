package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// refusedView is who wants no more of what, over all channels.
type refusedView struct {
	Lists []ui.Link
	Rows  []refusedRow
	More  int
}

type refusedRow struct {
	People []ui.Link // whom it binds
	What   string    // "Everything by text"
	How    string    // how it was told, and by whom it was recorded
	Said   string    // their words
	When   string
	At     string
	Chip   ui.Chip // what a person has still to do about it
}

const refusedShown = 200

func (q *request) refused() (templ.Component, error) {
	v := refusedView{}
	var all []consent.Refusal
	people := map[hearth.ResidentID]record.Contact{}
	team := map[hearth.StaffID]string{}
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if q.place.ID == "" {
			return nil
		}
		if all, err = q.web.Consent.Refusals(ctx, tx, q.web.Records, q.place.ID); err != nil {
			return err
		}
		v.More = max(0, len(all)-refusedShown)
		all = all[:min(len(all), refusedShown)]
		var ids []hearth.ResidentID
		for _, r := range all {
			ids = append(ids, r.People...)
		}
		if people, err = q.web.Records.Contacts(ctx, tx, ids); err != nil {
			return err
		}
		members, err := q.web.Records.StaffAt(ctx, tx, q.place.ID)
		for _, m := range members {
			team[m.ID] = m.Name
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list who wants no more of what: %w", err)
	}
	for _, r := range all {
		v.Rows = append(v.Rows, q.refusedRow(r, people, team))
	}
	if v.Lists, err = q.peopleLists(&peopleView{Segment: listRefused}); err != nil {
		return nil, fmt.Errorf("count residents in lists: %w", err)
	}
	return refusedPage(q.frame("Residents", "/residents"), v), nil
}

func (q *request) refusedRow(r consent.Refusal, people map[hearth.ResidentID]record.Contact, team map[hearth.StaffID]string) refusedRow {
	x := refusedRow{What: r.ScopeWords() + " " + byChannels(r.Channels), How: r.HowWords(), When: page.When(r.At, q.now, q.zone), At: r.At.UTC().Format(time.RFC3339)}
	for _, id := range r.People {
		c := people[id]
		name := q.calledAt(c)
		if c.UnitLabel != "" {
			name += " · " + c.UnitLabel
		}
		x.People = append(x.People, ui.Link{Name: name, Href: "/residents/" + string(id)})
	}
	if r.Actor.Kind == "staff" {
		x.How += "; recorded by " + nameOfActor(r.Actor, team)
	}
	x.How += "."
	if q.sees(account.FieldMessages, q.place.ID) == account.SeesAll {
		x.Said = short(r.Said, 160)
	}
	if r.Pending() {
		x.What += ", until somebody has read what they meant"
		x.Chip = ui.Chip{Word: "somebody has to read it", Shade: ui.Today, Icon: "clock"}
		if !r.Due.IsZero() {
			x.Chip.Word += " by " + longDay(hearth.DayOf(r.Due, q.zone))
		}
	}
	return x
}

// byChannels says by which ways; all six are every way.
func byChannels(list []hearth.Channel) string {
	if len(list) >= 5 {
		return "by any way"
	}
	var names []string
	for _, ch := range list {
		if n := channelName(ch); n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return "by " + strings.Join(names, " and ")
}
