package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// Somebody's own sign-in, and whose sign-in the team has.

// accountRoutes lists the pages about sign-ins.
func (h *Web) accountRoutes() []route {
	if h.People == nil {
		return nil
	}
	own, write := account.OwnAccount, account.AccountsWrite
	return []route{
		{"GET /account", own, h.show(own, (*request).account)},
		{"GET /account/again", own, h.show(own, (*request).againForm)},
		{"POST /account/again", own, h.do(own, (*request).proveAgain)},
		{"POST /account/again/key", own, h.do(own, (*request).proveByKey)},
		{"GET /account/again/single", own, h.show(own, (*request).proveSingly)},
		{"POST /account/keys", own, h.do(own, (*request).addKey)},
		{"POST /account/keys/{key}/drop", own, h.do(own, (*request).dropKey)},
		{"POST /account/password", own, h.do(own, (*request).changePassword)},
		{"POST /account/app", own, h.present(own, (*request).confirmApp)},
		{"POST /account/codes", own, h.present(own, (*request).renewCodes)},
		{"POST /account/device", own, h.do(own, (*request).setDevice)},
		{"POST /account/sessions/{id}/end", own, h.do(own, (*request).endSession)},
		{"POST /account/sessions/end", own, h.do(own, (*request).endOthers)},
		{"GET /accounts", account.AccountsRead, h.show(account.AccountsRead, (*request).accounts)},
		{"POST /accounts/{staff}/invite", write, h.present(write, (*request).invite)},
		{"POST /accounts/{staff}/close", write, h.do(write, (*request).closeAccount)},
	}
}

// present answers a form with a page of its own, for what is shown only once.
func (h *Web) present(need right, make func(*request) (templ.Component, error)) http.HandlerFunc {
	show := h.show(need, make)
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		show(w, r)
	}
}

// accountView is somebody's own sign-in, ready to be drawn.
type accountView struct {
	Lead               string
	Devices            []deviceView
	Password, Code     ui.Input
	HasApp             bool
	App, Link, Pending string
	Codes              []string
	KeysAble           bool // passkeys are known at this address
	Keys               []keyView
	Key                keyAsk // asks for a new one
	Device             []ui.Input
}

type deviceView struct {
	ID, Name, Words string
	Here            bool
}

// owner refuses whoever has no sign-in of their own here: programs, and guests of an open community.
func (q *request) owner() error {
	if q.acc.Session.ID == "" {
		return hearth.Errorf(hearth.CodeForbidden, "You look around without an account of your own. Sign in to see yours.")
	}
	return nil
}

func (q *request) account() (templ.Component, error) { return q.drawAccount(nil, nil) }

// drawAccount draws the page; wrong is what is wrong with the field that it names.
func (q *request) drawAccount(codes []string, wrong error) (templ.Component, error) {
	if err := q.owner(); err != nil {
		return nil, err
	}
	v := accountView{Codes: codes, Device: q.deviceFields(), Password: ui.Input{Name: "password", Label: "New password", Kind: "password", Auto: "new-password", Required: true, Max: account.MostLength,
		Hint: "At least 15 characters, or 8 beside a second factor. Other devices are signed out."},
		Code: ui.Input{Name: "code", Label: "Code that the app shows now", Auto: "one-time-code", Required: true, Max: 40}}
	switch fieldOf(wrong) {
	case "password":
		v.Password.Wrong = hearth.MessageOf(wrong)
	case "code":
		v.Code.Wrong = hearth.MessageOf(wrong)
	}
	var list []account.Session
	var who account.Person
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if who, err = q.web.People.Get(ctx, tx, q.acc.Session.Account); err != nil {
			return err
		}
		if list, err = q.web.People.Sessions(ctx, tx, who.ID); err != nil {
			return err
		}
		return q.passkeys(ctx, tx, who, &v)
	})
	if err != nil {
		return nil, err
	}
	v.Lead, v.HasApp = who.Login, who.App
	for _, s := range list {
		words := "Since " + s.Started.In(q.zone).Format("2 January 15:04") + ", last seen " + s.Seen.In(q.zone).Format("2 January 15:04")
		if s.Address != "" {
			words += ", from " + s.Address
		}
		v.Devices = append(v.Devices, deviceView{ID: s.ID, Name: s.Device, Words: words, Here: s.ID == q.acc.Session.ID})
	}
	if !v.HasApp && (q.URL.Query().Get("app") == "new" || v.Code.Wrong != "") {
		if err := q.offerApp(&v, v.Code.Wrong != ""); err != nil {
			return nil, err
		}
	}
	if v.KeysAble && q.URL.Query().Get("key") == "new" {
		if err := q.offerKey(&v); err != nil {
			return nil, err
		}
	}
	f := q.frame("Your sign-in", "/account")
	f.Extra = keyScript(v.KeysAble)
	return accountPage(f, v), nil
}

// offerApp offers a key for an app; the one that was scanned already, where only the code was wrong.
func (q *request) offerApp(v *accountView, again bool) error {
	return q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		v.App, v.Pending = "", q.FormValue("pending")
		if o, err := q.web.People.Peek(ctx, tx, account.OpenApp, v.Pending); again && err == nil && o.Account == q.acc.Session.Account {
			v.App = o.AppSecret()
		} else if err != nil && hearth.CodeOf(err) != hearth.CodeForbidden {
			return err
		}
		if v.App == "" {
			v.App, v.Pending, err = q.web.People.OfferApp(ctx, tx, q.acc)
		}
		v.Link = account.AppLink(v.App, v.Lead)
		return err
	})
}

// fresh leads to the page that asks who sits there, unless it was shown just now.
func (q *request) fresh(back string) error {
	if err := q.owner(); err != nil {
		return err
	}
	if !q.acc.Session.Fresh(q.now) {
		return again{back: back}
	}
	return nil
}

// again says that somebody has to sign in once more, and where it goes on then.
type again struct {
	back string
	form bool // what was sent was not done, and has to be sent once more
}

// Error says so.
func (again) Error() string { return "the sign-in was not just now" }

func againPath(a again) string {
	to := "/account/again?next=" + url.QueryEscape(a.back)
	if a.form {
		to += "&form=1"
	}
	return to
}

func (q *request) againForm() (templ.Component, error) {
	if err := q.owner(); err != nil {
		return nil, err
	}
	return q.againPage(ownPath(q.URL.Query().Get("next"), "/account"), "")
}

func (q *request) againPage(next, wrong string) (templ.Component, error) {
	v := againView{Next: next, Wrong: wrong, Form: q.FormValue("form") != ""}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		who, err := q.web.People.Get(ctx, tx, q.acc.Session.Account)
		if err != nil {
			return err
		}
		v.HasApp, v.HasPassword = who.App, who.Password
		if v.Key, err = q.askAgain(ctx, tx, who, next); err != nil || q.web.Single == nil {
			return err
		}
		singly, err := q.web.People.SignsInSingly(ctx, tx, who.ID)
		if singly {
			v.Single = singleWords(q.web.Single.Name)
		}
		return err
	})
	return againDoor(v), err
}

// againView asks who sits there.
type againView struct {
	Next, Wrong         string
	HasPassword, HasApp bool
	Key                 keyAsk
	Single              string
	Form                bool // a form was sent before, and has to be sent once more
}

func (q *request) proveAgain() (outcome, error) {
	if err := q.owner(); err != nil {
		return outcome{}, err
	}
	session, err := q.web.People.StepUp(q.Context(), q.acc.Session, q.FormValue("password"), q.FormValue("code"), q.web.address(q.Request))
	return q.proved(session, err)
}

func (q *request) changePassword() (outcome, error) {
	if err := q.fresh("/account#password"); err != nil {
		return outcome{}, err
	}
	session, err := q.web.People.ChangePassword(q.Context(), q.acc, q.FormValue("password"))
	if hearth.CodeOf(err) == hearth.CodeInvalid {
		page, errPage := q.drawAccount(nil, err)
		if errPage != nil {
			return outcome{}, errPage
		}
		return outcome{}, wrongForm{page}
	}
	if err != nil {
		return outcome{}, err
	}
	q.web.give(q.w, q.Request, sessionCookie, session, 0)
	return outcome{said: "The password is changed, and other devices are signed out.", next: "/account"}, nil
}

func (q *request) confirmApp() (templ.Component, error) {
	if err := q.fresh("/account?app=new"); err != nil {
		return nil, err
	}
	var codes []string
	err := q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		codes, err = q.web.People.ConfirmApp(ctx, tx, q.acc, q.FormValue("pending"), q.FormValue("code"))
		return err
	})
	switch hearth.CodeOf(err) {
	case hearth.CodeInvalid:
		return q.drawAccount(nil, err)
	case hearth.CodeForbidden: // the offer is over, and the viewer may make another
		return nil, hearth.Errorf(hearth.CodeConflict, "%s", hearth.MessageOf(err))
	}
	if err != nil {
		return nil, err
	}
	return q.drawAccount(codes, nil)
}

func (q *request) renewCodes() (templ.Component, error) {
	if err := q.fresh("/account#app"); err != nil {
		return nil, err
	}
	var codes []string
	err := q.write(func(ctx context.Context, tx *db.Tx) (err error) {
		codes, err = q.web.People.RenewCodes(ctx, tx, q.acc)
		return err
	})
	if err != nil {
		return nil, err
	}
	return q.drawAccount(codes, nil)
}

func (q *request) endSession() (outcome, error) {
	if err := q.owner(); err != nil {
		return outcome{}, err
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		return q.web.People.End(ctx, tx, q.acc.Session.Account, q.PathValue("id"))
	})
	if q.PathValue("id") == q.acc.Session.ID {
		q.web.give(q.w, q.Request, sessionCookie, "", 0)
		return outcome{next: "/sign-in"}, err
	}
	return outcome{said: "That device is signed out.", next: "/account"}, err
}

func (q *request) endOthers() (outcome, error) {
	if err := q.owner(); err != nil {
		return outcome{}, err
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		return q.web.People.EndAll(ctx, tx, q.acc.Session.Account, q.acc.Session.ID)
	})
	return outcome{said: "All other devices are signed out.", next: "/account"}, err
}

// accountsView is who of the team can sign in.
type accountsView struct {
	People          []accountLine
	May             bool
	Invitation, For string
}

type accountLine struct {
	Staff, Name, Roles, Words, Invite string
	Open                              bool
}

func (q *request) accounts() (templ.Component, error) { return q.drawAccounts("", "") }

// overseen tells whether the viewer may open and close somebody's sign-in: somebody who has a role only where the viewer has the right.
func (q *request) overseen(need right, m record.Staff, who account.Person) bool {
	if q.acc.MayEverywhere(need) {
		return true
	}
	if len(who.Wide) > 0 || len(m.Roles) == 0 {
		return false
	}
	for _, r := range m.Roles {
		if !q.acc.May(need, r.Property) {
			return false
		}
	}
	return true
}

func (q *request) drawAccounts(invitation, whose string) (templ.Component, error) {
	v := accountsView{May: q.may(account.AccountsWrite), Invitation: invitation, For: whose}
	var team []record.Staff
	var people []account.Person
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if team, err = q.web.Records.AllStaff(ctx, tx); err != nil {
			return err
		}
		people, err = q.web.People.All(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	byStaff := map[hearth.StaffID]account.Person{}
	for _, p := range people {
		if p.Staff != "" && p.Closed.IsZero() {
			byStaff[p.Staff] = p
		}
	}
	for _, m := range team {
		p, has := byStaff[m.ID]
		if m.Inactive && !has || !q.overseen(account.AccountsRead, m, p) {
			continue
		}
		v.People = append(v.People, q.accountLine(m, p, has))
	}
	return accountsPage(q.frame("Who can sign in", "/accounts"), v), nil
}

func (q *request) accountLine(m record.Staff, p account.Person, has bool) accountLine {
	l := accountLine{Staff: string(m.ID), Name: m.Name, Invite: "Give a link", Open: has}
	seen := map[hearth.Role]bool{}
	var roles []string
	add := func(r hearth.Role) {
		if !seen[r] {
			seen[r] = true
			roles = append(roles, roleWords(r))
		}
	}
	for _, r := range p.Wide {
		add(r)
	}
	for _, r := range m.Roles {
		add(r.Role)
	}
	l.Roles = strings.Join(roles, ", ")
	switch {
	case !has:
		l.Words = "Can't sign in yet."
	case m.Inactive:
		l.Words = p.Login + " · has left the team and can't sign in any more."
	case p.LastIn.IsZero():
		l.Words = p.Login + " · has not signed in yet."
	default:
		l.Words = p.Login + " · last signed in on " + p.LastIn.In(q.zone).Format("2 January 15:04")
		l.Invite = "Give a new link"
	}
	if has && p.App {
		l.Words += " · with a second factor"
	}
	return l
}

// subject reads whose sign-in is meant, and whether the viewer may touch it.
func (q *request) subject(ctx context.Context, tx *db.Tx) (m record.Staff, who account.Person, has bool, err error) {
	if m, err = q.web.Records.Staff(ctx, tx, hearth.StaffID(q.PathValue("staff"))); err != nil {
		return m, who, false, err
	}
	who, err = q.web.People.ByStaff(ctx, tx, m.ID)
	has = err == nil
	if hearth.CodeOf(err) == hearth.CodeNotFound {
		err = nil
	}
	if err == nil && !q.overseen(account.AccountsWrite, m, who) {
		err = hearth.Errorf(hearth.CodeNotFound, "There is nobody %s on the team.", m.ID)
	}
	return m, who, has, err
}

func (q *request) invite() (templ.Component, error) {
	var link, name string
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		m, who, has, err := q.subject(ctx, tx)
		if err != nil {
			return err
		}
		name = m.Name
		if m.Inactive {
			return hearth.Errorf(hearth.CodeConflict, "%s has left the team.", m.Name)
		}
		if !has {
			if who, err = q.web.People.Create(ctx, tx, q.actor, account.Person{Staff: m.ID, Login: m.Email}); err != nil {
				return err
			}
		}
		if err := q.web.People.MayOpen(ctx, tx, q.acc, m, who); err != nil {
			return err
		}
		link, err = q.web.People.Invite(ctx, tx, who.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return q.drawAccounts(q.web.link(q.Request, "/invitation/"+link), "A link for "+name)
}

// link is an address of ours as somebody elsewhere opens it.
func (h *Web) link(r *http.Request, path string) string {
	if h.Config != nil && h.Config.BaseURL != "" {
		return h.Config.BaseURL + path
	}
	scheme := "http://"
	if h.secure(r) {
		scheme = "https://"
	}
	return scheme + r.Host + path
}

func (q *request) closeAccount() (outcome, error) {
	name := ""
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		m, who, has, err := q.subject(ctx, tx)
		if err != nil || !has {
			return err
		}
		name = m.Name
		if err := q.web.People.MayClose(ctx, tx, q.acc, who); err != nil {
			return err
		}
		return q.web.People.Close(ctx, tx, who.ID)
	})
	return outcome{said: name + " is signed out everywhere and can't sign in any more.", next: "/accounts"}, err
}

func signInLead(v signInView) string {
	switch {
	case v.First:
		return "Nobody has an account yet. Hearth printed a set-up link where it was started; that opens once."
	case len(v.Guests) > 0:
		return "Everything here is invented, so you may come in as anybody."
	}
	return "These pages are the team's. They show residents' names and messages."
}

func choiceTitle(v choiceView) string {
	if v.Setup {
		return "Set Hearth up"
	}
	return "Choose how you sign in"
}

func choiceLead(v choiceView) string {
	if v.Setup {
		return "You are the first. Your account administers this installation; others are invited from it."
	}
	return "For " + v.Login + ". Nobody else sees what you choose."
}

func choiceButton(v choiceView) string {
	if v.Setup {
		return "Open the first account"
	}
	return "Keep this and sign in"
}

// inFours writes a key in groups that can be copied by hand.
func inFours(key string) string {
	var parts []string
	for len(key) > 4 {
		parts, key = append(parts, key[:4]), key[4:]
	}
	return strings.Join(append(parts, key), " ")
}
