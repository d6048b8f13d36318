package broadcast

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// Joint is one thing said to several properties at once: a broadcast at each of them, with one text. Each goes by its own property's
// hours, zone, budget and team, and can be stopped alone; how many people need a second person's yes is counted over all of them.
type Joint struct {
	ID    string
	Parts []Part // by the property's name
}

// Part is the broadcast at one property.
type Part struct {
	Broadcast
	Place string // the property's name
}

// May tells whether somebody may do what is asked at a property.
type May func(hearth.PropertyID) bool

// MakeJoint stores a draft for several properties, all or none. Beside what Make fails with, it fails with CodeForbidden, naming them,
// for properties at which its maker may not, and with CodeInvalid for fewer than two and for an audience that only one property has.
func (s *Service) MakeJoint(ctx context.Context, actor hearth.Actor, p Plan, at []hearth.PropertyID, may May) (Joint, error) {
	at = unique(at)
	if err := p.checkJoint(at); err != nil {
		return Joint{}, err
	}
	if err := s.allowed(ctx, at, may); err != nil {
		return Joint{}, err
	}
	for _, property := range at {
		if _, err := s.whom(ctx, property, p.Audience); err != nil {
			return Joint{}, err
		}
	}
	ids := make([]string, len(at)+1)
	for i := range ids {
		var err error
		if ids[i], err = s.NewID(); err != nil {
			return Joint{}, fmt.Errorf("new identity: %w", err)
		}
	}
	joint, ids := ids[0], ids[1:]
	raw, err := p.template(joint, actor)
	if err != nil {
		return Joint{}, err
	}
	var out Joint
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := late(p.Expires, tx.Now()); err != nil {
			return err
		}
		t, err := s.keep(ctx, tx, actor, raw)
		if err != nil {
			return err
		}
		for i, property := range at {
			if err := insert(ctx, tx, Broadcast{ID: ids[i], Joint: joint, Property: property, Title: p.Title, Template: t.ID, Class: p.Class, Channel: p.Channel,
				Audience: p.Audience, About: p.About, Expires: p.Expires, State: Draft, Made: tx.Now(), MadeBy: actor}); err != nil {
				return err
			}
		}
		out, err = s.Joint(ctx, tx, joint)
		return err
	})
	return out, err
}

func unique(in []hearth.PropertyID) []hearth.PropertyID {
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}

func (p Plan) checkJoint(at []hearth.PropertyID) error {
	a := p.Audience
	switch {
	case len(at) < 2:
		return hearth.FieldErrorf("properties", "Name at least two properties; for one there is a broadcast of its own.")
	case len(a.Buildings)+len(a.Floors)+len(a.Units)+len(a.Residents) > 0:
		return hearth.FieldErrorf("audience", "Buildings, floors, homes and people by name are one property's. For several choose a segment, or everybody.")
	}
	p.Property = at[0]
	return p.check()
}

// allowed refuses properties at which somebody may not, by their names.
func (s *Service) allowed(ctx context.Context, at []hearth.PropertyID, may May) error {
	var no []string
	err := s.DB.Read(ctx, func(tx *db.Tx) error {
		no = nil
		for _, id := range at {
			p, err := s.Records.Property(ctx, tx, id)
			if err != nil {
				return err
			}
			if !may(id) {
				no = append(no, p.Name)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(no) > 0 {
		slices.Sort(no)
		return hearth.Errorf(hearth.CodeForbidden, "This is not among what your role may do at %s. Nothing was done at the others either.", strings.Join(no, ", "))
	}
	return nil
}

const jointSQL = `SELECT ` + columns + ` FROM broadcasts WHERE org = $1 AND joint = $2`

// Joint reads one, with its parts. It fails with CodeNotFound when there is none.
func (s *Service) Joint(ctx context.Context, tx *db.Tx, id string) (Joint, error) {
	j := Joint{ID: id}
	if id == "" {
		return j, hearth.Errorf(hearth.CodeNotFound, "There is no broadcast to several properties without a name.")
	}
	found, err := scanAll(tx.Query(ctx, jointSQL, tx.Org(), id))
	if err != nil {
		return j, fmt.Errorf("read broadcast %s: %w", id, err)
	}
	if len(found) == 0 {
		return j, hearth.Errorf(hearth.CodeNotFound, "There is no broadcast to several properties %q.", id)
	}
	for _, b := range found {
		p, err := s.Records.Property(ctx, tx, b.Property)
		if err != nil {
			return j, err
		}
		j.Parts = append(j.Parts, Part{Broadcast: b, Place: p.Name})
	}
	slices.SortFunc(j.Parts, func(a, b Part) int { return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.ID, b.ID)) })
	return j, nil
}

func (s *Service) joint(ctx context.Context, id string) (j Joint, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) error {
		j, err = s.Joint(ctx, tx, id)
		return err
	})
	return j, err
}

// Foreseen is what the desk would do with a joint now: at each property, and altogether.
type Foreseen struct {
	All   Forecast
	Parts []Forecast // in the order of the joint's parts
}

// ForetellJoint is Foretell for every part.
func (s *Service) ForetellJoint(ctx context.Context, id string) (Joint, Foreseen, error) {
	j, err := s.joint(ctx, id)
	if err != nil {
		return j, Foreseen{}, err
	}
	f := Foreseen{All: Forecast{Outcomes: map[string]int{}, Channels: map[hearth.Channel]int{}}}
	for _, p := range j.Parts {
		one, err := s.Foretell(ctx, p.ID, nil)
		if err != nil {
			return j, f, err
		}
		f.Parts = append(f.Parts, one)
		f.All.add(one)
	}
	f.All.Second = f.All.People > s.Over
	for i := range f.Parts {
		f.Parts[i].Second = f.All.Second
	}
	if f.All.Segments > 0 && s.Cost != nil {
		f.All.Cost = s.Cost(f.All.Segments)
	}
	sortLeft(f.All.Left)
	return j, f, nil
}

// add counts another forecast in.
func (f *Forecast) add(o Forecast) {
	f.People, f.Homes, f.Segments = f.People+o.People, f.Homes+o.Homes, f.Segments+o.Segments
	for k, n := range o.Outcomes {
		f.Outcomes[k] += n
	}
	for k, n := range o.Channels {
		f.Channels[k] += n
	}
	if o.Until.After(f.Until) {
		f.Until = o.Until
	}
	for _, l := range o.Left {
		i := slices.IndexFunc(f.Left, func(have Left) bool { return have.Outcome == l.Outcome && have.Reason == l.Reason })
		if i < 0 {
			f.Left = append(f.Left, Left{Outcome: l.Outcome, Reason: l.Reason, Count: l.Count, Some: slices.Clone(l.Some)})
			continue
		}
		f.Left[i].Count += l.Count
		f.Left[i].Some = append(f.Left[i].Some, l.Some...)[:min(mostSome, len(f.Left[i].Some)+len(l.Some))]
	}
}

// CountJoint tells how many people a joint is for as things are now: those of the parts that were not called off.
func (s *Service) CountJoint(ctx context.Context, id string) (int, error) {
	j, err := s.joint(ctx, id)
	n := 0
	for _, p := range j.Parts {
		if p.State == Stopped {
			continue
		}
		some, err := s.Count(ctx, p.ID)
		if err != nil {
			return 0, err
		}
		n += some
	}
	return n, err
}

// SendJoint begins all parts that were not called off, or has all of them wait for a second person when they are for more than Over
// people together. It fails as Send does, and with CodeForbidden for a property at which the sender may not.
func (s *Service) SendJoint(ctx context.Context, actor hearth.Actor, id string, may May) (Joint, error) {
	j, err := s.joint(ctx, id)
	if err != nil {
		return j, err
	}
	meant, at, all := map[string][]person{}, []hearth.PropertyID{}, 0
	for _, p := range j.Parts {
		if p.State == Stopped {
			continue
		}
		if err := p.unsent(); err != nil {
			return j, err
		}
		at = append(at, p.Property)
		if meant[p.ID], err = s.whom(ctx, p.Property, p.Audience); err != nil {
			return j, err
		}
		all += len(meant[p.ID])
	}
	if len(at) == 0 {
		return j, hearth.Errorf(hearth.CodeConflict, "It was called off at all of its properties.")
	}
	if err := s.allowed(ctx, at, may); err != nil {
		return j, err
	}
	if all == 0 {
		return j, hearth.FieldErrorf("audience", "Nobody is meant: no resident lives there who may be written to.")
	}
	if err := s.begin(ctx, actor, &j, meant, all > s.Over); err != nil {
		return j, err
	}
	return j, s.gatherAll(ctx, &j, meant)
}

// begin moves all parts on in one transaction: either all of them go or none does.
func (s *Service) begin(ctx context.Context, actor hearth.Actor, j *Joint, meant map[string][]person, second bool) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		for _, i := range j.byID() { // rows are locked in one order
			p := &j.Parts[i]
			now, err := lock(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			people := meant[p.ID]
			if now.State == Stopped {
				p.Broadcast = now
				continue
			}
			if err := now.unsent(); err != nil {
				return err
			}
			if err := late(now.Expires, tx.Now()); err != nil {
				return err
			}
			switch {
			case len(people) == 0: // at this property there is nobody whom it is for
				now.State, now.Ended = Done, tx.Now()
			case second:
				now.State = Asked
			default:
				now.State = Gathering
			}
			now.AskedBy, now.People, now.Started = actor, len(people), tx.Now()
			if err := save(ctx, tx, &now); err != nil {
				return err
			}
			p.Broadcast = now
		}
		return nil
	})
}

func (j *Joint) byID() []int {
	idx := make([]int, len(j.Parts))
	for i := range idx {
		idx[i] = i
	}
	slices.SortFunc(idx, func(a, b int) int { return cmp.Compare(j.Parts[a].ID, j.Parts[b].ID) })
	return idx
}

// gatherAll writes down who is meant at each property that begins. One that fails is taken up by Resume, like one whose process ended.
func (s *Service) gatherAll(ctx context.Context, j *Joint, meant map[string][]person) error {
	var all []error
	for i := range j.Parts {
		p := &j.Parts[i]
		if p.State != Gathering {
			continue
		}
		b, err := s.gather(ctx, p.Broadcast, meant[p.ID])
		p.Broadcast = b
		all = append(all, err)
	}
	return errors.Join(all...)
}

// ApproveJoint is the second person's yes for the parts at whose properties they may give it. The others go on waiting for somebody who
// may there. It fails with CodeForbidden where they may at none, or for the one who sent it, and with CodeConflict when nothing is asked.
func (s *Service) ApproveJoint(ctx context.Context, actor hearth.Actor, id string, may May) (Joint, error) {
	j, err := s.joint(ctx, id)
	if err != nil {
		return j, err
	}
	asked, mine := 0, 0
	for i := range j.Parts {
		p := &j.Parts[i]
		if p.State != Asked {
			continue
		}
		if asked++; !may(p.Property) {
			continue
		}
		mine++
		if p.Broadcast, err = s.Approve(ctx, actor, p.ID); err != nil {
			return j, err
		}
	}
	switch {
	case asked == 0:
		return j, hearth.Errorf(hearth.CodeConflict, "Nobody's yes is asked for it now.")
	case mine == 0:
		return j, hearth.Errorf(hearth.CodeForbidden, "This is not among what your role may do at any of its properties.")
	}
	return j, nil
}

// StopJoint stops the parts at whose properties somebody may, and gives how many messages were taken back. It fails with CodeForbidden
// where they may at none.
func (s *Service) StopJoint(ctx context.Context, actor hearth.Actor, id string, may May) (Joint, int, error) {
	j, err := s.joint(ctx, id)
	if err != nil {
		return j, 0, err
	}
	taken, mine := 0, 0
	for i := range j.Parts {
		p := &j.Parts[i]
		if !may(p.Property) {
			continue
		}
		mine++
		b, n, err := s.Stop(ctx, actor, p.ID)
		if err != nil {
			return j, taken, err
		}
		p.Broadcast, taken = b, taken+n
	}
	if mine == 0 {
		return j, 0, hearth.Errorf(hearth.CodeForbidden, "This is not among what your role may do at any of its properties.")
	}
	return j, taken, nil
}
