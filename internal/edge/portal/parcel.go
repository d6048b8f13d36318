package portal

import (
	"context"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
)

// parcel is a request as whoever asked for it follows it.
type parcel struct {
	Order workorder.Order
	Href  string
	Title string
	Line  string // where it stands, in a sentence
	More  string // what happens next
	Steps []string
	At    int // which step it is at
	Ended bool
	Ask   bool // they are asked whether it is fixed
}

// stepsOf are the names of a request's steps.
func (w *words) stepsOf() []string {
	return []string{w.T("step.received"), w.T("step.planned"), w.T("step.coming"), w.T("step.done"), w.T("step.solved")}
}

// follow turns a work order into what is shown of it.
func (v *visit) follow(o workorder.Order) parcel {
	pc := parcel{Order: o, Href: "/home/repair/" + string(o.ID), Title: title(o.Description), Steps: v.words.stepsOf()}
	key := string(o.State)
	switch o.State {
	case workorder.Submitted, workorder.Triaged, workorder.Assigned:
		pc.At = 0
	case workorder.Scheduled:
		pc.At = 1
		key = v.appointment(o)
	case workorder.Waiting:
		pc.At = 1
		key = "waiting." + waits(o.WaitingFor)
	case workorder.EnRoute, workorder.InProgress:
		pc.At = 2
	case workorder.Complete:
		pc.At, pc.Ask = 3, true
	case workorder.Confirmed:
		pc.At, pc.Ended = 4, true
	case workorder.Cancelled:
		pc.Ended, pc.Steps = true, nil
	}
	from, to := o.ScheduledFrom.In(v.zone), o.ScheduledTo.In(v.zone)
	pc.Line = v.T("state."+key, "day", v.words.day(from, v.now), "from", v.words.clock(from), "to", v.words.clock(to))
	if v.words.has("next." + key) {
		pc.More = v.T("next." + key)
	}
	return pc
}

// appointment tells how the window of an appointment is said: one that has passed is not said to be coming.
func (v *visit) appointment(o workorder.Order) string {
	switch {
	case o.ScheduledTo.Before(v.now) && o.ScheduledFrom.Before(v.now.Add(-12*time.Hour)):
		return "scheduled.past"
	case o.ScheduledTo.IsZero() || !o.ScheduledTo.After(o.ScheduledFrom):
		return "scheduled.at"
	}
	return "scheduled.window"
}

// waits turns what a source says that a repair waits for into one of four.
func waits(what string) string {
	what = strings.ToLower(what)
	for key, parts := range map[string]string{"parts": "part", "access": "access", "resident": "resident", "vendor": "vendor"} {
		if strings.Contains(what, parts) {
			return key
		}
	}
	return "other"
}

// title makes a headline of a request: its first sentence, cut between words.
func title(description string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(description), "\n")
	if i := strings.IndexAny(line, ".!?"); i > 8 {
		line = line[:i]
	}
	const most = 60
	r := []rune(line)
	if len(r) <= most {
		return line
	}
	cut := string(r[:most])
	if i := strings.LastIndex(cut, " "); i > most/2 {
		cut = cut[:i]
	}
	return cut + "…"
}

// requests gives what the visitor has asked for, newest first. What others of the household asked for stays theirs.
func (v *visit) requests(ctx context.Context, tx *db.Tx) ([]workorder.Order, error) {
	seen := map[hearth.WorkOrderID]bool{}
	var out []workorder.Order
	for _, who := range v.person {
		own, err := v.p.Workorders.History(ctx, tx, "", who, mostRequests)
		if err != nil {
			return nil, err
		}
		for _, o := range own {
			if !seen[o.ID] {
				seen[o.ID] = true
				out = append(out, o)
			}
		}
	}
	return out, nil
}

const mostRequests = 50

// request gives one of the visitor's requests. It fails with CodeNotFound for anybody else's.
func (v *visit) request(ctx context.Context, tx *db.Tx, id hearth.WorkOrderID) (workorder.Order, error) {
	o, err := v.p.Workorders.Get(ctx, tx, id)
	if err != nil {
		return workorder.Order{}, err
	}
	if o.Resident == "" || !v.mine(o.Resident) {
		return workorder.Order{}, hearth.Errorf(hearth.CodeNotFound, "There is no work order %s.", id)
	}
	return o, nil
}
