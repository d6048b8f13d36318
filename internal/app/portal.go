package app

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/edge/portal"
	"hearth/internal/fact/record"
)

// enterPace is longer than looking up a resident and queuing a message takes on a small machine.
const enterPace = 400 * time.Millisecond

func (s *Server) portal(open bool) (*portal.Portal, error) {
	return portal.New(portal.Deps{DB: s.DB, Log: s.Log, Messages: s.Messages, Records: s.Records, People: s.People, Workorders: s.Workorders,
		Desk: s.Desk, Consent: s.Consent, Blobs: s.Blobs, Random: rand.Reader, Clock: s.Clock, Logger: s.Logger, Texts: s.Config.SMS != "",
		BaseURL: s.Config.BaseURL, Open: open, Secure: strings.HasPrefix(s.Config.BaseURL, "https://"), Proxied: s.Config.Proxied, Pace: enterPace})
}

// HomeLink gives the path of a link to a resident's pages, good for some time. It shows how things stand; what is theirs alone takes a code.
func (a *App) HomeLink(ctx context.Context, who hearth.ResidentID, good time.Duration) (string, error) {
	now := a.Clock.Now()
	pass, err := a.Messages.Pass(ctx, a.DB, message.PassLink, message.Passing{Who: who, Made: now, Until: now.Add(good)})
	return portal.OpenPath + pass, err
}

// SomeResident gives a resident of the first community whose pages have something to show: one with a request under way, else
// one who lives there; "" if nobody does.
func (a *App) SomeResident(ctx context.Context) (hearth.ResidentID, error) {
	var found hearth.ResidentID
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		places, err := a.Records.Properties(ctx, tx)
		if err != nil || len(places) == 0 {
			return err
		}
		all, err := a.Records.ResidentsAt(ctx, tx, places[0].ID)
		if err != nil {
			return err
		}
		people, err := a.Records.Contacts(ctx, tx, all)
		if err != nil {
			return err
		}
		slices.Sort(all)
		for _, id := range all {
			c := people[id]
			if !c.Role.Addressable() || c.Standing.Status != record.StatusCurrent {
				continue
			}
			orders, err := a.Workorders.History(ctx, tx, "", id, 1)
			if err != nil {
				return err
			}
			busy := len(orders) > 0 && orders[0].State.Unfinished()
			if found == "" || busy {
				found = id
			}
			if busy {
				return nil
			}
		}
		return nil
	})
	return found, err
}

// HomeDoor is where, for a home, somebody asks for a repair without signing in.
type HomeDoor struct {
	Home    string `json:"home"`
	Address string `json:"address"` // whole where the installation knows its own, else the path
}

// Doors gives the address of each home of a property, named by id or name, for a code at its door.
func (a *App) Doors(ctx context.Context, property string) ([]HomeDoor, error) {
	var out []HomeDoor
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		out = nil
		id, err := a.propertyCalled(ctx, tx, property)
		if err != nil {
			return err
		}
		units, err := a.Records.Units(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, u := range units {
			code, err := a.Records.UnitCode(ctx, tx, u.ID)
			if err != nil {
				return err
			}
			out = append(out, HomeDoor{Home: u.Label, Address: a.Config.BaseURL + portal.DoorPath + code})
		}
		return nil
	})
	return out, err
}
