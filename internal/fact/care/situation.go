package care

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/eventlog"
)

// Kind is what a situation is. It is as closed as the reason.
type Kind string

// The kinds.
const (
	Bereavement Kind = "bereavement"
	Hospital    Kind = "hospital"
	Away        Kind = "away"
	Dispute     Kind = "dispute"
	Death       Kind = "death"
)

// Kinds gives all kinds.
func Kinds() []Kind { return []Kind{Bereavement, Hospital, Away, Dispute, Death} }

func (k Kind) valid() bool {
	for _, x := range Kinds() {
		if x == k {
			return true
		}
	}
	return false
}

// Words is all that anybody reads of a situation without a right to more.
const Words = "a situation set by a person"

// Situation is one that a person has set. The reason is not in it: Reasons gives it to whom it may.
type Situation struct {
	ID       string
	Resident hearth.ResidentID
	Kind     Kind
	SetBy    hearth.Actor
	SetRole  hearth.Role // the service coordinator's, if a coordinator set it; else ""
	Set      time.Time
	Until    time.Time // zero: it has no end of its own (death)
	Ended    time.Time // zero: not yet
}

// Over tells whether it has ended by now, by itself or by a person.
func (s Situation) Over(now time.Time) bool {
	return !s.Ended.IsZero() || !s.Until.IsZero() && !now.Before(s.Until)
}

// Told is a situation to be set. Until is the first instant after it; zero only for a death.
type Told struct {
	Resident hearth.ResidentID
	Kind     Kind
	Until    time.Time
	Reason   string
}

// longest is how far ahead a situation may end: what lasts longer is set anew, so that none is forgotten.
const longest = 366 * 24 * time.Hour

// EndKind is the kind of the due row, in the engine's lane, at which a situation ends by itself. Its key is the id.
const EndKind = "situation.end"

const insertSituation = `INSERT INTO situations (org, id, resident, kind, set_by, set_role, set_at, until, ended, ended_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '')`

const insertReason = `INSERT INTO situation_reasons (org, situation, reason) VALUES ($1, $2, $3)`

// Set stores a situation with its reason, and appends situation.set, which says neither. It fails with CodeInvalid for a
// kind that is none, an end that is missing, past or more than a year away, and CodeNotFound for an unknown resident.
func (s *Store) Set(ctx context.Context, tx *db.Tx, actor hearth.Actor, n Told) (Situation, error) {
	switch now := tx.Now(); {
	case !n.Kind.valid():
		return Situation{}, hearth.FieldErrorf("kind", "A situation is bereavement, hospital, away, dispute or death.")
	case n.Kind == Death:
		n.Until = time.Time{}
	case n.Until.IsZero():
		return Situation{}, hearth.FieldErrorf("until", "Say until when this asks for care, for example 2026-12-31; it ends by itself then.")
	case !n.Until.After(now):
		return Situation{}, hearth.FieldErrorf("until", "The end lies in the past; name a day from tomorrow on.")
	case n.Until.After(now.Add(longest)):
		return Situation{}, hearth.FieldErrorf("until", "A situation lasts at most a year; set it again when it is still so then.")
	}
	who, err := s.records.Resident(ctx, tx, n.Resident)
	if err != nil {
		return Situation{}, fmt.Errorf("set a situation: %w", err)
	}
	x := Situation{Resident: n.Resident, Kind: n.Kind, SetBy: actor, Set: tx.Now(), Until: n.Until,
		ID: hearth.DeriveID("sit_", string(n.Resident), actor.String(), strconv.FormatInt(tx.Now().UnixMilli(), 10), string(n.Kind))}
	if x.SetRole, err = s.coordinator(ctx, tx, actor, who.Property); err != nil {
		return Situation{}, fmt.Errorf("set a situation: %w", err)
	}
	if _, err := tx.Exec(ctx, insertSituation, tx.Org(), x.ID, string(x.Resident), string(x.Kind), actor.String(), string(x.SetRole),
		hearth.Millis(x.Set), hearth.Millis(x.Until)); err != nil {
		return Situation{}, fmt.Errorf("set a situation: %w", err)
	}
	if _, err := tx.Exec(ctx, insertReason, tx.Org(), x.ID, strings.TrimSpace(n.Reason)); err != nil {
		return Situation{}, fmt.Errorf("set a situation: %w", err)
	}
	if !x.Until.IsZero() {
		end := work.Due{Lane: work.EngineLane, Kind: EndKind, Key: x.ID, Part: eventlog.PartOf(who.Property), At: x.Until}
		if err := work.Put(ctx, tx, []work.Due{end}); err != nil {
			return Situation{}, fmt.Errorf("set a situation: %w", err)
		}
	}
	if err := s.tell(ctx, tx, actor, "situation.set", x, who.Property); err != nil {
		return Situation{}, err
	}
	return x, s.bump(ctx, tx)
}

// coordinator gives the coordinator's role if the actor is one there.
func (s *Store) coordinator(ctx context.Context, tx *db.Tx, actor hearth.Actor, at hearth.PropertyID) (hearth.Role, error) {
	if actor.Kind != "staff" {
		return "", nil
	}
	m, err := s.records.Staff(ctx, tx, hearth.StaffID(actor.ID))
	if err != nil || !m.HasRole(at, hearth.RoleCoordinator) {
		return "", err
	}
	return hearth.RoleCoordinator, nil
}

const endSituation = `UPDATE situations SET ended = $1, ended_by = $2 WHERE org = $3 AND id = $4 AND ended = 0`

// End ends a situation and appends situation.ended. Ending it again is a no-op. It fails with CodeNotFound if there is none.
func (s *Store) End(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string) (Situation, error) {
	all, err := readSituations(ctx, tx, situationsSQL+" AND id = $2", tx.Org(), id)
	if err == nil && len(all) == 0 {
		err = hearth.Errorf(hearth.CodeNotFound, "There is no such situation.")
	}
	if err != nil {
		return Situation{}, fmt.Errorf("end a situation: %w", err)
	}
	x := all[0]
	n, err := tx.Exec(ctx, endSituation, hearth.Millis(tx.Now()), actor.String(), tx.Org(), id)
	if err != nil {
		return Situation{}, fmt.Errorf("end a situation: %w", err)
	}
	if n == 0 {
		return x, nil
	}
	x.Ended = tx.Now()
	if err := work.Drop(ctx, tx, EndKind, []string{id}); err != nil {
		return Situation{}, fmt.Errorf("end a situation: %w", err)
	}
	who, err := s.records.Resident(ctx, tx, x.Resident)
	if err != nil {
		return Situation{}, fmt.Errorf("end a situation: %w", err)
	}
	if err := s.tell(ctx, tx, actor, "situation.ended", x, who.Property); err != nil {
		return Situation{}, err
	}
	return x, s.bump(ctx, tx)
}

// tell appends an event that says that there is a situation and until when, and nothing else.
func (s *Store) tell(ctx context.Context, tx *db.Tx, actor hearth.Actor, kind hearth.EventType, x Situation, at hearth.PropertyID) error {
	data := map[string]any{"situation": x.ID}
	if kind == "situation.set" && !x.Until.IsZero() {
		data["until"] = x.Until.UTC().Format(time.RFC3339)
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("tell of a situation: %w", err)
	}
	_, err = s.log.Append(ctx, tx, &hearth.Event{ID: hearth.DeriveID("evt_", x.ID, string(kind)), Source: "hearth/fact/care", Type: kind,
		Subject: hearth.Subject{Kind: "resident", ID: string(x.Resident)}, Property: at, Residents: []hearth.ResidentID{x.Resident},
		Actor: actor, Time: tx.Now(), Data: raw})
	if err != nil {
		return fmt.Errorf("tell of a situation: %w", err)
	}
	return nil
}

const situationsSQL = `SELECT id, resident, kind, set_by, set_role, set_at, until, ended FROM situations WHERE org = $1`

// Of gives a resident's situations, newest first, those that are over as well, and those of whom else they are one person with.
func (s *Store) Of(ctx context.Context, tx *db.Tx, id hearth.ResidentID) ([]Situation, error) {
	ids, err := s.personOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	in, arg := tx.In("resident", 2, ids)
	return readSituations(ctx, tx, situationsSQL+" AND "+in+" ORDER BY set_at DESC, id LIMIT 200", tx.Org(), arg)
}

// personOf gives the ids of all residents who are the person that one belongs to.
func (s *Store) personOf(ctx context.Context, tx *db.Tx, id hearth.ResidentID) ([]string, error) {
	person, err := s.records.PersonOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(person))
	for i, x := range person {
		ids[i] = string(x)
	}
	return ids, nil
}

func readSituations(ctx context.Context, tx *db.Tx, q string, args ...any) ([]Situation, error) {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("read situations: %w", err)
	}
	defer rows.Close()
	var out []Situation
	for rows.Next() {
		var x Situation
		var by string
		var set, until, ended int64
		if err := rows.Scan(&x.ID, &x.Resident, &x.Kind, &by, &x.SetRole, &set, &until, &ended); err != nil {
			return nil, fmt.Errorf("read situations: %w", err)
		}
		x.SetBy, x.Set, x.Until, x.Ended = hearth.ParseActor(by), hearth.FromMillis(set), hearth.FromMillis(until), hearth.FromMillis(ended)
		out = append(out, x)
	}
	return out, rows.Err()
}

// Reader is who would like to know a reason.
type Reader struct {
	Actor hearth.Actor
	Scope bool          // a program with the scope for reasons
	Roles []hearth.Role // what a staff member is at the resident's property
}

// MayRead tells whether kind and reason are open to somebody: who set it; a program with the scope of its own;
// coordinators; and managers, unless a coordinator set it.
func (r Reader) MayRead(x Situation) bool {
	if r.Scope || r.Actor.Kind != "" && r.Actor.String() == x.SetBy.String() {
		return true
	}
	for _, role := range r.Roles {
		switch role {
		case hearth.RoleCoordinator:
			return true
		case hearth.RoleManager:
			if x.SetRole != hearth.RoleCoordinator {
				return true
			}
		}
	}
	return false
}

const reasonSQL = `SELECT reason FROM situation_reasons WHERE org = $1 AND situation = $2`

const readSQL = `INSERT INTO situation_reads (org, situation, at, actor) VALUES ($1, $2, $3, $4) ON CONFLICT (org, situation, at, actor) DO NOTHING`

// Reason gives the sealed reason and records who read it. It fails with CodeForbidden for whom it is closed to.
func (s *Store) Reason(ctx context.Context, tx *db.Tx, r Reader, x Situation) (string, error) {
	if !r.MayRead(x) {
		return "", hearth.Errorf(hearth.CodeForbidden, "The reason is closed to all but who set it and the roles allowed.")
	}
	var reason string
	err := tx.Row(ctx, reasonSQL, tx.Org(), x.ID).Scan(&reason)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return "", fmt.Errorf("read the reason of a situation: %w", err)
	}
	if _, err := tx.Exec(ctx, readSQL, tx.Org(), x.ID, hearth.Millis(tx.Now()), r.Actor.String()); err != nil {
		return "", fmt.Errorf("record who read a reason: %w", err)
	}
	return reason, nil
}
