package table

import (
	"bufio"
	"io"

	"hearth"
)

// csvReader splits UTF-8 text into rows. It is more forgiving than encoding/csv, because exports are written by many
// programs: lines may end in CR, LF or both, rows may be ragged, and a quotation mark inside an unquoted cell is text.
type csvReader struct {
	in   *bufio.Reader
	sep  byte
	line int // of the next byte, from 1
	cell []byte
	pad  int // blanks since the closing mark
	// lastCR remembers that the byte before was a CR, so that the LF of a CRLF is not a second line.
	lastCR bool
	limits Limits
}

func newCSVReader(r io.Reader, sep byte, limits Limits) *csvReader {
	return &csvReader{in: bufio.NewReaderSize(r, 64<<10), sep: sep, line: 1, limits: limits}
}

// Where the reader stands within a cell.
type cellState int

const (
	cellStart  cellState = iota // nothing but blanks so far
	cellPlain                   // in a cell without quotation marks
	cellQuoted                  // between quotation marks
	cellClosed                  // behind the closing mark
)

// next gives the next row, which may be empty, and the line that it starts on; io.EOF at the end.
func (c *csvReader) next() ([]string, int, error) {
	var (
		cells  []string
		state  = cellStart
		start  = c.line
		opened int // line of the opening quotation mark
		some   bool
	)
	c.cell = c.cell[:0]
	for {
		b, err := c.in.ReadByte()
		if err == io.EOF {
			return c.atEnd(cells, state, start, opened, some)
		}
		if err != nil {
			return nil, 0, err
		}
		if b == 0 {
			return nil, 0, hearth.Errorf(hearth.CodeInvalid, "Line %d holds a zero byte, so this is not a text file, or it is damaged. Export it again.", c.line)
		}
		if b == '\n' && c.lastCR {
			c.lastCR = false
			if state == cellQuoted || some || len(c.cell) > 0 {
				continue
			}
			start = c.line
			continue
		}
		c.lastCR = b == '\r'
		newline := b == '\n' || b == '\r'
		if newline {
			c.line++
			b = '\n'
		}
		if newline && state != cellQuoted {
			return c.finish(cells), start, nil
		}
		some = true
		if state == cellStart && b == '"' {
			opened = c.line
		}
		var done bool
		state, done = c.step(state, b)
		if done {
			cells = append(cells, string(c.cell))
			c.cell = c.cell[:0]
		}
		if err := c.check(len(cells), state, start, opened); err != nil {
			return nil, 0, err
		}
	}
}

// step takes one byte that does not end the row; done means that the cell is complete.
func (c *csvReader) step(state cellState, b byte) (next cellState, done bool) {
	switch {
	case state == cellQuoted:
		if b != '"' {
			c.cell = append(c.cell, b)
			return cellQuoted, false
		}
		if p, err := c.in.Peek(1); err == nil && p[0] == '"' {
			_, _ = c.in.Discard(1) // it was peeked at, so it is there
			c.cell = append(c.cell, '"')
			return cellQuoted, false
		}
		c.pad = 0
		return cellClosed, false
	case b == c.sep:
		return cellStart, true
	case state == cellStart && b == '"':
		c.cell = c.cell[:0] // blanks before the mark do not count
		return cellQuoted, false
	case state == cellStart && b == ' ':
		c.cell = append(c.cell, b)
		return cellStart, false
	case state == cellClosed:
		// Text behind a closing mark is kept, but blanks only before more of it: writers pad.
		if b == ' ' {
			c.pad++
			return cellClosed, false
		}
		for ; c.pad > 0; c.pad-- {
			c.cell = append(c.cell, ' ')
		}
		c.cell = append(c.cell, b)
		return cellClosed, false
	}
	c.cell = append(c.cell, b)
	return cellPlain, false
}

func (c *csvReader) finish(cells []string) []string {
	if cells == nil && len(c.cell) == 0 {
		return nil
	}
	return append(cells, string(c.cell))
}

func (c *csvReader) atEnd(cells []string, state cellState, start, opened int, some bool) ([]string, int, error) {
	if state == cellQuoted {
		return nil, 0, openQuote(opened)
	}
	if !some {
		return nil, 0, io.EOF
	}
	return c.finish(cells), start, nil
}

func (c *csvReader) check(cells int, state cellState, start, opened int) error {
	if len(c.cell) > c.limits.CellBytes {
		if state == cellQuoted {
			return openQuote(opened)
		}
		return hearth.Errorf(hearth.CodeTooLarge, "A cell on line %d is longer than %d characters. This does not look like an export; check the file.", start, c.limits.CellBytes)
	}
	if cells >= c.limits.Columns {
		return hearth.Errorf(hearth.CodeTooLarge, "Line %d has more than %d columns. This does not look like an export; check the file.", start, c.limits.Columns)
	}
	return nil
}

func openQuote(line int) error {
	return hearth.Errorf(hearth.CodeInvalid, "A quotation mark opens on line %d and is never closed, so the rows below it cannot be told apart. Close or remove it.", line)
}
