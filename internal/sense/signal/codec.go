package signal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"hearth"
)

// version begins every encoded state. A state of another version is rebuilt from the log.
const version = 5

// VersionMark gives what every state of this version begins with.
func VersionMark() []byte { return []byte{version} }

// ErrVersion says that a state was written by another version of the program: rebuild it from the log.
var ErrVersion = errors.New("signal state of another version")

// errCorrupt says that bytes are not an encoded state.
var errCorrupt = errors.New("signal state is damaged")

// AppendBinary appends the state. The same state gives the same bytes. Instants are stored as distances from the
// first event, days as distances from each other, so that a usual resident takes a few hundred bytes.
func (s *State) AppendBinary(dst []byte) []byte {
	e := encoder{b: append(dst, version), epoch: s.firstSeen}
	e.int(s.firstSeen)
	e.uint(uint64(len(s.last)))
	for _, l := range s.last {
		e.b = append(e.b, byte(l.kind))
		e.instant(l.at)
	}
	e.resident(&s.resident)
	e.uint(uint64(len(s.tenancies)))
	for i := range s.tenancies {
		e.tenancy(&s.tenancies[i])
	}
	e.service(s)
	e.counter(s.acts)
	e.floats(s.quick.at, s.quick.v, s.slow.v)
	e.day(s.lastAct)
	e.acts90(&s.kinds)
	for _, c := range []counter{s.received, s.discretionary, s.inbound, s.kept, s.broken, s.late} {
		e.counter(c)
	}
	e.instant(s.lastInbound)
	e.instant(s.lastReply)
	e.uint(uint64(len(s.waiting)))
	for _, at := range s.waiting {
		e.instant(at)
	}
	e.tone(&s.tone)
	e.surveys(&s.surveys)
	e.promises(s.promises)
	e.uint(uint64(len(s.people)))
	for _, p := range s.people {
		e.fixed(p.staff)
		e.day(p.day)
	}
	e.day(s.lastPersonal)
	e.counter(s.contacts)
	e.hours(s.hours)
	e.counter(s.asked)
	e.flags(s.arrears != nil)
	if s.arrears != nil {
		e.fixed(math.Float64bits(*s.arrears))
	}
	return e.b
}

// Decode reads what AppendBinary wrote. It fails with ErrVersion for a state of another version, and with another
// error for damaged bytes.
func Decode(b []byte) (*State, error) {
	if len(b) == 0 {
		return nil, errCorrupt
	}
	if b[0] != version {
		return nil, fmt.Errorf("%w: %d", ErrVersion, b[0])
	}
	d := decoder{b: b[1:]}
	s := &State{firstSeen: d.int()}
	d.epoch = s.firstSeen
	s.last = make([]lastOf, d.len(int(kindEnd)))
	for i := range s.last {
		s.last[i] = lastOf{kind(d.byte()), d.instant()}
		if s.last[i].kind == 0 || s.last[i].kind >= kindEnd {
			d.fail()
		}
	}
	d.resident(&s.resident)
	s.tenancies = make([]tenancy, d.len(maxTenancies))
	for i := range s.tenancies {
		d.tenancy(&s.tenancies[i])
	}
	d.service(s)
	s.acts = d.counter(month)
	s.quick.at, s.quick.v, s.slow.v = d.pair()
	s.slow.at = s.quick.at
	s.lastAct = d.day()
	d.acts90(&s.kinds)
	s.received, s.discretionary, s.inbound = d.counter(month), d.counter(month), d.counter(quarter)
	s.kept, s.broken, s.late = d.counter(quarter), d.counter(quarter), d.counter(year)
	s.lastInbound, s.lastReply = d.instant(), d.instant()
	if n := d.len(maxWaiting); n > 0 {
		s.waiting = make([]int64, n)
	}
	for i := range s.waiting {
		s.waiting[i] = d.instant()
	}
	d.tone(&s.tone)
	d.surveys(&s.surveys)
	s.promises = d.promises()
	if n := d.len(maxPeople); n > 0 {
		s.people = make([]person, n)
	}
	for i := range s.people {
		s.people[i] = person{d.fixed(), d.day()}
	}
	s.lastPersonal = d.day()
	s.contacts = d.counter(quarter)
	s.hours = d.hours()
	s.asked = d.counter(year)
	if d.flags() {
		v := math.Float64frombits(d.fixed())
		s.arrears = &v
	}
	if d.bad || len(d.b) != 0 {
		return nil, errCorrupt
	}
	return s, nil
}

func (e *encoder) resident(r *resident) {
	e.flags(r.known, r.primary, r.email, r.phone, r.portal, r.emailFails, r.phoneFails)
	e.string(r.role)
	e.string(r.language)
	e.instant(r.at)
}

func (d *decoder) resident(r *resident) {
	d.flagsInto(&r.known, &r.primary, &r.email, &r.phone, &r.portal, &r.emailFails, &r.phoneFails)
	r.role, r.language = d.string(), d.string()
	r.at = d.instant()
}

func (e *encoder) tenancy(t *tenancy) {
	e.flags(t.movedIn, t.movedOut, t.monthly, t.noticed, t.lease != 0, t.unit != 0, t.key == t.unit)
	if t.lease != 0 {
		e.fixed(t.lease)
	}
	if t.unit != 0 {
		e.fixed(t.unit)
	}
	if t.key != t.unit {
		e.fixed(t.key)
	}
	for _, d := range []hearth.Day{t.keyFirst, t.keyTerm, t.first, t.start, t.end, t.moveIn, t.moveOut} {
		e.day(d)
	}
	e.int(t.term)
	e.b = append(e.b, byte(t.said))
	e.instant(t.at)
	e.instant(t.noticeAt)
}

func (d *decoder) tenancy(t *tenancy) {
	var hasLease, hasUnit, keyIsUnit bool
	d.flagsInto(&t.movedIn, &t.movedOut, &t.monthly, &t.noticed, &hasLease, &hasUnit, &keyIsUnit)
	if hasLease {
		t.lease = d.fixed()
	}
	if hasUnit {
		t.unit = d.fixed()
	}
	t.key = t.unit
	if !keyIsUnit {
		t.key = d.fixed()
	}
	for _, p := range []*hearth.Day{&t.keyFirst, &t.keyTerm, &t.first, &t.start, &t.end, &t.moveIn, &t.moveOut} {
		*p = d.day()
	}
	t.term = d.int()
	t.said = leaseStatus(d.byte())
	if t.said > statusCancelled {
		d.fail()
	}
	t.at, t.noticeAt = d.instant(), d.instant()
}

func (e *encoder) service(s *State) {
	e.int(s.total)
	e.day(s.lastClosed)
	e.instant(s.lastTookAt)
	e.int(s.lastTook)
	for _, c := range []counter{s.opened, s.reopened, s.closeCount, s.closeDays} {
		e.counter(c)
	}
	e.uint(uint64(len(s.orders)))
	for _, o := range s.orders {
		e.fixed(o.id)
		e.day(o.opened)
		e.instant(o.changed)
		e.b = append(e.b, byte(o.stage))
		e.flags(o.urgent)
	}
	e.uint(uint64(len(s.openings)))
	for _, o := range s.openings {
		e.day(o.day)
		e.b = binary.LittleEndian.AppendUint32(e.b, o.category)
	}
}

func (d *decoder) service(s *State) {
	s.total, s.lastClosed = d.int(), d.day()
	s.lastTookAt, s.lastTook = d.instant(), d.int()
	s.opened, s.reopened = d.counter(year), d.counter(quarter)
	s.closeCount, s.closeDays = d.counter(year), d.counter(year)
	if n := d.len(maxOpenOrders + maxClosedOrders); n > 0 {
		s.orders = make([]order, n)
	}
	for i := range s.orders {
		s.orders[i] = order{id: d.fixed(), opened: d.day(), changed: d.instant(), stage: stage(d.byte()), urgent: d.flags()}
		if s.orders[i].stage > stageReopened {
			d.fail()
		}
	}
	if n := d.len(maxOpenings); n > 0 {
		s.openings = make([]opening, n)
	}
	for i := range s.openings {
		s.openings[i] = opening{d.day(), d.fixed32()}
	}
}

func (e *encoder) tone(t *tone) {
	e.uint(uint64(len(t.recent)))
	for _, r := range t.recent {
		e.instant(r.at)
		e.flags(r.id != 0, r.alias != 0)
		if r.id != 0 {
			e.b = binary.LittleEndian.AppendUint32(e.b, r.id)
		}
		if r.alias != 0 {
			e.b = binary.LittleEndian.AppendUint32(e.b, r.alias)
		}
		e.int(r.milli)
		e.int(r.weight)
	}
	e.int(t.n)
	if t.n == 0 {
		return
	}
	e.instant(t.last.at)
	e.int(t.last.milli)
	e.instant(t.old.quick.at)
	for _, l := range []level{t.old.quick, t.old.quickWeight, t.old.slow, t.old.slowWeight, t.old.evidence} {
		e.fixed(math.Float64bits(l.v))
	}
}

func (d *decoder) tone(t *tone) {
	if n := d.len(maxRecent); n > 0 {
		t.recent = make([]reading, n, maxRecent+1)
	}
	for i := range t.recent {
		r := reading{at: d.instant()}
		var id, alias bool
		d.flagsInto(&id, &alias)
		if id {
			r.id = d.fixed32()
		}
		if alias {
			r.alias = d.fixed32()
		}
		r.milli, r.weight = d.int(), d.int()
		t.recent[i] = r
	}
	if t.n = d.int(); t.n != 0 {
		t.last = toneValue{d.instant(), d.int()}
		at := d.instant()
		for _, l := range []*level{&t.old.quick, &t.old.quickWeight, &t.old.slow, &t.old.slowWeight, &t.old.evidence} {
			*l = level{math.Float64frombits(d.fixed()), at}
		}
	}
	t.sum()
}
