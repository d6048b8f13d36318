package signal

import (
	"encoding/binary"
	"math"

	"hearth"
)

// encoder appends to b.
type encoder struct {
	b     []byte
	epoch int64
	prev  hearth.Day // the day written last
}

func (e *encoder) int(n int64)        { e.b = binary.AppendVarint(e.b, n) }
func (e *encoder) uint(n uint64)      { e.b = binary.AppendUvarint(e.b, n) }
func (e *encoder) fixed(n uint64)     { e.b = binary.LittleEndian.AppendUint64(e.b, n) }
func (e *encoder) string(s string)    { e.uint(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) flags(bits ...bool) { e.b = append(e.b, pack(bits)) }

// instant writes 0 for none.
func (e *encoder) instant(ms int64) {
	if ms == 0 {
		e.uint(0)
		return
	}
	// Distances are not negative: the epoch is the earliest event. Unsigned wrapping keeps any value readable.
	e.uint(uint64(ms-e.epoch) + 1)
}

// day writes 0 for none, else the distance from the day before it in the bytes.
func (e *encoder) day(d hearth.Day) {
	if d == 0 {
		e.uint(0)
		return
	}
	e.uint(zigzag(int64(d-e.prev)) + 1)
	e.prev = d
}

func (e *encoder) counter(c counter) {
	e.uint(uint64(len(c)))
	for _, b := range c {
		e.day(b.day)
		e.int(b.n)
	}
}

func (e *encoder) floats(at int64, vs ...float64) {
	e.instant(at)
	if at == 0 {
		return
	}
	for _, v := range vs {
		e.fixed(math.Float64bits(v))
	}
}

func pack(bits []bool) byte {
	var b byte
	for i, on := range bits {
		if on {
			b |= 1 << i
		}
	}
	return b
}

func zigzag(n int64) uint64 { return uint64(n)<<1 ^ uint64(n>>63) }

// decoder takes from b. After the first mistake it gives zeros.
type decoder struct {
	b     []byte
	epoch int64
	prev  hearth.Day
	bad   bool
}

func (d *decoder) fail() { d.bad, d.b = true, nil }

func (d *decoder) int() int64 {
	n, size := binary.Varint(d.b)
	return n * d.skip(size)
}

func (d *decoder) uint() uint64 {
	n, size := binary.Uvarint(d.b)
	return n * uint64(d.skip(size))
}

// skip gives 1, or 0 when there were not so many bytes.
func (d *decoder) skip(size int) int64 {
	if size <= 0 || size > len(d.b) {
		d.fail()
		return 0
	}
	d.b = d.b[size:]
	return 1
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	b := d.b[0]
	d.b = d.b[1:]
	return b
}

func (d *decoder) fixed() uint64 {
	if len(d.b) < 8 {
		d.fail()
		return 0
	}
	n := binary.LittleEndian.Uint64(d.b)
	d.b = d.b[8:]
	return n
}

func (d *decoder) fixed32() uint32 {
	if len(d.b) < 4 {
		d.fail()
		return 0
	}
	n := binary.LittleEndian.Uint32(d.b)
	d.b = d.b[4:]
	return n
}

func (d *decoder) string() string {
	n := d.len(maxText)
	if n > len(d.b) {
		d.fail()
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

// len reads a length of at most limit, so that damaged bytes cannot ask for memory.
func (d *decoder) len(limit int) int {
	n := d.uint()
	if n > uint64(limit) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) instant() int64 {
	n := d.uint()
	if n == 0 {
		return 0
	}
	return d.epoch + int64(n-1)
}

func (d *decoder) day() hearth.Day {
	n := d.uint()
	if n == 0 {
		return 0
	}
	n--
	d.prev += hearth.Day(int64(n>>1) ^ -int64(n&1))
	return d.prev
}

func (d *decoder) counter(limit int) counter {
	n := d.len(limit)
	if n == 0 {
		return nil
	}
	c := make(counter, n)
	for i := range c {
		c[i] = bucket{d.day(), d.int()}
	}
	return c
}

func (d *decoder) pair() (at int64, a, b float64) {
	if at = d.instant(); at == 0 {
		return 0, 0, 0
	}
	return at, math.Float64frombits(d.fixed()), math.Float64frombits(d.fixed())
}

func (d *decoder) flags() bool {
	var on bool
	d.flagsInto(&on)
	return on
}

func (d *decoder) flagsInto(bits ...*bool) {
	b := d.byte()
	for i, p := range bits {
		*p = b&(1<<i) != 0
	}
	if b>>len(bits) != 0 {
		d.fail()
	}
}
