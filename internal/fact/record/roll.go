package record

import (
	"context"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

// The names of those who come after somebody; "" after nobody.
const selectRoll = selectContacts + `property = $2 AND ($3 = '' OR (name_key, id) > ((SELECT name_key FROM residents WHERE org = $1 AND id = $3), $3))
AND ` + standsAlone + ` ORDER BY name_key, id LIMIT $4`

// Roll lists the residents of a property by name, from the one after somebody ("": from the first): those whose stay is
// over with past, and all others without. Next of the page is whom the next one comes after.
func (s *Store) Roll(ctx context.Context, tx *db.Tx, property hearth.PropertyID, past bool, after hearth.ResidentID, limit int) (Page, error) {
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	page := Page{}
	for {
		people, err := collect(ctx, tx, "list residents by name", scanResident, selectRoll, tx.Org(), string(property), string(after), int64(maxPage))
		if err != nil {
			return Page{}, err
		}
		all, _, err := s.withHomes(ctx, tx, people)
		if err != nil {
			return Page{}, err
		}
		for _, c := range all {
			if (c.Standing.Status == StatusPast) != past {
				continue
			}
			if len(page.Items) == limit {
				page.Next = string(page.Items[limit-1].ID)
				return page, nil
			}
			page.Items = append(page.Items, c)
		}
		if len(people) < maxPage {
			return page, nil
		}
		after = people[len(people)-1].ID
		if err := ctx.Err(); err != nil {
			return Page{}, fmt.Errorf("list residents by name: %w", err)
		}
	}
}
