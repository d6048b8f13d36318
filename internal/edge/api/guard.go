package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/replay"
	"hearth/internal/fact/account"
)

// serveAPI is the way of every request under /api/v1: who is asking, is it too fast, may they, is there room, was it
// asked before; then the operation.
func (a *API) serveAPI(w http.ResponseWriter, r *http.Request) {
	_, pattern := a.mux.Handler(r)
	// The listener's log and metrics speak of patterns; this is the request that they see.
	r.Pattern = pattern
	token, key, problem := a.enter(r)
	if problem != nil {
		problem.write(w)
		return
	}
	scope, known := a.scopes[pattern]
	if !known {
		a.astray(w, r)
		return
	}
	if !token.Has(scope) {
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+string(scope)+`"`)
		newProblem(hearth.CodeForbidden, "This token may not do that: it lacks the scope "+string(scope)+".").write(w)
		return
	}
	done, err := a.pressure.enter(w, r)
	if err != nil {
		a.problemOf(r.Context(), err).write(w)
		return
	}
	defer done()
	r = r.WithContext(withSender(r.Context(), sender{
		actor: token.Actor(), all: token.Has(account.ScopeAdmin), sealed: token.Has(account.ScopeReasons)}))
	if idem := r.Header.Get("Idempotency-Key"); idem != "" && r.Method == http.MethodPost {
		a.once(w, r, key, idem)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// enter authenticates the sender and meters them. key names the secret without being it.
func (a *API) enter(r *http.Request) (token account.Token, key string, problem *Problem) {
	secret, ok := bearer(r)
	if !ok {
		return token, "", unauthenticated("Send a token: Authorization: Bearer TOKEN.")
	}
	sum := sha256.Sum256([]byte(secret))
	key = base64.RawURLEncoding.EncodeToString(sum[:])
	token, err := a.limits.enter(key, func() (account.Token, error) {
		// Others wait for this answer too: it is not given up because the first of them hung up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), lookupWithin)
		defer cancel()
		return a.authenticate(ctx, secret)
	})
	var fast tooFast
	switch {
	case err == nil:
		return token, key, nil
	case errors.As(err, &fast):
		p := newProblem(hearth.CodeBusy, "This token asks faster than it may. Wait as Retry-After says, then go on.")
		p.retryAfter = int((time.Duration(fast) + time.Second - 1) / time.Second)
		return token, "", p
	case hearth.CodeOf(err) == hearth.CodeForbidden:
		return token, "", unauthenticated("This token is not known, or was revoked.")
	case errors.Is(err, context.DeadlineExceeded):
		// So much is asked at once that not even the token could be looked up: that is no fault of ours or theirs.
		p := newProblem(hearth.CodeBusy, "Too much is asked at once. Nothing of this request was kept; send it again after Retry-After.")
		p.retryAfter = 5
		return token, "", p
	default:
		return token, "", a.problemOf(r.Context(), err)
	}
}

// lookupWithin bounds the search for a token, for which several may wait.
const lookupWithin = 10 * time.Second

func unauthenticated(detail string) *Problem { return newProblem(codeUnauthenticated, detail) }

// bearer gives the secret of the Authorization header.
func bearer(r *http.Request) (string, bool) {
	scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	secret = strings.TrimSpace(secret)
	return secret, ok && strings.EqualFold(scheme, "Bearer") && secret != "" && len(secret) <= 512
}

// astray answers what no operation matches: an address that does not exist, or one that knows other methods.
func (a *API) astray(w http.ResponseWriter, r *http.Request) {
	probe := &discard{header: http.Header{}}
	a.mux.ServeHTTP(probe, r)
	p := nothingHere()
	if probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.header.Get("Allow"))
		p = newProblem(hearth.CodeInvalid, "This address does not understand "+r.Method+". Allow says what it does.")
		p.Status, p.Title = http.StatusMethodNotAllowed, "This method is not understood here"
	}
	p.write(w)
}

func nothingHere() *Problem {
	return newProblem(hearth.CodeNotFound, "There is nothing at this address. /api lists what there is.")
}

// discard takes an answer that nobody reads, for its status.
type discard struct {
	header http.Header
	status int
}

// Header gives the headers that were set.
func (d *discard) Header() http.Header { return d.header }

// WriteHeader remembers the status.
func (d *discard) WriteHeader(status int) { d.status = status }

// Write drops the body.
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }

// maxKey bounds an Idempotency-Key.
const maxKey = 255

// once answers a POST that carries an Idempotency-Key: it happens once, and every repetition gets the first answer.
func (a *API) once(w http.ResponseWriter, r *http.Request, token, key string) {
	ctx := r.Context()
	if len(key) > maxKey {
		p := newProblem(hearth.CodeInvalid, "The Idempotency-Key is longer than "+strconv.Itoa(maxKey)+" bytes.")
		p.Errors = []Fault{{Field: "Idempotency-Key", Detail: p.Detail}}
		p.write(w)
		return
	}
	body, err := readBody(w, r, maxBatchBytes)
	if err != nil {
		a.problemOf(ctx, err).write(w)
		return
	}
	var kept *replay.Answer
	err = a.db.Write(ctx, func(tx *db.Tx) error {
		var err error
		kept, err = replay.Begin(ctx, tx, token, key, digest(r, body))
		return err
	})
	if err != nil {
		a.problemOf(ctx, err).write(w)
		return
	}
	if kept != nil {
		w.Header().Set("Idempotency-Replayed", "true")
		w.Header().Set("Content-Type", kept.ContentType)
		w.WriteHeader(kept.Status)
		w.Write(kept.Body)
		return
	}
	a.workOnce(w, r, token, key)
}

// workOnce does the work that replay.Begin claimed, and settles the claim whatever happens, also when the sender has
// gone: a repetition will come.
func (a *API) workOnce(w http.ResponseWriter, r *http.Request, token, key string) {
	ctx := context.WithoutCancel(r.Context())
	rec := &keep{ResponseWriter: w}
	finished := false
	defer func() {
		err := a.db.Write(ctx, func(tx *db.Tx) error {
			if !finished || passing(rec.status) {
				return replay.Forget(ctx, tx, token, key)
			}
			return replay.Finish(ctx, tx, token, key,
				replay.Answer{Status: rec.status, ContentType: w.Header().Get("Content-Type"), Body: rec.body.Bytes()})
		})
		if err != nil {
			// The answer has gone out; a repetition finds the key in flight and then free again.
			a.log.LogAttrs(ctx, slog.LevelWarn, "an idempotency key could not be settled", slog.String("error", err.Error()))
		}
	}()
	a.mux.ServeHTTP(rec, r)
	finished = true
}

// passing tells whether a failure may pass, so that the same request deserves another try.
func passing(status int) bool {
	return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusConflict || status == 0
}

// digest names a request: what it asks of whom, and with what.
func digest(r *http.Request, body []byte) string {
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.RequestURI(), r.Header.Get("Content-Type")} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	for _, name := range []string{"Ce-Id", "Ce-Source", "Ce-Type", "Ce-Subject", "Ce-Time", "Ce-Specversion"} {
		h.Write([]byte(r.Header.Get(name)))
		h.Write([]byte{0})
	}
	h.Write(body)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// keep passes an answer on and remembers it.
type keep struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader passes the status on and remembers it.
func (k *keep) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
	k.ResponseWriter.WriteHeader(status)
}

// Write passes the body on and remembers it.
func (k *keep) Write(b []byte) (int, error) {
	if k.status == 0 {
		k.status = http.StatusOK
	}
	k.body.Write(b)
	return k.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (k *keep) Unwrap() http.ResponseWriter { return k.ResponseWriter }

// authenticate looks the secret up.
func (a *API) authenticate(ctx context.Context, secret string) (token account.Token, err error) {
	err = a.db.Read(ctx, func(tx *db.Tx) error {
		token, err = a.accounts.Authenticate(ctx, tx, secret)
		return err
	})
	return token, err
}

// sender is who is asking.
type sender struct {
	actor hearth.Actor
	all   bool // has the scope admin
	// sealed: has the scope for kind and reason of situations
	sealed bool
}

// senderKey is the key under which the sender stands in a request's context.
type senderKey struct{}

func withSender(ctx context.Context, s sender) context.Context {
	return context.WithValue(ctx, senderKey{}, s)
}

// actorOf gives who is asking, for the record.
func actorOf(ctx context.Context) hearth.Actor {
	s, _ := ctx.Value(senderKey{}).(sender)
	return s.actor
}

// mayAll tells whether the sender has the scope admin.
func mayAll(ctx context.Context) bool {
	s, _ := ctx.Value(senderKey{}).(sender)
	return s.all
}
