package portal

import (
	"net/http"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
)

// open takes the link that a resident was sent: the device becomes known, and the home page comes next.
func (p *Portal) open(w http.ResponseWriter, r *http.Request) {
	v, err := p.begin(w, r)
	var who hearth.ResidentID
	if err == nil {
		err = p.DB.Read(r.Context(), func(tx *db.Tx) error {
			if who, _, err = p.Messages.Passed(r.Context(), tx, message.PassLink, r.PathValue("token")); err != nil {
				return err
			}
			return v.settle(r.Context(), tx, who)
		})
	}
	if err != nil {
		v.refuse(err)
		return
	}
	until := p.Clock.Now().Add(deviceDays * 24 * time.Hour)
	pass, err := p.Messages.Pass(r.Context(), p.DB, message.PassDevice, who, until)
	if err != nil {
		v.refuse(err)
		return
	}
	// Lax: the cookie goes along when a link in a mail is followed, and never with a form of another site.
	http.SetCookie(w, &http.Cookie{Name: deviceCookie, Value: pass, Path: "/home", MaxAge: deviceDays * 86400, HttpOnly: true,
		Secure: secure(r), SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/home", http.StatusSeeOther)
}

// secure tells whether the browser came by https, here or to the proxy in front.
func secure(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// neutral is where the quick exit leads: a page that says nothing about who reads it.
const neutral = "https://www.weather.gov/"

// leave is the quick exit: the device forgets who it was, so that the way back shows nothing, and something else is shown.
func (p *Portal) leave(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: deviceCookie, Path: "/home", MaxAge: -1, HttpOnly: true, Secure: secure(r), SameSite: http.SameSiteLaxMode})
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, neutral, http.StatusSeeOther)
}

// language keeps the language that was chosen on this device.
func (p *Portal) language(w http.ResponseWriter, r *http.Request) {
	if chosen := p.words.find(r.FormValue("to")); chosen != nil {
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: chosen.tag, Path: "/", MaxAge: quarter * 86400, HttpOnly: true,
			Secure: secure(r), SameSite: http.SameSiteLaxMode})
	}
	http.Redirect(w, r, ownPath(r.FormValue("back")), http.StatusSeeOther)
}
