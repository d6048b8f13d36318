package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
)

// due works one due row. Messages that the desk held are kept for the end of the batch, where it is asked about all of
// them at once.
func (b *batch) due(ctx context.Context, d work.Due) error {
	var err error
	switch d.Kind {
	case dueClock:
		err = b.clockDue(ctx, d)
	case dueMoved:
		err = b.movedDue(ctx, d)
	case dueRun:
		err = b.runDue(ctx, d)
	case dueInclude:
		err = b.includeDue(ctx, d)
	case dueActivate:
		err = b.activateDue(ctx, d)
	case dueTask:
		err = b.taskDue(ctx, d)
	case dueEvent:
		err = b.eventDue(ctx, d)
	case dueMove:
		err = b.moveDue(ctx, d)
	case dueCalendar:
		err = b.calendarDue(ctx, d)
	case dueOccasion:
		err = b.occasionDue(ctx, d)
	case dueLeave, dueReturn:
		err = b.leaveDue(ctx, d)
	case dueRecall:
		err = b.recalledDue(ctx, d)
	case dueLost:
		err = b.lostDue(ctx, d)
	case dueEnds:
		err = b.situationDue(ctx, d)
	case duePause:
		err = b.pauseDue(ctx, d)
	case dueReview:
		err = b.reviewDue(ctx, d)
	case broadcast.Kind:
		err = b.castDue(ctx, d)
	case dueHold:
		b.held = append(b.held, d)
		_, err = b.knownEntry(ctx, heldFor(d).Resident)
	default:
		err = fmt.Errorf("nobody knows due rows of the kind %q", d.Kind)
	}
	if err != nil {
		return fmt.Errorf("due %s %s: %w", d.Kind, d.Key, err)
	}
	return nil
}

// clockKey names the row that looks at a resident again: they may be known in two partitions.
func clockKey(en *entry) string { return string(en.resident) + "/" + strconv.Itoa(en.part) }

func clockFor(d work.Due) hearth.ResidentID {
	id, _, _ := strings.Cut(d.Key, "/")
	return hearth.ResidentID(id)
}

// clockDue looks at a resident because time passed.
func (b *batch) clockDue(ctx context.Context, d work.Due) error {
	en, err := b.knownEntry(ctx, clockFor(d))
	if err != nil || en == nil {
		return err
	}
	en.edges.clock = time.Time{}
	en.changed = true
	b.missed(en)
	if en.site() {
		return nil
	}
	for _, r := range append([]*playbook.Run(nil), en.runs...) {
		p := b.act.program(r.Playbook, r.Version)
		if p == nil {
			b.leave(en, r, lostVersion)
			continue
		}
		if _, err := b.exit(en, p, r, nil, false); err != nil {
			return err
		}
	}
	b.late = b.now.Sub(d.At) > tooLate
	defer func() { b.late = false }()
	for _, p := range b.act.edges {
		if err := b.look(ctx, en, p, nil); err != nil {
			return err
		}
	}
	return nil
}

// runDue carries a run on whose wait is over.
func (b *batch) runDue(ctx context.Context, d work.Due) error {
	en, err := b.knownEntry(ctx, hearth.ResidentID(d.Payload))
	if err != nil || en == nil {
		return err
	}
	r := en.runByID(hearth.RunID(d.Key))
	if r == nil || r.WakeAt.After(b.now) && r.Facts.Held == "" {
		return nil // it is over, or waits for something else by now; this timer was on its way
	}
	p := b.act.program(r.Playbook, r.Version)
	if p == nil {
		b.leave(en, r, lostVersion)
		return nil
	}
	if left, err := b.outlived(en, p, r); left || err != nil {
		return err
	}
	if _, paused := b.pausedFor(en, r.Playbook); paused {
		timedOut(r, d.At)
		b.park(r)
		return nil
	}
	if was := r.WakeAt; p.Move(r, en.view(b.now)) {
		if r.WakeAt.After(b.now) {
			b.keep(r)
			b.timer(r)
			return nil
		}
		// Its day has passed, and it was given this time since: by the end of a pause, or by a person.
		r.WakeAt = was
	}
	if stale, err := b.stale(en, p, r); err != nil {
		return err
	} else if stale {
		return b.reviewRun(ctx, en, p, r)
	}
	r.TimeOut()
	return b.advance(ctx, en, p, r)
}

// inclusion is the payload of a row that starts a playbook for one who is inside its standing condition.
type inclusion struct {
	Version int        `json:"version,omitempty"` // chosen when this version was activated; void under a later one
	Again   bool       `json:"again,omitempty"`   // was held back, or may start once more
	Late    bool       `json:"late,omitempty"`    // came true long before it was looked at, and waited for its day
	Day     hearth.Day `json:"day,omitempty"`     // of a calendar's occurrence
	Slot    bool       `json:"slot,omitempty"`    // its day was given out already
	Seq     int64      `json:"seq,omitempty"`     // the place of the event that starts it
	Because string     `json:"because,omitempty"` // why, if that can't be told from the rest
}

// included reads which playbook starts for whom.
func included(d work.Due) (hearth.PlaybookID, hearth.ResidentID) {
	id, resident, _ := strings.Cut(d.Key, "/")
	resident, _, _ = strings.Cut(resident, "/") // behind it may stand which event
	return hearth.PlaybookID(id), hearth.ResidentID(resident)
}

func (x inclusion) due(id hearth.PlaybookID, resident hearth.ResidentID, part int, at time.Time) work.Due {
	payload, _ := json.Marshal(x) // a struct of two plain fields always encodes
	key := string(id) + "/" + string(resident)
	if x.Seq != 0 {
		key += "/" + strconv.FormatInt(x.Seq, 10)
	}
	return work.Due{Lane: Lane, Kind: dueInclude, Key: key, Part: part, At: at, Payload: string(payload)}
}

// includeDue starts a playbook for a resident who is inside, if they still are.
func (b *batch) includeDue(ctx context.Context, d work.Due) error {
	var x inclusion
	if err := json.Unmarshal([]byte(d.Payload), &x); err != nil {
		return err
	}
	id, resident := included(d)
	p := b.act.live(id)
	if p == nil || x.Version != 0 && x.Version != p.Version {
		return nil // switched off, or chosen anew since
	}
	en, err := b.knownEntry(ctx, resident)
	if err != nil || en == nil || en.edges.gone {
		return err
	}
	if _, paused := b.pausedFor(en, id); paused {
		d.At = desk.Parked()
		b.puts = append(b.puts, d)
		return nil
	}
	if x.Seq != 0 {
		return b.includeEvent(ctx, en, p, x)
	}
	if !en.site() {
		still, err := b.inside(p, en.view(b.now))
		if err != nil || !still {
			return err
		}
	}
	return b.start(ctx, en, p, cause{included: x.Version != 0, again: x.Again, late: x.Late, day: x.Day, slot: x.Slot})
}

// includeEvent starts what an event began and a limit put off.
func (b *batch) includeEvent(ctx context.Context, en *entry, p *playbook.Program, x inclusion) error {
	events, err := b.Log.Read(ctx, b.tx, b.part, x.Seq-1, 1)
	if err != nil || len(events) == 0 || events[0].Seq != x.Seq || p.Def.Trigger.Event() != events[0].Type {
		return err
	}
	return b.start(ctx, en, p, cause{event: events[0], again: x.Again, slot: x.Slot, repeated: x.Because})
}

// sweep is how far a look at everybody has come.
type sweep struct {
	Playbook hearth.PlaybookID `json:"playbook"`
	Version  int               `json:"version"`
	After    hearth.ResidentID `json:"after"`
	Head     int64             `json:"head,omitempty"` // of the partition's log when the playbook was switched on
}

// sweepStep is how many residents one batch looks at after an activation.
const sweepStep = 500

const sweepSQL = `SELECT resident FROM states WHERE org = $1 AND part = $2 AND resident > $3 ORDER BY resident LIMIT 500`

// activateDue looks at some residents of the partition after an activation: those inside are remembered as inside, so
// that only a new edge starts the playbook, and everybody's clock is set to when it could come true.
func (b *batch) activateDue(ctx context.Context, d work.Due) error {
	var s sweep
	if err := json.Unmarshal([]byte(d.Payload), &s); err != nil {
		return err
	}
	p := b.act.live(s.Playbook)
	switch {
	case p == nil || p.Version != s.Version:
		return nil
	case p.Def.Trigger.Repeat != nil:
		return b.repeatDue(ctx, p, s.Head, d)
	case !p.Def.Trigger.Standing():
		return nil
	}
	ids, err := b.sweepIDs(ctx, s.After)
	if err != nil {
		return err
	}
	if err := b.cache.load(ctx, b.tx, ids, b.Engine); err != nil {
		return err
	}
	for _, id := range ids {
		en, err := b.entry(ctx, id, "")
		if err != nil {
			return err
		}
		if en.site() {
			continue
		}
		en.relook = true // whatever their clock stands at, it knows nothing of this playbook yet
		x := en.edges.find(p.Def.ID)
		if x.version == p.Version {
			continue // an event came first and looked already
		}
		if x.inside, err = b.inside(p, en.view(b.now)); err != nil {
			return err
		}
		x.version, en.changed = p.Version, true
	}
	if len(ids) < sweepStep {
		return nil
	}
	s.After = ids[len(ids)-1]
	payload, err := json.Marshal(s)
	if err != nil {
		return err
	}
	d.Payload, d.At = string(payload), b.now
	b.puts = append(b.puts, d)
	return nil
}

func (b *batch) sweepIDs(ctx context.Context, after hearth.ResidentID) ([]hearth.ResidentID, error) {
	return b.idsOf(b.tx.Query(ctx, sweepSQL, b.tx.Org(), b.part, string(after)))
}

func (b *batch) idsOf(rows *db.Rows, err error) ([]hearth.ResidentID, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []hearth.ResidentID
	for rows.Next() {
		var id hearth.ResidentID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
