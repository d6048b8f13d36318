package ingest

import (
	"context"
	"encoding/json"
	"slices"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/line"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// A source's names go through the whole organization: a file may name who is known at another property. Whoever brings it
// in changes nothing where they may not.

// By is somebody who brings a file in.
type By struct {
	Actor hearth.Actor
	// Within lists the properties where they may; nil: everywhere.
	Within []hearth.PropertyID
}

// knownElsewhere says of a row that it is about somebody, or something, of another property.
const knownElsewhere = "It is known at another community"

func errElsewhere() error {
	return hearth.Errorf(hearth.CodeForbidden, "%s, where you may not bring files in. Ask the administrator to bring this row in, or correct the number.", knownElsewhere)
}

// reaches tells whether the import may change what is at a property.
func (a *applying) reaches(p hearth.PropertyID) bool {
	return a.imp.plan.Within == nil || p == "" || p == a.imp.property || slices.Contains(a.imp.plan.Within, p)
}

// reachesSteps refuses a line that changed what the import may not.
func (a *applying) reachesSteps(l *line.Line) error {
	d := a.trails[l]
	if d == nil || a.imp.plan.Within == nil {
		return nil
	}
	for _, st := range d.trail.Steps {
		if !a.reaches(placeOf(st)) {
			return errElsewhere()
		}
	}
	return nil
}

// reachesResident refuses somebody of a property where the import may change nothing.
func (a *applying) reachesResident(ctx context.Context, tx *db.Tx, id hearth.ResidentID) error {
	if a.imp.plan.Within == nil || id == "" {
		return nil
	}
	r, err := a.im.Records.Resident(ctx, tx, id)
	if err == nil && !a.reaches(r.Property) {
		err = errElsewhere()
	}
	return err
}

// reachesUnit is reachesResident for a home.
func (a *applying) reachesUnit(ctx context.Context, tx *db.Tx, id hearth.UnitID) error {
	if a.imp.plan.Within == nil || id == "" {
		return nil
	}
	u, err := a.im.Records.Unit(ctx, tx, id)
	if err == nil && !a.reaches(u.Property) {
		err = errElsewhere()
	}
	return err
}

// reachesStaff refuses a member of the team who has roles, and none at the import's property: what they are called, and
// whether they are still here, is for those to say with whom they work. Who runs the program may all the same. It gives whom the row means.
func (a *applying) reachesStaff(ctx context.Context, tx *db.Tx, n record.News, told record.Staff) (record.Staff, error) {
	m, found, err := a.im.Records.FindStaff(ctx, tx, n, told)
	if err != nil || !found {
		return record.Staff{}, err
	}
	if n.Actor.Kind != byOwner && len(m.Roles) > 0 && !slices.ContainsFunc(m.Roles, func(r record.StaffRole) bool { return r.Property == a.imp.property }) {
		return m, hearth.FieldErrorf("name", "They are on the team of another community. Give them a role at %s on the page of the team first, or correct the row.", a.imp.plan.PropertyName)
	}
	return m, nil
}

// byOwner is the kind of actor that runs the program: on its command line, or by itself.
const byOwner = "system"

// mayChange refuses a change of somebody's rights that is not the actor's to make, by the roles that they have now: an import goes on after
// who began it was told to stop.
func (im *Importer) mayChange(ctx context.Context, tx *db.Tx, by hearth.Actor, was, is record.Staff) error {
	if by.Kind == byOwner {
		return nil
	}
	if was.ID == "" {
		was.ID, was.Inactive = is.ID, is.Inactive
	}
	if im.Accounts == nil {
		return account.Viewer{}.MayChange(account.RightsChange{Was: was, Is: is})
	}
	v, err := im.Accounts.ByActor(ctx, tx, by)
	if err != nil {
		return err
	}
	return im.Accounts.MayChange(ctx, tx, v, was, is)
}

// placeOf gives the property of what was there before a step; "" for what has none, or was made by it.
func placeOf(st record.Step) hearth.PropertyID {
	var was struct{ Property hearth.PropertyID }
	if st.Made() || json.Unmarshal(st.Was, &was) != nil {
		return "" // a list, which belongs to who has it
	}
	return was.Property
}
