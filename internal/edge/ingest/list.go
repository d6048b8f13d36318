package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
)

// Summary is an import as a list shows it.
type Summary struct {
	Import   hearth.ImportID
	Property hearth.PropertyID
	Name     string // of the property
	Source   string
	Kind     column.Kind
	Files    []string // by their names
	State    string   // "applying", "done"
	Fault    string   // why it stands still; it is tried again
	Actor    hearth.Actor
	Started  time.Time
	Finished time.Time // zero while it is applied
	Counts   Counts    // of one that is done
	History  bool
	Undo     string // "" nothing, UndoRunning or UndoDone
}

const selectSummaries = `SELECT i.id, i.property, i.source, i.kind, i.files, i.state, i.history, i.started, i.finished, i.report, COALESCE(u.state, '')
  FROM imports i LEFT JOIN import_undos u ON u.org = i.org AND u.import = i.id WHERE i.org = $1 AND `

const summariesEnd = ` AND i.state IN ('applying', 'done') ORDER BY i.started DESC, i.id DESC LIMIT $3 OFFSET $4`

// Imports lists the imports of a property, the newest first, without the first from of them, at most limit.
func (im *Importer) Imports(ctx context.Context, tx *db.Tx, property hearth.PropertyID, from, limit int) ([]Summary, error) {
	return summaries(tx.Query(ctx, selectSummaries+"i.property = $2"+summariesEnd, tx.Org(), string(property), int64(limit), int64(from)))
}

// Import gives one import. It fails with CodeNotFound if there is none that was applied or is.
func (im *Importer) Import(ctx context.Context, tx *db.Tx, id hearth.ImportID) (Summary, error) {
	all, err := summaries(tx.Query(ctx, selectSummaries+"i.id = $2"+summariesEnd, tx.Org(), string(id), int64(1), int64(0)))
	if err == nil && len(all) == 0 {
		return Summary{}, hearth.Errorf(hearth.CodeNotFound, "There is no import %s.", id)
	}
	if err != nil {
		return Summary{}, err
	}
	return all[0], nil
}

func summaries(rows *db.Rows, err error) ([]Summary, error) {
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	defer rows.Close()
	var out []Summary
	for rows.Next() {
		var s Summary
		var files, body string
		var history, started, finished int64
		if err := rows.Scan(&s.Import, &s.Property, &s.Source, &s.Kind, &files, &s.State, &history, &started, &finished, &body, &s.Undo); err != nil {
			return nil, fmt.Errorf("list imports: %w", err)
		}
		if err := s.fill(files, body); err != nil {
			return nil, fmt.Errorf("read import %s: %w", s.Import, err)
		}
		s.History, s.Started = history != 0, hearth.FromMillis(started)
		if finished != 0 {
			s.Finished = hearth.FromMillis(finished)
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func (s *Summary) fill(files, body string) error {
	if err := json.Unmarshal([]byte(files), &s.Files); err != nil {
		return err
	}
	for i, f := range s.Files {
		s.Files[i] = filepath.Base(f)
	}
	var p plan
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		return err
	}
	s.Name, s.Fault, s.Actor = p.PropertyName, p.Fault, hearth.ParseActor(p.Actor)
	if p.Report != nil {
		s.Counts = p.Report.Counts
	}
	return nil
}
