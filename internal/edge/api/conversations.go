package api

import (
	"context"
	"net/http"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/base/db"
	"hearth/internal/decide/inbox"
	"hearth/internal/fact/account"
	"hearth/internal/fact/record"
)

// conversationItem is the messages with one resident on one topic, and what the team does about them.
type conversationItem struct {
	ID          string             `json:"id"`
	Property    hearth.PropertyID  `json:"property"`
	Resident    personItem         `json:"resident"`
	Topic       string             `json:"topic" doc:"What it is about; empty for what belongs to no topic."`
	State       conversation.State `json:"state" enum:"open,snoozed,done"`
	Assigned    hearth.StaffID     `json:"assigned,omitempty" doc:"Who of the team answers; left out: nobody yet."`
	SnoozeUntil *time.Time         `json:"snooze_until,omitempty"`
	SnoozeEvent hearth.EventType   `json:"snooze_event,omitempty" doc:"The type of event for which it sleeps."`
	LastIn      *time.Time         `json:"last_in,omitempty" doc:"When the resident wrote last."`
	LastOut     *time.Time         `json:"last_out,omitempty" doc:"When something went to them last."`
	Waits       string             `json:"waits,omitempty" enum:"us,them" doc:"Who owes the next word; left out: nobody."`
	Changed     *time.Time         `json:"changed,omitempty"`
	ChangedBy   string             `json:"changed_by,omitempty"`
}

type noteItem struct {
	ID   string     `json:"id"`
	Text string     `json:"text"`
	By   string     `json:"by"`
	At   *time.Time `json:"at,omitempty"`
}

type threadItem struct {
	conversationItem
	Messages []messageItem `json:"messages" nullable:"false" doc:"Both ways and over all channels, newest first; what a machine answered in their name has the purpose automatic."`
	Notes    []noteItem    `json:"notes" nullable:"false" doc:"Among the team; nothing here is ever sent."`
}

func (a *API) addConversations() {
	const tag = "Conversations"
	add(a, about{http.MethodGet, "/conversations", tag, "list-conversations", "List conversations",
		"The messages with a resident on a topic are one conversation. What is open or asleep, the one that changed last first; with state also what is done.", account.ScopeRead}, a.listConversations)
	add(a, about{http.MethodGet, "/conversations/{id}", tag, "get-conversation", "Read a conversation", "With all messages over all channels, and the team's notes.", account.ScopeRead}, a.getConversation)
	add(a, about{http.MethodPost, "/conversations/{id}/assign", tag, "assign-conversation", "Give a conversation to somebody", "With an empty name it is nobody's again.", account.ScopeTasks}, a.assignConversation)
	add(a, about{http.MethodPost, "/conversations/{id}/note", tag, "note-conversation", "Write a note among the team", "Notes are kept apart from messages and can never be sent.", account.ScopeTasks}, a.noteConversation)
	add(a, about{http.MethodPost, "/conversations/{id}/snooze", tag, "snooze-conversation", "Let a conversation sleep",
		"Until a time, until an event of a type about the resident, or until whichever comes first. The resident's next word wakes it in any case.", account.ScopeTasks}, a.snoozeConversation)
	add(a, about{http.MethodPost, "/conversations/{id}/done", tag, "finish-conversation", "End a conversation", "The resident's next word opens it again.", account.ScopeTasks}, a.finishConversation)
	add(a, about{http.MethodPost, "/conversations/{id}/reopen", tag, "reopen-conversation", "Open a conversation again", "", account.ScopeTasks}, a.reopenConversation)
	add(a, about{http.MethodPost, "/conversations/{id}/reply", tag, "reply-conversation", "Reply to a resident",
		"A member of the team writes; the desk sends it as an answer, by the channel that the resident used last, or says why it does not. The same words to the same message are one reply.", account.ScopeMessages}, a.replyConversation)
	add(a, about{http.MethodGet, "/households/{id}/messages", tag, "list-household-messages", "List what went to all of a home",
		"Only what every member whom messages reach was told; what one of them wrote or got alone is not in it.", account.ScopeRead}, a.householdMessages)
	add(a, about{http.MethodGet, "/saved-replies", tag, "list-saved-replies", "List saved replies", "Those of all properties, and of one if it is named.", account.ScopeRead}, a.listSaved)
	add(a, about{http.MethodPost, "/saved-replies", tag, "post-saved-reply", "Save a reply", "", account.ScopeTasks}, a.saveReply)
	a.addSavedOnes(tag)
}

func (a *API) listConversations(ctx context.Context, in *struct {
	Paging
	Property hearth.PropertyID `query:"property" maxLength:"100"`
	Resident string            `query:"resident" maxLength:"256" doc:"Hearth's own id, or the one that a source uses."`
	Topic    string            `query:"topic" maxLength:"256"`
	State    string            `query:"state" enum:"open,snoozed,done" doc:"Open and snoozed if left out."`
	Assigned string            `query:"assigned" maxLength:"100" doc:"A staff member's id; nobody for what nobody has."`
	Waits    string            `query:"waits" enum:"us,them" doc:"Who owes the next word."`
}) (*list[conversationItem], error) {
	f := conversation.Filter{Property: in.Property, Waits: in.Waits, States: []conversation.State{conversation.Open, conversation.Snoozed}}
	if in.State != "" {
		f.States = []conversation.State{conversation.State(in.State)}
	}
	if in.Topic != "" {
		f.Topic = &in.Topic
	}
	if in.Assigned != "" {
		who := hearth.StaffID(in.Assigned)
		if in.Assigned == "nobody" {
			who = ""
		}
		f.Assigned = &who
	}
	var items []conversationItem
	next := ""
	err := a.read(ctx, func(tx *db.Tx) error {
		id, err := a.optionalResident(ctx, tx, in.Resident)
		if err != nil {
			return err
		}
		if id != "" {
			person, err := a.seenUnder(ctx, tx, id)
			if err != nil {
				return err
			}
			f.Resident = person[0]
		}
		var found []conversation.Conversation
		if found, next, err = a.Inbox.Conversations.List(ctx, tx, f, in.Cursor, in.Limit); err != nil {
			return err
		}
		items, err = a.conversationItems(ctx, tx, found)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(items, next, func(c conversationItem) conversationItem { return c }), nil
}

func (a *API) conversationItems(ctx context.Context, tx *db.Tx, found []conversation.Conversation) ([]conversationItem, error) {
	ids := make([]hearth.ResidentID, len(found))
	for i, c := range found {
		ids[i] = c.Resident
	}
	contacts, err := a.Records.Contacts(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]conversationItem, len(found))
	for i, c := range found {
		out[i] = conversationOf(c, contacts[c.Resident])
	}
	return out, nil
}

func conversationOf(c conversation.Conversation, who record.Contact) conversationItem {
	return conversationItem{ID: c.ID, Property: c.Property, Resident: personItem{ID: c.Resident, Name: who.Name(), UnitLabel: who.UnitLabel}, Topic: c.Topic, State: c.State,
		Assigned: c.Assigned, SnoozeUntil: instant(c.SnoozeUntil), SnoozeEvent: c.SnoozeEvent, LastIn: instant(c.LastIn), LastOut: instant(c.LastOut), Waits: c.Waits,
		Changed: instant(c.Changed), ChangedBy: c.ChangedBy.String()}
}

// ConversationPath names a conversation in a path.
type ConversationPath struct {
	ID string `path:"id" maxLength:"100"`
}

func (a *API) getConversation(ctx context.Context, in *ConversationPath) (*one[threadItem], error) {
	out := &one[threadItem]{}
	err := a.read(ctx, func(tx *db.Tx) error {
		t, err := a.Inbox.Thread(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		out.Body = threadItem{conversationItem: conversationOf(t.Conversation, t.Who), Messages: messagesOf(t.Messages), Notes: []noteItem{}}
		for _, n := range t.Notes {
			out.Body.Notes = append(out.Body.Notes, noteOf(n))
		}
		return nil
	})
	return out, err
}

func noteOf(n conversation.Note) noteItem {
	return noteItem{ID: n.ID, Text: n.Text, By: n.Actor.String(), At: instant(n.At)}
}

func messagesOf(all []message.Message) []messageItem {
	out := make([]messageItem, len(all))
	for i, m := range all {
		out[i] = messageOf(m)
	}
	return out
}

// changed runs a change of a conversation for whoever of the team is named.
func (a *API) changed(ctx context.Context, by string, f func(tx *db.Tx, who hearth.Actor) (conversation.Conversation, error)) (*one[conversationItem], error) {
	out := &one[conversationItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		who, err := a.doer(ctx, tx, by)
		if err != nil {
			return err
		}
		c, err := f(tx, who)
		if err != nil {
			return err
		}
		items, err := a.conversationItems(ctx, tx, []conversation.Conversation{c})
		if err == nil {
			out.Body = items[0]
		}
		return err
	})
	return out, err
}

func (a *API) assignConversation(ctx context.Context, in *struct {
	ConversationPath
	Body struct {
		To string `json:"to,omitempty" maxLength:"256" doc:"A member of the team: an id, a name or an e-mail address; left out: nobody."`
		By string `json:"by,omitempty" maxLength:"256" doc:"Who of the team says so; left out: the program."`
	}
}) (*one[conversationItem], error) {
	return a.changed(ctx, in.Body.By, func(tx *db.Tx, who hearth.Actor) (conversation.Conversation, error) {
		to := hearth.StaffID("")
		if in.Body.To != "" {
			m, err := a.doer(ctx, tx, in.Body.To)
			if err != nil {
				return conversation.Conversation{}, hearth.FieldErrorf("to", "Exactly one person on the team must be meant; give an id, a full name or an e-mail address.")
			}
			to = hearth.StaffID(m.ID)
		}
		return a.Inbox.Conversations.Assign(ctx, tx, who, in.ID, to)
	})
}

func (a *API) snoozeConversation(ctx context.Context, in *struct {
	ConversationPath
	Body struct {
		Until time.Time        `json:"until,omitempty" doc:"A time."`
		Event hearth.EventType `json:"event,omitempty" maxLength:"100" doc:"A type of event about the resident, such as workorder.completed."`
		By    string           `json:"by,omitempty" maxLength:"256" doc:"Who of the team says so; left out: the program."`
	}
}) (*one[conversationItem], error) {
	if e := in.Body.Event; e != "" && !inbox.KnownType(e) {
		return nil, hearth.FieldErrorf("event", "%q is not a type of event; see docs/events.md.", e)
	}
	return a.changed(ctx, in.Body.By, func(tx *db.Tx, who hearth.Actor) (conversation.Conversation, error) {
		return a.Inbox.Conversations.Snooze(ctx, tx, who, in.ID, in.Body.Until, in.Body.Event)
	})
}

// ByBody says who of the team does something.
type ByBody struct {
	ConversationPath
	Body *struct {
		By string `json:"by,omitempty" maxLength:"256" doc:"Who of the team says so; left out: the program."`
	} `required:"false"`
}

func (b *ByBody) by() string {
	if b.Body == nil {
		return ""
	}
	return b.Body.By
}

func (a *API) finishConversation(ctx context.Context, in *ByBody) (*one[conversationItem], error) {
	return a.changed(ctx, in.by(), func(tx *db.Tx, who hearth.Actor) (conversation.Conversation, error) {
		return a.Inbox.Conversations.Finish(ctx, tx, who, in.ID)
	})
}

func (a *API) reopenConversation(ctx context.Context, in *ByBody) (*one[conversationItem], error) {
	return a.changed(ctx, in.by(), func(tx *db.Tx, who hearth.Actor) (conversation.Conversation, error) {
		return a.Inbox.Conversations.Reopen(ctx, tx, who, in.ID)
	})
}

func (a *API) noteConversation(ctx context.Context, in *struct {
	ConversationPath
	Body struct {
		Text string `json:"text" maxLength:"16384"`
		By   string `json:"by,omitempty" maxLength:"256" doc:"Who of the team writes; left out: the program."`
	}
}) (*one[noteItem], error) {
	out := &one[noteItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		who, err := a.doer(ctx, tx, in.Body.By)
		if err != nil {
			return err
		}
		n, err := a.Inbox.Conversations.AddNote(ctx, tx, who, in.ID, in.Body.Text)
		out.Body = noteOf(n)
		return err
	})
	return out, err
}

// replied is what the desk made of a reply.
type replied struct {
	Message hearth.MessageID `json:"message"`
	Outcome string           `json:"outcome" doc:"sent, held, dropped or handed over."`
	Reason  string           `json:"reason" doc:"The desk's sentence."`
	Task    hearth.TaskID    `json:"task,omitempty" doc:"With whom it is now, where it was handed over."`
}

func (a *API) replyConversation(ctx context.Context, in *struct {
	ConversationPath
	Body struct {
		Text    string         `json:"text" maxLength:"32768"`
		Subject string         `json:"subject,omitempty" maxLength:"500" doc:"Of a mail; left out: that of the message answered."`
		Channel hearth.Channel `json:"channel,omitempty" maxLength:"20" doc:"Left out: the one that the resident used last."`
		By      string         `json:"by" maxLength:"256" doc:"Who of the team writes: an id, a name or an e-mail address."`
	}
}) (*one[replied], error) {
	out := &one[replied]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		who, err := a.doer(ctx, tx, in.Body.By)
		if err != nil {
			return err
		}
		v, err := a.Inbox.Reply(ctx, tx, who, in.ID, inbox.Draft{Text: in.Body.Text, Subject: in.Body.Subject, Channel: in.Body.Channel})
		out.Body = replied{Message: v.Message, Outcome: v.Outcome, Reason: v.Reason, Task: v.Task}
		return err
	})
	return out, err
}

func (a *API) householdMessages(ctx context.Context, in *struct {
	ID hearth.HouseholdID `path:"id" maxLength:"100"`
}) (*list[messageItem], error) {
	var all []message.Message
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, err = a.Inbox.HouseholdSaid(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", messageOf), nil
}

// savedItem is a reply that the team uses again and again.
type savedItem struct {
	ID       string            `json:"id"`
	Property hearth.PropertyID `json:"property,omitempty" doc:"Left out: for all."`
	Title    string            `json:"title"`
	Body     string            `json:"body"`
	Made     *time.Time        `json:"made,omitempty"`
	By       string            `json:"by,omitempty"`
	Before   string            `json:"before,omitempty" doc:"After a change of its words: what names those that it had, for restore."`
}

func savedOf(r conversation.Saved) savedItem {
	return savedItem{ID: r.ID, Property: r.Property, Title: r.Title, Body: r.Body, Made: instant(r.Made), By: r.Actor.String()}
}

func (a *API) listSaved(ctx context.Context, in *struct {
	Property hearth.PropertyID `query:"property" maxLength:"100"`
}) (*list[savedItem], error) {
	var all []conversation.Saved
	err := a.read(ctx, func(tx *db.Tx) (err error) {
		all, err = a.Inbox.Conversations.SavedReplies(ctx, tx, in.Property)
		return err
	})
	if err != nil {
		return nil, err
	}
	return paged(all, "", savedOf), nil
}

func (a *API) saveReply(ctx context.Context, in *struct {
	Body struct {
		Property hearth.PropertyID `json:"property,omitempty" maxLength:"100" doc:"Left out: for all."`
		Title    string            `json:"title" maxLength:"200"`
		Body     string            `json:"body" maxLength:"16384"`
		By       string            `json:"by,omitempty" maxLength:"256" doc:"Who of the team saves it; left out: the program."`
	}
}) (*one[savedItem], error) {
	out := &one[savedItem]{}
	err := a.db.Write(ctx, func(tx *db.Tx) error {
		if p := in.Body.Property; p != "" {
			if err := a.property(ctx, tx, p); err != nil {
				return err
			}
		}
		who, err := a.doer(ctx, tx, in.Body.By)
		if err != nil {
			return err
		}
		r, err := a.Inbox.Conversations.Save(ctx, tx, who, conversation.Saved{Property: in.Body.Property, Title: in.Body.Title, Body: in.Body.Body})
		out.Body = savedOf(r)
		return err
	})
	return out, err
}
