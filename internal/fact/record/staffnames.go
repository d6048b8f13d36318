package record

import (
	"context"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// meant puts ids in the place of what a list calls the backup and the supervisor, where exactly one person is called
// so. Who is not known yet stays as told until they are.
func (s *Store) meant(ctx context.Context, tx *db.Tx, n News, told *Staff) error {
	for _, who := range []*hearth.StaffID{&told.Backup, &told.Supervisor} {
		called := strings.TrimSpace(string(*who))
		*who = hearth.StaffID(called)
		if called == "" {
			continue
		}
		m, err := s.StaffCalled(ctx, tx, called, n.Source)
		switch code := hearth.CodeOf(err); {
		case err == nil:
			*who = m.ID
		case code != hearth.CodeNotFound && code != hearth.CodeConflict:
			return fmt.Errorf("find who is called %q: %w", called, err)
		}
	}
	return nil
}

const (
	selectUnsettled = `SELECT id, backup, supervisor FROM staff WHERE org = $1 AND (backup <> '' OR supervisor <> '') ORDER BY id`
	updateMeant     = `UPDATE staff SET backup = $1, supervisor = $2 WHERE org = $3 AND id = $4`
)

// settleNames puts the id of somebody who has just become known where a list called them backup or supervisor before.
func (s *Store) settleNames(ctx context.Context, tx *db.Tx, t *Trail, m Staff, external string) error {
	all, err := collect(ctx, tx, "read who stands in for whom", func(r scanner) (Staff, error) {
		var v Staff
		err := r.Scan(&v.ID, &v.Backup, &v.Supervisor)
		return v, err
	}, selectUnsettled, tx.Org())
	if err != nil {
		return err
	}
	is := func(called hearth.StaffID) bool {
		c := string(called)
		return c != "" && (c == external || NameKey(c) == NameKey(m.Name) || EmailKey(c) != "" && EmailKey(c) == EmailKey(m.Email))
	}
	for _, v := range all {
		before := v
		if is(v.Backup) {
			v.Backup = m.ID
		}
		if is(v.Supervisor) {
			v.Supervisor = m.ID
		}
		if v.Backup == before.Backup && v.Supervisor == before.Supervisor {
			continue
		}
		was, err := s.trailed(ctx, tx, t, v.ID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, updateMeant, string(v.Backup), string(v.Supervisor), tx.Org(), string(v.ID)); err != nil {
			return fmt.Errorf("write who stands in for %s: %w", v.ID, err)
		}
		if err := s.teamChanged(ctx, tx); err != nil {
			return err
		}
		if err := s.trailStaff(ctx, tx, t, was, v.ID, false); err != nil {
			return err
		}
	}
	return nil
}
