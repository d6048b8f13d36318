package desk

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/care"
)

// Standing is what people have set that bears on a message: a situation of the resident, a pause. Of a situation it says
// that there is one and until when, never what it is.
type Standing struct {
	Situation bool
	Until     time.Time // when the situation ends
	Stopped   bool      // everything has to stop for the resident, for good
	Paused    string    // the pause in words; "" when nothing covers the message
}

// Parked is when what is paused is due: not by itself. The end of the pause moves it.
func Parked() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

// With gives a desk that takes what is in force from its caller, who has read it in the same transaction.
func (d *Desk) With(n *care.Now) *Desk {
	c := *d
	c.inForce = n
	return &c
}

// standing reads what is in force for an intent.
func (r *round) standing(in Intent, zone *time.Location) Standing {
	var s Standing
	if r.care.Quiet() {
		return s
	}
	if x, ok := r.care.Situation(in.Resident, r.now); ok {
		s = Standing{Situation: true, Until: x.Until, Stopped: x.Kind == care.Death}
	}
	ways := r.Channels
	switch {
	case in.To != nil:
		ways = nil
		for _, w := range in.To {
			ways = append(ways, w.Channel)
		}
	case in.Channel != "":
		ways = []hearth.Channel{in.Channel}
	}
	for _, ch := range ways {
		p, ok := r.care.Paused(care.Thing{Playbook: in.Playbook, Property: in.Property, Resident: in.Resident, Channel: ch, Class: in.Class}, r.now)
		if !ok {
			s.Paused = "" // a channel that is not paused is left
			break
		}
		s.Paused = p.Words(zone)
	}
	return s
}

// unpaused leaves the ways whose channel no pause covers, if one of them is open. Where a pause is all that keeps an open way
// shut, it holds the message, which then is said later: a no to the next way is no reason to drop what this one would carry.
func (r *round) unpaused(in Intent, ways []Way, s *Standing, zone *time.Location) []Way {
	if r.care.Quiet() {
		return ways
	}
	var out []Way
	open, held := false, ""
	for _, w := range ways {
		reaches := w.Allowed && w.Address != ""
		p, is := r.care.Paused(care.Thing{Channel: w.Channel, Class: in.Class}, r.now)
		switch {
		case !is:
			out, open = append(out, w), open || reaches
		case reaches && held == "":
			held = p.Words(zone)
		}
	}
	if open {
		return out
	}
	if s.Paused == "" {
		s.Paused = held
	}
	return ways
}

// stopped ends what is for somebody for whom everything automatic has stopped. What the law asks for is a person's to
// bring to whoever stands for them now.
func stopped(c *Case) (answer, bool) {
	switch {
	case !c.Standing.Stopped:
		return answer{}, false
	case c.Intent.Class == hearth.ClassLegal:
		return c.hand(taskCare, "Handle with care: "+care.Words+" stops everything automatic, so a person decides whom a legal notice goes to."), true
	}
	return drop("Handle with care: " + care.Words + " stops everything automatic for them."), true
}

// paused holds what a pause covers, whatever else there is to say about it: nothing is decided until it ends.
func paused(c *Case) (answer, bool) {
	if c.Standing.Paused == "" {
		return answer{}, false
	}
	return answer{outcome: Held, until: Parked(), why: c.Standing.Paused, parked: true,
		reason: "Held until somebody resumes: " + c.Standing.Paused + "."}, true
}

// careful holds, while a situation asks for care, what the resident may do without and what asks them for something.
// What was held comes back one by one, an hour apart.
func careful(c *Case) (answer, bool) {
	if !c.Standing.Situation || !c.Intent.Class.Discretionary() && !survey(c.Intent.Purpose) {
		return answer{}, false
	}
	n := 0
	for _, s := range c.Said {
		if s.State == "held" && s.Resident == c.Intent.Resident && s.ID != c.Intent.ID {
			n++
		}
	}
	until := c.Place.Quiet.End(c.Standing.Until.Add(time.Duration(n)*time.Hour), c.Zone)
	return c.hold(until, fmt.Sprintf("handle with care: %s, and this can wait", care.Words)), true
}

// survey tells whether a purpose asks the resident questions.
func survey(purpose string) bool { return purpose == "survey" || strings.HasPrefix(purpose, "survey.") }

// careFacts is Careful for a case.
func careFacts(c *Case) []task.Fact {
	if !c.Standing.Situation {
		return nil
	}
	return careFact(c.Standing.Until, c.Zone)
}

func careFact(until time.Time, zone *time.Location) []task.Fact {
	value := "There is " + care.Words + "."
	if !until.IsZero() {
		value = fmt.Sprintf("There is %s until %s.", care.Words, hearth.DayWords(until, zone))
	}
	return []task.Fact{{Name: "Handle with care", Value: value}}
}

// Careful gives what a task about a resident says while a situation asks for care; nothing when none does.
func Careful(n *care.Now, id hearth.ResidentID, now time.Time, zone *time.Location) []task.Fact {
	x, ok := n.Situation(id, now)
	if !ok {
		return nil
	}
	return careFact(x.Until, zone)
}

// Reclaim decides again on messages that were taken back from delivery. Their text stays what it was, and so does until
// when they are of use. about gives when that happens which a message is about, where a time is known.
func (d *Desk) Reclaim(ctx context.Context, tx *db.Tx, ids []hearth.MessageID, about map[hearth.MessageID]time.Time, view Views) ([]Verdict, error) {
	in := make([]Intent, 0, len(ids))
	for _, id := range ids {
		m, err := d.Messages.Get(ctx, tx, id)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("take message %s back: %w", id, err)
		}
		if m.State == message.Held {
			x := intentOf(m)
			x.About, x.Why = about[m.ID], m.Reason
			if m.Instead != "" {
				if err := d.followBack(ctx, tx, &x, m.Instead); err != nil {
					return nil, err
				}
			}
			in = append(in, x)
		}
	}
	return d.submit(ctx, tx, in, view, true)
}

// intentOf is the wish behind a message that was decided on, with its text as it was.
func intentOf(m message.Message) Intent {
	in := Intent{ID: m.ID, Property: m.Property, Resident: m.Resident, Class: m.Class, Purpose: m.Purpose, Topic: m.Topic,
		Template: m.Template, Channel: m.Channel, Playbook: m.Playbook, Version: m.Version, Run: m.Run, Made: m.Made, Expires: m.Expires,
		Ready: &Rendered{Template: m.Template, Version: m.TemplateVersion, Subject: m.Subject, Body: m.Body, Short: m.Short, ContentKey: m.ContentKey}}
	if in.code() { // it goes where it was asked for, or nowhere
		in.To = []Way{{Channel: m.Channel, Address: m.Address, AddressKey: m.AddressKey}}
	}
	return in
}

// HeldItem is a held message as its due row tells of it.
type HeldItem struct {
	Due    work.Due
	Intent Intent
	Parked bool // a pause holds it
}

// ReadHeld reads the due row of a held message.
func ReadHeld(row work.Due) (HeldItem, error) {
	in, err := readHeld(row)
	return HeldItem{Due: row, Intent: in, Parked: in.parked}, err
}

// Renew gives the due row with which a held message comes back at a time, good for as long again as its class is from
// then on: for one that a person lets go late.
func Renew(row work.Due, at time.Time) (work.Due, error) {
	in, err := readHeld(row)
	if err != nil {
		return row, err
	}
	in.Expires, in.NotBefore, in.parked = at.Add(life(in.Class)), time.Time{}, false
	return holdRow(in, "a person let it go", at)
}
