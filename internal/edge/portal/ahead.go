package portal

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

// What waits for a resident and what is coming, read from the log: packages, visits for repairs, rooms they have booked, and what
// will not work in the house.

// ahead is what the page shows.
type ahead struct {
	Packages []shelved
	Dates    []date
}

// shelved is a package, or several that came together, as the resident reads it.
type shelved struct{ Title, Where, Since string }

// date is something with a day.
type date struct {
	Icon, Title, When, Href string
	at                      time.Time
	outage                  bool // it concerns everybody in the home
}

// mostHappened bounds how far back the log is read for what is still open.
const mostHappened = 200

// lookAhead shows the page.
func (p *Portal) lookAhead(v *visit) (templ.Component, error) {
	var a ahead
	err := v.read(func(ctx context.Context, tx *db.Tx) error {
		boxes, err := v.boxes(ctx, tx)
		if err != nil {
			return err
		}
		for _, b := range boxes {
			a.Packages = append(a.Packages, v.shelved(b))
		}
		a.Dates, err = v.dates(ctx, tx)
		return err
	})
	return aheadPage(v, a), err
}

// boxes gives the packages that wait for the visitor. Whoever of the household picked one up that was told for the home has taken it.
func (v *visit) boxes(ctx context.Context, tx *db.Tx) ([]box, error) {
	home, err := v.p.Records.HouseholdOf(ctx, tx, v.who.ID)
	if err != nil {
		return nil, err
	}
	everybody := slices.Clone(v.person)
	for _, id := range home.Addressable() {
		if !v.mine(id) {
			everybody = append(everybody, id)
		}
	}
	told, err := v.p.Log.Timelines(ctx, tx, everybody, []hearth.EventType{"package.arrived", "package.collected"}, eventlog.Cursor{}, mostHappened)
	return waiting(told, v.mine, v.now), err
}

// shelved says a box in the visitor's words.
func (v *visit) shelved(b box) shelved {
	return shelved{Title: v.packages(b.count), Where: b.where, Since: v.T("ahead.since", "day", v.words.day(b.at.In(v.zone), v.now))}
}

// dates gives what is coming, the next first.
func (v *visit) dates(ctx context.Context, tx *db.Tx) ([]date, error) {
	var out []date
	orders, err := v.requests(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, o := range orders {
		if o.State == workorder.Scheduled && o.ScheduledFrom.After(v.now.Add(-12*time.Hour)) {
			pc := v.follow(o)
			out = append(out, date{Icon: "wrench", Title: pc.Title, When: pc.Line, Href: pc.Href, at: o.ScheduledFrom})
		}
	}
	told, err := v.p.Log.Timelines(ctx, tx, v.person, []hearth.EventType{"amenity.booked", "amenity.cancelled", "outage.announced", "outage.ended"}, eventlog.Cursor{}, mostHappened)
	if err != nil {
		return nil, err
	}
	for _, s := range booked(told, v.now) {
		out = append(out, date{Icon: "calendar", Title: s.what, When: v.span(s), at: s.from})
	}
	for _, s := range outages(told, v.now) {
		out = append(out, date{Icon: "triangle-alert", Title: v.outage(s.what), When: v.span(s), at: s.from, outage: true})
	}
	slices.SortStableFunc(out, func(a, b date) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.Title, b.Title)) })
	return out, nil
}

// outage says what does not work.
func (v *visit) outage(what string) string {
	if key := "outage." + what; v.words.has(key) {
		return v.T(key)
	}
	return v.T("outage.other")
}

// sum says in short what waits and what is coming, "" for nothing.
func (h hall) sum(v *visit) string {
	var parts []string
	if h.Packages > 0 {
		parts = append(parts, v.packages(h.Packages))
	}
	switch {
	case h.Coming == 1:
		parts = append(parts, v.T("ahead.date-one"))
	case h.Coming > 1:
		parts = append(parts, v.T("ahead.date-many", "n", strconv.Itoa(h.Coming)))
	}
	return strings.Join(parts, ", ")
}

// packages says how many.
func (v *visit) packages(n int) string {
	if n > 1 {
		return v.T("ahead.package-many", "n", strconv.Itoa(n))
	}
	return v.T("ahead.package-one")
}

// span says from when to when.
func (v *visit) span(s span) string {
	from, to := s.from.In(v.zone), s.to.In(v.zone)
	switch {
	case s.to.IsZero():
		return v.T("ahead.from", "day", v.words.day(from, v.now), "from", v.words.clock(from))
	case dayNumber(from) == dayNumber(to):
		return v.T("ahead.span", "day", v.words.day(from, v.now), "from", v.words.clock(from), "to", v.words.clock(to))
	}
	return v.T("ahead.days", "from", v.words.moment(from, v.now), "to", v.words.moment(to, v.now))
}
