package ingest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/record"
)

// place makes a property.
func (e *env) place(name string) record.Property {
	e.t.Helper()
	var p record.Property
	e.write(func(tx *db.Tx) (err error) {
		p, _, err = e.records.PutProperty(context.Background(), tx, record.News{}, record.Property{Name: name, Zone: "America/New_York", ZoneConfirmed: true})
		return err
	})
	return p
}

func (e *env) write(f func(tx *db.Tx) error) {
	e.t.Helper()
	if err := e.d.Write(context.Background(), f); err != nil {
		e.t.Fatal(err)
	}
}

// manager is somebody of the team who may bring files in at a property.
func manager(p record.Property) By {
	return By{Actor: hearth.Actor{Kind: "staff", ID: "stf_m"}, Within: []hearth.PropertyID{p.ID}}
}

// give gives a file on the page and reads the draft that it becomes.
func (e *env) give(by By, p record.Property, k column.Kind, text string) Draft {
	e.t.Helper()
	id, err := e.im.Give(context.Background(), Gift{Property: p, Kind: k, Source: "pms", Name: "file.csv", Body: strings.NewReader(text), By: by})
	if err != nil {
		e.t.Fatal(err)
	}
	return e.draft(id)
}

func (e *env) draft(id string) Draft {
	e.t.Helper()
	var d Draft
	e.read(func(tx *db.Tx) (err error) {
		d, err = e.im.Draft(context.Background(), tx, id)
		return err
	})
	return d
}

// applied applies a draft and gives its rows.
func (e *env) applied(by By, id string) []stagedRow {
	e.t.Helper()
	imp, err := e.im.Apply(context.Background(), by, id)
	if err != nil {
		e.t.Fatal(err)
	}
	e.carryAll()
	var rows []stagedRow
	e.read(func(tx *db.Tx) (err error) {
		rows, err = readAllRows(context.Background(), tx, imp)
		return err
	})
	return rows
}

func (e *env) carryAll() {
	e.t.Helper()
	for _, carry := range []func(context.Context) (bool, error){e.im.Carry, e.im.CarryUndo} {
		for more := true; more; {
			var err error
			if more, err = carry(context.Background()); err != nil {
				e.t.Fatal(err)
			}
		}
	}
}

// A list of the team that somebody gives on the page leaves those alone who work elsewhere; the command line reaches all.
func TestAListOfTheTeamStaysAtItsProperty(t *testing.T) {
	each(t, func(e *env) {
		oak, elm := e.place("Oak Court"), e.place("Elm Court")
		e.bring(column.Staff, "name,email,role\nQuinn Elm,quinn@elm.example,manager\n", func(r *Request) { r.Property = "Elm Court" })
		quinn := func() record.Staff {
			var m record.Staff
			e.read(func(tx *db.Tx) error {
				all, err := e.records.StaffAt(context.Background(), tx, elm.ID)
				if len(all) != 1 {
					t.Fatalf("the team of Elm Court: %+v", all)
				}
				m = all[0]
				return err
			})
			return m
		}
		e.works(manager(oak), oak)
		const text = "name,email,phone,role\nQuinn Elm,quinn@elm.example,+15035550142,technician\nNora New,nora@oak.example,,leasing\n"
		d := e.give(manager(oak), oak, column.Staff, text)
		if c := d.Plan.Look.Counts; c.Quarantined != 1 || c.Added != 1 {
			t.Errorf("the look says %+v", c)
		}
		rows := e.applied(manager(oak), d.ID)
		if len(rows) != 2 || rows[0].state != rowQuarantined || !strings.Contains(rows[0].notes, "another community") || rows[1].state != rowAdded {
			t.Errorf("applied: %+v", rows)
		}
		if m := quinn(); m.Phone != "" || len(m.Roles) != 1 {
			t.Errorf("somebody of another property was changed: %+v", m)
		}
		e.bring(column.Staff, text)
		if m := quinn(); m.Phone == "" || len(m.Roles) != 2 {
			t.Errorf("the command line does not reach them: %+v", m)
		}
	})
}

// A look shows nothing of other properties, and a row about somebody there is set aside unless its giver may import there.
func TestAFileStaysAtItsProperty(t *testing.T) {
	each(t, func(e *env) {
		oak, elm := e.place("Oak Court"), e.place("Elm Court")
		e.bring(column.Residents, "id,first name,last name,unit,phone,email,lease start,lease end\nr1,Ana,Ruiz,E1,+15035550101,secret@elm.example,2025-01-01,2026-12-31\n",
			func(r *Request) { r.Property = "Elm Court" })
		before := e.snapshot()
		const text = "id,first name,last name,unit,phone,email,lease start,lease end\nr1,Ana,Ruiz,101,+15035550999,ana@oak.example,2025-01-01,2026-12-31\n"
		d := e.give(manager(oak), oak, column.Residents, text)
		look, err := json.Marshal(d.Plan)
		if err != nil {
			t.Fatal(err)
		}
		if d.Plan.Look.Counts.Quarantined != 1 || strings.Contains(string(look), "5550101") || strings.Contains(string(look), "secret@") {
			t.Errorf("the look tells of Elm Court: %s", look)
		}
		rows := e.applied(manager(oak), d.ID)
		if len(rows) != 1 || rows[0].state != rowQuarantined || !strings.Contains(rows[0].notes, knownElsewhere) {
			t.Errorf("applied: %+v", rows)
		}
		for _, was := range before {
			if strings.HasPrefix(was, "resident ") && !slices.Contains(e.snapshot(), was) {
				t.Errorf("changed: %s", was)
			}
		}
		// Who may import at both brings them over, and the page still shows nothing of there.
		both := manager(oak)
		both.Within = append(both.Within, elm.ID)
		d = e.give(both, oak, column.Residents, text)
		if look, err = json.Marshal(d.Plan); err != nil || strings.Contains(string(look), "5550101") || !strings.Contains(string(look), knownElsewhere) {
			t.Errorf("the look: %s %v", look, err)
		}
		if rows := e.applied(both, d.ID); len(rows) != 1 || rows[0].state != rowAdded || !slices.ContainsFunc(e.people(), func(p string) bool { return strings.Contains(p, "+15035550999") }) {
			t.Errorf("applied by who may: %+v, %v", rows, e.people())
		}
	})
}

// A payment names its resident by number: one of another property is none of the import's.
func TestAPaymentStaysAtItsProperty(t *testing.T) {
	each(t, func(e *env) {
		oak := e.place("Oak Court")
		e.place("Elm Court")
		e.bring(column.Residents, "id,first name,last name,unit,lease start,lease end\nr1,Ana,Ruiz,E1,2025-01-01,2026-12-31\n", func(r *Request) { r.Property = "Elm Court" })
		d := e.give(manager(oak), oak, column.Payments, "resident id,amount paid,paid date\nr1,500.00,2025-03-01\n")
		if d.Plan.Look == nil || d.Plan.Look.Counts.Quarantined != 1 {
			t.Fatalf("the look: %+v", d.Plan)
		}
		if rows := e.applied(manager(oak), d.ID); len(rows) != 1 || rows[0].state != rowQuarantined {
			t.Errorf("applied: %+v", rows)
		}
	})
}

// Whoever takes an import back leaves those alone whom it brought over from where they may not, and reads no names from there.
func TestAnUndoStaysAtItsProperty(t *testing.T) {
	each(t, func(e *env) {
		ctx := context.Background()
		oak, elm := e.place("Oak Court"), e.place("Elm Court")
		const head = "id,first name,last name,unit,phone,lease start,lease end\n"
		e.bring(column.Residents, head+"r1,Ana,Ruiz,E1,+15035550101,2025-01-01,2026-12-31\n", func(r *Request) { r.Property = "Elm Court" })
		e.clock.Advance(time.Hour)
		rep := e.bring(column.Residents, head+"r1,Ana,Ruiz,101,+15035550199,2025-01-01,2026-12-31\nr2,Kim,Lee,102,+15035550102,2025-01-01,2026-12-31\n")
		e.clock.Advance(time.Hour)
		after := e.people()
		told := func(u *Undo, err error) string {
			e.t.Helper()
			if err != nil {
				e.t.Fatal(err)
			}
			text, err := json.Marshal(u)
			if err != nil {
				e.t.Fatal(err)
			}
			return string(text)
		}
		if text := told(e.im.UndoOf(ctx, manager(oak), rep.Import)); strings.Contains(text, "Ana") || !strings.Contains(text, whyBeyond) || !strings.Contains(text, `"residents":1`) {
			e.t.Errorf("the look says %s", text)
		}
		if _, err := e.im.BeginUndo(ctx, manager(oak), rep.Import); err != nil {
			e.t.Fatal(err)
		}
		e.carryAll()
		now := e.people()
		if len(now) != len(after)-1 || !slices.ContainsFunc(now, func(p string) bool { return strings.Contains(p, "+15035550199") }) {
			e.t.Errorf("before %v, now %v", after, now)
		}
		if text := told(e.im.UndoOf(ctx, manager(oak), rep.Import)); strings.Contains(text, "Ana") || !strings.Contains(text, whyBeyond) {
			e.t.Errorf("it says %s", text)
		}
		// Where somebody else takes all of it back, who stays there is not told by name.
		second := e.bring(column.Residents, head+"r2,Kim,Lee,102,+15035550102,2025-01-01,2026-12-31\nr3,Sam,Lee,103,+15035550103,2025-01-01,2026-12-31\n")
		e.clock.Advance(time.Hour)
		e.post(e.event("v1", "portal.visited", "resident/r3", nil))
		e.undo(second.Import)
		if text := told(e.im.UndoOf(ctx, manager(elm), second.Import)); strings.Contains(text, "Sam") {
			e.t.Errorf("who may see Elm Court only reads %s", text)
		}
		if text := told(e.im.UndoOf(ctx, manager(oak), second.Import)); !strings.Contains(text, "Sam") {
			e.t.Errorf("who may see Oak Court reads %s", text)
		}
	})
}
