package record

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
)

// MetBackWithin is how long "I talked with them" can be taken back. Until then it is in no log and in no signal.
const MetBackWithin = 10 * time.Second

// MetKinds gives the kinds of contact that a member of the team tells with one press.
func MetKinds() []string { return []string{"conversation", "call", "visit"} }

const (
	metLane = "contact"
	metKind = "contact.told"
	maxMet  = 500 // characters of a note
)

// met is what was told, until it is kept.
type met struct {
	Resident hearth.ResidentID `json:"resident"`
	Staff    hearth.StaffID    `json:"staff"`
	Name     string            `json:"name"`
	Kind     string            `json:"kind"`
	Note     string            `json:"note,omitempty"`
	At       int64             `json:"at"`
}

// MetSoon keeps that a member of the team had a real contact with a resident: after MetBackWithin as contact.personal, unless
// MetBack comes first. Telling the same again meanwhile is telling it once. It gives the key for MetBack, and fails with
// CodeInvalid for a kind that is none of MetKinds or where the actor is none of the team, with CodeNotFound for an unknown resident.
func (s *Store) MetSoon(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.ResidentID, kind, note string) (key string, err error) {
	known := false
	for _, k := range MetKinds() {
		known = known || k == kind
	}
	note = strings.TrimSpace(note)
	switch {
	case !known:
		return "", hearth.FieldErrorf("kind", "Say how you talked: a conversation, a call or a visit.")
	case actor.Kind != "staff":
		return "", hearth.FieldErrorf("staff", "Only somebody of the team can have talked with a resident. Sign in as yourself.")
	case utf8.RuneCountInString(note) > maxMet:
		return "", hearth.FieldErrorf("note", "A word about it has at most %d letters.", maxMet)
	}
	if _, err := s.Resident(ctx, tx, id); err != nil {
		return "", err
	}
	payload, err := json.Marshal(met{id, hearth.StaffID(actor.ID), actor.Name, kind, note, hearth.Millis(tx.Now())})
	if err != nil {
		return "", fmt.Errorf("encode a contact: %w", err)
	}
	key = strings.Join([]string{string(id), actor.ID, kind}, " ")
	err = work.Put(ctx, tx, []work.Due{{Lane: metLane, Kind: metKind, Key: key, At: tx.Now().Add(MetBackWithin), Payload: string(payload)}})
	return key, err
}

// MetBack takes back what MetSoon was told. It fails with CodeConflict when it is kept already.
func (s *Store) MetBack(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.ResidentID, kind string) error {
	there, err := work.DropWaiting(ctx, tx, metKind, strings.Join([]string{string(id), actor.ID, kind}, " "))
	if err == nil && !there {
		err = hearth.Errorf(hearth.CodeConflict, "It is too late to take that back: the contact is on the timeline. Nothing else follows from one contact too many.")
	}
	return err
}

// TendMet keeps the contacts that were told long enough ago.
func (s *Store) TendMet(ctx context.Context, d *db.DB) (more bool, err error) {
	const most = 100
	n := 0
	waits := false
	err = d.Read(ctx, func(tx *db.Tx) error { // a write would wait for the writer each time, for nothing
		at, ok, err := work.NextAt(ctx, tx, metLane, 0)
		waits = ok && !at.After(tx.Now())
		return err
	})
	if err != nil || !waits {
		return false, err
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		due, err := work.Take(ctx, tx, metLane, 0, tx.Now(), most)
		if err != nil {
			return err
		}
		n = len(due)
		for _, row := range due {
			if err := s.keepMet(ctx, tx, row); err != nil {
				return fmt.Errorf("keep contact %s: %w", row.Key, err)
			}
		}
		return nil
	})
	return n == most, err
}

func (s *Store) keepMet(ctx context.Context, tx *db.Tx, row work.Due) error {
	var m met
	if err := json.Unmarshal([]byte(row.Payload), &m); err != nil {
		return err
	}
	r, err := s.Resident(ctx, tx, m.Resident)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil // erased meanwhile
	}
	if err != nil {
		return err
	}
	data := map[string]any{"staff": string(m.Staff), "kind": m.Kind}
	if m.Note != "" {
		data["note"] = m.Note
	}
	at := hearth.FromMillis(m.At)
	_, err = s.emit(ctx, tx, News{Actor: hearth.Actor{Kind: "staff", ID: string(m.Staff), Name: m.Name}, Time: at, Cause: fmt.Sprint(row.Key, m.At)},
		fact{kind: "contact.personal", subject: hearth.Subject{Kind: "resident", ID: string(r.ID)}, property: r.Property, residents: []hearth.ResidentID{r.ID}, at: at, data: data})
	return err
}

// Reveal gives a resident's telephone number ("phone") or e-mail address ("email") to somebody of the team, and appends
// contact.revealed, which says who looked. It fails with CodeInvalid for another name, and with CodeNotFound for an unknown
// resident or where none is known.
func (s *Store) Reveal(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.ResidentID, what string) (string, error) {
	r, err := s.Resident(ctx, tx, id)
	if err != nil {
		return "", err
	}
	var value string
	switch what {
	case "phone":
		value = r.Phone
	case "email":
		value = r.Email
	default:
		return "", hearth.FieldErrorf("what", "Only a telephone number or an e-mail address is uncovered.")
	}
	if value == "" {
		return "", hearth.Errorf(hearth.CodeNotFound, "None is known.")
	}
	_, err = s.emit(ctx, tx, News{Actor: actor}, fact{kind: "contact.revealed", subject: hearth.Subject{Kind: "resident", ID: string(r.ID)}, property: r.Property,
		residents: []hearth.ResidentID{r.ID}, data: map[string]any{"what": what}})
	return value, err
}

// GaveLink appends that somebody of the team gave a resident a link to their own pages.
func (s *Store) GaveLink(ctx context.Context, tx *db.Tx, actor hearth.Actor, id hearth.ResidentID, until time.Time) error {
	r, err := s.Resident(ctx, tx, id)
	if err != nil {
		return err
	}
	_, err = s.emit(ctx, tx, News{Actor: actor}, fact{kind: "portal.link_given", subject: hearth.Subject{Kind: "resident", ID: string(r.ID)}, property: r.Property,
		residents: []hearth.ResidentID{r.ID}, data: map[string]any{"until": until.UTC().Format(time.RFC3339)}})
	return err
}
