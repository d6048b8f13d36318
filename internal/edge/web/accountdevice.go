package web

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/base/page/ui"
)

// How pages look on one device is kept in the browser alone, since a telephone in a basement and a screen at a desk differ. Whether single keys do
// something is the person's, and goes along wherever they sign in.
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
		{Name: "keys", Label: "Single keys", Hint: "j, k, e and the like; ? lists those of a page. Off, only those with Ctrl work. Kept with your account, for every device.", Options: choose(keys, keysWord(q.keysOff()))}}
}

// keysOff tells whether the viewer wants no single keys. The cookie is that of a time when the choice was the device's.
func (q *request) keysOff() bool { return q.acc.NoKeys || q.cookie(keysCookie, "off") == "off" }

func keysWord(off bool) string {
	if off {
		return "off"
	}
	return ""
}

func choose(all []ui.Option, value string) []ui.Option {
	for i := range all {
		all[i].Chosen = all[i].Value == value
	}
	return all
}

// setDevice keeps light or dark in the browser, and single keys with the account.
func (q *request) setDevice() (outcome, error) {
	theme, keys := q.field("theme"), q.field("keys")
	switch {
	case !offered(themes(), theme):
		return outcome{}, hearth.FieldErrorf("theme", "Choose one of what is offered.")
	case keys != "" && keys != "off":
		return outcome{}, hearth.FieldErrorf("keys", "Choose one of what is offered.")
	}
	err := q.write(func(ctx context.Context, tx *db.Tx) error {
		return q.web.People.SetKeys(ctx, tx, q.acc.Session.Account, keys == "off")
	})
	if err != nil {
		return outcome{}, err
	}
	for name, value := range map[string]string{themeCookie: theme, keysCookie: ""} {
		cookie := &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: deviceSeconds, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: q.TLS != nil}
		if value == "" {
			cookie.MaxAge = -1
		}
		http.SetCookie(q.w, cookie)
	}
	return outcome{said: "Kept.", next: "/account#device"}, nil
}

func offered(all []ui.Option, value string) bool {
	for _, o := range all {
		if o.Value == value {
			return true
		}
	}
	return false
}
