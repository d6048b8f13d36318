package web

import (
	"context"
	"slices"
	"strings"

	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
)

// Where a broadcast goes: buildings and floors are ticked, since nobody should have to know how a list spells them.

// mostTicked is how many buildings or floors are ticked one by one; where there are more, they are written.
const mostTicked = 24

// castTicks is one group of places to tick.
type castTicks struct {
	Name, Label, None string // of its field, above it, and what no tick means
	Options           []ui.Option
}

// castWhere gives what of the property's buildings and floors there is to choose from, and the fields of those that are too many
// to be ticked. Where there is one building, or one floor, there is nothing to choose.
func (q *request) castWhere() (ticks []castTicks, written []ui.Input, err error) {
	var buildings, floors []string
	err = q.read(func(ctx context.Context, tx *db.Tx) error {
		buildings, floors = nil, nil
		have, err := q.web.Records.Buildings(ctx, tx, q.place.ID)
		if err != nil {
			return err
		}
		for _, b := range have {
			buildings = append(buildings, b.Name)
		}
		units, err := q.web.Records.Units(ctx, tx, q.place.ID)
		for _, u := range units {
			if u.Floor != "" {
				floors = append(floors, u.Floor)
			}
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	for _, g := range []struct {
		tick         castTicks
		names        []string
		field, write string
	}{
		{castTicks{Name: "building", Label: "Buildings", None: "None ticked: all of them."}, buildings, "buildings", "Names, with commas between."},
		{castTicks{Name: "floor", Label: "Floors", None: "None ticked: all of them."}, floors, "floors", "For example 2, 3."},
	} {
		slices.SortFunc(g.names, inOrder)
		g.names = slices.Compact(g.names)
		told := q.FormValue(g.field)
		switch {
		case len(g.names) > mostTicked || told != "":
			written = append(written, ui.Input{Name: g.field, Label: g.tick.Label, Hint: g.write, Optional: true, Value: told})
		case len(g.names) > 1:
			for _, n := range g.names {
				g.tick.Options = append(g.tick.Options, ui.Option{Value: n, Name: n, Chosen: slices.Contains(q.Form[g.tick.Name], n)})
			}
			ticks = append(ticks, g.tick)
		}
	}
	return ticks, written, nil
}

// inOrder puts floor 2 before floor 10, and both before the attic.
func inOrder(a, b string) int {
	if strings.Trim(a, "0123456789") == "" && strings.Trim(b, "0123456789") == "" && len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// castNamed gives the buildings, or floors, that a form ticks or writes.
func (q *request) castNamed(ticked, written string) []string {
	return append(slices.Clone(q.Form[ticked]), listed(q.field(written))...)
}
