package web

import (
	"context"
	"encoding/json"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// Passkeys at the doors, and among somebody's own ways in.

// keyDoors lists what strangers may ask with a passkey, or through their organization's own sign-in.
func (h *Web) keyDoors() []route {
	all := []route{
		{"POST /sign-in/key/ask", anybody, h.askKey},
		{"POST /sign-in/key", anybody, h.signInByKey},
		{"POST /invitation/{key}/key", anybody, h.acceptKey},
	}
	if h.Single != nil {
		all = append(all, route{"GET /sign-in/single", anybody, h.depart}, route{"GET /sign-in/single/back", anybody, h.comeBack})
	}
	return all
}

// keyAsk is a form that asks the device.
type keyAsk struct {
	Action       string
	Ask, Options string // where the question is fetched, or the question itself
	Pending      string
	Next, Button string
	Kept         string // a form that is carried along, as the door has it
	Create       bool
	Named        bool
	Name         string
}

func (k keyAsk) kind() string {
	if k.Create {
		return "create"
	}
	return "get"
}

// keyView is a passkey of somebody's.
type keyView struct{ ID, Name, Words string }

func keyScript(able bool) []string {
	if able {
		return []string{"passkey.js"}
	}
	return nil
}

// site gives where passkeys are good; ok is false where browsers know none.
func (h *Web) site(r *http.Request) (account.Site, bool) { return account.SiteOf(h.link(r, "")) }

func errNoKeys() error {
	return hearth.Errorf(hearth.CodeInvalid, "At this address browsers know no passkeys. Open Hearth by its name, with https.")
}

// askKey answers the browser with a question for whoever holds a passkey.
func (h *Web) askKey(w http.ResponseWriter, r *http.Request) {
	site, ok := h.site(r)
	var got account.Question
	err := errNoKeys()
	if ok {
		err = h.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			got, err = h.People.AskKey(r.Context(), tx, site, "", h.address(r))
			return err
		})
	}
	if err != nil {
		h.refuse(w, r, nil, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(map[string]string{"options": got.Options, "pending": got.Pending}); err != nil {
		h.Logger.DebugContext(r.Context(), "a question did not arrive", "error", err)
	}
}

func (h *Web) signInByKey(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	next := ownPath(r.FormValue("next"), "/")
	site, ok := h.site(r)
	session, err := "", errNoKeys()
	if ok {
		session, err = h.People.SignInByKey(r.Context(), site, r.FormValue("pending"), r.FormValue("answer"), h.from(r))
	}
	switch code := hearth.CodeOf(err); {
	case code == hearth.CodeForbidden || code == hearth.CodeInvalid:
		h.Logger.InfoContext(r.Context(), "a passkey was refused", "error", err)
		h.drawSignIn(w, r, wrongStatus(code), signInView{Next: next, Wrong: hearth.MessageOf(err)})
	case err != nil:
		h.refuse(w, r, nil, err)
	default:
		h.enter(w, r, session, next)
	}
}

// askNew asks for a passkey on the page of an invitation. What has a second factor shows that first.
func (h *Web) askNew(r *http.Request, kind account.OpeningKind, v choiceView) (keyAsk, error) {
	site, ok := h.site(r)
	if !ok || kind != account.OpenInvite || v.HasApp {
		return keyAsk{}, nil
	}
	k := keyAsk{Action: r.URL.Path + "/key", Button: "Make a passkey on this device, and sign in", Create: true, Named: true, Name: deviceWords(r.UserAgent())}
	err := h.DB.Write(r.Context(), func(tx *db.Tx) error {
		o, err := h.People.Peek(r.Context(), tx, kind, r.PathValue("key"))
		if err != nil {
			return err
		}
		got, err := h.People.OfferKey(r.Context(), tx, site, o.Account)
		k.Options, k.Pending = got.Options, got.Pending
		return err
	})
	return k, err
}

func (h *Web) acceptKey(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	site, ok := h.site(r)
	session, err := "", errNoKeys()
	if ok {
		session, err = h.People.AcceptKey(r.Context(), site, r.PathValue("key"), r.FormValue("pending"), r.FormValue("answer"), r.FormValue("name"), h.from(r))
	}
	switch hearth.CodeOf(err) {
	case hearth.CodeForbidden, hearth.CodeInvalid, hearth.CodeConflict:
		h.draw(w, r, http.StatusUnprocessableEntity, closedDoor(hearth.MessageOf(err)))
	case "":
		h.enter(w, r, session, "/")
	default:
		h.refuse(w, r, nil, err)
	}
}

// passkeys reads somebody's, for their own page.
func (q *request) passkeys(ctx context.Context, tx *db.Tx, who account.Person, v *accountView) error {
	_, v.KeysAble = q.web.site(q.Request)
	list, err := q.web.People.Passkeys(ctx, tx, who.ID)
	for _, k := range list {
		words := "Added on " + k.Made.In(q.zone).Format("2 January 2006")
		if !k.Used.IsZero() {
			words += ", last used on " + k.Used.In(q.zone).Format("2 January 15:04")
		}
		v.Keys = append(v.Keys, keyView{k.ID, k.Name, words})
	}
	return err
}

// offerKey asks for another passkey.
func (q *request) offerKey(v *accountView) error {
	site, ok := q.web.site(q.Request)
	if !ok {
		return errNoKeys()
	}
	if err := q.fresh("/account?key=new"); err != nil {
		return err
	}
	return q.write(func(ctx context.Context, tx *db.Tx) error {
		got, err := q.web.People.OfferKey(ctx, tx, site, q.acc.Session.Account)
		v.Key = keyAsk{Action: "/account/keys", Options: got.Options, Pending: got.Pending, Button: "Make a passkey on this device", Create: true, Named: true, Name: deviceWords(q.UserAgent())}
		return err
	})
}

func (q *request) addKey() (outcome, error) {
	site, ok := q.web.site(q.Request)
	if !ok {
		return outcome{}, errNoKeys()
	}
	if err := q.fresh("/account?key=new"); err != nil {
		return outcome{}, err
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		return q.web.People.AddKey(ctx, tx, site, q.acc, q.FormValue("pending"), q.FormValue("answer"), q.FormValue("name"))
	})
	if hearth.CodeOf(err) == hearth.CodeForbidden {
		err = hearth.Errorf(hearth.CodeConflict, "%s", hearth.MessageOf(err)) // the question is over, and another can be asked
	}
	return outcome{said: "From now on this passkey opens your account.", next: "/account#keys"}, err
}

func (q *request) dropKey() (outcome, error) {
	if err := q.fresh("/account"); err != nil {
		return outcome{}, err
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		return q.web.People.DropKey(ctx, tx, q.acc.Session.Account, q.PathValue("key"))
	})
	return outcome{said: "That passkey opens nothing any more. Remove it on the device as well.", next: "/account#keys"}, err
}

// askAgain asks whoever holds a session for one of their passkeys, if they have any.
func (q *request) askAgain(ctx context.Context, tx *db.Tx, who account.Person, next string) (keyAsk, error) {
	site, ok := q.web.site(q.Request)
	if !ok {
		return keyAsk{}, nil
	}
	list, err := q.web.People.Passkeys(ctx, tx, who.ID)
	if err != nil || len(list) == 0 {
		return keyAsk{}, err
	}
	got, err := q.web.People.AskKey(ctx, tx, site, who.ID, "")
	return keyAsk{Action: "/account/again/key", Options: got.Options, Pending: got.Pending, Next: next, Button: "Use your passkey"}, err
}

func (q *request) proveByKey() (outcome, error) {
	if err := q.owner(); err != nil {
		return outcome{}, err
	}
	site, ok := q.web.site(q.Request)
	if !ok {
		return outcome{}, errNoKeys()
	}
	session, err := q.web.People.StepUpByKey(q.Context(), site, q.acc.Session, q.FormValue("pending"), q.FormValue("answer"))
	return q.proved(session, err)
}

// proved goes on after somebody was asked once more, or shows again what was asked.
func (q *request) proved(session string, err error) (outcome, error) {
	next := ownPath(q.FormValue("next"), "/account")
	if code := hearth.CodeOf(err); code == hearth.CodeForbidden || code == hearth.CodeBusy {
		page, errPage := q.againPage(next, hearth.MessageOf(err))
		if errPage != nil {
			return outcome{}, errPage
		}
		return outcome{}, wrongForm{page}
	}
	if err != nil {
		return outcome{}, err
	}
	q.web.give(q.w, q.Request, sessionCookie, session, 0)
	return outcome{next: next}, nil
}
