package record

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/eventlog"
)

// The kinds of the due rows with which somebody's leave begins and ends, in the engine's lane of each property where
// they have a role. Their keys begin with the staff id and the property: LeaveOf reads them.
const (
	LeaveKind  = "staff.leave"
	ReturnKind = "staff.return"
)

// LeaveOf reads the key of a leave's due row.
func LeaveOf(key string) (hearth.StaffID, hearth.PropertyID) {
	staff, rest, _ := strings.Cut(key, "/")
	property, _, _ := strings.Cut(rest, "/")
	return hearth.StaffID(staff), hearth.PropertyID(property)
}

func (a Absence) check() error {
	switch {
	case a.From == 0 || a.To < a.From:
		return hearth.FieldErrorf("absences", "An absence ends on or after the day on which it begins.")
	case !a.Whole() && a.From != a.To:
		return hearth.FieldErrorf("absences", "An absence of hours lies on one day; for several days leave the hours out.")
	case !a.Whole() && (!minute(a.FromMin) || !minute(a.ToMin) || a.FromMin >= a.ToMin):
		return hearth.FieldErrorf("absences", "The hours of an absence begin before they end and are minutes after midnight, from 0 to 1440.")
	}
	return nil
}

// absent takes an absence into the known ones and tells whether that changed anything: of two that begin at one time,
// the later told counts.
func (m *Staff) absent(told Absence) bool {
	for i, a := range m.Absences {
		if a == told {
			return false
		}
		if a.From == told.From && a.FromMin == told.FromMin && a.Whole() == told.Whole() {
			m.Absences = append([]Absence(nil), m.Absences...)
			m.Absences[i] = told
			return true
		}
	}
	m.Absences = append(m.Absences[:len(m.Absences):len(m.Absences)], told)
	return true
}

const (
	upsertAbsence = `INSERT INTO absences (org, staff, from_day, to_day, reason) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (org, staff, from_day) DO UPDATE SET to_day = excluded.to_day, reason = excluded.reason`
	upsertPart = `INSERT INTO absence_parts (org, staff, day, from_min, to_min, reason) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (org, staff, day, from_min) DO UPDATE SET to_min = excluded.to_min, reason = excluded.reason`
)

func writeAbsence(ctx context.Context, tx *db.Tx, id hearth.StaffID, a Absence) error {
	var err error
	if a.Whole() {
		_, err = tx.Exec(ctx, upsertAbsence, tx.Org(), string(id), int64(a.From), int64(a.To), a.Reason)
	} else {
		_, err = tx.Exec(ctx, upsertPart, tx.Org(), string(id), int64(a.From), int64(a.FromMin), int64(a.ToMin), a.Reason)
	}
	return err
}

// SetAbsence records when somebody is away, and changes the end of what begins at the same time. It fails with
// CodeNotFound if nobody has the id.
func (s *Store) SetAbsence(ctx context.Context, tx *db.Tx, id hearth.StaffID, a Absence) (Staff, error) {
	m, err := s.Staff(ctx, tx, id)
	if err != nil {
		return Staff{}, err
	}
	m, _, err = s.PutStaff(ctx, tx, News{}, Staff{ID: id, Name: m.Name, Inactive: m.Inactive, Absences: []Absence{a}})
	return m, err
}

const (
	deleteAbsence = `DELETE FROM absences WHERE org = $1 AND staff = $2 AND from_day = $3`
	deletePart    = `DELETE FROM absence_parts WHERE org = $1 AND staff = $2 AND day = $3 AND from_min = $4`
)

// DropAbsence takes an absence back, told by its beginning. It fails with CodeNotFound if there is none.
func (s *Store) DropAbsence(ctx context.Context, tx *db.Tx, id hearth.StaffID, a Absence) error {
	m, err := s.Staff(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, have := range m.Absences {
		if have.From != a.From || have.FromMin != a.FromMin {
			continue
		}
		if have.Whole() {
			_, err = tx.Exec(ctx, deleteAbsence, tx.Org(), string(id), int64(have.From))
		} else {
			_, err = tx.Exec(ctx, deletePart, tx.Org(), string(id), int64(have.From), int64(have.FromMin))
		}
		if err != nil {
			return fmt.Errorf("drop an absence of %s: %w", id, err)
		}
		if err := s.teamChanged(ctx, tx); err != nil {
			return err
		}
		return s.watchBack(ctx, tx, m, have)
	}
	return hearth.Errorf(hearth.CodeNotFound, "%s has no absence that begins then.", m.Name)
}

// watchBack has decide look at once whether somebody is back whose absence was taken back.
func (s *Store) watchBack(ctx context.Context, tx *db.Tx, m Staff, a Absence) error {
	var due []work.Due
	for _, p := range m.properties() {
		due = append(due, leaveRow(ReturnKind, m.ID, p, a, tx.Now()))
	}
	return work.Put(ctx, tx, due)
}

// staffTold follows up what was told of somebody: names that lists used for them before they were known, and their
// leave.
func (s *Store) staffTold(ctx context.Context, tx *db.Tx, t *Trail, m, told Staff, c Change) error {
	if c.Added {
		if err := s.settleNames(ctx, tx, t, m, told.External); err != nil {
			return err
		}
	}
	if !c.Added && !contains(c.Fields, "absences") && !contains(c.Fields, "roles") && !contains(c.Fields, "active") {
		return nil
	}
	var due []work.Due
	for _, p := range m.properties() {
		rows, err := s.leaveRows(ctx, tx, m, p)
		if err != nil {
			return fmt.Errorf("watch the leave of %s: %w", m.ID, err)
		}
		due = append(due, rows...)
		zone, err := s.Zone(ctx, tx, p)
		if err != nil {
			return err
		}
		for _, a := range told.Absences { // one that was shortened to what is past: they are back
			if _, to := a.Span(zone); !to.After(tx.Now()) && !c.Added {
				due = append(due, leaveRow(ReturnKind, m.ID, p, a, tx.Now()))
			}
		}
	}
	if len(due) == 0 {
		return nil
	}
	return work.Put(ctx, tx, due)
}

// leaveRows gives the due rows of what is left of somebody's absences at a property; who has left for good has one.
func (s *Store) leaveRows(ctx context.Context, tx *db.Tx, m Staff, p hearth.PropertyID) ([]work.Due, error) {
	if m.Inactive {
		return []work.Due{leaveRow(LeaveKind, m.ID, p, Absence{}, tx.Now())}, nil
	}
	zone, err := s.Zone(ctx, tx, p)
	if err != nil {
		return nil, err
	}
	var due []work.Due
	for _, a := range m.Absences {
		from, to := a.Span(zone)
		if !to.After(tx.Now()) {
			continue
		}
		if from.Before(tx.Now()) {
			from = tx.Now()
		}
		due = append(due, leaveRow(LeaveKind, m.ID, p, a, from), leaveRow(ReturnKind, m.ID, p, a, to))
	}
	return due, nil
}

func leaveRow(kind string, id hearth.StaffID, p hearth.PropertyID, a Absence, at time.Time) work.Due {
	return work.Due{Lane: work.EngineLane, Kind: kind, Part: eventlog.PartOf(p), At: at,
		Key: string(id) + "/" + string(p) + "/" + strconv.Itoa(int(a.From)) + "." + strconv.Itoa(a.FromMin)}
}

// properties lists where the person has a role, each once, in the order of the roles.
func (m Staff) properties() []hearth.PropertyID {
	var out []hearth.PropertyID
	for _, r := range m.Roles {
		if !contains(out, r.Property) {
			out = append(out, r.Property)
		}
	}
	return out
}
