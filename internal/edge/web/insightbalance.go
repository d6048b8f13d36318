package web

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/learn/fairness"
)

// balanceView says whether a part of the property waits longer or is heard less, ready to be drawn.
type balanceView struct {
	Lead    string
	Answer  ui.Note
	Blocks  []balanceBlock
	Nothing string
}

// balanceBlock is one measure.
type balanceBlock struct {
	ID, Title, Means string
	Tables           []balanceTable
}

type balanceTable struct {
	By    string
	Rows  []balanceRow
	Small string
}

type balanceRow struct {
	Name, Homes, Typical, Words, Interval string
	Shade                                 ui.Shade
	Low, Mid, High                        string // of the interval in its drawing; "" for none
}

func (q *request) insightBalance() (templ.Component, error) {
	v := balanceView{Lead: "Whether some homes wait longer or are heard less than the rest, over half a year. Homes are compared by where they lie and how long people live there, and by nothing else."}
	if q.web.Fairness == nil || q.place.ID == "" {
		v.Nothing = "Homes of one community are compared with each other."
		return insightBalancePage(q.frame("Insight", "/insight"), v), nil
	}
	this := q.thisWeek()
	var r fairness.Report
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		r, err = q.web.Fairness.Report(ctx, tx, q.place.ID, hearth.DayOf(q.now, q.zone), this-7*figureWeeks, this-7)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("compare homes: %w", err)
	}
	if r.Compared == 0 {
		v.Nothing = "There are not enough homes with a building, a floor or a time to compare. A group needs at least five homes of which something is known."
		return insightBalancePage(q.frame("Insight", "/insight"), v), nil
	}
	v.Answer = balanceAnswer(r)
	for _, m := range fairness.Measures() {
		b := balanceBlock{ID: string(m), Title: measureTitle(m), Means: measureMeans(m)}
		for _, t := range r.Tables {
			if t.Measure == m {
				b.Tables = append(b.Tables, balanceTableOf(t))
			}
		}
		if len(b.Tables) > 0 {
			v.Blocks = append(v.Blocks, b)
		}
	}
	return insightBalancePage(q.frame("Insight", "/insight"), v), nil
}

// balanceAnswer says it in a sentence: what differs, or that nothing does that could not be chance.
func balanceAnswer(r fairness.Report) ui.Note {
	var worse, better []string
	for _, t := range r.Tables {
		for _, g := range t.Groups {
			if !g.Differs {
				continue
			}
			words := strings.ToLower(measureTitle(t.Measure)) + ", " + groupName(t.By, g.Name) + ": " + differenceWords(t.Measure, g)
			if slower(t.Measure, g) {
				worse = append(worse, words)
			} else {
				better = append(better, words)
			}
		}
	}
	tail := " " + count(r.Compared, "group of homes was", "groups of homes were") + " compared; the intervals are wide enough that all of them together hold 95 times in 100."
	switch {
	case len(worse) > 0:
		return ui.Note{Shade: ui.Today, Words: "Somebody should look at this: " + strings.Join(worse, "; ") + "." + tail + " Why it is so, the numbers don't say."}
	case len(better) > 0:
		return ui.Note{Shade: ui.Calm, Words: "Nobody waits longer than the rest. Some do better: " + strings.Join(better, "; ") + "." + tail}
	}
	return ui.Note{Shade: ui.Good, Words: "No difference that could not be chance." + tail}
}

// slower tells whether the group is worse off.
func slower(m fairness.Measure, g fairness.Group) bool {
	if m == fairness.Met {
		return g.Ratio < 0
	}
	return g.Ratio > 1
}

func measureTitle(m fairness.Measure) string {
	switch m {
	case fairness.RepairDays:
		return "How long repairs take"
	case fairness.AnswerHours:
		return "How long answers take"
	case fairness.Met:
	}
	return "Homes that somebody met"
}

func measureMeans(m fairness.Measure) string {
	switch m {
	case fairness.RepairDays:
		return "The typical time from the request to the end of a repair, of homes that had one. Each home counts once."
	case fairness.AnswerHours:
		return "The typical business hours until a person answered, of homes that wrote. Each home counts once."
	case fairness.Met:
	}
	return "The share of homes with which somebody of the team had a personal contact in the half year."
}

func groupName(by fairness.By, name string) string {
	switch by {
	case fairness.ByBuilding:
		return "building " + name
	case fairness.ByTenure:
		return strings.ToLower(name) + " in the home"
	case fairness.ByFloor, fairness.ByKind:
	}
	return strings.ToLower(name[:1]) + name[1:]
}

func balanceTableOf(t fairness.Table) balanceTable {
	out := balanceTable{By: "By " + string(t.By)}
	for _, g := range t.Groups {
		r := balanceRow{Name: g.Name, Homes: fmt.Sprint(g.Homes), Typical: typicalWords(t.Measure, g.Typical), Interval: intervalWords(t.Measure, g), Words: alikeWords(t.Measure, g)}
		r.Low, r.Mid, r.High = intervalLine(t.Measure, g)
		if g.Differs {
			r.Words, r.Shade = differenceWords(t.Measure, g), ui.Good
			if slower(t.Measure, g) {
				r.Shade = ui.Today
			}
		}
		out.Rows = append(out.Rows, r)
	}
	if t.Small > 0 {
		out.Small = count(t.Small, "further group is", "further groups are") + " too small to say anything of: fewer than five homes."
	}
	return out
}

// alikeWords says of a group that does not surely differ whether it is like the rest, or whether that can't be told yet: where the interval
// still holds a difference that residents would feel, twice or half as long, or a quarter of the homes.
func alikeWords(m fairness.Measure, g fairness.Group) string {
	narrow := g.Low >= 0.5 && g.High <= 2
	if m == fairness.Met {
		narrow = g.Low >= -0.25 && g.High <= 0.25
	}
	if narrow {
		return "like the rest"
	}
	return "can't be told yet"
}

func typicalWords(m fairness.Measure, v float64) string {
	switch m {
	case fairness.RepairDays:
		if v < 1 {
			return oneDecimal(v*24) + " hours"
		}
		return oneDecimal(v) + " days"
	case fairness.AnswerHours:
		return oneDecimal(v) + " business hours"
	case fairness.Met:
	}
	return percentWords(v)
}

// differenceWords says a difference as people do.
func differenceWords(m fairness.Measure, g fairness.Group) string {
	if m == fairness.Met {
		words := "more"
		if g.Ratio < 0 {
			words = "fewer"
		}
		return fmt.Sprintf("%.0f in 100 %s than of the rest", math.Abs(100*g.Ratio), words)
	}
	return fmt.Sprintf("%.1f times as long as the rest", g.Ratio)
}

func intervalWords(m fairness.Measure, g fairness.Group) string {
	if math.IsInf(g.Low, 0) || math.IsInf(g.High, 0) || m != fairness.Met && g.High > 10*max(g.Low, 0.1) {
		return "too few homes to say"
	}
	if m == fairness.Met {
		return fmt.Sprintf("%s to %s in 100", signedWhole(100*g.Low), signedWhole(100*g.High))
	}
	return fmt.Sprintf("%.1f to %.1f times as long", g.Low, g.High)
}

// intervalLine places an interval in a drawing of 112, in whose middle there is no difference. Times as long stand by their logarithm,
// from an eighth to eight times; shares from 60 fewer to 60 more in 100.
func intervalLine(m fairness.Measure, g fairness.Group) (low, mid, high string) {
	at := func(v float64) string {
		if m == fairness.Met {
			v /= 0.6
		} else {
			v = math.Log(v) / math.Log(8)
		}
		return fmt.Sprintf("%.1f", 56+54*max(-1, min(1, v)))
	}
	if math.IsInf(g.Low, 0) || math.IsInf(g.High, 0) || g.High > 99 || m != fairness.Met && g.Low <= 0 {
		return "", "", ""
	}
	return at(g.Low), at(g.Ratio), at(g.High)
}

func signedWhole(v float64) string {
	n := int(math.Round(v))
	if n < 0 {
		return fmt.Sprint("−", -n)
	}
	return fmt.Sprint("+", n)
}
