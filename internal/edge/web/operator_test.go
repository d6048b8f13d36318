package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/pagetest"
	"hearth/internal/base/work"
	"hearth/internal/fact/account"
)

// doubt leaves two mails behind whose fate nobody knows.
func (b *bench) doubt(t *testing.T, ids ...string) {
	t.Helper()
	err := b.web.DB.Write(t.Context(), func(tx *db.Tx) error {
		all, err := b.web.Records.Properties(t.Context(), tx)
		if err != nil {
			return err
		}
		who, err := b.web.Records.ResidentsAt(t.Context(), tx, all[0].ID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := b.web.Messages.Insert(t.Context(), tx, []message.Message{{ID: hearth.MessageID(id), Property: all[0].ID, Resident: who[0], State: message.Queued, Class: hearth.ClassService,
				Channel: hearth.ChannelEmail, Address: "ana@example.org", Subject: "The water", Body: "Dear Ana", Reason: "Sent."}}); err != nil {
				return err
			}
			due, err := work.Claim(t.Context(), tx, message.Lane, "node", tx.Now(), tx.Now().Add(time.Minute), 1)
			if err != nil {
				return err
			}
			if _, err := work.Bury(t.Context(), tx, due[0].Kind, due[0].Key, due[0].Claim, "no answer"); err != nil {
				return err
			}
			if _, err := tx.Exec(t.Context(), `UPDATE messages SET state = $1 WHERE org = $2 AND id = $3`, message.Unknown, tx.Org(), id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheOperatorsPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		deskOf(t, b)
		b.web.Health = func(ctx context.Context, tx *db.Tx) (Health, error) {
			bytes, err := tx.Size(ctx)
			return Health{Version: "1.2.3", Database: "test", Bytes: bytes, Behind: 3, Renewing: 41, Ways: []Way{{Name: "Mail", On: true, Words: "To files."}},
				Recent: []Complaint{{At: clock.Now(), Words: "a page failed", Grave: true, Times: 4}}}, err
		}
		b.doubt(t, "msg_x", "msg_y")
		got := b.get(t, "/operator", "").Body.String()
		for _, must := range []string{"2 messages are in doubt", "msg_x", "msg_y", "1.2.3", "3 events", "41 residents to renew", "7 events", "To files.", "A page failed", "4 times", "Mail"} {
			if !strings.Contains(got, must) {
				t.Errorf("%q is missing", must)
			}
		}
		for _, never := range []string{"Ana Ruiz", "ana@example.org", "The water"} {
			if strings.Contains(got, never) {
				t.Errorf("the page tells %q", never)
			}
		}
		b.steps(t, []formStep{
			{"it arrived", "/operator/unknown/msg_x", url.Values{"how": {"settled"}, "back": {"/operator"}}, 303, "/operator", "1 message is in doubt", "msg_x"},
			{"once more", "/operator/unknown/msg_x", url.Values{"how": {"settled"}, "back": {"/operator"}}, 303, "", "not in doubt any more", ""},
			{"again", "/operator/unknown/msg_y", url.Values{"how": {"resend"}, "back": {"/operator"}}, 303, "/operator", "Queued", "in doubt"},
		})
	})
}

func TestTheOperatorSeesTheBackups(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	ago := func(d time.Duration) time.Time { return clock.Now().Add(-d) }
	for _, c := range []struct {
		what  string
		has   Backups
		words []string
	}{
		{"nobody said where", Backups{}, []string{"not watched", "docs/backup.md", "!need you"}},
		{"not there", Backups{Dir: "/backups", Unread: true}, []string{"can&#39;t be seen", "/backups", "The backups need you"}},
		{"none", Backups{Dir: "/backups"}, []string{"There is none in /backups", "Make one today", "The backups need you"}},
		{"last night's, not tried", Backups{Dir: "/b", Count: 7, Name: "hearth-1.db", Bytes: 84 << 20, Made: ago(9 * time.Hour)}, []string{"hearth-1.db, 84 MB", "7 backups", "not checked", "not yet", "!need you"}},
		{"last night's, tried", Backups{Dir: "/b", Count: 1, Name: "hearth-1.db", Bytes: 84 << 20, Made: ago(9 * time.Hour), Checked: ago(8 * time.Hour)}, []string{"in time", "1 backup<", "!not checked", "!docs/backup.md"}},
		{"three days old", Backups{Dir: "/b", Count: 2, Name: "hearth-1.db", Bytes: 84 << 20, Made: ago(72 * time.Hour), Checked: ago(71 * time.Hour)}, []string{"too old", "The newest is 3 days old", "The backups need you"}},
	} {
		b.web.Health = func(context.Context, *db.Tx) (Health, error) { return Health{Backups: c.has}, nil }
		musts(t, c.what, b.get(t, "/operator", "").Body.String(), c.words...)
	}
}

// Whoever leaves before a page has come is no failure that the operator should look into.
func TestLeavingIsNoFailure(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	gone, leave := context.WithCancel(t.Context())
	b.web.Health = func(ctx context.Context, _ *db.Tx) (Health, error) {
		leave()
		return Health{}, fmt.Errorf("measure: %w", context.Canceled)
	}
	rec := httptest.NewRecorder()
	b.web.ServeHTTP(rec, httptest.NewRequestWithContext(gone, "GET", "/operator", nil))
	if log := b.log.String(); rec.Code != statusLeft || strings.Contains(log, "a page failed") {
		t.Errorf("left: %d, %s", rec.Code, log)
	}
	if b.get(t, "/operator", ""); !strings.Contains(b.log.String(), "a page failed") {
		t.Error("what was cut off for those who wait is no failure either")
	}
}

func TestWhoMayOperate(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	b.doubt(t, "msg_x")
	rec := b.get(t, "/operator", b.tokens[account.ScopeRead])
	if rec.Code != 200 || strings.Contains(rec.Body.String(), "/operator/unknown/") || !strings.Contains(rec.Body.String(), "msg_x") {
		t.Errorf("a reader sees how it stands and settles nothing: %d", rec.Code)
	}
	if got := b.get(t, "/operator", b.tokens[account.ScopeAdmin]).Code; got != 200 {
		t.Errorf("an administrator: %d", got)
	}
}

func TestTheOperatorInTheBrowser(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	deskOf(t, b)
	b.doubt(t, "msg_x")
	server := httptest.NewServer(httpd.Wrap(b.web, httpd.Options{Log: slog.New(slog.DiscardHandler), Clock: clock}))
	t.Cleanup(server.Close)
	ctx := pagetest.Browser(t)
	lookAt(t, ctx, server.URL, "/operator")
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/operator"), chromedp.WaitVisible(`button[value="settled"]`), chromedp.Focus(`button[value="settled"]`),
		chromedp.SendKeys(`button[value="settled"]`, "\r"), chromedp.WaitVisible(`//div[@class="toast"][contains(., "counts as arrived")]`)); err != nil {
		t.Fatalf("decided by keyboard: %v", err)
	}
}
