package web

import (
	"context"
	"sort"
	"strconv"
	"strings"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/inbox"
)

// openTalk is the conversation that is open.
type openTalk struct {
	ID, Who, Home, Topic string
	Resident             string // the address of the resident's page
	State                ui.Chip
	Fine                 string
	Begun                bool // it is stored: things can be done with it
	Done, Asleep         bool
	Items                []talkItem
	Seen                 string // the newest that is shown, in milliseconds
	Looking              looking
	Team                 []ui.Option
	Later                []ui.Option
	Tabs                 []ui.Link
	House                []talkItem // what went to all of the home; nil: the thread is shown
	ShowHouse            bool
	Write                composer
	Here                 string // the address of this page
	After                string // where it goes on when it is settled
}

// talkItem is one thing said, or noted, in a conversation.
type talkItem struct {
	ID, Kind, Who, Words, Subject, When, Channel string // Kind: theirs, ours, inside
	Chip                                         ui.Chip
	Fine                                         string
	Take                                         bool // it can be taken back still
	Ask                                          bool // the assistant can put it into the team's language
	Read                                         readIn
	at                                           time.Time
}

// looking is who else is at it.
type looking struct {
	ID    string
	Words []string
}

// openTalk makes the open conversation of what was read.
func (q *request) openTalk(ctx context.Context, tx *db.Tx, view string, t inbox.Thread, in composed) (*openTalk, error) {
	o := &openTalk{ID: t.ID, Who: q.seen(t.Who).Name(), Home: t.Who.UnitLabel, Topic: topicWords(t.Topic), Resident: "/residents/" + string(t.Who.ID), Begun: !t.Made.IsZero(),
		Done: t.State == conversation.Done, Asleep: t.State == conversation.Snoozed, Here: inboxPath(view, t.ID)}
	if !o.Begun {
		o.Here = "/residents/" + string(t.Resident) + "/write"
	}
	team, err := q.teamNames(ctx, tx)
	if err != nil {
		return nil, err
	}
	o.Items = q.talkItems(t, team)
	newest := int64(0)
	for _, i := range o.Items {
		newest = max(newest, i.at.UnixMilli())
	}
	o.Seen = strconv.FormatInt(newest, 10)
	o.Looking = q.looking(t, team)
	o.Team = append(o.Team, ui.Option{Value: "", Name: "Nobody yet", Chosen: t.Assigned == ""})
	for id, name := range team {
		o.Team = append(o.Team, ui.Option{Value: string(id), Name: name, Chosen: id == t.Assigned})
	}
	sort.Slice(o.Team[1:], func(i, j int) bool { return o.Team[i+1].Name < o.Team[j+1].Name })
	o.Later = q.talkLater()
	o.State, o.Fine = q.talkState(t.Conversation, team)
	if t.Who.Household != "" {
		o.ShowHouse = q.URL.Query().Get("tab") == "home"
		o.Tabs = []ui.Link{{Name: "With " + t.Who.Called(), Href: o.Here, Here: !o.ShowHouse}, {Name: "What went to all of the home", Href: inboxPath(view, t.ID, "tab", "home"), Here: o.ShowHouse}}
		if !o.Begun {
			o.Tabs = nil
		}
	}
	if o.ShowHouse {
		said, err := q.web.Inbox.HouseholdSaid(ctx, tx, t.Who.Household)
		if err != nil {
			return nil, err
		}
		for _, m := range said {
			o.House = append(o.House, q.talkItem(m, inbox.Thread{Who: t.Who}, team))
		}
		return o, nil
	}
	if q.may(rightMessages) && q.actor.Kind == "staff" {
		if o.Write, err = q.composer(ctx, tx, view, t, in); err == nil {
			err = q.readable(ctx, tx, t, o, in.Read)
		}
	}
	return o, err
}

func (q *request) talkState(c conversation.Conversation, team map[hearth.StaffID]string) (ui.Chip, string) {
	fine := "Nobody has it yet."
	if name := team[c.Assigned]; name != "" {
		fine = name + " answers."
	}
	switch {
	case c.State == conversation.Done:
		return ui.Chip{Word: "done", Shade: ui.Good, Icon: "check"}, fine + " The next word opens it again."
	case c.State == conversation.Snoozed:
		words := " It sleeps"
		if !c.SnoozeUntil.IsZero() {
			words += " until " + page.When(c.SnoozeUntil, q.now, q.zone)
		}
		for _, e := range laterEvents() {
			if hearth.EventType(e[0]) == c.SnoozeEvent {
				words += " " + strings.ToLower(e[1][:1]) + e[1][1:]
			}
		}
		return ui.Chip{Word: "asleep", Shade: ui.Calm, Icon: "hourglass"}, fine + words + "."
	case c.Waits == conversation.WaitsForUs:
		chip := q.waitsChip(c)
		chip.Icon = "clock"
		return chip, fine
	}
	return ui.Chip{}, fine
}

// waitsChip says how long somebody waits for a word of ours; after a day it needs a person now.
func (q *request) waitsChip(c conversation.Conversation) ui.Chip {
	long := q.now.Sub(c.LastIn)
	if long > 24*time.Hour {
		return ui.Chip{Word: "waits " + agoWords(long), Shade: ui.Now}
	}
	return ui.Chip{Word: "waits " + agoWords(long), Shade: ui.Today}
}

// talkItems puts messages and notes in the order in which they were made, the oldest first.
func (q *request) talkItems(t inbox.Thread, team map[hearth.StaffID]string) []talkItem {
	var out []talkItem
	for _, m := range t.Messages {
		out = append(out, q.talkItem(m, t, team))
	}
	for _, n := range t.Notes {
		out = append(out, talkItem{ID: n.ID, Kind: "inside", Who: nameOfActor(n.Actor, team), Words: n.Text, When: page.When(n.At, q.now, q.zone), at: n.At, Fine: "Note for the team"})
	}
	sort.SliceStable(out, func(i, j int) bool {
		if !out[i].at.Equal(out[j].at) {
			return out[i].at.Before(out[j].at)
		}
		return out[i].ID < out[j].ID
	})
	return out
}

// saidWords is what a message says, to the team: what was sent to a resident names a link of their own, which opens nothing here.
func saidWords(m *message.Message) string {
	if m.Direction == message.In {
		return m.Body
	}
	return message.NamePages(m.Body, "[link to their own pages]")
}

func (q *request) talkItem(m message.Message, t inbox.Thread, team map[hearth.StaffID]string) talkItem {
	i := talkItem{ID: string(m.ID), Words: saidWords(&m), Subject: m.Subject, When: page.When(m.Made, q.now, q.zone), Channel: channelName(m.Channel), at: m.Made}
	if m.Direction == message.In {
		i.Kind, i.Who = "theirs", t.Who.Called()
		if m.Purpose == message.PurposeAutomatic {
			i.Chip = ui.Chip{Word: "written by a machine", Shade: ui.Calm}
		}
		return i
	}
	i.Kind, i.Who = "ours", "Hearth"
	if by, ok := t.Writers[m.ID]; ok {
		i.Who = nameOfActor(by, team)
	} else if system, ok := message.Elsewhere(m.ContentKey); ok && m.Purpose != inbox.PurposeCopy {
		i.Who = "Another system: " + system
	} else if m.Purpose == inbox.PurposeCopy {
		i.Who = "Another system"
	}
	if model := t.Helped[m.ID]; model != "" {
		i.Who += ", with the writing assistant (" + model + ")"
	}
	switch m.State {
	case message.Held:
		i.Take, i.Chip, i.Fine = true, ui.Chip{Word: "waits", Shade: ui.Calm, Icon: "clock"}, plainDays(m.Reason)
		if fresh := q.now.Sub(m.At) < 2*undoFor && m.Purpose == inbox.PurposeReply; fresh {
			i.Fine = "Goes out in a few seconds, unless it is taken back."
		}
	case message.Queued:
		i.Chip, i.Take = ui.Chip{Word: "on its way", Shade: ui.Calm}, true
	case message.Sent:
		i.Chip = ui.Chip{Word: "sent", Shade: ui.None}
	case message.Delivered:
		i.Chip = ui.Chip{Word: "arrived", Shade: ui.Good}
	case message.Bounced, message.Failed, message.Unknown:
		i.Chip, i.Fine = ui.Chip{Word: map[message.State]string{message.Bounced: "came back", message.Failed: "not delivered", message.Unknown: "in doubt"}[m.State], Shade: ui.Now, Icon: "circle-alert"}, strings.TrimSpace(plainDays(m.Reason)+" "+m.Error)
	case message.Dropped, message.Merged:
		i.Chip, i.Fine = ui.Chip{Word: "not sent", Shade: ui.None}, plainDays(m.Reason)
		if m.State == message.Merged {
			i.Chip.Word = "part of another"
		}
	}
	return i
}

// nameOfActor says who did something; team are the names of those whom the log knows by their id.
func nameOfActor(a hearth.Actor, team map[hearth.StaffID]string) string {
	switch {
	case a.Kind == "staff" && team[hearth.StaffID(a.ID)] != "":
		return team[hearth.StaffID(a.ID)]
	case a.Name != "":
		return a.Name
	case a.Kind == "system":
		return "Hearth"
	case a.Kind == "token":
		return "a program"
	}
	return a.ID
}

// channelName is what a channel is called on a page.
func channelName(c hearth.Channel) string {
	switch c {
	case hearth.ChannelSMS:
		return "text"
	case hearth.ChannelEmail:
		return "mail"
	case "":
		return ""
	}
	return string(c)
}

// freshFor is how long the page warns that somebody else has just answered.
const freshFor = 10 * time.Minute

// looking says who else looks at a conversation, or has just answered in it.
func (q *request) looking(t inbox.Thread, team map[hearth.StaffID]string) looking {
	l := looking{ID: t.ID}
	for _, m := range t.Messages {
		by, ok := t.Writers[m.ID]
		if ok && by.ID != q.actor.ID && m.State != message.Dropped && q.now.Sub(m.Made) < freshFor {
			l.Words = append(l.Words, nameOfActor(by, team)+" answered "+agoWords(q.now.Sub(m.Made))+" ago: read it first.")
			break
		}
	}
	for _, x := range t.Looking {
		if name := team[x.Staff]; x.Staff != q.staff && name != "" {
			l.Words = append(l.Words, name+" is looking at this.")
		}
	}
	return l
}

// talkLater lists until when a conversation may sleep.
func (q *request) talkLater() []ui.Option {
	now := q.now.In(q.zone)
	day := hearth.DayOf(q.now, q.zone)
	at := func(d hearth.Day, hour int) time.Time { return d.Start(q.zone).Add(time.Duration(hour) * time.Hour) }
	monday := day + hearth.Day((8-int(now.Weekday()))%7)
	if monday == day {
		monday += 7
	}
	var out []ui.Option
	for _, o := range []struct {
		name string
		at   time.Time
	}{{"In two hours", q.now.Add(2 * time.Hour)}, {"This afternoon", at(day, 14)}, {"Tomorrow morning", at(day+1, 9)}, {"If they don't write in two days", q.now.Add(48 * time.Hour)}, {"Monday morning", at(monday, 9)}, {"In a week", at(day+7, 9)}} {
		if o.at.After(q.now) {
			out = append(out, ui.Option{Value: o.at.UTC().Format(time.RFC3339), Name: o.name + ", " + page.When(o.at, q.now, q.zone)})
		}
	}
	for _, e := range laterEvents() {
		if e[0] != "message.received" { // their next word wakes it in any case
			out = append(out, ui.Option{Value: e[0], Name: e[1]})
		}
	}
	return out
}
