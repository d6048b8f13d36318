package trigger

import (
	"encoding/binary"
	"fmt"
	"sort"
	"time"

	"hearth"
)

// edge is what a resident's row remembers of one playbook.
type edge struct {
	playbook  hearth.PlaybookID
	version   int       // the version whose condition inside speaks of; 0 before any
	inside    bool      // whether the standing condition held when it was last looked at
	lastKey   string    // what the last start was for
	lastStart time.Time // when that was
}

// edges is all that the engine remembers of a resident beside signals and runs.
type edges struct {
	clock time.Time         // when the resident is to be looked at again though nothing happened; zero: never
	gone  bool              // they moved to another property; here only late news about their time comes in
	to    hearth.PropertyID // where they moved; "" when they are not gone, or left before this was kept
	upset bool              // a person was told of their frustration; looked at daily until it has fallen
	list  []edge            // by playbook
	goals []goal            // of runs whose goal is watched, in the order of their starts

	into hearth.ResidentID   // whom they are seen under, see merge.go
	of   []hearth.ResidentID // who is seen under them, by id
}

// edgeFormat is the first byte of the stored form.
const edgeFormat = 2

// edgeFormatMerged goes before what is remembered of residents who are one person with others.
const edgeFormatMerged = 3

// find gives the entry of a playbook, adding an empty one if it is new.
func (e *edges) find(id hearth.PlaybookID) *edge {
	i := sort.Search(len(e.list), func(i int) bool { return e.list[i].playbook >= id })
	if i == len(e.list) || e.list[i].playbook != id {
		e.list = append(e.list, edge{})
		copy(e.list[i+1:], e.list[i:])
		e.list[i] = edge{playbook: id}
	}
	return &e.list[i]
}

// append writes the stored form: the same content always gives the same bytes.
func (e *edges) append(dst []byte) []byte {
	if e.into == "" && len(e.of) == 0 {
		dst = append(dst, edgeFormat)
	} else {
		dst = appendText(append(dst, edgeFormatMerged), string(e.into))
		dst = binary.AppendUvarint(dst, uint64(len(e.of)))
		for _, id := range e.of {
			dst = appendText(dst, string(id))
		}
	}
	dst = binary.AppendVarint(dst, hearth.Millis(e.clock))
	dst = appendGone(dst, e)
	dst = binary.AppendUvarint(dst, uint64(len(e.list)))
	for _, x := range e.list {
		dst = appendText(dst, string(x.playbook))
		flags := uint64(x.version) << 1
		if x.inside {
			flags |= 1
		}
		dst = binary.AppendUvarint(dst, flags)
		dst = appendText(dst, x.lastKey)
		dst = binary.AppendVarint(dst, hearth.Millis(x.lastStart))
	}
	if len(e.goals) == 0 {
		return dst // as rows were before goals were watched
	}
	dst = binary.AppendUvarint(dst, uint64(len(e.goals)))
	for _, g := range e.goals {
		dst = g.append(dst)
	}
	return dst
}

func decodeEdges(b []byte) (edges, error) {
	r := reader{b: b}
	var e edges
	switch format := r.byte(); format {
	case edgeFormat:
	case edgeFormatMerged:
		e.into = hearth.ResidentID(r.text())
		for i, n := uint64(0), r.uvarint(); i < n && !r.bad; i++ {
			e.of = append(e.of, hearth.ResidentID(r.text()))
		}
	default:
		return edges{}, fmt.Errorf("read what the engine remembers: unknown format %d", format)
	}
	e.clock = hearth.FromMillis(r.varint())
	leaving := r.byte()
	e.upset = leaving&upsetToo != 0
	switch leaving &^ upsetToo {
	case goneSomewhere:
		e.gone = true
	case goneTo:
		e.gone, e.to = true, hearth.PropertyID(r.text())
	}
	n := r.uvarint()
	for i := uint64(0); i < n && !r.bad; i++ {
		x := edge{playbook: hearth.PlaybookID(r.text())}
		flags := r.uvarint()
		x.version, x.inside = int(flags>>1), flags&1 == 1
		x.lastKey = r.text()
		x.lastStart = hearth.FromMillis(r.varint())
		e.list = append(e.list, x)
	}
	if len(r.b) > 0 && !r.bad {
		for n := r.uvarint(); n > 0 && !r.bad; n-- {
			e.goals = append(e.goals, readGoal(&r))
		}
	}
	if r.bad || len(r.b) > 0 {
		return edges{}, fmt.Errorf("read what the engine remembers: the row is damaged")
	}
	return e, nil
}

// What the byte about a resident's leaving says.
const (
	goneSomewhere = 1
	goneTo        = 2 // the property follows
	upsetToo      = 4 // beside these: a person was told of their frustration
)

func appendGone(dst []byte, e *edges) []byte {
	upset := byte(0)
	if e.upset {
		upset = upsetToo
	}
	switch {
	case e.gone && e.to != "":
		return appendText(append(dst, goneTo|upset), string(e.to))
	case e.gone:
		return append(dst, goneSomewhere|upset)
	}
	return append(dst, upset)
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// reader takes values from the front of b; bad is set by the first that does not fit.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	x := r.b[0]
	r.b = r.b[1:]
	return x
}

func (r *reader) uvarint() uint64 {
	x, n := binary.Uvarint(r.b)
	return uint64(r.take(int64(x), n))
}

func (r *reader) varint() int64 {
	x, n := binary.Varint(r.b)
	return r.take(x, n)
}

func (r *reader) take(x int64, n int) int64 {
	if n <= 0 {
		r.bad = true
		r.b = nil
		return 0
	}
	r.b = r.b[n:]
	return x
}

func (r *reader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad = true
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}
