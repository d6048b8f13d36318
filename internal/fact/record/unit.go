package record

import (
	"context"
	"errors"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

const selectBuildingByName = `SELECT id, property, name FROM buildings WHERE org = $1 AND property = $2 AND name_key = $3`

const insertBuilding = `INSERT INTO buildings (org, id, property, name, name_key) VALUES ($1, $2, $3, $4, $5)`

// PutBuilding finds a building of a property by ID, else by name, and makes it if there is none.
func (s *Store) PutBuilding(ctx context.Context, tx *db.Tx, n News, told Building) (Building, Change, error) {
	key := LabelKey(told.Name)
	if key == "" {
		return Building{}, Change{}, hearth.FieldErrorf("building", "A building needs a name or number.")
	}
	have, err := scanBuilding(tx.Row(ctx, selectBuildingByName, tx.Org(), string(told.Property), key))
	if err == nil {
		return have, Change{}, s.nameOf(ctx, tx, n, "building", told.External, string(have.ID))
	}
	if !errors.Is(err, db.ErrNotFound) {
		return Building{}, Change{}, fmt.Errorf("find building %q: %w", told.Name, err)
	}
	if told.ID == "" {
		id, errID := s.newID(tx, "bld_")
		if errID != nil {
			return Building{}, Change{}, errID
		}
		told.ID = hearth.BuildingID(id)
	}
	if _, err := tx.Exec(ctx, insertBuilding, tx.Org(), string(told.ID), string(told.Property), told.Name, key); err != nil {
		return Building{}, Change{}, fmt.Errorf("write building %q: %w", told.Name, err)
	}
	n.Trail.Made(ThingBuilding, string(told.ID), placed{told.Property, told.Name})
	return told, Change{Added: true}, s.nameOf(ctx, tx, n, "building", told.External, string(told.ID))
}

func scanBuilding(r scanner) (Building, error) {
	var b Building
	err := r.Scan(&b.ID, &b.Property, &b.Name)
	return b, err
}

const selectBuildings = `SELECT id, property, name FROM buildings WHERE org = $1 AND property = $2 ORDER BY name_key`

// Buildings lists the buildings of a property by name.
func (s *Store) Buildings(ctx context.Context, tx *db.Tx, property hearth.PropertyID) ([]Building, error) {
	return collect(ctx, tx, "list buildings", scanBuilding, selectBuildings, tx.Org(), string(property))
}

const unitColumns = `id, property, building, label, floor, kind, beds, baths, sqft, market_cents, address`

const selectUnit = `SELECT ` + unitColumns + ` FROM units WHERE org = $1 AND id = $2`

// Unit reads one unit. It fails with CodeNotFound if there is none.
func (s *Store) Unit(ctx context.Context, tx *db.Tx, id hearth.UnitID) (Unit, error) {
	u, err := scanUnit(tx.Row(ctx, selectUnit, tx.Org(), string(id)))
	if errors.Is(err, db.ErrNotFound) {
		return Unit{}, hearth.Errorf(hearth.CodeNotFound, "There is no unit %s.", id)
	}
	if err != nil {
		return Unit{}, fmt.Errorf("read unit %s: %w", id, err)
	}
	return u, nil
}

func scanUnit(r scanner) (Unit, error) {
	var u Unit
	err := r.Scan(&u.ID, &u.Property, &u.Building, &u.Label, &u.Floor, &u.Kind, &u.Beds, &u.Baths, &u.SqFt,
		&u.MarketCents, &u.Address)
	return u, err
}

const selectUnits = `SELECT ` + unitColumns + ` FROM units WHERE org = $1 AND property = $2 ORDER BY label_key, id`

// Units lists the units of a property by label.
func (s *Store) Units(ctx context.Context, tx *db.Tx, property hearth.PropertyID) ([]Unit, error) {
	return collect(ctx, tx, "list units", scanUnit, selectUnits, tx.Org(), string(property))
}

const selectUnitsByLabel = `SELECT ` + unitColumns + ` FROM units
  WHERE org = $1 AND property = $2 AND label_key = $3 ORDER BY id`

// PutUnit creates or changes a unit, found by ID, else by its source's name for it, else by building and label within
// the property. Without a building the label must be unique there; else it fails with CodeInvalid on "unit".
func (s *Store) PutUnit(ctx context.Context, tx *db.Tx, n News, told Unit) (Unit, Change, error) {
	if LabelKey(told.Label) == "" && told.ID == "" && told.External == "" {
		return Unit{}, Change{}, hearth.FieldErrorf("unit", "A unit needs a label such as 4B.")
	}
	if told.Building == "" && told.BuildingName != "" {
		b, _, err := s.PutBuilding(ctx, tx, n, Building{Property: told.Property, Name: told.BuildingName})
		if err != nil {
			return Unit{}, Change{}, err
		}
		told.Building = b.ID
	}
	have, found, err := s.findUnit(ctx, tx, n, told)
	if err != nil {
		return Unit{}, Change{}, err
	}
	change, before := Change{Added: !found}, have
	if found {
		change = have.take(told)
	} else if have, err = s.newUnit(tx, told); err != nil {
		return Unit{}, Change{}, err
	}
	if !change.None() {
		if err := writeUnit(ctx, tx, have, change.Added); err != nil {
			return Unit{}, Change{}, fmt.Errorf("write unit %s: %w", have.ID, err)
		}
		if found {
			n.Trail.Changed(ThingUnit, string(have.ID), before.image(), have.image())
		} else {
			n.Trail.Made(ThingUnit, string(have.ID), have.image())
		}
	}
	if err := s.nameOf(ctx, tx, n, "unit", told.External, string(have.ID)); err != nil {
		return Unit{}, Change{}, err
	}
	if change.Added {
		_, err = s.emit(ctx, tx, n, have.added())
	}
	return have, change, err
}

// added is the fact that there is a new unit.
func (u Unit) added() fact {
	return fact{kind: "unit.added", subject: hearth.Subject{Kind: "unit", ID: string(u.ID)}, property: u.Property,
		data: map[string]any{"label": u.Label}}
}

func (s *Store) newUnit(tx *db.Tx, told Unit) (Unit, error) {
	if LabelKey(told.Label) == "" {
		return Unit{}, hearth.FieldErrorf("unit", "A unit needs a label such as 4B.")
	}
	if told.Property == "" {
		return Unit{}, hearth.FieldErrorf("property", "A unit belongs to a property; say which.")
	}
	if told.ID == "" {
		id, err := s.newID(tx, "unt_")
		if err != nil {
			return Unit{}, err
		}
		told.ID = hearth.UnitID(id)
	}
	return told, nil
}

func (s *Store) findUnit(ctx context.Context, tx *db.Tx, n News, told Unit) (Unit, bool, error) {
	id := told.ID
	if id == "" && told.External != "" {
		named, err := s.named(ctx, tx, "unit", told.External, n.Source)
		if err != nil {
			return Unit{}, false, err
		}
		id = hearth.UnitID(named)
	}
	if id != "" {
		u, err := s.Unit(ctx, tx, id)
		if hearth.CodeOf(err) == hearth.CodeNotFound && told.ID != "" {
			return Unit{}, false, nil
		}
		// A source that uses the same name in another property means another unit.
		if err != nil || told.Property == "" || u.Property == told.Property {
			return u, err == nil, err
		}
	}
	all, err := collect(ctx, tx, "find unit "+told.Label, scanUnit, selectUnitsByLabel, tx.Org(), string(told.Property),
		LabelKey(told.Label))
	if err != nil {
		return Unit{}, false, err
	}
	return pickUnit(all, told)
}

// pickUnit chooses among the units of one label. A unit without a building is the one that a building is now told of.
func pickUnit(all []Unit, told Unit) (Unit, bool, error) {
	if told.Building == "" {
		if len(all) > 1 {
			return Unit{}, false, hearth.FieldErrorf("unit", "There is more than one unit %s here; add the building.", told.Label)
		}
		if len(all) == 1 {
			return all[0], true, nil
		}
		return Unit{}, false, nil
	}
	for _, u := range all {
		if u.Building == told.Building {
			return u, true, nil
		}
	}
	for _, u := range all {
		if u.Building == "" {
			return u, true, nil
		}
	}
	return Unit{}, false, nil
}

func (u *Unit) take(told Unit) Change {
	var d diff
	if told.Building != "" && told.Building != u.Building {
		u.Building = told.Building
		d.note("building")
	}
	if LabelKey(told.Label) != LabelKey(u.Label) { // "Apt 4B" after "4B" is no news
		d.text("label", &u.Label, told.Label)
	}
	d.text("floor", &u.Floor, told.Floor)
	d.text("kind", &u.Kind, told.Kind)
	d.text("address", &u.Address, told.Address)
	number(&d, "beds", &u.Beds, told.Beds)
	number(&d, "baths", &u.Baths, told.Baths)
	number(&d, "sqft", &u.SqFt, told.SqFt)
	number(&d, "market_cents", &u.MarketCents, told.MarketCents)
	return d.change()
}

func unitCols() []db.Col {
	return columns("org id property building label label_key floor kind .beds .baths #sqft #market_cents address #created")
}

func unitRow(tx *db.Tx, u Unit) []any {
	return []any{tx.Org(), string(u.ID), string(u.Property), string(u.Building), u.Label, LabelKey(u.Label), u.Floor, u.Kind, u.Beds, u.Baths,
		u.SqFt, u.MarketCents, u.Address, hearth.Millis(tx.Now())}
}

const updateUnit = `UPDATE units SET building = $1, label = $2, label_key = $3, floor = $4, kind = $5, beds = $6,
  baths = $7, sqft = $8, market_cents = $9, address = $10 WHERE org = $11 AND id = $12`

func writeUnit(ctx context.Context, tx *db.Tx, u Unit, added bool) error {
	var err error
	if added {
		_, err = tx.Bulk(ctx, db.Bulk{Table: "units", Cols: unitCols(), Rows: [][]any{unitRow(tx, u)}})
	} else {
		_, err = tx.Exec(ctx, updateUnit, string(u.Building), u.Label, LabelKey(u.Label), u.Floor, u.Kind, u.Beds, u.Baths,
			u.SqFt, u.MarketCents, u.Address, tx.Org(), string(u.ID))
	}
	return err
}
