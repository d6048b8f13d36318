package ingest

import (
	"context"
	"errors"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/edge/ingest/line"
)

// How many of a new property's residents the source may have named at another one, before the property's name is
// taken for a slip: a few have moved, most have not.
const (
	lookAt    = 200 // people of the files; more tell no more
	fewestOld = 2
	oldShare  = 0.5
)

// errEnough ends the reading of files of which enough was seen.
var errEnough = errors.New("enough seen")

// checkNew stops an import that would make a property of people whom the same source, by its own ids, lists at another
// one already: with a name mistyped, everybody would be moved.
func (im *Importer) checkNew(ctx context.Context, j *job) error {
	if j.property.ID != "" || j.req.Kind != column.Residents {
		return nil
	}
	ids := map[string]bool{}
	err := im.each(j, func(l *line.Line, _ float64) error {
		if l.Home == nil || l.Problem != "" || j.skip(l) != "" {
			return nil
		}
		for _, p := range l.Home.People {
			if p.ID != "" {
				ids[p.ID] = true
			}
		}
		if len(ids) >= lookAt {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return im.DB.Read(ctx, func(tx *db.Tx) error {
		known, most := map[hearth.PropertyID]int{}, hearth.PropertyID("")
		for ext := range ids {
			id, err := im.Records.NamedBy(ctx, tx, "resident", ext, j.req.Source)
			if err != nil {
				return err
			}
			if id == "" {
				continue
			}
			r, err := im.Records.Resident(ctx, tx, hearth.ResidentID(id))
			if err != nil {
				if err = ignoreMissing(err); err != nil {
					return err
				}
				continue
			}
			known[r.Property]++
			if n := known[r.Property]; n > known[most] || n == known[most] && r.Property < most {
				most = r.Property
			}
		}
		n := known[most]
		if n < fewestOld || float64(n) <= oldShare*float64(len(ids)) {
			return nil
		}
		p, err := im.Records.Property(ctx, tx, most)
		if err != nil {
			return err
		}
		return hearth.FieldErrorf("property", "There is no property %q yet, and %d of the %d residents looked at are known from %s at %s. "+
			"Is the list about %s? Then import it with that name. If it is about other people, say with --source which list it is.",
			j.req.Property, n, len(ids), j.req.Source, p.Name, p.Name)
	})
}

// noteNew says that the import made, or would make, the property.
func (r *Report) noteNew() {
	if r.PropertyAdded {
		r.Notes = append(r.Notes, fmt.Sprintf("New property %s %s.", r.PropertyName, map[bool]string{true: "would be made", false: "was made"}[r.DryRun]))
	}
}
