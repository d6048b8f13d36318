package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// whyBeyond is why a row stays as it is that changed something of a property where whoever takes it back may not.
const whyBeyond = "it was known at another community, where only others may take it back"

// beyond tells whether a row changed something of such a property, and what.
func (x *undoing) beyond(steps []record.Step) (what record.Thing, far bool) {
	if x.within == nil {
		return "", false
	}
	for _, st := range steps {
		if p := placeOf(st); p == "" || p == x.imp.property || slices.Contains(x.within, p) {
			continue
		}
		if far = true; what == "" || thingWords(what) == "" {
			what = st.Thing
		}
	}
	if far && thingWords(what) == "" {
		what = record.ThingResident
	}
	return what, far
}

// veil takes the names of residents of such properties out of what is told of an undo that somebody else began.
func (im *Importer) veil(ctx context.Context, tx *db.Tx, by By, u *Undo) error {
	if by.Within == nil || u == nil {
		return nil
	}
	resident := thingWords(record.ThingResident)
	for i, s := range u.Stays {
		if s.What != resident || s.Name == "" {
			continue
		}
		r, err := im.Records.Resident(ctx, tx, hearth.ResidentID(s.ID))
		if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
			return err
		}
		if err != nil || !slices.Contains(by.Within, r.Property) {
			u.Stays[i].ID, u.Stays[i].Name = "", ""
		}
	}
	return nil
}

// whyRights is why somebody of the team stays as they are whose rights are not for whoever takes the import back to change.
const whyRights = "their rights would change, which is for somebody else to do"

// rightsStay tells whether a row gave or took rights that whoever takes it back may not take or give. The row then stays as it is.
func (x *undoing) rightsStay(ctx context.Context, tx *db.Tx, steps []record.Step) (bool, error) {
	by := x.asks
	if by.Kind == "" {
		by = x.actor()
	}
	for _, st := range steps {
		if st.Thing != record.ThingStaff {
			continue
		}
		now, err := x.im.Records.Staff(ctx, tx, hearth.StaffID(st.ID))
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue
		}
		if err != nil {
			return false, err
		}
		back := now
		back.Inactive = true // what the row made goes
		if !st.Made() {
			var was record.Staff
			if err := json.Unmarshal(st.Was, &was); err != nil {
				return false, fmt.Errorf("read what was kept: %w", err)
			}
			back.Roles, back.Inactive = was.Roles, was.Inactive
		}
		if err := x.im.mayChange(ctx, tx, by, now, back); err != nil {
			if _, ok := personal(err); !ok {
				return false, err
			}
			if x.pass == record.PassPeople {
				x.stays(record.Taken{Thing: record.ThingStaff, ID: st.ID, Name: now.Name, Why: whyRights})
			}
			return true, nil
		}
	}
	return false, nil
}
