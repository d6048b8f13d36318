package db

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// ColType is the type of a column as Bulk sends it.
type ColType int

// The column types.
const (
	Text  ColType = iota // TEXT
	Int                  // BIGINT
	Real                 // DOUBLE PRECISION
	Bytes                // BYTEA
)

// Col is one column of a Bulk.
type Col struct {
	Name string
	Type ColType
}

// Bulk is an insert of many rows. One of the columns is org.
type Bulk struct {
	Table string
	Cols  []Col
	// OnConflict is empty or a whole clause: "ON CONFLICT (org, id) DO NOTHING", or with DO UPDATE SET x = excluded.x.
	// With DO UPDATE no two rows may have the same key; they are sorted by it, so that two such batches over the
	// same rows cannot lock each other out.
	OnConflict string
	// Returning names what each inserted or updated row gives back, for BulkEach: "part, next_seq".
	Returning string
	Rows      [][]any // one value a column; converted in place as Exec converts its arguments
}

// Bulk inserts many rows with few statements and tells how many were inserted or updated.
func (t *Tx) Bulk(ctx context.Context, b Bulk) (int64, error) {
	return t.bulk(ctx, b, nil)
}

// BulkLater is Bulk as ExecLater is Exec.
func (t *Tx) BulkLater(ctx context.Context, b Bulk) error {
	if ok, err := t.mayInsert(ctx, &b); !ok {
		return err
	}
	t.wrote = true
	if err := t.conn.bulkLater(ctx, &b); err != nil {
		return t.note(fmt.Errorf("bulk insert into %s: %w", b.Table, err))
	}
	return nil
}

// BulkEach is Bulk with a Returning list: each is called for every row that came back, in no particular order.
func (t *Tx) BulkEach(ctx context.Context, b Bulk, each func(r *Rows) error) (int64, error) {
	if b.Returning == "" {
		return 0, fmt.Errorf("bulk insert into %s: nothing to return", b.Table)
	}
	return t.bulk(ctx, b, each)
}

func (t *Tx) bulk(ctx context.Context, b Bulk, each func(r *Rows) error) (int64, error) {
	if ok, err := t.mayInsert(ctx, &b); !ok {
		return 0, err
	}
	var wrap func(r *Rows) error
	if each != nil {
		wrap = func(r *Rows) error { r.tx = t; return each(r) }
	}
	t.wrote = true
	n, err := t.conn.bulk(ctx, &b, wrap)
	if err != nil {
		return 0, t.note(fmt.Errorf("bulk insert into %s: %w", b.Table, err))
	}
	return n, nil
}

// mayInsert tells whether there is something to insert, and makes it ready.
func (t *Tx) mayInsert(ctx context.Context, b *Bulk) (bool, error) {
	if len(b.Rows) == 0 {
		return false, nil
	}
	if err := t.usable(ctx); err != nil {
		return false, err
	}
	if t.reads {
		return false, t.note(errReads)
	}
	if err := b.prepare(); err != nil {
		return false, fmt.Errorf("bulk insert into %s: %w", b.Table, err)
	}
	return true, nil
}

// prepare checks the shape, makes the values storable and sorts by key where that matters.
func (b *Bulk) prepare() error {
	if !slices.ContainsFunc(b.Cols, func(c Col) bool { return c.Name == "org" }) {
		return fmt.Errorf("no column org")
	}
	if err := b.storable(); err != nil {
		return err
	}
	if !strings.Contains(b.OnConflict, "DO UPDATE") {
		return nil
	}
	keys, err := b.keys()
	if err != nil {
		return err
	}
	rows := slices.Clone(b.Rows)
	slices.SortStableFunc(rows, func(x, y []any) int { return compareKeys(keys, x, y) })
	for i := 1; i < len(rows); i++ {
		if compareKeys(keys, rows[i-1], rows[i]) == 0 {
			return fmt.Errorf("two rows with the same key")
		}
	}
	b.Rows = rows
	return nil
}

// storable checks the shape and makes the values storable.
func (b *Bulk) storable() error {
	for i, row := range b.Rows {
		if len(row) != len(b.Cols) {
			return fmt.Errorf("row %d has %d values for %d columns", i, len(row), len(b.Cols))
		}
		for j, v := range row {
			w, err := bind(v)
			if err != nil {
				return fmt.Errorf("row %d, %s: %w", i, b.Cols[j].Name, err)
			}
			row[j] = w
		}
	}
	return nil
}

// keys gives the places of the conflict clause's columns.
func (b *Bulk) keys() ([]int, error) {
	_, rest, ok := strings.Cut(b.OnConflict, "(")
	list, _, ok2 := strings.Cut(rest, ")")
	if !ok || !ok2 {
		return nil, fmt.Errorf("no key columns in %q", b.OnConflict)
	}
	var at []int
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(b.Cols, func(c Col) bool { return c.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("key column %q is not among the columns", name)
		}
		at = append(at, i)
	}
	return at, nil
}

func compareKeys(keys []int, x, y []any) int {
	for _, k := range keys {
		if c := compareValues(x[k], y[k]); c != 0 {
			return c
		}
	}
	return 0
}

func compareValues(x, y any) int {
	switch a := x.(type) {
	case string:
		if b, ok := y.(string); ok {
			return strings.Compare(a, b)
		}
	case int64:
		if b, ok := y.(int64); ok {
			switch {
			case a < b:
				return -1
			case a > b:
				return 1
			}
			return 0
		}
	case []byte:
		if b, ok := y.([]byte); ok {
			return slices.Compare(a, b)
		}
	}
	return strings.Compare(fmt.Sprint(x), fmt.Sprint(y))
}

// columns gives "(a, b, c)".
func (b *Bulk) columns() string {
	var s strings.Builder
	s.WriteString(" (")
	for i, c := range b.Cols {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString(c.Name)
	}
	s.WriteString(")")
	return s.String()
}

// tail gives the clauses behind the values.
func (b *Bulk) tail() string {
	s := ""
	if b.OnConflict != "" {
		s += " " + b.OnConflict
	}
	if b.Returning != "" {
		s += " RETURNING " + b.Returning
	}
	return s
}
