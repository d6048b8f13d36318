package record

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

const selectNamed = `SELECT id FROM external_ids WHERE org = $1 AND kind = $2 AND ext = $3 AND source = $4`

// named gives our identity behind a source's name, "" when the source has not used it.
func (s *Store) named(ctx context.Context, tx *db.Tx, kind, ext, source string) (string, error) {
	var id string
	err := tx.Row(ctx, selectNamed, tx.Org(), kind, ext, source).Scan(&id)
	if errors.Is(err, db.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look up %s %s: %w", kind, ext, err)
	}
	return id, nil
}

// NamedBy gives our identity behind a source's own name, "" when the source has not used it.
func (s *Store) NamedBy(ctx context.Context, tx *db.Tx, kind, ext, source string) (string, error) {
	return s.named(ctx, tx, kind, ext, source)
}

const namedConflict = `ON CONFLICT (org, kind, ext, source) DO UPDATE SET id = excluded.id WHERE external_ids.id <> excluded.id`

func nameCols() []db.Col { return columns("org kind ext source id") }

// name remembers a source's name for one of ours. An empty name is none.
func (s *Store) name(ctx context.Context, tx *db.Tx, kind, ext, source, id string) error {
	if ext = strings.TrimSpace(ext); ext == "" {
		return nil
	}
	b := db.Bulk{Table: "external_ids", Cols: nameCols(), OnConflict: namedConflict, Rows: [][]any{{tx.Org(), kind, ext, source, id}}}
	if _, err := tx.Bulk(ctx, b); err != nil {
		return fmt.Errorf("remember %s %s: %w", kind, ext, err)
	}
	return nil
}

// PutExternal remembers the name that a source has for one of our things. A later call with the same name moves it.
func (s *Store) PutExternal(ctx context.Context, tx *db.Tx, e External) error {
	if strings.TrimSpace(e.Ext) == "" {
		return hearth.FieldErrorf("ext", "An external name cannot be empty.")
	}
	return s.name(ctx, tx, e.Kind, e.Ext, e.Source, e.ID)
}

const selectExternals = `SELECT kind, ext, source, id FROM external_ids WHERE org = $1 AND kind = $2 AND id = $3
  ORDER BY source, ext`

// Externals lists the names that sources have for one of our things.
func (s *Store) Externals(ctx context.Context, tx *db.Tx, kind, id string) ([]External, error) {
	return collect(ctx, tx, "list names of "+kind+" "+id, scanExternal, selectExternals, tx.Org(), kind, id)
}

func scanExternal(r scanner) (External, error) {
	var e External
	err := r.Scan(&e.Kind, &e.Ext, &e.Source, &e.ID)
	return e, err
}

const selectAllNamed = `SELECT DISTINCT id FROM external_ids WHERE org = $1 AND kind = $2 AND ext = $3 ORDER BY id`

// Named gives our identities behind a name: those that the source means by it, else those that any source means.
// More than one is ambiguous.
func (s *Store) Named(ctx context.Context, tx *db.Tx, kind, ext, source string) ([]string, error) {
	id, err := s.named(ctx, tx, kind, ext, source)
	if err != nil {
		return nil, err
	}
	if id != "" {
		return []string{id}, nil
	}
	return collect(ctx, tx, "look up "+kind+" "+ext, scanText, selectAllNamed, tx.Org(), kind, ext)
}

func scanText(r scanner) (string, error) {
	var v string
	err := r.Scan(&v)
	return v, err
}
