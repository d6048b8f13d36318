package model

import (
	"fmt"
	"slices"
	"time"

	"hearth"
)

// Message is a message as the engine left it, with all that was decided about it and what became of it.
type Message struct {
	ID, Resident, Run string
	Playbook, Purpose string
	Class             hearth.Class
	Made              time.Time
	State             string
	Verdicts          []Verdict   // of the desk, in their order
	Fates             []Fate      // of the delivery, in their order
	Looks             []Look      // of people, at what came too late
	Handed            []time.Time // when it went to the mail server, or may have

	wish  Wish
	event string    // whose facts it tells
	about time.Time // when that is which it is about; zero: no time is known
	left  time.Time
}

// Verdict is one answer of the desk.
type Verdict struct {
	At, Until time.Time
	Outcome   string // "sent", "held", "dropped", "handed over"
	Why       bool   // its record is complete
	Reason    string // for whoever reads what is wrong
}

// Fate is what became of a message that was on its way: "sent", "failed", "unknown".
type Fate struct {
	At    time.Time
	State string
}

// Look is a message's place on the list of what came too late.
type Look struct {
	Made    time.Time
	State   string // "open", "go", "skip", "void"
	Settled time.Time
}

// Parked is until when a pause holds a message: nothing but its end changes that.
func Parked() time.Time { return never() }

// The windows and spans of the desk, from its documents.
const (
	week  = 7 * 24 * time.Hour
	month = 30 * 24 * time.Hour
)

// life is how long a wish of a class is of use.
func life(c hearth.Class) time.Duration {
	if c == hearth.ClassRelation {
		return 10 * 24 * time.Hour
	}
	return 3 * 24 * time.Hour // promise, service
}

// sameContent is how long the same words are not said again.
func sameContent(c hearth.Class) time.Duration {
	switch c {
	case hearth.ClassRelation:
		return month
	case hearth.ClassPromise:
		return 24 * time.Hour
	}
	return 3 * 24 * time.Hour
}

// samePurpose is how long the same purpose is not served again: as the template says, else by class.
func samePurpose(template string, c hearth.Class) time.Duration {
	switch {
	case template == "package-arrived":
		return 12 * time.Hour
	case template == "renewal-reminder":
		return 20 * 24 * time.Hour
	case c == hearth.ClassRelation:
		return 14 * 24 * time.Hour
	}
	return 0
}

// content tells messages apart that say different things: those of one template about one event say the same.
func (x *Message) content() string {
	if x.wish.Send.Template == "amenity-booked" || x.wish.Send.Template == "package-arrived" {
		return x.wish.Send.Template + "/" + x.event
	}
	return x.ID
}

// standing is where a message stands before a decision.
type standing struct {
	x     *Message
	state string
	at    time.Time
}

// told tells whether it reached them, or is on its way.
func (s standing) told() bool { return s.state == "sent" || s.state == "unknown" }

// answer is what the desk must say.
type answer struct {
	outcome string
	until   time.Time
}

// rule gives what the desk must say about a message at a time, given what was said before and how things stand.
func (m *Model) rule(x *Message, expires, now time.Time, said []standing, how mood, paused, left bool) answer {
	z, class := m.Place.Zone, x.Class
	discretionary := class == hearth.ClassRelation
	end := answer{outcome: "handed over"}
	if discretionary {
		end.outcome = "dropped"
	}
	holdOrEnd := func(until time.Time) answer {
		if until.Before(expires) {
			return answer{"held", until}
		}
		return end
	}
	switch {
	case left:
		return answer{outcome: "dropped"}
	case paused:
		return answer{"held", never()}
	case !now.Before(expires):
		return end
	case discretionary && how.refused:
		return answer{outcome: "dropped"}
	case x.wish.Send.Template == "renewal-reminder" && how.leaseEnd < hearth.DayOf(now, z):
		return answer{outcome: "handed over"} // its text needs the end of the lease
	case x.wish.Send.Template == "service-waiting" && !how.open:
		return answer{outcome: "handed over"} // its text says how long something has been open
	case discretionary && how.urgent:
		return answer{"held", earlier(m.loud(now.Add(6*time.Hour)), expires)}
	}
	for _, s := range said {
		age := max(now.Sub(s.at), 0)
		if s.state == "held" && now.Before(m.expires(s.x, now)) {
			age = 0
		} else if !s.told() { // what was held beyond its end keeps nothing back
			continue
		}
		if s.x.content() == x.content() && age < sameContent(class) || s.x.Purpose == x.Purpose && age < samePurpose(x.wish.Send.Template, class) {
			return answer{outcome: "dropped"}
		}
	}
	if discretionary {
		for _, w := range []struct {
			span time.Duration
			most int
		}{{week, m.Place.Week}, {month, m.Place.Month}} {
			if times := counted(said, now.Add(-w.span), true); len(times) >= w.most {
				return holdOrEnd(m.loud(times[len(times)-w.most].Add(w.span).Add(time.Millisecond)))
			}
		}
	}
	if class != hearth.ClassPromise {
		today := hearth.DayOf(now, z)
		if len(counted(said, today.Start(z).Add(-time.Millisecond), false)) >= m.Place.Day {
			return holdOrEnd(m.loud((today + 1).Start(z)))
		}
	}
	if m.quiet(now) {
		if class == hearth.ClassPromise && !x.about.IsZero() && !x.about.After(m.loud(now)) {
			return answer{outcome: "handed over"} // it would be said too late
		}
		return holdOrEnd(m.loud(now))
	}
	if better := m.better(x, how.visits, now); better.After(now) && better.Before(expires) {
		return answer{"held", better}
	}
	return answer{outcome: "sent"}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// counted gives the times, oldest first, of what was told after a time and counts.
func counted(said []standing, after time.Time, discretionary bool) []time.Time {
	var out []time.Time
	for _, s := range said {
		counts := s.x.Class == hearth.ClassRelation || !discretionary && s.x.Class == hearth.ClassService
		if s.told() && counts && s.at.After(after) {
			out = append(out, s.at)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// quiet tells whether residents are left alone at a time.
func (m *Model) quiet(t time.Time) bool {
	local := t.In(m.Place.Zone)
	minute := local.Hour()*60 + local.Minute()
	return minute >= m.Place.QuietFrom || minute < m.Place.Quiet
}

// loud gives the first time at or after t at which residents may be spoken to.
func (m *Model) loud(t time.Time) time.Time {
	if !m.quiet(t) {
		return t
	}
	for t = t.Truncate(time.Minute); m.quiet(t); {
		t = t.Add(time.Minute)
	}
	return t.UTC()
}

// auditMessages checks every decision of the desk about one resident's messages, which Compare has matched to what was wished.
func (m *Model) auditMessages(p *person, all []*Message) []string {
	var wrong []string
	var instants []time.Time
	for _, x := range all {
		for _, v := range x.Verdicts {
			if !slices.ContainsFunc(instants, v.At.Equal) {
				instants = append(instants, v.At)
			}
		}
	}
	slices.SortFunc(instants, time.Time.Compare)
	for _, t := range instants {
		if why := m.auditInstant(p, all, t); why != "" {
			wrong = append(wrong, why)
		}
	}
	for _, x := range all {
		wrong = append(wrong, m.auditHolds(x)...)
	}
	return append(wrong, m.auditTelling(p, all)...)
}

// decided is a verdict with its message.
type decided struct {
	x *Message
	n int // which of its verdicts
}

// auditInstant checks what was decided in one instant. In which order that was is nobody's promise, so any order in which
// all of it is right will do; the same for what else came about in that instant.
func (m *Model) auditInstant(p *person, all []*Message, t time.Time) string {
	var group []decided
	for _, x := range all {
		for n, v := range x.Verdicts {
			if v.At.Equal(t) {
				group = append(group, decided{x, n})
			}
		}
	}
	var first string
	for _, order := range orders(group) {
		for _, fates := range []bool{true, false} {
			why := m.auditOrder(p, all, order, t, fates)
			if why == "" {
				return ""
			}
			if first == "" {
				first = why
			}
		}
	}
	return first
}

func (m *Model) auditOrder(p *person, all []*Message, order []decided, t time.Time, fates bool) string {
	done := map[*Message]int{}
	for _, d := range order {
		if d.n < done[d.x] {
			return "out of order"
		}
		var said []standing
		for _, y := range all {
			if y == d.x {
				continue
			}
			if s, ok := y.before(t, done[y], fates); ok {
				said = append(said, s)
			}
		}
		got := d.x.Verdicts[d.n]
		var want []answer
		for _, how := range p.moodsAt(t) {
			for _, paused := range m.pausedAround(d.x.Playbook, p.id, t) {
				for _, left := range d.x.leftAround(t) {
					want = append(want, m.rule(d.x, m.expires(d.x, t), t, said, how, paused, left))
				}
			}
		}
		if !slices.ContainsFunc(want, func(a answer) bool {
			return a.outcome == got.Outcome && (a.outcome != "held" || second(a.until).Equal(second(got.Until)))
		}) {
			return fmt.Sprintf("message %s (%s, %s) for %s: at %s the desk said %s until %s (%s), want %s until %s", d.x.ID, d.x.Class, d.x.Purpose,
				p.id, stamp(t), got.Outcome, stamp(got.Until), got.Reason, want[0].outcome, stamp(want[0].until))
		}
		done[d.x] = d.n + 1
	}
	return ""
}

// before gives where a message stood in an instant, when n of its verdicts of that instant count; false: it was not there.
func (x *Message) before(t time.Time, n int, fates bool) (standing, bool) {
	s := standing{x: x}
	for i, v := range x.Verdicts {
		if v.At.Before(t) || v.At.Equal(t) && i < n {
			s.state, s.at = v.Outcome, v.At
		}
	}
	for _, f := range x.Fates {
		if f.At.Before(t) || f.At.Equal(t) && fates {
			s.state, s.at = f.State, f.At
		}
	}
	return s, s.state != ""
}

// expires gives until when the wish is of use, at a time: a person who lets it go late gives it its time anew.
func (m *Model) expires(x *Message, t time.Time) time.Time {
	from := x.Made
	for _, l := range x.Looks {
		if l.State == "go" && !l.Settled.After(t) {
			from = m.turnAfter(l.Settled)
		}
	}
	return from.Add(life(x.Class))
}

// leftAround tells whether nobody wants the message any more around an instant: its run has left while it was held, or a
// person has left it out.
func (x *Message) leftAround(t time.Time) []bool {
	for _, l := range x.Looks {
		if l.State == "skip" && !l.Settled.After(t) {
			return []bool{true}
		}
	}
	last := ""
	for _, v := range x.Verdicts {
		if v.At.Before(t) {
			last = v.Outcome
		}
	}
	switch {
	case x.left.IsZero() || x.left.After(t) || last == "":
		return []bool{false}
	case x.left.Equal(t), last == "sent": // back from delivery it may be held first, and is left out when it wakes
		return []bool{true, false}
	}
	return []bool{true}
}

// pausedAround tells whether a pause covered a playbook for a resident around an instant: in one in which a pause begins
// or ends, both are right.
func (m *Model) pausedAround(playbook, resident string, t time.Time) []bool {
	paused, turns := false, false
	for _, x := range m.pauses {
		if !m.covers(x, playbook, resident) || x.from.After(t) {
			continue
		}
		end := x.ended
		if !x.until.IsZero() && (end.IsZero() || x.until.Before(end)) {
			end = x.until
		}
		if end.IsZero() || end.After(t) {
			paused = true
		}
		turns = turns || x.from.Equal(t) || x.ended.Equal(t) || end.Equal(t)
	}
	if turns {
		return []bool{true, false}
	}
	return []bool{paused}
}

// second is what the record of a verdict keeps of a time.
func second(t time.Time) time.Time { return t.Truncate(time.Second) }

// orders gives all orders of a few things.
func orders(of []decided) [][]decided {
	if len(of) <= 1 {
		return [][]decided{of}
	}
	var out [][]decided
	for i := range of {
		rest := append(slices.Clone(of[:i]), of[i+1:]...)
		for _, o := range orders(rest) {
			out = append(out, append([]decided{of[i]}, o...))
		}
	}
	return out
}

// auditHolds checks that what was held came before the desk again when its time had come, or before a person when that
// was too long ago.
func (m *Model) auditHolds(x *Message) []string {
	var wrong []string
	for i, v := range x.Verdicts {
		if v.Outcome != "held" || v.Until.Equal(never()) {
			continue
		}
		turn := m.turnAfter(v.Until.Add(time.Second - time.Millisecond)) // the record keeps no milliseconds
		if turn.IsZero() {
			continue // the engine has not had its turn since
		}
		again := i+1 < len(x.Verdicts) && !x.Verdicts[i+1].At.After(turn)
		looked := slices.ContainsFunc(x.Looks, func(l Look) bool { return !l.Made.After(turn) && !l.Made.Before(v.At) })
		if !again && !looked {
			wrong = append(wrong, fmt.Sprintf("message %s (%s) for %s was held until %s and not looked at on %s", x.ID, x.Purpose, x.Resident,
				stamp(v.Until), stamp(turn)))
		}
		if late := turn.Sub(v.Until) > tooLate; looked && !late && !again {
			wrong = append(wrong, fmt.Sprintf("message %s (%s) for %s went to a person though it was not late: held until %s, looked at on %s",
				x.ID, x.Purpose, x.Resident, stamp(v.Until), stamp(turn)))
		} else if late && again && x.Class != hearth.ClassRelation && x.Verdicts[i+1].Outcome == "sent" && !looked {
			wrong = append(wrong, fmt.Sprintf("message %s (%s) for %s was sent on %s though it was due on %s and no person had looked", x.ID,
				x.Purpose, x.Resident, stamp(x.Verdicts[i+1].At), stamp(v.Until)))
		}
	}
	return wrong
}

// turnAfter gives the first turn of the engine at or after a time; zero: none.
func (m *Model) turnAfter(t time.Time) time.Time {
	for _, turn := range m.turns {
		if !turn.Before(t) {
			return turn
		}
	}
	return time.Time{}
}

// auditTelling checks what residents got: at most once, not in quiet hours, no more than the budget, and nothing without
// a complete record of why.
func (m *Model) auditTelling(p *person, all []*Message) []string {
	var wrong []string
	var discretionary []time.Time
	for _, x := range all {
		if n := len(x.Handed); n > 1 {
			wrong = append(wrong, fmt.Sprintf("message %s for %s went to the mail server %d times", x.ID, p.id, n))
		}
		for _, t := range x.Handed {
			if m.quiet(t) {
				wrong = append(wrong, fmt.Sprintf("message %s (%s) went to %s in quiet hours, on %s", x.ID, x.Purpose, p.id, t.In(m.Place.Zone)))
			}
			if x.Class == hearth.ClassRelation {
				discretionary = append(discretionary, t)
			}
			before := func(v Verdict) bool { return v.Outcome == "sent" && v.Why && !v.At.After(t) }
			if !slices.ContainsFunc(x.Verdicts, before) {
				wrong = append(wrong, fmt.Sprintf("message %s (%s) went to %s on %s without a complete record of why", x.ID, x.Purpose, p.id, stamp(t)))
			}
		}
	}
	slices.SortFunc(discretionary, time.Time.Compare)
	for _, w := range []struct {
		span time.Duration
		most int
	}{{week, m.Place.Week}, {month, m.Place.Month}} {
		for i := w.most; i < len(discretionary); i++ {
			if discretionary[i].Sub(discretionary[i-w.most]) < w.span {
				wrong = append(wrong, fmt.Sprintf("%s got more than %d discretionary messages within %s, the last on %s", p.id, w.most, w.span,
					stamp(discretionary[i])))
			}
		}
	}
	return wrong
}
