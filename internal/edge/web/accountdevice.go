package web

import (
	"net/http"

	"hearth"
	"hearth/internal/base/page/ui"
)

// How pages look and behave on one device: kept in the browser alone, since a telephone in a basement and a screen at a desk differ.
const (
	themeCookie   = "theme"
	keysCookie    = "keys"
	deviceSeconds = 400 * 86400 // the most that browsers keep
)

func themes() []ui.Option {
	return []ui.Option{{Value: "", Name: "As the device is set"}, {Value: "light", Name: "Light"}, {Value: "dark", Name: "Dark"}}
}

// deviceFields are what somebody chooses for the device that they sit at.
func (q *request) deviceFields() []ui.Input {
	look, keys := themes(), []ui.Option{{Value: "", Name: "On"}, {Value: "off", Name: "Off"}}
	return []ui.Input{{Name: "theme", Label: "Light or dark", Hint: "Of pages; what is printed is light.", Options: choose(look, q.cookie(themeCookie, "light", "dark"))},
		{Name: "keys", Label: "Single keys", Hint: "j, k, e and the like; ? lists those of a page. Off, only those with Ctrl work.", Options: choose(keys, q.cookie(keysCookie, "off"))}}
}

func choose(all []ui.Option, value string) []ui.Option {
	for i := range all {
		all[i].Chosen = all[i].Value == value
	}
	return all
}

// setDevice keeps the choice in the browser.
func (q *request) setDevice() (outcome, error) {
	for _, c := range []struct {
		name    string
		allowed []ui.Option
	}{{themeCookie, themes()}, {keysCookie, []ui.Option{{Value: ""}, {Value: "off"}}}} {
		value := q.field(c.name)
		if !offered(c.allowed, value) {
			return outcome{}, hearth.FieldErrorf(c.name, "Choose one of what is offered.")
		}
		cookie := &http.Cookie{Name: c.name, Value: value, Path: "/", MaxAge: deviceSeconds, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: q.TLS != nil}
		if value == "" {
			cookie.MaxAge = -1
		}
		http.SetCookie(q.w, cookie)
	}
	return outcome{said: "Kept on this device.", next: "/account#device"}, nil
}

func offered(all []ui.Option, value string) bool {
	for _, o := range all {
		if o.Value == value {
			return true
		}
	}
	return false
}
