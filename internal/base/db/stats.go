package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// statRows is the size that SQLite is told each table has: that of a large community.
const statRows = 100_000

// seedStats tells SQLite how selective the columns of each index are. Without statistics it takes the first column of an
// index for selective, which here is the organization, the same in every row; it would then look through a whole table
// by its primary key rather than use the index that was made for the question. Measuring (ANALYZE) cannot help at the
// start, when all tables are empty, and later costs time while people wait; these figures depend on the schema alone.
func seedStats(ctx context.Context, pool *sql.DB) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	// This makes the table of statistics, where it is not there yet, and measures nothing.
	if _, err := tx.ExecContext(ctx, "ANALYZE sqlite_schema"); err != nil {
		return fmt.Errorf("prepare statistics: %w", err)
	}
	stats, err := indexStats(ctx, tx)
	if err != nil {
		return fmt.Errorf("prepare statistics: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM sqlite_stat1"); err != nil {
		return fmt.Errorf("prepare statistics: %w", err)
	}
	for _, s := range stats {
		if _, err := tx.ExecContext(ctx, "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", s.table, s.index, s.stat); err != nil {
			return fmt.Errorf("prepare statistics: %w", err)
		}
	}
	return tx.Commit()
}

// loadStats has a connection that is open already read the statistics again.
const loadStats = "ANALYZE sqlite_schema"

// indexStat is a row of SQLite's table of statistics.
type indexStat struct{ table, index, stat string }

const indexesSQL = `SELECT m.name, i.name, i."unique", i.origin, (SELECT count(*) FROM pragma_index_info(i.name))
FROM sqlite_schema m, pragma_index_list(m.name) i WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, i.name`

func indexStats(ctx context.Context, tx *sql.Tx) ([]indexStat, error) {
	rows, err := tx.QueryContext(ctx, indexesSQL)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []indexStat
	for rows.Next() {
		var s indexStat
		var unique bool
		var origin string
		var cols int
		if err := rows.Scan(&s.table, &s.index, &unique, &origin, &cols); err != nil {
			return nil, err
		}
		if origin == "pk" {
			s.index = s.table // the primary key of a table without row ids goes by the table's name
		}
		s.stat = selectivity(cols, unique)
		out = append(out, s)
	}
	return out, rows.Err()
}

// selectivity writes a statistic: the table's rows, and how many of them share the first column of the index, the first
// two, and so on. The organization tells nothing; each further column tells a good deal; all of them tell one row, or a
// few where the index is not unique.
func selectivity(cols int, unique bool) string {
	last := 4
	if unique {
		last = 1
	}
	words := []string{fmt.Sprint(statRows)}
	for i := 1; i <= cols; i++ {
		share := statRows
		if i > 1 {
			// Each column cuts what is left to a twenty-fifth: 100000, 25, 1 for three columns of a unique index.
			share = last
			for left := cols - i; left > 0; left-- {
				share *= 25
			}
		}
		words = append(words, fmt.Sprint(min(share, statRows)))
	}
	return strings.Join(words, " ")
}
