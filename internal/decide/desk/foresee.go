package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/sense/signal"
)

// Foreseen is what the desk would do with a message in the days to come.
type Foreseen struct {
	Verdict
	At      time.Time // when that is decided for good; for one that is held beyond the horizon, when it was asked last
	Waits   []string  // what holds it until then, in whole sentences
	Class   hearth.Class
	Purpose string
	Subject string
	Text    string
}

// mostAsked is how often one held message is asked again in a look ahead.
const mostAsked = 30

// Foresee tells what the desk would say to intents of which each is put to it at a time to come, until a horizon. It goes
// by the resident's signals as they will be if nothing happens, by what was said and by what it says itself on the way, and
// writes nothing. Those who are in the batch for several intents get them in the order of their times.
func (d *Desk) Foresee(ctx context.Context, tx *db.Tx, in []Intent, at []time.Time, horizon time.Time, view Views) ([]Foreseen, error) {
	if len(in) == 0 {
		return nil, nil
	}
	in = slices.Clone(in)
	d, err := d.stocked(ctx, tx, in)
	if err != nil {
		return nil, err
	}
	for i := range in {
		if in[i].Made.IsZero() {
			in[i].Made = at[i]
		}
		d.fill(&in[i], at[i])
	}
	r, err := d.gather(ctx, tx, in, view, false)
	if err != nil {
		return nil, err
	}
	out := make([]Foreseen, len(in))
	f := &foresight{round: r, at: slices.Clone(at), out: out, horizon: horizon, start: tx.Now()}
	for asked := 0; asked < mostAsked*len(in); asked++ {
		i := f.next()
		if i < 0 {
			break
		}
		if err := f.ask(ctx, i); err != nil {
			return nil, fmt.Errorf("look ahead to message %s: %w", in[i].ID, err)
		}
	}
	return out, nil
}

// foresight is a look ahead under way.
type foresight struct {
	*round
	at      []time.Time // when each is asked next; zero: it is settled
	out     []Foreseen
	horizon time.Time
	start   time.Time // the moment of the look itself
}

// next gives the intent that is asked next, the stronger class first; -1 when all are settled.
func (f *foresight) next() int {
	best := -1
	for i, at := range f.at {
		switch {
		case at.IsZero():
		case best < 0, at.Before(f.at[best]), at.Equal(f.at[best]) && f.in[i].Class.Stronger(f.in[best].Class):
			best = i
		}
	}
	return best
}

// ask puts one intent to the six questions as of its time.
func (f *foresight) ask(ctx context.Context, i int) error {
	in := &f.in[i]
	f.now = f.at[i]
	seen := f.view(in.Resident)
	then := signal.NewView(seen.State, f.now, seen.Zone)
	in.Seen = &then
	c, err := f.caseOf(ctx, i)
	if err != nil {
		return err
	}
	c.ahead, c.atOnce = true, !f.now.After(f.start)
	v, a := decide(c)
	m := messageOf(c, v)
	v.Channel, v.Text = m.Channel, m.Body
	x := &f.out[i]
	x.Verdict, x.At, x.Class, x.Purpose, x.Subject, x.Text = v, f.now, in.Class, in.Purpose, m.Subject, m.Body
	f.at[i] = time.Time{}
	state := string(m.State)
	if v.Outcome == Held && !a.parked && v.Until.After(f.now) {
		in.lastHold = a.why
		if !v.Until.After(f.horizon) {
			x.Waits = append(x.Waits, v.Reason)
			f.at[i] = v.Until
		}
	}
	f.remember(Said{ID: in.ID, Class: in.Class, Purpose: in.Purpose, ContentKey: c.Text.ContentKey, State: state, At: f.now, Expires: in.Expires,
		AddressKey: m.AddressKey, Resident: in.Resident})
	return nil
}

// Postpone gives the due row with which a held message comes back at a later time, of use for as long from then on as its
// class is, if it would not be by itself. why is a whole sentence.
func Postpone(row work.Due, until time.Time, why string) (work.Due, error) {
	in, err := readHeld(row)
	if err != nil {
		return row, err
	}
	in.NotBefore, in.parked = until, false
	if end := until.Add(life(in.Class)); in.Expires.Before(end) {
		in.Expires = end
	}
	return holdRow(in, strings.TrimSuffix(lowerFirst(why), "."), until)
}

// Restore gives the due row with which a message that was taken back comes before the desk at a time, with its text as it
// was, of use for as long from then on as its class is. why is a whole sentence.
func Restore(m message.Message, at time.Time, why string) (work.Due, error) {
	in := intentOf(m)
	in.NotBefore, in.Why = at, m.Reason
	end := at
	if end.IsZero() {
		end = m.At
	}
	if end = end.Add(life(in.Class)); in.Expires.Before(end) {
		in.Expires = end
	}
	return holdRow(in, strings.TrimSuffix(lowerFirst(why), "."), at)
}
