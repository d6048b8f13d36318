package record

import (
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// leaseNews is what changed about a lease, ready to become events.
type leaseNews struct {
	before, after Lease
	added         bool
	fields        []string
	home          Household
	unit          Unit
	day           hearth.Day
	zone          *time.Location
}

// facts gives the events of a change, in the order in which they make sense to a reader.
func (c leaseNews) facts(tx *db.Tx) []fact {
	if c.added {
		out := []fact{c.fact("lease.recorded", time.Time{}, c.state())}
		if on := c.after.On(c.day); on.Notice {
			out = append(out, c.notice(tx))
		}
		return out
	}
	left := map[string]bool{}
	for _, f := range c.fields {
		left[f] = true
	}
	var out []fact
	add := func(f fact, explains ...string) {
		out = append(out, f)
		for _, name := range explains {
			delete(left, name)
		}
	}
	was, is := c.before.statusOn(c.day), c.after.statusOn(c.day)
	if is == StatusCancelled && was != StatusCancelled {
		add(c.fact("lease.cancelled", time.Time{}, map[string]any{}), "cancelled")
	}
	if _, n := c.after.Latest(); left["term"] && c.renewed() {
		t, _ := c.after.Latest()
		data := map[string]any{"start": t.Starts.String(), "end": t.Ends.String(), "term": n}
		if rent := c.after.RentCents; rent != 0 {
			data["rent"] = dollars(rent)
		}
		add(c.fact("lease.renewed", time.Time{}, data), "term", "rent")
	}
	if was != StatusCurrent && is == StatusCurrent && was != StatusPast && was != StatusCancelled {
		date := c.after.Begins()
		add(c.fact("lease.moved_in", noon(tx, date, c.zone), map[string]any{"date": date.String()}), "move_in")
	}
	out = append(out, c.leaving(tx, was, is, left)...)
	delete(left, "approved")
	if len(left) > 0 {
		add(c.fact("lease.changed", time.Time{}, c.state()))
	}
	return out
}

// leaving gives the events about notice and move-out, and strikes what they explain.
func (c leaseNews) leaving(tx *db.Tx, was, is Status, left map[string]bool) []fact {
	switch {
	case is == StatusPast && was != StatusPast && was != StatusCancelled:
		delete(left, "move_out")
		delete(left, "notice_on")
		date := c.after.MoveOut
		if date == 0 { // evicted on a day that nobody told
			date = c.day
		}
		return []fact{c.fact("lease.moved_out", noon(tx, date, c.zone), map[string]any{"date": date.String()})}
	case is != StatusCurrent && is != StatusFuture:
		return nil
	case c.before.NoticeOn == 0 && c.after.NoticeOn != 0,
		c.after.NoticeOn != 0 && left["move_out"] && c.after.MoveOut != 0:
		delete(left, "move_out")
		delete(left, "notice_on")
		return []fact{c.notice(tx)}
	case c.before.NoticeOn != 0 && c.after.NoticeOn == 0:
		delete(left, "move_out")
		delete(left, "notice_on")
		return []fact{c.fact("lease.notice_withdrawn", time.Time{}, map[string]any{})}
	}
	return nil
}

// renewed tells whether the latest term is a new one with an end; a source may also tell of an older term, or of a
// tenancy that goes on from month to month.
func (c leaseNews) renewed() bool {
	was, _ := c.before.Latest()
	is, n := c.after.Latest()
	return n > 1 && is.N != was.N && is.Ends != 0
}

// notice tells of a notice. Where no date for the move-out is known, the lease's end stands in, else thirty days
// from the notice, and the event says that it is assumed.
func (c leaseNews) notice(tx *db.Tx) fact {
	out, data := c.after.MoveOut, map[string]any{}
	if out == 0 {
		data["assumed"] = true
		if out = c.after.Ends(); out <= c.after.NoticeOn {
			out = c.after.NoticeOn + 30
		}
	}
	data["move_out"] = out.String()
	return c.fact("lease.notice_given", noon(tx, c.after.NoticeOn, c.zone), data)
}

// state is all that an event tells of a lease, so that signals need no table.
func (c leaseNews) state() map[string]any {
	l := c.after
	on := l.On(c.day)
	t, n := l.Latest()
	data := map[string]any{"status": string(on.Status), "term": max(n, 1), "month_to_month": on.MonthToMonth}
	put := func(name string, d hearth.Day) {
		if d != 0 {
			data[name] = d.String()
		}
	}
	put("start", t.Starts)
	if n == 0 {
		put("start", l.Begins())
	}
	put("end", t.Ends)
	put("move_in", l.MoveIn)
	put("move_out", l.MoveOut)
	if l.RentCents != 0 {
		data["rent"] = dollars(l.RentCents)
	}
	if len(c.fields) > 0 {
		data["fields"] = c.fields
	}
	return data
}

// fact wraps data about the lease: it concerns everyone in the household who can be addressed. It goes to the
// partition in which they live, which for a home to come elsewhere is not yet that home's.
func (c leaseNews) fact(kind hearth.EventType, at time.Time, data map[string]any) fact {
	data["lease"] = string(c.after.ID)
	data["unit"] = string(c.after.Unit)
	if c.unit.Label != "" {
		data["label"] = c.unit.Label
	}
	property := c.home.Property
	if property == "" {
		property = c.after.Property
	}
	return fact{kind: kind, subject: hearth.Subject{Kind: "lease", ID: string(c.after.ID)}, property: property,
		residents: c.home.Addressable(), data: data, at: at, since: millis(c.before.Changed)}
}

// dollars gives an amount as people write it in data: 1450.5 for 145050 cents.
func dollars(cents int64) float64 { return float64(cents) / 100 }
