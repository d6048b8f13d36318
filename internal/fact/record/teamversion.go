package record

import (
	"context"
	"errors"
	"fmt"

	"hearth"
	"hearth/internal/base/db"
)

const (
	selectTeamVersion = `SELECT version FROM team_versions WHERE org = $1`
	upsertTeamVersion = `INSERT INTO team_versions (org, version) VALUES ($1, $2) ON CONFLICT (org) DO UPDATE SET version = excluded.version`
)

// TeamVersion is the same for as long as nobody's roles, hours, absences and minutes change, nor any property's zone and settings.
// Whoever reads it, and the rest behind it, may keep what they read until it differs. What a transaction changed it sees itself.
func (s *Store) TeamVersion(ctx context.Context, tx *db.Tx) (string, error) {
	var version string
	err := tx.Row(ctx, selectTeamVersion, tx.Org()).Scan(&version)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return "", fmt.Errorf("read the version of the team: %w", err)
	}
	return version, nil
}

// teamChanged is called with every change of what TeamVersion answers for.
func (s *Store) teamChanged(ctx context.Context, tx *db.Tx) error {
	version, err := s.newVersion(tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, upsertTeamVersion, tx.Org(), version); err != nil {
		return fmt.Errorf("note that the team changed: %w", err)
	}
	return nil
}

// newVersion draws a version from Versions, so that a community that is generated from a seed has the same identities whatever
// happens to its team.
func (s *Store) newVersion(tx *db.Tx) (string, error) {
	if s.Versions == nil {
		return s.newID(tx, "tmv_")
	}
	s.randomMu.Lock()
	defer s.randomMu.Unlock()
	version, err := hearth.NewIDAt(s.Versions, tx.Now(), "tmv_")
	if err != nil {
		return "", fmt.Errorf("new version: %w", err)
	}
	return version, nil
}
