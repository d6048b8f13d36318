package rule

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// SegmentPrefix begins the names of segments in a condition: segment.waits_long.
const SegmentPrefix = "segment."

// WithSegments lets the condition name segments: segment.<name> stands for the condition that conditions holds under the
// name, in brackets. That one names no segments itself and is written on one line.
func WithSegments(conditions map[string]string) Option {
	return func(s *scope) { s.segments = conditions }
}

// span is one name of a segment that was replaced, in characters of its line.
type span struct {
	line, from, length int // where the name stood, from counting from 1
	to, grown          int // where its condition stands, and how long it is
}

// inlined is a source in which the names of segments are replaced.
type inlined struct {
	text  string
	spans []span
	names []string // of the segments, sorted, each once
}

// inline replaces the names of segments outside of texts in quotes.
func (s *scope) inline(src string) (inlined, *Error) {
	out := inlined{text: src}
	if s.segments == nil || !strings.Contains(src, SegmentPrefix) {
		return out, nil
	}
	var b strings.Builder
	line, column, grown := 1, 1, 0 // of the source; grown: how much longer this line has become
	for i := 0; i < len(src); {
		if name := segmentAt(src, i); name != "" {
			cond, ok := s.segments[name]
			if !ok {
				return out, s.noSegment(line, column, name)
			}
			n := len(SegmentPrefix) + len(name)
			cond = "(" + cond + ")"
			out.spans = append(out.spans, span{line: line, from: column, length: n, to: column + grown, grown: utf8.RuneCountInString(cond)})
			out.names = append(out.names, name)
			b.WriteString(cond)
			i, column, grown = i+n, column+n, grown+utf8.RuneCountInString(cond)-n
			continue
		}
		_, n := utf8.DecodeRuneInString(src[i:])
		if src[i] == '"' || src[i] == '\'' {
			n = quoted(src[i:])
		}
		for _, r := range src[i : i+n] {
			if column++; r == '\n' {
				line, column, grown = line+1, 1, 0
			}
		}
		b.WriteString(src[i : i+n])
		i += n
	}
	out.text = b.String()
	sort.Strings(out.names)
	out.names = slices.Compact(out.names)
	return out, nil
}

// segmentAt gives the name of the segment that src names at i, "" if it names none there.
func segmentAt(src string, i int) string {
	if !strings.HasPrefix(src[i:], SegmentPrefix) || i > 0 && (wordByte(src[i-1]) || src[i-1] == '.') {
		return ""
	}
	from := i + len(SegmentPrefix)
	end := from
	for end < len(src) && wordByte(src[end]) {
		end++
	}
	return src[from:end]
}

func wordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// quoted gives the length of the text in quotes that src begins with, to the end if it is not closed.
func quoted(src string) int {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case src[0]:
			return i + 1
		}
	}
	return len(src)
}

func (s *scope) noSegment(line, column int, name string) *Error {
	err := &Error{Line: line, Column: column, Message: fmt.Sprintf("There is no segment %q.", name)}
	names := make([]string, 0, len(s.segments))
	for n := range s.segments {
		names = append(names, n)
	}
	sort.Strings(names)
	if near := nearest(name, names); near != "" {
		err.Near = SegmentPrefix + near
		err.Message += fmt.Sprintf(" Did you mean %s?", err.Near)
	} else {
		err.Message += " List them with: hearth segment list."
	}
	return err
}

// place moves an error from the replaced text to what the author wrote.
func (x inlined) place(err *Error) *Error {
	column := err.Column
	for _, sp := range x.spans {
		switch {
		case sp.line != err.Line || err.Column < sp.to:
		case err.Column < sp.to+sp.grown:
			column = sp.from
		default:
			column = err.Column - (sp.to + sp.grown) + sp.from + sp.length
		}
	}
	err.Column = column
	return err
}

// Segments names the segments that the condition was written with, sorted.
func (c *Cond) Segments() []string { return c.segments }

// Written gives the condition on one line with its segments written out, as another condition may hold it in brackets.
func (c *Cond) Written() string { return strings.Join(strings.Fields(c.written), " ") }
