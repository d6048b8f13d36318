package ingest

import (
	"context"

	"hearth"
	"hearth/internal/base/db"
)

// Applied gives how much of an import that is being applied is done, 0 to 1.
func (im *Importer) Applied(ctx context.Context, tx *db.Tx, id hearth.ImportID) (float64, error) {
	counts, err := rowCounts(ctx, tx, id)
	total := 0
	for _, n := range counts {
		total += n
	}
	return 1 - float64(counts[rowStaged])/float64(max(total, 1)), err
}

// ToLookAt gives the first rows of an import that were set aside, and those that its list names no more.
func (im *Importer) ToLookAt(ctx context.Context, tx *db.Tx, id hearth.ImportID, limit int) (wrong, vanished []RowReport, err error) {
	for _, g := range []struct {
		state string
		into  *[]RowReport
	}{{rowQuarantined, &wrong}, {rowVanished, &vanished}} {
		rows, err := readRows(ctx, tx, id, 0, g.state, limit)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range rows {
			*g.into = append(*g.into, RowReport{File: r.file, Line: r.line, Action: r.state, What: r.what, Reason: r.notes})
		}
	}
	return wrong, vanished, nil
}
