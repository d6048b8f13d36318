package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// A row that a full list had and has no more is a question for a person, never a deletion.

// A file that lacks this many of the rows before was probably only a part of the list.
const (
	partFrom  = 10  // rows
	partShare = 0.4 // of the rows before
)

type missing struct {
	key, digest, id string
	again           bool // the same one stands in another row as well
}

// question is the identity of the task about the row, when it vanished in an import.
func (m missing) question(imp string) hearth.TaskID {
	return hearth.TaskID(hearth.DeriveID("tsk_", imp, m.key))
}

// factStillHere is what the question about a vanished row asks.
const factStillHere = "still_here"

const deleteSeen = `DELETE FROM import_seen WHERE org = $1 AND property = $2 AND source = $3 AND kind = $4 AND row_key = $5`

// vanished asks about the rows that the source listed before and lists no more.
func (a *applying) vanished(ctx context.Context) error {
	if a.imp.history || a.imp.plan.Retry || a.imp.plan.Partial || !asksForMissing(a.imp.kind) {
		return nil
	}
	var gone []missing
	var all int
	err := a.im.DB.Read(ctx, func(tx *db.Tx) error {
		keys, err := readKeys(ctx, tx, a.imp.id)
		if err != nil {
			return err
		}
		gone, all, err = compare(ctx, tx, a.imp, keys, nil)
		return err
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	if partial(len(gone), all) {
		a.imp.plan.Report.Notes = append(a.imp.plan.Report.Notes, a.aboutPart(len(gone), all).Why)
		return a.im.DB.Write(ctx, func(tx *db.Tx) error {
			if err := hold(ctx, tx, a.imp); err != nil {
				return err
			}
			return a.ask(ctx, tx, a.aboutPart(len(gone), all))
		})
	}
	for _, m := range gone {
		err := a.im.DB.Write(ctx, func(tx *db.Tx) error {
			if err := hold(ctx, tx, a.imp); err != nil {
				return err
			}
			n, err := nextVanished(ctx, tx, a.imp.id)
			if err != nil {
				return err
			}
			return a.askAbout(ctx, tx, m, n)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func partial(gone, all int) bool { return gone > partFrom && float64(gone) > partShare*float64(all) }

const selectKeys = `SELECT row_key FROM import_rows WHERE org = $1 AND import = $2`

func readKeys(ctx context.Context, tx *db.Tx, id hearth.ImportID) (map[string]bool, error) {
	rows, err := tx.Query(ctx, selectKeys, tx.Org(), string(id))
	if err != nil {
		return nil, fmt.Errorf("read keys of import %s: %w", id, err)
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("read keys of import %s: %w", id, err)
		}
		out[key] = true
	}
	return out, rows.Err()
}

const selectSeenKeys = `SELECT row_key, digest, id FROM import_seen WHERE org = $1 AND property = $2 AND source = $3 AND kind = $4 ORDER BY row_key`

// compare gives the rows that the source told before and whose keys are missing now, and the number of all before. Who
// is still listed under another key (a new number, another home) is not missing, and who is missing in two rows is one
// question; the other rows come back with again set. A dry run tells in now whom its rows, by key, are about, because
// it keeps nothing. It compares in memory: a query would look at every pair.
func compare(ctx context.Context, tx *db.Tx, imp importRow, keys map[string]bool, now map[string]string) (gone []missing, all int, err error) {
	rows, err := tx.Query(ctx, selectSeenKeys, tx.Org(), string(imp.property), imp.source, string(imp.kind))
	if err != nil {
		return nil, 0, fmt.Errorf("look for vanished rows: %w", err)
	}
	defer rows.Close()
	named, before := map[string]bool{}, 0
	for _, id := range now {
		named[id] = true
	}
	for rows.Next() {
		var m missing
		if err := rows.Scan(&m.key, &m.digest, &m.id); err != nil {
			return nil, 0, fmt.Errorf("look for vanished rows: %w", err)
		}
		if all++; keys[m.key] {
			if _, ok := now[m.key]; ok {
				before++ // counted, and named by what it is about now
			} else {
				named[m.id] = true
			}
			continue
		}
		gone = append(gone, m)
	}
	for i := range gone {
		gone[i].again = named[gone[i].id]
		named[gone[i].id] = true
	}
	return gone, all + len(now) - before, rows.Err()
}

// aboutPart is the one question about a file that lacks very many.
func (a *applying) aboutPart(gone, all int) task.Task {
	why := fmt.Sprintf("The newest %s list from %s lacks %d of the %d rows that were there before. It was taken for a part of the list, and nothing was concluded from what is missing.",
		a.imp.kind, a.imp.source, gone, all)
	return task.Task{ID: hearth.TaskID(hearth.DeriveID("tsk_", string(a.imp.id), "part")), Title: "Was the last import the whole list?", Why: why,
		Asks: []task.Ask{{Fact: "whole", Question: "Was it meant to be the whole list?", Kind: "yes_no"}}}
}

// askAbout puts the question about one row, unless the record explains it: who has moved out is listed no more.
func (a *applying) askAbout(ctx context.Context, tx *db.Tx, m missing, n int64) error {
	if _, err := tx.Exec(ctx, deleteSeen, tx.Org(), string(a.imp.property), a.imp.source, string(a.imp.kind), m.key); err != nil {
		return fmt.Errorf("forget vanished row: %w", err)
	}
	forgot := &trailDoc{Seen: &seenWas{Key: m.key, Digest: m.digest, ID: m.id}}
	if err := writeTrail(ctx, tx, a.imp.id, map[int64]*trailDoc{n: forgot}); err != nil {
		return err
	}
	if m.again {
		return nil
	}
	what, t, err := a.question(ctx, tx, m)
	if err != nil || what == "" {
		return err
	}
	if t.Resident != "" {
		if err := a.tellVanished(ctx, tx, t.Resident); err != nil {
			return err
		}
	}
	if err := a.ask(ctx, tx, t); err != nil {
		return err
	}
	row := stagedRow{n: n, state: rowVanished, key: m.key, cells: "{}", what: what, notes: "A person was asked what became of them"}
	return insertRows(ctx, tx, a.imp.id, []stagedRow{row})
}

// vanishedFrom numbers rows that no file holds, behind all that one can.
const vanishedFrom = 1 << 40

const selectLastVanished = `SELECT COALESCE(MAX(n), -1) FROM import_trail WHERE org = $1 AND import = $2 AND n >= $3`

// nextVanished gives the next of these numbers. They are counted in the store: after a kill those that were asked about are
// vanished no more.
func nextVanished(ctx context.Context, tx *db.Tx, id hearth.ImportID) (int64, error) {
	var last int64
	if err := tx.Row(ctx, selectLastVanished, tx.Org(), string(id), int64(vanishedFrom)).Scan(&last); err != nil {
		return 0, fmt.Errorf("count vanished rows: %w", err)
	}
	return max(last+1, vanishedFrom), nil
}

// question words what to ask; what is "" where there is nothing to ask.
func (a *applying) question(ctx context.Context, tx *db.Tx, m missing) (what string, t task.Task, err error) {
	t.ID = m.question(string(a.imp.id))
	t.Role = hearth.RoleManager
	if a.imp.kind == column.Staff {
		s, err := a.im.Records.Staff(ctx, tx, hearth.StaffID(m.id))
		if err != nil || s.Inactive {
			return "", t, ignoreMissing(err)
		}
		t.Title = fmt.Sprintf("Is %s still on the team?", s.Name)
		t.Why = fmt.Sprintf("The newest staff list from %s does not name %s any more. Nothing was changed.", a.imp.source, s.Name)
		t.Asks = []task.Ask{{Fact: factStillHere, Question: "Does this person still work here?", Kind: "yes_no"}}
		return s.Name, t, nil
	}
	r, err := a.im.Records.Resident(ctx, tx, hearth.ResidentID(m.id))
	if err != nil {
		return "", t, ignoreMissing(err) // the row was about an empty home
	}
	l, err := a.im.Records.LeaseOf(ctx, tx, r.ID)
	if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
		return "", t, err
	}
	if err == nil {
		switch l.On(hearth.DayOf(tx.Now(), a.zone)).Status {
		case record.StatusPast, record.StatusCancelled:
			return "", t, nil
		}
	}
	t.Resident = r.ID
	t.Title = fmt.Sprintf("What became of %s?", r.Name())
	t.Why = fmt.Sprintf("The newest directory from %s does not list %s any more. Nothing was changed: only a person can say whether they have moved out.", a.imp.source, r.Name())
	t.Asks = []task.Ask{{Fact: factStillHere, Question: "Do they still live here?", Kind: "yes_no"}}
	return r.Name(), t, nil
}

func ignoreMissing(err error) error {
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		return nil
	}
	return err
}

func (a *applying) ask(ctx context.Context, tx *db.Tx, t task.Task) error {
	t.Property, t.Part = a.imp.property, eventlog.PartOf(a.imp.property)
	t.Kind, t.Minutes, t.Made, t.State = questionKind, 5, tx.Now(), task.Open
	t.Context.Facts = append(t.Context.Facts, task.Fact{Name: "Import", Value: string(a.imp.id)}, task.Fact{Name: "Source", Value: a.imp.source})
	if t.Role == "" {
		t.Role = hearth.RoleManager
	}
	// Two days: long enough for a weekend's end, short enough that the record does not grow stale.
	t.DueAt = tx.Now().Add(48 * time.Hour)
	return a.im.Tasks.Insert(ctx, tx, []task.Task{t})
}

func (a *applying) tellVanished(ctx context.Context, tx *db.Tx, id hearth.ResidentID) error {
	data, err := json.Marshal(map[string]any{})
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	n := a.news(nil)
	_, err = a.im.Log.Append(ctx, tx, &hearth.Event{ID: hearth.DeriveID("evt_", string(a.imp.id), "vanished", string(id)), Source: a.imp.source, Type: "resident.vanished",
		Subject: hearth.Subject{Kind: "resident", ID: string(id)}, Property: a.imp.property, Residents: []hearth.ResidentID{id}, Actor: n.Actor, Time: tx.Now(), AsOf: n.AsOf, Data: data})
	return err
}

// wouldVanish reports for a dry run what a real one would ask about.
func (a *applying) wouldVanish(ctx context.Context, j *job, keys map[string]bool) error {
	a.imp.property = j.property.ID
	if j.history || j.req.Retry || j.req.Partial || !asksForMissing(j.req.Kind) || a.imp.property == "" {
		return nil
	}
	return a.im.DB.Read(ctx, func(tx *db.Tx) error {
		gone, all, err := compare(ctx, tx, a.imp, keys, a.tried)
		if err != nil {
			return err
		}
		if partial(len(gone), all) {
			j.report.Notes = append(j.report.Notes, fmt.Sprintf("The list lacks %d of the %d rows that were there before; it would be taken for a part of the list.", len(gone), all))
			return nil
		}
		for _, m := range gone {
			if m.again {
				continue
			}
			what, _, err := a.question(ctx, tx, m)
			if err != nil {
				return err
			}
			if what != "" {
				j.report.add(RowReport{Action: rowVanished, What: what, Reason: "A person would be asked what became of them"})
			}
		}
		return nil
	})
}
