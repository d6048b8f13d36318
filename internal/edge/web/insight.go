package web

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/learn/metric"
)

// Insight is how it goes at a property: figures by week with the rows behind them, lists of those who say nothing, the team's days,
// what is not known yet, and whether some wait longer than others.

const (
	rightFigures = account.FiguresRead
	// figureWeeks is how far the charts go back; as many weeks before stand behind them in grey.
	figureWeeks = 26
)

func (h *Web) insightRoutes() []route {
	return []route{
		{"GET /insight", rightFigures, h.show(rightFigures, (*request).insight)},
		{"GET /insight/rows", rightFigures, h.show(rightFigures, (*request).insightRows)},
		{"GET /insight/weeks.csv", rightFigures, h.exported(rightFigures, (*request).insightWeeksFile)},
		{"GET /insight/rows.csv", rightFigures, h.exported(rightFigures, (*request).insightRowsFile)},
		{"GET /insight/people", rightFigures, h.show(rightFigures, (*request).insightPeople)},
		{"POST /insight/people", rightSettings, h.do(rightSettings, (*request).insightLimits)},
		{"GET /insight/noise", rightFigures, h.show(rightFigures, (*request).insightNoise)},
		{"GET /insight/noise.csv", rightFigures, h.exported(rightFigures, (*request).insightNoiseFile)},
		{"GET /insight/team", rightFigures, h.show(rightFigures, (*request).insightTeam)},
		{"GET /insight/gaps", rightFigures, h.show(rightFigures, (*request).insightGaps)},
		{"GET /insight/balance", rightFigures, h.show(rightFigures, (*request).insightBalance)},
	}
}

// download is a file that is answered.
type download struct {
	name string
	rows [][]string
}

// exported answers with rows that open in a spreadsheet. Who took them is in the log, not what was in them.
func (h *Web) exported(need right, make func(*request) (download, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := h.begin(w, r, need)
		var d download
		if err == nil {
			d, err = make(q)
		}
		if to, ok := led(err); ok {
			http.Redirect(w, r, to, http.StatusSeeOther)
			return
		}
		if err != nil {
			h.refuse(w, r, q, err)
			return
		}
		h.Logger.InfoContext(r.Context(), "rows were exported", "file", d.name, "rows", len(d.rows)-1, "by", q.actor.String())
		if err := writeCSV(w, d.name, d.rows); err != nil {
			h.Logger.DebugContext(r.Context(), "an export was not taken to its end", "error", err)
		}
	}
}

// insightTabs are the parts of the page.
func insightTabs(here string) []ui.Link {
	all := []ui.Link{{Name: "How it goes", Href: "/insight"}, {Name: "Who says nothing", Href: "/insight/people"}, {Name: "How much reaches them", Href: "/insight/noise"}, {Name: "Team", Href: "/insight/team"},
		{Name: "What is not known", Href: "/insight/gaps"}, {Name: "Balance", Href: "/insight/balance"}}
	for i := range all {
		all[i].Here = all[i].Href == here
	}
	return all
}

// figureView is one figure, ready to be drawn.
type figureView struct {
	ID     string
	Title  string
	Number string // "3.2 business hours"
	Words  string // beside the number
	Means  string // what it is, in a sentence
	Chart  ui.Line
	Drawn  bool
	Past   bool // the half year before stands in grey
	Rows   string
	Open   string // words of the link to what still waits; "" for none
	Empty  string
}

type insightView struct {
	Lead    string
	Figures []figureView
	Note    string
}

// thisWeek gives the Monday of the week at the property.
func (q *request) thisWeek() hearth.Day { return metric.Monday(hearth.DayOf(q.now, q.zone)) }

func (q *request) insight() (templ.Component, error) {
	v := insightView{Lead: "Six figures, each with what it means and the rows behind it."}
	if q.web.Figures == nil || q.place.ID == "" {
		v.Note = "The first figures stand here a week after a community is set up."
		return insightPage(q.frame("Insight", "/insight"), v), nil
	}
	this := q.thisWeek()
	var weeks map[metric.Figure][]metric.Week
	var behind int64
	open := map[metric.Figure]int{}
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if weeks, err = q.web.Figures.Weeks(ctx, tx, q.place.ID, this-7*2*figureWeeks, this); err != nil {
			return err
		}
		for _, f := range []metric.Figure{metric.Answer, metric.Repair} {
			if open[f], err = q.web.Figures.Waiting(ctx, tx, q.place.ID, f); err != nil {
				return err
			}
		}
		behind, err = q.web.Figures.Behind(ctx, tx, q.place.ID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", err)
	}
	if behind > 1000 {
		v.Note = "The figures are being counted: " + count(int(behind), "event is", "events are") + " still to come, the oldest first. Look again in a moment."
	}
	for _, f := range metric.Figures() {
		v.Figures = append(v.Figures, q.figureView(f, weeks[f], this, open[f]))
	}
	return insightPage(q.frame("Insight", "/insight"), v), nil
}

// figureView puts the weeks of a figure in words and lines. The chart ends with the last whole week.
func (q *request) figureView(f metric.Figure, weeks []metric.Week, this hearth.Day, open int) figureView {
	w := figureWordsOf(f)
	v := figureView{ID: string(f), Title: w.title, Means: w.means, Rows: "/insight/rows?figure=" + string(f)}
	by := map[hearth.Day]metric.Week{}
	for _, x := range weeks {
		by[x.Week] = x
	}
	line := ui.Line{Tall: true, Low: w.low, High: w.high, Base: math.NaN(), Table: ui.Columns{Head: []string{"Week from", w.column, w.behind}, Caption: w.title + ", by week"}}
	told, past := 0, 0
	most := 0.0
	for i := range figureWeeks {
		at := this - hearth.Day(7*(figureWeeks-i))
		x, before := by[at], by[at-7*figureWeeks]
		line.Values = append(line.Values, valueOf(x, &told, &most))
		line.Past = append(line.Past, valueOf(before, &past, &most))
		line.Points = append(line.Points, q.pointOf(f, at, x))
	}
	if told == 0 {
		v.Empty = w.none
		v.unsaid(f, by[this-7])
		return v
	}
	if past < figureWeeks/4 {
		line.Past, past = nil, 0
	}
	v.Drawn, v.Past = true, past > 0
	w.scale(&line, most)
	for _, i := range []int{0, 8, 17, figureWeeks - 1} {
		line.Ticks = append(line.Ticks, shortDay(this-hearth.Day(7*(figureWeeks-i))))
	}
	v.say(f, by, this)
	v.unsaid(f, by[this-7])
	line.Label = w.title + " over " + count(told, "week", "weeks") + ": " + v.Number + ", " + v.Words
	v.Chart = line
	if open > 0 && w.open != "" {
		v.Open = count(open, w.open1, w.open)
	}
	return v
}

func valueOf(w metric.Week, told *int, most *float64) float64 {
	if !w.Told() {
		return math.NaN()
	}
	*told++
	*most = max(*most, w.Value)
	return w.Value
}

// pointOf says a week of a figure: one with fewer than five people behind it is not told.
func (q *request) pointOf(f metric.Figure, at hearth.Day, w metric.Week) ui.Point {
	p := ui.Point{Name: longDay(at), Words: "nothing", Cells: []string{"–", "0"}}
	switch {
	case w.Told():
		p.Words = valueWords(f, w.Value) + ", " + count(w.N, figureWordsOf(f).one, figureWordsOf(f).many)
		p.Cells = []string{valueWords(f, w.Value), strconv.Itoa(w.N)}
		p.Href = "/insight/rows?figure=" + string(f) + "&week=" + at.String()
	case w.N > 0:
		p.Words, p.Cells = "fewer than five people, so not told", []string{"not told", "few"}
	}
	return p
}

// say gives the last whole week in words, beside what was usual in the quarter before.
func (v *figureView) say(f metric.Figure, by map[hearth.Day]metric.Week, this hearth.Day) {
	last := by[this-7]
	var usual []float64
	for i := 2; i <= 13; i++ {
		if w := by[this-hearth.Day(7*i)]; w.Told() {
			usual = append(usual, w.Value)
		}
	}
	words := ""
	if len(usual) >= 4 {
		words = "Usual in the quarter before: " + valueWords(f, metric.Median(usual)) + "."
	}
	w := figureWordsOf(f)
	if !last.Told() {
		v.Number, v.Words = "Too few to say", "Fewer than five people stand behind the week from "+longDay(this-7)+". "+words
		return
	}
	v.Number = valueWords(f, last.Value)
	v.Words = "in the week from " + longDay(this-7) + ", " + count(last.N, w.one, w.many) + ". " + words
}

// unsaid says of how many promises of the week nobody told how they ended.
func (v *figureView) unsaid(f metric.Figure, last metric.Week) {
	if n := last.Of - last.N; f == metric.Promise && n > 0 {
		v.Open = "Of " + count(n, "promise", "promises") + " that fell due last week nobody said whether it was kept"
	}
}

// openHref is where what still waits stands; of promises that is the week of which nobody spoke.
func openHref(x figureView) string {
	if x.ID == string(metric.Promise) {
		return x.Rows
	}
	return x.Rows + "&open=1"
}

// shadeClass is the class of a shade in running words.
func shadeClass(s ui.Shade) string {
	if s == ui.None {
		return "soft"
	}
	return "is-" + string(s)
}

func shortDay(d hearth.Day) string {
	_, m, day := d.Date()
	return strconv.Itoa(day) + " " + m.String()[:3]
}

func longDay(d hearth.Day) string {
	_, m, day := d.Date()
	return strconv.Itoa(day) + " " + m.String()
}

// insightWeeksFile gives all figures by week.
func (q *request) insightWeeksFile() (download, error) {
	rows := [][]string{{"figure", "week from", "value", "unit", "rows", "residents"}}
	if q.web.Figures == nil || q.place.ID == "" {
		return download{"figures", rows}, nil
	}
	this := q.thisWeek()
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		weeks, err := q.web.Figures.Weeks(ctx, tx, q.place.ID, this-7*2*figureWeeks, this)
		for _, f := range metric.Figures() {
			for _, w := range weeks[f] {
				row := []string{figureWordsOf(f).title, w.Week.String(), "fewer than five people", figureWordsOf(f).unit, "", ""}
				if w.Told() {
					row[2], row[4], row[5] = strconv.FormatFloat(w.Value, 'f', 3, 64), strconv.Itoa(w.N), strconv.Itoa(w.People)
				}
				rows = append(rows, row)
			}
		}
		return err
	})
	return download{"figures-" + this.String(), rows}, err
}
