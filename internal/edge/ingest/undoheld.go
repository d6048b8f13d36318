package ingest

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// Why somebody stays. What was said and done with a person is one reason whatever it was, so that nothing hints at what
// only a coordinator may see.
const (
	whyWork     = "messages, tasks or notes of the team's work with them are kept"
	whyRepair   = "a repair was asked for since"
	whyPayment  = "payments of theirs are on record"
	whySince    = "something has happened with them since"
	whyAccount  = "they can sign in"
	whyTasks    = "they have or had tasks"
	whyHistory  = "a repair in this home is on record"
	whyOrderRun = "something has happened with it since"
)

// held gives who must stay, and why.
func (x *undoing) held(ctx context.Context, tx *db.Tx, thing record.Thing, ids []string) (map[string]string, error) {
	var fresh []string
	for _, id := range ids {
		if !x.asked[id] {
			fresh = append(fresh, id)
		}
	}
	if len(fresh) > 0 {
		find := x.heldResidents
		if thing == record.ThingStaff {
			find = x.heldStaff
		}
		if err := find(ctx, tx, fresh); err != nil {
			return nil, err
		}
	}
	out := map[string]string{}
	for _, id := range ids {
		if why := x.heldBy[id]; why != "" {
			out[id] = why
		}
	}
	return out, nil
}

func (x *undoing) heldResidents(ctx context.Context, tx *db.Tx, ids []string) error {
	why := map[string]string{}
	say := func(id, reason string) {
		if why[id] == "" {
			why[id] = reason
		}
	}
	runs, err := playbook.HadRuns(ctx, tx, ids)
	if err != nil {
		return err
	}
	messages, err := x.im.Messages.Had(ctx, tx, ids)
	if err != nil {
		return err
	}
	tasks, err := x.im.Tasks.About(ctx, tx, ids, questionKind)
	if err != nil {
		return err
	}
	for _, id := range ids {
		x.asked[id] = true
		if runs[id] != "" || messages[id] || tasks[id] != "" {
			say(id, whyWork)
		}
	}
	briefs, err := x.im.Log.Briefs(ctx, tx, ids, x.imp.started)
	if err != nil {
		return err
	}
	for _, b := range briefs {
		if !x.own(b) {
			say(string(b.Resident), whyOf(b.Type))
		}
	}
	for id, reason := range why {
		x.heldBy[id] = reason
	}
	return nil
}

// own tells whether an event is the import's own doing, or that of one that was taken back, or says nothing that happened.
func (x *undoing) own(b eventlog.Brief) bool {
	switch b.Type {
	case "risk.changed", "resident.vanished", "resident.news_forwarded":
		return true
	}
	if b.Source == ourSource {
		return true
	}
	if b.Source != x.imp.source {
		return false
	}
	for _, w := range append([]window{{x.imp.started, x.until}}, x.windows...) {
		if !b.Recorded.Before(w.from) && !b.Recorded.After(w.to) {
			return true
		}
	}
	return false
}

func whyOf(t hearth.EventType) string {
	area, _, _ := strings.Cut(string(t), ".")
	switch area {
	case "message", "task", "situation", "welfare", "contact", "tone", "survey", "promise":
		return whyWork
	case "workorder":
		return whyRepair
	case "payment", "arrears":
		return whyPayment
	case "resident", "lease", "preference":
		return "it was changed since"
	}
	return whySince
}

func (x *undoing) heldStaff(ctx context.Context, tx *db.Tx, ids []string) error {
	tasks, err := x.im.Tasks.Owned(ctx, tx, ids, "")
	if err != nil {
		return err
	}
	for _, id := range ids {
		x.asked[id] = true
		if tasks[id] != "" {
			x.heldBy[id] = whyTasks
		}
		if x.im.Accounts == nil {
			continue
		}
		_, err := x.im.Accounts.ByStaff(ctx, tx, hearth.StaffID(id))
		switch {
		case err == nil:
			x.heldBy[id] = whyAccount
		case hearth.CodeOf(err) != hearth.CodeNotFound:
			return err
		}
	}
	return nil
}

// used keeps a home of which repairs are on record.
func (x *undoing) used(ctx context.Context, tx *db.Tx, unit hearth.UnitID) (string, error) {
	orders, err := x.im.Workorders.History(ctx, tx, unit, "", 0)
	if err != nil {
		return "", err
	}
	for _, o := range orders {
		if !x.u.Gone(record.ThingWorkOrder, string(o.ID)) {
			return whyHistory, nil
		}
	}
	return "", nil
}

// orderNeeded keeps a work order with photos.
func (x *undoing) orderNeeded(ctx context.Context, tx *db.Tx, o workorder.Order) (string, error) {
	photos, err := x.im.Workorders.Photos(ctx, tx, o.ID)
	if err != nil || len(photos) == 0 {
		return "", err
	}
	return whyOrderRun, nil
}

// ask finds out at once who of some rows must stay, so that it need not be asked one by one.
func (x *undoing) ask(ctx context.Context, tx *db.Tx, rows []trailRow) error {
	if x.pass != record.PassPeople {
		return nil
	}
	all := map[record.Thing][]string{}
	for _, r := range rows {
		for _, st := range r.doc.Steps {
			if st.Made() && (st.Thing == record.ThingResident || st.Thing == record.ThingStaff) {
				all[st.Thing] = append(all[st.Thing], st.ID)
			}
		}
	}
	for thing, ids := range all {
		if _, err := x.held(ctx, tx, thing, ids); err != nil {
			return err
		}
	}
	return nil
}

func (x *undoing) order(ctx context.Context, tx *db.Tx, id string) error {
	_, err := x.im.Workorders.Get(ctx, tx, hearth.WorkOrderID(id))
	return err
}
