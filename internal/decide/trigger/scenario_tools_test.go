package trigger_test

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// lives gives a home whose household is known already and has lived there for a number of days; what the import tells
// of it is history.
func (r *rig) lives(unit string, days int, names ...string) record.HomeResult {
	r.Helper()
	return r.homeTold(old, unit, r.dates(-days, 730-days), names...)
}

// leave records that a household has moved out today.
func (r *rig) leave(lease hearth.LeaseID) {
	r.Helper()
	r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
		_, err := r.records.MoveOut(ctx, tx, n, lease, r.today())
		return err
	})
}

// joins adds somebody to the team.
func (r *rig) joins(name string, role hearth.Role) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error {
		_, _, err := r.records.PutStaff(ctx, tx, record.News{Source: "test"}, record.Staff{Name: name,
			Roles: []record.StaffRole{{Property: r.property, Role: role}}})
		return err
	})
}

// asks wants an open task of the title with the named person.
func (r *rig) asks(who hearth.ResidentID, title, owner string) {
	r.Helper()
	if got := r.owner(r.task(who, title)); got != owner {
		r.Errorf("%s has %q, want %s", got, title, owner)
	}
}

// nothing wants that no task is open for the residents and nothing was said to them.
func (r *rig) nothing(ids ...hearth.ResidentID) {
	r.Helper()
	for _, id := range ids {
		if said, asked := r.said(id), titles(r, id); said != "" || asked != "" {
			r.Errorf("at %s there is said %q and asked %q, want nothing", r.local(), said, asked)
		}
	}
}

// drafted wants the draft of a task to say something.
func (r *rig) drafted(who hearth.ResidentID, title string, says ...string) {
	r.Helper()
	k := r.task(who, title)
	for _, s := range says {
		if !strings.Contains(k.Draft, s) {
			r.Errorf("the draft of %q does not say %q:\n%s", title, s, k.Draft)
		}
	}
}

// cancelled calls a work order off.
func (r *rig) cancelled(id hearth.WorkOrderID) {
	r.Helper()
	r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
		_, err := r.orders.Cancel(ctx, tx, n, id, "It stopped by itself")
		return err
	})
}

// reopened opens a work order again.
func (r *rig) reopened(id hearth.WorkOrderID) {
	r.Helper()
	r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
		_, err := r.orders.Reopen(ctx, tx, n, id, "It is the same again")
		return err
	})
}
