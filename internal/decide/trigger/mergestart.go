package trigger

import (
	"context"
	"maps"
	"slices"
	"time"

	"hearth"
	"hearth/internal/decide/playbook"
)

// heldOf gives the playbooks that start once per term or tenancy and have, in the one that a resident is in now. Their
// keys name a lease; when two residents become one person, the person's lease may be the other's.
func (b *batch) heldOf(en *entry) map[hearth.PlaybookID]bool {
	held := map[hearth.PlaybookID]bool{}
	for i := range en.edges.list {
		x := &en.edges.list[i]
		p := b.act.live(x.playbook)
		if p == nil || x.lastStart.IsZero() {
			continue
		}
		if per := p.Def.Limits.Again.Per; per == playbook.PerTerm || per == playbook.PerTenancy {
			held[x.playbook] = x.lastKey == startKey(p, en, cause{}, b.now)
		}
	}
	return held
}

// regroupStarts has the one kept take over when playbooks last started for the other, so that being brought together starts
// nothing twice; taken apart, the one kept has their own starts again, and those of who is still seen under them.
func (b *batch) regroupStarts(ctx context.Context, kept, other *entry, merged bool, held map[hearth.PlaybookID]bool) error {
	if merged {
		b.inherit(kept, held, kept) // their lease may be another one now
		b.inherit(kept, b.heldOf(other), other)
		return nil
	}
	for i := range kept.edges.list {
		kept.edges.list[i].lastKey, kept.edges.list[i].lastStart = "", time.Time{}
	}
	if err := b.remember(ctx, kept); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(b.changedRuns)) { // of this batch, not stored yet
		r := b.changedRuns[id]
		if x := kept.edges.find(r.Playbook); r.Resident == kept.resident && r.Started.After(x.lastStart) {
			x.lastKey, x.lastStart = r.StartKey, r.Started
		}
	}
	for _, id := range kept.edges.of {
		o, err := b.entry(ctx, id, kept.property)
		if err != nil {
			return err
		}
		b.inherit(kept, b.heldOf(o), o)
	}
	return nil
}

// inherit has kept know of the starts of one who is the same person.
func (b *batch) inherit(kept *entry, held map[hearth.PlaybookID]bool, of *entry) {
	for _, from := range append([]edge(nil), of.edges.list...) {
		if from.lastStart.IsZero() {
			continue
		}
		x := kept.edges.find(from.playbook)
		if from.lastStart.After(x.lastStart) {
			x.lastKey, x.lastStart = from.lastKey, from.lastStart
		}
		p := b.act.live(from.playbook)
		if p == nil {
			continue
		}
		if held[from.playbook] {
			x.lastKey = startKey(p, kept, cause{}, b.now)
		}
		if again := p.Def.Limits.Again; again.Per == playbook.PerDays && p.Def.Trigger.Standing() && of != kept {
			at := again.After(x.lastStart, kept.zone)
			if at.Before(b.now) {
				at = b.now
			}
			b.puts = append(b.puts, inclusion{Again: true}.due(p.Def.ID, kept.resident, b.part, at))
		}
	}
}
