package app

import (
	"context"

	"hearth/internal/decide/desk/texting"
	"hearth/internal/edge/hooks"
)

// hooks makes the call-backs of the providers that are set up.
func (s *Server) hooks() *hooks.Hooks {
	d := hooks.Deps{DB: s.DB, Messages: s.Messages, Logger: s.Logger, BaseURL: s.baseURL()}
	if s.Config.SMS != "" && s.Config.SMSToken != "" {
		d.Twilio = &hooks.Twilio{Token: s.Config.SMSToken, Account: smsAccount(s.Config.SMS), Inbound: func(ctx context.Context, in hooks.InboundText) error {
			return s.Texting.Hear(ctx, texting.Text{Ref: in.Ref, From: in.From, To: in.To, Body: in.Body, Media: in.Media, Answered: in.OptOut != ""})
		}}
	}
	return hooks.New(d)
}
