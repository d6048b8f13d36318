package trigger

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/work"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/care"
)

// releaseHeld lets the messages that a pause held come before the desk again: what is of no use any more at once, for
// the desk to end it; what is late after a look by a person; the rest spread over the days.
func (b *batch) releaseHeld(ctx context.Context) error {
	rows, err := work.Waiting(ctx, b.tx, Lane, b.part, dueHold)
	if err != nil {
		return err
	}
	items := make([]desk.HeldItem, 0, len(rows))
	var ids []hearth.ResidentID
	for _, row := range parked(rows) {
		item, err := desk.ReadHeld(row)
		if err != nil {
			return err
		}
		items, ids = append(items, item), append(ids, item.Intent.Resident)
	}
	if err := b.cache.load(ctx, b.tx, ids, b.Engine); err != nil {
		return err
	}
	slices.SortStableFunc(items, func(x, y desk.HeldItem) int {
		return cmp.Or(x.Intent.Made.Compare(y.Intent.Made), cmp.Compare(x.Intent.ID, y.Intent.ID))
	})
	for _, item := range items {
		in := item.Intent
		if b.released[item.Due.Kind+" "+item.Due.Key] {
			continue
		}
		if _, still := b.care.Paused(care.Thing{Playbook: in.Playbook, Property: in.Property, Resident: in.Resident, Channel: b.channelOf(in),
			Class: in.Class}, b.now); still {
			continue
		}
		en, err := b.entry(ctx, in.Resident, in.Property)
		if err != nil {
			return err
		}
		if err := b.releaseMessage(ctx, en, item, in.Made); err != nil {
			return err
		}
	}
	return nil
}

// channelOf gives the channel that a pause of a channel goes by: the intent's, else the only one there is.
func (b *batch) channelOf(in desk.Intent) hearth.Channel {
	if in.Channel == "" && len(b.desk.Channels) == 1 {
		return b.desk.Channels[0]
	}
	return in.Channel
}

func (b *batch) releaseMessage(ctx context.Context, en *entry, item desk.HeldItem, wasDue time.Time) error {
	in, row := item.Intent, item.Due
	b.goesOn(row)
	over := !b.now.Before(in.Expires)
	switch {
	case in.Class == hearth.ClassAnswer || in.Class == hearth.ClassSafety, over && in.Class.Discretionary():
		row.At = b.now
	case over || b.now.Sub(wasDue) > tooLate:
		return b.reviewMessage(ctx, en, item, wasDue)
	default:
		var err error
		if row.At, err = b.place(ctx, in.Playbook, in.Property, en.zone); err != nil {
			return err
		}
	}
	b.puts = append(b.puts, row)
	return nil
}

// lateHeld takes out of the held messages whose time has come those that come far too late: a person looks at them.
func (b *batch) lateHeld(ctx context.Context, rows []work.Due) (inTime []work.Due, err error) {
	for _, d := range rows {
		if b.now.Sub(d.At) <= tooLate {
			inTime = append(inTime, d)
			continue
		}
		item, err := desk.ReadHeld(d)
		if err != nil {
			return nil, err
		}
		if in := item.Intent; in.Class == hearth.ClassAnswer || in.Class == hearth.ClassSafety || in.Class.Discretionary() && !b.now.Before(in.Expires) {
			inTime = append(inTime, d) // the desk ends it
			continue
		}
		en, err := b.entry(ctx, item.Intent.Resident, item.Intent.Property)
		if err != nil {
			return nil, err
		}
		if err := b.reviewMessage(ctx, en, item, d.At); err != nil {
			return nil, err
		}
	}
	return inTime, nil
}

// answers is what a finished task told, as far as the engine follows it.
type answers struct {
	Rest    string `json:"rest"`
	Contact string `json:"contact"`
}

// doneTask reads a task.done event.
func doneTask(ev *hearth.Event) (hearth.TaskID, answers) {
	var data struct {
		Task  hearth.TaskID `json:"task"`
		Facts answers       `json:"facts"`
	}
	// The schema of the type was checked when it was appended; a fact of another shape tells nothing here.
	_ = json.Unmarshal(ev.Data, &data)
	return data.Task, data.Facts
}

// promiseTask is the kind of a task that holds news about a promise as a draft, while the message waits to go by itself.
const promiseTask = "playbook.promise"

// promiseMessage names the message that waits behind such a task.
func promiseMessage(id hearth.TaskID) hearth.MessageID {
	return hearth.MessageID(hearth.DeriveID("msg_", string(id)))
}

// taskDone follows the tasks that something waits behind.
func (b *batch) taskDone(ctx context.Context, ev *hearth.Event) error {
	var data struct {
		Kind string `json:"kind"`
	}
	_ = json.Unmarshal(ev.Data, &data) // checked at the door; what cannot be read is of no kind that matters here
	switch data.Kind {
	case reviewTask:
		return b.settleTask(ctx, ev)
	case promiseTask:
		id, told := doneTask(ev)
		if told.Contact == "no" {
			return nil // nobody was reached, so it goes by itself before the promise slips
		}
		rows, err := work.Find(ctx, b.tx, dueHold, []string{string(promiseMessage(id))})
		if err != nil || len(rows) == 0 {
			return err
		}
		if _, err := b.desk.Withdraw(ctx, b.tx, rows, "A person told them."); err != nil {
			return err
		}
		return dropRows(ctx, b, rows)
	}
	return nil
}

// promiseLead is how long before a promise slips its news goes by itself when no person has told it.
const promiseLead = 4 * time.Hour

// promiseAt gives when that is due which a run is about, as its events say: the promise, or the visit; false: they do
// not say, and nothing tells how long it may wait.
func promiseAt(r *playbook.Run, zone *time.Location) (time.Time, bool) {
	facts := r.EventFacts()
	for _, name := range []string{"due", "start"} {
		text, _ := facts[name].(string)
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return at.UTC(), true
		}
		if day, err := hearth.ParseDay(text); err == nil {
			return (day + 1).Start(zone).UTC(), true
		}
	}
	return time.Time{}, false
}

// recalledDue takes a message that came back from delivery before the desk.
func (b *batch) recalledDue(ctx context.Context, d work.Due) error {
	m, err := b.desk.Messages.Get(ctx, b.tx, hearth.MessageID(d.Key))
	if err != nil || m.State != message.Held {
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			return nil
		}
		return err
	}
	if m.Resident == "" { // a test to the team: whoever paused may send it again
		_, err = b.desk.Messages.TakeBack(ctx, b.tx, []hearth.MessageID{m.ID}, "It was paused.")
		return err
	}
	b.recalled = append(b.recalled, m)
	_, err = b.entry(ctx, m.Resident, m.Property)
	return err
}

// reclaim asks the desk again about the messages that came back from delivery.
func (b *batch) reclaim(ctx context.Context) error {
	if len(b.recalled) == 0 {
		return nil
	}
	ids := make([]hearth.MessageID, len(b.recalled))
	for i, m := range b.recalled {
		ids[i] = m.ID
	}
	_, about, err := b.runsOf(ctx, b.recalled)
	if err != nil {
		return err
	}
	if _, err := b.desk.Reclaim(ctx, b.tx, ids, about, b.view); err != nil {
		return fmt.Errorf("ask the desk about what was taken back: %w", err)
	}
	return nil
}

// aboutOf gives when that happens which the messages that came back are about: for news about a promise that waited for a
// person this is the time up to which it is of use.
func (b *batch) aboutOf(ctx context.Context, msgs []message.Message, runs []*playbook.Run) (map[hearth.MessageID]time.Time, error) {
	byID := make(map[hearth.RunID]*playbook.Run, len(runs))
	for _, r := range runs {
		byID[r.ID] = r
	}
	about := make(map[hearth.MessageID]time.Time, len(msgs))
	for _, m := range msgs {
		r := byID[m.Run]
		if r == nil {
			continue
		}
		about[m.ID] = r.About()
		if m.Class != hearth.ClassPromise {
			continue
		}
		en, err := b.entry(ctx, m.Resident, m.Property)
		if err != nil {
			return nil, err
		}
		if due, ok := promiseAt(r, en.zone); ok && due.Equal(m.Expires) {
			about[m.ID] = due
		}
	}
	return about, nil
}
