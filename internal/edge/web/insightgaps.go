package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/quality"
	"hearth/internal/fact/record"
	"hearth/internal/learn/metric"
)

// gapsView is what is not known, by the moment at which it can be asked.
type gapsView struct {
	Lead   string
	Groups []gapGroup
	Fields []gapField
	Named  bool
	// Complete names the moments at which nothing is missing.
	Complete string
}

// gapGroup is what is missing at one moment.
type gapGroup struct {
	ID, Title string
	Ask       string // how and when it is asked
	Count     string
	Rows      []gapRow
	More      int
}

type gapRow struct{ Name, Home, Href, Words, When string }

type gapField struct {
	Name, Words string
	Percent     int
}

const gapsShown = 25

func (q *request) insightGaps() (templ.Component, error) {
	v := gapsView{Lead: "What is missing, by the next moment at which it is natural to ask.", Named: q.may(account.ResidentsRead)}
	if q.web.Quality == nil || q.place.ID == "" {
		return insightGapsPage(q.frame("Insight", "/insight"), v), nil
	}
	var r quality.Report
	var service []quality.Finding
	people := map[hearth.ResidentID]record.Contact{}
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if r, err = q.web.Quality.Report(ctx, tx, q.place.ID); err != nil {
			return err
		}
		if service, err = q.serviceGaps(ctx, tx); err != nil {
			return err
		}
		people, err = q.web.Records.Contacts(ctx, tx, shownOf(append(service, r.Findings...)))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what is not known: %w", err)
	}
	var whole []string
	for _, g := range gapGroups() {
		if g = q.gapGroup(g, append(service, r.Findings...), people, v.Named); g.Count == "0" {
			whole = append(whole, strings.ToLower(g.Title[:1])+g.Title[1:])
			continue
		}
		v.Groups = append(v.Groups, g)
	}
	if len(whole) > 0 && len(v.Groups) > 0 {
		v.Complete = "Nothing is missing at the other moments: " + strings.Join(whole, ", ") + "."
	}
	for _, f := range r.Fields {
		if f.Of > 0 {
			v.Fields = append(v.Fields, gapField{Name: fieldTitle(f.Name), Percent: 100 * f.Have / f.Of, Words: "known of " + strconv.Itoa(f.Have) + " of " + strconv.Itoa(f.Of)})
		}
	}
	slices.SortStableFunc(v.Fields, func(a, b gapField) int { return cmp.Compare(a.Percent, b.Percent) }) // what is missing most stands first
	return insightGapsPage(q.frame("Insight", "/insight"), v), nil
}

// gapGroups are the moments, with the codes of what is asked there.
func gapGroups() []gapGroup {
	return []gapGroup{
		{ID: "unreachable", Title: "Now", Ask: "There is no way to reach them. The next talk at the door or the office is the moment."},
		{ID: "move_in_", Title: "Before they move in", Ask: "Ask when the keys are agreed on; from two weeks ahead the playbook's task asks by itself."},
		{ID: "service_", Title: "At the next visit for a repair", Ask: "A repair is open. Whoever agrees on the visit asks, and closes the task with the answer."},
		{ID: "renewal_", Title: "Before the term ends", Ask: "Ask in the talk about the next term; it begins within 60 days."},
		{ID: "", Title: "In the records", Ask: "These are mended where they stand: in the next import, or in Set-up."},
	}
}

// serviceGaps is what is not known of those whose repair is open.
func (q *request) serviceGaps(ctx context.Context, tx *db.Tx) ([]quality.Finding, error) {
	if q.web.Figures == nil {
		return nil, nil
	}
	open, err := q.web.Figures.Open(ctx, tx, q.place.ID, metric.Repair, 500)
	if err != nil {
		return nil, err
	}
	ids := make([]hearth.ResidentID, 0, len(open))
	since := map[hearth.ResidentID]bool{"": true}
	for _, o := range open {
		if !since[o.Resident] {
			since[o.Resident] = true
			ids = append(ids, o.Resident)
		}
	}
	people, err := q.web.Records.Contacts(ctx, tx, ids)
	var out []quality.Finding
	for _, id := range ids {
		c, ok := people[id]
		if !ok || c.Standing.Status != record.StatusCurrent {
			continue
		}
		if ask, missing := quality.Ask(c, quality.Moment{DaysToMoveIn: -1, DaysToEnd: -1, OpenRequests: 1}); missing && ask.Fact == "access" {
			out = append(out, quality.Finding{Code: "service_without_access", Subject: hearth.Subject{Kind: "resident", ID: string(id)}, Name: c.Name(), Fact: ask.Fact,
				Says: "A repair is open, and whether somebody may come in while they are out is not on record."})
		}
	}
	return out, err
}

// shownOf lists the residents that the page can name, no more than it shows.
func shownOf(all []quality.Finding) []hearth.ResidentID {
	var ids []hearth.ResidentID
	n := map[string]int{}
	for _, f := range all {
		head, _, _ := strings.Cut(f.Code, "_")
		if f.Subject.Kind == "resident" && n[head] < gapsShown {
			n[head]++
			ids = append(ids, hearth.ResidentID(f.Subject.ID))
		}
	}
	return ids
}

// belongs tells whether a finding is of a group; what no moment claims is in the records.
func (g gapGroup) belongs(f quality.Finding) bool {
	if g.ID != "" {
		return strings.HasPrefix(f.Code, g.ID)
	}
	for _, other := range gapGroups() {
		if other.ID != "" && strings.HasPrefix(f.Code, other.ID) {
			return false
		}
	}
	return true
}

func (q *request) gapGroup(g gapGroup, all []quality.Finding, people map[hearth.ResidentID]record.Contact, named bool) gapGroup {
	n := 0
	for _, f := range all {
		if !g.belongs(f) {
			continue
		}
		if n++; !named || len(g.Rows) >= gapsShown {
			continue
		}
		r := gapRow{Name: f.Name, Words: f.Says}
		switch f.Subject.Kind {
		case "resident":
			c := people[hearth.ResidentID(f.Subject.ID)]
			r.Name, r.Home, r.Href = q.calledAt(c), c.UnitLabel, "/residents/"+f.Subject.ID
		case "unit", "lease":
			r.Name = "Home " + f.Name
		}
		if f.Matters != 0 {
			r.When = "ask by " + longDay(f.Matters)
		}
		g.Rows = append(g.Rows, r)
	}
	g.Count = strconv.Itoa(n)
	if !named {
		g.Count = fewWords(n)
	} else {
		g.More = n - len(g.Rows)
	}
	return g
}

// fieldTitle says a field's name.
func fieldTitle(name string) string {
	switch name {
	case "resident.email":
		return "E-mail address"
	case "resident.phone":
		return "Telephone number"
	case "resident.reachable":
		return "Some way to reach them"
	case "preference.channel":
		return "How they like to be reached"
	case "lease.start":
		return "First day of the lease"
	case "lease.end":
		return "Last day of the lease"
	case "lease.rent":
		return "Rent"
	case "household.speaker":
		return "Who speaks for the home"
	case "unit.square_feet":
		return "Size of the home"
	case "staff.email":
		return "The team's addresses"
	case "staff.hours":
		return "The team's hours"
	}
	return capital(plainWords(name))
}
