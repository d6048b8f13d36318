package record

import (
	"testing"
	"time"

	"hearth"
)

func day(s string) hearth.Day {
	if s == "" {
		return 0
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return hearth.MakeDay(t.Date())
}

func TestStandingIsDerivedFromDates(t *testing.T) {
	term := []Term{{N: 1, Starts: day("2025-06-01"), Ends: day("2026-05-31")}}
	lived := Lease{MoveIn: day("2025-06-03"), Terms: term}
	with := func(change func(*Lease)) Lease {
		l := lived
		change(&l)
		return l
	}
	for _, c := range []struct {
		name  string
		lease Lease
		on    string
		want  Standing
	}{
		{"before the move-in", lived, "2025-06-02", Standing{Status: StatusFuture}},
		{"on the day of the move-in", lived, "2025-06-03", Standing{Status: StatusCurrent}},
		{"on the last day of the term", lived, "2026-05-31", Standing{Status: StatusCurrent}},
		{"holdover after it", lived, "2026-06-01", Standing{Status: StatusCurrent, MonthToMonth: true, Holdover: true}},
		{"no dates at all", Lease{}, "2026-01-01", Standing{Status: StatusCurrent}},
		{"only a term", Lease{Terms: term}, "2025-05-31", Standing{Status: StatusFuture}},
		{"agreed from month to month", with(func(l *Lease) { l.Terms = nil; l.MonthToMonth = true }), "2025-07-01",
			Standing{Status: StatusCurrent, MonthToMonth: true}},
		{"notice", with(func(l *Lease) { l.NoticeOn, l.MoveOut = day("2026-03-01"), day("2026-05-31") }), "2026-03-01",
			Standing{Status: StatusCurrent, Notice: true}},
		{"before the notice", with(func(l *Lease) { l.NoticeOn, l.MoveOut = day("2026-03-01"), day("2026-05-31") }), "2026-02-28",
			Standing{Status: StatusCurrent}},
		{"last day in the home", with(func(l *Lease) { l.MoveOut = day("2026-04-30") }), "2026-04-30", Standing{Status: StatusCurrent}},
		{"the day after", with(func(l *Lease) { l.MoveOut = day("2026-04-30") }), "2026-05-01", Standing{Status: StatusPast}},
		{"cancelled", with(func(l *Lease) { l.Cancelled = day("2025-05-01") }), "2025-05-01", Standing{Status: StatusCancelled}},
		{"cancelled later", with(func(l *Lease) { l.Cancelled = day("2025-05-01") }), "2025-04-30", Standing{Status: StatusFuture}},
		{"applicant with wished dates", with(func(l *Lease) { l.Applied = day("2025-04-01") }), "2025-07-01", Standing{Status: StatusApplicant}},
		{"approved without a date to move in", Lease{Applied: day("2025-04-01"), Approved: day("2025-04-05")}, "2025-04-06",
			Standing{Status: StatusApproved}},
		{"approved with one", with(func(l *Lease) { l.Applied, l.Approved = day("2025-04-01"), day("2025-04-05") }), "2025-04-06",
			Standing{Status: StatusFuture}},
		{"under eviction", with(func(l *Lease) { l.UnderEviction = true }), "2025-08-01", Standing{Status: StatusCurrent, UnderEviction: true}},
		{"evicted", with(func(l *Lease) { l.UnderEviction, l.Evicted = true, true }), "2025-08-01", Standing{Status: StatusPast, Evicted: true}},
		{"offer out", with(func(l *Lease) { l.OfferOut = true }), "2026-02-01", Standing{Status: StatusCurrent, OfferOut: true}},
	} {
		if got := c.lease.On(day(c.on)); got != c.want {
			t.Errorf("%s: on %s %+v, want %+v", c.name, c.on, got, c.want)
		}
	}
}

func TestPick(t *testing.T) {
	past := Lease{ID: "past", MoveIn: day("2020-01-01"), MoveOut: day("2021-01-01")}
	older := Lease{ID: "older", MoveIn: day("2022-01-01")}
	newer := Lease{ID: "newer", MoveIn: day("2024-01-01")}
	soon := Lease{ID: "soon", MoveIn: day("2026-02-01")}
	later := Lease{ID: "later", MoveIn: day("2026-09-01")}
	for _, c := range []struct {
		name string
		all  []Lease
		want hearth.LeaseID
	}{
		{"current before past and future", []Lease{past, soon, older}, "older"},
		{"of two current the later begun", []Lease{older, newer}, "newer"},
		{"of two to come the nearer", []Lease{later, past, soon}, "soon"},
		{"a past one rather than none", []Lease{past}, "past"},
	} {
		got, ok := Pick(c.all, day("2026-01-01"))
		if !ok || got.ID != c.want {
			t.Errorf("%s: %q, want %q", c.name, got.ID, c.want)
		}
	}
	if _, ok := Pick(nil, 1); ok {
		t.Error("picked a lease out of none")
	}
}

func TestTake(t *testing.T) {
	stored := func(change func(*Lease)) Lease {
		l := Lease{ID: "lse_1", MoveIn: day("2025-06-01"), RentCents: 150000, Changed: time.Unix(1, 0),
			Terms: []Term{{N: 1, Starts: day("2025-06-01"), Ends: day("2026-05-31"), RentCents: 150000}}}
		if change != nil {
			change(&l)
		}
		return l
	}
	const today = "2026-03-01"
	for _, c := range []struct {
		name   string
		have   Lease
		told   HomeLease
		clears string
		fields []string
		terms  int
		end    string
		check  func(Lease) bool
	}{
		{name: "the same again", have: stored(nil), terms: 1, end: "2026-05-31",
			told: HomeLease{Start: day("2025-06-01"), End: day("2026-05-31"), RentCents: 150000, MoveIn: day("2025-06-01"), Status: StatusCurrent}},
		{name: "nothing told", have: stored(nil), terms: 1, end: "2026-05-31"},
		{name: "an end corrected by days", have: stored(nil), told: HomeLease{End: day("2026-06-15")}, fields: []string{"end"}, terms: 1, end: "2026-06-15"},
		{name: "a start corrected by days", have: stored(nil), told: HomeLease{Start: day("2025-06-04"), End: day("2026-05-31")},
			fields: []string{"start"}, terms: 1, end: "2026-05-31"},
		{name: "a new term", have: stored(nil), told: HomeLease{Start: day("2026-06-01"), End: day("2027-05-31"), RentCents: 155000},
			fields: []string{"rent", "term"}, terms: 2, end: "2027-05-31"},
		{name: "a new term that begins early", have: stored(nil), told: HomeLease{Start: day("2026-03-01"), End: day("2027-02-28")},
			fields: []string{"term"}, terms: 2, end: "2027-02-28"},
		{name: "a renewal told by its end alone", have: stored(nil), told: HomeLease{End: day("2027-05-31")}, fields: []string{"term"}, terms: 2, end: "2027-05-31",
			check: func(l Lease) bool { return l.Terms[1].Starts == day("2026-06-01") }},
		{name: "a renewal under the first start", have: stored(nil), told: HomeLease{Start: day("2025-06-01"), End: day("2027-05-31")},
			fields: []string{"term"}, terms: 2, end: "2027-05-31", check: func(l Lease) bool { return l.Terms[1].Starts == day("2026-06-01") }},
		{name: "the same, told again", have: stored(func(l *Lease) {
			l.Terms = append(l.Terms, Term{N: 2, Starts: day("2026-06-01"), Ends: day("2027-05-31")})
		}), told: HomeLease{Start: day("2025-06-01"), End: day("2027-05-31")}, terms: 2, end: "2027-05-31"},
		{name: "the first term of several", have: stored(func(l *Lease) {
			l.Terms = append(l.Terms, Term{N: 2, Starts: day("2026-06-01"), Ends: day("2027-05-31")})
		}), told: HomeLease{Start: day("2025-06-01"), End: day("2026-05-31")}, terms: 2, end: "2027-05-31"},
		{name: "an older term", have: stored(nil), told: HomeLease{Start: day("2024-06-01"), End: day("2025-05-31")}, fields: []string{"term"}, terms: 2, end: "2026-05-31"},
		{name: "a notice with its date", have: stored(nil), told: HomeLease{NoticeOn: day("2026-02-23"), MoveOut: day("2026-04-30")},
			fields: []string{"move_out", "notice_on"}, terms: 1, end: "2026-05-31", check: func(l Lease) bool { return l.NoticeOn == day("2026-02-23") }},
		{name: "a planned move-out is a notice", have: stored(nil), told: HomeLease{MoveOut: day("2026-04-30")},
			fields: []string{"move_out", "notice_on"}, terms: 1, end: "2026-05-31", check: func(l Lease) bool { return l.NoticeOn == day(today) }},
		{name: "a move-out at the lease's end is none", have: stored(nil), told: HomeLease{MoveOut: day("2026-05-31")},
			fields: []string{"move_out"}, terms: 1, end: "2026-05-31"},
		{name: "a notice by the word", have: stored(nil), told: HomeLease{Status: ToldNotice}, fields: []string{"notice_on"}, terms: 1, end: "2026-05-31"},
		{name: "a notice withdrawn", have: stored(func(l *Lease) { l.NoticeOn, l.MoveOut = day("2026-02-01"), day("2026-04-30") }),
			told: HomeLease{Status: StatusCurrent}, clears: "notice_on move_out", fields: []string{"move_out", "notice_on"}, terms: 1, end: "2026-05-31"},
		{name: "a blank that says nothing", have: stored(func(l *Lease) { l.NoticeOn, l.MoveOut = day("2026-02-01"), day("2026-04-30") }),
			told: HomeLease{Status: StatusCurrent}, terms: 1, end: "2026-05-31"},
		{name: "gone by the word", have: stored(nil), told: HomeLease{Status: StatusPast}, fields: []string{"move_out"}, terms: 1, end: "2026-05-31",
			check: func(l Lease) bool { return l.On(day(today)).Status == StatusPast }},
		{name: "a new applicant", have: Lease{}, told: HomeLease{Status: StatusApplicant, Start: day("2026-04-01"), End: day("2027-03-31")},
			fields: []string{"applied", "term"}, terms: 1, end: "2027-03-31", check: func(l Lease) bool { return l.On(day(today)).Status == StatusApplicant }},
		{name: "an applicant approved", have: stored(func(l *Lease) { l.Applied = day("2026-01-01") }), told: HomeLease{Status: StatusFuture},
			fields: []string{"approved"}, terms: 1, end: "2026-05-31"},
		{name: "cancelled", have: stored(nil), told: HomeLease{Status: StatusCancelled}, fields: []string{"cancelled"}, terms: 1, end: "2026-05-31"},
		{name: "evicted", have: stored(nil), told: HomeLease{Status: ToldEvicted}, fields: []string{"evicted", "move_out"}, terms: 1, end: "2026-05-31"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := c.have
			home := Home{Clears: splitWords(c.clears)}
			var d diff
			l.take(&d, c.told, day(today), home.clears)
			got := d.change().Fields
			if !equalTexts(got, c.fields) {
				t.Errorf("fields %v, want %v", got, c.fields)
			}
			if len(l.Terms) != c.terms || l.Ends() != day(c.end) {
				t.Errorf("%d terms to %s, want %d to %s", len(l.Terms), l.Ends(), c.terms, c.end)
			}
			if c.check != nil && !c.check(l) {
				t.Errorf("lease %+v", l)
			}
			l.Changed = time.Unix(2, 0)
			var again diff
			l.take(&again, c.told, day(today), home.clears)
			if len(again.fields) > 0 {
				t.Errorf("told again, %v changed", again.fields)
			}
		})
	}
}
