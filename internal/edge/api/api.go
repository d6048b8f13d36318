// Package api is Hearth's JSON API: events in, residents, tasks, messages and decisions out, described by an OpenAPI 3.1
// document that comes from the code that answers. It authenticates, meters, parses and calls; it holds no rules and
// no SQL, and does not open the listener.
package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/task"
	"hearth/internal/act/webhook"
	call "hearth/internal/base/channel/webhook"
	"hearth/internal/base/db"
	"hearth/internal/base/replay"
	"hearth/internal/base/work"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk/errand"
	"hearth/internal/decide/desk/texting"
	"hearth/internal/decide/desk/wording"
	"hearth/internal/decide/inbox"
	"hearth/internal/decide/inbox/helper"
	"hearth/internal/decide/outlook"
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

// Deps is what the API calls. All fields are required but PushGuard.
type Deps struct {
	DB         *db.DB
	Log        *eventlog.Log
	Records    *record.Store
	Identity   *identity.Store
	Heard      *proposal.Store
	Accounts   *account.Store
	Tasks      *task.Store
	Messages   *message.Store
	Decisions  *decision.Store
	Engine     *trigger.Engine
	Inbox      *inbox.Inbox
	Consent    *consent.Store
	Texting    *texting.Listener
	Broadcasts *broadcast.Service
	Webhooks   *webhook.Hooks
	Wording    *wording.Service
	Outlook    *outlook.Service
	// PushGuard checks where notifications may lead; nil: push is no way here.
	PushGuard *call.Guard
	Errands   *errand.Service
	// Helper helps whoever writes; nil: no language model is set up.
	Helper *helper.Helper
	Door   Door
	// Signals gives a resident's signals as of now; it fails with CodeNotFound for somebody whom no event concerned yet.
	Signals func(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (signal.View, error)
	// Library is the shipped playbooks by id, as text; they are listed beside those that are switched on.
	Library map[hearth.PlaybookID][]byte
	// Simulate tries a playbook before it is switched on.
	Simulate Simulate
	Clock    hearth.Clock
	Logger   *slog.Logger
	Rate     int    // requests a second that one token may make
	Version  string // of the program
	Imports  Imports
}

// API answers everything under /api.
type API struct {
	Deps
	db       *db.DB
	accounts *account.Store
	door     Door
	log      *slog.Logger
	limits   *limiter
	pressure *pressure
	traits   *playbook.Traits

	simulation simulation

	mux      *http.ServeMux
	scopes   map[string]account.Scope // by pattern of the mux
	huma     huma.API
	spec     *huma.OpenAPI
	order    []*huma.Operation // as they were added, for the readable page
	specJSON []byte
}

// securityName is the name of the one way to authenticate, in the description.
const securityName = "token"

// New builds the API.
func New(d Deps) (*API, error) {
	a := &API{Deps: d, db: d.DB, accounts: d.Accounts, door: d.Door, log: d.Logger,
		traits: playbook.NewTraits(), limits: newLimiter(d.Clock, d.Rate), mux: http.NewServeMux(), scopes: map[string]account.Scope{}}
	a.pressure = newPressure(d.Clock, a.lag)
	a.spec = newSpec(d.Version)
	a.huma = humago.New(a.mux, huma.Config{
		OpenAPI: a.spec, Formats: map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json", RejectUnknownQueryParameters: true,
		Transformers: []huma.Transformer{ownProblems},
	})
	a.addEvents()
	a.addResidents()
	a.addIdentity()
	a.addWork()
	a.addPlaybooks()
	a.addEffects()
	a.addSimulate()
	a.addMoments()
	a.addPeople()
	a.addSegments()
	a.addQuality()
	a.addSituations()
	a.addPauses()
	a.addReviews()
	a.addHeard()
	a.addBroadcasts()
	a.addImports()
	a.addWebhooks()
	a.addDevices()
	a.addRounds()
	a.addInbox()
	a.addActivate()
	a.addConversations()
	a.addLetters()
	a.addConsents()
	a.addTexts()
	a.addTemplates()
	a.addOutlook()
	a.addVoice()
	a.addAssist()
	a.addSettings()
	a.addOutlookWords()
	var err error
	if a.specJSON, err = json.Marshal(a.spec); err != nil {
		return nil, fmt.Errorf("describe API: %w", err)
	}
	return a, nil
}

func newSpec(version string) *huma.OpenAPI {
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	// Problems are described as what they are, not as the framework's own errors.
	schemas.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: "Hearth", Version: version, Description: "Residents known, not processed: events in, and what Hearth made of them out."},
		Components: &huma.Components{Schemas: schemas, SecuritySchemes: map[string]*huma.SecurityScheme{
			securityName: {Type: "http", Scheme: "bearer", Description: "Made by hearth token create."},
		}},
	}
}

// Handler gives the handler for /api and all below it.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/", a.serveAPI)
	mux.HandleFunc("GET /api/openapi.json", a.serveSpec)
	mux.HandleFunc("GET /api", a.serveDocs)
	mux.Handle("GET /api/{$}", http.RedirectHandler("/api", http.StatusMovedPermanently))
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) { nothingHere().write(w) })
	return mux
}

// Loops gives the one background loop: answers that were kept long enough are forgotten.
func (a *API) Loops() []work.Loop {
	return []work.Loop{{Name: "api-replay-sweep", Every: time.Hour, Run: func(ctx context.Context) (more bool, err error) {
		err = a.db.Write(ctx, func(tx *db.Tx) error {
			more, err = replay.Sweep(ctx, tx)
			return err
		})
		return more, err
	}}}
}

// about is what differs between operations.
type about struct {
	method, path string // path under /api/v1
	tag          string
	id           string
	summary      string // imperative, no full stop
	doc          string
	scope        account.Scope
}

func (o about) operation() huma.Operation {
	return huma.Operation{
		OperationID: o.id, Method: o.method, Path: "/api/v1" + o.path, Summary: o.summary, Description: o.doc, Tags: []string{o.tag},
		Security: []map[string][]string{{securityName: {string(o.scope)}}}, MaxBodyBytes: maxEventBytes,
	}
}

// add registers an operation whose errors become problems.
func add[I, O any](a *API, o about, fn func(ctx context.Context, in *I) (*O, error)) {
	register(a, o, o.operation(), fn)
}

// addSlow is add for an operation that may take a while. Its connection is read from for as long: a deadline that passes
// meanwhile would look as if the sender had gone.
func addSlow[I, O any](a *API, o about, within time.Duration, fn func(ctx context.Context, in *I) (*O, error)) {
	op := o.operation()
	op.BodyReadTimeout = within
	register(a, o, op, fn)
}

const (
	// answerWithin is for what waits for another server's answer: longer than those that call it wait.
	answerWithin = 30 * time.Second
	// replayWithin is for what goes through the log; it stays below the time after which the listener gives an answer up.
	replayWithin = 110 * time.Second
)

func register[I, O any](a *API, o about, op huma.Operation, fn func(ctx context.Context, in *I) (*O, error)) {
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		return out, nil
	})
	a.known(o)
}

// known remembers the operation's scope, and its place on the readable page.
func (a *API) known(o about) {
	path := "/api/v1" + o.path
	a.scopes[o.method+" "+path] = o.scope
	item := a.spec.Paths[path]
	op := map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put,
		http.MethodPatch: item.Patch, http.MethodDelete: item.Delete}[o.method]
	a.order = append(a.order, op)
}

// addEvents describes and mounts the door for events, which is no operation of the framework.
func (a *API) addEvents() {
	schemas := a.spec.Components.Schemas
	single := schemas.Schema(reflect.TypeFor[eventAnswer](), true, "EventResult")
	batch := schemas.Schema(reflect.TypeFor[batchAnswer](), true, "BatchResult")
	event := schemas.Schema(reflect.TypeFor[cloudEvent](), true, "CloudEvent")
	problem := schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	o := about{method: http.MethodPost, path: "/events", tag: "Events", id: "post-events", summary: "Tell what happened", scope: account.ScopeEvents,
		doc: "One CloudEvent (structured, or binary with ce-… headers) is answered with 202, or with 422 if it is wrong. A batch is answered with 202 and one result for each event, " +
			"and with 422 only if it cannot be read. (source, id) is the event's identity: an event that is sent twice happens once. The subject is resident/ID, unit/ID or workorder/ID; the id is " +
			"Hearth's own or the source's. docs/events.md lists the types. A batch holds at most 1000 events and 4 MiB, a single event 256 KiB."}
	op := o.operation()
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/cloudevents+json":       {Schema: event},
		"application/cloudevents-batch+json": {Schema: &huma.Schema{Type: huma.TypeArray, Items: event}},
	}}
	op.Responses = map[string]*huma.Response{
		"202":     {Description: "Taken in.", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{OneOf: []*huma.Schema{single, batch}}}}},
		"default": {Description: "A problem.", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}},
	}
	a.spec.AddOperation(&op)
	a.mux.HandleFunc(op.Method+" "+op.Path, a.postEvents)
	a.known(o)
}

// cloudEvent is the envelope, for the description alone: ingest reads it.
type cloudEvent struct {
	SpecVersion string         `json:"specversion" enum:"1.0" doc:"Always 1.0."`
	ID          string         `json:"id" doc:"The event's id, unique within its source."`
	Source      string         `json:"source" example:"yardi/oak-court" doc:"Who says so: a URI reference."`
	Type        string         `json:"type" example:"workorder.opened" doc:"What happened; docs/events.md lists the types."`
	Subject     string         `json:"subject,omitempty" example:"resident/R-1017" doc:"What it is about: resident/ID, unit/ID or workorder/ID."`
	Time        string         `json:"time,omitempty" format:"date-time" doc:"When it happened; now if left out."`
	Data        map[string]any `json:"data,omitempty" doc:"What the type asks for."`
}

// lag tells how far the decisions are behind the log.
func (a *API) lag(ctx context.Context) (lag eventlog.Lag, err error) {
	err = a.read(ctx, func(tx *db.Tx) error {
		lag, err = a.Log.Lag(ctx, tx, trigger.Follower)
		return err
	})
	return lag, err
}

// read runs a read-only operation.
func (a *API) read(ctx context.Context, fn func(tx *db.Tx) error) error { return a.db.Read(ctx, fn) }

// list is a page of a list.
type list[T any] struct {
	Body struct {
		Items []T    `json:"items" nullable:"false" doc:"This page."`
		Next  string `json:"next" doc:"Give this as the cursor of the next request; empty at the end."`
	}
}

// paged makes a list of what rows become.
func paged[R, T any](rows []R, next string, item func(R) T) *list[T] {
	out := &list[T]{}
	out.Body.Items = make([]T, 0, len(rows))
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, item(r))
	}
	out.Body.Next = next
	return out
}

// Paging is what all lists take.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
	Cursor string `query:"cursor" maxLength:"512" doc:"next of the page before; the first page if left out."`
}

// one is a single thing.
type one[T any] struct{ Body T }

// instant is a time for the wire; nil for none.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
