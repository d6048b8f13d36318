package record

import (
	"context"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// mostSharers bounds how many are read who share an address with others: a number that hundreds have is nobody's.
const mostSharers = 500

// SharersOf gives who else has an e-mail address or a telephone number of these people, or with homes a home, by id.
func (s *Store) SharersOf(ctx context.Context, tx *db.Tx, people map[hearth.ResidentID]Contact, homes bool) ([]hearth.ResidentID, error) {
	var mails, phones, houses []string
	for _, c := range people {
		mails, phones = some(mails, c.EmailKey), some(phones, c.PhoneKey)
		if homes {
			houses = some(houses, string(c.Household))
		}
	}
	var parts []string
	args := []any{tx.Org()}
	for _, p := range []struct {
		column string
		keys   []string
	}{{"email_key", mails}, {"phone_key", phones}, {"household", houses}} {
		if len(p.keys) > 0 {
			in, arg := tx.In(p.column, len(args)+1, p.keys)
			parts, args = append(parts, "SELECT id FROM residents WHERE org = $1 AND "+in), append(args, arg)
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	found, err := collect(ctx, tx, "find who shares an address", func(r scanner) (id hearth.ResidentID, err error) { return id, r.Scan(&id) },
		strings.Join(parts, " UNION ")+" ORDER BY 1 LIMIT 2000", args...)
	if err != nil {
		return nil, err
	}
	var out []hearth.ResidentID
	for _, id := range found {
		if _, ok := people[id]; !ok && len(out) < mostSharers {
			out = append(out, id)
		}
	}
	return out, nil
}

func some(list []string, s string) []string {
	if s == "" {
		return list
	}
	return append(list, s)
}
