package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/record"
)

// undoRows is how many rows one transaction takes back: others get in between.
const undoRows = 25

// CarryUndo goes on for a moment with an import that is to be taken back, and tells whether there is more to do. One
// goroutine calls it, again and again; a kill leaves it to the next caller. Now and then it drops what is kept of imports
// that can't be taken back any more.
func (im *Importer) CarryUndo(ctx context.Context) (more bool, err error) {
	im.undoMu.Lock()
	defer im.undoMu.Unlock()
	if im.taking == nil {
		if err := im.pickUndo(ctx); err != nil || im.taking == nil {
			return false, err
		}
	}
	x := im.taking
	clock := im.DB.Clock()
	for began := clock.Now(); ; {
		over, err := x.step(ctx)
		if err != nil || over {
			im.taking = nil
		}
		if errors.Is(err, errUndoTaken) {
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("take import %s back: %w", x.imp.id, err)
		}
		if over || clock.Now().Sub(began) >= carryFor || ctx.Err() != nil {
			return true, nil
		}
	}
}

// step takes some rows back in one transaction, or ends it.
func (x *undoing) step(ctx context.Context) (over bool, err error) {
	// What a transaction that is run again had counted is forgotten.
	before, counted := *x, *x.out
	err = x.im.DB.WriteAside(ctx, func(tx *db.Tx) error {
		out := counted
		*x = before
		x.out = &out
		x.heldBy, x.asked = map[string]string{}, map[string]bool{} // asked anew each time: what holds somebody may have come since
		x.out.Stays, x.out.Reasons = append([]Staying{}, counted.Stays...), append([]StayReason{}, counted.Reasons...)
		var err error
		if over, err = x.some(ctx, tx, undoRows); err != nil {
			return err
		}
		if !over {
			return x.keep(ctx, tx, UndoRunning)
		}
		return x.end(ctx, tx)
	})
	if err != nil {
		*x = before
		x.out = &counted
	}
	return over, err
}

// pickUndo claims the oldest undo that nobody works on.
func (im *Importer) pickUndo(ctx context.Context) error {
	var all []undoRow
	err := im.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = openUndos(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	now := im.DB.Clock().Now()
	for _, r := range all {
		if r.until.After(now) {
			continue
		}
		id, err := im.newID()
		if err != nil {
			return err
		}
		worker := im.Node + "/" + string(id)
		var x *undoing
		err = im.DB.Write(ctx, func(tx *db.Tx) error {
			mine, err := claimUndoRow(ctx, tx, r, worker)
			if err != nil || !mine {
				return err
			}
			x, err = im.undoing(ctx, tx, r.id)
			return err
		})
		if err != nil {
			return err
		}
		if x != nil {
			x.out, x.pass, x.below, x.did, x.within, x.worker = r.Undo, r.Pass, r.Below, r.Did, r.Within, worker
			im.taking = x
			return nil
		}
	}
	return nil
}

// end does what can be done once all rows are taken back: the source is known as it was before, open questions of the
// import are over, and the event tells it. What was kept for this is dropped.
func (x *undoing) end(ctx context.Context, tx *db.Tx) error {
	if err := x.cancelQuestions(ctx, tx); err != nil {
		return err
	}
	x.out.State, x.out.Done = UndoDone, 1
	if err := x.keep(ctx, tx, UndoDone); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, deleteTrail, tx.Org(), string(x.imp.id)); err != nil {
		return fmt.Errorf("drop what was kept: %w", err)
	}
	stays := 0
	for _, r := range x.out.Reasons {
		stays += r.N
	}
	data, err := json.Marshal(map[string]any{"import": string(x.imp.id), "counts": x.out.Counts, "stays": stays})
	if err != nil {
		return fmt.Errorf("encode counts: %w", err)
	}
	ev := &hearth.Event{ID: hearth.DeriveID("evt_", string(x.imp.id), "undone"), Source: ourSource, Type: "import.undone",
		Subject: hearth.Subject{Kind: "import", ID: string(x.imp.id)}, Property: x.imp.property, Actor: x.actor(), Time: tx.Now(), Data: data}
	_, err = x.im.Log.Append(ctx, tx, ev)
	return err
}

func (x *undoing) cancelQuestions(ctx context.Context, tx *db.Tx) error {
	a := &applying{im: x.im, imp: x.imp}
	open, err := a.openQuestions(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range open {
		if fact(t, "Import") != string(x.imp.id) {
			continue
		}
		if err := x.im.Tasks.Cancel(ctx, tx, hearth.System("import"), t.ID, "The import that asked was taken back."); err != nil {
			return err
		}
	}
	return nil
}

const restoreSource = `UPDATE sources SET mapping = $1, first_import = $2, last_import = $3, last_at = $4 WHERE org = $5 AND property = $6 AND source = $7 AND kind = $8`

// seenBack has the source know of a row what it knew before, unless something that the row made stays.
func (x *undoing) seenBack(ctx context.Context, tx *db.Tx, r trailRow) error {
	if was := r.doc.Source; was != nil {
		list := []any{tx.Org(), string(x.imp.property), x.imp.source, string(x.imp.kind)}
		q, args := deleteSource, list
		if was.Last != "" {
			q, args = restoreSource, append([]any{was.Mapping, string(was.First), string(was.Last), hearth.Millis(was.At)}, list...)
		}
		if _, err := tx.Exec(ctx, q, args...); err != nil {
			return fmt.Errorf("put source %s back: %w", x.imp.source, err)
		}
	}
	was := r.doc.Seen
	if was == nil {
		return nil
	}
	if stays, err := x.stands(ctx, tx, r.doc.Steps); err != nil || stays {
		return err
	}
	have, err := readSeen(ctx, tx, x.imp, []string{was.Key})
	if err != nil || have[was.Key].digest != was.Now {
		return err
	}
	if was.Digest != "" {
		return writeSeen(ctx, tx, x.imp, map[string]seen{was.Key: {was.Digest, was.ID}})
	}
	if _, err := tx.Exec(ctx, deleteSeen, tx.Org(), string(x.imp.property), x.imp.source, string(x.imp.kind), was.Key); err != nil {
		return fmt.Errorf("forget a row: %w", err)
	}
	return nil
}

// stands tells whether something that a row made is still there.
func (x *undoing) stands(ctx context.Context, tx *db.Tx, steps []record.Step) (bool, error) {
	for _, st := range steps {
		if !st.Made() {
			continue
		}
		var err error
		switch st.Thing {
		case record.ThingResident:
			_, err = x.im.Records.Resident(ctx, tx, hearth.ResidentID(st.ID))
		case record.ThingUnit:
			_, err = x.im.Records.Unit(ctx, tx, hearth.UnitID(st.ID))
		case record.ThingStaff:
			_, err = x.im.Records.Staff(ctx, tx, hearth.StaffID(st.ID))
		case record.ThingWorkOrder:
			_, err = x.im.Workorders.Get(ctx, tx, hearth.WorkOrderID(st.ID))
		default:
			continue
		}
		if err == nil {
			return true, nil
		}
		if hearth.CodeOf(err) != hearth.CodeNotFound {
			return false, err
		}
	}
	return false, nil
}

// wordBack has a yes to text messages that the import told count no more: what was said before counts again, and where
// nobody had said anything, nobody has. What was said since, or about a purpose, stays as it is. A no stays: nobody is
// written to because a file was taken back.
func (x *undoing) wordBack(ctx context.Context, tx *db.Tx, r trailRow) error {
	w := r.doc.Word
	if w == nil {
		return nil
	}
	if !w.Allowed {
		x.stays(record.Taken{Thing: record.ThingPreference, ID: string(w.Resident), Name: "", Why: "a no to text messages stays a no"})
		return nil
	}
	now, found, err := x.im.Consent.Standing(ctx, tx, hearth.ChannelSMS, w.Address)
	if err != nil || !found || !now.Allowed || importOf(now.Evidence) != x.imp.id {
		return err
	}
	x.out.Counts.Changed++
	if x.u.Preview {
		return nil
	}
	before := w.Before
	if before != nil && importOf(before.Evidence) != "" && importOf(before.Evidence) != x.imp.id {
		_, gone, err := readUndo(ctx, tx, importOf(before.Evidence))
		if err != nil {
			return err
		}
		if gone {
			before = nil
		}
	}
	return x.im.Consent.PutBack(ctx, tx, consent.Grant{Channel: hearth.ChannelSMS, AddressKey: w.Address, Resident: w.Resident, Property: x.imp.property, Source: ourSource,
		Evidence: "undo of import " + string(x.imp.id) + ", " + strconv.FormatInt(r.n, 10), Reason: "The import that said yes was taken back.", Actor: x.actor()}, before)
}

// importOf gives the import by which a word about text messages came, "" for none.
func importOf(evidence string) hearth.ImportID {
	text, ok := strings.CutPrefix(evidence, evidenceBegins)
	id, _, found := strings.Cut(text, evidenceLine)
	if !ok || !found {
		return ""
	}
	return hearth.ImportID(id)
}

// Forget drops what is kept of imports that can't be taken back any more, and files that nobody applied for a week.
func (im *Importer) Forget(ctx context.Context) (more bool, err error) {
	err = im.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, dropOldTrails, tx.Org(), tx.Org(), hearth.Millis(tx.Now().Add(-UndoFor))); err != nil {
			return err
		}
		return im.forgetDrafts(ctx, tx)
	})
	if err != nil {
		return false, fmt.Errorf("drop what is kept of old imports: %w", err)
	}
	return false, nil
}
