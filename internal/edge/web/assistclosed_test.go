package web

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/rule"
	"hearth/internal/decide/playbook"
	"hearth/internal/fact/care"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// activate switches a shipped playbook on.
func (r *deskRoom) activate(t *testing.T, id string) {
	t.Helper()
	env, err := rule.NewEnv(signal.Fields())
	if err != nil {
		t.Fatal(err)
	}
	c, err := playbook.NewCompiler(env, eventlog.Types(), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "playbooks", id+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	r.tx(t, func(ctx context.Context, tx *db.Tx) error {
		_, _, err := playbook.Activate(ctx, tx, p, 0)
		return err
	})
}

// Whoever asks for help with words to somebody can't tell by it whether anybody is worried about them, or why a situation was set.
func TestTheAssistantTellsNothingClosed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newTextRoom(t, d, clock)
		r.activate(t, "welfare-check")
		m := r.helped(t, nil)
		help := func(do, text string, answer func(string) string) string {
			t.Helper()
			m.mu.Lock()
			m.answer, m.asked = answer, nil
			m.mu.Unlock()
			rec := r.post(t, "/conversations/"+r.talk+"/assist", url.Values{"do": {do}, "text": {text}})
			if rec.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", do, rec.Code, rec.Body)
			}
			return strings.Join(m.asked, "\n") + "\n\n" + rec.Body.String()
		}
		same := func(s string) string { return s }
		dropped := func(string) string { return "All is well." }
		ask := func() []string {
			return []string{
				help("simplify", "Hello (we come at nine): is all well?", same),
				help("simplify", "Try to reach them now. The hospital bed is away; drowned.", same),
				help("simplify", "Call and knock; this comes before anything else on your list. Hospital!", dropped),
				help("translate", "Ana, we went right away to the hospital.", same),
			}
		}
		before := ask()
		for _, s := range before[1:] {
			for _, never := range []string{"left out: ", "hospital bed is [["} {
				if strings.Contains(s, never) {
					t.Errorf("%q stands in %s", never, s)
				}
			}
		}
		musts(t, "translated", before[3], "Some words went hidden", "right [[")
		dana := hearth.Actor{Kind: "staff", ID: string(r.dana), Name: "Dana Weiss"}
		r.tx(t, func(ctx context.Context, tx *db.Tx) error {
			who, err := r.web.Records.Resident(ctx, tx, r.ana)
			if err != nil {
				return err
			}
			if err := r.web.Tasks.Insert(ctx, tx, []task.Task{{ID: "tsk_w", Property: who.Property, Resident: r.ana, Playbook: "welfare-check", Kind: "playbook", Title: "Try to reach them now",
				Why: "Somebody is worried about this resident. Call and knock; this comes before anything else on your list.", Role: hearth.RoleManager, DueAt: tx.Now().Add(time.Hour)}}); err != nil {
				return err
			}
			_, err = r.web.Care.Set(ctx, tx, dana, care.Told{Resident: r.ana, Kind: care.Hospital, Reason: "Drowned. Her sister fell in the lake.", Until: tx.Now().Add(240 * time.Hour)})
			return err
		})
		for i, s := range ask() {
			if s != before[i] {
				t.Errorf("one can tell by the answer that somebody is worried:\n%s\n%s", s, before[i])
			}
		}
		if seen := help("simplify", "Try to reach them now. Her SISTER fell in the lake.", same); strings.Contains(strings.Split(seen, "\n\n")[0], "SISTER") {
			t.Errorf("the model saw %s", seen)
		}
	})
}

// Of somebody who is on record twice, all that is known is hidden, whichever of the two is written to.
func TestTheAssistantKnowsMergedResidents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		r := newTextRoom(t, d, clock)
		m := r.helped(t, func(s string) string { return s })
		r.tx(t, func(ctx context.Context, tx *db.Tx) error {
			who, err := r.web.Records.Resident(ctx, tx, r.ana)
			if err != nil {
				return err
			}
			home, err := r.web.Records.PutHome(ctx, tx, record.News{Source: "other"}, record.Home{Property: who.Property, Unit: record.Unit{Label: "7C"},
				Members: []record.Member{{Resident: record.Resident{First: "Anita", Last: "Ruiz"}}}, Lease: record.HomeLease{Start: 20000, End: 21000}})
			if err != nil {
				return err
			}
			other := home.Members[0].ID
			dana := hearth.Actor{Kind: "staff", ID: string(r.dana), Name: "Dana Weiss"}
			for of, reason := range map[hearth.ResidentID]string{r.ana: "Her sister fell in the lake.", other: "She wants no calls now."} {
				if _, err := r.web.Care.Set(ctx, tx, dana, care.Told{Resident: of, Kind: care.Away, Reason: reason, Until: tx.Now().Add(240 * time.Hour)}); err != nil {
					return err
				}
			}
			return r.web.Records.MergeResidents(ctx, tx, record.News{}, other, r.ana, "the same telephone")
		})
		rec := r.post(t, "/conversations/"+r.talk+"/assist", url.Values{"do": {"draft"}, "text": {"Ana, or Anita: her sister fell in the lake. She wants no calls now. 4B, 7C."}})
		if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "The assistant wrote this") {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		seen := strings.Join(m.asked, "\n")
		musts(t, "what the model saw", seen, "The tap drips again", "!Ana", "!Anita", "!sister", "!no calls", "!4B", "!7C")
	})
}
