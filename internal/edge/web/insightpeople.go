package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
	"hearth/internal/learn/metric"
	"hearth/internal/sense/segment"
)

// listShown is how many of a list are shown; the largest need comes first.
const listShown = 40

// silentList is a list of residents who say nothing, with the limit that makes it.
type silentList struct {
	ID, Title string
	Why       string // why the list is looked at
	Rule      string // who stands in it
	Limit     ui.Input
	Count     string
	Rows      []silentRow
	More      int
	Empty     string
}

type silentRow struct {
	Name, Home, Href, Met string
	Words                 string
}

type silentView struct {
	Lists    []silentList
	Named    bool // the rows are shown
	CanTalk  bool
	CanLimit bool
}

func (q *request) insightPeople() (templ.Component, error) { return q.silentPage(nil) }

// signals that the sentences of the lists read.
func silentReads() []string {
	return []string{"engagement.drop", "engagement.last_days", "connection.last_personal_days", "tenancy.days", "connection.people"}
}

// silentPage draws the lists; wrong is what is wrong with a limit that was told.
func (q *request) silentPage(wrong error) (templ.Component, error) {
	v := silentView{Named: q.may(account.ResidentsRead), CanTalk: q.may(rightTasks) && q.staff != "", CanLimit: q.may(rightSettings)}
	limits := q.place.Settings.Lists.OrDefault()
	matches := make([][]trigger.Match, 2)
	if q.web.Engine != nil && q.place.ID != "" {
		var err error
		matches, err = q.web.Engine.Matching(q.Context(), q.place.ID, []string{segment.Quiet(limits.QuietDrop), segment.Unknown(limits.UnknownDays)}, silentReads())
		if err != nil {
			return nil, fmt.Errorf("look for residents who say nothing: %w", err)
		}
	}
	quiet := silentList{ID: "quiet", Title: "Quiet discontent", Why: "They do far less than they used to and complain of nothing. Who leaves without a word often looked like this.",
		Rule:  "Here for four months or longer, no repair in 90 days and no message in 30, and their engagement fell under their own baseline by at least",
		Limit: ui.Input{Name: "lists.quiet_drop", Label: "Percent under their usual", Kind: "number", Value: strconv.Itoa(int(math.Round(100 * limits.QuietDrop))), Min: "10"},
		Empty: "Nobody has gone quiet by this much. The list is looked at anew whenever you open it."}
	unknown := silentList{ID: "unknown", Title: "Nobody knows them", Why: "No software replaces somebody who knows you. A hello in the hall, noted with one press, takes them off this list.",
		Rule:  "They live here, and nobody of the team had a personal contact with them for at least",
		Limit: ui.Input{Name: "lists.unknown_days", Label: "Days without a contact", Kind: "number", Value: strconv.Itoa(limits.UnknownDays), Min: "30"},
		Empty: "Somebody of the team met everybody within this time."}
	q.markLimit(wrong, &quiet.Limit, &unknown.Limit)
	byNeed := func(name string) func(a, b trigger.Match) int {
		return func(a, b trigger.Match) int {
			return cmp.Or(cmp.Compare(b.Known[name], a.Known[name]), cmp.Compare(a.Resident, b.Resident))
		}
	}
	slices.SortFunc(matches[0], byNeed("engagement.drop"))
	slices.SortFunc(matches[1], byNeed("connection.last_personal_days"))
	for i, l := range []*silentList{&quiet, &unknown} {
		words := quietWords
		if i == 1 {
			words = unknownWords
		}
		if err := q.fillList(l, matches[i], v.Named, words); err != nil {
			return nil, err
		}
		v.Lists = append(v.Lists, *l)
	}
	return insightPeoplePage(q.frame("Insight", "/insight"), v), nil
}

// markLimit puts what was told and what is wrong with it beside the field.
func (q *request) markLimit(wrong error, fields ...*ui.Input) {
	for _, f := range fields {
		if wrong != nil && q.FormValue(f.Name) != "" {
			f.Value, f.Wrong = q.FormValue(f.Name), hearth.MessageOf(wrong)
		}
	}
}

func (q *request) fillList(l *silentList, all []trigger.Match, named bool, words func(trigger.Match) string) error {
	l.Count = strconv.Itoa(len(all))
	if !named {
		l.Count = fewWords(len(all))
		return nil
	}
	shown := all[:min(len(all), listShown)]
	l.More = len(all) - len(shown)
	ids := make([]hearth.ResidentID, len(shown))
	for i, m := range shown {
		ids[i] = m.Resident
	}
	people := map[hearth.ResidentID]record.Contact{}
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		people, err = q.web.Records.Contacts(ctx, tx, ids)
		return err
	})
	if err != nil {
		return fmt.Errorf("read who says nothing: %w", err)
	}
	for _, m := range shown {
		c, ok := people[m.Resident]
		if !ok {
			continue
		}
		at := "/residents/" + string(c.ID)
		l.Rows = append(l.Rows, silentRow{Name: q.calledAt(c), Home: c.UnitLabel, Href: at, Met: at + "/met", Words: words(m)})
	}
	return nil
}

// fewWords says a number to those who see figures alone: a few could be known by who they are.
func fewWords(n int) string {
	if n > 0 && n < metric.FewestPeople {
		return "fewer than five"
	}
	return strconv.Itoa(n)
}

func quietWords(m trigger.Match) string {
	words := "Does " + percentWords(m.Known["engagement.drop"]) + " less than is usual for them"
	if days, ok := m.Known["engagement.last_days"]; ok && days > 0 {
		words += "; the last time was " + spanWords(int(days)) + " ago"
	}
	words += ". No repair in 90 days, no word in 30."
	if days, ok := m.Known["connection.last_personal_days"]; ok {
		words += " Somebody met them " + sinceWords(int(days)) + "."
	}
	return words
}

func sinceWords(days int) string {
	if days == 0 {
		return "today"
	}
	return spanWords(days) + " ago"
}

func unknownWords(m trigger.Match) string {
	days := int(m.Known["connection.last_personal_days"])
	stay := int(m.Known["tenancy.days"])
	if days >= stay && stay > 0 {
		return "Has lived here for " + spanWords(stay) + ", and no talk with anybody of the team is on record."
	}
	words := "The last talk with somebody of the team was " + spanWords(days) + " ago"
	if stay > 0 {
		words += "; they have lived here for " + spanWords(stay)
	}
	return words + "."
}

// insightLimits changes a limit in place.
func (q *request) insightLimits() (outcome, error) {
	var changes []record.SettingChange
	if text := q.field("lists.quiet_drop"); text != "" {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			n = -1 // the record says what it may be
		}
		value, err := json.Marshal(math.Round(n) / 100)
		if err != nil {
			return outcome{}, err
		}
		changes = append(changes, record.SettingChange{Name: "lists.quiet_drop", Value: value})
	}
	if text := q.field("lists.unknown_days"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			n = -1
		}
		changes = append(changes, record.SettingChange{Name: "lists.unknown_days", Value: json.RawMessage(strconv.Itoa(n))})
	}
	var done []record.SettingChanged
	err := q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		done, err = q.web.Records.ChangeSettings(ctx, tx, q.actor, q.place.ID, "", changes)
		return err
	})
	if formFault(err) {
		again, failed := q.silentPage(limitFault(err))
		if failed != nil {
			return outcome{}, failed
		}
		return outcome{}, wrongForm{again}
	}
	words := "Nothing was different."
	if len(done) > 0 {
		words = "The limit is changed; the list is looked at anew."
	}
	return outcome{said: words, next: "/insight/people"}, err
}

// limitFault says what is wrong with a limit in the unit in which it was written.
func limitFault(err error) error {
	if fieldOf(err) == "lists.quiet_drop" {
		return hearth.FieldErrorf("lists.quiet_drop", "Write a number of percent from 10 to 95.")
	}
	return err
}
