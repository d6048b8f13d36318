package web

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
)

// writeCSV answers with a file of rows. A cell that a spreadsheet would take for a formula is made plain text; numbers stay numbers.
func writeCSV(w http.ResponseWriter, name string, rows [][]string) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	out := csv.NewWriter(w)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = harmless(c)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// harmless puts an apostrophe before what a spreadsheet would run. Leading spaces hide nothing: some programs drop them.
func harmless(cell string) string {
	bare := strings.TrimLeft(cell, " \u00a0\u3000\ufeff")
	if bare == "" || !strings.ContainsAny(bare[:1], "=+-@\t\r\n|%") && !strings.HasPrefix(bare, "＝") && !strings.HasPrefix(bare, "＋") && !strings.HasPrefix(bare, "－") && !strings.HasPrefix(bare, "＠") {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}
