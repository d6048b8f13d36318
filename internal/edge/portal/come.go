package portal

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/base/db"
)

// start opens the session of a resident on this device, and ends the one that the device had.
func (v *visit) start(ctx context.Context, tx *db.Tx, who hearth.ResidentID) (string, error) {
	if old := v.kept(deviceCookie); old != "" {
		if err := v.p.People.LeaveHome(ctx, tx, old); err != nil {
			return "", err
		}
	}
	return v.p.People.StartHome(ctx, tx, who)
}

// kept gives what the browser keeps under a name, "" for nothing.
func (v *visit) kept(name string) string {
	value := ""
	for _, c := range v.CookiesNamed(name) {
		value = c.Value
	}
	return value
}

// give hands the browser something to keep for a while, or takes it away if it is "". Lax: it goes along when a link in a mail is
// followed, and never with a form of another site.
func (v *visit) give(name, path, value string, good time.Duration) {
	c := &http.Cookie{Name: name, Value: value, Path: path, MaxAge: int(good / time.Second), HttpOnly: true,
		Secure: v.p.secure(v.Request), SameSite: http.SameSiteLaxMode}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}

// secure tells whether the browser came by https, here or to the proxy in front.
func (p *Portal) secure(r *http.Request) bool {
	return p.Secure || r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// neutral is where the quick exit leads: a page that says nothing about who reads it.
const neutral = "https://www.weather.gov/"

// leave is the quick exit: the session ends and the device forgets who it was, so that the way back shows nothing, and something else is shown.
func (p *Portal) leave(w http.ResponseWriter, r *http.Request) {
	v := &visit{Request: r, p: p, w: w}
	v.give(deviceCookie, "/home", "", 0)
	v.give(linkCookie, "/home", "", 0)
	v.give(codeCookie, EnterPath, "", 0)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	if old := v.kept(deviceCookie); old != "" {
		if err := v.write(func(ctx context.Context, tx *db.Tx) error { return p.People.LeaveHome(ctx, tx, old) }); err != nil {
			p.Logger.ErrorContext(r.Context(), "a session of the portal was not ended; the device has forgotten it", "error", err)
		}
	}
	http.Redirect(w, r, neutral, http.StatusSeeOther)
}

// leaveAll ends the sessions of the visitor on all devices: one may be lost.
func (p *Portal) leaveAll(v *visit) (string, error) {
	err := v.write(func(ctx context.Context, tx *db.Tx) error { return p.People.LeaveAllHome(ctx, tx, v.person) })
	if err == nil {
		v.give(deviceCookie, "/home", "", 0)
		v.give(linkCookie, "/home", "", 0)
	}
	return EnterPath, err
}

// language keeps the language that was chosen on this device.
func (p *Portal) language(w http.ResponseWriter, r *http.Request) {
	if chosen := p.words.find(r.FormValue("to")); chosen != nil {
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: chosen.tag, Path: "/", MaxAge: quarter * 86400, HttpOnly: true,
			Secure: p.secure(r), SameSite: http.SameSiteLaxMode})
	}
	http.Redirect(w, r, ownPath(r.FormValue("back")), http.StatusSeeOther)
}
