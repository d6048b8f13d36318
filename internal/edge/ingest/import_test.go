package ingest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/edge/ingest/column"
	"hearth/internal/fact/record"
)

// A directory as AppFolio's report heads it, with an address in Oregon.
const directory = `tenant_id,tenant_name,email,mobile_phone,status,move_in_date,move_out_date,lease_start_date,lease_end_date,property_name,property_street,property_city,property_state,property_zip,unit_number,notice_given_date
t1,Ana Ruiz,ana@example.com,(503) 555-0101,Current,2023-05-15,,2025-05-15,2026-05-14,Oak Court,12 Oak St,Portland,OR,97205,101,
t2,James Okafor,james@example.com,(503) 555-0102,Current,2022-03-01,,2025-03-01,2026-06-30,Oak Court,12 Oak St,Portland,OR,97205,102,
t3,Kim Lee,home@example.com,(503) 555-0103,Current,2024-07-01,,2025-07-01,2026-06-30,Oak Court,12 Oak St,Portland,OR,97205,103,
t4,Sam Lee,home@example.com,(503) 555-0103,Current,2024-07-01,,2025-07-01,2026-06-30,Oak Court,12 Oak St,Portland,OR,97205,103,
`

func TestFirstImportIsHistory(t *testing.T) {
	each(t, func(e *env) {
		r := e.bring(column.Residents, directory)
		e.wantCounts(r, Counts{Rows: 4, Added: 4})
		if !r.PropertyAdded || !r.History || r.Zone != "America/Los_Angeles" || !r.ZoneConfirmed {
			e.t.Errorf("property added %v, history %v, zone %s (%s, confirmed %v)", r.PropertyAdded, r.History, r.Zone, r.ZoneHow, r.ZoneConfirmed)
		}
		want := []string{"Ana Ruiz 101 ana@example.com +15035550101", "James Okafor 102 james@example.com +15035550102",
			"Kim Lee 103 home@example.com +15035550103", "Sam Lee 103 home@example.com +15035550103"}
		if got := e.people(); !reflect.DeepEqual(got, want) {
			e.t.Errorf("people %q", got)
		}
		for _, ev := range e.events() {
			if !ev.History && ev.Type != "import.finished" {
				e.t.Errorf("%s of the first import is news", ev.Type)
			}
		}
		before := len(e.events())
		e.clock.Advance(24 * time.Hour)
		e.wantCounts(e.bring(column.Residents, directory), Counts{Rows: 4, Same: 4})
		if n := len(e.events()); n != before+1 {
			e.t.Errorf("the same file again made %d events", n-before-1)
		}
		if got := e.people(); !reflect.DeepEqual(got, want) {
			e.t.Errorf("people after the second import %q", got)
		}
	})
}

// A second import tells what changed, as news that is as old as the import before it.
func TestSecondImportIsNews(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		first := e.clock.Now()
		e.clock.Advance(7 * 24 * time.Hour)
		given := e.clock.Now().Add(-6 * 24 * time.Hour)
		changed := strings.Replace(directory, "2026-05-14,Oak Court,12 Oak St,Portland,OR,97205,101,", "2026-05-14,Oak Court,12 Oak St,Portland,OR,97205,101,"+given.Format(time.DateOnly), 1)
		changed = strings.Replace(changed, "ana@example.com,(503) 555-0101,Current,2023-05-15,,", "ana@example.com,(503) 555-0101,Notice,2023-05-15,2026-05-14,", 1)
		changed += "t5,Pat Stone,pat@example.com,(503) 555-0105,Current,2026-03-05,,2026-03-05,2027-03-04,Oak Court,12 Oak St,Portland,OR,97205,104,\n"
		r := e.bring(column.Residents, changed)
		e.wantCounts(r, Counts{Rows: 5, Added: 1, Changed: 1, Same: 3})
		notices := e.events("lease.notice_given")
		if len(notices) != 1 {
			e.t.Fatalf("%d notices", len(notices))
		}
		n := notices[0]
		if n.History || !n.AsOf.Equal(first) || n.Age() != 0 {
			e.t.Errorf("history %v, as of %s (first import %s), age %s", n.History, n.AsOf, first, n.Age())
		}
		if got := n.Time.Sub(given); got > 24*time.Hour || got < -24*time.Hour {
			e.t.Errorf("the notice of %s is told for %s", given, n.Time)
		}
	})
}

func TestVanishedRowIsAQuestion(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		e.clock.Advance(24 * time.Hour)
		lines := strings.SplitAfter(directory, "\n")
		without := strings.Join(slices.Delete(slices.Clone(lines), 2, 3), "") // James
		tried := e.bring(column.Residents, without, dry)
		e.wantCounts(tried, Counts{Rows: 3, Same: 3, Vanished: 1})
		e.wantCounts(e.bring(column.Residents, without), Counts{Rows: 3, Same: 3, Vanished: 1})
		tasks := e.openTasks()
		if len(tasks) != 1 || !strings.Contains(tasks[0].Title, "James Okafor") || tasks[0].Resident == "" {
			e.t.Fatalf("tasks %+v", tasks)
		}
		if len(e.people()) != 4 {
			e.t.Error("somebody was deleted")
		}
		if len(e.events("resident.vanished")) != 1 {
			e.t.Error("no event tells that the row vanished")
		}
		e.clock.Advance(24 * time.Hour)
		e.bring(column.Residents, without)
		if n := len(e.openTasks()); n != 1 {
			e.t.Errorf("the question was put %d times", n)
		}
	})
}

// A file that lacks very much is a part of the list, and one question.
func TestPartOfAList(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, many(30))
		e.clock.Advance(24 * time.Hour)
		r := e.bring(column.Residents, many(10))
		e.wantCounts(r, Counts{Rows: 10, Same: 10})
		if tasks := e.openTasks(); len(tasks) != 1 || len(r.Notes) != 1 {
			e.t.Errorf("%d tasks, notes %q", len(tasks), r.Notes)
		}
	})
}

// many makes a rent roll of n homes.
func many(n int) string {
	var b strings.Builder
	b.WriteString("Unit,Resident,Name,Actual Rent,Move In Date,Lease Expiration,Email\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,t%04d,%s Tester%s,%d.00,01/15/2024,12/31/2026,r%d@example.com\n", 100+i, i, []string{"Ana", "James", "Kim", "Robert"}[i%4], letters(i), 1000+i, i)
	}
	return b.String()
}

func letters(i int) string { return string([]rune{rune('a' + i/26%26), rune('a' + i%26)}) }

func TestQuarantineAndRetry(t *testing.T) {
	each(t, func(e *env) {
		bad := `Unit,Name,Email,Lease From,Lease To,Rent
101,Ana Ruiz,ana@example.com,05/15/2025,05/14/2026,1395
102,James Okafor,james@example.com,13/45/2025,06/30/2026,1450
,Kim Lee,kim@example.com,07/01/2025,06/30/2026,1610
104,Pat Stone,pat@example.com,07/01/2026,06/30/2025,1610
105,,,07/01/2025,06/30/2026,1500
106,VACANT,,,,1500
107,Lou Hill,not an address,07/01/2025,06/30/2026,lots
`
		r := e.bring(column.Residents, bad)
		e.wantCounts(r, Counts{Rows: 7, Added: 2, Quarantined: 5})
		reasons := map[int]string{}
		for _, row := range r.Rows {
			reasons[row.Line] = row.Reason
		}
		for l, says := range map[int]string{3: "13/45/2025", 4: "unit is blank", 5: "before it starts", 6: "does not say who", 8: "not an amount"} {
			if !strings.Contains(reasons[l], says) {
				e.t.Errorf("line %d: %q does not say %q", l, reasons[l], says)
			}
		}
		e.clock.Advance(48 * time.Hour)
		// The corrected rows are as old as the first import: history.
		good := strings.NewReplacer("13/45/2025", "03/01/2025", "\n,Kim", "\n103,Kim", "07/01/2026,06/30/2025", "07/01/2025,06/30/2026", "105,,,", "105,Max Hall,,", ",lots", ",1200").Replace(bad)
		r = e.bring(column.Residents, good, retry)
		e.wantCounts(r, Counts{Rows: 7, Added: 5, Same: 2})
		if !r.History {
			e.t.Error("corrected rows of a first import are history")
		}
		for _, ev := range e.events("lease.recorded") {
			if !ev.History {
				e.t.Errorf("%s is news", ev.Type)
			}
		}
		if n := len(e.people()); n != 6 {
			e.t.Errorf("%d people", n)
		}
	})
}

// Retrying without a file tries the rows that were set aside as they are: something else may have changed.
func TestRetryWithoutFile(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		orders := "Work Order Number,Unit,Description,Created\nW1,101,Kitchen tap drips,2026-02-20\nW2,999,Heater is cold,2026-02-21\n"
		r := e.bring(column.Workorders, orders)
		e.wantCounts(r, Counts{Rows: 2, Added: 1, Quarantined: 1})
		e.bring(column.Units, "Unit,Bedrooms\n999,2\n")
		e.wantCounts(e.bring(column.Workorders, "", retry), Counts{Rows: 1, Added: 1})
	})
}

func TestDryRunTellsTheTruth(t *testing.T) {
	each(t, func(e *env) {
		for i, text := range []string{directory, strings.Replace(directory, "ana@", "ana.ruiz@", 1) + "t9,Nobody,,,Current,2020-01-01,2019-01-01,,,Oak Court,,,,,109,\n"} {
			events := len(e.events())
			tried := e.bring(column.Residents, text, dry)
			if len(e.events()) != events {
				e.t.Fatal("a dry run left events")
			}
			real := e.bring(column.Residents, text)
			if i == 1 && (len(tried.Rows[0].Changes) != 1 || tried.Rows[0].Changes[0].Is != "ana.ruiz@example.com" || tried.Rows[4].Fields["unit"] != "109") {
				e.t.Errorf("a dry run does not show what would change: %+v", tried.Rows)
			}
			for n := range tried.Rows { // what is shown beforehand only, for whoever decides
				tried.Rows[n].Changes, tried.Rows[n].Fields = nil, nil
			}
			if !reflect.DeepEqual(tried.Rows, real.Rows) || tried.Counts != real.Counts {
				e.t.Errorf("import %d: dry run\n%+v\nreal\n%+v", i, tried.Rows, real.Rows)
			}
			e.clock.Advance(24 * time.Hour)
		}
	})
}

// Whatever moment an import is cut off at, afterwards it is either done whole or not begun.
func TestCutOffAnywhere(t *testing.T) {
	each(t, func(e *env) {
		for n := 1; ; n++ {
			name := fmt.Sprintf("Property %d", n)
			// People of their own: the same ones in the next property would be taken for movers.
			text := strings.NewReplacer("Tester", "Tester"+letters(n), "@", fmt.Sprintf("%d@", n), ",t0", fmt.Sprintf(",p%d", n)).Replace(many(40))
			ctx, cancel := context.WithCancel(context.Background())
			calls := 0
			_, err := e.im.Run(ctx, Request{Property: name, Source: "pms", Kind: column.Residents, Files: []string{e.file("roll.csv", text)},
				Progress: func(p Progress) {
					if calls++; calls == n {
						cancel()
					}
				}})
			cancel()
			if err == nil {
				if calls >= n {
					continue // cut after the last thing that looks at it
				}
				if n < 4 {
					e.t.Fatalf("only %d places to cut", n)
				}
				return
			}
			if !errors.Is(err, context.Canceled) {
				e.t.Fatal(err)
			}
			e.clock.Advance(2 * claimFor)
			if err := e.im.Recover(context.Background()); err != nil {
				e.t.Fatalf("cut %d: %v", n, err)
			}
			got := e.homesOf(name)
			if got != 0 && got != 40 {
				e.t.Errorf("cut %d: %d homes", n, got)
			}
			if got == 0 {
				r, err := e.im.Run(context.Background(), Request{Property: name, Source: "pms", Kind: column.Residents, Files: []string{e.file("roll.csv", text)}})
				if err != nil || !r.History || r.Counts.Added != 40 {
					e.t.Fatalf("cut %d, begun again: %v", n, err)
				}
			}
		}
	})
}

func (e *env) homesOf(name string) int {
	n := 0
	e.read(func(tx *db.Tx) error {
		p, err := e.records.PropertyByName(context.Background(), tx, name)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		ids, err := e.records.ResidentsAt(context.Background(), tx, p.ID)
		n = len(ids)
		return err
	})
	return n
}

// A process killed while reading leaves rows that nobody will finish: they are undone.
func TestKilledWhileStaging(t *testing.T) {
	each(t, func(e *env) {
		req := Request{Property: "Oak Court", Source: "pms", Kind: column.Residents, Files: []string{e.file("roll.csv", many(5))}}
		if err := req.check(); err != nil {
			e.t.Fatal(err)
		}
		j, err := e.im.prepare(context.Background(), req)
		if err != nil {
			e.t.Fatal(err)
		}
		imp, err := e.im.begin(context.Background(), j) // and here it dies
		if err != nil {
			e.t.Fatal(err)
		}
		if _, err := e.im.Run(context.Background(), req); hearth.CodeOf(err) != hearth.CodeConflict {
			e.t.Errorf("while the claim lives another run gives %v, want conflict", err)
		}
		e.clock.Advance(2 * claimFor)
		r, err := e.im.Run(context.Background(), req)
		if err != nil || r.Counts.Added != 5 {
			e.t.Fatalf("%+v, %v", r, err)
		}
		e.read(func(tx *db.Tx) error {
			was, err := readImport(context.Background(), tx, imp.id)
			if was.state != stateUndone {
				e.t.Errorf("the dead import is %s", was.state)
			}
			return err
		})
	})
}

// Entrata writes a line per charge and a total; OneSite and others write the last name first.
func TestChargeLines(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	e := newEnv(t, d, clock)
	r := e.bring(column.Residents, `Oak Court,,,,,,,,,,,,,
Rent Roll,,,,,,,,,,,,,
Unit,Unit Type,Sqft,Occupancy Status,Resident,Market Rent,Charge Codes,Scheduled Charges,Balance,Deposit Held,Move In Date,Lease Start Date,Lease Expiration,Move-Out Date
AA101   ,A1,640,Occupied No Notice,Ruiz Ana,1400.00,RENT,1395.00,0.00,500.00,05/15/2023,05/15/2025,05/14/2026,
,,,,,,PETRENT,25.00,,,,,,
,,,,,,Charge Total:,1420.00,,,,,,
AA102   ,A1,640,Vacant Unrented,VACANT,1400.00,,,,,,,,
AA103   ,B2,980,Occupied NTV,Okafor James,1800.00,RENT,1750.00,0.00,500.00,03/01/2022,03/01/2025,02/28/2026,03/31/2026
AA104   ,B2,980,Occupied No Notice,Lee Kimberly,1800.00,RENT,1700.00,0.00,500.00,03/01/2022,03/01/2024,02/28/2025,
,,,,,Grand Total:,,4870.00,,,,,,
`)
	e.wantCounts(r, Counts{Rows: 4, Added: 4})
	want := []string{"Ana Ruiz AA101", "James Okafor AA103", "Kimberly Lee AA104"}
	if got := e.people(); !reflect.DeepEqual(got, want) {
		t.Errorf("people %q", got)
	}
	rents := map[string]int64{}
	e.read(func(tx *db.Tx) error {
		units, err := e.records.Units(context.Background(), tx, r.Property)
		for _, u := range units {
			ls, err := e.records.UnitLeases(context.Background(), tx, u.ID)
			if err != nil {
				return err
			}
			for _, l := range ls {
				rents[u.Label] = l.RentCents
				on := l.On(hearth.DayOf(tx.Now(), time.UTC))
				if u.Label == "AA104" && !on.Holdover {
					t.Error("an expiry in the past while living there is month to month")
				}
				if u.Label == "AA103" && !on.Notice {
					t.Error("NTV is a notice")
				}
			}
		}
		return err
	})
	if rents["AA101"] != 139500 || rents["AA103"] != 175000 {
		t.Errorf("rents %v", rents)
	}
}

// A column that is only called Amount holds charges where a code stands beside it.
func TestChargeLinesUnderAmount(t *testing.T) {
	each(t, func(e *env) {
		r := e.bring(column.Residents, `Unit,Lease Start,Lease End,Resident,Charge Code,Amount
101,05/15/2025,05/14/2026,Ana Ruiz,RENT,"1,200.00"
101,05/15/2025,05/14/2026,Ana Ruiz,PET,50.00
102,03/01/2025,02/28/2026,James Okafor,RENT,"1,100.00"
,,,,PARKING,75.00
`)
		e.wantCounts(r, Counts{Rows: 2, Added: 2})
		e.read(func(tx *db.Tx) error {
			units, err := e.records.Units(context.Background(), tx, r.Property)
			for _, u := range units {
				ls, err := e.records.UnitLeases(context.Background(), tx, u.ID)
				if err != nil {
					return err
				}
				if want := map[string]int64{"101": 120000, "102": 110000}[u.Label]; len(ls) != 1 || ls[0].RentCents != want {
					e.t.Errorf("unit %s: %+v, want a rent of %d cents", u.Label, ls, want)
				}
			}
			return err
		})
	})
}

// Files of several properties give each import its own rows.
func TestOtherPropertiesAreSkipped(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	e := newEnv(t, d, clock)
	r := e.bring(column.Residents, directory+"t7,Far Away,,,Current,2020-01-01,,,,Elm House,1 Elm St,Salem,OR,97301,7,\n")
	e.wantCounts(r, Counts{Rows: 5, Added: 4, Skipped: 1})
}

func TestZoneIsToldOrFoundOrAssumed(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	e := newEnv(t, d, clock)
	for i, c := range []struct {
		text, zone, want string
		confirmed        bool
	}{
		{"Unit,City,State,Zip\n1,Denver,CO,80203\n", "", "America/Denver", true},
		{"Unit,Address\n1,\"1 Oak St, Phoenix, AZ 85001\"\n2,\"1 Oak St, Phoenix, AZ 85001\"\n", "", "America/Phoenix", true},
		{"Unit,Address\n1,\"1 Oak St #1, Pensacola, FL 32501\"\n2,\"1 Oak St #2, Pensacola, FL 32501\"\n3,1 Oak St #3\n", "", "America/Chicago", true},
		{"Unit,Address\n1,14 Sunset CT\n2,14 Sunset CT\n", "", "America/Chicago", false},
		{"Unit,Bedrooms\n1,2\n", "", "America/Chicago", false},
		{"Unit,Bedrooms\n1,2\n", "America/New_York", "America/New_York", true},
	} {
		r := e.bring(column.Units, c.text, func(r *Request) { r.Property, r.Zone = fmt.Sprint("Place ", i), c.zone })
		if r.Zone != c.want || r.ZoneConfirmed != c.confirmed || r.ZoneHow == "" {
			t.Errorf("%d: zone %s (%s), confirmed %v", i, r.Zone, r.ZoneHow, r.ZoneConfirmed)
		}
	}
}

// A mapping file finds its columns however their headings are dotted, and does not name what is not there.
func TestMappingFileAgainstHeadings(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	e := newEnv(t, d, clock)
	with := func(mapping string) func(r *Request) {
		return func(r *Request) { r.Mapping = e.file("mapping.yaml", mapping) }
	}
	const text = "Whg.,Bewohner\n1,Ana Ruiz\n2,Kim Lee\n"
	_, err := e.run(column.Residents, text, with("columns:\n  nosuch: unit\n  bewohner: name\n"))
	if err == nil || !strings.Contains(err.Error(), `"nosuch"`) || !strings.Contains(err.Error(), "Whg., Bewohner") {
		t.Errorf("a key that fits no heading: %v", err)
	}
	e.wantCounts(e.bring(column.Residents, text, with("columns:\n  whg: unit\n  bewohner: name\n")), Counts{Rows: 2, Added: 2})
}

func TestBadRequests(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	e := newEnv(t, d, clock)
	for name, with := range map[string]func(*Request){
		"kind":     func(r *Request) { r.Kind = "pets" },
		"property": func(r *Request) { r.Property = " " },
		"files":    func(r *Request) { r.Files = nil },
		"zone":     func(r *Request) { r.Zone = "Mars/Base" },
		"retry":    func(r *Request) { r.Retry = true },
		"mapping":  func(r *Request) { r.Mapping = "/nowhere.yaml" },
	} {
		_, err := e.run(column.Units, "Unit\n1\n", with)
		var he *hearth.Error
		if !errors.As(err, &he) || he.Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := e.run(column.Residents, "Color,Taste\nred,sweet\nblue,sour\n"); hearth.CodeOf(err) != hearth.CodeInvalid {
		t.Errorf("a file about fruit: %v", err)
	}
	if n := e.homesOf("Oak Court"); n != 0 {
		t.Error("a refused import left something")
	}
}

func TestStaffOrdersPaymentsMessages(t *testing.T) {
	each(t, func(e *env) {
		e.bring(column.Residents, directory)
		e.wantCounts(e.bring(column.Staff, "Employee Name,Job Title,Work Email,Hours\nDana Wells,Property Manager,dana@example.com,Mon-Fri 9:00-17:00\nLuis Ortega,Maintenance Technician,luis@example.com,\nOdd One,Wizard,,\n"),
			Counts{Rows: 3, Added: 2, Quarantined: 1})
		e.read(func(tx *db.Tx) error {
			p, err := e.records.PropertyByName(context.Background(), tx, "Oak Court")
			if err != nil {
				return err
			}
			staff, err := e.records.StaffAt(context.Background(), tx, p.ID)
			if len(staff) != 2 {
				e.t.Errorf("%d staff", len(staff))
			}
			for _, s := range staff {
				if s.Name == "Dana Wells" && (!s.HasRole(p.ID, hearth.RoleManager) || len(s.Hours) != 5 || s.Hours[0] != (record.Hours{Weekday: 1, From: 540, To: 1020})) {
					e.t.Errorf("%+v", s)
				}
			}
			return err
		})
		orders := "Work Order Number,Unit,Primary Tenant,Description,Priority,Status,Created,Completed On\n" +
			"W1,101,Ana Ruiz,Kitchen tap drips,Routine,Completed,2026-02-20,2026-02-21\nW2,102,,No heat at all,Emergency,New,2026-02-27,\n"
		e.wantCounts(e.bring(column.Workorders, orders), Counts{Rows: 2, Added: 2})
		e.clock.Advance(24 * time.Hour)
		orders = strings.Replace(orders, "New,2026-02-27,", "Completed,2026-02-27,2026-03-03", 1)
		e.wantCounts(e.bring(column.Workorders, orders), Counts{Rows: 2, Changed: 1, Same: 1})
		done := e.events("workorder.completed")
		if len(done) != 2 || done[1].History == done[0].History {
			e.t.Errorf("completions %+v", done)
		}
		pay := "Date,Unit,Resident,Amount,Due Date,Days Late,Balance\n2026-02-03,101,Ana Ruiz,\"1,395.00\",2026-02-01,0,0.00\n2026-02-12,102,James Okafor,500.00,2026-02-01,9,950.00\n2026-02-12,999,Who,5.00,2026-02-01,9,950.00\n"
		e.wantCounts(e.bring(column.Payments, pay), Counts{Rows: 3, Added: 2, Quarantined: 1})
		if evs := e.events("payment.recorded"); len(evs) != 2 || !strings.Contains(string(evs[0].Data), "1395") || !evs[0].History {
			e.t.Errorf("payments %+v", evs)
		}
		if evs := e.events("arrears.changed"); len(evs) != 2 {
			e.t.Errorf("%d balances", len(evs))
		}
		msgs := "Date,Unit,Resident,Channel,Direction,Message\n2026-02-20 08:15,101,Ana Ruiz,Email,In,The tap drips again\n2026-02-20 09:00,101,Ana Ruiz,Email,Out,We come tomorrow\n"
		e.wantCounts(e.bring(column.Messages, msgs), Counts{Rows: 2, Added: 2})
		if evs := e.events("message.received"); len(evs) != 1 || !strings.Contains(string(evs[0].Data), "drips again") {
			e.t.Errorf("messages %+v", evs)
		}
		if out := e.sent(); len(out) != 1 || out[0].Body != "We come tomorrow" || out[0].At.After(e.clock.Now().Add(-24*time.Hour)) || out[0].Reason != "Another system sent it; a file told of it: pms." {
			e.t.Errorf("sent %+v", out)
		}
		e.clock.Advance(24 * time.Hour)
		e.wantCounts(e.bring(column.Messages, msgs), Counts{Rows: 2, Same: 2})
		e.wantCounts(e.bring(column.Payments, pay), Counts{Rows: 3, Same: 2, Quarantined: 1})
	})
}

// A number that must not be kept is not kept: neither in records nor among what is staged.
func TestRefusedColumnsAreNotStored(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	e := newEnv(t, d, clock)
	e.bring(column.Residents, "Unit,Name,SSN,Date of Birth,Lease To\n1,Ana Ruiz,123-45-6789,1980-02-03,13/13/13\n2,Kim Lee,987-65-4321,1990-02-03,06/30/2026\n")
	e.read(func(tx *db.Tx) error {
		var n int64
		err := tx.Row(context.Background(), `SELECT COUNT(*) FROM import_rows WHERE org = $1 AND (cells LIKE '%6789%' OR cells LIKE '%4321%' OR cells LIKE '%1980%')`, tx.Org()).Scan(&n)
		if n != 0 {
			t.Error("a refused cell was staged")
		}
		return err
	})
}
