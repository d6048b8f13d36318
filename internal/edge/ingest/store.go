package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
)

// sourceRow is what is kept of a (property, source, kind) between imports.
type sourceRow struct {
	rules       *column.Rules
	first, last hearth.ImportID
	at          time.Time // start of the last import
}

const selectSource = `SELECT mapping, first_import, last_import, last_at FROM sources
  WHERE org = $1 AND property = $2 AND source = $3 AND kind = $4`

func readSource(ctx context.Context, tx *db.Tx, p hearth.PropertyID, source string, k column.Kind) (sourceRow, bool, error) {
	var s sourceRow
	var mapping string
	var at int64
	err := tx.Row(ctx, selectSource, tx.Org(), string(p), source, string(k)).Scan(&mapping, &s.first, &s.last, &at)
	if errors.Is(err, db.ErrNotFound) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("read source %s: %w", source, err)
	}
	s.at = hearth.FromMillis(at)
	if mapping != "" {
		s.rules = &column.Rules{}
		if err := json.Unmarshal([]byte(mapping), s.rules); err != nil {
			return s, false, fmt.Errorf("read mapping of %s: %w", source, err)
		}
		s.rules.Kept = true
	}
	return s, true, nil
}

const upsertSource = `INSERT INTO sources (org, property, source, kind, mapping, first_import, last_import, last_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (org, property, source, kind) DO UPDATE SET mapping = excluded.mapping, last_import = excluded.last_import, last_at = excluded.last_at`

func writeSource(ctx context.Context, tx *db.Tx, imp importRow, rules *column.Rules) error {
	mapping := ""
	if rules != nil {
		b, err := json.Marshal(rules)
		if err != nil {
			return fmt.Errorf("encode mapping: %w", err)
		}
		mapping = string(b)
	}
	_, err := tx.Exec(ctx, upsertSource, tx.Org(), string(imp.property), imp.source, string(imp.kind), mapping, string(imp.id), string(imp.id), hearth.Millis(imp.started))
	if err != nil {
		return fmt.Errorf("keep source %s: %w", imp.source, err)
	}
	return nil
}

// claimFor is how long a worker that died holds up its import.
const claimFor = 30 * time.Second

// The states of an import.
const (
	stateStaging  = "staging"  // rows are being read; cut off here, it is undone
	stateApplying = "applying" // all rows are staged; cut off here, it goes on
	stateDone     = "done"
	stateUndone   = "undone"
)

// importRow is one row of imports.
type importRow struct {
	id       hearth.ImportID
	property hearth.PropertyID
	source   string
	kind     column.Kind
	state    string
	history  bool
	asOf     time.Time
	started  time.Time
	until    time.Time // the worker's claim on it
	worker   string    // who has it
	plan     plan
}

// plan is what an import needs to go on after a kill.
type plan struct {
	PropertyName string       `json:"property_name"`
	Told         propertyTold `json:"told"`
	Retry        bool         `json:"retry,omitempty"`
	Partial      bool         `json:"partial,omitempty"`
	Actor        string       `json:"actor"`
	// Within lists the properties of which something may change; nil: all.
	Within []hearth.PropertyID `json:"within"`
	Rules  *column.Rules       `json:"rules,omitempty"`
	Report *Report             `json:"report,omitempty"` // without rows
	Fault  string              `json:"fault,omitempty"`  // why the process that carries it on had to stop; it tries again
}

// propertyTold is what the files and the operator say of the property.
type propertyTold struct {
	Address       string `json:"address,omitempty"`
	City          string `json:"city,omitempty"`
	State         string `json:"state,omitempty"`
	Zip           string `json:"zip,omitempty"`
	Zone          string `json:"zone,omitempty"`
	ZoneHow       string `json:"zone_how,omitempty"`
	ZoneConfirmed bool   `json:"zone_confirmed,omitempty"`
}

const insertImport = `INSERT INTO imports (org, id, property, source, kind, files, state, history, asof, started, finished, lease_until, node, report)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13)`

func writeImport(ctx context.Context, tx *db.Tx, imp importRow, files []string) error {
	names, err := json.Marshal(files)
	if err != nil {
		return fmt.Errorf("encode files: %w", err)
	}
	body, err := json.Marshal(imp.plan)
	if err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	history := int64(0)
	if imp.history {
		history = 1
	}
	_, err = tx.Exec(ctx, insertImport, tx.Org(), string(imp.id), string(imp.property), imp.source, string(imp.kind), string(names), imp.state, history,
		hearth.Millis(imp.asOf), hearth.Millis(imp.started), hearth.Millis(imp.until), imp.worker, string(body))
	if err != nil {
		return fmt.Errorf("write import %s: %w", imp.id, err)
	}
	return nil
}

const importColumns = `id, property, source, kind, state, history, asof, started, lease_until, report`

const selectImport = `SELECT ` + importColumns + ` FROM imports WHERE org = $1 AND id = $2`

// readImport fails with CodeNotFound if there is no such import.
func readImport(ctx context.Context, tx *db.Tx, id hearth.ImportID) (importRow, error) {
	imp, err := scanImport(tx.Row(ctx, selectImport, tx.Org(), string(id)))
	if errors.Is(err, db.ErrNotFound) {
		return imp, hearth.Errorf(hearth.CodeNotFound, "There is no import %s.", id)
	}
	if err != nil {
		return imp, fmt.Errorf("read import %s: %w", id, err)
	}
	return imp, nil
}

func scanImport(r interface{ Scan(dest ...any) error }) (importRow, error) {
	var imp importRow
	var history, asOf, started, until int64
	var body string
	if err := r.Scan(&imp.id, &imp.property, &imp.source, &imp.kind, &imp.state, &history, &asOf, &started, &until, &body); err != nil {
		return imp, err
	}
	imp.history = history != 0
	imp.asOf, imp.started, imp.until = hearth.FromMillis(asOf), hearth.FromMillis(started), hearth.FromMillis(until)
	if err := json.Unmarshal([]byte(body), &imp.plan); err != nil {
		return imp, fmt.Errorf("read plan of import %s: %w", imp.id, err)
	}
	return imp, nil
}

const selectUnfinished = `SELECT ` + importColumns + ` FROM imports WHERE org = $1 AND state IN ('staging', 'staged', 'applying') ORDER BY started, id`

func readUnfinished(ctx context.Context, tx *db.Tx) ([]importRow, error) {
	rows, err := tx.Query(ctx, selectUnfinished, tx.Org())
	if err != nil {
		return nil, fmt.Errorf("read unfinished imports: %w", err)
	}
	defer rows.Close()
	var out []importRow
	for rows.Next() {
		imp, err := scanImport(rows)
		if err != nil {
			return nil, fmt.Errorf("read unfinished imports: %w", err)
		}
		out = append(out, imp)
	}
	return out, rows.Err()
}

const claimImport = `UPDATE imports SET lease_until = $1, node = $2 WHERE org = $3 AND id = $4 AND state = $5 AND lease_until = $6`

// claim takes an import over from a worker whose claim ran out; false: somebody else was first.
func claim(ctx context.Context, tx *db.Tx, imp importRow, worker string) (bool, error) {
	n, err := tx.Exec(ctx, claimImport, hearth.Millis(tx.Now().Add(claimFor)), worker, tx.Org(), string(imp.id), imp.state, hearth.Millis(imp.until))
	if err != nil {
		return false, fmt.Errorf("claim import %s: %w", imp.id, err)
	}
	return n == 1, nil
}

const setImport = `UPDATE imports SET state = $1, property = $2, lease_until = $3, finished = $4, report = $5
  WHERE org = $6 AND id = $7 AND node = $8 AND state IN ('staging', 'staged', 'applying')`

// update writes state, property, claim and plan, if the import still is this worker's. It fails with CodeConflict if not.
func update(ctx context.Context, tx *db.Tx, imp importRow) error {
	body, err := json.Marshal(imp.plan)
	if err != nil {
		return fmt.Errorf("encode plan: %w", err)
	}
	finished := int64(0)
	if imp.state == stateDone || imp.state == stateUndone {
		finished = hearth.Millis(tx.Now())
	}
	n, err := tx.Exec(ctx, setImport, imp.state, string(imp.property), hearth.Millis(tx.Now().Add(claimFor)), finished, string(body), tx.Org(), string(imp.id), imp.worker)
	if err != nil {
		return fmt.Errorf("write import %s: %w", imp.id, err)
	}
	if n != 1 {
		return errTaken(imp.id)
	}
	return nil
}

const holdImport = `UPDATE imports SET lease_until = $1 WHERE org = $2 AND id = $3 AND node = $4 AND state = $5`

// hold prolongs the claim; every transaction of an import does, so that a worker that lost it cannot write.
func hold(ctx context.Context, tx *db.Tx, imp importRow) error {
	n, err := tx.Exec(ctx, holdImport, hearth.Millis(tx.Now().Add(claimFor)), tx.Org(), string(imp.id), imp.worker, imp.state)
	if err != nil {
		return fmt.Errorf("hold import %s: %w", imp.id, err)
	}
	if n != 1 {
		return errTaken(imp.id)
	}
	return nil
}

const letGoImport = `UPDATE imports SET lease_until = $1 WHERE org = $2 AND id = $3 AND node = $4 AND state IN ('staging', 'applying')`

// letGo ends the claim at a time, now or later: from then on the import is anybody's.
func letGo(ctx context.Context, tx *db.Tx, imp importRow, at time.Time) error {
	if _, err := tx.Exec(ctx, letGoImport, hearth.Millis(at), tx.Org(), string(imp.id), imp.worker); err != nil {
		return fmt.Errorf("let go of import %s: %w", imp.id, err)
	}
	return nil
}

func errTaken(id hearth.ImportID) error {
	return hearth.Errorf(hearth.CodeConflict, "Import %s was taken over by another process, which finishes it.", id)
}
