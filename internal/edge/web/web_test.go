package web

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/page"
	"hearth/internal/fact/account"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// bench is the pages over a fresh database with a small community.
type bench struct {
	web    *Web
	tokens map[account.Scope]string
	log    *strings.Builder
}

func newBench(t testing.TB, d *db.DB, clock *hearth.VirtualClock) *bench {
	t.Helper()
	b := newBenchOf(t, d, clock)
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return settle(t.Context(), tx, b.web.Deps) }); err != nil {
		t.Fatal(err)
	}
	return b
}

// newBenchOf is the pages over whatever the database holds.
func newBenchOf(t testing.TB, d *db.DB, clock *hearth.VirtualClock) *bench {
	t.Helper()
	l, err := eventlog.New(d)
	if err != nil {
		t.Fatal(err)
	}
	records := record.New(l, rand.Reader)
	b := &bench{tokens: map[account.Scope]string{}, log: &strings.Builder{}}
	deps := Deps{
		DB: d, Log: l, Records: records, Accounts: account.New(rand.Reader), Decisions: decision.New(), Tasks: task.New(l, records),
		Messages: message.New(l, consent.New(l), rand.Reader), Clock: clock, Logger: slog.New(slog.NewTextHandler(b.log, nil)),
		Ready: func(context.Context) error { return nil },
		Parked: func(_ context.Context, tx *db.Tx, n int) (int, []Parked, error) {
			return 7, []Parked{{Source: "crm", Type: "portal.visited", Subject: "resident/t0099", Since: tx.Now().Add(-25 * time.Hour)}}, nil
		},
		Notes: []string{"Mail goes to files; nothing is sent."},
	}
	b.web = New(deps)
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range []account.Scope{account.ScopeRead, account.ScopeEvents, account.ScopeAdmin} {
			if b.tokens[s], err = deps.Accounts.CreateToken(t.Context(), tx, string(s), []account.Scope{s}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// settle makes one home and one of everything about it.
func settle(ctx context.Context, tx *db.Tx, d Deps) error {
	news := record.News{Source: "yardi/oak"}
	p, _, err := d.Records.PutProperty(ctx, tx, news, record.Property{Name: "Oak Court", Zone: "America/Chicago"})
	if err != nil {
		return err
	}
	today := hearth.DayOf(tx.Now(), time.UTC)
	home, err := d.Records.PutHome(ctx, tx, news, record.Home{Property: p.ID, Unit: record.Unit{Label: "4B"},
		Members: []record.Member{{Resident: record.Resident{First: "Ana", Last: "Ruiz"}}}, Lease: record.HomeLease{Start: today - 300, End: today + 65, MoveIn: today - 300}})
	if err != nil {
		return err
	}
	ana := home.Members[0].ID
	if err := d.Tasks.Insert(ctx, tx, []task.Task{{ID: "tsk_a", Property: p.ID, Resident: ana, Kind: "playbook", Title: "Call Ana", Why: "Her lease ends soon.",
		Role: hearth.RoleLeasing, DueAt: tx.Now().Add(-time.Hour)}}); err != nil {
		return err
	}
	if err := d.Messages.Insert(ctx, tx, []message.Message{{ID: "msg_a", Property: p.ID, Resident: ana, State: message.Held, Class: hearth.ClassRelation,
		Channel: hearth.ChannelEmail, Subject: "Your home next year", Body: "Dear Ana", Reason: "Held: quiet hours."}}); err != nil {
		return err
	}
	return d.Decisions.Insert(ctx, tx, []decision.Decision{{ID: "dec_a", Resident: ana, Property: p.ID, Stage: "desk", Outcome: "held", Reason: "Held: quiet hours."}})
}

func (b *bench) get(t *testing.T, path, password string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	if password != "" {
		r.SetBasicAuth("anybody", password)
	}
	rec := httptest.NewRecorder()
	b.web.ServeHTTP(rec, r)
	return rec
}

func TestFirstPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		rec := b.get(t, "/happened", b.tokens[account.ScopeRead])
		if rec.Code != http.StatusOK {
			t.Fatalf("answered %d: %s\n%s", rec.Code, rec.Body, b.log)
		}
		for _, must := range []string{"Oak Court", "Mail goes to files", "Ana Ruiz", "Home 4B", "Call Ana", ">late<", "Held: quiet hours.", "Your home next year",
			"became known as a resident", "from yardi/oak",
			"Waiting for their subject", "7 events came in", "resident/t0099", "since yesterday", "Portal visited", "from crm"} {
			if !strings.Contains(rec.Body.String(), must) {
				t.Errorf("%q is missing", must)
			}
		}
	})
}

// Pages show residents; who gives no token with the scope read sees none of them.
func TestWhoMaySee(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	for _, tt := range []struct {
		name, password string
		open           bool
		status         int
	}{
		{"nobody", "", false, 401},
		{"a stranger", "hearth_guess", false, 401},
		{"a token for events", b.tokens[account.ScopeEvents], false, 403},
		{"a token for reading", b.tokens[account.ScopeRead], false, 200},
		{"an administrator", b.tokens[account.ScopeAdmin], false, 200},
		{"nobody, in a generated community", "", true, 200},
	} {
		b.web.Open = tt.open
		rec := b.get(t, "/happened", tt.password)
		if rec.Code != tt.status {
			t.Errorf("%s: answered %d, want %d", tt.name, rec.Code, tt.status)
		}
		if shown := strings.Contains(rec.Body.String(), "Ana Ruiz"); shown != (tt.status == 200) {
			t.Errorf("%s: residents are shown: %v", tt.name, shown)
		}
		if asks := rec.Header().Get("WWW-Authenticate") != ""; asks != (tt.status == 401) {
			t.Errorf("%s: asked who it is: %v", tt.name, asks)
		}
	}
}

func TestHealth(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	for _, tt := range []struct {
		name, path string
		ready      error
		status     int
		must       string
	}{
		{"alive", "/healthz", errors.New("x"), 200, "ok"},
		{"ready", "/readyz", nil, 200, "ready"},
		{"disk full", "/readyz", hearth.Errorf(hearth.CodeUnavailable, "The disk is full."), 503, "The disk is full."},
		{"broken", "/readyz", errors.New("secret detail"), 503, "on our side"},
		{"style", page.StylePath(), nil, 200, "--pine"},
		{"nothing", "/nothing", nil, 404, ""},
	} {
		b.web.Ready = func(context.Context) error { return tt.ready }
		rec := b.get(t, tt.path, "")
		if rec.Code != tt.status || !strings.Contains(rec.Body.String(), tt.must) || strings.Contains(rec.Body.String(), "secret") {
			t.Errorf("%s: answered %d %q, want %d with %q", tt.name, rec.Code, rec.Body, tt.status, tt.must)
		}
	}
}

// A database that is away is said in a sentence, and no half page is sent.
func TestDatabaseAway(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	b.web.Open = true
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rec := httptest.NewRecorder()
	b.web.ServeHTTP(rec, httptest.NewRequestWithContext(ctx, http.MethodGet, "/happened", nil))
	if rec.Code == http.StatusOK || strings.Contains(rec.Body.String(), "Ana Ruiz") {
		t.Errorf("answered %d %s", rec.Code, rec.Body)
	}
}
