package trigger_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
)

const lines = `
id: parking-lines
title: The lines are painted
class: service
purpose: parking.lines
why: People have to move their cars.
languages:
  en: {subject: The parking lines, body: "On Friday the lines are painted. Please leave the lot free.\n"}
`

// A playbook that says a text which was made here works in every process; that nobody could be asked for the text stops the
// process for a moment, and never lets the playbook rest in silence.
func TestAPlaybookWithATextOfOnesOwnNeverRestsForAFailedLook(t *testing.T) {
	each(t, func(r *rig) {
		ana := r.home("4B", "Ana", -100, 200, old)
		r.drain()
		r.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := r.engine.Desk.Create(ctx, tx, hearth.System("test"), []byte(lines))
			return err
		})
		r.activate(strings.Replace(onOrder, "due: 4 business hours}", "due: 4 business hours, draft: parking-lines}", 1), 0)
		looks := func(value string) {
			r.write(func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE settings SET value = $1 WHERE org = $2 AND name = 'templates.epoch'", value, tx.Org())
				return err
			})
		}
		r.engine = r.newEngine("node-2") // it has read nothing yet
		looks("broken")
		r.event(&hearth.Event{Type: "workorder.opened", Residents: []hearth.ResidentID{ana}, Subject: hearth.Subject{Kind: "workorder", ID: "wo_1"}},
			map[string]any{"description": "The tap drips", "priority": "routine", "workorder": "wo_1"})
		for range 3 {
			if _, err := r.engine.RunBatch(r.Context(), eventlog.PartOf(r.property)); !errors.Is(err, playbook.ErrNotAsked) {
				r.Errorf("while nobody can be asked for the text: %v", err)
			}
		}
		if _, _, err := r.engine.Faults(r.Context(), []byte(strings.Replace(onOrder, "due: 4", "draft: parking-lines, due: 4", 1))); !errors.Is(err, playbook.ErrNotAsked) {
			r.Errorf("what is wrong with it can't be told: %v", err)
		}
		looks("1")
		r.drain()
		if got := titles(r, ana); got != "Look at it" {
			r.Errorf("once it could be asked there is %q, want the task; put aside are %v", got, r.dead())
		}
		if len(r.dead()) > 0 {
			r.Errorf("put aside are %v", r.dead())
		}
	})
}
