package broadcast

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hearth"
	"hearth/internal/act/message"
	"hearth/internal/base/db"
	"hearth/internal/base/work"
	"hearth/internal/decide/desk"
	"hearth/internal/fact/eventlog"
)

// Send begins a broadcast, or has it wait for a second person when it is for more than Over people. It fails with
// CodeConflict for one that was sent before, and with CodeInvalid when nobody is meant.
func (s *Service) Send(ctx context.Context, actor hearth.Actor, id string) (Broadcast, error) {
	b, people, err := s.meant(ctx, id)
	if err != nil {
		return b, err
	}
	if len(people) == 0 {
		return b, hearth.FieldErrorf("audience", "Nobody is meant: no resident lives there who may be written to.")
	}
	to := Gathering
	if len(people) > s.Over {
		to = Asked
	}
	err = s.change(ctx, &b, func(tx *db.Tx) error {
		if b.Joint != "" { // how many need a second person is counted over all its properties
			return hearth.Errorf(hearth.CodeConflict, "It is part of one that goes to several properties. Send that: %s.", b.Joint)
		}
		if err := b.unsent(); err != nil {
			return err
		}
		if err := late(b.Expires, tx.Now()); err != nil {
			return err
		}
		b.State, b.AskedBy, b.People, b.Started = to, actor, len(people), tx.Now()
		return nil
	})
	if err != nil || b.State == Asked {
		return b, err
	}
	return s.gather(ctx, b, people)
}

// unsent refuses what was sent before.
func (b *Broadcast) unsent() error {
	switch b.State {
	case Draft:
		return nil
	case Asked:
		return hearth.Errorf(hearth.CodeConflict, "It waits for a second person's yes already.")
	}
	return hearth.Errorf(hearth.CodeConflict, "It was sent before.")
}

// Approve is the second person's yes. It fails with CodeForbidden for the one who sent it, and with CodeConflict when
// nothing is asked.
func (s *Service) Approve(ctx context.Context, actor hearth.Actor, id string) (Broadcast, error) {
	b, people, err := s.meant(ctx, id)
	if err != nil {
		return b, err
	}
	err = s.change(ctx, &b, func(tx *db.Tx) error {
		switch {
		case b.State != Asked:
			return hearth.Errorf(hearth.CodeConflict, "Nobody's yes is asked for it now.")
		case actor.Kind == b.AskedBy.Kind && actor.ID == b.AskedBy.ID:
			return hearth.Errorf(hearth.CodeForbidden, "Who sends to more than %d people needs somebody else's yes.", s.Over)
		}
		if err := late(b.Expires, tx.Now()); err != nil {
			return err
		}
		b.State, b.ApprovedBy, b.People, b.Started = Gathering, actor, len(people), tx.Now()
		return nil
	})
	if err != nil {
		return b, err
	}
	return s.gather(ctx, b, people)
}

// Resume goes on with broadcasts whose people were still being written down when the process ended.
func (s *Service) Resume(ctx context.Context) error {
	var ids []string
	err := s.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := List(ctx, tx, "", Broadcast{}, 100)
		for _, b := range list {
			if b.State == Gathering && tx.Now().Sub(b.Started) >= left {
				ids = append(ids, b.ID)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	var all []error
	for _, id := range ids {
		b, people, err := s.meant(ctx, id)
		if err == nil && b.State == Gathering {
			_, err = s.gather(ctx, b, people)
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

// left is after how long the process that wrote people down counts as gone: it takes seconds, even for very many.
const left = 5 * time.Minute

// Count tells how many people a broadcast is for as things are now.
func (s *Service) Count(ctx context.Context, id string) (int, error) {
	_, people, err := s.meant(ctx, id)
	return len(people), err
}

func (s *Service) meant(ctx context.Context, id string) (b Broadcast, people []person, err error) {
	err = s.DB.Read(ctx, func(tx *db.Tx) (err error) {
		b, err = Get(ctx, tx, id)
		return err
	})
	if err == nil {
		people, err = s.whom(ctx, b.Property, b.Audience)
	}
	return b, people, err
}

const saveSQL = `UPDATE broadcasts SET state = $1, people = $2, next = $3, asked_by = $4, approved_by = $5, stopped_by = $6, started = $7, ended = $8
WHERE org = $9 AND id = $10`

// change reads a broadcast anew, changes it and writes it, in one transaction.
func (s *Service) change(ctx context.Context, b *Broadcast, do func(tx *db.Tx) error) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		now, err := lock(ctx, tx, b.ID)
		if err != nil {
			return err
		}
		*b = now
		if err := do(tx); err != nil {
			return err
		}
		return save(ctx, tx, b)
	})
}

// lock reads a broadcast that is about to be changed. The write takes the row on PostgreSQL.
func lock(ctx context.Context, tx *db.Tx, id string) (Broadcast, error) {
	if _, err := tx.Exec(ctx, `UPDATE broadcasts SET next = next WHERE org = $1 AND id = $2`, tx.Org(), id); err != nil {
		return Broadcast{}, fmt.Errorf("lock broadcast %s: %w", id, err)
	}
	return Get(ctx, tx, id)
}

func save(ctx context.Context, tx *db.Tx, b *Broadcast) error {
	_, err := tx.Exec(ctx, saveSQL, string(b.State), int64(b.People), int64(b.Next), b.AskedBy.String(), b.ApprovedBy.String(), b.StoppedBy.String(),
		hearth.Millis(b.Started), hearth.Millis(b.Ended), tx.Org(), b.ID)
	if err != nil {
		return fmt.Errorf("write broadcast %s: %w", b.ID, err)
	}
	return nil
}

const (
	written   = 2000 // people whom one transaction writes down, some 5 µs each
	takenBack = 500  // messages that one takes back
)

// gather writes down who is meant, and then begins.
func (s *Service) gather(ctx context.Context, b Broadcast, people []person) (Broadcast, error) {
	for from := 0; from < len(people); from += written {
		some := people[from:min(from+written, len(people))]
		err := s.DB.WriteAside(ctx, func(tx *db.Tx) error {
			now, err := lock(ctx, tx, b.ID)
			if err != nil || now.State != Gathering {
				return err // stopped meanwhile, or begun by another process
			}
			bulk := db.Bulk{Table: "broadcast_people", Cols: []db.Col{{Name: "org"}, {Name: "broadcast"}, {Name: "n", Type: db.Int}, {Name: "resident"}, {Name: "message"}, {Name: "by_hand", Type: db.Int}},
				OnConflict: "ON CONFLICT (org, broadcast, n) DO UPDATE SET resident = excluded.resident, message = excluded.message"}
			for i, p := range some {
				bulk.Rows = append(bulk.Rows, []any{tx.Org(), b.ID, int64(from + i), p.id, b.messageID(p.id), 0})
			}
			_, err = tx.Bulk(ctx, bulk)
			return err
		})
		if err != nil {
			return b, fmt.Errorf("write down who gets broadcast %s: %w", b.ID, err)
		}
	}
	err := s.change(ctx, &b, func(tx *db.Tx) error {
		if b.State != Gathering {
			return nil // stopped meanwhile, or begun by another process
		}
		b.State, b.Started, b.People = Running, tx.Now(), len(people)
		return work.Put(ctx, tx, []work.Due{b.due(tx.Now())})
	})
	return b, err
}

// Kind is the kind of the due rows, in the engine's lane, by which a broadcast goes on; the key is its id.
const Kind = "broadcast"

func (b *Broadcast) due(at time.Time) work.Due {
	return work.Due{Lane: work.EngineLane, Kind: Kind, Key: b.ID, Part: eventlog.PartOf(b.Property), At: at}
}

// Stop ends a broadcast: nobody else is put to the desk, and what was decided and has not left the house is taken back.
// It gives how many messages that were. Stopping one that is done takes back what is still
// held or queued, and it is stopped from then on.
func (s *Service) Stop(ctx context.Context, actor hearth.Actor, id string) (b Broadcast, taken int, err error) {
	b.ID = id
	err = s.change(ctx, &b, func(tx *db.Tx) error {
		if !b.State.Ended() {
			b.Ended = tx.Now()
		}
		b.State = Stopped // also of one that was done: what comes back of it is not said another way
		if b.StoppedBy.Kind == "" {
			b.StoppedBy = actor
		}
		return work.Drop(ctx, tx, Kind, []string{id})
	})
	if err != nil {
		return b, 0, err
	}
	for from := 0; ; from += takenBack {
		n, some := 0, 0
		err := s.DB.Write(ctx, func(tx *db.Tx) (err error) {
			ids, err := messagesOf(ctx, tx, id, from, takenBack)
			if some = len(ids); err != nil || some == 0 {
				return err
			}
			n, err = s.Messages.TakeBack(ctx, tx, ids, "The broadcast was stopped.")
			return err
		})
		if err != nil || some == 0 {
			return b, taken, err
		}
		taken += n
	}
}

const selectMessages = `SELECT message FROM broadcast_people WHERE org = $1 AND broadcast = $2 AND n >= $3 ORDER BY n LIMIT $4`

func messagesOf(ctx context.Context, tx *db.Tx, id string, from, limit int) ([]hearth.MessageID, error) {
	rows, err := tx.Query(ctx, selectMessages, tx.Org(), id, int64(from), int64(limit))
	if err != nil {
		return nil, fmt.Errorf("read the messages of broadcast %s: %w", id, err)
	}
	defer rows.Close()
	var out []hearth.MessageID
	for rows.Next() {
		var m hearth.MessageID
		if err := rows.Scan(&m); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, rows.Err()
}

// Result is what became of a broadcast so far.
type Result struct {
	Waiting  int                    // not put to the desk yet
	States   map[message.State]int  // HandedOver beside those that messages have
	Channels map[hearth.Channel]int // of those that were sent or are on their way
	Left     []Left                 // why some got nothing, without names
}

// HandedOver stands for the state of a message that ended because a person tells them instead. Messages have no such state: they are dropped, and
// of a broadcast that is another thing than somebody who hears nothing.
const HandedOver = message.State(desk.HandedOver)

// fateSQL is what became of one of a broadcast's messages. Those that are a person's are the one task's about all of them, which is made with the
// last lot; and each that the desk gave to somebody later, when it had waited or come back.
const fateSQL = `CASE WHEN m.state = 'dropped' AND (p.by_hand = 1 AND NOT (b.state = 'stopped' AND b.next < b.people) OR p.by_hand = 0 AND EXISTS (
SELECT 1 FROM decisions d WHERE d.org = p.org AND d.resident = p.resident AND d.at >= b.started AND d.stage = 'desk' AND d.outcome = 'handed over' AND d.object = p.message))
THEN 'handed over' ELSE COALESCE(m.state, '') END`

const resultSQL = `SELECT ` + fateSQL + ` AS fate, m.channel, CASE WHEN m.state IN ('dropped', 'held', 'failed', 'bounced') THEN m.reason ELSE '' END AS why, COUNT(*)
FROM broadcast_people p JOIN broadcasts b ON b.org = p.org AND b.id = p.broadcast JOIN messages m ON m.org = p.org AND m.id = p.message
WHERE p.org = $1 AND p.broadcast = $2 GROUP BY 1, 2, 3 ORDER BY 4 DESC, 3`

// Outcome counts what became of a broadcast.
func (s *Service) Outcome(ctx context.Context, tx *db.Tx, b Broadcast) (Result, error) {
	r := Result{States: map[message.State]int{}, Channels: map[hearth.Channel]int{}, Waiting: b.People - b.Next}
	rows, err := tx.Query(ctx, resultSQL, tx.Org(), b.ID)
	if err != nil {
		return r, fmt.Errorf("count broadcast %s: %w", b.ID, err)
	}
	defer rows.Close()
	for rows.Next() {
		var state message.State
		var ch hearth.Channel
		var why string
		var n int64
		if err := rows.Scan(&state, &ch, &why, &n); err != nil {
			return r, fmt.Errorf("count broadcast %s: %w", b.ID, err)
		}
		r.States[state] += int(n)
		switch state {
		case message.Queued, message.Sent, message.Delivered, message.Unknown:
			r.Channels[ch] += int(n)
		case message.Dropped, HandedOver, message.Held, message.Failed, message.Bounced:
			r.Left = append(r.Left, Left{Outcome: string(state), Reason: why, Count: int(n)})
		}
	}
	r.Left = alike(r.Left)
	return r, rows.Err()
}

// Recipient is one of those a broadcast is for, with what became of their message.
type Recipient struct {
	N        int
	Resident hearth.ResidentID
	Message  hearth.MessageID
	State    message.State // HandedOver where a person tells them; "" while not put to the desk yet
	Channel  hearth.Channel
	Reason   string
}

const peopleSQL = `SELECT p.n, p.resident, p.message, ` + fateSQL + ` AS fate, COALESCE(m.channel, ''), COALESCE(m.reason, '') FROM broadcast_people p
JOIN broadcasts b ON b.org = p.org AND b.id = p.broadcast LEFT JOIN messages m ON m.org = p.org AND m.id = p.message
WHERE p.org = $1 AND p.broadcast = $2 AND p.n >= $3 AND ($4 = '' OR ` + fateSQL + ` = $4) ORDER BY p.n LIMIT $5`

// People lists those it is for, from number n on, in one state or ("") in all.
func People(ctx context.Context, tx *db.Tx, id string, n int, state message.State, limit int) ([]Recipient, error) {
	rows, err := tx.Query(ctx, peopleSQL, tx.Org(), id, int64(n), string(state), int64(limit))
	if err != nil {
		return nil, fmt.Errorf("list who gets broadcast %s: %w", id, err)
	}
	defer rows.Close()
	var out []Recipient
	for rows.Next() {
		var r Recipient
		var n int64
		if err := rows.Scan(&n, &r.Resident, &r.Message, &r.State, &r.Channel, &r.Reason); err != nil {
			return nil, fmt.Errorf("list who gets broadcast %s: %w", id, err)
		}
		r.N = int(n)
		out = append(out, r)
	}
	return out, rows.Err()
}
