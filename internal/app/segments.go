package app

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/record"
	"hearth/internal/sense/segment"
)

// SegmentLine is a segment with how many residents are in it now.
type SegmentLine struct {
	segment.Segment
	Count int `json:"count"`
}

// Segments lists the segments with their counts at a property, named by id or name, or at all of them with "".
func (a *App) Segments(ctx context.Context, property string) (out []SegmentLine, err error) {
	var set *segment.Set
	var at hearth.PropertyID
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		if at, err = a.propertyCalled(ctx, tx, property); err != nil {
			return err
		}
		set, err = segment.Load(ctx, tx, a.Engine.Env)
		return err
	})
	if err != nil {
		return nil, err
	}
	counts, err := a.Engine.SegmentCounts(ctx, at)
	if err != nil {
		return nil, err
	}
	for _, s := range set.List() {
		out = append(out, SegmentLine{s, counts[s.ID]})
	}
	return out, nil
}

// SetSegment makes or changes a segment, as the operator; see trigger.Engine.SetSegment.
func (a *App) SetSegment(ctx context.Context, s segment.Segment, aDay int) (trigger.SegmentChange, error) {
	// What was imported and not yet decided would be missing from those inside.
	if err := a.Engine.Drain(ctx); err != nil {
		return trigger.SegmentChange{}, err
	}
	return a.Engine.SetSegment(ctx, operator(), s, aDay)
}

// MemberLine is a resident in a segment.
type MemberLine struct {
	ID   hearth.ResidentID `json:"id"`
	Name string            `json:"name"`
	Home string            `json:"home"`
}

// SegmentMembers lists who is in a segment now, all of them.
func (a *App) SegmentMembers(ctx context.Context, id, property string) (s segment.Segment, out []MemberLine, err error) {
	var at hearth.PropertyID
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		if at, err = a.propertyCalled(ctx, tx, property); err != nil {
			return err
		}
		set, err := segment.Load(ctx, tx, a.Engine.Env)
		if err != nil {
			return err
		}
		s, err = set.Get(id)
		return err
	})
	if err != nil {
		return s, nil, err
	}
	const page = 1000
	for after := hearth.ResidentID(""); ; {
		members, err := a.Engine.SegmentMembers(ctx, id, at, after, page)
		if err != nil {
			return s, nil, err
		}
		ids := make([]hearth.ResidentID, len(members))
		for i, m := range members {
			ids[i] = m.Resident
		}
		var people map[hearth.ResidentID]record.Contact
		err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
			people, err = a.Records.Contacts(ctx, tx, ids)
			return err
		})
		if err != nil {
			return s, nil, err
		}
		for _, r := range ids {
			out = append(out, MemberLine{r, people[r].Name(), people[r].UnitLabel})
		}
		if len(members) < page {
			return s, out, nil
		}
		after = ids[len(ids)-1]
	}
}

// NewSegment puts a segment together.
func NewSegment(id, title, why, cond string) segment.Segment {
	return segment.Segment{ID: id, Title: title, Why: why, If: cond}
}
