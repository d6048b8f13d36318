package api

import (
	"context"
	"time"

	"hearth"
	"hearth/internal/act/webhook"
	"hearth/internal/base/db"
)

// actItem is something that was done with a webhook.
type actItem struct {
	At         time.Time            `json:"at"`
	Did        webhook.Did          `json:"did" enum:"added,changed,paused,resumed,secret,removed" doc:"secret: it was given a new one."`
	By         string               `json:"by" doc:"Who did it; system/webhooks: Hearth by itself."`
	Host       string               `json:"host" doc:"Where the program is."`
	More       []hearth.EventType   `json:"hears_too,omitempty" doc:"Events that it hears from then on."`
	Less       []hearth.EventType   `json:"hears_no_more,omitempty"`
	Properties *[]hearth.PropertyID `json:"properties,omitempty" doc:"Of which properties it hears from then on, where that was decided; empty: of every one."`
	Note       *string              `json:"note,omitempty" doc:"Where it was changed."`
	Why        string               `json:"why,omitempty" doc:"Why Hearth paused it by itself."`
}

func actItemOf(x webhook.Act) actItem {
	return actItem{At: x.At.UTC(), Did: x.Did, By: x.By, Host: x.Host, More: x.More, Less: x.Less, Properties: x.Properties, Note: x.Note, Why: x.Why}
}

func (a *API) changeWebhook(ctx context.Context, in *struct {
	WebhookOf
	Body struct {
		Types      *[]hearth.EventType  `json:"types,omitempty" minItems:"1" maxItems:"200" doc:"Which events it hears from now on."`
		Properties *[]hearth.PropertyID `json:"properties,omitempty" maxItems:"1000" doc:"Of which properties; empty: of every one, those that come later too."`
		Note       *string              `json:"note,omitempty" maxLength:"200" doc:"For the team."`
	}
}) (*one[webhookItem], error) {
	if _, err := a.Webhooks.Change(ctx, actorOf(ctx), in.ID, webhook.Change{Types: in.Body.Types, Note: in.Body.Note, Properties: in.Body.Properties}); err != nil {
		return nil, err
	}
	return a.webhook(ctx, in.ID)
}

func (a *API) webhookHistory(ctx context.Context, in *WebhookOf) (*list[actItem], error) {
	var all []webhook.Act
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		if all, err = webhook.Acts(ctx, tx, in.ID, 100); err == nil && len(all) == 0 { // nothing is known of one from before this was noted
			_, err = webhook.Get(ctx, tx, in.ID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", actItemOf), nil
}
