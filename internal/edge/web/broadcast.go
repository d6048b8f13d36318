package web

import (
	"context"
	"errors"
	"sort"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/broadcast"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
	"hearth/internal/sense/segment"
)

// Broadcasts say one thing to many: written, looked at ahead, tested, confirmed by its count, and stopped half-way if need be.

func (h *Web) broadcastRoutes() []route {
	return []route{
		{"GET /broadcasts", account.BroadcastsRead, h.show(account.BroadcastsRead, (*request).broadcasts)},
		{"GET /broadcasts/new", account.BroadcastsWrite, h.show(account.BroadcastsWrite, func(q *request) (templ.Component, error) { return q.newBroadcast(nil) })},
		{"POST /broadcasts/new", account.BroadcastsWrite, h.do(account.BroadcastsWrite, (*request).makeBroadcast)},
		{"GET /broadcasts/{id}", account.BroadcastsRead, h.show(account.BroadcastsRead, (*request).oneBroadcast)},
		{"POST /broadcasts/{id}/test", account.BroadcastsWrite, h.do(account.BroadcastsWrite, (*request).testBroadcast)},
		{"POST /broadcasts/{id}/send", account.BroadcastsWrite, h.do(account.BroadcastsWrite, (*request).sendBroadcast)},
		{"POST /broadcasts/{id}/approve", account.BroadcastsMany, h.do(account.BroadcastsMany, (*request).approveBroadcast)},
		{"POST /broadcasts/{id}/stop", account.BroadcastsWrite, h.do(account.BroadcastsWrite, (*request).stopBroadcast)},
		{"GET /broadcasts/{id}/people/all.csv", account.BroadcastsRead, h.exported(account.BroadcastsRead, (*request).castFile)},
		{"GET /broadcasts/joint/{joint}", account.BroadcastsRead, h.show(account.BroadcastsRead, (*request).oneJoint)},
		{"POST /broadcasts/joint/{joint}/send", account.BroadcastsWrite, h.do(account.BroadcastsWrite, (*request).sendJoint)},
		{"POST /broadcasts/joint/{joint}/approve", account.BroadcastsMany, h.do(account.BroadcastsMany, (*request).approveJoint)},
		{"POST /broadcasts/joint/{joint}/stop", account.BroadcastsWrite, h.do(account.BroadcastsWrite, (*request).stopJoint)},
	}
}

// castRow is a broadcast in the list.
type castRow struct {
	Title, Words, When, Href string
	Chip                     ui.Chip
}

// castView is one broadcast, ready to be drawn.
type castView struct {
	ID, Title, To, By string
	Chip              ui.Chip
	Facts             []ui.Fact
	Text              string
	Draft, Asked      bool
	Mine              bool // the viewer asked for the second person's yes
	May, Second       bool // the viewer may write, and say yes to another's
	Running, Stop     bool
	Ahead             *castAhead
	Percent           int
	Progress          string
	Results           []ui.Fact
	Left              []castLeft
	People            []castPerson
	Shown             string    // how many of those it is for stand there
	Chosen            []ui.Link // of a draft to some who were chosen one by one: who they are
	Joint             string    // where the whole stands that goes to several properties; "": it is for one
}

// castAhead is what the desk would do with it now.
type castAhead struct {
	People int
	Second bool
	Facts  []ui.Fact
	Left   []castLeft
}

// castLeft is why some hear nothing by it.
type castLeft struct {
	Count, Reason string
	Some          []ui.Link
}

// castPerson is one of those it was for.
type castPerson struct {
	Who, Home, Href, Words string
	Chip                   ui.Chip
}

// castChip says where a broadcast stands.
func castChip(s broadcast.State) ui.Chip {
	return map[broadcast.State]ui.Chip{broadcast.Draft: {Word: "draft"}, broadcast.Asked: {Word: "needs a second yes", Shade: ui.Today, Icon: "user-check"},
		broadcast.Gathering: {Word: "begins", Shade: ui.Calm}, broadcast.Running: {Word: "under way", Shade: ui.Calm, Icon: "send"},
		broadcast.Stopped: {Word: "stopped", Shade: ui.Now, Icon: "circle-x"}, broadcast.Done: {Word: "done", Shade: ui.Good, Icon: "check"}}[s]
}

// castsShown is how many broadcasts stand on a page of the list.
const castsShown = 100

func (q *request) broadcasts() (templ.Component, error) {
	var rows []castRow
	older := ""
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		var after broadcast.Broadcast
		if id := q.field("after"); id != "" {
			b, err := broadcast.Get(ctx, tx, id)
			if err != nil {
				return err
			}
			if b.Property == q.place.ID {
				after = b
			}
		}
		found, err := broadcast.List(ctx, tx, q.place.ID, after, castsShown+1)
		if len(found) > castsShown {
			found = found[:castsShown]
			older = "/broadcasts?after=" + found[castsShown-1].ID
		}
		for _, b := range found {
			words := audienceWords(b.Audience)
			if b.Joint != "" {
				words += ", and at other properties"
			}
			rows = append(rows, castRow{Title: b.Title, Words: words, When: page.When(b.Made, q.now, q.zone), Href: "/broadcasts/" + b.ID, Chip: castChip(b.State)})
		}
		return err
	})
	return broadcastsPage(q.frame("Broadcasts", "/broadcasts"), rows, older, q.place.ID != "" && q.may(account.BroadcastsWrite)), err
}

// audienceWords says who is meant.
func audienceWords(a broadcast.Audience) string {
	var parts []string
	add := func(one, many string, list []string) {
		switch len(list) {
		case 0:
		case 1:
			parts = append(parts, one+" "+list[0])
		default:
			parts = append(parts, many+" "+strings.Join(list, ", "))
		}
	}
	if a.Segment != "" {
		parts = append(parts, "the segment "+plainWords(a.Segment))
	}
	add("building", "buildings", a.Buildings)
	add("floor", "floors", a.Floors)
	add("home", "homes", a.Units)
	if n := len(a.Residents); n > 0 {
		parts = append(parts, count(n, "person", "people")+" by name")
	}
	if len(parts) == 0 {
		return "To everybody who lives here"
	}
	return "To " + strings.Join(parts, ", in ")
}

// newBroadcast is the form; wrong is what is wrong with it, nil for nothing.
func (q *request) newBroadcast(wrong error) (templ.Component, error) {
	if q.place.ID == "" { // there is nobody to say it to
		return nil, elsewhere{"/broadcasts"}
	}
	chosen, err := q.castChosen()
	if err != nil {
		return nil, err
	}
	segments := []ui.Option{{Value: "", Name: "Everybody who lives here"}}
	if q.web.Engine != nil {
		var set *segment.Set
		err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
			set, err = segment.Load(ctx, tx, q.web.Engine.Env)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, s := range set.List() {
			segments = append(segments, ui.Option{Value: s.ID, Name: s.Title, Chosen: s.ID == q.field("segment")})
		}
	}
	classes := []ui.Option{}
	for _, c := range [][2]string{{"service", "Service: the home and its repairs"}, {"promise", "News about something promised"}, {"safety", "Safety: danger to people or homes"},
		{"legal", "A notice that the law asks for"}, {"relation", "How we get along"}, {"promotion", "What we would like to sell"}} {
		classes = append(classes, ui.Option{Value: c[0], Name: c[1], Chosen: c[0] == q.field("class")})
	}
	channels := []ui.Option{{Value: "", Name: "As each prefers"}}
	for _, ch := range q.web.Inbox.Desk.Channels {
		channels = append(channels, ui.Option{Value: string(ch), Name: capital(channelName(ch)), Chosen: string(ch) == q.field("channel")})
	}
	in := func(name, label, hint string, optional bool, rows int) ui.Input {
		return ui.Input{Name: name, Label: label, Hint: hint, Optional: optional, Rows: rows, Value: q.FormValue(name), Required: !optional}
	}
	places, err := q.castPlaces()
	if err != nil {
		return nil, err
	}
	ticks, written, err := q.castWhere()
	if err != nil {
		return nil, err
	}
	fields := castForm{Chosen: chosen, Places: places, Ticks: ticks,
		Who:   []ui.Input{{Name: "segment", Label: "Who", Options: segments, Hint: "What you choose below narrows it further."}},
		Where: append(written, in("units", "Homes", "Numbers, with commas between.", true, 0)),
		What: []ui.Input{in("title", "Title for the team", "", false, 0), {Name: "class", Label: "What it is", Options: classes, Hint: "Consent, quiet hours and the residents' attention go by it."},
			{Name: "channel", Label: "By", Options: channels}},
		English: []ui.Input{in("subject", "Subject", "", false, 0), in("body", "Text", "Facts stand in braces, such as {{ resident.name }}.", false, 7), in("short", "Short form, for a text message", "", true, 2)},
		Spanish: []ui.Input{in("subject.es", "Subject in Spanish", "", true, 0), in("body.es", "Text in Spanish", "", true, 7), in("short.es", "Short form in Spanish", "", true, 2)}}
	fields.tell(wrong)
	return newBroadcastPage(q.frame("New broadcast", "/broadcasts"), fields), nil
}

// tell says on top what is wrong, with the way to the field where it is, and marks the field.
func (c *castForm) tell(wrong error) {
	if wrong == nil {
		return
	}
	c.Wrong = ui.Note{Words: hearth.MessageOf(wrong) + " What you wrote still stands below.", Shade: ui.Now}
	var at *hearth.Error
	if !errors.As(wrong, &at) {
		return
	}
	name := strings.TrimPrefix(at.Field, "audience.")
	if name == "texts" {
		name = "body"
	}
	for _, list := range [][]ui.Input{c.Who, c.Where, c.What, c.English} {
		for i := range list {
			if list[i].Name == name {
				list[i].Wrong = at.Message
				c.Wrong.More = ui.Link{Name: "To “" + list[i].Label + "”", Href: "#f-" + name}
			}
		}
	}
}

// castForm is the form of a new broadcast.
type castForm struct {
	Wrong                  ui.Note     // what is wrong with it, and where
	Chosen                 *castChosen // whom it is for, chosen one by one; nil: as Who says
	Places                 []castPlace // where the viewer may say it; none where that is one property
	Ticks                  []castTicks
	Who, Where             []ui.Input
	What, English, Spanish []ui.Input
}

func listed(s string) []string {
	var out []string
	for p := range strings.SplitSeq(s, ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func (q *request) makeBroadcast() (outcome, error) {
	p := broadcast.Plan{Property: q.place.ID, Title: q.field("title"), Class: hearth.Class(q.field("class")), Channel: hearth.Channel(q.field("channel")),
		Audience: broadcast.Audience{Segment: q.field("segment"), Buildings: q.castNamed("building", "buildings"), Floors: q.castNamed("floor", "floors"), Units: listed(q.field("units"))},
		Texts:    map[string]broadcast.Text{"en": {Subject: q.field("subject"), Body: q.field("body"), Short: q.field("short")}}}
	if q.field("body.es") != "" {
		p.Texts["es"] = broadcast.Text{Subject: q.field("subject.es"), Body: q.field("body.es"), Short: q.field("short.es")}
	}
	for _, id := range q.Form["resident"] {
		p.Audience.Residents = append(p.Audience.Residents, hearth.ResidentID(id))
	}
	if at := q.castAt(); len(at) > 1 && len(p.Audience.Residents) == 0 {
		return q.makeJoint(p, at)
	} else if len(at) == 1 {
		p.Property = at[0]
	}
	b, err := q.web.Broadcasts.Make(q.Context(), q.actor, p)
	if err != nil {
		form, drawn := q.newBroadcast(err)
		if drawn != nil || hearth.CodeOf(err) != hearth.CodeInvalid {
			return outcome{}, err
		}
		return outcome{}, wrongForm{form}
	}
	if len(p.Audience.Residents) > 0 {
		if err := q.write(func(ctx context.Context, tx *db.Tx) error { return broadcast.Unpick(ctx, tx, q.actor, q.place.ID) }); err != nil {
			return outcome{}, err
		}
	}
	return outcome{said: "Written down. Nothing was sent.", next: "/broadcasts/" + b.ID + "?ahead=1"}, nil
}

func (q *request) castID() string { return q.PathValue("id") }

func (q *request) oneBroadcast() (templ.Component, error) {
	var b broadcast.Broadcast
	var result broadcast.Result
	var people []broadcast.Recipient
	var contacts map[hearth.ResidentID]record.Contact
	var team map[hearth.StaffID]string
	words := ""
	err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		if b, err = q.castHere(ctx, tx); err != nil {
			return err
		}
		t, err := q.web.Broadcasts.Desk.Template(ctx, tx, b.Template)
		if err != nil {
			return err
		}
		words = t.Languages["en"].Subject + "\n\n" + t.Languages["en"].Body
		if team, err = q.teamNames(ctx, tx); err != nil {
			return err
		}
		if b.State == broadcast.Draft || b.State == broadcast.Asked {
			contacts, err = q.contacts(ctx, tx, b.Audience.Residents)
			return err
		}
		if result, err = q.web.Broadcasts.Outcome(ctx, tx, b); err != nil {
			return err
		}
		if people, err = broadcast.People(ctx, tx, b.ID, 0, "", 50); err != nil {
			return err
		}
		ids := make([]hearth.ResidentID, len(people))
		for i, p := range people {
			ids[i] = p.Resident
		}
		contacts, err = q.contacts(ctx, tx, ids)
		return err
	})
	if err != nil {
		return nil, err
	}
	v := q.castView(b, team)
	v.Text = words
	if v.Draft || v.Asked {
		v.Chosen = q.chosenLinks(b.Audience.Residents, contacts)
	}
	if (v.Draft || v.Asked) && q.URL.Query().Get("ahead") != "" {
		if v.Ahead, err = q.castAhead(b.ID); err != nil {
			return nil, err
		}
	}
	if !v.Draft && !v.Asked {
		v.result(b, result)
	}
	if v.Shown = "All " + strconv.Itoa(b.People); b.People > len(people) {
		v.Shown = "The first " + strconv.Itoa(len(people)) + " of " + strconv.Itoa(b.People)
	}
	for _, p := range people {
		if !q.may(account.ResidentsRead) { // counted, not named
			break
		}
		c := contacts[p.Resident]
		old := chipFor(string(p.State))
		if name := castState(p.State); name != "" {
			old.Word = name
		}
		v.People = append(v.People, castPerson{Who: c.Name(), Home: c.UnitLabel, Href: "/residents/" + string(p.Resident), Words: p.Reason, Chip: ui.Chip{Word: old.Word, Shade: shadeOf(old.Shade)}})
	}
	return broadcastPage(q.frame(b.Title, "/broadcasts"), v), nil
}

// shadeOf turns a shade of the record's page into one of the workspace.
func shadeOf(s string) ui.Shade {
	switch s {
	case "now", "today", "good", "calm":
		return ui.Shade(s)
	}
	return ui.None
}

func (q *request) castView(b broadcast.Broadcast, team map[hearth.StaffID]string) castView {
	v := castView{ID: b.ID, Title: b.Title, To: audienceWords(b.Audience), Chip: castChip(b.State), May: q.may(account.BroadcastsWrite), Second: q.may(account.BroadcastsMany), Draft: b.State == broadcast.Draft, Asked: b.State == broadcast.Asked,
		Mine: b.AskedBy.Kind == q.actor.Kind && b.AskedBy.ID == q.actor.ID, Running: b.State == broadcast.Running || b.State == broadcast.Gathering}
	v.Stop = !v.Draft && b.State != broadcast.Stopped
	if b.Joint != "" {
		v.Joint = "/broadcasts/joint/" + b.Joint
	}
	way := channelName(b.Channel)
	if way == "" {
		way = "as each prefers"
	}
	v.Facts = []ui.Fact{{Name: "What it is", Value: string(b.Class)}, {Name: "By", Value: way}, {Name: "Written by", Value: nameOfActor(b.MadeBy, team) + ", " + page.When(b.Made, q.now, q.zone)}}
	for _, x := range []struct {
		name string
		who  hearth.Actor
	}{{"Sent by", b.AskedBy}, {"Second yes", b.ApprovedBy}, {"Stopped by", b.StoppedBy}} {
		if x.who.Kind != "" {
			v.Facts = append(v.Facts, ui.Fact{Name: x.name, Value: nameOfActor(x.who, team)})
		}
	}
	return v
}

// castAhead asks the desk about everybody who is meant.
func (q *request) castAhead(id string) (*castAhead, error) {
	f, err := q.web.Broadcasts.Foretell(q.Context(), id, nil)
	if err != nil {
		return nil, err
	}
	return q.wouldBe(f), nil
}

// wouldBe words what the desk would do.
func (q *request) wouldBe(f broadcast.Forecast) *castAhead {
	a := &castAhead{People: f.People, Second: f.Second}
	a.Facts = []ui.Fact{{Name: "Meant", Value: count(f.People, "person", "people") + " in " + count(f.Homes, "home", "homes")}}
	for _, o := range [][2]string{{desk.Sent, "Would go out now"}, {desk.Held, "Would wait"}, {desk.Merged, "Would be part of another message"}, {desk.HandedOver, "Would be a person's task"}, {desk.Dropped, "Would hear nothing"}} {
		if n := f.Outcomes[o[0]]; n > 0 {
			a.Facts = append(a.Facts, ui.Fact{Name: o[1], Value: count(n, "person", "people")})
		}
	}
	a.Facts = append(a.Facts, byChannel(f.Channels)...)
	if f.Segments > 0 {
		cost := count(f.Segments, "part of text messages", "parts of text messages")
		if f.Cost != "" {
			cost += ", " + f.Cost
		}
		a.Facts = append(a.Facts, ui.Fact{Name: "Cost", Value: cost})
	}
	if !f.Until.IsZero() {
		a.Facts = append(a.Facts, ui.Fact{Name: "The last one goes", Value: page.When(f.Until, q.now, q.zone)})
	}
	a.Left = q.castLeft(f.Left)
	return a
}

func byChannel(n map[hearth.Channel]int) []ui.Fact {
	var out []ui.Fact
	for ch, k := range n {
		if k > 0 {
			out = append(out, ui.Fact{Name: "By " + channelName(ch), Value: strconv.Itoa(k)})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// castLeft says why some are left out, with some of their names.
func (q *request) castLeft(left []broadcast.Left) []castLeft {
	var ids []hearth.ResidentID
	for _, l := range left {
		ids = append(ids, l.Some...)
	}
	var who map[hearth.ResidentID]record.Contact
	if err := q.read(func(ctx context.Context, tx *db.Tx) (err error) {
		who, err = q.contacts(ctx, tx, ids)
		return err
	}); err != nil {
		who = nil
	}
	var out []castLeft
	for _, l := range left {
		x := castLeft{Count: count(l.Count, "person", "people"), Reason: l.Reason}
		for _, id := range l.Some {
			if c, ok := who[id]; ok && q.may(account.ResidentsRead) {
				x.Some = append(x.Some, ui.Link{Name: c.Name(), Href: "/residents/" + string(id)})
			}
		}
		out = append(out, x)
	}
	return out
}

// castFate is a state of messages, and what a broadcast's page calls it.
type castFate struct {
	state message.State
	name  string
}

func castStates() []castFate {
	return []castFate{{message.Delivered, "Arrived"}, {message.Sent, "Sent"}, {message.Queued, "On its way"}, {message.Held, "Waits"}, {message.Bounced, "Came back"}, {message.Failed, "Not delivered"},
		{message.Unknown, "In doubt"}, {message.Merged, "Part of another message"}, {broadcast.HandedOver, "Left to a person"}, {message.Dropped, "Heard nothing"}}
}

func castState(s message.State) string {
	for _, f := range castStates() {
		if f.state == s {
			return f.name
		}
	}
	return string(s)
}

// result says what came of a broadcast so far.
func (v *castView) result(b broadcast.Broadcast, r broadcast.Result) {
	if b.People > 0 {
		v.Percent = 100 * b.Next / b.People
	}
	v.Progress = strconv.Itoa(b.Next) + " of " + count(b.People, "person", "people") + " put to the desk"
	for _, s := range castStates() {
		if n := r.States[s.state]; n > 0 {
			v.Results = append(v.Results, ui.Fact{Name: s.name, Value: strconv.Itoa(n)})
		}
	}
	v.Results = append(v.Results, byChannel(r.Channels)...)
	for _, l := range r.Left {
		v.Left = append(v.Left, castLeft{Count: count(l.Count, "person", "people"), Reason: l.Reason})
	}
}

func (q *request) castPath() string { return "/broadcasts/" + q.castID() }

func (q *request) testBroadcast() (outcome, error) {
	who, err := q.whoIs(q.field("as"))
	if err != nil {
		return outcome{}, err
	}
	_, err = q.web.Broadcasts.Test(q.Context(), q.castID(), who, q.staff)
	return outcome{said: "A test is on its way to you by mail. No resident hears of it.", next: q.castPath() + "?ahead=1"}, err
}

// sendBroadcast sends it, if the number that was typed is that of the people who are meant now.
func (q *request) sendBroadcast() (outcome, error) {
	n, err := q.web.Broadcasts.Count(q.Context(), q.castID())
	if err != nil {
		return outcome{}, err
	}
	if typed, err := strconv.Atoi(q.field("count")); err != nil || typed != n {
		return outcome{}, hearth.FieldErrorf("count", "Type how many it is for: it is for %s now. Nothing was sent.", count(n, "person", "people"))
	}
	b, err := q.web.Broadcasts.Send(q.Context(), q.actor, q.castID())
	said := "It is under way. It can be stopped half-way."
	if b.State == broadcast.Asked {
		said = "It waits for a second person's yes. Nothing was sent yet."
	}
	return outcome{said: said, next: q.castPath()}, err
}

func (q *request) approveBroadcast() (outcome, error) {
	_, err := q.web.Broadcasts.Approve(q.Context(), q.actor, q.castID())
	return outcome{said: "It is under way. It can be stopped half-way.", next: q.castPath()}, err
}

func (q *request) stopBroadcast() (outcome, error) {
	_, taken, err := q.web.Broadcasts.Stop(q.Context(), q.actor, q.castID())
	return outcome{said: "Stopped. " + count(taken, "message was", "messages were") + " taken back.", next: q.castPath()}, err
}
