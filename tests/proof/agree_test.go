package proof

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearth/internal/base/db"
	"hearth/internal/sim/model"
)

// scriptPlaybooks are switched on beside shipped ones.
func scriptPlaybooks() []string {
	var out []string
	for _, pb := range model.Library() {
		out = append(out, pb.Text)
	}
	return out
}

// TestBothDatabasesAgree has SQLite and PostgreSQL go through the same random operations. What each says of every operation
// and what stands in every table at the end must be the same.
func TestBothDatabasesAgree(t *testing.T) {
	seeds, ops := []uint64{1, 2, 3}, 200
	if asks.soak {
		seeds, ops = []uint64{4, 5, 6, 7, 8}, 10_000
	}
	if asks.seed != 0 {
		seeds = []uint64{asks.seed}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed %d, %d operations", seed, ops), func(t *testing.T) { agree(t, seed, ops, "postgres") })
	}
}

// TestAPoolerChangesNothing is the same with a transaction pooler in front of PostgreSQL.
func TestAPoolerChangesNothing(t *testing.T) {
	seed, ops := uint64(9), 200
	if asks.soak {
		seed, ops = 10, 5000
	}
	if asks.seed != 0 {
		seed = asks.seed
	}
	agree(t, seed, ops, "pooler")
}

// agree compares what SQLite and another store make of the same operations.
func agree(t *testing.T, seed uint64, ops int, other string) {
	t.Helper()
	var said [2][]string
	var dumps [2]map[string][]string
	var tables []table
	for i, store := range []string{"sqlite", other} {
		s := newScript(trial{seed, store, size{}}.open(t), seed)
		s.run(ops)
		if said[i] = s.said; store == "sqlite" {
			tables = s.tables()
		}
		dumps[i] = s.dump(tables)
	}
	for i := range said[0] {
		if said[0][i] != said[1][i] {
			t.Fatalf("SQLite says %q, %s says %q", said[0][i], other, said[1][i])
		}
	}
	rows, differ := 0, 0
	for _, x := range tables {
		rows += len(dumps[0][x.name])
		if d := difference(dumps[0][x.name], dumps[1][x.name]); len(d) > 0 {
			differ += len(d)
			t.Errorf("%s differs in %d rows (- SQLite, + %s):\n%s", x.name, len(d), other, strings.Join(d[:min(len(d), 6)], "\n"))
		}
	}
	t.Logf("seed %d, %s: %d operations, %d rows in %d tables compared, %d differ", seed, other, ops, rows, len(tables), differ)
}

// table is one table of the schema, with what of it is compared.
type table struct {
	name    string
	columns []column
}

type column struct{ name, typ string }

// private gives the columns that say which process did something, how often it tried, or how its store counts; they are
// no part of what is known.
func private(table, column string) bool {
	switch table + "." + column {
	case "team_versions.version", "positions.node", "positions.epoch", "due.node", "due.claim", "due.claimed_until", "imports.node":
		return true
	}
	return false
}

// tables reads the schema from SQLite; that of PostgreSQL has the same text.
func (p *program) tables() []table {
	p.t.Helper()
	var out []table
	for _, row := range p.query("SELECT name AS org FROM sqlite_master WHERE type = 'table' AND $1 <> '' ORDER BY name") {
		x := table{name: row[0]}
		for _, c := range p.query("SELECT name AS org, type FROM pragma_table_info('" + x.name + "') WHERE $1 <> '' ORDER BY cid") {
			if !private(x.name, c[0]) {
				x.columns = append(x.columns, column{c[0], c[1]})
			}
		}
		if slices.ContainsFunc(x.columns, func(c column) bool { return c.name == "org" }) {
			out = append(out, x)
		}
	}
	return out
}

// dump gives the rows of every table as text, sorted.
func (s *script) dump(tables []table) map[string][]string {
	s.t.Helper()
	out := map[string][]string{}
	for _, x := range tables {
		names := make([]string, len(x.columns))
		for i, c := range x.columns {
			names[i] = c.name
		}
		s.must(s.app.DB.Read(s.ctx(), func(tx *db.Tx) error {
			out[x.name] = nil
			rows, err := tx.Query(s.ctx(), "SELECT "+strings.Join(names, ", ")+" FROM "+x.name+" WHERE org = $1", tx.Org())
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				cells := x.cells()
				if err := rows.Scan(cells...); err != nil {
					return fmt.Errorf("%s: %w", x.name, err)
				}
				out[x.name] = append(out[x.name], strings.ReplaceAll(text(names, cells), s.files, ""))
			}
			return rows.Err()
		}))
		slices.Sort(out[x.name])
	}
	return out
}

// cells gives a place for every column of a row.
func (x table) cells() []any {
	out := make([]any, len(x.columns))
	for i, c := range x.columns {
		switch c.typ {
		case "BIGINT", "INTEGER":
			out[i] = new(int64)
		case "DOUBLE PRECISION", "REAL":
			out[i] = new(float64)
		case "BYTEA", "BLOB":
			out[i] = new([]byte)
		default:
			out[i] = new(string)
		}
	}
	return out
}

func text(names []string, cells []any) string {
	var b strings.Builder
	for i, c := range cells {
		switch v := c.(type) {
		case *int64:
			fmt.Fprintf(&b, "%s=%d ", names[i], *v)
		case *float64:
			fmt.Fprintf(&b, "%s=%v ", names[i], *v)
		case *[]byte:
			fmt.Fprintf(&b, "%s=%x ", names[i], *v)
		case *string:
			fmt.Fprintf(&b, "%s=%q ", names[i], *v)
		}
	}
	return b.String()
}

// difference gives the lines that only one of two sorted lists has.
func difference(a, b []string) []string {
	var out []string
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0] < b[0]:
			out, a = append(out, "- "+a[0]), a[1:]
		case len(a) == 0 || b[0] < a[0]:
			out, b = append(out, "+ "+b[0]), b[1:]
		default:
			a, b = a[1:], b[1:]
		}
	}
	return out
}

// TestADumpNoticesOneChange makes sure that dumps that agree mean something.
func TestADumpNoticesOneChange(t *testing.T) {
	s := newScript(trial{1, "sqlite", size{}}.open(t), 1)
	tables := s.tables()
	before := s.dump(tables)
	s.write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE leases SET move_in = move_in + 1 WHERE org = $1 AND id IN (SELECT id FROM leases ORDER BY id LIMIT 1)", tx.Org())
		return err
	})
	after, differ := s.dump(tables), 0
	for _, x := range tables {
		differ += len(difference(before[x.name], after[x.name]))
	}
	if differ != 2 {
		t.Errorf("one changed row shows as %d lines, want two", differ)
	}
}
