package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

const propertyColumns = `id, name, address, city, state, zip, country, zone, zone_how, zone_confirmed, settings`

const selectProperty = `SELECT ` + propertyColumns + ` FROM properties WHERE org = $1 AND id = $2`

// Property reads one property. It fails with CodeNotFound if there is none.
func (s *Store) Property(ctx context.Context, tx *db.Tx, id hearth.PropertyID) (Property, error) {
	p, err := scanProperty(tx.Row(ctx, selectProperty, tx.Org(), string(id)))
	if errors.Is(err, db.ErrNotFound) {
		return Property{}, hearth.Errorf(hearth.CodeNotFound, "There is no property %s.", id)
	}
	if err != nil {
		return Property{}, fmt.Errorf("read property %s: %w", id, err)
	}
	return p, nil
}

const selectPropertyByName = `SELECT ` + propertyColumns + ` FROM properties WHERE org = $1 AND name_key = $2`

// PropertyByName finds a property by the name that people use. It fails with CodeNotFound if there is none.
func (s *Store) PropertyByName(ctx context.Context, tx *db.Tx, name string) (Property, error) {
	p, err := scanProperty(tx.Row(ctx, selectPropertyByName, tx.Org(), NameKey(name)))
	if errors.Is(err, db.ErrNotFound) {
		return Property{}, hearth.Errorf(hearth.CodeNotFound, "There is no property named %q.", name)
	}
	if err != nil {
		return Property{}, fmt.Errorf("read property %q: %w", name, err)
	}
	return p, nil
}

const selectProperties = `SELECT ` + propertyColumns + ` FROM properties WHERE org = $1 ORDER BY name_key`

// Properties lists all properties by name.
func (s *Store) Properties(ctx context.Context, tx *db.Tx) ([]Property, error) {
	return collect(ctx, tx, "list properties", scanProperty, selectProperties, tx.Org())
}

func scanProperty(r scanner) (Property, error) {
	var p Property
	var confirmed int64
	var settings string
	if err := r.Scan(&p.ID, &p.Name, &p.Address, &p.City, &p.State, &p.Zip, &p.Country, &p.Zone, &p.ZoneHow,
		&confirmed, &settings); err != nil {
		return p, err
	}
	p.ZoneConfirmed = confirmed != 0
	var err error
	p.Settings, err = decodeSettings(settings)
	return p, err
}

// PutProperty creates or changes a property, found by ID, else by its source's name for it, else by name. Empty
// fields are not told and stay. The zone is, in this order: the one told as confirmed, the one that the address
// settles, the one told, the likelier one of the address, UTC.
func (s *Store) PutProperty(ctx context.Context, tx *db.Tx, n News, told Property) (Property, Change, error) {
	have, found, err := s.findProperty(ctx, tx, n, told)
	if err != nil {
		return Property{}, Change{}, err
	}
	if !found {
		if NameKey(told.Name) == "" {
			return Property{}, Change{}, hearth.FieldErrorf("name", "A property needs a name.")
		}
		have = Property{Country: "US", Settings: DefaultSettings()}
		if have.ID = told.ID; have.ID == "" {
			id, errID := s.newID(tx, "prp_")
			if errID != nil {
				return Property{}, Change{}, errID
			}
			have.ID = hearth.PropertyID(id)
		}
	}
	before := have
	change, err := have.take(told)
	if err != nil {
		return Property{}, Change{}, err
	}
	if !found {
		change = Change{Added: true, Fields: change.Fields}
	}
	if !change.None() {
		if err := s.writeProperty(ctx, tx, have, change.Added); err != nil {
			return Property{}, Change{}, fmt.Errorf("write property %s: %w", have.ID, err)
		}
		if found {
			n.Trail.Changed(ThingProperty, string(have.ID), before.image(), have.image())
		} else {
			n.Trail.Made(ThingProperty, string(have.ID), have.image())
		}
	}
	if err := s.nameOf(ctx, tx, n, "property", told.External, string(have.ID)); err != nil {
		return Property{}, Change{}, err
	}
	return have, change, nil
}

func (s *Store) findProperty(ctx context.Context, tx *db.Tx, n News, told Property) (Property, bool, error) {
	id := told.ID
	if id == "" && told.External != "" {
		named, err := s.named(ctx, tx, "property", told.External, n.Source)
		if err != nil {
			return Property{}, false, err
		}
		id = hearth.PropertyID(named)
	}
	var p Property
	var err error
	if id != "" {
		p, err = s.Property(ctx, tx, id)
	} else {
		p, err = s.PropertyByName(ctx, tx, told.Name)
	}
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return Property{}, false, nil
	}
	return p, err == nil, err
}

// take takes over what was told and settles the zone.
func (p *Property) take(told Property) (Change, error) {
	var d diff
	if NameKey(told.Name) != NameKey(p.Name) { // another spelling is no news
		d.text("name", &p.Name, told.Name)
	}
	d.text("address", &p.Address, told.Address)
	d.text("city", &p.City, told.City)
	d.text("state", &p.State, told.State)
	d.text("zip", &p.Zip, told.Zip)
	d.text("country", &p.Country, told.Country)
	if err := p.takeZone(&d, told); err != nil {
		return Change{}, err
	}
	if told.Settings.Told() {
		if err := told.Settings.Check(); err != nil {
			return Change{}, err
		}
		have, err := encodeSettings(p.Settings)
		if err != nil {
			return Change{}, err
		}
		now, err := encodeSettings(told.Settings)
		if err != nil {
			return Change{}, err
		}
		if have != now {
			p.Settings = told.Settings
			d.note("settings")
		}
	}
	return d.change(), nil
}

func (p *Property) takeZone(d *diff, told Property) error {
	zone, how, confirmed := p.Zone, p.ZoneHow, p.ZoneConfirmed
	found, from, sure := FindZone(p.Country, p.State, p.Zip)
	switch {
	case told.Zone != "" && told.ZoneConfirmed:
		zone, how, confirmed = told.Zone, told.ZoneHow, true
		if how == "" {
			how = "told"
		}
	case confirmed: // settled before; only a confirmed one moves it
	case sure:
		zone, how, confirmed = found, from, true
	case told.Zone != "":
		zone, how = told.Zone, told.ZoneHow
		if how == "" {
			how = "assumed"
		}
	case zone != "" && zone != "UTC":
	case found != "":
		zone, how = found, from
	default:
		zone, how = "UTC", "nothing told where the property is"
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return hearth.FieldErrorf("zone", "%q is not a time zone like America/New_York.", zone)
	}
	d.text("zone", &p.Zone, zone)
	d.text("zone_how", &p.ZoneHow, how)
	if confirmed != p.ZoneConfirmed {
		p.ZoneConfirmed = confirmed
		d.note("zone_confirmed")
	}
	return nil
}

const insertProperty = `INSERT INTO properties (org, id, name, name_key, address, city, state, zip, country, zone,
  zone_how, zone_confirmed, settings, created)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

const updateProperty = `UPDATE properties SET name = $1, name_key = $2, address = $3, city = $4, state = $5, zip = $6,
  country = $7, zone = $8, zone_how = $9, zone_confirmed = $10, settings = $11 WHERE org = $12 AND id = $13`

func (s *Store) writeProperty(ctx context.Context, tx *db.Tx, p Property, added bool) error {
	settings, err := encodeSettings(p.Settings)
	if err != nil {
		return err
	}
	if added {
		_, err = tx.Exec(ctx, insertProperty, tx.Org(), string(p.ID), p.Name, NameKey(p.Name), p.Address, p.City, p.State,
			p.Zip, p.Country, p.Zone, p.ZoneHow, flag(p.ZoneConfirmed), settings, hearth.Millis(tx.Now()))
	} else {
		_, err = tx.Exec(ctx, updateProperty, p.Name, NameKey(p.Name), p.Address, p.City, p.State, p.Zip, p.Country,
			p.Zone, p.ZoneHow, flag(p.ZoneConfirmed), settings, tx.Org(), string(p.ID))
	}
	if db.IsUnique(err) {
		return hearth.FieldErrorf("name", "Another property is named %q already.", p.Name)
	}
	if err != nil {
		return err
	}
	if err := s.teamChanged(ctx, tx); err != nil {
		return err
	}
	key := zoneKey{tx.Org(), p.ID}
	tx.AfterCommit(func() { s.forgetZone(key) })
	return nil
}

// Zone gives a property's time zone. A node keeps what it read for a minute. It fails with CodeNotFound if there is
// no such property.
func (s *Store) Zone(ctx context.Context, tx *db.Tx, property hearth.PropertyID) (*time.Location, error) {
	key := zoneKey{tx.Org(), property}
	s.zonesMu.Lock()
	e, ok := s.zones[key]
	s.zonesMu.Unlock()
	if age := tx.Now().Sub(e.at); ok && age >= 0 && age < zoneFor {
		return e.zone, nil
	}
	p, err := s.Property(ctx, tx, property)
	if err != nil {
		return nil, err
	}
	zone, err := p.Location()
	if err != nil {
		return nil, err
	}
	s.zonesMu.Lock()
	s.zones[key] = zoneEntry{zone, tx.Now()}
	s.zonesMu.Unlock()
	return zone, nil
}

func (s *Store) forgetZone(key zoneKey) {
	s.zonesMu.Lock()
	delete(s.zones, key)
	s.zonesMu.Unlock()
}

// Location gives the property's time zone for calculations.
func (p Property) Location() (*time.Location, error) {
	zone, err := time.LoadLocation(p.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of property %s: %w", p.ID, err)
	}
	return zone, nil
}
