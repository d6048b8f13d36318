package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/base/rule"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/fact/account"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/identity"
	"hearth/internal/fact/record"
	"hearth/internal/sense/heard/proposal"
	"hearth/internal/sense/signal"
)

// door is the outside of the API in tests: it takes what it gets and answers as told.
type door struct {
	mode    Mode
	body    []byte
	actor   hearth.Actor
	taken   int
	results []EventResult
	err     error
	during  func()
}

func (d *door) Take(_ context.Context, mode Mode, _ http.Header, body []byte, actor hearth.Actor) ([]EventResult, error) {
	d.mode, d.body, d.actor = mode, bytes.Clone(body), actor
	d.taken++
	if d.during != nil {
		d.during()
	}
	return d.results, d.err
}

// bench is an API over a fresh database with a small community.
type bench struct {
	testing.TB
	db       *db.DB
	clock    *hearth.VirtualClock
	api      *API
	handler  http.Handler
	door     *door
	log      *bytes.Buffer
	tokens   map[string]string // by scope
	ana      hearth.ResidentID
	property hearth.PropertyID
	task     hearth.TaskID
}

func newBench(t testing.TB, d *db.DB, clock *hearth.VirtualClock) *bench {
	t.Helper()
	b := &bench{TB: t, db: d, clock: clock, door: &door{results: []EventResult{{ID: "e1", Status: "accepted"}}}, log: &bytes.Buffer{}, tokens: map[string]string{}}
	l, err := eventlog.New(d)
	b.must(err)
	records := record.New(l, rand.Reader)
	ledger := consent.New(l)
	env, err := rule.NewEnv(signal.Fields())
	b.must(err)
	compiler, err := playbook.NewCompiler(env, eventlog.Types(), nil)
	b.must(err)
	accounts := account.New(rand.Reader)
	logger := slog.New(slog.NewTextHandler(b.log, nil))
	b.api, err = New(Deps{
		DB: d, Log: l, Records: records, Accounts: accounts, Tasks: task.New(l, records), Messages: message.New(l, ledger, rand.Reader), Consent: ledger,
		Identity:  identity.NewStore(identity.Deps{DB: d, Log: l, Records: records, Random: rand.Reader, Node: "test", Logger: logger}),
		Heard:     proposal.NewStore(proposal.Deps{DB: d, Log: l, Records: records, Random: rand.Reader, Node: "test", Logger: logger}),
		Decisions: decision.New(), Door: b.door, Clock: clock, Logger: logger, Rate: 100, Version: "test",
		Engine:  trigger.New(trigger.Deps{DB: d, Log: l, Env: env, Compiler: compiler, Records: records, Decisions: decision.New(), Assign: assign.New(records, task.New(l, records)), Logger: logger}),
		Library: map[hearth.PlaybookID][]byte{"quiet": []byte(quiet)},
		Signals: b.signals, Imports: &fakeImports{},
	})
	b.must(err)
	b.handler = b.api.Handler()
	b.write(func(ctx context.Context, tx *db.Tx) error {
		for _, scope := range []account.Scope{account.ScopeEvents, account.ScopeRead, account.ScopeTasks, account.ScopeMessages, account.ScopeAdmin} {
			secret, err := accounts.CreateToken(ctx, tx, string(scope), []account.Scope{scope})
			if err != nil {
				return err
			}
			b.tokens[string(scope)] = secret
		}
		return b.settle(ctx, tx, records)
	})
	return b
}

const quiet = `
id: quiet
title: Quiet resident
moment: micro
depth: human
why: Somebody should say hello.
trigger: {when: "connection.last_personal_days >= 60"}
steps:
  - task: {title: "Say hello", why: "Nobody has for a while.", role: leasing, minutes: 10, due: 2 business days}
`

// settle makes one home with two people, a task, a message and a decision.
func (b *bench) settle(ctx context.Context, tx *db.Tx, records *record.Store) error {
	news := record.News{Source: "test"}
	p, _, err := records.PutProperty(ctx, tx, news, record.Property{Name: "Oak Court", Zone: "America/Chicago"})
	if err != nil {
		return err
	}
	today := hearth.DayOf(tx.Now(), time.UTC)
	home, err := records.PutHome(ctx, tx, news, record.Home{Property: p.ID, Unit: record.Unit{Label: "4B"},
		Members: []record.Member{
			{Resident: record.Resident{First: "Ana", Last: "Ruiz", Email: "ana@home.example", Phone: "312-555-0101"}, External: "R-1"},
			{Resident: record.Resident{First: "Ben", Last: "Ruiz", Email: "ben@home.example"}, External: "R-2"},
		},
		Lease: record.HomeLease{Start: today - 300, End: today + 65, MoveIn: today - 300, RentCents: 145000}})
	if err != nil {
		return err
	}
	b.ana, b.property = home.Members[0].ID, p.ID
	if _, err := records.PutPreference(ctx, tx, news, record.Preference{Resident: b.ana, Name: "pets", Value: "a cat"}); err != nil {
		return err
	}
	b.task = "tsk_one"
	if err := b.api.Tasks.Insert(ctx, tx, []task.Task{{ID: b.task, Part: eventlog.PartOf(p.ID), Property: p.ID, Resident: b.ana, Kind: "playbook",
		Title: "Call Ana", Why: "Her lease ends soon.", Role: hearth.RoleLeasing, Minutes: 20, DueAt: tx.Now().Add(time.Hour),
		Asks: []task.Ask{{Fact: "intent", Question: "What does she plan?", Kind: "choice:stays|leaves"}}}}); err != nil {
		return err
	}
	if err := b.api.Messages.Insert(ctx, tx, []message.Message{{ID: "msg_one", Property: p.ID, Resident: b.ana, State: message.Held, Class: hearth.ClassRelation,
		Purpose: "renewal.open", Channel: hearth.ChannelEmail, Address: "ana@home.example", AddressKey: "ana@home.example", Subject: "Your home next year",
		Body: "Dear Ana", Reason: "Held until tomorrow 08:00: quiet hours."}}); err != nil {
		return err
	}
	return b.api.Decisions.Insert(ctx, tx, []decision.Decision{{ID: "dec_one", Resident: b.ana, Property: p.ID, Stage: "desk", Outcome: "held",
		Reason: "Held until tomorrow 08:00: quiet hours.", Facts: map[string]any{"class": "relation"}, Object: "msg_one"}})
}

// signals knows one thing about Ana, and nothing about others.
func (b *bench) signals(_ context.Context, _ *db.Tx, id hearth.ResidentID) (signal.View, error) {
	if id != b.ana {
		return signal.View{}, hearth.Errorf(hearth.CodeNotFound, "Nothing is known of this resident yet.")
	}
	s := &signal.State{}
	s.Fold(&hearth.Event{Type: "workorder.opened", Subject: hearth.Subject{Kind: "workorder", ID: "1"}, Residents: []hearth.ResidentID{id},
		Time: b.clock.Now(), Recorded: b.clock.Now(), Data: []byte(`{"description":"tap drips"}`)}, time.UTC)
	return signal.NewView(s, b.clock.Now(), time.UTC), nil
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) write(fn func(ctx context.Context, tx *db.Tx) error) {
	b.Helper()
	b.must(b.db.Write(b.Context(), func(tx *db.Tx) error { return fn(b.Context(), tx) }))
}

// request is one request; token is a scope, "none" or a literal secret.
type request struct {
	method, path, token string
	header              map[string]string
	body                string
}

func (b *bench) do(r request) *httptest.ResponseRecorder {
	b.Helper()
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	req := httptest.NewRequestWithContext(b.Context(), r.method, r.path, body)
	secret := r.token
	if s, ok := b.tokens[r.token]; ok {
		secret = s
	}
	if secret != "none" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	for name, v := range r.header {
		req.Header.Set(name, v)
	}
	rec := httptest.NewRecorder()
	b.handler.ServeHTTP(rec, req)
	return rec
}

func TestRequests(t *testing.T) {
	const jsonType = "application/json"
	for _, tt := range []struct {
		name string
		request
		status  int
		must    []string
		mustNot []string
	}{
		{"no token", request{"GET", "/api/v1/residents", "none", nil, ""}, 401, []string{`"code":"unauthenticated"`, "Authorization: Bearer"}, []string{"Ana"}},
		{"unknown token", request{"GET", "/api/v1/residents", "hearth_x", nil, ""}, 401, []string{"not known"}, []string{"hearth_x"}},
		{"no token, unknown address", request{"GET", "/api/v1/x", "none", nil, ""}, 401, nil, nil},
		{"wrong scope", request{"GET", "/api/v1/residents", "events:write", nil, ""}, 403, []string{`"code":"forbidden"`, "scope read"}, nil},
		{"admin may all", request{"GET", "/api/v1/residents", "admin", nil, ""}, 200, []string{"Ana Ruiz"}, nil},
		{"unknown address", request{"GET", "/api/v1/nothing", "read", nil, ""}, 404, []string{`"code":"not_found"`, "/api lists"}, nil},
		{"wrong method", request{"DELETE", "/api/v1/residents", "read", nil, ""}, 405, []string{"DELETE"}, nil},

		{"unknown address beside the versions", request{"GET", "/api/v2/residents", "read", nil, ""}, 404, []string{`"code":"not_found"`}, nil},
		{"the page with a slash", request{"GET", "/api/", "none", nil, ""}, 301, nil, nil},

		{"residents", request{"GET", "/api/v1/residents", "read", nil, ""}, 200,
			[]string{`"name":"Ana Ruiz"`, `"name":"Ben Ruiz"`, `"unit_label":"4B"`, `"status":"current"`, `"next":""`}, nil},
		{"search", request{"GET", "/api/v1/residents?search=ana", "read", nil, ""}, 200, []string{"Ana Ruiz"}, []string{"Ben Ruiz"}},
		{"search by unit", request{"GET", "/api/v1/residents?search=4b", "read", nil, ""}, 200, []string{"Ana Ruiz", "Ben Ruiz"}, nil},
		{"search finds nobody", request{"GET", "/api/v1/residents?search=zzz", "read", nil, ""}, 200, []string{`"items":[]`}, nil},
		{"limit too large", request{"GET", "/api/v1/residents?limit=201", "read", nil, ""}, 422, []string{`"field":"limit"`}, []string{"201"}},
		{"limit no number", request{"GET", "/api/v1/residents?limit=ana@home.example", "read", nil, ""}, 422, []string{`"field":"limit"`}, []string{"ana@"}},
		{"unknown parameter", request{"GET", "/api/v1/residents?serch=a", "read", nil, ""}, 422, []string{"unknown query parameter", `"field":"serch"`}, nil},

		{"resident by a source's id", request{"GET", "/api/v1/residents/R-1", "read", nil, ""}, 200,
			[]string{`"name":"Ana Ruiz"`, `"zone":"America/Chicago"`, `"property_name":"Oak Court"`, `"rent_cents":145000`, `"value":"a cat"`, `"id":"R-1"`, `"name":"Ben Ruiz"`}, nil},
		{"unknown resident", request{"GET", "/api/v1/residents/ana@home.example", "read", nil, ""}, 404, []string{"no resident"}, []string{"ana@"}},
		{"timeline", request{"GET", "/api/v1/residents/R-1/timeline", "read", nil, ""}, 200, []string{"preference.changed", "resident.added", `"next":""`}, nil},
		{"timeline by type", request{"GET", "/api/v1/residents/R-1/timeline?type=preference.changed", "read", nil, ""}, 200, []string{"preference.changed"}, []string{"resident.added"}},
		{"broken cursor", request{"GET", "/api/v1/residents/R-1/timeline?cursor=xx", "read", nil, ""}, 422, []string{`"field":"cursor"`}, nil},
		{"broken cursor of residents", request{"GET", "/api/v1/residents?cursor=zzz", "read", nil, ""}, 422, []string{`"field":"cursor"`}, []string{"zzz"}},
		{"broken cursor of playbooks", request{"GET", "/api/v1/playbooks?cursor=zzz", "read", nil, ""}, 422, []string{`"field":"cursor"`}, []string{"zzz"}},
		{"signals", request{"GET", "/api/v1/residents/R-1/signals", "read", nil, ""}, 200, []string{`"name":"service.open","value":1`, `"value":null`}, []string{"payments.arrears"}},
		{"signals for an administrator", request{"GET", "/api/v1/residents/R-1/signals", "admin", nil, ""}, 200, []string{"payments.arrears"}, nil},
		{"signals of somebody new", request{"GET", "/api/v1/residents/R-2/signals", "read", nil, ""}, 404, []string{"Nothing is known"}, nil},

		{"tasks", request{"GET", "/api/v1/tasks", "read", nil, ""}, 200, []string{"Call Ana", "What does she plan?", `"checklist":[]`}, nil},
		{"tasks of another", request{"GET", "/api/v1/tasks?resident=R-2", "read", nil, ""}, 200, []string{`"items":[]`}, nil},
		{"tasks in no state", request{"GET", "/api/v1/tasks?state=lost", "read", nil, ""}, 422, []string{`"field":"state"`}, []string{"lost"}},
		{"one task", request{"GET", "/api/v1/tasks/tsk_one", "read", nil, ""}, 200, []string{"Call Ana"}, nil},
		{"no task", request{"GET", "/api/v1/tasks/tsk_two", "read", nil, ""}, 404, nil, nil},
		{"done without the fact", request{"POST", "/api/v1/tasks/tsk_one/done", "tasks:write", map[string]string{"Content-Type": jsonType}, `{"facts":{}}`}, 422,
			[]string{`"field":"intent"`, "What does she plan?"}, nil},
		{"done with a wrong fact", request{"POST", "/api/v1/tasks/tsk_one/done", "tasks:write", map[string]string{"Content-Type": jsonType}, `{"facts":{"intent":"call ana@home.example"}}`}, 422,
			[]string{`"field":"intent"`}, []string{"ana@"}},
		{"done", request{"POST", "/api/v1/tasks/tsk_one/done", "tasks:write", map[string]string{"Content-Type": jsonType}, `{"facts":{"intent":"stays"}}`}, 200,
			[]string{`"state":"done"`, `"intent":"stays"`, `"closed_by":"token/`}, nil},
		{"done needs its scope", request{"POST", "/api/v1/tasks/tsk_one/done", "read", map[string]string{"Content-Type": jsonType}, `{}`}, 403, []string{"tasks:write"}, nil},
		{"body of another shape", request{"POST", "/api/v1/tasks/tsk_one/done", "tasks:write", map[string]string{"Content-Type": jsonType}, `{"fact":{"a":"b"}}`}, 422, []string{"unexpected property"}, nil},
		{"body that is no JSON", request{"POST", "/api/v1/tasks/tsk_one/done", "tasks:write", map[string]string{"Content-Type": jsonType}, `ana@home.example`}, 400, []string{`"code":"invalid"`}, []string{"ana@"}},
		{"body of another type", request{"POST", "/api/v1/tasks/tsk_one/done", "tasks:write", map[string]string{"Content-Type": "text/plain"}, `x`}, 415, []string{`"code":"invalid"`}, nil},

		{"messages", request{"GET", "/api/v1/messages", "read", nil, ""}, 200, []string{"Your home next year", `"state":"held"`, "quiet hours"}, nil},
		{"messages in a state", request{"GET", "/api/v1/messages?state=sent", "read", nil, ""}, 200, []string{`"items":[]`}, nil},
		{"decisions", request{"GET", "/api/v1/decisions?resident=R-1", "read", nil, ""}, 200, []string{`"outcome":"held"`, `"class":"relation"`}, nil},
		{"decisions of another", request{"GET", "/api/v1/decisions?resident=R-2", "read", nil, ""}, 200, []string{`"items":[]`}, nil},

		{"playbooks", request{"GET", "/api/v1/playbooks", "read", nil, ""}, 200, []string{`"id":"quiet"`, `"state":"shipped"`, "Somebody should say hello."}, nil},
		{"why", request{"GET", "/api/v1/playbooks/nothing/why?resident=R-1", "read", nil, ""}, 404, []string{"no playbook"}, nil},
		{"why without a resident", request{"GET", "/api/v1/playbooks/quiet/why", "read", nil, ""}, 422, []string{`"field":"resident"`}, nil},

		{"description", request{"GET", "/api/openapi.json", "none", nil, ""}, 200, []string{`"openapi":"3.1.0"`, `"/api/v1/events"`, `"Problem"`}, []string{"ErrorModel"}},
		{"page", request{"GET", "/api", "none", nil, ""}, 200, []string{"Tell what happened", "/api/v1/residents/{id}/timeline", "scope events:write", `id="invalid"`}, []string{"<script", "http://"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, clock := dbtest.SQLite(t)
			b := newBench(t, d, clock)
			rec := b.do(tt.request)
			body := rec.Body.String()
			if rec.Code != tt.status {
				t.Errorf("status is %d, want %d: %s\n%s", rec.Code, tt.status, body, b.log)
			}
			for _, must := range tt.must {
				if !strings.Contains(body, must) {
					t.Errorf("%q is missing in %s", must, body)
				}
			}
			for _, mustNot := range tt.mustNot {
				if strings.Contains(body, mustNot) {
					t.Errorf("%q is in %s", mustNot, body)
				}
			}
			if want := "application/problem+json"; tt.status >= 400 && rec.Header().Get("Content-Type") != want {
				t.Errorf("content type is %q, want %q", rec.Header().Get("Content-Type"), want)
			}
			if tt.status >= 400 {
				checkProblem(t, rec)
			}
			if strings.Contains(b.log.String(), "ana@") {
				t.Errorf("the log holds personal data: %s", b.log)
			}
		})
	}
}

// checkProblem holds what every problem has.
func checkProblem(t *testing.T, rec *httptest.ResponseRecorder) {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
		t.Fatalf("the problem is no JSON: %v", err)
	}
	if p.Status != rec.Code || p.Title == "" || !strings.ContainsAny(p.Detail[len(p.Detail)-1:], ".?") || !strings.HasPrefix(p.Type, "/api#") || p.Code == "" {
		t.Errorf("the problem is not whole: %+v", p)
	}
}

// Every list can be read page by page, on both databases, without loss or repetition.
func TestPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, clock *hearth.VirtualClock) {
		b := newBench(t, d, clock)
		b.write(func(ctx context.Context, tx *db.Tx) error {
			for i := range 7 {
				id := strconv.Itoa(i)
				if err := b.api.Decisions.Insert(ctx, tx, []decision.Decision{{ID: hearth.DecisionID("dec_" + id), Resident: b.ana, Stage: "run", Outcome: "ended", Reason: "x."}}); err != nil {
					return err
				}
				if err := b.api.Tasks.Insert(ctx, tx, []task.Task{{ID: hearth.TaskID("tsk_" + id), Property: b.property, Resident: b.ana, Kind: "playbook", Title: id, Why: "x.", Role: hearth.RoleLeasing, DueAt: tx.Now()}}); err != nil {
					return err
				}
				if err := b.api.Messages.Insert(ctx, tx, []message.Message{{ID: hearth.MessageID("msg_" + id), Property: b.property, Resident: b.ana, State: message.Dropped, Class: hearth.ClassService, Channel: hearth.ChannelEmail}}); err != nil {
					return err
				}
			}
			return nil
		})
		for path, want := range map[string]int{
			"/api/v1/residents?": 2, "/api/v1/residents/R-1/timeline?": 0, "/api/v1/tasks?": 8, "/api/v1/messages?": 8, "/api/v1/decisions?": 8, "/api/v1/playbooks?": 1,
		} {
			seen := map[string]bool{}
			cursor := ""
			for pages := 0; ; pages++ {
				rec := b.do(request{"GET", path + "limit=3&cursor=" + cursor, "read", nil, ""})
				var page struct {
					Items []struct{ ID string }
					Next  string
				}
				if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil || rec.Code != 200 {
					t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
				}
				for _, item := range page.Items {
					if seen[item.ID] {
						t.Errorf("%s: %s came twice", path, item.ID)
					}
					seen[item.ID] = true
				}
				if cursor = page.Next; cursor == "" {
					break
				}
				if len(page.Items) != 3 || pages > 20 {
					t.Fatalf("%s: a page that is not the last has %d items", path, len(page.Items))
				}
			}
			if len(seen) == 0 || want > 0 && len(seen) != want {
				t.Errorf("%s: %d came, want %d", path, len(seen), want)
			}
		}
	})
}

func TestRateLimit(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	ask := func(token string) *httptest.ResponseRecorder {
		return b.do(request{"GET", "/api/v1/residents", token, nil, ""})
	}
	last := ask("read")
	for i := 0; last.Code == 200 && i < 1000; i++ {
		last = ask("read")
	}
	if last.Code != 429 || last.Header().Get("Retry-After") != "1" {
		t.Fatalf("the last answer is %d, Retry-After %q, want 429 and 1", last.Code, last.Header().Get("Retry-After"))
	}
	checkProblem(t, last)
	if rec := ask("admin"); rec.Code != 200 {
		t.Errorf("another token is answered with %d", rec.Code)
	}
	clock.Advance(time.Second)
	if rec := ask("read"); rec.Code != 200 {
		t.Errorf("after waiting as told, the answer is %d", rec.Code)
	}
}

// A revoked token is refused within seconds.
func TestRevoked(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	ask := request{"GET", "/api/v1/residents", "read", nil, ""}
	if rec := b.do(ask); rec.Code != 200 {
		t.Fatalf("before: %d", rec.Code)
	}
	b.write(func(ctx context.Context, tx *db.Tx) error {
		tokens, err := b.api.Accounts.List(ctx, tx)
		for _, tok := range tokens {
			if tok.Name == "read" {
				return b.api.Accounts.Revoke(ctx, tx, tok.Hash)
			}
		}
		return err
	})
	clock.Advance(believed)
	if rec := b.do(ask); rec.Code != 401 {
		t.Errorf("after: %d, want 401", rec.Code)
	}
}

// What went wrong inside is logged and not shown.
func TestInternalErrorsStayInside(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	b.api.Signals = func(context.Context, *db.Tx, hearth.ResidentID) (signal.View, error) {
		return signal.View{}, io.ErrUnexpectedEOF
	}
	rec := b.do(request{"GET", "/api/v1/residents/R-1/signals", "read", nil, ""})
	if rec.Code != 500 || strings.Contains(rec.Body.String(), "EOF") || !strings.Contains(b.log.String(), "unexpected EOF") {
		t.Errorf("answer %d %s, log %s", rec.Code, rec.Body, b.log)
	}
	checkProblem(t, rec)
}
