package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"log/slog"

	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/decide/playbook"
	"hearth/internal/learn/trial"
)

// A playbook is made from a copy, gets a mistake, is told, is corrected, has steps added, moved and removed, is tried and
// switched on.
func TestPlaybooksAreChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		playsOf(t, b)
		const at = "/playbooks/my-renewals"
		set := func(part, rev string, more ...string) url.Values {
			form := url.Values{"part": {part}, "rev": {rev}}
			for i := 0; i+1 < len(more); i += 2 {
				form.Set(more[i], more[i+1])
			}
			return form
		}
		step := func(rev, do string, more ...string) url.Values { return set("", rev, append(more, "do", do)...) }
		b.walk(t, []walk{
			{path: "/playbooks/new", must: []string{"A copy of another", "The lease comes to its end"}},
			{path: "/playbooks/new", form: url.Values{"how": {"copy"}, "copy": {"renew"}}, code: 422, must: []string{"Give the playbook a title"}},
			{path: "/playbooks/new", form: url.Values{"how": {"copy"}, "copy": {"nothing"}, "title": {"Mine"}}, code: 422, must: []string{"Choose the playbook that is copied"}},
			{path: "/playbooks/new", form: url.Values{"how": {"copy"}, "copy": {"renew"}, "title": {"My <renewals>"}}, code: 303, must: []string{"Nothing of it acts before"}},
			{path: "/playbooks/new", form: url.Values{"how": {"nothing"}, "title": {"My renewals"}}, code: 422, must: []string{"draft of this name already"}},
			{path: "/playbooks", must: []string{"Being written", "My &lt;renewals&gt;", at + "/edit"}},
			{path: at, code: 303},
			{path: at + "/edit", must: []string{"My &lt;renewals&gt;", "The lease ends in 0 to 120 days", "Call them", "If any repair is open", "It can be switched on as it stands"}},
			{path: at + "/edit?open=steps.0", must: []string{`name="task.title"`, `value="Call them"`, "Kept by itself"}},
			{path: at + "/edit/set", form: set("steps.0", "1", "task.title", "Call <them> soon", "task.due", "soon"), code: 303},
			{path: at + "/edit?open=steps.0", must: []string{"Call &lt;them&gt; soon", "&#34;soon&#34; is not a length of time", "Step 1"}, never: []string{"It can be switched on"}},
			{path: at + "/edit/set", form: set("steps.0", "2", "task.due", "3 business days", "task.checklist", "One\r\n\r\nTwo", "task.escalate.0.role", "regional", "task.escalate.0.after", "2d"), code: 303},
			{path: at + "/edit", must: []string{"within 3 business days", "It can be switched on"}},
			{path: at + "/edit?view=text", must: []string{"checklist: [One, Two]", "role: regional", "comments stay with the line"}},
			// A condition is chosen, then written by an expert with a mistake.
			{path: at + "/edit/set", form: set("start", "3", "trigger.when", "x", "trigger.when~was", "x", "trigger.when~s0", "lease.days_to_end", "trigger.when~o0", "<=", "trigger.when~v0", "90", "trigger.when~s1", "lease.notice_given", "trigger.when~o1", "no"), code: 303},
			{path: at + "/edit", must: []string{"The lease ends in at most 90 days and no notice was given"}},
			{path: at + "/edit/set", form: set("start", "4", "audience", "service.opn > 0", "audience~was", ""), code: 303},
			{path: at + "/edit?open=start", must: []string{"Did you mean &#34;service.open&#34;?", "line 1, column 1"}},
			{path: at + "/edit/undo", form: url.Values{"to": {"4"}, "seen": {"5"}}, code: 303, must: []string{"Taken back"}},
			{path: at + "/edit/undo", form: url.Values{"to": {"3"}, "seen": {"5"}, "back": {at}}, code: 303, must: []string{"was changed since"}},
			// Steps come, move and go.
			{path: at + "/edit/step", form: step("6", "add", "list", "steps", "at", "0", "kind", "wait"), code: 303, must: []string{"Added"}},
			{path: at + "/edit", must: []string{"Wait 3 days"}},
			{path: at + "/edit/step", form: step("7", "down", "path", "steps.0"), code: 303, must: []string{"Moved"}},
			{path: at + "/edit/step", form: step("8", "add", "list", "steps.3.branch.0.steps", "at", "1", "kind", "end"), code: 303},
			{path: at + "/edit/step", form: step("9", "remove", "path", "steps.0"), code: 303, must: []string{"Removed: Call <them> soon"}},
			{path: at + "/edit/undo?seen=10&to=9", form: url.Values{}, code: 303, must: []string{"Taken back"}},
			{path: at + "/edit", must: []string{"Call &lt;them&gt; soon", "What was done"}, never: []string{"Undo: back to an earlier step"}},
			{path: at + "/edit/step", form: step("11", "add", "list", "title", "at", "0", "kind", "wait", "back", at), code: 303, must: []string{"Nothing can be added there"}},
			{path: at + "/edit/step", form: step("11", "remove", "path", "steps.77", "back", at), code: 303, must: []string{"not there any more"}},
			{path: at + "/edit?view=changes", must: []string{"nothing to compare with"}},
			// The text itself, whole and broken.
			{path: at + "/edit/text", form: url.Values{"rev": {"11"}, "text": {"id: my-renewals\ntitle: [x\n"}}, code: 303},
			{path: at + "/edit", must: []string{"can&#39;t be shown as sentences", "title: [x"}},
			{path: at + "/start?draft=yes", code: 422},
			{path: at + "/edit/undo?seen=12&to=11", form: url.Values{}, code: 303},
			{path: at + "/edit/discard", form: url.Values{"rev": {"13"}}, code: 303, must: []string{"discarded"}},
			{path: at + "/edit", code: 404},
			{path: at + "/edit/undo?seen=0&to=13", form: url.Values{}, code: 303, must: []string{"Taken back"}},
			{path: at + "/edit", must: []string{"Call &lt;them&gt; soon"}},
		})
		seen := b.draft(t, "my-renewals")
		b.walk(t, []walk{
			{path: at + "/start?draft=yes", must: []string{`name="text" value="` + playbook.Digest([]byte(seen)) + `"`}},
			{path: at + "/edit/set", form: set("about", "14", "why", "Somebody changed their mind."), code: 303},
			{path: at + "/start", form: url.Values{"draft": {"yes"}, "text": {playbook.Digest([]byte(seen))}, "back": {at}}, code: 303, must: []string{"changed since you looked at it"}},
			{path: at + "/start", form: url.Values{"draft": {"yes"}, "text": {playbook.Digest([]byte(b.draft(t, "my-renewals")))}, "back": {at}}, code: 303, must: []string{"changed since you looked at it"}},
		})
		b.walk(t, []walk{
			{path: at + "/start", form: url.Values{"draft": {"yes"}, "text": {playbook.Digest([]byte(b.draft(t, "my-renewals")))}}, code: 303, must: []string{"is live"}},
			{path: at, must: []string{"version 1, live since", "by Dana"}},
		})
	})
}

// A draft that is no playbook yet is not said to have lost all its sentences.
func TestABrokenDraftIsNotSaidToBeEmpty(t *testing.T) {
	good := "id: x\ntitle: One\nmoment: micro\ndepth: playbook\nfor: resident\ntrigger: {on: lease.moved_in}\nsteps:\n  - wait: 3d\n"
	var v editView
	v.Text = strings.Replace(good, "steps:", "stepz:", 1)
	(&request{}).editChanges(&v, editBase{text: good})
	if len(v.Words) != 1 || !strings.Contains(v.Words[0].Words, "can't be read as a playbook") || len(v.Lines) == 0 {
		t.Errorf("in words %+v, as text %+v", v.Words, v.Lines)
	}
}

// draft gives the text of a draft.
func (b *bench) draft(t *testing.T, id hearth.PlaybookID) string {
	t.Helper()
	var out playbook.Draft
	err := b.web.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		out, _, err = playbook.DraftOf(t.Context(), tx, id)
		return err
	})
	if err != nil || out.Text == "" {
		t.Fatalf("the draft of %s is %+v, %v", id, out, err)
	}
	return out.Text
}

// A condition of many parts keeps all of them when one is changed.
func TestLongConditionsAreKept(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	playsOf(t, b)
	form := url.Values{"part": {"start"}, "rev": {"0"}, "audience": {""}, "audience~was": {""}}
	for i := range 30 {
		n := strconv.Itoa(i)
		form.Set("audience~s"+n, "service.open")
		form.Set("audience~o"+n, "<=")
		form.Set("audience~v"+n, strconv.Itoa(100+i))
	}
	b.walk(t, []walk{{path: "/playbooks/renew/edit/set", form: form, code: 303}})
	if got := strings.Count(b.draft(t, "renew"), "service.open <= 1"); got != 30 {
		t.Errorf("of 30 parts %d are kept", got)
	}
}

// What was tried is as closed as the text that was tried, whatever became of the draft since; nobody is told that there was a trial.
func TestTrialsOfClosedTexts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		playsOf(t, b)
		const at = "/playbooks/renew/simulate"
		id := triedOf(t, b, strings.Replace(renewTest, "exits:\n", "exits:\n  - {on: welfare.concern, because: So.}\n", 1), triedReport(b.ana(t)))
		b.walk(t, []walk{
			{path: at, must: []string{"was not tried here yet"}, never: []string{"212 fewer messages", "Ana Ruiz"}},
			{path: at + "?job=" + id, must: []string{"was not tried here yet"}, never: []string{"212 fewer messages", "Ana Ruiz"}},
			{path: at + "/" + id + "/stop", form: url.Values{"back": {at}}, code: 303, must: []string{"no such trial here"}},
		})
		// It waits in the queue without its name.
		clock.Advance(time.Minute)
		triedOf(t, b, strings.Replace(renewTest, "goal: {event: lease.renewed", "goal: {event: welfare.concern", 1), nil)
		clock.Advance(time.Minute)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := trial.Ask(t.Context(), tx, trial.Job{Playbook: "other", Property: b.place(t), Title: "Another one", Text: strings.Replace(renewTest, "id: renew", "id: other", 1), From: 20000, To: 20001})
			if err != nil {
				return err
			}
			return playbook.PutDraft(t.Context(), tx, hearth.System("test"), "other", strings.Replace(renewTest, "id: renew", "id: other", 1))
		})
		if err != nil {
			t.Fatal(err)
		}
		b.walk(t, []walk{{path: "/playbooks/other/simulate", must: []string{"Another trial is tried here at the moment"}, never: []string{"“The lease comes to its end”"}}})
	})
}

// Two people at one place: the second is told, keeps what they wrote, and decides.
func TestTwoPeopleOnThePages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		playsOf(t, b)
		bo := hearth.Actor{Kind: "staff", ID: "stf_bo", Name: "Bo"}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			return playbook.PutDraft(t.Context(), tx, bo, "renew", strings.Replace(renewTest, "Call them", "Bo calls", 1))
		})
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"part": {"steps.0"}, "rev": {"0"}, "task.title": {"Dana calls"}}
		b.walk(t, []walk{
			{path: "/playbooks/renew/edit/set", form: form, code: 422, must: []string{"changed this very place", "Bo calls", `value="Dana calls"`, "Keep mine", `name="rev" id="rev" value="0"`}},
			{path: "/playbooks/renew/edit/set", form: url.Values{"part": {"goal"}, "rev": {"0"}, "goal.within": {"90d"}}, code: 303, must: []string{"changed another part meanwhile"}},
			{path: "/playbooks/renew/edit", must: []string{"Bo calls", "within 90d"}},
			{path: "/playbooks/renew/edit/text", form: url.Values{"rev": {"0"}, "text": {"id: renew\n"}}, code: 422, must: []string{"Keep mine", "id: renew"}},
		})
		form.Set("over", "2")
		b.walk(t, []walk{
			{path: "/playbooks/renew/edit/set", form: form, code: 303},
			{path: "/playbooks/renew/edit", must: []string{"Dana calls", "within 90d"}},
			{path: "/playbooks/renew/edit?view=changes", must: []string{"Dana calls", "<ins>"}},
		})
	})
}

// A step that somebody moved while it was looked at is changed where it stands now, and what is pressed twice happens once.
func TestMovedStepsOnThePages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		playsOf(t, b)
		sheet, err := playbook.ReadSheet(renewTest)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sheet.Move("steps.0", 1); err != nil {
			t.Fatal(err)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			return playbook.PutDraft(t.Context(), tx, hearth.Actor{Kind: "staff", ID: "stf_bo", Name: "Bo"}, "renew", sheet.Text())
		})
		if err != nil {
			t.Fatal(err)
		}
		const at = "/playbooks/renew/edit"
		b.walk(t, []walk{{path: at + "/set", form: url.Values{"part": {"steps.0"}, "rev": {"0"}, "task.title": {"Dana calls"}}, code: 303, must: []string{"changed another part meanwhile"}}})
		now, err := playbook.ReadSheet(b.draft(t, "renew"))
		if err != nil || now.Get("steps.1.task.title") != "Dana calls" || now.Get("steps.0.wait") != "3d" || now.Has("steps.0.task") {
			t.Fatalf("the draft is %s, %v", b.draft(t, "renew"), err)
		}
		add := url.Values{"do": {"add"}, "list": {"steps"}, "at": {"1"}, "kind": {"wait"}, "rev": {"0"}} // behind the task, as it was
		remove := url.Values{"do": {"remove"}, "path": {"steps.1"}, "rev": {"0"}, "back": {at}}          // the wait, as it was
		b.walk(t, []walk{
			{path: at + "/step", form: add, code: 422, must: []string{"changed this very place meanwhile"}},
			{path: at + "/step", form: remove, code: 303, must: []string{"Removed: Wait 3 days"}},
			{path: at + "/step", form: remove, code: 303, must: []string{"not there any more"}},
			{path: at, must: []string{"Dana calls"}, never: []string{"Wait 3 days"}},
		})
	})
}

// Texts that are meant to harm are told what is wrong with them, and nothing else happens.
func TestHostileTextsOnThePages(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	playsOf(t, b)
	for name, text := range map[string]string{"script": "id: renew\ntitle: \"<script>alert(1)</script>\"\nwhy: '<img src=x onerror=alert(1)>'\n", "bomb": "a: &a [x]\nb: [*a, *a]\n", "deep": strings.Repeat("[", 50_000),
		"huge": strings.Repeat("# x\n", 40_000), "null": "id: a\x00b", "broken": "\xff\xfe: [", "lines": "steps:\n" + strings.Repeat("  - end: x\n", 8_000)} {
		rec := b.post(t, "/playbooks/renew/edit/text", url.Values{"rev": {"0"}, "text": {text}})
		if rec.Code >= 500 {
			t.Errorf("%s: answered %d: %s", name, rec.Code, rec.Body)
		}
		for _, view := range []string{"", "?view=text", "?view=changes", "?open=steps.0", "?open=steps.0.task..x", "?open=../../etc"} {
			page := b.get(t, "/playbooks/renew/edit"+view, "")
			if body := page.Body.String(); page.Code != http.StatusOK || strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
				t.Errorf("%s %s: answered %d", name, view, page.Code)
			}
		}
	}
	rec := b.post(t, "/playbooks/renew/edit/set", url.Values{"part": {"steps.0"}, "rev": {"0"}, "id": {"evil"}, "steps.1": {"x"}, "../x": {"y"}})
	if rec.Code >= 500 {
		t.Errorf("fields that no part has: %d", rec.Code)
	}
}

// tried puts a finished trial beside the playbook.
func tried(t *testing.T, b *bench, report *trial.Report) (id string) {
	t.Helper()
	return triedOf(t, b, renewTest, report)
}

// triedOf is tried with a text; without a report the trial waits.
func triedOf(t *testing.T, b *bench, text string, report *trial.Report) (id string) {
	t.Helper()
	err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		all, err := b.web.Records.Properties(t.Context(), tx)
		if err != nil {
			return err
		}
		today := hearth.DayOf(tx.Now(), time.UTC)
		j := trial.Job{Playbook: "renew", Property: all[0].ID, Title: "The lease comes to its end", Text: text, From: today - 30, To: today - 1}
		if id, err = trial.Ask(t.Context(), tx, j); err != nil || report == nil {
			return err
		}
		if j, _, err = trial.NextJob(t.Context(), tx, "n"); err != nil {
			return err
		}
		return trial.FinishJob(t.Context(), tx, j, "n", report, "")
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func triedReport(ana string) *trial.Report {
	week := func(n int) []trial.Week {
		return []trial.Week{{Monday: "2026-02-02", Messages: n, Minutes: 10 * n, Budgeted: n}, {Monday: "2026-02-09", Messages: n + 1, Minutes: 5}}
	}
	return &trial.Report{Title: "The lease comes to its end", Days: 30, Events: trial.Events{Count: 9}, Tried: trial.Outcome{Starts: 3, Weeks: week(4)}, Before: &trial.Outcome{Weeks: week(2)},
		Difference: &trial.Difference{Words: []string{"With the text that was given these days would have seen 212 fewer messages and 9 more tasks."}},
		Overlaps:   []trial.Overlap{{Playbook: "hello", Title: "Say hello", SameDay: 2, SameWeek: 5}},
		Residents:  []trial.Touched{{Person: trial.Person{Resident: hearth.ResidentID(ana)}, Starts: []trial.Start{{Because: "The lease ends in 65 days."}}, Tasks: 1}}, Notes: []string{"Replies are as they were."}}
}

func TestPlaybooksAreTried(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		playsOf(t, b)
		const at = "/playbooks/renew/simulate"
		days := url.Values{"which": {"live"}, "from": {"2026-02-01"}, "to": {"2026-02-20"}}
		b.walk(t, []walk{
			{path: at, must: []string{"was not tried here yet"}},
			{path: at, form: url.Values{"which": {"live"}, "from": {"x"}, "to": {"2026-02-20"}, "back": {at}}, code: 303, must: []string{"Choose the first day"}},
			{path: at, form: url.Values{"which": {"live"}, "from": {"2026-02-21"}, "to": {"2026-02-20"}, "back": {at}}, code: 303, must: []string{"before the first"}},
			{path: at, form: days, code: 303, must: []string{"goes on by itself"}},
			{path: at, must: []string{"Waits for its turn", "begins within a moment", "Stop it"}},
			{path: at, form: url.Values{"which": {"live"}, "from": {"2026-02-01"}, "to": {"2026-02-20"}, "back": {at}}, code: 303, must: []string{"under way here already"}},
			{path: "/playbooks/worried/simulate", must: []string{"told only to those"}, never: []string{"Try it</button>"}},
			{path: "/playbooks/worried/simulate", form: days, code: 403},
			{path: "/playbooks/nothing/simulate", code: 404},
		})
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			all, err := trial.Queue(t.Context(), tx, b.place(t))
			if err == nil && len(all) == 1 {
				err = trial.StopJob(t.Context(), tx, all[0].ID)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Minute)
		id := tried(t, b, triedReport(b.ana(t)))
		b.walk(t, []walk{
			{path: at, must: []string{"212 fewer messages and 9 more tasks", "Messages a week", "Minutes of the team a week", "Ana Ruiz", "The lease ends in 65 days", "Say hello: 2 residents would hear from both", "Earlier trials", "<svg", "2 Feb"}},
			{path: at + "?job=" + id + "&who=ruiz", must: []string{"1 to 1 of 1", "Ana Ruiz"}},
			{path: at + "?job=" + id + "&who=nobody", must: []string{"Nobody."}, never: []string{"Ana Ruiz"}},
		})
	})
}

// place gives the id of the one property of the bench.
func (b *bench) place(t *testing.T) hearth.PropertyID {
	t.Helper()
	var id hearth.PropertyID
	err := b.web.DB.Read(t.Context(), func(tx *db.Tx) error {
		all, err := b.web.Records.Properties(t.Context(), tx)
		if err == nil {
			id = all[0].ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// The pages on which playbooks are made, changed and tried fit every screen, in both themes, and shut nobody out.
func TestChangedPlaybooksAreLookedAt(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	playsOf(t, b)
	tried(t, b, triedReport(b.ana(t)))
	bad := strings.Replace(renewTest, "due: 2 business days", "due: soon", 1)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		return playbook.PutDraft(t.Context(), tx, hearth.Actor{Kind: "staff", ID: "stf_bo", Name: "Bo"}, "renew", bad)
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	lookAt(t, pagetest.Browser(t), server.URL, "/playbooks/new", "/playbooks/renew/edit?open=steps.0", "/playbooks/renew/edit?open=start", "/playbooks/renew/edit?view=text", "/playbooks/renew/edit?view=changes", "/playbooks/renew/simulate")
}

// A manager makes a playbook of a copy, makes a mistake and is told at its place, corrects it and switches it on: by mouse on a computer, by keyboard on a telephone.
func TestChangingInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	playsOf(t, b)
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	const due, wrong = `#f-task-due`, `//*[@id="f-task-due-wrong"][contains(., "not a length of time")]`
	do("a copy by mouse", chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/playbooks/new"), chromedp.SetValue(`#f-title`, "Mine"), chromedp.SetValue(`#f-copy`, "renew"), chromedp.Click(`main button.main`),
		chromedp.WaitVisible(`//h2[contains(., "Checks")]`), chromedp.Click(`//a[contains(., "Call them")]`), chromedp.WaitVisible(due))
	do("a mistake is told while it is typed", chromedp.SetValue(due, "soo"), chromedp.SendKeys(due, "n"), chromedp.WaitVisible(wrong), chromedp.WaitVisible(`//*[@id="faults"][contains(., "Step 1")]`))
	do("and corrected", chromedp.SetValue(due, "3"), chromedp.SendKeys(due, "d"), chromedp.WaitVisible(`//*[@id="faults"][contains(., "can be switched on")]`))
	do("by keyboard on a telephone", chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+"/playbooks/mine/edit?open=steps.0"), chromedp.Focus(due), chromedp.SendKeys(due, "x"), chromedp.WaitVisible(wrong),
		chromedp.SendKeys(due, "\b"), chromedp.WaitVisible(`//*[@id="faults"][contains(., "can be switched on")]`), chromedp.SendKeys(due, "\r"), chromedp.WaitVisible(`//div[@class="toast"][contains(., "Saved in the draft")]`))
	do("switched on", chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/playbooks/mine/edit"), chromedp.Click(`//a[contains(., "Switch on")]`), chromedp.WaitVisible(`//h2[contains(., "Those already inside")]`),
		chromedp.Click(`main button.main`), chromedp.WaitVisible(`//div[@class="toast"][contains(., "is live")]`))
}
