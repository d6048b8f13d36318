package ingest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/workorder"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// CodeAmbiguous is the code of an event whose subject could be two things.
const CodeAmbiguous hearth.Code = "ambiguous_subject"

// What became of an event.
const (
	Accepted  = "accepted"  // on disk, with the change that it makes
	Duplicate = "duplicate" // was there before
	Parked    = "parked"    // kept until its subject is known
	Rejected  = "rejected"  // wrong; see Err
)

// Outcome is what became of one event.
type Outcome struct {
	ID     string // the event's id, as far as it could be read
	Status string
	Err    *hearth.Error // why it was rejected
	Part   int           // where an accepted event of no record stands in the log
	Seq    int64
}

// DoorDeps is what a Door needs; all of it.
type DoorDeps struct {
	DB         *db.DB
	Log        *eventlog.Log
	Records    *record.Store
	Workorders *workorder.Store
	Messages   *message.Store
	Consent    *consent.Store
}

// Door takes events in: it checks them, finds out whom they concern, and puts each where it belongs, exactly once. It
// is safe for concurrent use.
type Door struct {
	DoorDeps
	bell work.Bell // rings when parked events may have found their subject
	lots lots

	mu    sync.Mutex // guards known
	known map[subjectKey]knownSubject
}

type subjectKey struct{ kind, id, source string }

// knownSubject is a subject found before. Residents move and records change, so it is trusted only for a while.
type knownSubject struct {
	found record.Found
	at    time.Time
}

const (
	trustSubjects = 5 * time.Second
	maxSubjects   = 50_000
)

// NewDoor makes a door.
func NewDoor(d DoorDeps) *Door {
	return &Door{DoorDeps: d, known: map[subjectKey]knownSubject{}, lots: lots{most: lotBound(d.DB.Dialect()), turn: make(chan struct{}, lotsAtOnce)}}
}

// Bell rings when Unpark has work.
func (d *Door) Bell() *work.Bell { return &d.bell }

// Take reads the events of one request and posts them. It fails with CodeInvalid if the request as a whole cannot be
// read; what is wrong with one event is in its outcome.
func (d *Door) Take(ctx context.Context, mode Mode, header http.Header, body []byte, actor hearth.Actor) ([]Outcome, error) {
	switch mode {
	case Batch:
		evs, err := ParseBatch(body)
		if err != nil {
			return nil, err
		}
		return d.Post(ctx, evs, actor)
	case Binary:
		return d.Post(ctx, []CloudEvent{ParseBinary(header, body)}, actor)
	}
	ce, err := ParseStructured(body)
	if err != nil {
		return nil, err
	}
	return d.Post(ctx, []CloudEvent{ce}, actor)
}

// entry is one event on its way through the door.
type entry struct {
	place int // in the request
	ev    *hearth.Event
	raw   CloudEvent
	found record.Found

	queued bool // parked behind others, not because its subject is unknown
}

// Post takes events in, in order, in one transaction. Each has its own outcome: one that is wrong does not hold up the
// others. An error means that none of them was taken.
func (d *Door) Post(ctx context.Context, evs []CloudEvent, actor hearth.Actor) ([]Outcome, error) {
	out := make([]Outcome, len(evs))
	entries := make([]*entry, 0, len(evs))
	now := d.DB.Clock().Now()
	for i, ce := range evs {
		out[i].ID = ce.ID
		ev, err := d.checked(ce, actor, now)
		if err != nil {
			he, ok := personal(err)
			if !ok {
				return nil, err
			}
			out[i].Status, out[i].Err = Rejected, he
			continue
		}
		entries = append(entries, &entry{place: i, ev: ev, raw: ce})
	}
	if len(entries) == 0 {
		return out, nil
	}
	if d.lots.gathers(entries) {
		return out, d.together(ctx, entries, out)
	}
	err := d.write(ctx, entries, out)
	var bad *rowFault
	if !errors.As(err, &bad) {
		return out, err
	}
	// A record refused one of them, perhaps half-way through. Take them one by one, so that each is whole or not at all.
	for _, e := range entries {
		err := d.write(ctx, []*entry{e}, out)
		if errors.As(err, &bad) {
			out[e.place] = Outcome{ID: e.raw.ID, Status: Rejected, Err: bad.err}
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// rowFault is a record's refusal of one event, which ends the transaction.
type rowFault struct{ err *hearth.Error }

func (f *rowFault) Error() string { return f.err.Error() }

// personal gives the part of err that is the sender's to mend: it tells what is wrong with the input.
func personal(err error) (*hearth.Error, bool) {
	var he *hearth.Error
	if !errors.As(err, &he) {
		return nil, false
	}
	switch he.Code {
	case hearth.CodeInvalid, hearth.CodeConflict, hearth.CodeNotFound, hearth.CodeForbidden, hearth.CodeTooLarge, CodeAmbiguous:
		return he, true
	}
	return nil, false
}

// checked makes the event of what was told, and refuses what cannot be right.
func (d *Door) checked(ce CloudEvent, actor hearth.Actor, now time.Time) (*hearth.Event, error) {
	if ce.Err != nil {
		return nil, ce.Err
	}
	if reserved(ce.Source) {
		return nil, hearth.FieldErrorf("source", "Sources that begin with hearth/ are Hearth's own. Give the name of the system that tells the event.")
	}
	if eventlog.Ours(hearth.EventType(ce.Type)) {
		return nil, hearth.FieldErrorf("type", "Hearth itself tells events of type %s; they are not taken from outside.", ce.Type)
	}
	subject, ok := hearth.ParseSubject(ce.Subject)
	if !ok {
		return nil, hearth.FieldErrorf("subject", "subject is %q; it names kind and id, such as resident/t0012345.", clip(ce.Subject))
	}
	ev := &hearth.Event{ID: ce.ID, Source: ce.Source, Type: hearth.EventType(ce.Type), Subject: subject, Actor: actor, Time: ce.Time, Data: ce.Data}
	if string(ev.Data) == "null" {
		ev.Data = nil
	}
	if ev.Time.IsZero() {
		ev.Time = now
	}
	if err := d.Log.Check(ev); err != nil {
		return nil, err
	}
	return ev, nil
}

// reserved tells whether a source is one of Hearth's own. An event from outside under such a name could take the id of
// one that Hearth is about to tell.
func reserved(source string) bool {
	name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(source)), "/")
	return name == "hearth"
}

// write takes the entries in one transaction. The function may run more than once, so outcomes are set afresh each time.
func (d *Door) write(ctx context.Context, entries []*entry, out []Outcome) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error { return d.take(ctx, tx, entries, out) })
}

func (d *Door) take(ctx context.Context, tx *db.Tx, entries []*entry, out []Outcome) error {
	waiting, err := d.waiting(ctx, tx, entries)
	if err != nil {
		return err
	}
	before, err := d.stored(ctx, tx, entries)
	if err != nil {
		return err
	}
	if err := d.learn(ctx, tx, entries); err != nil {
		return err
	}
	var plain []*entry // to be appended together
	var park []*entry
	for _, e := range entries {
		o := Outcome{ID: e.raw.ID, Status: Accepted}
		ident := string(eventlog.Ident(e.ev.Source, e.ev.ID))
		switch {
		case before[ident]:
			o.Status = Duplicate
		default:
			state, err := d.place(ctx, tx, e, waiting)
			if err != nil {
				he, ok := personal(err)
				if !ok {
					return err
				}
				o.Status, o.Err = Rejected, he
				break
			}
			if o.Status = state; state == Parked {
				park = append(park, e)
				waiting[parkedKey{e.ev.Subject.Kind, e.raw.subjectID()}] = true
				break
			}
			if !changesRecord(e.ev.Type) {
				plain = append(plain, e)
				break
			}
			before[ident] = true
			if err := d.append(ctx, tx, plain, out); err != nil {
				return err
			}
			plain = nil
			if err := d.apply(ctx, tx, e, time.Time{}); err != nil {
				if he, ok := personal(err); ok {
					return &rowFault{he}
				}
				return fmt.Errorf("take %s of %s: %w", e.ev.Type, e.ev.Subject, err)
			}
		}
		out[e.place] = o
	}
	if err := d.appendLast(ctx, tx, plain, out); err != nil {
		return err
	}
	return d.park(ctx, tx, park, out)
}

// append adds events that change no record to the log, in front of those of a record that follows them.
func (d *Door) append(ctx context.Context, tx *db.Tx, entries []*entry, out []Outcome) error {
	res, err := d.Log.AppendChecked(ctx, tx, eventsOf(entries)...)
	if err == nil {
		placed(entries, out, res)
	}
	return err
}

// appendLast adds what is left of them, behind which nothing follows.
func (d *Door) appendLast(ctx context.Context, tx *db.Tx, entries []*entry, out []Outcome) error {
	return d.Log.AppendCheckedLast(ctx, tx, func(res []eventlog.Result) { placed(entries, out, res) }, eventsOf(entries)...)
}

func eventsOf(entries []*entry) []*hearth.Event {
	evs := make([]*hearth.Event, len(entries))
	for i, e := range entries {
		ev := *e.ev // the log keeps what it gets, and this function may run again
		evs[i] = &ev
	}
	return evs
}

// placed fills the outcomes of entries with what the log said of them.
func placed(entries []*entry, out []Outcome, res []eventlog.Result) {
	for i, r := range res {
		o := &out[entries[i].place]
		o.Part, o.Seq = r.Part, r.Seq
		if r.Duplicate {
			o.Status = Duplicate
		}
	}
}

// stored tells which of the events that change records are in the log already. Others are compared by the log itself.
func (d *Door) stored(ctx context.Context, tx *db.Tx, entries []*entry) (map[string]bool, error) {
	out := map[string]bool{}
	for _, e := range entries {
		if !changesRecord(e.ev.Type) {
			continue
		}
		known, err := d.Log.Known(ctx, tx, e.ev.Source, e.ev.ID)
		if err != nil {
			return nil, err
		}
		if known {
			out[string(eventlog.Ident(e.ev.Source, e.ev.ID))] = true
		}
	}
	return out, nil
}
