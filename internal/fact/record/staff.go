package record

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"hearth"
	"hearth/internal/base/db"
)

const selectStaff = `SELECT id, name, email, phone, minutes_a_day, active, backup, supervisor FROM staff WHERE org = $1 AND `

// Staff reads one member of the team with roles, hours and absences. It fails with CodeNotFound if there is none.
func (s *Store) Staff(ctx context.Context, tx *db.Tx, id hearth.StaffID) (Staff, error) {
	all, err := s.staffWhere(ctx, tx, "id = $2", string(id))
	if err != nil {
		return Staff{}, err
	}
	if len(all) == 0 {
		return Staff{}, hearth.Errorf(hearth.CodeNotFound, "There is nobody %s on the team.", id)
	}
	return all[0], nil
}

// StaffAt lists those who have a role at the property, by id, with all their roles, hours and absences.
func (s *Store) StaffAt(ctx context.Context, tx *db.Tx, property hearth.PropertyID) ([]Staff, error) {
	return s.staffWhere(ctx, tx, "id IN (SELECT staff FROM staff_roles WHERE org = $2 AND property = $3)", tx.Org(), string(property))
}

// AllStaff lists the whole team by id.
func (s *Store) AllStaff(ctx context.Context, tx *db.Tx) ([]Staff, error) {
	return s.staffWhere(ctx, tx, "id <> $2", "")
}

func (s *Store) staffWhere(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Staff, error) {
	all, err := collect(ctx, tx, "read staff", scanStaff, selectStaff+where+" ORDER BY id", append([]any{tx.Org()}, args...)...)
	if err != nil || len(all) == 0 {
		return all, err
	}
	at := make(map[hearth.StaffID]*Staff, len(all))
	ids := make([]string, len(all))
	for i := range all {
		at[all[i].ID], ids[i] = &all[i], string(all[i].ID)
	}
	return all, addWork(ctx, tx, at, ids)
}

func scanStaff(r scanner) (Staff, error) {
	var m Staff
	var active int64
	err := r.Scan(&m.ID, &m.Name, &m.Email, &m.Phone, &m.MinutesADay, &active, &m.Backup, &m.Supervisor)
	m.Inactive = active == 0
	return m, err
}

const (
	selectRoles    = `SELECT staff, property, role FROM staff_roles WHERE org = $1 AND `
	selectHours    = `SELECT staff, weekday, from_min, to_min FROM staff_hours WHERE org = $1 AND `
	selectAbsences = `SELECT staff, from_day, to_day, 0, 0, reason FROM absences WHERE org = $1 AND `
	selectParts    = ` UNION ALL SELECT staff, day, day, from_min, to_min, reason FROM absence_parts WHERE org = $1 AND `
)

// addWork fills in roles, hours and absences with three queries for all.
func addWork(ctx context.Context, tx *db.Tx, at map[hearth.StaffID]*Staff, ids []string) error {
	clause, arg := tx.In("staff", 2, ids)
	_, err := collect(ctx, tx, "read roles", func(r scanner) (struct{}, error) {
		var id hearth.StaffID
		var v StaffRole
		err := r.Scan(&id, &v.Property, &v.Role)
		if err == nil {
			at[id].Roles = append(at[id].Roles, v)
		}
		return struct{}{}, err
	}, selectRoles+clause+" ORDER BY staff, property, role", tx.Org(), arg)
	if err != nil {
		return err
	}
	_, err = collect(ctx, tx, "read hours", func(r scanner) (struct{}, error) {
		var id hearth.StaffID
		var v Hours
		err := r.Scan(&id, &v.Weekday, &v.From, &v.To)
		if err == nil {
			at[id].Hours = append(at[id].Hours, v)
		}
		return struct{}{}, err
	}, selectHours+clause+" ORDER BY staff, weekday, from_min", tx.Org(), arg)
	if err != nil {
		return err
	}
	_, err = collect(ctx, tx, "read absences", func(r scanner) (struct{}, error) {
		var id hearth.StaffID
		var v Absence
		err := r.Scan(&id, &v.From, &v.To, &v.FromMin, &v.ToMin, &v.Reason)
		if err == nil {
			at[id].Absences = append(at[id].Absences, v)
		}
		return struct{}{}, err
	}, selectAbsences+clause+selectParts+clause+" ORDER BY 1, 2, 4", tx.Org(), arg)
	return err
}

const selectStaffByKey = `SELECT id FROM staff WHERE org = $1 AND name_key = $2 ORDER BY id`

// PutStaff creates or changes a member of the team, found by ID, else by the source's name for the person, else by
// name together with an equal or missing e-mail. Told roles, hours and absences are added to those known; Inactive is
// taken over as told. Somebody who has left is told as inactive, never removed.
func (s *Store) PutStaff(ctx context.Context, tx *db.Tx, n News, told Staff) (Staff, Change, error) {
	if err := told.check(); err != nil {
		return Staff{}, Change{}, err
	}
	have, found, err := s.FindStaff(ctx, tx, n, told)
	if err != nil {
		return Staff{}, Change{}, err
	}
	if err := s.meant(ctx, tx, n, &told); err != nil {
		return Staff{}, Change{}, err
	}
	if !found {
		if NameKey(told.Name) == "" {
			return Staff{}, Change{}, hearth.FieldErrorf("name", "A member of the team needs a name.")
		}
		have = Staff{ID: told.ID, MinutesADay: DefaultMinutesADay}
		if have.ID == "" {
			id, errID := s.newID(tx, "stf_")
			if errID != nil {
				return Staff{}, Change{}, errID
			}
			have.ID = hearth.StaffID(id)
		}
	}
	before := have
	change := have.take(told)
	if !found {
		change = Change{Added: true, Fields: change.Fields}
	}
	if !change.None() {
		if err := s.writeStaff(ctx, tx, have, before, change.Added); err != nil {
			return Staff{}, Change{}, fmt.Errorf("write staff %s: %w", have.ID, err)
		}
		if err := s.trailStaff(ctx, tx, n.Trail, before, have.ID, change.Added); err != nil {
			return Staff{}, Change{}, err
		}
	}
	if err := s.nameOf(ctx, tx, n, "staff", told.External, string(have.ID)); err != nil {
		return Staff{}, Change{}, err
	}
	if err := s.staffTold(ctx, tx, n.Trail, have, told, change); err != nil {
		return Staff{}, Change{}, err
	}
	if change.Added && len(have.Roles) > 0 {
		_, err = s.emit(ctx, tx, n, fact{kind: "staff.added", subject: hearth.Subject{Kind: "staff", ID: string(have.ID)},
			property: have.Roles[0].Property, data: map[string]any{"name": have.Name}})
	}
	return have, change, err
}

func (m Staff) check() error {
	for _, r := range m.Roles {
		if !r.Role.Valid() {
			return hearth.FieldErrorf("role", "%q is not a role; see the list of roles.", r.Role)
		}
	}
	for _, a := range m.Absences {
		if err := a.check(); err != nil {
			return err
		}
	}
	if m.MinutesADay < 0 || m.MinutesADay > 24*60 {
		return hearth.FieldErrorf("minutes_a_day", "Minutes a day lie between 0 and 1440.")
	}
	return checkHours("hours", m.Hours)
}

// FindStaff finds whom PutStaff would change; found is false where it would add somebody.
func (s *Store) FindStaff(ctx context.Context, tx *db.Tx, n News, told Staff) (m Staff, found bool, err error) {
	id := told.ID
	if id == "" && told.External != "" {
		named, err := s.named(ctx, tx, "staff", told.External, n.Source)
		if err != nil {
			return Staff{}, false, err
		}
		id = hearth.StaffID(named)
	}
	if id != "" {
		m, err := s.Staff(ctx, tx, id)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			return Staff{}, false, nil
		}
		return m, err == nil, err
	}
	ids, err := collect(ctx, tx, "find staff "+told.Name, scanText, selectStaffByKey, tx.Org(), NameKey(told.Name))
	if err != nil {
		return Staff{}, false, err
	}
	for _, id := range ids {
		m, err := s.Staff(ctx, tx, hearth.StaffID(id))
		if err != nil {
			return Staff{}, false, err
		}
		if a, b := EmailKey(m.Email), EmailKey(told.Email); a == b || a == "" || b == "" {
			return m, true, nil
		}
	}
	return Staff{}, false, nil
}

func (m *Staff) take(told Staff) Change {
	var d diff
	if NameKey(told.Name) != NameKey(m.Name) {
		d.text("name", &m.Name, told.Name)
	}
	if told.Email != "" && EmailKey(told.Email) != EmailKey(m.Email) {
		d.text("email", &m.Email, told.Email)
	}
	if told.Phone != "" && PhoneKey(told.Phone) != PhoneKey(m.Phone) {
		d.text("phone", &m.Phone, told.Phone)
	}
	number(&d, "minutes_a_day", &m.MinutesADay, told.MinutesADay)
	if told.Inactive != m.Inactive {
		m.Inactive = told.Inactive
		d.note("active")
	}
	for _, r := range told.Roles {
		if !m.HasRole(r.Property, r.Role) {
			m.Roles = append(m.Roles[:len(m.Roles):len(m.Roles)], r)
			d.note("roles")
		}
	}
	if len(told.Hours) > 0 && !sameHours(m.Hours, told.Hours) {
		m.Hours = append([]Hours(nil), told.Hours...)
		d.note("hours")
	}
	for _, a := range told.Absences {
		if m.absent(a) {
			d.note("absences")
		}
	}
	for _, who := range []struct {
		field      string
		have, told *hearth.StaffID
	}{{"backup", &m.Backup, &told.Backup}, {"supervisor", &m.Supervisor, &told.Supervisor}} {
		if *who.told != "" && *who.told != *who.have {
			*who.have = *who.told
			d.note(who.field)
		}
	}
	return d.change()
}

func contains[T comparable](all []T, v T) bool {
	for _, o := range all {
		if o == v {
			return true
		}
	}
	return false
}

func sameHours(a, b []Hours) bool {
	if len(a) != len(b) {
		return false
	}
	a, b = append([]Hours(nil), a...), append([]Hours(nil), b...)
	for _, h := range [][]Hours{a, b} {
		sort.Slice(h, func(i, j int) bool {
			return h[i].Weekday < h[j].Weekday || h[i].Weekday == h[j].Weekday && h[i].From < h[j].From
		})
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

const (
	insertStaff = `INSERT INTO staff (org, id, name, name_key, email, email_key, phone, minutes_a_day, active, backup, supervisor,
  created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	updateStaff = `UPDATE staff SET name = $1, name_key = $2, email = $3, email_key = $4, phone = $5, minutes_a_day = $6,
  active = $7, backup = $8, supervisor = $9 WHERE org = $10 AND id = $11`
	insertRole  = `INSERT INTO staff_roles (org, property, role, staff) VALUES ($1, $2, $3, $4)`
	deleteHours = `DELETE FROM staff_hours WHERE org = $1 AND staff = $2`
	insertHours = `INSERT INTO staff_hours (org, staff, weekday, from_min, to_min) VALUES ($1, $2, $3, $4, $5)`
)

func (s *Store) writeStaff(ctx context.Context, tx *db.Tx, m, before Staff, added bool) error {
	var err error
	if added {
		_, err = tx.Exec(ctx, insertStaff, tx.Org(), string(m.ID), m.Name, NameKey(m.Name), m.Email, EmailKey(m.Email), m.Phone,
			int64(m.MinutesADay), flag(!m.Inactive), string(m.Backup), string(m.Supervisor), hearth.Millis(tx.Now()))
	} else {
		_, err = tx.Exec(ctx, updateStaff, m.Name, NameKey(m.Name), m.Email, EmailKey(m.Email), m.Phone,
			int64(m.MinutesADay), flag(!m.Inactive), string(m.Backup), string(m.Supervisor), tx.Org(), string(m.ID))
	}
	if err != nil {
		return err
	}
	for _, r := range m.Roles {
		if !before.HasRole(r.Property, r.Role) {
			if _, err := tx.Exec(ctx, insertRole, tx.Org(), string(r.Property), string(r.Role), string(m.ID)); err != nil {
				return err
			}
		}
	}
	if !sameHours(before.Hours, m.Hours) {
		if _, err := tx.Exec(ctx, deleteHours, tx.Org(), string(m.ID)); err != nil {
			return err
		}
		for _, h := range m.Hours {
			if _, err := tx.Exec(ctx, insertHours, tx.Org(), string(m.ID), int64(h.Weekday), int64(h.From), int64(h.To)); err != nil {
				return err
			}
		}
	}
	for _, a := range m.Absences {
		if !contains(before.Absences, a) {
			if err := writeAbsence(ctx, tx, m.ID, a); err != nil {
				return err
			}
		}
	}
	return s.teamChanged(ctx, tx)
}

const deleteRole = `DELETE FROM staff_roles WHERE org = $1 AND property = $2 AND role = $3 AND staff = $4`

// DropRole takes a role at a property away from somebody. Nobody having it is fine.
func (s *Store) DropRole(ctx context.Context, tx *db.Tx, id hearth.StaffID, r StaffRole) error {
	_, err := tx.Exec(ctx, deleteRole, tx.Org(), string(r.Property), string(r.Role), string(id))
	if err != nil {
		return fmt.Errorf("drop role %s of %s: %w", r.Role, id, err)
	}
	return s.teamChanged(ctx, tx)
}

const selectStaffByEmail = `SELECT id FROM staff WHERE org = $1 AND email_key = $2 AND active = 1 ORDER BY id LIMIT 1`

// StaffByEmail finds an active member of the team by e-mail address. It fails with CodeNotFound if there is none.
func (s *Store) StaffByEmail(ctx context.Context, tx *db.Tx, address string) (Staff, error) {
	var id hearth.StaffID
	err := tx.Row(ctx, selectStaffByEmail, tx.Org(), EmailKey(address)).Scan(&id)
	if errors.Is(err, db.ErrNotFound) {
		return Staff{}, hearth.Errorf(hearth.CodeNotFound, "Nobody on the team has this e-mail address.")
	}
	if err != nil {
		return Staff{}, fmt.Errorf("find staff by e-mail: %w", err)
	}
	return s.Staff(ctx, tx, id)
}
