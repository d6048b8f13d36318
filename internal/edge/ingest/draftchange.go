package ingest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/value"
)

// fieldsOf gives what a column of the kind can be.
func fieldsOf(k column.Kind) map[string]bool {
	known := map[string]bool{}
	for _, f := range FieldNames(k) {
		known[f] = true
	}
	return known
}

// Choice is what somebody said of a file: what its columns are, by their index, and in which order it writes dates and names. What is empty
// stays as it is.
type Choice struct {
	Columns map[int]string
	Dates   value.Order
	Names   value.NameOrder
}

func (c Choice) check() error {
	if c.Dates != "" && c.Dates != value.MonthFirst && c.Dates != value.DayFirst {
		return hearth.FieldErrorf("dates", "Dates have the month first or the day first.")
	}
	if c.Names != "" && c.Names != value.FirstLast && c.Names != value.LastFirst {
		return hearth.FieldErrorf("names", "Names have the first name first or the last name first.")
	}
	return nil
}

// Remap takes over what somebody chose, and looks again.
func (im *Importer) Remap(ctx context.Context, by By, id string, c Choice) error {
	if err := c.check(); err != nil {
		return err
	}
	return im.change(ctx, by, id, func(d *Draft) error {
		if c.Dates != "" {
			d.Plan.Dates = c.Dates
		}
		if c.Names != "" {
			d.Plan.Names = c.Names
		}
		known := fieldsOf(d.Kind)
		for i, field := range c.Columns {
			if field != column.Skip && !known[field] {
				return hearth.FieldErrorf("columns", "%q is nothing that %s have.", field, d.Kind)
			}
			if d.Plan.Look == nil || !slices.ContainsFunc(d.Plan.Look.Columns, func(c DraftColumn) bool { return c.Index == i }) {
				return hearth.FieldErrorf("columns", "The file has no column number %d.", i+1)
			}
			if d.Plan.Chosen == nil {
				d.Plan.Chosen = map[int]string{}
			}
			d.Plan.Chosen[i] = field
		}
		return nil
	})
}

// mostLetters bounds a corrected cell.
const mostLetters = 500

// Mend corrects fields of one wrong row, and looks again.
func (im *Importer) Mend(ctx context.Context, by By, id string, n int, fields map[string]string) error {
	return im.change(ctx, by, id, func(d *Draft) error {
		if !d.correctable(n) {
			return hearth.FieldErrorf("line", "Line %d is not among the wrong rows any more: somebody may have corrected it, or the columns changed. Look at the file again.", n)
		}
		known := fieldsOf(d.Kind)
		if d.Plan.Fixes == nil {
			d.Plan.Fixes = map[int]map[string]string{}
		}
		if d.Plan.Fixes[n] == nil {
			d.Plan.Fixes[n] = map[string]string{}
		}
		for f, v := range fields {
			if !known[f] {
				return hearth.FieldErrorf(f, "%q is nothing that %s have.", f, d.Kind)
			}
			if v = strings.TrimSpace(v); len(v) > mostLetters {
				return hearth.FieldErrorf(f, "This is longer than %d letters.", mostLetters)
			}
			d.Plan.Fixes[n][f] = v
		}
		return nil
	})
}

// correctable tells whether the last look found a row wrong.
func (d *Draft) correctable(n int) bool {
	return d.Plan.Look != nil && slices.ContainsFunc(d.Plan.Look.Wrong, func(r RowReport) bool { return r.Line == n })
}

// errPlanMoved says that somebody else changed the plan in between.
var errPlanMoved = errors.New("the plan of the draft is another one now")

// changeTries is how often a change is made to a plan that others change at the same time.
const changeTries = 4

// change changes a draft's plan and looks at its file again. Looking takes a while: what others changed meanwhile is kept, and the
// change is made to it.
func (im *Importer) change(ctx context.Context, by By, id string, do func(d *Draft) error) error {
	for range changeTries {
		err := im.changeOnce(ctx, by, id, do)
		if !errors.Is(err, errPlanMoved) {
			return err
		}
	}
	return hearth.Errorf(hearth.CodeConflict, "Others change this file at this moment. Look at what it says now, and try again.")
}

func (im *Importer) changeOnce(ctx context.Context, by By, id string, do func(d *Draft) error) error {
	d, path, err := im.unpack(ctx, id)
	if path != "" {
		defer os.RemoveAll(filepath.Dir(path))
	}
	if err != nil {
		return err
	}
	d.Actor, d.within = by.Actor, by.Within
	if err := do(&d); err != nil {
		return err
	}
	if err := im.survey(ctx, &d, path); err != nil {
		return err
	}
	return im.keepPlan(ctx, d)
}
