package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/act/webhook"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

// webhookItem is a program that hears events.
type webhookItem struct {
	ID         string              `json:"id"`
	URL        string              `json:"url"`
	Types      []hearth.EventType  `json:"types" nullable:"false"`
	Properties []hearth.PropertyID `json:"properties" nullable:"false" doc:"Of which properties it hears; empty: of every one, those that come later too."`
	Note       string              `json:"note,omitempty"`
	State      webhook.State       `json:"state" enum:"on,off"`
	Made       time.Time           `json:"made"`
	MadeBy     string              `json:"made_by"`
	Waiting    int64               `json:"waiting" doc:"Events still to be told."`
	Delivered  int64               `json:"delivered" doc:"Events that it took."`
	Last       *time.Time          `json:"last,omitempty" doc:"When it last took one."`
	Failing    *time.Time          `json:"failing_since,omitempty" doc:"Since when it takes nothing. After three days it is switched off."`
	Fault      string              `json:"fault,omitempty" doc:"Why, in words."`
	Secret     string              `json:"secret,omitempty" doc:"Only in the answer that makes it: the key of the signatures."`
}

func (a *API) addWebhooks() {
	const tag = "Webhooks"
	add(a, about{http.MethodGet, "/webhooks", tag, "list-webhooks", "List the programs that hear events", "", account.ScopeAdmin}, a.listWebhooks)
	add(a, about{http.MethodPost, "/webhooks", tag, "make-webhook", "Have a program hear events",
		"Each event is sent as a CloudEvent by POST, signed as the Standard Webhooks specification says (webhook-id, webhook-timestamp, webhook-signature), at least once, " +
			"those about one thing in their order. Addresses inside the house are refused.", account.ScopeAdmin}, a.makeWebhook)
	add(a, about{http.MethodPatch, "/webhooks/{id}", tag, "change-webhook", "Have a webhook hear something else",
		"What is left out stays; so do its address, its secret, and what waits, as far as it hears that still.", account.ScopeAdmin}, a.changeWebhook)
	add(a, about{http.MethodGet, "/webhooks/{id}/history", tag, "list-webhook-history", "List what was done with a webhook, and by whom", "The newest first, at most 100; also of one that is removed.", account.ScopeAdmin}, a.webhookHistory)
	add(a, about{http.MethodDelete, "/webhooks/{id}", tag, "delete-webhook", "Remove a webhook", "", account.ScopeAdmin}, a.deleteWebhook)
	add(a, about{http.MethodPost, "/webhooks/{id}/on", tag, "switch-webhook-on", "Switch a webhook on", "What it has missed since it was switched off is told.", account.ScopeAdmin}, a.webhookOn)
	add(a, about{http.MethodPost, "/webhooks/{id}/off", tag, "switch-webhook-off", "Switch a webhook off", "", account.ScopeAdmin}, a.webhookOff)
	add(a, about{http.MethodPost, "/webhooks/{id}/secret", tag, "turn-webhook-secret", "Give a webhook a new secret", "For a day calls carry signatures by the secrets before too.", account.ScopeAdmin}, a.turnWebhook)
	addSlow(a, about{http.MethodPost, "/webhooks/{id}/replay", tag, "replay-webhook", "Tell a webhook events again", "Those recorded since a time, under the same identities as before.", account.ScopeAdmin}, replayWithin, a.replayWebhook)
	add(a, about{http.MethodGet, "/webhooks/{id}/attempts", tag, "list-webhook-attempts", "List the last attempts to tell a webhook something", "The newest first, at most 40; older ones are let go of.", account.ScopeAdmin}, a.webhookAttempts)
	add(a, about{http.MethodPost, "/webhooks/{id}/test", tag, "test-webhook", "Send a webhook a test", "One call of the type webhook.trial, signed like every other. It tells of no event, and is made once, also to a webhook that is switched off.", account.ScopeAdmin}, a.testWebhook)
	add(a, about{http.MethodPost, "/webhooks/{id}/retry", tag, "retry-webhook", "Try now what waits for a webhook", "Those about one thing stay in their order. The answer says how many wait.", account.ScopeAdmin}, a.retryWebhook)
}

// attemptItem is one attempt to tell a webhook something.
type attemptItem struct {
	At      time.Time        `json:"at"`
	ID      string           `json:"id" doc:"The call's identity, its webhook-id: the same on every attempt."`
	Attempt int              `json:"attempt" doc:"Which attempt of this call it was, from 1."`
	Type    hearth.EventType `json:"type" doc:"Of the event; webhook.trial for a test."`
	Took    bool             `json:"took" doc:"It answered with 2xx."`
	Why     string           `json:"why,omitempty" doc:"Why it was not taken, in words."`
}

func attemptItemOf(t webhook.Told) attemptItem {
	return attemptItem{At: t.At.UTC(), ID: t.Call, Attempt: t.Attempt, Type: t.Type, Took: t.Took, Why: t.Why}
}

// WebhookOf names a webhook in the path.
type WebhookOf struct {
	ID string `path:"id" maxLength:"64" doc:"The webhook's id."`
}

func webhookItemOf(h webhook.Hook) webhookItem {
	return webhookItem{ID: h.ID, URL: h.URL, Types: h.Types, Properties: append([]hearth.PropertyID{}, h.Properties...), Note: h.Note, State: h.State, Made: h.Made.UTC(), MadeBy: h.MadeBy.String(), Waiting: h.Waiting,
		Delivered: h.Delivered, Last: instant(h.LastAt), Failing: instant(h.Failing), Fault: h.Fault}
}

func (a *API) listWebhooks(ctx context.Context, _ *struct{}) (*list[webhookItem], error) {
	var all []webhook.Hook
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, err = webhook.List(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", webhookItemOf), nil
}

func (a *API) makeWebhook(ctx context.Context, in *struct {
	Body struct {
		URL        string              `json:"url" minLength:"1" maxLength:"2000" doc:"https, on port 443 or 8443."`
		Types      []hearth.EventType  `json:"types" minItems:"1" maxItems:"200" doc:"Which events it hears."`
		Properties []hearth.PropertyID `json:"properties,omitempty" maxItems:"1000" doc:"Of which properties it hears. Left out or empty: of every one, those that come later too. What belongs to no property only those hear that hear of every one."`
		Note       string              `json:"note,omitempty" maxLength:"200" doc:"For the team."`
	}
}) (*one[webhookItem], error) {
	h, secret, err := a.Webhooks.Make(ctx, actorOf(ctx), webhook.Wish{URL: in.Body.URL, Types: in.Body.Types, Properties: in.Body.Properties, Note: in.Body.Note})
	if err != nil {
		return nil, err
	}
	item := webhookItemOf(h)
	item.Secret = secret
	return &one[webhookItem]{item}, nil
}

func (a *API) deleteWebhook(ctx context.Context, in *WebhookOf) (*struct{}, error) {
	return nil, a.Webhooks.Remove(ctx, actorOf(ctx), in.ID)
}

func (a *API) webhookOn(ctx context.Context, in *WebhookOf) (*one[webhookItem], error) {
	if err := a.Webhooks.SwitchOn(ctx, actorOf(ctx), in.ID); err != nil {
		return nil, err
	}
	return a.webhook(ctx, in.ID)
}

func (a *API) webhookOff(ctx context.Context, in *WebhookOf) (*one[webhookItem], error) {
	if err := a.Webhooks.SwitchOff(ctx, actorOf(ctx), in.ID); err != nil {
		return nil, err
	}
	return a.webhook(ctx, in.ID)
}

func (a *API) webhook(ctx context.Context, id string) (*one[webhookItem], error) {
	var h webhook.Hook
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		h, err = webhook.Get(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &one[webhookItem]{webhookItemOf(h)}, nil
}

func (a *API) turnWebhook(ctx context.Context, in *WebhookOf) (*one[webhookItem], error) {
	secret, err := a.Webhooks.Turn(ctx, actorOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out, err := a.webhook(ctx, in.ID)
	if err == nil {
		out.Body.Secret = secret
	}
	return out, err
}

// replayed tells how many events are told again.
type replayed struct {
	Events int `json:"events"`
}

func (a *API) replayWebhook(ctx context.Context, in *struct {
	WebhookOf
	Body struct {
		Since time.Time `json:"since" doc:"Events recorded from then on."`
	}
}) (*one[replayed], error) {
	n, err := a.Webhooks.Replay(ctx, in.ID, in.Body.Since)
	if err != nil {
		return nil, err
	}
	return &one[replayed]{replayed{n}}, nil
}

func (a *API) webhookAttempts(ctx context.Context, in *WebhookOf) (*list[attemptItem], error) {
	var all []webhook.Told
	err := a.read(ctx, func(tx *db.Tx) error {
		if _, err := webhook.Get(ctx, tx, in.ID); err != nil {
			return err
		}
		var err error
		all, err = webhook.Last(ctx, tx, in.ID, webhook.Kept)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", attemptItemOf), nil
}

func (a *API) testWebhook(ctx context.Context, in *WebhookOf) (*one[attemptItem], error) {
	t, err := a.Webhooks.Try(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[attemptItem]{attemptItemOf(t)}, nil
}

func (a *API) retryWebhook(ctx context.Context, in *WebhookOf) (*one[replayed], error) {
	n, err := a.Webhooks.Hurry(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[replayed]{replayed{n}}, nil
}
