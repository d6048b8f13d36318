package consent

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// How a word that somebody of the team records reached them; these are sources.
const (
	SourceInPerson  = "said so in person"
	SourceTelephone = "said so on the telephone"
	SourceLetter    = "wrote a letter"
)

// ToldSources lists how a word reaches the team.
func ToldSources() []string { return []string{SourceInPerson, SourceTelephone, SourceLetter} }

// sourceTakenBack marks the entry of the log that says that a recorded word was a mistake; its evidence tells of when the word is.
const sourceTakenBack = "taken back"

// ToTeam tells whether somebody of the team recorded what they were told, and may find that it was a mistake.
func (r Refusal) ToTeam() bool {
	return r.Actor.Kind == "staff" && r.Reason == "" && slices.Contains(ToldSources(), r.Source)
}

// RefusalsOf gives every no that binds one resident, newest first: about their addresses and about themselves.
func (s *Store) RefusalsOf(ctx context.Context, tx *db.Tx, who hearth.ResidentID, to Reach) ([]Refusal, error) {
	keys := []string{string(who)}
	for _, k := range []string{to.Email, to.Phone} {
		if k != "" {
			keys = append(keys, k)
		}
	}
	out, err := s.refused(ctx, tx, keys)
	if err != nil {
		return nil, fmt.Errorf("list what %s refused: %w", who, err)
	}
	for i := range out {
		out[i].People = []hearth.ResidentID{who}
	}
	out = asOneWord(out)
	newestFirst(out)
	return out, nil
}

// Refuse records a no that the team was told, about a channel or Everything, and tells by how many ways it counts: where somebody has said a newer
// yes it is kept as evidence alone. At least one way has to be open to it; it fails with CodeInvalid otherwise, and for a time to come.
func (s *Store) Refuse(ctx context.Context, tx *db.Tx, g Grant, to Reach) (counts, ways int, err error) {
	if g.At.After(tx.Now()) {
		return 0, 0, hearth.FieldErrorf("day", "Nothing can have been said in the future.")
	}
	g.Allowed = false
	if err := s.Tell(ctx, tx, g, to); err != nil {
		return 0, 0, err
	}
	said, err := s.toldAt(ctx, tx, g.Resident, g.At)
	if err != nil {
		return 0, 0, err
	}
	for _, w := range said {
		if w.Source != g.Source || w.Purpose != g.Purpose {
			continue
		}
		ways++
		no, err := s.Refused(ctx, tx, Ask{Resident: g.Resident, Channel: w.Channel, AddressKey: w.AddressKey, Purpose: w.Purpose})
		if err != nil {
			return 0, 0, err
		}
		if no {
			counts++
		}
	}
	return counts, ways, nil
}

// TakeBack ends a no that somebody of the team recorded by mistake: what counted before it counts again, by every way that it was about. It fails with
// CodeConflict where there is none any more, because it was taken back before or a newer word counts.
func (s *Store) TakeBack(ctx context.Context, tx *db.Tx, actor hearth.Actor, who hearth.ResidentID, property hearth.PropertyID, at time.Time) error {
	said, err := s.toldAt(ctx, tx, who, at)
	if err != nil {
		return err
	}
	n := 0
	for _, w := range said {
		done, err := s.takeBack(ctx, tx, actor, property, w)
		if err != nil {
			return err
		}
		if done {
			n++
		}
	}
	if n == 0 {
		return hearth.Errorf(hearth.CodeConflict, "This does not count any more: it was taken back before, or they said something newer.")
	}
	return nil
}

const selectTold = `SELECT ` + wordColumns + ` FROM consent_log WHERE org = $1 AND resident = $2 AND at = $3 AND allowed = 0 ORDER BY channel, address_key, n`

// toldAt gives the words that the team was told by a resident at a moment.
func (s *Store) toldAt(ctx context.Context, tx *db.Tx, who hearth.ResidentID, at time.Time) ([]Word, error) {
	all, err := words(tx.Query(ctx, selectTold, tx.Org(), string(who), hearth.Millis(at)))
	return slices.DeleteFunc(all, func(w Word) bool { return w.Actor.Kind != "staff" || !slices.Contains(ToldSources(), w.Source) }), err
}

const countsStill = `SELECT COUNT(*) FROM consents WHERE org = $1 AND channel = $2 AND address_key = $3 AND purpose = $4 AND allowed = 0 AND source = $5 AND at = $6`

func (s *Store) takeBack(ctx context.Context, tx *db.Tx, actor hearth.Actor, property hearth.PropertyID, w Word) (bool, error) {
	var n int64
	if err := tx.Row(ctx, countsStill, tx.Org(), string(w.Channel), w.AddressKey, w.Purpose, w.Source, hearth.Millis(w.At)).Scan(&n); err != nil {
		return false, fmt.Errorf("look whether a word counts: %w", err)
	}
	if n == 0 {
		return false, nil
	}
	before, err := s.before(ctx, tx, w)
	if err != nil {
		return false, err
	}
	return true, s.PutBack(ctx, tx, Grant{Channel: w.Channel, AddressKey: w.AddressKey, Purpose: w.Purpose, Resident: w.Resident, Property: property, Source: sourceTakenBack,
		Evidence: takenBack(w), Reason: "It was recorded by mistake, and is taken back.", Actor: actor}, before)
}

func takenBack(w Word) string { return "the word of " + w.At.UTC().Format("2006-01-02T15:04:05.000Z") }

// before gives the newest word beside one that is taken back, leaving out whatever was taken back earlier; nil for none.
func (s *Store) before(ctx context.Context, tx *db.Tx, w Word) (*Word, error) {
	all, err := s.History(ctx, tx, w.Channel, w.AddressKey)
	if err != nil {
		return nil, err
	}
	gone := map[string]bool{takenBack(w): true}
	for _, x := range all {
		if x.Source == sourceTakenBack && x.Purpose == w.Purpose {
			gone[x.Evidence] = true
		}
	}
	for _, x := range all {
		if x.Purpose == w.Purpose && x.Source != sourceTakenBack && !(slices.Contains(ToldSources(), x.Source) && gone[takenBack(x)]) {
			return &x, nil
		}
	}
	return nil, nil
}
