package account

import (
	"slices"

	"hearth"
)

// Part is what somebody has to do with the giving of a role. The zero Part is nothing.
type Part string

// The parts, each more than the one before.
const (
	PartNone   Part = ""
	PartAgrees Part = "agrees" // says yes, or no, as the second person
	PartAsks   Part = "asks"   // asks for it, and says yes to what another asks for
	PartGives  Part = "gives"  // by themselves
)

func (p Part) rank() int { return slices.Index([]Part{PartNone, PartAgrees, PartAsks, PartGives}, p) }

// Assign is one row of the policy's third table: a role, and what each role has to do with giving it.
type Assign struct {
	Role  hearth.Role
	Parts [9]Part // in the order of hearth.Roles
}

// Of gives a role's part in it.
func (a Assign) Of(giver hearth.Role) Part {
	if i := slices.Index(hearth.Roles(), giver); i >= 0 {
		return a.Parts[i]
	}
	return PartNone
}

// The parts once more, as wide as the table's columns.
const (
	oooo = PartNone
	agre = PartAgrees
	asks = PartAsks
	give = PartGives
)

// Assigns is the one table of who gives which role, at the property where they hold theirs. Those who run a property's daily work are made by its
// manager and by those above, who need not see what they will see. What opens confidential work takes two people, and so does every role that
// says yes to it: otherwise one person could make the second. The manager has no part in making a coordinator, whose work is closed to them.
// The columns: those of Grants.
func Assigns() []Assign {
	return []Assign{
		//                                           mgr   ast   lea   sup   tec   coo   reg   adm   aud
		{Role: hearth.RoleManager, Parts: [9]Part{give, oooo, oooo, oooo, oooo, oooo, give, give, oooo}},
		{Role: hearth.RoleAssistant, Parts: [9]Part{give, oooo, oooo, oooo, oooo, oooo, give, give, oooo}},
		{Role: hearth.RoleLeasing, Parts: [9]Part{give, oooo, oooo, oooo, oooo, oooo, give, give, oooo}},
		{Role: hearth.RoleSupervisor, Parts: [9]Part{give, oooo, oooo, oooo, oooo, oooo, give, give, oooo}},
		{Role: hearth.RoleTechnician, Parts: [9]Part{give, oooo, oooo, oooo, oooo, oooo, give, give, oooo}},
		{Role: hearth.RoleCoordinator, Parts: [9]Part{oooo, oooo, oooo, oooo, oooo, agre, asks, asks, oooo}},
		{Role: hearth.RoleRegional, Parts: [9]Part{oooo, oooo, oooo, oooo, oooo, oooo, asks, asks, oooo}},
		{Role: hearth.RoleAdmin, Parts: [9]Part{oooo, oooo, oooo, oooo, oooo, oooo, agre, asks, oooo}},
		{Role: hearth.RoleAuditor, Parts: [9]Part{oooo, oooo, oooo, oooo, oooo, oooo, asks, asks, oooo}},
	}
}

// partIn gives what the viewer has to do with giving a role at a property: of several roles of theirs the one that does most counts.
// Programs and residents have no part.
func (v Viewer) partIn(r hearth.Role, at hearth.PropertyID) Part {
	best := PartNone
	if v.policy == nil || v.kind != ofStaff || at == "" {
		return best
	}
	row, ok := v.policy.assigns[r]
	if !ok {
		return best
	}
	add := func(giver hearth.Role) {
		if p := row.Of(giver); p.rank() > best.rank() {
			best = p
		}
	}
	for _, have := range v.Roles {
		if have.Property == at {
			add(have.Role)
		}
	}
	for _, have := range v.Wide {
		add(have)
	}
	return best
}

// MayGive tells whether the viewer may give a role at a property by themselves.
func (v Viewer) MayGive(r hearth.Role, at hearth.PropertyID) bool {
	return v.partIn(r, at) == PartGives && v.May(RolesWrite, at)
}

// MayAsk tells whether the viewer may ask for a role at a property that a second person says yes to.
func (v Viewer) MayAsk(r hearth.Role, at hearth.PropertyID) bool {
	return v.partIn(r, at) == PartAsks && v.May(RolesWrite, at)
}

// MayAgree tells whether the viewer may be that second person.
func (v Viewer) MayAgree(r hearth.Role, at hearth.PropertyID) bool {
	p := v.partIn(r, at)
	return (p == PartAgrees || p == PartAsks) && v.May(RolesAgree, at)
}
