package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/outlook"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// "Why did they get nothing?", asked about a resident or a home: all that was to be said to them in some days, what became of each in the
// desk's own sentence, and where nothing was to be said, why no playbook began. It tells of messages, and so it is there for those who see them.

// silenceView is the page, ready to be drawn.
type silenceView struct {
	Title, Back, BackWords string
	Verdict                string
	Spans                  []ui.Link
	People                 []silentPerson
	Rows                   []wishRow
	More                   int // how many older ones are not shown
	None                   []noneView
}

// silentPerson is one of those who live in the home.
type silentPerson struct{ Name, Href, Words string }

// wishRow is something that was to be said, and what became of it.
type wishRow struct {
	ID       string
	When, At string
	Who      string // "" where the page is about one
	What     string
	Fine     string // who wished it, and by which way it went
	Chip     ui.Chip
	Reason   string
	Task     string // where a person has it
}

// noneView is why no playbook began for somebody to whom nothing was to be said.
type noneView struct {
	Name string
	Note string // instead of rows
	Rows []noneRow
}

type noneRow struct{ Title, Verdict, Href string }

const (
	silenceDays  = 14
	wishesShown  = 200
	silentAtOnce = 6 // of how many people in a home it is told why nothing began
)

// residentSilence answers about one resident.
func (q *request) residentSilence() (templ.Component, error) {
	days := q.silenceDays()
	var v silenceView
	err := q.readSilence(func(ctx context.Context, tx *db.Tx) error {
		r, err := q.findResident(ctx, tx)
		if err != nil {
			return err
		}
		if ok, err := q.tellsSilence(ctx, tx, r.Property, r.person); err != nil || !ok {
			return cmp.Or(err, nothingHere())
		}
		v.Title, v.Back, v.BackWords = r.Called(), "/residents/"+string(r.ID), r.Name()
		x, err := q.web.Outlook.SilenceOf(ctx, tx, r.ID, q.now.AddDate(0, 0, -days))
		if err != nil {
			return err
		}
		return q.sayAll(ctx, tx, &v, x, map[hearth.ResidentID]record.Contact{r.ID: r.Contact})
	})
	if err != nil {
		return nil, err
	}
	v.Spans = spans(v.Back+"/silence", days)
	return silencePage(q.frame("Why did they get nothing?", "/residents"), v), nil
}

// unitSilence answers about those who live in a home.
func (q *request) unitSilence() (templ.Component, error) {
	days := q.silenceDays()
	var v silenceView
	err := q.readSilence(func(ctx context.Context, tx *db.Tx) error {
		u, err := q.findUnit(ctx, tx)
		if err != nil {
			return err
		}
		if ok, err := q.tellsSilence(ctx, tx, u.Property, u.living); err != nil || !ok {
			return cmp.Or(err, nothingHere())
		}
		v.Title, v.Back, v.BackWords = u.Label, unitHref(u.ID), "Home "+u.Label
		x, err := q.web.Outlook.Silence(ctx, tx, u.Unit, q.now.AddDate(0, 0, -days))
		if err != nil {
			return err
		}
		if err := q.onlyTold(ctx, tx, &x, u.Property); err != nil {
			return err
		}
		people, err := q.contacts(ctx, tx, u.living)
		if err != nil {
			return err
		}
		for _, n := range x.People {
			p := silentPerson{Name: cmp.Or(people[n.Resident].Name(), "A resident without a name"), Href: "/residents/" + string(n.Resident) + "/silence?days=" + strconv.Itoa(days), Words: wentWords(n)}
			v.People = append(v.People, p)
		}
		return q.sayAll(ctx, tx, &v, x, people)
	})
	if err != nil {
		return nil, err
	}
	v.Spans = spans(v.Back+"/silence", days)
	return silencePage(q.frame("Why did they get nothing?", "/units"), v), nil
}

// readSilence reads where there is something to ask.
func (q *request) readSilence(f func(ctx context.Context, tx *db.Tx) error) error {
	if q.web.Outlook == nil {
		return nothingHere()
	}
	if err := q.read(f); err != nil {
		return fmt.Errorf("read why somebody got nothing: %w", err)
	}
	return nil
}

// tellsSilence tells whether the viewer may ask why somebody got nothing: whoever sees the messages of one of them.
func (q *request) tellsSilence(ctx context.Context, tx *db.Tx, at hearth.PropertyID, people []hearth.ResidentID) (bool, error) {
	if q.web.Outlook == nil {
		return false, nil
	}
	return q.withinAt(ctx, tx, account.FieldMessages, at, people)
}

// onlyTold leaves those out of a home whose messages are not for the viewer.
func (q *request) onlyTold(ctx context.Context, tx *db.Tx, x *outlook.Silence, at hearth.PropertyID) error {
	hidden := map[hearth.ResidentID]bool{}
	for _, n := range x.People {
		ok, err := q.withinAt(ctx, tx, account.FieldMessages, at, []hearth.ResidentID{n.Resident})
		if err != nil {
			return err
		}
		hidden[n.Resident] = !ok
	}
	all := len(x.People)
	x.People = slices.DeleteFunc(x.People, func(n outlook.Neighbour) bool { return hidden[n.Resident] })
	x.Wishes = slices.DeleteFunc(x.Wishes, func(w outlook.Wish) bool { return hidden[w.Resident] })
	if len(x.People) < all {
		x.Verdict = "Of those who live here, those are shown whose messages you see."
	}
	return nil
}

// silenceDays gives how far back is asked: a week, two, or a month.
func (q *request) silenceDays() int {
	if n, err := strconv.Atoi(q.field("days")); err == nil && (n == 7 || n == 30) {
		return n
	}
	return silenceDays
}

func spans(at string, days int) (out []ui.Link) {
	for _, n := range []int{7, 14, 30} {
		out = append(out, ui.Link{Name: "Last " + strconv.Itoa(n) + " days", Href: at + "?days=" + strconv.Itoa(n), Here: n == days})
	}
	return out
}

func wentWords(n outlook.Neighbour) string {
	if n.Went+n.Unsaid == 0 {
		return "nothing was to be said"
	}
	return strconv.Itoa(n.Went) + " of " + strconv.Itoa(n.Went+n.Unsaid) + " went out"
}

// sayAll words what was to be said, and why nothing was.
func (q *request) sayAll(ctx context.Context, tx *db.Tx, v *silenceView, x outlook.Silence, people map[hearth.ResidentID]record.Contact) error {
	v.Verdict = plainDays(x.Verdict)
	closed, err := q.closedPlaybooks(ctx, tx)
	if err != nil {
		return err
	}
	if len(x.Wishes) > wishesShown {
		v.More, x.Wishes = len(x.Wishes)-wishesShown, x.Wishes[:wishesShown]
	}
	for _, w := range x.Wishes {
		row := q.wishRow(w, closed)
		if len(x.People) > 1 {
			row.Who = people[w.Resident].Called()
		}
		v.Rows = append(v.Rows, row)
	}
	for _, n := range x.People {
		if n.Went+n.Unsaid > 0 || len(v.None) == silentAtOnce {
			continue
		}
		none, err := q.noneOf(ctx, tx, n.Resident, people[n.Resident].Called(), closed)
		if err != nil {
			return err
		}
		v.None = append(v.None, none)
	}
	return nil
}

// wishRow words one. Of a playbook that is closed to the viewer it is told that somebody cares, and no more.
func (q *request) wishRow(w outlook.Wish, closed map[hearth.PlaybookID]bool) wishRow {
	row := wishRow{ID: cmp.Or(string(w.Message), string(w.Playbook)+w.At.String()), When: page.When(w.At, q.now, q.zone), At: w.At.UTC().Format("2006-01-02T15:04:05Z"), Chip: wishChip(w)}
	if closed[w.Playbook] {
		row.What = playbook.ClosedWords
		return row
	}
	row.What = short(w.Says, 90)
	if row.What == "" {
		row.What = capital(hearth.PurposeWords(w.Purpose))
	}
	row.Fine = q.web.Titles[w.Playbook]
	if w.Message == "" { // a playbook that was kept from beginning
		row.What, row.Fine = cmp.Or(row.Fine, string(w.Playbook)), "playbook"
	} else if by := channelWords(w.Channel); by != "" {
		row.Fine = joined(row.Fine, by)
	}
	row.Reason = plainDays(w.Reason)
	if w.Task != "" && q.may(account.TodayRead) {
		row.Task = "/?whose=all&open=" + string(w.Task)
	}
	return row
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + " · " + b
}

// wishChip says what became of a wish.
func wishChip(w outlook.Wish) ui.Chip {
	switch w.Outcome {
	case "queued":
		return ui.Chip{Word: "on its way", Shade: ui.Calm, Icon: "send"}
	case "sent", "delivered":
		return ui.Chip{Word: w.Outcome, Shade: ui.Good, Icon: "check"}
	case "merged":
		if w.Went {
			return ui.Chip{Word: "sent with another", Shade: ui.Good, Icon: "check"}
		}
	case "held":
		return ui.Chip{Word: "held", Shade: ui.Calm, Icon: "circle-pause"}
	case "handed over":
		return ui.Chip{Word: "handed over", Shade: ui.Today, Icon: "user"}
	case "bounced", "failed", "unknown":
		return ui.Chip{Word: map[string]string{"bounced": "came back", "failed": "not delivered", "unknown": "in doubt"}[w.Outcome], Shade: ui.Now, Icon: "circle-alert"}
	}
	return ui.Chip{Word: w.Outcome, Shade: ui.Calm}
}

// noneOf says why no playbook began for somebody, those that lack the least before the others.
func (q *request) noneOf(ctx context.Context, tx *db.Tx, id hearth.ResidentID, name string, closed map[hearth.PlaybookID]bool) (noneView, error) {
	v := noneView{Name: cmp.Or(name, "them")}
	if q.web.Engine == nil {
		return v, nil
	}
	all, err := q.web.Engine.WhyEach(ctx, tx, id)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		v.Note = "Nothing has been heard of " + v.Name + " yet, so no playbook looks at them."
		return v, nil
	}
	if err != nil {
		return v, err
	}
	all = slices.DeleteFunc(all, func(x *trigger.Explanation) bool { return closed[x.Playbook] })
	slices.SortStableFunc(all, func(a, b *trigger.Explanation) int { return cmp.Compare(lacks(a), lacks(b)) })
	for _, x := range all {
		v.Rows = append(v.Rows, noneRow{Title: x.Title, Verdict: plainDays(x.Verdict), Href: "/residents/" + string(id) + "/why?playbook=" + string(x.Playbook)})
	}
	if len(v.Rows) == 0 {
		v.Note = "No playbook that writes to residents is switched on."
	}
	return v, nil
}

// lacks counts the conditions that keep a playbook from beginning.
func lacks(x *trigger.Explanation) (n int) {
	for _, c := range x.Checks {
		if !c.Holds && c.What != "sending" {
			n++
		}
	}
	return n
}
