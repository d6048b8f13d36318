package record

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func TestContactsSearchFind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		h := roll("4B", lived("2025-06-01", "2026-05-31"), person("Ana Ruiz", "ana@example.com", "212-555-0101"), person("Leo Ruiz", "", ""))
		h.Members[0].Preferred, h.Members[0].Language, h.Members[0].External = "Annie", "es", "t1"
		h.Unit.BuildingName, h.Unit.External, h.Lease.External = "North", "u-4b", "l1"
		ruiz, _ := b.put(News{Source: "yardi"}, h)
		kim, _ := b.put(News{Source: "yardi"}, roll("12", lived("2025-06-01", "2026-05-31"), person("Kim 100% Lee", "kim_l@example.com", "")))
		ana := ruiz.Members[0].ID
		b.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.store.PutPreference(ctx, tx, News{}, Preference{Resident: ana, Name: "Channel", Value: "email"})
			return err
		})
		b.read(func(ctx context.Context, tx *db.Tx) error {
			all, err := b.store.Contacts(ctx, tx, []hearth.ResidentID{ana, kim.Members[0].ID, "res_nobody"})
			c := all[ana]
			if len(all) != 2 || c.Called() != "Annie" || c.EmailKey != "ana@example.com" || c.PhoneKey != "+12125550101" || c.UnitLabel != "4B" ||
				c.BuildingName != "North" || c.Prefs["channel"] != "email" || !c.Primary || c.Language != "es" || c.Standing.Status != StatusCurrent {
				t.Errorf("contact %+v", c)
			}
			return err
		})
		for q, want := range map[string]string{"ana": "Ana", "ANA RU": "Ana", "ruiz": "Ana Leo", "ana@": "Ana", "212555": "Ana", "(212) 555-01": "Ana", "+1212": "Ana",
			"4b": "Ana Leo", "apt 4": "Ana Leo", "kim 100%": "Kim", "kim_l": "Kim", "kimxl": "", "": "Ana Kim Leo", "zzz": "", "%": "", "?!": ""} {
			if got := b.search(q, 0); got != want {
				t.Errorf("search %q: %q, want %q", q, got, want)
			}
		}
		if got := b.search("", 1); got != "Ana Kim Leo" {
			t.Errorf("page by page: %q", got)
		}
		for _, c := range []struct{ kind, id, source, want string }{
			{"resident", string(ana), "", string(ana)}, {"resident", "t1", "yardi", string(ana)}, {"resident", "t1", "other", string(ana)},
			{"unit", "u-4b", "yardi", string(ruiz.Unit)}, {"unit", "4B", "other", string(ruiz.Unit)}, {"unit", string(ruiz.Unit), "", string(ruiz.Unit)},
			{"lease", "l1", "yardi", string(ruiz.Lease)}, {"household", string(ruiz.Household), "", string(ruiz.Household)},
			{"property", "oak court", "", string(b.oak.ID)}, {"property", string(b.oak.ID), "", string(b.oak.ID)},
			{"resident", "nobody", "yardi", ""}, {"unit", "99", "", ""}, {"ship", "1", "", ""},
		} {
			b.read(func(ctx context.Context, tx *db.Tx) error {
				found, err := b.store.Find(ctx, tx, c.kind, c.id, c.source)
				got := ""
				for _, f := range found {
					got += f.ID
					if f.Property != b.oak.ID || f.Kind != c.kind {
						t.Errorf("find %s/%s: %+v", c.kind, c.id, f)
					}
					if c.kind == "unit" && (len(f.Residents) != 2 || f.Residents[0] != ana) {
						t.Errorf("unit concerns %v", f.Residents)
					}
				}
				if got != c.want {
					t.Errorf("find %s/%s of %q: %q, want %q", c.kind, c.id, c.source, got, c.want)
				}
				return err
			})
		}
	})
}

// search gives the first names found, page by page, sorted.
func (b *bundle) search(q string, limit int) string {
	b.t.Helper()
	var names []string
	for cursor, page := "", 0; page < 10; page++ {
		var p Page
		b.read(func(ctx context.Context, tx *db.Tx) (err error) {
			p, err = b.store.Search(ctx, tx, q, cursor, limit)
			return err
		})
		for _, c := range p.Items {
			names = append(names, strings.Fields(c.First)[0])
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	for i := range names {
		for j := i + 1; j < len(names); j++ {
			if names[j] < names[i] {
				names[i], names[j] = names[j], names[i]
			}
		}
	}
	return strings.Join(names, " ")
}

func TestFindAmbiguous(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	elm := b.property("Elm House", "CA", "90001")
	b.put(News{}, roll("4B", HomeLease{}, person("Ana Ruiz", "", "")))
	h := roll("4b", HomeLease{}, person("Bo Berg", "", ""))
	h.Property = elm.ID
	b.put(News{}, h)
	b.read(func(ctx context.Context, tx *db.Tx) error {
		found, err := b.store.Find(ctx, tx, "unit", "4B", "portal")
		if len(found) != 2 {
			t.Errorf("two units of one label: %+v", found)
		}
		return err
	})
}

func TestPutProperty(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		put := func(told Property) (Property, Change, error) {
			var p Property
			var c Change
			err := b.try(func(ctx context.Context, tx *db.Tx) (err error) {
				p, c, err = b.store.PutProperty(ctx, tx, News{Source: "yardi"}, told)
				return err
			})
			return p, c, err
		}
		if b.oak.Zone != "America/New_York" || !b.oak.ZoneConfirmed || b.oak.Settings.Budget.Week != 2 {
			t.Errorf("from the address: %+v", b.oak)
		}
		p, c, err := put(Property{Name: "OAK COURT", External: "p1"})
		if err != nil || !c.None() || p.ID != b.oak.ID || p.Name != "Oak Court" {
			t.Errorf("by name: %+v %+v %v", p, c, err)
		}
		p, c, _ = put(Property{Name: "Oak Court West", External: "p1", Zone: "America/Denver"})
		if p.ID != b.oak.ID || !equalTexts(c.Fields, []string{"name"}) || p.Zone != "America/New_York" {
			t.Errorf("by the source's name, with an assumed zone: %+v %+v", p, c)
		}
		p, _, _ = put(Property{ID: b.oak.ID, Zone: "America/Denver", ZoneConfirmed: true})
		b.read(func(ctx context.Context, tx *db.Tx) error {
			z, err := b.store.Zone(ctx, tx, b.oak.ID)
			if p.Zone != "America/Denver" || z.String() != "America/Denver" {
				t.Errorf("confirmed by a person: %s, read as %s", p.Zone, z)
			}
			return err
		})
		if p, _, _ := put(Property{Name: "Nowhere"}); p.Zone != "UTC" || p.ZoneConfirmed {
			t.Errorf("without any address: %+v", p)
		}
		if p, _, _ := put(Property{Name: "Nowhere", Zone: "Europe/Berlin", ZoneHow: "the default"}); p.Zone != "Europe/Berlin" || p.ZoneConfirmed || p.ZoneHow != "the default" {
			t.Errorf("with a default: %+v", p)
		}
		if p, _, _ := put(Property{Name: "Nowhere", State: "WA"}); p.Zone != "America/Los_Angeles" || !p.ZoneConfirmed {
			t.Errorf("once the address is known: %+v", p)
		}
		s := DefaultSettings()
		s.Quiet.From = 20 * 60
		if p, c, _ := put(Property{Name: "Nowhere", Settings: s}); p.Settings.Quiet.From != 1200 || !equalTexts(c.Fields, []string{"settings"}) {
			t.Errorf("settings: %+v %+v", p.Settings, c)
		}
		s.Budget.Day = -1
		for field, told := range map[string]Property{"name": {}, "zone": {Name: "X", Zone: "Mars/Base"}, "settings.budget": {Name: "X", Settings: s}} {
			if _, _, err := put(told); fieldOf(err) != field {
				t.Errorf("%+v: %v, want %q", told, err, field)
			}
		}
		if _, _, err := put(Property{ID: b.oak.ID, Name: "Nowhere"}); fieldOf(err) != "name" {
			t.Errorf("a name that is taken: %v", err)
		}
	})
}

func TestPutUnit(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	put := func(told Unit) (u Unit, c Change, err error) {
		told.Property = b.oak.ID
		err = b.try(func(ctx context.Context, tx *db.Tx) (err error) {
			u, c, err = b.store.PutUnit(ctx, tx, News{Source: "yardi"}, told)
			return err
		})
		return u, c, err
	}
	first, c, _ := put(Unit{Label: "101", Beds: 2, External: "u1"})
	if !c.Added {
		t.Fatal("not added")
	}
	if u, c, _ := put(Unit{Label: "Apt 0101", SqFt: 700}); u.ID != first.ID || !equalTexts(c.Fields, []string{"sqft"}) || u.Beds != 2 {
		t.Errorf("by label: %+v %+v", u, c)
	}
	if u, c, _ := put(Unit{Label: "101A", External: "u1"}); u.ID != first.ID || !equalTexts(c.Fields, []string{"label"}) {
		t.Errorf("by the source's name: %+v %+v", u, c)
	}
	north, _, _ := put(Unit{Label: "101", BuildingName: "North"})
	south, _, _ := put(Unit{Label: "101", BuildingName: "South"})
	if north.ID == south.ID || north.ID == first.ID {
		t.Error("one label in two buildings is one unit")
	}
	if again, c, _ := put(Unit{Label: "101", BuildingName: "north"}); again.ID != north.ID || !c.None() {
		t.Errorf("told again: %+v %+v", again, c)
	}
	if _, _, err := put(Unit{Label: "101"}); fieldOf(err) != "unit" {
		t.Errorf("which of two: %v", err)
	}
	if _, _, err := put(Unit{}); fieldOf(err) != "unit" {
		t.Errorf("no label: %v", err)
	}
	if got := types(b.events()); got != "unit.added unit.added unit.added" {
		t.Errorf("events %s", got)
	}
	b.read(func(ctx context.Context, tx *db.Tx) error {
		units, err := b.store.Units(ctx, tx, b.oak.ID)
		buildings, err2 := b.store.Buildings(ctx, tx, b.oak.ID)
		if len(units) != 3 || len(buildings) != 2 || err2 != nil {
			t.Errorf("%d units, %d buildings (%v)", len(units), len(buildings), err2)
		}
		return err
	})
}

func TestPutStaff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		put := func(told Staff) (m Staff, c Change, err error) {
			err = b.try(func(ctx context.Context, tx *db.Tx) (err error) {
				m, c, err = b.store.PutStaff(ctx, tx, News{Source: "hr"}, told)
				return err
			})
			return m, c, err
		}
		role := func(r hearth.Role) []StaffRole { return []StaffRole{{Property: b.oak.ID, Role: r}} }
		mia, c, err := put(Staff{Name: "Mia Berg", Email: "mia@example.com", Roles: role(hearth.RoleManager), External: "7"})
		if err != nil || !c.Added || mia.MinutesADay != DefaultMinutesADay {
			t.Fatalf("%+v %+v %v", mia, c, err)
		}
		told := Staff{Name: "Mia BERG", Roles: role(hearth.RoleManager)}
		if m, c, _ := put(told); m.ID != mia.ID || !c.None() {
			t.Errorf("told again: %+v %+v", m, c)
		}
		told.Roles, told.Hours = role(hearth.RoleLeasing), []Hours{{time.Tuesday, 540, 720}, {time.Monday, 540, 1020}}
		told.Absences = []Absence{{From: day("2026-03-03"), To: day("2026-03-04"), Reason: "Training"}}
		m, c, _ := put(told)
		if !equalTexts(c.Fields, []string{"absences", "hours", "roles"}) || !m.HasRole(b.oak.ID, hearth.RoleManager) {
			t.Errorf("more roles: %+v %+v", m, c)
		}
		told.Hours[0], told.Hours[1] = told.Hours[1], told.Hours[0]
		if _, c, _ := put(told); !c.None() {
			t.Errorf("hours in another order: %+v", c)
		}
		other, c, _ := put(Staff{Name: "Mia Berg", Email: "another@example.com", Roles: role(hearth.RoleTechnician)})
		if other.ID == mia.ID || !c.Added {
			t.Error("two people of one name with different addresses are one")
		}
		b.write(func(ctx context.Context, tx *db.Tx) error {
			all, err := b.store.StaffAt(ctx, tx, b.oak.ID)
			if err != nil || len(all) != 2 {
				t.Errorf("team %+v %v", all, err)
			}
			got, err := b.store.Staff(ctx, tx, mia.ID)
			if err != nil {
				return err
			}
			if reason, away := got.Away(day("2026-03-04")); len(got.Roles) != 2 || len(got.Hours) != 2 || !away || reason != "Training" {
				t.Errorf("read %+v", got)
			}
			if _, away := got.Away(day("2026-03-05")); away {
				t.Error("away on the day after")
			}
			by, err2 := b.store.StaffByEmail(ctx, tx, "MIA@example.com")
			if by.ID != mia.ID || err2 != nil {
				t.Errorf("by e-mail %+v %v", by, err2)
			}
			if err := b.store.DropRole(ctx, tx, mia.ID, role(hearth.RoleLeasing)[0]); err != nil {
				return err
			}
			if got, err = b.store.Staff(ctx, tx, mia.ID); len(got.Roles) != 1 {
				t.Errorf("after the role was dropped: %+v", got.Roles)
			}
			return err
		})
		for field, told := range map[string]Staff{"name": {}, "role": {Name: "X", Roles: role("boss")}, "minutes_a_day": {Name: "X", MinutesADay: -1},
			"absences": {Name: "X", Absences: []Absence{{From: 5, To: 4}}}, "hours[0]": {Name: "X", Hours: []Hours{{time.Monday, 5, 4}}}} {
			if _, _, err := put(told); fieldOf(err) != field {
				t.Errorf("%+v: %v, want %q", told, err, field)
			}
		}
	})
}

func TestPutPreference(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		res, _ := b.put(News{}, roll("4B", HomeLease{}, person("Ana Ruiz", "", "")))
		ana, seen := res.Members[0].ID, len(b.events())
		put := func(n News, name, value string) Change {
			t.Helper()
			clock.Advance(time.Second)
			var c Change
			b.write(func(ctx context.Context, tx *db.Tx) (err error) {
				c, err = b.store.PutPreference(ctx, tx, n, Preference{Resident: ana, Name: name, Value: value})
				return err
			})
			return c
		}
		all := func() string {
			var out string
			b.read(func(ctx context.Context, tx *db.Tx) error {
				prefs, err := b.store.Preferences(ctx, tx, ana)
				for _, p := range prefs {
					out += fmt.Sprintf("%s=%s ", p.Name, p.Value)
				}
				return err
			})
			return out
		}
		if c := put(News{Source: "portal"}, " Pets", "a dog "); !c.Added {
			t.Errorf("new: %+v", c)
		}
		if c := put(News{}, "pets", "a dog"); !c.None() {
			t.Errorf("the same: %+v", c)
		}
		if c := put(News{Time: clock.Now().Add(-time.Hour)}, "pets", "none"); !c.None() {
			t.Errorf("older: %+v", c)
		}
		n := News{Source: "portal", EventID: "e1"}
		put(n, "pets", "a cat")
		put(News{}, "channel", "email")
		if c := put(n, "pets", "a cat"); !c.None() {
			t.Errorf("the source's event again: %+v", c)
		}
		if got := all(); got != "channel=email pets=a cat " {
			t.Errorf("preferences %s", got)
		}
		put(News{}, "pets", "")
		if got := all(); got != "channel=email " {
			t.Errorf("after taking it back: %s", got)
		}
		if got := types(b.events()[seen:]); got != strings.TrimSpace(strings.Repeat("preference.changed ", 4)) {
			t.Errorf("events %s", got)
		}
		for _, c := range []struct{ name, value, kept string }{
			{"channel", "smoke", ""}, {"channel", "pigeon", ""}, {"channel", "E-Mail", "email"}, {"Channel", "text", "sms"}, {"channel", "call", "call"}, {"channel", "portal", "portal"},
			{"access", "no", "only when somebody is home"}, {"access", "Yes, the cat hides", "enter when nobody is home, the cat hides"}, {"access", "No way", "No way"}, {"access", "ring twice", "ring twice"},
			{"language", "Klingonese", ""}, {"language", "es_mx", "es-MX"}, {"language", "en", "en"}, {"language", "und", ""}, {"language", "?", ""},
			{"hours", "after five", "after five"}, {"tea", "smoke", "smoke"},
		} {
			var kept []Preference
			clock.Advance(time.Second)
			err := b.try(func(ctx context.Context, tx *db.Tx) error {
				if _, err := b.store.PutPreference(ctx, tx, News{}, Preference{Resident: ana, Name: c.name, Value: c.value}); err != nil {
					return err
				}
				var err error
				kept, err = b.store.Preferences(ctx, tx, ana)
				return err
			})
			there := slices.ContainsFunc(kept, func(p Preference) bool { return p.Name == strings.ToLower(c.name) && p.Value == c.kept })
			if c.kept == "" && fieldOf(err) != "data.value" || c.kept != "" && (err != nil || !there) {
				t.Errorf("%s=%s: kept %v, %v; want %q", c.name, c.value, kept, err, c.kept)
			}
		}
		for field, p := range map[string]Preference{"data.name": {Resident: ana}, "data.value": {Resident: ana, Name: "x", Value: strings.Repeat("x", 501)}} {
			err := b.try(func(ctx context.Context, tx *db.Tx) error {
				_, err := b.store.PutPreference(ctx, tx, News{}, p)
				return err
			})
			if fieldOf(err) != field {
				t.Errorf("%+v: %v, want %q", p, err, field)
			}
		}
	})
}
