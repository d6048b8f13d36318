package web

import (
	"context"
	"fmt"
	"net/url"
	"sort"
	"strings"
	"time"

	"github.com/a-h/templ"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/base/db"
	"hearth/internal/base/page"
	"hearth/internal/base/page/ui"
	"hearth/internal/decide/inbox"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// The inbox is what residents and the team say to each other: a list of conversations, and beside it the one that is open.

// inboxRoutes lists the inbox and what can be done in it.
func (h *Web) inboxRoutes() []route {
	return []route{
		{"GET /conversations", account.InboxRead, h.show(account.InboxRead, (*request).inbox)},
		{"GET /residents/{id}/write", rightMessages, h.show(rightMessages, (*request).write1)},
		{"POST /conversations/{id}/reply", rightMessages, h.do(rightMessages, (*request).sendReply)},
		{"POST /conversations/{id}/assist", rightMessages, h.show(rightMessages, (*request).assistReply)},
		{"POST /conversations/{id}/foresee", rightMessages, h.show(rightMessages, (*request).foreseeReply)},
		{"POST /conversations/{id}/takeback", rightMessages, h.do(rightMessages, (*request).takeBackReply)},
		{"POST /conversations/{id}/look", rightTasks, h.show(rightTasks, (*request).lookAt)},
		{"POST /conversations/{id}/note", rightTasks, h.do(rightTasks, (*request).noteOn)},
		{"POST /conversations/{id}/assign", rightTasks, h.do(rightTasks, (*request).assignTalk)},
		{"POST /conversations/{id}/snooze", rightTasks, h.do(rightTasks, (*request).snoozeTalk)},
		{"POST /conversations/{id}/done", rightTasks, h.do(rightTasks, (*request).finishTalk)},
		{"POST /conversations/{id}/reopen", rightTasks, h.do(rightTasks, (*request).reopenTalk)},
		{"POST /conversations/{id}/save", rightMessages, h.do(rightMessages, (*request).saveReply)},
		{"POST /conversations/{id}/saved/{reply}", rightMessages, h.do(rightMessages, (*request).amendReply)},
		{"POST /conversations/{id}/saved/{reply}/delete", rightMessages, h.do(rightMessages, (*request).dropReply)},
		{"POST /conversations/{id}/saved/{reply}/restore", rightMessages, h.do(rightMessages, (*request).bringReply)},
		{"POST /unplaced/{kind}/{id}", rightTasks, h.do(rightTasks, (*request).placeUnplaced)},
	}
}

// inboxView is the inbox, ready to be drawn.
type inboxView struct {
	Views  []ui.Link
	Rows   []talkRow
	Strays []strayRow
	Open   *openTalk
	Stray  *strayRow // a message whose writer is not known is open
	Chosen bool      // somebody chose the one that is open: on a phone it takes the place of the list
	List   string    // the address of the list
	Next   string    // what comes next when there is nothing
	More   bool
}

// talkRow is a conversation in the list.
type talkRow struct {
	ID, Who, Home, Topic, Words, Fine, When, Href string
	Ours                                          bool // the last word is the team's
	Chip                                          ui.Chip
	Current                                       bool
}

// strayRow is a message whose writer is not known for sure.
type strayRow struct {
	Kind, ID, From, Subject, Words, When, Why, Href, Back string
	Candidates                                            []ui.Option
	Current                                               bool
}

const talksShown = 100

// talkViews are the parts of the inbox.
func talkViews() [][2]string {
	return [][2]string{{"answer", "Needs an answer"}, {"mine", "Mine"}, {"open", "All open"}, {"snoozed", "Snoozed"}, {"done", "Done"}}
}

func (q *request) talkFilter(view string) conversation.Filter {
	f := conversation.Filter{Property: q.place.ID}
	if !q.readsAll(q.place.ID) {
		who := q.staff
		f.Assigned = &who
	}
	switch view {
	case "mine":
		who := q.staff
		f.Assigned, f.States = &who, []conversation.State{conversation.Open, conversation.Snoozed}
	case "open":
		f.States = []conversation.State{conversation.Open}
	case "snoozed":
		f.States = []conversation.State{conversation.Snoozed}
	case "done":
		f.States = []conversation.State{conversation.Done}
	default:
		f.States, f.Waits = []conversation.State{conversation.Open}, conversation.WaitsForUs
	}
	return f
}

// inboxPath is the address of the inbox with one open.
func inboxPath(view, open string, more ...string) string {
	v := url.Values{}
	if view != "" {
		v.Set("view", view)
	}
	if open != "" {
		v.Set("open", open)
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	if len(v) == 0 {
		return "/conversations"
	}
	return "/conversations?" + v.Encode()
}

func (q *request) inbox() (templ.Component, error) {
	return q.inboxWith(q.URL.Query().Get("open"), "", composed{})
}

// write1 is the inbox with the conversation of a resident open, also where there is none yet.
func (q *request) write1() (templ.Component, error) {
	return q.inboxWith("", hearth.ResidentID(q.PathValue("id")), composed{})
}

// inboxWith draws the inbox with a conversation open; in holds what somebody wrote and what is wrong with it.
func (q *request) inboxWith(open string, to hearth.ResidentID, in composed) (templ.Component, error) {
	view := q.URL.Query().Get("view")
	if in.View != "" {
		view = in.View
	}
	v := inboxView{Chosen: open != "" || to != "", List: inboxPath(view, "")}
	err := q.read(func(ctx context.Context, tx *db.Tx) error {
		found, err := q.talks(ctx, tx, view, &v)
		if err != nil {
			return err
		}
		if q.readsAll(q.place.ID) { // whose they are is not known yet
			if err := q.strays(ctx, tx, view, open, &v); err != nil {
				return err
			}
		}
		if v.Stray != nil {
			return nil
		}
		if open == "" && to == "" && len(found) > 0 {
			open = found[0].ID
		}
		if open == "" && to == "" {
			return nil
		}
		thread, err := q.thread(ctx, tx, open, to)
		if err != nil {
			return err
		}
		v.Open, err = q.openTalk(ctx, tx, view, thread, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range v.Rows {
		v.Rows[i].Current = v.Open != nil && v.Rows[i].ID == v.Open.ID
	}
	v.comesAfter()
	v.Next = map[string]string{"": "When a resident writes, by whatever channel, it stands here within a second.", "mine": "What somebody gives you, or you take, stands here.",
		"snoozed": "What sleeps comes back by itself, and earlier if the resident writes.", "done": "What is finished stands here. The resident's next word opens it again."}[view]
	f := q.frame("Conversations", "/conversations")
	f.Wide = true
	f.Help = append(f.Help, ui.Keys{Key: "r", Does: "Reply"}, ui.Keys{Key: "n", Does: "Note for the team"}, ui.Keys{Key: "e", Does: "Done"}, ui.Keys{Key: "a", Does: "Who answers"},
		ui.Keys{Key: "h", Does: "Later"}, ui.Keys{Key: "z", Does: "Undo"}, ui.Keys{Key: "Ctrl Enter", Does: "Send what is in the box"})
	return inboxPage(f, v), nil
}

// comesAfter says where it goes on when the open conversation is settled: the next in the list, before it where it was the last.
func (v *inboxView) comesAfter() {
	if v.Open == nil {
		return
	}
	v.Open.After = v.List
	for i, r := range v.Rows {
		switch {
		case !r.Current:
		case i+1 < len(v.Rows):
			v.Open.After = v.Rows[i+1].Href
		case i > 0:
			v.Open.After = v.Rows[i-1].Href
		}
	}
}

// thread reads the conversation that is to be open.
func (q *request) thread(ctx context.Context, tx *db.Tx, open string, to hearth.ResidentID) (inbox.Thread, error) {
	read := func() (inbox.Thread, error) { return q.web.Inbox.Thread(ctx, tx, open) }
	if to != "" {
		read = func() (inbox.Thread, error) { return q.web.Inbox.ThreadWith(ctx, tx, to) }
	}
	t, err := read()
	if err != nil {
		return t, err
	}
	if !q.seesPlace(t.Property) {
		return inbox.Thread{}, hearth.Errorf(hearth.CodeNotFound, "There is no conversation at this address.")
	}
	return t, q.mayTalk(ctx, tx, t.Conversation)
}

// talks reads the list.
func (q *request) talks(ctx context.Context, tx *db.Tx, view string, v *inboxView) ([]conversation.Conversation, error) {
	found, next, err := q.web.Inbox.Conversations.List(ctx, tx, q.talkFilter(view), "", talksShown)
	if err != nil {
		return nil, fmt.Errorf("read the inbox: %w", err)
	}
	v.More = next != ""
	ids := make([]hearth.ResidentID, len(found))
	for i, c := range found {
		ids[i] = c.Resident
	}
	people, err := q.contacts(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	last, err := q.lastWords(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	team, err := q.teamNames(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, c := range found {
		v.Rows = append(v.Rows, q.talkRow(c, people[c.Resident], last[c.ID], team, view))
	}
	for _, t := range talkViews() {
		here := view == t[0] || view == "" && t[0] == "answer"
		href := inboxPath(t[0], "")
		if t[0] == "answer" {
			href = inboxPath("", "")
		}
		l := ui.Link{Name: t[1], Href: href, Here: here}
		if here && len(found) > 0 {
			l.Count = countWord(len(found), talksShown-1)
		}
		if t[0] != "mine" || q.staff != "" {
			v.Views = append(v.Views, l)
		}
	}
	return found, nil
}

// lastWords gives the newest message of each conversation of the residents.
func (q *request) lastWords(ctx context.Context, tx *db.Tx, ids []hearth.ResidentID) (map[string]message.Message, error) {
	out := map[string]message.Message{}
	if len(ids) == 0 {
		return out, nil
	}
	all, err := q.web.Messages.Talk(ctx, tx, ids, nil, 500)
	for _, m := range all {
		id := conversation.ID(m.Resident, m.Topic)
		if _, ok := out[id]; !ok && m.State != message.Dropped && m.State != message.Merged {
			out[id] = m
		}
	}
	return out, err
}

func (q *request) teamNames(ctx context.Context, tx *db.Tx) (map[hearth.StaffID]string, error) {
	all, err := q.web.Records.AllStaff(ctx, tx)
	out := map[hearth.StaffID]string{}
	for _, m := range all {
		out[m.ID] = m.Name
	}
	return out, err
}

func (q *request) talkRow(c conversation.Conversation, who record.Contact, last message.Message, team map[hearth.StaffID]string, view string) talkRow {
	r := talkRow{ID: c.ID, Who: who.Name(), Home: who.UnitLabel, Topic: topicWords(c.Topic), Words: short(strings.Join(strings.Fields(last.Body), " "), 120), Href: inboxPath(view, c.ID)}
	r.Ours = last.Direction == message.Out
	at := c.LastIn
	if c.LastOut.After(at) {
		at = c.LastOut
	}
	r.When = page.When(at, q.now, q.zone)
	switch {
	case c.State == conversation.Snoozed:
		r.Chip = ui.Chip{Word: "asleep", Shade: ui.Calm}
	case c.State == conversation.Done:
		r.Chip = ui.Chip{Word: "done", Shade: ui.Good}
	case c.Waits == conversation.WaitsForUs:
		r.Chip = q.waitsChip(c)
	case c.Waits == conversation.WaitsForThem:
		r.Chip = ui.Chip{Word: "answered", Shade: ui.Calm}
	}
	switch name := team[c.Assigned]; {
	case c.Assigned == q.staff && q.staff != "":
		r.Fine = "Yours"
	case name != "":
		r.Fine = name + " answers"
	default:
		r.Fine = "Nobody has it yet"
	}
	return r
}

// topicWords says what a conversation is about; nothing for one about nothing in particular.
func topicWords(topic string) string {
	if topic == "" || strings.ContainsAny(topic, "0123456789") {
		return ""
	}
	return capital(plainWords(topic))
}

// agoWords says a length of time: "4 min", "3 h", "2 days".
func agoWords(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return "1 min"
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	}
	return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
}

// strays reads what came in and belongs to nobody for sure, where the inbox shows what needs somebody.
func (q *request) strays(ctx context.Context, tx *db.Tx, view, open string, v *inboxView) error {
	if view != "" && view != "answer" && view != "open" {
		return nil
	}
	texts, err := q.web.Messages.Unplaced(ctx, tx, talksShown)
	if err != nil {
		return err
	}
	for _, u := range texts {
		if u.Property != "" && u.Property != q.place.ID {
			continue
		}
		r := strayRow{Kind: "text", ID: u.ID, From: u.Address, Words: u.Body, When: page.When(u.Received, q.now, q.zone), Why: "Nobody on record has this number."}
		if len(u.Candidates) > 1 {
			r.Why = "Several residents share this number."
		}
		for _, c := range u.Candidates {
			r.Candidates = append(r.Candidates, ui.Option{Value: string(c.Resident), Name: c.Label})
		}
		v.Strays = append(v.Strays, r)
	}
	letters, _, err := q.web.Inbox.Letters.List(ctx, tx, letterbox.Unplaced, "", talksShown)
	if err != nil {
		return err
	}
	who, err := q.web.Inbox.Candidates(ctx, tx, letters)
	if err != nil {
		return err
	}
	for _, l := range letters {
		if l.Property != "" && l.Property != q.place.ID {
			continue
		}
		r := strayRow{Kind: "mail", ID: l.ID, From: l.Address, Subject: l.Subject, Words: l.Body, When: page.When(l.Received, q.now, q.zone), Why: l.Note}
		for _, id := range l.Candidates {
			c := who[id]
			r.Candidates = append(r.Candidates, ui.Option{Value: string(id), Name: strings.TrimSpace(c.Name() + ", home " + c.UnitLabel)})
		}
		v.Strays = append(v.Strays, r)
	}
	sort.SliceStable(v.Strays, func(i, j int) bool { return v.Strays[i].ID < v.Strays[j].ID })
	for i := range v.Strays {
		r := &v.Strays[i]
		r.Href, r.Back = inboxPath(view, r.Kind+":"+r.ID), inboxPath(view, "")
		if open == r.Kind+":"+r.ID || open == "" && i == 0 && len(v.Rows) == 0 {
			r.Current, v.Stray = true, r
		}
	}
	return nil
}
