package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/a-h/templ"
)

// A large file takes longer on its way, and to be looked at, than an answer may take elsewhere.
const (
	unhurriedFor = 15 * time.Minute // for the whole of it
	answerFor    = time.Minute      // for the answer behind that
)

// unhurried gives an action the time that a large file needs, and no more.
func unhurried(act func(*request) (outcome, error)) func(*request) (outcome, error) {
	return func(q *request) (outcome, error) {
		defer q.unhurry()()
		return act(q)
	}
}

// unhurriedPage is unhurried for a page.
func unhurriedPage(show func(*request) (templ.Component, error)) func(*request) (templ.Component, error) {
	return func(q *request) (templ.Component, error) {
		defer q.unhurry()()
		return show(q)
	}
}

// unhurry puts deadlines in the place of the server's, and bounds the request by them. What it gives is called at the end.
func (q *request) unhurry() (done func()) {
	if q.web.Deadline == nil {
		return func() {}
	}
	wire := http.NewResponseController(q.w)
	err := errors.Join(wire.SetReadDeadline(q.web.Deadline(unhurriedFor)), wire.SetWriteDeadline(q.web.Deadline(unhurriedFor+answerFor)))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		q.web.Logger.WarnContext(q.Context(), "a large file has another deadline than it should", "error", err)
	}
	whole, cancel := context.WithTimeout(q.Context(), unhurriedFor)
	q.Request = q.WithContext(whole)
	return cancel
}
