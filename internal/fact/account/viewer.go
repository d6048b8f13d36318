package account

import (
	"slices"
	"time"

	"hearth"
	"hearth/internal/fact/record"
)

// Policy is the three tables, made ready for quick answers.
type Policy struct {
	grants  map[Right]Grant
	views   map[Field]View
	assigns map[hearth.Role]Assign
}

// NewPolicy reads the tables.
func NewPolicy() *Policy {
	p := &Policy{grants: map[Right]Grant{}, views: map[Field]View{}, assigns: map[hearth.Role]Assign{}}
	for _, g := range Grants() {
		p.grants[g.Right] = g
	}
	for _, v := range Views() {
		p.views[v.Field] = v
	}
	for _, a := range Assigns() {
		p.assigns[a.Role] = a
	}
	return p
}

// Viewer is who looks or acts: a member of the team with their roles, a resident, or a program. The zero Viewer may
// nothing and sees nothing.
type Viewer struct {
	Actor    hearth.Actor
	Name     string
	Staff    hearth.StaffID    // "" if it is none of the team
	Resident hearth.ResidentID // "" if it is no resident
	Roles    []record.StaffRole
	Wide     []hearth.Role // held at every property
	Session  Session       // zero for a program
	NoKeys   bool          // single keys do nothing on their pages

	policy *Policy
	token  Token
	kind   viewerKind
	fresh  bool
}

type viewerKind int

const (
	nobody viewerKind = iota
	ofStaff
	ofResident
	ofProgram
)

// StepUpWithin is for how long a sign-in counts as just now.
const StepUpWithin = 10 * time.Minute

// StaffViewer gives a member of the team, as of now, with the session in which they act. Somebody inactive may nothing.
func (p *Policy) StaffViewer(m record.Staff, s Session, now time.Time) Viewer {
	if m.Inactive {
		return Viewer{}
	}
	return Viewer{Actor: hearth.Actor{Kind: "staff", ID: string(m.ID), Name: m.Name}, Name: m.Name, Staff: m.ID, Roles: m.Roles, Session: s,
		policy: p, kind: ofStaff, fresh: s.Fresh(now)}
}

// ResidentViewer gives a resident, who sees what is their own.
func (p *Policy) ResidentViewer(id hearth.ResidentID, name string, s Session, now time.Time) Viewer {
	return Viewer{Actor: hearth.Actor{Kind: "resident", ID: string(id), Name: name}, Name: name, Resident: id, Session: s,
		policy: p, kind: ofResident, fresh: s.Fresh(now)}
}

// TokenViewer gives a program, which may what its scopes open, at every property.
func (p *Policy) TokenViewer(t Token) Viewer {
	return Viewer{Actor: t.Actor(), Name: t.Name, policy: p, kind: ofProgram, token: t, fresh: true}
}

// Everywhere tells whether the viewer is bound to no property: a program, or somebody with a role that is held at all.
func (v Viewer) Everywhere() bool { return v.kind == ofProgram || len(v.Wide) > 0 }

// May tells whether the viewer has the right at the property; at any of theirs if none is named. What needs a sign-in
// that was just now is May all the same: NeedsStepUp says whether to ask first.
func (v Viewer) May(r Right, at hearth.PropertyID) bool {
	if v.policy == nil {
		return false
	}
	g, ok := v.policy.grants[r]
	if !ok {
		return false
	}
	switch v.kind {
	case ofProgram:
		return g.Scope != "" && v.token.Has(g.Scope)
	case ofResident:
		return g.Self
	case ofStaff:
		return g.Self || slices.ContainsFunc(v.Wide, g.Has) || slices.ContainsFunc(v.Roles, func(have record.StaffRole) bool {
			return (at == "" || have.Property == at) && g.Has(have.Role)
		})
	}
	return false
}

// MayEverywhere tells whether the viewer has the right at every property: by a role that is held so, or as a program.
func (v Viewer) MayEverywhere(r Right) bool {
	if v.policy == nil {
		return false
	}
	g, ok := v.policy.grants[r]
	return ok && (v.kind == ofProgram && v.May(r, "") || v.kind == ofStaff && slices.ContainsFunc(v.Wide, g.Has))
}

// Covers tells whether the viewer may and sees all that another does: whoever could come in as them would gain nothing.
func (v Viewer) Covers(other Viewer) bool {
	places := []hearth.PropertyID{}
	for _, r := range other.Roles {
		places = append(places, r.Property)
	}
	wide := Viewer{policy: other.policy, kind: other.kind, Wide: other.Wide}
	for _, g := range Grants() {
		if !g.Self && wide.MayEverywhere(g.Right) && !v.MayEverywhere(g.Right) {
			return false
		}
		for _, at := range places {
			if other.May(g.Right, at) && !v.May(g.Right, at) {
				return false
			}
		}
	}
	for _, f := range Views() {
		if len(other.Wide) > 0 {
			mine := Viewer{policy: v.policy, kind: v.kind, Wide: v.Wide}
			if wide.Sees(f.Field, "").rank() > mine.Sees(f.Field, "").rank() {
				return false
			}
		}
		for _, at := range places {
			if other.Sees(f.Field, at).rank() > v.Sees(f.Field, at).rank() {
				return false
			}
		}
	}
	return true
}

// NeedsStepUp tells whether the viewer has to sign in once more before using the right.
func (v Viewer) NeedsStepUp(r Right) bool {
	return v.policy != nil && v.policy.grants[r].StepUp && !v.fresh
}

// Where gives the properties at which the viewer has the right through a role there, in order. Ask Everywhere first.
func (v Viewer) Where(r Right) []hearth.PropertyID {
	var out []hearth.PropertyID
	for _, have := range v.Roles {
		if v.May(r, have.Property) && !slices.Contains(out, have.Property) {
			out = append(out, have.Property)
		}
	}
	slices.Sort(out)
	return out
}

// Sees gives how much of a field the viewer sees at the property; at none named, at the best of theirs. Of several roles the one
// that sees most counts.
func (v Viewer) Sees(f Field, at hearth.PropertyID) Sight {
	if v.policy == nil {
		return SeesNothing
	}
	row, ok := v.policy.views[f]
	if !ok {
		return SeesNothing
	}
	switch v.kind {
	case ofProgram:
		return programSees(v.token, f)
	case ofResident:
		return row.Of(PartyResident)
	case ofStaff:
		best := SeesNothing
		for _, have := range v.Roles {
			if at != "" && have.Property != at {
				continue
			}
			best = better(best, row.Of(Party(have.Role)))
		}
		for _, r := range v.Wide {
			best = better(best, row.Of(Party(r)))
		}
		return best
	}
	return SeesNothing
}

// programSees is what a token sees: what its scopes say, and nothing that is sealed.
func programSees(t Token, f Field) Sight {
	switch f {
	case FieldCase, FieldProtected:
		return SeesNothing
	case FieldSituation:
		if t.Has(ScopeReasons) {
			return SeesAll
		}
		return SeesNothing
	}
	if t.Has(ScopeRead) {
		return SeesAll
	}
	return SeesNothing
}

func better(a, b Sight) Sight {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// rank orders sights from nothing to all.
func (s Sight) rank() int {
	return slices.Index([]Sight{SeesNothing, SeesAddress, SeesFigures, SeesMasked, SeesSummary, SeesShared, SeesFirst, SeesReveal, SeesJob,
		SeesOwn, SeesAll}, s)
}
