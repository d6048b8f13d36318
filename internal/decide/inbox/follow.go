package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/message/conversation"
	"hearth/internal/base/db"
	"hearth/internal/fact/eventlog"
)

// Follower is the name under which this listener keeps its positions.
const Follower = "conversations"

const (
	maxEvents = 2000                // how many places of a partition one run passes
	maxAge    = 30 * 24 * time.Hour // what was written longer ago begins no conversation
)

// stretch is a part of a partition's log that was read.
type stretch struct {
	part     int
	from, to int64
	events   []told
}

// told is what an event says, as far as it matters here.
type told struct {
	id       string
	kind     hearth.EventType
	property hearth.PropertyID
	resident hearth.ResidentID
	at       time.Time
	data     struct{ Topic, Message, Purpose, Kind, Channel, Task string }
}

// FollowOnce takes the next events of every partition: what residents wrote opens conversations, what went out and what they
// sleep for moves them, and an address that does not work is asked for. It tells whether more are waiting.
func (b *Inbox) FollowOnce(ctx context.Context) (more bool, err error) {
	var read []stretch
	err = b.DB.Read(ctx, func(tx *db.Tx) (err error) {
		read, more, err = b.listen(ctx, tx)
		return err
	})
	if err != nil {
		return false, err
	}
	asleep := false
	err = b.DB.Read(ctx, func(tx *db.Tx) (err error) {
		asleep, err = b.Conversations.AnyDue(ctx, tx)
		return err
	})
	if err != nil || len(read) == 0 && !asleep {
		return false, err
	}
	err = b.DB.WriteAside(ctx, func(tx *db.Tx) error {
		for _, x := range read {
			if err := b.take(ctx, tx, x); err != nil {
				return fmt.Errorf("follow conversations, partition %d: %w", x.part, err)
			}
		}
		_, err := b.Conversations.WakeDue(ctx, tx)
		return err
	})
	return more && err == nil, err
}

// listen reads what came behind the positions.
func (b *Inbox) listen(ctx context.Context, tx *db.Tx) (read []stretch, more bool, err error) {
	positions, err := b.Log.Positions(ctx, tx, Follower)
	if err != nil {
		return nil, false, err
	}
	heads, err := b.Log.Heads(ctx, tx)
	if err != nil {
		return nil, false, err
	}
	var types []string
	for part := range eventlog.Parts {
		x := stretch{part: part, from: positions[part], to: min(heads[part], positions[part]+maxEvents)}
		if x.to == x.from {
			continue
		}
		if types == nil {
			if types, err = b.types(ctx, tx); err != nil {
				return nil, false, err
			}
		}
		more = more || x.to < heads[part]
		if x.events, err = eventsIn(ctx, tx, x, types); err != nil {
			return nil, false, err
		}
		read = append(read, x)
	}
	return read, more, nil
}

// types are those that matter here, and those that a conversation sleeps for.
func (b *Inbox) types(ctx context.Context, tx *db.Tx) ([]string, error) {
	out := []string{"message.received", "message.sent", "message.bounced", "task.done"}
	asleep, err := b.sleepers(ctx, tx)
	for t := range asleep {
		out = append(out, string(t))
	}
	return out, err
}

// sleepers are the types of events for which conversations and tasks sleep.
func (b *Inbox) sleepers(ctx context.Context, tx *db.Tx) (map[hearth.EventType]bool, error) {
	out, err := b.Conversations.Sleepers(ctx, tx)
	if err != nil {
		return nil, err
	}
	tasks, err := b.Tasks.Sleepers(ctx, tx)
	for t := range tasks {
		out[t] = true
	}
	return out, err
}

// wake opens what slept until an event of a type about the resident.
func (b *Inbox) wake(ctx context.Context, tx *db.Tx, kind hearth.EventType, who hearth.ResidentID) error {
	if err := b.Conversations.WakeFor(ctx, tx, kind, who); err != nil {
		return err
	}
	return b.Tasks.WakeFor(ctx, tx, kind, who)
}

const eventsSQL = `SELECT id, type, property, resident, time, data FROM events
WHERE org = $1 AND part = $2 AND seq > $3 AND seq <= $4 AND history = 0 AND time >= $5 AND resident <> '' AND `

func eventsIn(ctx context.Context, tx *db.Tx, x stretch, types []string) ([]told, error) {
	in, arg := tx.In("type", 6, types)
	rows, err := tx.Query(ctx, eventsSQL+in+" ORDER BY seq", tx.Org(), x.part, x.from, x.to, tx.Now().Add(-maxAge), arg)
	if err != nil {
		return nil, fmt.Errorf("read what was written: %w", err)
	}
	defer rows.Close()
	var out []told
	for rows.Next() {
		var ev told
		var data string
		if err := rows.Scan(&ev.id, &ev.kind, &ev.property, &ev.resident, &ev.at, &data); err != nil {
			return nil, fmt.Errorf("read what was written: %w", err)
		}
		if json.Unmarshal([]byte(data), &ev.data) != nil {
			continue // the door checks what comes in
		}
		out = append(out, ev)
	}
	return out, rows.Err()
}

func (b *Inbox) take(ctx context.Context, tx *db.Tx, x stretch) error {
	pos, ok, err := b.Log.Lock(ctx, tx, Follower, x.part)
	if err != nil || !ok || pos.Seq != x.from {
		return err // another node did it
	}
	// What sleeps is woken first: the news of this stretch may put it to sleep no more.
	asleep, err := b.sleepers(ctx, tx)
	if err != nil {
		return err
	}
	persons := map[hearth.ResidentID]hearth.ResidentID{}
	under := func(id hearth.ResidentID) (hearth.ResidentID, error) {
		if p, ok := persons[id]; ok {
			return p, nil
		}
		p, err := b.person(ctx, tx, id)
		persons[id] = p
		return p, err
	}
	var heard []conversation.Heard
	var sent []told
	for _, ev := range x.events {
		switch ev.kind {
		case "message.sent":
			sent = append(sent, ev)
			continue
		case "message.bounced":
			if err := b.askAddress(ctx, tx, ev); err != nil {
				return err
			}
		case "task.done":
			if ev.data.Kind == kindMayStop {
				if err := b.heedMeant(ctx, tx, hearth.TaskID(ev.data.Task)); err != nil {
					return err
				}
			}
		}
		if ev.kind != "message.received" && !asleep[ev.kind] {
			continue
		}
		who, err := under(ev.resident)
		if err != nil {
			return err
		}
		if ev.kind == "message.received" && ev.data.Topic != optOut {
			heard = append(heard, conversation.Heard{Property: ev.property, Resident: who, Topic: ev.data.Topic, At: ev.at})
		}
		if asleep[ev.kind] {
			if err := b.wake(ctx, tx, ev.kind, who); err != nil {
				return err
			}
		}
	}
	if err := b.Conversations.Take(ctx, tx, heard); err != nil {
		return err
	}
	if err := b.wentOut(ctx, tx, sent, under); err != nil {
		return err
	}
	return b.Log.Move(ctx, tx, Follower, x.part, eventlog.Position{Seq: x.to, Node: b.Node, Epoch: pos.Epoch + 1})
}

// wentOut moves the conversations of those who have any; a broadcast to people who wrote nothing costs one statement.
func (b *Inbox) wentOut(ctx context.Context, tx *db.Tx, sent []told, under func(hearth.ResidentID) (hearth.ResidentID, error)) error {
	if len(sent) == 0 {
		return nil
	}
	ids := make([]hearth.ResidentID, len(sent))
	for i, ev := range sent {
		ids[i] = ev.resident
	}
	talk, err := b.Conversations.Of(ctx, tx, ids)
	if err != nil || len(talk) == 0 {
		return err
	}
	var heard []conversation.Heard
	for _, ev := range sent {
		if !talk[ev.resident] {
			continue
		}
		m, err := b.Messages.Get(ctx, tx, hearth.MessageID(ev.data.Message))
		if hearth.CodeOf(err) == hearth.CodeNotFound {
			continue
		}
		if err != nil {
			return err
		}
		who, err := under(ev.resident)
		if err != nil {
			return err
		}
		heard = append(heard, conversation.Heard{Property: ev.property, Resident: who, Topic: m.Topic, At: ev.at, Out: true, Person: m.Purpose == PurposeReply})
	}
	return b.Conversations.Take(ctx, tx, heard)
}
