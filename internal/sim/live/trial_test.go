package live

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/app"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/care"
	"hearth/internal/fact/record"
	"hearth/internal/learn/trial"
	"hearth/internal/sim"
	"hearth/internal/sim/world"
)

// recorded is a community that has lived some months, with all shipped playbooks on.
func recorded(t *testing.T, database string, days hearth.Day) *Program {
	t.Helper()
	w, err := world.New(world.Config{Units: 30, Seed: 5, Start: january()})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Seed: 5, Start: january().Start(w.Property().Zone), IncludeADay: 1, Database: database}
	if database == "" {
		o.Dir = t.TempDir()
	}
	p, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if _, err := sim.Run(t.Context(), p, w, january()+days, sim.Options{}); err != nil {
		t.Fatal(err)
	}
	return p
}

// everything is a digest of all that a community keeps, table by table.
func everything(t *testing.T, d *db.DB) string {
	t.Helper()
	sum := sha256.New()
	for _, table := range []struct{ name, columns string }{
		{"events", "id source type resident data seq# recorded#"}, {"positions", "follower seq# epoch#"}, {"due", "kind key due_at# payload state claim#"},
		{"runs", "id state step# wake_at# facts"}, {"decisions", "id reason"}, {"messages", "id state body at#"}, {"tasks", "id state owner due_at#"},
		{"playbooks", "id version# state"}, {"states", "resident part#"}, {"consents", "address_key allowed#"}, {"settings", "name value"},
	} {
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			rows, err := dumpTable(t.Context(), tx, table.name, table.name, strings.Fields(table.columns))
			slices.SortFunc(rows, func(a, b sim.Row) int { return bytes.Compare(a.Body, b.Body) })
			for _, r := range rows {
				fmt.Fprintln(sum, r.Kind, string(r.Body))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// simulator tries playbooks on a community, in copies below a directory of the test's own.
func simulator(t *testing.T, p *Program) *trial.Simulator {
	t.Helper()
	s := p.App.Simulator()
	s.Dir = t.TempDir()
	return s
}

func tried(t *testing.T, s *trial.Simulator, req trial.Request) *trial.Report {
	t.Helper()
	r, err := s.Run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(s.Dir); err != nil || len(left) > 0 {
		t.Errorf("a copy was left behind: %v, %v", left, err)
	}
	return r
}

const (
	startedSQL = `SELECT resident, started FROM runs WHERE org = $1 AND playbook = $2 AND started >= $3 AND started <= $4 AND arm = ''`
	sentSQL    = `SELECT count(*) FROM messages WHERE org = $1 AND playbook = $2 AND at >= $3 AND at <= $4 AND state = 'sent'`
	askedSQL   = `SELECT count(*) FROM tasks WHERE org = $1 AND playbook = $2 AND made >= $3 AND made <= $4`
)

// What a simulation of a playbook tells of months in which it was on is what happened in them: the same starts for the
// same residents in the same moments, as many messages and tasks. It writes nothing to the community.
func TestSimulationMeetsWhatHappened(t *testing.T) {
	long, short := []hearth.PlaybookID{"first-service", "renewal-window", "long-wait", "quiet-resident", "move-out"}, []hearth.PlaybookID{"resolved-properly", "long-wait"}
	for _, c := range []struct {
		name, url string
		playbooks []hearth.PlaybookID
	}{{"sqlite", "", long}, {"postgres", dbtest.PostgresURL(t), short}} {
		t.Run(c.name, func(t *testing.T) {
			p := recorded(t, c.url, 130)
			s := simulator(t, p)
			before := everything(t, p.App.DB)
			from, to := january()+70, january()+125
			zone := p.zone(t)
			first, last := from.Start(zone), (to + 1).Start(zone).Add(-time.Millisecond)
			seen := 0
			for _, id := range c.playbooks {
				r := tried(t, s, trial.Request{ID: id, From: from, To: to})
				got := map[string]bool{}
				for _, x := range r.Residents {
					for _, start := range x.Starts {
						got[fmt.Sprint(x.Resident, start.At.UnixMilli())] = !start.HeldOut
					}
				}
				want, sent, asked := p.happened(t, id, first, last)
				seen += len(want)
				for k := range want {
					if !got[k] {
						t.Errorf("%s: %s started then and not in the simulation", id, k)
					}
				}
				if r.Tried.Starts != len(want) || r.Tried.Messages.Sent != sent || r.Tried.Tasks.Count != asked {
					t.Errorf("%s: %d starts, %d messages and %d tasks in the simulation; then there were %d, %d and %d", id, r.Tried.Starts,
						r.Tried.Messages.Sent, r.Tried.Tasks.Count, len(want), sent, asked)
				}
			}
			if seen < 15 {
				t.Errorf("only %d starts were compared", seen)
			}
			if after := everything(t, p.App.DB); after != before {
				t.Error("the simulation changed the community that it was tried on")
			}
		})
	}
}

func (p *Program) zone(t *testing.T) *time.Location {
	t.Helper()
	var zone *time.Location
	err := p.App.DB.Read(t.Context(), func(tx *db.Tx) error {
		all, err := p.App.Records.Properties(t.Context(), tx)
		if err != nil {
			return err
		}
		zone, err = p.App.Records.Zone(t.Context(), tx, all[0].ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// happened gives what a playbook really did between two times.
func (p *Program) happened(t *testing.T, id hearth.PlaybookID, from, to time.Time) (starts map[string]bool, sent, asked int) {
	t.Helper()
	starts = map[string]bool{}
	err := p.App.DB.Read(t.Context(), func(tx *db.Tx) error {
		args := []any{tx.Org(), string(id), from, to}
		if err := tx.Row(t.Context(), sentSQL, args...).Scan(&sent); err != nil {
			return err
		}
		if err := tx.Row(t.Context(), askedSQL, args...).Scan(&asked); err != nil {
			return err
		}
		rows, err := tx.Query(t.Context(), startedSQL, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var who string
			var at int64
			if err := rows.Scan(&who, &at); err != nil {
				return err
			}
			starts[fmt.Sprint(who, at)] = true
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return starts, sent, asked
}

// The text that is switched on, tried in its own place, changes nothing, and the same trial gives the same bytes.
func TestSameTextChangesNothing(t *testing.T) {
	p := recorded(t, "", 100)
	s := simulator(t, p)
	req := trial.Request{Text: p.App.Library["resolved-properly"], From: january() + 40, To: january() + 95}
	first := tried(t, s, req)
	d := first.Difference
	if d == nil || d.Starts != 0 || d.Messages != 0 || d.Tasks != 0 || d.Minutes != 0 || len(d.Others) != 0 {
		t.Errorf("the same text makes a difference: %+v", d)
	}
	if first.Tried.Starts == 0 || first.Tried.Messages.Sent == 0 {
		t.Errorf("too little happened to compare: %+v", first.Tried)
	}
	if got := strings.Join(d.Words, " "); !strings.Contains(got, "just as they do") {
		t.Errorf("the difference in words: %s", got)
	}
	one, two := page(t, first), page(t, tried(t, s, req))
	if one != two {
		t.Errorf("the same trial gave\n%s\nand then\n%s", one, two)
	}
}

// page is all that a report says, as JSON and as a page.
func page(t *testing.T, r *trial.Report) string {
	t.Helper()
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return string(raw) + b.String()
}

// parcels lets packages arrive for a resident on days, at noon.
func parcels(t *testing.T, p *Program, days ...hearth.Day) {
	t.Helper()
	for i, d := range days {
		tell(t, p, d, "package.arrived", map[string]any{"package": fmt.Sprint("P", i)})
	}
	if err := p.Advance(t.Context(), days[len(days)-1].Start(p.zone(t)).AddDate(0, 0, 20)); err != nil {
		t.Fatal(err)
	}
}

// tell has something happen to a resident at noon of a day.
func tell(t *testing.T, p *Program, d hearth.Day, kind string, data map[string]any) {
	t.Helper()
	at := d.At(12*60, p.zone(t))
	if err := p.Advance(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	got, err := p.Post(t.Context(), []world.Event{{ID: kind + d.String(), Source: p.source, Type: kind, Subject: "resident/T000001", Time: at, Data: data}})
	if err != nil || got[0] != "accepted" {
		t.Fatalf("post %s: %v, %v", kind, got, err)
	}
}

// What somebody allowed, and what they preferred, is what it was on each day and not what it is today; a situation holds what
// they may do without as long as it lasted.
func TestConsentAndCareAreAsTheyWere(t *testing.T) {
	p, w := open(t, 2)
	for _, f := range w.Import() {
		if err := p.Import(t.Context(), w.Property(), f); err != nil {
			t.Fatal(err)
		}
	}
	day, zone := january()+40, p.zone(t)
	tell(t, p, day, "package.arrived", map[string]any{"package": "1"})
	tell(t, p, day+2, "package.arrived", map[string]any{"package": "2"})
	tell(t, p, day+3, "consent.changed", map[string]any{"purpose": "", "channel": "email", "allowed": false})
	tell(t, p, day+4, "package.arrived", map[string]any{"package": "3"})
	tell(t, p, day+10, "consent.changed", map[string]any{"purpose": "", "channel": "email", "allowed": true})
	if err := p.Advance(t.Context(), (day + 20).Start(zone)); err != nil {
		t.Fatal(err)
	}
	err := p.App.DB.Write(t.Context(), func(tx *db.Tx) error {
		id, err := p.names.ours(t.Context(), tx, p.App.Records, "resident", "T000001", p.source)
		if err == nil {
			_, err = p.App.Care.Set(t.Context(), tx, hearth.System("test"), care.Told{Resident: hearth.ResidentID(id), Kind: care.Hospital, Until: (day + 25).Start(zone)})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.settled = false
	tell(t, p, day+22, "package.arrived", map[string]any{"package": "4"})
	tell(t, p, day+35, "package.arrived", map[string]any{"package": "5"})
	if err := p.Advance(t.Context(), (day + 60).Start(zone)); err != nil {
		t.Fatal(err)
	}
	s := simulator(t, p)
	live := tried(t, s, trial.Request{ID: "package-waiting", From: day - 5, To: day + 50})
	_, sent, asked := p.happened(t, "package-waiting", day.Start(zone), (day + 50).Start(zone))
	if live.Tried.Starts != 5 || live.Tried.Messages.Sent != sent || live.Tried.Tasks.Count != asked || sent != 4 {
		t.Errorf("the simulation sent %d and asked %d times; then %d were sent and %d asked: %+v", live.Tried.Messages.Sent, live.Tried.Tasks.Count, sent, asked, live.Tried)
	}
	// The same as a message that residents may do without: the fourth waits until the situation is over.
	text := strings.Replace(string(p.App.Library["package-waiting"]), "class: service", "class: relation", 1)
	r := tried(t, s, trial.Request{Text: []byte(text), From: day - 5, To: day + 50})
	found := false
	for _, x := range r.Tried.Messages.Reasons {
		found = found || x.What == "held" && strings.Contains(x.Why, "andle with care") && x.Count == 1
	}
	if !found {
		t.Errorf("nothing was held for the situation: %+v", r.Tried.Messages)
	}
}

const ghostSQL = `INSERT INTO playbooks (org, id, version, body, digest, state, activated, include_a_day) VALUES ($1, 'ghost', 1, $2, 'x', 'active', $3, 0)`

// A playbook that is on, and whose template is gone since, keeps nobody from trying another one.
func TestWhatIsRefusedTodayIsLeftOut(t *testing.T) {
	p := recorded(t, "", 40)
	text := strings.NewReplacer("id: pest\n", "id: ghost\n", "template: ", "template: gone-").Replace(string(p.App.Library["pest"]))
	err := p.App.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), ghostSQL, tx.Org(), text, tx.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r := tried(t, simulator(t, p), trial.Request{ID: "resolved-properly", From: january() + 5, To: january() + 35})
	if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, "ghost is left out") }) || r.Tried.Starts == 0 {
		t.Errorf("%d starts, notes %q", r.Tried.Starts, r.Notes)
	}
	if _, err := simulator(t, p).Run(t.Context(), trial.Request{ID: "ghost", From: january() + 5, To: january() + 35}); hearth.CodeOf(err) != hearth.CodeInvalid {
		t.Errorf("trying the one that is refused: %v", err)
	}
}

// Of several properties one is named; what another one recorded takes no part.
func TestOnePropertyIsNamed(t *testing.T) {
	p := recorded(t, "", 40)
	s := simulator(t, p)
	req := trial.Request{ID: "pest", From: january() + 5, To: january() + 35}
	alone := tried(t, s, req)
	err := p.App.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, _, err := p.App.Records.PutProperty(t.Context(), tx, record.News{Source: "test", Time: tx.Now()}, record.Property{Name: "Zebra Court", Zone: "America/New_York"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context(), req); hearth.CodeOf(err) != hearth.CodeInvalid || !strings.Contains(err.Error(), "Zebra Court") {
		t.Errorf("without a name: %v", err)
	}
	req.Property = strings.ToUpper(alone.Property)
	if named := tried(t, s, req); page(t, named) != page(t, alone) {
		t.Errorf("beside another property the trial gives another report")
	}
	req.Property = "Zebra Court"
	if r := tried(t, s, req); r.Events.Count != 0 || len(r.Notes) != 1 {
		t.Errorf("a property of which nothing is recorded: %+v", r)
	}
}

// A change whose effect can be counted by hand: five packages, of which the live version tells each; the text that is
// tried starts once in ten days and asks a person beside it.
func TestDifferenceIsWhatOneCounts(t *testing.T) {
	p, w := open(t, 2)
	for _, f := range w.Import() {
		if err := p.Import(t.Context(), w.Property(), f); err != nil {
			t.Fatal(err)
		}
	}
	day := january() + 40
	parcels(t, p, day, day+2, day+4, day+12, day+13)
	text := string(p.App.Library["package-waiting"])
	text = strings.Replace(text, "again: each time", "again: once per 10 days", 1)
	text = strings.Replace(text, "steps:\n", `steps:
  - id: look
    task:
      title: See whether it fits the shelf
      why: A big package is in everybody's way.
      role: leasing
      minutes: 7
      due: 1 business day
`, 1)
	r := tried(t, simulator(t, p), trial.Request{Text: []byte(text), From: day - 5, To: day + 18})
	// Packages 1 and 4 start it: 1 message and 1 task each. Without the change: 5 messages and no task.
	if r.Tried.Starts != 2 || r.Tried.Messages.Sent != 2 || r.Tried.Tasks.Count != 2 || r.Tried.Tasks.Minutes != 14 {
		t.Errorf("with the text: %+v", r.Tried)
	}
	if r.Before == nil || r.Before.Starts != 5 || r.Before.Messages.Sent != 5 || r.Before.Tasks.Count != 0 {
		t.Errorf("with the live version: %+v", r.Before)
	}
	if d := r.Difference; d.Starts != -3 || d.Messages != -3 || d.Tasks != 2 || d.Minutes != 14 || d.Residents != 0 {
		t.Errorf("the difference: %+v", d)
	}
	if got := r.Difference.Words[0]; !strings.Contains(got, "3 fewer messages, 2 more tasks, 14 minutes more of the team's time and 3 fewer starts") {
		t.Errorf("in words: %s", got)
	}
	if len(r.Tried.NotBegun) == 0 || r.Tried.NotBegun[0].Count != 3 || !strings.Contains(r.Tried.NotBegun[0].Why, "once per 10 days") {
		t.Errorf("why it did not start: %+v", r.Tried.NotBegun)
	}
	if len(r.Residents) != 1 || len(r.Residents[0].Starts) != 2 || r.Residents[0].Name == "" || r.Residents[0].Starts[0].Because == "" {
		t.Errorf("whom it started for: %+v", r.Residents)
	}
}

// What cannot be asked is refused with a sentence; days without events give a report that says so.
func TestTrialsThatCannotBe(t *testing.T) {
	p := recorded(t, "", 10)
	s := simulator(t, p)
	day, text := january()+5, p.App.Library["pest"]
	for name, c := range map[string]struct {
		req  trial.Request
		code hearth.Code
		says string
	}{
		"the last day before the first": {trial.Request{Text: text, From: day, To: day - 1}, hearth.CodeInvalid, "lies before"},
		"too many days":                 {trial.Request{Text: text, From: day - trial.MaxDays, To: day}, hearth.CodeInvalid, "at most"},
		"days ahead":                    {trial.Request{Text: text, From: day + 400, To: day + 401}, hearth.CodeInvalid, "lies ahead"},
		"a playbook that is not on":     {trial.Request{ID: "no-such", From: day, To: day}, hearth.CodeNotFound, "no-such"},
		"another property":              {trial.Request{Text: text, From: day, To: day, Property: "Elsewhere"}, hearth.CodeNotFound, "Elsewhere"},
		"a signal that is mistyped": {trial.Request{Text: bytes.Replace(p.App.Library["quiet-resident"], []byte("connection.last_personal_days"), []byte("connection.last_personal_dys"), 1),
			From: day, To: day}, hearth.CodeInvalid, "connection.last_personal_days"},
	} {
		_, err := s.Run(t.Context(), c.req)
		if hearth.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := tried(t, s, trial.Request{Text: text, From: day - 500, To: day - 400})
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "reaches from "+january().String()) || r.Tried.Starts != 0 {
		t.Errorf("days without events: %+v", r)
	}
	if _, err := p.App.Try(t.Context(), app.Trial{Playbook: "renewal-windw", From: day, To: day}); err == nil || !strings.Contains(err.Error(), "renewal-window") {
		t.Errorf("a mistyped id: %v", err)
	}
}

// A trial that is broken off leaves nothing behind, and what a killed process left goes with the next.
func TestBrokenOffTrialLeavesNothing(t *testing.T) {
	p := recorded(t, "", 40)
	s := simulator(t, p)
	stale := filepath.Join(s.Dir, "hearth-trial-stale")
	if err := errors.Join(os.MkdirAll(stale, 0o700), os.WriteFile(filepath.Join(stale, "in-use"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	calls := 0
	_, err := s.Run(ctx, trial.Request{Text: p.App.Library["pest"], From: january() + 10, To: january() + 38, Progress: func(_ string, done float64) {
		if calls++; done > 0.4 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) || calls < 3 {
		t.Errorf("broken off after %d calls: %v", calls, err)
	}
	if left, err := os.ReadDir(s.Dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
