package ingest

import (
	"context"
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
