package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// Roles that open confidential work, and those that say yes to them, are given by two people: one asks, another says yes.

// RoleAskFor is for how long an asking waits; after it nobody can say yes any more, and it is asked anew.
const RoleAskFor = 14 * 24 * time.Hour

// RoleAsk is somebody's asking for a role for somebody else, and what became of it.
type RoleAsk struct {
	ID        string
	Staff     hearth.StaffID
	Role      record.StaffRole
	AskedBy   hearth.StaffID
	Asked     time.Time
	SettledBy hearth.StaffID // "" while it waits, and where whoever runs Hearth settled it
	Settled   time.Time
	Yes       bool
}

// Waits tells whether a second person can still answer.
func (a RoleAsk) Waits(now time.Time) bool {
	return a.Settled.IsZero() && now.Before(a.Asked.Add(RoleAskFor))
}

const (
	insertRoleAsk  = `INSERT INTO role_asks (org, id, property, staff, role, asked_by, asked, settled_by, settled, yes) VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, 0)`
	roleAskColumns = `id, property, staff, role, asked_by, asked, settled_by, settled, yes`
	selectRoleAsk  = `SELECT ` + roleAskColumns + ` FROM role_asks WHERE org = $1 AND id = $2`
	// An import that is taken back takes back whom it brought, and what was asked for them is asked by nobody any more.
	stillThere = ` AND EXISTS (SELECT 1 FROM staff s WHERE s.org = role_asks.org AND s.id = role_asks.staff)
  AND EXISTS (SELECT 1 FROM staff s WHERE s.org = role_asks.org AND s.id = role_asks.asked_by)
  AND EXISTS (SELECT 1 FROM properties p WHERE p.org = role_asks.org AND p.id = role_asks.property)`
	selectRoleAsks = `SELECT ` + roleAskColumns + ` FROM role_asks WHERE org = $1 AND property = $2 AND (settled = 0 OR settled >= $3)` + stillThere + ` ORDER BY settled, asked, id`
	selectWaiting  = `SELECT ` + roleAskColumns + ` FROM role_asks WHERE org = $1 AND settled = 0 AND asked > $2` + stillThere + ` ORDER BY asked, id`
	dropLateAsk    = `DELETE FROM role_asks WHERE org = $1 AND property = $2 AND staff = $3 AND role = $4 AND settled = 0 AND asked <= $5`
	settleRoleAsk  = `UPDATE role_asks SET settled_by = $1, settled = $2, yes = $3 WHERE org = $4 AND id = $5 AND settled = 0`
)

func scanRoleAsk(r interface{ Scan(dest ...any) error }) (RoleAsk, error) {
	var a RoleAsk
	var asked, settled, yes int64
	err := r.Scan(&a.ID, &a.Role.Property, &a.Staff, &a.Role.Role, &a.AskedBy, &asked, &a.SettledBy, &settled, &yes)
	a.Asked, a.Settled, a.Yes = hearth.FromMillis(asked), hearth.FromMillis(settled), yes != 0
	return a, err
}

// AskRole asks for a role for somebody at a property. It fails with CodeForbidden if it is not by's to ask for, with CodeConflict if they have it or it is
// asked for already.
func (p *People) AskRole(ctx context.Context, tx *db.Tx, by Viewer, whom hearth.StaffID, role record.StaffRole) error {
	m, err := p.records.Staff(ctx, tx, whom)
	if err != nil {
		return err
	}
	switch {
	case by.Staff == "" || !by.MayAsk(role.Role, role.Property):
		return more(m.Name, role.Role)
	case by.Staff == m.ID:
		return hearth.Errorf(hearth.CodeForbidden, "Nobody changes their own rights. Ask somebody else who gives roles here.")
	case m.Inactive:
		return hearth.Errorf(hearth.CodeConflict, "%s has left the team.", m.Name)
	case m.HasRole(role.Property, role.Role):
		return hearth.Errorf(hearth.CodeConflict, "%s has this role here.", m.Name)
	}
	now := tx.Now()
	if _, err := tx.Exec(ctx, dropLateAsk, tx.Org(), string(role.Property), string(m.ID), string(role.Role), hearth.Millis(now.Add(-RoleAskFor))); err != nil {
		return fmt.Errorf("ask for a role: %w", err)
	}
	id, err := p.newID("rla_")
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertRoleAsk, tx.Org(), id, string(role.Property), string(m.ID), string(role.Role), string(by.Staff), hearth.Millis(now))
	if db.IsUnique(err) {
		return hearth.Errorf(hearth.CodeConflict, "This is asked for already, and waits for a second person.")
	}
	if err != nil {
		return fmt.Errorf("ask for a role: %w", err)
	}
	return nil
}

// RoleAsks lists what is asked for at a property, and what was settled since a time.
func (p *People) RoleAsks(ctx context.Context, tx *db.Tx, at hearth.PropertyID, since time.Time) ([]RoleAsk, error) {
	return roleAsks(ctx, tx, selectRoleAsks, tx.Org(), string(at), hearth.Millis(since))
}

// WaitingRoles lists what waits for a second person, at all properties, the oldest first.
func (p *People) WaitingRoles(ctx context.Context, tx *db.Tx) ([]RoleAsk, error) {
	return roleAsks(ctx, tx, selectWaiting, tx.Org(), hearth.Millis(tx.Now().Add(-RoleAskFor)))
}

// RolesFor lists what waits for the viewer's own yes: not what they asked for themselves, nor what is about them.
func (p *People) RolesFor(ctx context.Context, tx *db.Tx, by Viewer) ([]RoleAsk, error) {
	if by.Staff == "" || !by.May(RolesAgree, "") {
		return nil, nil
	}
	all, err := p.WaitingRoles(ctx, tx)
	return slices.DeleteFunc(all, func(a RoleAsk) bool { return by.maySettle(a, true, tx.Now()) != nil }), err
}

// SecondFor tells whether somebody of the team who can come in may say yes to an asking. Where nobody may, as beside an administrator who is alone, only
// whoever runs Hearth can.
func (p *People) SecondFor(ctx context.Context, tx *db.Tx, a RoleAsk) (bool, error) {
	team, err := p.signedUp(ctx, tx)
	return slices.ContainsFunc(team, func(m member) bool { return m.here && m.viewer.maySettle(a, true, tx.Now()) == nil }), err
}

func roleAsks(ctx context.Context, tx *db.Tx, query string, args ...any) ([]RoleAsk, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list roles that are asked for: %w", err)
	}
	defer rows.Close()
	var out []RoleAsk
	for rows.Next() {
		a, err := scanRoleAsk(rows)
		if err != nil {
			return nil, fmt.Errorf("list roles that are asked for: %w", err)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// SettleRole says yes or no, as the second person, to a role that is asked for at a property; a yes gives it. Whoever asked takes it back with a no.
// A yes counts only while who asked could still ask.
func (p *People) SettleRole(ctx context.Context, tx *db.Tx, by Viewer, at hearth.PropertyID, id string, yes bool) (RoleAsk, error) {
	a, err := readRoleAsk(ctx, tx, id)
	if err == nil && a.Role.Property != at {
		err = noRoleAsk()
	}
	if err != nil {
		return a, err
	}
	if err := by.maySettle(a, yes, tx.Now()); err != nil {
		return a, err
	}
	return p.settleRole(ctx, tx, by, a, yes)
}

// SettleRoleAsOperator is SettleRole for whoever runs Hearth, who is nobody's colleague: who asked, and whom it is about, is no bar. The rights of who
// asked still are.
func (p *People) SettleRoleAsOperator(ctx context.Context, tx *db.Tx, operator hearth.Actor, id string, yes bool) (RoleAsk, error) {
	a, err := readRoleAsk(ctx, tx, id)
	if err == nil && !a.Waits(tx.Now()) {
		err = errSettled()
	}
	if err != nil {
		return a, err
	}
	return p.settleRole(ctx, tx, Viewer{Actor: operator}, a, yes)
}

func readRoleAsk(ctx context.Context, tx *db.Tx, id string) (RoleAsk, error) {
	a, err := scanRoleAsk(tx.Row(ctx, selectRoleAsk, tx.Org(), id))
	if errors.Is(err, db.ErrNotFound) {
		return a, noRoleAsk()
	}
	if err != nil {
		return a, fmt.Errorf("read a role that is asked for: %w", err)
	}
	return a, nil
}

func noRoleAsk() error { return hearth.Errorf(hearth.CodeNotFound, "Nobody asks for this.") }

// settleRole writes the answer, and gives the role where it is a yes.
func (p *People) settleRole(ctx context.Context, tx *db.Tx, by Viewer, a RoleAsk, yes bool) (RoleAsk, error) {
	yesNo := int64(0)
	if yes {
		yesNo = 1
		if err := p.giveAsked(ctx, tx, by, a); err != nil {
			return a, err
		}
	}
	n, err := tx.Exec(ctx, settleRoleAsk, string(by.Staff), hearth.Millis(tx.Now()), yesNo, tx.Org(), a.ID)
	if err != nil {
		return a, fmt.Errorf("settle a role that is asked for: %w", err)
	}
	if n == 0 {
		return a, errSettled()
	}
	a.SettledBy, a.Settled, a.Yes = by.Staff, tx.Now(), yes
	return a, nil
}

func errSettled() error {
	return hearth.Errorf(hearth.CodeConflict, "This was settled already, or its time is over.")
}

// maySettle refuses an answer that is not the viewer's: the second is another person than who asks, and than who gets it.
func (v Viewer) maySettle(a RoleAsk, yes bool, now time.Time) error {
	switch {
	case v.Staff == "":
		return hearth.Errorf(hearth.CodeForbidden, "A person of the team says yes or no to a role.")
	case v.Staff == a.AskedBy && yes:
		return hearth.Errorf(hearth.CodeForbidden, "You asked for this yourself. A second person says yes.")
	case v.Staff == a.Staff:
		return hearth.Errorf(hearth.CodeForbidden, "This is about you, and nobody changes their own rights. Somebody else says yes or no.")
	case v.Staff != a.AskedBy && !v.MayAgree(a.Role.Role, a.Role.Property):
		return hearth.Errorf(hearth.CodeForbidden, "To make somebody %s is not for your role to say.", article(a.Role.Role))
	case !a.Waits(now):
		return errSettled()
	}
	return nil
}

// giveAsked gives the role under the rights of who asked, as they are now.
func (p *People) giveAsked(ctx context.Context, tx *db.Tx, by Viewer, a RoleAsk) error {
	asker, err := p.ByActor(ctx, tx, hearth.Actor{Kind: "staff", ID: string(a.AskedBy)})
	if err != nil {
		return err
	}
	was, err := p.records.Staff(ctx, tx, a.Staff)
	if err != nil {
		return err
	}
	if was.Inactive {
		return hearth.Errorf(hearth.CodeConflict, "%s has left the team.", was.Name)
	}
	is, _, err := p.records.PutStaff(ctx, tx, record.News{Source: "workspace", Actor: by.Actor}, record.Staff{ID: was.ID, Name: was.Name, Roles: []record.StaffRole{a.Role}})
	if err != nil {
		return err
	}
	return p.mayChange(ctx, tx, asker, RightsChange{Was: was, Is: is, Second: a.Role})
}
