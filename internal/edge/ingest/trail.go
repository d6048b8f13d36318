package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/line"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// What an import found is kept beside its rows, in the transactions that apply them, so that it can be taken back.

// trailDoc is what one row of an import did.
type trailDoc struct {
	Steps  []record.Step `json:"steps,omitempty"`
	Seen   *seenWas      `json:"seen,omitempty"`
	Word   *wordWas      `json:"word,omitempty"`
	Source *sourceWas    `json:"source,omitempty"`

	trail record.Trail
}

// seenWas is what the source had said about a row before; Digest is "" where it had said nothing, Now where it says
// nothing any more.
type seenWas struct {
	Key    string `json:"key"`
	Digest string `json:"digest,omitempty"`
	ID     string `json:"id,omitempty"`
	Now    string `json:"now,omitempty"`
}

// wordWas is what a row said about text messages to an address, and what counted there before; nil: nothing.
type wordWas struct {
	Address  string            `json:"address"`
	Allowed  bool              `json:"allowed"`
	Resident hearth.ResidentID `json:"resident"`
	Before   *consent.Word     `json:"before,omitempty"`
}

// sourceWas is the source as it was known before; Last is "" for one that was not.
type sourceWas struct {
	Mapping string          `json:"mapping,omitempty"`
	First   hearth.ImportID `json:"first,omitempty"`
	Last    hearth.ImportID `json:"last,omitempty"`
	At      time.Time       `json:"at"`
}

// Rows of the trail that belong to no row of a file.
const (
	trailProperty = -1
	trailSource   = -2
)

func (d *trailDoc) blank() bool {
	return len(d.Steps) == 0 && d.Seen == nil && d.Word == nil && d.Source == nil
}

// follow begins a trail for each line.
func (a *applying) follow(lines []*line.Line) {
	a.trails = make(map[*line.Line]*trailDoc, len(lines))
	for _, l := range lines {
		a.trails[l] = &trailDoc{}
	}
}

// keepTrail writes what became of the rows, with one statement.
func (a *applying) keepTrail(ctx context.Context, tx *db.Tx, rows []stagedRow, lines []*line.Line, before, now map[string]seen) error {
	all := map[int64]*trailDoc{}
	for i, r := range rows {
		d := a.trails[lines[i]]
		if was, is := before[r.key], now[r.key]; was != is {
			d.Seen = &seenWas{Key: r.key, Digest: was.digest, ID: was.id, Now: is.digest}
		}
		all[r.n] = d
	}
	return writeTrail(ctx, tx, a.imp.id, all)
}

func trailCols() []db.Col {
	return []db.Col{{Name: "org"}, {Name: "import"}, {Name: "n", Type: db.Int}, {Name: "steps"}}
}

// writeTrail keeps what rows did. What is kept already was there first.
func writeTrail(ctx context.Context, tx *db.Tx, id hearth.ImportID, all map[int64]*trailDoc) error {
	b := db.Bulk{Table: "import_trail", Cols: trailCols(), OnConflict: "ON CONFLICT (org, import, n) DO NOTHING"}
	for n, d := range all {
		if err := d.trail.Err(); err != nil {
			return err
		}
		d.Steps = d.trail.Steps
		if d.blank() {
			continue
		}
		body, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("encode what row %d did: %w", n, err)
		}
		b.Rows = append(b.Rows, []any{tx.Org(), string(id), n, string(body)})
	}
	if _, err := tx.Bulk(ctx, b); err != nil {
		return fmt.Errorf("keep what %d rows did: %w", len(b.Rows), err)
	}
	return nil
}

// trailRow is one row of the trail.
type trailRow struct {
	n   int64
	doc trailDoc
}

const selectTrail = `SELECT n, steps FROM import_trail WHERE org = $1 AND import = $2 AND n < $3 ORDER BY n DESC LIMIT $4`

// readTrail reads what rows did, the latest first, from below a number.
func readTrail(ctx context.Context, tx *db.Tx, id hearth.ImportID, below int64, limit int) ([]trailRow, error) {
	rows, err := tx.Query(ctx, selectTrail, tx.Org(), string(id), below, int64(limit))
	if err != nil {
		return nil, fmt.Errorf("read what import %s did: %w", id, err)
	}
	defer rows.Close()
	var out []trailRow
	for rows.Next() {
		var r trailRow
		var body string
		if err := rows.Scan(&r.n, &body); err != nil {
			return nil, fmt.Errorf("read what import %s did: %w", id, err)
		}
		if err := json.Unmarshal([]byte(body), &r.doc); err != nil {
			return nil, fmt.Errorf("read what row %d of import %s did: %w", r.n, id, err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

const countTrail = `SELECT COUNT(*) FROM import_trail WHERE org = $1 AND import = $2`

func trailSize(ctx context.Context, tx *db.Tx, id hearth.ImportID) (n int64, err error) {
	if err := tx.Row(ctx, countTrail, tx.Org(), string(id)).Scan(&n); err != nil {
		return 0, fmt.Errorf("count what import %s did: %w", id, err)
	}
	return n, nil
}

const (
	selectSourceWas = `SELECT mapping, first_import, last_import, last_at FROM sources WHERE org = $1 AND property = $2 AND source = $3 AND kind = $4`
	deleteSource    = `DELETE FROM sources WHERE org = $1 AND property = $2 AND source = $3 AND kind = $4`
	deleteTrail     = `DELETE FROM import_trail WHERE org = $1 AND import = $2`
)

// keepSource keeps what was known of the source before this import.
func (a *applying) keepSource(ctx context.Context, tx *db.Tx) error {
	d := &trailDoc{Source: &sourceWas{}}
	var at int64
	err := tx.Row(ctx, selectSourceWas, tx.Org(), string(a.imp.property), a.imp.source, string(a.imp.kind)).Scan(&d.Source.Mapping, &d.Source.First, &d.Source.Last, &at)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return fmt.Errorf("read source %s: %w", a.imp.source, err)
	}
	d.Source.At = hearth.FromMillis(at)
	return writeTrail(ctx, tx, a.imp.id, map[int64]*trailDoc{trailSource: d})
}
