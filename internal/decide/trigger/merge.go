package trigger

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/playbook"
	"hearth/internal/sense/signal"
)

// Two residents who are one person, as the log tells by resident.merged. The one seen under the other (edges.into) keeps
// a state of their own events and starts nothing. The state of the one kept (edges.of) is that of all events of both, in
// the order of the log. So taking the merge back needs nothing but the log.

// personFromLog is fromLog for one under whom others may be seen: all events of all that they are, each once. None of them
// has moved between properties (record sees to it), so that one partition's order is the whole order.
func (e *Engine) personFromLog(ctx context.Context, tx *db.Tx, en *entry, upto int64) (*signal.State, error) {
	if len(en.edges.of) == 0 {
		return e.fromLog(ctx, tx, en.resident, en.part, upto)
	}
	var all []*hearth.Event
	for _, id := range append([]hearth.ResidentID{en.resident}, en.edges.of...) {
		evs, err := e.Log.All(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, slices.DeleteFunc(evs, func(ev *hearth.Event) bool { return ev.Part != en.part || ev.Seq > upto })...)
	}
	slices.SortFunc(all, func(a, b *hearth.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	s := &signal.State{}
	for _, ev := range slices.CompactFunc(all, func(a, b *hearth.Event) bool { return a.Seq == b.Seq }) {
		zone, err := e.zoneOf(ctx, tx, ev.Property)
		if err != nil {
			return nil, err
		}
		s.Fold(ev, zone)
	}
	return s, nil
}

// merging is the data of resident.merged and resident.unmerged.
type merging struct {
	Kept   hearth.ResidentID `json:"kept"`
	Merged hearth.ResidentID `json:"merged"`
}

// mergingOf reads an event that says who is one person; ok is false for every other.
func mergingOf(ev *hearth.Event) (m merging, merged, ok bool) {
	if ev.Type != "resident.merged" && ev.Type != "resident.unmerged" {
		return m, false, false
	}
	if err := json.Unmarshal(ev.Data, &m); err != nil || m.Kept == "" || m.Merged == "" {
		return m, false, false // the catalog asks for both, so that this is no event of ours
	}
	return m, ev.Type == "resident.merged", true
}

// passOn folds an event of one who is seen under somebody into that one as well, unless it concerns them itself. at is
// the place of en among the event's residents.
func (b *batch) passOn(ctx context.Context, en *entry, at int, ev *hearth.Event) error {
	kept, err := b.passedTo(ctx, en, at, ev)
	if kept == nil || err != nil {
		return err
	}
	return b.fold(ctx, kept, ev)
}

// passedTo gives whom an event of one who is seen under them is to be passed on to; nil where it is not.
func (b *batch) passedTo(ctx context.Context, en *entry, at int, ev *hearth.Event) (*entry, error) {
	into := en.edges.into
	if into == "" || slices.Contains(ev.Residents, into) {
		return nil, nil
	}
	for _, id := range ev.Residents[:at] {
		if o := b.cache.entries[id]; o != nil && o.edges.into == into {
			return nil, nil // another of the same person came first
		}
	}
	return b.entry(ctx, into, ev.Property)
}

// acting gives who acts for a resident: themselves, or the one that they are seen under.
func (b *batch) acting(en *entry) *entry {
	if en == nil || en.edges.into == "" {
		return en
	}
	return b.cache.entries[en.edges.into]
}

// regroup brings two residents together, or apart. Both states are what the log gives, and what is true of them at that
// moment is no edge: a merge starts nothing. The runs of the one who is seen under the other end; the other's go on. What
// started for either has started for the person.
func (b *batch) regroup(ctx context.Context, ev *hearth.Event) error {
	m, merged, ok := mergingOf(ev)
	if !ok {
		return nil
	}
	p, err := b.pair(ctx, m, ev.Property)
	if err != nil {
		return err
	}
	if err := b.bring(ctx, p, merged, ev.Seq); err != nil {
		return err
	}
	return b.followMerge(ctx, p, merged)
}

// pair is two residents of whom a merge is told.
type pair struct{ kept, other *entry }

func (b *batch) pair(ctx context.Context, m merging, property hearth.PropertyID) (p pair, err error) {
	if p.kept, err = b.entry(ctx, m.Kept, property); err != nil {
		return p, err
	}
	p.other, err = b.entry(ctx, m.Merged, property)
	return p, err
}

// bring has the signals of two be those of one person, or of two again, with the events up to a place of the log; nothing in them
// changes when that fails. It reads what is in force anew where it is about either of them.
func (b *batch) bring(ctx context.Context, p pair, merged bool, upto int64) error {
	kept, other := p.kept, p.other
	held, was := b.heldOf(kept), kept.edges.of
	kept.edges.of = slices.DeleteFunc(slices.Clone(was), func(id hearth.ResidentID) bool { return id == other.resident })
	if merged {
		kept.edges.of = append(kept.edges.of, other.resident)
		slices.Sort(kept.edges.of)
	}
	state, err := b.personFromLog(ctx, b.tx, kept, upto)
	if err != nil {
		kept.edges.of = was
		return fmt.Errorf("fold %s anew: %w", kept.resident, err)
	}
	kept.state, other.edges.into = state, ""
	kept.changed, other.changed = true, true
	if merged {
		other.edges.into = kept.resident
		for _, r := range append([]*playbook.Run(nil), other.runs...) {
			b.leave(other, r, "They were found to be one person with another resident, whose own runs go on.")
		}
	}
	if err := b.regroupStarts(ctx, kept, other, merged, held); err != nil {
		return err
	}
	if !b.care.Concerns(kept.resident, other.resident) {
		return nil // so that many merges in a row do not read everything again and again
	}
	if err := b.Care.Regrouped(ctx, b.tx); err != nil {
		return err
	}
	return b.loadCare(ctx)
}

// followMerge does what follows for two who have become one person, or two again.
func (b *batch) followMerge(ctx context.Context, p pair, merged bool) error {
	if err := b.carefulAnew(ctx, p, merged); err != nil {
		return err
	}
	for _, en := range []*entry{p.kept, p.other} {
		en.changed, en.relook = true, true
		for _, pb := range b.act.edges {
			x := en.edges.find(pb.Def.ID)
			var err error
			if x.inside, err = b.inside(pb, en.view(b.now)); err != nil {
				return err
			}
			x.version = pb.Version
		}
	}
	return nil
}

// grouped is, in a rebuild, who is seen under whom at the end of a partition's log.
type grouped map[hearth.ResidentID]hearth.ResidentID

// note takes an event's word.
func (g grouped) note(ev *hearth.Event) {
	m, merged, ok := mergingOf(ev)
	switch {
	case !ok:
	case merged:
		g[m.Merged] = m.Kept
	default:
		delete(g, m.Merged)
	}
}

// kept gives those of an event's residents under whom others are seen or who are kept themselves, each once.
func (g grouped) kept(ev *hearth.Event, all map[hearth.ResidentID]*signal.State) []hearth.ResidentID {
	var out []hearth.ResidentID
	for _, id := range ev.Residents {
		if into := g[id]; into != "" {
			id = into
		}
		if all[id] != nil && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
