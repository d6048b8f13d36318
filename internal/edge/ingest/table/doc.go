// Package table reads an export file, CSV or XLSX, as rows of text cells with their line numbers, and finds out how it
// is laid out: encoding, separator, where the heading row is, which rows are totals, group titles or blank.
//
// It streams: memory does not grow with the file. It knows nothing of housing, interprets no value, evaluates no
// formula and changes nothing on disk; what a cell means is decided by packages value and column.
package table
