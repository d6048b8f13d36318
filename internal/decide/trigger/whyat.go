package trigger

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/sense/signal"
)

// WhyAt is Why as of a past time. Nothing is kept of a condition that was merely false, so it is evaluated again from
// the log: what had been recorded by then, the version that was on then, the runs and decisions until then. What the
// record of that time does not say, Gaps does. It fails with CodeInvalid for a time ahead, and with CodeNotFound for an
// unknown playbook or a resident of whom nothing was known yet.
func (e *Engine) WhyAt(ctx context.Context, tx *db.Tx, resident hearth.ResidentID, id hearth.PlaybookID, text []byte, at time.Time) (*Explanation, error) {
	if at.After(tx.Now()) {
		return nil, hearth.FieldErrorf("at", "%s lies ahead. Ask about a time until now.", at.Format(time.RFC3339))
	}
	act, err := e.playbooks(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := &Explanation{Resident: resident, Playbook: id, At: at}
	p, since, err := e.versionAt(ctx, tx, act, out, text)
	if err != nil {
		return nil, err
	}
	out.Title, out.Version = p.Def.Title, p.Version
	past, err := e.pastOf(ctx, tx, out)
	if err != nil {
		return nil, err
	}
	if err := e.recall(ctx, tx, past.en, p, out); err != nil {
		return nil, err
	}
	if err := e.checks(ctx, tx, out, p, past.en, past.evs); err != nil {
		return nil, err
	}
	if !since.IsZero() && p.Def.Trigger.Standing() {
		if err := e.stood(ctx, tx, out, p, past, since); err != nil {
			return nil, err
		}
	}
	if err := e.standstills(ctx, tx, out, p, past.en); err != nil {
		return nil, err
	}
	if err := e.history(ctx, tx, out, act); err != nil {
		return nil, err
	}
	out.Verdict = out.verdict(!since.IsZero(), p, past.en.zone, "did", "then")
	return out, nil
}

// versionAt gives the version that was on at the time and since when, zero if none was; then the program is the newest
// text that there is.
func (e *Engine) versionAt(ctx context.Context, tx *db.Tx, act *active, x *Explanation, text []byte) (*playbook.Program, time.Time, error) {
	stored, err := playbook.Versions(ctx, tx)
	if err != nil {
		return nil, time.Time{}, err
	}
	var last *playbook.Stored
	for i, s := range stored { // by version
		if s.ID == x.Playbook && !s.Activated.After(x.At) {
			last = &stored[i]
		}
	}
	if last != nil {
		on := last.State == "active" || last.Retired.IsZero() || last.Retired.After(x.At)
		if on && last.State != "active" && last.Retired.IsZero() {
			x.Gaps = append(x.Gaps, "Since when this version is switched off is not on record; it is taken to have been on.")
		}
		if p := act.program(last.ID, last.Version); p != nil && on {
			return p, last.Activated, nil
		}
		text = []byte(last.Text)
	}
	if text == nil {
		return nil, time.Time{}, hearth.Errorf(hearth.CodeNotFound, "There was no playbook %q at %s.", x.Playbook, x.At.Format(time.RFC3339))
	}
	p, err := e.asking(ctx, tx).Accepted().Compile(text)
	return p, time.Time{}, err
}

// past is what was known of a resident at a time.
type past struct {
	en  *entry
	evs []*hearth.Event // in the order in which they were recorded
}

// pastOf folds what had been recorded of the resident by then, and of whom else they were one person with, in the partition that
// followed them then.
func (e *Engine) pastOf(ctx context.Context, tx *db.Tx, x *Explanation) (past, error) {
	all, err := e.Log.All(ctx, tx, x.Resident)
	if err != nil {
		return past{}, err
	}
	later := 0
	all = slices.DeleteFunc(all, func(ev *hearth.Event) bool {
		if ev.Recorded.After(x.At) && !ev.Time.After(x.At) && ev.Type != forwarded {
			later++
		}
		return ev.Recorded.After(x.At)
	})
	if len(all) == 0 {
		return past{}, hearth.Errorf(hearth.CodeNotFound, "Nothing was known of the resident %q at %s.", x.Resident, x.At.Format(time.RFC3339))
	}
	if later > 0 {
		x.Gaps = append(x.Gaps, fmt.Sprintf("Of the time until then %s became known later; nobody could decide by that, so it is left out.", events(later)))
	}
	byRecorded := slices.Clone(all)
	slices.SortStableFunc(byRecorded, func(a, b *hearth.Event) int { return a.Recorded.Compare(b.Recorded) })
	last := byRecorded[len(byRecorded)-1]
	for _, ev := range byRecorded {
		if ev.Type == "resident.added" && slices.Contains(ev.Residents, x.Resident) {
			last = ev // where they lived
		}
	}
	en := &entry{resident: x.Resident, part: last.Part, property: last.Property}
	if en.zone, err = e.zoneOf(ctx, tx, en.property); err != nil {
		return past{}, err
	}
	if byRecorded, err = e.withOthers(ctx, tx, en, byRecorded, x.At); err != nil {
		return past{}, err
	}
	if len(en.edges.of) > 0 {
		en.state, err = e.foldPerson(ctx, tx, en, byRecorded)
	} else {
		en.state, err = e.foldLife(ctx, tx, x.Resident, all, life(all, en.part, math.MaxInt64))
	}
	return past{en: en, evs: byRecorded}, err
}

// withOthers notes with en whom they were one person with at a time, and gives the events of all who were seen under them until then
// with their own, in the order in which they were recorded.
func (e *Engine) withOthers(ctx context.Context, tx *db.Tx, en *entry, own []*hearth.Event, at time.Time) ([]*hearth.Event, error) {
	var ever []hearth.ResidentID
	for _, ev := range own {
		en.edges.regroup(en.resident, ev)
		if m, _, ok := mergingOf(ev); ok && m.Kept == en.resident && !slices.Contains(ever, m.Merged) {
			ever = append(ever, m.Merged)
		}
	}
	all := slices.Clone(own)
	for _, id := range ever {
		evs, err := e.Log.All(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		for _, ev := range evs {
			if ev.Part == en.part && !ev.Recorded.After(at) && !slices.Contains(ev.Residents, en.resident) {
				all = append(all, ev)
			}
		}
	}
	if len(ever) > 0 {
		slices.SortStableFunc(all, func(a, b *hearth.Event) int { return cmp.Or(a.Recorded.Compare(b.Recorded), cmp.Compare(a.Seq, b.Seq)) })
		all = slices.CompactFunc(all, func(a, b *hearth.Event) bool { return a.Part == b.Part && a.Seq == b.Seq })
	}
	return all, nil
}

// regroup notes what an event says of whom a resident is one person with, and tells whether it says so.
func (e *edges) regroup(id hearth.ResidentID, ev *hearth.Event) bool {
	m, merged, ok := mergingOf(ev)
	switch {
	case !ok:
		return false
	case m.Merged == id:
		if e.into = ""; merged {
			e.into = m.Kept
		}
	case m.Kept == id:
		e.of = slices.DeleteFunc(slices.Clone(e.of), func(x hearth.ResidentID) bool { return x == m.Merged })
		if merged {
			e.of = append(e.of, m.Merged)
		}
	default:
		return false
	}
	return true
}

// concerns tells whether an event is about the person that an entry stands for.
func (en *entry) concerns(ev *hearth.Event) bool {
	return slices.ContainsFunc(ev.Residents, en.is)
}

// foldPerson folds those of the events that are about the person, each once.
func (e *Engine) foldPerson(ctx context.Context, tx *db.Tx, en *entry, evs []*hearth.Event) (*signal.State, error) {
	s := &signal.State{}
	for _, ev := range evs {
		if !en.concerns(ev) {
			continue
		}
		zone, err := e.zoneOf(ctx, tx, ev.Property)
		if err != nil {
			return nil, err
		}
		s.Fold(ev, zone)
	}
	return s, nil
}

// recall gives the entry what the engine remembered of starts then: what started for one who is the same person counts too.
func (e *Engine) recall(ctx context.Context, tx *db.Tx, en *entry, p *playbook.Program, x *Explanation) error {
	last := en.edges.find(x.Playbook)
	for _, id := range append([]hearth.ResidentID{en.resident}, en.edges.of...) {
		runs, err := playbook.RunsUntil(ctx, tx, id, x.Playbook, x.At)
		if err != nil {
			return err
		}
		for i, r := range runs { // the newest first
			if i == 0 && r.Started.After(last.lastStart) {
				last.lastKey, last.lastStart = r.StartKey, r.Started
				if per := p.Def.Limits.Again.Per; id != en.resident && (per == playbook.PerTerm || per == playbook.PerTenancy) {
					last.lastKey = startKey(p, en, cause{}, x.At)
				}
			}
			if id == en.resident && (r.State == playbook.RunActive || r.Ended.After(x.At)) {
				en.runs = append(en.runs, r)
			}
		}
	}
	return nil
}

// maxLooks bounds how many days stood looks at.
const maxLooks = 800

// stood says since when a standing condition that held then had held: only its becoming true starts the playbook. It
// looks at the activation, at each event and at each midnight since.
func (e *Engine) stood(ctx context.Context, tx *db.Tx, x *Explanation, p *playbook.Program, was past, since time.Time) error {
	holds, err := e.inside(p, was.en.view(x.At))
	if err != nil || !holds {
		return err
	}
	s, zones := &signal.State{}, map[hearth.PropertyID]*time.Location{}
	then, n, anew := &entry{resident: x.Resident}, 0, false
	fold := func(until time.Time) (err error) {
		for anew = false; n < len(was.evs) && !was.evs[n].Recorded.After(until) && err == nil; n++ {
			switch ev := was.evs[n]; {
			case then.edges.regroup(x.Resident, ev):
				// What is true at the moment in which two become one person, or two again, is no edge.
				anew = true
				s, err = e.foldPerson(ctx, tx, then, was.evs[:n+1])
			case slices.Contains(ev.Residents, x.Resident):
				err = e.foldIn(ctx, tx, s, x.Resident, ev, zones)
			case then.concerns(ev):
				s.Fold(ev, was.en.zone)
			}
		}
		return err
	}
	first, before := time.Time{}, true
	for _, at := range looks(was, since, x.At) {
		if err := fold(at); err != nil {
			return err
		}
		now, err := e.inside(p, signal.NewView(s, at, was.en.zone))
		if err != nil {
			return err
		}
		if now && !before && !anew {
			first = at
		}
		before = now
	}
	c := Check{What: "limit", Text: "the condition became true while the playbook was on", Known: true, Holds: !first.IsZero()}
	if first.IsZero() {
		c.Values = []string{"it held already when the playbook was switched on, on " + hearth.DayWords(since, was.en.zone)}
	} else {
		c.Values = []string{"it became true on " + hearth.DayWords(first, was.en.zone)}
	}
	x.Checks = append(x.Checks, c)
	return nil
}

// looks gives the instants from since until at that can have changed a condition, in order.
func looks(was past, since, until time.Time) []time.Time {
	out := []time.Time{since}
	for _, ev := range was.evs {
		if ev.Recorded.After(since) {
			out = append(out, ev.Recorded)
		}
	}
	last := hearth.DayOf(until, was.en.zone)
	for d := max(hearth.DayOf(since, was.en.zone)+1, last-maxLooks); d <= last; d++ {
		out = append(out, d.Start(was.en.zone))
	}
	slices.SortFunc(out, time.Time.Compare)
	return append(out, until)
}

func events(n int) string {
	if n == 1 {
		return "1 event"
	}
	return fmt.Sprintf("%d events", n)
}
