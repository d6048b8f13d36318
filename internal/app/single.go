package app

import (
	"crypto/rand"

	"hearth/internal/edge/web"
	"hearth/internal/edge/web/single"
)

// singleSignOn gives the way to an organization's own sign-in; nil for none.
func (a *App) singleSignOn() *single.Provider {
	c := a.Config
	if c.SingleIssuer == "" {
		return nil
	}
	return single.New(single.Settings{Issuer: c.SingleIssuer, Client: c.SingleClient, Secret: c.SingleSecret, Name: c.SingleName, Back: a.baseURL() + web.BackPath}, a.Clock.Now, rand.Reader)
}
