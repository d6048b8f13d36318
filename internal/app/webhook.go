package app

import (
	"context"
	"io"
	"net/url"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/act/task"
	"hearth/internal/act/webhook"
	call "hearth/internal/base/channel/webhook"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
)

func (a *App) buildWebhooks(random io.Reader) error {
	guard, err := a.guard()
	if err != nil {
		return err
	}
	a.Webhooks = webhook.New(webhook.Deps{DB: a.DB, Log: a.Log, Guard: guard, Client: call.NewClient(call.Config{Guard: guard, Agent: "Hearth/" + a.Version}),
		Random: random, Node: a.Node, Alert: a.webhookOff, May: a.mayHook, Places: a.placeIDs})
	return nil
}

// guard keeps what others have named from leading into the house.
func (a *App) guard() (*call.Guard, error) {
	return call.ParseGuard(strings.FieldsFunc(a.Config.WebhookAllow, func(r rune) bool { return r == ',' || r == ' ' }))
}

// placeIDs lists the properties that there are.
func (a *App) placeIDs(ctx context.Context, tx *db.Tx) (ids []hearth.PropertyID, err error) {
	all, err := a.Records.Properties(ctx, tx)
	for _, p := range all {
		ids = append(ids, p.ID)
	}
	return ids, err
}

// mayHook tells whether whoever made a webhook may still do so: somebody of the team who is there and has the right at each of the
// properties that it hears of; none named: at every one that there is.
// What a program or the operator made stays.
func (a *App) mayHook(ctx context.Context, tx *db.Tx, by hearth.Actor, of []hearth.PropertyID) (bool, error) {
	if by.Kind != "staff" {
		return true, nil
	}
	m, err := a.Records.Staff(ctx, tx, hearth.StaffID(by.ID))
	if hearth.CodeOf(err) == hearth.CodeNotFound || err == nil && m.Inactive {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	who, err := a.People.ByStaff(ctx, tx, m.ID)
	if err != nil && hearth.CodeOf(err) != hearth.CodeNotFound {
		return false, err
	}
	v := a.People.Policy().StaffViewer(m, account.Session{}, tx.Now())
	v.Wide = who.Wide
	if len(of) == 0 {
		if of, err = a.placeIDs(ctx, tx); err != nil {
			return false, err
		}
	}
	return v.May(account.WebhooksWrite, "") &&
		!slices.ContainsFunc(of, func(p hearth.PropertyID) bool { return !v.May(account.WebhooksWrite, p) }), nil
}

// webhookOff asks a manager to look after a program that hears nothing any more.
func (a *App) webhookOff(ctx context.Context, tx *db.Tx, h webhook.Hook, why string) error {
	places, err := a.Records.Properties(ctx, tx)
	if err != nil || len(places) == 0 {
		return err
	}
	// Where those are whose manager can resume it.
	place := places[0].ID
	for _, p := range places {
		if slices.Contains(h.Properties, p.ID) {
			place = p.ID
			break
		}
	}
	host := h.URL
	if u, err := url.Parse(h.URL); err == nil {
		host = u.Host
	}
	a.Logger.Error("a webhook was switched off", "webhook", h.ID, "host", host, "why", why)
	return a.Tasks.Insert(ctx, tx, []task.Task{{ID: hearth.TaskID(hearth.DeriveIDAt("tsk_", tx.Now(), "webhook", h.ID)), Property: place, Kind: "webhook",
		Title: "A program hears nothing of Hearth any more: " + host, Role: hearth.RoleManager, Minutes: 15, DueAt: tx.Now().AddDate(0, 0, 1),
		Why:       why + " It was switched off; nothing is lost, and what it has missed is told once it is switched on again.",
		Checklist: []string{"Ask whoever looks after that program.", "Resume it again: Set-up, Other programs."}}})
}
