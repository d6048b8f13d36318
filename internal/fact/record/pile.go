package record

import (
	"context"
	"fmt"
	"strings"

	"hearth"
	"hearth/internal/base/db"
)

// pile gathers the rows of things that are new, so that many homes are written with few statements.
type pile struct {
	units, households, residents, leases, terms, names [][]any
	events                                             []*hearth.Event
}

// name is Store.name for the pile.
func (p *pile) name(tx *db.Tx, kind, ext, source, id string) {
	if ext = strings.TrimSpace(ext); ext != "" {
		p.names = append(p.names, []any{tx.Org(), kind, ext, source, id})
	}
}

func (p *pile) lease(tx *db.Tx, l Lease) {
	p.leases = append(p.leases, leaseRow(tx, l))
	for _, t := range l.Terms {
		p.terms = append(p.terms, termRow(tx, l.ID, t))
	}
}

// write stores the pile.
func (s *Store) write(ctx context.Context, tx *db.Tx, p *pile) error {
	for _, b := range []db.Bulk{
		{Table: "units", Cols: unitCols(), Rows: p.units},
		{Table: "households", Cols: householdCols(), Rows: p.households},
		{Table: "residents", Cols: residentCols(), Rows: p.residents},
		{Table: "leases", Cols: leaseCols(), Rows: p.leases},
		{Table: "terms", Cols: termCols(), Rows: p.terms},
		{Table: "external_ids", Cols: nameCols(), Rows: p.names, OnConflict: namedConflict},
	} {
		if _, err := tx.Bulk(ctx, b); err != nil {
			return fmt.Errorf("write new homes: %w", err)
		}
	}
	if len(p.events) == 0 {
		return nil
	}
	if _, err := s.log.Append(ctx, tx, p.events...); err != nil {
		return fmt.Errorf("append the events of new homes: %w", err)
	}
	return nil
}
