package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/record"
)

// request is what a page or an action is asked with.
type request struct {
	*http.Request
	viewer
	web   *Web
	place record.Property // the property that is looked at; none: the zero value
	many  bool            // there are several
	zone  *time.Location
	now   time.Time
	toast *ui.Toast
	asked []askedRole // roles that wait for the viewer's yes, anywhere
	w     http.ResponseWriter
}

// read runs a query in one reading transaction.
func (q *request) read(f func(ctx context.Context, tx *db.Tx) error) error {
	return q.web.DB.Read(q.Context(), func(tx *db.Tx) error { return f(q.Context(), tx) })
}

// write makes a change in one transaction.
func (q *request) write(f func(ctx context.Context, tx *db.Tx) error) error {
	return q.web.DB.Write(q.Context(), func(tx *db.Tx) error { return f(q.Context(), tx) })
}

// field gives a field of the form or of the address, trimmed.
func (q *request) field(name string) string { return strings.TrimSpace(q.FormValue(name)) }

// back is where an action leads to: the page that it came from, if it is one of ours.
func (q *request) back(otherwise string) string {
	return ownPath(q.FormValue("back"), otherwise)
}

// ownPath lets only paths of this program through, so that nobody is led elsewhere.
func ownPath(p, otherwise string) string {
	u, err := url.Parse(p)
	if err != nil || p == "" || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\r\n") {
		return otherwise
	}
	return p
}

// outcome is what an action came to.
type outcome struct {
	said string // what was done, in a sentence
	undo string // where undo is posted; "" if there is no way back
	next string // where it goes on
}

// show answers with a page. It is drawn whole before the first byte goes out, so that a page that fails is answered with a
// sentence and not cut off.
func (h *Web) show(need right, make func(*request) (templ.Component, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := h.begin(w, r, need)
		if err != nil {
			h.refuse(w, r, q, err)
			return
		}
		body, err := make(q)
		if to, ok := led(err); ok {
			http.Redirect(w, r, to, http.StatusSeeOther)
			return
		}
		if err != nil {
			h.refuse(w, r, q, err)
			return
		}
		h.draw(w, r, http.StatusOK, body)
	}
}

// do answers a form: the action, then the page where it goes on. What is wrong comes back as a page with what was written.
func (h *Web) do(need right, act func(*request) (outcome, error)) http.HandlerFunc {
	return h.doUpTo(maxForm, need, act)
}

// doUpTo is do for a form that brings as much as most bytes.
func (h *Web) doUpTo(most int64, need right, act func(*request) (outcome, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, most)
		q, err := h.begin(w, r, need)
		if err != nil {
			h.refuse(w, r, q, err)
			return
		}
		o, err := act(q)
		var stale again
		var wrong wrongForm
		if errors.As(err, &stale) || errors.As(err, &wrong) {
			h.refuse(w, r, q, err)
			return
		}
		switch {
		case err != nil && q.FormValue("back") != "" && hearth.CodeOf(err) != hearth.CodeUnavailable:
			said(w, ui.Toast{Words: hearth.MessageOf(err), Bad: true})
			http.Redirect(w, r, q.back("/"), http.StatusSeeOther)
			return
		case err != nil:
			h.refuse(w, r, q, err)
			return
		}
		if o.said != "" {
			said(w, ui.Toast{Words: o.said, Undo: o.undo})
		}
		if o.next == "" {
			o.next = q.back("/")
		}
		http.Redirect(w, r, o.next, http.StatusSeeOther)
	}
}

// maxForm bounds what a form brings.
const maxForm = 1 << 20

// wrongForm carries the page that shows a form again, with what is wrong in it.
type wrongForm struct{ page templ.Component }

// Error says that the form was wrong.
func (wrongForm) Error() string { return "the form can't be taken as it is" }

// begin finds out who asks, for what place.
func (h *Web) begin(w http.ResponseWriter, r *http.Request, need right) (*request, error) {
	q := &request{Request: r, web: h, zone: time.UTC, now: h.Clock.Now(), w: w}
	var err error
	if q.viewer, err = h.viewerOf(r); err != nil {
		return q, err
	}
	if err := q.findPlace(need); err != nil {
		return q, err
	}
	at := q.place.ID
	q.may = func(r right) bool { return q.acc.May(r, at) }
	if !q.may(need) {
		return q, hearth.Errorf(hearth.CodeForbidden, "This is not among what your role may do. Ask the administrator if it should be.")
	}
	if err := q.mayObject(); err != nil {
		return q, err
	}
	if !q.guest && q.acc.NeedsStepUp(need) {
		return q, q.onceMore()
	}
	q.toast = heard(w, r)
	return q, q.readAsked()
}

// onceMore is where somebody goes on who has to sign in once more.
func (q *request) onceMore() error {
	if q.Method == http.MethodGet {
		return again{back: ownPath(q.URL.RequestURI(), "/")}
	}
	return again{back: q.back(q.web.pageAbove(q.Request)), form: true} // a form can't be carried over: it is filled in once more
}

// pageAbove gives the nearest page above an action's address.
func (h *Web) pageAbove(r *http.Request) string {
	for at := path.Dir(r.URL.Path); at != "/"; at = path.Dir(at) {
		above := r.Clone(r.Context())
		above.Method, above.URL = http.MethodGet, &url.URL{Path: at}
		if _, pattern := h.mux.Handler(above); strings.HasPrefix(pattern, "GET /") && pattern != "GET /{$}" {
			return at
		}
	}
	return "/"
}

const placeCookie = "place"

// findPlace chooses the property: that of what the path names, the one asked for, the one chosen last, one of the viewer's, the first.
func (q *request) findPlace(need right) error {
	var all []record.Property
	var of hearth.PropertyID
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if all, err = q.web.Records.Properties(ctx, tx); err != nil {
			return err
		}
		of, err = q.objectProperty(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	if of != "" && !q.seesPlace(of) {
		return hearth.Errorf(hearth.CodeNotFound, "There is nothing at this address.")
	}
	mine, able := map[hearth.PropertyID]bool{}, map[hearth.PropertyID]bool{}
	for _, r := range q.roles {
		mine[r.Property], able[r.Property] = true, q.acc.May(need, r.Property)
	}
	asked := q.URL.Query().Get("property")
	last := ""
	if c, err := q.Cookie(placeCookie); err == nil {
		last = c.Value
	}
	n := 0
	rank := 0
	for _, p := range all {
		if !q.all && !mine[p.ID] {
			continue
		}
		n++
		now := 1
		switch {
		case p.ID == of:
			now = 5
		case asked != "" && string(p.ID) == asked:
			now = 4
		case last != "" && string(p.ID) == last:
			now = 3
		case able[p.ID]:
			now = 2
		}
		if now > rank {
			q.place, rank = p, now
		}
	}
	q.many = n > 1
	if rank == 4 {
		http.SetCookie(q.w, &http.Cookie{Name: placeCookie, Value: asked, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 90 * 86400, Secure: q.TLS != nil})
	}
	if zone, err := time.LoadLocation(q.place.Zone); err == nil && q.place.Zone != "" {
		q.zone = zone
	}
	return nil
}

// statusLeft stands in the log for a page that its reader left before it came.
const statusLeft = 499

// refuse says why there is no page.
func (h *Web) refuse(w http.ResponseWriter, r *http.Request, q *request, err error) {
	var more again
	var wrong wrongForm
	switch code := hearth.CodeOf(err); {
	case errors.As(err, &wrong):
		h.draw(w, r, http.StatusUnprocessableEntity, wrong.page)
	case errors.Is(err, errStranger):
		h.refuseStranger(w, r)
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		w.WriteHeader(statusLeft) // nobody is there to be told, and nothing failed
	case errors.As(err, &more):
		http.Redirect(w, r, againPath(more), http.StatusSeeOther)
	case code == hearth.CodeForbidden && r.URL.Path == "/" && r.Method == http.MethodGet && q != nil && q.firstPage() != "":
		http.Redirect(w, r, q.firstPage(), http.StatusSeeOther)
	case code == hearth.CodeNotFound:
		h.draw(w, r, http.StatusNotFound, q.sorry("There is nothing here", hearth.MessageOf(err)))
	case code == hearth.CodeForbidden:
		h.draw(w, r, http.StatusForbidden, q.sorry("This is closed to you", hearth.MessageOf(err)))
	case code == hearth.CodeInvalid || code == hearth.CodeConflict:
		h.draw(w, r, http.StatusUnprocessableEntity, q.sorry("This could not be done", hearth.MessageOf(err)))
	case code == hearth.CodeTooLarge:
		h.draw(w, r, http.StatusRequestEntityTooLarge, q.sorry("This is too large", hearth.MessageOf(err)))
	case code == hearth.CodeBusy:
		w.Header().Set("Retry-After", "5")
		h.draw(w, r, http.StatusTooManyRequests, q.sorry("Not just now", hearth.MessageOf(err)))
	default:
		h.Logger.ErrorContext(r.Context(), "a page failed", "error", err)
		words := hearth.MessageOf(err)
		if r.Method == http.MethodPost { // the page before it keeps what was written
			words += " What you wrote is not lost: go back with your browser's button, and send it once more."
		}
		h.draw(w, r, http.StatusServiceUnavailable, sorryPage(words))
	}
}

// refuseStranger shows the door. A page that is asked for by a browser is led to it and back; all else is told so.
func (h *Web) refuseStranger(w http.ResponseWriter, r *http.Request) {
	if h.People == nil {
		w.Header().Set("WWW-Authenticate", `Basic realm="Hearth", charset="UTF-8"`)
		h.draw(w, r, http.StatusUnauthorized, signInPage())
		return
	}
	v := signInView{Next: "/", Kept: h.keep(w, r)}
	if r.Method == http.MethodGet {
		v.Next = ownPath(r.URL.RequestURI(), "/")
	}
	h.drawSignIn(w, r, http.StatusUnauthorized, v)
}

func (h *Web) draw(w http.ResponseWriter, r *http.Request, status int, body templ.Component) {
	var b bytes.Buffer
	if err := body.Render(r.Context(), &b); err != nil {
		if r.Context().Err() == nil { // else whoever asked has gone
			h.Logger.ErrorContext(r.Context(), "a page could not be drawn", "error", err)
		}
		plain(w, http.StatusInternalServerError, "This page could not be drawn. The operator's log has the details.")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

const saidCookie = "said"

// said keeps what was done for the next page, with the person who did it.
func said(w http.ResponseWriter, t ui.Toast) {
	raw, err := json.Marshal(t)
	if err != nil {
		return // a toast of strings always can be
	}
	http.SetCookie(w, &http.Cookie{Name: saidCookie, Value: base64.RawURLEncoding.EncodeToString(raw), Path: "/", MaxAge: 60, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// heard takes what the last page said, once. Fragments leave it for the page.
func heard(w http.ResponseWriter, r *http.Request) *ui.Toast {
	c, err := r.Cookie(saidCookie)
	if err != nil || r.Method != http.MethodGet || r.Header.Get("X-Fragment") != "" {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: saidCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	var t ui.Toast
	if err != nil || json.Unmarshal(raw, &t) != nil || t.Words == "" || len(t.Words) > 500 {
		return nil
	}
	t.Undo, t.Back = ownPath(t.Undo, ""), ownPath(r.URL.RequestURI(), "")
	return &t
}
