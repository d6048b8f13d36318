package api

import (
	"context"
	"net/http"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/inbox/helper"
	"hearth/internal/fact/account"
)

// assistAnswer is what the writing assistant gave.
type assistAnswer struct {
	Text   string   `json:"text" doc:"For a person to read; nothing was sent or stored."`
	Helped string   `json:"helped" doc:"The model. Say it with the reply, so that it stays with the message."`
	Hints  []string `json:"hints" nullable:"false" doc:"What whoever asked should look at."`
}

func (a *API) addAssist() {
	const tag = "Writing assistant"
	addSlow(a, about{http.MethodPost, "/assist", tag, "assist", "Get help with a text",
		"A language model drafts, simplifies or translates, if one is set up; else this answers with not_found. It sees no name, address, number or home, and nothing that is closed: these go as marks and come back filled in. It sends and changes nothing.", account.ScopeMessages}, answerWithin, a.assist)
}

func (a *API) assist(ctx context.Context, in *struct {
	Body struct {
		Do           helper.Task `json:"do" enum:"draft,simplify,translate"`
		Text         string      `json:"text" minLength:"1" maxLength:"8000" doc:"The text; for a draft, what is to be said."`
		Language     string      `json:"language,omitempty" maxLength:"3" doc:"To translate into, or to draft in."`
		Resident     string      `json:"resident" maxLength:"256" doc:"Whom it is to: Hearth's own id, or the one that a source uses. So that Hearth knows what to hide."`
		Conversation string      `json:"conversation,omitempty" maxLength:"100" doc:"Of a draft: the conversation with the resident that it answers."`
	}
}) (*one[assistAnswer], error) {
	if a.Helper == nil {
		return nil, hearth.Errorf(hearth.CodeNotFound, "There is no writing assistant here: set assist-url and assist-model (docs/assistant.md).")
	}
	b := in.Body
	var who hearth.ResidentID
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		who, err = a.resident(ctx, tx, b.Resident)
		return err
	})
	if err != nil {
		return nil, err
	}
	got, err := a.Helper.Help(ctx, helper.Ask{Do: b.Do, Text: b.Text, Language: b.Language, Resident: who, Talk: b.Conversation})
	if err != nil {
		return nil, err
	}
	return &one[assistAnswer]{assistAnswer{got.Text, got.Model, got.Hints}}, nil
}
