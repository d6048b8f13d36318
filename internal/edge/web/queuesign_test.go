package web

import (
	"log/slog"
	"net/http/httptest"
	"path/filepath"
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
)

// Each kind of work has its sign: what a title names, what set it off, what is to be done, who does such work.
func TestASignForEachKindOfWork(t *testing.T) {
	q := &request{Request: httptest.NewRequest("GET", "/", nil), web: &Web{Deps: Deps{Titles: map[hearth.PlaybookID]string{"welfare-check": "Somebody may need help", "own": "A promise of ours"}}}}
	for want, x := range map[string]task.Task{
		"key-round":       {Title: "Take the keys and say goodbye", Playbook: "move-out"},
		"footprints":      {Title: "Offer to walk through the home with them", Playbook: "move-out"},
		"bug":             {Title: "Look again two weeks after the treatment", Playbook: "pest"},
		"refresh-cw":      {Title: "Decide about a fault that keeps coming back", Playbook: "repeat-issue-third"},
		"clock-alert":     {Title: "Say what comes next", Playbook: "own"},
		"hourglass":       {Title: "Tell them where their request stands", Playbook: "long-wait"},
		"hand":            {Title: "Have a few words with them", Playbook: "quiet-resident"},
		"frown":           {Title: "Say it yourself: a repair", Kind: "desk.feeling"},
		"gauge":           {Title: "More work than minutes at Elm Terrace"},
		"phone":           {Title: "Call Ana"},
		"heart-handshake": {Title: "Try to reach them now", Playbook: "welfare-check"},
		"wrench":          {Title: "Look at the roof", Role: hearth.RoleTechnician},
		plainSign:         {Title: "Sort the prekeyed paper"},
	} {
		if got := q.iconOfTask(x, false); got != want {
			t.Errorf("%q carries %s, want %s", x.Title, got, want)
		}
	}
	if got := q.iconOfTask(task.Task{Title: "Try to reach them now", Playbook: "welfare-check"}, true); got != plainSign {
		t.Errorf("who may not know what set it off sees %s", got)
	}
}

// No playbook of the library leaves its tasks without a sign.
func TestNoTaskOfTheLibraryIsWithoutASign(t *testing.T) {
	all, err := filepath.Glob("../../../playbooks/*.yaml")
	if err != nil || len(all) < 20 {
		t.Fatalf("the library has %d playbooks, %v", len(all), err)
	}
	q := &request{Request: httptest.NewRequest("GET", "/", nil), web: &Web{}}
	for _, file := range all {
		id := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if got := q.iconOfTask(task.Task{Title: "Do it", Playbook: hearth.PlaybookID(id)}, false); got == plainSign {
			t.Errorf("a task of %s has no sign of its own", id)
		}
	}
}

// The list is as dense as staff work: each row 56 to 72 px, whatever it has to say, with until when and what to do beside it.
func TestTheQueueIsDense(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	manager := deskOf(t, b)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		all, err := b.web.Records.Properties(t.Context(), tx)
		if err != nil {
			return err
		}
		told := strings.Repeat("It has waited for long, and nobody has said so. ", 1)
		x := task.Task{ID: "tsk_k", Property: all[0].ID, Resident: "res_a", Title: "Take the keys and say goodbye to a household of long standing", Why: told + "More.", Role: hearth.RoleManager, Owner: manager, DueAt: tx.Now().Add(30 * time.Hour)}
		y := x
		y.ID, y.Owner, y.Why, y.DueAt = "tsk_l", "", strings.Repeat("a long reason of several words ", 9), x.DueAt.Add(time.Hour)
		return b.web.Tasks.Insert(t.Context(), tx, []task.Task{x, y})
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	for _, width := range []int64{1280, 390} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+"/?whose=all"), chromedp.WaitVisible(".queue")); err != nil {
			t.Fatal(err)
		}
		bad, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[...document.querySelectorAll('.queue > li')].map(l => {
			const r = l.getBoundingClientRect(), at = s => l.querySelector(s)?.getBoundingClientRect(), who = at('.cover'), due = at('.due'), act = at('.act'), why = at('.reason')
			const all = [r.height >= 56 && r.height <= 73.5 || 'is ' + r.height + ' px high', Math.abs(due.top + due.height / 2 - who.top - who.height / 2) < 6 || 'its due time is not beside who it is', act && act.left >= why.right - 1 || 'its action is not beside its reason', act && act.right <= innerWidth || 'its action is cut']
			return all.filter(x => x !== true).map(x => l.dataset.id + ' ' + x).join(', ') }).filter(x => x).join('; ')`))
		if err != nil || bad != "" {
			t.Errorf("at %d px: %s %v", width, bad, err)
		}
	}
}
