// Package inbox decides what follows from what comes in: a mail that came back stops its address, a complaint too, an answer
// goes to the resident who wrote it and to the topic that it answers, and what may be of several people, or of nobody, waits
// until a person says whose it is. It follows the log for the conversations, asks for better addresses, and pauses
// discretionary mail when too much of it comes back.
//
// It does not listen (edge does), does not read mail (base/channel/inbound does), and never guesses who wrote.
package inbox

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/act/message/conversation"
	"hearth/internal/act/message/letterbox"
	"hearth/internal/act/task"
	"hearth/internal/base/channel/bounce"
	"hearth/internal/base/channel/inbound"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/assign"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/care"
	"hearth/internal/fact/consent"
	"hearth/internal/fact/eventlog"
	"hearth/internal/fact/record"
	"hearth/internal/sense/signal"
)

// Deps is what the inbox works with. All fields but Believed are required.
type Deps struct {
	DB            *db.DB
	Log           *eventlog.Log
	Records       *record.Store
	Messages      *message.Store
	Letters       *letterbox.Store
	Conversations *conversation.Store
	Tasks         *task.Store
	Assign        *assign.Assigner
	Desk          *desk.Desk
	Care          *care.Store
	Consent       *consent.Store
	// Signals gives a resident's signals as of now; it fails with CodeNotFound for somebody whom no event concerned yet.
	Signals func(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (signal.View, error)
	// Pause stops something, and takes back what waits to be delivered under it.
	Pause func(ctx context.Context, tx *db.Tx, actor hearth.Actor, p care.Pause) (care.Pause, error)
	// Believed is the mail server whose word about senders counts; "": none does.
	Believed string
	Node     string
	Logger   *slog.Logger
}

// Inbox decides on what came in. It is safe for concurrent use.
type Inbox struct {
	Deps
	kinds  *bounce.Classifier
	quotes *inbound.Quotes
	bell   work.Bell
}

// New makes an inbox.
func New(d Deps) *Inbox { return &Inbox{Deps: d, kinds: bounce.New(), quotes: inbound.NewQuotes()} }

// source stands in the events that come from mail.
const source = "hearth/decide/inbox"

// Keep stores a mail durably and has it read soon. fresh is false for one that is there already. Whoever brings the mail may
// be told that it was taken once this has returned.
func (b *Inbox) Keep(ctx context.Context, in letterbox.Incoming) (id string, fresh bool, err error) {
	err = b.DB.Write(ctx, func(tx *db.Tx) (err error) {
		id, fresh, err = b.Letters.Keep(ctx, tx, in)
		return err
	})
	if err == nil && fresh {
		b.bell.Ring()
	}
	return id, fresh, err
}

// Loops gives the background work: one loop that reads what came in, one that follows the log for the conversations, and
// one that watches how much mail comes back.
func (b *Inbox) Loops() []work.Loop {
	return []work.Loop{
		{Name: "mail in", Every: 5 * time.Second, Wake: b.bell.C(), Run: b.ReadOnce},
		{Name: "conversations", Every: 2 * time.Second, Run: b.FollowOnce},
		{Name: "mail breaker", Every: time.Minute, Run: func(ctx context.Context) (bool, error) { return false, b.Watch(ctx) }},
	}
}

// person gives under whom a resident is seen.
func (b *Inbox) person(ctx context.Context, tx *db.Tx, id hearth.ResidentID) (hearth.ResidentID, error) {
	all, err := b.Records.PersonOf(ctx, tx, id)
	if err != nil {
		return "", fmt.Errorf("look under whom %s is seen: %w", id, err)
	}
	return all[0], nil
}

// KnownType tells whether there is such a type of event, for which a conversation may sleep.
func KnownType(t hearth.EventType) bool {
	_, ok := eventlog.TypeOf(t)
	return ok
}
