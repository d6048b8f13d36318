package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/record"
)

// UndoFor is how long an applied import can be taken back.
const UndoFor = 30 * 24 * time.Hour

// The states of taking an import back.
const (
	UndoPossible   = "possible"
	UndoImpossible = "impossible"
	UndoRunning    = "running"
	UndoDone       = "done"
)

// Undo says what taking an import back would do, is doing or has done.
type Undo struct {
	Import   hearth.ImportID `json:"import"`
	State    string          `json:"state"`
	Why      string          `json:"why,omitempty"`   // why it is not possible
	First    hearth.ImportID `json:"first,omitempty"` // the import that has to be taken back before this one
	Until    time.Time       `json:"until"`           // it is possible until then
	Counts   UndoCounts      `json:"counts"`          // what goes, or has gone
	Stays    []Staying       `json:"stays"`           // what can't be taken back, the first of it
	Reasons  []StayReason    `json:"reasons"`         // all that stays, by reason
	Done     float64         `json:"done"`            // 0 to 1
	By       string          `json:"by,omitempty"`
	Started  time.Time       `json:"started,omitzero"`
	Finished time.Time       `json:"finished,omitzero"`
}

// UndoCounts counts what is taken back: things that the import had made, and things in which it had changed something.
type UndoCounts struct {
	Residents  int `json:"residents"`
	Homes      int `json:"homes"`
	Leases     int `json:"leases"`
	Team       int `json:"team"`
	WorkOrders int `json:"work_orders"`
	Changed    int `json:"changed"`
}

// Staying is something that can't be taken back.
type Staying struct {
	What string `json:"what"` // "resident", "home", "work order", …
	ID   string `json:"id"`
	Name string `json:"name"`
	Why  string `json:"why"`
}

// StayReason counts what stays for a reason.
type StayReason struct {
	What string `json:"what"`
	Why  string `json:"why"`
	N    int    `json:"n"`
}

// mostStaying bounds how many are named; all are counted.
const mostStaying = 100

// undoing is an import that is being taken back, or a look at that.
type undoing struct {
	im    *Importer
	imp   importRow
	until time.Time // end of the import: what was recorded up to then is its own
	zone  *time.Location
	u     *record.Undoing
	pass  record.Pass
	below int64 // rows of the trail from here on are done with in this pass
	total int64
	did   int64
	out   *Undo

	windows []window // in which other imports of the source told what has been taken back
	heldBy  map[string]string
	asked   map[string]bool
	worker  string
	within  []hearth.PropertyID // the properties of which something may change; nil: all
	asks    hearth.Actor        // who wants to know, as long as nobody has begun
}

type window struct{ from, to time.Time }

// aboveTrail is the number above all rows of a trail.
const aboveTrail = 1 << 62

// UndoOf tells what taking an import back would do, changing nothing; or how far it is, or what became of it. It fails
// with CodeNotFound if there is no such import.
func (im *Importer) UndoOf(ctx context.Context, by By, id hearth.ImportID) (*Undo, error) {
	var out *Undo
	var x *undoing
	err := im.DB.Read(ctx, func(tx *db.Tx) error {
		row, found, err := readUndo(ctx, tx, id)
		if err != nil {
			return err
		}
		if found {
			out = row.view()
			return im.veil(ctx, tx, by, out)
		}
		if x, err = im.undoing(ctx, tx, id); err != nil {
			return err
		}
		out, x.within, x.asks = x.out, by.Within, by.Actor
		return nil
	})
	if err != nil || x == nil || out.State != UndoPossible {
		return out, err
	}
	x.u.Preview = true
	for over := false; !over; {
		err := im.DB.Read(ctx, func(tx *db.Tx) (err error) {
			over, err = x.some(ctx, tx, 100)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// undoing makes ready to take an import back, and tells in out.State whether that is possible.
func (im *Importer) undoing(ctx context.Context, tx *db.Tx, id hearth.ImportID) (*undoing, error) {
	imp, err := readImport(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	finished, err := finishedAt(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	x := &undoing{im: im, imp: imp, until: finished, below: aboveTrail, heldBy: map[string]string{}, asked: map[string]bool{},
		out: &Undo{Import: id, State: UndoImpossible, Until: finished.Add(UndoFor), Stays: []Staying{}, Reasons: []StayReason{}}}
	if x.zone, err = im.zoneOf(ctx, tx, imp.property); err != nil {
		return nil, err
	}
	x.u = &record.Undoing{Source: imp.source, Held: x.held, Used: x.used, Order: x.order}
	if x.total, err = trailSize(ctx, tx, id); err != nil {
		return nil, err
	}
	switch {
	case imp.state == stateUndone:
		x.out.Why = "It was cut off while its file was being read, so nothing of it was ever applied."
	case imp.state != stateDone:
		x.out.Why = "It is still being applied. Wait until it is done."
	case imp.kind == column.Payments || imp.kind == column.Messages:
		x.out.Why = fmt.Sprintf("It told %s: facts of the log, which is never altered. There is nothing in the records to take back.", imp.kind)
	case tx.Now().After(x.out.Until):
		x.out.Why = fmt.Sprintf("It could be taken back until %s, 30 days after it was applied. What is needed for it is kept no longer.", x.day(x.out.Until))
	case x.total == 0:
		x.out.Why = "It changed nothing, or was applied before Hearth kept what is needed to take it back."
	default:
		if err := x.later(ctx, tx); err != nil {
			return nil, err
		}
		if x.out.Why == "" {
			x.out.State = UndoPossible
		}
	}
	x.windows, err = takenWindows(ctx, tx, imp.source)
	return x, err
}

// zoneOf gives the time in which a property lives; an import that was cut off may have none yet.
func (im *Importer) zoneOf(ctx context.Context, tx *db.Tx, id hearth.PropertyID) (*time.Location, error) {
	p, err := im.Records.Property(ctx, tx, id)
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return time.UTC, nil
	}
	if err != nil {
		return nil, err
	}
	return p.Location()
}

// later finds an import of the same list that was compared with this one, and has to be taken back before it.
func (x *undoing) later(ctx context.Context, tx *db.Tx) error {
	id, at, done, err := newestAfter(ctx, tx, x.imp)
	if err != nil || id == "" {
		return err
	}
	if !done {
		x.out.Why = "The same list is being imported now and compared with this import. Wait until that is done, and take that one back first."
		return nil
	}
	x.out.First = id
	x.out.Why = fmt.Sprintf("The same list was imported again on %s and compared with this import. Take that one back first.", x.day(at))
	return nil
}

// day names a day as it is at the import's property.
func (x *undoing) day(t time.Time) string { return t.In(x.zone).Format("2 January 2006") }

// some takes back the next rows and tells whether that was all.
func (x *undoing) some(ctx context.Context, tx *db.Tx, limit int) (over bool, err error) {
	rows, err := readTrail(ctx, tx, x.imp.id, x.below, limit)
	if err != nil {
		return false, err
	}
	if err := x.ask(ctx, tx, rows); err != nil {
		return false, err
	}
	for _, r := range rows {
		if err := x.row(ctx, tx, r); err != nil {
			return false, fmt.Errorf("take row %d of import %s back: %w", r.n, x.imp.id, err)
		}
		x.below = r.n
	}
	x.did += int64(len(rows))
	if len(rows) < limit {
		if x.pass == record.PassPlaces {
			x.out.Done = 1
			return true, nil
		}
		x.pass, x.below = record.PassPlaces, aboveTrail
	}
	x.out.Done = float64(x.did) / float64(max(2*x.total, 1))
	return false, nil
}

// row takes back what one row did, as far as this pass goes.
func (x *undoing) row(ctx context.Context, tx *db.Tx, r trailRow) error {
	n := record.News{Source: ourSource, Actor: x.actor(), History: true, Began: x.imp.started, Cause: fmt.Sprintf("undo/%s/%d", x.imp.id, r.n)}
	if what, far := x.beyond(r.doc.Steps); far {
		if x.pass == record.PassPeople {
			x.stays(record.Taken{Thing: what, Why: whyBeyond})
		}
		return nil
	}
	if held, err := x.rightsStay(ctx, tx, r.doc.Steps); err != nil || held {
		return err
	}
	if x.pass == record.PassPeople {
		orders, err := x.im.Workorders.TakeBack(ctx, tx, n, x.u, r.doc.Steps, x.orderNeeded)
		if err != nil {
			return err
		}
		x.count(orders)
		if err := x.wordBack(ctx, tx, r); err != nil {
			return err
		}
	}
	taken, err := x.im.Records.TakeBack(ctx, tx, n, x.u, x.pass, r.doc.Steps)
	if err != nil {
		return err
	}
	x.count(taken)
	if x.pass == record.PassPeople || x.u.Preview {
		return nil
	}
	return x.seenBack(ctx, tx, r)
}

func (x *undoing) actor() hearth.Actor {
	if x.out.By != "" {
		return hearth.ParseActor(x.out.By)
	}
	return hearth.System("import")
}

// ourSource is the source of what the import itself tells.
const ourSource = "hearth/edge/ingest"

// count adds what became of steps.
func (x *undoing) count(all []record.Taken) {
	for _, t := range all {
		if t.Done {
			x.out.Counts.add(t)
		}
		if t.Why != "" {
			x.stays(t)
		}
	}
}

func (c *UndoCounts) add(t record.Taken) {
	if !t.Made {
		if t.Thing != record.ThingName {
			c.Changed++
		}
		return
	}
	switch t.Thing {
	case record.ThingResident:
		c.Residents++
	case record.ThingUnit:
		c.Homes++
	case record.ThingLease:
		c.Leases++
	case record.ThingStaff:
		c.Team++
	case record.ThingWorkOrder:
		c.WorkOrders++
	case record.ThingPreference:
		c.Changed++
	}
}

// thingWords says what things are called; what is missing goes with its owner and is not told.
func thingWords(t record.Thing) string {
	switch t {
	case record.ThingResident, record.ThingPreference:
		return "resident"
	case record.ThingUnit:
		return "home"
	case record.ThingLease:
		return "lease"
	case record.ThingStaff, record.ThingOnCall:
		return "team member"
	case record.ThingWorkOrder:
		return "work order"
	case record.ThingProperty:
		return "property"
	}
	return ""
}

func (x *undoing) stays(t record.Taken) {
	what := thingWords(t.Thing)
	if what == "" {
		return
	}
	i := slices.IndexFunc(x.out.Reasons, func(r StayReason) bool { return r.What == what && r.Why == t.Why })
	if i < 0 {
		i = len(x.out.Reasons)
		x.out.Reasons = append(x.out.Reasons, StayReason{What: what, Why: t.Why})
	}
	x.out.Reasons[i].N++
	if len(x.out.Stays) < mostStaying {
		x.out.Stays = append(x.out.Stays, Staying{What: what, ID: t.ID, Name: t.Name, Why: t.Why})
	}
}

// BeginUndo has an import taken back by whoever carries imports on (CarryUndo). Begun already, it goes on; done already, it
// says so. It fails with CodeConflict where that is not possible, with the reason.
func (im *Importer) BeginUndo(ctx context.Context, by By, id hearth.ImportID) (*Undo, error) {
	var out *Undo
	err := im.DB.Write(ctx, func(tx *db.Tx) error {
		row, found, err := readUndo(ctx, tx, id)
		if err != nil || found {
			out = row.view()
			return errors.Join(err, im.veil(ctx, tx, by, out))
		}
		imp, err := readImport(ctx, tx, id)
		if err == nil {
			err = holdList(ctx, tx, imp)
		}
		if err != nil {
			return err
		}
		x, err := im.undoing(ctx, tx, id)
		if err != nil {
			return err
		}
		if out = x.out; out.State != UndoPossible {
			return hearth.Errorf(hearth.CodeConflict, "This import can't be taken back. %s", out.Why)
		}
		out.State, out.By, out.Started = UndoRunning, by.Actor.String(), tx.Now()
		return insertUndo(ctx, tx, undoRow{id: id, started: tx.Now(), until: tx.Now(), Undo: out, Within: by.Within, Below: aboveTrail})
	})
	return out, err
}

// UndoImport takes an import back and waits for that: by itself, or, where another process serves the store, by that one.
func (im *Importer) UndoImport(ctx context.Context, actor hearth.Actor, id hearth.ImportID, progress func(done float64)) (*Undo, error) {
	if im.Served == nil || !im.Served() { // what a killed import left behind stands in the way
		if err := im.Recover(ctx); err != nil {
			return nil, fmt.Errorf("finish an earlier import: %w", err)
		}
	}
	out, err := im.BeginUndo(ctx, By{Actor: actor}, id)
	for err == nil && out.State == UndoRunning {
		progress(out.Done)
		if im.Served == nil || !im.Served() {
			if _, err = im.CarryUndo(ctx); err != nil {
				return nil, err
			}
		} else {
			rest(ctx, awaitEvery)
		}
		if ctx.Err() != nil {
			return nil, hearth.Errorf(hearth.CodeUnavailable, "The import %s is being taken back; that goes on with the next start.", id)
		}
		out, err = im.UndoOf(ctx, By{Actor: actor}, id)
	}
	return out, err
}

// errUndoTaken says that another process goes on.
var errUndoTaken = errors.New("the undo was taken over by another process")
