package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
	"hearth/internal/learn/metric"
)

const rowsShown = 100

// behindView is the rows behind a figure, ready to be drawn.
type behindView struct {
	Title, Lead string
	Weeks       []ui.Link // the week before, the week after, what still waits
	Rows        []behindRow
	Counts      string // instead of rows, for those who see figures alone
	Next        string
	File        string
	Head        [3]string
}

type behindRow struct{ Who, Home, Href, When, Value, About string }

// rowsOf is what was asked for: a figure, and the weeks from one to another; open is what still waits.
type rowsOf struct {
	figure   metric.Figure
	from, to hearth.Day
	open     bool
}

func (q *request) rowsOf() (rowsOf, error) {
	r := rowsOf{figure: metric.Figure(q.field("figure")), open: q.field("open") != ""}
	if r.figure == "" {
		r.figure = metric.Answer
	}
	if !slices.Contains(metric.Figures(), r.figure) {
		return r, hearth.Errorf(hearth.CodeNotFound, "There is no such figure. Those that there are stand on Insight.")
	}
	r.open = r.open && (r.figure == metric.Answer || r.figure == metric.Repair)
	r.to = q.thisWeek() - 7
	if text := q.field("week"); text != "" {
		d, err := hearth.ParseDay(text)
		if err != nil {
			return r, err
		}
		r.to = metric.Monday(d)
	}
	r.from = r.to
	return r, nil
}

// seesRows tells whether the viewer may see who stands behind a figure: whoever may open residents, and of what they wrote,
// whoever reads all messages.
func (q *request) seesRows(f metric.Figure) bool {
	if !q.may(account.ResidentsRead) {
		return false
	}
	return f != metric.Answer && f != metric.Tone || q.guest || q.staff == "" || q.sees(account.FieldMessages, q.place.ID) == account.SeesAll
}

func (q *request) insightRows() (templ.Component, error) {
	r, err := q.rowsOf()
	if err != nil {
		return nil, err
	}
	v := q.behindView(r)
	if q.web.Figures == nil || q.place.ID == "" {
		v.Counts = "Without a community there is nothing behind a figure."
		return insightRowsPage(q.frame(v.Title, "/insight"), v), nil
	}
	if !q.seesRows(r.figure) {
		v.File = ""
		if v.Counts, err = q.countsOnly(r); err != nil {
			return nil, err
		}
		return insightRowsPage(q.frame(v.Title, "/insight"), v), nil
	}
	page, _ := strconv.Atoi(q.field("page"))
	page = max(0, min(page, 1000))
	rows, people, err := q.rowsBehind(r, page*rowsShown, rowsShown+1)
	if err != nil {
		return nil, err
	}
	if len(rows) > rowsShown {
		rows = rows[:rowsShown]
		v.Next = "/insight/rows?" + r.query() + "&page=" + strconv.Itoa(page+1)
	}
	for _, row := range rows {
		v.Rows = append(v.Rows, q.behindRow(r, row, people))
	}
	return insightRowsPage(q.frame(v.Title, "/insight"), v), nil
}

func (r rowsOf) query() string {
	u := url.Values{"figure": {string(r.figure)}}
	if r.open {
		u.Set("open", "1")
	} else {
		u.Set("week", r.to.String())
	}
	return u.Encode()
}

func (q *request) behindView(r rowsOf) behindView {
	w := figureWordsOf(r.figure)
	v := behindView{Title: w.title, Lead: "What stands behind the figure of the week from " + longDay(r.to) + ".", File: "/insight/rows.csv?" + r.query(), Head: [3]string{"Resident", "When", w.column}}
	if r.figure != metric.Repair && r.figure != metric.Answer {
		v.Head[2] = "Value"
	} else {
		v.Head[2] = "How long"
	}
	at := func(d hearth.Day) string { return "/insight/rows?figure=" + string(r.figure) + "&week=" + d.String() }
	if r.open {
		v.Lead = "Who waits now, since longest first."
		v.Head[2] = "Waits"
	} else {
		v.Weeks = append(v.Weeks, ui.Link{Name: "Week before", Href: at(r.to - 7)}, ui.Link{Name: "From " + longDay(r.to), Href: at(r.to), Here: true})
		if r.to < q.thisWeek() {
			v.Weeks = append(v.Weeks, ui.Link{Name: "Week after", Href: at(r.to + 7)})
		}
	}
	if w.open != "" {
		v.Weeks = append(v.Weeks, ui.Link{Name: "Still open", Href: "/insight/rows?figure=" + string(r.figure) + "&open=1", Here: r.open})
	}
	if r.open {
		v.Weeks = append([]ui.Link{{Name: "Last week", Href: at(q.thisWeek() - 7)}}, v.Weeks...)
	}
	return v
}

// rowsBehind reads rows, and whom they are about with one more statement.
func (q *request) rowsBehind(r rowsOf, offset, limit int) (rows []metric.Row, people map[hearth.ResidentID]record.Contact, err error) {
	err = q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if r.open {
			rows, err = q.web.Figures.Open(ctx, tx, q.place.ID, r.figure, offset+limit)
			rows = rows[min(offset, len(rows)):]
		} else {
			rows, err = q.web.Figures.Rows(ctx, tx, q.place.ID, r.figure, r.from, r.to, offset, limit)
		}
		if err != nil {
			return err
		}
		ids := make([]hearth.ResidentID, 0, len(rows))
		seen := map[hearth.ResidentID]bool{"": true}
		for _, row := range rows {
			if !seen[row.Resident] {
				seen[row.Resident] = true
				ids = append(ids, row.Resident)
			}
		}
		people, err = q.web.Records.Contacts(ctx, tx, ids)
		return err
	})
	if err != nil {
		err = fmt.Errorf("read the rows behind %s: %w", r.figure, err)
	}
	return rows, people, err
}

// calledAt names somebody as far as the viewer's role is told names.
func (q *request) calledAt(c record.Contact) string {
	if !q.guest && q.staff != "" && q.sees(account.FieldName, q.place.ID) == account.SeesFirst && c.First != "" {
		return c.First
	}
	if name := c.Name(); name != "" {
		return name
	}
	return "A resident without a name"
}

func (q *request) behindRow(r rowsOf, row metric.Row, people map[hearth.ResidentID]record.Contact) behindRow {
	b := behindRow{Who: "Nobody in particular", Value: rowValue(r.figure, row, q.now), About: row.Note, When: q.rowWhen(r.figure, row)}
	if c, ok := people[row.Resident]; ok {
		b.Who, b.Home, b.Href = q.calledAt(c), c.UnitLabel, "/residents/"+string(c.ID)
	}
	if c := hearth.Channel(row.Note); r.figure == metric.Answer || r.figure == metric.Tone {
		if w := channelWords(c); w != "" {
			b.About = w
		}
	}
	return b
}

// rowWhen says when it was: from the beginning to the end where both matter.
func (q *request) rowWhen(f metric.Figure, row metric.Row) string {
	at := row.At.In(q.zone).Format("Mon 2 Jan 15:04")
	switch {
	case f == metric.Act:
		return "week from " + longDay(row.Week)
	case f == metric.Promise:
		return "due " + row.Ended.Add(-time.Millisecond).In(q.zone).Format("Mon 2 Jan")
	case row.Ended.IsZero():
		return "since " + at
	case f == metric.Answer || f == metric.Repair:
		return at + " to " + row.Ended.In(q.zone).Format("Mon 2 Jan 15:04")
	}
	return at
}

func rowValue(f metric.Figure, row metric.Row, now time.Time) string {
	switch {
	case f == metric.Act:
		return count(int(row.Value), "time", "times")
	case f == metric.Contact:
		return "met"
	case f == metric.Promise && row.Value == metric.Unsaid:
		return "nobody said"
	case f == metric.Promise && row.Value == 0:
		return "missed"
	case f == metric.Promise:
		return "kept"
	case row.Ended.IsZero():
		return agoWords(now.Sub(row.At))
	}
	return valueWords(f, row.Value)
}

// countsOnly says for those who see figures alone how much stands behind one.
func (q *request) countsOnly(r rowsOf) (string, error) {
	var w metric.Week
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		weeks, err := q.web.Figures.Weeks(ctx, tx, q.place.ID, r.to, r.to)
		if len(weeks[r.figure]) > 0 {
			w = weeks[r.figure][0]
		}
		return err
	})
	words := figureWordsOf(r.figure)
	if err != nil || !w.Told() {
		return "Fewer than five people stand behind this week, so nothing is told of it.", err
	}
	return count(w.N, words.one, words.many) + " of " + count(w.People, "resident", "residents") + " stand behind it. Who they are is open to those who look after them.", nil
}

// insightRowsFile gives the rows behind a figure; whoever sees figures alone gets the weeks.
func (q *request) insightRowsFile() (download, error) {
	r, err := q.rowsOf()
	if err != nil {
		return download{}, err
	}
	out := download{string(r.figure) + "-" + r.to.String(), [][]string{{"resident", "home", "begun", "ended", "value", "unit", "about"}}}
	if q.web.Figures == nil || q.place.ID == "" {
		return out, nil
	}
	if !q.seesRows(r.figure) {
		return out, elsewhere{"/insight/weeks.csv"}
	}
	rows, people, err := q.rowsBehind(r, 0, 20000)
	for _, row := range rows {
		c, known := people[row.Resident]
		line := []string{"", "", row.At.In(q.zone).Format(time.RFC3339), "", strconv.FormatFloat(row.Value, 'f', 3, 64), figureWordsOf(r.figure).unit, row.Note}
		if known {
			line[0], line[1] = q.calledAt(c), c.UnitLabel
		}
		if !row.Ended.IsZero() {
			line[3] = row.Ended.In(q.zone).Format(time.RFC3339)
		}
		if r.figure == metric.Promise && row.Value == metric.Unsaid {
			line[4] = ""
		}
		out.rows = append(out.rows, line)
	}
	return out, err
}
