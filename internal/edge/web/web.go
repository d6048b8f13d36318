// Package web is the pages for the team: so far one, which shows what came in, what was decided and why, and what waits
// for a person. It also answers whether the program lives and is ready. It reads and draws; it holds no rules and no
// SQL, and changes nothing.
package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/act/webhook"
	"hearth/internal/act/workorder"
	"hearth/internal/base/blob"
	"hearth/internal/base/config"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/sheet"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk/texting"
	"hearth/internal/decide/desk/wording"
	"hearth/internal/decide/inbox"
	"hearth/internal/decide/inbox/helper"
	"hearth/internal/decide/outlook"
	"hearth/internal/decide/playbook"
	"hearth/internal/decide/trigger"
	"hearth/internal/edge/web/single"
	"hearth/internal/fact/account"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/decision"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/identity"
	"hearth/internal/fact/quality"
	"hearth/internal/fact/record"
	"hearth/internal/learn/fairness"
	"hearth/internal/learn/metric"
	"hearth/internal/sense/heard/proposal"
)

// Deps is what the pages read from. All fields are required, but for Open and Notes.
type Deps struct {
	DB        *db.DB
	Log       *eventlog.Log
	Records   *record.Store
	Accounts  *account.Store
	People    *account.People // nil: people can't sign in, only programs' tokens open pages
	Decisions *decision.Store
	Tasks     *task.Store
	Messages  *message.Store
	Clock     hearth.Clock
	Logger    *slog.Logger
	// Ready says what keeps this node from working, nil if nothing does.
	Ready func(ctx context.Context) error
	// Parked counts the events that wait for their subject and gives up to n of them, the oldest first.
	Parked func(ctx context.Context, tx *db.Tx, n int) (count int, oldest []Parked, err error)
	// Care tells what is paused; nil: nothing ever is.
	Care *care.Store
	// Proposed counts what was proposed and waits for a person; nil: nothing ever is.
	Proposed func(ctx context.Context, tx *db.Tx) (Proposed, error)
	// Titles gives a playbook's title.
	Titles map[hearth.PlaybookID]string
	// Figures, Fairness and Quality are what Insight reads; nil: there is nothing of it.
	Figures  *metric.Store
	Fairness *fairness.Store
	Quality  *quality.Store
	// Engine and the services are what the pages of the workspace ask and change; they may be nil where only the record of
	// what happened is shown.
	Engine     *trigger.Engine
	Assign     *assign.Assigner
	Outlook    *outlook.Service
	Inbox      *inbox.Inbox
	Consent    *consent.Store
	Broadcasts *broadcast.Service
	Wording    *wording.Service
	Identity   *identity.Store
	Heard      *proposal.Store
	Library    map[hearth.PlaybookID][]byte
	Config     *config.Config
	Texting    *texting.Listener
	// Round gives what is printed of a round, and where it is; nil: there are none.
	Round func(ctx context.Context, id string) (sheet.Batch, hearth.PropertyID, error)
	// Health tells what this process knows of itself; nil: the operator's page goes without.
	Health func(ctx context.Context, tx *db.Tx) (Health, error)
	// Open shows the pages to everybody: only for a generated community.
	Open bool
	// Notes are sentences that stand on top of the first page, such as where mail goes.
	Notes []string
	// Helper helps whoever writes; nil: no language model is set up.
	Helper *helper.Helper
	// Webhooks are the programs that hear what happens; nil: there are none.
	Webhooks *webhook.Hooks
	// Workorders finds work orders by their number; nil: none are found.
	Workorders *workorder.Store
	// Blobs holds the photos that came with work orders; nil: there are none.
	Blobs  *blob.Store
	Single *single.Provider // an organization's own sign-in; nil for none
	// Imports brings files in and takes them back; nil: there are no such pages.
	Imports Imports
	// Deadline gives the machine's own time after a while, for connections; nil: the server's limits hold for all.
	Deadline func(after time.Duration) time.Time
}

// Parked is an event that waits until somebody tells of its subject.
type Parked struct {
	Source  string
	Type    hearth.EventType
	Subject string // as the sender wrote it
	Since   time.Time
	Refused bool // its subject is known by now, and the record refused the event
}

// Proposed is how much waits for a person's word.
type Proposed struct {
	People int // pairs of residents who may be one person
	Heard  int // facts that residents were heard to say
}

// Web answers pages and health.
type Web struct {
	Deps
	mux    *http.ServeMux
	news   news
	policy *account.Policy
	traits *playbook.Traits
}

// route is a page or an action of the workspace: a pattern of the mux, what it needs, and what answers.
type route struct {
	pattern string
	need    right
	handler http.HandlerFunc
}

// routes lists all pages and actions of the workspace; a right stands beside each.
func (h *Web) routes() []route {
	var all []route
	all = append(all, h.doorRoutes()...)
	all = append(all, h.accountRoutes()...)
	all = append(all, h.queueRoutes()...)
	all = append(all, h.inboxRoutes()...)
	all = append(all, h.broadcastRoutes()...)
	all = append(all, h.setupRoutes()...)
	all = append(all, h.roleRoutes()...)
	all = append(all, h.textRoutes()...)
	all = append(all, h.channelRoutes()...)
	all = append(all, h.hookRoutes()...)
	all = append(all, h.residentRoutes()...)
	all = append(all, h.peopleRoutes()...)
	all = append(all, h.unitRoutes()...)
	all = append(all, h.photoRoutes()...)
	all = append(all, h.insightRoutes()...)
	all = append(all, h.operatorRoutes()...)
	all = append(all, h.playbookRoutes()...)
	all = append(all, h.playEditRoutes()...)
	all = append(all, h.playTryRoutes()...)
	all = append(all, h.importRoutes()...)
	page := func(pattern string, make func(*request) (templ.Component, error)) {
		all = append(all, route{pattern, rightOpen, h.show(rightOpen, make)})
	}
	page("GET /places", (*request).places)
	page("GET /gallery", func(q *request) (templ.Component, error) { return ui.Gallery(q.frame("Gallery", "")), nil })
	all = append(all, route{"GET /live", rightOpen, h.live})
	all = append(all, route{"GET /happened", account.HappenedRead, h.show(account.HappenedRead, (*request).happened)})
	if h.Round != nil {
		all = append(all, route{"GET /rounds/{id}", account.RoundsPrint, h.sheets})
	}
	return all
}

// New builds the pages.
func New(d Deps) *Web {
	h := &Web{Deps: d, mux: staticMux(), policy: account.NewPolicy(), traits: playbook.NewTraits()}
	h.news = news{h: h, waiting: map[chan word]bool{}}
	for _, r := range h.routes() {
		h.mux.HandleFunc(r.pattern, r.handler)
	}
	return h
}

// Mount puts the pages on the program's mux.
func (h *Web) Mount(mux *http.ServeMux) { mux.Handle("/", h) }

// ServeHTTP answers a request.
func (h *Web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.secure(r) {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	http.NewCrossOriginProtection().Handler(h.handler(r)).ServeHTTP(w, r)
}

// handler gives what answers a request. Where there is no page, a person is told so on a page like any other; the address of an
// action, which a browser asks for when it loads again what a form led to, leads to the page that the action belongs to.
func (h *Web) handler(r *http.Request) http.Handler {
	if _, found := h.mux.Handler(r); found != "" || r.Method != http.MethodGet || !strings.Contains(r.Header.Get("Accept"), "text/html") {
		return h.mux
	}
	act := r.Clone(r.Context())
	act.Method = http.MethodPost
	if _, found := h.mux.Handler(act); found != "" {
		return http.RedirectHandler(h.pageAbove(r), http.StatusSeeOther)
	}
	return h.show(rightOpen, func(*request) (templ.Component, error) {
		return nil, hearth.Errorf(hearth.CodeNotFound, "There is no page at this address. What you look for may be in the menu, or Find leads there.")
	})
}

func staticMux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET "+page.StylePath(), page.Style())
	mux.Handle("GET "+page.AssetsPath, page.Assets())
	return mux
}

// ready tells a load balancer whether to send requests here. What is wrong is said in a sentence without details.
func (h *Web) ready(w http.ResponseWriter, r *http.Request) {
	if err := h.Ready(r.Context()); err != nil {
		h.Logger.WarnContext(r.Context(), "not ready", "error", err)
		w.Header().Set("Retry-After", "1")
		plain(w, http.StatusServiceUnavailable, hearth.MessageOf(err))
		return
	}
	plain(w, http.StatusOK, "ready")
}

// plain answers with one line of text.
func plain(w http.ResponseWriter, status int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, line+"\n")
}

// sheets answers with what is printed of a round. Looking changes nothing.
func (h *Web) sheets(w http.ResponseWriter, r *http.Request) {
	h.show(account.RoundsPrint, func(q *request) (templ.Component, error) {
		b, at, err := h.Round(q.Context(), r.PathValue("id"))
		if err == nil && !q.acc.May(account.RoundsPrint, at) {
			err = hearth.Errorf(hearth.CodeNotFound, "There is no such round.")
		}
		if err != nil {
			return nil, err
		}
		w.Header().Set("Content-Security-Policy", sheet.Policy())
		return templ.ComponentFunc(func(_ context.Context, to io.Writer) error { return sheet.Write(to, b) }), nil
	})(w, r)
}
