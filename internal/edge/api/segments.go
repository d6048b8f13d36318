package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
	"hearth/internal/sense/segment"
)

// segmentItem is a segment in the list.
type segmentItem struct {
	ID      string     `json:"id" doc:"Conditions name it segment.ID."`
	Title   string     `json:"title"`
	Why     string     `json:"why"`
	If      string     `json:"if" doc:"The condition as written."`
	Version int        `json:"version" doc:"0: as shipped."`
	Made    *time.Time `json:"made,omitempty" doc:"When this version was made."`
	Count   int        `json:"count" doc:"Residents in it now."`
}

// segmentMember is a resident in a segment.
type segmentMember struct {
	ID       hearth.ResidentID `json:"id"`
	Name     string            `json:"name"`
	Home     string            `json:"home" doc:"The unit's label; empty without one."`
	Property hearth.PropertyID `json:"property"`
}

// activatedAnew is a playbook that a changed segment meant something to.
type activatedAnew struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	Version  int               `json:"version" doc:"Its new version; runs stay on theirs."`
	Inside   int               `json:"inside" doc:"Residents inside its condition now."`
	Included int               `json:"included" doc:"How many of them will start, at the chosen pace."`
}

// segmentChange is what a change did.
type segmentChange struct {
	ID        string          `json:"id"`
	Version   int             `json:"version"`
	Changed   bool            `json:"changed" doc:"False: it was just so already."`
	Playbooks []activatedAnew `json:"playbooks" nullable:"false" doc:"Active playbooks that name it: each has a new version and looks at everybody once."`
}

func (a *API) addSegments() {
	const tag = "Segments"
	add(a, about{http.MethodGet, "/segments", tag, "list-segments", "List segments with live counts",
		"Named conditions over signals: the shipped ones, and your own. Those count who have a home here and may be written to.", account.ScopeRead}, a.listSegments)
	add(a, about{http.MethodGet, "/segments/{id}/residents", tag, "list-segment-residents", "List who is in a segment now",
		"Asked when you ask: nothing is kept of who was in it.", account.ScopeRead}, a.listMembers)
	add(a, about{http.MethodPut, "/segments/{id}", tag, "put-segment", "Make or change a segment",
		"The condition reads signals, and other segments by segment.ID. What fair-housing law protects, and what stands in for it, is refused.", account.ScopeAdmin}, a.putSegment)
	add(a, about{http.MethodDelete, "/segments/{id}", tag, "delete-segment", "Remove a segment",
		"A shipped one that was changed is again what is shipped. Refused while a playbook or another segment names it.", account.ScopeAdmin}, a.deleteSegment)
}

// SegmentOf names a segment in the path.
type SegmentOf struct {
	ID string `path:"id" maxLength:"48" doc:"The segment's id."`
}

func (a *API) listSegments(ctx context.Context, in *struct {
	Property hearth.PropertyID `query:"property" maxLength:"100" doc:"Count at one property; at all of them if left out."`
}) (*list[segmentItem], error) {
	var set *segment.Set
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		if err = a.property(ctx, tx, in.Property); err != nil {
			return err
		}
		set, err = segment.Load(ctx, tx, a.Engine.Env)
		return err
	})
	if err != nil {
		return nil, err
	}
	counts, err := a.Engine.SegmentCounts(ctx, in.Property)
	if err != nil {
		return nil, err
	}
	return paged(set.List(), "", func(s segment.Segment) segmentItem {
		return segmentItem{ID: s.ID, Title: s.Title, Why: s.Why, If: s.If, Version: s.Version, Made: instant(s.Made), Count: counts[s.ID]}
	}), nil
}

func (a *API) listMembers(ctx context.Context, in *struct {
	SegmentOf
	Paging
	Property hearth.PropertyID `query:"property" maxLength:"100" doc:"At one property; at all of them if left out."`
}) (*list[segmentMember], error) {
	if err := a.read(ctx, func(tx *db.Tx) error { return a.property(ctx, tx, in.Property) }); err != nil {
		return nil, err
	}
	members, err := a.Engine.SegmentMembers(ctx, in.ID, in.Property, hearth.ResidentID(in.Cursor), in.Limit)
	if err != nil {
		return nil, err
	}
	ids := make([]hearth.ResidentID, len(members))
	for i, m := range members {
		ids[i] = m.Resident
	}
	var people map[hearth.ResidentID]record.Contact
	err = a.read(ctx, func(tx *db.Tx) (err error) {
		people, err = a.Records.Contacts(ctx, tx, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	next := ""
	if len(members) == in.Limit {
		next = string(ids[len(ids)-1])
	}
	return paged(members, next, func(m trigger.SegmentMember) segmentMember {
		c := people[m.Resident]
		return segmentMember{ID: m.Resident, Name: c.Name(), Home: c.UnitLabel, Property: m.Property}
	}), nil
}

func (a *API) putSegment(ctx context.Context, in *struct {
	SegmentOf
	Body struct {
		Title   string `json:"title" minLength:"1" maxLength:"120" doc:"For a list."`
		Why     string `json:"why,omitempty" maxLength:"500" doc:"A sentence for the team."`
		If      string `json:"if" minLength:"1" maxLength:"2000" doc:"The condition, for example service.days_waiting >= 14."`
		Include int    `json:"include_a_day,omitempty" minimum:"0" maximum:"100000" doc:"How many a day of those who are inside a playbook's condition by the change start it; 0: none."`
	}
}) (*one[segmentChange], error) {
	out, err := a.Engine.SetSegment(ctx, actorOf(ctx), segment.Segment{ID: in.ID, Title: in.Body.Title, Why: in.Body.Why, If: in.Body.If}, in.Body.Include)
	if err != nil {
		return nil, err
	}
	return &one[segmentChange]{changeOf(out)}, nil
}

func (a *API) deleteSegment(ctx context.Context, in *SegmentOf) (*one[segmentChange], error) {
	out, err := a.Engine.RemoveSegment(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[segmentChange]{changeOf(out)}, nil
}

func changeOf(c trigger.SegmentChange) segmentChange {
	out := segmentChange{ID: c.Segment.ID, Version: c.Segment.Version, Changed: c.Added, Playbooks: []activatedAnew{}}
	for _, p := range c.Playbooks {
		out.Playbooks = append(out.Playbooks, activatedAnew{Playbook: p.Playbook, Version: p.Version, Inside: len(p.Inside), Included: p.Included})
	}
	return out
}
