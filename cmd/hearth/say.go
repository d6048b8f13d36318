package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
)

// printf writes to standard output. What goes wrong is kept, and fails the command at its end: a list that was cut off
// by a full disk is no list.
func (r *run) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(r.out, format, args...); err != nil && r.unsaid == nil {
		r.unsaid = fmt.Errorf("write the output: %w", err)
	}
}

// warnf writes to standard error. When that fails there is nowhere left to say so.
func (r *run) warnf(format string, args ...any) { warnf(r.errOut, format, args...) }

func warnf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// table is columns on standard output; end writes them.
type table struct {
	w   *tabwriter.Writer
	err error // the first one
}

func (r *run) table() *table { return &table{w: tabwriter.NewWriter(r.out, 0, 4, 2, ' ', 0)} }

// row adds a line whose cells are parted by tabs.
func (t *table) row(format string, args ...any) {
	if _, err := fmt.Fprintf(t.w, format, args...); err != nil && t.err == nil {
		t.err = err
	}
}

func (t *table) end() error { return errors.Join(t.err, t.w.Flush()) }

// plural writes a number with its words.
func plural[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}
