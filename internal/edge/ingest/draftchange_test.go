package ingest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/record"
)

// A file belongs to its property, whatever that is called by the time it is applied.
func TestADraftStaysWithARenamedProperty(t *testing.T) {
	each(t, func(e *env) {
		oak := e.place("Oak Court")
		rename := func(name string) {
			e.write(func(tx *db.Tx) error {
				_, _, err := e.records.PutProperty(context.Background(), tx, record.News{}, record.Property{ID: oak.ID, Name: name})
				return err
			})
		}
		d := e.give(manager(oak), oak, column.Residents, "first name,last name,unit\nAna,Ruiz,101\n")
		rename("Oak Gardens")
		e.place("Oak Court")
		if err := e.im.Remap(context.Background(), manager(oak), d.ID, Choice{Columns: map[int]string{0: "first_name"}}); err != nil {
			e.t.Fatal(err)
		}
		imp, err := e.im.Apply(context.Background(), manager(oak), d.ID)
		if err != nil {
			e.t.Fatal(err)
		}
		rename("Oak Park")
		_, err = e.im.begin(context.Background(), e.prepared(directory, "Oak Park"))
		e.wantConflict(err, "is running")
		e.carryAll()
		e.read(func(tx *db.Tx) error {
			s, err := e.im.Import(context.Background(), tx, imp)
			if err != nil || s.Property != oak.ID || s.Counts.Added != 1 {
				e.t.Errorf("applied at %s: %+v, %v", s.Property, s.Counts, err)
			}
			all, err := e.records.Properties(context.Background(), tx)
			if len(all) != 2 || !slices.ContainsFunc(all, func(p record.Property) bool { return p.ID == oak.ID && p.Name == "Oak Park" }) {
				e.t.Errorf("the properties: %+v", all)
			}
			return err
		})
		if n := e.homesOf("Oak Park"); n != 1 {
			e.t.Errorf("%d residents at the property", n)
		}
	})
}

// Looking again with chosen columns keeps how dates are written, tells columns of one heading apart, and both are kept.
func TestColumnsAreChosenOneByOne(t *testing.T) {
	each(t, func(e *env) {
		oak := e.place("Oak Court")
		e.bring(column.Residents, "id,first name,last name,unit,move in,lease start,lease end\nr1,Ana,Ruiz,101,25/01/2025,25/01/2025,31/12/2026\n")
		const head = "id,first name,last name,unit,contact,contact,lease start,lease end\n"
		d := e.give(manager(oak), oak, column.Residents, head+"r1,Ana,Ruiz,101,+15035550101,+15035550102,05/02/2025,06/12/2026\n")
		if !strings.Contains(d.Plan.Look.Dates, string("day first")) {
			e.t.Fatalf("the first look: %s", d.Plan.Look.Dates)
		}
		chosen := map[int]string{}
		for _, c := range d.Plan.Look.Columns {
			chosen[c.Index] = c.Field
		}
		chosen[4], chosen[5] = column.Skip, column.PhoneAny
		if err := e.im.Remap(context.Background(), manager(oak), d.ID, Choice{Columns: chosen}); err != nil {
			e.t.Fatal(err)
		}
		d = e.draft(d.ID)
		if l := d.Plan.Look; !strings.Contains(l.Dates, "day first") || l.Columns[4].Field != column.Skip || l.Columns[5].Field != column.PhoneAny || strings.Contains(l.Columns[5].Reason, "file") {
			e.t.Errorf("looked at again: %+v", l)
		}
		e.applied(manager(oak), d.ID)
		phone := func(want string) {
			e.t.Helper()
			if all := e.people(); len(all) != 1 || !strings.HasSuffix(all[0], want) {
				e.t.Errorf("%v, want %s", all, want)
			}
		}
		phone("+15035550102")
		e.clock.Advance(24 * time.Hour)
		next := e.give(manager(oak), oak, column.Residents, head+"r1,Ana,Ruiz,101,+15035550103,+15035550104,05/02/2025,06/12/2026\n")
		e.applied(manager(oak), next.ID)
		phone("+15035550104")
		for _, wrong := range []map[int]string{{4: "nonsense"}, {77: column.PhoneAny}} {
			last := e.give(manager(oak), oak, column.Residents, head+"r1,Ana,Ruiz,101,+15035550103,+15035550104,05/02/2025,06/12/2026\n")
			if err := e.im.Remap(context.Background(), manager(oak), last.ID, Choice{Columns: wrong}); hearth.CodeOf(err) != hearth.CodeInvalid {
				e.t.Errorf("%v: %v", wrong, err)
			}
		}
	})
}

// What the command calls its options is no matter of the page.
func TestTheLookSpeaksOfThePage(t *testing.T) {
	each(t, func(e *env) {
		oak := e.place("Oak Court")
		d := e.give(manager(oak), oak, column.Residents, "tenant name,remark\nAna Ruiz,hello\nJames Okafor,hi\n")
		look, err := json.Marshal(d.Plan)
		if err != nil || d.Plan.Fault == "" || strings.Contains(string(look), "--") || strings.Contains(string(look), "mapping file") {
			e.t.Errorf("the look says %s, %v", look, err)
		}
		_, err = e.run(column.Residents, "tenant name,remark\nAna Ruiz,hello\nJames Okafor,hi\n")
		if err == nil || !strings.Contains(err.Error(), "--mapping") {
			e.t.Errorf("the command says %v", err)
		}
	})
}

// Two who correct rows of one file at the same time lose nothing of each other's, and only what the file has is corrected.
func TestCorrectionsAtTheSameTime(t *testing.T) {
	each(t, func(e *env) {
		ctx := context.Background()
		oak := e.place("Oak Court")
		wrongOnes := strings.NewReplacer("01/15/2024", "not a date").Replace(strings.Join(strings.SplitAfter(many(12), "\n")[:3], "")) + strings.Join(strings.SplitAfter(many(12), "\n")[3:], "")
		d := e.give(manager(oak), oak, column.Residents, wrongOnes)
		if d.Plan.Look.Counts.Quarantined != 2 {
			e.t.Fatalf("%+v", d.Plan.Look.Counts)
		}
		fix := map[string]string{"move_in": "01/15/2024"}
		tries := 0
		err := e.im.change(ctx, manager(oak), d.ID, func(d *Draft) error {
			if tries++; tries == 1 {
				if err := e.im.Mend(ctx, manager(oak), d.ID, 3, fix); err != nil {
					return err
				}
			}
			if d.Plan.Fixes == nil {
				d.Plan.Fixes = map[int]map[string]string{}
			}
			d.Plan.Fixes[2] = fix
			return nil
		})
		if err != nil {
			e.t.Fatal(err)
		}
		if d = e.draft(d.ID); len(d.Plan.Fixes) != 2 || d.Plan.Look.Counts.Quarantined != 0 || tries != 2 {
			e.t.Errorf("%d tries, corrected %v, the look %+v", tries, d.Plan.Fixes, d.Plan.Look.Counts)
		}
		d = e.give(manager(oak), oak, column.Residents, wrongOnes)
		for _, c := range []struct {
			line   int
			fields map[string]string
			field  string
		}{{2, map[string]string{"nonsense": "x"}, "nonsense"}, {4, fix, "line"}, {99, fix, "line"}, {2, map[string]string{"move_in": strings.Repeat("x", 501)}, "move_in"}} {
			err := e.im.Mend(ctx, manager(oak), d.ID, c.line, c.fields)
			if he, ok := personal(err); !ok || he.Code != hearth.CodeInvalid || he.Field != c.field {
				e.t.Errorf("line %d, %v: %v", c.line, c.fields, err)
			}
		}
		if d = e.draft(d.ID); len(d.Plan.Fixes) != 0 {
			e.t.Errorf("corrected all the same: %v", d.Plan.Fixes)
		}
	})
}

// A look takes the store for a few rows at a time, and keeps those of one home together.
func TestALookIsGentle(t *testing.T) {
	each(t, func(e *env) {
		var b strings.Builder
		b.WriteString("id,first name,last name,unit,lease start,lease end\n")
		for i := range 3 * gentleTries {
			home := strconv.Itoa(101 + i/4)
			b.WriteString(letters(i) + ",Ana" + letters(i) + ",Ruiz," + home + ",2025-01-01,2026-12-31\n")
		}
		var counts []Counts
		for _, gently := range []bool{false, true} {
			lots := map[int]bool{}
			r := e.bring(column.Residents, b.String(), dry, func(r *Request) {
				r.Gently = gently
				r.Progress = func(p Progress) {
					if p.Stage == "checking" {
						lots[p.Rows] = true
					}
				}
			})
			counts = append(counts, r.Counts)
			if gently != (len(lots) >= 3) {
				e.t.Errorf("gently %v: %d lots", gently, len(lots))
			}
			for n := range lots {
				if gently && n%4 != 0 && n != 3*gentleTries {
					e.t.Errorf("a lot ends in the middle of a home, behind %d rows", n)
				}
			}
		}
		if counts[0] != counts[1] {
			e.t.Errorf("as a whole %+v, gently %+v", counts[0], counts[1])
		}
	})
}

// A file is kept piece by piece and comes out the same; one of which a piece is missing is not applied.
func TestAFileIsKeptPieceByPiece(t *testing.T) {
	each(t, func(e *env) {
		ctx := context.Background()
		oak := e.place("Oak Court")
		var b strings.Builder
		b.WriteString("id,first name,last name,unit,remark\n")
		for i := 0; b.Len() <= giftLot*giftPart; i++ {
			b.WriteString("r" + letters(i) + ",Ana" + letters(i) + ",Ruiz," + strconv.Itoa(101+i) + "," + strings.Repeat("x", 1<<14) + letters(i) + "\n")
		}
		d := e.give(manager(oak), oak, column.Residents, b.String())
		_, path, err := e.im.unpack(ctx, d.ID)
		if err != nil {
			e.t.Fatal(err)
		}
		defer os.RemoveAll(filepath.Dir(path))
		if got, err := os.ReadFile(path); err != nil || string(got) != b.String() {
			e.t.Errorf("%d of %d bytes came out, %v", len(got), b.Len(), err)
		}
		e.write(func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM import_draft_parts WHERE org = $1 AND draft = $2 AND n = $3`, tx.Org(), d.ID, int64(giftLot))
			return err
		})
		_, err = e.im.Apply(ctx, manager(oak), d.ID)
		e.wantConflict(err, "did not arrive whole")
	})
}

// What a file does not say itself is asked for, with its own cells in both readings; the answer is kept for the next file.
func TestTheOrderOfDatesAndNamesIsChosen(t *testing.T) {
	each(t, func(e *env) {
		oak := e.place("Oak Court")
		const head = "id,resident name,unit,move in,lease start,lease end\n"
		d := e.give(manager(oak), oak, column.Residents, head+"r1,Wrenly Quillfeather,101,03/04/2025,03/04/2025,05/06/2026\nr2,Zephyrine Oakmantle,102,07/08/2025,07/08/2025,09/10/2026\n")
		reads := map[string]DraftReading{}
		for _, r := range d.Plan.Look.Reads {
			reads[r.What] = r
		}
		if r := reads["dates"]; r.As != "month first" || len(r.Samples) == 0 || r.Samples[0].Text != "03/04/2025" || r.Samples[0].Read["month first"] != "4 March 2025" || r.Samples[0].Read["day first"] != "3 April 2025" {
			e.t.Fatalf("dates are asked for as %+v", r)
		}
		if r := reads["names"]; len(r.Samples) == 0 || r.Samples[0].Read["last name first"] != "first name Quillfeather, last name Wrenly" {
			e.t.Fatalf("names are asked for as %+v", r)
		}
		for _, wrong := range []Choice{{Dates: "year first"}, {Names: "middle name first"}} {
			if err := e.im.Remap(context.Background(), manager(oak), d.ID, wrong); hearth.CodeOf(err) != hearth.CodeInvalid {
				e.t.Errorf("%+v: %v", wrong, err)
			}
		}
		if err := e.im.Remap(context.Background(), manager(oak), d.ID, Choice{Dates: "day first", Names: "last name first"}); err != nil {
			e.t.Fatal(err)
		}
		if l := e.draft(d.ID).Plan.Look; !strings.Contains(l.Dates, "day first (as you chose); names as last name first (as you chose)") {
			e.t.Errorf("looked at again: %s", l.Dates)
		}
		e.applied(manager(oak), d.ID)
		e.read(func(tx *db.Tx) error {
			p, err := e.records.Search(context.Background(), tx, "Wrenly", "", 5)
			if err != nil || len(p.Items) != 1 || p.Items[0].First != "Quillfeather" || p.Items[0].Last != "Wrenly" {
				e.t.Errorf("the name went in as %+v, %v", p.Items, err)
				return err
			}
			l, err := e.records.Lease(context.Background(), tx, p.Items[0].Lease)
			if want := hearth.MakeDay(2025, 4, 3); l.MoveIn != want {
				e.t.Errorf("moved in on %v, want %v", l.MoveIn, want)
			}
			return err
		})
		e.clock.Advance(24 * time.Hour)
		next := e.give(manager(oak), oak, column.Residents, head+"r1,Wrenly Quillfeather,101,03/04/2025,03/04/2025,05/06/2027\nr2,Zephyrine Oakmantle,102,07/08/2025,07/08/2025,09/10/2026\n")
		if l := next.Plan.Look; !strings.Contains(l.Dates, "day first") || !strings.Contains(l.Dates, "last name first") || l.Counts.Same != 1 {
			e.t.Errorf("the next file: %s, %+v", l.Dates, l.Counts)
		}
		// A file that settles it is not asked about.
		sure := e.give(manager(oak), oak, column.Residents, "id,first name,last name,unit,lease start,lease end\nr9,Mary,Stone,109,25/04/2025,26/06/2026\n")
		if r := sure.Plan.Look.Reads; len(r) != 0 {
			e.t.Errorf("a file that says it itself is asked about: %+v", r)
		}
	})
}
