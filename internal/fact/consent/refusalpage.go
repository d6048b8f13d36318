package consent

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/record"
)

// maxRefusals bounds one page of RefusalsPage.
const maxRefusals = 200

// RefusalsPage gives a page of Refusals, and the cursor of the next one, "" at the end. What is said or lifted between two pages moves no other one
// out of its place. It fails with CodeInvalid for a cursor that no page gave.
func (s *Store) RefusalsPage(ctx context.Context, tx *db.Tx, records *record.Store, property hearth.PropertyID, cursor string, limit int) ([]Refusal, string, error) {
	past, err := behind(cursor)
	if err != nil {
		return nil, "", err
	}
	all, err := s.Refusals(ctx, tx, records, property)
	if err != nil {
		return nil, "", err
	}
	all = slices.DeleteFunc(all, past)
	if limit = max(1, min(limit, maxRefusals)); len(all) <= limit {
		return all, "", nil
	}
	all = all[:limit]
	last := all[limit-1]
	return all, strconv.FormatInt(hearth.Millis(last.At), 10) + "." + last.place(), nil
}

// behind gives what tells whether a refusal was on a page that a cursor ends.
func behind(cursor string) (func(Refusal) bool, error) {
	if cursor == "" {
		return func(Refusal) bool { return false }, nil
	}
	ms, place, ok := strings.Cut(cursor, ".")
	at, err := strconv.ParseInt(ms, 10, 64)
	if !ok || err != nil || len(place) != placeLength {
		return nil, hearth.FieldErrorf("cursor", "The cursor is not one that a list gave; start without it.")
	}
	last := hearth.FromMillis(at)
	return func(r Refusal) bool {
		return r.At.After(last) || r.At.Equal(last) && r.place() <= place
	}, nil
}

const placeLength = 16

// place tells refusals of the same moment apart, and orders them.
func (r Refusal) place() string {
	h := sha256.New()
	for _, part := range []string{string(r.Channels[0]), r.AddressKey, r.Scope, r.Reason, r.Actor.String(), r.Source, r.Evidence} {
		h.Write([]byte(part + "\x00"))
	}
	for _, id := range r.People {
		h.Write([]byte(id + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil))[:placeLength]
}

// newestFirst orders refusals as pages show them.
func newestFirst(all []Refusal) {
	slices.SortFunc(all, func(a, b Refusal) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return cmp.Compare(a.place(), b.place())
	})
}
