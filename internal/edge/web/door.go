package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/httpd"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// The doors: signing in, setting up, and the way out. Nothing of them needs a script.

// doorRoutes lists what can be reached without being signed in.
func (h *Web) doorRoutes() []route {
	all := []route{
		{"GET /healthz", anybody, func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") }},
		{"GET /readyz", anybody, h.ready},
	}
	if h.People == nil {
		return all
	}
	all = append(all,
		route{"GET /sign-in", anybody, h.signInForm},
		route{"POST /sign-in", anybody, h.signIn},
		route{"GET /sign-in/code", anybody, h.codeForm},
		route{"POST /sign-in/code", anybody, h.code},
		route{"GET /sign-out", anybody, h.signOutForm},
		route{"POST /sign-out", anybody, h.signOut},
		route{"GET /set-up/{key}", anybody, h.choiceForm(account.OpenSetup)},
		route{"POST /set-up/{key}", anybody, h.choose(account.OpenSetup)},
		route{"GET /invitation/{key}", anybody, h.choiceForm(account.OpenInvite)},
		route{"POST /invitation/{key}", anybody, h.choose(account.OpenInvite)})
	all = append(all, h.keyDoors()...)
	if h.Open {
		all = append(all, route{"POST /look", anybody, h.look})
	}
	return all
}

// secure tells whether the browser reaches us through TLS.
func (h *Web) secure(r *http.Request) bool {
	return r.TLS != nil || h.Config != nil && strings.HasPrefix(h.Config.BaseURL, "https://")
}

// cookieName is the session's cookie. The prefix binds it to this very host and to TLS; on this machine, where there is no TLS, browsers would refuse it.
func (h *Web) cookieName(r *http.Request, name string) string {
	if h.secure(r) {
		return "__Host-" + name
	}
	return name
}

const (
	sessionCookie = "hearth"
	secondCookie  = "hearth-second"
)

// sessionOf gives the secret of the session, "" for none.
func (h *Web) sessionOf(r *http.Request) string {
	c, err := r.Cookie(h.cookieName(r, sessionCookie))
	if err != nil {
		return ""
	}
	return c.Value
}

// give hands the browser a secret, or takes it away if it is "". seconds is how long it keeps it; 0: until it is closed.
func (h *Web) give(w http.ResponseWriter, r *http.Request, name, secret string, seconds int) {
	c := &http.Cookie{Name: h.cookieName(r, name), Value: secret, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: h.secure(r)}
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// from says where a request comes from, in words for the list of devices.
func (h *Web) from(r *http.Request) account.From {
	return account.From{Device: deviceWords(r.UserAgent()), Address: h.address(r)}
}

// address is that of the sender in the network. What a proxy says is believed only of those that the settings name.
func (h *Web) address(r *http.Request) string {
	if h.Config == nil {
		return httpd.Client(r, nil)
	}
	return httpd.Client(r, h.Config.Proxied)
}

// deviceWords says a browser and its machine in two words, for people.
func deviceWords(agent string) string {
	browser, machine := httpd.Device(agent)
	switch {
	case browser == "" && machine == "":
		return "Another device"
	case machine == "":
		return browser
	case browser == "":
		return machine
	}
	return browser + " on " + machine
}

// signInView is the door.
type signInView struct {
	Login, Next, Wrong string
	Kept               string // a form that was sent too late, carried along; "" for none
	First              bool   // nobody has an account yet
	Keys               bool   // passkeys are known at this address
	Single             string // the way through an organization's own sign-in, in words; "" for none
	Guests             []guestView
}

// guestView is somebody as whom an open community can be looked at.
type guestView struct{ ID, Name, Role string }

func (h *Web) signInForm(w http.ResponseWriter, r *http.Request) {
	h.drawSignIn(w, r, http.StatusOK, signInView{Next: ownPath(r.URL.Query().Get("next"), "/")})
}

// drawSignIn draws the door.
func (h *Web) drawSignIn(w http.ResponseWriter, r *http.Request, status int, v signInView) {
	_, v.Keys = h.site(r)
	if v.Kept == "" {
		v.Kept = h.carried(r)
	}
	if h.Single != nil {
		v.Single = singleWords(h.Single.Name)
	}
	err := h.DB.Read(r.Context(), func(tx *db.Tx) error {
		any, err := h.People.Any(r.Context(), tx)
		if err != nil {
			return err
		}
		v.First = !any && !h.Open
		if h.Open {
			v.Guests, err = h.guests(r.Context(), tx)
		}
		return err
	})
	if err != nil {
		h.refuse(w, r, nil, err)
		return
	}
	h.draw(w, r, status, signInDoor(v))
}

// guests gives one of each role.
func (h *Web) guests(ctx context.Context, tx *db.Tx) ([]guestView, error) {
	team, err := h.Records.AllStaff(ctx, tx)
	var out []guestView
	for _, role := range hearth.Roles() {
		for _, m := range team {
			if !m.Inactive && slices.ContainsFunc(m.Roles, func(r record.StaffRole) bool { return r.Role == role }) {
				out = append(out, guestView{string(m.ID), m.Name, roleWords(role)})
				break
			}
		}
	}
	return out, err
}

func (h *Web) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	next := ownPath(r.FormValue("next"), "/")
	in, err := h.People.SignIn(r.Context(), r.FormValue("login"), r.FormValue("password"), h.from(r))
	switch code := hearth.CodeOf(err); {
	case code == hearth.CodeForbidden || code == hearth.CodeBusy:
		h.Logger.InfoContext(r.Context(), "a sign-in was refused", "code", string(code))
		h.drawSignIn(w, r, wrongStatus(code), signInView{Login: r.FormValue("login"), Next: next, Wrong: hearth.MessageOf(err)})
	case err != nil:
		h.refuse(w, r, nil, err)
	case in.Second != "":
		h.give(w, r, secondCookie, in.Second, 300)
		if kept := h.carried(r); kept != "" {
			h.draw(w, r, http.StatusOK, codeDoor(next, "", kept))
			return
		}
		http.Redirect(w, r, "/sign-in/code?next="+url.QueryEscape(next), http.StatusSeeOther)
	default:
		h.enter(w, r, in.Session, next)
	}
}

func wrongStatus(c hearth.Code) int {
	if c == hearth.CodeBusy {
		return http.StatusTooManyRequests
	}
	return http.StatusUnprocessableEntity
}

// enter ends whatever session the browser had, hands over the new one, and goes on.
func (h *Web) enter(w http.ResponseWriter, r *http.Request, session, next string) {
	if old := h.sessionOf(r); old != "" {
		if err := h.DB.Write(r.Context(), func(tx *db.Tx) error { return h.People.SignOut(r.Context(), tx, old) }); err != nil {
			h.refuse(w, r, nil, err)
			return
		}
	}
	h.give(w, r, sessionCookie, session, 0)
	h.give(w, r, secondCookie, "", 0)
	if k, ok := h.readKept(r); ok {
		h.draw(w, r, http.StatusOK, keptDoor(k))
		return
	}
	http.Redirect(w, r, ownPath(next, "/"), http.StatusSeeOther)
}

func (h *Web) codeForm(w http.ResponseWriter, r *http.Request) {
	h.draw(w, r, http.StatusOK, codeDoor(ownPath(r.URL.Query().Get("next"), "/"), "", ""))
}

func (h *Web) code(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	next := ownPath(r.FormValue("next"), "/")
	pending := ""
	if c, err := r.Cookie(h.cookieName(r, secondCookie)); err == nil {
		pending = c.Value
	}
	session, err := h.People.Second(r.Context(), pending, r.FormValue("code"), h.from(r))
	switch code := hearth.CodeOf(err); {
	case code == hearth.CodeForbidden || code == hearth.CodeBusy:
		h.Logger.InfoContext(r.Context(), "a second factor was refused", "code", string(code))
		h.draw(w, r, wrongStatus(code), codeDoor(next, hearth.MessageOf(err), h.carried(r)))
	case err != nil:
		h.refuse(w, r, nil, err)
	default:
		h.enter(w, r, session, next)
	}
}

func (h *Web) signOutForm(w http.ResponseWriter, r *http.Request) {
	h.draw(w, r, http.StatusOK, outDoor())
}

func (h *Web) signOut(w http.ResponseWriter, r *http.Request) {
	err := h.DB.Write(r.Context(), func(tx *db.Tx) error { return h.People.SignOut(r.Context(), tx, h.sessionOf(r)) })
	if err != nil {
		h.refuse(w, r, nil, err)
		return
	}
	h.give(w, r, sessionCookie, "", 0)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

// look signs a guest in as somebody of the generated team.
func (h *Web) look(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	var who account.Person
	err := h.DB.Write(ctx, func(tx *db.Tx) error {
		m, err := h.Records.Staff(ctx, tx, hearth.StaffID(r.FormValue("staff")))
		if err != nil {
			return err
		}
		who, err = h.People.ByStaff(ctx, tx, m.ID)
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			who, err = h.People.Create(ctx, tx, hearth.System("demo"), account.Person{Staff: m.ID, Login: string(m.ID) + "@demo.example"})
		}
		return err
	})
	var session string
	if err == nil {
		session, err = h.People.Guest(ctx, who.ID, h.from(r))
	}
	if err != nil {
		h.refuse(w, r, nil, err)
		return
	}
	h.enter(w, r, session, "/")
}

// choiceView is the page of a set-up link or an invitation.
type choiceView struct {
	Setup             bool
	Action, App, Link string
	HasApp            bool // the account has a second factor, which has to be shown
	Login             string
	Wrong             string
	Fields            []ui.Input
	Manages           bool
	Key               keyAsk // asks for a passkey instead
}

func (h *Web) choiceForm(kind account.OpeningKind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := h.choice(r, kind)
		if err != nil {
			h.draw(w, r, http.StatusNotFound, closedDoor(hearth.MessageOf(err)))
			return
		}
		v.Manages = true
		v.fill(r, err)
		if v.Key, err = h.askNew(r, kind, v); err != nil {
			h.refuse(w, r, nil, err)
			return
		}
		h.draw(w, r, http.StatusOK, choiceDoor(v))
	}
}

// choice reads what the page of an opening shows.
func (h *Web) choice(r *http.Request, kind account.OpeningKind) (choiceView, error) {
	v := choiceView{Setup: kind == account.OpenSetup, Action: r.URL.Path}
	err := h.DB.Read(r.Context(), func(tx *db.Tx) error {
		o, err := h.People.Peek(r.Context(), tx, kind, r.PathValue("key"))
		if err != nil {
			return err
		}
		v.App = o.AppSecret()
		if o.Account == "" {
			return nil
		}
		who, err := h.People.Get(r.Context(), tx, o.Account)
		v.Login, v.HasApp = who.Login, who.App
		return err
	})
	v.Link = account.AppLink(v.App, v.Login)
	return v, err
}

// fill makes the fields, with what was written and what is wrong with it.
func (v *choiceView) fill(r *http.Request, err error) {
	wrong := func(name string) string {
		if fieldOf(err) == name {
			return hearth.MessageOf(err)
		}
		return ""
	}
	if v.Setup {
		v.Fields = append(v.Fields,
			ui.Input{Name: "name", Label: "Your name", Value: r.FormValue("name"), Auto: "name", Required: true, Max: 120, Wrong: wrong("name"), Focus: true},
			ui.Input{Name: "login", Label: "Your e-mail address", Kind: "email", Value: r.FormValue("login"), Auto: "username", Required: true, Max: 254, Wrong: wrong("login")})
	}
	v.Fields = append(v.Fields, ui.Input{Name: "password", Label: "A password", Kind: "password", Auto: "new-password", Required: true, Max: account.MostLength, Wrong: wrong("password"),
		Hint: "At least 15 characters, or 8 together with a code from an app. A few words are easy to remember."})
	code := ui.Input{Name: "code", Label: "Code that your app shows now", Auto: "one-time-code", Max: 40, Wrong: wrong("code"), Optional: !v.HasApp, Required: v.HasApp}
	v.Fields = append(v.Fields, code)
	if err != nil && fieldOf(err) == "" {
		v.Wrong = hearth.MessageOf(err)
	}
}

func (h *Web) choose(kind account.OpeningKind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		v, err := h.choice(r, kind)
		if err != nil {
			h.draw(w, r, http.StatusNotFound, closedDoor(hearth.MessageOf(err)))
			return
		}
		c := account.Choice{Name: r.FormValue("name"), Login: r.FormValue("login"), Manages: r.FormValue("manages") != "", Password: r.FormValue("password"), Code: r.FormValue("code")}
		accept := h.People.Accept
		if kind == account.OpenSetup {
			accept = h.People.Begin
		}
		session, codes, err := accept(r.Context(), r.PathValue("key"), c, h.from(r))
		if hearth.CodeOf(err) == hearth.CodeInvalid || hearth.CodeOf(err) == hearth.CodeConflict || hearth.CodeOf(err) == hearth.CodeForbidden {
			v.Manages = c.Manages
			v.fill(r, err)
			h.draw(w, r, http.StatusUnprocessableEntity, choiceDoor(v))
			return
		}
		if err != nil {
			h.refuse(w, r, nil, err)
			return
		}
		if len(codes) == 0 {
			h.enter(w, r, session, "/")
			return
		}
		h.give(w, r, sessionCookie, session, 0)
		h.draw(w, r, http.StatusOK, codesDoor(codes))
	}
}
