package record

import (
	"context"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

const selectStaffCalled = `SELECT id FROM staff WHERE org = $1 AND (email_key = $2 OR name_key = $3) ORDER BY id LIMIT 3`

// StaffCalled gives the member of the team whom somebody means: the one with this id, else the one whom the source calls
// so, else any source, else the one with this e-mail address or name. It fails with CodeNotFound if there is none and
// with CodeConflict if there are several.
func (s *Store) StaffCalled(ctx context.Context, tx *db.Tx, called, source string) (Staff, error) {
	called = strings.TrimSpace(called)
	var ids []string
	found, err := s.Find(ctx, tx, "staff", called, source)
	if err != nil {
		return Staff{}, fmt.Errorf("find staff: %w", err)
	}
	for _, f := range found {
		ids = append(ids, f.ID)
	}
	if name := NameKey(called); len(ids) == 0 && name != "" {
		mail := EmailKey(called)
		if mail == "" {
			mail = " " // nobody's: those without an address have an empty key
		}
		if ids, err = collect(ctx, tx, "find staff", scanText, selectStaffCalled, tx.Org(), mail, name); err != nil {
			return Staff{}, err
		}
	}
	switch len(ids) {
	case 0:
		return Staff{}, hearth.Errorf(hearth.CodeNotFound, "Nobody on the team is called so; give a name, an e-mail address or an id.")
	case 1:
		return s.Staff(ctx, tx, hearth.StaffID(ids[0]))
	}
	return Staff{}, hearth.Errorf(hearth.CodeConflict, "More than one person on the team is called so; give an e-mail address or an id.")
}
