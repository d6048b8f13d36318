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

// harmless puts an apostrophe before what a spreadsheet would run. Leading spaces and quotes hide nothing: some programs drop them. Nor does what
// stands before a semicolon, a tab or a line's end: where these end a cell, what follows begins one, inside quotes as well.
func harmless(cell string) string {
	var out strings.Builder
	for cell != "" {
		end := strings.IndexAny(cell, ";\t\r\n") + 1
		if end == 0 {
			end = len(cell)
		}
		if runs(cell[:end]) {
			out.WriteByte('\'')
		}
		out.WriteString(cell[:end])
		cell = cell[end:]
	}
	return out.String()
}

// runs tells whether a spreadsheet would take what begins a cell for a formula. A number is none.
func runs(text string) bool {
	bare := strings.TrimLeft(text, " \"\u00a0\u3000\ufeff")
	if bare == "" || !strings.ContainsAny(bare[:1], "=+-@\t\r\n|%") && !strings.HasPrefix(bare, "＝") && !strings.HasPrefix(bare, "＋") && !strings.HasPrefix(bare, "－") && !strings.HasPrefix(bare, "＠") {
		return false
	}
	_, err := strconv.ParseFloat(text, 64)
	return err != nil
}
