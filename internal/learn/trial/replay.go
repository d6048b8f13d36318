package trial

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/channel"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/trigger"
)

// switchOn is a playbook that is switched on in a copy, and when.
type switchOn struct {
	at   time.Time
	id   hearth.PlaybookID
	text []byte
	aDay int
	must bool // it is what is tried
}

// replay plays recorded days in one copy.
type replay struct {
	*Program
	clock    *hearth.VirtualClock
	mail     *message.Sender
	journal  *channel.Journal
	property hearth.PropertyID
	part     int
	events   *stream
	past     *past
	on       []switchOn // by time
	begin    time.Time  // when the copy begins to decide
	from     time.Time  // the first instant that the report tells of
	to       time.Time  // the last
	news     <-chan struct{}
	activity map[hearth.PlaybookID]trigger.Activation // what switching on found
	refused  []hearth.PlaybookID                      // that are on and cannot be switched on any more
	played   int                                      // events, from the first instant on
	left     map[hearth.TaskID]bool                   // due tasks that are as they were then: nobody closes them here
	days     map[hearth.PlaybookID]int                // of those that start once in so many days
	assumed  int                                      // tasks that were closed though nobody did them in reality
	tick     func(time.Time)                          // told the clock's time now and then; nil: nobody asks
}

// mailJournal is where the marks of a copy's mails lie.
const mailJournal = "mail.journal"

// openMail makes the sender of the copy, which hands every mail to nobody.
func (r *replay) openMail(ctx context.Context, dir string) error {
	journal, marks, err := channel.OpenJournal(filepath.Join(dir, mailJournal), 1)
	if err != nil {
		return err
	}
	r.journal = journal
	r.mail, err = message.NewSender(ctx, message.Deps{DB: r.DB, Store: r.Messages, Records: r.Records, Sender: sink{}, Journal: journal,
		Marks: marks, Node: "trial", Conns: 1, From: r.From, Log: r.Logger, Care: r.Care})
	return err
}

// close closes the copy.
func (r *replay) close(ctx context.Context) error {
	var err error
	if r.mail != nil {
		err = r.mail.Close(context.WithoutCancel(ctx))
	}
	if r.journal != nil {
		err = errors.Join(err, r.journal.Close())
	}
	return errors.Join(err, r.Close())
}

// run plays everything until the end.
func (r *replay) run(ctx context.Context) error {
	next, err := r.settle(ctx)
	if err != nil {
		return err
	}
	for {
		at, err := r.next(ctx, next)
		if err != nil {
			return err
		}
		if at.IsZero() || at.After(r.to) {
			r.clock.Set(r.to)
			return nil
		}
		if now := r.clock.Now(); at.Before(now) {
			at = now // it was recorded out of order, within moments
		}
		r.clock.Set(at)
		if r.tick != nil {
			r.tick(at)
		}
		if err := r.happen(ctx, at); err != nil {
			return fmt.Errorf("play %s: %w", at.Format(time.RFC3339), err)
		}
		if next, err = r.settle(ctx); err != nil {
			return fmt.Errorf("play %s: %w", at.Format(time.RFC3339), err)
		}
	}
}

// next gives when something happens next; zero when nothing does any more.
func (r *replay) next(ctx context.Context, due time.Time) (time.Time, error) {
	if err := ctx.Err(); err != nil {
		return due, err
	}
	at := due
	ev, err := r.events.peek(ctx)
	if err != nil {
		return at, err
	}
	if ev != nil {
		at = earliest(at, ev.Recorded)
	}
	if len(r.on) > 0 {
		at = earliest(at, r.on[0].at)
	}
	if len(r.past.rows) > 0 {
		at = earliest(at, hearth.FromMillis(r.past.rows[0].at))
	}
	if len(r.past.ends) > 0 {
		at = earliest(at, hearth.FromMillis(r.past.ends[0].at))
	}
	return at, nil
}

// earliest gives the earlier of two times; a zero time is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// happen lets come in what was recorded until now, and switches on what is to be on from now.
func (r *replay) happen(ctx context.Context, now time.Time) error {
	for len(r.on) > 0 && !r.on[0].at.After(now) {
		if _, err := r.settle(ctx); err != nil {
			return err
		}
		if err := r.switchOn(ctx); err != nil {
			return err
		}
	}
	if err := r.records(ctx, now); err != nil {
		return err
	}
	for {
		evs, err := r.events.take(ctx, now)
		if err != nil || len(evs) == 0 {
			return err
		}
		if err := r.append(ctx, evs); err != nil {
			return err
		}
	}
}

// switchOn switches on the next playbook, as a person would. One that was switched on once and would be refused today (a
// template is gone, the map of moments changed) must not keep the others from being played.
func (r *replay) switchOn(ctx context.Context) error {
	next := r.on[0]
	r.on = r.on[1:]
	got, err := r.Engine.Activate(ctx, next.text, next.aDay)
	if err != nil && !next.must && refused(err) {
		r.refused = append(r.refused, next.id)
		return nil
	}
	if err != nil {
		return err
	}
	r.activity[got.Playbook] = got
	return nil
}

// records brings in what was written beside the log until now.
func (r *replay) records(ctx context.Context, now time.Time) error {
	first, rest := r.past.cut(now.Add(time.Millisecond))
	cares := r.past.cares[:len(r.past.cares)-len(rest.cares)]
	var ends []ending
	for len(rest.ends) > 0 && rest.ends[0].at <= hearth.Millis(now) {
		ends, rest.ends = append(ends, rest.ends[0]), rest.ends[1:]
	}
	r.past = rest
	if len(first)+len(cares)+len(ends) == 0 {
		return nil
	}
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		if err := write(ctx, tx, first); err != nil {
			return err
		}
		for _, x := range cares {
			if err := r.Care.Restore(ctx, tx, x, r.property); err != nil {
				return err
			}
		}
		for _, e := range ends {
			err := r.Tasks.Cancel(ctx, tx, hearth.System("trial"), e.task, "It was called off then too.")
			if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
				return err
			}
		}
		return nil
	})
}

// append brings events in. What Hearth told itself then is left to the engine of the copy; what the team did with tasks
// and situations is done again.
func (r *replay) append(ctx context.Context, evs []*hearth.Event) error {
	var lot []*hearth.Event
	flush := func() error {
		if len(lot) == 0 {
			return nil
		}
		out, prefer := lot, wishes{}
		lot = nil
		for _, ev := range out {
			prefer.note(ev)
		}
		return r.DB.Write(ctx, func(tx *db.Tx) error {
			if err := prefer.write(ctx, tx); err != nil {
				return err
			}
			_, err := r.Log.AppendChecked(ctx, tx, out...)
			return err
		})
	}
	for _, ev := range evs {
		if !ev.Recorded.Before(r.from) {
			r.played++
		}
		redo, keep := r.ours(ev)
		if keep {
			lot = append(lot, again(ev))
		}
		if redo == nil {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
		if err := redo(ctx); err != nil {
			return fmt.Errorf("%s of %s: %w", ev.Type, ev.Subject, err)
		}
	}
	return flush()
}

// ours says what to do with an event: keep it as it is, do again what it tells of, or neither.
func (r *replay) ours(ev *hearth.Event) (redo func(context.Context) error, keep bool) {
	switch ev.Source {
	case byEngine:
		return nil, false
	case byMessage:
		switch ev.Type {
		case "message.sent", "message.failed", "message.unknown":
			return nil, !r.past.again[ev.Subject.ID]
		}
	case byTask:
		switch ev.Type {
		case "task.done":
			return func(ctx context.Context) error { return r.done(ctx, ev) }, false
		case "task.declined":
			return func(ctx context.Context) error { return r.declined(ctx, ev) }, false
		}
		return nil, false
	case byCare:
		if ev.Type == "situation.ended" {
			return func(ctx context.Context) error { return r.careEnded(ctx, ev) }, false
		}
	}
	return nil, true
}

// settle lets everything happen that can happen at the clock's time, and gives the time at which something is due next;
// zero when nothing waits.
func (r *replay) settle(ctx context.Context) (time.Time, error) {
	for turn := 0; turn < maxTurns; turn++ {
		decide, deliver, err := r.waiting(ctx)
		if err != nil {
			return time.Time{}, err
		}
		now := r.clock.Now()
		decideNow, deliverNow := rung(r.news) || due(decide, now), r.mail.Stats().Waiting > 0 || due(deliver, now)
		if !decideNow && !deliverNow {
			return earliest(decide, deliver), nil
		}
		if decideNow {
			if due(decide, now) {
				if err := r.finish(ctx, now); err != nil {
					return time.Time{}, err
				}
			}
			if err := r.decide(ctx); err != nil {
				return time.Time{}, err
			}
		}
		if err := r.deliver(ctx, deliverNow); err != nil {
			return time.Time{}, err
		}
	}
	return time.Time{}, fmt.Errorf("at %s something is due again and again", r.clock.Now().Format(time.RFC3339))
}

// maxTurns is where something is taken to go round in circles.
const maxTurns = 10_000

func due(at, now time.Time) bool { return !at.IsZero() && !at.After(now) }

// fewTaken is what a batch takes that leaves nothing behind.
const fewTaken = 32

func (r *replay) decide(ctx context.Context) error {
	for {
		n, err := r.Engine.RunBatch(ctx, r.part)
		if err != nil || n <= fewTaken {
			return err
		}
	}
}

func (r *replay) deliver(ctx context.Context, wanted bool) error {
	if !wanted && r.mail.Stats().Waiting == 0 {
		return nil
	}
	if err := r.mail.Drain(ctx); err != nil {
		return fmt.Errorf("deliver: %w", err)
	}
	return nil
}

// waiting reads when something is due for the engine, and for the sender.
func (r *replay) waiting(ctx context.Context) (decide, deliver time.Time, err error) {
	err = r.read(ctx, func(tx *db.Tx) error {
		var err error
		if decide, _, err = work.NextAt(ctx, tx, trigger.Lane, r.part); err != nil {
			return err
		}
		deliver, _, err = work.NextAt(ctx, tx, message.Lane, 0)
		return err
	})
	return decide, deliver, err
}

// read looks into the copy. It does so on the connection that writes: each of the others would have to forget all that it
// has of the file after every write, and there is a look after each.
func (r *replay) read(ctx context.Context, fn func(tx *db.Tx) error) error {
	return r.DB.Write(ctx, fn)
}

// rung takes a ring of a bell, if there is one.
func rung(bell <-chan struct{}) bool {
	select {
	case <-bell:
		return true
	default:
		return false
	}
}
