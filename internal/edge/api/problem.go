package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hearth"
)

// codeUnauthenticated is the one code that no area knows: nobody can act before somebody is known.
const codeUnauthenticated hearth.Code = "unauthenticated"

// Problem is the body of every answer that is no success, as RFC 9457 has it. It never repeats what was sent: input
// may be personal.
type Problem struct {
	Type   string      `json:"type" doc:"Where the code is explained, relative to this server." example:"/api#invalid"`
	Title  string      `json:"title" doc:"The same for every problem of this code." example:"The request is wrong"`
	Status int         `json:"status" doc:"The HTTP status." example:"422"`
	Code   hearth.Code `json:"code" doc:"For programs." example:"invalid"`
	Detail string      `json:"detail" doc:"For people: what happened, and what to do next." example:"The field data.channel should be one of email, sms, portal."`
	Errors []Fault     `json:"errors,omitempty" doc:"The fields that are wrong, where there are such."`

	retryAfter int // seconds; 0 says nothing
}

// Fault is one wrong field of a request.
type Fault struct {
	Field  string `json:"field" doc:"Where it is, as it was sent." example:"data.channel"`
	Detail string `json:"detail" doc:"What is wrong with it." example:"should be one of email, sms, portal"`
}

// kind is what a code means over HTTP.
type kind struct {
	code       hearth.Code
	status     int
	title      string
	doc        string
	retryAfter int
}

// kinds is the one place that maps codes to HTTP.
func kinds() []kind {
	return []kind{
		{hearth.CodeInvalid, http.StatusUnprocessableEntity, "The request is wrong", "Something in the request is wrong; errors name the fields. Sending it again unchanged will not help.", 0},
		{codeUnauthenticated, http.StatusUnauthorized, "A token is needed", "Send Authorization: Bearer TOKEN. hearth token create makes one.", 0},
		{hearth.CodeForbidden, http.StatusForbidden, "This is not allowed", "The token lacks the scope, or whoever it stands for may not do this.", 0},
		{hearth.CodeNotFound, http.StatusNotFound, "There is no such thing", "It does not exist, or the asker may not know of it.", 0},
		{hearth.CodeConflict, http.StatusConflict, "It changed meanwhile", "Somebody else was faster, or the same request is still being worked on. Look again, then decide.", 0},
		{hearth.CodeTooLarge, http.StatusRequestEntityTooLarge, "This is too much at once", "Send less in one request.", 0},
		{hearth.CodeBusy, http.StatusTooManyRequests, "Too fast", "Wait as many seconds as Retry-After says.", 1},
		{hearth.CodeUnavailable, http.StatusServiceUnavailable, "Not available now", "A part that this needs is down. Nothing was changed; try again after Retry-After seconds.", 5},
		{hearth.CodeInternal, http.StatusInternalServerError, "Something went wrong on our side", "Nothing was changed. The operator's log has the details.", 0},
	}
}

func kindOf(code hearth.Code) kind {
	all := kinds()
	for _, k := range all {
		if k.code == code {
			return k
		}
	}
	return all[len(all)-1]
}

// newProblem makes the problem for a code, with a sentence for people.
func newProblem(code hearth.Code, detail string) *Problem {
	k := kindOf(code)
	return &Problem{Type: "/api#" + string(k.code), Title: k.title, Status: k.status, Code: k.code, Detail: detail, retryAfter: k.retryAfter}
}

// problemOf makes the problem for an error of an area. What has no sentence for people is logged and becomes
// "internal".
func (a *API) problemOf(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	code := hearth.CodeOf(err)
	if errors.Is(err, context.Canceled) {
		code = hearth.CodeUnavailable // the sender is gone; nobody reads this
	}
	if k := kindOf(code); k.status >= 500 && !errors.Is(err, context.Canceled) {
		a.log.LogAttrs(ctx, slog.LevelError, "a request failed", slog.String("code", string(code)), slog.String("error", err.Error()))
	}
	p = newProblem(code, hearth.MessageOf(err))
	var e *hearth.Error
	if errors.As(err, &e) && e.Field != "" {
		p.Errors = []Fault{{Field: e.Field, Detail: e.Message}}
	}
	return p
}

// Error gives the sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus tells the framework the status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells the framework the media type of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders tells the framework when to come back.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	return h
}

// write answers with the problem outside the framework.
func (p *Problem) write(w http.ResponseWriter) {
	for name, v := range p.GetHeaders() {
		w.Header()[name] = v
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

// ownProblems turns the framework's own errors (a parameter out of bounds, a body that is no JSON) into ours, leaving
// out the offending values.
func ownProblems(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := newProblem(codeForStatus(m.Status), "The request is wrong in the fields listed under errors.")
	p.Status = m.Status
	if p.Code == hearth.CodeInternal {
		p.Detail = hearth.MessageOf(errors.New("unexpected"))
		return p, nil
	}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, Fault{Field: fieldOf(e.Location), Detail: e.Message})
	}
	if len(p.Errors) == 0 {
		p.Detail = "The request could not be read: " + m.Detail + "."
	}
	return p, nil
}

// codeForStatus is the nearest code for a status that the framework chose.
func codeForStatus(status int) hearth.Code {
	for _, k := range kinds() {
		if k.status == status {
			return k.code
		}
	}
	if status >= 500 {
		return hearth.CodeInternal
	}
	return hearth.CodeInvalid
}

// fieldOf cuts the framework's place from a location: "query.limit" is the sender's "limit".
func fieldOf(location string) string {
	for _, place := range []string{"query.", "path.", "header.", "body."} {
		if rest, ok := strings.CutPrefix(location, place); ok {
			return rest
		}
	}
	return location
}
