package record

import (
	"context"
	"fmt"
	"strings"

	"hearth/internal/base/db"
)

// scanner is a row, whether it stands alone or among others.
type scanner interface {
	Scan(dest ...any) error
}

// collect runs a query and scans every row.
func collect[T any](ctx context.Context, tx *db.Tx, what string, scan func(scanner) (T, error), q string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return out, nil
}

// columns reads a list of columns for a bulk insert: "#" marks an integer, "." a real number, the others are text.
func columns(list string) []db.Col {
	var cols []db.Col
	for name := range strings.FieldsSeq(list) {
		switch name[0] {
		case '#':
			cols = append(cols, db.Col{Name: name[1:], Type: db.Int})
		case '.':
			cols = append(cols, db.Col{Name: name[1:], Type: db.Real})
		default:
			cols = append(cols, db.Col{Name: name})
		}
	}
	return cols
}
