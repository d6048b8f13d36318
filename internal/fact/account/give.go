package account

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Who may change whose rights: who gives which role is the table in assign.go, nobody changes their own, and somebody who can see to sign-ins stays.
// Whoever runs the program is bound by none of it: the command line does not ask here.

// RightsChange is a change of what a member of the team may do: of their roles, or of whether they are still here.
type RightsChange struct {
	Was, Is record.Staff
	Wide    []hearth.Role // what they hold everywhere
	// New tells whether nobody has begun to work at a property; there whoever may give roles sets the team up. Nil: nowhere.
	New func(hearth.PropertyID) bool
	// Second is a role to which a second person said yes.
	Second record.StaffRole
}

// none tells whether nothing changes of what they may do.
func (c RightsChange) none() bool {
	return c.Was.Inactive == c.Is.Inactive && len(without(c.Was, c.Is)) == 0 && len(without(c.Is, c.Was)) == 0
}

func (c RightsChange) leaves() bool  { return !c.Was.Inactive && c.Is.Inactive }
func (c RightsChange) returns() bool { return c.Was.Inactive && !c.Is.Inactive }

// without gives the roles by which m may something and other may not.
func without(m, other record.Staff) []record.StaffRole {
	var out []record.StaffRole
	for _, r := range m.Roles {
		if !m.Inactive && (other.Inactive || !other.HasRole(r.Property, r.Role)) {
			out = append(out, r)
		}
	}
	return out
}

// MayChange refuses, with CodeForbidden, a change of somebody's rights that is not the viewer's to make.
func (v Viewer) MayChange(c RightsChange) error {
	if c.none() {
		return nil
	}
	if v.Staff != "" && v.Staff == c.Is.ID {
		return hearth.Errorf(hearth.CodeForbidden, "Nobody changes their own rights. Ask somebody else who gives roles here.")
	}
	if (c.leaves() || c.returns()) && len(c.Wide) > 0 && !v.MayEverywhere(RolesWrite) {
		return hearth.Errorf(hearth.CodeForbidden, "%s has a role at every community. Whether they are still here is for somebody to say who gives roles at all of them.", c.Is.Name)
	}
	if c.returns() && !v.Covers(Viewer{policy: v.policy, kind: ofStaff, Wide: c.Wide}) {
		return more(c.Is.Name, c.Wide[0])
	}
	for _, r := range without(c.Is, c.Was) {
		fresh := c.New != nil && c.New(r.Property) && v.May(RolesWrite, r.Property)
		if !v.May(RolesWrite, r.Property) {
			return elsewhere(c.Is.Name)
		}
		switch {
		case fresh || v.MayGive(r.Role, r.Property):
		case c.Second == r && v.MayAsk(r.Role, r.Property):
		case v.MayAsk(r.Role, r.Property):
			return takesTwo(c.Is.Name, r.Role)
		default:
			return more(c.Is.Name, r.Role)
		}
	}
	for _, r := range without(c.Was, c.Is) {
		if !v.May(RolesWrite, r.Property) {
			return elsewhere(c.Is.Name)
		}
	}
	return nil
}

func more(name string, r hearth.Role) error {
	return hearth.Errorf(hearth.CodeForbidden, "Your role does not make anybody %s, so %s does not become it by you. Ask somebody whose role does, or whoever runs Hearth: hearth account role does it.",
		article(r), name)
}

func takesTwo(name string, r hearth.Role) error {
	return hearth.Errorf(hearth.CodeForbidden, "%s becomes %s once a second person says yes. Ask for it on the page of the team.", name, article(r))
}

// article writes a role as somebody who has it.
func article(r hearth.Role) string {
	words := strings.ReplaceAll(string(r), "_", " ")
	if strings.ContainsAny(words[:1], "aeiou") {
		return "an " + words
	}
	return "a " + words
}

func elsewhere(name string) error {
	return hearth.Errorf(hearth.CodeForbidden, "Which roles %s has, and whether they are still here, is for somebody to say who gives roles wherever they work.", name)
}

// MayChange refuses, with CodeForbidden, a change of somebody's rights that is not by's to make; with CodeConflict one that would leave nobody
// who can see to sign-ins.
func (p *People) MayChange(ctx context.Context, tx *db.Tx, by Viewer, was, is record.Staff) error {
	return p.mayChange(ctx, tx, by, RightsChange{Was: was, Is: is})
}

func (p *People) mayChange(ctx context.Context, tx *db.Tx, by Viewer, c RightsChange) error {
	is := c.Is
	if c.none() {
		return nil
	}
	who, err := p.ofStaff(ctx, tx, is.ID)
	if err != nil {
		return err
	}
	c.Wide = who.Wide
	team, err := p.signedUp(ctx, tx)
	if err != nil {
		return err
	}
	c.New = func(at hearth.PropertyID) bool { return team.newAt(at) }
	if err := by.MayChange(c); err != nil {
		return err
	}
	left := p.policy.StaffViewer(is, Session{}, tx.Now())
	if !is.Inactive {
		left.Wide = who.Wide
	}
	return team.keepsOne(who, left)
}

// NewAt tells whether nobody has begun to work at a property: there whoever may give roles sets the team up, with any role.
func (p *People) NewAt(ctx context.Context, tx *db.Tx, at hearth.PropertyID) (bool, error) {
	team, err := p.signedUp(ctx, tx)
	return err == nil && team.newAt(at), err
}

// MayOpen refuses a link by which by could come in as somebody who may or sees what by does not; the first link of somebody all of whose roles
// by gives by themselves is theirs to hand over. Somebody who says yes as a second person is let in by nobody here who could come in as them
// without a second factor of theirs: one person would be two. Where nobody has begun to work, who is set up there is let in all the same.
func (p *People) MayOpen(ctx context.Context, tx *db.Tx, by Viewer, m record.Staff, who Person) error {
	theirs := p.policy.StaffViewer(m, Session{}, tx.Now())
	theirs.Wide = who.Wide
	agrees := theirs.May(RolesAgree, "")
	if by.Staff == m.ID || by.Covers(theirs) && (!agrees || who.App && !who.LastIn.IsZero()) {
		return nil
	}
	if who.LastIn.IsZero() && len(who.Wide) == 0 {
		team, err := p.signedUp(ctx, tx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(m.Roles, func(r record.StaffRole) bool { return !team.newAt(r.Property) && !by.MayGive(r.Role, r.Property) }) {
			return nil
		}
	}
	if agrees {
		return hearth.Errorf(hearth.CodeConflict, "%s says yes as a second person, and with this link you could come in as them. Whoever runs Hearth makes it: hearth account create, or reset if they had one.", m.Name)
	}
	return hearth.Errorf(hearth.CodeConflict, "%s may do or see what you may not, and with this link you could come in as them. Whoever runs Hearth makes it: hearth account create, or reset if they had one.", m.Name)
}

// MayClose refuses to close one's own sign-in, and that of the last one who can see to others'.
func (p *People) MayClose(ctx context.Context, tx *db.Tx, by Viewer, who Person) error {
	if by.Staff != "" && by.Staff == who.Staff {
		return hearth.Errorf(hearth.CodeForbidden, "Nobody closes their own sign-in. Sign out, or ask somebody else who sees to sign-ins.")
	}
	team, err := p.signedUp(ctx, tx)
	if err != nil {
		return err
	}
	return team.keepsOne(who, Viewer{})
}

// ByActor gives, as of now, what somebody may who began what is still going on: roles that were taken from them since count no more.
func (p *People) ByActor(ctx context.Context, tx *db.Tx, a hearth.Actor) (Viewer, error) {
	if a.Kind != "staff" {
		return Viewer{}, nil
	}
	m, err := p.records.Staff(ctx, tx, hearth.StaffID(a.ID))
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return Viewer{}, nil
	}
	if err != nil {
		return Viewer{}, err
	}
	who, err := p.ofStaff(ctx, tx, m.ID)
	v := p.policy.StaffViewer(m, Session{}, tx.Now())
	if !m.Inactive {
		v.Wide = who.Wide
	}
	return v, err
}

// ofStaff is ByStaff, with nothing for somebody who has no account.
func (p *People) ofStaff(ctx context.Context, tx *db.Tx, id hearth.StaffID) (Person, error) {
	who, err := p.ByStaff(ctx, tx, id)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		err = nil
	}
	return who, err
}

// member is somebody of the team who has, or had, an account.
type member struct {
	who    Person
	viewer Viewer // as if they were still here
	here   bool
}

// team is all of them.
type team []member

func (p *People) signedUp(ctx context.Context, tx *db.Tx) (team, error) {
	all, err := p.All(ctx, tx)
	if err != nil {
		return nil, err
	}
	staff, err := p.records.AllStaff(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("read who has an account: %w", err)
	}
	byID := make(map[hearth.StaffID]record.Staff, len(staff))
	for _, m := range staff {
		byID[m.ID] = m
	}
	var out team
	for _, who := range all {
		m, found := byID[who.Staff]
		if !found {
			continue
		}
		here := !m.Inactive && who.Closed.IsZero()
		m.Inactive = false
		v := p.policy.StaffViewer(m, Session{}, tx.Now())
		v.Wide = who.Wide
		out = append(out, member{who, v, here})
	}
	return out, nil
}

// newAt tells whether nobody who finds residents at a property ever came in.
func (t team) newAt(at hearth.PropertyID) bool {
	return !slices.ContainsFunc(t, func(m member) bool { return !m.who.LastIn.IsZero() && m.viewer.May(ResidentsRead, at) })
}

// keepsOne refuses to leave nobody who can see to sign-ins where somebody could until now.
func (t team) keepsOne(who Person, left Viewer) error {
	i := slices.IndexFunc(t, func(m member) bool { return m.who.ID == who.ID })
	if who.ID == "" || i < 0 || !t[i].here {
		return nil
	}
	was := t[i].viewer
	other := func(can func(Viewer) bool) bool {
		return slices.ContainsFunc(t, func(m member) bool { return m.here && m.who.ID != who.ID && can(m.viewer) })
	}
	if was.MayEverywhere(AccountsWrite) && !left.MayEverywhere(AccountsWrite) && !other(func(v Viewer) bool { return v.MayEverywhere(AccountsWrite) }) {
		return lastOne(was.Name)
	}
	for _, at := range was.Where(AccountsWrite) {
		if !left.May(AccountsWrite, at) && !other(func(v Viewer) bool { return v.May(AccountsWrite, at) }) {
			return lastOne(was.Name)
		}
	}
	return nil
}

func lastOne(name string) error {
	return hearth.Errorf(hearth.CodeConflict, "%s is the last one who can open and close sign-ins. Let somebody else do that first; then try again.", name)
}
