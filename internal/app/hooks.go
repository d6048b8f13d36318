package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"hearth/internal/decide/desk/texting"
	"hearth/internal/edge/hooks"
)

// hooks makes the call-backs of the providers that are set up.
func (s *Server) hooks() *hooks.Hooks {
	d := hooks.Deps{DB: s.DB, Messages: s.Messages, Logger: s.Logger, BaseURL: s.baseURL()}
	if s.Config.SMS != "" && s.Config.SMSToken != "" {
		d.Twilio = &hooks.Twilio{Token: s.Config.SMSToken, Account: smsAccount(s.Config.SMS), Inbound: func(ctx context.Context, in hooks.InboundText) error {
			return s.Texting.Hear(ctx, texting.Text{Ref: in.Ref, From: in.From, To: in.To, Body: in.Body, Media: in.Media, Answered: in.OptOut != "", Word: in.OptOut})
		}}
	}
	if p := s.Config.MailProvider; p != "none" && p != "" {
		d.Mail = &hooks.Mail{Provider: p, Key: s.Config.MailHookKey, Password: s.Config.MailHookPassword, Consent: s.Consent, Records: s.Records,
			Keep: s.Inbox.Keep, Fetch: fetch, Now: s.Clock.Now}
	}
	return hooks.New(d)
}

// fetch reads a small file of a provider; redirects are not followed.
func fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered with %d", res.StatusCode)
	}
	return io.ReadAll(io.LimitReader(res.Body, 64<<10))
}
