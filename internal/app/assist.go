package app

import (
	"strings"

	"hearth/internal/base/channel/assist"
	call "hearth/internal/base/channel/webhook"
	"hearth/internal/decide/inbox/helper"
)

// buildHelper makes the writing assistant, if a language model is set.
func (a *App) buildHelper() error {
	if a.Config.AssistURL == "" {
		return nil
	}
	guard, err := call.ParseGuard(strings.FieldsFunc(a.Config.AssistAllow, func(r rune) bool { return r == ',' || r == ' ' }))
	if err != nil {
		return err
	}
	model, err := assist.New(assist.Config{URL: a.Config.AssistURL, Key: a.Config.AssistKey, Model: a.Config.AssistModel, Guard: guard, Agent: "Hearth/" + a.Version})
	if err != nil {
		return err
	}
	a.Assistant = helper.New(helper.Deps{DB: a.DB, Records: a.Records, Care: a.Care, Inbox: a.Inbox, Model: model})
	return nil
}
