package app

import (
	"bytes"
	"context"
	"io"
	"os"
	"sync"

	"go.yaml.in/yaml/v3"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/account"
)

// newIDs gives a maker of random identities that several goroutines may call.
func newIDs(random io.Reader, prefix string) func() (string, error) {
	var mu sync.Mutex
	return func() (string, error) {
		mu.Lock()
		defer mu.Unlock()
		return hearth.NewID(random, prefix)
	}
}

// members gives who is in a segment at a property, all of them.
func (a *App) members(ctx context.Context, segment string, property hearth.PropertyID) ([]hearth.ResidentID, error) {
	list, err := a.Engine.SegmentMembers(ctx, segment, property, "", 1<<30)
	out := make([]hearth.ResidentID, len(list))
	for i, m := range list {
		out[i] = m.Resident
	}
	return out, err
}

// BroadcastFile is a broadcast as it is written in a YAML file.
type BroadcastFile struct {
	Title    string                       `yaml:"title"`
	Class    hearth.Class                 `yaml:"class"`
	Purpose  string                       `yaml:"purpose"`
	Why      string                       `yaml:"why"`
	Channel  hearth.Channel               `yaml:"channel"`
	Audience BroadcastAudience            `yaml:"audience"`
	Needs    map[string]map[string]string `yaml:"needs"`
	Texts    map[string]desk.Wording      `yaml:"languages"`
}

// BroadcastAudience says who is meant; empty fields narrow nothing.
type BroadcastAudience struct {
	Segment   string   `yaml:"segment"`
	Buildings []string `yaml:"buildings"`
	Floors    []string `yaml:"floors"`
	Units     []string `yaml:"units"`
	Residents []string `yaml:"residents"`
}

type (
	// CastSaid is what was said to many, as commands print it.
	CastSaid = broadcast.Broadcast
	// CastForecast is what would come of it.
	CastForecast = broadcast.Forecast
	// CastCame is what came of it.
	CastCame = broadcast.Result
)

// MakeBroadcast stores a draft from a file, as somebody of the team (as) or the operator: for one property, or a joint one for several.
func (a *App) MakeBroadcast(ctx context.Context, as string, properties []string, path string) (j broadcast.Joint, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return j, hearth.FieldErrorf("file", "The file cannot be read: %w", err)
	}
	var f BroadcastFile
	// A name that is not known would narrow nothing, and what was for one building go to everybody.
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return j, hearth.FieldErrorf("file", "%s is not a broadcast: %w", path, err)
	}
	p := broadcast.Plan{Title: f.Title, Class: f.Class, Purpose: f.Purpose, Why: f.Why, Channel: f.Channel, Needs: f.Needs, Texts: f.Texts,
		Audience: broadcast.Audience{Segment: f.Audience.Segment, Buildings: f.Audience.Buildings, Floors: f.Audience.Floors, Units: f.Audience.Units}}
	var actor hearth.Actor
	var at []hearth.PropertyID
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		if actor, err = a.actor(ctx, tx, as); err != nil {
			return err
		}
		at = nil
		for _, called := range properties {
			id, err := a.propertyCalled(ctx, tx, called)
			if err != nil {
				return err
			}
			at = append(at, id)
		}
		for _, called := range f.Audience.Residents {
			id, err := a.resident(ctx, tx, called)
			if err != nil {
				return err
			}
			p.Audience.Residents = append(p.Audience.Residents, id)
		}
		return nil
	})
	if err != nil {
		return j, err
	}
	if len(at) != 1 {
		return a.Broadcasts.MakeJoint(ctx, actor, p, at, a.may(ctx, actor, account.BroadcastsWrite))
	}
	p.Property = at[0]
	b, err := a.Broadcasts.Make(ctx, actor, p)
	return broadcast.Joint{Parts: []broadcast.Part{{Broadcast: b}}}, err
}

// may tells at which properties somebody has a right: the operator everywhere, somebody of the team by their roles.
func (a *App) may(ctx context.Context, actor hearth.Actor, right account.Right) broadcast.May {
	return func(at hearth.PropertyID) bool {
		if actor.Kind != "staff" {
			return true
		}
		may := false
		err := a.DB.Read(ctx, func(tx *db.Tx) error {
			staff, err := a.Records.Staff(ctx, tx, hearth.StaffID(actor.ID))
			now := a.Clock.Now()
			may = err == nil && account.NewPolicy().StaffViewer(staff, account.Session{}, now).May(right, at)
			return err
		})
		return err == nil && may
	}
}

// JointStep sends, approves or stops a broadcast to several properties; taken tells how many messages a stop took back.
func (a *App) JointStep(ctx context.Context, as, id, step string) (j broadcast.Joint, taken int, err error) {
	var actor hearth.Actor
	if err := a.DB.Read(ctx, func(tx *db.Tx) error { actor, err = a.actor(ctx, tx, as); return err }); err != nil {
		return j, 0, err
	}
	switch step {
	case "send":
		j, err = a.Broadcasts.SendJoint(ctx, actor, id, a.may(ctx, actor, account.BroadcastsWrite))
	case "approve":
		j, err = a.Broadcasts.ApproveJoint(ctx, actor, id, a.may(ctx, actor, account.BroadcastsMany))
	default:
		j, taken, err = a.Broadcasts.StopJoint(ctx, actor, id, a.may(ctx, actor, account.BroadcastsWrite))
	}
	return j, taken, err
}

// Joint gives a broadcast to several properties, with what came of each part so far. It fails with CodeNotFound for one to a single
// property.
func (a *App) Joint(ctx context.Context, id string) (j broadcast.Joint, r []broadcast.Result, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		r = nil
		if j, err = a.Broadcasts.Joint(ctx, tx, id); err != nil {
			return err
		}
		for _, p := range j.Parts {
			one, err := a.Broadcasts.Outcome(ctx, tx, p.Broadcast)
			if err != nil {
				return err
			}
			r = append(r, one)
		}
		return nil
	})
	return j, r, err
}

// BroadcastStep sends, approves or stops a broadcast, as somebody of the team or the operator; taken tells how many
// messages a stop took back.
func (a *App) BroadcastStep(ctx context.Context, as, id, step string) (b broadcast.Broadcast, taken int, err error) {
	var actor hearth.Actor
	if err := a.DB.Read(ctx, func(tx *db.Tx) error { actor, err = a.actor(ctx, tx, as); return err }); err != nil {
		return b, 0, err
	}
	switch step {
	case "send":
		b, err = a.Broadcasts.Send(ctx, actor, id)
	case "approve":
		b, err = a.Broadcasts.Approve(ctx, actor, id)
	default:
		b, taken, err = a.Broadcasts.Stop(ctx, actor, id)
	}
	return b, taken, err
}

// Broadcast gives a broadcast with what came of it so far.
func (a *App) Broadcast(ctx context.Context, id string) (b broadcast.Broadcast, r broadcast.Result, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		if b, err = broadcast.Get(ctx, tx, id); err != nil {
			return err
		}
		r, err = a.Broadcasts.Outcome(ctx, tx, b)
		return err
	})
	return b, r, err
}

// BroadcastList gives the newest broadcasts.
func (a *App) BroadcastList(ctx context.Context) (out []broadcast.Broadcast, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = broadcast.List(ctx, tx, "", broadcast.Broadcast{}, 50)
		return err
	})
	return out, err
}
