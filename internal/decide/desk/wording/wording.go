// Package wording is where an operator works on the texts of messages: which there are, what stands in place of the
// shipped ones and since when, what is wrong with a new one, and how it would read for a real resident.
//
// It sends nothing and decides nothing about messages; decide/desk does both.
package wording

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
)

// ViewsOf gives the signals of residents, for a look that decides nothing.
type ViewsOf func(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) (desk.Views, error)

// Deps is what the service works with. All fields are required.
type Deps struct {
	Log     *eventlog.Log
	Records *record.Store
	Desk    *desk.Desk
	Views   ViewsOf
}

// Service answers about templates and takes new versions. It is safe for concurrent use.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service { return &Service{d} }

// Item is a template as messages are written from it now.
type Item struct {
	*desk.Template
	Newest int       // the number of the newest version; 0: nobody has put one. Give it as from when you put the next.
	Made   time.Time // of the newest version; zero: as shipped
	MadeBy hearth.Actor
	Rests  string // why the newest version cannot be used any more; the shipped text holds meanwhile
}

// Back lets an earlier version hold again, as a further version behind from. It fails like desk.Put and desk.Reset.
func (s *Service) Back(ctx context.Context, tx *db.Tx, actor hearth.Actor, id string, version, from int) (desk.Own, error) {
	v, err := s.Version(ctx, tx, id, version)
	if err != nil {
		return desk.Own{}, err
	}
	if v.Shipped {
		return s.Desk.Reset(ctx, tx, actor, id, from)
	}
	return s.Desk.Put(ctx, tx, actor, from, []byte(v.Text))
}

// Shipped tells whether a template by the id came with Hearth.
func (s *Service) Shipped(id string) bool {
	_, ok := s.Desk.Templates.Get(id)
	return ok
}

// Own tells whether a text of the operator's own holds.
func (i Item) Own() bool { return i.Version > 0 }

// List gives all templates by id.
func (s *Service) List(ctx context.Context, tx *db.Tx) ([]Item, error) {
	lib, rests, err := s.Desk.Edition(ctx, tx)
	if err != nil {
		return nil, err
	}
	heads, err := desk.Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	by := map[string]desk.Own{}
	for _, h := range heads {
		by[h.ID] = h
	}
	var out []Item
	for _, id := range lib.IDs() {
		t, _ := lib.Get(id)
		out = append(out, itemOf(t, by[id], rests[id]))
	}
	return out, nil
}

func itemOf(t *desk.Template, head desk.Own, rests string) Item {
	return Item{Template: t, Newest: head.Version, Made: head.Made, MadeBy: head.MadeBy, Rests: rests}
}

// Get gives one template. It fails with CodeNotFound when there is none.
func (s *Service) Get(ctx context.Context, tx *db.Tx, id string) (Item, error) {
	all, err := s.List(ctx, tx)
	if err != nil {
		return Item{}, err
	}
	for _, i := range all {
		if i.ID == id {
			return i, nil
		}
	}
	return Item{}, s.Desk.NoTemplate(id)
}

// Version is one version of a template. The shipped one is version 0.
type Version struct {
	desk.Own
	Shipped bool // the shipped text held, or holds, from this version on
}

// Versions gives all versions of a template, the newest first, the shipped one (0) last; one that was made here has none such.
// It fails with CodeNotFound when there is no such template.
func (s *Service) Versions(ctx context.Context, tx *db.Tx, id string) ([]Version, error) {
	t, ok := s.Desk.Templates.Get(id)
	own, err := desk.Versions(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if !ok && len(own) == 0 {
		return nil, s.Desk.NoTemplate(id)
	}
	var out []Version
	for _, v := range own {
		x := Version{Own: v, Shipped: v.Text == ""}
		if x.Shipped {
			x.Text = t.Text()
		}
		out = append(out, x)
	}
	if !ok {
		return out, nil
	}
	return append(out, Version{Own: desk.Own{ID: id, Text: t.Text()}, Shipped: true}), nil
}

// Version gives one version. It fails with CodeNotFound when there is none of the number.
func (s *Service) Version(ctx context.Context, tx *db.Tx, id string, version int) (Version, error) {
	all, err := s.Versions(ctx, tx, id)
	if err != nil {
		return Version{}, err
	}
	for _, v := range all {
		if v.Version == version {
			return v, nil
		}
	}
	return Version{}, hearth.Errorf(hearth.CodeNotFound, "Template %s has no version %d; the newest is %d.", id, version, all[0].Version)
}

// Look asks how a template would read.
type Look struct {
	Text     string // of one that is not stored yet; "": the one of ID and Version
	ID       string
	Version  *int              // nil: as messages are written now
	Resident hearth.ResidentID // "": nobody, and all facts stand in brackets
	Facts    map[string]any    // what a sender would tell, as in {"event": {"category": "plumbing"}}; nil: from the resident's own latest events
	Channels []hearth.Channel  // empty: e-mail, text message and portal
}

// Preview is how it would read.
type Preview struct {
	Shown []desk.Shown
	// Event is the resident's event of which the facts are; zero: none, or they were given.
	Event   hearth.EventType
	EventAt time.Time
}

// lately is how many of a resident's latest events are looked at for facts.
const lately = 200

// Preview writes a template for a real resident, in each language and channel, and sends nothing. It fails with
// CodeInvalid for a text that does not pass the check, and with CodeNotFound for an unknown resident, template or version.
func (s *Service) Preview(ctx context.Context, tx *db.Tx, l Look) (Preview, error) {
	t, err := s.lookedAt(ctx, tx, l)
	if err != nil {
		return Preview{}, err
	}
	if len(l.Channels) == 0 {
		l.Channels = []hearth.Channel{hearth.ChannelEmail, hearth.ChannelSMS, hearth.ChannelPortal}
	}
	if l.Resident == "" {
		shown, err := s.Desk.Sketch(t, l.Channels)
		return Preview{Shown: shown}, err
	}
	views, err := s.Views(ctx, tx, []hearth.ResidentID{l.Resident})
	if err != nil {
		return Preview{}, err
	}
	candidates := []map[string]any{l.Facts}
	var events []*hearth.Event
	if l.Facts == nil {
		if events, err = s.Log.Timeline(ctx, tx, l.Resident, nil, eventlog.Cursor{}, lately); err != nil {
			return Preview{}, err
		}
		// What is told only to some, and what a situation is about, stands in no message.
		events = slices.DeleteFunc(events, func(ev *hearth.Event) bool {
			return eventlog.Closed(ev.Type) || strings.HasPrefix(string(ev.Type), "situation.")
		})
		candidates = append(candidates, factsOf(events)...)
	}
	shown, taken, err := s.Desk.Preview(ctx, tx, t, l.Resident, candidates, l.Channels, views)
	p := Preview{Shown: shown}
	if taken > 0 {
		p.Event, p.EventAt = events[taken-1].Type, events[taken-1].Time
	}
	return p, err
}

// factsOf gives what each event would tell a message: its own data, over what earlier events told of the same thing.
func factsOf(events []*hearth.Event) []map[string]any {
	out := make([]map[string]any, len(events))
	known := map[hearth.Subject]map[string]any{}
	for i := len(events) - 1; i >= 0; i-- { // the oldest first
		ev := events[i]
		data := maps.Clone(known[ev.Subject])
		if data == nil {
			data = map[string]any{}
		}
		_ = json.Unmarshal(ev.Data, &data) // checked at the door; what cannot be read tells nothing
		if ev.Subject.Kind != "resident" {
			known[ev.Subject] = data
		}
		out[i] = map[string]any{"event": data}
	}
	return out
}

// lookedAt gives the template that a look is about.
func (s *Service) lookedAt(ctx context.Context, tx *db.Tx, l Look) (*desk.Template, error) {
	text := l.Text
	if text == "" && l.Version == nil {
		return s.Desk.Template(ctx, tx, l.ID)
	}
	if text == "" {
		v, err := s.Version(ctx, tx, l.ID, *l.Version)
		if err != nil {
			return nil, err
		}
		text = v.Text
	}
	return s.Desk.Templates.Parse([]byte(text))
}
