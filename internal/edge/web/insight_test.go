package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/decide/assign"
	"hearth/internal/fact/care"
	"hearth/internal/fact/quality"
	"hearth/internal/fact/record"
	"hearth/internal/learn/fairness"
	"hearth/internal/learn/metric"
)

// insightOf gives the bench figures and a community of neighbours about whom much happened.
func insightOf(t testing.TB, b *bench, neighbours int) {
	t.Helper()
	h := b.web
	h.Figures = metric.New(metric.Deps{DB: h.DB, Log: h.Log, Records: h.Records, Node: "n1"})
	h.Fairness, h.Quality = fairness.New(h.Records, h.Figures), quality.New(h.Records)
	ctx := t.Context()
	err := h.DB.Write(ctx, func(tx *db.Tx) error {
		all, err := h.Records.Properties(ctx, tx)
		if err != nil {
			return err
		}
		today := hearth.DayOf(tx.Now(), time.UTC)
		var evs []*hearth.Event
		for i := range neighbours {
			name := fmt.Sprint("Neighbour", i)
			if i == 0 {
				name = `=HYPERLINK("http://x")`
			}
			home, err := h.Records.PutHome(ctx, tx, record.News{Source: "yardi/oak"}, record.Home{Property: all[0].ID, Unit: record.Unit{Label: fmt.Sprint("U", i), Floor: fmt.Sprint(1 + i%2), BuildingName: "House " + string(rune('A'+i%2))},
				Members: []record.Member{{Resident: record.Resident{First: name, Last: "Moss", Email: fmt.Sprintf("n%d@oak.example", i), Phone: fmt.Sprintf("608 555 %04d", i)}}}, Lease: record.HomeLease{Start: today - 400, End: today + 30, MoveIn: today - 400}})
			if err != nil {
				return err
			}
			evs = append(evs, livesOf(home.Members[0].ID, all[0].ID, i, tx.Now())...)
		}
		_, err = h.Log.Append(ctx, tx, evs...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	countFigures(t, b)
}

func countFigures(t testing.TB, b *bench) {
	t.Helper()
	for {
		more, err := b.web.Figures.RunOnce(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return
		}
	}
}

// livesOf is what happened about somebody: in each of six weeks a word that is answered after two hours, a repair of a day, a promise.
func livesOf(who hearth.ResidentID, at hearth.PropertyID, i int, now time.Time) (evs []*hearth.Event) {
	monday := metric.Monday(hearth.DayOf(now, time.UTC))
	tell := func(week int, hour int, kind hearth.EventType, data string) {
		day := monday - hearth.Day(7*week) + 1
		when := day.Start(time.UTC).Add(time.Duration(hour) * time.Hour)
		evs = append(evs, &hearth.Event{ID: fmt.Sprint(who, "-", len(evs)), Source: "t", Type: kind, Subject: hearth.Subject{Kind: "resident", ID: string(who)}, Property: at, Residents: []hearth.ResidentID{who},
			Time: when, Recorded: when, AsOf: when, History: true, Data: []byte(data)})
	}
	for week := 6; week >= 1; week-- {
		if week == 3 && i > 2 {
			continue // in that week fewer than five people stand behind a figure
		}
		tell(week, 16, "message.received", `{"channel":"email","text":"Thank you, that was a great help."}`)
		tell(week, 18, "message.sent", `{"channel":"email","class":"service","message":"m","purpose":"conversation.reply"}`)
		tell(week, 10, "workorder.opened", fmt.Sprintf(`{"workorder":"w%d-%d","category":"plumbing","description":"drips"}`, i, week))
		tell(week, 34, "workorder.completed", fmt.Sprintf(`{"workorder":"w%d-%d","resolution":"done"}`, i, week))
		tell(week, 11, "promise.made", fmt.Sprintf(`{"promise":"p%d","due":"%s","text":"a call"}`, week, (monday-hearth.Day(7*week)+3).String()+"T06:00:00Z"))
		if week != 1 {
			tell(week, 12, "promise.kept", fmt.Sprintf(`{"promise":"p%d"}`, week))
		}
	}
	return evs
}

func TestInsight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		playsOf(t, b)
		insightOf(t, b, 12)
		if err := b.web.Engine.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		thin := metric.Monday(hearth.DayOf(clock.Now(), time.UTC)) - 21
		last := thin + 14
		b.walk(t, []walk{
			{path: "/insight", must: []string{"Until a person answers", "2.0 business hours", "12 answers", "Usual in the quarter before: 2.0 business hours", "Until a repair is done", "1.0 days", "Of 12 promises that fell due last week nobody said",
				"fewer than five people, so not told", "In numbers", "<svg"}, never: []string{"Neighbour"}},
			{path: "/insight/rows?figure=answer&week=" + last.String(), must: []string{"Neighbour3 Moss", "U3", "2.0 business hours"}},
			{path: "/insight/rows?figure=promise&week=" + last.String(), must: []string{"nobody said", "a call"}},
			{path: "/insight/rows?figure=repair&open=1", must: []string{"Nothing stands here"}},
			{path: "/insight/rows?figure=rent", code: 404, must: []string{"no such figure"}},
			{path: "/insight/rows?week=tomorrow", code: 422, must: []string{"not a date"}},
			{path: "/insight/rows.csv?figure=repair&week=" + last.String(), must: []string{`"'=HYPERLINK(""http://x"") Moss",U0`, "Neighbour3 Moss,U3", ",1.000,", "plumbing"}},
			{path: "/insight/weeks.csv", must: []string{"Until a person answers," + last.String() + ",2.000", "Until a repair is done," + thin.String() + ",fewer than five people"}},
			{path: "/insight/people", must: []string{"Quiet discontent", "Nobody knows them", "Neighbour3 Moss", "Has lived here for 1 year 1 month, and no talk", "I talked with them"}},
			{path: "/residents?list=nobody_knows_them", must: []string{"Neighbour3 Moss", "Write to all of these", `href="/broadcasts/new?segment=nobody_knows_them"`}},
			{path: "/insight/people", form: url.Values{"lists.unknown_days": {"500"}}, code: 303, must: []string{"The limit is changed"}},
			{path: "/insight/people", must: []string{`value="500"`, "Somebody of the team met everybody"}, never: []string{"Neighbour3"}},
			{path: "/insight/people", form: url.Values{"lists.quiet_drop": {"400"}}, code: 422, must: []string{"percent from 10 to 95", `value="400"`}},
			{path: "/insight/people", form: url.Values{"lists.unknown_days": {"soon"}}, code: 422, must: []string{"whole number from 30 to 730"}},
			{path: "/insight/gaps", must: []string{"Before the term ends", "how they like to be reached is not on record", "Telephone number"}},
			{path: "/insight/balance", must: []string{"No difference that could not be chance", "House A", "Floor 2", "like the rest", "How long repairs take"}},
			{path: "/insight/balance", must: []string{`<th scope="rowgroup" colspan="4" class="section">By floor</th>`}, never: []string{`, By floor"`}},
		})
		var shares []int
		for _, m := range regexp.MustCompile(`number-small">(\d+) %`).FindAllStringSubmatch(b.get(t, "/insight/gaps", "").Body.String(), -1) {
			n, _ := strconv.Atoi(m[1])
			shares = append(shares, n)
		}
		if len(shares) < 5 || !slices.IsSorted(shares) {
			t.Errorf("what is known least does not stand first: %v", shares)
		}
	})
}

// Who sees figures alone gets counts, and no count of a few.
func TestFiguresAlone(t *testing.T) {
	h := newHouse(t, nil)
	b := &bench{web: h.web, log: &strings.Builder{}}
	insightOf(t, b, 12)
	last := metric.Monday(hearth.DayOf(h.clock.Now(), time.UTC)) - 7
	for _, role := range []hearth.Role{hearth.RoleRegional, hearth.RoleAuditor} {
		session := map[string]string{"hearth": h.session(role)}
		for path, must := range map[string]string{
			"/insight":                                   "12 answers",
			"/insight/rows?week=" + last.String():        "12 answers of 12 residents stand behind it",
			"/insight/rows?week=" + (last - 14).String(): "Fewer than five people stand behind this week",
			"/insight/people":                            "open to those who look after them",
			"/insight/gaps":                              "Before the term ends",
			"/insight/balance":                           "like the rest",
			"/insight/team":                              "next seven days",
			"/insight/weeks.csv":                         "2.000",
		} {
			rec := h.ask("GET", path, nil, session)
			if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), must) || strings.Contains(rec.Body.String(), "Neighbour") || strings.Contains(rec.Body.String(), "HYPERLINK") {
				t.Errorf("%s as %s: %d %s", path, role, rec.Code, rec.Body)
			}
		}
		if rec := h.ask("GET", "/insight/rows.csv", nil, session); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/insight/weeks.csv" {
			t.Errorf("rows as %s: %d %s", role, rec.Code, rec.Body)
		}
	}
	// A supervisor is told first names, and not who wrote what.
	session := map[string]string{"hearth": h.session(hearth.RoleSupervisor)}
	if rec := h.ask("GET", "/insight/rows?figure=repair&week="+last.String(), nil, session); !strings.Contains(rec.Body.String(), "Neighbour3") || strings.Contains(rec.Body.String(), "Neighbour3 Moss") {
		t.Errorf("repairs as a supervisor: %s", rec.Body)
	}
	if rec := h.ask("GET", "/insight/rows?figure=tone&week="+last.String(), nil, session); strings.Contains(rec.Body.String(), "Neighbour") {
		t.Errorf("tone as a supervisor: %s", rec.Body)
	}
}

func TestInsightOfAnEmptyCommunity(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBenchOf(t, d, clock)
		b.web.Open = true
		paths := []string{"/insight", "/insight/rows", "/insight/people", "/insight/team", "/insight/gaps", "/insight/balance", "/insight/weeks.csv", "/insight/rows.csv"}
		for _, path := range paths {
			b.walk(t, []walk{{path: path}})
		}
		h := b.web
		h.Figures = metric.New(metric.Deps{DB: h.DB, Log: h.Log, Records: h.Records, Node: "n1"})
		h.Fairness, h.Quality = fairness.New(h.Records, h.Figures), quality.New(h.Records)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, _, err := h.Records.PutProperty(t.Context(), tx, record.News{}, record.Property{Name: "Bare Hill", Zone: "America/Denver"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			b.walk(t, []walk{{path: path}})
		}
		b.walk(t, []walk{{path: "/insight", must: []string{"No week of the last half year has answers to five people"}}, {path: "/insight/balance", must: []string{"not enough homes"}}, {path: "/insight/gaps", must: []string{"Nothing is missing where it matters next"}}})
	})
}

// That somebody is worried about a resident leaves no trace: the pages are the same to the byte.
func TestInsightTellsNothingOfWorries(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	playsOf(t, b)
	insightOf(t, b, 12)
	b.web.Assign = assign.New(b.web.Records, b.web.Tasks)
	ana := hearth.ResidentID(b.ana(t))
	if _, err := b.web.Engine.Activate(t.Context(), []byte(worriedTest), 0); err != nil {
		t.Fatal(err)
	}
	look := func() (out string) {
		for _, path := range []string{"/insight", "/insight/people", "/insight/team", "/insight/gaps", "/insight/balance", "/insight/weeks.csv", "/insight/rows.csv?figure=contact", "/insight/rows?figure=act"} {
			out += b.get(t, path, "").Body.String()
		}
		return out
	}
	before := look()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		ctx := t.Context()
		all, err := b.web.Records.Properties(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := b.web.Log.Append(ctx, tx, &hearth.Event{ID: "worry", Source: "t", Type: "welfare.concern", Subject: hearth.Subject{Kind: "resident", ID: string(ana)}, Property: all[0].ID, Residents: []hearth.ResidentID{ana},
			Time: tx.Now(), Data: []byte(`{"raised_by":"family"}`)}); err != nil {
			return err
		}
		team, err := b.web.Records.StaffAt(ctx, tx, all[0].ID)
		if err != nil {
			return err
		}
		return b.web.Tasks.Insert(ctx, tx, []task.Task{{ID: "tsk_w", Property: all[0].ID, Resident: ana, Kind: "playbook", Title: "Look after them", Why: "So.", Role: hearth.RoleCoordinator, Owner: team[0].ID, Minutes: 10, Playbook: "worried", DueAt: tx.Now().Add(time.Hour)}})
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := b.web.Care.Set(t.Context(), tx, hearth.System("test"), care.Told{Resident: ana, Kind: care.Hospital, Until: tx.Now().Add(48 * time.Hour)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	countFigures(t, b)
	if after := look(); after != before {
		t.Errorf("a worry shows:\n%s", firstDifference(before, after))
	}
}

func firstDifference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return a[max(0, i-200):min(len(a), i+200)] + "\n--- against ---\n" + b[max(0, i-200):min(len(b), i+200)]
}

func TestHarmless(t *testing.T) {
	for cell, want := range map[string]string{"Ana": "Ana", "=1+1": "'=1+1", "-0.25": "-0.25", "-cmd": "'-cmd", "@x": "'@x", " =1": "' =1", "+1 608 555": "'+1 608 555", "": "", "\t=1": "'\t'=1", "＝1": "'＝1", "a=b": "a=b", "Leak;=1+1": "Leak;'=1+1", "two\n=1+1": "two\n'=1+1", "a\t-b": "a\t'-b", "\"=1": "'\"=1", "a;b": "a;b", "x;-2": "x;-2"} {
		if got := harmless(cell); got != want {
			t.Errorf("%q became %q, want %q", cell, got, want)
		}
	}
}
