package playbook

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"hearth"
	"hearth/internal/base/db"
)

// keepSegments stores what the segments meant when a version was activated.
func keepSegments(ctx context.Context, tx *db.Tx, p *Program, version int) error {
	if len(p.Segments) == 0 {
		return nil
	}
	text, num := db.Text, db.Int
	b := db.Bulk{Table: "playbook_segments", Cols: []db.Col{{Name: "org", Type: text}, {Name: "playbook", Type: text}, {Name: "version", Type: num},
		{Name: "segment", Type: text}, {Name: "cond", Type: text}}}
	for _, name := range slices.Sorted(maps.Keys(p.Segments)) {
		b.Rows = append(b.Rows, []any{tx.Org(), string(p.Def.ID), int64(version), name, p.Segments[name]})
	}
	if _, err := tx.Bulk(ctx, b); err != nil {
		return fmt.Errorf("keep the segments of playbook %s: %w", p.Def.ID, err)
	}
	return nil
}

// VersionOf names a version of a playbook.
type VersionOf struct {
	ID      hearth.PlaybookID
	Version int
}

const keptSegmentsSQL = `SELECT playbook, version, segment, cond FROM playbook_segments WHERE org = $1`

// Segments gives, for each version of a playbook that names segments, what they meant when it was activated.
func Segments(ctx context.Context, tx *db.Tx) (map[VersionOf]map[string]string, error) {
	rows, err := tx.Query(ctx, keptSegmentsSQL, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("read the segments of playbooks: %w", err)
	}
	defer rows.Close()
	out := map[VersionOf]map[string]string{}
	for rows.Next() {
		var v VersionOf
		var name, cond string
		if err := rows.Scan(&v.ID, &v.Version, &name, &cond); err != nil {
			return nil, fmt.Errorf("read the segments of playbooks: %w", err)
		}
		if out[v] == nil {
			out[v] = map[string]string{}
		}
		out[v][name] = cond
	}
	return out, rows.Err()
}
