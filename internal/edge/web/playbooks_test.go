package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/base/rule"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/sense/signal"
)

const renewTest = `id: renew
title: The lease comes to its end
moment: micro
depth: human
why: Somebody should ask them <b>early</b>.
trigger: {when: "lease.days_to_end <= 120 && lease.days_to_end >= 0"}
goal: {event: lease.renewed, within: 60d}
steps:
  - task: {title: "Call them", why: "Their lease ends.", role: leasing, minutes: 10, due: 2 business days, escalate: [{after: 1d, role: property_manager}]}
  - id: pause
    wait: 3d
  - branch:
      - if: service.open > 0
        steps:
          - task: {title: "Look at the repair first", why: "It is open.", role: maintenance_supervisor, minutes: 5, due: 1d, escalate: [{after: 1d, role: property_manager}]}
      - else:
          - end: All is well.
exits:
  - {on: lease.moved_out, because: They have moved out.}
`

const worriedTest = `id: worried
title: Somebody is worried
moment: loss
depth: human
why: To look after them.
trigger: {on: welfare.concern}
steps:
  - task: {title: "Look after them", why: "So.", role: service_coordinator, minutes: 10, due: 2h}
`

// engineOf gives an engine over the stores of pages.
func engineOf(t testing.TB, d Deps) *trigger.Engine {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	templates, err := desk.Load(desk.Shipped())
	must(err)
	ways := assign.New(d.Records, d.Tasks)
	dk, err := desk.New(desk.Deps{Records: d.Records, Consent: consent.New(d.Log), Messages: d.Messages, Tasks: d.Tasks, Decisions: d.Decisions, Assign: ways, Templates: templates})
	must(err)
	env, err := rule.NewEnv(signal.Fields())
	must(err)
	compiler, err := playbook.NewCompiler(env, eventlog.Types(), nil)
	must(err)
	return trigger.New(trigger.Deps{DB: d.DB, Log: d.Log, Env: env, Compiler: compiler, Records: d.Records, Desk: dk, Tasks: d.Tasks, Decisions: d.Decisions, Assign: ways, Care: d.Care, Logger: slog.New(slog.DiscardHandler)})
}

// playsOf gives the bench an engine and a small library, opened to everybody.
func playsOf(t testing.TB, b *bench) {
	t.Helper()
	h := b.web
	h.Care = care.New(h.Log, h.Records)
	h.Engine = engineOf(t, h.Deps)
	h.Library = map[hearth.PlaybookID][]byte{"renew": []byte(renewTest), "worried": []byte(worriedTest)}
	h.Open = true
	deskOf(t, b)
	if err := h.Engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// walk is one step on the pages: a form that is posted, or a page that is looked at.
type walk struct {
	path  string
	form  url.Values // nil: looked at
	code  int
	must  []string
	never []string
}

func (b *bench) walk(t *testing.T, steps []walk) {
	t.Helper()
	for i, s := range steps {
		var rec *httptest.ResponseRecorder
		var body string
		if s.form == nil {
			rec = b.get(t, s.path, "")
			body = rec.Body.String()
		} else {
			rec = b.post(t, s.path, s.form)
			body = rec.Body.String() + toastOf(t, rec)
		}
		want := s.code
		if want == 0 {
			want = http.StatusOK
		}
		if rec.Code != want {
			t.Fatalf("step %d, %s: answered %d, want %d: %s\n%s", i, s.path, rec.Code, want, rec.Body, b.log)
		}
		for _, m := range s.must {
			if !strings.Contains(body, m) {
				t.Errorf("step %d, %s: %q is missing in %s", i, s.path, m, body[max(0, strings.Index(body, "<main")):])
			}
		}
		for _, n := range s.never {
			if strings.Contains(body, n) {
				t.Errorf("step %d, %s: shows %q", i, s.path, n)
			}
		}
	}
}

func TestPlaybooks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		playsOf(t, b)
		ana := b.ana(t)
		b.walk(t, []walk{
			{path: "/playbooks", must: []string{"Nothing is switched on", "The lease comes to its end", "Starts when the lease ends in 0 to 120 days.", "Switch on", "Pause everything automatic"}},
			{path: "/playbooks/renew", must: []string{"never switched on", "Call them", "leasing · 10 min · within 2 business days", "If any repair is open", "Ends at once if", "<svg", "&lt;b&gt;early"}},
			{path: "/playbooks/nothing", code: 404, must: []string{"There is no playbook of this name"}},
			{path: "/playbooks/renew/start", must: []string{"Those already inside: 1", "Ana Ruiz, 4B"}},
			{path: "/playbooks/renew/start", form: url.Values{"text": {"of yesterday"}, "back": {"/playbooks/renew"}}, code: 303, must: []string{"changed since you looked at it"}},
			{path: "/playbooks/renew/start", form: url.Values{"text": {playbook.Digest([]byte(renewTest))}, "inside": {"start"}, "a_day": {"no"}, "back": {"/playbooks/renew"}}, code: 303, must: []string{"from 1 on"}},
			{path: "/playbooks/renew/start", form: url.Values{"text": {playbook.Digest([]byte(renewTest))}, "inside": {"start"}, "a_day": {"2"}}, code: 303, must: []string{"is live", "1 person was inside already; the last of them starts on 2 March"}},
		})
		b.runs(t, ana)
		b.walk(t, []walk{
			{path: "/playbooks", must: []string{"1 playbook is switched on", "1 now, 1 in 30 days", ">live<"}},
			{path: "/playbooks/renew", must: []string{"version 1, live since", "1 given", "1 here now", "Ana Ruiz", "step 2", "by Dana", "reached by 3 of 4", "Nobody was held out"}},
			{path: "/playbooks/renew/why?who=Ruiz", must: []string{"Ana Ruiz", "resident=" + ana}},
			{path: "/playbooks/renew/why?who=Nobody+Such", must: []string{"Nobody is found"}},
			{path: "/playbooks/renew/why?resident=" + ana, must: []string{"It is running since 2 March 2026", "The lease ends in at most 120 days", "<p class=\"soft\">now 65</p>", "Waits until 5 March 2026, 08:00"}},
			{path: "/playbooks/renew/versions/1", must: []string{"Version 1 of", "Call them", "title: The lease comes"}},
			{path: "/playbooks/renew/versions/9", code: 404},
			// A pause says why, is seen, and ends.
			{path: "/pause?what=playbook&target=renew", must: []string{"What stands still", "selected"}},
			{path: "/pause", form: url.Values{"what": {"everything/"}}, code: 422, must: []string{"Say why"}},
			{path: "/pause", form: url.Values{"what": {"everything/"}, "reason": {"The boiler is out"}, "until": {"soon"}}, code: 422, must: []string{"last day"}},
			{path: "/pause", form: url.Values{"what": {"everything/"}, "reason": {"The boiler is out"}}, code: 303, must: []string{"stands still"}},
			{path: "/playbooks", must: []string{"Everything automatic is paused", "The boiler is out", ">paused<"}},
			{path: "/playbooks/renew", must: []string{"The boiler is out", "Resume"}},
		})
		b.walk(t, []walk{
			{path: "/pauses/" + b.pause(t) + "/resume", form: url.Values{}, code: 303, must: []string{"Resumed"}},
			{path: "/playbooks", never: []string{"The boiler is out"}},
			{path: "/playbooks/renew/stop", form: url.Values{}, code: 303, must: []string{"1 run goes on to the end"}},
			{path: "/playbooks/renew", must: []string{"off since"}},
			// Of a playbook about those whom somebody is worried about, nothing is told of whom it is for.
			{path: "/playbooks/worried/why?who=Ruiz", code: 403},
			{path: "/playbooks/worried", must: []string{"told only to those"}},
		})
	})
}

// runs puts one run under way for Ana, with its task, and the goals of four that are over.
func (b *bench) runs(t *testing.T, ana string) {
	t.Helper()
	ctx := t.Context()
	program, err := b.web.Engine.Compile(ctx, []byte(renewTest))
	if err != nil {
		t.Fatal(err)
	}
	err = b.web.DB.Write(ctx, func(tx *db.Tx) error {
		all, err := b.web.Records.Properties(ctx, tx)
		if err != nil {
			return err
		}
		at, now := all[0].ID, tx.Now()
		r := &playbook.Run{ID: "run_a", Property: at, Resident: hearth.ResidentID(ana), Playbook: "renew", Version: 1, StartKey: "a", State: playbook.RunActive, Started: now,
			Step: program.Outline(nil)[1].Ops[0] + 1, WakeAt: now.AddDate(0, 0, 3)}
		if err := playbook.SaveRuns(ctx, tx, []*playbook.Run{r}); err != nil {
			return err
		}
		var goals []playbook.GoalRow
		for i := range 4 {
			g := playbook.GoalRow{Run: hearth.RunID(fmt.Sprint("run_", i)), Property: at, Resident: "res_x", Playbook: "renew", Version: 1, State: playbook.GoalReached, Started: now.AddDate(0, -3, 0), Until: now.AddDate(0, -1, 0)}
			if i == 3 {
				g.State = playbook.GoalMissed
			}
			goals = append(goals, g)
		}
		if err := playbook.SaveGoals(ctx, tx, goals); err != nil {
			return err
		}
		return b.web.Tasks.Insert(ctx, tx, []task.Task{{ID: "tsk_run", Property: at, Resident: hearth.ResidentID(ana), Kind: "playbook", Title: "Call them", Why: "So.", Role: hearth.RoleLeasing, Playbook: "renew", Run: "run_a",
			DueAt: now.Add(time.Hour)}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ana gives the id of the one resident of the bench.
func (b *bench) ana(t *testing.T) string {
	t.Helper()
	var id hearth.ResidentID
	err := b.web.DB.Read(t.Context(), func(tx *db.Tx) error {
		found, err := b.web.Records.Search(t.Context(), tx, "Ruiz", "", 5)
		if err == nil && len(found.Items) > 0 {
			id = found.Items[0].ID
		}
		return err
	})
	if err != nil || id == "" {
		t.Fatalf("Ana is not there: %v", err)
	}
	return string(id)
}

// pause gives the id of the pause that is in force.
func (b *bench) pause(t *testing.T) string {
	t.Helper()
	var all []care.Pause
	err := b.web.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		all, err = b.web.Care.Pauses(t.Context(), tx)
		return err
	})
	if err != nil || len(all) != 1 {
		t.Fatalf("paused is %v, %v", all, err)
	}
	return all[0].ID
}

func TestDiff(t *testing.T) {
	got := ""
	for _, l := range diffOf([]string{"a", "b", "c", "d", "e", "f", "g"}, []string{"a", "B", "c", "d", "e", "f", "g"}) {
		got += l.Kind + l.Words + "|"
	}
	if want := "a|-b|+B|c|d|e|…2 lines are the same|"; got != want {
		t.Errorf("differs by %s, want %s", got, want)
	}
}

func TestPlaybooksInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	playsOf(t, b)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	lookAt(t, ctx, server.URL, "/playbooks", "/playbooks/renew", "/playbooks/renew/start", "/pause", "/playbooks/renew/why?who=Ruiz", "/playbooks/renew/why?resident="+b.ana(t))
	// By keyboard: down to the playbook, open it, switch it on.
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/playbooks"), chromedp.KeyEvent("j"), chromedp.KeyEvent("\r"), chromedp.WaitVisible(`//h2[contains(., "Does it help")]`),
		chromedp.Navigate(server.URL+"/playbooks/renew/start"), chromedp.Focus(`main button.main`), chromedp.KeyEvent("\r"), chromedp.WaitVisible(`//div[@class="toast"][contains(., "is live")]`)); err != nil {
		t.Fatalf("switched on by keyboard: %v", err)
	}
}
