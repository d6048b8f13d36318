package web

import (
	"net/http"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// The way through an organization's own sign-in, and back.

const singleCookie = "hearth-single"

// BackPath is where a provider of single sign-on sends people back to.
const BackPath = "/sign-in/single/back"

func singleWords(name string) string {
	if name == "" {
		return "Sign in with your organization"
	}
	return "Sign in with " + name
}

// depart sends a stranger to the provider.
func (h *Web) depart(w http.ResponseWriter, r *http.Request) {
	to, err := h.departure(w, r, "", ownPath(r.URL.Query().Get("next"), "/"))
	if err != nil {
		h.drawSignIn(w, r, http.StatusServiceUnavailable, signInView{Wrong: hearth.MessageOf(err), Next: "/"})
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// proveSingly sends somebody who is signed in to the provider, to be asked once more.
func (q *request) proveSingly() (templ.Component, error) {
	if err := q.owner(); err != nil {
		return nil, err
	}
	if q.web.Single == nil {
		return nil, hearth.Errorf(hearth.CodeNotFound, "There is no sign-in of an organization here.")
	}
	to, err := q.web.departure(q.w, q.Request, q.acc.Session.Account, ownPath(q.URL.Query().Get("next"), "/account"))
	if err != nil {
		return nil, err
	}
	return nil, elsewhere{to}
}

// departure keeps what waits for the way back, ties it to this browser, and gives where to go.
func (h *Web) departure(w http.ResponseWriter, r *http.Request, of, next string) (string, error) {
	d, err := h.Single.Prepare()
	if err != nil {
		return "", err
	}
	d.Next = next
	if _, err := h.Single.Where(r.Context(), "", d, false); err != nil {
		return "", err // before anything is written
	}
	var state string
	err = h.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		state, err = h.People.Depart(r.Context(), tx, of, d, h.address(r))
		return err
	})
	if err != nil {
		return "", err
	}
	h.give(w, r, singleCookie, state, 600)
	return h.Single.Where(r.Context(), state, d, of != "")
}

// comeBack takes whoever the provider sends back. What comes back must belong to this browser, so that nobody is signed in as somebody else.
func (h *Web) comeBack(w http.ResponseWriter, r *http.Request) {
	state := r.URL.Query().Get("state")
	c, err := r.Cookie(h.cookieName(r, singleCookie))
	if err != nil || c.Value == "" || c.Value != state {
		h.drawSignIn(w, r, http.StatusUnprocessableEntity, signInView{Wrong: "That way back was begun in another window, or is over. Begin again.", Next: "/"})
		return
	}
	h.give(w, r, singleCookie, "", 0)
	var d account.Departure
	var of string
	err = h.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		d, of, err = h.People.Return(r.Context(), tx, state)
		return err
	})
	var session string
	if err == nil {
		session, err = h.cameBack(r, d, of)
	}
	switch hearth.CodeOf(err) {
	case "":
	case hearth.CodeForbidden, hearth.CodeUnavailable:
		h.Logger.InfoContext(r.Context(), "a sign-in of an organization was refused", "error", err)
		h.drawSignIn(w, r, http.StatusUnprocessableEntity, signInView{Wrong: hearth.MessageOf(err), Next: ownPath(d.Next, "/")})
		return
	default:
		h.refuse(w, r, nil, err)
		return
	}
	if of != "" {
		h.give(w, r, sessionCookie, session, 0)
		http.Redirect(w, r, ownPath(d.Next, "/"), http.StatusSeeOther)
		return
	}
	h.enter(w, r, session, d.Next)
}

// cameBack opens a session for whom the provider names, or proves once more who holds the one that there is.
func (h *Web) cameBack(r *http.Request, d account.Departure, of string) (string, error) {
	if r.URL.Query().Get("error") != "" {
		return "", hearth.Errorf(hearth.CodeForbidden, "The sign-in of your organization let nobody through. Try again, or come in another way.")
	}
	who, err := h.Single.Came(r.Context(), r.URL.Query().Get("code"), d)
	if err != nil {
		return "", err
	}
	if of == "" {
		return h.People.SignInBySubject(r.Context(), who, h.from(r))
	}
	v, err := h.signedIn(r.Context(), h.sessionOf(r), true)
	if err != nil {
		return "", err
	}
	if v.acc.Session.Account != of {
		return "", hearth.Errorf(hearth.CodeForbidden, "Somebody else is signed in here by now. Begin again.")
	}
	return h.People.StepUpBySubject(r.Context(), who, v.acc.Session)
}
