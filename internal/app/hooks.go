package app

import (
	"hearth/internal/edge/hooks"
)

// hooks makes the call-backs of the providers that are set up.
func (s *Server) hooks() *hooks.Hooks {
	d := hooks.Deps{DB: s.DB, Messages: s.Messages, Logger: s.Logger, BaseURL: s.baseURL()}
	if s.Config.SMS != "" && s.Config.SMSToken != "" {
		d.Twilio = &hooks.Twilio{Token: s.Config.SMSToken, Account: smsAccount(s.Config.SMS)}
	}
	return hooks.New(d)
}
