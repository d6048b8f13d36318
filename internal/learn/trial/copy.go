package trial

import (
	"context"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

// copied is a table that is taken over as it stands today, with the rows that concern a property. In where, $2 is the
// property and $3 its partition; a table without a condition is the organization's.
type copied struct{ table, where string }

// inProperty is what the rows of most tables are chosen by.
const inProperty = "property = $2"

// residentsHere are those who live at the property, and those of whom something was recorded there.
const residentsHere = `(SELECT id FROM residents WHERE org = $1 AND property = $2 UNION
SELECT resident FROM events WHERE org = $1 AND property = $2 AND part = $3)`

// records lists what a copy takes over. What changes with the days that are played (consent, situations, messages, tasks,
// runs) is not in it: see seed.go.
func records() []copied {
	return []copied{
		{"properties", "id = $2"}, {"buildings", inProperty}, {"units", inProperty}, {"households", inProperty},
		{"residents", "id IN " + residentsHere}, {"leases", inProperty},
		{"terms", "lease IN (SELECT id FROM leases WHERE org = $1 AND property = $2)"},
		{"merges", ""}, {"workorders", inProperty},
		{"staff", ""}, {"staff_roles", inProperty}, {"staff_hours", ""}, {"absences", ""}, {"absence_parts", ""}, {"on_call", inProperty},
		{"segments", ""}, {"settings", "name >= 'moments' AND name < 'moments0'"},
	}
}

// copyRecords takes the records of a property over into the copy.
func copyRecords(ctx context.Context, from, to *db.DB, property hearth.PropertyID) error {
	for _, c := range records() {
		if err := copyTable(ctx, from, to, c, string(property), eventlog.PartOf(property)); err != nil {
			return fmt.Errorf("copy %s: %w", c.table, err)
		}
	}
	return nil
}

// copyStep is how many rows are written at a time.
const copyStep = 1000

func copyTable(ctx context.Context, from, to *db.DB, c copied, property string, part int) error {
	cols, err := columns(ctx, to, c.table)
	if err != nil {
		return err
	}
	q, args := "SELECT "+names(cols)+" FROM "+c.table+" WHERE org = $1", []any{from.Config().Org}
	if c.where != "" {
		q += " AND " + c.where
		for n, v := range []any{property, part} {
			if strings.Contains(c.where, fmt.Sprintf("$%d", n+2)) {
				args = append(args, v)
			}
		}
	}
	return from.Read(ctx, func(tx *db.Tx) error {
		return eachRow(ctx, tx, cols, func(rows [][]any) error {
			return to.Write(ctx, func(tx *db.Tx) error {
				for _, r := range rows {
					r[0] = tx.Org()
				}
				_, err := tx.Bulk(ctx, db.Bulk{Table: c.table, Cols: cols, Rows: rows})
				return err
			})
		}, q, args...)
	})
}

const columnsSQL = `SELECT name, type, $1 AS org FROM pragma_table_info($2) ORDER BY name <> 'org', cid`

// columns gives a table's columns as the copy has them, org first.
func columns(ctx context.Context, copy *db.DB, table string) (cols []db.Col, err error) {
	err = copy.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, columnsSQL, tx.Org(), table)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c db.Col
			var kind, org string
			if err := rows.Scan(&c.Name, &kind, &org); err != nil {
				return err
			}
			switch kind {
			case "BIGINT":
				c.Type = db.Int
			case "DOUBLE PRECISION":
				c.Type = db.Real
			case "BYTEA":
				c.Type = db.Bytes
			}
			cols = append(cols, c)
		}
		return rows.Err()
	})
	if err == nil && len(cols) == 0 {
		err = fmt.Errorf("the copy has no table %s", table)
	}
	return cols, err
}

func names(cols []db.Col) string {
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = c.Name
	}
	return strings.Join(list, ", ")
}

// eachRow reads rows and gives them on some at a time, as a bulk insert of the same columns takes them.
func eachRow(ctx context.Context, tx *db.Tx, cols []db.Col, take func(rows [][]any) error, q string, args ...any) error {
	rows, err := tx.Query(ctx, q, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var lot [][]any
	for rows.Next() {
		row, err := scanRow(rows, cols)
		if err != nil {
			return err
		}
		if lot = append(lot, row); len(lot) == copyStep {
			if err := take(lot); err != nil {
				return err
			}
			lot = nil
		}
	}
	if err := rows.Err(); err != nil || len(lot) == 0 {
		return err
	}
	return take(lot)
}

func scanRow(rows *db.Rows, cols []db.Col) ([]any, error) {
	dest := make([]any, len(cols))
	for i, c := range cols {
		switch c.Type {
		case db.Int:
			dest[i] = new(int64)
		case db.Real:
			dest[i] = new(float64)
		case db.Bytes:
			dest[i] = new([]byte)
		default:
			dest[i] = new(string)
		}
	}
	if err := rows.Scan(dest...); err != nil {
		return nil, err
	}
	row := make([]any, len(cols))
	for i, d := range dest {
		switch v := d.(type) {
		case *int64:
			row[i] = *v
		case *float64:
			row[i] = *v
		case *[]byte:
			row[i] = *v
		case *string:
			row[i] = *v
		}
	}
	return row, nil
}
