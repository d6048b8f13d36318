package trigger_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/record"
	"hearth/playbooks"
)

// The scenarios play the shipped playbooks over the real pipeline. The clock stands at Monday, 2 March 2026, 9:00 in
// New York at first; on Sunday, 8 March, clocks go forward.

const day = 24 * time.Hour

// play runs a scenario on both databases with one shipped playbook switched on.
func play(t *testing.T, id string, f func(r *rig)) {
	t.Helper()
	each(t, func(r *rig) {
		r.ship(id)
		f(r)
	})
}

// ship switches a shipped playbook on.
func (r *rig) ship(id string) {
	r.Helper()
	files, err := playbooks.Library()
	r.must(err)
	for _, f := range files {
		if f.ID == id {
			r.activate(string(f.Text), 0)
			return
		}
	}
	r.Fatalf("there is no shipped playbook %q", id)
}

// people makes members of a household; a role may follow a name: "Ana", "Leo:minor".
func people(unit string, names ...string) []record.Member {
	var out []record.Member
	for _, n := range names {
		first, role, _ := strings.Cut(n, ":")
		out = append(out, record.Member{Resident: record.Resident{First: first, Last: "Example", Role: hearth.HouseholdRole(role),
			Email: strings.ToLower(first) + "@home.example"}, External: first + "-" + unit})
	}
	return out
}

// lease tells a home with days relative to today.
func (r *rig) lease(unit string, start, end int, names ...string) record.HomeResult {
	r.Helper()
	return r.homeTold(record.News{}, unit, r.dates(start, end), names...)
}

// dates gives a lease with days relative to today.
func (r *rig) dates(start, end int) record.HomeLease {
	today := r.today()
	return record.HomeLease{Start: today + hearth.Day(start), End: today + hearth.Day(end), RentCents: 150000, MoveIn: today + hearth.Day(start)}
}

func (r *rig) homeTold(n record.News, unit string, l record.HomeLease, names ...string) record.HomeResult {
	r.Helper()
	n.Source = "test"
	var res record.HomeResult
	r.write(func(ctx context.Context, tx *db.Tx) error {
		var err error
		res, err = r.records.PutHome(ctx, tx, n, record.Home{Property: r.property,
			Unit: record.Unit{Label: unit}, Lease: l, Members: people(unit, names...)})
		return err
	})
	r.drain()
	return res
}

// repair opens a work order by the resident.
func (r *rig) repair(who hearth.ResidentID, words, category string) hearth.WorkOrderID {
	r.Helper()
	var o workorder.Order
	r.write(func(ctx context.Context, tx *db.Tx) error {
		var err error
		o, err = r.orders.Open(ctx, tx, record.News{Source: "test"}, workorder.Order{Property: r.property, Resident: who,
			Description: words, Category: category, Priority: "routine"})
		return err
	})
	r.drain()
	return o.ID
}

// told changes a work order.
func (r *rig) told(f func(ctx context.Context, tx *db.Tx, n record.News) error) {
	r.Helper()
	r.write(func(ctx context.Context, tx *db.Tx) error { return f(ctx, tx, record.News{Source: "test"}) })
	r.drain()
}

func (r *rig) completed(id hearth.WorkOrderID, resolution string) {
	r.Helper()
	r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
		_, err := r.orders.Complete(ctx, tx, n, id, resolution)
		return err
	})
}

// says has a resident write.
func (r *rig) says(who hearth.ResidentID, words string) {
	r.Helper()
	r.told(func(ctx context.Context, tx *db.Tx, n record.News) error {
		_, err := r.messages.Receive(ctx, tx, n, message.Inbound{Property: r.property, Resident: who, Channel: hearth.ChannelEmail, Text: words})
		return err
	})
}

// do closes the resident's open task of that title with facts.
func (r *rig) do(who hearth.ResidentID, title string, facts map[string]string) {
	r.Helper()
	t := r.task(who, title)
	r.told(func(ctx context.Context, tx *db.Tx, _ record.News) error {
		return r.tasks.Done(ctx, tx, hearth.Actor{Kind: "staff", ID: string(t.Owner)}, t.ID, facts)
	})
}

// task gives the resident's open task of that title. Whatever the task, it has an owner, a reason, a packet, and is
// due in business hours.
func (r *rig) task(who hearth.ResidentID, title string) task.Task {
	r.Helper()
	for _, t := range r.openTasks(who) {
		if t.Title != title {
			continue
		}
		due := t.DueAt.In(r.zone)
		from, to := 9, 18
		if due.Weekday() == time.Saturday {
			from, to = 10, 16
		}
		minutes := due.Hour()*60 + due.Minute()
		if due.Weekday() == time.Sunday || minutes < from*60 || minutes > to*60 {
			r.Errorf("%q is due on %s, want business hours", title, due.Format("Mon Jan 2 15:04"))
		}
		if t.Owner == "" || t.Why == "" || len(t.Context.Facts) == 0 || t.Minutes == 0 {
			r.Errorf("%q opens with owner %q, why %q and %d facts, want all of it", title, t.Owner, t.Why, len(t.Context.Facts))
		}
		if strings.Contains(t.Draft, "[") {
			r.Errorf("the draft of %q has blanks: %s", title, t.Draft)
		}
		return t
	}
	r.Fatalf("at %s there is no open task %q for them, but %q", r.local(), title, titles(r, who))
	return task.Task{}
}

// owner gives the name of whoever has the task.
func (r *rig) owner(t task.Task) string {
	r.Helper()
	var name string
	r.read(func(ctx context.Context, tx *db.Tx) error {
		s, err := r.records.Staff(ctx, tx, t.Owner)
		name = s.Name
		return err
	})
	return name
}

// said gives the messages to the resident that were sent or wait, oldest first, as "template state".
func (r *rig) said(who hearth.ResidentID) string {
	r.Helper()
	var out []string
	for _, m := range r.messagesTo(who) {
		out = append(out, m.Template+" "+string(m.State))
	}
	return strings.Join(out, "; ")
}

// messagesTo gives the messages to the resident, oldest first. Whatever was sent has a subject, a text that knows
// them, and no blanks.
func (r *rig) messagesTo(who hearth.ResidentID) []message.Message {
	r.Helper()
	var out []message.Message
	r.read(func(ctx context.Context, tx *db.Tx) error {
		items, _, err := r.messages.List(ctx, tx, message.Filter{Resident: who, Direction: message.Out}, "", 100)
		for i := len(items) - 1; i >= 0; i-- {
			out = append(out, items[i])
		}
		return err
	})
	for _, m := range out {
		if m.State == message.Queued && (m.Subject == "" || !strings.Contains(m.Body, "Oak Court") || strings.ContainsAny(m.Subject+m.Body, "[]{}!")) {
			r.Errorf("%s is not complete: %q\n%s", m.Template, m.Subject, m.Body)
		}
	}
	return out
}

// message gives the one message of a template to the resident, and checks what its text says.
func (r *rig) message(who hearth.ResidentID, template string, says ...string) message.Message {
	r.Helper()
	var found []message.Message
	for _, m := range r.messagesTo(who) {
		if m.Template == template {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		r.Fatalf("at %s there are %d messages %s, want one; all: %s", r.local(), len(found), template, r.said(who))
	}
	for _, s := range says {
		if !strings.Contains(found[0].Subject+"\n"+found[0].Body, s) {
			r.Errorf("%s does not say %q:\n%s\n%s", template, s, found[0].Subject, found[0].Body)
		}
	}
	return found[0]
}

// ended wants the resident's last run to be over, in these words.
func (r *rig) ended(who hearth.ResidentID, outcome, reason string) {
	r.Helper()
	ends := r.outcomes(who, "run")
	var last decision.Decision
	if len(ends) > 0 {
		last = ends[len(ends)-1]
	}
	if last.Outcome != outcome || !strings.Contains(last.Reason, reason) {
		r.Errorf("at %s the last end is %q: %q, want %q: %q", r.local(), last.Outcome, last.Reason, outcome, reason)
	}
}

// starts counts the resident's starts.
func (r *rig) starts(who hearth.ResidentID) (n int) {
	r.Helper()
	for _, d := range r.outcomes(who, "trigger") {
		if d.Outcome == "started" {
			n++
		}
		if d.Reason == "" {
			r.Errorf("the decision %q has no words", d.Outcome)
		}
	}
	return n
}

func (r *rig) local() string { return r.clock.Now().In(r.zone).Format("Mon Jan 2 15:04") }

// until lets time pass to a local time of a day relative to the clock's first day.
func (r *rig) until(d hearth.Day, hour int) {
	r.Helper()
	at := d.At(hour*60, r.zone)
	if !at.After(r.clock.Now()) {
		r.Fatalf("%s is not ahead of %s", at, r.clock.Now())
	}
	r.pass(at.Sub(r.clock.Now()))
}

// quiet wants that nobody was told or asked anything about the residents.
func (r *rig) untouched(ids ...hearth.ResidentID) {
	r.Helper()
	for _, id := range ids {
		if said, asked := r.said(id), titles(r, id); said != "" || asked != "" || r.starts(id) > 0 {
			r.Errorf("somebody who is not addressed was: said %q, asked %q", said, asked)
		}
	}
}
