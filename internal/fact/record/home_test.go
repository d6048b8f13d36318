package record

import (
	"context"
	"testing"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
)

func roll(label string, l HomeLease, members ...Member) Home {
	return Home{Unit: Unit{Label: label}, Members: members, Lease: l}
}

func lived(start, end string) HomeLease {
	return HomeLease{Start: day(start), End: day(end), MoveIn: day(start), RentCents: 145050, Status: StatusCurrent}
}

func TestPutHome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		home := roll("4B", lived("2025-06-01", "2026-05-31"), person("Ana Ruiz", "ana@example.com", "212-555-0101"), person("Bo Ruiz", "", ""))
		home.Members[1].Role = hearth.MemberMinor

		res, evs := b.put(News{Source: "yardi"}, home)
		if got, want := types(evs), "unit.added resident.added resident.added lease.recorded"; got != want {
			t.Fatalf("events %s, want %s", got, want)
		}
		if !res.Change().Added || res.Lease == "" || len(res.Members) != 2 || !res.Members[1].Change.Added {
			t.Errorf("result %+v", res)
		}
		ana := res.Members[0].ID
		rec := only(t, evs, "lease.recorded")
		got := data(t, rec)
		for name, want := range map[string]any{"start": "2025-06-01", "end": "2026-05-31", "move_in": "2025-06-01", "status": "current",
			"rent": 1450.5, "term": 1.0, "month_to_month": false, "label": "4B", "lease": string(res.Lease), "unit": string(res.Unit)} {
			if got[name] != want {
				t.Errorf("lease.recorded %s = %v, want %v", name, got[name], want)
			}
		}
		if len(rec.Residents) != 1 || rec.Residents[0] != ana || rec.Property != b.oak.ID || rec.Source != "yardi" {
			t.Errorf("lease.recorded concerns %v at %s from %s", rec.Residents, rec.Property, rec.Source)
		}
		first := data(t, evs[1])
		if first["primary"] != true || first["role"] != "leaseholder" || first["email"] != true || first["phone"] != true {
			t.Errorf("resident.added %v", first)
		}

		again, evs := b.put(News{Source: "yardi"}, home)
		if len(evs) > 0 || !again.Change().None() || again.Lease != res.Lease || again.Members[0].ID != ana {
			t.Errorf("told again: %+v, events %s", again, types(evs))
		}

		home.Members[0].Email, home.Lease.RentCents = "ana.ruiz@example.com", 150000
		changed, evs := b.put(News{Source: "yardi"}, home)
		if got, want := types(evs), "resident.changed lease.changed"; got != want {
			t.Errorf("events %s, want %s", got, want)
		}
		if c := changed.Change(); c.Added || !equalTexts(c.Fields, []string{"email", "rent", "term_rent"}) && !equalTexts(c.Fields, []string{"email", "rent"}) {
			t.Errorf("change %+v", c)
		}
	})
}

func TestPutHomeTellsWhatHappenedToTheLease(t *testing.T) {
	base := lived("2025-06-01", "2026-05-31")
	with := func(change func(*HomeLease)) HomeLease {
		l := base
		change(&l)
		return l
	}
	for _, c := range []struct {
		name   string
		before HomeLease
		after  HomeLease
		clears []string
		want   string
		data   map[string]any
		at     time.Time // when the last event happened; zero: not asked
	}{
		{name: "a notice", before: base, after: with(func(l *HomeLease) { l.NoticeOn, l.MoveOut = day("2026-02-24"), day("2026-04-30") }),
			want: "lease.notice_given", data: map[string]any{"move_out": "2026-04-30"}, at: time.Date(2026, 2, 24, 17, 0, 0, 0, time.UTC)},
		{name: "a notice without a date to leave", before: base, after: with(func(l *HomeLease) { l.Status = ToldNotice }),
			want: "lease.notice_given", data: map[string]any{"move_out": "2026-05-31", "assumed": true}},
		{name: "a notice moved", before: with(func(l *HomeLease) { l.NoticeOn, l.MoveOut = day("2026-02-24"), day("2026-04-30") }),
			after: with(func(l *HomeLease) { l.NoticeOn, l.MoveOut = day("2026-02-24"), day("2026-05-15") }), want: "lease.notice_given",
			data: map[string]any{"move_out": "2026-05-15"}},
		{name: "a notice withdrawn", before: with(func(l *HomeLease) { l.NoticeOn, l.MoveOut = day("2026-02-24"), day("2026-04-30") }),
			after: base, clears: []string{"notice_on", "move_out"}, want: "lease.notice_withdrawn"},
		{name: "a renewal", before: base, after: with(func(l *HomeLease) { l.Start, l.End, l.RentCents = day("2026-06-01"), day("2027-05-31"), 150000 }),
			want: "lease.renewed", data: map[string]any{"start": "2026-06-01", "end": "2027-05-31", "term": 2.0, "rent": 1500.0}},
		{name: "month to month after the term", before: base, after: with(func(l *HomeLease) { l.MonthToMonth = true }), want: "lease.changed",
			data: map[string]any{"month_to_month": true}},
		{name: "moved out", before: base, after: with(func(l *HomeLease) { l.MoveOut, l.Status = day("2026-02-28"), StatusPast }),
			want: "lease.moved_out", data: map[string]any{"date": "2026-02-28"}, at: time.Date(2026, 2, 28, 17, 0, 0, 0, time.UTC)},
		{name: "an applicant moved in", before: HomeLease{Status: StatusApplicant, Start: day("2026-03-01"), End: day("2027-02-28")},
			after: HomeLease{Status: StatusCurrent, Start: day("2026-03-01"), End: day("2027-02-28"), MoveIn: day("2026-03-01")},
			want:  "lease.moved_in", data: map[string]any{"date": "2026-03-01"}},
		{name: "cancelled", before: HomeLease{Start: day("2026-05-01"), End: day("2027-04-30"), Status: StatusFuture},
			after: HomeLease{Start: day("2026-05-01"), End: day("2027-04-30"), Status: StatusCancelled}, want: "lease.cancelled"},
		{name: "under eviction", before: base, after: with(func(l *HomeLease) { l.UnderEviction = true }), want: "lease.changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, clock := dbtest.SQLite(t)
			b := setup(t, d, clock)
			b.put(News{}, roll("4B", c.before, person("Ana Ruiz", "", "")))
			h := roll("4B", c.after, person("Ana Ruiz", "", ""))
			h.Clears = c.clears
			_, evs := b.put(News{}, h)
			if got := types(evs); got != c.want {
				t.Fatalf("events %q, want %q", got, c.want)
			}
			last := evs[len(evs)-1]
			got := data(t, last)
			for name, want := range c.data {
				if got[name] != want {
					t.Errorf("%s = %v, want %v", name, got[name], want)
				}
			}
			if !c.at.IsZero() && !last.Time.Equal(c.at) {
				t.Errorf("at %s, want %s", last.Time, c.at)
			}
			if _, again := b.put(News{}, h); len(again) > 0 {
				t.Errorf("told again: %s", types(again))
			}
		})
	}
}

func TestPutHomeKnowsPeople(t *testing.T) {
	now := lived("2025-06-01", "2026-05-31")
	left := now
	left.MoveOut, left.Status = day("2026-02-01"), StatusPast
	next := lived("2026-02-01", "2027-01-31")
	ext := func(m Member, id string) Member {
		m.External = id
		return m
	}
	for _, c := range []struct {
		name  string
		first []Home
		then  Home
		same  bool // the first member told then is the first member told first
		total int  // people known in the end
	}{
		{"by the source's name, with a new surname", []Home{roll("4B", now, ext(person("Ana Ruiz", "", ""), "t1"))},
			roll("4B", now, ext(person("Ana Berg", "", ""), "t1")), true, 1},
		{"by unit and name, written differently", []Home{roll("4B", now, person("Ana Ruiz", "", ""))},
			roll("Apt 04-B", now, person("ANA RUÍZ", "", "")), true, 1},
		{"by name and e-mail in another unit", []Home{roll("4B", left, person("Ana Ruiz", "ana@example.com", ""))},
			roll("5C", lived("2026-02-01", "2027-01-31"), person("Ana Ruiz", "ANA@example.com", "")), true, 1},
		{"by name and phone in another unit", []Home{roll("4B", left, person("Ana Ruiz", "", "212-555-0101"))},
			roll("5C", lived("2026-02-01", "2027-01-31"), person("Ana Ruiz", "", "+1 (212) 555 0101")), true, 1},
		{"not by name alone", []Home{roll("4B", now, person("Ana Ruiz", "", ""))}, roll("5C", now, person("Ana Ruiz", "", "")), false, 2},
		{"not by a shared e-mail", []Home{roll("4B", now, person("Ana Ruiz", "us@example.com", ""))},
			roll("4B", now, person("Leo Ruiz", "us@example.com", "")), false, 2},
		{"not by a shared phone", []Home{roll("4B", now, person("Ana Ruiz", "", "212-555-0101"))},
			roll("4B", now, person("Leo Ruiz", "", "212-555-0101")), false, 2},
		{"not father and son", []Home{roll("4B", now, person("John Smith Sr", "js@example.com", ""))},
			roll("4B", now, person("John Smith Jr", "js@example.com", "")), false, 2},
		{"not whom the source tells apart", []Home{roll("4B", now, ext(person("John Smith", "js@example.com", ""), "t1"))},
			roll("4B", now, ext(person("John Smith", "js@example.com", ""), "t2")), false, 2},
		{"not by e-mail while the other home is lived in", []Home{roll("4B", now, person("Ann Poe", "office@example.com", ""))},
			roll("5C", next, person("Ann Poe", "office@example.com", "")), false, 2},
		{"not by phone while the other home is lived in", []Home{roll("4B", HomeLease{}, person("John Doe", "", "212-555-0101"))},
			roll("5C", HomeLease{}, person("John Doe", "", "212-555-0101")), false, 2},
		{"not by phone where the e-mails contradict", []Home{roll("4B", left, person("John Doe", "sr@example.com", "212-555-0101"))},
			roll("5C", next, person("John Doe", "jr@example.com", "212-555-0101")), false, 2},
		{"not by phone with another suffix", []Home{roll("4B", left, person("John Doe Sr", "", "212-555-0101"))},
			roll("5C", next, person("John Doe", "", "212-555-0101")), false, 2},
		{"not one of two who fit elsewhere", []Home{roll("4B", now, person("Ana Ruiz", "ana@example.com", "")),
			roll("6A", now, ext(person("Ana Ruiz", "", "212-555-0101"), "t9"))},
			roll("5C", now, person("Ana Ruiz", "ana@example.com", "212-555-0101")), false, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, clock := dbtest.SQLite(t)
			b := setup(t, d, clock)
			var first hearth.ResidentID
			for i, h := range c.first {
				res, _ := b.put(News{Source: "yardi"}, h)
				if i == 0 {
					first = res.Members[0].ID
				}
			}
			res, _ := b.put(News{Source: "yardi"}, c.then)
			if got := res.Members[0].ID == first; got != c.same {
				t.Errorf("same person: %v, want %v", got, c.same)
			}
			b.read(func(ctx context.Context, tx *db.Tx) error {
				all, err := b.store.ResidentsAt(ctx, tx, b.oak.ID)
				if len(all) != c.total {
					t.Errorf("%d people known, want %d", len(all), c.total)
				}
				return err
			})
			if _, evs := b.put(News{Source: "yardi"}, c.then); len(evs) > 0 {
				t.Errorf("told again: %s", types(evs))
			}
		})
	}
}

func TestRoommates(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	now := lived("2025-06-01", "2026-05-31")
	ana, _ := b.put(News{}, roll("4B", now, person("Ana Ruiz", "ana@example.com", "")))
	leo, evs := b.put(News{}, roll("4B", now, person("Leo Park", "leo@example.com", "")))
	if leo.Household != ana.Household || leo.Lease != ana.Lease {
		t.Errorf("equal dates in one unit: households %s and %s", ana.Household, leo.Household)
	}
	if got := types(evs); got != "resident.added" {
		t.Errorf("events %s", got)
	}
	kim, _ := b.put(News{}, roll("4B", lived("2025-09-01", "2026-08-31"), person("Kim Lee", "", "")))
	if kim.Household == ana.Household || kim.Lease == ana.Lease {
		t.Error("a roommate with dates of her own shares the lease")
	}
	h := b.household(ana.Household)
	if got := h.Addressable(); len(got) != 2 || got[0] != ana.Members[0].ID {
		t.Errorf("addressable %v, want Ana first", got)
	}
}

func TestPrimary(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	now := lived("2025-06-01", "2026-05-31")
	as := func(m Member, r hearth.HouseholdRole) Member {
		m.Role = r
		return m
	}
	primary := func(id hearth.HouseholdID) string {
		p, _ := b.household(id).Primary()
		return p.Called()
	}
	res, _ := b.put(News{}, roll("4B", now, as(person("Guy Ruiz", "", ""), hearth.MemberGuarantor), as(person("Kid Ruiz", "", ""), hearth.MemberMinor)))
	if got := primary(res.Household); got != "" {
		t.Errorf("%s speaks for a home in which nobody can be addressed", got)
	}
	res, _ = b.put(News{}, roll("4B", now, as(person("Guy Ruiz", "", ""), ""), as(person("Ola Ruiz", "", ""), hearth.MemberOccupant)))
	if got := primary(res.Household); got != "Ola" {
		t.Errorf("primary %q, want the occupant", got)
	}
	res, _ = b.put(News{}, roll("4B", now, as(person("Ola Ruiz", "", ""), ""), as(person("Ana Ruiz", "", ""), hearth.MemberLeaseholder),
		as(person("Leo Ruiz", "", ""), hearth.MemberLeaseholder)))
	if got := primary(res.Household); got != "Ana" {
		t.Errorf("primary %q, want the first leaseholder", got)
	}
	res, _ = b.put(News{}, roll("4B", now, person("Leo Ruiz", "", ""), person("Ana Ruiz", "", "")))
	if got := primary(res.Household); got != "Ana" {
		t.Errorf("primary %q after another order, want still Ana", got)
	}
	res, _ = b.put(News{}, roll("4B", now, as(person("Ana Ruiz", "", ""), hearth.MemberGuarantor)))
	if got := primary(res.Household); got != "Leo" {
		t.Errorf("primary %q after Ana became a guarantor, want Leo", got)
	}
}

func TestTransfer(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	elm := b.property("Elm House", "CA", "90001")
	ana := person("Ana Ruiz", "ana@example.com", "")
	ana.External = "t1"
	old, _ := b.put(News{}, roll("4B", lived("2025-06-01", "2026-05-31"), ana))
	h := roll("9", lived("2026-02-20", "2027-02-19"), ana)
	h.Property = elm.ID
	res, evs := b.put(News{}, h)
	if res.Members[0].ID != old.Members[0].ID || res.Household != old.Household || res.Lease == old.Lease {
		t.Fatalf("transfer %+v after %+v", res, old)
	}
	if len(res.Elsewhere) != 1 || res.Elsewhere[0] != old.Lease {
		t.Errorf("elsewhere %v, want the old lease as a question", res.Elsewhere)
	}
	var gone, come bool
	for _, e := range evs {
		m := data(t, e)
		gone = gone || e.Property == b.oak.ID && m["moved_to"] == string(elm.ID)
		come = come || e.Property == elm.ID && m["moved_from"] == string(b.oak.ID)
	}
	if !gone || !come {
		t.Errorf("transfer is told in the old property %v, in the new %v: %s", gone, come, types(evs))
	}
	if rec := only(t, evs, "lease.recorded"); rec.Property != elm.ID {
		t.Errorf("the new lease is told at %s", rec.Property)
	}
	if got := b.household(res.Household); got.Property != elm.ID || got.Members[0].Property != elm.ID {
		t.Errorf("household at %s", got.Property)
	}
	// The list of the old property still holds them: nobody is pulled back.
	_, evs = b.put(News{}, roll("4B", lived("2025-06-01", "2026-05-31"), ana))
	if len(evs) > 0 {
		t.Errorf("the old list told again: %s", types(evs))
	}
}

// Without the source's id a person follows into another property only once the home before is left.
func TestTransferWithoutID(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		elm := b.property("Elm House", "CA", "90001")
		ana, mary := person("Ana Ruiz", "ana@example.com", ""), person("Mary Ruiz", "", "")
		stays := lived("2025-06-01", "2026-05-31")
		left := stays
		left.MoveOut, left.Status = day("2026-02-20"), StatusPast
		there := func(m ...Member) Home {
			h := roll("9", lived("2026-02-20", "2027-02-19"), m...)
			h.Property = elm.ID
			return h
		}
		b.put(News{}, roll("4B", stays, ana, mary))
		other, _ := b.put(News{}, there(ana))
		if len(other.Alike) != 1 || len(other.Elsewhere) != 0 {
			t.Errorf("while 4B is lived in: alike %v, elsewhere %v", other.Alike, other.Elsewhere)
		}
		if got := b.household(other.Household); len(got.Members) != 1 || got.Property != elm.ID {
			t.Errorf("the household in the other property: %+v", got)
		}
		leo := person("Leo Park", "", "212-555-0101")
		old, _ := b.put(News{}, roll("5C", left, leo))
		if res, _ := b.put(News{}, there(leo)); res.Members[0].ID != old.Members[0].ID {
			t.Error("who has left 5C is not known again in the other property")
		}
	})
}

// Rows of one list are different people, unless the source's id says otherwise.
func TestOneListTellsApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := setup(t, d, clock)
		left := lived("2025-06-01", "2025-12-31")
		left.MoveOut, left.Status = day("2025-12-31"), StatusPast
		john := person("John Doe", "", "212-555-0101")
		news := News{Source: "yardi", Began: clock.Now()}
		first, _ := b.put(news, roll("4B", left, john))
		second, _ := b.put(news, roll("5C", lived("2026-01-01", "2026-12-31"), john))
		if first.Members[0].ID == second.Members[0].ID {
			t.Error("two rows of one list became one person by their phone")
		}
		clock.Advance(time.Hour)
		ana := person("Ana Ruiz", "ana@example.com", "")
		before, _ := b.put(News{Source: "yardi", Began: clock.Now()}, roll("6A", left, ana))
		clock.Advance(time.Hour)
		after, _ := b.put(News{Source: "yardi", Began: clock.Now()}, roll("7A", lived("2026-01-01", "2026-12-31"), ana))
		if before.Members[0].ID != after.Members[0].ID {
			t.Error("a later list does not know who moved")
		}
	})
}

func TestPutHomeRefuses(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := setup(t, d, clock)
	ana := person("Ana Ruiz", "", "")
	odd := ana
	odd.Role = "landlord"
	for _, c := range []struct {
		name, field string
		home        Home
	}{
		{"nobody", "name", roll("4B", HomeLease{})},
		{"no unit", "unit", roll("", HomeLease{}, ana)},
		{"a person without a name", "name", roll("4B", HomeLease{}, Member{})},
		{"an unknown role", "role", roll("4B", HomeLease{}, odd)},
		{"a lease backwards", "end", roll("4B", HomeLease{Start: day("2026-01-01"), End: day("2025-01-01")}, ana)},
		{"a stay backwards", "move_out", roll("4B", HomeLease{MoveIn: day("2026-01-01"), MoveOut: day("2025-01-01")}, ana)},
		{"a negative rent", "rent", roll("4B", HomeLease{RentCents: -1}, ana)},
		{"an unknown status", "status", roll("4B", HomeLease{Status: "lost"}, ana)},
	} {
		c.home.Property = b.oak.ID
		err := b.try(func(ctx context.Context, tx *db.Tx) error {
			_, err := b.store.PutHome(ctx, tx, News{}, c.home)
			return err
		})
		if got := fieldOf(err); got != c.field {
			t.Errorf("%s: field %q (%v), want %q", c.name, got, err, c.field)
		}
	}
	if evs := b.events(); len(evs) > 0 {
		t.Errorf("refused homes left %s", types(evs))
	}
}
