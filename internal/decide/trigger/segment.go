package trigger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/rule"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/segment"
)

// compiler gives the compiler with the segments as the transaction sees them.
func (e *Engine) compiler(ctx context.Context, tx *db.Tx) (*playbook.Compiler, error) {
	set, err := segment.Load(ctx, tx, e.Env)
	if err != nil {
		return nil, err
	}
	return e.asking(ctx, tx).With(set.Conditions()), nil
}

// asking gives the compiler that knows the templates as the transaction sees them.
func (e *Engine) asking(ctx context.Context, tx *db.Tx) *playbook.Compiler {
	return e.Compiler.Asking(func(id string) (bool, error) { return e.Desk.Has(ctx, tx, id) })
}

// Compile checks a playbook's text whole, with the segments as they are now, and compiles it.
func (e *Engine) Compile(ctx context.Context, text []byte) (*playbook.Program, error) {
	return e.compile(ctx, text, func(c *playbook.Compiler) *playbook.Compiler { return c })
}

// CompileAccepted compiles a text that was switched on once, as it runs: rules that came since refuse nothing.
func (e *Engine) CompileAccepted(ctx context.Context, text []byte) (*playbook.Program, error) {
	return e.compile(ctx, text, (*playbook.Compiler).Accepted)
}

func (e *Engine) compile(ctx context.Context, text []byte, by func(*playbook.Compiler) *playbook.Compiler) (p *playbook.Program, err error) {
	err = e.DB.Read(ctx, func(tx *db.Tx) error {
		c, err := e.compiler(ctx, tx)
		if err != nil {
			return err
		}
		p, err = by(c).Compile(text)
		return err
	})
	return p, err
}

// SegmentChange is what a change of a segment did.
type SegmentChange struct {
	Segment   segment.Segment `json:"segment"`
	Added     bool            `json:"added"`     // false: it was just so already
	Playbooks []Activation    `json:"playbooks"` // active ones that name it: each has a new version
}

// SetSegment makes a segment, or changes it. Active playbooks that it means something to get a new version and look at
// everybody, as after an activation: who is inside already starts at aDay a day, or not at all with aDay 0; runs stay on
// what the segment meant when they began. It fails with CodeInvalid for a segment or a playbook that would not pass its
// checks; then nothing is changed.
func (e *Engine) SetSegment(ctx context.Context, actor hearth.Actor, s segment.Segment, aDay int) (SegmentChange, error) {
	if aDay < 0 || aDay > 100_000 {
		return SegmentChange{}, hearth.FieldErrorf("include-current", "Include between 0 and 100,000 residents a day.")
	}
	return e.changeSegments(ctx, aDay, func(_ *db.Tx, before *segment.Set) (*segment.Set, error) { return before.With(s) },
		func(tx *db.Tx, before, after *segment.Set, out *SegmentChange) error {
			s, err := after.Get(s.ID)
			if err == nil {
				out.Segment, out.Added, err = segment.Put(ctx, tx, actor, before, s)
			}
			return err
		})
}

// RemoveSegment takes a segment away; a shipped one that was changed is again what is shipped. It fails with CodeConflict
// while something names it, and with CodeNotFound if there is none.
func (e *Engine) RemoveSegment(ctx context.Context, id string) (SegmentChange, error) {
	return e.changeSegments(ctx, 0, func(_ *db.Tx, before *segment.Set) (*segment.Set, error) {
		if _, err := before.Get(id); err != nil {
			return nil, err
		}
		for _, s := range segment.Shipped() {
			if s.ID == id {
				return before.With(s)
			}
		}
		return before.Without(id)
	}, func(tx *db.Tx, before, _ *segment.Set, out *SegmentChange) error {
		out.Segment.ID, out.Added = id, true
		return segment.Remove(ctx, tx, before, id)
	})
}

// changeSegments changes the set and activates anew the playbooks to which it makes a difference.
func (e *Engine) changeSegments(ctx context.Context, aDay int, change func(tx *db.Tx, before *segment.Set) (*segment.Set, error),
	store func(tx *db.Tx, before, after *segment.Set, out *SegmentChange) error,
) (SegmentChange, error) {
	affected := func(tx *db.Tx) (before, after *segment.Set, programs []*playbook.Program, err error) {
		if before, err = segment.Load(ctx, tx, e.Env); err != nil {
			return nil, nil, nil, err
		}
		if after, err = change(tx, before); err != nil {
			return nil, nil, nil, err
		}
		programs, err = e.recompile(ctx, tx, after)
		return before, after, programs, err
	}
	insiders := map[hearth.PlaybookID][]Insider{}
	var programs []*playbook.Program
	err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
		_, _, programs, err = affected(tx)
		return err
	})
	if err != nil {
		return SegmentChange{}, err
	}
	for _, p := range programs {
		if insiders[p.Def.ID], err = e.Inside(ctx, p); err != nil {
			return SegmentChange{}, err
		}
	}
	var out SegmentChange
	err = e.DB.Write(ctx, func(tx *db.Tx) error {
		out = SegmentChange{Playbooks: []Activation{}}
		before, after, programs, err := affected(tx)
		if err != nil {
			return err
		}
		if err := store(tx, before, after, &out); err != nil {
			return err
		}
		for _, p := range programs {
			a, err := e.activate(ctx, tx, p, insiders[p.Def.ID], aDay)
			if err != nil {
				return fmt.Errorf("activate %s: %w", p.Def.ID, err)
			}
			out.Playbooks = append(out.Playbooks, a)
		}
		return nil
	})
	if err == nil {
		e.Log.Bell().Ring()
	}
	return out, err
}

// recompile gives the active playbooks that mean something else with the new set.
func (e *Engine) recompile(ctx context.Context, tx *db.Tx, after *segment.Set) ([]*playbook.Program, error) {
	act, err := e.playbooks(ctx, tx)
	if err != nil {
		return nil, err
	}
	conditions := after.Conditions()
	var out []*playbook.Program
	for _, p := range act.on() {
		changed := false
		for name, meant := range p.Segments {
			means, ok := conditions[name]
			if !ok {
				return nil, hearth.Errorf(hearth.CodeConflict, "The playbook %s uses the segment %s. Switch it off or change it first.", p.Def.ID, name)
			}
			changed = changed || means != meant
		}
		if !changed {
			continue
		}
		anew, err := e.asking(ctx, tx).Accepted().With(conditions).Compile([]byte(p.Text))
		if errors.Is(err, playbook.ErrNotAsked) {
			return nil, err
		}
		if err != nil {
			return nil, hearth.FieldErrorf("if", "The playbook %s could not use it: %s", p.Def.ID, err.Error())
		}
		out = append(out, anew)
	}
	return out, nil
}

// SegmentMember is a resident in a segment.
type SegmentMember struct {
	Resident hearth.ResidentID
	Property hearth.PropertyID
}

// SegmentCounts gives how many residents are in each segment now, at a property or, with "", at all of them. Those count
// who live here or will, and may be written to.
func (e *Engine) SegmentCounts(ctx context.Context, property hearth.PropertyID) (map[string]int, error) {
	conds := map[string]*rule.Cond{}
	err := e.DB.Read(ctx, func(tx *db.Tx) error {
		set, err := segment.Load(ctx, tx, e.Env)
		if err != nil {
			return err
		}
		for _, s := range set.List() {
			if conds[s.ID], err = set.Compile(s.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for id := range conds {
		counts[id] = 0
	}
	err = e.everybody(ctx, property, "", func(en *entry, now time.Time) (bool, error) {
		v := en.view(now)
		for id, c := range conds {
			in, err := c.Eval(rule.Vars{Fields: v})
			if err != nil {
				return false, err
			}
			if in {
				counts[id]++
			}
		}
		return true, nil
	})
	return counts, err
}

// SegmentMembers gives who is in a segment now, by id, behind one and at most limit of them; property "" is all. It fails
// with CodeNotFound if there is no such segment.
func (e *Engine) SegmentMembers(ctx context.Context, id string, property hearth.PropertyID, after hearth.ResidentID, limit int) ([]SegmentMember, error) {
	var cond *rule.Cond
	err := e.DB.Read(ctx, func(tx *db.Tx) error {
		set, err := segment.Load(ctx, tx, e.Env)
		if err != nil {
			return err
		}
		if _, err := set.Get(id); err != nil {
			return err
		}
		cond, err = set.Compile(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []SegmentMember
	err = e.everybody(ctx, property, after, func(en *entry, now time.Time) (bool, error) {
		in, err := cond.Eval(rule.Vars{Fields: en.view(now)})
		if in {
			out = append(out, SegmentMember{en.resident, en.property})
		}
		return len(out) < limit, err
	})
	return out, err
}

const propertyStatesSQL = `SELECT resident, property, body, edges, part FROM states WHERE org = $1 AND part = $2 AND resident > $3
AND property = $4 ORDER BY resident LIMIT 1000`

// everybody visits the residents of a property, or of all, by id and behind one, who count as residents: those who have
// not moved to another property, and whose role may be written to. visit tells whether to go on.
func (e *Engine) everybody(ctx context.Context, property hearth.PropertyID, after hearth.ResidentID, visit func(en *entry, now time.Time) (bool, error)) error {
	last := &entry{resident: after, part: eventlog.Parts}
	for {
		var page []*entry
		var now time.Time
		// A page at a time, for the same reason as Inside.
		err := e.DB.Read(ctx, func(tx *db.Tx) (err error) {
			now = tx.Now()
			if property == "" {
				page, err = e.page(ctx, tx, last)
			} else {
				page, err = e.pageOf(ctx, tx, propertyStatesSQL, tx.Org(), eventlog.PartOf(property), string(last.resident), string(property))
			}
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		last = page[len(page)-1]
		for _, en := range page {
			if en.edges.gone || !e.at.roleOf(en.view(now)).Addressable() {
				continue
			}
			if more, err := visit(en, now); err != nil || !more {
				return err
			}
		}
	}
}

// on gives the active versions, by id.
func (a *active) on() []*playbook.Program {
	all := slices.Collect(maps.Values(a.lives))
	slices.SortFunc(all, func(a, b *playbook.Program) int { return strings.Compare(string(a.Def.ID), string(b.Def.ID)) })
	return all
}
