package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/base/db"
	"hearth/internal/fact/account"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/sentiment"
	"hearth/internal/sense/signal"
)

// residentItem is a resident in a list.
type residentItem struct {
	ID        hearth.ResidentID    `json:"id"`
	Name      string               `json:"name"`
	Called    string               `json:"called" doc:"How to address them."`
	Role      hearth.HouseholdRole `json:"role" doc:"What they are in the household."`
	Primary   bool                 `json:"primary" doc:"Whether they speak for the home."`
	Email     string               `json:"email,omitempty"`
	Phone     string               `json:"phone,omitempty"`
	Language  string               `json:"language,omitempty"`
	Property  hearth.PropertyID    `json:"property"`
	Household hearth.HouseholdID   `json:"household"`
	Unit      hearth.UnitID        `json:"unit,omitempty"`
	UnitLabel string               `json:"unit_label,omitempty"`
	Building  string               `json:"building,omitempty"`
	Lease     hearth.LeaseID       `json:"lease,omitempty"`
	Status    record.Status        `json:"status,omitempty" doc:"Where the lease stands today: applicant, approved, future, current, past, cancelled."`
	Flags     []string             `json:"flags,omitempty" doc:"Of notice, month_to_month, under_eviction, evicted, offer_out."`
}

// residentFull is a resident on their own.
type residentFull struct {
	residentItem
	PropertyName string           `json:"property_name"`
	Zone         string           `json:"zone" doc:"The property's time zone."`
	Members      []memberItem     `json:"members" nullable:"false" doc:"The household."`
	LeaseDetail  *leaseItem       `json:"lease_detail,omitempty"`
	Preferences  []preferenceItem `json:"preferences" nullable:"false"`
	Care         *careItem        `json:"care,omitempty"`
	Externals    []externalItem   `json:"external_ids" nullable:"false" doc:"What other systems call them."`

	MergedInto hearth.ResidentID `json:"merged_into,omitempty" doc:"They are one person with this resident, under whom both are seen."`
	Merged     []mergedItem      `json:"merged" nullable:"false" doc:"Residents who are the same person and are seen here: their external ids and preferences are among these, their leases and households stand with them."`
}

type memberItem struct {
	ID      hearth.ResidentID    `json:"id"`
	Name    string               `json:"name"`
	Role    hearth.HouseholdRole `json:"role"`
	Primary bool                 `json:"primary"`
}

type leaseItem struct {
	ID        hearth.LeaseID `json:"id"`
	RentCents int64          `json:"rent_cents"`
	MoveIn    string         `json:"move_in,omitempty"`
	MoveOut   string         `json:"move_out,omitempty"`
	NoticeOn  string         `json:"notice_on,omitempty"`
	Terms     []termItem     `json:"terms" nullable:"false"`
}

type termItem struct {
	Starts    string `json:"starts"`
	Ends      string `json:"ends,omitempty"`
	RentCents int64  `json:"rent_cents"`
}

type preferenceItem struct {
	Name   string     `json:"name"`
	Value  string     `json:"value"`
	Source string     `json:"source" doc:"Where it was learned."`
	At     *time.Time `json:"at,omitempty"`
}

type externalItem struct {
	Source string `json:"source"`
	ID     string `json:"id"`
}

// eventItem is an event of a timeline.
type eventItem struct {
	ID       string           `json:"id"`
	Source   string           `json:"source"`
	Type     hearth.EventType `json:"type"`
	Subject  string           `json:"subject"`
	Time     time.Time        `json:"time" doc:"When it happened."`
	Recorded time.Time        `json:"recorded" doc:"When Hearth learned it."`
	History  bool             `json:"history" doc:"Told by a source's first import, which starts nothing."`
	Actor    string           `json:"actor,omitempty"`
	Data     map[string]any   `json:"data" nullable:"false"`
	Tone     *toneItem        `json:"tone,omitempty" doc:"How a message of the resident sounds; only of message.received."`
}

// signalItem is a signal with its value as of now.
type signalItem struct {
	Name   string `json:"name"`
	Value  any    `json:"value" doc:"A number, a text or true or false; null while nothing is known."`
	Unit   string `json:"unit,omitempty"`
	Window string `json:"window,omitempty"`
	Doc    string `json:"doc"`
}

// ResidentPath names a resident in a path. Embedded inputs are exported for the framework, which fills no others.
type ResidentPath struct {
	ID string `path:"id" maxLength:"256" doc:"Hearth's own id, or the one that a source uses."`
}

func (a *API) addResidents() {
	const tag = "Residents"
	add(a, about{http.MethodGet, "/residents", tag, "list-residents", "Find residents",
		"All residents, or those whose name, unit, e-mail or phone number begins with search.", account.ScopeRead}, a.listResidents)
	add(a, about{http.MethodGet, "/residents/{id}", tag, "get-resident", "Read a resident",
		"With the household, the lease, preferences and what other systems call them.", account.ScopeRead}, a.getResident)
	add(a, about{http.MethodGet, "/residents/{id}/timeline", tag, "get-timeline", "Read a resident's timeline",
		"The events about the resident and the household, newest first. A message of theirs carries how it sounds, with the words that made it so; an event tone.corrected puts that right.", account.ScopeRead}, a.getTimeline)
	add(a, about{http.MethodGet, "/residents/{id}/signals", tag, "get-signals", "Read a resident's signals",
		"Every signal as of now. Payment facts are shown to tokens with the scope admin only.", account.ScopeRead}, a.getSignals)
}

func (a *API) listResidents(ctx context.Context, in *struct {
	Paging
	Search string `query:"search" maxLength:"200" doc:"The beginning of a name, a unit, an e-mail address or a phone number."`
}) (*list[residentItem], error) {
	if in.Cursor != "" && !strings.HasPrefix(in.Cursor, "res_") {
		return nil, wrongCursor()
	}
	var page record.Page
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		page, err = a.Records.Search(ctx, tx, in.Search, in.Cursor, in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(page.Items, page.Next, residentOf), nil
}

func residentOf(c record.Contact) residentItem {
	return residentItem{
		ID: c.ID, Name: c.Name(), Called: c.Called(), Role: c.Role, Primary: c.Primary, Email: c.Email, Phone: c.Phone,
		Language: c.Language, Property: c.Property, Household: c.Household, Unit: c.Unit, UnitLabel: c.UnitLabel,
		Building: c.BuildingName, Lease: c.Lease, Status: c.Standing.Status, Flags: flagsOf(c.Standing),
	}
}

func flagsOf(s record.Standing) []string {
	var out []string
	for _, f := range []struct {
		set  bool
		name string
	}{{s.Notice, "notice"}, {s.MonthToMonth, "month_to_month"}, {s.UnderEviction, "under_eviction"}, {s.Evicted, "evicted"}, {s.OfferOut, "offer_out"}} {
		if f.set {
			out = append(out, f.name)
		}
	}
	return out
}

// resident finds whom an id names: Hearth's own id, else what a source calls so.
func (a *API) resident(ctx context.Context, tx *db.Tx, id string) (hearth.ResidentID, error) {
	found, err := a.Records.Find(ctx, tx, "resident", id, "")
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", hearth.Errorf(hearth.CodeNotFound, "There is no resident with this id.")
	case len(found) > 1:
		return "", hearth.FieldErrorf("id", "Several sources use this id for different residents. Use Hearth's own id; GET /api/v1/residents?search= finds it.")
	}
	return hearth.ResidentID(found[0].ID), nil
}

func (a *API) getResident(ctx context.Context, in *ResidentPath) (*one[residentFull], error) {
	out := &one[residentFull]{}
	err := a.read(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		out.Body, err = a.fullResident(ctx, tx, id)
		return err
	})
	return out, err
}

func (a *API) fullResident(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (full residentFull, err error) {
	contacts, err := a.Records.Contacts(ctx, tx, []hearth.ResidentID{id})
	if err != nil {
		return full, err
	}
	c := contacts[id]
	full.residentItem = residentOf(c)
	property, err := a.Records.Property(ctx, tx, c.Property)
	if err != nil {
		return full, err
	}
	full.PropertyName, full.Zone = property.Name, property.Zone
	if full.Members, err = a.members(ctx, tx, id); err != nil {
		return full, err
	}
	if c.Lease != "" {
		lease, err := a.Records.Lease(ctx, tx, c.Lease)
		if err != nil {
			return full, err
		}
		full.LeaseDetail = leaseOf(lease)
	}
	person, err := a.addMerged(ctx, tx, id, &full)
	if err != nil {
		return full, err
	}
	prefs, err := a.Records.PersonPreferences(ctx, tx, person)
	if err != nil {
		return full, err
	}
	full.Preferences = []preferenceItem{}
	for _, p := range prefs {
		full.Preferences = append(full.Preferences, preferenceItem{p.Name, p.Value, p.Source, instant(p.At)})
	}
	if full.Care, err = a.careOf(ctx, tx, id); err != nil {
		return full, err
	}
	full.Externals = []externalItem{}
	for _, id := range person {
		externals, err := a.Records.Externals(ctx, tx, "resident", string(id))
		if err != nil {
			return full, err
		}
		for _, e := range externals {
			full.Externals = append(full.Externals, externalItem{Source: e.Source, ID: e.Ext})
		}
	}
	return full, nil
}

func (a *API) members(ctx context.Context, tx *db.Tx, id hearth.ResidentID) ([]memberItem, error) {
	h, err := a.Records.HouseholdOf(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	out := []memberItem{}
	for _, m := range h.Members {
		out = append(out, memberItem{m.ID, m.Name(), m.Role, m.Primary})
	}
	return out, nil
}

func leaseOf(l record.Lease) *leaseItem {
	out := &leaseItem{ID: l.ID, RentCents: l.RentCents, MoveIn: l.MoveIn.String(), MoveOut: l.MoveOut.String(), NoticeOn: l.NoticeOn.String(), Terms: []termItem{}}
	for _, t := range l.Terms {
		out.Terms = append(out.Terms, termItem{t.Starts.String(), t.Ends.String(), t.RentCents})
	}
	return out
}

func (a *API) getTimeline(ctx context.Context, in *struct {
	ResidentPath
	Paging
	Type []string `query:"type" maxItems:"20" doc:"Only events of these types, separated by commas."`
}) (*list[eventItem], error) {
	before, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	types := make([]hearth.EventType, len(in.Type))
	for i, t := range in.Type {
		types[i] = hearth.EventType(t)
	}
	var events []*hearth.Event
	var said map[string]sentiment.Class
	err = a.read(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		person, err := a.seenUnder(ctx, tx, id)
		if err != nil {
			return err
		}
		if events, err = a.Log.Timelines(ctx, tx, person, types, before, in.Limit+1); err != nil {
			return err
		}
		said, err = a.corrections(ctx, tx, person, events)
		return err
	})
	if err != nil {
		return nil, err
	}
	next := ""
	if len(events) > in.Limit {
		events = events[:in.Limit]
		last := events[in.Limit-1]
		next = writeCursor(eventlog.Cursor{Time: last.Time, Part: last.Part, Seq: last.Seq})
	}
	return paged(openEvents(ctx, events), next, func(ev *hearth.Event) eventItem {
		item := eventOf(ev)
		item.Tone = toneOf(ev, said)
		return item
	}), nil
}

func eventOf(ev *hearth.Event) eventItem {
	item := eventItem{ID: ev.ID, Source: ev.Source, Type: ev.Type, Subject: ev.Subject.String(), Time: ev.Time, Recorded: ev.Recorded,
		History: ev.History, Actor: ev.Actor.String(), Data: map[string]any{}}
	var data map[string]any
	if err := json.Unmarshal(ev.Data, &data); err == nil && data != nil {
		item.Data = data // what is no object was refused at the door, so nothing is lost here
	}
	return item
}

func writeCursor(c eventlog.Cursor) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%d", hearth.Millis(c.Time), c.Part, c.Seq))
}

// wrongCursor refuses a cursor that no list can have given: an empty page would look like the end.
func wrongCursor() error {
	return hearth.FieldErrorf("cursor", "This cursor is not one that a list gave. Take next of the page before.")
}

func readCursor(s string) (c eventlog.Cursor, err error) {
	if s == "" {
		return c, nil
	}
	wrong := wrongCursor()
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return c, wrong
	}
	parts := strings.Split(string(raw), ".")
	if len(parts) != 3 {
		return c, wrong
	}
	var n [3]int64
	for i, p := range parts {
		if n[i], err = strconv.ParseInt(p, 10, 64); err != nil {
			return c, wrong
		}
	}
	return eventlog.Cursor{Time: hearth.FromMillis(n[0]), Part: int(n[1]), Seq: n[2]}, nil
}

// getSignals lists the whole catalog, so that a reader sees what is not known as well.
func (a *API) getSignals(ctx context.Context, in *ResidentPath) (*list[signalItem], error) {
	var view signal.View
	err := a.read(ctx, func(tx *db.Tx) error {
		id, err := a.resident(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		view, err = a.Signals(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	all := mayAll(ctx)
	out := &list[signalItem]{}
	out.Body.Items = []signalItem{}
	for i, f := range signal.Fields() {
		if f.Restricted && !all {
			continue
		}
		item := signalItem{Name: f.Name, Unit: f.Unit, Window: f.Window, Doc: f.Doc}
		if v, ok := view.Field(i); ok {
			item.Value = v
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	sort.SliceStable(out.Body.Items, func(i, j int) bool { return out.Body.Items[i].Name < out.Body.Items[j].Name })
	return out, nil
}
