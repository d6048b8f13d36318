// Package fairness looks whether a part of a property waits longer or is heard less than the rest: by building, floor, sort of
// home and how long people live there, and by nothing that the law protects or that stands in for it. Homes are compared, not
// people; a difference is told with its interval, and only when chance alone would hardly make it.
//
// It changes nothing, explains no difference, and names nobody.
package fairness

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
	"hearth/internal/learn/metric"
)

// Measure is what is compared.
type Measure string

// The measures.
const (
	RepairDays  Measure = "repair" // how long repairs take
	AnswerHours Measure = "answer" // business hours until a person answers
	Met         Measure = "met"    // the share of homes that somebody of the team met
)

// Measures lists them in the order in which people read them.
func Measures() []Measure { return []Measure{RepairDays, AnswerHours, Met} }

// By is how homes are grouped.
type By string

// The groupings.
const (
	ByBuilding By = "building"
	ByFloor    By = "floor"
	ByKind     By = "sort of home"
	ByTenure   By = "time in the home"
)

// FewestHomes is how many homes a group needs for anything to be said of it.
const FewestHomes = 5

// chance is how likely it may be that any difference at all is told where there is none.
const chance = 0.05

// Group is a part of the property beside the rest of it.
type Group struct {
	Name    string
	Homes   int     // that the measure is known of
	Typical float64 // days, hours or a share
	Rest    float64 // of all the other homes
	// Ratio says how many times as long as the rest they wait; of Met, how much larger the share is.
	Ratio, Low, High float64
	Differs          bool
}

// Table compares the groups of one grouping by one measure.
type Table struct {
	Measure Measure
	By      By
	Groups  []Group
	Small   int // groups of too few homes to say anything of
}

// Report is all comparisons that can be made.
type Report struct {
	From, To hearth.Day
	Homes    int
	Tables   []Table
	Compared int // groups; the intervals are so wide that all of them together are right 95 times in 100
}

// Store makes reports.
type Store struct {
	records *record.Store
	figures *metric.Store
}

// New makes a store.
func New(records *record.Store, figures *metric.Store) *Store { return &Store{records, figures} }

// Report compares the homes of a property over the weeks from one Monday to another.
func (s *Store) Report(ctx context.Context, tx *db.Tx, property hearth.PropertyID, today, from, to hearth.Day) (Report, error) {
	stays, err := s.records.Stays(ctx, tx, property)
	if err != nil {
		return Report{}, err
	}
	homes := homesOf(stays, today)
	r := Report{From: from, To: to, Homes: len(homes.list)}
	for _, m := range Measures() {
		sums, err := s.figures.PerResident(ctx, tx, property, figureOf(m), from, to)
		if err != nil {
			return Report{}, err
		}
		homes.take(m, sums)
		for _, by := range []By{ByBuilding, ByFloor, ByKind, ByTenure} {
			if t, ok := homes.table(m, by); ok {
				r.Tables = append(r.Tables, t)
				r.Compared += len(t.Groups)
			}
		}
	}
	for i := range r.Tables {
		for j := range r.Tables[i].Groups {
			r.Tables[i].Groups[j] = homes.compare(r.Tables[i], r.Tables[i].Groups[j].Name, r.Compared)
		}
	}
	return r, nil
}

func figureOf(m Measure) metric.Figure {
	switch m {
	case RepairDays:
		return metric.Repair
	case AnswerHours:
		return metric.Answer
	case Met:
	}
	return metric.Contact
}

// home is a household in its home now.
type home struct {
	group map[By]string
	value map[Measure]float64 // missing: nothing is known
}

type homes struct {
	list []*home
	of   map[hearth.ResidentID]*home
}

func homesOf(stays []record.Stay, today hearth.Day) *homes {
	h := &homes{of: map[hearth.ResidentID]*home{}}
	units := map[hearth.UnitID]*home{}
	begun := map[hearth.UnitID]hearth.Day{}
	for _, st := range stays {
		if !st.Covers(today) {
			continue
		}
		at := units[st.Unit]
		if at == nil {
			at = &home{group: map[By]string{ByBuilding: st.Building, ByKind: st.Kind}, value: map[Measure]float64{}}
			if st.Floor != "" {
				at.group[ByFloor] = "Floor " + st.Floor
			}
			units[st.Unit], begun[st.Unit] = at, st.From
			h.list = append(h.list, at)
		}
		if st.From != 0 && (begun[st.Unit] == 0 || st.From < begun[st.Unit]) {
			begun[st.Unit] = st.From
		}
		h.of[st.Resident] = at
	}
	for id, at := range units {
		at.group[ByTenure] = tenure(begun[id], today)
	}
	return h
}

func tenure(from, today hearth.Day) string {
	switch years := float64(today-from) / 365.25; {
	case from == 0:
		return ""
	case years < 1:
		return "Under a year"
	case years < 3:
		return "1 to 3 years"
	case years < 6:
		return "3 to 6 years"
	}
	return "Over 6 years"
}

// take gives each home its value: the mean over what its residents had.
func (h *homes) take(m Measure, sums map[hearth.ResidentID]metric.Sum) {
	total := map[*home]metric.Sum{}
	for id, s := range sums {
		if at := h.of[id]; at != nil {
			t := total[at]
			total[at] = metric.Sum{N: t.N + s.N, Weight: t.Weight + s.Weight}
		}
	}
	for _, at := range h.list {
		t := total[at]
		switch {
		case m == Met && len(total) == 0:
		case m == Met:
			at.value[m] = math.Min(1, float64(t.N))
		case t.N > 0:
			at.value[m] = t.Weight / float64(t.N)
		}
	}
}

// table lists the groups that can be compared; false: there is nothing to compare.
func (h *homes) table(m Measure, by By) (Table, bool) {
	n := map[string]int{}
	for _, at := range h.list {
		if _, ok := at.value[m]; ok && at.group[by] != "" {
			n[at.group[by]]++
		}
	}
	t := Table{Measure: m, By: by}
	for name, homes := range n {
		if homes < FewestHomes {
			t.Small++
			continue
		}
		t.Groups = append(t.Groups, Group{Name: name, Homes: homes})
	}
	slices.SortFunc(t.Groups, func(a, b Group) int { return cmp.Or(orderOf(by, a.Name)-orderOf(by, b.Name), natural(a.Name, b.Name)) })
	return t, len(t.Groups) > 1
}

func orderOf(by By, name string) int {
	if by != ByTenure {
		return 0
	}
	return slices.Index([]string{"Under a year", "1 to 3 years", "3 to 6 years", "Over 6 years"}, name)
}

// natural orders "Floor 2" before "Floor 10".
func natural(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) }

// compare sets a group beside all other homes.
func (h *homes) compare(t Table, name string, comparisons int) Group {
	var in, out []float64
	for _, at := range h.list {
		v, ok := at.value[t.Measure]
		switch g := at.group[t.By]; {
		case !ok || g == "":
		case g == name:
			in = append(in, v)
		default:
			out = append(out, v)
		}
	}
	g := Group{Name: name, Homes: len(in)}
	level := chance / float64(max(1, comparisons))
	if t.Measure == Met {
		g.Typical, g.Rest = mean(in), mean(out)
		g.Ratio = g.Typical - g.Rest
		g.Low, g.High = shares(in, out, level)
		g.Differs = len(out) >= FewestHomes && (g.Low > 0 || g.High < 0)
		return g
	}
	g.Typical, g.Rest = math.Expm1(mean(in)), math.Expm1(mean(out))
	if t.Measure == RepairDays {
		g.Typical, g.Rest = g.Typical/24, g.Rest/24
	}
	diff, low, high := welch(in, out, level)
	g.Ratio, g.Low, g.High = math.Exp(diff), math.Exp(low), math.Exp(high)
	g.Differs = len(out) >= FewestHomes && (g.Low > 1 || g.High < 1)
	return g
}
