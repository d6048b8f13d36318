package app

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"hearth"
	"hearth/internal/act/webhook"
	"hearth/internal/base/db"
)

// What the command line does with the programs that hear what happens. As on their page, somebody of the team acts with their own rights.

// HookLine is a program that hears, as the command line lists it.
type HookLine struct {
	webhook.Hook
	Of   []string // the properties' names; none: every one
	Last string   // what was done with it last, and by whom
}

// Stands says in a word how it stands.
func (l HookLine) Stands() string {
	switch {
	case l.State == webhook.Off:
		return "paused"
	case !l.Failing.IsZero():
		return "takes nothing"
	}
	return "on"
}

// Hooks lists the programs that hear what happens.
func (a *App) Hooks(ctx context.Context) (out []HookLine, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := webhook.List(ctx, tx)
		if err != nil {
			return err
		}
		places, err := a.Records.Properties(ctx, tx)
		if err != nil {
			return err
		}
		for _, h := range all {
			l := HookLine{Hook: h, Of: []string{}}
			for _, p := range places {
				if slices.Contains(h.Properties, p.ID) {
					l.Of = append(l.Of, p.Name)
				}
			}
			acts, err := webhook.Acts(ctx, tx, h.ID, 1)
			if err != nil {
				return err
			}
			for _, x := range acts {
				who := x.Actor.Name
				if who == "" {
					who = x.By
				}
				l.Last = string(x.Did) + " by " + who
			}
			out = append(out, l)
		}
		return nil
	})
	return out, err
}

// NewHook is a program that the command line has hear. Its properties are ids or names; none is every one, those that come later too.
type NewHook struct {
	URL, Note         string
	Types, Properties []string
	As                string // a member of the team; "" the operator
}

// AddHook has a program hear, and gives its secret, which is shown only now.
func (a *App) AddHook(ctx context.Context, n NewHook) (h webhook.Hook, secret string, err error) {
	w := webhook.Wish{URL: n.URL, Note: n.Note}
	for _, t := range n.Types {
		w.Types = append(w.Types, hearth.EventType(t))
	}
	var by hearth.Actor
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		for _, name := range n.Properties {
			if strings.TrimSpace(name) == "" { // it would stand for every one
				return hearth.FieldErrorf("property", "A property has a name or an id.")
			}
			id, err := a.propertyCalled(ctx, tx, name)
			if err != nil {
				return err
			}
			w.Properties = append(w.Properties, id)
		}
		by, err = a.hookActor(ctx, tx, n.As, w.Properties)
		return err
	})
	if err != nil {
		return h, "", err
	}
	return a.Webhooks.Make(ctx, by, w)
}

// hookActor gives who acts, where they may decide about a program that hears of those properties.
func (a *App) hookActor(ctx context.Context, tx *db.Tx, as string, of []hearth.PropertyID) (hearth.Actor, error) {
	by, err := a.actor(ctx, tx, as)
	if err != nil {
		return by, err
	}
	may, err := a.mayHook(ctx, tx, by, of)
	if err == nil && !may {
		err = hearth.Errorf(hearth.CodeForbidden, "%s is not property manager of each property that it hears of, and can't decide this.", by.Name)
	}
	return by, err
}

// hookCalled finds a program by its id, or by its host where only one is there.
func (a *App) hookCalled(ctx context.Context, as, name string) (h webhook.Hook, by hearth.Actor, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := webhook.List(ctx, tx)
		if err != nil {
			return err
		}
		found := slices.DeleteFunc(all, func(h webhook.Hook) bool {
			u, err := url.Parse(h.URL)
			return h.ID != name && h.URL != name && (err != nil || !strings.EqualFold(u.Host, name))
		})
		switch {
		case len(found) == 0:
			return hearth.Errorf(hearth.CodeNotFound, "There is no webhook %q. See: hearth webhook list", name)
		case len(found) > 1:
			return hearth.Errorf(hearth.CodeInvalid, "%d webhooks are called %q; name one by its id. See: hearth webhook list", len(found), name)
		}
		h = found[0]
		by, err = a.hookActor(ctx, tx, as, h.Properties)
		return err
	})
	return h, by, err
}

// TestHook calls a program once, about nothing that happened.
func (a *App) TestHook(ctx context.Context, as, name string) (h webhook.Hook, t webhook.Told, err error) {
	if h, _, err = a.hookCalled(ctx, as, name); err == nil {
		t, err = a.Webhooks.Try(ctx, h.ID)
	}
	return h, t, err
}

// PauseHook stops the calls of a program.
func (a *App) PauseHook(ctx context.Context, as, name string) (webhook.Hook, error) {
	h, by, err := a.hookCalled(ctx, as, name)
	if err == nil {
		err = a.Webhooks.SwitchOff(ctx, by, h.ID)
	}
	return h, err
}

// ResumeHook begins the calls of a program again, with what it missed.
func (a *App) ResumeHook(ctx context.Context, as, name string) (webhook.Hook, error) {
	h, by, err := a.hookCalled(ctx, as, name)
	if err == nil {
		err = a.Webhooks.SwitchOn(ctx, by, h.ID)
	}
	return h, err
}

// RemoveHook takes a program away, with all that is still to be told to it.
func (a *App) RemoveHook(ctx context.Context, as, name string) (webhook.Hook, error) {
	h, by, err := a.hookCalled(ctx, as, name)
	if err == nil {
		err = a.Webhooks.Remove(ctx, by, h.ID)
	}
	return h, err
}
