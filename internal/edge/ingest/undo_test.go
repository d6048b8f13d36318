package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/record"
)

// snapshot is everything that the records hold, one line for each thing, apart from when a row was written.
func (e *env) snapshot() []string {
	e.t.Helper()
	var out []string
	add := func(what string, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			e.t.Fatal(err)
		}
		out = append(out, what+" "+string(b))
	}
	ctx := context.Background()
	e.read(func(tx *db.Tx) error {
		props, err := e.records.Properties(ctx, tx)
		if err != nil {
			return err
		}
		for _, p := range props {
			p.Settings = record.Settings{}
			add("property", p)
			units, err := e.records.Units(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			for _, u := range units {
				add("unit", u)
				leases, err := e.records.UnitLeases(ctx, tx, u.ID)
				if err != nil {
					return err
				}
				for _, l := range leases {
					l.Changed = time.Time{}
					add("lease", l)
					e.names(tx, add, "lease", string(l.ID))
				}
				e.names(tx, add, "unit", string(u.ID))
				orders, err := e.orders.History(ctx, tx, u.ID, "", 0)
				if err != nil {
					return err
				}
				for _, o := range orders {
					add("order", o)
				}
			}
			buildings, err := e.records.Buildings(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			for _, b := range buildings {
				add("building", b)
			}
			rota, err := e.records.OnCall(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			add("on call", append([]record.OnCall{}, rota...))
		}
		team, err := e.records.AllStaff(ctx, tx)
		if err != nil {
			return err
		}
		for _, m := range team {
			add("staff", m)
			e.names(tx, add, "staff", string(m.ID))
		}
		page, err := e.records.Search(ctx, tx, "", "", 200)
		if err != nil {
			return err
		}
		for _, c := range page.Items {
			r := c.Resident
			r.Created, r.Changed = time.Time{}, time.Time{}
			add("resident", r)
			e.names(tx, add, "resident", string(r.ID))
			wishes, err := e.records.Preferences(ctx, tx, r.ID)
			if err != nil {
				return err
			}
			for _, w := range wishes {
				add("wish", w)
			}
		}
		return e.known(tx, add)
	})
	slices.Sort(out)
	return out
}

func (e *env) names(tx *db.Tx, add func(string, any), kind, id string) {
	all, err := e.records.Externals(context.Background(), tx, kind, id)
	if err != nil {
		e.t.Fatal(err)
	}
	for _, n := range all {
		add("name", n)
	}
}

// known adds what the sources are known to have said.
func (e *env) known(tx *db.Tx, add func(string, any)) error {
	for _, q := range []string{`SELECT property, source, kind, row_key, digest, id FROM import_seen WHERE org = $1`,
		`SELECT property, source, kind, last_import, first_import, mapping FROM sources WHERE org = $1`} {
		rows, err := tx.Query(context.Background(), q, tx.Org())
		if err != nil {
			return err
		}
		for rows.Next() {
			v := make([]string, 6)
			if err := rows.Scan(&v[0], &v[1], &v[2], &v[3], &v[4], &v[5]); err != nil {
				return err
			}
			add("known", v)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		rows.Close()
	}
	return nil
}

func (e *env) undo(id hearth.ImportID) *Undo {
	e.t.Helper()
	u, err := e.im.UndoImport(context.Background(), hearth.System("operator"), id, func(float64) {})
	if err != nil {
		e.t.Fatalf("undo: %v", err)
	}
	return u
}

func (e *env) same(what string, got, want []string) {
	e.t.Helper()
	if reflect.DeepEqual(got, want) {
		return
	}
	e.t.Errorf("%s: the records differ from those before", what)
	for _, l := range got {
		if !slices.Contains(want, l) {
			e.t.Logf("  + %s", l)
		}
	}
	for _, l := range want {
		if !slices.Contains(got, l) {
			e.t.Logf("  - %s", l)
		}
	}
}

// someList makes a random directory of Oak Court: some of the people below, each with this or that about them.
func someList(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("tenant_id,tenant_name,email,mobile_phone,status,move_in_date,move_out_date,lease_start_date,lease_end_date,property_name,unit_number,notice_given_date,rent,building\n")
	names := []string{"Ana Ruiz", "James Okafor", "Kim Lee", "Sam Lee", "Mei Ito", "Pat Stone", "Zoë Núñez", "Omar Haddad"}
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	for i, name := range names {
		if r.IntN(4) == 0 {
			continue
		}
		unit, from := 101+i, 2024+r.IntN(2)
		if r.IntN(6) == 0 {
			unit = 101 + r.IntN(8) // moved, or with somebody else
		}
		fmt.Fprintf(&b, "t%d,%s,%s,%s,%s,%d-02-01,,%d-02-01,%d-0%d-28,Oak Court,%d,%s,%d,%s\n", i+1, name,
			pick("", "a"+fmt.Sprint(i)+"@example.com", "b"+fmt.Sprint(i)+"@example.com"), pick("", "(503) 555-010"+fmt.Sprint(i), "(503) 555-020"+fmt.Sprint(i)),
			pick("Current", "Current", "Notice", "Past"), from, from, 2026+r.IntN(2), 1+r.IntN(9), unit, pick("", "2026-02-15"), 1000+100*r.IntN(4), pick("", "North", "South"))
	}
	return b.String()
}

func team(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("name,email,role,hours,backup,on call\n")
	for _, name := range []string{"Tess Hall", "Ray Moss", "Una Field"} {
		if r.IntN(4) > 0 {
			fmt.Fprintf(&b, "%s,%s@example.com,%s,%s,%s,%s\n", name, strings.ToLower(name[:3]), []string{"Property Manager", "Technician"}[r.IntN(2)],
				[]string{"", "Mon-Fri 9:00-17:00", "Mon-Thu 8:00-12:00 13:00-18:00"}[r.IntN(3)], []string{"", "Ray Moss", "Una Field"}[r.IntN(3)], []string{"", "Sat-Sun 8:00-20:00"}[r.IntN(2)])
		}
	}
	return b.String()
}

func repairs(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("work_order_number,unit,description,status,created,completed,resolution\n")
	for i := range 6 {
		if r.IntN(3) == 0 {
			continue
		}
		state := []string{"Open", "Completed", "Cancelled", "Open"}[r.IntN(4)]
		done, what := "", ""
		if state == "Completed" {
			done, what = "2026-02-20", "fixed"
		}
		fmt.Fprintf(&b, "w%d,%d,%s,%s,2026-02-%02d,%s,%s\n", i, 101+i, []string{"Tap drips", "Light flickers", "Door sticks"}[r.IntN(3)], state, 1+r.IntN(15), done, what)
	}
	return b.String()
}

// Whatever a file says, taking its import back gives the records that were there before, and the very same import can be made
// again; the log only grows.
func TestUndoGivesBackWhatWas(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		for seed := range uint64(12) {
			r := rand.New(rand.NewPCG(seed, 5))
			kind, text := column.Residents, someList(r)
			switch seed % 4 {
			case 2:
				kind, text = column.Staff, team(r)
			case 3:
				kind, text = column.Workorders, repairs(r)
			}
			e.clock.Advance(24 * time.Hour)
			before, log := e.snapshot(), len(e.events())
			rep := e.bring(kind, text)
			after := e.snapshot()
			if reflect.DeepEqual(before, after) && rep.Counts.Added+rep.Counts.Changed > 0 {
				e.t.Fatalf("seed %d: the import changed nothing that is compared", seed)
			}
			e.clock.Advance(time.Hour)
			look, err := e.im.UndoOf(context.Background(), By{}, rep.Import)
			if err != nil {
				e.t.Fatal(err)
			}
			if !reflect.DeepEqual(e.snapshot(), after) {
				e.t.Fatalf("seed %d: a look changed something", seed)
			}
			told := len(e.events())
			u := e.undo(rep.Import)
			if len(u.Stays) > 0 || u.State != UndoDone {
				e.t.Errorf("seed %d: state %s, stays %+v", seed, u.State, u.Stays)
			}
			if look.State == UndoPossible && (look.Counts != u.Counts || !reflect.DeepEqual(look.Reasons, u.Reasons)) {
				e.t.Errorf("seed %d: it would take back %+v and took back %+v", seed, look.Counts, u.Counts)
			}
			e.same(fmt.Sprintf("seed %d, %s", seed, kind), e.snapshot(), before)
			if n := len(e.events()); n <= told || told < log {
				e.t.Errorf("seed %d: %d events after the undo, %d before", seed, n, told)
			}
			again := e.undo(rep.Import)
			if again.State != UndoDone || again.Counts != u.Counts {
				e.t.Errorf("seed %d: a second undo says %+v", seed, again)
			}
			if seed%2 == 0 { // what comes next is compared with what was
				e.clock.Advance(time.Hour)
				if rep2 := e.bring(kind, text); rep2.Counts != rep.Counts {
					e.t.Errorf("seed %d: the same import again counts %+v, before %+v", seed, rep2.Counts, rep.Counts)
				}
			}
			if e.t.Failed() {
				return
			}
		}
	})
}
