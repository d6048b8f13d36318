package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/time/rate"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/dbtest"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// matrix says which right of the policy each operation is an exercise of; its scope is the one that the policy's table names for programs.
// An operation that is not here fails the test.
func matrix() map[account.Right]string {
	return map[account.Right]string{
		account.EventsWrite:    "post-events",
		account.WorkspaceRead:  "get-push-key list-moments",
		account.TodayRead:      "get-task list-tasks get-capacity get-oncall list-staff list-reviews list-heard list-identity-proposals get-quality",
		account.ResidentsRead:  "list-residents get-resident get-signals get-timeline get-upcoming get-heard list-devices list-situations list-segments list-segment-residents",
		account.InboxRead:      "list-inbox list-messages list-household-messages list-conversations get-conversation list-saved-replies list-mail-in get-mail-in-raw list-texts-in",
		account.BroadcastsRead: "list-broadcasts get-broadcast list-broadcast-people show-broadcast get-joint-broadcast",
		account.PlaybooksRead:  "list-playbooks list-hints get-simulation get-why get-effect list-pauses list-templates get-template list-template-versions preview-template check-template get-voice check-voice",
		account.FiguresRead:    "get-noise get-silence",
		account.HappenedRead:   "list-decisions",
		account.ConsentsRead:   "get-consents list-consent-wordings list-suppressions list-refusals list-revocations",
		account.RoundsPrint:    "list-rounds get-round",
		account.SettingsRead:   "list-settings",
		account.TasksWrite: "post-task-done assign-conversation note-conversation finish-conversation reopen-conversation snooze-conversation post-saved-reply put-saved-reply delete-saved-reply restore-saved-reply post-inbox mark-round " +
			"place-mail-in dismiss-mail-in place-text-in keep-heard decline-heard settle-review decide-identity-proposal unmerge-resident post-device delete-device",
		account.SituationsWrite: "post-situation end-situation",
		account.ConsentsWrite:   "post-consent post-suppression settle-revocation",
		account.TeamWrite:       "post-absence delete-absence put-oncall",
		account.MessagesWrite:   "assist reply-conversation hold-message cancel-message hold-contact cancel-contact resume-contact",
		account.BroadcastsWrite: "make-broadcast foretell-broadcast test-broadcast send-broadcast stop-broadcast make-joint-broadcast foretell-joint-broadcast send-joint-broadcast stop-joint-broadcast",
		account.BroadcastsMany:  "approve-broadcast approve-joint-broadcast",
		account.PlaybooksWrite:  "activate-playbook retire-playbook move-runs simulate-playbook put-moments put-segment delete-segment",
		account.PausesWrite:     "post-pause end-pause",
		account.WordingWrite:    "create-template put-template reset-template put-voice",
		account.SettingsWrite:   "change-settings post-consent-wording delete-suppression",
		account.WebhooksWrite:   "list-webhooks make-webhook change-webhook list-webhook-history delete-webhook switch-webhook-on switch-webhook-off turn-webhook-secret replay-webhook list-webhook-attempts test-webhook retry-webhook",
		account.ImportsWrite:    "list-imports show-import-undo undo-import",
	}
}

func scopesOf() []account.Scope {
	return []account.Scope{account.ScopeEvents, account.ScopeRead, account.ScopeTasks, account.ScopeMessages, account.ScopeAdmin, account.ScopeReasons}
}

// cell is an operation as it is asked.
type cell struct {
	id, method, path string
	need             account.Scope
}

func (b *bench) cells() []cell {
	var out []cell
	for path, item := range b.api.spec.Paths {
		for method, op := range map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put,
			http.MethodPatch: item.Patch, http.MethodDelete: item.Delete} {
			if op != nil {
				out = append(out, cell{op.OperationID, method, regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, "none"), b.api.scopes[method+" "+path]})
			}
		}
	}
	return out
}

// Every operation, asked with every scope alone, by nobody, by a stranger and with the session of somebody of each role: whoever lacks the
// scope is refused before anything is read, whoever has it is let through, and a person's session is no token.
func TestEveryOperationIsInTheMatrix(t *testing.T) {
	d, clock := dbtest.SQLite(t)
	b := newBench(t, d, clock)
	b.api.limits = newLimiter(clock, 1_000_000)
	b.api.limits.strangers = rate.NewLimiter(rate.Inf, 1)
	b.scopeTokens()
	sessions := b.sessions()
	rights := map[string]account.Right{}
	for right, ids := range matrix() {
		for _, id := range strings.Fields(ids) {
			if rights[id] != "" {
				t.Errorf("%s stands in the matrix twice", id)
			}
			rights[id] = right
		}
	}
	grants := map[account.Right]account.Grant{}
	for _, g := range account.Grants() {
		grants[g.Right] = g
	}
	reached := b.arrivals()
	asked, all := 0, b.cells()
	for _, c := range all {
		g, ok := grants[rights[c.id]]
		if !ok || g.Scope == "" || g.Scope != c.need {
			t.Errorf("%s is open to the scope %q; the matrix has it as %q, which the policy gives to %q", c.id, c.need, rights[c.id], g.Scope)
			continue
		}
		delete(rights, c.id)
		for _, have := range scopesOf() {
			want := have == c.need || have == account.ScopeAdmin && c.need != account.ScopeReasons
			rec := b.do(request{method: c.method, path: c.path, token: "only " + string(have)})
			asked++
			if got := reached(); got != want || !want && rec.Code != http.StatusForbidden {
				t.Errorf("%s with %s: %d, let through %v, want %v", c.id, have, rec.Code, got, want)
			}
		}
		for name, secret := range sessions {
			asked++
			if rec := b.do(request{method: c.method, path: c.path, token: secret}); rec.Code != http.StatusUnauthorized || reached() {
				t.Errorf("%s by %s: %d, want 401", c.id, name, rec.Code)
			}
			rec := b.do(request{method: c.method, path: c.path, token: "none", header: map[string]string{"Cookie": "hearth=" + secret + "; __Host-hearth=" + secret}})
			if rec.Code != http.StatusUnauthorized || reached() {
				t.Errorf("%s by the cookie of %s: %d, want 401", c.id, name, rec.Code)
			}
		}
	}
	for id := range rights {
		t.Errorf("%s stands in the matrix, and there is no such operation", id)
	}
	if len(all) < 100 || asked < 1500 {
		t.Errorf("only %d operations and %d cells were asked", len(all), asked)
	}
	t.Logf("%d operations, %d cells", len(all), asked)
}

// scopeTokens makes a token of each scope alone.
func (b *bench) scopeTokens() {
	b.write(func(ctx context.Context, tx *db.Tx) error {
		for _, s := range scopesOf() {
			secret, err := b.api.Accounts.CreateToken(ctx, tx, "only "+string(s), []account.Scope{s})
			if err != nil {
				return err
			}
			b.tokens["only "+string(s)] = secret
		}
		return nil
	})
}

// sessions signs somebody of each role in, and gives what their cookies hold; with it what opens nothing at all.
func (b *bench) sessions() map[string]string {
	people, err := account.NewPeople(account.Deps{DB: b.db, Records: b.api.Records, Random: rand.Reader, Cost: account.Cost{KiB: 64, Rounds: 1}})
	b.must(err)
	out := map[string]string{"nobody": "none", "a stranger": "hrt_guessed"}
	for _, role := range hearth.Roles() {
		var id string
		b.write(func(ctx context.Context, tx *db.Tx) error {
			m, _, err := b.api.Records.PutStaff(ctx, tx, record.News{Source: "hr"}, record.Staff{Name: "Somebody " + string(role), Email: string(role) + "@oak.example",
				Roles: []record.StaffRole{{Property: b.property, Role: role}}})
			if err != nil {
				return err
			}
			who, err := people.Create(ctx, tx, hearth.System("test"), account.Person{Staff: m.ID, Login: m.Email})
			id = who.ID
			return err
		})
		out[string(role)], err = people.Guest(b.Context(), id, account.From{Device: "Firefox on Linux"})
		b.must(err)
	}
	return out
}

// arrivals puts in the operations' place what notes that a request got that far; it gives what tells and forgets it.
func (b *bench) arrivals() func() bool {
	arrived := false
	mux := http.NewServeMux()
	for pattern := range b.api.scopes {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { arrived = true; w.WriteHeader(http.StatusNoContent) })
	}
	b.api.mux = mux
	return func() bool { was := arrived; arrived = false; return was }
}
