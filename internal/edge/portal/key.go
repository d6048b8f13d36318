package portal

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/httpd"
	"hearth/internal/fact/account"
)

// Passkeys of residents: signing in by what unlocks their device, without a code.

// keyAsk is a form that asks the device for a passkey.
type keyAsk struct {
	Action string
	Ask    string // where the question is fetched once the button is pressed
	Next   string
	Words  string
	Hint   string
	Create bool
	Kept   string // a form that is carried along
}

func (k keyAsk) kind() string {
	if k.Create {
		return "create"
	}
	return "get"
}

// keyRing is what a resident sees of their passkeys.
type keyRing struct {
	All   []heldKey
	Able  bool // browsers know passkeys at this address
	Fresh bool // they have shown just now who they are, so that one can be added
	Kept  bool // one was added just now
}

// heldKey is one of them.
type heldKey struct{ ID, Name, When string }

// site gives where passkeys are good; ok is false where browsers know none.
func (p *Portal) site(r *http.Request) (s account.Site, ok bool) {
	if p.BaseURL != "" {
		return account.SiteOf(p.BaseURL)
	}
	scheme := "http://"
	if p.secure(r) {
		scheme = "https://"
	}
	return account.SiteOf(scheme + r.Host)
}

// keys reads the visitor's passkeys.
func (v *visit) keys(ctx context.Context, tx *db.Tx) (keyRing, error) {
	ring := keyRing{Fresh: v.fresh(), Kept: v.URL.Query().Has("kept")}
	_, ring.Able = v.p.site(v.Request)
	v.asksKey = ring.Able
	list, err := v.p.People.HomeKeys(ctx, tx, v.person)
	for _, k := range list {
		when := v.T("key.made", "day", v.words.day(k.Made.In(v.zone), v.now))
		if !k.Used.IsZero() {
			when = v.T("key.used", "day", v.words.day(k.Made.In(v.zone), v.now), "used", v.words.moment(k.Used.In(v.zone), v.now))
		}
		ring.All = append(ring.All, heldKey{ID: k.ID, Name: k.Name, When: when})
	}
	return ring, err
}

// offersKey tells whether to offer a passkey on the home page: just after signing in with a code, to those who have none.
func (v *visit) offersKey(ctx context.Context, tx *db.Tx) (bool, error) {
	if _, able := v.p.site(v.Request); !able || !v.fresh() {
		return false, nil
	}
	list, err := v.p.People.HomeKeys(ctx, tx, v.person)
	v.asksKey = err == nil && len(list) == 0
	return v.asksKey, err
}

func errNoKeys() error {
	return hearth.Errorf(hearth.CodeInvalid, "At this address browsers know no passkeys.")
}

// pose answers a script with a question to the device.
func (v *visit) pose(q account.Question) {
	v.w.Header().Set("Content-Type", "application/json")
	v.w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(v.w).Encode(map[string]string{"options": q.Options, "pending": q.Pending}); err != nil {
		v.p.Logger.DebugContext(v.Context(), "a question did not arrive", "error", err)
	}
}

// asking answers a script: with the question that ask gives, once the visit has begun well and browsers know passkeys here.
func (v *visit) asking(err error, ask func(ctx context.Context, tx *db.Tx, site account.Site) (account.Question, error)) {
	site, ok := v.p.site(v.Request)
	if err == nil && !ok {
		err = errNoKeys()
	}
	var q account.Question
	if err == nil {
		err = v.write(func(ctx context.Context, tx *db.Tx) (err error) {
			q, err = ask(ctx, tx, site)
			return err
		})
	}
	if err != nil {
		v.refuse(err)
		return
	}
	v.pose(q)
}

// askKey gives the question for whoever holds a passkey.
func (p *Portal) askKey(w http.ResponseWriter, r *http.Request) {
	v, err := p.begin(w, r)
	v.asking(err, func(ctx context.Context, tx *db.Tx, site account.Site) (account.Question, error) {
		return p.People.AskHomeKey(ctx, tx, site, p.addressOf(r))
	})
}

// enterByKey signs in by a passkey. One that is unknown or was removed, and that of somebody who has moved out, have the same answer.
func (p *Portal) enterByKey(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v, err := p.begin(w, r)
	if err == nil {
		err = v.parse(maxForm)
	}
	site, ok := p.site(r)
	if err == nil && !ok {
		err = errNoKeys()
	}
	secret := ""
	if err == nil {
		err = v.write(func(ctx context.Context, tx *db.Tx) error {
			who, err := p.People.HomeByKey(ctx, tx, site, v.FormValue("pending"), v.FormValue("answer"))
			if err != nil {
				return err
			}
			c, err := p.entrant(ctx, tx, who)
			if err != nil {
				return err
			}
			secret, err = v.start(ctx, tx, c.ID)
			return err
		})
	}
	switch hearth.CodeOf(err) {
	case hearth.CodeForbidden, hearth.CodeNotFound:
		p.Logger.InfoContext(r.Context(), "a passkey was refused", "error", err)
		v.door(http.StatusUnprocessableEntity, enterDoor{Why: "key.wrong"})
	case "":
		v.entered(secret)
	default:
		v.refuse(err)
	}
}

// offerKey gives the question that makes a passkey. It takes a sign-in of just now: a telephone that lies about must not be given
// a key that outlives its session.
func (p *Portal) offerKey(w http.ResponseWriter, r *http.Request) {
	v, err := p.begin(w, r)
	if err == nil {
		err = v.known()
	}
	if err == nil && !v.fresh() {
		err = hearth.Errorf(hearth.CodeInvalid, "Sign in once more first.")
	}
	v.asking(err, func(ctx context.Context, tx *db.Tx, site account.Site) (account.Question, error) {
		return p.People.OfferHomeKey(ctx, tx, site, v.person, v.who.Name()+", "+v.place.Name)
	})
}

// keepKey keeps the passkey that the device made.
func (p *Portal) keepKey(v *visit) (string, error) {
	site, ok := p.site(v.Request)
	switch {
	case !ok:
		return "", errNoKeys()
	case !v.fresh():
		return toward(EnterPath+"?again", "/home/known#keys"), nil
	}
	err := v.write(func(ctx context.Context, tx *db.Tx) error {
		return p.People.KeepHomeKey(ctx, tx, site, v.person, v.FormValue("pending"), v.FormValue("answer"), v.device())
	})
	if hearth.CodeOf(err) == hearth.CodeForbidden {
		err = hearth.Errorf(hearth.CodeConflict, "%s", hearth.MessageOf(err)) // the question is over, and another can be asked
	}
	return "/home/known?kept#keys", err
}

// dropKey takes a passkey away.
func (p *Portal) dropKey(v *visit) (string, error) {
	err := v.write(func(ctx context.Context, tx *db.Tx) error {
		return p.People.DropHomeKey(ctx, tx, v.person, v.PathValue("key"))
	})
	return "/home/known#keys", err
}

// device says what the visitor looks with, so that they know it again in the list.
func (v *visit) device() string {
	browser, machine := httpd.Device(v.UserAgent())
	words := strings.Trim(machine+", "+browser, ", ")
	if words == "" {
		return v.T("key.device")
	}
	return words
}
